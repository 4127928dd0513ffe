"""The geometry of penalties: its arithmetic against the reference kernels, and what it draws and says."""

import numpy as np
import pytest
from browser import accessibility_violations, opened

from autograder.reference.regularization import elastic_net_penalty
from autograder.reference.regularization_paths import coordinate_descent, subgradient_violation

PHONE = {"width": 390, "height": 844}
WIDGET = "[data-widget=penalty]"
CONTROLS = ["Share of L1, r", "Strength λ", "Correlation of the two features"]


@pytest.fixture(scope="module")
def path(site):
    return site / "book" / "en" / "06_regularization.html"


@pytest.fixture
def chapter(chromium, path):
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


def problem(rho, best):
    """X (2, 2) and y (2,) with X^T X / N = [[1, rho], [rho, 1]] and least squares at `best`."""
    X = np.sqrt(2) * np.linalg.cholesky(np.array([[1, rho], [rho, 1]])).T
    return X, X @ best


@pytest.mark.parametrize("rho", [0.0, 0.9, -0.6])
@pytest.mark.parametrize("r", [0.0, 0.35, 1.0])
def test_the_solution_equals_the_kernels(chapter, rho, r):
    for best in ([1.6, 0.7], [-0.4, 1.1], [-2.0, -0.3]):
        X, y = problem(rho, np.array(best))
        for lam in (0.01, 0.3, 0.9, 5.0):
            w = np.array(chapter.evaluate("a => tnn.elasticNet(...a)", [rho, (X.T @ y / 2).tolist(), lam, r]))
            np.testing.assert_allclose(w, coordinate_descent(X, y, lam, r, tolerance=1e-13), atol=1e-9)
            assert subgradient_violation(X, y, w, lam, r) < 1e-12


@pytest.mark.parametrize("r", [0.0, 0.4, 1.0])
def test_the_ring_has_one_penalty(chapter, r):
    for angle in np.linspace(0, 2 * np.pi, 9):
        way = np.array([np.cos(angle), np.sin(angle)])
        at = chapter.evaluate("a => tnn.penaltyReach(...a)", [*way.tolist(), 0.8, r])
        assert elastic_net_penalty(at * way, 1.0, r)[0] == pytest.approx(0.8, rel=1e-12)


def said(page):
    return page.locator(f"{WIDGET} .summary").inner_text()


def test_l1_reaches_an_exact_zero_by_keyboard_and_l2_does_not(chapter):
    strength = chapter.get_by_label(CONTROLS[1], exact=True)
    strength.focus()
    assert said(chapter).endswith("Exact zeros: 0.")
    for _ in range(8):
        chapter.keyboard.press("ArrowRight")
    assert said(chapter).endswith("Exact zeros: 1.")
    assert chapter.url.endswith("#penalty:lam=-0.1")
    chapter.get_by_label(CONTROLS[0], exact=True).focus()
    chapter.keyboard.press("Home")
    assert said(chapter).endswith("Exact zeros: 0.")


def test_every_control_is_reached_by_tab(chapter):
    chapter.get_by_label(CONTROLS[0], exact=True).focus()
    reached = []
    for _ in CONTROLS:
        reached.append(chapter.evaluate("document.activeElement.labels[0].innerText"))
        chapter.keyboard.press("Tab")
    assert reached == CONTROLS


def test_the_texts_links_set_the_widget(chapter):
    for link in chapter.locator("a[href^='#penalty:']").all():
        link.click()
        chapter.wait_for_function("h => location.hash === h", arg=link.get_attribute("href"))
        chapter.wait_for_timeout(50)
        state = dict(pair.split("=") for pair in link.get_attribute("href").split(":")[1].split("&"))
        assert f"r = {float(state['ratio']):.2f}" in said(chapter)


def test_the_solution_lies_where_the_ring_and_the_path_meet(chapter):
    gaps = chapter.evaluate("""() => {
        const root = document.querySelector("[data-widget=penalty]"), dot = root.querySelector(".marked circle");
        return ["ring", "path"].map(name => {
            const d = root.querySelector(".curve." + name).getAttribute("d");
            return Math.min(...[...d.matchAll(/[ML]([-\\d.]+) ([-\\d.]+)/g)].map(p =>
                Math.hypot(p[1] - dot.getAttribute("cx"), p[2] - dot.getAttribute("cy"))));
        });
    }""")
    assert max(gaps) < 4  # pixels: both are polygons


def test_it_is_accessible_and_fits_a_phone(chromium, path):
    with opened(chromium, path, viewport=PHONE, has_touch=True) as (page, problems):
        assert accessibility_violations(page, WIDGET) == []
        box = page.locator(f"{WIDGET} svg").bounding_box()
        for word in page.locator(f"{WIDGET} svg text").all():
            inner = word.bounding_box()
            assert inner["x"] >= box["x"] - 1 and inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
        assert problems == []
