"""Write a report: index.html, a page for each assignment and a page for each student.

A page is one file. It loads nothing and runs nothing, and all that it shows is escaped, control characters taken out.
"""

import datetime
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .. import inert
from ..course import CourseError
from ..database import find_database
from ..marks import read_marks
from ..master import Master
from ..release import load_release
from ..totals import read_weights
from ..withdrawn import FILE as WITHDRAWN
from ..withdrawn import read_withdrawn
from . import charts
from .anonymous import anonymise
from .figures import ENOUGH, assignment_figures, total_figures
from .records import read_submissions

FOLDERS = {False: "report", True: "report_anonymous"}
MARKER = '<meta name="generator" content="autograder report">'
_PLAIN = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,79}")
MEANS = {
    "right": "agrees with the reference on all inputs",
    "partial": "some properties right",
    "wrong": "another result",
    "error": "raised an exception",
    "stopped": "took too long or too much memory",
    "missing": "not defined",
    "unwritten": "still the stub",
    "unmarkable": "not marked, for a fault of ours",
}


@dataclass
class Report:
    """What was written: the figures, and the files with index.html first."""

    data: dict
    written: list[Path] = field(default_factory=list)


def write_report(course, out, assignments=(), db=None, anonymous=False, today=None):
    """Write the report on what is in a gradebook into `out`/report, or `out`/report_anonymous. Returns the Report.

    Pages of assignments are written for those named, or all; the class's and the students' pages always tell of all.
    Raises CourseError if there is nothing to report, or where a file of somebody else's has a page's name.
    """
    out = Path(out).resolve()
    database = find_database(out, db)
    with database.explained(), database.gradebook() as gradebook:
        marks = read_marks(gradebook)
        withdrawn = read_withdrawn(database.note(WITHDRAWN))
        given = {a: read_submissions(gradebook, marks, a, out, withdrawn.get(a)) for a in marks.assignments}
    given = {a: submissions for a, submissions in given.items() if submissions}
    if not given:
        raise CourseError(f"nothing is graded in {database.shown}: grade something first")
    if missing := [a for a in assignments if a not in given]:
        raise CourseError(f"nothing is graded of {missing[0]}; there is {', '.join(given)}")
    if anonymous:
        marks, given = anonymise(marks, given, database.secret())
    figures = [assignment_figures(_title(course, a), a, marks, s, *_known(course, a)) for a, s in given.items()]
    data = {
        "anonymous": anonymous,
        "assignments": figures,
        "total": total_figures(marks, figures, read_weights(course)),
    }
    chosen = assignments or list(given)
    pages = _pages(data, marks, given, chosen, (today or datetime.date.today()).isoformat())
    return Report(data, _write(out / FOLDERS[anonymous], pages))


def _title(course, assignment):
    """The assignment's heading, or its name if it isn't released here."""
    try:
        return load_release(course, assignment).title
    except CourseError:
        return assignment


def _known(course, assignment):
    """The texts of the answer cells as handed out, and as published."""
    try:
        cells, master = load_release(course, assignment).cells, Master(course.master(assignment), course.questions)
    except (CourseError, ValueError):
        return {}, {}
    answers = [c for c in cells.values() if c.role == "answer"]
    return {c.name: c.source for c in answers}, {c.name: master.solution(c.name) for c in answers}


def _pages(data, marks, given, chosen, today):
    """(relative path, text) of every page."""
    people = {p.id: p for p in marks.people}
    files = {p.id: f"students/{_file_name(p.id)}.html" for p in marks.people}
    template = _environment(
        people=people, files=files, today=today, anonymous=data["anonymous"], chosen=chosen
    ).get_template
    yield "index.html", template("index.html").render(total=data["total"], assignments=data["assignments"], up="")
    for figures in data["assignments"]:
        if figures["assignment"] in chosen:
            yield f"{figures['assignment']}.html", template("assignment.html").render(a=figures, up="")
    rows = {row["student"]: row for row in data["total"]["marks"]}
    for person in marks.people:
        work = [(figures, given[figures["assignment"]].get(person.id)) for figures in data["assignments"]]
        page = template("student.html").render(
            person=person, work=work, row=rows[person.id], total=data["total"], up="../"
        )
        yield files[person.id], page


def _environment(**shared):
    env = Environment(
        loader=PackageLoader("autograder.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else _shown(value),
    )
    env.filters |= {"points": points, "percent": percent, "decimal": decimal}
    env.globals |= shared | {
        "histogram": charts.histogram,
        "points": points,
        "percent": percent,
        "share_bar": charts.share_bar,
        "means": MEANS,
        "enough": ENOUGH,
        "marker": Markup(MARKER),
        "policy": Markup(inert.POLICY),
    }
    return env


def _shown(value):
    return inert.text(value) if isinstance(value, str) else value


def points(value):
    """Points with at most two decimals."""
    return "–" if value is None else f"{round(value, 2) + 0.0:.10g}"


def percent(value):
    return "–" if value is None else f"{100 * value:.0f}{charts.PERCENT}"


def decimal(value):
    return "–" if value is None else f"{value:.2f}".replace("-", "\u2212")


def _file_name(student):
    """A file name that no system objects to, another for each student."""
    if _PLAIN.fullmatch(student):
        return student
    readable = re.sub(r"[^a-z0-9]+", "-", student.lower()).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(student.encode()).hexdigest()[:12]}".lstrip("-")


def _write(folder, pages):
    """Write the pages, each in one step, and remove those of an earlier report that are no more."""
    made = {folder / name: text for name, text in pages}
    old = [p for p in folder.rglob("*.html") if p.is_file()]
    for path in made:
        if path in old and not _is_ours(path):
            raise CourseError(f"{path} was not written by this command: move it away first")
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    for path in old:
        if path not in made and path.parent.name == "students" and _is_ours(path):
            path.unlink()
    return list(made)


def _is_ours(path):
    with path.open(encoding="utf-8", errors="replace") as file:
        return MARKER in file.read(1000)
