"""truncated_normal: a normal distribution without its tails; clipping shows as mass at the bounds."""

import math

import numpy as np

from autograder.question import Question, Tolerance
from autograder.reference import initialization as reference

from . import distributions as tests


def shape(rng):
    n = int(rng.integers(230, 290))
    return (2 * n + int(rng.integers(1, 40)), n)


def uneven(rng):
    """One bound nearer to the mean than the other; mean, deviation and bounds far from their defaults."""
    mean, std = float(rng.uniform(0.5, 1) * rng.choice([-1, 1])), float(rng.uniform(1.6, 2.4))
    near, far = rng.uniform(0.5, 0.7) * std, rng.uniform(1.4, 1.6) * std
    return {"shape": shape(rng), "seed": tests.seed(rng), "mean": mean, "std": std, "a": mean - near, "b": mean + far}


def defaults(rng):
    return {"shape": shape(rng), "seed": tests.seed(rng)}


def beside(rng):
    """Both bounds on one side of the mean."""
    mean, std = float(rng.uniform(-1, 1)), float(rng.uniform(0.3, 0.6))
    a, b = mean + rng.uniform(0.2, 0.4) * std, mean + rng.uniform(1.5, 2) * std
    return {"shape": shape(rng), "seed": tests.seed(rng), "mean": mean, "std": std, "a": float(a), "b": float(b)}


def small(rng):
    return {"shape": (4, int(rng.integers(5, 8))), "seed": tests.seed(rng)}


def law(inputs):
    mean, std, a, b = (inputs.get(k, v) for k, v in {"mean": 0.0, "std": 1.0, "a": -2.0, "b": 2.0}.items())
    low, high = (a - mean) / std, (b - mean) / std
    mass = float(reference.normal_cdf(high) - reference.normal_cdf(low))
    density = [math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) for z in (low, high)]
    shift = (density[0] - density[1]) / mass  # of the mean, in deviations
    variance = 1 + (low * density[0] - high * density[1]) / mass - shift**2
    return {
        "shape": inputs["shape"],
        "cdf": tests.truncated_cdf(mean, std, a, b),
        "std": std * math.sqrt(variance),
        "mean": mean + std * shift,
        "bounds": (a, b),
    }


question = Question(
    name="truncated_normal",
    assignment="05_initialization",
    reference=reference.truncated_normal,
    probe=tests.draw,
    result_name="the weights",
    properties=[
        tests.drawn(
            law, "distribution", 2, uneven, "more than 100000 weights, the mean nearer to one bound than to the other"
        ),
        tests.drawn(
            law, "defaults", 0.5, defaults, "more than 100000 weights with the default mean, deviation and bounds"
        ),
        tests.drawn(law, "beside the mean", 1, beside, "more than 100000 weights, both bounds on one side of the mean"),
        tests.drawn_again(0.5, small),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="only what is true or false is compared; else see distributions.py"),
    forbids=("torch.nn.init.trunc_normal_", "scipy.stats.truncnorm"),
    equivalent_mutants={
        "outside = (w <= a) | (w > b)": "a draw falls on a bound with probability 0",
        "outside = (w < a) | (w >= b)": "a draw falls on a bound with probability 0",
    },
    stuck="The distribution of my weights is off",
)


@question.accepts("draws too many, keeps the first that lie within")
def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    size, kept = math.prod(shape), []
    while sum(map(len, kept)) < size:
        w = mean + std * rng.standard_normal(2 * size)
        kept.append(w[np.logical_and(a <= w, w <= b)])
    return np.concatenate(kept)[:size].reshape(shape)


@question.accepts("inverts the distribution function, interpolated on a fine grid")
def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    x = np.linspace(a, b, 20001)
    density = np.exp(-0.5 * ((x - mean) / std) ** 2)
    cumulative = np.append(0, np.cumsum((density[1:] + density[:-1]) / 2))
    return np.interp(rng.random(shape), cumulative / cumulative[-1], x)


@question.accepts("uniform proposals, accepted by the density; float32")
def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    w = np.full(shape, np.nan, dtype=np.float32)
    while np.isnan(w).any():
        proposal = rng.uniform(a, b, shape)
        peak = ((min(max(mean, a), b) - mean) / std) ** 2
        accepted = rng.random(shape) < np.exp((peak - ((proposal - mean) / std) ** 2) / 2)
        w = np.where(np.isnan(w) & accepted, proposal, w)
    return w.astype(np.float32).clip(np.float32(a), np.float32(b))


@question.accepts("through torch's inverse error function, seeded from rng")
def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    import torch

    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    low, high = (math.erf((v - mean) / std / math.sqrt(2)) for v in (a, b))
    u = torch.empty(tuple(shape), dtype=torch.float64).uniform_(low, high, generator=generator)
    return (mean + std * math.sqrt(2) * torch.erfinv(u)).clamp(a, b)


question.misconception(
    "clipped",
    "You clipped: what fell outside sits on the bounds now, a good part of all weights. Draw such numbers again.",
    seen="clip or clamp taken for truncation",
    replace=(
        "while outside.any():\n"
        "        w[outside] = rng.normal(mean, std, size=outside.sum())\n"
        "        outside = (w < a) | (w > b)",
        "w = np.clip(w, a, b)",
    ),
)
question.misconception(
    "not_truncated",
    "You didn't truncate: some weights lie outside the bounds.",
    seen="a and b taken and never used",
    replace=("while outside.any():", "while False:"),
)
question.misconception(
    "redrawn_once",
    "You drew again only once. Some of the new numbers lie outside too: go on until none does.",
    seen="if where while was needed",
    replace=("while outside.any():", "if outside.any():"),
)
question.misconception(
    "bounds_in_deviations",
    "You took a and b for numbers of deviations from the mean. That is the convention of other libraries; here, as in "
    "torch, they are values.",
    seen="scipy/scipy#18477 and foundation-model-stack/foundation-model-stack#289; JAX counts so too",
    convention=True,
    replace=(
        "w = rng.normal(mean, std, size=shape)",
        "w = rng.normal(mean, std, size=shape); a, b = mean + a * std, mean + b * std",
    ),
)
question.misconception(
    "bounds_from_the_mean",
    "You counted a and b from the mean. They are values of the weights themselves.",
    seen="bounds read as distances",
    replace=(
        "w = rng.normal(mean, std, size=shape)",
        "w = rng.normal(mean, std, size=shape); a, b = mean + a, mean + b",
    ),
)
question.misconception(
    "outside_to_the_mean",
    "You set what fell outside to one value. Draw such numbers again, each on its own.",
    seen="np.where(outside, mean, w)",
    replace=(
        "while outside.any():\n"
        "        w[outside] = rng.normal(mean, std, size=outside.sum())\n"
        "        outside = (w < a) | (w > b)",
        "w = np.where(outside, min(max(mean, a), b), w)",
    ),
)
question.misconception(
    "redrawn_uniformly",
    "You drew what fell outside again, but from a uniform distribution. Draw from the same normal distribution.",
    seen="rng.uniform(a, b) as a quick repair",
    replace=("w[outside] = rng.normal(mean, std, size=outside.sum())", "w[outside] = rng.uniform(a, b, outside.sum())"),
)
question.misconception(
    "uniform",
    "You drew from a uniform distribution between the bounds. Within them, the weights should still be normal.",
    seen="bounds taken for all there is to know",
    replace=("w = rng.normal(mean, std, size=shape)", "w = rng.uniform(a, b, size=shape)"),
)
question.misconception(
    "variance_for_deviation",
    "You drew with std squared as the deviation. std is the standard deviation itself.",
    seen="tensorflow/tfjs-core#434, which mends it",
    source="""
    def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
        w = rng.normal(mean, std**2, size=shape)
        outside = (w < a) | (w > b)
        while outside.any():
            w[outside] = rng.normal(mean, std**2, size=outside.sum())
            outside = (w < a) | (w > b)
        return w
    """,
)
question.misconception(
    "upper_bound_only",
    "Weights below a are left. Both tails are cut.",
    seen="one comparison forgotten",
    source="""
    def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
        w = rng.normal(mean, std, size=shape)
        while (w > b).any():
            w[w > b] = rng.normal(mean, std, size=(w > b).sum())
        return w
    """,
)
question.misconception(
    "own_generator",
    "Your weights don't come from rng, so that nobody can repeat them. Draw them with rng's own methods.",
    seen="np.random.normal, beside a generator that is handed in",
    replace=("w = rng.normal(", "rng = np.random\n    w = rng.normal("),
)
