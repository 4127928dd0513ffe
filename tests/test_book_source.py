"""What the site's build executes, what it leaves alone, and when it refuses. In a copy of the repository."""

import shutil
import time

import nbformat
import pytest
from site_fixture import ROOT, pages_in_contents
from tnn.inputs import page_hashes

CHAPTER = "book/en/04_batch_normalization"
KERNELS = "autograder/reference/batch_normalization.py"
USERS = {f"{CHAPTER}.md", "book/en/08_backbones.md"}  # the pages that compute with them
SOURCES = [ROOT / "book" / "en" / f"{name}.md" for name in pages_in_contents()]
EXECUTED = sum("\nkernelspec:" in path.read_text() for path in SOURCES)

# Where notebooks lie which the build must not touch: students' work, generated files, environments.
IGNORED = [
    "build", "build/source/04", "grading", "grading/submitted/eve/04", "demo", "demo/submitted/ada/04",
    "work", "work/04", "exercises/04", "solutions", "_build", "_build/.jupyter_cache", ".venv",
    ".venv/lib/python3/site-packages/x", ".hidden", "book/.hidden", "book/en/.ipynb_checkpoints",
    "grading/.hidden/deeper",
]  # fmt: skip
HEADER = "---\nkernelspec: {name: python3, display_name: Python 3, language: python}\n" \
         "jupytext: {text_representation: {extension: .md, format_name: myst}}\n---\n"  # fmt: skip


def plant(folder, markers, name):
    """Write a notebook and a MyST page that each leave a file in `markers` when executed."""
    folder.mkdir(parents=True, exist_ok=True)
    marks = [str(markers / f"{name}-{kind}") for kind in ("ipynb", "md")]
    cells = [f"from pathlib import Path\nPath({mark!r}).touch()" for mark in marks]
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.cells = [nbformat.v4.new_markdown_cell("# Planted"), nbformat.v4.new_code_cell(cells[0])]
    nbformat.write(notebook, folder / "planted_notebook.ipynb")
    page = f"{HEADER}\n# Planted\n\n```{{code-cell}} ipython3\n{cells[1]}\n```\n"
    (folder / "planted_page.md").write_text(page)


@pytest.fixture(scope="module")
def planted(checkout, tmp_path_factory):
    """The checkout built with notebooks planted everywhere; returns it and the folder of their marks."""
    markers = tmp_path_factory.mktemp("markers")
    for i, folder in enumerate(IGNORED):
        plant(checkout.root / folder, markers, str(i))
    plant(checkout.root / "book" / "en", markers, "control")  # the one that the contents do list
    entry = "      - file: book/en/"
    checkout.edit("_toc.yml", f"{entry}references", f"{entry}planted_page\n{entry}references")
    done = checkout.build()
    assert done.returncode == 0, done.stderr
    assert "executing 1 page(s)" in done.stdout, done.stdout  # the control; `make course` executes the others
    return checkout, markers


def test_planted_notebooks_are_not_executed(planted):
    assert [path.name for path in planted[1].iterdir()] == ["control-md"]


def test_planted_notebooks_are_not_published(planted):
    published = planted[0].root / "build" / "site"
    names = {path.relative_to(published).as_posix() for path in published.rglob("*planted*")}
    assert names == {"book/en/planted_page.html", "book/en/planted_page.ipynb"}  # the one that the contents list
    assert "planted_notebook" not in (published / "searchindex.js").read_text()


def test_nothing_changed_does_nothing(planted):
    start = time.perf_counter()
    done = planted[0].build()
    assert done.returncode == 0
    assert "up to date" in done.stdout
    assert time.perf_counter() - start < 3  # 0.1 s on an idle machine


def test_a_prose_edit_executes_nothing(planted):
    planted[0].edit(f"{CHAPTER}.md", "**Why.**", "**Why is that?**")
    done = planted[0].build()
    assert "executing 0 page(s)" in done.stdout, done.stdout + done.stderr
    assert "Why is that?" in planted[0].page(CHAPTER)


def test_a_changed_kernel_executes_its_users_again_and_no_other(planted):
    planted[0].edit(KERNELS, "def batch_norm_forward", "# Changed.\ndef batch_norm_forward")
    done = planted[0].build()
    assert f"executing {len(USERS)} page(s)" in done.stdout, done.stdout + done.stderr


def test_every_page_depends_on_what_it_computes_with(tmp_path):
    for name in ("book", "autograder", "benchmarks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = page_hashes(tmp_path)
    assert before == page_hashes(ROOT)
    assert len(before) == EXECUTED
    for name, pages in [
        (KERNELS, USERS),
        ("book/tnn/__init__.py", set(before)),
        ("book/tnn/style.py", set(before)),
        ("book/tnn/mistakes.py", {"book/en/02_backpropagation.md"}),
        ("book/evidence/04_headline.py", {f"{CHAPTER}.md"}),
        ("book/evidence/results/04_headline.json", {f"{CHAPTER}.md"}),
        ("benchmarks/results.json", {"book/en/grading_speed.md"}),
        ("book/tnn/pages/quiz.py", set()),
        (f"{CHAPTER}.md", set()),  # its own cells are the cache's business
    ]:
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text + "\n")
        changed = {page for page, digest in page_hashes(tmp_path).items() if digest != before[page]}
        assert changed == pages, name
        (tmp_path / name).write_text(text)


def test_a_wrong_kernel_stops_the_build_and_keeps_the_old_site(planted):
    before = planted[0].page(CHAPTER)
    planted[0].edit(KERNELS, "var = x.var(axis=axes, ", "var = x.var(axis=axes, ddof=1, ")
    for _ in range(2):  # a refused build isn't taken for a finished one
        done = planted[0].build()
        assert done.returncode == 1
        assert "AssertionError" in done.stderr
        assert "\x1b" not in done.stderr
    assert planted[0].page(CHAPTER) == before
    planted[0].edit(KERNELS, "ddof=1, ", "")


def test_a_warning_stops_the_build(planted):
    planted[0].edit("book/en/intro.md", "## If you read", "{doc}`nowhere`\n\n## If you read")
    done = planted[0].build()
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    planted[0].edit("book/en/intro.md", "{doc}`nowhere`\n\n", "")


MISTAKES = """
```{quiz} Nobody is right?
:name: quiz-planted

- [ ] No. :: Not this one.
- [ ] Yes. :: Nor this.
```

```{claim} Z9
```

```{recorded} 99_nothing
```

```{image} nothing.png
```

```{opening}
- remember nothing.
```

"""


def test_a_mistake_in_a_pages_parts_stops_the_build_and_says_where(planted):
    planted[0].edit("book/en/intro.md", "## If you read", f"{MISTAKES}## If you read")
    done = planted[0].build()
    planted[0].edit("book/en/intro.md", MISTAKES, "")
    assert done.returncode == 1
    for complaint in ["exactly one right answer", "has no claim Z9", "99_nothing", "has no caption",
                      "has the alternative text", "one sentence to remember"]:  # fmt: skip
        assert complaint in done.stderr
    assert "intro.md:" in done.stderr


def test_a_folder_of_someone_else_is_not_replaced(planted, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    done = planted[0].build("--out", str(tmp_path))
    assert done.returncode == 1
    assert "didn't write" in done.stderr
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_a_folder_that_is_no_checkout_is_misuse(planted, tmp_path):
    done = planted[0].build("--root", str(tmp_path))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
