"""A site of three small pages in two languages, built with its repository's and its own address set.

It stands for what the course's own site does once a fork publishes it, and once book/ko/ exists.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from urllib.parse import parse_qs, urlparse

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from site_fixture import ROOT
from tnn import settings
from tnn.pages import citation, editions, repository, words
from tnn.pages.notebooks import clean_notebook

HEADER = "---\njupytext: {text_representation: {extension: .md, format_name: myst}}\n" \
         "kernelspec: {name: python3, display_name: Python 3, language: python}\n---\n"  # fmt: skip
CHAPTER = "```{opening}\n:remember: One sentence.\n\n- add.\n```\n\n```{code-cell} ipython3\nprint(1 + 1)\n```\n"
PAGES = {
    "en": {"intro": "# Home\n\nWelcome.\n", "01_small": f"{HEADER}\n# Small\n\n{CHAPTER}",
           "changelog": "# Changes\n\n(how-to-cite)=\n## Cite\n\n```{citation}\n```\n"},
    "ko": {"intro": "# 처음\n\n환영합니다.\n", "01_small": f"{HEADER}\n# 작은 장\n\n{CHAPTER}경사하강법을 봅니다.\n"},
}  # fmt: skip
KOREAN = {"language": "한국어", "title": "신경망 훈련", "editions": "다른 언어로", "edit": "고치기",
          "parts": {"Chapters": "장"}}  # fmt: skip
ADDRESSES = {"REPOSITORY_URL": "https://github.com/someone/course.git", "REPOSITORY_BRANCH": "trunk",
             "SITE_URL": "https://someone.example/course"}  # fmt: skip
BASE = "https://someone.example/course/"


def small_book(root):
    """Write the pages, beside the course's own extension, templates and data."""
    (root / "solutions").mkdir()
    for name in ("book/tnn", "book/assets", "book/templates"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "CITATION.cff", "book/glossary.yml", "book/sources.yml", "book/references.bib"):
        shutil.copy(ROOT / name, root / name)
    texts = yaml.safe_load((ROOT / "book" / "strings.yml").read_text())
    texts["ko"] = texts["en"] | KOREAN
    (root / "book" / "strings.yml").write_text(yaml.safe_dump(texts, allow_unicode=True))
    for language, pages in PAGES.items():
        for name, text in pages.items():
            (root / "book" / language).mkdir(exist_ok=True)
            (root / "book" / language / f"{name}.md").write_text(text)
    chapters = [{"file": "book/en/01_small"}, {"file": "book/en/changelog"}]
    contents = {"format": "jb-book", "root": "book/en/intro", "parts": [{"caption": "Chapters", "chapters": chapters}]}
    (root / "_toc.yml").write_text(yaml.safe_dump(contents))


def git(root, *arguments):
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    dates = {"GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True,
                          env={**os.environ, **dates})  # fmt: skip
    return done.stdout.strip()


def build(root, **addresses):
    environment = {**os.environ, "PYTHONPATH": str(root / "book"), **addresses}
    return subprocess.run([sys.executable, "-m", "tnn.site", "build"], cwd=root, env=environment,
                          capture_output=True, text=True)  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The published folder; pages executed once, in one language, serve both."""
    root = tmp_path_factory.mktemp("course")
    small_book(root)
    (root / ".gitignore").write_text("_build\nbuild\n")
    git(root, "init", "-q", "-b", "trunk")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "pages")
    done = build(root, **ADDRESSES)
    assert done.returncode == 0, done.stderr
    assert "executing 1 page(s)" in done.stdout
    return root / "build" / "site"


def page(book, name):
    return BeautifulSoup((book / name).read_text(), "html.parser")


def foot(book, name):
    return {link.get_text(): link["href"] for link in page(book, name).select(".tnn-foot a")}


ENGLISH, KOREAN_PAGE = "book/en/01_small.html", "ko/book/ko/01_small.html"


def test_each_edition_has_its_language_its_words_and_its_contents(book):
    for name, language, word, caption in [(ENGLISH, "en", "Edit", "Chapters"), (KOREAN_PAGE, "ko", "고치기", "장")]:
        html = page(book, name)
        assert html.html["lang"] == language
        assert word in html.select_one(".tnn-foot").get_text()
        assert html.select_one(".bd-sidebar-primary .caption").get_text() == caption
    assert page(book, KOREAN_PAGE).title.get_text().endswith("신경망 훈련")
    assert [a["href"] for a in page(book, KOREAN_PAGE).select(".bd-links a")] == ["intro.html", "#"]


@pytest.mark.parametrize(("name", "language", "target"), [
    (ENGLISH, "ko", KOREAN_PAGE), (KOREAN_PAGE, "en", ENGLISH),
    ("book/en/changelog.html", "ko", "ko/book/ko/intro.html"),  # not there yet: its first page
])  # fmt: skip
def test_a_page_switches_to_the_same_page_of_the_other_edition(book, name, language, target):
    (link,) = page(book, name).select(".tnn-editions a")
    assert link["lang"] == link["hreflang"] == language
    assert ((book / name).parent / link["href"]).resolve() == (book / target).resolve()
    assert (book / target).is_file()


def test_search_engines_are_told_one_address_and_the_other_languages(book):
    for name in (ENGLISH, KOREAN_PAGE):
        html = page(book, name)
        assert [link["href"] for link in html.select("link[rel=canonical]")] == [BASE + name]
        others = {link["hreflang"]: link["href"] for link in html.select("link[rel=alternate]")}
        assert others == {"en": BASE + ENGLISH, "ko": BASE + KOREAN_PAGE}
    assert not page(book, "book/en/changelog.html").select("link[rel=alternate]")


def test_a_reader_can_mend_report_and_try_a_page(book):
    links = foot(book, ENGLISH)
    assert links["Edit this page"] == "https://github.com/someone/course/edit/trunk/book/en/01_small.md"
    version = git(book.parents[1], "rev-parse", "--short=10", "HEAD")
    report = urlparse(links["Report a mistake"])
    assert report.path.endswith("someone/course/issues/new")
    assert "Small" in parse_qs(report.query)["title"][0]
    assert f"book/en/01_small, 2026-01-02 {version}" in parse_qs(report.query)["body"][0]
    colab = "https://colab.research.google.com/github/someone/course/blob/notebooks/book/en/01_small.ipynb"
    assert links["Open in Colab"] == colab
    assert [a["href"] for a in page(book, ENGLISH).select(".tnn-opening a[href*=colab]")] == [colab]
    assert f"Last changed on 2026-01-02 ({version})." in page(book, ENGLISH).select_one(".tnn-foot").get_text()
    assert links["This site as a zip, to read without a network"] == BASE + "training-neural-networks.zip"
    assert "Open in Colab" not in foot(book, "book/en/changelog.html"), "it executes nothing"


def test_the_foot_says_when_and_with_what_a_page_was_executed(book):
    import numpy as np
    import torch

    for name in (ENGLISH, KOREAN_PAGE):
        said = page(book, name).select_one(".tnn-foot").get_text()
        versions = (sys.version.split()[0], torch.__version__.split("+")[0], np.__version__)
        found = re.search(r"Executed on \d{4}-\d\d-\d\d with Python (.+), torch (.+) and NumPy (\S+)\.", said)
        assert found.groups() == versions
    assert "Executed" not in page(book, "book/en/changelog.html").select_one(".tnn-foot").get_text()


def test_one_can_cite_what_one_reads(book):
    box = page(book, "book/en/changelog.html").select_one(".tnn-citation")
    assert BASE in box.get_text()
    assert "@misc{training_neural_networks," in box.get_text()
    assert page(book, "book/en/changelog.html").find(id="how-to-cite")


def test_both_editions_are_searched_apart(book):
    beginning = json.dumps("경사")  # the index is ASCII
    assert beginning in (book / "ko" / "searchindex.js").read_text()
    assert beginning not in (book / "searchindex.js").read_text()


def test_building_again_gives_the_same_bytes_and_an_unchanged_site_is_left(book):
    root = book.parents[1]
    before = {path.relative_to(book): path.read_bytes() for path in book.rglob("*") if path.is_file()}
    archive = (root / "build" / "training-neural-networks.zip").read_bytes()
    assert "up to date" in build(root, **ADDRESSES).stdout
    shutil.rmtree(root / "build")
    done = build(root, **ADDRESSES)
    assert "executing 0 page(s)" in done.stdout, done.stderr
    assert {path.relative_to(book): path.read_bytes() for path in book.rglob("*") if path.is_file()} == before
    assert (root / "build" / "training-neural-networks.zip").read_bytes() == archive


# Without addresses, and with wrong ones --------------------------------------------------------------------


def test_where_no_address_is_set_there_is_no_link(site):
    html = page(site, "book/en/04_batch_normalization.html")
    assert set(foot(site, "book/en/04_batch_normalization.html")) == {"How to cite"}
    assert not html.select("link[rel=canonical], link[rel=alternate], .tnn-editions, a[href*=colab]")


def test_an_address_that_is_none_is_refused():
    for variable in ("REPOSITORY_URL", "SITE_URL"):
        with pytest.raises(settings.SettingError, match=f"{variable} must be an address"):
            settings.configuration(ROOT, {variable: "someone/course"})
    config = settings.configuration(ROOT, ADDRESSES)
    assert config["repository"] == {"url": "https://github.com/someone/course", "branch": "trunk"}
    assert config["html"]["baseurl"] == BASE
    assert settings.configuration(ROOT, {})["repository"]["url"] == ""


def test_colab_opens_github_alone():
    assert repository.Repository("https://gitlab.com/a/b", "main").colab("en/x.ipynb") is None
    assert "/-/issues/new?" in repository.Repository("https://gitlab.com/a/b", "main").report("t", "b")
    assert repository.last_change(ROOT.parent / "nowhere", "x") is None


# Words -----------------------------------------------------------------------------------------------------


def test_a_missing_word_is_english_with_a_warning_and_an_unknown_one_an_error(caplog):
    texts = words.Words("ko", {"en": {"check": "Check", "right": "Right."}, "ko": {"check": "확인"}})
    assert texts["check"] == "확인"
    with caplog.at_level("WARNING"):
        assert texts["right"] == texts["right"] == "Right."
    assert "no text 'right' in 'ko'" in caplog.text
    assert len(caplog.records) == 1
    with pytest.raises(words.MissingTextError, match="no text 'nowhere', neither in 'ko' nor in English"):
        texts["nowhere"]


def test_the_first_edition_lies_at_the_root():
    assert editions.editions(ROOT)[0] == "en"
    assert [editions.place(language) for language in ("en", "ko")] == ["", "ko/"]


# The notebook in Colab -------------------------------------------------------------------------------------


def test_a_notebook_gets_the_course_in_colab_and_does_nothing_elsewhere(tmp_path):
    """Its first cell runs here, where a folder stands for the repository and a module for Colab."""
    upstream = tmp_path / "upstream"
    (upstream / "book" / "tnn").mkdir(parents=True)
    (upstream / "book" / "tnn" / "planted.py").write_text("HERE = 'from the repository'\n")
    git(upstream, "init", "-q", "-b", "trunk")
    git(upstream, "add", ".")
    git(upstream, "commit", "-q", "-m", "course")
    source = f"{HEADER}\n# Small\n\n```{{code-cell}} ipython3\nimport kornia\n```\n"
    there = repository.Repository(upstream.as_uri(), "trunk")
    notebook = clean_notebook(source, "en", there)
    nbformat.validate(notebook)
    assert upstream.as_uri() in notebook.cells[0].source
    first = notebook.cells[1].source
    assert re.search(r"^    %pip install --quiet kornia==[\d.]+$", first, re.M)
    offline = "\n".join(line for line in first.splitlines() if "%pip" not in line)
    for colab in (False, True):
        folder = tmp_path / f"colab-{colab}"
        folder.mkdir()
        pretend = "import sys; sys.modules['google.colab'] = sys\n" if colab else ""
        search = "import importlib.util\nprint(importlib.util.find_spec('tnn').submodule_search_locations)"
        code = f"{pretend}{offline}\n{search}\n"
        (folder / "cell.ipy").write_text(code)
        done = subprocess.run([sys.executable, "-m", "IPython", "cell.ipy"], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert (folder / "course" / "book" / "tnn" / "planted.py").exists() == colab
        assert ("course/book/tnn" in done.stdout.replace(str(folder), "")) == colab, done.stdout
    assert clean_notebook(source).cells[1].source.startswith("# Small"), "without a repository there is no such cell"


def test_the_citation_file_says_what_the_project_says():
    import tomllib

    facts = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"cff-version", "message", "title", "authors", "version", "date-released", "license"} <= set(facts)
    assert facts["version"] == project["version"]
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert (facts["title"], citation.author(facts)) == (config["title"], config["author"])
    assert json.dumps(citation.in_words(facts, "")).count("http") == 0
