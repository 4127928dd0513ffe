"""What an instructor plans with: the assignments as a table, and a syllabus with its minutes.

Minutes of reading are estimated from the page, an assignment's facts come from its released notebook. A chapter that
isn't written yet says so and fills itself in once it is.
"""

import json
import re
from pathlib import Path

from tnn.pages import html
from tnn.pages.furniture import Furniture, assignment_facts, reading_minutes

STEP = re.compile(r"(read|do|investigate|hold) (.+)")
TIME = re.compile(r"\*\*Time:\*\* (?:about )?(.+?)[.:](?= |$)")


class Plan(Furniture):
    """What both tables have in common: they know the chapters, and are made of Markdown."""

    def chapters(self):
        """{number: name} of the pages and assignments that there are, in order."""
        names = {path.stem for path in self.pages().glob("[0-9]*_*.md")}
        notebooks = (self.root() / "exercises").glob("[0-9]*_*/[0-9]*_*.ipynb")
        names |= {path.stem for path in notebooks if path.stem == path.parent.name}
        return {int(name.partition("_")[0]): name for name in sorted(names)}

    def pages(self):
        return Path(self.env.doc2path(self.env.docname)).parent

    def chapter_page(self, name):
        """The page of a chapter, which may be named without its number; None if there is none."""
        found = [path for stem in (name, name.partition("_")[2]) if (path := self.pages() / f"{stem}.md").exists()]
        return found[0] if found else None

    def notebook(self, name):
        path = self.root() / "exercises" / name / f"{name}.ipynb"
        if path.exists():
            self.env.note_dependency(str(path))
            return path
        return None

    def reading(self, name):
        """Minutes of reading, or None if there is no page."""
        if (page := self.chapter_page(name)) is None:
            return None
        self.env.note_dependency(str(page))
        return reading_minutes(page.read_text(encoding="utf-8"))

    def table(self, head, rows):
        lines = [head, ["---"] * len(head), *rows]
        return html.parse(self, "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines))

    def title(self, name):
        page = self.chapter_page(name)
        if page is None:
            notebook = self.notebook(name)
            return assignment_facts(notebook)["title"] if notebook else name
        heading = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.M)[1]
        return f"[{heading}]({page.name})"


class AssignmentsTable(Plan):
    """Every assignment with its chapter's minutes, its questions, its points and its own minutes."""

    has_content = False

    def run(self):
        rows = []
        for number, name in self.chapters().items():
            if notebook := self.notebook(name):
                facts = assignment_facts(notebook)
                optional = optional_points(notebook)
                points = facts["points"] + (f" ({self.say('optional', n=optional)})" if optional else "")
                time = time_said(notebook)
                reading = self.reading(name)
                rows.append([number, self.title(name), self.say("plan_minutes", n=reading) if reading else "",
                             facts["questions"], points, time])  # fmt: skip
        return self.table(self.say("assignments_head").split(" | "), rows)


class Syllabus(Plan):
    """A week a line: `read 1, do 1; hold oral checks`, as a table with the minutes added up."""

    def run(self):
        self.assert_has_content()
        rows = []
        for week, line in enumerate(self.content, 1):
            steps, minutes = [], 0
            for step in line.lstrip("- ").split(", "):
                said, taken = self.step(step)
                steps.append(said)
                minutes = None if taken is None or minutes is None else minutes + taken
            rows.append([week, "; ".join(steps), self.say("plan_minutes", n=minutes) if minutes else ""])
        return self.table(self.say("syllabus_head").split(" | "), rows)

    def step(self, text):
        """(what to do, minutes or None) of one step. An unknown kind of step stops the build."""
        if not (match := STEP.fullmatch(text)):
            raise self.error(f"a step of a syllabus is read N, do N, investigate N or hold ..., not {text!r}")
        kind, what = match.groups()
        if kind == "hold":
            return what, 0
        name = self.chapters().get(int(what))
        if kind == "read":
            there = name is not None and self.chapter_page(name) is not None
            title = self.title(name) if there else self.say("chapter_to_come", n=what)
            return self.say("plan_read", title=title), self.reading(name) if there else None
        notebook = name and self.notebook(name)
        if not notebook:
            return self.say(f"plan_{kind}", title=self.say("assignment_to_come", n=what)), None
        minutes = assignment_minutes(notebook) if kind == "do" else investigation_minutes(notebook)
        return self.say(f"plan_{kind}", title=self.say("assignment_number", n=what)), minutes


def cells_of(notebook):
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def opening_text(notebook):
    """The first cell of a released notebook, on one line."""
    return " ".join("".join(cells_of(notebook)[0]["source"]).split())


def time_said(notebook):
    """What an assignment says about its time, its first sentence. Raises ValueError if it says nothing."""
    if not (match := TIME.search(opening_text(notebook))):
        raise ValueError(f"{notebook.name} doesn't say in its first cell how long it takes (**Time:** about …)")
    return match[1]


def assignment_minutes(notebook):
    """Minutes that an assignment takes without its optional questions; None if it names no such number."""
    match = re.match(r"(\d+) minutes", said := time_said(notebook))
    return int(match[1]) if match and not re.search(r"hour|evening|day", said) else None


def investigation_minutes(notebook):
    """The middle of the range that an assignment gives for its investigation, or None."""
    match = re.search(r"investigation (?:takes )?another (\d+) to (\d+)", opening_text(notebook))
    return 5 * round(sum(map(int, match.groups())) / 10) if match else None


def optional_points(notebook):
    """Points of the questions whose heading ends with (optional), as text; empty if there are none."""
    points, optional = 0, False
    for cell in cells_of(notebook):
        headings = [line for line in "".join(cell["source"]).splitlines() if line.startswith("## ")]
        if cell["cell_type"] == "markdown" and headings:
            optional = headings[-1].endswith("(optional)")
        mark = cell["metadata"].get("nbgrader", {})
        points += mark.get("points", 0) if optional and mark.get("grade") else 0
    return f"{points:g}" if points else ""


def setup(app):
    app.add_directive("assignments-table", AssignmentsTable)
    app.add_directive("syllabus", Syllabus)
