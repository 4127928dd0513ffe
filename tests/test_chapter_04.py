"""What the prose of chapter 4 says, held against the numbers that its cells print."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from tnn import data, evidence, report, train

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "en" / "04_batch_normalization.md").read_text(encoding="utf-8")


def steps(found, **where):
    return np.array([np.inf if s is None else s for s in found.column("steps", **where)])


def accuracy(found, name="test_accuracy", **where):
    return np.array(found.column(name, **where))


# Does it train faster? --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def headline():
    return evidence.load("04_headline")


def ratio(headline, rates, optimizer, activation, depth):
    """steps without / with, by seed; the plain side's missing arrivals count as the limit."""
    where = {"rates": rates, "optimizer": optimizer, "activation": activation, "depth": depth}
    limit = headline.protocol["steps" if rates == "own" else "steps_at_small_lr"]
    plain, normed = (steps(headline, **where, norm=norm) for norm in ("none", "batch"))
    assert np.isfinite(normed).all()
    return np.minimum(plain, limit) / normed


def holds_one(values):
    return values.min() <= 1 <= values.max()


@pytest.mark.parametrize("depth", [2, 6])
def test_relu_with_sgd_gains_three_to_four_times_by_the_larger_rate(headline, depth):
    assert 2.9 < np.median(ratio(headline, "own", "sgd", "relu", depth)) < 4.2
    assert holds_one(ratio(headline, "small", "sgd", "relu", depth))
    where = {"rates": "own", "optimizer": "sgd", "activation": "relu", "depth": depth}
    plain, normed = (headline.column("lr", **where, norm=norm)[0] for norm in ("none", "batch"))
    assert 3 <= normed / plain <= 10.1


@pytest.mark.parametrize("depth", [2, 6])
def test_relu_with_adam_gains_less_than_twice_at_the_same_rate(headline, depth):
    found = ratio(headline, "own", "adam", "relu", depth)
    assert np.median(found) < 2
    assert holds_one(found)
    where = {"rates": "own", "optimizer": "adam", "activation": "relu", "depth": depth}
    assert len({lr for norm in ("none", "batch") for lr in headline.column("lr", **where, norm=norm)}) == 1


def test_deep_relu_with_adam_is_slower_at_the_small_rate(headline):
    assert np.median(ratio(headline, "small", "adam", "relu", 6)) < 1


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("depth", [2, 6])
def test_sigmoid_gains_at_equal_rates_too(headline, optimizer, depth):
    assert ratio(headline, "small", optimizer, "sigmoid", depth).min() > 2


def test_the_deep_plain_sigmoid_network_does_not_leave_the_start_with_sgd(headline):
    where = {"optimizer": "sgd", "activation": "sigmoid", "depth": 6, "norm": "none"}
    assert max(headline.column("accuracy", **where, rates="own")) < 0.2
    assert np.isinf(steps(headline, **where, rates="tuning")).all()


def test_no_chosen_rate_lies_on_the_edge_of_its_grid_unless_nothing_trained(headline):
    for row in headline.where(rates="own", seed=headline.protocol["report_seeds"][0]):
        if row["lr"] in np.array(headline.protocol["lrs"][row["optimizer"]])[[0, -1]]:
            where = {key: row[key] for key in ("optimizer", "activation", "depth", "norm")}
            assert np.isinf(steps(headline, **where, rates="tuning")).all(), row


def test_the_papers_ratios():
    assert round(31.0 / 13.3, 1) == 2.3
    assert round(31.0 / 2.1, 1) == 14.8
    assert "plain, with_norm, with_all = 31.0, 13.3, 2.1" in PAGE


def test_before_and_after_cannot_be_told_apart():
    found = evidence.load("04_placement")
    for activation in ("relu", "sigmoid"):
        for depth in (2, 6):
            before, after = (accuracy(found, activation=activation, depth=depth, placement=p)
                             for p in ("before", "after"))  # fmt: skip
            assert not report.distinguishable(after - before)
    lrs = [found.column("lr", activation="sigmoid", depth=6, placement=p)[0] for p in ("before", "after")]
    assert lrs[0] != lrs[1]


# What it doesn't do -----------------------------------------------------------------------------------------


def test_uneven_inputs_and_whitening():
    found = evidence.load("04_inputs")
    even = ("even", "standardized", "whitened")
    for net in found.protocol["nets"]:
        medians = {inputs: np.median(steps(found, net=net, inputs=inputs)) for inputs in found.protocol["inputs"]}
        means = {inputs: accuracy(found, net=net, inputs=inputs).mean() for inputs in found.protocol["inputs"]}
        assert max(even, key=medians.get) == "whitened"
        assert min(even, key=means.get) == "whitened"
        assert means["uneven"] < means["even"]
    uneven = {net: np.median(steps(found, net=net, inputs="uneven")) for net in found.protocol["nets"]}
    assert uneven["linear"] > 20 * np.median(steps(found, net="linear", inputs="even"))
    assert uneven["relu, batch norm"] < uneven["relu"] / 4


def test_the_scale_of_initial_weights_and_depth():
    found = evidence.load("04_initialization")
    assert found.protocol["lr"].startswith("own")
    for scale in found.protocol["scales"]:
        where = {"sweep": "scale", "rates": "kept", "scale": scale}
        assert np.median(accuracy(found, "accuracy", norm="batch", **where)) > 0.9
        assert (np.median(accuracy(found, "accuracy", norm="none", **where)) > 0.9) == (scale in (0.3, 1.0))
    deep = {(norm, depth): np.median(accuracy(found, "accuracy", sweep="depth", norm=norm, depth=depth))
            for norm in ("none", "batch") for depth in (2, 20, 32)}  # fmt: skip
    assert deep["none", 32] < 0.5 and deep["batch", 32] < 0.5
    assert deep["batch", 20] > 0.9 > 0.7 > deep["none", 20]
    assert min(deep["none", 2], deep["batch", 2]) > 0.95


def test_the_size_of_the_group_that_gives_the_statistics():
    found = evidence.load("04_batch_size")
    runs = {(amount, side): accuracy(found, data=amount, side=side)
            for amount in found.protocol["data"] for side in found.protocol["sides"]}  # fmt: skip
    change = {key: test - runs[key[0], "60"] for key, test in runs.items()}
    for amount in ("much", "little"):
        assert not report.distinguishable(change[amount, "20"])
        assert 0.005 < -change[amount, "4"].mean() < 0.03 and report.distinguishable(change[amount, "4"])
        assert change[amount, "2"].mean() < -0.2
        for group in ("20", "10", "4", "2"):
            assert change[amount, group].mean() < 0 or not report.distinguishable(change[amount, group])
    assert report.distinguishable(change["much", "none"]) and -0.012 < change["much", "none"].mean() < 0
    assert not report.distinguishable(change["little", "none"])


def test_dropout_and_overfitting():
    found = evidence.load("04_dropout")
    runs = {(norm, p): accuracy(found, norm=norm, dropout=p) for norm in ("none", "batch") for p in (0.0, 0.2, 0.5)}
    for (norm, p), test in runs.items():
        assert accuracy(found, "train_accuracy", norm=norm, dropout=p).mean() > 0.99
        assert 0.81 < test.mean() < 0.85  # one image in six is missed
        assert not p or not report.distinguishable(test - runs[norm, 0.0])
    loss = runs["batch", 0.0] - runs["none", 0.0]
    assert report.distinguishable(loss) and -0.02 < loss.mean() < 0


def test_shaken_networks_train_nearly_as_fast():
    found = evidence.load("04_shaken")
    at = {(a, s): np.median(steps(found, activation=a, side=s)) for a in ("relu", "sigmoid")
          for s in found.protocol["sides"]}  # fmt: skip
    moved = {(a, s): np.median(accuracy(found, "instability", activation=a, side=s)) for a, s in at}
    for activation in ("relu", "sigmoid"):
        assert moved[activation, "shaken batch norm"] > 2 * moved[activation, "plain"]
        assert at[activation, "shaken batch norm"] < 1.5 * at[activation, "batch norm"]
    assert 2.5 < at["relu", "plain"] / at["relu", "shaken batch norm"] < 3.5
    assert np.isinf(at["sigmoid", "plain"])
    assert moved["sigmoid", "batch norm"] > moved["sigmoid", "plain"]


def test_recurrent_batch_norm_trains_without_a_gain():
    found = evidence.load("04_recurrent")
    means = {norm: accuracy(found, norm=norm).mean() for norm in found.protocol["norms"]}
    assert means["batch"] > 0.85
    for norm in ("layer", "batch"):
        gain = accuracy(found, norm=norm) - accuracy(found, norm="none")
        assert gain.mean() < 0 or not report.distinguishable(gain)


# What the page computes live --------------------------------------------------------------------------------


def test_training_mode_at_test_time():
    digits = data.digits()
    model = train.train(train.Net(2, 64, norm="batch"), digits, [0.3], range(3), 600, every=600).model
    pick = np.concatenate([np.flatnonzero(digits.y_test == digit)[:30] for digit in range(10)])
    x, y = digits.x_test[pick], digits.y_test[pick]
    assert len(pick) == 300
    assert abs(model.accuracy(x, y).mean() - 0.92) < 0.015
    order = np.random.default_rng(0).permutation(300)
    found = [np.mean([model.accuracy(x[row], y[row], training=True) for row in rows])
             for rows in (order.reshape(-1, 60), order.reshape(-1, 4), order.reshape(-1, 2),
                          np.arange(300).reshape(-1, 30))]  # fmt: skip
    assert found[0] > 0.89
    assert 0.6 < found[1] < 0.8
    assert 0.4 < found[2] < 0.55
    assert found[3] < 0.17


def test_a_line_explains_the_sigmoid():
    z = np.linspace(-8, 8, 4001)
    weight = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    y = 1 / (1 + np.exp(-z)) - 0.5
    assert round((weight * z * y).sum() ** 2 / (weight * y**2).sum(), 3) == 0.984


def test_adam_moves_a_bias_that_does_nothing():
    torch.manual_seed(0)
    linear, norm = torch.nn.Linear(8, 4), torch.nn.BatchNorm1d(4)
    start = linear.bias.detach().clone()
    update = torch.optim.Adam([*linear.parameters(), *norm.parameters()], lr=0.01)
    x, target = torch.randn(50, 8), torch.randn(50, 4)
    for _ in range(20):
        update.zero_grad()
        (norm(linear(x)) - target).square().mean().backward()
        assert linear.bias.grad.abs().max() < 1e-6
        update.step()
    assert (linear.bias - start).abs().max() > 0.02


def test_gradients_grow_by_the_theorys_factor_a_layer():
    generator = torch.Generator().manual_seed(7)
    h, sums = torch.randn(512, 512, generator=generator), []
    for _ in range(24):
        z = h @ (torch.randn(512, 512, generator=generator) * (2 / 512) ** 0.5).T
        z.requires_grad_() if not sums else z.retain_grad()
        sums.append(z)
        h = torch.relu(torch.nn.functional.batch_norm(z, None, None, training=True))
    (h * torch.randn(512, 512, generator=generator)).sum().backward()
    norms = [z.grad.norm().item() for z in sums]
    assert (norms[3] / norms[19]) ** (1 / 16) == pytest.approx(np.sqrt(np.pi / (np.pi - 1)), rel=0.01)


# The page and its data --------------------------------------------------------------------------------------


def test_every_row_on_batch_normalization_is_settled_on_the_page():
    rows = yaml.safe_load((ROOT / "book" / "sources.yml").read_text(encoding="utf-8"))["claims"]
    boxes = re.findall(r"^```\{claim\} (N\w+)$", PAGE, re.M)
    assert len(boxes) == len(set(boxes))
    assert set(boxes) == {row["id"] for row in rows if row["id"].startswith("N")}
    for row in rows:
        if row["id"].startswith("N"):
            assert row["verdict"] != "pending", row["id"]
            assert f"04_batch_normalization#claim-{row['id'].lower()}" in row["shown"], row["id"]


def test_every_recorded_result_of_the_chapter_is_on_the_page():
    names = {name for name in evidence.scripts() if name.startswith("04_")}
    assert names == set(re.findall(r"^```\{recorded\} (\w+)$", PAGE, re.M))
    assert names == set(re.findall(r'evidence\.load\("(04_\w+)"\)', PAGE))
