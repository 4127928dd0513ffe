"""Pages ask for what they show: no unused mathematics, icons or blocking scripts, and no icon goes missing."""

import re

import pytest
from fontTools.ttLib import TTFont
from tnn.pages.lean import ICON, WEBFONTS, slim_page

HEAD = """<link rel="preload" as="script" href="../_static/scripts/bootstrap.js" />
<script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
<script src="../_static/documentation_options.js?v=1"></script>
<script src="../_static/doctools.js?v=1"></script>
<script>let hint = 'Show';</script>
<script>window.MathJax = {"options": {}}</script>
<script defer="defer" src="../_static/mathjax/tex-chtml.js"></script>
"""


def test_a_page_without_formulas_loads_no_mathematics():
    slim = slim_page(HEAD + "<p>Plain.</p>", "const OPTIONS = 1;")
    assert "mathjax" not in slim.lower()
    assert "fontawesome" not in slim and "preload" not in slim
    assert "<script>const OPTIONS = 1;</script>" in slim and "let hint" in slim
    assert '<script defer src="../_static/doctools.js?v=1">' in slim


def test_a_page_with_formulas_keeps_them_and_slimming_twice_changes_nothing():
    slim = slim_page(HEAD + '<span class="math notranslate">x</span>', "const OPTIONS = 1;")
    assert "tex-chtml.js" in slim and "window.MathJax" in slim
    assert slim_page(slim, "const OPTIONS = 2;") == slim


def test_the_search_keeps_the_order_of_its_scripts():
    slim = slim_page(HEAD, "", is_search=True)
    assert '<script src="../_static/doctools.js?v=1">' in slim


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): path.read_text() for path in site.rglob("*.html")}


def test_only_pages_with_formulas_load_mathematics(pages):
    with_maths = {name for name, text in pages.items() if re.search(r'class="[^"]*\bmath\b', text)}
    assert {name for name, text in pages.items() if "tex-chtml.js" in text} == with_maths
    assert "book/en/04_batch_normalization.html" in with_maths and "book/en/intro.html" not in with_maths


def test_nothing_blocks_a_page_but_its_style_sheets(pages):
    for name, text in pages.items():
        scripts = re.findall(r"<script[^>]*\ssrc=[^>]*>", text)
        assert name == "search.html" or [s for s in scripts if not re.search(r"\b(defer|async)\b", s)] == [], name


def test_every_icon_is_in_the_font_that_is_left(site, pages):
    icons = {name for text in pages.values() for name in re.findall(r"\bfa-[a-z0-9-]+", text)}
    sheet = (site / "_static/styles/pydata-sphinx-theme.css").read_text()
    drawn = {name: int(code, 16) for names, code in ICON.findall(sheet) for name in re.findall(r"fa-[a-z0-9-]+", names)}
    font = site / WEBFONTS / "fa-solid-900.woff"
    with TTFont(font) as face:
        glyphs = set(face.getBestCmap())
    assert {"fa-bars", "fa-magnifying-glass", "fa-angle-right"} <= icons & set(drawn)
    assert {drawn[name] for name in icons & set(drawn)} <= glyphs
    assert font.stat().st_size < 10_000
