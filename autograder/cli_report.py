"""The commands that hand results on: `autograder report` and `autograder export`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .inert import escape
from .options import Assignments, Db, Json, Out, find_course, make_table, out, print_json


class Missing(StrEnum):
    zero = "zero"
    blank = "blank"


def report(
    assignments: Assignments = None,
    out_: Out = Path("grading"),
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="pseudonyms for names, and nothing that a student wrote")
    ] = False,
    db: Db = None,
    json_: Json = False,
):
    """Write the class report: pages for each assignment, each student and the whole class.

    They are in report/, or report_anonymous/, in --out. Begin with index.html. Each page is one file, which needs
    neither a network nor this program: marks and their distribution, success by question and property, this class's
    mistakes, which questions tell students apart, flags with their evidence, time and stops, answers that are nearly
    the same. The class's pages name everybody; a student's page names that student alone.
    """
    from .report.pages import write_report

    done = write_report(find_course(), out_, assignments or (), db, anonymous)
    if json_:
        return print_json(done.data)
    numbers = ("handed in", "mean", "of")
    table = make_table("assignment", *numbers, "most frequent mistake", right=numbers)
    for a in done.data["assignments"]:
        known = a["misconceptions"][:1]
        worst = "".join(f"{m['share']:.0%} of the answers to {m['question']}: {m['says']}" for m in known)
        cells = (a["assignment"], str(a["submissions"]), f"{a['mean']:.1f}", f"{a['max_score']:g}", worst)
        table.add_row(*map(escape, cells))
    out.print(table)
    return out.print(f"\n{len(done.written)} pages; begin with {escape(str(done.written[0]))}", soft_wrap=True)


def export(
    assignments: Assignments = None,
    format_: Annotated[
        str, typer.Option("--format", help="csv: a line for each mark; canvas or moodle: to import there")
    ] = "csv",
    to: Annotated[
        Path | None, typer.Option("--to", help="the file; by default grades.csv, canvas.csv or moodle.csv in --out")
    ] = None,
    decimals: Annotated[int, typer.Option("--decimals", min=0, max=6, help="how many, for points")] = 2,
    missing: Annotated[
        Missing, typer.Option("--missing", help="what stands for a student who handed nothing in")
    ] = Missing.zero,
    excel: Annotated[bool, typer.Option("--excel", help="mark the file as UTF-8, for Excel")] = False,
    out_: Out = Path("grading"),
    db: Db = None,
):
    """Export the gradebook, through nbgrader's export plugins.

    Penalties for lateness are taken off. An id or name that a spreadsheet would run as a formula gets an apostrophe
    in front.
    """
    from .handback import export_grades

    settings = {"decimals": decimals, "missing": missing.value, "bom": excel}
    out.print(escape(str(export_grades(out_, format_, to, db, assignments or (), **settings))))
