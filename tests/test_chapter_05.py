"""What the prose of chapter 5 says, held against the numbers that its cells print."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from tnn import data, evidence, report, schemes, train

from autograder.reference import initialization as init

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "en" / "05_initialization.md").read_text(encoding="utf-8")


# The stacked networks of the evidence -------------------------------------------------------------------------


def test_a_run_equals_a_plain_torch_loop():
    """Another learning rate and another seed beside it change nothing."""
    digits, net, steps = data.digits(), train.Net(2, 8), 12

    def make(i, shape, rng):
        return init.kaiming_normal(shape, rng)

    runs = schemes.fit(net, make, digits, [0.01, 0.1], [4, 5], steps)
    rng = np.random.default_rng(5)
    parameters = [torch.tensor(make(i, shape, rng), dtype=torch.float32)
                  for i, shape in enumerate([(8, 64), (8, 8), (10, 8)])]  # fmt: skip
    parameters += [torch.zeros(len(W)) for W in parameters]
    for p in parameters:
        p.requires_grad_()
    x, y = torch.as_tensor(digits.x_train, dtype=torch.float32), torch.as_tensor(digits.y_train)
    sgd = torch.optim.SGD(parameters, lr=0.1)
    for rows in train.batches(len(y), 60, steps, 5):
        h = x[rows]
        for W, b in zip(parameters[:3], parameters[3:], strict=True):
            h = h @ W.T + b if W is parameters[2] else torch.relu(h @ W.T + b)
        sgd.zero_grad()
        torch.nn.functional.cross_entropy(h, y[rows]).backward()
        sgd.step()
    for ours, theirs in zip(runs.weights, parameters[:3], strict=True):
        torch.testing.assert_close(ours[3].detach(), theirs.detach(), rtol=1e-4, atol=1e-6)


# Signal and gradient ------------------------------------------------------------------------------------------


def chi(activation, sigma_w):
    """The factor of the gradient's root mean square, after many layers."""
    phi, dphi = init.ACTIVATIONS[activation]
    q = init.second_moments(1.0, 300, phi, sigma_w)[-1]
    return math.sqrt(init.gradient_factor(q, dphi, sigma_w))


def test_relu_halves_what_it_gets():
    phi, dphi = init.ACTIVATIONS["relu"]
    for var in (1 / 3, 1, 2, 4):
        assert init.predicted_second_moment(1.7, phi, math.sqrt(var), 0) == pytest.approx(1.7 * var / 2)
        assert init.gradient_factor(1.7, dphi, math.sqrt(var)) == pytest.approx(var / 2)


def test_xavier_suits_tanh_and_not_sigmoid():
    assert 0.99 < chi("tanh", 1.0) < 1
    assert chi("sigmoid", 1.0) < 0.25
    assert chi("sigmoid", init.gain_by_quadrature(init.ACTIVATIONS["sigmoid"][0])) < 0.5
    for gain in (5 / 3, init.gain_by_quadrature(np.tanh)):
        assert chi("tanh", gain) > 1.05


def test_torchs_gain_for_selu_keeps_the_gradient_and_not_the_signal():
    phi = init.ACTIVATIONS["selu"][0]
    assert init.gain_by_quadrature(phi) == pytest.approx(1, abs=1e-6)
    assert chi("selu", 0.75) == pytest.approx(1, abs=0.005)
    assert init.second_moments(1.0, 300, phi, 0.75)[-1] < 0.05


def test_large_weights_explode_in_wide_layers_and_vanish_in_narrow_sigmoid_layers():
    assert chi("tanh", 16) > 2
    assert chi("sigmoid", 16) > 1 > chi("sigmoid", 8)


def test_torchs_default_is_not_hes():
    torch.manual_seed(0)
    W = torch.nn.Linear(400, 300).weight.detach()
    assert W.var().item() == pytest.approx(1 / 1200, rel=0.02)
    assert W.abs().max().item() <= 400**-0.5
    assert math.sqrt(2 / (1 + 5)) == pytest.approx(torch.nn.init.calculate_gain("leaky_relu", math.sqrt(5)))


# Recorded comparisons -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def symmetry():
    return evidence.load("05_symmetry")


def accuracy(found, **where):
    return np.array(found.column("test_accuracy", **where))


@pytest.mark.parametrize("arm", ["zeros", "constant 0.01", "constant 0.1", "constant 0.1, random head",
                                 "conv constant 0.1"])  # fmt: skip
def test_equal_units_stay_equal_and_the_network_fails(symmetry, arm):
    assert set(symmetry.column("distinct", arm=arm)) == {1}
    beside = "conv random" if arm.startswith("conv") else "random"
    if not arm.startswith("conv"):
        assert accuracy(symmetry, arm=arm).max() < 0.4 < accuracy(symmetry, arm=beside).min()
    else:
        assert accuracy(symmetry, arm=arm).min() < 0.2 < 0.8 < accuracy(symmetry, arm=arm).max()


@pytest.mark.parametrize("arm", ["identity, zero head", "conv Dirac, zero head"])
def test_identity_and_dirac_train(symmetry, arm):
    assert accuracy(symmetry, arm=arm).min() > 0.85
    assert symmetry.column("distinct", arm=arm) == symmetry.column("units", arm=arm)


def test_without_a_hidden_layer_zeros_are_as_good(symmetry):
    zeros, random = (accuracy(symmetry, arm=f"no hidden layer, {start}") for start in ("zeros", "random"))
    assert not report.distinguishable(zeros - random)


@pytest.fixture(scope="module")
def depth():
    return evidence.load("05_depth")


def median(found, activation, scheme, depth, factor=1.0):
    where = {"activation": activation, "scheme": scheme, "depth": depth, "factor": factor}
    return np.median(found.column("accuracy", **where))


def test_every_arm_trains_with_two_layers(depth):
    for activation, arms in depth.protocol["arms"].items():
        for arm in arms:
            assert median(depth, activation, arm, 2) > 0.85


def test_only_he_and_orthogonal_train_24_relu_layers(depth):
    for arm, low, high in [("he", 0.5, 0.8), ("orthogonal", 0.5, 0.8), ("xavier", 0, 0.2), ("torch default", 0, 0.2)]:
        assert low < median(depth, "relu", arm, 24) < high
    assert median(depth, "relu", "torch default", 12) < 0.2 < 0.7 < median(depth, "relu", "xavier", 12)


def test_tanh_carries_far(depth):
    assert median(depth, "tanh", "orthogonal", 24) > median(depth, "tanh", "orthogonal", 2) - 0.03
    assert median(depth, "tanh", "xavier", 24) > 0.7


def test_sigmoid_fails_with_xavier_and_four_times_xavier_mends_six_layers(depth):
    assert max(depth.column("accuracy", activation="sigmoid", scheme="xavier", depth=6)) < 0.15
    assert median(depth, "sigmoid", "4 xavier", 6) > 0.8
    assert median(depth, "sigmoid", "4 xavier", 12) < 0.2


def test_orthogonal_is_no_more_sensitive_than_he(depth):
    for factor in depth.protocol["factors"]:
        assert median(depth, "relu", "orthogonal", 12, factor) > median(depth, "relu", "he", 12, factor) - 0.02
    for factor in (0.5, 2.0):
        assert median(depth, "relu", "he", 12, factor) < 0.2


def test_large_weights_generalize_worse_at_full_training_accuracy():
    found = evidence.load("05_scale")
    for scale in (0.1, 0.3, 1.0, 3.0, 10.0):
        assert set(found.column("train_accuracy", scale=scale)) == {1.0}
    assert sum(a < 1 for a in found.column("train_accuracy", scale=30.0)) in range(1, 10)
    small, he, large, larger = (accuracy(found, scale=s) for s in (0.1, 1.0, 3.0, 10.0))
    assert not report.distinguishable(small - he)
    assert report.distinguishable(he - large)
    assert larger.max() < he.min()


# Dead units, rows ---------------------------------------------------------------------------------------------


def test_a_scale_changes_no_dead_unit():
    digits, relu = data.digits(), init.ACTIVATIONS["relu"][0]
    rng = np.random.default_rng(1)
    weights = [init.kaiming_normal((64, 64), rng) for _ in range(3)]
    masks = [[h <= 0 for h in init.forward(digits.x_train, [s * W for W in weights], relu)] for s in (1.0, 0.37, 52.0)]
    for other in masks[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(masks[0], other, strict=True))
    assert any(mask.all(axis=0).any() for mask in masks[0]), "without a dead unit this says little"


def test_every_row_of_the_chapter_is_settled():
    rows = [row for row in yaml.safe_load((ROOT / "book" / "sources.yml").read_text())["claims"] if row["id"][0] == "I"]
    assert {row["id"] for row in rows} == {f"I{i}" for i in range(1, 21) if i != 5} | {"I5a", "I5b", "I5c"}
    for row in rows:
        assert row["verdict"] != "pending"
        assert f"```{{claim}} {row['id']}\n" in PAGE


def test_no_directive_has_a_backtick_on_its_first_line():
    """Markdown would not take it for a fence, and print its source."""
    for line in PAGE.splitlines():
        if line.startswith("```{"):
            assert "`" not in line[3:], line
