"""stochastic_depth: a random function whose mask is handed in, so that it can be graded by its values."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed


def drawn(rng, shape):
    """Two arrays, a mask that keeps some examples and drops others, and a p that isn't one half."""
    keep = np.zeros(shape[0], bool)
    keep[rng.permutation(shape[0])[: shape[0] // 2 + 1]] = True
    return {
        "x": rng.normal(2, 1, shape),
        "branch": rng.normal(-1, 2, shape),
        "keep": keep,
        "p": float(rng.uniform(0.15, 0.35)),
    }


def vectors(rng):
    return drawn(rng, (int(rng.integers(6, 9)), int(rng.integers(3, 6))))


def images(rng):
    """As many examples as pixels in a row, so that a mask along the wrong axis makes no error."""
    n = int(rng.integers(5, 7))
    return drawn(rng, (n, 3, 4, n))


def reference(x, branch, keep, p):
    out = np.array(x, dtype=float)
    for i in np.flatnonzero(keep):
        out[i] += branch[i] / (1 - p)
    return out


question = Question(
    name="stochastic_depth",
    assignment="90_kinds_of_answers",
    reference=reference,
    properties=[
        Property("value", 2, vectors, "vectors, x of shape (N, D)"),
        Property("images", 1, images, "images, x of shape (N, C, H, W)"),
        Property("inputs unharmed", 1, vectors, "any batch", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-5,
        atol=1e-5,
        why="float32 answers use a tenth of it; the nearest misconception exceeds it 1000 times",
    ),
    equivalent_mutants={
        "mask = keep.reshape((-2,) + (1,) * (x.ndim - 1))": "to NumPy's reshape any negative length means the one that "
        "fits",
    },
)


@question.accepts("chooses between two results with np.where")
def stochastic_depth(x, branch, keep, p):
    kept = np.expand_dims(keep, tuple(range(1, x.ndim)))
    return np.where(kept, x + branch / (1 - p), x)


@question.accepts("loops over the examples, returns a list")
def stochastic_depth(x, branch, keep, p):
    rest = 1 - p
    return [a + b / rest if k else a for a, b, k in zip(x, branch, keep.tolist(), strict=True)]


@question.accepts("in float32 through torch, an outer product with the mask")
def stochastic_depth(x, branch, keep, p):
    import torch

    x, branch = (torch.tensor(a, dtype=torch.float32) for a in (x, branch))
    scale = torch.tensor(keep, dtype=torch.float32) / (1 - p)
    return x + torch.einsum("n...,n->n...", branch, scale)


question.misconception(
    "not_rescaled",
    "You didn't divide the kept branches by 1 - p. Without that their mean is smaller in training than in use.",
    seen="the original paper, which rescales when the network is used instead",
    convention=True,
    replace=("mask * branch / (1 - p)", "mask * branch"),
)
question.misconception(
    "divided_by_p",
    "You divided by p. That is the probability of dropping; divide by that of keeping, 1 - p.",
    seen="code in which p is the probability of survival",
    replace=("branch / (1 - p)", "branch / p"),
)
question.misconception(
    "mask_inverted",
    "You left out the branches that should be kept, and kept the others. Where keep is True, the branch is added.",
    seen="a mask read as what to drop",
    replace=("x + mask * branch", "x + (1 - mask) * branch"),
)
question.misconception(
    "input_dropped_too",
    "You multiplied x by the mask as well. Only the branch is dropped: x always passes.",
    seen="dropout applied to the sum",
    replace=("x + mask * branch / (1 - p)", "mask * (x + branch / (1 - p))"),
)
question.misconception(
    "sum_rescaled",
    "You divided x by 1 - p as well. Only the branch is rescaled.",
    seen="brackets around the sum",
    replace=("x + mask * branch / (1 - p)", "(x + mask * branch) / (1 - p)"),
)
question.misconception(
    "pixels_dropped",
    "For images the mask is laid along their last axis. It has one entry per example: bring it into the shape "
    "(N, 1, 1, 1).",
    seen="a mask of shape (N,) or (N, 1) broadcast from the right",
    replace=("mask = keep.reshape((-1,) + (1,) * (x.ndim - 1))", "mask = keep if x.ndim > 2 else keep[:, None]"),
)
question.misconception(
    "in_place",
    "Your values are right, but you added them to x itself. Leave the inputs as they were.",
    seen="x += branch",
    replace=("return x + mask * branch / (1 - p)", "x += mask * branch / (1 - p)\n    return x"),
)
