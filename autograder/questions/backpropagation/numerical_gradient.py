"""numerical_gradient: centred differences; the probe makes the function that is differentiated."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import backpropagation as reference

from . import inputs


def probe(answer, inputs):
    """A smooth function whose every derivative depends on all entries of x."""
    a, b = inputs["a"], inputs["b"]

    def f(v):
        return float(np.sum(a * np.sin(v)) + 0.5 * np.sum(b * v) ** 2)

    return answer(f, inputs["x"])


def quadratic(answer, inputs):
    """A quadratic function, with steps so large that only a centred difference is right."""
    a, b = inputs["a"], inputs["b"]

    def f(v):
        return float(np.sum(a * v * v) + 0.5 * np.sum(b * v) ** 2)

    return answer(f, inputs["x"], inputs["h"])


def transposed(answer, inputs):
    """As `probe`, with an x that is a view: the transpose of another array."""
    a, b = inputs["a"].T, inputs["b"].T

    def f(v):
        return float(np.sum(a * np.sin(v)) + 0.5 * np.sum(b * v) ** 2)

    return answer(f, inputs["x"].T)


def floats(rng):
    shape = tuple(rng.permutation([2, 3, 4])[: int(rng.integers(2, 4))].tolist())
    a, b = inputs.signed(rng, shape, 1, 2), inputs.signed(rng, shape, 0.5, 1.5)
    x = inputs.signed(rng, shape, 0.3, 2)
    b += 2 * np.sign(np.sum(b * x)) * x / np.sum(x * x)  # keeps the sum of b * x, and with it the gradient, off 0
    return {"x": x, "a": a, "b": b}


def whole_numbers(rng):
    case = floats(rng)
    x = rng.integers(1, 5, case["x"].shape) * rng.choice([-1, 1], case["x"].shape)
    return case | {"x": x}


def large_steps(rng):
    return floats(rng) | {"h": float(rng.uniform(0.3, 0.6))}


def matrices(rng):
    while True:
        case = floats(rng)
        if case["x"].ndim == 2:
            return case


question = Question(
    name="numerical_gradient",
    assignment="02_backpropagation",
    reference=reference.numerical_gradient,
    probe=probe,
    result_name="the gradient",
    properties=[
        Property("value", 2, floats, "a smooth function of a float array"),
        Property(
            "error",
            1,
            large_steps,
            "a quadratic function with a large h, where centred differences are still right",
            probe=quadratic,
            tolerance=Tolerance(1e-6, 1e-6, why="a quadratic has no error but rounding; one-sided steps err by h"),
        ),
        Property("integers", 1, whole_numbers, "an x that holds integers"),
        Property("views", 0.5, matrices, "an x that is the transpose of another array", probe=transposed),
        Property("inputs unharmed", 0.5, floats, "any x", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=3e-3,
        atol=3e-3,
        why="one-sided differences with the default h are off by 1e-5 times the second derivative, which is up to 10, "
        "and lose the property `error` alone; every other mistake exceeds this by far",
    ),
    forbids=("torch.autograd.grad", "torch.autograd.functional.jacobian", "scipy.optimize.approx_fprime"),
    stuck="The numerical gradient is off",
)


@question.accepts("a unit step for each entry, from a flat identity matrix")
def numerical_gradient(f, x, h=1e-5):
    x = np.asarray(x, dtype=float)
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([f(x + e) - f(x - e) for e in steps]).reshape(x.shape) / (2 * h)


@question.accepts("five points, whose error falls with the fourth power of h")
def numerical_gradient(f, x, h=1e-5):
    x = x.astype(np.float64)
    g = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):

        def at(t, i=i):
            y = x.copy()
            y[i] += t
            return f(y)

        g[i] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    return g


@question.accepts("nditer, and a step of its own size for every entry")
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.empty_like(x)
    it = np.nditer(x, flags=["multi_index"])
    for value in it:
        i, v = it.multi_index, float(value)
        step = h * max(1.0, abs(v))
        there, back = x.copy(), x.copy()
        there[i], back[i] = v + step, v - step
        gradient[i] = (f(there) - f(back)) / (there[i] - back[i])
    return gradient


@question.accepts("Richardson's extrapolation of two centred differences; returns nested lists")
def numerical_gradient(f, x, h=1e-5):
    def slope(e, h):
        return (f(x + h * e) - f(x - h * e)) / (2 * h)

    gradient = []
    for e in np.eye(x.size):
        e = e.reshape(x.shape)
        gradient.append((4 * slope(e, h) - slope(e, 2 * h)) / 3)
    return np.reshape(gradient, x.shape).tolist()


question.misconception(
    "one_sided",
    "You stepped to one side only. That error falls with h; step to both sides, and it falls with the square of h.",
    seen="the definition of the derivative, taken literally",
    source="""
    def numerical_gradient(f, x, h=1e-5):
        x = np.array(x, dtype=np.float64)
        gradient, here = np.zeros(x.shape), f(x)
        for i in np.ndindex(x.shape):
            value = x[i]
            x[i] = value + h
            gradient[i] = (f(x) - here) / h
            x[i] = value
        return gradient
    """,
)
question.misconception(
    "twice_too_large",
    "You divided by h. The two points are 2h apart, so your gradient is twice too large.",
    seen="the one-sided formula with a second point",
    replace=("(2 * h)", "h"),
)
question.misconception(
    "not_put_back",
    "You didn't put an entry back before you moved the next one. The later entries are tried at another point.",
    seen="the line that restores x forgotten, in gradient checks written from memory",
    replace=("        x[i] = value\n        gradient", "        gradient"),
)
question.misconception(
    "all_at_once",
    "You moved all entries together, so every entry of your gradient is the sum of the true ones. Move one at a time.",
    seen="f(x + h) for an array x",
    source="""
    def numerical_gradient(f, x, h=1e-5):
        return np.ones(x.shape) * (f(x + h) - f(x - h)) / (2 * h)
    """,
)
question.misconception(
    "integers_cut",
    "You wrote the steps into an integer array, which cuts them off. Make a float copy of x first.",
    seen="steps written into np.arange or a list of whole numbers",
    replace=("np.array(x, dtype=np.float64)", "np.array(x)"),
)
question.misconception(
    "gradient_of_integers",
    "You collected the gradient in an array made like x. Where x holds integers, that cuts the gradient off.",
    seen="np.zeros_like(x)",
    source="""
    def numerical_gradient(f, x, h=1e-5):
        gradient, x = np.zeros_like(x), np.array(x, dtype=np.float64)
        for i in np.ndindex(x.shape):
            value = x[i]
            x[i] = value + h
            above = f(x)
            x[i] = value - h
            below = f(x)
            x[i] = value
            gradient[i] = (above - below) / (2 * h)
        return gradient
    """,
)
question.misconception(
    "flat_copy",
    "You stepped along a flattened x. Of a transpose that is a copy, so f never saw your steps.",
    seen="reshape(-1) and ravel, which give a view only where they can",
    source="""
    def numerical_gradient(f, x, h=1e-5):
        x = np.array(x, dtype=np.float64)
        gradient, flat = np.zeros(x.size), x.reshape(-1)
        for i in range(x.size):
            value = flat[i]
            flat[i] = value + h
            above = f(x)
            flat[i] = value - h
            below = f(x)
            flat[i] = value
            gradient[i] = (above - below) / (2 * h)
        return gradient.reshape(x.shape)
    """,
)
question.misconception(
    "flat_result",
    "Your numbers may be right, but you returned them in a row. The gradient has the shape of x.",
    seen="gradients collected in a list",
    replace=("return gradient", "return gradient.ravel()"),
)
question.misconception(
    "step_too_small",
    "Your step is so small that rounding swallows the difference. Smaller isn't better: use the h that is given.",
    seen="h = 1e-15, to be as exact as possible",
    replace=("    gradient = np.zeros(x.shape)\n", "    gradient = np.zeros(x.shape)\n    h = 1e-15\n"),
)
question.misconception(
    "relative_step",
    "You moved each entry by a share of itself, but divided by h. Divide by how far you moved.",
    seen="steps scaled with the entry, for entries of different sizes",
    source="""
    def numerical_gradient(f, x, h=1e-5):
        x = np.array(x, dtype=np.float64)
        gradient = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            value = x[i]
            x[i] = value * (1 + h)
            above = f(x)
            x[i] = value * (1 - h)
            below = f(x)
            x[i] = value
            gradient[i] = (above - below) / (2 * h)
        return gradient
    """,
)
question.misconception(
    "steps_in_place",
    "Your values are right, but you moved the caller's x to and fro, and rounding left it changed. Work on a copy.",
    seen="x[i] += h; x[i] -= 2 * h; x[i] += h",
    source="""
    def numerical_gradient(f, x, h=1e-5):
        if x.dtype != np.float64:
            x = x.astype(np.float64)
        gradient = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            x[i] += h
            above = f(x)
            x[i] -= 2 * h
            below = f(x)
            x[i] += h
            gradient[i] = (above - below) / (2 * h)
        return gradient
    """,
)
