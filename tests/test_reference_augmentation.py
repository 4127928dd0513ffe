"""Augmentation's kernels against torch, kornia, scipy and scikit-learn in float64, and against what pins them down."""

import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given
from torch.nn import functional as F

from autograder.reference import augmentation as kernels

pytestmark = pytest.mark.augmentation
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
leading = st.lists(st.integers(1, 3), max_size=2).map(tuple)
sides = st.integers(1, 7)


def close(found, expected, rtol=1e-12, atol=1e-12):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


def image(rng, lead, H, W):
    return rng.normal(size=(*lead, H, W))


def unharmed(function, *arrays, **more):
    """Call with arrays that can't be written to."""
    for a in arrays:
        if isinstance(a, np.ndarray):
            a.setflags(write=False)
    return function(*arrays, **more)


@given(leading, sides, sides, st.integers(-9, 9), st.integers(-9, 9), st.sampled_from([0.0, 2.5]), generators)
def test_shift_equals_scipys_and_flip_torchs(lead, H, W, dy, dx, fill, rng):
    x = image(rng, lead, H, W)
    close(unharmed(kernels.flip, x), torch.flip(torch.tensor(x), [-1]))
    found = unharmed(kernels.shift, x, dy, dx, fill)
    close(found, scipy.ndimage.shift(x, [0] * len(lead) + [dy, dx], order=0, mode="constant", cval=fill))
    assert found.base is None or not np.shares_memory(found, x)


@given(leading, sides, sides, st.integers(0, 3), generators)
def test_a_crop_of_the_padded_image_is_a_shift_of_it(lead, H, W, padding, rng):
    x = image(rng, lead, H, W)
    top, left = rng.integers(0, 2 * padding + 1, 2)
    close(unharmed(kernels.crop, x, top, left, H, W, padding), kernels.shift(x, padding - top, padding - left))
    padded = F.pad(torch.tensor(x), [padding] * 4)
    height, width = int(rng.integers(1, H + 1)), int(rng.integers(1, W + 1))
    close(kernels.crop(x, top, left, height, width, padding), padded[..., top : top + height, left : left + width])


@pytest.mark.parametrize("window", [(-1, 0, 2, 2), (0, -1, 2, 2), (0, 0, 4, 2), (2, 0, 2, 2), (0, 3, 1, 2)])
def test_a_window_that_leaves_the_image_is_an_error(window):
    with pytest.raises(ValueError, match="leaves the image"):
        kernels.crop(np.ones((3, 4)), *window)


@given(leading, sides, sides, st.floats(-400, 400), st.sampled_from([0.0, 2.5]), generators)
def test_rotation_equals_grid_sample_and_scipy(lead, H, W, degrees, fill, rng):
    x = image(rng, lead, H, W)
    found = unharmed(kernels.rotate, x, degrees, fill=fill)
    rows, cols = kernels.rotation_source(H, W, degrees)
    grid = np.stack([(2 * cols + 1) / W - 1, (2 * rows + 1) / H - 1], axis=-1)  # pixel j's centre is (2j + 1) / W - 1
    theirs = F.grid_sample(
        torch.tensor(x - fill).reshape(1, -1, H, W), torch.tensor(grid)[None], padding_mode="zeros", align_corners=False
    )
    close(found, fill + theirs.reshape(x.shape), atol=1e-9)
    first = x.reshape(-1, H, W)[0]
    theirs = scipy.ndimage.map_coordinates(first, [rows, cols], order=1, mode="grid-constant", cval=fill)
    close(found.reshape(-1, H, W)[0], theirs, atol=1e-9)


@given(leading, sides, generators)
def test_quarter_turns_of_squares_and_half_turns_are_exact(lead, side, rng):
    x, other = image(rng, lead, side, side), image(rng, lead, side, side + 2)
    for k in range(-3, 4):
        close(kernels.rotate(x, 90 * k), np.rot90(x, k, axes=(-2, -1)), atol=1e-9)
    close(kernels.rotate(other, 0), other)
    close(kernels.rotate(other, 180), other[..., ::-1, ::-1], atol=1e-9)
    both = kernels.rotate(3 * other - 2 * kernels.flip(other), 37)
    close(both, 3 * kernels.rotate(other, 37) - 2 * kernels.rotate(kernels.flip(other), 37))
    close(kernels.rotate(kernels.flip(other), 37), kernels.flip(kernels.rotate(other, -37)))


def test_rotation_is_counterclockwise_as_scipys():
    """A bright spot right of the centre goes up; the source points are those that scipy's own rotation uses."""
    x = np.zeros((5, 5))
    x[2, 4] = 1
    close(kernels.rotate(x, 90)[0, 2], 1)
    smooth = scipy.ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(9, 12)), 1)
    theirs = scipy.ndimage.rotate(smooth, 25, reshape=False, order=1, mode="grid-constant")
    close(kernels.rotate(smooth, 25), theirs)


@given(leading, sides, sides, sides, sides, generators)
def test_resizing_equals_torchs(lead, H, W, height, width, rng):
    x = image(rng, lead, H, W)
    found = unharmed(kernels.resize, x, height, width)
    theirs = F.interpolate(torch.tensor(x).reshape(1, -1, H, W), (height, width), mode="bilinear", align_corners=False)
    close(found, theirs.reshape(*lead, height, width), atol=1e-9)
    close(kernels.resize(x, H, W), x)
    close(kernels.flip(found), kernels.resize(kernels.flip(x), height, width))  # centred: it knows no left


@given(st.integers(0, 4), st.integers(2, 8), st.integers(2, 8), generators)
def test_boxes_move_with_the_image(N, H, W, rng):
    x0, y0 = rng.integers(0, W, N), rng.integers(0, H, N)
    boxes = np.stack([x0, y0, rng.integers(x0 + 1, W + 1), rng.integers(y0 + 1, H + 1)], axis=1)
    flipped = unharmed(kernels.flip_boxes, boxes, W)
    assert flipped.shape == (N, 4)
    for box, new in zip(boxes, flipped.astype(int), strict=True):
        mark = np.zeros((H, W))
        mark[box[1] : box[3], box[0] : box[2]] = 1
        there = np.zeros((H, W))
        there[new[1] : new[3], new[0] : new[2]] = 1
        close(kernels.flip(mark), there)
    close(kernels.flip_boxes(flipped, W), boxes)


@given(st.sampled_from([1, 3]), st.floats(0, 3), generators)
def test_colour_changes_are_kornias(C, factor, rng):
    from kornia import enhance

    x = rng.uniform(size=(2, C, 6, 5))
    close(unharmed(kernels.brightness, x, factor), enhance.adjust_brightness_accumulative(torch.tensor(x), factor))
    close(unharmed(kernels.contrast, x, factor), enhance.adjust_contrast_with_mean_subtraction(torch.tensor(x), factor))


def test_contrast_keeps_the_mean_grey_and_nothing_else_at_factor_0():
    x = np.random.default_rng(1).uniform(0.3, 0.7, (2, 3, 4, 5))
    grey = np.array([0.299, 0.587, 0.114])

    def mean_grey(x):
        return np.tensordot(x.mean((-2, -1)), grey, 1)

    close(kernels.contrast(x, 1), x)
    close(mean_grey(kernels.contrast(x, 1.2)), mean_grey(x))
    flat = kernels.contrast(x, 0)
    close(flat, np.broadcast_to(mean_grey(x)[:, None, None, None], flat.shape))


@given(leading, sides, sides, st.integers(1, 9), generators)
def test_cutout_hides_the_pixels_near_its_centre(lead, H, W, size, rng):
    x, centre = image(rng, lead, H, W), (int(rng.integers(H)), int(rng.integers(W)))
    found = unharmed(kernels.cutout, x, centre, size, fill=7.0)
    for i, j in np.ndindex(H, W):
        inside = all(-(size // 2) <= at - c < size - size // 2 for at, c in zip((i, j), centre, strict=True))
        close(found[..., i, j], np.full(lead, 7.0) if inside else x[..., i, j])


@given(st.integers(2, 12), st.integers(2, 12), generators)
def test_erasing_fills_a_box_inside_the_image_with_noise(H, W, rng):
    x, (top, left, height, width) = np.zeros((2, 3, H, W)), kernels.erasing_box(H, W, rng)
    assert top >= 0 and left >= 0 and 0 < height <= H - top and 0 < width <= W - left
    found = unharmed(kernels.random_erasing, x, (top, left, height, width), rng)
    rows, cols = np.nonzero((found != 0).all((0, 1)))
    assert np.count_nonzero(found) == 6 * height * width == len(np.unique(found[found != 0])) == 6 * len(rows)
    assert (rows.min(), cols.min(), rows.max() + 1, cols.max() + 1) == (top, left, top + height, left + width)


def test_the_noise_is_standard_normal():
    import scipy.stats

    found = kernels.random_erasing(np.zeros((3, 200, 200)), (10, 20, 150, 170), np.random.default_rng(2))
    assert scipy.stats.kstest(found[:, 10:160, 20:190].ravel(), "norm").pvalue > 1e-3


@given(st.integers(1, 5), leading, st.floats(0, 1), generators)
def test_mixup_is_each_examples_own_mixture(N, shape, lam, rng):
    x, y, permutation = rng.normal(size=(N, *shape)), rng.dirichlet(np.ones(3), N), rng.permutation(N)
    mixed, labels = unharmed(kernels.mixup, x, y, lam, permutation)
    for i, j in enumerate(permutation):
        close(mixed[i], torch.lerp(torch.tensor(x[j]), torch.tensor(x[i]), lam))
        close(labels[i], torch.lerp(torch.tensor(y[j]), torch.tensor(y[i]), lam))


@given(st.integers(1, 4), sides, sides, st.floats(0, 1), generators)
def test_cutmix_labels_have_the_shares_of_the_pixels(N, H, W, lam, rng):
    x, y, permutation = np.ones((N, 2, H, W)), np.eye(N), rng.permutation(N)
    x *= np.arange(1, N + 1)[:, None, None, None]
    centre = int(rng.integers(H)), int(rng.integers(W))
    mixed, labels = unharmed(kernels.cutmix, x, y, lam, centre, permutation)
    for i, j in enumerate(permutation):
        assert set(np.unique(mixed[i])) <= {i + 1.0, j + 1.0}
        expected = np.zeros(N)
        for k in {i, int(j)}:
            expected[k] = (mixed[i] == k + 1).mean()
        close(labels[i], expected)
    seen = 1 - (labels[permutation != np.arange(N)].max(1, initial=0) if N > 1 else labels[0])
    assert np.all(seen <= 1 + 1e-12)
    height, width = int(H * np.sqrt(1 - lam)), int(W * np.sqrt(1 - lam))
    pasted = np.unique((mixed != x).sum((1, 2, 3)) // 2)
    assert pasted.max() <= height * width


def test_a_box_in_the_middle_has_the_area_asked_for_and_the_papers_place():
    assert kernels.clipped_box((10, 20), 8, 6, 40, 50) == (6, 14, 17, 23)
    assert kernels.clipped_box((10, 20), 5, 3, 40, 50) == (8, 13, 19, 22)
    assert kernels.clipped_box((0, 49), 5, 4, 40, 50) == (0, 3, 47, 50)
    x, y = np.stack([np.zeros((1, 40, 50)), np.ones((1, 40, 50))]), np.eye(2)
    mixed, labels = kernels.cutmix(x, y, 0.75, (20, 25), [1, 0])
    close(mixed.mean((1, 2, 3)), [0.25, 0.75])
    close(labels, [[0.75, 0.25], [0.25, 0.75]])


def test_a_chain_applies_what_was_decided_in_order():
    log = []

    def step(name, f):
        def transform(x):
            log.append(name)
            return f(x)

        return transform

    augment = kernels.compose(iter([step("double", lambda x: 2 * x), step("add", lambda x: x + 3)]))
    assert augment(5, [True, True]) == 13 and augment(5, [False, True]) == 8 and augment(5, [True, False]) == 10
    assert augment(5, [False, False]) == 5 and log == ["double", "add", "add", "double"]
    with pytest.raises(ValueError):
        augment(5, [True])


@given(st.lists(st.sampled_from([-3, 0, 7, 8]), min_size=1, max_size=20))
def test_balanced_weights_equal_scikit_learns_and_give_each_class_the_same_share(labels):
    from sklearn.utils.class_weight import compute_sample_weight

    weights = kernels.balanced_sampler(labels)
    theirs = compute_sample_weight("balanced", labels)
    close(weights, theirs / theirs.sum())
    shares = [weights[np.array(labels) == c].sum() for c in set(labels)]
    close(shares, np.full(len(shares), 1 / len(shares)))
