"""update_running_stats: what batch normalization remembers of its batches."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import batch_normalization as reference

from . import inputs


def with_state(batch, rng):
    """The batch's x with running statistics that are not 0 and 1."""
    C = batch["x"].shape[1]
    state = {"running_mean": rng.normal(-2, 1, C), "running_var": rng.uniform(0.3, 0.8, C)}
    return {"x": batch["x"], **state}


def vectors(rng):
    return with_state(inputs.vectors(rng), rng) | {"momentum": float(rng.uniform(0.15, 0.4))}


def images(rng):
    return with_state(inputs.images(rng), rng)


question = Question(
    name="update_running_stats",
    assignment="04_batch_normalization",
    reference=reference.update_running_stats,
    outputs=("running_mean", "running_var"),
    properties=[
        Property("value", 2, vectors, "a batch of vectors, x of shape (N, C)"),
        Property("images", 1, images, "a batch of images, x of shape (N, C, H, W), with the default momentum"),
        Property("inputs unharmed", 1, vectors, "any batch", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-5,
        atol=1e-5,
        why="float32 answers use a fiftieth of it; the nearest misconception (an average of per-pixel "
        "variances) exceeds it 1500 times",
    ),
    forbids=("torch.nn.functional.batch_norm", "torch.batch_norm", "torch.nn.BatchNorm1d", "torch.nn.BatchNorm2d"),
    stuck={"images": "Vectors pass, images fail", "": "All my values are off by the same factor"},
)


@question.accepts("loops over the channels, sums by hand")
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    new_mean, new_var = [], []
    for c in range(x.shape[1]):
        values = x[:, c].ravel().tolist()
        mean = sum(values) / len(values)
        var = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
        new_mean.append((1 - momentum) * running_mean[c] + momentum * mean)
        new_var.append((1 - momentum) * running_var[c] + momentum * var)
    return np.array(new_mean), np.array(new_var)


@question.accepts("moves towards the batch by a step, biased variance times n / (n - 1)")
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    flat = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])
    n = len(flat)
    var = (np.mean(flat**2, axis=0) - flat.mean(axis=0) ** 2) * n / (n - 1)
    step = lambda old, new: old + momentum * (new - old)  # noqa: E731
    return step(running_mean, flat.mean(axis=0)), step(running_var, var)


@question.accepts("in float32 through torch, which is unbiased by default; returns a list")
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    import torch

    x, m, v = (torch.tensor(a, dtype=torch.float32) for a in (x, running_mean, running_var))
    var, mean = torch.var_mean(x, dim=[d for d in range(x.ndim) if d != 1])
    return [torch.lerp(m, mean, momentum), torch.lerp(v, var, momentum)]


question.misconception(
    "other_momentum",
    "Your momentum is the weight of the old statistics. Keras and some papers mean it that way; in torch, and here, "
    "momentum is the weight of the new batch, and the old statistics keep the rest.",
    seen="the running averages of a well-known course's second assignment, and Keras's default of 0.99",
    convention=True,
    source="""
    def update_running_stats(x, running_mean, running_var, momentum=0.1):
        axes = (0,) if x.ndim == 2 else (0, 2, 3)
        mean = x.mean(axis=axes)
        var = x.var(axis=axes, ddof=1)
        return momentum * running_mean + (1 - momentum) * mean, momentum * running_var + (1 - momentum) * var
    """,
)
question.misconception(
    "biased_variance",
    "Your running variance takes in the biased variance. The batch is normalized by the biased one, but the running "
    "estimate takes in the unbiased one: divide by the count minus one.",
    seen="pytorch/pytorch#3122, #19902 and #77427, where the two variances surprise people",
    replace=("x.var(axis=axes, ddof=1)", "x.var(axis=axes)"),
)
question.misconception(
    "deviation_for_variance",
    "You averaged standard deviations. What is kept is a variance: don't take the root.",
    seen="pytorch/pytorch#7028, which compares running_var with numpy's std",
    replace=("x.var(axis=axes, ddof=1)", "x.std(axis=axes, ddof=1)"),
)
question.misconception(
    "replaced",
    "You returned the statistics of this batch alone. The running statistics move only part of the way: the old ones "
    "keep the weight 1 minus momentum.",
    seen="running estimates that were assigned instead of averaged",
    replace=("return new_mean, new_var", "return mean, var"),
)
question.misconception(
    "old_not_faded",
    "You added the new batch without fading the old statistics, so they grow with every batch. The two weights, 1 "
    "minus momentum and momentum, add up to 1.",
    seen="running += momentum * batch, in hand-written layers",
    source="""
    def update_running_stats(x, running_mean, running_var, momentum=0.1):
        axes = (0,) if x.ndim == 2 else (0, 2, 3)
        mean = x.mean(axis=axes)
        var = x.var(axis=axes, ddof=1)
        return running_mean + momentum * mean, running_var + momentum * var
    """,
)
question.misconception(
    "around_the_running_mean",
    "You measured the batch's variance around the running mean. Measure it around the batch's own mean.",
    seen="the running mean updated first, and then used for the variance",
    replace=(
        "var = x.var(axis=axes, ddof=1)",
        "n = x.size / x.shape[1]\n"
        "    column = (1, -1) + (1,) * (x.ndim - 2)\n"
        "    var = ((x - running_mean.reshape(column)) ** 2).sum(axis=axes) / (n - 1)",
    ),
)
question.misconception(
    "counts_examples_only",
    "For images you corrected the variance by the number of examples. Every pixel of a channel counts: there are "
    "N times H times W values.",
    seen="N / (N - 1) kept when a layer is extended to images",
    replace=("x.var(axis=axes, ddof=1)", "x.var(axis=axes) * x.shape[0] / (x.shape[0] - 1)"),
)
question.misconception(
    "pixel_by_pixel",
    "For images you took one mean and one variance per pixel and averaged the variances afterwards. That misses how "
    "the pixels differ from each other: take one variance of all values of a channel.",
    seen="pytorch/pytorch#106366, whose check averages per-pixel variances",
    replace=(
        "var = x.var(axis=axes, ddof=1)",
        "var = x.var(axis=0, ddof=1)\n    var = var.mean(axis=(1, 2)) if x.ndim == 4 else var",
    ),
)
question.misconception(
    "swapped",
    "You returned the variance first. Return the running mean, then the running variance.",
    seen="torch.var_mean, which returns the variance first",
    replace=("return new_mean, new_var", "return new_var, new_mean"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote them into the old running statistics. Return new arrays: torch changes its "
    "buffers in place, this function doesn't.",
    seen="running_mean *= ...",
    source="""
    def update_running_stats(x, running_mean, running_var, momentum=0.1):
        axes = (0,) if x.ndim == 2 else (0, 2, 3)
        running_mean *= 1 - momentum
        running_mean += momentum * x.mean(axis=axes)
        running_var *= 1 - momentum
        running_var += momentum * x.var(axis=axes, ddof=1)
        return running_mean, running_var
    """,
)
