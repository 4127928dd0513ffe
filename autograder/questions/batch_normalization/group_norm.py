"""group_norm: statistics per example and group of channels, with instance and layer normalization at its ends."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import batch_normalization as reference

from . import inputs


def batch(rng, num_groups=None):
    """x (N, 6, H, W) in two groups of three channels or three of two, so that groups and their size differ."""
    num_groups = num_groups or int(rng.choice([2, 3]))
    N, C, H, W = int(rng.integers(2, 4)), 6, 2, 3
    # each channel's own deviation is at least 1, so that a slip with eps costs the eps property alone
    x = inputs.spread(rng, (N, C, H, W), (2, 3))
    return {"x": x, "num_groups": num_groups, "gamma": inputs.scales(rng, C), "beta": rng.normal(0, 2, C), "eps": 1e-5}


def instance(rng):
    return inputs.without_eps(batch(rng, 6))


def one_group(rng):
    return batch(rng, 1)


def nearly_constant(rng):
    found = batch(rng)
    return found | {"x": 0.3 + 0.003 * inputs.standardized(found["x"], (1, 2, 3))}


question = Question(
    name="group_norm",
    assignment="04_batch_normalization",
    reference=reference.group_norm,
    result_name="y",
    properties=[
        Property("value", 2, batch, "a batch of images in two or three groups of channels", cases=3),
        Property("instance normalization", 0.5, instance, "images in as many groups as channels, with the default eps"),
        Property("one group", 0.5, one_group, "images in a single group of all channels"),
        Property("eps", 0.5, nearly_constant, "images that vary no more than the square root of eps"),
        Property("inputs unharmed", 0.5, batch, "any batch", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="float32 answers use a seventh of it, where the variance is tiny; the nearest misconception (the "
        "unbiased variance) exceeds it 900 times",
    ),
    forbids=(
        "torch.nn.functional.group_norm",
        "torch.nn.functional.instance_norm",
        "torch.nn.functional.layer_norm",
        "torch.nn.functional.batch_norm",
        "torch.group_norm",
        "torch.nn.GroupNorm",
        "torch.nn.InstanceNorm2d",
        "torch.nn.LayerNorm",
    ),
    equivalent_mutants={
        "groups = x.reshape(N, num_groups, -2)": "to NumPy's reshape any negative length means the one that fits",
        "return gamma.reshape(C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)": "broadcasting adds the axis of length 1",
        "return gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(C, 1, 1)": "broadcasting adds the axis of length 1",
    },
    stuck="The example passes, the graded cell fails",
)


@question.accepts("loops over examples and groups")
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    y = np.zeros(x.shape)
    size = x.shape[1] // num_groups
    for n in range(x.shape[0]):
        for first in range(0, x.shape[1], size):
            group = x[n, first : first + size]
            x_hat = (group - group.mean()) / (group.var() + eps) ** 0.5
            for c in range(size):
                y[n, first + c] = gamma[first + c] * x_hat[c] + beta[first + c]
    return y


@question.accepts("splits the channels and puts the normalized pieces together")
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    pieces = []
    for piece in np.split(x, num_groups, axis=1):
        mean = piece.mean(axis=(1, 2, 3), keepdims=True)
        pieces.append((piece - mean) / np.sqrt(((piece - mean) ** 2).mean(axis=(1, 2, 3), keepdims=True) + eps))
    return np.concatenate(pieces, axis=1) * gamma[:, None, None] + beta[:, None, None]


@question.accepts("averages channels over their group with a matrix, variance as E[x^2] - E[x]^2")
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    C = x.shape[1]
    group = np.arange(C) // (C // num_groups)
    average = (group[:, None] == group[None, :]) / (C // num_groups)
    mean = x.mean(axis=(2, 3)) @ average
    var = (x**2).mean(axis=(2, 3)) @ average - mean**2
    scale = gamma / np.sqrt(var + eps)
    return np.einsum("nchw,nc->nchw", x, scale) + (beta - mean * scale)[:, :, None, None]


@question.accepts("in float32 through torch, in five axes")
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    import torch

    x, gamma, beta = (torch.tensor(a, dtype=torch.float32) for a in (x, gamma, beta))
    grouped = x.unflatten(1, (num_groups, -1))
    var, mean = torch.var_mean(grouped, dim=(2, 3, 4), correction=0, keepdim=True)
    x_hat = ((grouped - mean) * torch.rsqrt(var + eps)).flatten(1, 2)
    return x_hat * gamma.view(1, -1, 1, 1) + beta.view(1, -1, 1, 1)


question.misconception(
    "groups_of_that_size",
    "You read num_groups as the number of channels in a group. It is the number of groups.",
    seen="a discussion of 'group size of 8' against 'num_groups = 8' in a segmentation project on GitHub",
    replace=("x.reshape(N, num_groups, -1)", "x.reshape(N, C // num_groups, -1)"),
)
question.misconception(
    "every_other_channel",
    "Your groups take every so-many-th channel. A group is a run of neighbouring channels: with 6 channels in 2 "
    "groups, channels 0, 1, 2 and channels 3, 4, 5.",
    seen="channels reshaped to (size, groups) instead of (groups, size); compare tensorflow/addons#751",
    replace=(
        "groups = x.reshape(N, num_groups, -1)",
        "groups = x.reshape(N, -1, num_groups, H, W).swapaxes(1, 2)\n"
        "    shuffled = groups.shape\n"
        "    groups = groups.reshape(N, num_groups, -1)\n"
        "    mean = groups.mean(axis=2, keepdims=True)\n"
        "    var = groups.var(axis=2, keepdims=True)\n"
        "    x_hat = ((groups - mean) / np.sqrt(var + eps)).reshape(shuffled).swapaxes(1, 2).reshape(x.shape)\n"
        "    return gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)",
    ),
)
question.misconception(
    "over_the_batch",
    "You averaged over the examples too. Group normalization treats each example alone: that is what makes it the same "
    "in training and in use.",
    seen="group normalization derived from a batch-normalization layer",
    source="""
    def group_norm(x, num_groups, gamma, beta, eps=1e-5):
        N, C, H, W = x.shape
        groups = x.reshape(N, num_groups, -1)
        mean = groups.mean(axis=(0, 2), keepdims=True)
        var = groups.var(axis=(0, 2), keepdims=True)
        x_hat = ((groups - mean) / np.sqrt(var + eps)).reshape(x.shape)
        return gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)
    """,
)
question.misconception(
    "over_all_groups",
    "You averaged over all groups of an example at once. Each group has a mean and a variance of its own.",
    seen="brainpy/BrainPy#765: the group axis among the axes that are averaged",
    source="""
    def group_norm(x, num_groups, gamma, beta, eps=1e-5):
        C = x.shape[1]
        mean = x.mean(axis=(1, 2, 3), keepdims=True)
        var = x.var(axis=(1, 2, 3), keepdims=True)
        return gamma.reshape(1, C, 1, 1) * (x - mean) / np.sqrt(var + eps) + beta.reshape(1, C, 1, 1)
    """,
)
question.misconception(
    "channel_by_channel",
    "You normalized each channel by itself. That is instance normalization: the channels of a group share one mean and "
    "one variance.",
    seen="groups reshaped to five axes, of which only the pixels are averaged",
    source="""
    def group_norm(x, num_groups, gamma, beta, eps=1e-5):
        C = x.shape[1]
        mean = x.mean(axis=(2, 3), keepdims=True)
        var = x.var(axis=(2, 3), keepdims=True)
        return gamma.reshape(1, C, 1, 1) * (x - mean) / np.sqrt(var + eps) + beta.reshape(1, C, 1, 1)
    """,
)
question.misconception(
    "pixel_by_pixel",
    "You took a mean for each pixel, over the channels of a group. Average over the pixels too.",
    seen="a PyTorch forum thread that expects LayerNorm over channels to equal GroupNorm(1, C)",
    source="""
    def group_norm(x, num_groups, gamma, beta, eps=1e-5):
        N, C, H, W = x.shape
        groups = x.reshape(N, num_groups, C // num_groups, H, W)
        mean = groups.mean(axis=2, keepdims=True)
        var = groups.var(axis=2, keepdims=True)
        x_hat = ((groups - mean) / np.sqrt(var + eps)).reshape(x.shape)
        return gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)
    """,
)
question.misconception(
    "batch_norm",
    "You normalized each channel over the batch: that is batch normalization, and num_groups plays no part in it.",
    seen="batch normalization handed in again",
    source="""
    def group_norm(x, num_groups, gamma, beta, eps=1e-5):
        C = x.shape[1]
        mean = x.mean(axis=(0, 2, 3), keepdims=True)
        var = x.var(axis=(0, 2, 3), keepdims=True)
        return gamma.reshape(1, C, 1, 1) * (x - mean) / np.sqrt(var + eps) + beta.reshape(1, C, 1, 1)
    """,
)
question.misconception(
    "one_scale_per_group",
    "You used one gamma and one beta per group, the first ones. There is one of each per channel.",
    seen="apache/mxnet#17139 and Oneflow-Inc/oneflow#4848: gamma and beta of length num_groups",
    replace=(
        "return gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)",
        "each = lambda v: np.repeat(v[:num_groups], C // num_groups).reshape(1, C, 1, 1)\n"
        "    return each(gamma) * x_hat + each(beta)",
    ),
)
question.misconception(
    "unbiased_variance",
    "You divided by the count minus one. Use the biased variance here: divide by the count.",
    seen="torch.std and torch.var, which are unbiased by default",
    replace=("groups.var(axis=2, keepdims=True)", "groups.var(axis=2, keepdims=True, ddof=1)"),
)
question.misconception(
    "no_root",
    "You divided by the variance. Divide by its square root, the standard deviation.",
    seen="a slip in hand-written layers",
    replace=("np.sqrt(var + eps)", "(var + eps)"),
)
question.misconception(
    "eps_outside_root",
    "You added eps to the standard deviation. It belongs under the root, added to the variance.",
    seen="common in normalization layers written from scratch",
    replace=("np.sqrt(var + eps)", "(np.sqrt(var) + eps)"),
)
question.misconception(
    "eps_left_out",
    "You left eps out. A group that hardly varies is then divided by almost nothing.",
    seen="the formula as printed in many summaries has no eps",
    replace=("np.sqrt(var + eps)", "np.sqrt(var)"),
)
question.misconception(
    "scale_and_shift_forgotten",
    "You returned the normalized values without gamma and beta.",
    seen="the last line of the transform left out",
    replace=("return gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)", "return x_hat"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote them into x: a reshaped array shares its numbers with x. Return a new array "
    "and leave the input as it was.",
    seen="groups -= mean, on a view",
    replace=(
        "x_hat = ((groups - mean) / np.sqrt(var + eps)).reshape(x.shape)",
        "groups -= mean; groups /= np.sqrt(var + eps); x_hat = x",
    ),
)
