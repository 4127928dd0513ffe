"""The convolution stepped by hand: its arithmetic against the reference kernels, and what it draws and says."""

import numpy as np
import pytest
from browser import accessibility_violations, opened
from sklearn.datasets import load_digits

from autograder.reference import backbones

PHONE = {"width": 390, "height": 844}
WIDGET = "[data-widget=convolution]"
CONTROLS = ["Kernel", "Kernel's size", "Stride", "Padding", "Place, row by row"]
CASES = [(k, s, p) for k in (2, 3, 5) for s in (1, 2, 3) for p in (0, 1, 2)]


@pytest.fixture(scope="module")
def path(site):
    return site / "book" / "en" / "08_backbones.html"


@pytest.fixture
def chapter(chromium, path):
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


def test_the_image_is_a_scan(chapter):
    np.testing.assert_array_equal(chapter.evaluate("tnn.scan"), load_digits().images[13])


def test_columns_and_values_equal_the_kernels(chapter):
    image = np.random.default_rng(0).normal(size=(8, 8))
    for k, stride, padding in CASES:
        weight = np.random.default_rng(k).normal(size=(k, k))
        found = chapter.evaluate(
            "([image, w, k, s, p]) => { const c = tnn.im2col(image, k, s, p);"
            " return [c, tnn.convolve(c, w), tnn.outputSize(8, k, s, p)]; }",
            [image.tolist(), weight.ravel().tolist(), k, stride, padding],
        )
        columns = backbones.im2col(image[None, None], (k, k), stride, padding)[0]
        np.testing.assert_allclose(np.array(found[0]).T, columns, atol=0)
        y = backbones.conv2d_forward(image[None, None], weight[None, None], None, stride, padding)
        np.testing.assert_allclose(found[1], y.ravel(), atol=1e-12)
        assert found[2] == y.shape[2]


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_the_kernels_average_or_compare_two_sides(chapter, k):
    mean, across, down = (np.reshape(chapter.evaluate("a => tnn.kernelOf(...a)", [kind, k]), (k, k))
                          for kind in ("mean", "across", "down"))  # fmt: skip
    np.testing.assert_allclose(mean, 1 / k**2)
    np.testing.assert_array_equal(across, down.T)
    assert across.sum() == 0 and across[across > 0].sum() == pytest.approx(1)
    assert (across[:, -1] > 0).all() and (across[:, 0] < 0).all()


def said(page):
    return page.locator(f"{WIDGET} .summary").inner_text()


def press(page, label, key, times=1):
    page.get_by_label(label, exact=True).focus()
    for _ in range(times):
        page.keyboard.press(key)


def test_sizes_follow_stride_and_padding_by_keyboard(chapter):
    assert "A result of 8 × 8" in said(chapter)
    press(chapter, CONTROLS[2], "ArrowRight")
    assert "A result of 4 × 4" in said(chapter) and "Place 16 of 16" in said(chapter)  # the 20th is no more
    press(chapter, CONTROLS[3], "Home")
    assert "A result of 3 × 3" in said(chapter)
    press(chapter, CONTROLS[4], "Home")
    assert "Place 1 of 9, row 1, column 1" in said(chapter)
    assert chapter.url.endswith("#convolution:stride=2&padding=0&place=1")


def test_what_is_said_is_what_the_kernel_computes(chapter):
    press(chapter, CONTROLS[4], "ArrowRight", 3)  # place 23: row 3, column 7
    image = load_digits().images[13] / 16
    weight = np.array([[-1, 0, 1]] * 3) / 3
    y = backbones.conv2d_forward(image[None, None], weight[None, None], None, 1, 1)[0, 0]
    assert "row 3, column 7" in said(chapter)
    assert f"{y[2, 6]:.3f}".replace("-", "\u2212") in said(chapter)


def test_the_outlines_are_where_the_place_is(chapter):
    """The marked window, result and column, in cells of their own grids."""
    boxes = chapter.evaluate("""() => [...document.querySelectorAll("[data-widget=convolution] svg rect.second")].map(
        r => ["x", "y", "width", "height"].map(name => Number(r.getAttribute(name))))""")
    window, result, column = boxes
    cell = window[2] / 3
    assert result[2] == pytest.approx(cell)
    assert [(window[0] - 2) / cell, (window[1] - 24) / cell] == pytest.approx([3, 2])  # place 20: row 3, column 4
    assert column[2] * 19 == pytest.approx(column[0] - 2)


def test_every_control_is_reached_by_tab(chapter):
    chapter.get_by_label(CONTROLS[0], exact=True).focus()
    reached = []
    for _ in CONTROLS:
        reached.append(chapter.evaluate("document.activeElement.labels[0].innerText"))
        chapter.keyboard.press("Tab")
    assert reached == CONTROLS


def test_the_texts_links_set_the_widget(chapter):
    links = chapter.locator("a[href^='#convolution:']").all()
    assert links
    for link in links:
        link.click()
        chapter.wait_for_function("h => location.hash === h", arg=link.get_attribute("href"))
        state = dict(pair.split("=") for pair in link.get_attribute("href").split(":")[1].split("&"))
        for key, value in state.items():
            label = dict(zip(["kind", "size", "stride", "padding", "place"], CONTROLS, strict=True))[key]
            assert chapter.get_by_label(label, exact=True).input_value() == value


def test_it_is_accessible_and_fits_a_phone(chromium, path):
    with opened(chromium, path, viewport=PHONE, has_touch=True) as (page, problems):
        assert accessibility_violations(page, WIDGET) == []
        for size, stride, padding in [(3, 1, 1), (2, 1, 2), (5, 1, 2)]:
            page.evaluate("h => { location.hash = h; }", f"#convolution:size={size}&stride={stride}&padding={padding}")
            page.wait_for_timeout(100)
            box = page.locator(f"{WIDGET} svg").bounding_box()
            for part in page.locator(f"{WIDGET} svg :is(text, rect[fill=none])").all():
                inner = part.bounding_box()
                assert inner["x"] >= box["x"] - 2 and inner["x"] + inner["width"] <= box["x"] + box["width"] + 2
        assert problems == []
