"""fan_in_and_fan_out: how many numbers meet in an output, for linear layers and convolutions."""

import numpy as np

from autograder.question import Property, Question, Tolerance
from autograder.reference import initialization as reference


def linear(rng):
    i = int(rng.integers(5, 30))
    return {"in_channels": i, "out_channels": i + int(rng.integers(3, 20))}


def convolution(rng):
    """Kernel axes of different lengths, none of them 1 or 2."""
    return linear(rng) | {"kernel_size": tuple(int(k) for k in rng.permutation([3, 4, 5, 7])[:2])}


def line(rng):
    return linear(rng) | {"kernel_size": (int(rng.integers(3, 8)),)}


def volume(rng):
    return linear(rng) | {"kernel_size": tuple(int(k) for k in rng.permutation([3, 4, 5, 7])[:3])}


def groups(rng):
    g, each = int(rng.integers(2, 5)), int(rng.integers(5, 9))
    kernel = tuple(int(k) for k in rng.permutation([3, 5, 7])[:2])
    return {"in_channels": g * each, "out_channels": g * (each + 3), "kernel_size": kernel, "groups": g}


question = Question(
    name="fan_in_and_fan_out",
    assignment="05_initialization",
    reference=reference.fan_in_and_fan_out,
    outputs=("fan_in", "fan_out"),
    properties=[
        Property("convolutions", 0.75, convolution, "a convolution of images, with a kernel of two axes"),
        Property("linear layers", 0.75, linear, "a linear layer"),
        Property("one axis", 0.25, line, "a convolution along one axis"),
        Property("three axes", 0.25, volume, "a convolution with a kernel of three axes"),
        Property("groups", 1, groups, "a convolution with groups"),
    ],
    tolerance=Tolerance(rtol=0.0, atol=1e-3, why="whole numbers; as floats they are exact too"),
    forbids=("torch.nn.init._calculate_fan_in_and_fan_out", "torch.nn.init._calculate_correct_fan"),
    equivalent_mutants={
        "return in_channels / groups * kernel, out_channels * kernel": "a whole number, as a float",
    },
    stuck="My fans are off",
)


@question.accepts("from the shape of the weight")
def fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1):
    shape = (out_channels, in_channels // groups, *kernel_size)
    return int(np.prod(shape[1:])), int(np.prod(shape)) // shape[1]


@question.accepts("a loop over the kernel's axes")
def fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1):
    fan_in, fan_out = in_channels / groups, float(out_channels)
    for k in kernel_size:
        fan_in, fan_out = fan_in * k, fan_out * k
    return [fan_in, fan_out]


@question.accepts("recursion")
def fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1):
    if not kernel_size:
        return in_channels // groups, out_channels
    return tuple(kernel_size[0] * f for f in fan_in_and_fan_out(in_channels, out_channels, kernel_size[1:], groups))


@question.accepts("counts the elements of an empty weight in torch")
def fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1):
    import torch

    weight = torch.empty(out_channels, in_channels // groups, *kernel_size)
    return weight[0].numel(), weight.transpose(0, 1)[0].numel()


question.misconception(
    "swapped",
    "You returned fan_out before fan_in.",
    seen="a weight of shape (out, in) read from left to right",
    replace=(
        "return in_channels // groups * kernel, out_channels * kernel",
        "return out_channels * kernel, in_channels // groups * kernel",
    ),
)
question.misconception(
    "kernel_forgotten",
    "You left the kernel out. An output of a convolution sums over every position of the kernel, in every channel.",
    seen="fan_in = shape[1], written for linear layers and used for convolutions",
    replace=("kernel = math.prod(kernel_size)", "kernel = 1"),
)
question.misconception(
    "square_kernel",
    "You squared the kernel's first length. Kernels may have one axis, or three, or axes of different lengths: "
    "multiply all of them.",
    seen="k * k * channels in hand-written initializations",
    replace=("kernel = math.prod(kernel_size)", "kernel = kernel_size[0] ** 2 if kernel_size else 1"),
)
question.misconception(
    "kernel_added",
    "You added the kernel's lengths. A kernel of 3 by 5 has 15 positions: multiply them.",
    seen="sum where prod was meant",
    replace=("kernel = math.prod(kernel_size)", "kernel = sum(kernel_size) or 1"),
)
question.misconception(
    "kernel_for_fan_in_only",
    "Your fan_out lacks the kernel. An input number goes into an output position for every position of the kernel.",
    seen="keras-team/keras#2252, which corrects it",
    replace=("out_channels * kernel", "out_channels"),
)
question.misconception(
    "groups_ignored",
    "You ignored the groups. Each output sees only the input channels of its own group.",
    seen="ml-explore/mlx#4536: grouped convolutions initialized with the ungrouped fan",
    replace=("in_channels // groups * kernel", "in_channels * kernel"),
)
question.misconception(
    "fan_out_divided",
    "You divided fan_out by the groups too. That is how many outputs one input really reaches, and some libraries "
    "count so; torch doesn't, and neither does this question.",
    seen="pytorch/pytorch#23854 and huggingface/pytorch-image-models#84, which ask for it",
    convention=True,
    replace=("out_channels * kernel", "out_channels // groups * kernel"),
)
question.misconception(
    "groups_multiplied",
    "You multiplied by the groups. A group is a part of the channels, so it makes the sum shorter: divide.",
    seen="a grouped weight's second axis taken for the number of groups",
    replace=("in_channels // groups * kernel", "in_channels * groups * kernel"),
)
question.misconception(
    "bias_counted",
    "You counted the bias as an input. Only the weights' inputs count.",
    seen="fan_in + 1, as when the bias is a weight of a constant input",
    replace=("return in_channels // groups * kernel,", "return in_channels // groups * kernel + 1,"),
)
question.misconception(
    "all_weights",
    "You returned the number of all weights as fan_in. It counts the weights of one output.",
    seen="weight.numel() as a fan",
    replace=("return in_channels // groups * kernel,", "return in_channels // groups * kernel * out_channels,"),
)
