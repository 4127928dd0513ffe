"""What the reader has read and answered: kept by the browser, shown on every page, cleared on request."""

import re
from contextlib import contextmanager

import pytest
from browser import accessibility_violations, opened
from site_fixture import ROOT

CHAPTER, OTHER = "04_batch_normalization", "05_initialization"
REFUSED = """Object.defineProperty(window, "localStorage", { configurable: true,
    get() { throw new DOMException("no", "SecurityError") } })"""


@pytest.fixture(scope="module")
def book(site):
    return site / "book" / "en"


@contextmanager
def reader(chromium, book):
    """A page of a chapter that can go to others; nothing may go wrong on any."""
    with opened(chromium, book / f"{CHAPTER}.html") as (page, problems):
        yield page
        assert problems == []


def answer(page, number):
    """Answer a quiz question right, however often that takes."""
    quiz = page.locator(".tnn-quiz").nth(number)
    for choice in quiz.get_by_role("radio").all():
        choice.check()
        quiz.get_by_role("button").click()
        if quiz.get_by_role("status").inner_text().startswith("Right."):
            return


def kept(page):
    return page.evaluate("JSON.parse(localStorage.getItem('tnn-progress'))")


def beside(page, name):
    """What the side bar says beside a chapter."""
    return page.locator(f".bd-sidebar-primary [data-progress='{name}']").inner_text()


def test_answers_and_chapters_are_remembered_shown_everywhere_and_forgotten(chromium, book):
    with reader(chromium, book) as page:
        count = page.locator(".tnn-quiz").count()
        assert kept(page) is None, "reading alone keeps nothing"
        answer(page, 0)
        answer(page, 0)
        answer(page, 2)
        assert beside(page, CHAPTER) == f"2 of {count} quiz questions"
        done = page.get_by_role("button", name="Mark this chapter as read")
        assert done.get_attribute("aria-pressed") == "false"
        done.press("Enter")
        assert page.get_by_role("button", name="Read.").get_attribute("aria-pressed") == "true"
        assert set(kept(page)) == {CHAPTER}

        page.goto((book / f"{OTHER}.html").as_uri())
        assert beside(page, CHAPTER) == f"read, 2 of {count} quiz questions"
        assert beside(page, OTHER) == ""

        page.goto((book / "progress.html").as_uri())
        rows = page.locator(".tnn-progress tbody tr")
        assert rows.count() == len(list(book.glob("[0-9]*_*.html"))) + 1
        row = rows.filter(has_text="Batch normalization")
        assert row.locator("td").last.inner_text() == f"read, 2 of {count} quiz questions"
        assert row.locator("td").last.get_attribute("data-state") == "read"
        assert rows.filter(has_text="Initialization").locator("td").last.inner_text() == "not begun"
        assert accessibility_violations(page) == []
        page.get_by_role("button", name="Forget my progress").click()
        assert kept(page) is None
        assert page.get_by_role("status").inner_text() == "Nothing is kept any more."
        assert row.locator("td").last.inner_text() == "not begun"


def test_read_can_be_taken_back(chromium, book):
    with reader(chromium, book) as page:
        button = page.locator(".tnn-done")
        button.click()
        button.click()
        assert button.get_attribute("aria-pressed") == "false"
        assert beside(page, CHAPTER) == ""


def test_any_element_can_show_a_chapters_state(chromium, book):
    """The hook of the chapter map: an attribute, and the page's other furniture does the rest."""
    with reader(chromium, book) as page:
        page.evaluate(f"document.querySelector('article').insertAdjacentHTML('afterbegin',"
                      f"'<i id=map data-progress={CHAPTER} data-of=99 data-none=new></i>')")  # fmt: skip
        assert page.locator("#map").inner_text() == ""
        answer(page, 0)
        assert page.locator("#map").inner_text() == "1 of 99 quiz questions"
        assert page.locator("#map").get_attribute("data-state") == "begun"


def test_what_someone_else_put_there_does_no_harm(chromium, book):
    with reader(chromium, book) as page:
        for what in ["nonsense", "[1]", '"text"', "null", '{"04_batch_normalization": {"quizzes": "x", "of": "y"}}']:
            page.evaluate("what => localStorage.setItem('tnn-progress', what)", what)
            page.reload()
            answer(page, 0)
            assert beside(page, CHAPTER).startswith("1 of"), what


def test_where_the_browser_keeps_nothing_pages_work_and_say_so(chromium, site, book):
    with opened(chromium, book / "references.html") as (page, problems):
        page.add_init_script(REFUSED)
        page.goto((book / f"{CHAPTER}.html").as_uri())
        answer(page, 0)
        assert beside(page, CHAPTER).startswith("1 of")
        page.goto((book / "progress.html").as_uri())
        assert "keeps nothing" in page.locator(".tnn-progress [role=status]").inner_text()
        page.goto((site / "search.html").as_uri() + "?q=dropout")
        page.locator("ul.search li a").first.wait_for()
        assert problems == []


def test_the_script_is_small_and_asks_nobody():
    source = (ROOT / "book" / "assets" / "progress.js").read_text()
    assert len(source.encode()) <= 4000
    assert not re.search(r"fetch|XMLHttp|sendBeacon|WebSocket|http|cookie", source)
