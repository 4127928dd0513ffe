"""What the prose of chapter 1 says, held against the numbers that its cells print."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from sklearn.datasets import load_digits
from tnn import data, evidence, report, sets, train

from autograder.reference.generalization import (
    bias_variance_decomposition,
    expected_best_accuracy,
    k_fold_indices,
    least_squares_fit,
    one_standard_error_rule,
    polynomial_features,
    relu_features,
    ridge_fit,
)

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "en" / "01_generalization.md").read_text(encoding="utf-8")
GRID = np.linspace(-1, 1, 201)
SIGMA = 0.3


def draw(n, rng):
    x = -1 + 2 * (rng.permutation(n) + rng.uniform(size=n)) / n
    return x, np.sin(4 * x) + SIGMA * rng.normal(size=n)


def polynomial(x, y, degree):
    w = least_squares_fit(polynomial_features(x, degree), y)
    return lambda new: polynomial_features(new, degree) @ w


def accuracy(found, name="test_accuracy", **where):
    return np.array(found.column(name, **where))


# Polynomials ------------------------------------------------------------------------------------------------


def test_training_error_falls_all_the_way_and_the_error_on_new_data_turns():
    seen, new = np.empty((2, 60, 16))
    for s in range(60):
        x, y = draw(20, np.random.default_rng([s, 101]))
        for d in range(16):
            fitted = polynomial(x, y, d)
            seen[s, d] = np.mean((fitted(x) - y) ** 2)
            new[s, d] = np.mean((fitted(GRID) - np.sin(4 * GRID)) ** 2) + SIGMA**2
    seen, new = np.median(seen, axis=0), np.median(new, axis=0)
    assert (np.diff(seen) < 0).all()
    assert seen[6] < SIGMA**2 < seen[2]
    assert new.argmin() in (3, 5)
    assert min(seen[:3]) > 4 * SIGMA**2 and (new[:3] < 1.3 * seen[:3]).all()  # underfitting: both large, and close
    assert new[14] > 20 * new.min()


def test_parts_of_the_error():
    rng = np.random.default_rng(102)
    fits = {d: [] for d in range(11)}
    for _ in range(200):
        x, y = draw(20, rng)
        for d in fits:
            fits[d].append(polynomial(x, y, d)(GRID))
    parts = np.array([bias_variance_decomposition(fits[d], np.sin(4 * GRID)) for d in fits])
    assert np.allclose(parts[:, 0] + parts[:, 1], parts[:, 2], rtol=1e-12)
    assert (np.diff(parts[:, 1]) > 0).all()
    assert parts[0, 0] > 100 * parts[7, 0]
    assert parts[:, 2].argmin() in (3, 5)
    at = np.var(fits[9], axis=0)
    assert at[np.abs(GRID) > 0.8].mean() > 5 * at[np.abs(GRID) < 0.8].mean()


@pytest.mark.parametrize("degree", [1, 5, 9])
def test_the_share_of_the_noise_that_is_learned(degree):
    rng, shares = np.random.default_rng(degree), []
    for _ in range(500):
        x, y = draw(20, rng)
        noise = y - np.sin(4 * x)
        taken = polynomial(x, y, degree)(x) - polynomial(x, np.sin(4 * x), degree)(x)
        shares.append(taken @ noise / (noise @ noise))
    mean, half = report.interval(shares, 0.9999)
    assert abs(mean - (degree + 1) / 20) < half < 0.05


# Beyond the peak --------------------------------------------------------------------------------------------


def random_units(n, p, repeats=25):
    """Bias², free of the variance's share, variance and error of minimum-norm fits on p random ReLU units."""

    def f(x):
        return np.sin(1.5 * x[:, 0]) + x[:, 1] * x[:, 2] / 1.5

    half = np.sqrt(3)
    places, predictions = np.random.default_rng(0).uniform(-half, half, (200, 5)), []
    for r in range(repeats):
        rng = np.random.default_rng([r, p, n, 103])
        x = rng.uniform(-half, half, (n, 5))
        W, b = rng.normal(size=(p, 5)), rng.normal(size=p)
        w = least_squares_fit(relu_features(x, W, b), f(x) + SIGMA * rng.normal(size=n))
        predictions.append(relu_features(places, W, b) @ w)
    bias_squared, variance, error = bias_variance_decomposition(predictions, f(places))
    return bias_squared - variance / (repeats - 1), variance, error


def test_variance_peaks_where_units_equal_points_and_falls_beyond():
    found = {(n, p): random_units(n, p) for n, p in [(50, 10), (50, 20), (50, 50), (50, 200), (50, 1000),
                                                     (200, 60), (200, 1000)]}  # fmt: skip
    variances = [found[50, p][1] for p in (10, 50, 200, 1000)]
    assert variances[1] > 20 * max(variances[0], variances[2])
    assert variances[3] < variances[2] and variances[3] < variances[0]
    for n, left in [(50, 20), (200, 60)]:
        assert found[n, 1000][2] < found[n, left][2]  # the largest is the best
    for part in (0, 1):  # with more data both are smaller
        assert found[200, 1000][part] < 0.9 * found[50, 1000][part]


def test_wider_networks_are_not_worse():
    found = evidence.load("01_width")
    for share in (0.0, 0.2):
        tests = {w: accuracy(found, wrong_labels=share, width=w) for w in found.protocol["widths"]}
        seen = {w: accuracy(found, "train_accuracy", wrong_labels=share, width=w).mean() for w in tests}
        assert seen[32] > 0.999 > seen[2]
        assert tests[512].mean() > tests[32].mean() > tests[8].mean() > tests[2].mean()
    assert 0.82 < accuracy(found, wrong_labels=0.0, width=512).mean() < 0.86
    for width in found.protocol["widths"]:
        right, wrong = (accuracy(found, wrong_labels=share, width=width).mean() for share in (0.0, 0.2))
        assert wrong < right


# Memorising -------------------------------------------------------------------------------------------------


def test_random_labels_are_learned_too_but_later_and_for_nothing():
    few, steps = data.digits(train_forms=2, val_forms=9), {}
    for name, y in [("real", few.y_train), ("random", np.random.default_rng(1).permutation(few.y_train))]:
        watched = data.Split(few.x_train, y, few.x_train, y, few.x_test, few.y_test)
        history = train.train(train.Net(2, 128), watched, [0.3], range(2), 900, batch=64, every=10)
        assert (history.val_accuracy[0, :, -1] == 1).all()
        steps[name] = train.steps_to(history, 0.99)[0]
        assert (history.score(few.x_test, few.y_test)[0] > 0.8).all() == (name == "real")
        assert (history.score(few.x_test, few.y_test)[0] < 0.15).all() == (name == "random")
    assert steps["random"].min() > 4 * steps["real"].max()


def test_memorised_examples():
    found = evidence.load("01_memorised")
    own = sorted((row["memorised"] for row in found.where(part="score", labels="as they are")), reverse=True)
    assert sum(score > 0.5 for score in own) == 12 and own[11] > 0.505  # those that the figure shows
    high = [row for row in found.where(part="score", labels="a tenth replaced") if row["memorised"] > 0.5]
    right = sum(row["right_label"] for row in high)
    assert right > 20 and len(high) - right > 30
    tests = {side: accuracy(found, part="removal", labels=side) for side in found.protocol["left_out"]}
    loss = tests["the 50 most memorised"] - tests["nothing"]
    assert report.distinguishable(loss) and -0.02 < loss.mean() < -0.01
    assert not report.distinguishable(tests["50 at random"] - tests["nothing"])


# Remedies ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gains():
    found = evidence.load("01_remedies")
    base = accuracy(found, side="nothing")
    assert accuracy(found, "train_accuracy", side="nothing").mean() > 0.999
    return {side: accuracy(found, side=side) - base for side in found.protocol["sides"] if side != "nothing"}


def test_data_leads(gains):
    order = sorted(gains, key=lambda side: -gains[side].mean())
    assert order[:2] == ["4.5 times the data", "twice the data"]
    assert 2.5 < gains["twice the data"].mean() / gains[order[2]].mean() < 4


def test_small_gains_none_and_losses(gains):
    told = {side for side in gains if report.distinguishable(gains[side])}
    up = {side for side in told if gains[side].mean() > 0}
    assert up - {"4.5 times the data", "twice the data"} == {"a wider network", "extracted features (edges)",
                                                            "an ensemble of five"}  # fmt: skip
    assert told - up == {"a narrower network", "early stopping", "initial weights 8 times as large"}
    assert 0.01 < gains["extracted features (edges)"].mean() < 0.02


def test_a_bad_initialization_loses_most_at_full_training_accuracy(gains):
    assert min(gains, key=lambda side: gains[side].mean()) == "initial weights 8 times as large"
    assert gains["initial weights 8 times as large"].mean() < -0.08
    found = evidence.load("01_remedies")
    assert accuracy(found, "train_accuracy", side="initial weights 8 times as large").min() > 0.999
    lr = found.column("lr", side="initial weights 8 times as large")[0]
    assert found.protocol["fine_lrs"][0] < lr < found.protocol["fine_lrs"][-1]


def test_many_sides_chose_the_cap():
    found = evidence.load("01_remedies")
    at_cap = [side for side in found.protocol["sides"] if found.column("lr", side=side)[0] == 0.3]
    assert len(at_cap) > len(found.protocol["sides"]) / 2


def test_stopping_early_pays_with_wrong_labels():
    seeds = [20, 21, 22]
    late = {}
    for share in (0.0, 0.2):
        run = sets.fit(train.Net(2, 96), sets.relabelled(sets.draw(seeds), share, seeds), [0.1], seeds, 600, every=20)
        late[share] = (run.test[0].max(1) - run.test[0, :, -1]).mean()
    assert late[0.0] < 0.03 and late[0.2] > 0.06


# Leaks, losses, layers --------------------------------------------------------------------------------------


def test_the_best_of_many():
    assert [round(expected_best_accuracy(50, K), 2) for K in (1, 10, 100, 1000)] == [0.5, 0.61, 0.68, 0.73]
    assert round(expected_best_accuracy(50, 200), 2) == 0.69  # in the quiz


def test_a_shuffled_split_flatters():
    scans = load_digits()
    x, y, form = scans.data / 16, scans.target, np.repeat(np.arange(14), np.diff(data.FORMS))

    def scores(folds):
        found = []
        for a, b in folds:
            mean, targets = x[a].mean(axis=0), np.eye(10)[y[a]]
            w = ridge_fit(x[a] - mean, targets - targets.mean(axis=0), 1.0)
            found.append(np.mean(((x[b] - mean) @ w + targets.mean(axis=0)).argmax(axis=1) == y[b]))
        return np.array(found)

    rng = np.random.default_rng(104)
    shuffled = scores(k_fold_indices(rng.permutation(len(y)), 7))
    by_form = scores([tuple(np.flatnonzero(np.isin(form, forms)) for forms in pair)
                      for pair in k_fold_indices(rng.permutation(14), 7)])  # fmt: skip
    assert shuffled.mean() - by_form.mean() > 0.02
    assert by_form.std() > 1.3 * shuffled.std()


def test_choosing_features_before_the_split_makes_a_classifier_of_coin_tosses():
    found = {True: [], False: []}
    for s in range(10):
        rng = np.random.default_rng([s, 105])
        x, y = rng.normal(size=(60, 1000)), rng.choice([-1.0, 1.0], 60)
        for a, b in k_fold_indices(rng.permutation(60), 5):
            for before, rows in [(True, np.arange(60)), (False, a)]:
                best = np.abs((x[rows] - x[rows].mean(axis=0)).T @ (y[rows] - y[rows].mean())).argsort()[-20:]
                w = ridge_fit(x[a][:, best], y[a], 1.0)
                found[before].append(np.mean((x[b][:, best] @ w > 0) == (y[b] > 0)))
    assert np.mean(found[True]) > 0.75 > 0.6 > np.mean(found[False]) > 0.4


def test_the_one_standard_error_rule_takes_simpler_models_at_about_the_same_error():
    degrees, errors = {"best": [], "rule": []}, {"best": [], "rule": []}
    for s in range(60):
        rng = np.random.default_rng([s, 106])
        x, y = draw(20, rng)
        folds = k_fold_indices(rng.permutation(20), 10)
        held_out = np.array([[np.mean((polynomial(x[a], y[a], d)(x[b]) - y[b]) ** 2) for d in range(13)]
                             for a, b in folds])  # fmt: skip
        for name, d in [("best", held_out.mean(axis=0).argmin()), ("rule", one_standard_error_rule(held_out))]:
            degrees[name].append(d)
            errors[name].append(np.mean((polynomial(x, y, d)(GRID) - np.sin(4 * GRID)) ** 2) + SIGMA**2)
    assert np.mean(degrees["rule"]) < np.mean(degrees["best"])
    assert abs(np.median(errors["rule"]) - np.median(errors["best"])) < 0.02


def test_no_large_difference_between_losses():
    found = evidence.load("01_losses")
    entropy = accuracy(found, loss="cross-entropy")
    plain, softmax = (accuracy(found, loss=loss) - entropy for loss in found.protocol["losses"][1:])
    assert report.distinguishable(plain) and -0.02 < plain.mean() < -0.005
    assert report.distinguishable(softmax) and 0 < softmax.mean() < 0.015
    rates = {loss: found.column("lr", loss=loss)[0] for loss in found.protocol["losses"]}
    assert 30 < rates["squared error of the softmax"] / rates["cross-entropy"] < 50
    for lr in rates.values():
        assert found.protocol["lrs"][0] < lr < found.protocol["lrs"][-1]


def test_the_recorded_losses_are_torchs():
    rng = np.random.default_rng(0)
    logits, y = torch.tensor(rng.normal(size=(1, 5, 7))), torch.tensor(rng.integers(0, 5, (1, 7)))
    target = torch.nn.functional.one_hot(y[0], 5).double()
    found = sets.LOSSES["squared error"](logits, y).mean()
    assert torch.isclose(found, torch.nn.functional.mse_loss(logits[0].T, target))
    found = sets.LOSSES["squared error of the softmax"](logits, y).mean()
    assert torch.isclose(found, torch.nn.functional.mse_loss(logits[0].T.softmax(1), target))


def test_training_sets_are_drawn_from_the_training_forms():
    digits, drawn = data.digits(), sets.draw([3, 4])
    assert drawn.x_train.shape == (2, 250, 64) and not np.array_equal(drawn.x_train[0], drawn.x_train[1])
    known = {image.tobytes() for image in digits.x_train}
    assert all(image.tobytes() in known for image in drawn.x_train.reshape(-1, 64))
    wrong = sets.relabelled(drawn, 0.2, [3, 4])
    assert ((wrong.y_train != drawn.y_train).sum(1) == 50).all()


def test_a_shifted_image_moves_by_a_pixel():
    image = np.arange(64.0).reshape(1, 64) + 1
    copies = sets.shifted(image)
    assert np.array_equal(copies[4], image)
    down = copies[1].reshape(8, 8)
    assert np.array_equal(down[1:], image.reshape(8, 8)[:-1]) and not down[0].any()


def test_a_set_of_its_own_trains_as_alone():
    """Network 1 of two sets comes out as it does by itself."""
    both = sets.fit(train.Net(1, 16), sets.draw([5, 6]), [0.1], [5, 6], 40, every=20)
    alone = sets.fit(train.Net(1, 16), sets.draw([6]), [0.1], [6], 40, every=20)
    assert np.allclose(both.test[0, 1], alone.test[0, 0], atol=0.006)
    assert np.allclose(both.logits[0, 1], alone.logits[0, 0], atol=1e-4)


# The page and its data --------------------------------------------------------------------------------------


def test_every_row_on_generalization_is_settled_on_the_page():
    rows = yaml.safe_load((ROOT / "book" / "sources.yml").read_text(encoding="utf-8"))["claims"]
    rows = [row for row in rows if row["id"].startswith("G")]
    boxes = re.findall(r"^```\{claim\} (G\w+)$", PAGE, re.M)
    assert len(boxes) == len(set(boxes))
    assert set(boxes) == {row["id"] for row in rows} == {f"G{i}" for i in range(1, 16)}
    for row in rows:
        assert row["verdict"] != "pending", row["id"]
        assert f"01_generalization#claim-{row['id'].lower()}" in row["shown"], row["id"]


def test_every_recorded_result_of_the_chapter_is_on_the_page():
    names = {name for name in evidence.scripts() if name.startswith("01_")}
    assert names == set(re.findall(r"^```\{recorded\} (\w+)$", PAGE, re.M))
    assert names == set(re.findall(r'evidence\.load\("(01_\w+)"\)', PAGE))
