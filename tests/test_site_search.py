"""The search, typed into the built site from the file system: right pages first, short results, both themes."""

import re
from urllib.parse import urlencode

import pytest
from browser import accessibility_violations, opened
from site_fixture import ROOT
from tnn.pages import search

LINE = re.compile(r"(?P<query>.+?) {2,}(?P<pages>\w+( \w+)*?)(?: +(?P<rank>\d))?")
LINES = [line for line in (ROOT / "tests" / "search_queries.txt").read_text().splitlines() if line[0] != "#"]
QUERIES = [LINE.fullmatch(line).groupdict() for line in LINES]

RESULTS = """() => [...document.querySelectorAll("ul.search > li")].map(item => ({
    page: item.querySelector("a").pathname.split("/").pop().replace(".html", ""),
    text: item.innerText,
    links: [...item.querySelectorAll("a")].map(link => link.href) }))"""


def results(page, site, query):
    """What the search finds, in order."""
    page.goto(f"{(site / 'search.html').as_uri()}?{urlencode({'q': query})}")
    page.wait_for_function("/found|did not match/.test(document.querySelector('.search-summary')?.innerText)")
    return page.evaluate(RESULTS)


def test_the_list_is_long_enough_and_asks_in_both_languages():
    assert len(QUERIES) >= 20
    assert sum(not entry["query"].isascii() for entry in QUERIES) >= 5
    assert {page for entry in QUERIES for page in entry["pages"].split()} >= {
        path.stem for path in (ROOT / "book" / "en").glob("0*.md")}  # fmt: skip


def test_every_query_finds_its_page(chromium, site):
    """One browser page for all; what goes wrong is listed whole."""
    wrong = []
    with opened(chromium, site / "search.html") as (page, problems):
        for entry in QUERIES:
            found = results(page, site, entry["query"])
            pages = list(dict.fromkeys(item["page"] for item in found))
            if not set(pages[: int(entry["rank"] or 1)]) & set(entry["pages"].split()):
                wrong.append(f"{entry['query']}: {pages[:6]}")
        assert problems == [], "nothing is fetched"
    assert wrong == []


def test_a_result_is_short_and_leads_to_sections(chromium, site):
    with opened(chromium, site / "search.html") as (page, _):
        found = results(page, site, "dropout test time")
        assert all(len(item["text"]) <= 420 for item in found), [item["text"] for item in found]
        sections = [link for item in found for link in item["links"] if "#" in link]
        assert any(link.endswith("06_regularization.html#dropout") for link in sections)
        page.goto(sections[0])
        assert page.locator(f"[id='{sections[0].partition('#')[2]}']").count() == 1


def test_words_that_no_page_holds_are_passed_over(chromium, site):
    with opened(chromium, site / "search.html") as (page, _):
        assert results(page, site, "qwertzuiop dropout")[0]["page"] == "06_regularization"
        assert results(page, site, "qwertzuiop") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_search_page_is_accessible(chromium, site, theme):
    with opened(chromium, site / "search.html", color_scheme=theme) as (page, problems):
        assert results(page, site, "dropout")
        assert accessibility_violations(page) == []
        assert page.get_by_role("searchbox").first.get_attribute("aria-label")
        assert problems == []


def test_korean_words_are_found_by_their_beginnings():
    language = search.SearchKorean({})
    assert language.split("경사하강법을 Adam") == ["경사하강법을", "경사", "경사하", "경사하강", "경사하강법", "Adam"]
    assert language.split("값 확률") == ["값", "확률"]
    assert search.beginnings("batch") == []


def test_a_sentence_says_what_a_page_is_about():
    assert search.sentence("---\nx: 1\n---\n\n# Title\n\nFirst {doc}`page` *here*. Second.\n") == "First page here."
    assert search.sentence("# T\n\n```{x} y\nNot this.\n```\nBut this. More.\n") == "But this."
    assert search.sentence("```{opening}\n:remember: Only `this`.\n```\n") == "Only this."


def test_keywords_bring_their_korean_words_along():
    assert search.keywords("---\nkeywords: [dropout, dropout rate]\n---\n") == ["dropout", "dropout rate", "드롭아웃"]
    assert search.keywords("# No front matter\n") == []
