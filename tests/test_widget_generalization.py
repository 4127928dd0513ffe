"""The fit over capacity and data size: its arithmetic against the reference kernels, and what it draws and says."""

import re

import numpy as np
import pytest
from browser import accessibility_violations, opened
from playwright.sync_api import expect

from autograder.reference.generalization import least_squares_fit, mean_squared_error, polynomial_features

PHONE = {"width": 390, "height": 844}
GRID = np.linspace(-1, 1, 101)
CONTROLS = {"degree": "Degree", "size": "Training points N", "noise": "Noise σ"}


@pytest.fixture(scope="module")
def path(site):
    return site / "book" / "en" / "01_generalization.html"


@pytest.fixture
def chapter(chromium, path):
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


def fitted(x, y, degree, sigma):
    """The weights, the training error and the error on new data, by the reference kernels."""
    w = least_squares_fit(polynomial_features(x, degree), y)
    seen, _ = mean_squared_error(polynomial_features(x, degree) @ w, y)
    far, _ = mean_squared_error(polynomial_features(GRID, degree) @ w, np.sin(4 * GRID))
    return w, seen, far + sigma**2


def training_set(page, seed, size, sigma):
    found = page.evaluate("a => tnn.trainingSet(...a)", [seed, size, sigma])
    return np.array(found["x"]), np.array(found["y"])


# The engine -------------------------------------------------------------------------------------------------


def test_features_equal_the_kernels(chapter):
    x = np.random.default_rng(0).uniform(-1, 1, 9)
    for degree in (0, 1, 7):
        features = np.array(chapter.evaluate("a => tnn.polynomialFeatures(...a)", [x.tolist(), degree]))
        np.testing.assert_allclose(features, polynomial_features(x, degree), rtol=1e-14)


@pytest.mark.parametrize("shape", [(20, 6), (6, 20), (7, 7), (5, 1), (1, 5)])
def test_least_squares_equals_the_kernel(chapter, shape):
    rng = np.random.default_rng(shape)
    X, y = rng.normal(size=shape), rng.normal(size=shape[0])
    w = chapter.evaluate("a => tnn.leastSquaresFit(...a)", [X.tolist(), y.tolist()])
    np.testing.assert_allclose(w, least_squares_fit(X, y), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", [(12, 6), (5, 8)])
def test_of_several_solutions_it_takes_the_shortest(chapter, shape):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(shape[0], 3)) @ rng.normal(size=(3, shape[1]))  # rank 3
    y = rng.normal(size=shape[0])
    w = chapter.evaluate("a => tnn.leastSquaresFit(...a)", [X.tolist(), y.tolist()])
    np.testing.assert_allclose(w, least_squares_fit(X, y), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(("size", "degree"), [(20, 5), (4, 0), (100, 15), (12, 11), (8, 15), (30, 9)])
def test_both_errors_equal_the_kernels(chapter, size, degree):
    x, y = training_set(chapter, 3, size, 0.3)
    found = chapter.evaluate("a => tnn.fitPolynomial(...a)", [{"x": x.tolist(), "y": y.tolist()}, degree, 0.3])
    _, seen, fresh = fitted(x, y, degree, 0.3)
    # Powers up to 15 are ill-conditioned: both sides lose some of their sixteen digits there.
    assert found["fresh"] == pytest.approx(fresh, rel=1e-6)
    assert found["seen"] == pytest.approx(seen, rel=1e-6, abs=1e-12)


def test_a_larger_set_begins_with_the_smaller_one(chapter):
    small, large = training_set(chapter, 5, 10, 0.3), training_set(chapter, 5, 60, 0.3)
    assert np.array_equal(small[0], large[0][:10]) and np.array_equal(small[1], large[1][:10])
    assert not np.array_equal(small[1], training_set(chapter, 6, 10, 0.3)[1])


def test_points_are_the_truth_with_noise_of_the_size_that_is_said(chapter):
    noise = np.concatenate([y - np.sin(4 * x) for x, y in (training_set(chapter, s, 100, 0.5) for s in range(20))])
    assert abs(noise.mean()) < 0.05 and abs(noise.std() - 0.5) < 0.04
    x, y = training_set(chapter, 1, 50, 0.0)
    np.testing.assert_allclose(y, np.sin(4 * x), rtol=1e-12)
    assert np.ptp(np.diff(np.sort(x))) < 0.1  # spread evenly


# By keyboard, by address, by touch ---------------------------------------------------------------------------


def press(page, label, key, times=1):
    page.get_by_label(label, exact=True).focus()
    for _ in range(times):
        page.keyboard.press(key)


def drawn(page):
    points = page.locator("[data-widget=generalization] .example[data-x]")
    return np.array(points.evaluate_all("nodes => nodes.map(n => [Number(n.dataset.x), Number(n.dataset.y)])")).T


def said(page):
    return page.locator("[data-widget=generalization] .summary").inner_text()


def test_the_widget_says_what_the_kernels_say(chapter):
    press(chapter, CONTROLS["degree"], "ArrowRight", 4)
    press(chapter, CONTROLS["size"], "ArrowLeft", 5)
    press(chapter, CONTROLS["noise"], "ArrowRight", 2)
    x, y = drawn(chapter)
    assert len(x) == 15
    _, seen, fresh = fitted(x, y, 9, 0.5)
    assert said(chapter) == (f"Degree 9, 15 points, noise 0.5: training error {seen:.3f}, "
                             f"error on new data {fresh:.3f}.")  # fmt: skip
    assert chapter.url.endswith("#fit:degree=9&size=15&noise=0.5")


@pytest.mark.parametrize("over", ["the degree", "the number of points"])
def test_the_marked_errors_lie_on_the_curves(chapter, over):
    chapter.get_by_label(over, exact=True).check()
    gaps = chapter.evaluate("""() => {
        const root = document.querySelector("[data-widget=generalization]");
        return ["seen", "fresh"].map((name, i) => {
            const path = root.querySelector(".curve." + name).getAttribute("d");
            const points = [...path.matchAll(/[ML]([\\d.]+) ([\\d.]+)/g)];
            const dot = root.querySelectorAll(".now circle")[i], at = c => Number(dot.getAttribute(c));
            return Math.min(...points.map(p => Math.hypot(p[1] - at("cx"), p[2] - at("cy"))));
        });
    }""")
    assert max(gaps) < 0.2


def test_another_training_set_moves_the_points(chapter):
    before = drawn(chapter)
    chapter.get_by_role("button", name="Draw another training set").focus()
    chapter.keyboard.press("Enter")
    assert not np.allclose(drawn(chapter), before)


def test_every_control_is_reached_by_tab(chapter):
    chapter.get_by_label(CONTROLS["degree"], exact=True).focus()
    reached = []
    for _ in range(5):
        reached.append(chapter.evaluate("document.activeElement.labels?.[0]?.innerText"
                                        " ?? document.activeElement.innerText"))  # fmt: skip
        chapter.keyboard.press("Tab")
    assert reached == [*CONTROLS.values(), "the degree", "Draw another training set"]


def test_the_texts_links_set_the_widget(chapter):
    for link in chapter.locator("a[href^='#fit:']").all():
        link.click()
        chapter.wait_for_function("h => location.hash === h", arg=link.get_attribute("href"))
        chapter.wait_for_timeout(50)
        state = dict(pair.split("=") for pair in link.get_attribute("href").split(":")[1].split("&"))
        text = said(chapter)
        assert f"Degree {state['degree']}, {state['size']} points" in text
        if "noise" in state:
            assert "noise 0.0" in text


def test_through_every_point(chapter, path):
    chapter.goto(path.as_uri() + "#fit:degree=11&size=12")
    chapter.reload()
    assert "training error 0.000" in said(chapter)


def test_the_picture_is_described_and_accessible(chapter):
    picture = chapter.locator("[data-widget=generalization] svg")
    expect(picture).to_have_accessible_description(re.compile("Degree 5, 20 points"))
    assert accessibility_violations(chapter, "[data-widget=generalization]") == []


def test_the_widget_fits_a_phone_and_works_by_touch(chromium, path):
    with opened(chromium, path, viewport=PHONE, has_touch=True) as (page, problems):
        before = drawn(page)
        page.get_by_role("button", name="Draw another training set").tap()
        assert not np.allclose(drawn(page), before)
        page.get_by_text("the number of points", exact=True).tap()
        box = page.locator("[data-widget=generalization] svg").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        words = page.locator("[data-widget=generalization] svg text")
        for word in words.all():
            inner = word.bounding_box()
            assert inner["x"] >= box["x"] - 1 and inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
        assert problems == []


def test_the_widget_speaks_the_language_of_its_page(chapter):
    chapter.evaluate("""() => {
        const widget = document.querySelector("[data-widget=generalization]"), keys = Object.keys(widget.dataset);
        keys.filter(key => key !== "widget").forEach(key => { widget.dataset[key] = "번역" });
        const script = document.querySelector("script[src*=generalization]"), again = document.createElement("script");
        again.src = script.src;
        return new Promise(done => { again.onload = done; document.head.append(again) });
    }""")
    text = chapter.locator("[data-widget=generalization]").inner_text()
    assert "번역" in text
    assert not [word for word in text.split() if word.isascii() and word.isalpha()]
