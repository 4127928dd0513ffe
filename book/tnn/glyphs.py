"""Letters drawn from the fonts that matplotlib carries, made to look like the scanned digits: the pretraining data.

A scan is a 32 x 32 bitmap of a digit that fills the frame's height, counted in blocks of 4 x 4. Letters are made the
same way: a face draws the letter, it is scaled to the frame, turned, slanted and squeezed a little, and its strokes
are made as thick as it takes to have a scan's share of ink.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own name for it)
from matplotlib.ft2font import FT2Font
from scipy.ndimage import distance_transform_edt

# Left out are the look-alikes of digits (B b D G g I i l O o q Q S s Z z), and of a small letter with the shape of its
# capital (c j k p u v w x y) the small one: after scaling they are the same. Greek capitals add shapes.
LETTERS = tuple("ACEFHJKLMNPRTUVWXYadefhmnrtΓΔΛΞΠΣΦΨΩλπ")
FACES = (
    *("DejaVuSans" + style for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *("DejaVuSansMono" + style for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *("DejaVuSerif" + style for style in ("", "-Bold", "-Italic", "-BoldItalic")),
    *("STIXGeneral" + style for style in ("", "Bol", "Italic", "BolIta")),
    "cmr10",
    "cmss10",
)  # fmt: skip
FRAME = 32  # pixels of the bitmap, before it is counted in blocks
CANVAS = 64  # pixels of the drawing that it is taken from


@dataclass(frozen=True)
class Letters:
    """N images as rows of 64 pixels from 0 to 1, and how each was made."""

    x: np.ndarray  # (N, 64) float64
    letter: np.ndarray  # (N,) index into LETTERS
    face: np.ndarray  # (N,) index into FACES
    slant: np.ndarray  # (N,) shift to the right per height
    ink: np.ndarray  # (N,) share of the frame that is ink


def draw(n, seed, ink=(0.305, 0.05)):
    """n letters drawn by `seed`: every pair of letter and face that exists is equally likely.

    ink: mean and deviation of the share of ink; the mean is that of the digits' nine training forms.
    """
    rng = np.random.default_rng([seed, 41])
    fields, pairs = distance_fields()
    chosen = rng.integers(len(pairs), size=n)
    how = {
        "slant": rng.uniform(-0.35, 0.35, n),
        "turn": rng.uniform(-0.25, 0.25, n),  # radians
        "width": rng.uniform(0.65, 1.15, n),
        "height": rng.uniform(0.85, 1.1, n),
        "shift": rng.uniform(-0.25, 0.25, n),  # sideways, in half frames
        "share": np.clip(rng.normal(*ink, n), 0.1, 0.6),
        "swell": 2 * rng.normal(size=(n, 1, 4, 4)),  # pixels by which strokes grow here and shrink there
    }
    parts = np.array_split(np.arange(n), max(1, n // 2000))
    x = [_rendered(fields[chosen[part]], **{name: values[part] for name, values in how.items()}) for part in parts]
    return Letters(np.concatenate(x), pairs[chosen, 0], pairs[chosen, 1], how["slant"], how["share"])


def _rendered(fields, slant, turn, width, height, shift, share, swell):
    """Images (n, 64) from distance fields (n, CANVAS, CANVAS)."""
    cos, sin = np.cos(turn), np.sin(turn)
    # Both squares run from -1 to 1, downwards in the second coordinate. A pixel of the bitmap at r shows the drawing
    # at A r + b.
    A = [[cos / width, (sin + slant * cos) / width, shift], [-sin / height, (cos - slant * sin) / height, 0 * shift]]
    where = torch.as_tensor(np.array(A).transpose(2, 0, 1), dtype=torch.float32)  # (n, 2, 3)
    grid = F.affine_grid(where, (len(fields), 1, FRAME, FRAME), align_corners=False)
    depth = F.grid_sample(fields[:, None], grid, padding_mode="border", align_corners=False)  # (n, 1, FRAME, FRAME)
    depth = depth + F.interpolate(torch.as_tensor(swell, dtype=torch.float32), size=(FRAME, FRAME), mode="bicubic")
    flat = depth.flatten(1)  # the deepest pixels become ink, as many as the share says
    border = flat.sort(1, descending=True).values.gather(1, torch.as_tensor((share * FRAME**2).astype(int))[:, None])
    bitmap = (flat > border).float().view_as(depth)
    return F.avg_pool2d(bitmap, FRAME // 8).flatten(1).double().numpy()


@cache
def distance_fields():
    """(fields, pairs) of all letters that the faces have: fields (n, CANVAS, CANVAS), positive inside, the distance in
    pixels to the outline; pairs (n, 2), indices of letter and face."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fields, pairs = [], []
    for f, face in enumerate(FACES):
        font = FT2Font(str(folder / f"{face}.ttf"))
        known = font.get_charmap()
        for c, letter in enumerate(LETTERS):
            if ord(letter) in known:
                fields.append(_distance_field(font, letter))
                pairs.append((c, f))
    return torch.as_tensor(np.array(fields), dtype=torch.float32), np.array(pairs)


def _distance_field(font, letter):
    """One drawing, scaled so that its box fills the middle of the canvas in height, or in width if it is broad."""
    font.set_size(96, 72)
    font.set_text(letter, 0.0)
    font.draw_glyphs_to_bitmap(antialiased=True)
    drawn = np.asarray(font.get_image(), dtype=np.float32) / 255
    rows, columns = np.flatnonzero(drawn.max(1) > 0.5), np.flatnonzero(drawn.max(0) > 0.5)
    box = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inner = round(CANVAS * 0.96)
    factor = min(inner / box.shape[0], inner * 0.72 / box.shape[1])
    height, width = (max(1, round(side * factor)) for side in box.shape)
    scaled = F.interpolate(torch.as_tensor(box)[None, None], size=(height, width), mode="bilinear", antialias=True)
    canvas = np.zeros((CANVAS, CANVAS), dtype=bool)
    top, left = (CANVAS - height) // 2, (CANVAS - width) // 2
    canvas[top : top + height, left : left + width] = scaled[0, 0].numpy() > 0.5
    return distance_transform_edt(canvas) - distance_transform_edt(~canvas)
