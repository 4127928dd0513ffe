"""Sources and corrections: every claim has its row, every row leads to what shows it."""

import re
import sys

import pytest
import yaml
from bs4 import BeautifulSoup
from site_fixture import ROOT, pages_in_contents
from tnn.pages.appendices import shown_places
from tnn.pages.furniture import anchor, row_anchor

DATA = yaml.safe_load((ROOT / "book" / "sources.yml").read_text())
CLAIMS = DATA["claims"]
VERDICTS = {"holds", "condition", "imprecise", "wrong", "disputed", "dated", "pending"}
CHAPTER_4 = {f"N{i}" for i in range(1, 33)} - {"N11"} | {"N11a", "N11b", "N11c"}


def every_claim():
    return pytest.mark.parametrize("row", CLAIMS, ids=lambda row: row["id"])


def test_every_claim_of_the_notes_has_one_row():
    ids = [row["id"] for row in CLAIMS]
    assert len(ids) == len(set(ids))
    assert {name for name in ids if name.startswith("N")} == CHAPTER_4


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


def test_what_is_still_open_is_said(capsys):
    open_rows = [row["id"] for row in CLAIMS if row["verdict"] == "pending" or "pending" in shown_places(row)]
    with capsys.disabled():
        if open_rows:
            print(f"\n{len(open_rows)} of {len(CLAIMS)} claims await a verdict or a place that shows it: "
                  f"{' '.join(open_rows)}", file=sys.stderr)  # fmt: skip
