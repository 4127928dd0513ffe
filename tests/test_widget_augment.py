"""The gallery of augmentations: its arithmetic against the reference kernels, and what it draws and says."""

import numpy as np
import pytest
from browser import accessibility_violations, opened

from autograder.reference import augmentation as aug

PHONE = {"width": 390, "height": 844}
WIDGET = "[data-widget=augment]"
X = np.random.default_rng(0).random((3, 6, 9))
Y = np.random.default_rng(1).random((3, 6, 9))

CASES = {
    "flip": ("x => tnn.augment.flip(x)", [], aug.flip(X)),
    "shift": ("(x, a, b) => tnn.augment.shift(x, a, b)", [2, -3], aug.shift(X, 2, -3)),
    "shift beyond": ("(x, a, b) => tnn.augment.shift(x, a, b)", [-7, 0], aug.shift(X, -7, 0)),
    "crop": ("(x, ...a) => tnn.augment.crop(x, ...a)", [1, 3, 5, 8, 2], aug.crop(X, 1, 3, 5, 8, 2)),
    "rotate": ("(x, a) => tnn.augment.rotate(x, a)", [37], aug.rotate(X, 37)),
    "rotate back": ("(x, a) => tnn.augment.rotate(x, a)", [-90], aug.rotate(X, -90)),
    "shrink": ("(x, a, b) => tnn.augment.resize(x, a, b)", [2, 4], aug.resize(X, 2, 4)),
    "enlarge": ("(x, a, b) => tnn.augment.resize(x, a, b)", [13, 20], aug.resize(X, 13, 20)),
    "brightness": ("(x, a) => tnn.augment.brightness(x, a)", [1.7], aug.brightness(X, 1.7)),
    "contrast": ("(x, a) => tnn.augment.contrast(x, a)", [1.7], aug.contrast(X, 1.7)),
    "contrast of grey": ("(x, a) => tnn.augment.contrast([x[0]], a)", [0.4], aug.contrast(X[:1], 0.4)),
    "cutout": ("(x, a, b) => tnn.augment.cutout(x, a, b)", [[5, 1], 5], aug.cutout(X, (5, 1), 5)),
    "mixup": ("(x, y, a) => tnn.augment.mixup(x, y, a)", [Y.tolist(), 0.3],
              aug.mixup(np.stack([X, Y]), np.eye(2), 0.3, [1, 0])[0][0]),
}  # fmt: skip


@pytest.fixture(scope="module")
def path(site):
    return site / "book" / "en" / "07_augmentation.html"


@pytest.fixture
def chapter(chromium, path):
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


@pytest.mark.parametrize("name", CASES)
def test_a_transform_equals_the_kernels(chapter, name):
    function, given, expected = CASES[name]
    found = chapter.evaluate(f"a => ({function})(...a)", [X.tolist(), *given])
    np.testing.assert_allclose(np.array(found), expected, atol=1e-12)


@pytest.mark.parametrize("centre", [(3, 4), (0, 8), (5, 0)])
@pytest.mark.parametrize("lam", [0.9, 0.36, 0.0])
def test_cutmix_and_its_label_equal_the_kernels(chapter, centre, lam):
    found = chapter.evaluate("a => tnn.augment.cutmix(...a)", [X.tolist(), Y.tolist(), lam, list(centre)])
    x, y = aug.cutmix(np.stack([X, Y]), np.eye(2), lam, centre, [1, 0])
    np.testing.assert_allclose(found["x"], x[0], atol=1e-12)
    assert found["lam"] == pytest.approx(y[0, 0], abs=1e-12)


def test_erasing_fills_its_box_with_noise_and_nothing_else(chapter):
    found = np.array(chapter.evaluate("a => tnn.augment.erase(...a)", [X.tolist(), [1, 2, 4, 5], 7]))
    inside = np.zeros((6, 9), dtype=bool)
    inside[1:5, 2:7] = True
    assert np.array_equal(found[:, ~inside], X[:, ~inside])
    assert len(set(found[:, inside].ravel())) == 60 and abs(found[:, inside].mean()) < 0.5


def said(page):
    return page.locator(f"{WIDGET} .summary").inner_text()


def test_a_six_keeps_its_label_and_reads_as_a_nine_by_keyboard(chapter):
    strength = chapter.get_by_label("Strength", exact=True)
    strength.focus()
    assert "Label: six 1.00" in said(chapter) and said(chapter).endswith("Nearest mean image: 6.")
    chapter.keyboard.press("End")
    assert said(chapter).startswith("Turned by 180°")
    assert "Label: six 1.00" in said(chapter) and said(chapter).endswith("Nearest mean image: 9.")
    assert chapter.url.endswith("#augment:strength=1")


def test_the_texts_links_set_the_widget(chapter):
    links = chapter.locator("a[href^='#augment:']").all()
    assert len(links) == 3
    for link, words in zip(links, ("Turned by 180°", "Mirrored", "A box of a second image"), strict=True):
        link.click()
        chapter.wait_for_function("h => location.hash === h", arg=link.get_attribute("href"))
        chapter.wait_for_timeout(50)
        assert said(chapter).startswith(words)


def test_cutmix_counts_what_is_seen_and_another_draw_moves_the_box(chapter):
    chapter.get_by_label("Method", exact=True).select_option("cutmix")
    chapter.get_by_label("Strength", exact=True).fill("0.6")
    labels = set()
    for _ in range(4):
        labels.add(said(chapter).split("Label: ")[1].split(".")[1])
        chapter.get_by_role("button", name="Draw again").click()
    assert len(labels) > 1


@pytest.mark.parametrize("image", ["six", "temple"])
def test_every_method_draws_two_pictures_and_says_what_it_did(chapter, image):
    chapter.get_by_label(image, exact=True).check()
    pixels = {"six": 64, "temple": 400}[image]
    options = chapter.get_by_label("Method", exact=True)
    for value in options.evaluate("s => [...s.options].map(o => o.value)"):
        options.select_option(value)
        for strength in ("0", "0.5", "1"):
            chapter.get_by_label("Strength", exact=True).fill(strength)
            assert "{" not in said(chapter) and "undefined" not in said(chapter) and "NaN" not in said(chapter)
            assert chapter.locator(f"{WIDGET} .before rect").count() == pixels
            after = chapter.locator(f"{WIDGET} .after rect").count()
            assert after == pixels or value == "resize" and after >= 4


def test_it_is_accessible_and_fits_a_phone(chromium, path):
    with opened(chromium, path, viewport=PHONE, has_touch=True) as (page, problems):
        page.get_by_label("Method", exact=True).select_option("mixup")
        assert accessibility_violations(page, WIDGET) == []
        box = page.locator(f"{WIDGET} svg").bounding_box()
        for word in page.locator(f"{WIDGET} svg text").all():
            inner = word.bounding_box()
            assert inner["x"] >= box["x"] - 1 and inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
        assert problems == []
