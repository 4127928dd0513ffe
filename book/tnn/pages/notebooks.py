"""A page as a clean notebook: no outputs, and plain Markdown where the page has directives.

Jupyter and Colab don't render MyST, so every directive and role that pages use has its plain form here. One that
has none stops the build.
"""

import re
from importlib.metadata import version
from textwrap import indent

import jupytext
import nbformat

from tnn.pages.quiz import read_quiz
from tnn.pages.words import BOOK, read_yaml, words

FENCE = re.compile(r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w:-]+)\} ?(?P<argument>.*)$")
OPTION = re.compile(r"^:([\w-]+): ?(.*)$")
ROLE = re.compile(r"\{([\w:-]+)\}`([^`<]*?)(?: ?<([^`>]*)>)?`")
ADMONITIONS = {"admonition", "note", "tip", "important", "warning", "seealso"}
NOTHING = {"live", "bibliography"}


LACKING = ("kornia",)  # what pages import and Colab doesn't bring


def clean_notebook(source, language="en", repository=None):
    """The notebook of a page's source text, which in Colab installs the course from `repository`, where that is known.

    Raises ValueError for a directive without a plain form.
    """
    page = jupytext.reads(source, fmt="md:myst")
    cells = opening_cells(source, words(language), repository)
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cells.append(nbformat.v4.new_markdown_cell(plain(cell.source, language)))
        else:
            tags = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
            cells.append(nbformat.v4.new_code_cell(cell.source, metadata=tags))
    for number, cell in enumerate(cells):
        cell["id"] = f"page-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def opening_cells(source, say, repository):
    """What the notebook is and needs; where the repository is known, also a cell that gets it in Colab."""
    if repository is None:
        return [nbformat.v4.new_markdown_cell(say["in_a_notebook"])]
    lacking = [f"{name}=={version(name)}" for name in LACKING if re.search(rf"^(import|from) {name}\b", source, re.M)]
    lines = ["import sys", "", f'if "google.colab" in sys.modules:  # {say["in_colab"]}',
             f"    !git clone --quiet --depth 1 --branch {repository.branch} {repository.url} course",
             *[f"    %pip install --quiet {name}" for name in lacking],
             '    sys.path[:0] = ["course", "course/book"]']  # fmt: skip
    told = say["in_a_notebook_or_colab"].format(url=repository.url)
    return [nbformat.v4.new_markdown_cell(told), nbformat.v4.new_code_cell("\n".join(lines))]


def plain(text, language="en"):
    """MyST as plain Markdown."""
    out, lines = [], iter(text.splitlines())
    for line in lines:
        start = FENCE.match(line)
        if start:
            out += [directive(start["name"], start["argument"], block(lines, start["fence"]), language)]
        elif line.startswith("```"):  # code to look at, as it is
            out += [line, *block(lines, line[: len(line) - len(line.lstrip("`"))], keep=True)]
        elif not re.match(r"^(\([\w-]+\)=|%.*)$", line):  # neither an anchor nor a comment
            out.append(re.sub(r"^\$\$ *\([\w-]+\)$", "$$", inline(line)))
    return "\n".join(out).strip()


def block(lines, fence, keep=False):
    """The lines up to the closing fence."""
    found = []
    for line in lines:
        if line.startswith(fence) and not line.strip(fence[0] + " "):
            return [*found, line] if keep else found
        found.append(line)
    raise ValueError(f"a block that opens with {fence} is never closed")


def directive(name, argument, lines, language):
    options = {}
    while lines and OPTION.match(lines[0]):
        key, value = OPTION.match(lines.pop(0)).groups()
        options[key] = value
    say, body = words(language), "\n".join(lines).strip()
    if name in NOTHING:
        return ""
    if name in ADMONITIONS:
        return quoted(f"**{inline(argument) or name.capitalize()}**\n\n{plain(body, language)}")
    if name == "opening":
        remember = f"**{say['remember']}:** {inline(options['remember'])}"
        return f"**{say['opening']}**\n\n{plain(body, language)}\n\n{remember}"
    if name == "quiz":
        return quiz(argument, lines, say)
    if name == "claim":
        return claim(argument, plain(body, language), say)
    if name == "dropdown":
        return folded(inline(argument), plain(body, language))
    if name == "math":
        return f"$$\n{body}\n$$"
    if name == "raw":
        return f"*{say['interactive']}*"
    if name == "recorded":
        return f"*{say['recorded_here'].format(name=argument)}*\n\n{plain(body, language)}".strip()
    raise ValueError(f"the directive {name} has no plain form in tnn/pages/notebooks.py")


def quiz(argument, lines, say):
    question, answers = read_quiz(lines)
    letters = [f"{chr(65 + i)}." for i in range(len(answers))]
    listed = "\n\n".join(f"{letter} {inline(answer)}" for letter, (_, answer, _) in zip(letters, answers, strict=True))
    reasons = "\n\n".join(
        f"{letter} **{say['right' if right else 'wrong']}** {inline(reason)}"
        for letter, (right, _, reason) in zip(letters, answers, strict=True)
    )
    asked = inline("\n\n".join(filter(None, [argument, question])))
    return f"**{asked}**\n\n{listed}\n\n{folded(say['explained'], reasons)}"


def claim(number, body, say):
    row = next(row for row in read_yaml("sources.yml")["claims"] if row["id"] == number)
    verdict = say["verdicts"][row["verdict"]]
    return quoted(f"**{say['claim']} ({number}):** {row['claim']} **{say['verdict']}:** {verdict}.\n\n"
                  f"{body or inline(row['statement'])}")  # fmt: skip


def quoted(text):
    return indent(text, "> ", lambda line: True).replace("> \n", ">\n")


def folded(summary, text):
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def inline(text):
    return ROLE.sub(role, text)


def role(match):
    name, text, target = match.groups()
    if name.startswith("cite"):
        return ", ".join(cited(key.strip(), name) for key in text.split(","))
    if name == "math":
        return f"${text}$"
    if name in ("doc", "ref", "numref", "eq", "term", "any"):
        return text if target or name in ("doc", "term") else {"eq": "the equation"}.get(name, "the figure")
    raise ValueError(f"the role {name} has no plain form in tnn/pages/notebooks.py")


def cited(key, name):
    """Ioffe and Szegedy (2015), from book/references.bib."""
    bibliography = (BOOK / "references.bib").read_text(encoding="utf-8")
    entry = re.search(rf"@\w+\{{{re.escape(key)},(.*?)\n\}}", bibliography, re.S)[1]
    year = re.search(r"\byear *= *\{?(\d+)", entry)[1]
    people = re.search(r"\bauthor *= *\{(.*?)\},?\n", entry, re.S)[1].split(" and ")
    names = [person.partition(",")[0].strip().strip("{}") for person in people]
    short = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"({short}, {year})" if name in ("cite:p", "cite") else f"{short} ({year})"
