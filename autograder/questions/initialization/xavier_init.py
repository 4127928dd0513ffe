"""xavier_init: uniform weights whose deviation balances both directions; judged by tests of their distribution."""

import math

import numpy as np

from autograder.question import Question, Tolerance
from autograder.reference import initialization as reference

from . import distributions as tests


def plain(rng):
    """Twice as many outputs as inputs, so that the two can't be mistaken; at least 100000 weights; the default gain."""
    fan_in = int(rng.integers(230, 290))
    return {"fan_in": fan_in, "fan_out": 2 * fan_in + int(rng.integers(1, 40)), "seed": tests.seed(rng)}


def with_gain(rng):
    """More inputs than outputs, and a gain well away from 1."""
    fan_out = int(rng.integers(230, 290))
    fan_in = 2 * fan_out + int(rng.integers(1, 40))
    return {"fan_in": fan_in, "fan_out": fan_out, "seed": tests.seed(rng), "gain": float(rng.uniform(1.5, 2.5))}


def small(rng):
    return {"fan_in": 4, "fan_out": int(rng.integers(5, 8)), "seed": tests.seed(rng)}


def law(inputs):
    shape = (inputs["fan_out"], inputs["fan_in"])
    std = reference.xavier_std(shape, inputs.get("gain", 1.0))
    b = math.sqrt(3) * std
    return {"shape": shape, "cdf": tests.uniform_cdf(b), "std": std, "bounds": (-b, b)}


def by_reference(fan_in, fan_out, rng, gain=1.0):
    return reference.xavier_uniform((fan_out, fan_in), rng, gain)


question = Question(
    name="xavier_init",
    assignment="05_initialization",
    reference=by_reference,
    probe=tests.draw,
    result_name="the weights",
    properties=[
        tests.drawn(law, "distribution", 2, plain, "a matrix of more than 100000 weights, with the default gain"),
        tests.drawn(law, "gain", 1, with_gain, "a matrix of more than 100000 weights, with a gain"),
        tests.drawn_again(1, small),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="only what is true or false is compared; else see distributions.py"),
    forbids=("torch.nn.init.xavier_uniform_", "torch.nn.init.xavier_normal_"),
    stuck="The distribution of my weights is off",
)


@question.accepts("row by row, in float32")
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    b = np.float32(gain * np.sqrt(6.0 / (fan_in + fan_out)))
    return np.stack([b * (2 * rng.random(fan_in, dtype=np.float32) - 1) for _ in range(fan_out)])


@question.accepts("transposed draws, with the sign drawn apart from the size")
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    std = gain * np.sqrt(2 / (fan_in + fan_out))
    size = rng.uniform(0, np.sqrt(3) * std, (fan_in, fan_out))
    return (size * rng.choice([-1, 1], (fan_in, fan_out))).T


@question.accepts("through torch, seeded from rng")
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    import torch

    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    b = gain * (6 / (fan_in + fan_out)) ** 0.5
    return torch.empty(fan_out, fan_in).uniform_(-b, b, generator=generator)


@question.accepts("standardized draws, scaled to the deviation; returned as a list of lists")
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    u = rng.integers(0, 2**53, size=fan_out * fan_in) / 2**53
    standard = (u - 0.5) * math.sqrt(12)
    variance = gain**2 / (0.5 * (fan_in + fan_out))
    return (standard * math.sqrt(variance)).reshape(fan_out, fan_in).tolist()


question.misconception(
    "deviation_as_bound",
    "You drew from plus or minus the standard deviation. A uniform distribution on [-b, b] has the deviation b over "
    "the root of 3, so the bound must be larger by that factor.",
    seen="sqrt(2 / (fan_in + fan_out)), right for a normal distribution, handed to rng.uniform",
    replace=("math.sqrt(6 / (fan_in + fan_out))", "math.sqrt(2 / (fan_in + fan_out))"),
)
question.misconception(
    "variance_as_deviation",
    "You scaled with the variance. Take its root: weights are scaled by their deviation.",
    seen="the square root lost between paper and code",
    replace=("math.sqrt(6 / (fan_in + fan_out))", "6 / (fan_in + fan_out)"),
)
question.misconception(
    "fan_in_only",
    "You used fan_in alone. Xavier's rule balances the way forward and the way back: it takes both fans.",
    seen="implementations called Xavier that scale by fan_in, as Caffe's does by default",
    convention=True,
    replace=("math.sqrt(6 / (fan_in + fan_out))", "math.sqrt(3 / fan_in)"),
)
question.misconception(
    "kaiming",
    "Your variance is 2 / fan_in. That is Kaiming's rule, for ReLU; Xavier's takes both fans.",
    seen="the two rules exchanged",
    replace=("math.sqrt(6 / (fan_in + fan_out))", "math.sqrt(6 / fan_in)"),
)
question.misconception(
    "sum_for_mean",
    "Your variance is half of what it should be: 1 over the sum of the fans. It is 1 over their mean.",
    seen="fan_in + fan_out read where the mean of the two is meant",
    replace=("math.sqrt(6 / (fan_in + fan_out))", "math.sqrt(3 / (fan_in + fan_out))"),
)
question.misconception(
    "normal",
    "You drew from a normal distribution. Its variance is right, but the weights should be uniform, within the bounds.",
    seen="xavier_normal for xavier_uniform",
    convention=True,
    replace=("rng.uniform(-b, b, size=(fan_out, fan_in))", "rng.normal(0, b / math.sqrt(3), size=(fan_out, fan_in))"),
)
question.misconception(
    "one_sided",
    "Your weights are never negative. The distribution reaches from -b to b.",
    seen="b * rng.random(...)",
    replace=("rng.uniform(-b, b,", "rng.uniform(0, b,"),
)
question.misconception(
    "gain_ignored",
    "You left the gain out. It multiplies the deviation of the weights.",
    seen="a parameter that is never used",
    replace=("gain * math.sqrt", "math.sqrt"),
)
question.misconception(
    "gain_under_the_root",
    "You put the gain under the root. It multiplies the deviation, not the variance.",
    seen="gain taken for a factor of the variance, as Keras's scale is",
    convention=True,
    replace=("gain * math.sqrt(6 / (fan_in + fan_out))", "math.sqrt(6 * gain / (fan_in + fan_out))"),
)
question.misconception(
    "gain_divides",
    "You divided by the gain. An activation that shrinks its input has a gain above 1, and needs larger weights.",
    seen="the gain taken for what the activation does, instead of for what makes up for it",
    replace=("gain * math.sqrt", "1 / gain * math.sqrt"),
)
question.misconception(
    "transposed",
    "Your matrix has the shape (fan_in, fan_out). Its rows belong to the outputs: (fan_out, fan_in).",
    seen="weights meant for x @ W",
    convention=True,
    replace=("size=(fan_out, fan_in)", "size=(fan_in, fan_out)"),
)
question.misconception(
    "own_generator",
    "Your weights don't come from rng, so that nobody can repeat them. Draw them with rng's own methods.",
    seen="np.random.uniform, beside a generator that is handed in",
    replace=("rng.uniform(", "np.random.uniform("),
)
question.misconception(
    "own_seed",
    "You made a generator with a seed of your own, so that every layer gets the same weights. Draw them from rng.",
    seen="np.random.default_rng(0) inside the function",
    replace=("rng.uniform(", "np.random.default_rng(0).uniform("),
)
