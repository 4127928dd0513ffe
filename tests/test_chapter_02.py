"""What the prose of chapter 2 says, held against the numbers that its cells print."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from tnn import data, evidence, mistakes, report

from autograder.reference.backpropagation import Value, numerical_gradient, sigmoid, sigmoid_backward

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "en" / "02_backpropagation.md").read_text(encoding="utf-8")


# The six mistakes -------------------------------------------------------------------------------------------


def in_torch(theta, x, y):
    """The gradients of the network of `tnn.mistakes`, by torch."""
    p = {name: torch.tensor(v, requires_grad=True) for name, v in theta.items()}
    h1 = torch.tanh(torch.tensor(x) @ p["W1"].T + p["b1"])
    h2 = h1 + torch.relu(h1 @ p["W2"].T + p["b2"])
    torch.nn.functional.cross_entropy(h2 @ p["W3"].T + p["b3"], torch.tensor(y)).backward()
    return {name: v.grad.numpy() for name, v in p.items()}


@pytest.fixture
def batch():
    digits = data.digits()
    return digits.x_train[:8], digits.y_train[:8]


@pytest.mark.parametrize("seed", range(3))
def test_the_right_gradient_equals_torchs(batch, seed):
    theta = mistakes.parameters(seed)
    expected, found = in_torch(theta, *batch), mistakes.gradients(theta, *batch)
    assert found.keys() == theta.keys()
    for name, gradient in found.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=0, atol=1e-12)


def test_several_networks_at_once_are_the_same_as_one_by_one(batch):
    x, y = batch
    each = [mistakes.parameters(seed) for seed in (0, 1)]
    stacked = mistakes.gradients({name: np.stack([t[name] for t in each]) for name in each[0]},
                                 np.stack([x, x]), np.stack([y, y]), "slope")  # fmt: skip
    for i, theta in enumerate(each):
        for name, gradient in mistakes.gradients(theta, x, y, "slope").items():
            np.testing.assert_allclose(stacked[name][i], gradient, rtol=0, atol=1e-13)


FAILS = {
    "batch size": "W3 b3 W2 b2 W1 b1",
    "bias": "b3 b2 b1",
    "mask": "W2 b2 W1 b1",
    "transpose": "W1 b1",
    "overwrite": "W1 b1",
    "slope": "W1 b1",
}


@pytest.mark.parametrize("mistake", mistakes.MISTAKES)
def test_a_mistake_keeps_the_shapes_and_shows_where_it_was_made(batch, mistake):
    theta = mistakes.parameters(0)
    right, wrong = mistakes.gradients(theta, *batch), mistakes.gradients(theta, *batch, mistake)
    assert all(wrong[name].shape == theta[name].shape for name in theta)
    gaps = {name: np.linalg.norm(wrong[name] - right[name]) / np.linalg.norm(right[name]) for name in right}
    assert [name for name, gap in gaps.items() if gap > 0] == FAILS[mistake].split()
    assert all(gap == 0 or gap > 0.1 for gap in gaps.values())  # nothing hides in a check's tolerance


def test_a_mistake_that_nobody_knows_is_refused(batch):
    with pytest.raises(KeyError):
        mistakes.gradients(mistakes.parameters(0), *batch, "sign")


@pytest.fixture(scope="module")
def found():
    return evidence.load("02_mistakes")


def accuracy(found, gradient, rates):
    return np.array(found.column("test_accuracy", gradient=gradient, rates=rates))


def test_four_of_six_mistakes_cannot_be_seen_in_the_accuracy(found):
    right = accuracy(found, "right", "own")
    seen = {m for m in mistakes.MISTAKES if report.distinguishable(accuracy(found, m, "own") - right)}
    assert seen == {"mask", "slope"}
    assert all(accuracy(found, m, "own").mean() < right.mean() - 0.2 for m in seen)


def test_what_the_page_says_of_two_rows(found):
    right = accuracy(found, "right", "own")
    assert found.column("lr", gradient="bias", rates="own")[0] == 1.0
    assert accuracy(found, "bias", "own").min() < 0.7  # some seeds fail
    assert accuracy(found, "bias", "kept").min() > 0.85  # all train
    assert not report.distinguishable(accuracy(found, "bias", "kept") - right)
    assert found.protocol["batch"] == 60 and "60 times larger" in PAGE
    assert accuracy(found, "batch size", "kept").max() < 0.2


def test_the_page_describes_each_mistake():
    assert re.findall(r"^\| ([a-z ]+?) \| (?!the mistake)[^|]+ \|$", PAGE, re.M)[-6:] == list(mistakes.MISTAKES)


def test_every_mistake_goes_downhill_at_first_and_slope_nearly_straight():
    digits, least = data.digits(), {}

    def flat(seed, mistake):
        found = mistakes.gradients(mistakes.parameters(seed), digits.x_train, digits.y_train, mistake)
        return np.concatenate([gradient.ravel() for gradient in found.values()])

    for mistake in mistakes.MISTAKES:
        pairs = [(flat(seed, None), flat(seed, mistake)) for seed in range(3)]
        least[mistake] = min(a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in pairs)
    assert min(least.values()) > 0.2
    assert least["slope"] > 0.95


def test_the_wrong_slope_runs_away_where_z_is_beyond_one():
    digits = data.digits()
    largest = {}
    for mistake in (None, "slope"):
        theta = mistakes.train(digits, [0.03] * 5, range(5), 100, 60, mistake)
        largest[mistake] = np.abs(mistakes.forward(theta, digits.x_val[None])[1][0]).max()
    assert largest[None] < 3
    assert largest["slope"] > 100


# Claims ------------------------------------------------------------------------------------------------------


def test_a_constant_added_to_the_loss_changes_no_gradient():
    for constant in (0.0, 100.0):
        w = Value(0.7)
        ((w * w * 3 + w).tanh() + constant).backward()
        assert w.grad == pytest.approx((6 * 0.7 + 1) * (1 - np.tanh(3 * 0.49 + 0.7) ** 2), rel=1e-12)


def test_the_slope_of_the_sigmoid_is_what_the_sources_page_says():
    statement = next(row["statement"] for row in claims() if row["id"] == "B9")
    assert f"{sigmoid_backward(1.0, 5):.4f}" in statement
    assert f"{sigmoid_backward(1.0, 10):.6f}" in statement
    z = np.linspace(-30, 30, 6001)
    assert sigmoid_backward(np.ones_like(z), z).max() == 0.25
    np.testing.assert_allclose(sigmoid_backward(np.ones_like(z), z), sigmoid(z) * (1 - sigmoid(z)), atol=1e-15)


def test_the_best_step_of_a_centred_difference_is_near_the_cube_root_of_rounding():
    def f(x):
        return np.exp(np.tanh(x) * x)

    true = f(1.3) * (np.tanh(1.3) + 1.3 * (1 - np.tanh(1.3) ** 2))
    steps = 10.0 ** np.arange(-14, 0, 0.25)
    for method, power in [("forward", 1 / 2), ("centred", 1 / 3)]:
        errors = [abs(float(numerical_gradient(f, 1.3, h, method)) / true - 1) for h in steps]
        assert abs(np.log10(steps[np.argmin(errors)]) - power * np.log10(np.finfo(float).eps)) < 1.5
    for h in (1e-10, 1e-20, 1e-100):
        assert abs(float(numerical_gradient(f, 1.3, h, "complex")) / true - 1) < 1e-15


def factor(activation_scale, seed, depth=20, width=64):
    """The gradient's mean factor a layer in a stack of sigmoids, and the share of flat units, as on the page."""
    rng = np.random.default_rng(seed)
    h, weights, z = rng.normal(size=(100, width)), [], []
    for _ in range(depth):
        weights.append(rng.normal(size=(width, width)) * activation_scale / np.sqrt(width))
        z.append(h @ weights[-1].T)
        h = sigmoid(z[-1])
    g = start = rng.normal(size=h.shape)
    for W, inputs in zip(weights[::-1], z[::-1], strict=True):
        g = sigmoid_backward(g, inputs) @ W
    flat = np.mean(sigmoid_backward(np.ones_like(z), np.array(z)) < 0.01)
    return ((g**2).mean() / (start**2).mean()) ** (1 / 40), flat


def test_sigmoids_shrink_the_gradient_by_about_a_quarter_a_layer():
    assert all(0.2 < factor(1, seed)[0] < 0.25 for seed in range(5))


def test_only_saturating_weights_keep_a_sigmoid_networks_gradient():
    (below, few), (above, many) = (np.mean([factor(scale, seed) for seed in range(5)], axis=0) for scale in (8, 16))
    assert below < 1 < above
    assert 0.3 < few < 0.5 < many < 0.8  # "about half"


# The page and its data --------------------------------------------------------------------------------------


def claims():
    return yaml.safe_load((ROOT / "book" / "sources.yml").read_text(encoding="utf-8"))["claims"]


def test_every_row_on_backpropagation_is_settled_on_the_page():
    boxes = re.findall(r"^```\{claim\} (B\w+)$", PAGE, re.M)
    assert len(boxes) == len(set(boxes))
    assert set(boxes) == {f"B{i}" for i in range(1, 11)} == {row["id"] for row in claims() if row["id"][0] == "B"}
    for row in claims():
        if row["id"].startswith("B"):
            assert row["verdict"] != "pending", row["id"]
            assert f"02_backpropagation#claim-{row['id'].lower()}" in row["shown"], row["id"]


def test_every_recorded_result_of_the_chapter_is_on_the_page():
    names = {name for name in evidence.scripts() if name.startswith("02_")}
    assert names == set(re.findall(r"^```\{recorded\} (\w+)$", PAGE, re.M))
    assert names == set(re.findall(r'evidence\.load\("(02_\w+)"\)', PAGE))
