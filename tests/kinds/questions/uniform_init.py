"""uniform_init: a random function, judged by tests of its distribution instead of by its values."""

import math

import numpy as np

from autograder.question import Difference, Property, Question, Tolerance

# How large a deviation is tolerated. Let u = w / b be the n >= 100000 scaled weights of a right answer: independent
# and uniform on [-1, 1]. Each of these bounds holds for every n, and each is set to fail with probability ALPHA:
#   mean of u, which lies in [-1, 1]:   P(|mean| > t)          <= 2 exp(-n t^2 / 2)   (Hoeffding)
#   mean of u^2, which lies in [0, 1]:  P(|mean - 1/3| > t)    <= 2 exp(-2 n t^2)     (Hoeffding)
#   distribution function of u:         P(sup |F_n - F| > t)   <= 2 exp(-2 n t^2)     (Dvoretzky, Kiefer, Wolfowitz;
#                                                                                      the constant is Massart's)
#   mean of the products of neighbours, u_1 u_2, u_3 u_4, ..., which are n/2 independent values of mean 0 in [-1, 1]:
#                                       P(|mean| > t)          <= 2 exp(-n t^2 / 4)   (Hoeffding)
# |u| <= 1 always. Repeated values: in float32, the coarsest in use, a generator makes at least 2^23 different numbers,
# so each draw, whatever came before, repeats an earlier one with probability at most n / 2^23, which is below 0.024 for
# n <= 200000. That half of all draws do so has, by Chernoff's bound, a probability below exp(-1.1 n): never.
# A marking tries CASES matrices with four tests each: a right answer fails with probability 4 CASES ALPHA = 1e-9.
CASES = 2
ALPHA = 1e-9 / (4 * CASES)
ROUNDING = 1e-6  # a bound computed in float32 is off by 6e-8, relatively


def shapes(rng):
    """About twice as many units as inputs, so that the two can't be mistaken; 100000 to 200000 weights."""
    fan_in = int(rng.integers(230, 290))
    return {"fan_out": 2 * fan_in + int(rng.integers(1, 40)), "fan_in": fan_in, "seed": int(rng.integers(1, 10**6))}


def small(rng):
    return {"fan_out": 7, "fan_in": int(rng.integers(4, 7)), "seed": int(rng.integers(1, 10**6))}


def probe(answer, inputs):
    return answer(inputs["fan_out"], inputs["fan_in"], np.random.default_rng(inputs["seed"]))


def probe_rng(answer, inputs):
    """Whether the weights depend on the generator and on nothing else."""

    def draw(rng):
        return np.array(answer(inputs["fan_out"], inputs["fan_in"], rng), dtype=float)

    rng = np.random.default_rng(inputs["seed"])
    first, second = draw(rng), draw(rng)
    again = draw(np.random.default_rng(inputs["seed"]))
    return {
        "repeats": bool(np.array_equal(first, again)),
        "goes on": not np.array_equal(first, second),
        "shape": list(first.shape),
    }


def scaled(case):
    """The weights divided by the bound that they should have, as one row."""
    return np.asarray(case.output, dtype=float).ravel() / np.sqrt(3 / case.inputs["fan_in"])


def distribution(case):
    """A judge: the shape is right, and the weights are what independent uniform draws can be."""
    shape, wanted = np.shape(case.output), (case.inputs["fan_out"], case.inputs["fan_in"])
    if shape != wanted:
        return Difference(f"the weights should have shape {wanted}, but have shape {shape}")
    u = scaled(case)
    n, log = u.size, np.log(2 / ALPHA)
    if not np.isfinite(u).all():
        return Difference("some weights are not finite")
    if (most := np.abs(u).max()) > 1 + ROUNDING:
        return Difference(f"the largest weight is {most:.3g} times the bound b")
    if len(np.unique(u)) < n / 2:
        return Difference("the weights repeat themselves: each should be drawn on its own")
    if abs(u.mean()) > np.sqrt(2 * log / n):
        return Difference(f"the mean of the weights is {u.mean():.2g} times the bound b, not about 0")
    if abs((u**2).mean() - 1 / 3) > np.sqrt(log / (2 * n)):
        return Difference(f"the variance of the weights is {3 * (u**2).mean():.3g} / fan_in, not about 1 / fan_in")
    rank, ordered = np.arange(n + 1) / n, (np.sort(u).clip(-1, 1) + 1) / 2
    if max(np.max(rank[1:] - ordered), np.max(ordered - rank[:-1])) > np.sqrt(log / (2 * n)):
        return Difference("mean and variance of the weights are right, but their distribution is not uniform")
    pairs = u[: n // 2 * 2].reshape(-1, 2).prod(axis=1)
    if abs(pairs.mean()) > np.sqrt(2 * log / len(pairs)):
        return Difference("neighbouring weights depend on each other: each should be drawn on its own")
    return None


def summary(case):
    """What tells two wrong answers apart though they draw different numbers: the shape and a few quantiles."""
    quantiles = np.quantile(scaled(case), [0.1, 0.25, 0.5, 0.75, 0.9])
    return {"shape": list(np.shape(case.output)), "quantiles": quantiles}


def from_rng(case):
    """A judge: the same generator gives the same weights, and the next ones are others."""
    if not isinstance(case.output, dict) or case.output.get("shape") != case.expected["shape"]:
        return Difference("the weights don't have the shape (fan_out, fan_in)")
    if case.output.get("goes on") is not True:
        return Difference("the same weights come again when they are drawn once more from the same generator")
    if case.output.get("repeats") is not True:
        return Difference("a generator with the same seed doesn't give the same weights again")
    return None


def reference(fan_out, fan_in, rng):
    return (2 * rng.random((fan_out, fan_in)) - 1) * np.sqrt(3 / fan_in)


question = Question(
    name="uniform_init",
    assignment="90_kinds_of_answers",
    reference=reference,
    result_name="the weights",
    properties=[
        Property(
            "distribution",
            3,
            shapes,
            "a matrix of more than 100000 weights",
            judge=distribution,
            cases=CASES,
            fingerprint=summary,
            tolerance=Tolerance(
                rtol=0.0,
                atol=0.04,
                why="for telling mistakes apart: a quantile of a uniform distribution on [-b, b] deviates by 0.04 b "
                "between two answers with a probability below 1e-8; known mistakes move one by 0.06 b or more",
            ),
        ),
        Property("randomness from rng", 1, small, "a small matrix, drawn again", judge=from_rng, probe=probe_rng),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="only what is true or false is compared"),
    probe=probe,
)


@question.accepts("row by row, in float32")
def uniform_init(fan_out, fan_in, rng):
    bound = math.sqrt(3 / fan_in)
    rows = [2 * bound * rng.random(fan_in, dtype=np.float32) - bound for _ in range(fan_out)]
    return np.stack(rows).astype(np.float32)


@question.accepts("transposed draws, with the sign drawn apart from the size")
def uniform_init(fan_out, fan_in, rng):
    size = rng.uniform(0, np.sqrt(3 / fan_in), (fan_in, fan_out))
    return (size * rng.choice([-1, 1], (fan_in, fan_out))).T


@question.accepts("through torch, seeded from rng")
def uniform_init(fan_out, fan_in, rng):
    import torch

    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    b = (3 / fan_in) ** 0.5
    return torch.empty(fan_out, fan_in).uniform_(-b, b, generator=generator)


question.misconception(
    "deviation_as_bound",
    "You drew from plus or minus the standard deviation. A uniform distribution on [-b, b] has variance b squared "
    "over 3: the bound is the square root of 3 times as large.",
    seen="the default of torch's linear layers, whose bound is 1 over the root of fan_in",
    replace=("np.sqrt(3 / fan_in)", "np.sqrt(1 / fan_in)"),
)
question.misconception(
    "for_relu",
    "Your variance is 2 / fan_in. That is the rule for ReLU; here it is 1 / fan_in.",
    seen="He's initialization, uniform",
    replace=("np.sqrt(3 / fan_in)", "np.sqrt(6 / fan_in)"),
)
question.misconception(
    "fan_out",
    "You used fan_out in the bound. Each output is a sum over the inputs, so it is their number that counts.",
    seen="the first entry of the shape taken for the number of inputs",
    replace=("np.sqrt(3 / fan_in)", "np.sqrt(3 / fan_out)"),
)
question.misconception(
    "both_fans",
    "You used the mean of fan_in and fan_out. Here fan_in alone counts.",
    seen="Glorot's initialization",
    replace=("np.sqrt(3 / fan_in)", "np.sqrt(6 / (fan_in + fan_out))"),
)
question.misconception(
    "normal",
    "You drew from a normal distribution. Its variance is right, but the weights should be uniform, within [-b, b].",
    seen="rng.normal with the deviation 1 over the root of fan_in",
    replace=("rng.uniform(-bound, bound, size=(fan_out, fan_in))", "rng.normal(0, bound / 3**0.5, (fan_out, fan_in))"),
)
question.misconception(
    "one_sided",
    "Your weights are never negative. The distribution reaches from -b to b.",
    seen="bound * rng.random(...)",
    replace=("rng.uniform(-bound, bound,", "rng.uniform(0, bound,"),
)
question.misconception(
    "transposed",
    "Your matrix has the shape (fan_in, fan_out). Its rows belong to the outputs: (fan_out, fan_in).",
    seen="weights meant for x @ W",
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
