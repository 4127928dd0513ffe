"""cutmix: a box pasted from the partner; the labels' shares are those of the pixels that are seen."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import augmentation as reference

from .inputs import derangement, sides, soft_labels

IMAGES, LABELS = "the images", "the labels"


def share(rng, H, W, low, high):
    """A lam whose box has no side near a whole number, where rounding would decide."""
    while True:
        lam = float(rng.uniform(low, high))
        sides = np.sqrt(1 - lam) * np.array([H, W])
        if np.all(abs(sides % 1 - 0.5) < 0.35):
            return lam


def batch(rng, lam, centre=None):
    """Images of 10 to 15 pixels a side, with their labels."""
    N, (H, W) = 5, (side + 5 for side in sides(rng))
    lam = share(rng, H, W, *lam)
    cy, cx = centre or (int(rng.integers(4, 6)), int(rng.integers(6, 8)))
    return {
        "x": rng.normal(1, 2, (N, 2, H, W)),
        "y": soft_labels(rng, N, 3),
        "lam": lam,
        "centre": (cy, cx),
        "permutation": derangement(rng, N),
    }


def inside(rng):
    """A box of three to five pixels a side, in the middle."""
    return batch(rng, (0.84, 0.9))


def large(rng):
    """A box in the middle that fills most of the image."""
    inputs = batch(rng, (0.3, 0.4))
    H, W = inputs["x"].shape[-2:]
    return inputs | {"centre": (H // 2, W // 2)}


def clipped(rng):
    """A box of more than half a side around a corner, of which about a quarter is left."""
    return batch(rng, (0.3, 0.45), (int(rng.integers(0, 2)), int(rng.integers(2, 3))))


def nothing(rng):
    return batch(rng, (0.84, 0.9)) | {"lam": 1.0}


question = Question(
    name="cutmix",
    assignment="07_augmentation",
    reference=reference.cutmix,
    result_name="the pair of images and labels",
    outputs=(IMAGES, LABELS),
    properties=[
        Property("images", 1.5, inside, "a box that is inside the image", judge=parts(IMAGES)),
        Property("labels", 1, large, "the labels, with a large box that is inside the image", judge=parts(LABELS)),
        Property("clipped", 1.5, clipped, "a box that leaves the image above and to the left"),
        Property("nothing pasted", 0.5, nothing, "lam = 1", cases=1),
        Property("inputs unharmed", 0.5, inside, "any batch", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="pixels are copied and labels are sums of two products: float32 errs by 1e-6; the nearest mistake, lam in "
        "place of the clipped box's share, by more than 1e-3",
    ),
    equivalent_mutants={"H, W = x.shape[+2:]": "x has four axes, so the last two are those after the first two"},
    stuck="My labels don't fit my images",
)


@question.accepts("image by image, the share counted in a mask")
def cutmix(x, y, lam, centre, permutation):
    N, _, H, W = x.shape
    height, width = int(np.sqrt(1 - lam) * H), int(np.sqrt(1 - lam) * W)
    rows, cols = np.arange(H) - centre[0] + height // 2, np.arange(W) - centre[1] + width // 2
    mask = np.outer((rows >= 0) & (rows < height), (cols >= 0) & (cols < width))
    images, labels = np.zeros(x.shape), np.zeros(y.shape)
    for i in range(N):
        j = permutation[i]
        images[i] = np.where(mask, x[j], x[i])
        labels[i] = y[i] + mask.mean() * (y[j] - y[i])
    return images, labels


@question.accepts("np.clip on the four sides, as published code does it")
def cutmix(x, y, lam, centre, permutation):
    H, W = x.shape[2:]
    cut = (1 - lam) ** 0.5
    h, w = int(H * cut), int(W * cut)
    top, bottom = np.clip([centre[0] - h // 2, centre[0] - h // 2 + h], 0, H)
    left, right = np.clip([centre[1] - w // 2, centre[1] - w // 2 + w], 0, W)
    new = np.array(x)
    new[:, :, top:bottom, left:right] = x[permutation, :, top:bottom, left:right]
    lam = 1 - (bottom - top) * (right - left) / (H * W)
    return new, y * lam + y[permutation] * (1 - lam)


@question.accepts("pixel by pixel")
def cutmix(x, y, lam, centre, permutation):
    H, W = x.shape[2:]
    h, w = int(H * np.sqrt(1 - lam)), int(W * np.sqrt(1 - lam))
    out, count = x.copy(), 0
    for i in range(centre[0] - h // 2, centre[0] - h // 2 + h):
        for j in range(centre[1] - w // 2, centre[1] - w // 2 + w):
            if 0 <= i < H and 0 <= j < W:
                out[:, :, i, j] = x[permutation][:, :, i, j]
                count += 1
    own = (H * W - count) / (H * W)
    return out, own * y + (1 - own) * y[permutation]


@question.accepts("torch in float32, a list of the two")
def cutmix(x, y, lam, centre, permutation):
    import math

    import torch

    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    H, W = x.shape[-2:]
    h, w = math.floor(H * math.sqrt(1 - lam)), math.floor(W * math.sqrt(1 - lam))
    mask = torch.zeros(H, W)
    top, left = centre[0] - h // 2, centre[1] - w // 2
    mask[max(0, top) : top + h, max(0, left) : left + w] = 1
    gone = mask.mean()
    return [x * (1 - mask) + x[permutation] * mask, y * (1 - gone) + y[permutation] * gone]


PASTE = "out[..., y0:y1, x0:x1] = x[permutation][..., y0:y1, x0:x1]"
SEEN = "seen = 1 - (y1 - y0) * (x1 - x0) / (H * W)"
MIX = "seen * y + (1 - seen) * y[permutation]"
SIDES = "height, width = int(H * np.sqrt(1 - lam)), int(W * np.sqrt(1 - lam))"

question.misconception(
    "lam_as_it_was",
    "You mixed the labels with lam. The box is rounded to whole pixels and clipped, so count the pixels that are left "
    "of it.",
    seen="re-implementations of cutmix that leave out its last step, the new lam",
    replace=(SEEN, "seen = lam"),
)
question.misconception(
    "area_not_clipped",
    "You counted the box's pixels before it was clipped. Only those inside the image were pasted.",
    seen="height * width of the box that was drawn",
    replace=(SEEN, "seen = 1 - height * width / (H * W)"),
)
question.misconception(
    "side_without_root",
    "Your box's sides are the share 1 - lam of the image's. Its *area* should be: take the root.",
    seen="int(W * (1 - lam))",
    replace=(SIDES, "height, width = int(H * (1 - lam)), int(W * (1 - lam))"),
)
question.misconception(
    "box_of_share_lam",
    "Your box has the share lam of the area. That is the share of what stays; the box has the rest.",
    seen="np.sqrt(lam)",
    replace=(SIDES, "height, width = int(H * np.sqrt(lam)), int(W * np.sqrt(lam))"),
)
question.misconception(
    "label_shares_exchanged",
    "You gave the partner's label the share of the pixels that are still the image's own.",
    seen="lam and 1 - lam exchanged",
    replace=(MIX, "(1 - seen) * y + seen * y[permutation]"),
)
question.misconception(
    "labels_not_mixed",
    "You pasted a box and kept the labels. The partner's label counts with the box's share.",
    seen="cutmix taken for cutout with a picture in place of zeros",
    replace=(MIX, "y.copy()"),
)
question.misconception(
    "hard_labels",
    "You took the label of the image that fills more of the pixels. Both count, in the shares of their pixels.",
    seen="a loss that takes class numbers only",
    replace=(MIX, "(y if seen >= 0.5 else y[permutation]).copy()"),
)
question.misconception(
    "inverse_permutation",
    "You pasted from the example that has this one for its partner. Entry i of the permutation is i's own partner.",
    seen="out[permutation] = x, or an argsort too many",
    replace=("out = x.copy()", "out = x.copy()\n    permutation = np.argsort(permutation)"),
)
question.misconception(
    "pasted_the_rest",
    "You kept the box and took everything around it from the partner. The box is what is pasted.",
    seen="a mask read the other way round",
    replace=(PASTE, "out = x[permutation]\n    out[..., y0:y1, x0:x1] = x[..., y0:y1, x0:x1]"),
)
question.misconception(
    "pasted_from_pasted",
    "You pasted image after image into one array and took the boxes from it too, so some partners had already been "
    "pasted over. Take the boxes from x.",
    seen="a loop that writes into the batch it reads",
    replace=(PASTE, "for i, j in enumerate(permutation):\n        out[i, :, y0:y1, x0:x1] = out[j, :, y0:y1, x0:x1]"),
)
question.misconception(
    "negative_slice",
    "Where your box leaves the image above or to the left, nothing is pasted: a slice that begins at a negative number "
    "counts from the other end.",
    seen="x[:, :, y - h:y + h] without np.clip",
    replace=(PASTE, "out[..., top:y1, left:x1] = x[permutation][..., top:y1, left:x1]"),
)
question.misconception(
    "pushed_inside",
    "You moved the box until all of it is inside the image. It stays around its centre, and is clipped.",
    seen="a box drawn so that it always fits",
    replace=(
        "y0, y1 = max(top, 0)",
        "top, left = max(min(top, H - height), 0), max(min(left, W - width), 0)\n    y0, y1 = max(top, 0)",
    ),
)
question.misconception(
    "centre_as_corner",
    "Your box begins at the given pixel. That pixel is its centre.",
    seen="x[:, :, y:y + h]",
    replace=("top, left = centre[0] - height // 2, centre[1] - width // 2", "top, left = centre"),
)
question.misconception(
    "centre_exchanged",
    "You read the centre as column and row. The row comes first.",
    seen="the published code's (x, y), and its W, which is the number of rows",
    replace=("top, left = centre[0]", "centre = centre[::-1]\n    top, left = centre[0]"),
)
question.misconception(
    "in_place",
    "Your values are right, but you pasted into x itself. Work on a copy.",
    seen="x[:, :, y0:y1, x0:x1] = x[permutation, :, y0:y1, x0:x1], as published code does it",
    replace=("out = x.copy()", "out = x"),
)
