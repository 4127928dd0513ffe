"""Sources and corrections: every claim has its row, every row leads to what shows it."""

import re

import pytest
import yaml
from bs4 import BeautifulSoup
from site_fixture import ROOT, pages_in_contents
from tnn.pages.appendices import shown_places
from tnn.pages.furniture import anchor, row_anchor

DATA = yaml.safe_load((ROOT / "book" / "sources.yml").read_text())
CLAIMS = DATA["claims"]
VERDICTS = {"holds", "condition", "imprecise", "wrong", "disputed", "dated", "pending"}
# How many claims of the notes each chapter has.
CHAPTERS = {"G": 15, "B": 10, "O": 16, "N": 32, "I": 20, "R": 19, "A": 11, "P": 7}
IN_PARTS = {"N11": "abc", "I5": "abc", "R3": "abc"}


def expected(letter):
    """The numbers of a chapter's claims; some were split, such as N11 into N11a, N11b and N11c."""
    numbers = [f"{letter}{i}" for i in range(1, CHAPTERS[letter] + 1)]
    return [number + part for number in numbers for part in IN_PARTS.get(number, [""])]


def every_claim():
    return pytest.mark.parametrize("row", CLAIMS, ids=lambda row: row["id"])


@pytest.mark.parametrize("letter", CHAPTERS)
def test_every_claim_of_the_notes_has_one_row_in_order(letter):
    found = [row["id"] for row in CLAIMS if row["id"].startswith(letter)]
    assert found == expected(letter)


def test_rows_are_of_known_chapters():
    assert {row["id"][0] for row in CLAIMS} <= set(CHAPTERS)


@pytest.mark.parametrize("letter", CHAPTERS)
def test_the_page_lists_every_chapter(letter, site):
    html = BeautifulSoup((site / "book" / "en" / "sources.html").read_text(), "html.parser")
    shown = [row["id"] for row in html.select(".tnn-sources > li") if row["id"].startswith(f"row-{letter.lower()}")]
    assert shown == [row_anchor(number) for number in expected(letter)]


@every_claim()
def test_a_row_is_settled(row):
    assert row["verdict"] != "pending" and "pending" not in shown_places(row)


@every_claim()
def test_a_note_that_a_claim_names_is_one_of_its_sources(row):
    named = {letter for group in re.findall(r"\(([A-E](?:, [A-E])*)\)", row["claim"]) for letter in group.split(", ")}
    assert named <= set(row["source"].split())


@every_claim()
def test_a_row_is_complete(row):
    assert set(row) == {"id", "source", "claim", "verdict", "statement", "shown"}
    assert set(row["source"].split()) <= set(DATA["notes"])
    assert row["verdict"] in VERDICTS
    for key in ("claim", "statement"):
        assert row[key].rstrip()[-1] in ".$", f"{key} is not a sentence: {row[key]}"


@every_claim()
def test_what_shows_a_verdict_exists(row, site):
    for place in shown_places(row):
        if place == "pending":
            continue
        if place.startswith("tests/"):
            path, _, test = place.partition("::")
            assert f"def {test}(" in (ROOT / path).read_text(), place
        else:
            page, _, name = place.partition("#")
            assert page in pages_in_contents(), place
            html = BeautifulSoup((site / "book" / "en" / f"{page}.html").read_text(), "html.parser")
            assert html.find(id=name), place


def test_a_page_and_its_row_lead_to_each_other(site):
    """Every box `What the notes say` is named in its row; the link from box to row is checked with all links."""
    rows = {row_anchor(row["id"]): row for row in CLAIMS}
    boxes = 0
    for page in pages_in_contents():
        html = BeautifulSoup((site / "book" / "en" / f"{page}.html").read_text(), "html.parser")
        for box in html.select(".tnn-claim"):
            (number,) = re.findall(r"#(row-\w+)", str(box))
            assert f"{page}#{anchor(rows[number]['id'])}" in shown_places(rows[number]), number
            boxes += 1
    assert boxes
