"""Augmentation: geometry, colour, boxes, erased and mixed images, chains of transforms, balanced sampling.

Symbols: images x (..., H, W), rows from the top, columns from the left, so that a batch (N, C, H, W) is treated image
by image; N examples, K classes, y (N, K) labels as probabilities, lam the share of the first image in a mixture. Chance
is handed in: a permutation, a place, a decision, or a generator. Everything is computed in float64 and nothing is
changed in place. What is done to text is in `augmentation_text`.
"""

import numpy as np


def _floats(*arrays):
    return [np.asarray(a, dtype=np.float64) for a in arrays]


# Geometry


def flip(x):
    """Mirror images left to right. x: (..., W). Returns an array of the same shape."""
    (x,) = _floats(x)
    return x[..., ::-1].copy()


def shift(x, dy, dx, fill=0.0):
    """Move images down by dy and right by dx whole pixels; what leaves is lost, what is left open gets `fill`.

    x: (..., H, W). dy, dx: of either sign, and of any size. Returns an array of the same shape.
    """
    (x,) = _floats(x)
    H, W = x.shape[-2:]
    out = np.full(x.shape, float(fill))
    to_y, to_x = slice(max(dy, 0), max(H + min(dy, 0), 0)), slice(max(dx, 0), max(W + min(dx, 0), 0))
    from_y, from_x = slice(max(-dy, 0), max(H - max(dy, 0), 0)), slice(max(-dx, 0), max(W - max(dx, 0), 0))
    out[..., to_y, to_x] = x[..., from_y, from_x]
    return out


def crop(x, top, left, height, width, padding=0):
    """Cut out height x width pixels, with (top, left) counted in the image with `padding` zeros on all four sides.

    x: (..., H, W). Returns an array (..., height, width). Raises ValueError if the window leaves the padded image.
    Source: He et al. (2016), section 4.2: 4 pixels of padding and a random crop.
    """
    (x,) = _floats(x)
    padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2)
    H, W = padded.shape[-2:]
    if min(top, left) < 0 or top + height > H or left + width > W:
        raise ValueError(f"a window of {height} x {width} at ({top}, {left}) leaves the image of {H} x {W}")
    return padded[..., top : top + height, left : left + width].copy()


def _bilinear(x, rows, cols):
    """x (..., H, W) at points (rows, cols) inside [0, H - 1] x [0, W - 1], which broadcast together."""
    y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)
    y1, x1 = np.minimum(y0 + 1, x.shape[-2] - 1), np.minimum(x0 + 1, x.shape[-1] - 1)
    wy, wx = rows - y0, cols - x0
    upper = (1 - wx) * x[..., y0, x0] + wx * x[..., y0, x1]
    lower = (1 - wx) * x[..., y1, x0] + wx * x[..., y1, x1]
    return (1 - wy) * upper + wy * lower


def rotation_source(H, W, degrees):
    """Where each pixel of an image turned counterclockwise comes from. Returns rows (H, W) and columns (H, W).

    With (cy, cx) = ((H - 1) / 2, (W - 1) / 2) and the angle a, the pixel (i, j) comes from the row
    cy + cos(a) (i - cy) + sin(a) (j - cx) and the column cx - sin(a) (i - cy) + cos(a) (j - cx).
    Rows count downwards, which is why the signs look like those of the opposite turn.
    """
    a, cy, cx = np.deg2rad(degrees), (H - 1) / 2, (W - 1) / 2
    i, j = np.arange(H)[:, None] - cy, np.arange(W)[None, :] - cx
    return cy + np.cos(a) * i + np.sin(a) * j, cx - np.sin(a) * i + np.cos(a) * j


def rotate(x, degrees, fill=0.0):
    """Turn images counterclockwise about their centre, by bilinear interpolation; around them everything is `fill`.

    x: (..., H, W). Returns an array of the same shape. For a quarter turn of a square this is np.rot90.
    """
    (x,) = _floats(x)
    H, W = x.shape[-2:]
    around = np.pad(x - fill, [(0, 0)] * (x.ndim - 2) + [(1, 1)] * 2)  # one ring of nothing: beyond it is nothing too
    rows, cols = rotation_source(H, W, degrees)
    return fill + _bilinear(around, np.clip(rows + 1, 0, H + 1), np.clip(cols + 1, 0, W + 1))


def resize(x, height, width):
    """Bilinear resizing with half-pixel centres: pixel i is at i + 1/2, and beyond the outer centres the edge goes on.

    x: (..., H, W). Returns an array (..., height, width). It is torch's interpolate with mode="bilinear",
    align_corners=False and antialias=False: shrinking looks at the nearest pixels only.
    """
    (x,) = _floats(x)
    H, W = x.shape[-2:]
    rows = np.clip((np.arange(height) + 0.5) * H / height - 0.5, 0, H - 1)
    cols = np.clip((np.arange(width) + 0.5) * W / width - 0.5, 0, W - 1)
    return _bilinear(x, rows[:, None], cols[None, :])


def flip_boxes(boxes, width):
    """The boxes of a mirrored image. boxes: (N, 4), rows of (x0, y0, x1, y1) with x0 <= x1; width: the image's.

    Coordinates are those of pixel edges, from 0 to width. Returns an array (N, 4), with x0 <= x1 again.
    """
    (boxes,) = _floats(boxes)
    x0, y0, x1, y1 = boxes.reshape(-1, 4).T
    return np.stack([width - x1, y0, width - x0, y1], axis=1)


# Colour


def brightness(x, factor):
    """factor times the image, cut off at 0 and 1. x: any shape, values from 0 to 1."""
    (x,) = _floats(x)
    return np.clip(factor * x, 0, 1)


def contrast(x, factor):
    """Move values away from the image's mean grey (factor > 1) or towards it, cut off at 0 and 1.

    x: (..., C, H, W) with C = 3 (red, green, blue) or C = 1, values from 0 to 1. Returns an array of the same shape.
    Grey is 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), as in Pillow and kornia.
    """
    (x,) = _floats(x)
    weights = np.array([0.299, 0.587, 0.114] if x.shape[-3] == 3 else [1.0])
    mean = np.einsum("c,...chw->...", weights, x) / (x.shape[-2] * x.shape[-1])
    mean = mean[..., None, None, None]
    return np.clip(mean + factor * (x - mean), 0, 1)


# Erasing


def clipped_box(centre, height, width, H, W):
    """The rows y0 to y1 and columns x0 to x1 (without y1 and x1) of a box around a pixel, clipped at the image's edges.

    centre: (row, column). Unclipped, the box begins height // 2 rows above it and width // 2 columns left of it.
    Returns (y0, y1, x0, x1).
    """
    y0, x0 = centre[0] - height // 2, centre[1] - width // 2
    y0, y1 = np.clip([y0, y0 + height], 0, H)
    x0, x1 = np.clip([x0, x0 + width], 0, W)
    return int(y0), int(y1), int(x0), int(x1)


def cutout(x, centre, size, fill=0.0):
    """Fill a square of size x size around a pixel; what is outside of the image is cut off, so less may be hidden.

    x: (..., H, W). centre: (row, column), a pixel of the image. Returns an array of the same shape.
    Source: DeVries and Taylor (2017), whose square may leave the image too.
    """
    (x,) = _floats(x)
    y0, y1, x0, x1 = clipped_box(centre, size, size, *x.shape[-2:])
    out = x.copy()
    out[..., y0:y1, x0:x1] = fill
    return out


def erasing_box(H, W, rng, area=(0.02, 0.4), aspect=(0.3, 1 / 0.3)):
    """A random box inside an image: (top, left, height, width), of a random share of its area and aspect ratio.

    Source: Zhong et al. (2020), algorithm 1, whose ratio is uniform too.
    """
    while True:
        share, ratio = rng.uniform(*area) * H * W, rng.uniform(*aspect)
        height, width = round(np.sqrt(share * ratio)), round(np.sqrt(share / ratio))
        if 0 < height < H and 0 < width < W:
            return int(rng.integers(H - height + 1)), int(rng.integers(W - width + 1)), height, width


def random_erasing(x, box, rng):
    """Fill a box with noise: an independent draw from N(0, 1) for each of its pixels and channels.

    x: (..., H, W). box: (top, left, height, width), inside the image. Returns an array of the same shape.
    Source: Zhong et al. (2020), section 3.2, who draw from 0 to 255; for standardized images N(0, 1) is used.
    """
    (x,) = _floats(x)
    top, left, height, width = box
    out = x.copy()
    out[..., top : top + height, left : left + width] = rng.standard_normal((*x.shape[:-2], height, width))
    return out


# Mixing


def mixup(x, y, lam, permutation):
    """Mix each example with another, and their labels in the same shares: lam a + (1 - lam) b.

    x: (N, ...). y: (N, K). permutation: (N,), whose entry i is the partner of i. Returns x and y mixed.
    Source: Zhang et al. (2018), equation 1.
    """
    x, y = _floats(x, y)
    return lam * x + (1 - lam) * x[permutation], lam * y + (1 - lam) * y[permutation]


def cutmix(x, y, lam, centre, permutation):
    """Paste a box of another image into each image, and mix the labels in the shares of the areas that are seen.

    x: (N, C, H, W). y: (N, K). The box has int(H sqrt(1 - lam)) rows and int(W sqrt(1 - lam)) columns around the pixel
    `centre`, and is clipped at the edges; the labels' shares come from what is left of it. Returns x and y mixed.
    Source: Yun et al. (2019), equations 1 and 2, and the supplement's algorithm A1.
    """
    x, y = _floats(x, y)
    H, W = x.shape[-2:]
    side = np.sqrt(1 - lam)
    y0, y1, x0, x1 = clipped_box(centre, int(H * side), int(W * side), H, W)
    out = x.copy()
    out[..., y0:y1, x0:x1] = x[permutation][..., y0:y1, x0:x1]
    lam = 1 - (y1 - y0) * (x1 - x0) / (H * W)
    return out, lam * y + (1 - lam) * y[permutation]


# Chains and samples


def compose(transforms):
    """A chain of transforms: a function (x, decisions) that applies, in order, those whose decision is true.

    transforms: functions of one argument. decisions: as many truth values.
    """
    transforms = list(transforms)

    def augment(x, decisions):
        for transform, decided in zip(transforms, decisions, strict=True):
            if decided:
                x = transform(x)
        return x

    return augment


def balanced_sampler(labels):
    """Weights for drawing examples so that every class is drawn equally often: 1 / the number of its examples.

    labels: (N,), of any kind. Returns weights (N,), which sum to 1, as torch's WeightedRandomSampler takes them.
    """
    _, inverse, count = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    weights = 1 / count[inverse]
    return weights / weights.sum()
