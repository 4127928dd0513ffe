"""gradient_check: graded by its verdicts on right and wrong gradients; the probe makes the function."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import backpropagation as reference

from . import inputs


def probe(answer, inputs):
    """The verdict on every gradient, of a quadratic function with a term that couples all entries."""
    a, b = inputs["a"], inputs["b"]

    def f(v):
        return float(np.sum(a * v * v) + 0.5 * np.sum(b * v) ** 2)

    settings = {name: inputs[name] for name in ("rtol", "atol") if name in inputs}
    return {name: answer(f, inputs["x"], grad, **settings) for name, grad in inputs["gradients"].items()}


def function(rng, shape, gradient=None):
    """x and a, b for the probe, and f's gradient there: as given, or with entries between 1 and 5 in size."""
    x = inputs.signed(rng, shape, 0.5, 1.5)
    b = inputs.signed(rng, shape, 0.1, 0.3)
    if gradient is None:
        gradient = inputs.signed(rng, shape, 1, 5)
    coupled = b * np.sum(b * x)
    return {"x": x, "a": (gradient - coupled) / (2 * x), "b": b}, gradient


def changed(gradient, index, by):
    wrong = gradient.copy()
    wrong[index] = by(wrong[index])
    return wrong


def somewhere(rng, shape):
    """The place of an entry that is neither the first nor the last of its axis."""
    return tuple(int(rng.integers(1, n - 1)) for n in shape)


def ordinary(rng):
    shape = tuple(inputs.sizes(rng, 3, 4))
    case, g = function(rng, shape)
    where = somewhere(rng, shape)
    gradients = {
        "the right gradient": g,
        "a doubled gradient": 2 * g,
        "a gradient with the wrong sign": -g,
        "a gradient with one entry too large": changed(g, where, lambda v: v + 0.05),
        "a gradient with one entry too small": changed(g, where, lambda v: v - 0.05),
    }
    return case | {"gradients": gradients}


def a_thousand(rng):
    """One entry of a thousand is wrong: by enough for any single entry, by too little for a norm or an average."""
    size = 1000
    case, g = function(rng, (size,), inputs.signed(rng, size, 0.5, 1.5))
    i = int(rng.integers(200, 900))
    gradients = {
        "the right gradient": g,
        "a gradient with one wrong entry of 1,000": changed(g, i, lambda v: v + 0.002),
        "a gradient with one entry of 1,000 that is very wrong": changed(g, i, lambda v: v + 0.03),
    }
    return case | {"gradients": gradients}


def nan_and_shapes(rng):
    shape = tuple(inputs.sizes(rng, 3, 5))
    row = inputs.signed(rng, (1, shape[1]), 1, 5)
    case, g = function(rng, shape, np.repeat(row, shape[0], axis=0))
    where = (1, 1)
    gradients = {
        "the right gradient": g,
        "a gradient with NaN in it": changed(g, where, lambda v: np.nan),
        "a gradient of NaN alone": np.full(shape, np.nan),
        "a transposed gradient": g.T.copy(),
        "a gradient of one row, all of whose numbers are right": row[0],
        "a flat gradient": g.ravel(),
    }
    return case | {"gradients": gradients}


def sizes(rng):
    """Entries that are exactly 0, and others so large that rounding in f alone exceeds atol."""
    shape = tuple(inputs.sizes(rng, 3, 4))
    x = inputs.signed(rng, shape, 0.5, 1.5)
    a = 3e6 * inputs.signed(rng, shape, 1, 2)
    zero = somewhere(rng, shape)
    a[zero] = 0.0
    g = 2 * a * x
    large = (0, 0)
    gradients = {
        "a right gradient with an entry of 0 and very large ones": g * (1 + 2e-5),
        "a gradient whose entry of 0 is wrong": changed(g, zero, lambda v: v + 0.1),
        "a gradient with a large entry that is wrong": changed(g, large, lambda v: v * 1.002),
    }
    return {"x": x, "a": a, "b": np.zeros(shape), "gradients": gradients}


def other_tolerances(rng):
    shape = tuple(inputs.sizes(rng, 3, 4))
    x = inputs.signed(rng, shape, 0.5, 1.5)
    g = inputs.signed(rng, shape, 1, 5)
    zero, where = somewhere(rng, shape), (0, 0)
    g[zero] = 0.0
    gradients = {
        "a gradient that is off by less than the given rtol": g * 1.02,
        "a gradient with an entry that is off by more": changed(g, where, lambda v: v * 1.4),
        "an entry of 0 that is off by less than the given atol": changed(g, zero, lambda v: v + 0.005),
        "an entry of 0 that is off by more": changed(g, zero, lambda v: v + 0.05),
    }
    settings = {"rtol": 0.05, "atol": 0.01}
    return {"x": x, "a": g / (2 * x), "b": np.zeros(shape), "gradients": gradients} | settings


question = Question(
    name="gradient_check",
    assignment="02_backpropagation",
    reference=lambda f, x, grad, rtol=1e-4, atol=1e-6: reference.gradient_check(f, x, grad, rtol=rtol, atol=atol),
    probe=probe,
    result_name="the verdict",
    properties=[
        Property("value", 1.5, ordinary, "right and wrong gradients of 12 entries"),
        Property("one of 1,000", 1, a_thousand, "gradients of 1,000 entries of which one may be wrong", cases=1),
        Property("NaN and shapes", 1, nan_and_shapes, "gradients with NaN, or of other shapes"),
        Property("large and zero", 0.5, sizes, "gradients with entries of very different sizes"),
        Property("tolerances", 0.5, other_tolerances, "an rtol of 0.05 and an atol of 0.01"),
        Property("inputs unharmed", 0.5, ordinary, "any gradient", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(0.0, 0.0, why="a verdict is True or False; right gradients are right to a tenth of the bound"),
    forbids=("torch.autograd.gradcheck", "scipy.optimize.check_grad"),
    equivalent_mutants={
        "return bool(np.all(error < atol + rtol * np.abs(n)))": "differs only where a rounded error equals the bound",
    },
    stuck={"": "My check says the wrong thing", "inputs unharmed": "It says that I changed an input in place"},
)


@question.accepts("entry by entry, stops at the first wrong one")
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    h = 1e-5
    if grad.shape != x.shape:
        return False
    for i in np.ndindex(x.shape):
        there, back = x.astype(float), x.astype(float)
        there[i] += h
        back[i] -= h
        n = (f(there) - f(back)) / (2 * h)
        if not abs(grad[i] - n) <= atol + rtol * abs(n):
            return False
    return True


@question.accepts("numpy.isclose with the tolerances, after the shapes")
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    n = numerical_gradient(f, x)  # noqa: F821 (the notebook's own)
    return grad.shape == x.shape and np.isclose(grad, n, rtol, atol).all()


@question.accepts("the worst of all ratios, with NaN taken care of by hand")
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    if np.shape(grad) != np.shape(x) or np.isnan(grad).any():
        return False
    steps = 1e-5 * np.eye(x.size).reshape(-1, *x.shape)
    n = np.array([(f(x + e) - f(x - e)) / 2e-5 for e in steps]).reshape(x.shape)
    worst = max(np.ravel(np.abs(n - grad) / (atol + rtol * np.abs(n))))
    return bool(worst <= 1)


@question.accepts("a test helper that raises, caught")
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    try:
        assert len(np.shape(grad)) == len(np.shape(x))
        n = numerical_gradient(f, x)  # noqa: F821
        np.testing.assert_allclose(grad, n, rtol=rtol, atol=atol, equal_nan=False)
        return np.size(grad) == np.size(x)
    except AssertionError:
        return False


question.misconception(
    "average_error",
    "You compared the average error with the average bound. One wrong entry among many vanishes in an average: every "
    "entry must be right.",
    seen="mean absolute differences reported as a gradient check",
    replace=(
        "bool(np.all(error <= atol + rtol * np.abs(n)))",
        "bool(np.mean(error) <= atol + rtol * np.mean(np.abs(n)))",
    ),
)
question.misconception(
    "norm_ratio",
    "You compared norms. One wrong entry among many hardly changes a norm: compare entry by entry.",
    seen="deeplearning.ai's gradient checking exercise, whose one number is a ratio of norms",
    convention=True,
    replace=(
        "bool(np.all(error <= atol + rtol * np.abs(n)))",
        "bool(np.linalg.norm(error) <= atol + rtol * (np.linalg.norm(grad) + np.linalg.norm(n)))",
    ),
)
question.misconception(
    "first_entries_only",
    "You looked at a few entries only. The wrong one was elsewhere.",
    seen="spot checks that are fast, such as CS231n's sparse check with ten entries",
    replace=(
        "bool(np.all(error <= atol + rtol * np.abs(n)))",
        "bool(np.all((error <= atol + rtol * np.abs(n)).flat[:10]))",
    ),
)
question.misconception(
    "nan_accepted",
    "You asked whether an error is too large, and for NaN no comparison is true. Ask whether every error is small "
    "enough.",
    seen="checks that print OK for a network whose loss is NaN",
    replace=(
        "bool(np.all(error <= atol + rtol * np.abs(n)))",
        "not bool(np.any(error > atol + rtol * np.abs(n)))",
    ),
)
question.misconception(
    "shape_ignored",
    "You didn't compare the shapes. NumPy broadcasts a gradient of another shape, or raises an error.",
    seen="np.allclose of a bias gradient of shape (1, K)",
    replace=("    if np.shape(grad) != np.shape(x):\n        return False\n", ""),
)
question.misconception(
    "size_for_shape",
    "You compared the number of entries only. A transposed or flattened gradient has as many.",
    seen="both gradients flattened before they are compared",
    source="""
    def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
        if np.size(grad) != np.size(x):
            return False
        n = numerical_gradient(f, x).ravel()
        error = np.abs(grad.ravel() - n)
        return bool(np.all(error <= atol + rtol * np.abs(n)))
    """,
)
question.misconception(
    "sign_ignored",
    "You compared sizes only: a gradient with the wrong sign passes.",
    seen="absolute values taken before the difference",
    replace=("np.abs(grad - n)", "np.abs(np.abs(grad) - np.abs(n))"),
)
question.misconception(
    "too_small_accepted",
    "You didn't take the absolute value of the error. Entries that are too small pass.",
    seen="a comparison of the difference itself with the bound",
    replace=("error = np.abs(grad - n)", "error = grad - n"),
)
question.misconception(
    "absolute_only",
    "You compared the error with atol alone. Where the gradient is large, rounding alone exceeds that.",
    seen="one fixed threshold for all parameters",
    replace=("atol + rtol * np.abs(n)", "atol"),
)
question.misconception(
    "relative_only",
    "You left out atol. Where the true gradient is 0, no relative error is small.",
    seen="the relative error of CS231n, at dead units",
    replace=("atol + rtol * np.abs(n)", "rtol * np.abs(n)"),
)
question.misconception(
    "own_tolerances",
    "You used tolerances of your own. Use rtol and atol as they are given.",
    seen="np.allclose with its defaults",
    replace=("bool(np.all(error <= atol + rtol * np.abs(n)))", "bool(np.all(error <= 1e-6 + 1e-4 * np.abs(n)))"),
)
question.misconception(
    "direction_only",
    "You compared directions. A gradient of the right direction and the wrong length passes.",
    seen="cosine similarity as a gradient check",
    replace=(
        "bool(np.all(error <= atol + rtol * np.abs(n)))",
        "bool(np.sum(grad * n) >= (1 - rtol) * np.linalg.norm(grad) * np.linalg.norm(n))",
    ),
)
question.misconception(
    "subtracted_in_place",
    "Your verdicts are right, but you subtracted the differences from the gradient itself. Make a new array.",
    seen="grad -= n",
    replace=("error = np.abs(grad - n)", "grad -= n\n    error = np.abs(grad)"),
)
