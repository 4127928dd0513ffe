"""The built site in a browser, opened from the file system: it works, is accessible, its widget is right."""

import numpy as np
import pytest
from browser import accessibility_violations, chromium, opened  # noqa: F401
from site_fixture import site  # noqa: F401

from autograder.reference.batch_normalization import batch_norm_forward, batch_norm_inference

PAGES = ["intro", "04_batch_normalization", "references"]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def book(site):  # noqa: F811
    return site / "book" / "en"


@pytest.fixture
def chapter(chromium, book):  # noqa: F811
    with opened(chromium, book / "04_batch_normalization.html") as (page, problems):
        yield page
        assert not problems


def all_pages():
    return pytest.mark.parametrize("name", PAGES)


@all_pages()
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_opens_cleanly_and_is_accessible(chromium, book, name, theme):  # noqa: F811
    with opened(chromium, book / f"{name}.html", color_scheme=theme) as (page, problems):
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        page.evaluate("document.querySelectorAll('.bd-article details').forEach(d => { d.open = true })")
        assert accessibility_violations(page) == []
        assert page.locator("mjx-merror").count() == 0
        assert problems == []


def test_the_accessibility_check_finds_a_planted_fault(chapter):
    chapter.evaluate("document.querySelector('figure img').removeAttribute('alt')")
    (found,) = accessibility_violations(chapter)
    assert found.startswith("image-alt")


@all_pages()
def test_a_page_fits_a_phone(chromium, book, name):  # noqa: F811
    with opened(chromium, book / f"{name}.html", viewport=PHONE) as (page, problems):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert problems == []


def test_mathematics_is_set(chapter):
    assert chapter.locator("mjx-container").count() >= 20
    loaded = chapter.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert any("MJX" in family for family in loaded)


def test_search_finds_a_term(chromium, site):  # noqa: F811
    with opened(chromium, site / "search.html") as (page, _):  # it can't fetch excerpts from file:
        page.goto((site / "search.html").as_uri() + "?q=variance")
        page.locator("ul.search li a").first.wait_for()
        assert "Batch normalization" in page.locator("ul.search").inner_text()


def test_without_scripts_the_widget_says_what_it_would_show(chromium, book):  # noqa: F811
    path = book / "04_batch_normalization.html"
    with opened(chromium, path, java_script_enabled=False) as (page, _):
        assert "needs JavaScript" in page.locator("[data-widget=batch-norm]").inner_text()


# The widget's arithmetic ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 1), (5, 3), (64, 7)])
@pytest.mark.parametrize(("centre", "spread", "eps"), [(0, 1, 1e-5), (40, 3, 1e-3), (-2, 0.1, 10.0)])
def test_the_engine_equals_the_reference_kernels(chapter, shape, centre, spread, eps):
    rng = np.random.default_rng([*shape, abs(centre)])
    x = rng.normal(centre, spread, shape)  # (N, C)
    gamma, beta, running_mean = rng.normal(size=(3, shape[1]))
    running_var = rng.uniform(0.5, 3.0, shape[1])

    y = chapter.evaluate("a => tnn.batchNormForward(...a)", [x.tolist(), gamma.tolist(), beta.tolist(), eps])
    assert_close(y, batch_norm_forward(x, gamma, beta, eps))

    statistics = [running_mean.tolist(), running_var.tolist()]
    arguments = [x.tolist(), gamma.tolist(), beta.tolist(), *statistics, eps]
    y = chapter.evaluate("a => tnn.batchNormInference(...a)", arguments)
    assert_close(y, batch_norm_inference(x, gamma, beta, running_mean, running_var, eps))


def assert_close(actual, expected):
    """Equal to 1e-12 of the largest value."""
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


# The widget by keyboard -------------------------------------------------------------------------------------


def drawn(page):
    """The batch that is drawn: x and y, each (N, 1), the marked example last."""
    examples = page.locator("[data-widget=batch-norm] .example")
    points = examples.evaluate_all("nodes => nodes.map(n => [Number(n.dataset.x), Number(n.dataset.y)])")
    return np.array(points)[:, :1], np.array(points)[:, 1:]


def press(page, label, key, times):
    page.get_by_label(label, exact=True).focus()
    for _ in range(times):
        page.keyboard.press(key)


def test_every_control_is_reached_by_tab(chapter):
    chapter.get_by_label("this batch (training mode)").focus()
    reached = []
    for _ in range(6):
        reached.append(chapter.evaluate("document.activeElement.labels?.[0]?.innerText"
                                        " ?? document.activeElement.innerText"))  # fmt: skip
        chapter.keyboard.press("Tab")
    assert reached == ["this batch (training mode)", "Batch size N", "Scale γ", "Shift β", "Constant ε",
                       "Draw another batch"]  # fmt: skip


def test_the_widget_draws_what_the_kernels_say(chapter):
    press(chapter, "Batch size N", "ArrowRight", 3)
    press(chapter, "Scale γ", "ArrowLeft", 4)
    press(chapter, "Shift β", "ArrowRight", 15)
    press(chapter, "Constant ε", "ArrowRight", 5)
    x, y = drawn(chapter)
    assert len(x) == 7
    assert_close(y, batch_norm_forward(x, [0.6], [1.5], 1.0))

    press(chapter, "this batch (training mode)", "ArrowDown", 1)
    x, y = drawn(chapter)
    assert_close(y, batch_norm_inference(x, [0.6], [1.5], [3.0], [4.0], 1.0))


@pytest.mark.parametrize(("mode", "moves"), [("training", True), ("evaluation", False)])
def test_another_batch_moves_the_marked_example_in_training_mode_only(chapter, mode, moves):
    chapter.get_by_label(f"({mode} mode)").check()
    results = set()
    for _ in range(4):
        x, y = drawn(chapter)
        assert x[-1] == 5
        results.add(y[-1, 0])
        chapter.get_by_role("button", name="Draw another batch").focus()
        chapter.keyboard.press("Enter")
    assert len(results) == (4 if moves else 1)


def test_the_widget_speaks_the_language_of_its_page(chromium, book):  # noqa: F811
    path = book / "04_batch_normalization.html"
    with opened(chromium, path) as (page, problems):
        page.evaluate("""() => {
            const widget = document.querySelector("[data-widget=batch-norm]"), keys = Object.keys(widget.dataset);
            keys.filter(key => key !== "widget").forEach(key => { widget.dataset[key] = "번역" });
            const script = document.querySelector("script[src*=batch_norm]"), again = document.createElement("script");
            again.src = script.src;
            return new Promise(done => { again.onload = done; document.head.append(again) });
        }""")
        text = page.locator("[data-widget=batch-norm]").inner_text()
        assert "번역" in text
        assert not [word for word in text.split() if word.isascii() and word.isalpha()]
        assert problems == []


def test_a_batch_of_one_comes_out_as_the_shift(chapter):
    press(chapter, "Batch size N", "Home", 1)
    press(chapter, "Shift β", "ArrowRight", 7)
    _, y = drawn(chapter)
    assert y.tolist() == [[0.7]]


def test_the_picture_is_described_in_words(chapter):
    picture = chapter.get_by_role("img", name="Each example of the batch")
    assert "N = 4." in picture.get_attribute("aria-label")
    press(chapter, "Batch size N", "ArrowRight", 1)
    assert "N = 5." in picture.get_attribute("aria-label")
    assert "N = 5." in chapter.locator("[data-widget=batch-norm] .summary").inner_text()
