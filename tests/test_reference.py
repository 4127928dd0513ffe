"""Reference kernels against PyTorch in float64, on random shapes."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given

from autograder.reference import batch_normalization as kernels

pytestmark = pytest.mark.batch_normalization
shapes = st.one_of(
    st.tuples(st.integers(2, 9), st.integers(1, 6)),
    st.tuples(st.integers(2, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 5)),
)


@st.composite
def batches(draw):
    shape, seed = draw(shapes), draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    C = shape[1]
    x = rng.normal(draw(st.floats(-5, 5)), draw(st.floats(0.1, 10)), shape)
    statistics = rng.normal(size=C), rng.uniform(0.01, 4, C)
    return x, rng.normal(size=C), rng.normal(size=C), *statistics, draw(st.floats(1e-6, 0.1))


@given(batches())
def test_batch_norm_forward_equals_torch(batch):
    x, gamma, beta, _, _, eps = batch
    y = torch.nn.functional.batch_norm(*map(torch.tensor, (x,)), None, None, *map(torch.tensor, (gamma, beta)), True, eps=eps)
    np.testing.assert_allclose(kernels.batch_norm_forward(x, gamma, beta, eps), y.numpy(), rtol=1e-10, atol=1e-10)


@given(batches())
def test_batch_norm_inference_equals_torch(batch):
    x, gamma, beta, mean, var, eps = batch
    y = torch.nn.functional.batch_norm(*map(torch.tensor, (x, mean, var, gamma, beta)), training=False, eps=eps)
    found = kernels.batch_norm_inference(x, gamma, beta, mean, var, eps)
    np.testing.assert_allclose(found, y.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kernel", [kernels.batch_norm_forward, kernels.batch_norm_inference])
def test_a_wrong_number_of_axes_is_refused(kernel):
    arguments = [np.zeros((2, 3, 4))] + [np.ones(3)] * (2 if kernel is kernels.batch_norm_forward else 4)
    with pytest.raises(ValueError, match="3-dimensional"):
        kernel(*arguments)
