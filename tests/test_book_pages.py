"""Facts about the built pages that can be read from the files."""

import re
import zipfile
from urllib.parse import unquote

import nbformat
import pytest
import rjsmin
from bs4 import BeautifulSoup
from site_fixture import ROOT

KILOBYTE = 1000
ASSETS = ROOT / "book" / "assets"


@pytest.fixture(scope="module")
def pages(site):
    """Each page's path and parsed HTML, the redirect at the root aside."""
    found = {path.resolve(): BeautifulSoup(path.read_text(), "html.parser") for path in site.rglob("*.html")
             if path.parent != site / "_static" and path != site / "index.html"}  # fmt: skip
    assert len(found) >= 5
    return found


def test_the_first_page_redirects_to_the_introduction(site):
    target = re.search(r"url=([^\"]+)", (site / "index.html").read_text())[1]
    assert (site / target).is_file()


def test_no_directive_is_taken_for_text():
    """A backtick in a fence's first line makes a paragraph of it, and its end begins a block of code."""
    for path in sorted((ROOT / "book").rglob("*.md")):
        lost = [line for line in path.read_text().splitlines() if re.match(r" *`{3,}\{[^`]*`", line)]
        assert not lost, f"{path.name}: no backticks beside a directive's name: {lost}"


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
            assert local(path, address).is_file(), f"{path.name}: {tag}"
        for script in page.select("script:not([src])"):
            assert "http" not in script.text, f"{path.name}: {script}"


def test_no_style_sheet_loads_anything_from_elsewhere(site):
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", sheet.read_text()), sheet


def test_no_script_is_included_twice(pages):
    for path, page in pages.items():
        scripts = [re.sub(r"\?.*", "", tag.get("src", "")) or tag.text for tag in page.select("script")]
        assert len(scripts) == len(set(scripts)), path.name


def test_mathematics_is_local(pages, site):
    chapter = pages[site / "book/en/04_batch_normalization.html"]
    (script,) = chapter.select("script[src*=mathjax]")
    assert script["src"].startswith("../../_static/mathjax/")


def test_own_scripts_and_figures_are_small(pages, site):
    for path, page in pages.items():
        scripts = {local(path, tag["src"]) for tag in page.select("script[src]")}
        own = [script for script in scripts if (ASSETS / script.name).exists()]
        assert sum(script.stat().st_size for script in own) <= 30 * KILOBYTE, path.name
        images = {local(path, tag["src"]) for tag in page.select("img[src]")}
        assert sum(image.stat().st_size for image in images) <= 400 * KILOBYTE, path.name


def test_a_page_loads_only_the_scripts_it_uses(pages):
    for path, page in pages.items():
        scripts = {local(path, tag["src"]).name for tag in page.select("script[src]")}
        widgets = {tag["data-widget"].replace("-", "_") + ".js" for tag in page.select("[data-widget]")}
        everywhere = {"page.js", "progress.js"}
        used = {*everywhere, *widgets, *["widget.js"] * bool(widgets), *["quiz.js"] * bool(page.select(".tnn-quiz"))}
        assert scripts & {script.name for script in ASSETS.glob("*.js")} == used, path.name


def local(path, address):
    """The file that an address on a page at `path` leads to."""
    return (path.parent / unquote(re.sub(r"[?#].*", "", address))).resolve()


def test_every_link_inside_the_site_leads_somewhere(pages):
    broken = []
    for path, page in pages.items():
        for link in page.select("a[href]"):
            address, _, anchor = link["href"].partition("#")
            if re.match(r"[a-z]+:", address) or ":" in anchor:  # elsewhere, or a state of an interactive figure
                continue
            target = local(path, address) if address else path
            there = target.is_file() and (not anchor or has_anchor(pages.get(target), unquote(anchor)))
            broken += [] if there else [f"{path.name}: {link['href']}"]
    assert broken == []


def has_anchor(page, anchor):
    return page is not None and bool(page.find(id=anchor) or page.find(attrs={"name": anchor}))


def test_no_formula_and_no_mark_of_markdown_is_left_in_the_text(pages):
    """A line that begins with + or - in the middle of a formula becomes a list, and its formulas plain text."""
    for path, page in pages.items():
        article = BeautifulSoup(str(page.select_one("article") or ""), "html.parser")
        for part in article.select("code, pre, .math, script, style, [data-widget]"):
            part.decompose()
        left = re.findall(r".{0,40}(?:\\[a-zA-Z]{2,}|\$[^ ]|\*\*|\{[a-z:]+\}`).{0,40}", article.get_text(" "))
        assert left == [], path


def test_no_id_is_given_twice(pages):
    for path, page in pages.items():
        ids = [tag["id"] for tag in page.select("[id]")]
        assert {name for name in ids if ids.count(name) > 1} == set(), path.name


def test_each_chapter_is_also_a_clean_notebook(pages):
    for path, page in pages.items():
        source = ROOT / "book" / "en" / f"{path.stem}.md"
        if not source.exists() or "\nkernelspec:" not in source.read_text():
            continue
        notebook = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
        nbformat.validate(notebook)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert len(cells) == len(page.select("div.cell"))
        assert not any(cell.outputs or cell.execution_count for cell in cells)
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        assert not re.findall(r"^(?:```|:::)\{.*|\{[a-z:]+\}`", text, re.M), path.name
        assert notebook.cells[1].source.startswith("# ")


def test_each_opening_leads_to_its_assignment(pages):
    found = [link["href"] for page in pages.values() for link in page.select(".tnn-opening a[href*=assignments]")]
    assert found
    for path, page in pages.items():
        for link in page.select(".tnn-opening a[href$='.zip']"):
            with zipfile.ZipFile(local(path, link["href"])) as bundle:
                names = bundle.namelist()
            assert any(name.endswith(".ipynb") for name in names)


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


def test_own_files_are_part_of_the_site(site):
    for path in ASSETS.iterdir():
        wanted = path.read_bytes()
        if path.suffix == ".js":
            wanted = rjsmin.jsmin(wanted.decode()).encode()
        assert (site / "_static" / path.name).read_bytes() == wanted, path.name
