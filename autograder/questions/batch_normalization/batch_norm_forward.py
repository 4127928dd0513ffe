"""batch_norm_forward: normalize by the statistics of the batch."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import batch_normalization as reference

from .inputs import images, nearly_constant, vectors

question = Question(
    name="batch_norm_forward",
    assignment="04_batch_normalization",
    reference=reference.batch_norm_forward,
    result_name="y",
    properties=[
        Property("value", 2, vectors, "a batch of vectors, x of shape (N, C)"),
        Property("images", 1, images, "a batch of images, x of shape (N, C, H, W), with the default eps"),
        Property("eps", 1, nearly_constant, "a channel that varies no more than the square root of eps"),
        Property("inputs unharmed", 1, vectors, "any batch", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="float32 answers stay within 2e-5 of float64 on these inputs; the nearest misconception (eps added to "
        "the deviation, in the eps property) is off by 1e-1",
    ),
    forbids=(
        "torch.nn.functional.batch_norm",
        "torch.batch_norm",
        "torch.native_batch_norm",
        "torch.nn.BatchNorm1d",
        "torch.nn.BatchNorm2d",
    ),
    equivalent_mutants={
        "column = (1, -2) + (1,) * (x.ndim - 2)": "to NumPy's reshape any negative length means the one that fits",
    },
    stuck={"images": "Vectors pass, images fail", "": "The example passes, the graded cell fails"},
)


@question.accepts("loops over the channels")
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    y = np.empty(x.shape)
    for c in range(x.shape[1]):
        channel = x[:, c]
        y[:, c] = gamma[c] * (channel - channel.mean()) / np.sqrt(channel.var() + eps) + beta[c]
    return y


@question.accepts("folds scale and shift into one multiplication, variance as E[x^2] - E[x]^2")
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    flat = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])
    mean = flat.sum(0) / len(flat)
    var = (flat**2).sum(0) / len(flat) - mean**2
    scale = gamma / np.sqrt(var + eps)
    return np.moveaxis(np.moveaxis(x, 1, -1) * scale + (beta - mean * scale), -1, 1)


@question.accepts("in float32 through torch tensors")
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    import torch

    x, gamma, beta = (torch.tensor(a, dtype=torch.float32) for a in (x, gamma, beta))
    dims = [0] + list(range(2, x.ndim))
    var, mean = torch.var_mean(x, dim=dims, unbiased=False, keepdim=True)
    column = mean.shape
    return ((x - mean) * (var + eps) ** -0.5 * gamma.reshape(column) + beta.reshape(column)).numpy()


question.misconception(
    "unbiased_variance",
    "You divided by the count minus one. Batch normalization uses the biased variance in training: the average "
    "squared distance from the mean, divided by the count.",
    seen="torch keeps the unbiased variance in its running estimate, and the two are often mixed up",
    replace=("x.var(axis=axes)", "x.var(axis=axes, ddof=1)"),
)
question.misconception(
    "eps_outside_root",
    "You added eps to the standard deviation. It belongs under the root, added to the variance.",
    seen="common in answers to 'batch norm from scratch' exercises",
    replace=("np.sqrt(var + eps)", "(np.sqrt(var) + eps)"),
)
question.misconception(
    "no_root",
    "You divided by the variance. Divide by its square root, the standard deviation.",
    seen="a slip in hand-written layers",
    replace=("np.sqrt(var + eps)", "(var + eps)"),
)
question.misconception(
    "eps_forgotten",
    "You left eps out. A channel that hardly varies is then divided by almost nothing.",
    seen="the formula as printed in many summaries has no eps",
    replace=("np.sqrt(var + eps)", "np.sqrt(var)"),
)
question.misconception(
    "per_example",
    "You took the mean and the variance of each example. That is layer normalization: batch normalization takes "
    "them of each channel, over the examples.",
    seen="axis=1 for axis=0, in student code on public forums",
    source="""
    def batch_norm_forward(x, gamma, beta, eps=1e-5):
        axes = tuple(range(1, x.ndim))
        column = (1, -1) + (1,) * (x.ndim - 2)
        mean = x.mean(axis=axes, keepdims=True)
        var = x.var(axis=axes, keepdims=True)
        return gamma.reshape(column) * (x - mean) / np.sqrt(var + eps) + beta.reshape(column)
    """,
)
question.misconception(
    "one_mean_for_all",
    "You took one mean and one variance of the whole array. Each channel has its own.",
    seen="x.mean() without an axis",
    source="""
    def batch_norm_forward(x, gamma, beta, eps=1e-5):
        column = (1, -1) + (1,) * (x.ndim - 2)
        return gamma.reshape(column) * (x - x.mean()) / np.sqrt(x.var() + eps) + beta.reshape(column)
    """,
)
question.misconception(
    "pixels_not_averaged",
    "For images you averaged over the examples only. Average over the pixels too: one mean and one variance per "
    "channel.",
    seen="an (N, C) solution applied to (N, C, H, W)",
    source="""
    def batch_norm_forward(x, gamma, beta, eps=1e-5):
        column = (1, -1) + (1,) * (x.ndim - 2)
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        return gamma.reshape(column) * (x - mean) / np.sqrt(var + eps) + beta.reshape(column)
    """,
)
question.misconception(
    "beta_inside",
    "You added beta before the scaling. Scale with gamma first, then add beta.",
    seen="a misread of y = gamma * x_hat + beta",
    replace=(
        "gamma.reshape(column) * x_hat + beta.reshape(column)",
        "gamma.reshape(column) * (x_hat + beta.reshape(column))",
    ),
)
question.misconception(
    "scale_and_shift_forgotten",
    "You returned the normalized values without gamma and beta.",
    seen="the first half of Algorithm 1 without its last line",
    replace=("return gamma.reshape(column) * x_hat + beta.reshape(column)", "return x_hat"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote them into x. Return a new array and leave the input as it was: the "
    "backward pass still needs it.",
    seen="x -= mean",
    replace=("x_hat = (x - mean) / np.sqrt(var + eps)", "x -= mean; x /= np.sqrt(var + eps); x_hat = x"),
)
