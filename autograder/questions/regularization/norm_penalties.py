"""norm_penalties: L1, L2 and the elastic net, each with its gradient; at 0 any subgradient will do."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from autograder.compare import to_array
from autograder.question import Difference, Property, Question, Tolerance, same_value, unharmed
from autograder.reference import regularization as reference

L1, L2, ELASTIC = "l1_penalty", "l2_penalty", "elastic_net_penalty"


def weights(rng, shape):
    """Weights of both signs, none near 0 and none of size 1, and a strength that isn't 1."""
    sizes = rng.uniform(0.3, 0.8, shape) + rng.integers(0, 2, shape)
    return {"w": sizes * rng.choice([-1, 1], shape, p=[0.35, 0.65]), "lam": float(rng.uniform(0.2, 0.4))}


def layer(rng):
    return weights(rng, (int(rng.integers(3, 5)), int(rng.integers(5, 7))))


def mixed(rng):
    return layer(rng) | {"l1_ratio": float(rng.uniform(0.2, 0.35))}


def some_zeros(rng):
    found = weights(rng, (int(rng.integers(8, 10)),))
    found["w"][rng.permutation(len(found["w"]))[:3]] = 0.0
    return found


def some_zeros_mixed(rng):
    return some_zeros(rng) | {"l1_ratio": float(rng.uniform(0.2, 0.35))}


def any_subgradient(case):
    """At a weight of 0 every slope between those of its two sides is right, elsewhere only the gradient."""
    if not isinstance(case.output, list | tuple) or len(case.output) != 2:
        return same_value(case)
    grad, expected = to_array(case.output[1]), case.expected[1]
    if grad is None or grad.shape != np.shape(expected):
        return same_value(case)
    steepest = case.inputs["lam"] * case.inputs.get("l1_ratio", 1.0)
    zero = case.inputs["w"] == 0
    inside = np.abs(grad) <= steepest * (1 + 1e-5)  # False for NaN
    if np.any(zero & ~inside):
        return Difference("the gradient at a weight of 0 is none of the subgradients there", "the gradient")
    return same_value(replace(case, output=(case.output[0], np.where(zero, expected, grad))))


question = Question(
    name="norm_penalties",
    assignment="06_regularization",
    names=(L1, L2, ELASTIC),
    reference=SimpleNamespace(
        l1_penalty=reference.l1_penalty,
        l2_penalty=reference.l2_penalty,
        elastic_net_penalty=reference.elastic_net_penalty,
    ),
    outputs=("the penalty", "the gradient"),
    properties=[
        Property("L1", 1, layer, "a layer's weights, w of shape (out, in)", of=L1),
        Property("L1 at 0", 0.5, some_zeros, "weights (D,) of which some are 0", of=L1, judge=any_subgradient),
        Property("w unharmed by L1", 0.5, layer, "any weights", of=L1, judge=unharmed("w")),
        Property("L2", 1, layer, "a layer's weights, w of shape (out, in)", of=L2),
        Property("elastic net", 1.5, mixed, "a layer's weights, w of shape (out, in)", of=ELASTIC),
        Property(
            "elastic net at 0",
            0.5,
            some_zeros_mixed,
            "weights (D,) of which some are 0",
            of=ELASTIC,
            judge=any_subgradient,
        ),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="sums of at most 24 numbers near 1: float32 answers are off by 1e-6; the nearest mistakes below by 1e-2",
    ),
    stuck="All my values are off by the same factor",
)

question.accepts(
    "loops over the entries, with 1 as the subgradient at 0",
    """
    def _each(w, value, slope):
        flat = w.ravel().tolist()
        return sum(map(value, flat)), np.array([slope(v) for v in flat]).reshape(w.shape)

    def l1_penalty(w, lam):
        return _each(w, lambda v: lam * abs(v), lambda v: lam if v >= 0 else -lam)

    def l2_penalty(w, lam):
        return _each(w, lambda v: lam * v * v / 2, lambda v: lam * v)

    def elastic_net_penalty(w, lam, l1_ratio):
        a, b = lam * l1_ratio, lam * (1 - l1_ratio)
        return _each(w, lambda v: a * abs(v) + b * v * v / 2, lambda v: a + b * v if v >= 0 else b * v - a)
    """,
)
question.accepts(
    "the elastic net calls the other two; returns lists",
    """
    def l1_penalty(w, lam):
        positive = w > 0
        return [lam * (w[positive].sum() - w[~positive].sum()), lam * (2.0 * positive - 1)]

    def l2_penalty(w, lam):
        return [0.5 * lam * np.vdot(w, w), lam * w]

    def elastic_net_penalty(w, lam, l1_ratio):
        (a, grad_a), (b, grad_b) = l1_penalty(w, lam), l2_penalty(w, lam)
        return [l1_ratio * a + (1 - l1_ratio) * b, l1_ratio * grad_a + (1 - l1_ratio) * grad_b]
    """,
)
question.accepts(
    "torch's automatic differentiation in float32",
    """
    import torch

    def _differentiated(w, penalty):
        t = torch.tensor(w, dtype=torch.float32, requires_grad=True)
        value = penalty(t)
        value.backward()
        return value.detach(), t.grad

    def l1_penalty(w, lam):
        return _differentiated(w, lambda t: lam * t.abs().sum())

    def l2_penalty(w, lam):
        return _differentiated(w, lambda t: lam / 2 * t.square().sum())

    def elastic_net_penalty(w, lam, l1_ratio):
        return _differentiated(w, lambda t: lam * (l1_ratio * t.norm(1) + (1 - l1_ratio) * t.pow(2).sum() / 2))
    """,
)
question.accepts(
    "norms of the flattened weights, dividing by the absolute value where it isn't 0",
    """
    def _signs(w):
        size = np.abs(w)
        return w / np.where(size == 0, 1, size)

    def l1_penalty(w, lam):
        return lam * np.linalg.norm(w.ravel(), 1), lam * _signs(w)

    def l2_penalty(w, lam):
        return lam * np.linalg.norm(w) ** 2 / 2, lam * w

    def elastic_net_penalty(w, lam, l1_ratio):
        value = l1_ratio * np.linalg.norm(w.ravel(), 1) + (1 - l1_ratio) / 2 * np.linalg.norm(w) ** 2
        return lam * value, lam * (l1_ratio * _signs(w) + (1 - l1_ratio) * w)
    """,
)

question.misconception(
    "matrix_norm",
    "For L1 you took the 1-norm of a matrix, which is its largest column sum. Add up the absolute values of all "
    "entries.",
    seen="numpy.linalg.norm(w, 1), which means one thing for vectors and another for matrices",
    replace=("value = lam * np.abs(w).sum()", "value = lam * np.linalg.norm(w, 1)"),
)
question.misconception(
    "l1_averaged",
    "You averaged the absolute weights. The penalty is their sum.",
    seen="mean where sum was meant, as for the loss over a batch",
    replace=("value = lam * np.abs(w).sum()", "value = lam * np.abs(w).mean()"),
)
question.misconception(
    "l1_signs_cancel",
    "You added up the weights with their signs, so positive and negative ones cancel. Add up their sizes.",
    seen="the absolute value forgotten",
    replace=("value = lam * np.abs(w).sum()", "value = lam * w.sum()"),
)
question.misconception(
    "l1_same_sign",
    "Your L1 gradient is lam for every weight. For a negative weight the penalty falls when the weight grows: the "
    "gradient has the weight's sign.",
    seen="the derivative of w taken for that of its absolute value",
    replace=("return value, lam * np.sign(w)", "return value, lam * np.ones_like(w)"),
)
question.misconception(
    "l1_pulls_like_l2",
    "Your L1 gradient grows with the weight. The pull of L1 has the same size for all weights, and the weight's sign.",
    seen="the gradient of the squared penalty used for both",
    replace=("return value, lam * np.sign(w)", "return value, lam * w"),
)
question.misconception(
    "l1_nan_at_zero",
    "Your L1 gradient divides a weight by its own size, which is NaN where the weight is 0. Every subgradient is fine "
    "there, 0 for example, but NaN spreads.",
    seen="w / abs(w) for the sign",
    replace=("return value, lam * np.sign(w)", "return value, lam * (w / np.abs(w))"),
)
question.misconception(
    "l1_in_place",
    "Your values are right, but you wrote the absolute values into w itself. Make a new array.",
    seen="w[w < 0] *= -1",
    replace=(
        "value = lam * np.abs(w).sum()\n    return value, lam * np.sign(w)",
        "slope = lam * np.sign(w)\n    w[w < 0] *= -1\n    return lam * w.sum(), slope",
    ),
)
question.misconception(
    "l2_without_half",
    "You left out the ½ of the L2 penalty. Scikit-learn's ridge does so too; with the ½ the gradient is lam times w, "
    "which is what torch's weight_decay means.",
    seen="cs231n's linear classifiers, reg * sum(W * W), and sklearn.linear_model.Ridge",
    convention=True,
    replace=("return lam / 2 * squares.sum(), lam * w", "return lam * squares.sum(), 2 * lam * w"),
)
question.misconception(
    "l2_value_and_gradient_disagree",
    "Your L2 penalty lacks the ½, but your gradient is that of the halved penalty. They don't belong together.",
    seen="a gradient copied from a text that halves the square, beside a value from one that doesn't",
    replace=("return lam / 2 * squares.sum(), lam * w", "return lam * squares.sum(), lam * w"),
)
question.misconception(
    "l2_gradient_doubled",
    "Your L2 gradient is twice too large: the 2 of the derivative and the ½ of the penalty cancel.",
    seen="the derivative of a square, with the ½ forgotten",
    replace=("return lam / 2 * squares.sum(), lam * w", "return lam / 2 * squares.sum(), 2 * lam * w"),
)
question.misconception(
    "l2_not_squared",
    "You took the L2 norm. The penalty is half its square: without a root.",
    seen="torch.norm(p) added to the loss, in forum answers on L2 regularization",
    replace=("squares.sum(), lam * w", "np.sqrt(squares.sum()), lam * w"),
)
question.misconception(
    "l2_averaged",
    "You averaged the squared weights. The penalty is their sum.",
    seen="mean where sum was meant, as for the loss over a batch",
    replace=("return lam / 2 * squares.sum(), lam * w", "return lam / 2 * squares.mean(), lam * w / w.size"),
)
question.misconception(
    "ratio_swapped",
    "In the elastic net you gave l1_ratio to the squares. It is the share of L1.",
    seen="alpha and its complement exchanged; the letters differ from library to library",
    replace=(
        "ridge_part = (w**2).sum() / 2",
        "ridge_part, l1_ratio = (w**2).sum() / 2, 1 - l1_ratio",
    ),
)
question.misconception(
    "elastic_without_half",
    "In the elastic net you left out the ½ of the squares. The paper does so too; scikit-learn and glmnet have it, "
    "and so has the specification.",
    seen="Zou and Hastie's equation, against scikit-learn's documentation",
    convention=True,
    replace=(
        "ridge_part = (w**2).sum() / 2\n"
        "    total = l1_ratio * np.abs(w).sum() + (1 - l1_ratio) * ridge_part\n"
        "    slope = l1_ratio * np.sign(w) + (1 - l1_ratio) * w",
        "ridge_part = (w**2).sum()\n"
        "    total = l1_ratio * np.abs(w).sum() + (1 - l1_ratio) * ridge_part\n"
        "    slope = l1_ratio * np.sign(w) + 2 * (1 - l1_ratio) * w",
    ),
)
question.misconception(
    "both_in_full",
    "In the elastic net you added both penalties in full. They share lam: the squares get what L1 leaves.",
    seen="l1 + l2 added up with one strength",
    replace=(
        "total = l1_ratio * np.abs(w).sum() + (1 - l1_ratio) * ridge_part\n"
        "    slope = l1_ratio * np.sign(w) + (1 - l1_ratio) * w",
        "total = np.abs(w).sum() + ridge_part\n    slope = np.sign(w) + w",
    ),
)
question.misconception(
    "elastic_nan_at_zero",
    "Your elastic net's gradient divides a weight by its own size, which is NaN where the weight is 0.",
    seen="w / abs(w) for the sign",
    replace=("slope = l1_ratio * np.sign(w)", "slope = l1_ratio * (w / np.abs(w))"),
)
question.misconception(
    "lam_forgotten_in_gradient",
    "Your elastic net's gradient lacks lam.",
    seen="the strength applied to the loss only",
    replace=("return lam * total, lam * slope", "return lam * total, slope"),
)
