"""What the commands share: their options, the consoles they print to, and tables."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from .course import DB_VARIABLE, PACK_VARIABLE, Course, CourseError

WIDTH = None if sys.stdout.isatty() else 140  # a file or a pipe has no width of its own
out, err = Console(highlight=False, width=WIDTH), Console(stderr=True, highlight=False)

Assignments = Annotated[list[str] | None, typer.Argument(help="such as 04_batch_normalization; all if none is named")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document instead of a table")]
Out = Annotated[Path, typer.Option("--out", help="where the gradebook and everything made from it lie")]
Db = Annotated[
    str | None,
    typer.Option("--db", envvar=DB_VARIABLE, show_envvar=True, help="postgresql://…: a gradebook for several graders"),
]
Packs = Annotated[list[Path] | None, typer.Option("--questions", help="a folder of private questions")]
TrustStudents = Annotated[
    bool, typer.Option("--trust-students", help="run their code without lock-down, as if it were yours")
]


def find_course(packs=None):
    """The course with its private questions, which the processes that this one starts find by the environment."""
    if missing := [str(pack) for pack in packs or () if not pack.is_dir()]:
        raise CourseError(f"--questions names a folder of question files; there is no folder {', '.join(missing)}")
    named = [*(str(pack.resolve()) for pack in packs or ()), os.environ.get(PACK_VARIABLE, "")]
    os.environ[PACK_VARIABLE] = os.pathsep.join(filter(None, named))
    return Course.find()


def print_json(data):
    """One JSON document on standard output."""
    print(json.dumps(data, indent=1))


def make_table(*columns, right=()):
    """A table for people, to be filled and printed."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table
