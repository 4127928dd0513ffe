"""The site as a zip: unpacked elsewhere and opened with the network off, everything works."""

import zipfile

import pytest
from browser import opened
from site_fixture import ROOT
from tnn import offline

ARCHIVE = ROOT / "build" / "training-neural-networks.zip"


@pytest.fixture(scope="module")
def unpacked(site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("a reader's folder")  # with a space, as readers' folders have
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    (top,) = folder.iterdir()
    return top


def test_it_holds_the_whole_site_and_is_the_same_twice(site, tmp_path):
    wanted = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()} - {".inputs.sha256"}
    with zipfile.ZipFile(ARCHIVE) as archive:
        assert {name.partition("/")[2] for name in archive.namelist()} == wanted
        assert {name.partition("/")[0] for name in archive.namelist()} == {offline.FOLDER}
        assert {entry.external_attr >> 16 & 0o777 for entry in archive.infolist()} == {0o644}
    (tmp_path / "site" / "a").mkdir(parents=True)
    (tmp_path / "site" / "a" / "x.html").write_text("x")
    first = offline.pack(tmp_path / "site", tmp_path / "one.zip").read_bytes()
    (tmp_path / "site" / "a" / "x.html").touch()
    assert offline.pack(tmp_path / "site", tmp_path / "two.zip").read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.zip", "site", "two.zip"], "nothing half-written"


def test_a_chapter_works_without_a_network(chromium, unpacked):
    """Mathematics, a quiz, an interactive figure, a figure, and the search that it leads to."""
    with opened(chromium, unpacked / "book/en/04_batch_normalization.html", offline=True) as (page, problems):
        assert page.locator("mjx-container").count() >= 20
        assert page.locator("mjx-merror").count() == 0
        assert page.evaluate("[...document.querySelectorAll('article img')].every(image => image.naturalWidth > 0)")
        quiz = page.locator(".tnn-quiz").first
        quiz.get_by_role("radio").first.check()
        quiz.get_by_role("button").click()
        assert quiz.get_by_role("status").inner_text()
        drawn = page.locator("[data-widget=batch-norm] .example")
        before = drawn.count()
        page.get_by_label("Batch size N", exact=True).press("ArrowRight")
        assert drawn.count() == before + 1
        page.locator(".search-button-field").click()
        field = page.locator("dialog input[type=search]")
        field.fill("dropout")
        field.press("Enter")
        first = page.locator("ul.search li a").first
        first.wait_for()
        page.wait_for_function("document.querySelector('.search-summary').innerText.includes('found')")
        first.click()
        page.wait_for_url("**/06_regularization.html*")
        page.goto((unpacked / "index.html").as_uri())
        page.wait_for_url("**/book/en/intro.html")
        assert problems == []
