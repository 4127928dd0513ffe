"""Reference kernels of chapter 5 against PyTorch, closed forms and finite differences."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from scipy import stats
from torch import nn

from autograder.reference import initialization as kernels

pytestmark = pytest.mark.initialization
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
shapes = st.lists(st.integers(1, 6), min_size=2, max_size=5).map(tuple)
NAMES = ["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


def seeded(init, shape, **settings):
    return init(torch.empty(shape, dtype=torch.float64), **settings)


@pytest.mark.parametrize("name", kernels.ACTIVATIONS)
def test_activations_equal_torch_and_so_do_their_derivatives(name):
    phi, dphi = kernels.ACTIVATIONS[name]
    x = torch.linspace(-6, 6, 200, dtype=torch.float64, requires_grad=True)  # 0 is not among them
    y = x * 1 if name == "linear" else getattr(nn.functional, name)(x)
    (grad,) = torch.autograd.grad(y.sum(), x)
    at = x.detach().numpy()
    np.testing.assert_allclose(phi(at), y.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(dphi(at), grad.numpy(), atol=1e-12)


@given(st.integers(0, 12))
def test_expectations_of_powers(k):
    expected = 0 if k % 2 else math.prod(range(1, k, 2))
    assert kernels.gaussian_expectation(lambda z: z**k) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(st.floats(0, 50), st.floats(0.1, 3), st.floats(0, 2), st.floats(0, 1))
def test_second_moment_of_a_leaky_relu_is_its_closed_form(q, sigma_w, sigma_b, a):
    found = kernels.predicted_second_moment(q, lambda x: np.where(x > 0, x, a * x), sigma_w, sigma_b)
    assert found == pytest.approx(sigma_w**2 * (1 + a**2) / 2 * q + sigma_b**2, rel=1e-12)


@pytest.mark.parametrize("q", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "gelu"])
def test_second_moment_and_gradient_factor_equal_an_adaptive_rule(name, q):
    from scipy.integrate import quad

    phi, dphi = kernels.ACTIVATIONS[name]

    def expectation(f):
        return quad(lambda z: float(f(np.float64(q**0.5 * z))) ** 2 * stats.norm.pdf(z), -12, 12, epsabs=1e-13)[0]

    assert kernels.predicted_second_moment(q, phi, 1.3, 0.4) == pytest.approx(1.69 * expectation(phi) + 0.16, rel=1e-9)
    assert kernels.gradient_factor(q, dphi, 1.3) == pytest.approx(1.69 * expectation(dphi), rel=1e-9)


def test_gains_by_quadrature():
    gains = {name: kernels.gain_by_quadrature(phi) for name, (phi, _) in kernels.ACTIVATIONS.items()}
    for name in ("linear", "relu", "leaky_relu"):
        assert gains[name] == pytest.approx(kernels.calculate_gain(name), rel=1e-12)
    assert gains["tanh"] == pytest.approx(1.5925, abs=1e-4)
    assert gains["selu"] == pytest.approx(1, abs=1e-9)  # its two constants were chosen for that


def test_a_wide_network_does_as_predicted():
    rng, width, depth = np.random.default_rng(3), 400, 6
    phi, dphi = kernels.ACTIVATIONS["tanh"]
    weights = [1.4 / width**0.5 * rng.normal(size=(width, width)) for _ in range(depth)]
    biases = [0.3 * rng.normal(size=width) for _ in range(depth)]
    x = rng.normal(size=(50, width))
    hidden = kernels.forward(x, weights, phi, biases)
    predicted = kernels.second_moments(1.4**2 + 0.3**2, depth - 1, phi, 1.4, 0.3)
    np.testing.assert_allclose([np.mean(h**2) for h in hidden], predicted, rtol=0.1)
    grads = kernels.backward(rng.normal(size=hidden[-1].shape), hidden, weights, dphi)
    sizes = [np.mean(g**2) for g in grads]
    factors = [kernels.gradient_factor(q, dphi, 1.4) for q in predicted[:-1]]
    np.testing.assert_allclose(np.divide(sizes[:-1], sizes[1:]), factors, rtol=0.1)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), generators)
def test_backward_is_the_gradient_of_forward(N, D, depth, rng):
    sizes = rng.integers(1, 5, depth + 1)
    weights = [rng.normal(size=(o, i)) for i, o in zip(sizes[:-1], sizes[1:], strict=True)]
    phi, dphi = kernels.ACTIVATIONS["tanh"]
    hidden = kernels.forward(rng.normal(size=(N, sizes[0])), weights, phi)
    grad_out = rng.normal(size=hidden[-1].shape)
    grads = kernels.backward(grad_out, hidden, weights, dphi)
    h = torch.tensor(hidden[0], requires_grad=True)
    y = h
    for W in weights[1:]:
        y = torch.tanh(y) @ torch.tensor(W).T
    (expected,) = torch.autograd.grad((y * torch.tensor(grad_out)).sum(), h)
    assert len(grads) == len(hidden) == depth
    np.testing.assert_allclose(grads[0], expected.numpy(), atol=1e-12)


@given(shapes)
def test_fans_equal_torch(shape):
    assert kernels.fans(shape) == nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


@given(st.integers(1, 3), st.integers(1, 3), st.lists(st.integers(1, 3), max_size=3), st.integers(1, 3))
def test_fans_of_layers_equal_those_of_torchs_weights(i, o, kernel, groups):
    if not kernel:
        layer, groups = nn.Linear(i, o), 1
    else:
        i, o = i * groups, o * groups
        layer = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(kernel) - 1](i, o, kernel, groups=groups)
    expected = nn.init._calculate_fan_in_and_fan_out(layer.weight)
    assert kernels.fan_in_and_fan_out(i, o, tuple(kernel), groups) == expected


@pytest.mark.parametrize("name", [*NAMES, "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
@pytest.mark.parametrize("param", [None, 0, 0.3, 2.0])
def test_gains_equal_torch(name, param):
    assert kernels.calculate_gain(name, param) == pytest.approx(nn.init.calculate_gain(name, param), rel=1e-12)


def test_an_unknown_name_has_no_gain():
    with pytest.raises(ValueError):
        kernels.calculate_gain("swish")


class Recorder:
    """Stands for a generator and for torch's draws: what a scheme asks for, instead of random numbers."""

    def random(self, shape):
        return np.ones(shape)

    def standard_normal(self, shape):
        return np.ones(shape)


@pytest.fixture
def asked(monkeypatch):
    """torch's own bounds and deviations: what its schemes hand to the functions that draw."""
    found = {}
    monkeypatch.setattr(torch.Tensor, "uniform_", lambda t, a, b, generator=None: found.update(uniform=(a, b)))
    monkeypatch.setattr(torch.Tensor, "normal_", lambda t, mean, std, generator=None: found.update(normal=(mean, std)))
    return found


@pytest.mark.parametrize("shape", [(7, 4), (6, 3, 5), (4, 2, 3, 5), (3, 8, 2, 3, 4)])
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_xavier_bounds_and_deviations_equal_torch(shape, gain, asked):
    nn.init.xavier_uniform_(torch.empty(shape), gain)
    nn.init.xavier_normal_(torch.empty(shape), gain)
    a, b = asked["uniform"]
    np.testing.assert_allclose(kernels.xavier_uniform(shape, Recorder(), gain), np.full(shape, b), rtol=1e-12)
    assert a == -b
    np.testing.assert_allclose(kernels.xavier_normal(shape, Recorder(), gain), asked["normal"][1], rtol=1e-12)


@pytest.mark.parametrize("shape", [(7, 4), (6, 3, 5), (4, 2, 3, 5)])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize(("a", "name"), [(0, "leaky_relu"), (0.2, "leaky_relu"), (0, "relu"), (0, "tanh")])
def test_kaiming_bounds_and_deviations_equal_torch(shape, mode, a, name, asked):
    nn.init.kaiming_uniform_(torch.empty(shape), a, mode, name)
    nn.init.kaiming_normal_(torch.empty(shape), a, mode, name)
    found = kernels.kaiming_uniform(shape, Recorder(), a, mode, name)
    np.testing.assert_allclose(found, np.full(shape, asked["uniform"][1]), rtol=1e-12)
    found = kernels.kaiming_normal(shape, Recorder(), a, mode, name)
    np.testing.assert_allclose(found, np.full(shape, asked["normal"][1]), rtol=1e-12)


def test_the_default_bound_equals_torchs(asked):
    nn.Linear(9, 4, bias=False)
    np.testing.assert_allclose(kernels.torch_default((4, 9), Recorder()), asked["uniform"][1], rtol=1e-12)
    assert asked["uniform"][1] == pytest.approx(1 / 3)


@given(st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 4), st.integers(1, 4)), st.integers(1, 4))
def test_dirac_equals_torch(shape, groups):
    for axes in (3, 4):
        s = (shape[0] * groups, *shape[1:axes])
        expected = seeded(nn.init.dirac_, s, groups=groups)
        np.testing.assert_array_equal(kernels.dirac(s, groups), expected.numpy())


@given(st.integers(1, 30), st.integers(1, 5), st.floats(0, 1), generators)
def test_sparse_has_torchs_number_of_zeros_in_every_column(rows, cols, sparsity, rng):
    w = kernels.sparse((rows, cols), sparsity, rng, std=0.5)
    expected = seeded(nn.init.sparse_, (rows, cols), sparsity=sparsity)
    np.testing.assert_array_equal((w == 0).sum(axis=0), (expected == 0).sum(0).numpy())


def test_sparse_zeros_are_anywhere_and_the_rest_is_normal():
    w = kernels.sparse((40, 2000), 0.3, np.random.default_rng(1), std=0.5)
    shares = (w == 0).mean(axis=1)
    assert np.all(np.abs(shares - 0.3) < 6 * (0.3 * 0.7 / 2000) ** 0.5)
    assert stats.kstest(w[w != 0] / 0.5, "norm").pvalue > 1e-6


@given(st.lists(st.integers(1, 6), min_size=2, max_size=4).map(tuple), st.floats(0.1, 3), generators)
def test_orthogonal_is_orthonormal_times_the_gain(shape, gain, rng):
    w = kernels.orthogonal(shape, rng, gain).reshape(shape[0], -1)
    rows, cols = w.shape
    gram = w @ w.T if rows <= cols else w.T @ w
    np.testing.assert_allclose(gram, gain**2 * np.eye(min(rows, cols)), atol=1e-12)


def test_orthogonal_equals_torchs_for_the_same_normal_numbers(monkeypatch):
    for shape in ((5, 3), (3, 5), (4, 2, 3), (4, 4)):
        rows, cols = shape[0], math.prod(shape[1:])
        z = np.random.default_rng(2).normal(size=(max(rows, cols), min(rows, cols)))
        flat = z if rows >= cols else z.T
        monkeypatch.setattr(torch.Tensor, "normal_", lambda t, *a, flat=flat, **k: t.copy_(torch.tensor(flat.copy())))
        rng = type("Fixed", (), {"standard_normal": staticmethod(lambda shape, z=z: z)})
        expected = seeded(nn.init.orthogonal_, shape, gain=1.7)
        np.testing.assert_allclose(kernels.orthogonal(shape, rng, 1.7), expected.numpy(), atol=1e-12)


def test_orthogonal_is_uniform():
    """Each entry of a uniform orthogonal matrix has the same distribution; QR's own signs are skewed."""
    rng = np.random.default_rng(5)
    w = np.array([kernels.orthogonal((3, 3), rng) for _ in range(4000)])
    # an entry of a uniform direction in three dimensions is uniform on [-1, 1]
    assert min(stats.kstest(w[:, i, j], "uniform", (-1, 2)).pvalue for i in range(3) for j in range(3)) > 1e-6


@pytest.mark.parametrize(("mean", "std", "a", "b"), [(0, 1, -2, 2), (0.3, 2, -1, 3), (0, 1, 1.5, 4), (2, 0.1, -1, 1.7)])
def test_truncated_normal_has_its_distribution(mean, std, a, b):
    w = kernels.truncated_normal((40, 500), np.random.default_rng(7), mean, std, a, b)
    expected = stats.truncnorm((a - mean) / std, (b - mean) / std, mean, std)
    assert w.min() >= a and w.max() <= b
    assert stats.kstest(w.ravel(), expected.cdf).pvalue > 1e-6
    x = np.linspace(a - 1, b + 1, 50)
    np.testing.assert_allclose(kernels.truncated_cdf(x, mean, std, a, b), expected.cdf(x), atol=1e-9)


@pytest.mark.parametrize("scheme", ["xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"])
def test_schemes_have_the_distribution_they_say(scheme):
    w = getattr(kernels, scheme)((90, 40, 3, 2), np.random.default_rng(11)).ravel()
    std = kernels.xavier_std((90, 40, 3, 2)) if "xavier" in scheme else kernels.kaiming_std((90, 40, 3, 2))
    law = stats.norm(0, std) if "normal" in scheme else stats.uniform(-(3**0.5) * std, 2 * 3**0.5 * std)
    assert stats.kstest(w, law.cdf).pvalue > 1e-6


def test_what_cannot_be_is_refused():
    rng = np.random.default_rng(0)
    for refused in (
        lambda: kernels.fans((3,)),
        lambda: kernels.kaiming_std((3, 2), mode="fan_avg"),
        lambda: kernels.truncated_normal((2, 2), rng, a=1, b=1),
        lambda: kernels.orthogonal((3,), rng),
        lambda: kernels.dirac((3, 2)),
        lambda: kernels.dirac((3, 2, 3), groups=2),
        lambda: kernels.sparse((3, 2, 2), 0.5, rng),
    ):
        with pytest.raises(ValueError):
            refused()


def test_fixed_schemes_equal_torch():
    np.testing.assert_array_equal(kernels.constant((2, 3), 0.3), seeded(nn.init.constant_, (2, 3), val=0.3))
    np.testing.assert_array_equal(kernels.eye((2, 3)), seeded(nn.init.eye_, (2, 3)))
