"""dirac: a convolution that passes its input on, group by group."""

import numpy as np

from autograder.question import Property, Question, Tolerance
from autograder.reference import initialization as reference


def layer(rng):
    """As many outputs as inputs; a kernel with two axes of different odd lengths."""
    c = int(rng.integers(3, 6))
    return {"shape": (c, c, *rng.permutation([3, 5, 7])[:2].tolist())}


def more_outputs(rng):
    c = int(rng.integers(2, 4))
    return {"shape": (2 * c + int(rng.integers(1, 3)), c, 5)}


def more_inputs(rng):
    c = int(rng.integers(2, 4))
    return {"shape": (c, 2 * c + int(rng.integers(1, 3)), 5, 3, 7)}


def groups(rng):
    """Two or three groups, with more outputs than inputs in each."""
    g, c = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    return {"shape": (g * (c + 2), c, 3, 5), "groups": g}


def even(rng):
    """Kernels of even lengths, which have no middle."""
    c = int(rng.integers(2, 5))
    return {"shape": (c, c, *rng.permutation([4, 6]).tolist())}


question = Question(
    name="dirac",
    assignment="05_initialization",
    reference=reference.dirac,
    result_name="the weight",
    properties=[
        Property("value", 1.5, layer, "as many outputs as inputs, with a kernel of two axes"),
        Property("more outputs", 0.5, more_outputs, "more outputs than inputs, with a kernel of one axis"),
        Property("more inputs", 0.5, more_inputs, "more inputs than outputs, with a kernel of three axes"),
        Property("groups", 1, groups, "two or three groups"),
        Property("even kernels", 0.5, even, "kernels of even lengths"),
    ],
    tolerance=Tolerance(rtol=0.0, atol=1e-6, why="zeros and ones are exact"),
    forbids=("torch.nn.init.dirac_",),
    optional=True,
    stuck="My convolution changes its input",
)


@question.accepts("an identity per group, put in the middle")
def dirac(shape, groups=1):
    w = np.zeros(shape)
    middle = tuple(k // 2 for k in shape[2:])
    w[(slice(None), slice(None), *middle)] = np.tile(np.eye(shape[0] // groups, shape[1]), (groups, 1))
    return w


@question.accepts("asks of every output which input it passes on")
def dirac(shape, groups=1):
    w = np.zeros(shape, dtype=np.float32)
    for out in range(shape[0]):
        d = out % (shape[0] // groups)
        if d < shape[1]:
            w[out, d][tuple(n // 2 for n in shape[2:])] = 1
    return w


@question.accepts("an outer product of the channels' identity and the kernel's peak")
def dirac(shape, groups=1):
    kernel = np.ones(())
    for k in shape[2:]:
        kernel = np.multiply.outer(kernel, np.arange(k) == k // 2)
    channels = np.concatenate([np.eye(shape[0] // groups, shape[1])] * groups)
    return np.multiply.outer(channels, kernel)


@question.accepts("through torch, on the flattened kernel; returns a tensor")
def dirac(shape, groups=1):
    import torch

    w = torch.zeros(*shape)
    position = np.ravel_multi_index(tuple(k // 2 for k in shape[2:]), tuple(shape[2:]))
    flat = w.view(groups, shape[0] // groups, shape[1], -1)
    for group in flat:
        group[:, :, position].fill_diagonal_(1)
    return w


question.misconception(
    "in_the_corner",
    "You put the 1 in the kernel's first corner: the convolution shifts its input. It belongs in the middle.",
    seen="index 0 taken for the centre",
    replace=("centre = tuple(k // 2 for k in shape[2:])", "centre = tuple(0 for k in shape[2:])"),
)
question.misconception(
    "other_middle",
    "In a kernel of even length you took the earlier of the two middle positions. Both would do; the question, like "
    "torch, takes index k // 2.",
    seen="(k - 1) // 2 as the middle",
    convention=True,
    replace=("k // 2", "(k - 1) // 2"),
)
question.misconception(
    "first_axis_for_all",
    "You took the middle of the kernel's first axis for all axes. Each axis has its own.",
    seen="size // 2 for square kernels",
    replace=(
        "centre = tuple(k // 2 for k in shape[2:])",
        "centre = tuple(min(shape[2] // 2, k - 1) for k in shape[2:])",
    ),
)
question.misconception(
    "whole_kernel",
    "You filled whole kernels with ones. That sums over the neighbourhood; a single 1 in the middle passes it on.",
    seen="w[d, d] = 1, which sets every position of the kernel",
    replace=("w[(g * each + d, d, *centre)] = 1.0", "w[g * each + d, d] = 1.0"),
)
question.misconception(
    "average",
    "You averaged over the kernel. That blurs; a single 1 in the middle passes the input on.",
    seen="1 / (kh * kw) in every position",
    replace=("w[(g * each + d, d, *centre)] = 1.0", "w[g * each + d, d] = 1.0 / math.prod(shape[2:])"),
)
question.misconception(
    "all_channels",
    "Every output sums over all channels. Output d passes on channel d alone.",
    seen="the middle of every kernel set to 1",
    replace=("w[(g * each + d, d, *centre)] = 1.0", "w[(g * each + d, slice(None), *centre)] = 1.0"),
)
question.misconception(
    "groups_ignored",
    "You ignored the groups: only the first group's channels are passed on. Each group starts again with its own.",
    seen="pytorch/pytorch#32825, before which torch did so",
    replace=("for g in range(groups):", "groups, each = 1, shape[0]\n    for g in range(groups):"),
)
question.misconception(
    "groups_interleaved",
    "You took every so-many-th output for a group. A group's outputs are neighbours.",
    seen="d * groups + g for g * each + d",
    replace=("w[(g * each + d, d, *centre)]", "w[(d * groups + g, d, *centre)]"),
)
question.misconception(
    "channels_again",
    "With more outputs than inputs you passed the channels on a second time. The outputs without a partner stay 0.",
    seen="d % shape[1], to leave no output empty",
    replace=(
        "for d in range(min(each, shape[1])):\n            w[(g * each + d, d, *centre)] = 1.0",
        "for d in range(each):\n            w[(g * each + d, d % shape[1], *centre)] = 1.0",
    ),
)
question.misconception(
    "on_the_kernels_diagonal",
    "You put an identity into the kernels, not between the channels. Output d passes on channel d, at the kernel's "
    "middle.",
    seen="np.eye(k) in every kernel",
    source="""
    def dirac(shape, groups=1):
        w = np.zeros(shape)
        for i in range(min(shape[2:])):
            w[(slice(None), slice(None), *[i] * len(shape[2:]))] = 1.0
        return w
    """,
)
