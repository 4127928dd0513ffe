"""soft_threshold and proximal_step: exact zeros, and how to get there."""

from types import SimpleNamespace

import numpy as np

from autograder.compare import to_array
from autograder.question import Difference, Property, Question, Tolerance, inputs_unharmed, same_value
from autograder.reference import regularization as reference

SOFT, STEP = "soft_threshold", "proximal_step"


def around(rng, threshold, n):
    """At least two numbers each above, below and inside the threshold, none of them near it or near 0."""
    sides = rng.permutation(np.resize([2, -2, 0.5, -0.5, 3, -0.7, -3], n))
    return threshold * sides * rng.uniform(0.8, 1.2, n)


def numbers(rng):
    threshold = float(rng.uniform(0.6, 0.9))
    return {"v": around(rng, threshold, 15).reshape(3, 5), "threshold": threshold}


def on_the_border(rng):
    """Entries of exactly the threshold, of either sign, and others."""
    threshold = float(rng.integers(2, 6))
    return {"v": threshold * rng.permutation([1.0, -1.0, 2.0, -3.0, 0.0, 0.5]), "threshold": threshold}


def no_threshold(rng):
    return numbers(rng) | {"threshold": 0.0}


def step(rng):
    """A step after which weights lie inside the threshold and on both sides of it, and elsewhere than before."""
    lr, lam = float(rng.uniform(0.2, 0.4)), float(rng.uniform(2, 3))
    grad = rng.uniform(1, 3, (3, 5)) * rng.choice([-1, 1], (3, 5))
    return {"w": around(rng, lr * lam, 15).reshape(3, 5) + lr * grad, "grad": grad, "lr": lr, "lam": lam}


def zeros_are_exact(case):
    """As the reference's, and 0 wherever the reference is 0: a small rest is no sparse weight."""
    if found := same_value(case):
        return found
    if np.any(to_array(case.output)[np.asarray(case.expected) == 0] != 0):
        return Difference("what crosses the threshold should be exactly 0, but is a small number", case.property.of)
    return None


question = Question(
    name="soft_threshold",
    assignment="06_regularization",
    names=(SOFT, STEP),
    reference=SimpleNamespace(soft_threshold=reference.soft_threshold, proximal_step=reference.proximal_step),
    properties=[
        Property("soft threshold", 1.5, numbers, "numbers on both sides of the threshold", of=SOFT),
        Property(
            "at the border",
            0.5,
            on_the_border,
            "numbers of exactly the threshold's size, and 0",
            judge=zeros_are_exact,
            of=SOFT,
        ),
        Property("no threshold", 0.5, no_threshold, "a threshold of 0", of=SOFT),
        Property("v unharmed", 0.5, numbers, "any numbers", judge=inputs_unharmed, of=SOFT),
        Property("proximal step", 1.5, step, "a matrix of weights", judge=zeros_are_exact, of=STEP),
        Property("inputs unharmed", 0.5, step, "any weights", judge=inputs_unharmed, of=STEP),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="differences of numbers below 4, which float32 gets right to 1e-6; the nearest mistakes are off by 1e-2",
    ),
    forbids=("torch.nn.functional.softshrink", "torch.nn.Softshrink"),
    stuck="The example passes, the graded cell fails",
)

question.accepts(
    "what is left after clipping",
    """
    def soft_threshold(v, threshold):
        return v - np.clip(v, -threshold, threshold)

    def proximal_step(w, grad, lr, lam):
        return soft_threshold(w - lr * grad, lr * lam)
    """,
)
question.accepts(
    "the difference of two ReLUs",
    """
    def soft_threshold(v, threshold):
        relu = lambda x: np.maximum(x, 0)
        return relu(v - threshold) - relu(-v - threshold)

    def proximal_step(w, grad, lr, lam):
        z, t = w - lr * grad, lam * lr
        return np.where(z > t, z - t, 0) + np.where(z < -t, z + t, 0)
    """,
)
question.accepts(
    "loops over the entries, three cases",
    """
    def _one(x, t):
        if x > t:
            return x - t
        if x < -t:
            return x + t
        return 0

    def soft_threshold(v, threshold):
        return np.array([_one(x, threshold) for x in v.ravel()]).reshape(v.shape)

    def proximal_step(w, grad, lr, lam):
        new = np.empty_like(w)
        for i in np.ndindex(w.shape):
            new[i] = _one(w[i] - lr * grad[i], lr * lam)
        return new
    """,
)
question.accepts(
    "masks on a copy; in float32 through torch",
    """
    import torch

    def soft_threshold(v, threshold):
        out = torch.zeros(v.shape)
        v = torch.tensor(v, dtype=torch.float32)
        out[v > threshold] = v[v > threshold] - threshold
        out[v < -threshold] = v[v < -threshold] + threshold
        return out

    def proximal_step(w, grad, lr, lam):
        z = torch.tensor(w - lr * grad, dtype=torch.float32)
        return z.sign() * torch.clamp(z.abs() - lr * lam, min=0)
    """,
)

question.misconception(
    "hard_threshold",
    "You set small entries to 0 and left the large ones alone. That is the hard threshold, which belongs to counting "
    "nonzero weights; the soft one moves the large ones towards 0 too.",
    seen="pruning small weights, taken for L1",
    replace=("shrunk = np.maximum(np.abs(v) - threshold, 0)", "shrunk = np.where(np.abs(v) > threshold, np.abs(v), 0)"),
)
question.misconception(
    "crosses_zero",
    "You moved every entry by the threshold, and small ones crossed 0. An entry that would cross 0 stops there.",
    seen="the maximum with 0 left out: a subgradient step in disguise",
    replace=("shrunk = np.maximum(np.abs(v) - threshold, 0)", "shrunk = np.abs(v) - threshold"),
)
question.misconception(
    "sign_lost",
    "Your results are never negative. A negative entry moves up towards 0 and stays negative.",
    seen="max(|v| - t, 0) returned without the sign",
    replace=("return np.sign(v) * shrunk", "return shrunk"),
)
question.misconception(
    "negatives_dropped",
    "You set all negative entries to 0. They are thresholded too: below minus the threshold they move up.",
    seen="relu(v - t), the threshold for weights that can't be negative",
    replace=("shrunk = np.maximum(np.abs(v) - threshold, 0)", "shrunk = np.maximum(v - threshold, 0)"),
)
question.misconception(
    "clipped",
    "You cut the large entries down to the threshold. It's the other way round: the small ones become 0, and the large "
    "ones lose as much as the threshold.",
    seen="np.clip(v, -t, t), of which the soft threshold is the remainder",
    replace=("shrunk = np.maximum(np.abs(v) - threshold, 0)", "shrunk = np.minimum(np.abs(v), threshold)"),
)
question.misconception(
    "shrunk_by_a_factor",
    "You multiplied all entries by one factor. That is what L2 does; L1 subtracts the same amount from each.",
    seen="weight decay's 1 - t in place of the threshold",
    replace=("return np.sign(v) * shrunk", "return v * (1 - threshold)"),
)
question.misconception(
    "divides_zero",
    "You divide each entry by its own size. For an entry of 0 that is NaN.",
    seen="v / abs(v) * max(abs(v) - t, 0), the formula for groups of weights",
    replace=("return np.sign(v) * shrunk", "return v / np.abs(v) * shrunk"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote the zeros into v itself. Work on a copy.",
    seen="v[abs(v) < t] = 0",
    replace=("return np.sign(v) * shrunk", "v[...] = np.sign(v) * shrunk\n    return v"),
)
question.misconception(
    "threshold_without_lr",
    "Your step thresholds by lam. The step for the loss is lr long, and so is that for the penalty: the threshold is "
    "lr times lam.",
    seen="hand-written ISTA whose threshold doesn't change with the learning rate",
    replace=(
        "t = lr * lam",
        "t = lam",
    ),
)
question.misconception(
    "subgradient_step",
    "You took a step along the penalty's subgradient. Weights then jump across 0 and none becomes 0: take the step for "
    "the loss first, and threshold its result.",
    seen="w -= lr * (grad + lam * sign(w)), which every tutorial on L1 in torch shows",
    replace=(
        "return np.maximum(moved - t, 0) + np.minimum(moved + t, 0)",
        "return moved - t * np.sign(w)",
    ),
)
question.misconception(
    "threshold_first",
    "You thresholded the old weights and then took the step, which undoes the zeros. Step first, threshold last.",
    seen="the two halves of the step exchanged",
    replace=(
        "moved = w - lr * grad\n    t = lr * lam\n    return np.maximum(moved - t, 0) + np.minimum(moved + t, 0)",
        "return soft_threshold(w, lr * lam) - lr * grad",
    ),
)
question.misconception(
    "uphill",
    "You added the gradient. The loss falls against it.",
    seen="a sign lost in copying",
    replace=("moved = w - lr * grad", "moved = w + lr * grad"),
)
question.misconception(
    "lr_forgotten",
    "You subtracted the whole gradient. Multiply it by lr.",
    seen="the learning rate used for the threshold only",
    replace=("moved = w - lr * grad", "moved = w - grad"),
)
question.misconception(
    "penalized_twice",
    "You added the penalty's gradient to grad, and thresholded as well. The threshold is the whole penalty.",
    seen="an L1 term left in the loss when the proximal step was added",
    replace=("moved = w - lr * grad", "moved = w - lr * (grad + lam * np.sign(w))"),
)
question.misconception(
    "step_hard",
    "Your step sets small weights to 0 and leaves the large ones alone. The threshold moves the large ones too.",
    seen="pruning small weights after each step",
    replace=(
        "return np.maximum(moved - t, 0) + np.minimum(moved + t, 0)",
        "return np.where(np.abs(moved) > t, moved, 0.0)",
    ),
)
question.misconception(
    "step_in_place",
    "Your values are right, but you changed w itself. Return new weights.",
    seen="w -= lr * grad",
    replace=("moved = w - lr * grad", "w -= lr * grad\n    moved = w"),
)
