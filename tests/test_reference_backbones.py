"""Backbones' kernels against torch to 1e-12, scikit-learn and finite differences, in float64."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import assume, given
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from torch import nn

from autograder.reference import backbones as kernels

pytestmark = pytest.mark.backbones
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def close(found, expected, rtol=1e-11, atol=1e-11):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


@st.composite
def convolutions(draw):
    """(x, W, b, stride, padding) as float64 arrays; the kernel fits, the stride often doesn't go in evenly."""
    N, C, K, kh, kw = (draw(st.integers(1, 3)) for _ in range(5))
    H, W, stride, padding = (draw(st.integers(low, 6)) for low in (1, 1, 1, 0))
    stride, padding = min(stride, 3), min(padding, 2)
    assume(H + 2 * padding >= kh and W + 2 * padding >= kw)
    rng = draw(generators)
    return rng.normal(size=(N, C, H, W)), rng.normal(size=(K, C, kh, kw)), rng.normal(size=K), stride, padding


@given(convolutions(), generators)
def test_the_convolution_equals_torchs_with_its_gradients(case, rng):
    x, W, b, stride, padding = case
    t_x, t_W, t_b = (torch.tensor(a, requires_grad=True) for a in (x, W, b))
    expected = nn.functional.conv2d(t_x, t_W, t_b, stride, padding)
    y = kernels.conv2d_forward(x, W, b, stride, padding)
    close(y, expected)
    close(kernels.conv2d_forward(x, W, None, stride, padding), y - b[:, None, None])
    grad_out = rng.normal(size=y.shape)
    gradients = torch.autograd.grad(expected, (t_x, t_W, t_b), torch.tensor(grad_out))
    for found, wanted in zip(kernels.conv2d_backward(grad_out, x, W, stride, padding), gradients, strict=True):
        close(found, wanted)


def test_the_gradients_equal_finite_differences():
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(2, 3, 5, 4)), rng.normal(size=(2, 3, 2, 3)), rng.normal(size=2)
    g = rng.normal(size=kernels.conv2d_forward(x, W, b, 2, 1).shape)
    gradients = kernels.conv2d_backward(g, x, W, 2, 1)
    for array, grad in zip((x, W, b), gradients, strict=True):
        for place in list(np.ndindex(array.shape))[::5]:
            kept, losses = array[place], []
            for h in (1e-4, -1e-4):
                array[place] = kept + h
                losses.append((kernels.conv2d_forward(x, W, b, 2, 1) * g).sum())
            array[place] = kept
            assert abs((losses[0] - losses[1]) / 2e-4 - grad[place]) < 1e-8


@given(convolutions(), generators)
def test_im2col_is_unfold_and_col2im_its_transpose(case, rng):
    x, W, _, stride, padding = case
    size = W.shape[2:]
    columns = kernels.im2col(x, size, stride, padding)
    close(columns, nn.functional.unfold(torch.tensor(x), size, padding=padding, stride=stride))
    other = rng.normal(size=columns.shape)
    back = kernels.col2im(other, x.shape, size, stride, padding)
    close(back, nn.functional.fold(torch.tensor(other), x.shape[2:], size, padding=padding, stride=stride))
    close((columns * other).sum(), (x * back).sum())


def test_a_kernel_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="doesn't fit"):
        kernels.conv2d_forward(np.zeros((1, 1, 2, 5)), np.zeros((1, 1, 3, 3)))


class Block(nn.Module):
    """The same block of torch's layers."""

    def __init__(self, C, K, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(C, K, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(K)
        self.conv2 = nn.Conv2d(K, K, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(K)
        self.downsample = None
        if stride != 1 or C != K:
            self.downsample = nn.Sequential(nn.Conv2d(C, K, 1, stride, bias=False), nn.BatchNorm2d(K))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))) + shortcut)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.booleans(), generators)
def test_the_residual_block_equals_torchs(C, K, stride, training, rng):
    block = Block(C, K, stride).double()
    state = {k: rng.uniform(0.5, 2, v.shape) if "bn" in k or ".1." in k else rng.normal(size=v.shape)
             for k, v in block.state_dict().items() if "tracked" not in k}  # fmt: skip
    block.load_state_dict({k: torch.tensor(v) for k, v in state.items()}, strict=False)
    x = rng.normal(size=(3, C, 5, 4))
    close(kernels.residual_block(x, state, stride, training), block.train(training)(torch.tensor(x)), 1e-9, 1e-9)


def test_pooling():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    close(kernels.global_average_pool(x), nn.AdaptiveAvgPool2d(1)(torch.tensor(x)).flatten(1))


@given(st.integers(2, 8), st.integers(1, 6), st.integers(2, 4), st.floats(1e-3, 10), generators)
def test_the_probe_equals_scikit_learns_ridge(N, D, classes, lam, rng):
    features, labels = rng.normal(2, 1, (N, D)), rng.integers(0, classes, N)
    W, b = kernels.linear_probe(features, labels, classes, lam)
    ridge = Ridge(alpha=lam, solver="svd").fit(features, kernels.one_hot(labels, classes))
    close(W, ridge.coef_, 1e-8, 1e-8)
    close(b, ridge.intercept_, 1e-8, 1e-8)
    assert (kernels.predict(features, W, b) == (features @ W.T + b).argmax(1)).all()


def test_the_probe_without_a_penalty_is_the_least_squares_solution_of_least_norm():
    rng = np.random.default_rng(1)
    features, labels = rng.normal(1, 1, (5, 9)), np.array([0, 1, 2, 1, 0])
    W, b = kernels.linear_probe(features, labels, 3, 0)
    close(features @ W.T + b, kernels.one_hot(labels, 3))
    centred = features - features.mean(0)
    close(W, np.linalg.lstsq(centred, kernels.one_hot(labels, 3) - np.eye(3)[labels].mean(0), rcond=None)[0].T)


@given(st.integers(2, 8), st.integers(1, 5), generators)
def test_standardizing_and_folding_it_back(N, D, rng):
    features = rng.normal(3, 2, (N, D))
    features[:, 0] = 0.1  # a feature that never varies
    z, mean, std = kernels.standardize(features)
    close(z, StandardScaler().fit_transform(features), 1e-9, 1e-9)
    W, b = rng.normal(size=(3, D)), rng.normal(size=3)
    raw_W, raw_b = kernels.unstandardized(W, b, mean, std)
    close(features @ raw_W.T + raw_b, z @ W.T + b, 1e-9, 1e-9)
