"""Assignment 2: the first wrong gradient is named, pairs that agree on a mistake are rejected, the hunt is a hunt."""

import difflib
import inspect

import numpy as np
import pytest
import torch
from torch.nn import functional

from autograder.answers import AnswerBook
from autograder.course import Course
from autograder.kernel import quiet
from autograder.marking import Marker
from autograder.master import without_marks
from autograder.reference import backpropagation as kernels
from autograder.sandbox.probing import run_probe

pytestmark = pytest.mark.backpropagation
COURSE = Course.find()


@pytest.fixture(scope="module")
def book():
    return AnswerBook(COURSE, "02_backpropagation")


@pytest.fixture(scope="module")
def markers(book):
    return {name: Marker(COURSE.question(name), book, "here", run_probe) for name in BREAKS | CONSISTENT}


def marked(marker, source):
    with quiet():
        return marker.mark(marker.reply(marker.book.alternative(marker.question, source, "tried")))


def first_wrong(mark):
    """What the first failed property says, without the kind of input."""
    return next(p.detail for p in mark.properties if p.status == "wrong")


# Each mistake of a backward pass, and the gradient that it breaks first, seen from the loss.
BREAKS = {
    "linear": {
        "averaged": "grad_b",
        "grad_b_averaged": "grad_b",
        "grad_b_over_outputs": "grad_b",
        "grad_b_kept_axis": "grad_b",
        "grad_W_transposed": "grad_W",
        "upstream_ignored": "grad_W",
        "grad_W_with_W": "grad_W",
        "grad_x_averaged": "grad_x",
        "swapped": "grad_b",
        "first_axis_only": "grad_b",
        "positions_averaged": "grad_b",
    },
    "mlp_loss_and_gradients": {
        "not_divided": "grad_b3",
        "loss_sent_back": "grad_b3",
        "descent_direction": "grad_b3",
        "mask_missing": "grad_b2",
        "mask_of_the_gradient": "grad_b2",
        "value_for_slope": "grad_b2",
        "upstream_lost": "grad_b2",
        "updated_weights": "grad_b2",
        "biases_averaged": "grad_b3",
        "biases_kept_axis": "grad_b3",
        "weights_transposed": "grad_W3",
    },
    "Value": {
        "multiplies_by_itself": "the gradients through *",
        "one_factor_only": "the gradients through *",
        "sum_passes_half": "the gradients through +",
        "sum_passes_data": "the gradients through +",
        "power_without_factor": "the gradients through **",
        "power_not_lowered": "the gradients through **",
        "exp_like_a_power": "the gradients through exp",
        "tanh_of_the_input": "the gradients through tanh",
        "tanh_no_square": "the gradients through tanh",
        "relu_always_open": "the gradients through relu, closed,",
        "relu_open_at_0": "the gradients through relu at 0",
        "assigned_not_added": "the gradients with a value times itself",
        "one_use_per_operation": "the gradients with a value times itself",
        "set_not_accumulated": "the gradients after a second call",
        "inner_gradients_kept": "the gradients after a second call",
    },
}


@pytest.mark.parametrize(("name", "mistake"), [(n, m) for n, mistakes in BREAKS.items() for m in mistakes])
def test_the_gradient_named_first_wrong_is_the_one_that_is_broken(name, mistake, markers):
    marker = markers[name]
    known = next(m for m in marker.question.misconceptions if m.id == mistake)
    mark = marked(marker, marker.book.misconception_source(marker.question, known))
    says = first_wrong(mark)
    assert says.startswith((f"{BREAKS[name][mistake]}: ", f"{BREAKS[name][mistake]} should have shape")), says
    assert mark.misconception == mistake


# A wrong forward pass with the backward pass that belongs to it: finite differences see nothing, the grader does.
CONSISTENT = {
    "linear": (
        "forward",
        """
def linear_forward(x, W, b):
    return x @ W.T - b


def linear_backward(grad_out, x, W):
    g = grad_out.reshape(-1, len(W))
    return grad_out @ W, g.T @ x.reshape(-1, x.shape[-1]), -g.sum(axis=0)
""",
    ),
    "softmax_cross_entropy": (
        "loss",
        """
def softmax_cross_entropy_forward(logits, targets):
    y = np.eye(logits.shape[1])[targets] if targets.ndim == 1 else targets
    return -np.sum(y * (logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)))


def softmax_cross_entropy_backward(grad_out, logits, targets):
    y = np.eye(logits.shape[1])[targets] if targets.ndim == 1 else targets
    return grad_out * (np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)) - y)
""",
    ),
}


def pair(source):
    namespace = {"np": np}
    exec(source, namespace)
    return namespace


def test_a_linear_layer_that_is_wrong_in_the_same_way_twice_passes_a_check_and_is_rejected(markers):
    source = CONSISTENT["linear"][1]
    tried, rng = pair(source), np.random.default_rng(1)
    x, W, b, up = (rng.normal(size=shape) for shape in ((5, 3), (4, 3), 4, (5, 4)))
    gradients = tried["linear_backward"](up, x, W)
    for name, gradient in zip(("x", "W", "b"), gradients, strict=True):
        values = {"x": x, "W": W, "b": b}

        def f(v, name=name, values=values):
            return np.sum(up * tried["linear_forward"](**(values | {name: v})))

        assert kernels.gradient_check(f, values[name], gradient)
    mark = marked(markers["linear"], source)
    statuses = {p.name: p.status for p in mark.properties}
    assert statuses["y"] == statuses["grad_b and grad_W"] == "wrong"
    assert mark.points == 0


def test_a_loss_that_is_wrong_in_the_same_way_twice_passes_a_check_and_is_rejected(markers):
    source = CONSISTENT["softmax_cross_entropy"][1]
    tried, rng = pair(source), np.random.default_rng(1)
    logits, labels = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    gradient = tried["softmax_cross_entropy_backward"](1.0, logits, labels)
    assert kernels.gradient_check(lambda v: tried["softmax_cross_entropy_forward"](v, labels), logits, gradient)
    mark = marked(markers["softmax_cross_entropy"], source)
    statuses = {p.name: p.status for p in mark.properties}
    assert statuses["loss"] == statuses["gradient"] == "wrong"
    assert mark.points == 0


# The hunt


@pytest.fixture(scope="module")
def hunt(book):
    namespace = dict(book.namespace)
    source = next(c.source for c in book.master.cells if c.role == "investigation")
    with quiet():
        exec(without_marks(source), namespace)
    return namespace


def check_each(hunt, gradients_of, seed):
    """The parameters whose gradients the master's gradient_check rejects, from the end of the network."""
    params, x, labels, lam = point = hunt["random_point"](seed)
    gradients = gradients_of(*point)
    rejected = []
    for name in ("b3", "W3", "b2", "W2", "b1", "W1"):

        def f(v, name=name):
            return hunt["network_loss"](params | {name: v}, x, labels, lam)

        assert gradients[name].shape == params[name].shape  # the shapes give nothing away
        if not hunt["gradient_check"](f, params[name], gradients[name]):
            rejected.append(name)
    return rejected


def test_the_hunted_function_is_wrong_in_every_gradient_and_the_repaired_one_in_none(hunt):
    for seed in range(5):
        assert check_each(hunt, hunt["network_gradients"], seed) == ["b3", "W3", "b2", "W2", "b1", "W1"]
        assert check_each(hunt, hunt["repaired"], seed) == []


def test_the_hunted_function_is_the_repaired_one_with_all_six_mistakes(hunt):
    """Each mistake alone is caught, at another gradient or by another line; all six together are what is handed out."""
    expected = ["b3", "b2", "W2", "b1", "b1", "W1"]
    for seed in range(5):
        caught = [hunt["first_wrong"](hunt["random_point"](seed), mistake) for mistake in hunt["MISTAKES"]]
        assert caught == expected


def test_six_lines_have_to_be_repaired(book):
    """The lines of the handed-out function that a repaired one may not keep."""
    given = next(c.source for c in book.master.cells if c.role == "given" and c.name == "hunt")
    wrong = given[given.index("def network_gradients") : given.index("def random_point")]
    right = wrong
    for old, new in {
        "g[np.arange(len(x)), labels] -= 1": "g[np.arange(len(x)), labels] -= 1\n    g = g / len(x)",
        "(h2 > 0)": "(a2 > 0)",
        "h1.T @ g_a2": "g_a2.T @ h1",
        "g_h1 = g_a2 @ params": "g_h1 = g_h2 + g_a2 @ params",
        "a1**2": "h1**2",
        "g_a1.T @ x": 'g_a1.T @ x + lam * params["W1"]',
    }.items():
        assert right.count(old) == 1
        right = right.replace(old, new)
    namespace = {"np": np}
    exec(given, namespace)
    exec(right, namespace)
    params, x, labels, lam = namespace["random_point"](3)
    params_ = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    h1 = torch.tanh(functional.linear(torch.tensor(x), params_["W1"], params_["b1"]))
    h2 = torch.relu(functional.linear(h1, params_["W2"], params_["b2"])) + h1
    loss = functional.cross_entropy(functional.linear(h2, params_["W3"], params_["b3"]), torch.tensor(labels))
    loss = loss + lam / 2 * sum((params_[name] ** 2).sum() for name in ("W1", "W2", "W3"))
    loss.backward()
    assert namespace["network_loss"](params, x, labels, lam) == pytest.approx(loss.item(), rel=1e-12)
    for name, gradient in namespace["network_gradients"](params, x, labels, lam).items():
        np.testing.assert_allclose(gradient, params_[name].grad, rtol=0, atol=1e-12)
    changed = [line for line in difflib.ndiff(wrong.splitlines(), right.splitlines()) if line.startswith("+ ")]
    assert len(changed) == 6


def test_where_the_hunt_sees_nothing_is_as_the_model_conclusion_says(hunt):
    def found(mistake, **how):
        return [hunt["first_wrong"](hunt["changed"](seed, **how), mistake) for seed in range(10)]

    nothing = ["-"] * 10
    assert found("not divided by N", N=1) == nothing
    assert found("no penalty on W1", no_penalty=True) == nothing
    for mistake in hunt["MISTAKES"][1:]:
        assert found(mistake, weights=0.0) == nothing
    assert found("tanh of a1", scale=1e-4) == nothing
    tiny = found("mask after the skip", scale=1e-4)
    assert tiny[:3].count("-") == 2
    for seed, name in enumerate(tiny):  # unseen where both masks are the same, and nowhere else
        params, x, _, _ = hunt["changed"](seed, scale=1e-4)
        _, _, a2, h2, _ = hunt["network_values"](params, x)
        assert np.array_equal(a2 > 0, h2 > 0) == (name == "-")
    assert found("mask after the skip", shift=20.0) == nothing


def test_the_master_and_the_reference_agree_in_the_kernels_that_figures_use(book):
    """Written twice, and not by copying: the master's answers against the reference, beyond the graded inputs."""
    rng = np.random.default_rng(0)
    params = {"W1": rng.normal(size=(4, 3)), "b1": rng.normal(size=4), "W2": rng.normal(size=(2, 4)), "b2": np.ones(2)}
    x, labels = rng.normal(size=(9, 3)), rng.integers(0, 2, 9)
    loss, gradients = book.namespace["mlp_loss_and_gradients"](params, x, labels)
    expected_loss, expected = kernels.mlp_loss_and_gradients(params, x, labels)
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    for name, gradient in expected.items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=0, atol=1e-12)
    assert inspect.getsource(kernels.mlp_loss_and_gradients) != book.master.solution("mlp_loss_and_gradients")
