"""batch_norm_inference: normalize by the running statistics."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import batch_normalization as reference

from . import inputs


def with_running_statistics(batch, rng):
    """Add running statistics that differ from the batch's own."""
    C = batch["x"].shape[1]
    eps = {"eps": batch.pop("eps")} if "eps" in batch else {}
    return batch | {"running_mean": rng.normal(2, 1, C), "running_var": rng.uniform(0.3, 4, C)} | eps


def vectors(rng):
    return with_running_statistics(inputs.vectors(rng), rng)


def images(rng):
    return with_running_statistics(inputs.images(rng), rng)


def one_example(rng):
    """A batch of one: its own variance is 0."""
    batch = vectors(rng)
    return batch | {"x": batch["x"][:1]}


def small_variance(rng):
    """Running variances about as large as eps."""
    batch = vectors(rng)
    C = batch["x"].shape[1]
    near = batch["running_mean"] + 0.003 * rng.normal(size=batch["x"].shape)
    return batch | {"x": near, "running_var": rng.uniform(0.5e-5, 2e-5, C), "eps": 1e-5}


question = Question(
    name="batch_norm_inference",
    assignment="04_batch_normalization",
    reference=reference.batch_norm_inference,
    result_name="y",
    properties=[
        Property("value", 2, vectors, "a batch of vectors, x of shape (N, C)"),
        Property("images", 1, images, "a batch of images, x of shape (N, C, H, W), with the default eps"),
        Property("one example", 1, one_example, "a batch of one example"),
        Property("eps", 0.5, small_variance, "a batch with a running variance no larger than eps"),
        Property("inputs unharmed", 0.5, vectors, "any batch", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-4,
        why="float32 answers stay within 1e-4 of float64 where the running variance is tiny; the nearest "
        "misconception (eps added to the deviation) is off by 1e-1 there",
    ),
    forbids=(
        "torch.nn.functional.batch_norm",
        "torch.batch_norm",
        "torch.nn.BatchNorm1d",
        "torch.nn.BatchNorm2d",
    ),
    equivalent_mutants={
        "column = (1, -2) + (1,) * (x.ndim - 2)": "to NumPy's reshape any negative length means the one that fits",
    },
    stuck={"images": "Vectors pass, images fail", "": "The example passes, the graded cell fails"},
)


@question.accepts("loops over the channels")
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    y = np.array(x, dtype=float)
    for c in range(x.shape[1]):
        y[:, c] -= running_mean[c]
        y[:, c] *= gamma[c] / np.sqrt(running_var[c] + eps)
        y[:, c] += beta[c]
    return y


@question.accepts("folds everything into one scale and one shift per channel")
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    scale = gamma * (running_var + eps) ** -0.5
    shift = beta - running_mean * scale
    return np.einsum("nc...,c->nc...", x, scale) + shift.reshape(1, -1, *[1] * (x.ndim - 2))


@question.accepts("in float32 through torch tensors")
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    import torch

    x, gamma, beta, m, v = (torch.tensor(a, dtype=torch.float32) for a in (x, gamma, beta, running_mean, running_var))
    x = x.movedim(1, -1)
    return ((x - m) / torch.sqrt(v + eps) * gamma + beta).movedim(-1, 1)


question.misconception(
    "batch_statistics",
    "You normalized by the statistics of this batch. At inference only the running statistics count, or an "
    "example's answer depends on its neighbours.",
    seen="a network left in training mode at test time",
    source="""
    def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
        axes = (0,) if x.ndim == 2 else (0, 2, 3)
        column = (1, -1) + (1,) * (x.ndim - 2)
        mean = x.mean(axis=axes).reshape(column)
        var = x.var(axis=axes).reshape(column)
        return gamma.reshape(column) * (x - mean) / np.sqrt(var + eps) + beta.reshape(column)
    """,
)
question.misconception(
    "batch_mean_only",
    "You used the running variance but the mean of this batch. Both come from training.",
    seen="half-finished copies of the training transform",
    source="""
    def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
        axes = (0,) if x.ndim == 2 else (0, 2, 3)
        column = (1, -1) + (1,) * (x.ndim - 2)
        mean = x.mean(axis=axes).reshape(column)
        std = np.sqrt(running_var + eps).reshape(column)
        return gamma.reshape(column) * (x - mean) / std + beta.reshape(column)
    """,
)
question.misconception(
    "variance_as_deviation",
    "You divided by the running variance itself. Take its square root first.",
    seen="running_var read as a standard deviation",
    replace=("np.sqrt(running_var + eps)", "(running_var + eps)"),
)
question.misconception(
    "eps_outside_root",
    "You added eps to the standard deviation. It belongs under the root, added to the variance.",
    seen="common in answers to 'batch norm from scratch' exercises",
    replace=("np.sqrt(running_var + eps)", "(np.sqrt(running_var) + eps)"),
)
question.misconception(
    "eps_forgotten",
    "You left eps out: the layer then differs from the one that was trained wherever the variance is small.",
    seen="inference formulas printed without eps",
    replace=("np.sqrt(running_var + eps)", "np.sqrt(running_var)"),
)
question.misconception(
    "unscaled_mean",
    "You subtracted the running mean after dividing. Subtract it first, then divide.",
    seen="a slip in operator order",
    replace=("(x - running_mean.reshape(column)) / std", "x / std - running_mean.reshape(column)"),
)
question.misconception(
    "scale_and_shift_forgotten",
    "You returned the normalized values without gamma and beta.",
    seen="the last line of the transform left out",
    replace=("return gamma.reshape(column) * x_hat + beta.reshape(column)", "return x_hat"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote them into x. Return a new array and leave the input as it was.",
    seen="x -= running_mean",
    replace=(
        "x_hat = (x - running_mean.reshape(column)) / std",
        "x -= running_mean.reshape(column); x /= std; x_hat = x",
    ),
)
