"""What students wrote runs nowhere: not in a page of feedback, not in formgrader, not in a terminal."""

import json
import re
import shutil
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from courses import autograder, copy_course
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import markdown2html
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from autograder import inert
from autograder.course import Course
from autograder.grade import Grader
from autograder.handback import write_feedback
from autograder.normalise import MAX_SOURCES, normalise
from autograder.release import load_release
from autograder.samples import build

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"
RUN = "window.ran = 1"
SCRIPT = f"<script>{RUN}</script>"
IMAGE = f'<img src="https://attacker.invalid/x.png" onerror="{RUN}">'
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'
ESCAPES = (
    "\x1b[2J\x1b]0;title\x07\x1b]8;;https://attacker.invalid\x1b\\link\x1b]8;;\x1b\\ \x1b[31mred\x1b[0m \x9b5n \u202eg"
)

MARKDOWN = {
    "script": SCRIPT,
    "script in a list": f"- a\n- {SCRIPT}",
    "a tag in two lines": f'<img\nsrc="https://attacker.invalid/x"\nonerror="{RUN}">',
    "an open tag": f'<img src=x onerror="{RUN}"',
    "capitals and comments": f"<!-- x --><ScRiPt>{RUN}</sCrIpT><![CDATA[{SCRIPT}]]><?php {SCRIPT} ?>",
    "image": IMAGE,
    "svg": SVG,
    "frame": f'<iframe src="https://attacker.invalid/" srcdoc="{SCRIPT}"></iframe>',
    "object": '<object data="https://attacker.invalid/x"></object><embed src="https://attacker.invalid/x">',
    "style": "<style>@import url(https://attacker.invalid/x.css); body { display: none }</style>",
    "linked style": '<link rel="stylesheet" href="https://attacker.invalid/x.css"><base href="https://attacker.invalid/">',
    "refresh": '<meta http-equiv="refresh" content="0; url=https://attacker.invalid/">',
    "attribute": f'<p style="background: url(https://attacker.invalid/x)" autofocus onfocus="{RUN}" tabindex=0>x</p>',
    "form": '<form action="https://attacker.invalid/"><input autofocus name="q"><button>send</button></form>',
    "link": f"[click](javascript:{RUN}) [click]( JaVa&#83;cript:{RUN} 'x') [click](data:text/html,{SCRIPT})",
    "link by reference": f"[click][a] [a] [b]\n\n[a]: javascript:{RUN}\n[b]: <javascript:{RUN}> 'title'",
    "autolink": f"<javascript:{RUN}> <https://attacker.invalid/>",
    "picture": "![x](https://attacker.invalid/x.png) ![x][p] ![x](attachment:x.svg)\n\n[p]: https://attacker.invalid/y.png",
    "html in a link": f"[{IMAGE}](x) [x](x \"{IMAGE}\")",
    "mermaid": f"```mermaid\n{SCRIPT}\n{IMAGE}\n```",
    "code": f"```html\n{SCRIPT}\n```\n\n    {SCRIPT}\n\n`{SCRIPT}`",
    "language": f"```{IMAGE}\nx\n```",
    "table": f"| a | b |\n|---|---|\n| {SCRIPT} | {IMAGE} |",
    "heading": f"# {IMAGE}\n\nx {SCRIPT}\n===",
    "template": "{{ self }} {% raw %} {{ cell }}",
    "formula": rf"$\href{{javascript:{RUN}}}{{x}}$ $$\require{{html}}\style{{background: url(https://attacker.invalid/x)}}{{x}}$$",
    "formula with html": rf"$\text{{{IMAGE}}}$ \( {SCRIPT} \) \begin{{align}} {SCRIPT} \end{{align}} $${IMAGE}$$",
    "escapes": ESCAPES,
    "nul": f"<\x00script>{RUN}</script> <\u200bscript>",
}  # fmt: skip

CODE = f"""\
from IPython.display import HTML, SVG, Javascript, Markdown, Math, display
import sys, warnings
display(HTML({SCRIPT!r}), HTML({IMAGE!r}), Javascript({RUN!r}), Markdown({IMAGE!r}), Math({IMAGE!r}), SVG({SVG!r}))
display({{"text/html": {SCRIPT!r}, "image/svg+xml": {SVG!r}, "application/javascript": {RUN!r},
         "text/plain": {SCRIPT!r}, "application/vnd.mermaid": {SCRIPT!r}, "image/png": {SCRIPT!r}}}, raw=True)
print({SCRIPT!r}, {ESCAPES!r})
print({IMAGE!r}, file=sys.stderr)
warnings.warn({IMAGE!r})"""
ERROR = f"""\
kind = type({IMAGE!r}, (Exception,), {{}})
raise kind({SCRIPT!r} + {ESCAPES!r})"""
ANSWER = f"""\
def batch_norm_forward(*a, **k):
    raise type({IMAGE!r}, (Exception,), {{}})({SCRIPT!r} + {ESCAPES!r})  # {SCRIPT}"""


def submission():
    """One notebook that carries everything, wherever a notebook can carry it."""
    text = f'# %% answer="batch_norm_forward"\n{ANSWER}\n# %% solution="the rest"\n'
    text += f'# %% after="given_imports"\n{CODE}\n# %% after="given_imports"\n{ERROR}\n'
    notebook = build(COURSE, ASSIGNMENT, text)
    notebook.metadata["title"] = f"</title>{SCRIPT}"
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {}, "x": f"</script>{SCRIPT}"}
    }
    for cell in notebook.cells:
        cell.metadata.update(title=SCRIPT, tags=[SCRIPT], name=IMAGE)
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("investigation"):
            cell.source = f"{cell.source}\n# {SCRIPT}" if cell.cell_type == "code" else MARKDOWN["script"]
    for i, source in enumerate(MARKDOWN.values()):
        cell = nbformat.v4.new_markdown_cell(source, id=f"m{i}")
        cell.attachments = {"x.svg": {"image/svg+xml": SVG}}
        notebook.cells.append(cell)
    raw = nbformat.v4.new_raw_cell(SCRIPT, id="raw")
    raw.metadata["raw_mimetype"] = "text/html"
    notebook.cells.append(raw)
    return notebook


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """That notebook under a file name that is a payload itself, with active files beside it, and honest work."""
    root = tmp_path_factory.mktemp("inert")
    folder = root / "submitted" / "attacker" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{IMAGE.replace('/', '_')}.ipynb").write_text(json.dumps(submission()))
    for name in ("page.html", "drawing.svg", "code.js"):
        (folder / name).write_text(SVG)
    for name in ("<img src=x onerror=ran=1>", "esc\x1b[2J"):
        other = root / "submitted" / name / ASSIGNMENT
        other.mkdir(parents=True)
        (other / f"{ASSIGNMENT}.ipynb").write_text("{}")
    honest = root / "submitted" / "honest" / ASSIGNMENT
    honest.mkdir(parents=True)
    nbformat.write(build(COURSE, ASSIGNMENT, '# %% solution="the rest"\n'), honest / f"{ASSIGNMENT}.ipynb")
    done = Grader(COURSE, root / "submitted", root / "out").grade([ASSIGNMENT])
    write_feedback(COURSE, [ASSIGNMENT], root / "out")
    return root, {s.student: s for s in done}


def stored(root, student):
    return root / "out" / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


def opened(browser, path):
    """A page after a while, whatever it asked for, and what it did. Nothing leaves this machine."""
    asked = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_timeout(500)
    for link in page.query_selector_all("a"):
        if "javascript" in (link.get_attribute("href") or "").lower():
            asked.append(link.get_attribute("href"))
    found = page.evaluate(
        """() => ({ran: window.ran, title: document.title, url: location.href,
            active: [...document.querySelectorAll("iframe,object,embed,form,base,svg,meta[http-equiv=refresh],link")]
                .map(e => e.outerHTML),
            handlers: [...document.querySelectorAll("*")].flatMap(e => [...e.attributes])
                .filter(a => a.name.startsWith("on")).map(a => a.name + "=" + a.value),
            scripts: [...document.querySelectorAll("script")].map(e => e.outerHTML)})"""
    )
    context.close()
    return found, asked


def test_feedback_runs_and_loads_nothing(graded, chromium):
    root, _ = graded
    for student in ("attacker", "honest"):
        path = root / "out" / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        found, asked = opened(chromium, path)
        assert found.pop("title") == ASSIGNMENT
        assert found.pop("url") == path.as_uri()
        assert found == {"ran": None, "active": [], "handlers": [], "scripts": []}
        assert asked == [path.as_uri()]


def formgrader_page(root, student):
    """A submission as formgrader shows it: the same exporter, template and resources."""
    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    resources = {
        "assignment_id": ASSIGNMENT, "notebook_id": ASSIGNMENT, "submission_id": "s", "index": 0, "total": 1,
        "base_url": "", "student": student, "last_name": "", "first_name": "", "notebook_path": "x",
    }  # fmt: skip
    page, _ = HTMLExporter(config=config).from_filename(str(stored(root, student)), resources=resources)
    path = root / f"{student}.html"
    path.write_text(page)
    return path


def test_formgrader_runs_and_loads_only_what_is_its_own(graded, chromium):
    root, _ = graded
    (found, asked), (usual, usually) = (opened(chromium, formgrader_page(root, s)) for s in ("attacker", "honest"))
    assert not found["ran"]
    assert set(map(where, asked)) == set(map(where, usually))
    assert [s.replace("attacker", "honest") for s in found["scripts"]] == usual["scripts"]
    for kind in ("active", "handlers"):
        assert set(found[kind]) <= set(usual[kind])


def where(url):
    return url.replace("attacker.html", "honest.html")


def test_what_is_stored_is_text_and_bitmaps(graded):
    root, _ = graded
    notebook = nbformat.read(stored(root, "attacker"), 4)
    released = load_release(COURSE, ASSIGNMENT).cells
    for cell in notebook.cells:
        own = cell.metadata.get("nbgrader", {}).get("grade_id")
        assert set(cell.metadata) <= {"nbgrader", *(released[own].metadata if own else ())}
        assert "attachments" not in cell
        assert cell.cell_type != "raw"
        for output in cell.get("outputs", []):
            assert set(output.get("data", {})) <= {"text/plain", "image/png", "image/jpeg"}
    assert not re.search(
        r"\\u001b|\\u009b|\x1b|\x9b|\u202e", json.dumps([c.get("outputs", []) for c in notebook.cells])
    )
    beside = {p.name for p in stored(root, "attacker").parent.iterdir() if p.suffix != ".ipynb"}
    assert beside == {"page.html.txt", "drawing.svg.txt", "code.js.txt"}


@pytest.mark.parametrize("name", ["script", "image", "svg", "mermaid", "script in a list", "table"])
def test_payloads_are_no_duds(chromium, tmp_path, name):
    """nbconvert's own page of a notebook as it was handed in runs them."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(MARKDOWN[name])])
    page, _ = HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "page.html").write_text(page)
    found, asked = opened(chromium, tmp_path / "page.html")
    assert found["ran"] == 1
    assert name != "image" or any("attacker.invalid" in url for url in asked)


def test_names_that_are_payloads_are_refused(graded):
    _, done = graded
    for name in ("<img src=x onerror=ran=1>", "esc\x1b[2J"):
        assert (done[name].status, done[name].score) == ("failed", 0)
    assert done["attacker"].status == "graded"


def test_the_terminal_gets_no_escapes(graded, tmp_path):
    root, _ = graded
    course = copy_course(tmp_path / "course")
    shutil.copytree(root / "submitted", tmp_path / "submitted")
    places = ("--submitted", tmp_path / "submitted", "--out", tmp_path / "out")
    done = autograder("grade", ASSIGNMENT, *places, course=course)
    notebook = next((tmp_path / "submitted" / "attacker" / ASSIGNMENT).glob("*.ipynb"))
    checked = autograder("check", notebook, course=course)
    as_json = autograder("grade", ASSIGNMENT, *places, "--json", course=course)
    for said in (done, checked, as_json):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said.stdout + said.stderr), said
    assert "attacker" in done.stdout
    assert "batch_norm_forward" in checked.stdout


HONEST = r"""# My experiment

I compared **three** batch sizes; see `y = x < 3` and $\mu < \sigma^2$, $a_{[i]}$ and

$$ y = \gamma \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \quad\text{if } N > 1 $$

1. larger is *not* better: 3 < 5 & 7 > 2
- [ ] open

| a | b |
|---|---|
| 1 | 2 |

```python
assert y[0] < x[1], "no"
```

한국어도 됩니다 — `dict[str, int]`.
"""


def test_honest_markdown_stays_as_it_was():
    assert inert.markdown(HONEST) == HONEST


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_is_made_inert_once_and_for_all(name):
    once = inert.markdown(MARKDOWN[name])
    assert inert.markdown(once) == once
    for tag, attributes in tags(markdown2html(once)):
        assert re.fullmatch("p|h[1-6]|li|ul|ol|pre|code|div|span|table|thead|tbody|th|tr|td|em|strong|a|br|hr", tag)
        assert set(attributes) <= {"id", "class", "href"}
        assert re.match("#|https?:", attributes.get("href", "#"))


def tags(page):
    """Every tag that a browser would see in a page, with its attributes."""
    found, parser = [], HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(page)
    return found


@given(st.text(alphabet="<>!/?[]():\\`$ab\n\t\x1b=\"'&;#"))
def test_no_tag_or_link_survives(source):
    once = inert.markdown(source)
    assert inert.markdown(once) == once
    assert not re.search(r"<[A-Za-z/!?]|\][(\[:]|\x1b", once)


@given(st.text())
def test_text_has_no_controls_and_loses_nothing_else(value):
    shown = inert.text(value)
    assert inert.text(shown) == shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", shown)
    if value.isprintable():
        assert shown == value


def test_formulas_make_no_links(chromium, tmp_path):
    """In MathJax 3, which has no filter of its own: the formulas as they come, and as they are stored."""
    mathjax = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax" / "tex-svg-full.js"
    formulas = [rf"\href{{javascript:{RUN}}}{{x}}", r"\style{background: red}{x}", r"\class{c}{x}", r"\cssId{i}{x}",
                r"\mmlToken{mi}[href=javascript:1]{x}", r"\def\z{\href{javascript:1}}\z{x}",
                r"\let\z\href \z{javascript:1}{x}", r"\bbox[background: url(x)]{x}", r"\require{html}x",
                r"\newcommand{\z}{\href}\z{javascript:1}{x}"]  # fmt: skip
    counts = []
    for clean in (str, inert.markdown):
        body = "\n".join(f"<p>\\( {clean(formula)} \\)</p>" for formula in formulas)
        path = tmp_path / f"{clean.__name__}.html"
        path.write_text(f'<meta charset="utf-8"><body>{body}<script src="{mathjax.as_uri()}"></script>')
        context = chromium.new_context(offline=True)
        page = context.new_page()
        page.goto(path.as_uri())
        page.evaluate("async () => { await MathJax.startup.promise }")
        counts.append(
            page.evaluate("document.querySelectorAll('mjx-container a, [id=i], .c, svg [style*=background]').length")
        )
        context.close()
    assert counts[0] >= 4
    assert counts[1] == 0


def test_a_notebook_of_endless_text_is_cut():
    release = load_release(COURSE, ASSIGNMENT)
    cells = [{"cell_type": "markdown", "source": "x" * 2**20} for _ in range(10)]
    made = normalise(cells, release)
    assert sum(len(c.source) for c in made.notebook.cells) < MAX_SOURCES + 2**20
    assert any("left out" in notice for notice in made.notices)
