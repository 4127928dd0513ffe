"""Reference kernels against PyTorch and against finite differences in float64, on random shapes."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from torch.nn import functional

from autograder.reference import batch_normalization as kernels

pytestmark = pytest.mark.batch_normalization
vector_shapes = st.tuples(st.integers(2, 9), st.integers(1, 6))
image_shapes = st.tuples(st.integers(2, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 5))
shapes = st.one_of(vector_shapes, image_shapes)
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def drawn(rng, *sizes):
    """Arrays of random numbers, one per size, none of them centred or of deviation 1."""
    return [rng.normal(rng.uniform(-2, 2), rng.uniform(0.5, 3), size) for size in sizes]


def tensors(*arrays):
    return [torch.tensor(a, requires_grad=True) for a in arrays]


def close(found, expected, rtol=1e-9, atol=1e-9):
    found, expected = (v if isinstance(v, tuple) else (v,) for v in (found, expected))
    assert len(found) == len(expected)
    for f, e in zip(found, expected, strict=True):
        e = e.detach().numpy() if isinstance(e, torch.Tensor) else e
        assert f.dtype == np.float64 and f.shape == e.shape
        np.testing.assert_allclose(f, e, rtol=rtol, atol=atol)


def numerical_gradients(loss, h=1e-5, **arguments):
    """The gradient of a number with respect to each argument by central differences, one entry at a time."""
    gradients = []
    for name, value in arguments.items():
        gradients.append(np.empty_like(value))
        for i in np.ndindex(value.shape):
            there, back = value.copy(), value.copy()
            there[i] += h
            back[i] -= h
            gradients[-1][i] = (loss(**{name: there}) - loss(**{name: back})) / (2 * h)
    return tuple(gradients)


@st.composite
def batches(draw):
    shape, rng = draw(shapes), draw(generators)
    C = shape[1]
    x = rng.normal(draw(st.floats(-5, 5)), draw(st.floats(0.1, 10)), shape)
    statistics = rng.normal(size=C), rng.uniform(0.01, 4, C)
    return x, rng.normal(size=C), rng.normal(size=C), *statistics, draw(st.floats(1e-6, 0.1))


@given(batches())
def test_batch_norm_forward_equals_torch(batch):
    x, gamma, beta, _, _, eps = batch
    x_, gamma_, beta_ = tensors(x, gamma, beta)
    y = functional.batch_norm(x_, None, None, gamma_, beta_, training=True, eps=eps)
    close(kernels.batch_norm_forward(x, gamma, beta, eps), y)


@given(batches())
def test_batch_norm_inference_equals_torch(batch):
    x, gamma, beta, mean, var, eps = batch
    y = functional.batch_norm(*tensors(x), *map(torch.tensor, (mean, var, gamma, beta)), training=False, eps=eps)
    close(kernels.batch_norm_inference(x, gamma, beta, mean, var, eps), y)


@given(batches(), st.floats(0.01, 1))
def test_update_running_stats_equals_torch(batch, momentum):
    x, _, _, mean, var, _ = batch
    mean_, var_ = torch.tensor(mean), torch.tensor(var)
    functional.batch_norm(torch.tensor(x), mean_, var_, training=True, momentum=momentum)
    close(kernels.update_running_stats(x, mean, var, momentum), (mean_, var_))


@given(batches())
def test_batch_norm_backward_equals_torch(batch):
    x, gamma, beta, _, _, eps = batch
    (grad_out,) = drawn(np.random.default_rng(0), x.shape)
    x_, gamma_, beta_ = tensors(x, gamma, beta)
    y = functional.batch_norm(x_, None, None, gamma_, beta_, training=True, eps=eps)
    y.backward(torch.tensor(grad_out))
    close(kernels.batch_norm_backward(grad_out, x, gamma, eps), (x_.grad, gamma_.grad, beta_.grad), atol=1e-7)


@given(shapes, generators)
def test_batch_norm_backward_equals_finite_differences(shape, rng):
    x, grad_out, gamma, beta = drawn(rng, shape, shape, shape[1], shape[1])

    def loss(x=x, gamma=gamma, beta=beta):
        return np.sum(grad_out * kernels.batch_norm_forward(x, gamma, beta, 0.5))

    numerical = numerical_gradients(loss, x=x, gamma=gamma, beta=beta)
    close(kernels.batch_norm_backward(grad_out, x, gamma, 0.5), numerical, rtol=1e-5, atol=1e-6)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), generators)
def test_fold_batch_norm_equals_a_linear_layer_with_batch_norm(N, inputs, outputs, rng):
    x, weight, bias, gamma, beta, mean = drawn(rng, (N, inputs), (outputs, inputs), *[outputs] * 4)
    var = rng.uniform(0.01, 4, outputs)
    y = functional.linear(*tensors(x, weight, bias))
    y = functional.batch_norm(y, *map(torch.tensor, (mean, var, gamma, beta)), eps=0.01)
    folded = kernels.fold_batch_norm(weight, bias, gamma, beta, mean, var, 0.01)
    close(x @ folded[0].T + folded[1], y)


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), generators)
def test_fold_batch_norm_equals_a_convolution_with_batch_norm(inputs, outputs, kh, kw, rng):
    x, weight, bias, gamma, beta, mean = drawn(rng, (2, inputs, 5, 4), (outputs, inputs, kh, kw), *[outputs] * 4)
    var = rng.uniform(0.01, 4, outputs)
    y = functional.conv2d(*tensors(x, weight, bias))
    y = functional.batch_norm(y, *map(torch.tensor, (mean, var, gamma, beta)), eps=0.01)
    folded = kernels.fold_batch_norm(weight, bias, gamma, beta, mean, var, 0.01)
    assert folded[0].dtype == folded[1].dtype == np.float64
    close(functional.conv2d(*tensors(x, *folded)).detach().numpy(), y)


@given(st.lists(st.integers(1, 5), max_size=2), st.integers(2, 6), generators)
def test_layer_norm_equals_torch(leading, D, rng):
    shape = (*leading, D)
    x, grad_out, gamma, beta = drawn(rng, shape, shape, D, D)
    x_, gamma_, beta_ = tensors(x, gamma, beta)
    y = functional.layer_norm(x_, (D,), gamma_, beta_, eps=0.01)
    close(kernels.layer_norm_forward(x, gamma, beta, 0.01), y)
    y.backward(torch.tensor(grad_out))
    close(kernels.layer_norm_backward(grad_out, x, gamma, 0.01), (x_.grad, gamma_.grad, beta_.grad), atol=1e-7)


@given(st.lists(st.integers(1, 4), max_size=2), st.integers(2, 5), generators)
def test_layer_norm_backward_equals_finite_differences(leading, D, rng):
    shape = (*leading, D)
    x, grad_out, gamma, beta = drawn(rng, shape, shape, D, D)

    def loss(x=x, gamma=gamma, beta=beta):
        return np.sum(grad_out * kernels.layer_norm_forward(x, gamma, beta, 0.5))

    numerical = numerical_gradients(loss, x=x, gamma=gamma, beta=beta)
    close(kernels.layer_norm_backward(grad_out, x, gamma, 0.5), numerical, rtol=1e-5, atol=1e-6)


@given(st.integers(2, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), generators)
def test_group_norm_equals_torch(N, groups, size, H, W, rng):
    C = groups * size
    x, gamma, beta = drawn(rng, (N, C, H, W), C, C)
    y = functional.group_norm(torch.tensor(x), groups, torch.tensor(gamma), torch.tensor(beta), eps=0.01)
    close(kernels.group_norm(x, groups, gamma, beta, 0.01), y)


@given(image_shapes, generators)
def test_group_norm_has_instance_norm_and_one_group_as_its_ends(shape, rng):
    C = shape[1]
    x, gamma, beta = drawn(rng, shape, C, C)
    column = (-1, 1, 1)
    instances = [kernels.batch_norm_forward(example[None], gamma, beta, 0.01) for example in x]
    close(kernels.group_norm(x, C, gamma, beta, 0.01), np.concatenate(instances))
    flat = x.reshape(len(x), -1)
    whole = kernels.layer_norm_forward(flat, np.ones(flat.shape[1]), np.zeros(flat.shape[1]), 0.01).reshape(shape)
    close(kernels.group_norm(x, 1, gamma, beta, 0.01), whole * gamma.reshape(column) + beta.reshape(column))


@given(st.integers(1, 12), st.integers(1, 6), st.floats(1e-3, 1), generators)
def test_zca_whitening_is_the_symmetric_root_that_it_claims_to_be(N, D, eps, rng):
    x = rng.normal(size=(N, D)) @ rng.normal(size=(D, D)) + rng.normal(size=D)
    z, centred = kernels.zca_whiten(x, eps), x - x.mean(axis=0)
    values, vectors = torch.linalg.eigh(torch.tensor(np.cov(x.T, ddof=0).reshape(D, D)))
    root = (vectors * torch.sqrt(values + eps)) @ vectors.T  # of the covariance, by another library
    close(z @ root.numpy(), centred, rtol=1e-6, atol=1e-6)


@given(st.integers(1, 5), generators)
def test_zca_whitening_leaves_unit_covariance(D, rng):
    x = rng.normal(size=(6 * D + 10, D)) @ (rng.normal(size=(D, D)) + 3 * np.eye(D))
    z = kernels.zca_whiten(x, 0)
    close(z.T @ z / len(z), np.eye(D), atol=1e-6)


THREE_AXES = np.zeros((2, 3, 4))
REFUSED = {
    "forward": lambda: kernels.batch_norm_forward(THREE_AXES, *[np.ones(3)] * 2),
    "inference": lambda: kernels.batch_norm_inference(THREE_AXES, *[np.ones(3)] * 4),
    "running": lambda: kernels.update_running_stats(THREE_AXES, *[np.ones(3)] * 2),
    "backward": lambda: kernels.batch_norm_backward(THREE_AXES, THREE_AXES, np.ones(3)),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_a_wrong_number_of_axes_is_refused(call):
    with pytest.raises(ValueError, match="3-dimensional"):
        call()


def test_what_is_undefined_is_refused():
    with pytest.raises(ValueError, match="one value per channel"):
        kernels.update_running_stats(np.zeros((1, 3)), np.zeros(3), np.ones(3))
    with pytest.raises(ValueError, match="2 groups do not divide 3 channels"):
        kernels.group_norm(np.zeros((1, 3, 2, 2)), 2, np.ones(3), np.zeros(3))
