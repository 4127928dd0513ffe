"""rotate: judged where a pixel's source lies inside the image, and where it lies a pixel or more outside.

In between libraries disagree (a mixture of the edge with 0, or 0), so that any value is accepted there.
"""

import numpy as np

from autograder.compare import to_array
from autograder.question import Property, Question, Tolerance, inputs_unharmed, same_value
from autograder.reference import augmentation as reference

from .inputs import image

ROUNDING = 1e-6  # pixels: where a source lies so close to a border, rounding decides on which side


def turned(rng):
    """By an angle that is far from 0 and from the quarter turns."""
    degrees = rng.uniform(20, 70) + rng.choice([0, 90])
    return {"x": image(rng), "degrees": float(degrees * rng.choice([-1, 1]))}


def long_one(rng):
    """An image so long that much of it leaves the frame."""
    shape = (int(rng.integers(4, 6)), int(rng.integers(11, 14)))
    x = rng.normal(1, 2, shape if rng.random() < 0.5 else shape[::-1])
    return {"x": x, "degrees": float(rng.uniform(50, 80))}


def not_turned(rng):
    return {"x": image(rng), "degrees": 0.0}


def outside_by(inputs):
    """For every pixel, by how many pixels its source lies outside of the image, inside being negative."""
    (H, W), (rows, cols) = inputs["x"].shape, reference.rotation_source(*inputs["x"].shape, inputs["degrees"])
    return np.max([-rows, rows - (H - 1), -cols, cols - (W - 1)], axis=0)


def inside(inputs):
    return outside_by(inputs) < -ROUNDING


def beyond(inputs):
    return outside_by(inputs) >= 1 + ROUNDING


def everywhere(inputs):
    return outside_by(inputs) < 2


def only(case, where):
    """The output with the expected values at all pixels that aren't judged, or None if it has another shape."""
    output, expected = to_array(case.output), np.asarray(case.expected)
    if output is None or output.shape != expected.shape:
        return None
    return np.where(where(case.inputs), output, expected)


def at(where):
    """A judge of the pixels that `where` says."""

    def judge(case):
        values = only(case, where)
        if values is not None:
            case.output = values
        return same_value(case)

    return judge


def pixels(where):
    """What tells wrong answers apart: the pixels that are judged."""

    def fingerprint(case):
        values = only(case, where)
        return case.output if values is None else values

    return fingerprint


def judged(name, points, inputs, about, where):
    return Property(name, points, inputs, about, judge=at(where), fingerprint=pixels(where))


question = Question(
    name="rotate",
    assignment="07_augmentation",
    reference=reference.rotate,
    result_name="the turned image",
    properties=[
        judged("value", 2.5, turned, "pixels that come from inside the image", inside),
        judged("outside", 1, long_one, "pixels that come from a pixel or more outside of the image", beyond),
        judged("no turn", 1, not_turned, "an angle of 0", everywhere),
        Property("inputs unharmed", 0.5, turned, "any image", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-4,
        why="float32 coordinates err by 1e-6 pixels, times differences of about 5; the nearest mistake by a tenth",
    ),
    forbids=(
        "scipy.ndimage.rotate",
        "scipy.ndimage.affine_transform",
        "scipy.ndimage.map_coordinates",
        "torch.nn.functional.grid_sample",
    ),
    equivalent_mutants={
        "out += inside * share_y * share_x * x[y.clip(None, H - 1), z.clip(0, W - 1)]": "a row of -1 is the last one "
        "then, and counts with 0 since it isn't inside; only sources far above the image have no row at all",
    },
    stuck="My rotated image is wrong",
)


@question.accepts("pixel by pixel, the four neighbours looked up where they are in the image")
def rotate(x, degrees):
    H, W = x.shape
    angle = np.pi * degrees / 180
    out = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            dy, dx = i - (H - 1) / 2, j - (W - 1) / 2
            r = np.cos(angle) * dy + np.sin(angle) * dx + (H - 1) / 2
            c = -np.sin(angle) * dy + np.cos(angle) * dx + (W - 1) / 2
            top, left = int(np.floor(r)), int(np.floor(c))
            for a in (top, top + 1):
                for b in (left, left + 1):
                    if 0 <= a < H and 0 <= b < W:
                        out[i, j] += (1 - abs(r - a)) * (1 - abs(c - b)) * x[a, b]
    return out


@question.accepts("a weight for every pair of pixels: hats around each source")
def rotate(x, degrees):
    H, W = x.shape
    a = np.deg2rad(degrees)
    turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    grid = np.stack(np.meshgrid(np.arange(H), np.arange(W), indexing="ij"), -1).reshape(-1, 2)
    centre = (np.array([H, W]) - 1) / 2
    source = (grid - centre) @ turn.T + centre
    wy = np.maximum(0, 1 - np.abs(source[:, :1] - np.arange(H)))
    wx = np.maximum(0, 1 - np.abs(source[:, 1:] - np.arange(W)))
    return np.einsum("pi,pj,ij->p", wy, wx, x).reshape(H, W)


@question.accepts("0 wherever the source is outside, the neighbours clamped")
def rotate(x, degrees):
    H, W = x.shape
    z = np.exp(-1j * np.deg2rad(degrees))
    i, j = np.mgrid[0:H, 0:W]
    source = ((j - (W - 1) / 2) - 1j * (i - (H - 1) / 2)) * z
    r, c = (H - 1) / 2 - source.imag, (W - 1) / 2 + source.real
    seen = (r > -1e-9) & (r < H - 1 + 1e-9) & (c > -1e-9) & (c < W - 1 + 1e-9)
    r, c = np.clip(r, 0, H - 1), np.clip(c, 0, W - 1)
    top, left = np.minimum(r.astype(int), H - 2), np.minimum(c.astype(int), W - 2)
    t, u = r - top, c - left
    upper = x[top, left] + u * (x[top, left + 1] - x[top, left])
    lower = x[top + 1, left] + u * (x[top + 1, left + 1] - x[top + 1, left])
    return np.where(seen, upper + t * (lower - upper), 0)


@question.accepts("torch in float32")
def rotate(x, degrees):
    import torch

    t = torch.tensor(x, dtype=torch.float32)
    H, W = t.shape
    a = torch.deg2rad(torch.tensor(degrees, dtype=torch.float32))
    i, j = torch.meshgrid(torch.arange(H) - (H - 1) / 2, torch.arange(W) - (W - 1) / 2, indexing="ij")
    r, c = torch.cos(a) * i + torch.sin(a) * j + (H - 1) / 2, torch.cos(a) * j - torch.sin(a) * i + (W - 1) / 2
    out = torch.zeros(H, W)
    for dy in (0, 1):
        for dx in (0, 1):
            y, z = r.floor().long() + dy, c.floor().long() + dx
            ok = (y >= 0) & (y < H) & (z >= 0) & (z < W)
            out += ok * (1 - (r - y).abs()) * (1 - (c - z).abs()) * t[y.clamp(0, H - 1), z.clamp(0, W - 1)]
    return out


question.misconception(
    "clockwise",
    "You turned the image clockwise. Rows are counted downwards, so the signs of the sines are the opposite of those "
    "in a mathematics book.",
    seen="a rotation matrix from a book, applied to row and column; the direction of PIL and cv2 asked about in forums",
    replace=("a = np.deg2rad(degrees)", "a = -np.deg2rad(degrees)"),
)
question.misconception(
    "degrees_as_radians",
    "You handed degrees to sine and cosine, which take radians.",
    seen="np.cos(30) in forum questions",
    replace=("a = np.deg2rad(degrees)", "a = degrees"),
)
question.misconception(
    "about_the_corner",
    "You turned the image about its corner, the pixel (0, 0), so that most of it leaves the frame. Turn it about its "
    "centre.",
    seen="a rotation matrix applied to indices",
    replace=("cy, cx = (H - 1) / 2, (W - 1) / 2", "cy, cx = 0, 0"),
)
question.misconception(
    "half_a_pixel_off",
    "Your centre is half a pixel off. Rows are numbered from 0 to H - 1, and half way between them is (H - 1) / 2.",
    seen="(h / 2, w / 2) in tutorials of warpAffine",
    replace=("cy, cx = (H - 1) / 2, (W - 1) / 2", "cy, cx = H / 2, W / 2"),
)
question.misconception(
    "whole_centre",
    "You rounded the centre down to a whole pixel. Between two rows the centre is half way.",
    seen="h // 2, w // 2 as a centre",
    replace=("cy, cx = (H - 1) / 2, (W - 1) / 2", "cy, cx = H // 2, W // 2"),
)
question.misconception(
    "centre_exchanged",
    "You exchanged the centre's row and column.",
    seen="(x, y) of a plot against (row, column) of an array",
    replace=("cy, cx = (H - 1) / 2, (W - 1) / 2", "cx, cy = (H - 1) / 2, (W - 1) / 2"),
)
question.misconception(
    "nearest",
    "You took the nearest pixel. Mix the four around the source, in the shares of the distances.",
    seen="np.round of the coordinates; the default of torchvision's and kornia's older versions",
    replace=(
        "y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)",
        "rows, cols = np.round(rows), np.round(cols)\n"
        "    y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)",
    ),
)
question.misconception(
    "floor",
    "You cut the coordinates down to whole numbers and took that one pixel. Mix the four around the source.",
    seen="astype(int) of the coordinates",
    replace=(
        "y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)",
        "rows, cols = np.floor(rows), np.floor(cols)\n"
        "    y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)",
    ),
)
question.misconception(
    "weights_exchanged",
    "You gave the nearer pixel the smaller share. The distance to one neighbour is the share of the *other*.",
    seen="the two factors of a linear interpolation exchanged",
    replace=("wy, wx = rows - y0, cols - x0", "wy, wx = 1 - (rows - y0), 1 - (cols - x0)"),
)
question.misconception(
    "pushed_forward",
    "You computed where each pixel goes and wrote it there, so some pixels of the result are never written. Ask for "
    "each pixel of the result where it comes from.",
    seen="the first try in many forum questions: a rotated image with holes",
    source="""
    def rotate(x, degrees):
        H, W = x.shape
        a, cy, cx = np.deg2rad(degrees), (H - 1) / 2, (W - 1) / 2
        out = np.zeros((H, W))
        for i in range(H):
            for j in range(W):
                r = cy + np.cos(a) * (i - cy) - np.sin(a) * (j - cx)
                c = cx + np.sin(a) * (i - cy) + np.cos(a) * (j - cx)
                r, c = round(r), round(c)
                if 0 <= r < H and 0 <= c < W:
                    out[r, c] = x[i, j]
        return out
    """,
)
question.misconception(
    "edge_smeared",
    "Beyond the image you repeat its edge. There is 0.",
    seen="coordinates clipped to the image; padding_mode='border'",
    replace=("(y >= 0) & (y < H) & (z >= 0) & (z < W)", "np.full((H, W), True)"),
)
question.misconception(
    "last_row_lost",
    "At an angle of 0 your image loses its last row and its last column. A source exactly there is inside, although "
    "it has no neighbour beyond.",
    seen="y0 + 1 < H as the test for inside",
    source="""
    def rotate(x, degrees):
        H, W = x.shape
        a, cy, cx = np.deg2rad(degrees), (H - 1) / 2, (W - 1) / 2
        out = np.zeros((H, W))
        for i in range(H):
            for j in range(W):
                r = cy + np.cos(a) * (i - cy) + np.sin(a) * (j - cx)
                c = cx - np.sin(a) * (i - cy) + np.cos(a) * (j - cx)
                top, left = int(np.floor(r)), int(np.floor(c))
                if 0 <= top < H - 1 and 0 <= left < W - 1:
                    t, u = r - top, c - left
                    out[i, j] = (1 - t) * ((1 - u) * x[top, left] + u * x[top, left + 1]) + t * (
                        (1 - u) * x[top + 1, left] + u * x[top + 1, left + 1]
                    )
        return out
    """,
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote them into x itself. Leave x as it was, and return a new array.",
    seen="x[...] = the turned image",
    replace=("return out", "x[...] = out\n    return x"),
)
