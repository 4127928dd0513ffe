"""What the prose of chapter 6 says, held against the numbers that its cells print; and its trainer against torch."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from tnn import evidence, regularized, report, train

from autograder.reference import regularization as reg

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "en" / "06_regularization.md").read_text(encoding="utf-8")
ROWS = {f"R{i}" for i in range(1, 20)} - {"R3"} | {"R3a", "R3b", "R3c"}


# The trainer of the evidence ---------------------------------------------------------------------------------

SETTING = {"lr": 0.05, "l2": 0.02, "l1": 0.003, "decay": 0.1, "smoothing": 0.2, "max_norm": 0.5}


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("used", [[], ["l2"], ["l1"], ["decay"], ["smoothing"], ["max_norm"], list(SETTING)[1:]])
def test_a_run_equals_a_plain_torch_loop(optimizer, used):
    setting = {key: SETTING[key] for key in ["lr", *used]}
    net, seeds, steps = train.Net(1, 8), [4, 5], 8
    given = regularized.draw(seeds, 40)
    runs = regularized.fit(net, given, [{"lr": 0.01}, setting], seeds, steps, every=steps, optimizer=optimizer)

    stack = train.Stack(net, [seeds[1]], 64, 10)
    parameters, weights = stack.parameters, stack.weights
    kind = torch.optim.SGD(parameters, 0.05, momentum=0.9) if optimizer == "sgd" else torch.optim.Adam(parameters, 0.05)
    x, y = torch.as_tensor(given.x_train[1], dtype=torch.float32), torch.as_tensor(given.y_train[1])
    for rows in train.batches(40, 25, steps, seeds[1]):
        kind.zero_grad()
        logits = stack(x[rows].T[None], True)[0].T
        loss = torch.nn.functional.cross_entropy(logits, y[rows], label_smoothing=setting.get("smoothing", 0.0))
        (loss + setting.get("l2", 0.0) / 2 * sum((w**2).sum() for w in weights)).backward()
        if "max_norm" in setting:
            torch.nn.utils.clip_grad_norm_(parameters, setting["max_norm"])
        with torch.no_grad():
            for w in weights:
                w *= 1 - 0.05 * setting.get("decay", 0.0)
        kind.step()
        with torch.no_grad():
            for w in weights:
                w.copy_(torch.from_numpy(reg.soft_threshold(w.numpy(), 0.05 * setting.get("l1", 0.0))))
    with torch.no_grad():
        expected = stack(torch.as_tensor(given.x_test[1], dtype=torch.float32).T[None], False)[0].numpy()
    np.testing.assert_allclose(runs.test_logits[1, 1], expected, atol=2e-3)


def test_wrong_labels_are_wrong_and_the_others_stay():
    clean, noisy = regularized.draw([1, 2], 100), regularized.draw([1, 2], 100, 0.2)
    assert np.array_equal(clean.x_train, noisy.x_train) and np.array_equal(clean.y_val, noisy.y_val)
    assert ((clean.y_train != noisy.y_train).sum(axis=1) == 20).all()


def test_dropout_first_is_the_stack_in_use_and_drops_before_it_normalizes():
    net, x = train.Net(1, 8, norm="batch", after=True, dropout=0.5), torch.randn(1, 64, 4000)
    first, last = regularized.DropoutFirst(net, [3], 64, 10), train.Stack(net, [3], 64, 10)
    with torch.no_grad():
        assert torch.equal(first(x, False), last(x, False))
        first(x, True)
        last(x, True)
    assert (first.running_vars[0] > last.running_vars[0]).all()


# Recorded results --------------------------------------------------------------------------------------------


def contest(labels, side):
    return np.array(evidence.load("06_contest").column("test_accuracy", labels=labels, side=side))


def test_who_gained_in_the_contest():
    names = [name for name in evidence.load("06_contest").protocol["sides"] if name != "nothing"]
    gains = {(labels, name): contest(labels, name) - contest(labels, "nothing")
             for labels in ("clean", "noisy") for name in names}  # fmt: skip

    def gained(labels):
        return {n for n in names if gains[labels, n].mean() > 0 and report.distinguishable(gains[labels, n])}

    assert gained("clean") == {"label smoothing", "ensemble of five"}
    norms = {"L2 penalty", "L1 penalty", "elastic net, half and half"}
    assert gained("noisy") == set(names) - norms
    assert all(abs(gains[labels, n].mean()) < 0.003 for labels in ("clean", "noisy") for n in norms)
    ranked = sorted(names, key=lambda n: gains["noisy", n].mean())
    assert set(ranked[-2:]) == {"shifted copies", "ensemble of five"}
    for loser in ("early stopping", "dropout"):
        assert gains["clean", loser].mean() < 0 and report.distinguishable(gains["clean", loser])
    found, lowest = evidence.load("06_contest"), 0.004
    assert found.where(labels="noisy", side="nothing")[0]["lr"] < lowest


def test_pairs_overlap():
    def told(labels, both, one):
        change = contest(labels, both) - contest(labels, one)
        return report.distinguishable(change) * np.sign(change.mean())

    assert told("noisy", "L2 and dropout", "dropout") == -1
    assert told("noisy", "L2 and early stopping", "L2 penalty") == told("noisy", "L2 and early stopping",
                                                                        "early stopping") == 1  # fmt: skip
    assert told("clean", "L2 and early stopping", "L2 penalty") == told("clean", "L2 and dropout", "L2 penalty") == 0


def test_decay_and_penalty_end_alike():
    found = evidence.load("06_decay")
    at = {side: np.array(found.column("accuracy", kind="report", side=side)) for side in ("nothing", "l2", "decay")}
    assert not report.distinguishable(at["decay"] - at["l2"])
    assert report.distinguishable(at["decay"] - at["nothing"]) and report.distinguishable(at["l2"] - at["nothing"])
    assert {row["strength"] for row in found.where(kind="report", side="decay")} == {1.0}
    assert {row["strength"] for row in found.where(kind="report", side="l2")} == {0.01}
    ahead = [np.subtract(*(found.column("accuracy", kind="tuning", side=side, lr=lr, strength=s)
                           for side, s in [("decay", 1.0), ("l2", 0.01)])) for lr in found.protocol["lrs"]]  # fmt: skip
    assert all(a.mean() > 0 for a in ahead) and sum(map(report.distinguishable, ahead)) == 1


def test_the_order_of_dropout_and_batch_norm():
    found, losses = evidence.load("06_order"), []
    for p in (0.1, 0.3, 0.5):
        first, last = (np.array(found.column("test_accuracy", side=side, p=p))
                       for side in ("dropout, batch norm", "batch norm, dropout"))  # fmt: skip
        losses.append((last - first).mean())
        assert report.distinguishable(first - last) == (p > 0.1)
    assert losses == sorted(losses) and losses[0] > 0
    neither = np.mean(found.column("test_accuracy", side="neither"))
    assert all(np.mean(found.column("test_accuracy", side=s, p=p)) <= neither
               for s in ("dropout, batch norm", "batch norm, dropout") for p in (0.1, 0.3, 0.5))  # fmt: skip


def test_dropout_over_size():
    found = evidence.load("06_dropout_size")
    gain = {(d, n): np.subtract(*(found.column("test_accuracy", depth=d, n=n, side=s) for s in ("with", "without")))
            for d in found.protocol["depths"] for n in found.protocol["n"]}  # fmt: skip
    assert max(gain, key=lambda k: gain[k].mean()) == (4, 50) and report.distinguishable(gain[4, 50])
    assert sum(map(report.distinguishable, gain.values())) < len(gain) / 2
    assert not any(gain[d, 1000].mean() > 0 and report.distinguishable(gain[d, 1000]) for d in (1, 2, 4))


def test_smoothing_and_the_sign_of_calibration():
    found = evidence.load("06_smoothing")

    def mean(name, labels, e):
        return np.mean(found.column(name, labels=labels, epsilon=e))

    assert mean("over_raw", "clean", 0.0) > 0.05
    assert mean("over_raw", "noisy", 0.0) < -0.05
    assert all(mean("over_raw", "clean", e) < 0 for e in (0.05, 0.1, 0.2, 0.4))
    for labels in ("clean", "noisy"):
        scaled = [mean("ece_scaled", labels, e) for e in found.protocol["epsilons"]]
        assert max(scaled) < 0.08
        assert mean("test_accuracy", labels, 0.2) > mean("test_accuracy", labels, 0.0) + 0.015
    assert mean("ece_raw", "clean", 0.2) > 2 * mean("ece_raw", "clean", 0.0)


# The page and its data ---------------------------------------------------------------------------------------


def test_every_row_on_regularization_is_settled_on_the_page():
    rows = yaml.safe_load((ROOT / "book" / "sources.yml").read_text(encoding="utf-8"))["claims"]
    boxes = re.findall(r"^```\{claim\} (R\w+)$", PAGE, re.M)
    assert len(boxes) == len(set(boxes))
    assert set(boxes) == ROWS == {row["id"] for row in rows if row["id"].startswith("R")}
    for row in rows:
        if row["id"].startswith("R"):
            assert row["verdict"] != "pending", row["id"]
            assert f"06_regularization#claim-{row['id'].lower()}" in row["shown"], row["id"]


def test_every_recorded_result_of_the_chapter_is_on_the_page():
    names = {name for name in evidence.scripts() if name.startswith("06_")}
    assert names == set(re.findall(r"^```\{recorded\} (\w+)$", PAGE, re.M))
    assert names == set(re.findall(r'evidence\.load\("(06_\w+)"\)', PAGE))
