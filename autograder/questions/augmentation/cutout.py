"""cutout: a square of zeros around a pixel, clipped at the edges."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import augmentation as reference

from .inputs import image


def square(rng, size):
    """A square that is inside the image, its centre at different numbers of row and column."""
    x = image(rng, 3)
    cy, cx = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    cy, cx = (cy + 1, cx) if rng.random() < 0.5 else (cy, cx + 1)
    return {"x": x, "centre": (cy, cx + (cy == cx)), "size": size}


def odd(rng):
    return square(rng, 3)


def even(rng):
    return square(rng, 4)


def clipped(rng):
    """A square that leaves the image above and to the left."""
    x, cy = image(rng, 3), int(rng.integers(0, 2))
    return {"x": x, "centre": (cy, 1 - cy), "size": 5}


def all_of_it(rng):
    x = image(rng, 2)
    return {"x": x, "centre": (x.shape[1] - 1, 0), "size": 2 * max(x.shape) + 1}


question = Question(
    name="cutout",
    assignment="07_augmentation",
    reference=reference.cutout,
    result_name="the image",
    properties=[
        Property("value", 1.5, odd, "an odd size, and a square that is inside the image"),
        Property("even size", 0.5, even, "an even size"),
        Property("clipped", 1, clipped, "a square that leaves the image above and to the left"),
        Property("everything", 0.5, all_of_it, "a square that covers the whole image"),
        Property("inputs unharmed", 0.5, odd, "any image", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(rtol=1e-4, atol=1e-6, why="pixels are copied or 0: float32 errs by 1e-7, mistakes by far more"),
    stuck="My image is shifted, mirrored or smeared",
)


@question.accepts("a mask by the distance from the centre")
def cutout(x, centre, size):
    H, W = x.shape[1:]
    i, j = np.arange(H) - centre[0] + size // 2, np.arange(W) - centre[1] + size // 2
    hidden = ((i >= 0) & (i < size))[:, None] & ((j >= 0) & (j < size))
    return np.where(hidden, 0.0, x)


@question.accepts("pixel by pixel")
def cutout(x, centre, size):
    out = x.copy()
    for i in range(centre[0] - size // 2, centre[0] - size // 2 + size):
        for j in range(centre[1] - size // 2, centre[1] - size // 2 + size):
            if 0 <= i < x.shape[1] and 0 <= j < x.shape[2]:
                out[:, i, j] = 0
    return out


@question.accepts("np.clip on the corners, multiplied with a mask of zeros and ones")
def cutout(x, centre, size):
    mask = np.ones_like(x)
    y0, y1 = np.clip([centre[0] - size // 2, centre[0] + (size + 1) // 2], 0, x.shape[1])
    x0, x1 = np.clip([centre[1] - size // 2, centre[1] + (size + 1) // 2], 0, x.shape[2])
    mask[:, y0:y1, x0:x1] = 0
    return x * mask


@question.accepts("cut into a padded image, torch in float32")
def cutout(x, centre, size):
    import torch

    padded = torch.nn.functional.pad(torch.tensor(x, dtype=torch.float32), [size] * 4)
    top, left = centre[0] + size - size // 2, centre[1] + size - size // 2
    padded[:, top : top + size, left : left + size].zero_()
    return padded[:, size:-size, size:-size]


question.misconception(
    "negative_slice",
    "Where your square leaves the image above or to the left, nothing is hidden: a slice that begins at a negative "
    "number counts from the other end. Begin at 0 then.",
    seen="x[:, y - s:y + s] without max(0, ...)",
    replace=("max(y0, 0) : y1, max(x0, 0) : x1", "y0:y1, x0:x1"),
)
question.misconception(
    "pushed_inside",
    "You moved the square until all of it is inside the image. It stays around its centre, and what is outside is cut "
    "off.",
    seen="random erasing's rule, and an image library's own cutout",
    replace=(
        "y1, x1 = y0 + size, x0 + size",
        "y0, x0 = max(min(y0, x.shape[1] - size), 0), max(min(x0, x.shape[2] - size), 0)\n"
        "    y1, x1 = y0 + size, x0 + size",
    ),
)
question.misconception(
    "centre_as_corner",
    "Your square begins at the given pixel. That pixel is its centre.",
    seen="x[y:y + size]",
    replace=("y0, x0 = centre[0] - size // 2, centre[1] - size // 2", "y0, x0 = centre"),
)
question.misconception(
    "centre_exchanged",
    "You read the centre as column and row. The row comes first.",
    seen="(x, y) of a plot against (row, column) of an array",
    replace=("centre[0] - size // 2, centre[1] - size // 2", "centre[1] - size // 2, centre[0] - size // 2"),
)
question.misconception(
    "half_twice",
    "With an odd size your square is a row and a column too small: twice the half, rounded down, isn't the size.",
    seen="y - size // 2 to y + size // 2, as in DeVries and Taylor's code",
    convention=True,
    replace=("y1, x1 = y0 + size, x0 + size", "y1, x1 = y0 + size // 2 * 2, x0 + size // 2 * 2"),
)
question.misconception(
    "one_more",
    "With an even size your square is a row and a column too large.",
    seen="y - size // 2 to y + size // 2 + 1",
    replace=("y1, x1 = y0 + size, x0 + size", "y1, x1 = y0 + size // 2 * 2 + 1, x0 + size // 2 * 2 + 1"),
)
question.misconception(
    "size_as_radius",
    "Your square reaches size pixels to every side of its centre, so it is twice as large as it should be.",
    seen="y - size to y + size",
    replace=(
        "y0, x0 = centre[0] - size // 2, centre[1] - size // 2",
        "y0, x0 = centre[0] - size, centre[1] - size\n    size = 2 * size",
    ),
)
question.misconception(
    "rest_hidden",
    "You kept the square and hid the rest. The square is what is hidden.",
    seen="a mask of ones inside the square",
    replace=(
        "out[..., max(y0, 0) : y1, max(x0, 0) : x1] = 0",
        "out[...] = 0\n    inside = np.s_[..., max(y0, 0) : y1, max(x0, 0) : x1]\n    out[inside] = x[inside]",
    ),
)
question.misconception(
    "one_channel",
    "You hid the square in the first channel only. It is hidden in all of them.",
    seen="x[0] taken for the image",
    replace=("out[..., max(y0, 0) : y1, max(x0, 0) : x1] = 0", "out[0, max(y0, 0) : y1, max(x0, 0) : x1] = 0"),
)
question.misconception(
    "rows_hidden",
    "You hid whole rows. The square ends at its left and right side too.",
    seen="only one of the two slices applied",
    replace=("max(y0, 0) : y1, max(x0, 0) : x1] = 0", "max(y0, 0) : y1, :] = 0"),
)
question.misconception(
    "mean_for_zero",
    "You filled the square with the image's mean. Here it is filled with 0, which is the mean only of data that were "
    "centred.",
    seen="fill='mean' in augmentation libraries",
    convention=True,
    replace=("x1] = 0", "x1] = x.mean()"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote the zeros into x itself. Work on a copy.",
    seen="x[:, y0:y1, x0:x1] = 0",
    replace=("out = x.copy()", "out = x"),
)
