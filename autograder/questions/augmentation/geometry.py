"""flip, shift and crop: whole pixels that move. A warm-up, and two functions with edges."""

from types import SimpleNamespace

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import augmentation as reference

from .inputs import image, images


def single(rng):
    return {"x": images(rng)}


def up_and_right(rng):
    return {"x": image(rng), "dy": -int(rng.integers(1, 3)), "dx": int(rng.integers(3, 5))}


def down_and_left(rng):
    return {"x": images(rng), "dy": int(rng.integers(3, 5)), "dx": -int(rng.integers(1, 3))}


def far(rng):
    """By more than the image's sides, either way, so that nothing is left."""
    x = image(rng, 3)
    sign = rng.choice([-1, 1])
    return {"x": x, "dy": int(sign * (x.shape[1] + rng.integers(1, 4))), "dx": -int(sign * (x.shape[2] + 2))}


def padded(rng):
    """A window that begins in the padding and ends in the image."""
    x, padding = images(rng), int(rng.integers(3, 5))
    top, left = int(rng.integers(0, 2)), 2
    return {"x": x, "top": top, "left": left, "height": padding + 2, "width": padding + 1, "padding": padding}


def not_padded(rng):
    return {"x": image(rng), "top": 3, "left": int(rng.integers(1, 3)), "height": 2, "width": 4}


question = Question(
    name="geometry",
    assignment="07_augmentation",
    names=("flip", "shift", "crop"),
    reference=SimpleNamespace(flip=reference.flip, shift=reference.shift, crop=reference.crop),
    properties=[
        Property("flip", 1, single, "a batch of images", of="flip"),
        Property("shift", 1, up_and_right, "an image that moves up and to the right", of="shift"),
        Property("shift, the other way", 0.5, down_and_left, "images that move down and to the left", of="shift"),
        Property("shift, far", 0.5, far, "a move by more than the image's height and width", of="shift"),
        Property("shift, x unharmed", 0.5, up_and_right, "any image", judge=inputs_unharmed, of="shift"),
        Property("crop", 1, padded, "images with padding, and a window that begins in it", of="crop"),
        Property("crop, no padding", 0.5, not_padded, "an image without padding", of="crop"),
    ],
    tolerance=Tolerance(rtol=1e-4, atol=1e-6, why="pixels are copied: float32 errs by 1e-7, a wrong pixel by far more"),
    forbids=("scipy.ndimage.shift",),
    stuck="My image is shifted, mirrored or smeared",
)

question.accepts(
    "NumPy's flip, coordinates looked up, a window copied into zeros",
    """
    def flip(x):
        return np.flip(x, -1)

    def shift(x, dy, dx):
        H, W = x.shape[-2:]
        rows, cols = np.arange(H) - dy, np.arange(W) - dx
        seen = ((rows >= 0) & (rows < H))[:, None] & ((cols >= 0) & (cols < W))
        return np.where(seen, x[..., rows.clip(0, H - 1)[:, None], cols.clip(0, W - 1)], 0)

    def crop(x, top, left, height, width, padding=0):
        H, W = x.shape[-2:]
        big = np.zeros((*x.shape[:-2], H + 2 * padding, W + 2 * padding))
        big[..., padding : padding + H, padding : padding + W] = x
        return big[..., top : top + height, left : left + width]
    """,
)
question.accepts(
    "loops over the pixels",
    """
    def flip(x):
        out = np.zeros(x.shape)
        for j in range(x.shape[-1]):
            out[..., j] = x[..., x.shape[-1] - 1 - j]
        return out

    def shift(x, dy, dx):
        H, W = x.shape[-2:]
        out = np.zeros(x.shape)
        for i in range(H):
            for j in range(W):
                if 0 <= i + dy < H and 0 <= j + dx < W:
                    out[..., i + dy, j + dx] = x[..., i, j]
        return out

    def crop(x, top, left, height, width, padding=0):
        H, W = x.shape[-2:]
        out = np.zeros((*x.shape[:-2], height, width))
        for i, j in np.ndindex(height, width):
            a, b = top + i - padding, left + j - padding
            if 0 <= a < H and 0 <= b < W:
                out[..., i, j] = x[..., a, b]
        return out
    """,
)
question.accepts(
    "np.roll, with what came around set to 0; crop as a shift",
    """
    def flip(x):
        return np.take(x, np.arange(x.shape[-1])[::-1], axis=-1)

    def shift(x, dy, dx):
        H, W = x.shape[-2:]
        out = np.roll(x, (dy, dx), axis=(-2, -1))
        if dy >= 0:
            out[..., :dy, :] = 0
        else:
            out[..., max(H + dy, 0):, :] = 0
        if dx >= 0:
            out[..., :dx] = 0
        else:
            out[..., max(W + dx, 0):] = 0
        return out

    def crop(x, top, left, height, width, padding=0):
        moved = np.zeros((*x.shape[:-2], max(height, x.shape[-2]), max(width, x.shape[-1])))
        moved[..., : x.shape[-2], : x.shape[-1]] = x
        return shift(moved, padding - top, padding - left)[..., :height, :width]
    """,
)
question.accepts(
    "torch in float32",
    """
    import torch

    def flip(x):
        return torch.tensor(x, dtype=torch.float32).flip(-1)

    def shift(x, dy, dx):
        # a negative padding cuts off
        t = torch.tensor(x, dtype=torch.float32)
        H, W = t.shape[-2:]
        dy, dx = max(-H, min(H, dy)), max(-W, min(W, dx))
        return torch.nn.functional.pad(t, (dx, -dx, dy, -dy))

    def crop(x, top, left, height, width, padding=0):
        t = torch.nn.functional.pad(torch.tensor(x).float(), [padding] * 4)
        return t.narrow(-2, top, height).narrow(-1, left, width)
    """,
)

question.misconception(
    "flipped_upside_down",
    "You mirrored the image top to bottom. Left to right means that the columns, the last axis, are reversed.",
    seen="np.flipud for np.fliplr, and axis=0 of an image in cv2.flip",
    replace=("x[..., ::-1].copy()", "x[..., ::-1, :].copy()"),
)
question.misconception(
    "flipped_everything",
    "You reversed all axes, the order of images and channels included. Only the columns are reversed.",
    seen="np.flip without an axis",
    replace=("x[..., ::-1].copy()", "np.flip(x)"),
)
question.misconception(
    "flipped_the_batch",
    "You reversed the first axis, so that the images come in the opposite order. The columns are the last axis.",
    seen="x[::-1], and np.flip(x, 1) on an image that has channels",
    replace=("x[..., ::-1].copy()", "x[::-1].copy()"),
)
question.misconception(
    "turned_by_half",
    "You reversed rows and columns, which turns the image by 180 degrees. A mirror reverses the columns only.",
    seen="two flips, of which one was meant",
    replace=("x[..., ::-1].copy()", "x[..., ::-1, ::-1].copy()"),
)
question.misconception(
    "wraps_around",
    "What leaves your image on one side comes in again on the other. It is lost, and zeros take its place.",
    seen="np.roll and torch.roll used as shifts",
    replace=("return around[..., a - dy : a - dy + H, b - dx : b - dx + W]", "return np.roll(x, (dy, dx), (-2, -1))"),
)
question.misconception(
    "opposite_direction",
    "Your image moves the opposite way. A positive dy moves it down, to larger row numbers, and a positive dx right.",
    seen="the place a pixel comes from confused with the one it goes to",
    replace=("a - dy : a - dy + H, b - dx : b - dx + W", "a + dy : a + dy + H, b + dx : b + dx + W"),
)
question.misconception(
    "up_is_positive",
    "Your image moves up where dy is positive. Rows are counted from the top, so a positive dy moves it down.",
    seen="the y axis of school, which points up",
    replace=("a - dy : a - dy + H", "a + dy : a + dy + H"),
)
question.misconception(
    "dy_and_dx_exchanged",
    "You moved columns by dy and rows by dx. The first number is for the rows.",
    seen="(x, y) of a plot against (row, column) of an array",
    replace=("a, b = abs(dy), abs(dx)", "dy, dx = dx, dy\n    a, b = abs(dy), abs(dx)"),
)
question.misconception(
    "edge_smeared",
    "You filled what was left open by repeating the image's edge. Here zeros go there.",
    seen="mode='edge' or 'nearest', the default of Keras's shifts",
    replace=("[(a, a), (b, b)])", '[(a, a), (b, b)], mode="edge")'),
)
question.misconception(
    "in_place",
    "You moved the pixels inside x itself. Leave x as it was, and return a new array.",
    seen="x[...] = np.roll(x) and zeros written into it",
    replace=(
        "return around[..., a - dy : a - dy + H, b - dx : b - dx + W]",
        "x[...] = around[..., a - dy : a - dy + H, b - dx : b - dx + W]\n    return x",
    ),
)
question.misconception(
    "far_moves_leave_something",
    "Moved by more than its own size, your image is still there in part. A slice that begins or ends at a negative "
    "number counts from the other end.",
    seen="out[:H + dy] = x[-dy:], with H + dy below 0",
    replace=(
        "return around[..., a - dy : a - dy + H, b - dx : b - dx + W]",
        "a, b = a % H, b % W\n    dy, dx = (a if dy > 0 else -a), (b if dx > 0 else -b)\n"
        "    around = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(a, a), (b, b)])\n"
        "    return around[..., a - dy : a - dy + H, b - dx : b - dx + W]",
    ),
)
question.misconception(
    "crop_not_padded",
    "Your window's corner is counted in the image itself, as if it had no padding. It is counted in the padded image: "
    "(0, 0) is the padding's corner.",
    seen="a random crop of CIFAR images with the padding forgotten, after which only one place is left",
    replace=("padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2)", "padded = x"),
)
question.misconception(
    "crop_reflects",
    "You padded with a mirrored image. Here the padding is zeros.",
    seen="padding_mode='reflect', as many training scripts for CIFAR do",
    replace=("[(padding, padding)] * 2)", '[(padding, padding)] * 2, mode="reflect")'),
)
question.misconception(
    "crop_ends_for_sizes",
    "You took the window's height and width for the row and column at which it ends. It ends height rows below its "
    "top.",
    seen="img[top:height, left:width], and Pillow's crop, which takes corners",
    replace=("top : top + height, left : left + width", "top:height, left:width"),
)
question.misconception(
    "crop_corner_exchanged",
    "You began at row left and column top. The first number is for the rows.",
    seen="(x, y) of a plot against (row, column) of an array",
    replace=(
        "return padded[..., top : top + height, left : left + width]",
        "return padded[..., left : left + height, top : top + width]",
    ),
)
question.misconception(
    "crop_pads_every_axis",
    "You padded all axes, so that there are more images and channels than before. Only rows and columns get padding.",
    seen="np.pad(x, padding)",
    replace=("np.pad(x, [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2)", "np.pad(x, padding)"),
)
