"""The commands that hand results on: `autograder export`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .inert import escape
from .options import Assignments, Db, Out, out


class Missing(StrEnum):
    zero = "zero"
    blank = "blank"


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
