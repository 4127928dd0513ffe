"""Facts about the built pages that can be read from the files."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from site_fixture import ROOT, site  # noqa: F401

KILOBYTE = 1000


@pytest.fixture(scope="module")
def pages(site):  # noqa: F811
    """Each page's path and parsed HTML, the redirect at the root aside."""
    found = {path: BeautifulSoup(path.read_text(), "html.parser") for path in site.rglob("*.html")
             if path.parent != site / "_static" and path != site / "index.html"}  # fmt: skip
    assert len(found) >= 5
    return found


def test_the_first_page_redirects_to_the_introduction(site):  # noqa: F811
    target = re.search(r"url=([^\"]+)", (site / "index.html").read_text())[1]
    assert (site / target).is_file()


def test_every_image_says_what_it_shows(pages):
    for path, page in pages.items():
        for image in page.select(".bd-article img, img:not([aria-hidden])"):
            alt = image.get("alt", "")
            assert len(alt.split()) >= 5, f"{path.name}: alt text {alt!r} of {image.get('src')}"


def test_no_page_loads_anything_from_elsewhere(pages):
    links = "link[rel=stylesheet], link[as], link[rel~=icon]"
    loading = f"script[src], img[src], iframe, source, video, audio, embed, object, {links}"
    for path, page in pages.items():
        for tag in page.select(loading):
            address = tag.get("src") or tag.get("href") or tag.get("data") or ""
            assert not re.match(r"(https?:)?//", address), f"{path.name}: {tag}"
            assert (path.parent / re.sub(r"[?#].*", "", address)).is_file(), f"{path.name}: {tag}"
        for script in page.select("script:not([src])"):
            assert "http" not in script.text, f"{path.name}: {script}"


def test_no_style_sheet_loads_anything_from_elsewhere(site):  # noqa: F811
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", sheet.read_text()), sheet


def test_no_script_is_included_twice(pages):
    for path, page in pages.items():
        scripts = [re.sub(r"\?.*", "", tag.get("src", "")) or tag.text for tag in page.select("script")]
        assert len(scripts) == len(set(scripts)), path.name


def test_mathematics_is_local(pages, site):  # noqa: F811
    chapter = pages[site / "book/en/04_batch_normalization.html"]
    (script,) = chapter.select("script[src*=mathjax]")
    assert script["src"].startswith("../../_static/mathjax/")


def test_own_scripts_and_figures_are_small(pages, site):  # noqa: F811
    own = sum(path.stat().st_size for path in (ROOT / "book" / "assets").glob("*.js"))
    assert own <= 30 * KILOBYTE
    for path, page in pages.items():
        images = {(path.parent / image["src"]).resolve() for image in page.select("img[src]")}
        assert sum(image.stat().st_size for image in images) <= 400 * KILOBYTE, path.name


def test_no_folder_is_called_static():
    assert not list((ROOT / "book").rglob("_static"))


def test_no_page_prints_a_reference_kernel(pages):
    """A chapter calls the kernels; printing one would print the assignment's answer."""
    code = {line.strip() for path in (ROOT / "autograder" / "reference").glob("*.py")
            for line in path.read_text().splitlines()}  # fmt: skip
    code = {line for line in code if len(line) > 40 and "=" in line and "def " not in line}
    assert code
    for path, page in pages.items():
        assert not [line for line in code if line in page.text], path.name


def test_own_files_are_part_of_the_site(site):  # noqa: F811
    for path in Path(ROOT / "book" / "assets").iterdir():
        assert (site / "_static" / path.name).read_bytes() == path.read_bytes()
