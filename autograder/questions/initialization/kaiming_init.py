"""kaiming_init: normal weights for ReLU networks; judged by tests of their distribution."""

import math

import numpy as np

from autograder.question import Question, Tolerance
from autograder.reference import initialization as reference

from . import distributions as tests


def matrix(rng):
    """Fans that differ by more than 2; 100000 to 170000 weights; the default slope and mode."""
    fan_in = int(rng.integers(190, 230))
    return {"shape": (3 * fan_in + int(rng.integers(1, 40)), fan_in), "seed": tests.seed(rng)}


def convolution(rng):
    """A kernel that isn't square; both channel counts differ."""
    c = int(rng.integers(48, 56))
    return {"shape": (3 * c, c, 3, 5), "seed": tests.seed(rng)}


def slope(rng):
    """A slope above 1, rarely used but allowed: there 1 + a, 1 + a^2 and 1 are far apart."""
    fan_in = int(rng.integers(190, 230))
    return {"shape": (3 * fan_in, fan_in), "seed": tests.seed(rng), "a": float(rng.uniform(1.8, 2.5))}


def fan_out(rng):
    return convolution(rng) | {"a": 0.0, "mode": "fan_out"}


def small(rng):
    return {"shape": (int(rng.integers(5, 8)), 4), "seed": tests.seed(rng)}


def law(inputs):
    std = reference.kaiming_std(inputs["shape"], inputs.get("a", 0.0), inputs.get("mode", "fan_in"))
    return {"shape": inputs["shape"], "cdf": tests.centred_normal_cdf(std), "std": std}


question = Question(
    name="kaiming_init",
    assignment="05_initialization",
    reference=reference.kaiming_normal,
    probe=tests.draw,
    result_name="the weights",
    properties=[
        tests.drawn(law, "distribution", 1.5, matrix, "a matrix of more than 100000 weights, for ReLU"),
        tests.drawn(law, "convolution", 1, convolution, "a convolution with more than 100000 weights, for ReLU"),
        tests.drawn(law, "slope", 1, slope, "a matrix for a leaky ReLU"),
        tests.drawn(law, "mode", 0.5, fan_out, 'a convolution with mode="fan_out"'),
        tests.drawn_again(1, small),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="only what is true or false is compared; else see distributions.py"),
    forbids=("torch.nn.init.kaiming_normal_", "torch.nn.init.kaiming_uniform_"),
    equivalent_mutants={
        f'def kaiming_init(shape, rng, a=0.0, mode="{other}"):': "any mode but fan_out means fan_in here"
        for other in ("XXfan_inXX", "FAN_IN")
    },
    stuck={"convolution": "My fans are off", "": "The distribution of my weights is off"},
)


@question.accepts("a fan by name, standard normals in float32")
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    out_channels, in_channels, *kernel = shape
    fans = {"fan_in": in_channels * int(np.prod(kernel)), "fan_out": out_channels * int(np.prod(kernel))}
    gain = np.sqrt(2 / (1 + a**2))
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(gain / np.sqrt(fans[mode]))


@question.accepts("one output at a time")
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    weights = np.empty(shape)
    fan = weights[0].size if mode == "fan_in" else weights[:, 0].size
    for out in range(shape[0]):
        weights[out] = rng.normal(loc=0.0, scale=(2 / ((1 + a * a) * fan)) ** 0.5, size=shape[1:])
    return weights


@question.accepts("Box and Muller's normal numbers from uniform ones")
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    size = math.prod(shape)
    radius = np.sqrt(-2 * np.log(1 - rng.random(size)))
    z = (radius * np.cos(2 * np.pi * rng.random(size))).reshape(shape)
    fan = size / shape[0] if mode == "fan_in" else size / shape[1]
    return math.sqrt(2 / (1 + a**2) / fan) * z


@question.accepts("through torch, seeded from rng")
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    import torch

    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    weights = torch.empty(tuple(shape))
    fan = weights[0].numel() if mode == "fan_in" else weights[:, 0].numel()
    return weights.normal_(0, (2.0 / (1 + a**2)) ** 0.5 / fan**0.5, generator=generator)


question.misconception(
    "xavier_variance",
    "Your variance is 1 over the fan. ReLU throws away half of the signal's square, so it has to be twice that.",
    seen="Xavier's argument kept for ReLU; He et al. (2015) is about that factor of 2",
    replace=("math.sqrt(2 / (1 + a**2))", "math.sqrt(1 / (1 + a**2))"),
)
question.misconception(
    "both_fans",
    "You used the mean of both fans. Kaiming's rule takes one of them, the one that mode names.",
    seen="Xavier's fans with Kaiming's factor",
    replace=('fan = shape[0] if mode == "fan_out" else shape[1]', "fan = (shape[0] + shape[1]) / 2"),
)
question.misconception(
    "variance_as_deviation",
    "You drew with the variance where the standard deviation belongs. Take the root.",
    seen="rng.normal(0, 2 / fan_in): NumPy's and torch's normal take the deviation",
    replace=("std = gain / math.sqrt(fan * kernel)", "std = gain**2 / (fan * kernel)"),
)
question.misconception(
    "gain_squared",
    "You multiplied by 2 where its root belongs: the gain scales the deviation, and 2 is the factor of the variance.",
    seen="2 / sqrt(fan_in)",
    replace=("std = gain /", "std = gain**2 /"),
)
question.misconception(
    "swapped_fans",
    "You exchanged the fans. The first axis of a weight belongs to the outputs: fan_in comes from all the others.",
    seen="fan_in, fan_out = shape[0], shape[1], as in libraries that multiply x @ W",
    convention=True,
    replace=('if mode == "fan_out"', 'if mode == "fan_in"'),
)
question.misconception(
    "mode_ignored",
    "You ignored mode. With fan_out, it is the way back that keeps its size.",
    seen="a parameter that is never used",
    replace=('fan = shape[0] if mode == "fan_out" else shape[1]', "fan = shape[1]"),
)
question.misconception(
    "kernel_forgotten",
    "You left the kernel out of the fan. An output of a convolution sums over every position of the kernel, in every "
    "channel.",
    seen="fan_in = shape[1], written for linear layers and used for convolutions",
    replace=("kernel = math.prod(shape[2:])", "kernel = 1"),
)
question.misconception(
    "square_kernel",
    "You squared the kernel's first length. Its axes may differ in length: multiply them.",
    seen="k * k * channels in hand-written initializations",
    replace=("kernel = math.prod(shape[2:])", "kernel = shape[2] ** 2 if len(shape) > 2 else 1"),
)
question.misconception(
    "slope_ignored",
    "You ignored the slope a. A leaky ReLU lets some of the negative half through, so the weights can be smaller.",
    seen="sqrt(2 / fan_in) for every activation",
    replace=("math.sqrt(2 / (1 + a**2))", "math.sqrt(2)"),
)
question.misconception(
    "slope_not_squared",
    "You didn't square the slope. What counts is the mean of the square, so the negative half contributes the slope "
    "squared.",
    seen="sqrt(2 / (1 + a)) in blog posts",
    replace=("(1 + a**2)", "(1 + a)"),
)
question.misconception(
    "uniform",
    "You drew from a uniform distribution. Its variance is right, but the weights should be normal.",
    seen="kaiming_uniform for kaiming_normal",
    convention=True,
    replace=("rng.normal(0, std, size=shape)", "rng.uniform(-math.sqrt(3) * std, math.sqrt(3) * std, size=shape)"),
)
question.misconception(
    "one_sided",
    "Your weights are never negative. They should be normal, with mean 0.",
    seen="absolute values, so that ReLUs are alive at the start",
    replace=("rng.normal(0, std, size=shape)", "np.abs(rng.normal(0, std, size=shape))"),
)
question.misconception(
    "own_generator",
    "Your weights don't come from rng, so that nobody can repeat them. Draw them with rng's own methods.",
    seen="np.random.randn, beside a generator that is handed in",
    replace=("rng.normal(", "np.random.normal("),
)
question.misconception(
    "own_seed",
    "You made a generator with a seed of your own, so that every layer gets the same weights. Draw them from rng.",
    seen="np.random.default_rng(0) inside the function",
    replace=("rng.normal(", "np.random.default_rng(0).normal("),
)
