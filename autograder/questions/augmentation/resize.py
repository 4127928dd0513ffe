"""resize: bilinear, half-pixel centres, the edge going on beyond the outer centres."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import augmentation as reference

from .inputs import image


def larger(rng):
    """To sizes that are no multiples, by different factors."""
    x = image(rng)
    H, W = x.shape
    return {"x": x, "height": H + int(rng.integers(2, 4)), "width": 2 * W + 3}


def smaller(rng):
    """To less than half, where some pixels are never looked at."""
    x = rng.normal(1, 2, (int(rng.integers(12, 14)), int(rng.integers(9, 11))))
    return {"x": x, "height": int(rng.integers(4, 6)), "width": 4 + int(rng.integers(0, 2)) * 3}


def one_pixel(rng):
    """A single column, and a result with a single row."""
    return {"x": rng.normal(1, 2, (int(rng.integers(4, 6)), 1)), "height": 1, "width": int(rng.integers(2, 5))}


question = Question(
    name="resize",
    assignment="07_augmentation",
    reference=reference.resize,
    result_name="the resized image",
    properties=[
        Property("value", 2, larger, "an image made larger, by two different factors"),
        Property("smaller", 1, smaller, "an image made smaller"),
        Property("one pixel", 0.5, one_pixel, "an image of one column, and a result of one row"),
        Property("inputs unharmed", 0.5, larger, "any image", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-4,
        why="float32 coordinates err by 1e-6 pixels, times differences of about 5; the nearest mistake by a hundredth",
    ),
    forbids=("torch.nn.functional.interpolate", "torch.nn.Upsample", "scipy.ndimage.zoom"),
    equivalent_mutants={
        "return np.clip(centre, 0, None)": "beyond the last centre both neighbours are the last pixel, at any share",
        "return np.clip(centre, 0, old + 1)": "beyond the last centre both neighbours are the last pixel, at any share",
    },
    stuck="My image is shifted, mirrored or smeared",
)


@question.accepts("pixel by pixel")
def resize(x, height, width):
    H, W = x.shape
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            r = min(max((i + 0.5) * H / height - 0.5, 0), H - 1)
            c = min(max((j + 0.5) * W / width - 0.5, 0), W - 1)
            top, left = int(r), int(c)
            bottom, right = min(top + 1, H - 1), min(left + 1, W - 1)
            t, u = r - top, c - left
            out[i, j] += (1 - t) * (1 - u) * x[top, left] + (1 - t) * u * x[top, right]
            out[i, j] += t * (1 - u) * x[bottom, left] + t * u * x[bottom, right]
    return out


@question.accepts("np.interp along columns, then along rows")
def resize(x, height, width):
    H, W = x.shape
    rows, cols = (np.arange(height) + 0.5) * H / height - 0.5, (np.arange(width) + 0.5) * W / width - 0.5
    wide = np.array([np.interp(cols, np.arange(W), row) for row in x])
    return np.array([np.interp(rows, np.arange(H), column) for column in wide.T]).T


@question.accepts("one matrix for the rows and one for the columns")
def resize(x, height, width):
    def weights(old, new):
        centre = np.clip((np.arange(new) + 0.5) / new * old - 0.5, 0, old - 1)
        return np.maximum(0, 1 - np.abs(centre[:, None] - np.arange(old)))

    return weights(x.shape[0], height) @ x @ weights(x.shape[1], width).T


@question.accepts("the edge repeated around the image, torch in float32")
def resize(x, height, width):
    import torch

    t = torch.tensor(np.pad(x, 1, mode="edge"), dtype=torch.float32)
    H, W = x.shape
    r = (torch.arange(height) + 0.5) * (H / height) + 0.5
    c = (torch.arange(width) + 0.5) * (W / width) + 0.5
    r0, c0 = r.long(), c.long()
    rows = torch.lerp(t[r0], t[r0 + 1], (r - r0)[:, None])
    return torch.lerp(rows[:, c0], rows[:, c0 + 1], c - c0)


question.misconception(
    "align_corners",
    "You laid the corner pixels' centres on each other. That is the convention called align_corners. Here the images' "
    "outer edges agree, and a pixel's centre is half a pixel inside.",
    seen="align_corners=True, torch's default before version 0.4; np.linspace(0, H - 1, height)",
    convention=True,
    source="""
    def resize(x, height, width):
        H, W = x.shape
        rows, cols = np.linspace(0, H - 1, height)[:, None], np.linspace(0, W - 1, width)
        y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)
        y1, x1 = np.minimum(y0 + 1, H - 1), np.minimum(x0 + 1, W - 1)
        upper = (1 - (cols - x0)) * x[y0, x0] + (cols - x0) * x[y0, x1]
        lower = (1 - (cols - x0)) * x[y1, x0] + (cols - x0) * x[y1, x1]
        return (1 - (rows - y0)) * upper + (rows - y0) * lower
    """,
)
question.misconception(
    "corner_origin",
    "You left out the two halves: your first pixels' centres lie on each other. A pixel's centre is half a pixel from "
    "its edge, in the new image and in the old one.",
    seen="i * H / height, as TensorFlow 1 resized by default",
    convention=True,
    source="""
    def resize(x, height, width):
        H, W = x.shape
        rows = np.clip(np.arange(height) * H / height, 0, H - 1)[:, None]
        cols = np.clip(np.arange(width) * W / width, 0, W - 1)
        y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)
        y1, x1 = np.minimum(y0 + 1, H - 1), np.minimum(x0 + 1, W - 1)
        upper = (1 - (cols - x0)) * x[y0, x0] + (cols - x0) * x[y0, x1]
        lower = (1 - (cols - x0)) * x[y1, x0] + (cols - x0) * x[y1, x1]
        return (1 - (rows - y0)) * upper + (rows - y0) * lower
    """,
)
question.misconception(
    "nearest",
    "You took the nearest pixel. Mix the two nearest rows and columns, in the shares of the distances.",
    seen="the default mode of torch's interpolate",
    replace=(
        "y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)",
        "rows, cols = np.round(rows), np.round(cols)\n"
        "    y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)",
    ),
)
question.misconception(
    "not_clamped",
    "At the edges you drew the line through the two outer pixels further, beyond them. Beyond the centre of the outer "
    "pixel the image goes on with that pixel's value.",
    seen="the weights left below 0 or above 1 at the border",
    source="""
    def resize(x, height, width):
        H, W = x.shape
        rows = ((np.arange(height) + 0.5) * H / height - 0.5)[:, None]
        cols = (np.arange(width) + 0.5) * W / width - 0.5
        y0, x0 = np.clip(np.floor(rows).astype(int), 0, H - 2), np.clip(np.floor(cols).astype(int), 0, max(W - 2, 0))
        y1, x1 = np.minimum(y0 + 1, H - 1), np.minimum(x0 + 1, W - 1)
        upper = (1 - (cols - x0)) * x[y0, x0] + (cols - x0) * x[y0, x1]
        lower = (1 - (cols - x0)) * x[y1, x0] + (cols - x0) * x[y1, x1]
        return (1 - (rows - y0)) * upper + (rows - y0) * lower
    """,
)
question.misconception(
    "zeros_around",
    "At the edges you mixed in zeros, so the border is too dark. Beyond the centre of the outer pixel the image goes "
    "on with that pixel's value.",
    seen="padding_mode='zeros', the default of grid_sample",
    source="""
    def resize(x, height, width):
        H, W = x.shape
        around = np.pad(x, 1)
        rows = ((np.arange(height) + 0.5) * H / height + 0.5)[:, None]
        cols = (np.arange(width) + 0.5) * W / width + 0.5
        y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)
        upper = (1 - (cols - x0)) * around[y0, x0] + (cols - x0) * around[y0, x0 + 1]
        lower = (1 - (cols - x0)) * around[y0 + 1, x0] + (cols - x0) * around[y0 + 1, x0 + 1]
        return (1 - (rows - y0)) * upper + (rows - y0) * lower
    """,
)
question.misconception(
    "wraps_around",
    "At the left and upper edges you mixed in pixels from the opposite side: an index of -1 is the last one.",
    seen="x[-1] at the border",
    source="""
    def resize(x, height, width):
        H, W = x.shape
        rows = ((np.arange(height) + 0.5) * H / height - 0.5)[:, None]
        cols = (np.arange(width) + 0.5) * W / width - 0.5
        y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)
        y1, x1 = np.minimum(y0 + 1, H - 1), np.minimum(x0 + 1, W - 1)
        upper = (1 - (cols - x0)) * x[y0, x0] + (cols - x0) * x[y0, x1]
        lower = (1 - (cols - x0)) * x[y1, x0] + (cols - x0) * x[y1, x1]
        return (1 - (rows - y0)) * upper + (rows - y0) * lower
    """,
)
question.misconception(
    "scale_inverted",
    "You divided by the scale where it multiplies: to make an image larger, step through the old one more slowly.",
    seen="height / H for H / height",
    replace=("centre = (np.arange(new) + 0.5) * old / new - 0.5", "centre = (np.arange(new) + 0.5) * new / old - 0.5"),
)
question.misconception(
    "one_scale",
    "You resized rows and columns by the same factor. Each has its own.",
    seen="an image that keeps its aspect ratio, from scripts that resize the short side",
    replace=(
        "[:, None], places(W, width)",
        "[:, None], np.clip((np.arange(width) + 0.5) * H / height - 0.5, 0, W - 1)",
    ),
)
question.misconception(
    "averages",
    "Made smaller, your image is an average over all pixels that fall together. That is called antialiasing, and often "
    "wanted; here only the nearest pixels are mixed.",
    seen="Pillow's resize and antialias=True, torchvision's default",
    convention=True,
    source="""
    def resize(x, height, width):
        def weights(old, new):
            scale = max(old / new, 1)
            centre = (np.arange(new)[:, None] + 0.5) * old / new - 0.5
            hats = np.maximum(0, 1 - np.abs(centre - np.arange(old)) / scale)
            return hats / hats.sum(1, keepdims=True)

        return weights(x.shape[0], height) @ x @ weights(x.shape[1], width).T
    """,
)
question.misconception(
    "exchanged",
    "Your result has width rows and height columns. The height is the number of rows.",
    seen="cv2.resize, which takes (width, height)",
    replace=(
        "rows, cols = places(H, height)[:, None], places(W, width)",
        "rows, cols = places(H, width)[:, None], places(W, height)",
    ),
)
question.misconception(
    "in_place",
    "Your values are right, but you changed x on the way. Work on a copy.",
    seen="x -= x.mean() before the work, added again after it",
    replace=("H, W = x.shape", "H, W = x.shape\n    x += 1\n    x = x - 1"),
)
