"""What `autograder receipt` prints, for whoever hands a notebook in and whoever must say later what it was."""

import json
from pathlib import Path

import typer

from .course import Course, CourseError
from .inert import escape
from .receipts import Record, receipt


def show(notebook, verify, out, json_, console):
    """Print a notebook's receipt, or with `verify` what the record in `out` says of it; exit 1 if it says nothing."""
    if verify:
        return _show_record(notebook, out, json_, console)
    made = receipt(Course.find(), notebook)
    if json_:
        return print(json.dumps(made, indent=1))
    lines = {
        "file": made["file"],
        "assignment": f"{made['assignment'] or 'unknown'}, release {made['release'] or 'unknown'}",
        "saved": made["saved"],
        "size": f"{made['bytes']} bytes",
        "sha256": made["sha256"],
    }
    if made["unwritten"] is not None:
        lines["not begun"] = ", ".join(made["unwritten"]) or "nothing"
    for name, value in lines.items():
        console.print(f"{name:<11} {escape(value)}", soft_wrap=True)
    if made["current"] is False:
        console.print("note: this is not the newest release of the assignment; it is graded all the same")
    return None


def _show_record(notebook, out, json_, console):
    if not Path(notebook).is_file():
        raise CourseError(f"there is no file {notebook}")
    known = Record(out).about(notebook)
    if json_:
        print(json.dumps(known, indent=1))
    for entry in known if not json_ else ():
        when = f", handed in {entry['handed_in']}" if entry["handed_in"] else ""
        graded = f", graded {entry['graded']}" if entry["graded"] else ", graded through nbgrader"
        says = f"{entry['student']} handed in this very file for {entry['assignment']}{when}{graded}"
        console.print(escape(says), soft_wrap=True)
    if not known:
        if not json_:
            console.print(f"no file with these bytes was graded into {escape(str(out))}", soft_wrap=True)
        raise typer.Exit(1)

