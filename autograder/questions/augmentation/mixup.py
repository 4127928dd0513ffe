"""mixup: examples and labels in the same shares; the share and the partners are handed in."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import augmentation as reference

from .inputs import derangement, image, soft_labels


def batch(rng, x, low, high):
    N = len(x)
    return {
        "x": x,
        "y": soft_labels(rng, N, 3),
        "lam": float(rng.uniform(low, high)),
        "permutation": derangement(rng, N),
    }


def pictures(rng):
    """The larger share is the partner's."""
    return batch(rng, image(rng, 5, 2), 0.2, 0.4)


def tables(rng):
    """The larger share is the example's own."""
    return batch(rng, rng.normal(1, 2, (7, 4)), 0.6, 0.8)


question = Question(
    name="mixup",
    assignment="07_augmentation",
    reference=reference.mixup,
    result_name="the pair of images and labels",
    outputs=("the mixed images", "the mixed labels"),
    properties=[
        Property("images", 1.5, pictures, "a batch of images", judge=parts("the mixed images")),
        Property("labels", 1.5, pictures, "the labels of a batch", judge=parts("the mixed labels")),
        Property("tables", 0.5, tables, "vectors, x of shape (N, D)"),
        Property("inputs unharmed", 0.5, pictures, "any batch", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(rtol=1e-4, atol=1e-5, why="a sum of two products: float32 errs by 1e-6, mistakes by a tenth"),
    stuck="My labels don't fit my images",
)


@question.accepts("one example after the other")
def mixup(x, y, lam, permutation):
    images = [lam * x[i] + (1 - lam) * x[j] for i, j in enumerate(permutation)]
    labels = [lam * y[i] + (1 - lam) * y[j] for i, j in enumerate(permutation)]
    return np.array(images), np.array(labels)


@question.accepts("a step from the partner towards the example, as a list")
def mixup(x, y, lam, permutation):
    return [a[permutation] + lam * (a - a[permutation]) for a in (x, y)]


@question.accepts("one matrix of shares for both")
def mixup(x, y, lam, permutation):
    N = len(x)
    shares = lam * np.eye(N) + (1 - lam) * np.eye(N)[permutation]
    return np.tensordot(shares, x, 1), shares @ y


@question.accepts("torch in float32")
def mixup(x, y, lam, permutation):
    import torch

    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    return torch.lerp(x[permutation], x, lam), torch.lerp(y[permutation], y, lam)


IMAGES, LABELS = "lam * x + (1 - lam) * x[permutation]", "lam * y + (1 - lam) * y[permutation]"

question.misconception(
    "labels_not_mixed",
    "You mixed the images and kept the labels. An image that is 30 % another's has 30 % of its label.",
    seen="mixup added to a data loader that knows no labels",
    replace=(LABELS, "y.copy()"),
)
question.misconception(
    "label_shares_exchanged",
    "Your labels' shares are the images' exchanged: the first image has the share lam, and so has its label.",
    seen="lam and 1 - lam exchanged in one of two lines",
    replace=(LABELS, "(1 - lam) * y + lam * y[permutation]"),
)
question.misconception(
    "shares_exchanged",
    "You gave the partner the share lam, for images and labels. It is the example's own.",
    seen="lam and 1 - lam exchanged",
    replace=(f"mixed = {IMAGES}\n    labels = {LABELS}", f"lam = 1 - lam\n    mixed = {IMAGES}\n    labels = {LABELS}"),
)
question.misconception(
    "larger_share_first",
    "You gave the larger share to the example itself. That is done elsewhere; here lam is taken as it comes.",
    seen="max(lam, 1 - lam) in MixMatch (Berthelot et al., 2019)",
    convention=True,
    replace=(f"mixed = {IMAGES}", f"lam = max(lam, 1 - lam)\n    mixed = {IMAGES}"),
)
question.misconception(
    "inverse_permutation",
    "You mixed example i with the one that has i for its partner. Entry i of the permutation is i's own partner.",
    seen="out[permutation] = x, or an argsort too many",
    replace=(f"mixed = {IMAGES}", f"permutation = np.argsort(permutation)\n    mixed = {IMAGES}"),
)
question.misconception(
    "reversed_batch",
    "You mixed the batch with itself in reverse order. The partners are handed in.",
    seen="x.flip(0), as a cheap way to find partners",
    replace=(f"mixed = {IMAGES}", f"permutation = np.arange(len(x))[::-1]\n    mixed = {IMAGES}"),
)
question.misconception(
    "hard_labels",
    "You took the label of the image with the larger share. Both count, in the images' shares.",
    seen="a loss that takes class numbers only",
    replace=(LABELS, "(y if lam >= 0.5 else y[permutation]).copy()"),
)
question.misconception(
    "equal_label_shares",
    "You gave both labels the share one half. They have the images' shares.",
    seen="two labels set to 0.5 for an image made of two",
    replace=(LABELS, "0.5 * y + 0.5 * y[permutation]"),
)
question.misconception(
    "added",
    "You added the partner in full: the shares of the two are to sum to 1.",
    seen="lam * x + x[permutation]",
    replace=(
        f"mixed = {IMAGES}\n    labels = {LABELS}",
        "mixed = lam * x + x[permutation]\n    labels = lam * y + y[permutation]",
    ),
)
question.misconception(
    "mixed_twice",
    "You scaled the batch first and took the partners from the scaled one, so their share is lam (1 - lam).",
    seen="x *= lam; x += (1 - lam) * x[permutation]",
    replace=(f"mixed = {IMAGES}", "scaled = lam * x\n    mixed = scaled + (1 - lam) * scaled[permutation]"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote the mixture into x itself. Return new arrays.",
    seen="x[:] = lam * x + (1 - lam) * x[permutation]",
    replace=(f"mixed = {IMAGES}", f"mixed = x\n    x[:] = {IMAGES}"),
)
