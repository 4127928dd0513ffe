"""The kernels of chapter 2 against torch.autograd, to 1e-12, and against differences, on random shapes."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch.nn import functional

from autograder.reference import backpropagation as kernels
from autograder.reference.backpropagation import Value

pytestmark = pytest.mark.backpropagation
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
sizes = st.integers(1, 5)


def drawn(rng, *shapes):
    return [rng.normal(rng.uniform(-1, 1), rng.uniform(0.5, 2), shape) for shape in shapes]


def tensors(*arrays):
    return [torch.tensor(a, requires_grad=True) for a in arrays]


def close(found, expected, tolerance=1e-12):
    """Equal to 1e-12, relative to the largest entry where that is more than 1."""
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else np.asarray(expected)
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * max(1, np.abs(expected).max(initial=0)))


# Differences


def smooth(x):
    """A number from an array of any shape; its gradient is known, and complex arrays are welcome."""
    return np.sum(np.sin(x)) * np.exp(0.1 * np.sum(x))


def smooth_gradient(x):
    return np.exp(0.1 * np.sum(x)) * (np.cos(x) + 0.1 * np.sum(np.sin(x)))


@given(st.lists(sizes, max_size=3), generators)
def test_numerical_gradients_of_every_method(shape, rng):
    x = rng.normal(size=shape)
    before = x.copy()
    for method, h, tolerance in (("forward", 1e-7, 1e-4), ("centred", 1e-5, 1e-7), ("complex", 1e-20, 1e-12)):
        close(kernels.numerical_gradient(smooth, x, h, method), smooth_gradient(x), tolerance)
    assert np.array_equal(x, before)


def test_the_error_falls_with_h_once_and_with_h_squared():
    x = np.array([0.3, -1.2, 2.0])

    def error(method, h):
        return np.abs(kernels.numerical_gradient(smooth, x, h, method) - smooth_gradient(x)).max()

    assert error("forward", 1e-3) / error("forward", 1e-4) == pytest.approx(10, rel=0.05)
    assert error("centred", 1e-2) / error("centred", 1e-3) == pytest.approx(100, rel=0.05)
    assert error("centred", 1e-13) > 1e3 * error("centred", 1e-5)  # round-off has taken over
    assert error("complex", 1e-200) < 1e-14


def test_integers_are_taken_as_floats_and_other_methods_refused():
    close(kernels.numerical_gradient(lambda v: float((v**2).sum()), np.array([1, 2, 3])), [2, 4, 6], 1e-8)
    with pytest.raises(ValueError, match="one of forward, centred, complex"):
        kernels.numerical_gradient(smooth, np.ones(2), method="backward")


@given(st.integers(2, 6), generators)
def test_gradient_check_tells_right_from_wrong(n, rng):
    x = rng.normal(size=(n, n + 1))
    right = smooth_gradient(x)
    wrong = right.copy()
    wrong[-1, 0] += 0.01 * (1 + abs(wrong[-1, 0]))
    nan = right.copy()
    nan[0, -1] = np.nan
    assert kernels.gradient_check(smooth, x, right)
    assert not any(kernels.gradient_check(smooth, x, g) for g in (wrong, nan, right.T, right[0], 2 * right, -right))


# Layers, activations, loss


@given(st.lists(sizes, max_size=2), sizes, sizes, generators)
def test_linear_equals_torch(leading, D, K, rng):
    x, W, b, grad_out = drawn(rng, (*leading, D), (K, D), K, (*leading, K))
    x_, W_, b_ = tensors(x, W, b)
    y = functional.linear(x_, W_, b_)
    close(kernels.linear_forward(x, W, b), y)
    y.backward(torch.tensor(grad_out))
    for found, expected in zip(kernels.linear_backward(grad_out, x, W), (x_, W_, b_), strict=True):
        close(found, expected.grad)


ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "silu": functional.silu}


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(shape=st.lists(sizes, max_size=3), rng=generators)
def test_activations_equal_torch(name, shape, rng):
    x = rng.normal(0, 4, shape)
    x[rng.random(shape) < 0.2] = 0.0
    (grad_out,) = drawn(rng, shape)
    (x_,) = tensors(x)
    y = ACTIVATIONS[name](x_)
    y.backward(torch.tensor(grad_out))
    forward, backward = kernels.ACTIVATIONS[name]
    close(forward(x), y)
    close(backward(grad_out, x), x_.grad)


@pytest.mark.filterwarnings("error")
def test_activations_far_out():
    x = np.array([-1000.0, -40.0, 40.0, 1000.0])
    assert np.array_equal(kernels.sigmoid(x)[[0, 3]], [0, 1])
    close(kernels.sigmoid_backward(1.0, x)[1:3] / np.exp(-40.0), [1, 1])  # tiny, and right in every digit
    close(kernels.silu_backward(1.0, x), [0, -39 * np.exp(-40.0), 1, 1])


@given(st.integers(1, 6), st.integers(2, 5), st.booleans(), st.floats(-3, 3), generators)
def test_softmax_cross_entropy_equals_torch(N, K, soft, grad_out, rng):
    logits = rng.normal(0, 3, (N, K))
    targets = rng.dirichlet(np.ones(K), N) if soft else rng.integers(0, K, N)
    (logits_,) = tensors(logits)
    loss = functional.cross_entropy(logits_, torch.tensor(targets))
    (grad_out * loss).backward()
    close(kernels.softmax_cross_entropy_forward(logits, targets), loss)
    close(kernels.softmax_cross_entropy_backward(grad_out, logits, targets), logits_.grad)


def test_softmax_cross_entropy_of_enormous_logits():
    logits = np.array([[1000.0, -1000.0, 0.0]])
    assert kernels.softmax_cross_entropy_forward(logits, [1]) == 2000
    close(kernels.softmax_cross_entropy_backward(2.0, logits, [1]), [[2, -2, 0]])


@given(st.lists(st.tuples(sizes, st.booleans()), max_size=3), st.lists(sizes, max_size=2), generators)
def test_unbroadcast_equals_torch(axes, leading, rng):
    """An array some of whose axes are 1 is broadcast to larger ones, with more axes in front."""
    shape = tuple(1 if repeated else n for n, repeated in axes)
    large = (*leading, *[n for n, _ in axes])
    (grad,) = drawn(rng, large)
    (x,) = tensors(np.zeros(shape))
    x.expand(large).backward(torch.tensor(grad))
    close(kernels.unbroadcast(grad, shape), x.grad)


# The scalar engine

UNARY = {
    "exp": lambda v: (v * 0.1).exp(),
    "tanh": lambda v: v.tanh(),
    "relu": lambda v: v.relu(),
    "log": lambda v: (v**2 + 1.5).log(),
    "root": lambda v: (v * v + 0.3) ** 0.5,
    "negative": lambda v: -v,
    "from": lambda v: 2 - v,
    "into": lambda v: 3 / (v * v + 2),
}
BINARY = {
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "times": lambda a, b: a * b,
    "over": lambda a, b: a / (b * b + 1),
    "number": lambda a, b: 2.5 + a - 1 * b + 1,
}


def grown(leaves, rng, steps, unary=UNARY, binary=BINARY):
    """A random graph over these leaves that uses most of its values several times, as one output."""
    values = list(leaves)
    for _ in range(steps):
        if rng.random() < 0.4:
            values.append(unary[rng.choice(list(unary))](values[rng.integers(len(values))]))
        else:
            a, b = rng.integers(len(values), size=2)
            values.append((binary[rng.choice(list(binary))](values[a], values[b])).tanh())
    return sum(values[1:], values[0])


@given(st.integers(0, 2**32 - 1), st.integers(0, 30))
def test_value_equals_torch_on_random_graphs(seed, steps):
    data = np.random.default_rng(seed).normal(0, 1.5, 3)
    leaves, leaves_ = [Value(v) for v in data], tensors(*data)
    out = grown(leaves, np.random.default_rng(seed + 1), steps)
    out_ = grown(leaves_, np.random.default_rng(seed + 1), steps)
    close(out.data, out_)
    for times in (1, 2):  # the second call adds to the first, as in torch
        out.backward()
        out_.backward(retain_graph=True)
        for v, v_ in zip(leaves, leaves_, strict=True):
            close(v.grad, v_.grad)
        assert out.grad == times


def test_value_adds_at_fan_out_and_knows_its_own_square():
    a, b = Value(3.0), Value(-2.0)
    y = a * a + a * b + a
    y.backward()
    assert (y.data, a.grad, b.grad) == (6, 2 * 3 - 2 + 1, 3)


def test_value_is_deep_and_leaves_nothing_behind():
    x = Value(0.5)
    x_ = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    y, y_ = x, x_
    for i in range(5000):
        y, y_ = (y * 0.999 + x * 0.001, y_ * 0.999 + x_ * 0.001) if i % 2 else (y.tanh() + x, y_.tanh() + x_)
    y.backward()
    y_.backward()
    close(y.data, y_)
    close(x.grad, x_.grad)
    deep = Value(1.0)
    for _ in range(200_000):
        deep = deep + 1
    del deep, y  # a chain that is freed recursively would end the process here


def test_value_needs_no_other_path_than_each_edge_once():
    """2^300 paths lead from the output to the leaf: whoever walked along each would never come back."""
    v = x = Value(1.0)
    for _ in range(300):
        v = (v + v) * 0.5
    v.backward()
    assert x.grad == 1.0


def test_a_neuron_of_values_equals_the_array_kernels():
    rng = np.random.default_rng(2)
    x, w = rng.normal(size=4), rng.normal(size=4)
    values = [Value(v) for v in w]
    sum((v * float(i) for v, i in zip(values, x, strict=True)), Value(0.3)).tanh().backward()
    g = kernels.tanh_backward(1.0, w @ x + 0.3)
    close([v.grad for v in values], g * x)


# The perceptron


def parameters(rng, widths):
    params = {}
    for i, (fan_in, fan_out) in enumerate(zip(widths, widths[1:], strict=False), start=1):
        params[f"W{i}"] = rng.normal(0, fan_in**-0.5, (fan_out, fan_in))
        params[f"b{i}"] = rng.normal(0, 0.5, fan_out)
    return params


@pytest.mark.parametrize("activation", ACTIVATIONS)
@settings(max_examples=25)
@given(st.integers(1, 6), st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(2, 4), generators)
def test_mlp_equals_torch(activation, N, widths, K, rng):
    params = parameters(rng, [*widths, K])
    x, labels = rng.normal(size=(N, widths[0])), rng.integers(0, K, N)
    params_ = dict(zip(params, tensors(*params.values()), strict=True))
    h = torch.tensor(x)
    for i in range(1, len(widths) + 1):
        h = functional.linear(h, params_[f"W{i}"], params_[f"b{i}"])
        h = h if i == len(widths) else ACTIVATIONS[activation](h)
    loss_ = functional.cross_entropy(h, torch.tensor(labels))
    loss_.backward()
    loss, gradients = kernels.mlp_loss_and_gradients(params, x, labels, activation)
    close(loss, loss_)
    assert set(gradients) == set(params)
    for name, gradient in gradients.items():
        close(gradient, params_[name].grad)


def test_mlp_gradients_come_in_the_order_of_backpropagation():
    rng = np.random.default_rng(0)
    params = parameters(rng, [3, 4, 5, 2])
    _, gradients = kernels.mlp_loss_and_gradients(params, rng.normal(size=(6, 3)), rng.integers(0, 2, 6))
    assert list(gradients) == ["W3", "b3", "W2", "b2", "W1", "b1"]


def test_the_engine_stays_short():
    """A hundred lines that can be read at one sitting, comments included."""
    import inspect

    assert len(inspect.getsource(Value).splitlines()) <= 100
