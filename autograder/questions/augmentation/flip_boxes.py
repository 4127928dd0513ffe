"""flip_boxes: the image is mirrored, so its boxes are."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import augmentation as reference


def boxes(rng):
    """Boxes left and right of the middle, with fractions of pixels; rows and columns of different sizes."""
    N, width = int(rng.integers(5, 8)), int(rng.integers(60, 90))
    x0, y0 = rng.uniform(1, 0.6 * width, N), rng.uniform(1, 30, N)
    sizes = rng.uniform(3, 0.35 * width, N), rng.uniform(20, 50, N)
    return {"boxes": np.stack([x0, y0, x0 + sizes[0], y0 + sizes[1]], axis=1), "width": width}


def none(rng):
    return {"boxes": np.zeros((0, 4)), "width": int(rng.integers(60, 90))}


question = Question(
    name="flip_boxes",
    assignment="07_augmentation",
    reference=reference.flip_boxes,
    result_name="the boxes",
    properties=[
        Property("value", 2, boxes, "some boxes"),
        Property("no boxes", 0.5, none, "an image without boxes, boxes of shape (0, 4)", cases=1),
        Property("inputs unharmed", 0.5, boxes, "any boxes", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="a difference of numbers below 100: float32 errs by 1e-5, a mistake by a pixel or more",
    ),
    stuck="My image is shifted, mirrored or smeared",
)


@question.accepts("column by column into a copy")
def flip_boxes(boxes, width):
    out = boxes.copy()
    out[:, 0] = width - boxes[:, 2]
    out[:, 2] = width - boxes[:, 0]
    return out


@question.accepts("mirrors both and sorts them")
def flip_boxes(boxes, width):
    x = np.sort(width - boxes[:, [0, 2]], axis=1)
    return np.stack([x[:, 0], boxes[:, 1], x[:, 1], boxes[:, 3]], axis=1)


@question.accepts("centre and size")
def flip_boxes(boxes, width):
    centre, half = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 2] - boxes[:, 0]) / 2
    centre = width - centre
    return np.column_stack((centre - half, boxes[:, 1], centre + half, boxes[:, 3]))


@question.accepts("torch in float32, box by box")
def flip_boxes(boxes, width):
    import torch

    out = torch.zeros(len(boxes), 4)
    for n, (x0, y0, x1, y1) in enumerate(torch.tensor(boxes, dtype=torch.float32)):
        out[n] = torch.stack([width - x1, y0, width - x0, y1])
    return out


question.misconception(
    "corners_not_exchanged",
    "You mirrored both corners and left them in their places, so that x0 is larger than x1. What was the right side "
    "is now the left one.",
    seen="boxes[:, [0, 2]] = width - boxes[:, [0, 2]], in notebooks on detection; such boxes have negative areas",
    replace=(
        "np.stack([width - x1, y0, width - x0, y1], axis=1)",
        "np.stack([width - x0, y0, width - x1, y1], axis=1)",
    ),
)
question.misconception(
    "overwritten",
    "You wrote the new x0 over the old one before you used it for x1, so both sides are at one place.",
    seen="boxes[:, 0] = W - boxes[:, 2]; boxes[:, 2] = W - boxes[:, 0]",
    replace=("np.stack([width - x1, y0, width - x0, y1], axis=1)", "np.stack([width - x1, y0, x1, y1], axis=1)"),
)
question.misconception(
    "one_pixel_off",
    "You mirrored at width - 1, as one does with pixel numbers. These are edges, from 0 to width.",
    seen="W - 1 - x, the rule for indices",
    replace=(
        "np.stack([width - x1, y0, width - x0, y1], axis=1)",
        "np.stack([width - 1 - x1, y0, width - 1 - x0, y1], axis=1)",
    ),
)
question.misconception(
    "yx_order",
    "You mirrored the second and the fourth column. Those are the x's in TensorFlow's order; here x comes first.",
    seen="boxes as y0, x0, y1, x1 in TensorFlow",
    convention=True,
    replace=(
        "np.stack([width - x1, y0, width - x0, y1], axis=1)",
        "np.stack([x0, width - y1, x1, width - y0], axis=1)",
    ),
)
question.misconception(
    "width_for_corner",
    "You read the third column as the box's width. It is x1, its right edge.",
    seen="COCO's boxes: x, y, width, height",
    convention=True,
    replace=("np.stack([width - x1, y0, width - x0, y1], axis=1)", "np.stack([width - x0 - x1, y0, x1, y1], axis=1)"),
)
question.misconception(
    "centre_for_corner",
    "You read the first column as the box's centre. It is x0, its left edge.",
    seen="YOLO's boxes: centre, width and height",
    convention=True,
    replace=("np.stack([width - x1, y0, width - x0, y1], axis=1)", "np.stack([width - x0, y0, x1, y1], axis=1)"),
)
question.misconception(
    "not_moved",
    "You returned the boxes as they were. The image is mirrored, and they must follow.",
    seen="a transform for images applied in a detection pipeline",
    replace=("np.stack([width - x1, y0, width - x0, y1], axis=1)", "np.stack([x0, y0, x1, y1], axis=1)"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote them into boxes itself. Work on a copy.",
    seen="boxes[:, [0, 2]] = width - boxes[:, [2, 0]]",
    replace=(
        "return np.stack([width - x1, y0, width - x0, y1], axis=1)",
        "boxes[:, [0, 2]] = width - boxes[:, [2, 0]]\n    return boxes",
    ),
)
