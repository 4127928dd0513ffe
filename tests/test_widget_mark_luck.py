"""The luck in a capstone mark: the figure's arithmetic against the reference kernel, and what it says."""

import numpy as np
import pytest
from browser import accessibility_violations, opened

from autograder.reference.capstone import share_of_points
from autograder.reference.capstone_luck import luck_of_a_mark

PHONE = {"width": 390, "height": 844}
WIDGET = "[data-widget=mark-luck]"


@pytest.fixture(scope="module")
def path(site):
    return site / "book" / "en" / "capstone.html"


@pytest.fixture
def chapter(chromium, path):
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


def said(page):
    return page.locator(f"{WIDGET} .summary").inner_text()


def test_the_figures_arithmetic_equals_the_kernels(chapter):
    for case in ([0.75, 0.022, 1000, 2], [0.5, 0.03, 100, 1], [0.9, 0.0, 2000, 5], [0.42, 0.06, 50, 10]):
        found = chapter.evaluate("a => tnn.markLuck(...a)", case)
        np.testing.assert_allclose((found["mean"], found["std"]), luck_of_a_mark(*case), atol=1e-9)


def test_the_kernel_agrees_with_drawn_marks():
    rng, (accuracy, spread, n, tasks) = np.random.default_rng(0), (0.87, 0.03, 400, 2)
    true = np.clip(rng.normal(accuracy, spread, (20000, tasks)), 0, 1)
    observed = rng.binomial(n, true) / n
    marks = 12 * np.vectorize(share_of_points)(observed).mean(1)
    mean, std = luck_of_a_mark(accuracy, spread, n, tasks)
    assert mean == pytest.approx(marks.mean(), abs=0.02) and std == pytest.approx(marks.std(), abs=0.02)


def test_more_tasks_narrow_the_mark_by_keyboard(chapter):
    before = said(chapter)
    tasks = chapter.get_by_label("Tasks", exact=True)
    tasks.focus()
    for _ in range(6):
        tasks.press("ArrowRight")
    assert said(chapter) != before and said(chapter).startswith("Mark: 7.5 on average")


def test_it_fits_a_phone_and_is_accessible(chromium, path):
    with opened(chromium, path, viewport=PHONE) as (page, problems):
        box = page.locator(f"{WIDGET} svg").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        assert not accessibility_violations(page) and not problems
