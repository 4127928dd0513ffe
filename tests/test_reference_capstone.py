"""The capstone's data and measures: drawn as they say, the same everywhere, and right where the truth is known."""

import hashlib

import numpy as np
import pytest
from scipy.stats import binomtest

from autograder.reference import capstone as kernels


def test_a_task_is_drawn_from_its_seed_alone():
    one, again, other = (kernels.draw_task(np.random.default_rng(s), pool=60, test=40) for s in (1, 1, 2))
    for name, values in one.items():
        np.testing.assert_array_equal(values, again[name])
        assert not np.array_equal(values, other[name])
    levels = one["images"] * 255
    assert one["images"].shape == (60, 16, 16) and one["test_images"].shape == (40, 16, 16)
    np.testing.assert_array_equal(levels, np.round(levels))
    assert levels.min() >= 0 and levels.max() <= 255


def test_a_task_is_the_same_on_every_machine():
    task = kernels.draw_task(np.random.default_rng(7), pool=20, test=10)
    levels = np.round(task["images"] * 255).astype(np.uint8)
    digest = hashlib.sha256(levels.tobytes() + task["labels"].astype(np.uint8).tobytes()).hexdigest()
    assert digest[:16] == "93b25af68a82997e"


def test_distances_are_those_to_the_nearest_point_of_a_stroke():
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (3, 2, 4, 2))
    t = np.linspace(0, 1, 2001)[:, None, None]
    a, b = points[:, None, :, :-1], points[:, None, :, 1:]
    dense = (a + (b - a) * t[None, :, None]).reshape(3, -1, 2)
    middle = (np.arange(16) + 0.5) / 8 - 1
    grid = np.stack([np.tile(middle, 16), np.repeat(middle, 16)], axis=-1)
    brute = np.sqrt(((grid[None, :, None] - dense[:, None]) ** 2).sum(-1)).min(-1)
    np.testing.assert_allclose(kernels.distances(points), brute, atol=2e-3)


def test_signs_of_an_alphabet_differ_and_labels_are_even():
    alphabet = kernels.draw_alphabet(np.random.default_rng(3))
    assert alphabet.shape == (10, 2, 2, 9, 2)
    task = kernels.draw_task(np.random.default_rng(3), pool=5000, test=10)
    assert np.bincount(task["labels"], minlength=10).min() > 400


def test_the_interval_is_wilsons():
    for correct, n, level in ((0, 7, 0.9), (13, 20, 0.95), (912, 1000, 0.95), (20, 20, 0.99)):
        z = {0.9: 1.6448536269514722, 0.95: 1.959963984540054, 0.99: 2.5758293035489004}[level]
        known = binomtest(correct, n).proportion_ci(level, "wilson")
        np.testing.assert_allclose(kernels.accuracy_interval(correct, n, z), (known.low, known.high), atol=1e-12)


def test_the_desk_counts_new_labels_and_refuses_all_else():
    desk = kernels.LabelDesk([4, 5, 6, 7], budget=3)
    np.testing.assert_array_equal(desk([2, 0, 2]), [6, 4, 6])
    assert desk.left == 1
    np.testing.assert_array_equal(desk(np.array([0], dtype=np.uint8)), [4])
    assert desk(3) == [7] and desk.left == 0 and len(desk([])) == 0
    for wrong in ([1], [-1], [4], [0.0], [np.nan], [True], ["0"], [[0]], [2**70], None, [None], [0, [1]]):
        with pytest.raises(ValueError):
            desk(wrong)
    assert desk.left == 0


def test_points_lie_on_a_line_between_the_two_accuracies():
    shares = [kernels.share_of_points(a) for a in (0, 0.5, 0.6, 0.7, 0.9, 1)]
    np.testing.assert_allclose(shares, [0, 0, 0.25, 0.5, 1, 1])


def test_the_two_ways_keep_the_budget_and_differ_in_accuracy():
    task = kernels.draw_task(np.random.default_rng(0))
    found = {}
    for way in (kernels.modest, kernels.excellent):
        desk = kernels.LabelDesk(task["labels"])
        found[way.__name__] = np.mean(way(task["images"], desk)(task["test_images"]) == task["test_labels"])
        assert 0 <= desk.left < 10
    assert 0.65 < found["modest"] < 0.85 and found["excellent"] > 0.9


def test_bent_images_stay_images():
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(5, 16, 16))
    bent = kernels.bend(rng, images)
    assert bent.shape == images.shape and bent.min() >= 0 and bent.max() <= 1
