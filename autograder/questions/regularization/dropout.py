"""dropout_forward and dropout_backward: the mask is handed in, so that values can be graded."""

from types import SimpleNamespace

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import regularization as reference

FORWARD, BACKWARD = "dropout_forward", "dropout_backward"


def drawn(rng, name="x"):
    """An array, a mask that keeps another share than 1 - p of it, and a p that isn't one half."""
    N, D = int(rng.integers(4, 6)), int(rng.integers(6, 8))
    p, keep = float(rng.uniform(0.15, 0.3)), np.zeros(N * D, bool)
    keep[rng.permutation(N * D)[: N * D // 2]] = True
    x = rng.uniform(1, 3, (N, D)) * rng.choice([-1, 1], (N, D), p=[0.3, 0.7])
    return {name: x, "keep": keep.reshape(N, D), "p": p}


def upstream(rng):
    return drawn(rng, "grad_out")


def outside(rng):
    return drawn(rng) | {"training": False}


def outside_back(rng):
    return upstream(rng) | {"training": False}


def everything(found):
    return found | {"keep": np.zeros_like(found["keep"]), "p": 1.0}


def all_dropped(rng):
    return everything(drawn(rng))


def all_dropped_back(rng):
    return everything(upstream(rng))


question = Question(
    name="dropout",
    assignment="06_regularization",
    names=(FORWARD, BACKWARD),
    reference=SimpleNamespace(dropout_forward=reference.dropout_forward, dropout_backward=reference.dropout_backward),
    properties=[
        Property("forward", 1, drawn, "a batch in training", of=FORWARD),
        Property("outside training", 1, outside, "a batch outside training", of=FORWARD),
        Property("all dropped", 0.5, all_dropped, "p = 1", of=FORWARD),
        Property("x unharmed", 0.5, drawn, "any batch", judge=inputs_unharmed, of=FORWARD),
        Property("backward", 1, upstream, "a batch in training", of=BACKWARD),
        Property("backward outside training", 0.5, outside_back, "a batch outside training", of=BACKWARD),
        Property("backward, all dropped", 0.5, all_dropped_back, "p = 1", of=BACKWARD),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="one product for each entry, which float32 gets right to 1e-7; the nearest mistake is off by a fifth",
    ),
    forbids=("torch.nn.functional.dropout", "torch.nn.Dropout", "torch.dropout"),
    equivalent_mutants={
        "factor = 1 / (1 - p) if p < 1 else 1.0": "where p is 1, keep is False everywhere, and any factor gives 0",
    },
    stuck="All my values are off by the same factor",
)

question.accepts(
    "loops over the entries",
    """
    def dropout_forward(x, keep, p, training=True):
        if not training:
            return np.array(x)
        out = [a / (1 - p) if k else 0.0 for a, k in zip(x.ravel().tolist(), keep.ravel().tolist())]
        return np.array(out).reshape(x.shape)

    def dropout_backward(grad_out, keep, p, training=True):
        grad_x = np.array(grad_out)
        for i in np.ndindex(keep.shape):
            if training:
                grad_x[i] = grad_x[i] / (1 - p) if keep[i] else 0
        return grad_x
    """,
)
question.accepts(
    "divides at the kept places only; the backward pass is the forward pass; returns x itself outside training",
    """
    def dropout_forward(x, keep, p, training=True):
        if not training:
            return x
        out = np.zeros_like(x)
        out[keep] = x[keep] / (1 - p)
        return out

    dropout_backward = dropout_forward
    """,
)
question.accepts(
    "one scale per unit, chosen by np.where, for both",
    """
    def _scale(keep, p, training):
        if not training:
            return 1.0
        return np.where(keep, 1 / max(1 - p, 1e-12), 0.0)

    def dropout_forward(x, keep, p, training=True):
        return _scale(keep, p, training) * x

    def dropout_backward(grad_out, keep, p, training=True):
        return _scale(keep, p, training) * grad_out
    """,
)
question.accepts(
    "torch in float32, a gradient by automatic differentiation",
    """
    import torch

    def _forward(x, keep, p, training):
        if not training:
            return 1 * x
        return torch.where(torch.tensor(keep), x / (1 - p), torch.zeros_like(x)) if p < 1 else 0 * x

    def dropout_forward(x, keep, p, training=True):
        return _forward(torch.tensor(x).float(), keep, p, training)

    def dropout_backward(grad_out, keep, p, training=True):
        x = torch.zeros(grad_out.shape, requires_grad=True)
        _forward(x, keep, p, training).backward(torch.tensor(grad_out).float())
        return x.grad
    """,
)

question.misconception(
    "not_scaled",
    "You didn't divide the kept units by 1 - p in training, so their mean is smaller there than in use.",
    seen="cs231n's vanilla dropout, and torch code written by hand",
    replace=("return x * keep / (1 - p)", "return x * keep"),
)
question.misconception(
    "scaled_at_test_time",
    "You scale outside training instead of in training. The first paper on dropout does so; torch, and this "
    "assignment, divide in training and leave x alone in use.",
    seen="Srivastava et al. (2014), section 4; Hinton's lecture",
    convention=True,
    replace=(
        "if not training:\n        return x.copy()\n    if p == 1:\n        return np.zeros(x.shape)\n"
        "    return x * keep / (1 - p)",
        "return x * keep if training else x * (1 - p)",
    ),
)
question.misconception(
    "scaled_twice",
    "You scale in training and outside it too. With the division in training, x passes unchanged outside.",
    seen="inverted dropout combined with the first paper's scaling at test time",
    replace=("return x.copy()", "return x * (1 - p)"),
)
question.misconception(
    "p_keeps",
    "You divided by p. Here p is the probability of dropping; divide by that of keeping, 1 - p.",
    seen="TensorFlow 1's keep_prob, and courses that follow it",
    convention=True,
    replace=("return x * keep / (1 - p)", "return x * keep / p"),
)
question.misconception(
    "multiplied_by_share",
    "You multiplied by 1 - p in training. That makes the units smaller still: divide.",
    seen="the factor for test time used in training",
    replace=("return x * keep / (1 - p)", "return x * keep * (1 - p)"),
)
question.misconception(
    "mask_inverted",
    "You dropped the units that should be kept, and kept the others. Where keep is True, the unit stays.",
    seen="a mask read as what to drop",
    replace=("return x * keep / (1 - p)", "return x * ~keep / (1 - p)"),
)
question.misconception(
    "scaled_by_what_was_kept",
    "You divided by the share of units that this mask happens to keep. Divide by 1 - p: the scale doesn't depend on "
    "the draw.",
    seen="a mask normalized by its own mean",
    replace=("return x * keep / (1 - p)", "return x * keep / keep.mean()"),
)
question.misconception(
    "drops_outside_training",
    "You drop units outside training too. Dropout is for training only; in use every unit is there.",
    seen="a model that was never switched to evaluation mode",
    replace=("if not training:\n        return x.copy()\n    if p == 1", "if p == 1"),
)
question.misconception(
    "nan_when_all_dropped",
    "With p = 1 you divided 0 by 0, which is NaN. Every unit is dropped then, and the result is all zeros.",
    seen="hand-written dropout; torch returns zeros",
    replace=("if p == 1:\n        return np.zeros(x.shape)\n    return x * keep", "return x * keep"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote the zeros into x itself. Work on a copy.",
    seen="x[~keep] = 0",
    replace=("return x * keep / (1 - p)", "x[~keep] = 0\n    return x / (1 - p)"),
)
question.misconception(
    "backward_not_scaled",
    "Your backward pass applies the mask but not the scale. The forward pass multiplied by 1 / (1 - p), so the "
    "gradient is multiplied by it too.",
    seen="cs231n's second assignment: the mask without its scale kept for the backward pass",
    replace=("return grad_out * factor * keep", "return grad_out * keep"),
)
question.misconception(
    "backward_without_mask",
    "Your backward pass lets gradients through the dropped units. What didn't reach the output has gradient 0.",
    seen="the scale kept and the mask lost",
    replace=("return grad_out * factor * keep", "return grad_out * factor"),
)
question.misconception(
    "backward_mask_inverted",
    "Your backward pass lets the gradient through the dropped units and blocks the kept ones.",
    seen="a mask read as what to drop",
    replace=("return grad_out * factor * keep", "return grad_out * factor * ~keep"),
)
question.misconception(
    "backward_divided",
    "Your backward pass undoes the scale of the forward pass. It multiplies by the same number: the derivative of a x "
    "with respect to x is a.",
    seen="a backward pass taken for an inverse",
    replace=("factor = 1 / (1 - p) if p < 1 else 0.0", "factor = 1 - p"),
)
question.misconception(
    "backward_drops_outside_training",
    "Your backward pass drops gradients outside training. The forward pass passes x on there, so the gradient passes "
    "as it is.",
    seen="a backward pass that doesn't know of the mode",
    replace=("if not training:\n        return grad_out.copy()\n    factor", "factor"),
)
question.misconception(
    "backward_nan_when_all_dropped",
    "With p = 1 your gradient is NaN. Nothing reaches the output then, and the gradient is 0.",
    seen="0 multiplied by the infinity of 1 / (1 - p)",
    replace=("factor = 1 / (1 - p) if p < 1 else 0.0", "factor = 1 / np.float64(1 - p)"),
)
