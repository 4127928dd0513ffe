"""The first page's map, the palette that pages and figures share, the folded first cells, and what links show."""

import re
from types import SimpleNamespace

import pytest
import yaml
from browser import accessibility_violations, opened
from bs4 import BeautifulSoup
from PIL import Image
from site_fixture import ROOT, pages_in_contents
from test_book_parts import linear, luminance
from tnn import style
from tnn.pages import chapter_map, preview
from tnn.pages.furniture import assignment_facts, reading_minutes

ASSETS = ROOT / "book" / "assets"
SHEET = (ASSETS / "tnn.css").read_text()
CHAPTERS = [name for name in pages_in_contents() if re.match(r"\d\d_|capstone", name)]
ENTRIES = yaml.safe_load((ROOT / "book" / "chapters.yml").read_text())
BACKGROUNDS = {"light": ["#ffffff"], "dark": ["#121212"]}  # the theme's; a tint of our own joins each


@pytest.fixture(scope="module")
def home(site):
    return BeautifulSoup((site / "book/en/intro.html").read_text(), "html.parser")


# The palette ------------------------------------------------------------------------------------------------


def palette(theme):
    """{name: colour} of the variables that the style sheet sets for a theme."""
    start = {"light": "html {", "dark": 'html[data-theme="dark"] {'}[theme]
    rule = SHEET.partition("\n" + start)[2].partition("}")[0]
    return dict(re.findall(r"--tnn-(\w+): (#[0-9a-f]{6});", rule))


def contrast(a, b):
    dark, light = sorted(luminance(linear(colour)) for colour in (a, b))
    return (light + 0.05) / (dark + 0.05)


def test_figures_and_pages_have_one_palette():
    light = palette("light")
    figures = {"blue": style.BLUE, "vermilion": style.VERMILION, "green": style.GREEN, "purple": style.PURPLE,
               "ink": style.BLACK}  # fmt: skip
    assert {name: light[name] for name in figures} == {name: colour.lower() for name, colour in figures.items()}
    assert light.keys() == palette("dark").keys()


def test_a_colour_stands_in_one_place():
    rest = SHEET.partition("html[data-theme] {")[2]
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", rest)) <= {"#fff"}, "use the variables at the top of tnn.css"
    for script in ASSETS.glob("*.js"):
        assert not re.findall(r"""["']#[0-9a-fA-F]{3,6}["']""", script.read_text()), script.name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_word_in_any_colour_can_be_read(theme):
    colours = palette(theme)
    grounds = [*BACKGROUNDS[theme], colours.pop("tint")]
    colours.pop("rule")  # lines between things, never the only sign of anything
    assert len(colours) >= 7
    for name, colour in colours.items():
        for ground in grounds:
            assert contrast(colour, ground) >= 4.5, f"{name} on {ground}"


def test_the_mark_has_the_palettes_colours_and_is_seen_on_any_tab():
    used = set(re.findall(r"#[0-9a-f]{6}", (ASSETS / "mark.svg").read_text()))
    assert used == {style.BLUE.lower(), style.VERMILION.lower()}
    for colour in used:
        assert contrast(colour, "#ffffff") >= 3 and contrast(colour, "#202124") >= 3


def test_every_page_wears_the_mark(site, home):
    assert home.select_one("link[rel~=icon]")["href"].endswith("_static/mark.svg")
    assert len(home.select("nav .navbar-brand svg.tnn-logo")) == 1
    chapter = BeautifulSoup((site / "book/en/01_generalization.html").read_text(), "html.parser")
    assert chapter.select_one(".navbar-brand svg.tnn-logo")
    assert chapter.select_one(".navbar-brand")["href"] == "intro.html"


# The map ----------------------------------------------------------------------------------------------------


def test_the_map_holds_every_chapter_in_order(home):
    assert [entry["page"] for entry in ENTRIES] == CHAPTERS
    assert [link["href"] for link in home.select(".tnn-map li a")] == [f"{name}.html" for name in CHAPTERS]
    assert [tag["data-progress"] for tag in home.select(".tnn-map [data-progress]")] == CHAPTERS


def test_a_card_says_what_its_chapter_takes(home):
    hours, questions, points = 0, 0, 0
    for card, name in zip(home.select(".tnn-map li"), CHAPTERS, strict=True):
        source = (ROOT / "book" / "en" / f"{name}.md").read_text()
        assignment = re.search(r"^:assignment: (.+)$", source, re.M)[1]
        facts = assignment_facts(ROOT / "exercises" / assignment / f"{assignment}.ipynb")
        said = card.select_one(".facts").text
        assert f"{reading_minutes(source)} min" in said
        assert f"{facts['questions']} questions" in said and f"{facts['points']} points" in said
        hours, questions = hours + reading_minutes(source) / 60, questions + facts["questions"]
        points += float(facts["points"])
    total = home.select_one(".tnn-map-total").text
    assert f"{round(hours)} hours" in total and f"{questions} graded" in total and f"{points:g} points" in total


def test_a_card_names_what_it_needs_and_a_line_leads_there(home):
    assert len(home.select(".tnn-map svg.lines path")) == sum(len(entry["needs"]) for entry in ENTRIES)
    for card, entry in zip(home.select(".tnn-map li"), ENTRIES, strict=True):
        needs = card.select_one(".needs")
        assert bool(needs) == bool(entry["needs"])
        for need in entry["needs"]:
            assert re.search(rf"\b{int(need[:2])}\b", needs.text)
    assert list(chapter_map.complaints(ENTRIES, set(CHAPTERS))) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"page": "99_nothing"}, "no page 99_nothing"),
        ({"at": [1, 1]}, "another page stands"),
        ({"at": [1, 2]}, "must stand below"),
        ({"needs": {"99_nothing": "all"}}, "isn't on the map"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_refused(change, complaint):
    entries = [*ENTRIES[:2], ENTRIES[2] | change]
    assert any(complaint in found for found in chapter_map.complaints(entries, set(CHAPTERS)))


def test_a_chapter_that_links_to_another_is_below_it_on_the_map():
    """The map says at least what the chapters say themselves."""
    needs = {entry["page"]: set(entry["needs"]) for entry in ENTRIES}
    linked = [("05_initialization", "02_backpropagation"), ("06_regularization", "01_generalization")]
    for name in CHAPTERS:
        text = (ROOT / "book" / "en" / f"{name}.md").read_text()
        linked += [(name, other) for other in CHAPTERS if other < name and f"{{doc}}`{other}`" in text]
    assert len(linked) >= 4
    for name, other in linked:
        assert other in needs[name], f"{name} links to {other}, which the map doesn't show"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_map_works_without_scripts_by_keyboard(chromium, site, width):
    path = site / "book/en/intro.html"
    with opened(chromium, path, java_script_enabled=False, viewport={"width": width, "height": 800}) as (page, _):
        links = page.locator(".tnn-map li a")
        boxes = [card.bounding_box() for card in page.locator(".tnn-map li").all()]
        for i, box in enumerate(boxes):
            for other in boxes[:i]:
                below, beside = box["y"] >= other["y"] + other["height"], box["x"] >= other["x"] + other["width"]
                assert below or beside, "a card lies on an earlier one"
            assert box["x"] + box["width"] <= width
        assert page.locator(".tnn-map svg.lines").is_visible() == (width > 1000)
        links.first.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/02_backpropagation.html")


def test_the_first_screen_says_what_it_is_and_lets_one_play(chromium, site):
    path, size = site / "book/en/intro.html", {"width": 1280, "height": 800}
    with opened(chromium, path, viewport=size) as (page, problems):
        for inside in (".tnn-lead", "#network .chart", ".tnn-break"):
            box = page.locator(inside).bounding_box()
            assert box["y"] + box["height"] <= size["height"], inside
        button = page.get_by_role("button", name="Train").bounding_box()
        assert button["y"] + button["height"] <= size["height"]
        assert page.locator(".tnn-lead").bounding_box()["height"] < 70, "two lines"
        assert accessibility_violations(page, ".tnn-play") == []
        assert problems == []


# Folded first cells, and paper --------------------------------------------------------------------------------


def test_a_chapter_begins_with_its_imports_folded(site):
    for name in CHAPTERS:
        page = BeautifulSoup((site / f"book/en/{name}.html").read_text(), "html.parser")
        cell = page.select_one("div.cell")
        assert "Imports and settings" in cell.select_one("details > summary").text, name
        assert "import " in cell.select_one("details pre").text
        assert len(page.select("div.tnn-setup")) == 1


def test_paper_has_no_side_bars_and_shows_where_links_lead(chromium, site):
    path = site / "book/en/02_backpropagation.html"
    with opened(chromium, path, viewport={"width": 794, "height": 1123}) as (page, problems):
        page.emulate_media(media="print")
        for hidden in (".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article", ".prev-next-footer"):
            assert not page.locator(hidden).first.is_visible(), hidden
        assert page.locator("article h1").count() == 1
        outside = page.locator("article a.external[href^=http]").first
        shown = outside.evaluate("link => getComputedStyle(link, '::after').content")
        assert outside.get_attribute("href") in shown
        assert page.locator("figure").first.evaluate("f => getComputedStyle(f).breakInside") == "avoid"
        assert problems == []


# What links show ----------------------------------------------------------------------------------------------


def tags(page):
    return {tag.get("property") or tag.get("name"): tag["content"] for tag in page.select("head meta[content]")}


@pytest.mark.parametrize("name", pages_in_contents())
def test_a_page_says_what_it_is_in_one_sentence(site, name):
    found = tags(BeautifulSoup((site / f"book/en/{name}.html").read_text(), "html.parser"))
    assert found["description"] == found["og:description"]
    assert len(found["description"].split()) >= 5 and len(found["description"]) <= preview.LONGEST
    assert found["og:title"] and "<" not in found["og:title"]
    assert found["og:site_name"] == "Training Neural Networks"
    assert not any(content.startswith("http") for content in found.values()), "this site doesn't know its address"
    source = (ROOT / "book" / "en" / f"{name}.md").read_text()
    if remember := re.search(r"^:remember: (.{30})", source, re.M):
        assert found["description"].startswith(remember[1])


def test_a_site_that_knows_its_address_shows_a_picture_for_a_link(tmp_path):
    config = SimpleNamespace(html_baseurl="https://example.org/course/", html_title="A course", language="en")
    app, context = SimpleNamespace(config=config, outdir=tmp_path), {"title": "Chapter 1: <em>Loss</em> &amp; gain"}
    sentence = preview.nodes.paragraph("", 'The loss falls "fast" at first. ' * 20)
    page = preview.nodes.section("", sentence)
    preview.add_tags(app, "book/en/01_x", "page.html", context, page)
    found = tags(BeautifulSoup(f"<head>{context['metatags']}</head>", "html.parser"))
    assert found["og:title"] == "Chapter 1: Loss & gain"
    assert found["og:url"] == "https://example.org/course/book/en/01_x.html"
    assert found["twitter:card"] == "summary_large_image"
    picture = tmp_path / found["og:image"].removeprefix("https://example.org/course/")
    assert Image.open(picture).size == preview.SIZE == (int(found["og:image:width"]), int(found["og:image:height"]))
    assert picture.stat().st_size <= 60_000
    before = picture.read_bytes()
    preview.add_tags(app, "book/en/01_x", "page.html", context, page)
    assert picture.read_bytes() == before, "the same page gives the same picture"
    assert len(Image.open(picture).convert("RGB").getcolors()) > 8  # something is drawn
