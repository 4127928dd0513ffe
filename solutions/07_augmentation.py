# %% [markdown]
# # Assignment 07 · Augmentation
#
# You write the changes that turn one example into many: images moved, turned, resized, hidden in part and mixed, and
# sentences edited without changing what they say. Each is a few lines. Most bugs here never raise: a turn goes the
# wrong way, a box stays behind, a label keeps a share it no longer has, and the model learns from that.
#
# - **Points:** {points}, for {questions} questions. Questions 9 to 13 are optional; they are worth 15 of the points.
# - **Time:** about 130 minutes for questions 1 to 8: 5 for questions 2 and 6 each, 30 for question 3, 10 to 20 for
#   each of the others. The optional ones take 5 to 15 each, the investigation another 30 to 45.
# - **You need:** NumPy's slices and index arrays; a little trigonometry for question 3; lists and dictionaries for the
#   questions on text. Chapter 7 of the course's book explains the ideas.
#
# **How to work.** Write your code where a cell says so, and delete the line that raises `NotImplementedError`. Run
# the cell below it: it tries your function on the worked example, and costs nothing. You may add cells, print and
# plot as you like. Only the cells marked *graded here* give points. What you change in them is put back before
# grading, and so is what you change in tests and given code. No answer needs another one: if a question resists, go
# on. Grading runs every cell, also after one that fails. At the end there is a section *Stuck?*, sorted by symptom.
#
# **What `check` says.** With the course's autograder installed, `check(...)` gives your points and says what is wrong.
# Without it you get both when your work comes back, so try inputs of your own: the examples here are small and tidy.
#
# **Names.** An image `x` has $H$ rows, counted from the top, and $W$ columns, counted from the left; both counts begin
# at 0, and a place is (row, column). The last two axes of an array of images are the rows and the columns: `(H, W)`,
# `(C, H, W)` with $C$ channels, or `(N, C, H, W)` with $N$ images. $K$ is the number of classes; labels `y` of shape
# `(N, K)` are probabilities, one row per example. `rng` is a NumPy generator, as `np.random.default_rng` makes it.
#
# **Where chance comes in.** An augmentation draws an angle, a place, a partner. In most questions the draw is already
# made and handed to you, so that a right answer has one value. Where you get `rng`, draw from it and from nothing
# else; how is up to you, and what is graded is what every right answer has.
#
# **Rules for every answer.** Leave the inputs as they were; what you return may be a view of them. Images are NumPy
# arrays of floats of any size, also below 0. What you return may be float32, a list or a torch tensor; about four
# digits must be right. Loops are fine, and so is one answer that calls another: an error then carries over. Don't let
# your functions call a library's ready-made version of what you are asked to write: writing it is the point, and such
# a call is reported to your instructor. Steps on the way, such as `np.pad`, `np.flip` (also in question 1) or a
# shuffle, may be the library's. Imports and helpers may stand in cells of your own, which run in their places.

# %% given="imports"
import numpy as np

# %% [markdown]
# ## 1. `flip`, `shift`, `crop`: pixels that move
#
# **Why it matters.** These three are what nearly every image model is trained with. Their bugs are at the edges: what
# leaves the image on one side must not come in again on the other.
#
# **Write** three functions of images `x`, whose last two axes are rows and columns; there may be none, one or two axes
# before them.
#
# - `flip(x)`: mirrored left to right. The order of columns is reversed, and nothing else.
# - `shift(x, dy, dx)`: moved *down* by `dy` pixels and to the *right* by `dx`, two whole numbers. Negative ones move up
#   and to the left. What leaves the image is lost, what is left open becomes 0, and the shape stays. A move may be
#   larger than the image: then nothing is left but zeros.
# - `crop(x, top, left, height, width, padding=0)`: put `padding` rows and columns of zeros on all four sides of each
#   image; then cut out the window of `height` rows and `width` columns whose upper left pixel is (`top`, `left`) *in
#   the padded image*. The window lies in the padded image. The last two axes of the result are `height` and `width`.
#
# **Example.** `x = [[1., 2., 3.], [4., 5., 6.]]`. Mirrored it is `[[3., 2., 1.], [6., 5., 4.]]`. `shift(x, 1, -1)` is
# `[[0., 0., 0.], [2., 3., 0.]]`. `crop(x, 0, 1, 2, 3, padding=1)` is `[[0., 0., 0.], [1., 2., 3.]]`.


# %% answer="flip"
def flip(x):
    """Images mirrored left to right. x: (..., H, W). Returns an array of the same shape."""
    ### BEGIN SOLUTION
    return x[..., ::-1].copy()
    ### END SOLUTION


# %% visible="flip"
def try_flip():
    found = flip(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    assert np.shape(found) == (2, 3), f"the shape should stay (2, 3), but is {np.shape(found)}"
    assert np.allclose(found, [[3, 2, 1], [6, 5, 4]]), f"the worked example is [[3, 2, 1], [6, 5, 4]], not\n{found}"
    print("flip: the worked example is right")


try_flip()


# %% answer="shift"
def shift(x, dy, dx):
    """Images moved down by dy and to the right by dx pixels, with zeros where nothing is left.

    x: (..., H, W). dy, dx: whole numbers of either sign and any size. Returns an array of the same shape.
    """
    ### BEGIN SOLUTION
    H, W = x.shape[-2:]
    a, b = abs(dy), abs(dx)
    around = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(a, a), (b, b)])
    return around[..., a - dy : a - dy + H, b - dx : b - dx + W]
    ### END SOLUTION


# %% visible="shift"
def try_shift():
    found = shift(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 1, -1)
    assert np.shape(found) == (2, 3), f"the shape should stay (2, 3), but is {np.shape(found)}"
    assert np.allclose(found, [[0, 0, 0], [2, 3, 0]]), f"the worked example is [[0, 0, 0], [2, 3, 0]], not\n{found}"
    print("shift: the worked example is right")


try_shift()


# %% answer="crop"
def crop(x, top, left, height, width, padding=0):
    """A window of the images with zeros around them.

    x: (..., H, W). (top, left): the window's upper left pixel in the padded image. Returns (..., height, width).
    """
    ### BEGIN SOLUTION
    padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2)
    return padded[..., top : top + height, left : left + width]
    ### END SOLUTION


# %% visible="crop"
def try_crop():
    found = crop(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 0, 1, 2, 3, padding=1)
    assert np.shape(found) == (2, 3), f"the shape should be (height, width) = (2, 3), but is {np.shape(found)}"
    assert np.allclose(found, [[0, 0, 0], [1, 2, 3]]), f"the worked example is [[0, 0, 0], [1, 2, 3]], not\n{found}"
    print("crop: the worked example is right")


try_crop()

# %% graded="geometry"

# %% [markdown]
# ## 2. `flip_boxes`: what must move along
#
# **Why it matters.** Whatever says *where* something is must move with the image: boxes, masks, key points. Forgotten,
# half of the training data of a detector is wrong, and no error says so.
#
# **Write** `flip_boxes(boxes, width)`: the boxes of an image that is mirrored left to right. `boxes` has shape
# `(N, 4)`, and each row is `(x0, y0, x1, y1)`: the left, upper, right and lower edge of a box, with `x0 < x1` and
# `y0 < y1`. So are the rows of the result, in the same order of boxes. `width` is the image's.
#
# - Coordinates are those of *edges*, in pixels, and may be fractions: the image reaches from 0 to `width`, and a box
#   around the leftmost pixel column alone has `x0 = 0` and `x1 = 1`.
# - There may be no boxes at all: `boxes` of shape `(0, 4)` gives a result of shape `(0, 4)`.
#
# **Example.** In an image of width 10, `[[1., 2., 4., 7.]]` becomes `[[6., 2., 9., 7.]]`.


# %% answer="flip_boxes"
def flip_boxes(boxes, width):
    """The boxes of a mirrored image. boxes: (N, 4), rows of (x0, y0, x1, y1). Returns an array (N, 4)."""
    ### BEGIN SOLUTION
    x0, y0, x1, y1 = boxes.T
    return np.stack([width - x1, y0, width - x0, y1], axis=1)
    ### END SOLUTION


# %% visible="flip_boxes"
def try_flip_boxes():
    found = flip_boxes(np.array([[1.0, 2.0, 4.0, 7.0]]), 10)
    assert np.shape(found) == (1, 4), f"the result should have shape (N, 4) = (1, 4), but has shape {np.shape(found)}"
    assert np.allclose(found, [[6, 2, 9, 7]]), f"the worked example gives [[6, 2, 9, 7]], but yours is {found}"
    print("flip_boxes: the worked example is right")


try_flip_boxes()

# %% graded="flip_boxes"

# %% [markdown]
# ## 3. `rotate`: where does each pixel come from?
#
# **Why it matters.** A turned pixel doesn't land on a pixel. So every library asks the reverse question, from where in
# the old image each pixel of the new one comes, and mixes the four pixels around that point. Once you can do this for a
# turn, you can do it for any geometric change.
#
# **Write** `rotate(x, degrees)`: an image `x` of shape `(H, W)`, turned *counterclockwise* by an angle in degrees about
# its centre. The shape stays, also where $H \ne W$; so corners may be lost.
#
# - The centre is at row $c_y = \frac{H - 1}{2}$ and column $c_x = \frac{W - 1}{2}$, half way between the first and the
#   last, also if that is between two pixels.
# - With the angle $a$, the pixel at row $i$ and column $j$ of the result comes from this point of `x`, its *source*:
#
# $$ r = c_y + \cos(a)\,(i - c_y) + \sin(a)\,(j - c_x), \qquad c = c_x - \sin(a)\,(i - c_y) + \cos(a)\,(j - c_x) . $$
#
#   Rows are counted downwards: hence these signs, with which a positive angle turns the image counterclockwise on
#   the screen, as `np.rot90` does.
# - *Bilinear interpolation.* With $t = r - \lfloor r \rfloor$ and $u = c - \lfloor c \rfloor$, the pixels of row
#   $\lfloor r \rfloor$ have the share $1 - t$, those of the row below the share $t$; likewise $1 - u$ and $u$ for the
#   columns. Each of the four pixels around the source counts with the product of its two shares.
# - A source *inside* has $0 \le r \le H - 1$ and $0 \le c \le W - 1$. That includes points exactly on the last row or
#   column: what would be the neighbour beyond has the share 0 there. So an angle of 0 returns the image, all of it.
#   Rounding may put such a point a hair outside; if you ask whether a source is inside, allow for `1e-9`.
# - If the source is outside by one pixel or more ($r \le -1$ or $r \ge H$, or the same with $c$ and $W$), the result
#   is 0. In between libraries differ; there any value counts as right.
#
# **Example.** `x = [[1., 2., 3.], [4., 5., 6.], [7., 8., 9.]]`. Turned by 90 degrees it is
# `[[3., 6., 9.], [2., 5., 8.], [1., 4., 7.]]`, up to rounding. Turned by 45 degrees its middle column is
# `[3.586, 5., 6.414]`: the source of the pixel above the centre lies at row 0.293 and column 1.707.


# %% answer="rotate"
def rotate(x, degrees):
    """An image turned counterclockwise about its centre, by bilinear interpolation; 0 where nothing comes from.

    x: (H, W). degrees: any number. Returns an array (H, W).
    """
    ### BEGIN SOLUTION
    H, W = x.shape
    a = np.deg2rad(degrees)
    cy, cx = (H - 1) / 2, (W - 1) / 2
    i, j = np.arange(H)[:, None] - cy, np.arange(W) - cx
    rows, cols = cy + np.cos(a) * i + np.sin(a) * j, cx - np.sin(a) * i + np.cos(a) * j  # (H, W)
    y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)
    wy, wx = rows - y0, cols - x0
    out = np.zeros((H, W))
    for y, share_y in ((y0, 1 - wy), (y0 + 1, wy)):
        for z, share_x in ((x0, 1 - wx), (x0 + 1, wx)):
            inside = (y >= 0) & (y < H) & (z >= 0) & (z < W)
            out += inside * share_y * share_x * x[y.clip(0, H - 1), z.clip(0, W - 1)]
    return out
    ### END SOLUTION


# %% visible="rotate"
def try_rotate():
    x = np.arange(1.0, 10.0).reshape(3, 3)
    found = rotate(x, 45)
    assert np.shape(found) == (3, 3), f"the shape should stay (3, 3), but is {np.shape(found)}"
    assert np.allclose(found[1][1], 5), f"the middle of the worked example stays 5, but yours is {found[1][1]}"
    middle = [found[0][1], found[2][1]]
    assert np.allclose(middle, [3.586, 6.414], atol=1e-3), f"above and below 5 are 3.586 and 6.414, but yours {middle}"
    quarter = rotate(x, 90)
    assert np.allclose(quarter, [[3, 6, 9], [2, 5, 8], [1, 4, 7]]), f"turned by 90 degrees, yours is\n{quarter}"
    assert np.allclose(rotate(x, 0), x), "an angle of 0 should return the image as it is, its last row and column too"
    print("rotate: the worked example is right")


try_rotate()

# %% graded="rotate"

# %% [markdown]
# ## 4. `resize`: where is the middle of a pixel?
#
# **Why it matters.** A model is trained with one library's resizing and used with another's, and its accuracy drops.
# Mostly the two disagree about one thing: whether a pixel is a point or a small square.
#
# **Write** `resize(x, height, width)`: an image `x` of shape `(H, W)`, brought to the shape `(height, width)` by
# bilinear interpolation. Both may be larger or smaller than before, and 1.
#
# - A pixel is a *square*, as in torch's `align_corners=False`: row $i$ covers the heights from $i$ to $i + 1$, and its
#   centre is at $i + \frac12$. Old and new image have the same outer edges. So row $i$ of the result, with its centre
#   at $i + \frac12$ of `height`, has its source at
#
# $$ r = \left(i + \tfrac12\right) \frac{H}{\mathtt{height}} - \tfrac12 $$
#
#   in row numbers of `x`. Columns go alike.
# - Beyond the centres of the outer pixels the image goes on with the outer pixels' values: bring $r$ into the range
#   from 0 to $H - 1$ before you interpolate.
# - With $t = r - \lfloor r \rfloor$, row $\lfloor r \rfloor$ has the share $1 - t$ and the row below it the share $t$;
#   likewise for the columns. No other pixels count: made smaller, the image isn't averaged (no antialiasing).
#
# **Example.** `x = [[0., 4.]]` resized to 1 row and 4 columns: the sources are at the columns −0.25, 0.25, 0.75 and
# 1.25, brought into range 0, 0.25, 0.75 and 1. The result is `[[0., 1., 3., 4.]]`.


# %% answer="resize"
def resize(x, height, width):
    """An image of another size, by bilinear interpolation with half-pixel centres.

    x: (H, W). height, width: 1 or more. Returns an array (height, width).
    """
    ### BEGIN SOLUTION
    def places(old, new):
        centre = (np.arange(new) + 0.5) * old / new - 0.5
        return np.clip(centre, 0, old - 1)

    H, W = x.shape
    rows, cols = places(H, height)[:, None], places(W, width)
    y0, x0 = np.floor(rows).astype(int), np.floor(cols).astype(int)
    y1, x1 = np.minimum(y0 + 1, H - 1), np.minimum(x0 + 1, W - 1)
    wy, wx = rows - y0, cols - x0
    upper = (1 - wx) * x[y0, x0] + wx * x[y0, x1]
    lower = (1 - wx) * x[y1, x0] + wx * x[y1, x1]
    return (1 - wy) * upper + wy * lower
    ### END SOLUTION


# %% visible="resize"
def try_resize():
    found = resize(np.array([[0.0, 4.0]]), 1, 4)
    assert np.shape(found) == (1, 4), f"the result should have shape (1, 4), but has shape {np.shape(found)}"
    assert np.allclose(found, [[0, 1, 3, 4]]), f"the worked example gives [[0, 1, 3, 4]], but yours is {found}"
    print("resize: the worked example is right")


try_resize()

# %% graded="resize"

# %% [markdown]
# ## 5. `cutout`: hide a square
#
# **Why it matters.** A model that sees a cat's ear in every picture may look at nothing else. Hide a part, another one
# each time, and it has to use the rest.
#
# **Write** `cutout(x, centre, size)`: a copy of an image `x` of shape `(C, H, W)`, in which a square of `size` by
# `size` pixels is 0 in all channels.
#
# - `centre` is `(cy, cx)`, a row and a column of the image. The square begins `size // 2` rows above row `cy` and
#   `size // 2` columns to the left of column `cx`, and it is `size` rows high and `size` columns wide. With `size = 3`
#   there is one row on either side of the centre's; with `size = 4` there are two above and one below.
# - The square may reach beyond the image, on any side. What is outside is cut off, and the square isn't moved.
# - `size` is 1 or more, and may be larger than the image.
#
# **Example.** `x` is `np.ones((1, 3, 4))`, `centre = (0, 2)`, `size = 3`: the square covers the rows −1 to 1 and the
# columns 1 to 3. Of this the rows 0 and 1 exist, and the result is
# `[[[1., 0., 0., 0.], [1., 0., 0., 0.], [1., 1., 1., 1.]]]`.


# %% answer="cutout"
def cutout(x, centre, size):
    """An image with a square of zeros around a pixel, clipped at the edges.

    x: (C, H, W). centre: (row, column). size: 1 or more. Returns an array (C, H, W).
    """
    ### BEGIN SOLUTION
    y0, x0 = centre[0] - size // 2, centre[1] - size // 2
    y1, x1 = y0 + size, x0 + size
    out = x.copy()
    out[..., max(y0, 0) : y1, max(x0, 0) : x1] = 0
    return out
    ### END SOLUTION


# %% visible="cutout"
def try_cutout():
    found = cutout(np.ones((1, 3, 4)), (0, 2), 3)
    assert np.shape(found) == (1, 3, 4), f"the shape should stay (1, 3, 4), but is {np.shape(found)}"
    wanted = [[[1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1]]]
    assert np.allclose(found, wanted), f"the worked example is {wanted}, but yours is\n{found}"
    print("cutout: the worked example is right")


try_cutout()

# %% graded="cutout"

# %% [markdown]
# ## 6. `mixup`: a little of both
#
# **Why it matters.** Between two examples a network may do anything. Mixup trains it to go there in a straight line: if
# an image is 70 % of one and 30 % of another, so is the answer.
#
# **Write** `mixup(x, y, lam, permutation)`. `x` holds $N$ examples, `(N, C, H, W)` or `(N, D)`. `y` of shape `(N, K)`
# are their labels, as probabilities. `lam` is a number from 0 to 1, $\lambda$. `permutation` of shape `(N,)` holds
# the numbers from 0 to $N - 1$, each once: entry $i$ is the partner of example $i$. Return two arrays, the mixed
# examples and the mixed labels, shaped like `x` and `y`:
#
# $$ \tilde x_i = \lambda\, x_i + (1 - \lambda)\, x_{p_i}, \qquad
#    \tilde y_i = \lambda\, y_i + (1 - \lambda)\, y_{p_i}, $$
#
# where $p_i$ is entry $i$ of the permutation.
#
# **Example.** `x = [[1., 0.], [0., 2.], [4., 4.]]`, `y = [[1., 0.], [0., 1.], [0., 1.]]`, `lam = 0.75`,
# `permutation = [2, 0, 1]`. The first mixed example is `0.75 * [1, 0] + 0.25 * [4, 4] = [1.75, 1.]`, with the label
# `[0.75, 0.25]`.


# %% answer="mixup"
def mixup(x, y, lam, permutation):
    """Each example mixed with its partner, and its label likewise.

    x: (N, ...). y: (N, K). lam: each example's own share. permutation: (N,). Returns x and y mixed, a pair of arrays.
    """
    ### BEGIN SOLUTION
    mixed = lam * x + (1 - lam) * x[permutation]
    labels = lam * y + (1 - lam) * y[permutation]
    return mixed, labels
    ### END SOLUTION


# %% visible="mixup"
def try_mixup():
    x, y = np.array([[1.0, 0.0], [0.0, 2.0], [4.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    result = mixup(x, y, 0.75, np.array([2, 0, 1]))
    assert result is not None and len(result) == 2, "return two arrays: the mixed examples and the mixed labels"
    mixed, labels = result
    assert np.shape(mixed) == (3, 2), f"the mixed examples should have shape (3, 2), but have {np.shape(mixed)}"
    assert np.allclose(mixed[0], [1.75, 1]), f"the first mixed example is [1.75, 1], but yours is {mixed[0]}"
    assert np.allclose(labels[0], [0.75, 0.25]), f"the first mixed label is [0.75, 0.25], but yours is {labels[0]}"
    print("mixup: the worked example is right")


try_mixup()

# %% graded="mixup"

# %% [markdown]
# ## 7. `cutmix`: a box of another image
#
# **Why it matters.** Cutmix pastes a box of one image into another. The label says how much of each is *seen*, and at
# the border of an image that isn't what was drawn: this is the step that copies of the code leave out.
#
# **Write** `cutmix(x, y, lam, centre, permutation)`. `x` has shape `(N, C, H, W)`; `y`, `lam` and `permutation` are as
# for `mixup`. All images of the batch use the same box. Return two arrays, shaped like `x` and `y`.
#
# - The box has $\lfloor H \sqrt{1 - \lambda} \rfloor$ rows and $\lfloor W \sqrt{1 - \lambda} \rfloor$ columns,
#   rounded down, so that about the share $1 - \lambda$ of the area is pasted. $\lambda$ may be 1: then nothing is.
#   What is rounded is never within rounding errors of a whole number, unless $\lambda$ is 1.
# - With `height` rows and `width` columns the box begins `height // 2` rows above row `cy` and `width // 2` columns to
#   the left of column `cx`, where `(cy, cx)` is `centre`, a pixel of the image. What reaches beyond the image is cut
#   off; the box isn't moved, however large it is.
# - Inside the box, image $i$ of the result is image $p_i$ of `x`, at the same place; elsewhere it is image $i$ of `x`.
# - Let $s$ be the share of the image's $H \cdot W$ pixels that lies *outside* of the box, after the box was rounded and
#   clipped. The labels are $\;\tilde y_i = s\, y_i + (1 - s)\, y_{p_i}$.
#
# **Example.** Images of 4 rows and 6 columns, `lam = 0.75`, `centre = (0, 3)`. The box has `int(4 * 0.5) = 2` rows and
# `int(6 * 0.5) = 3` columns. It begins at row −1 and column 2, so row 0 with the columns 2, 3 and 4 is left:
# 3 of 24 pixels. With its partner's label `[0., 1.]`, a label `[1., 0.]` becomes `[0.875, 0.125]`.


# %% answer="cutmix"
def cutmix(x, y, lam, centre, permutation):
    """A box of its partner pasted into each image, and labels in the shares of the pixels that are seen.

    x: (N, C, H, W). y: (N, K). centre: (row, column). permutation: (N,). Returns images and labels, a pair of arrays.
    """
    ### BEGIN SOLUTION
    H, W = x.shape[-2:]
    height, width = int(H * np.sqrt(1 - lam)), int(W * np.sqrt(1 - lam))
    top, left = centre[0] - height // 2, centre[1] - width // 2
    y0, y1 = max(top, 0), min(top + height, H)
    x0, x1 = max(left, 0), min(left + width, W)
    out = x.copy()
    out[..., y0:y1, x0:x1] = x[permutation][..., y0:y1, x0:x1]
    seen = 1 - (y1 - y0) * (x1 - x0) / (H * W)
    return out, seen * y + (1 - seen) * y[permutation]
    ### END SOLUTION


# %% visible="cutmix"
def try_cutmix():
    x = np.stack([np.full((1, 4, 6), value) for value in (0.0, 1.0, 2.0)])  # the first one's partner is the third
    result = cutmix(x, np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), 0.75, (0, 3), np.array([2, 0, 1]))
    assert result is not None and len(result) == 2, "return two arrays: the images and the labels"
    images, labels = result
    assert np.shape(images) == (3, 1, 4, 6), f"the images should keep the shape (3, 1, 4, 6), not {np.shape(images)}"
    wanted = np.zeros((4, 6))
    wanted[0, 2:5] = 2
    assert np.allclose(images[0][0], wanted), f"the first image of the worked example is\n{wanted}, not\n{images[0][0]}"
    assert np.allclose(labels[0], [0.875, 0.125]), f"the first label is [0.875, 0.125], but yours is {labels[0]}"
    print("cutmix: the worked example is right")


try_cutmix()

# %% graded="cutmix"

# %% [markdown]
# ## 8. `delete_tokens`, `swap_tokens`: edits that keep the meaning
#
# **Why it matters.** A sentence that loses a word or has two of them exchanged mostly still says the same. Mostly:
# without its *not* a review says the opposite, and its label doesn't know.
#
# **Write** two functions of `tokens`, a list of one or more strings. Both draw from `rng`, a NumPy generator, and from
# nothing else, so that an equal generator gives the same result again. `protected` is a set of words in lower case; a
# token is protected if it is among them *once it is in lower case*, so `"Not"` is protected by `{"not"}`.
#
# - `delete_tokens(tokens, p, protected, rng)`: each token that isn't protected is deleted with probability `p`,
#   independently of all others. A word that comes twice is two tokens, with a chance each. Protected tokens stay. What
#   stays keeps its order. If nothing would stay, exactly one of the tokens does, whichever you like.
# - `swap_tokens(tokens, protected, rng)`: the tokens at two different places are exchanged, and all others stay where
#   they are. Neither of the two is protected; among the places that remain, each pair is equally likely (also if the
#   same word stands at both). If there are fewer than two such places, the result is the tokens as they were.
#
# Return a list of strings, and leave `tokens` as it was.
#
# **Example.** `tokens = ["not", "bad", "at", "all"]` with `protected = {"not"}`. Some results of `delete_tokens` are
# `["not", "bad"]`, `["not"]` and `["not", "bad", "at", "all"]`; `["bad", "at", "all"]` is impossible. `swap_tokens` has
# three results: `["not", "at", "bad", "all"]`, `["not", "all", "at", "bad"]` and `["not", "bad", "all", "at"]`.


# %% answer="delete_tokens"
def delete_tokens(tokens, p, protected, rng):
    """Some of the tokens, in their order: each goes with probability p. Protected ones stay, and one in any case.

    tokens: a list of strings. p: from 0 to 1. protected: a set of words in lower case. Returns a list of strings.
    """
    ### BEGIN SOLUTION
    kept = [t for t in tokens if t.lower() in protected or rng.random() >= p]
    return kept or [tokens[rng.integers(len(tokens))]]
    ### END SOLUTION


# %% visible="delete_tokens"
def try_delete_tokens():
    rng, tokens, lengths = np.random.default_rng(1), ["not", "bad", "at", "all"], set()
    for _ in range(50):
        found = delete_tokens(tokens, 0.6, {"not"}, rng)
        assert found is not None and list(found)[:1] == ["not"], f"'not' is protected and comes first, but: {found}"
        rest = iter(tokens)
        assert all(t in rest for t in found), f"what stays should keep its order, but: {found}"
        lengths.add(len(found))
    assert lengths == {1, 2, 3, 4}, f"in 50 edits from 1 to 4 tokens should stay, but here: {sorted(lengths)}"
    assert tokens == ["not", "bad", "at", "all"], "tokens itself should stay as it was"
    print("delete_tokens: 50 edits of the worked example keep 'not' and the order")


try_delete_tokens()


# %% answer="swap_tokens"
def swap_tokens(tokens, protected, rng):
    """The tokens with two of them exchanged, neither of them protected.

    tokens: a list of strings. protected: a set of words in lower case. Returns a list of strings.
    """
    ### BEGIN SOLUTION
    out, places = list(tokens), [i for i, t in enumerate(tokens) if t.lower() not in protected]
    if len(places) > 1:
        i, j = rng.choice(places, 2, replace=False)
        out[i], out[j] = out[j], out[i]
    return out
    ### END SOLUTION


# %% visible="swap_tokens"
def try_swap_tokens():
    rng, tokens = np.random.default_rng(1), ["not", "bad", "at", "all"]
    possible = {("not", "at", "bad", "all"), ("not", "all", "at", "bad"), ("not", "bad", "all", "at")}
    found = [swap_tokens(tokens, {"not"}, rng) for _ in range(50)]
    for one in found:
        assert one is not None and tuple(one) in possible, f"the worked example has three results, but yours is {one}"
    assert len({tuple(one) for one in found}) == 3, "in 50 calls each of the three results should come"
    assert tokens == ["not", "bad", "at", "all"], "tokens itself should stay as it was"
    print("swap_tokens: 50 edits of the worked example are possible ones")


try_swap_tokens()

# %% graded="edit_tokens"

# %% [markdown]
# ## 9. `balanced_sampler`: what helps a rare class (optional)
#
# **Why it matters.** Augmenting every image ten times leaves a rare class exactly as rare. What changes the balance is
# how often each example is drawn.
#
# **Write** `balanced_sampler(labels)`: one weight for each example, as torch's `WeightedRandomSampler` takes them. If
# examples are drawn with probabilities in proportion to their weights, every class that occurs is drawn equally often,
# and so is every example within a class.
#
# - `labels` has shape `(N,)` and holds whole numbers. They need not begin at 0, may leave numbers out, and may be
#   negative. Return an array of shape `(N,)`.
# - Any scale will do: weights that are all ten times as large are as good.
#
# **Example.** `labels = [5, 2, 5, 5]`: the one example of class 2 gets three times the weight of each of the others, so
# `[1/6, 1/2, 1/6, 1/6]` is right, and `[1, 3, 1, 1]` too.


# %% answer="balanced_sampler"
def balanced_sampler(labels):
    """Weights with which all classes are drawn equally often. labels: (N,), whole numbers. Returns an array (N,)."""
    ### BEGIN SOLUTION
    _, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    own = counts[inverse]  # the number of examples in each one's class
    return 1 / own
    ### END SOLUTION


# %% visible="balanced_sampler"
def try_balanced_sampler():
    found = balanced_sampler(np.array([5, 2, 5, 5]))
    assert np.shape(found) == (4,), f"there should be one weight per example, (4,), but the shape is {np.shape(found)}"
    weights = np.asarray(found, dtype=float)
    shares = weights / weights.sum()
    assert np.allclose(shares, [1 / 6, 1 / 2, 1 / 6, 1 / 6]), f"the weights are as 1 : 3 : 1 : 1, not {found}"
    print("balanced_sampler: the worked example is right")


try_balanced_sampler()

# %% graded="balanced_sampler"

# %% [markdown]
# ## 10. `compose`: a chain with decisions (optional)
#
# **Why it matters.** Every augmentation library has this function. Its bugs, such as another order at validation or a
# draw made once for all, are hard to see in the pictures.
#
# **Write** `compose(transforms)`, which *returns a function* of two arguments, `(x, decisions)`. `transforms` is a list
# of functions of one argument; `decisions` holds as many truth values, in the same order. The returned function
#
# - applies the transforms whose decision is true, one after the other, the first of the list first; each gets what the
#   one before it returned, and the first to be applied gets `x`;
# - doesn't call the others at all;
# - returns `x` itself if every decision is false;
# - can be called any number of times, with other decisions each time. Nobody changes the list `transforms` meanwhile.
#
# **Example.** With `chain = compose([double, add_three])`, where `double` returns `2 * x` and `add_three` `x + 3`,
# `chain(5, [True, True])` is 13, `chain(5, [False, True])` is 8 and `chain(5, [False, False])` is 5.


# %% answer="compose"
def compose(transforms):
    """A function (x, decisions) that applies, in order, the transforms whose decision is true.

    transforms: a list of functions of one argument. Returns a function.
    """
    ### BEGIN SOLUTION

    def augment(x, decisions):
        for k, transform in enumerate(transforms):
            if decisions[k]:
                x = transform(x)
        return x

    return augment
    ### END SOLUTION


# %% visible="compose"
def try_compose():
    def double(x):
        return 2 * x

    def add_three(x):
        return x + 3

    chain = compose([double, add_three])
    assert callable(chain), "compose should return a function"
    for decisions, wanted in (([True, True], 13), ([False, True], 8), ([False, False], 5)):
        found = chain(5, decisions)
        assert found == wanted, f"with the decisions {decisions} the worked example gives {wanted}, but yours {found}"
    print("compose: the worked example is right")


try_compose()

# %% graded="compose"

# %% [markdown]
# ## 11. `random_erasing`: hide a box behind noise (optional)
#
# **Why it matters.** Cutout puts zeros, random erasing noise. Which of the two you train with decides which kind of
# hidden part the model can cope with later; the chapter measures it.
#
# **Write** `random_erasing(x, box, rng)`: a copy of an image `x` of shape `(C, H, W)`, in which a box holds noise.
#
# - `box` is `(top, left, height, width)`: the row and column of its upper left pixel, and its size, 1 or
#   more. It lies inside the image.
# - Every pixel of the box gets, in every channel, a draw of its own from the standard normal distribution (mean 0,
#   standard deviation 1). What the image showed there is gone.
# - Draw from `rng` and from nothing else: an equal generator gives the same image, and the next call another one.
#
# **Example.** With `x = np.zeros((1, 3, 3))` and `box = (1, 0, 2, 2)`, the rows 1 and 2 hold noise in the columns 0
# and 1: four different numbers. The other five pixels stay 0.


# %% answer="random_erasing"
def random_erasing(x, box, rng):
    """An image with standard normal noise in a box.

    x: (C, H, W). box: (top, left, height, width). Returns an array (C, H, W).
    """
    ### BEGIN SOLUTION
    top, left, height, width = box
    out = x.copy()
    out[:, top : top + height, left : left + width] = rng.standard_normal((len(x), height, width))
    return out
    ### END SOLUTION


# %% visible="random_erasing"
def try_random_erasing():
    found = np.array(random_erasing(np.zeros((1, 3, 3)), (1, 0, 2, 2), np.random.default_rng(3)))
    assert np.shape(found) == (1, 3, 3), f"the shape should stay (1, 3, 3), but is {np.shape(found)}"
    noisy = [[0, 0, 0], [1, 1, 0], [1, 1, 0]]
    assert np.array_equal(found[0] != 0, noisy), f"noise belongs where the 1s are in {noisy}, but you return\n{found}"
    assert len(np.unique(found)) == 5, "each of the four pixels in the box should get a number of its own"
    print("random_erasing: the worked example's noise is in its box")


try_random_erasing()

# %% graded="random_erasing"

# %% [markdown]
# ## 12. `synonym_replacement`: other words (optional)
#
# **Why it matters.** A dictionary of synonyms is the oldest augmentation of text. Its traps are small: a word listed as
# its own synonym, a capital letter, the same places every time.
#
# **Write** `synonym_replacement(tokens, synonyms, n, rng)`. `tokens` is a list of strings. `synonyms` is a dictionary
# from a word to a list of words, all in lower case. Return a new list of the same length, in which `n` tokens have been
# replaced by a synonym.
#
# - Look a token up in lower case: `"Good"` has the synonyms of `"good"`. A word may be in its own list; it is no
#   synonym of itself. A token *has* a synonym if something else is in its list.
# - Draw `n` *different* places, all equally likely, from those whose token has a synonym; a word that stands at two
#   places counts twice. If there are fewer than `n` such places, all of them are replaced.
# - At each of these places draw one of the token's synonyms, all equally likely. If the token begins with a capital
#   letter, so does its replacement. All other tokens stay as they are. No list names a word twice, and `n` is 0 or
#   more.
# - Draw from `rng` and from nothing else. Leave `tokens` and `synonyms` as they were.
#
# **Example.** `tokens = ["Good", "films", "end"]`, `synonyms = {"good": ["good", "fine"], "end": ["stop"]}` and `n = 1`
# give `["Fine", "films", "end"]` or `["Good", "films", "stop"]`.


# %% answer="synonym_replacement"
def synonym_replacement(tokens, synonyms, n, rng):
    """The tokens, n of which are replaced by a synonym.

    tokens: a list of strings. synonyms: a dictionary from words to lists of words. Returns a list of strings.
    """
    ### BEGIN SOLUTION
    others = [[s for s in synonyms.get(t.lower(), []) if s != t.lower()] for t in tokens]
    places = [i for i, words in enumerate(others) if words]
    out = list(tokens)
    for i in rng.permutation(places)[:n].astype(int):
        word = others[i][rng.integers(len(others[i]))]
        out[i] = word[0].upper() + word[1:] if tokens[i][0].isupper() else word
    return out
    ### END SOLUTION


# %% visible="synonym_replacement"
def try_synonym_replacement():
    rng, tokens = np.random.default_rng(2), ["Good", "films", "end"]
    synonyms = {"good": ["good", "fine"], "end": ["stop"]}
    found = [synonym_replacement(tokens, synonyms, 1, rng) for _ in range(40)]
    possible = {("Fine", "films", "end"), ("Good", "films", "stop")}
    for one in found:
        assert one is not None and tuple(one) in possible, f"the worked example has two results, but yours is {one}"
    assert len({tuple(one) for one in found}) == 2, "in 40 calls both results of the worked example should come"
    print("synonym_replacement: 40 results of the worked example are possible ones")


try_synonym_replacement()

# %% graded="synonym_replacement"

# %% [markdown]
# ## 13. `attach_josa`: a particle that fits (optional)
#
# **Why it matters.** Replace a word in a Korean sentence, and the particle behind it may be wrong: 책*은* but 나무*는*.
# Augmented text that ignores this teaches a model what nobody writes. No Korean is needed for this question.
#
# **Write** `attach_josa(word, pair)`: the word with the fitting particle written directly behind it, one string.
#
# - `word` is a string whose last character is a Korean syllable. Each of the 11172 syllables is one character, from
#   U+AC00 (44032) on, numbered by an initial, a vowel and a *final* consonant:
#   `number = 44032 + (21 * initial + vowel) * 28 + final`. The final goes from 0 to 27, and 0 means that there is none.
#   The final ㄹ has the number 8. Other finals whose letters include a ㄹ have other numbers and are not ㄹ.
# - `pair` is one of `"은/는"`, `"이/가"`, `"을/를"`, `"과/와"` and `"으로/로"`. After a final consonant comes the
#   particle before the slash, after none the one behind it.
# - One exception: with `"으로/로"`, and only with that pair, the final ㄹ counts as none.
#
# **Example.** `attach_josa("책", "은/는")` is `"책은"`, since 책 is number 52293, and
# `(52293 - 44032) % 28` is 1. `attach_josa("나무", "은/는")` is `"나무는"`, `attach_josa("서울", "으로/로")` is
# `"서울로"`, and `attach_josa("서울", "이/가")` is `"서울이"`.


# %% answer="attach_josa"
def attach_josa(word, pair):
    """The word with the particle that fits. word: ends in a Korean syllable. pair: "은/는", ... Returns a string."""
    ### BEGIN SOLUTION
    final = (ord(word[-1]) - 0xAC00) % 28
    after_consonant, after_vowel = pair.split("/")
    if final == 0 or (pair == "으로/로" and final == 8):
        return word + after_vowel
    return word + after_consonant
    ### END SOLUTION


# %% visible="attach_josa"
def try_attach_josa():
    examples = {("책", "은/는"): "책은", ("나무", "은/는"): "나무는"}
    examples |= {("서울", "으로/로"): "서울로", ("서울", "이/가"): "서울이", ("책", "으로/로"): "책으로"}
    for (word, pair), wanted in examples.items():
        found = attach_josa(word, pair)
        assert found == wanted, f"{word} with {pair} is {wanted}, but yours is {found}"
    print("attach_josa: the worked examples are right")


try_attach_josa()

# %% graded="attach_josa"

# %% [markdown]
# ## Investigation: how strong, and for whom?
#
# *Worth 0 points unless your instructor says otherwise; then it is marked by hand, with the list below.*
#
# A little of an augmentation may help, a lot harms. **Where does the gain end, and do all classes pay for the harm
# alike?** Design an experiment with one of your own functions (questions 1, 3 and 5), report its numbers, and explain
# them.
#
# The next cell gives you data and a classifier. `digits(seed, n)` draws `n` training scans of handwritten digits, 8 ×
# 8 pixels, and returns `x, y, x_test, y_test`; the 797 test scans were written by other people, and are the same for
# every `seed`. `classifier(x, y, seed=seed)` fits a small model (random features and ridge regression) and returns a
# function from images to classes. Augment by adding changed copies to the training images, with their labels; leave
# the test scans as they are. Begin with `n = 100` and four copies of each image. Half a minute is enough. Gains are
# small and differ from seed to seed: compare with and without copies for the same seed.
#
# Ideas to choose from, or bring your own:
#
# - `rotate` by a random angle up to 10, 30, 90, 180 degrees to either side. Look at single digits, such as 6, 9 and 8:
#   who pays, and what are they taken for?
# - `shift` by up to 1, 2, 3 pixels; `cutout` of growing size, also on hidden test scans.
# - Is the best strength another one with 30 training scans, or with 500?
#
# | marks, of 6 | for |
# |---|---|
# | 1 | a question that the experiment can answer, with a guess written down before the run |
# | 2 | a fair comparison: as many copies at every strength; several seeds and their spread |
# | 1 | numbers in a table or a figure, for single classes too, that a reader understands without the code |
# | 2 | an explanation by what the change does to an image and its label, and one thing the experiment can't tell |


# %% given="digits"
def digits(seed, n):
    """n of the first 1000 scans, drawn at random, and the last 797. Images (N, 8, 8) with values from 0 to 1.

    digits.npz holds the scans that scikit-learn carries, by Alpaydin and Kaynak (1998; UCI repository, CC BY 4.0).
    """
    with np.load("digits.npz") as data:
        x, y = data["x"] / 16, data["y"].astype(int)
    chosen = np.random.default_rng(seed).permutation(1000)[:n]
    return x[chosen], y[chosen], x[1000:], y[1000:]


def classifier(x, y, lam=0.03, seed=0):
    """A model fitted to images x (N, 8, 8) with classes y (N,): a function from images to classes."""
    rng = np.random.default_rng(seed)
    W, b = rng.normal(size=(300, 64)), rng.normal(size=300)

    def features(x):
        return np.maximum(np.reshape(x, (len(x), 64)) @ W.T + b, 0)  # (N, 300)

    F = features(x)
    A = np.linalg.solve(F.T @ F + lam * len(x) * np.eye(300), F.T @ np.eye(10)[y])
    return lambda x: np.argmax(features(x) @ A, axis=1)


# %% investigation="experiment"
# Your question, and your guess, before you run anything:
# ...
# Then your experiment. You may add as many cells as you like.
### BEGIN SOLUTION
def turned_copies(x, strength, rng):
    return [np.array([rotate(image, rng.uniform(-strength, strength)) for image in x]) for _ in range(4)]


def accuracies(strength, seed):
    """On all test scans, and on the scans of 6 and 9; the share of those that were taken for each other."""
    x, y, x_test, y_test = digits(seed, 100)
    copies = turned_copies(x, strength, np.random.default_rng([seed, 1]))
    predicted = classifier(np.concatenate([x, *copies]), np.tile(y, 5), seed=seed)(x_test)
    right, pair = predicted == y_test, (y_test == 6) | (y_test == 9)
    mistaken = pair & ~right & ((predicted == 6) | (predicted == 9))
    return right.mean(), right[pair].mean(), right[~pair].mean(), mistaken.sum() / pair.sum()


strengths = (0, 10, 30, 90, 180)
results = np.array([[accuracies(strength, seed) for seed in range(6)] for strength in strengths])
for strength, runs in zip(strengths, results, strict=True):
    everything, six_nine, others, exchanged = runs.T
    print(
        f"up to {strength:>3} degrees: accuracy {everything.mean():.3f} (from {everything.min():.3f} to "
        f"{everything.max():.3f} over 6 seeds), 6 and 9 {six_nine.mean():.3f}, the others {others.mean():.3f}; "
        f"6 taken for 9 or the reverse {exchanged.mean():.3f}"
    )
gains = results[1:, :, 0] - results[0, :, 0]
print("gain over no turn, seed by seed:\n", np.round(gains, 3))

# I expected a gain up to 30 degrees and then harm, most of all for 6 and 9. Up to 10 degrees adds 0.009 on average and
# helps with 5 of 6 seeds; up to 30 degrees adds as much, but with 3 of 6 seeds only, so the gain is small and I can't
# say where it is largest. The harm is clear: up to 180 degrees costs every seed, 0.08 on average. 6 and 9 pay more than
# twice as much as the others, 0.15 against 0.06, and only there are they taken for each other, in 4 % of the cases.
#
# A scan turned by 10 degrees is one that another writer could have made, so its label is right. A 6 that is turned by
# 180 degrees is a 9 with the label 6: no model can learn both. The other digits pay too, since the same 300 features
# must now also fit images that never come in the test.
#
# The experiment can't tell how much a model would lose that has features enough for all angles. I compared strengths on
# the test scans, so I shouldn't name the accuracy of the best one as what to expect; for that I'd need a third part.
### END SOLUTION

# %% [markdown]
# **Your conclusion.** (Double-click here and write.) What did you expect, what did you measure, why is it so, and what
# can't your experiment tell?

# %% [markdown]
# ## Stuck?
#
# Look for your symptom. Each entry tells you where to look.
#
# {stuck}
#
# **The example passes, the graded cell fails.** The examples are small and tidy. The graded inputs are larger, hold
# numbers of both signs, and have other settings, up to the edges that the text names. Try such an input by hand. The
# message names the kind of input that failed.
#
# **My image is shifted, mirrored or smeared.** Try an image with different numbers of rows and columns in which one
# pixel is 1 and all others are 0, and ask where the 1 should be. Then look at the edges: an index of −1 is the *last*
# row, and a slice such as `x[-2:3]` is usually empty. Rows come before columns in arrays, and x before y in boxes.
#
# **My rotated image is wrong.** First the angle 0: is the last row there? Then 90 degrees, where `np.rot90` tells you
# the answer for a square image. If that is right and 30 degrees isn't, look at the shares: a source near row 2 takes
# most of row 2. If an image with different numbers of rows and columns fails, look at the centre.
#
# **My labels don't fit my images.** Take `x` whose image $i$ holds the number $i$ everywhere, and one-hot labels. Then
# each pixel of the result says where it comes from, and you can count what the labels should be. Is entry $i$ of the
# permutation the partner of $i$, or the reverse? Is a label's share what was drawn, or what is seen?
#
# **My edits are refused.** Call your function a few hundred times on one sentence, and count: how many different
# results are there, how often does each token stay, is a protected word ever gone or moved? Compare two generators with
# the same seed. And print `tokens` before and after.
