"""random_erasing: noise in a box that is handed in; the noise is judged by its distribution."""

import math

import numpy as np

from autograder.compare import to_array
from autograder.question import Difference, Property, Question, Tolerance, inputs_unharmed, same_value
from autograder.questions.initialization.distributions import ALPHA, p_values
from autograder.reference import augmentation as reference
from autograder.reference.initialization import normal_cdf


def large(rng):
    """A box of more than 100000 values, off the middle, higher than wide."""
    top, left = int(rng.integers(11, 15)), int(rng.integers(3, 7))
    box = (top, left, int(rng.integers(193, 197)), int(rng.integers(180, 184)))
    return {"x": rng.normal(1, 2, (3, 230, 225)), "box": box, "seed": int(rng.integers(1, 10**6))}


def small(rng):
    box = (int(rng.integers(1, 3)), int(rng.integers(3, 5)), 4, 3)
    return {"x": rng.normal(1, 2, (3, 9, 8)), "box": box, "seed": int(rng.integers(1, 10**6))}


def probe(answer, inputs):
    return answer(inputs["x"], inputs["box"], np.random.default_rng(inputs["seed"]))


def probe_again(answer, inputs):
    """Whether the noise depends on the generator and on nothing else."""

    def noise(rng):
        return np.array(answer(inputs["x"], inputs["box"], rng), dtype=float)

    rng = np.random.default_rng(inputs["seed"])
    first, second, again = noise(rng), noise(rng), noise(np.random.default_rng(inputs["seed"]))
    return {"repeats": bool(np.array_equal(first, again)), "goes on": not np.array_equal(first, second)}


def split(case):
    """What is outside of the box and what is inside, as (C, height, width), or None for another shape."""
    output, x = to_array(case.output), case.inputs["x"]
    if output is None or output.shape != x.shape or output.dtype.kind not in "iuf":
        return None
    top, left, height, width = case.inputs["box"]
    box = np.s_[:, top : top + height, left : left + width]
    outside, inside = output.astype(float), output[box].astype(float)
    outside[box] = x[box]
    return outside, inside


# A right answer fails with a probability below 1e-10: see questions/initialization/distributions.py, where the four
# p-values are derived. It repeats no more than a few values, in float32 too.
def noise(case):
    """A judge: the image outside of the box, and standard normal draws inside, each on its own."""
    found, x = split(case), case.inputs["x"]
    if found is None:
        return same_value(case) or Difference("the result should be an image of real numbers, shaped like x")
    outside, inside = found
    if not np.isfinite(inside).all():
        return Difference("some values in the box are not finite")
    if not np.allclose(outside, x, rtol=1e-4, atol=1e-5):
        return Difference("outside of the box, the image isn't what it was")
    values = inside.ravel()
    if len(np.unique(values)) < len(values) / 2:
        return Difference("values in the box repeat: each pixel gets a draw of its own, in each channel")
    p = p_values(normal_cdf(values))
    if min(p.values()) < ALPHA:
        return Difference("the values in the box aren't independent draws from a standard normal distribution")
    return None


def outline(case):
    """What tells wrong noise apart, though no two runs draw the same."""
    found = split(case)
    if found is None:
        return case.output
    outside, inside = found
    distinct = len(np.unique(inside))
    looks = {
        "outside": bool(np.allclose(outside, case.inputs["x"], rtol=1e-4, atol=1e-5)),
        "values": distinct if distinct <= len(inside) else "many",
        "channels alike": bool(np.ptp(inside, axis=0).max() == 0),
    }
    if distinct <= len(inside):  # a single draw says nothing about where it comes from
        return looks | {"zero": bool(np.all(inside == 0))}
    return looks | {"mean": float(inside.mean()), "log deviation": math.log(inside.std())}


def from_rng(case):
    """A judge: rng decides, and nothing else."""
    output = case.output if isinstance(case.output, dict) else {}
    if output.get("goes on") is not True:
        return Difference("the same noise comes again when it is drawn once more from the same generator")
    if output.get("repeats") is not True:
        return Difference("a generator with the same seed doesn't give the same noise again")
    return None


TELLING_APART = Tolerance(
    0.0, 0.03, why="the means of two times 100000 draws differ by 0.03 deviations with a probability below 1e-9"
)

question = Question(
    name="random_erasing",
    assignment="07_augmentation",
    reference=reference.random_erasing,
    probe=probe,
    result_name="the image",
    optional=True,
    properties=[
        Property("value", 2, large, "a large box", noise, cases=1, fingerprint=outline, tolerance=TELLING_APART),
        Property("randomness from rng", 0.5, small, "a small box, drawn again", from_rng, probe=probe_again),
        Property(
            "inputs unharmed", 0.5, small, "any image", judge=inputs_unharmed,
            fingerprint=lambda case: bool(inputs_unharmed(case)),
        ),
    ],
    tolerance=Tolerance(rtol=1e-4, atol=1e-5, why="pixels are copied; the noise is judged by its distribution"),
    stuck="The example passes, the graded cell fails",
)  # fmt: skip


@question.accepts("rng.normal, chosen by a mask")
def random_erasing(x, box, rng):
    top, left, height, width = box
    mask = np.zeros(x.shape, bool)
    mask[..., top : top + height, left : left + width] = True
    return np.where(mask, rng.normal(0.0, 1.0, x.shape), x)


@question.accepts("channel by channel and row by row")
def random_erasing(x, box, rng):
    top, left, height, width = box
    out = x.copy()
    for channel in out:
        for i in range(top, top + height):
            channel[i, left : left + width] = rng.normal(size=width)
    return out


@question.accepts("float32 draws")
def random_erasing(x, box, rng):
    out = np.array(x, dtype=np.float32)
    part = out[:, box[0] : box[0] + box[2], box[1] : box[1] + box[3]]
    part[...] = rng.standard_normal(part.shape, dtype=np.float32)
    return out


@question.accepts("torch's generator, seeded from rng")
def random_erasing(x, box, rng):
    import torch

    top, left, height, width = box
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    out = torch.tensor(x)
    out[:, top : top + height, left : left + width] = torch.randn(len(x), height, width, generator=generator)
    return out


NOISE = "rng.standard_normal((len(x), height, width))"

question.misconception(
    "uniform",
    "You filled the box with uniform numbers from 0 to 1. The first paper draws uniformly too, over the range of "
    "pixels; here the noise is standard normal.",
    seen="Zhong et al. (2020), whose images go from 0 to 255",
    convention=True,
    replace=(NOISE, "rng.random((len(x), height, width))"),
)
question.misconception(
    "zeros",
    "You filled the box with zeros. That is cutout.",
    seen="torchvision's RandomErasing with its default value",
    convention=True,
    replace=(NOISE, "0.0"),
)
question.misconception(
    "one_value",
    "You drew one number for the whole box. Each pixel gets its own, in each channel.",
    seen="a single rng.standard_normal()",
    replace=(NOISE, "rng.standard_normal()"),
)
question.misconception(
    "one_per_channel",
    "You drew one number for each channel, so that the box has one colour. Each pixel gets its own.",
    seen="the mode *rand* in a well-known library of image models",
    convention=True,
    replace=(NOISE, "rng.standard_normal((len(x), 1, 1))"),
)
question.misconception(
    "grey_noise",
    "You drew one number for each pixel and used it in all channels. Each channel gets its own.",
    seen="noise of shape (height, width)",
    replace=(NOISE, "rng.standard_normal((height, width))"),
)
question.misconception(
    "added",
    "You added the noise to the pixels, which still show through. They are to be replaced.",
    seen="+= in place of =",
    replace=("left : left + width] = rng", "left : left + width] += rng"),
)
question.misconception(
    "everywhere",
    "You put noise over the whole image. Outside of the box it stays as it was.",
    seen="noise shaped like the image",
    replace=("out = x.copy()", "out = rng.standard_normal(x.shape)"),
)
question.misconception(
    "ends_for_sizes",
    "You took the box's height and width for the row and column at which it ends.",
    seen="x[top:height, left:width]",
    replace=(
        "top, left, height, width = box",
        "top, left, height, width = box\n    height, width = height - top, width - left",
    ),
)
question.misconception(
    "exchanged",
    "You read the box as left, top, width and height. Rows come first.",
    seen="(x, y, w, h) of a drawing against rows and columns",
    replace=("top, left, height, width = box", "left, top, width, height = box"),
)
question.misconception(
    "own_chance",
    "You draw from a generator of your own, so that a run can't be repeated. Draw from rng.",
    seen="np.random.randn",
    replace=(NOISE, "np.random.default_rng().standard_normal((len(x), height, width))"),
)
question.misconception(
    "same_noise",
    "You draw the same noise in every call: a fixed seed makes a pattern that the model gets to know. Draw from rng.",
    seen="a seed set inside the function",
    replace=(NOISE, "np.random.default_rng(0).standard_normal((len(x), height, width))"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote the noise into x itself. Work on a copy.",
    seen="x[:, top:top + height, left:left + width] = noise, torchvision's inplace=True",
    replace=("out = x.copy()", "out = x"),
)
