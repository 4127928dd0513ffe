"""Tests of a distribution, for answers that draw at random: four p-values, and judges that reject at ALPHA.

Let u = F(w) be the n >= 100000 weights of an answer, put through the distribution function F that they should have.
For a right answer they are independent and uniform on [0, 1]. Then
  mean        z = sqrt(12 n) * (mean of u - 1/2) is standard normal,
  spread      and so it is for |2u - 1| in place of u, which is uniform on [0, 1] too,
  neighbours  3 (2 u_1 - 1) (2 u_2 - 1), 3 (2 u_3 - 1) (2 u_4 - 1), ... have mean 0 and variance 1, so that the root of
              their number times their mean is standard normal,
  shape       sqrt(n) * sup |F_n - F| follows Kolmogorov's law, F_n being the share of weights up to a value,
all of them for large n, which tests/test_initialization_questions.py confirms: the p-values are uniform.

How often a right answer fails doesn't rest on "for large n". A uniform distribution is strictly sub-Gaussian
(sinh(t) / t <= exp(t^2 / 6)), so P(|z| > t) <= 2 exp(-t^2 / 2) for every n. For neighbours, with n / 2 >= 50000
products of variance 1 between -3 and 3, Bernstein's inequality gives
P(|z| > t) <= 2 exp(-t^2 / (2 + 2 t / sqrt(n / 2))). And P(sup |F_n - F| > t) <= 2 exp(-2 n t^2), Massart's bound, is
also what Kolmogorov's law says this far out.
ALPHA = 1e-12 means |z| > 7.13, and the bounds are 1.9e-11 twice, 4.1e-11 and 1e-12: together below 1e-10 for one
matrix. No question tries more than seven: a right answer fails with a probability below 1e-9.
Two more checks can't fail a right answer: bounds, up to the rounding of float32, and that half of all values are
different (float32 generators make 2^23 or more values, so a draw repeats an earlier one with a probability below 0.03).
"""

import math

import numpy as np
import torch

from autograder.compare import to_array
from autograder.question import Difference, Property, Tolerance

ALPHA = 1e-12
ROUNDING = 1e-6  # a bound computed in float32 is off by 6e-8, relatively

TELLING_APART = Tolerance(
    rtol=0.0,
    atol=0.03,
    why="for telling mistakes apart: between two answers of 100000 weights, the mean in units of the deviation, the "
    "logarithm of the deviation and the share of weights in a range differ by 0.03 with a probability below 1e-9; "
    "known mistakes differ by more",
)


def p_values(u):
    """The four p-values of numbers that should be independent and uniform on [0, 1]; see the module's docstring."""
    n = len(u)
    pairs = (2 * u[: n // 2 * 2] - 1).reshape(-1, 2).prod(axis=1)
    rank, ordered = np.arange(n + 1) / n, np.sort(u)
    D = max(np.max(rank[1:] - ordered), np.max(ordered - rank[:-1]))
    return {
        "mean": _two_sided(math.sqrt(12 * n) * (u.mean() - 0.5)),
        "spread": _two_sided(math.sqrt(12 * n) * (np.abs(2 * u - 1).mean() - 0.5)),
        "neighbours": _two_sided(3 * math.sqrt(len(pairs)) * pairs.mean()),
        "shape": kolmogorov(math.sqrt(n) * D),
    }


def _two_sided(z):
    return math.erfc(abs(z) / math.sqrt(2))


def kolmogorov(t):
    """P(sqrt(n) sup |F_n - F| > t) for large n: 2 sum over k of (-1)^(k - 1) exp(-2 k^2 t^2)."""
    if t < 0.2:  # there the sum converges slowly, to 1 within 1e-12
        return 1.0
    return min(1.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * t) ** 2) for k in range(1, 40)))


def draw(answer, inputs):
    """A probe: the answer, called with its inputs in order, a fresh generator in place of the seed."""
    return answer(*[np.random.default_rng(v) if k == "seed" else v for k, v in inputs.items()])


def draw_again(answer, inputs):
    """A probe: whether the weights depend on the generator and on nothing else."""

    def weights(rng):
        return np.array(answer(*[rng if k == "seed" else v for k, v in inputs.items()]), dtype=float)

    rng = np.random.default_rng(inputs["seed"])
    first, second = weights(rng), weights(rng)
    again = weights(np.random.default_rng(inputs["seed"]))
    return {
        "repeats": bool(np.array_equal(first, again)),
        "goes on": not np.array_equal(first, second),
        "shape": list(first.shape),
    }


def seed(rng):
    return int(rng.integers(1, 10**6))


def uniform_cdf(b):
    return lambda w: (np.clip(w / b, -1, 1) + 1) / 2


def normal_cdf(z):
    """The reference's normal_cdf, by torch: fifty times as fast for the 100000 weights of a matrix."""
    return torch.special.ndtr(torch.as_tensor(z, dtype=torch.float64)).numpy()


def centred_normal_cdf(std):
    return lambda w: normal_cdf(w / std)


def truncated_cdf(mean, std, a, b):
    low, high = normal_cdf((a - mean) / std), normal_cdf((b - mean) / std)
    return lambda w: (normal_cdf((np.clip(w, a, b) - mean) / std) - low) / (high - low)


def values_of(output, shape):
    """The weights as one row of float64, or a Difference: another shape, no numbers, not finite."""
    array = to_array(output)
    if array is None:
        kind = "None (is a return missing?)" if output is None else f"a {type(output).__name__}"
        return Difference(f"the weights should be an array of shape {tuple(shape)}, but are {kind}")
    if array.shape != tuple(shape):
        return Difference(f"the weights should have shape {tuple(shape)}, but have shape {array.shape}")
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        return Difference("some weights are not finite real numbers")
    return array.astype(np.float64).ravel()


def doubts(w, cdf, std, mean=0.0, bounds=None):
    """What speaks against the weights w, a sentence, or "". std, mean, bounds: what they should be."""
    if len(np.unique(w)) < len(w) / 2:
        return "the weights repeat themselves: each should be drawn on its own"
    if bounds is not None:
        slack = ROUNDING * max(map(abs, bounds))
        if w.min() < bounds[0] - slack or w.max() > bounds[1] + slack:
            return "some weights lie outside the bounds of the distribution"
    p = p_values(cdf(w))
    found_mean, ratio = (w.mean() - mean) / std, w.std() / std
    if p["mean"] < ALPHA and abs(found_mean) > 0.02:
        return f"the mean of the weights is off by {abs(found_mean):.2g} of the deviation that they should have"
    if min(p["mean"], p["spread"], p["shape"]) < ALPHA and abs(ratio - 1) > 0.02:
        return f"the standard deviation of the weights is {ratio:.3g} times what it should be"
    if min(p["mean"], p["spread"], p["shape"]) < ALPHA:
        return "mean and deviation of the weights are right, but their distribution is another"
    if p["neighbours"] < ALPHA:
        return "neighbouring weights depend on each other: each should be drawn on its own"
    return ""


def follows(law):
    """A judge: the weights have the shape and the distribution that law(inputs) says.

    law returns {"shape", "cdf", "std"} and, where they matter, {"mean", "bounds"}.
    """

    def judge(case):
        wanted = law(case.inputs)
        w = values_of(case.output, wanted["shape"])
        if isinstance(w, Difference):
            return w
        says = doubts(w, **{name: value for name, value in wanted.items() if name != "shape"})
        return Difference(says) if says else None

    return judge


def outline(law):
    """A fingerprint that tells wrong distributions apart though their numbers differ; see outline_of."""

    def fingerprint(case):
        wanted = law(case.inputs)
        w = np.asarray(to_array(case.output), dtype=np.float64)
        return {"shape": list(w.shape)} | outline_of(w, wanted["std"], wanted.get("mean", 0.0))

    return fingerprint


def outline_of(w, std, mean=0.0):
    """What tells distributions apart, cheaply and with little noise.

    The mean in units of the weights' own deviation, the logarithm of that over std, the shares of weights up to some
    numbers of deviations from the mean, and whether values repeat.
    """
    own, centre = w.std(), w.mean()
    with np.errstate(divide="ignore"):
        scale = np.log(own / std)
    start = w.ravel()[:5000]
    return {
        "centre": float((centre - mean) / (own or 1)),
        "scale": float(scale),
        "shares": [float((w <= centre + c * own).mean()) for c in (-1.9, -1.2, -0.5, 0, 0.5, 1.2, 1.9)],
        "repeats": bool(len(np.unique(start)) < start.size / 2),
    }


def from_rng(case):
    """A judge for probes that draw twice and once more with the same seed: rng decides, and nothing else."""
    output = case.output
    if not isinstance(output, dict) or output.get("shape") != case.expected["shape"]:
        return Difference("the weights don't have the shape that was asked for")
    if output.get("goes on") is not True:
        return Difference("the same weights come again when they are drawn once more from the same generator")
    if output.get("repeats") is not True:
        return Difference("a generator with the same seed doesn't give the same weights again")
    return None


def drawn(law, name, points, inputs, about):
    """A property: the weights follow law(inputs), tried on one matrix of 100000 weights or more."""
    return Property(
        name,
        points,
        inputs,
        about,
        judge=follows(law),
        cases=1,
        fingerprint=outline(law),
        tolerance=TELLING_APART,
    )


def drawn_again(points, inputs):
    """A property: all randomness comes from the generator that is handed in."""
    about = "a small matrix, drawn again"
    return Property("randomness from rng", points, inputs, about, judge=from_rng, probe=draw_again)
