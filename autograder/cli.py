"""The `autograder` command. Exit status: 0 done, 1 something could not be done, 2 misuse."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from . import (
    cli_grade,
    cli_instructor,
    cli_report,
    quick,  # noqa: F401
)
from .course import Course, CourseError
from .inert import escape
from .options import Assignments, Db, Json, Out, Packs, err, find_course, make_table, out, print_json

app = typer.Typer(
    help="Release, grade and prove the assignments of Training Neural Networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def release(
    assignments: Assignments = None,
    check: Annotated[bool, typer.Option("--check", help="change nothing; exit 1 if a release is out of date")] = False,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", help="also write the zip a student gets (one assignment)")
    ] = None,
    packs: Packs = None,
):
    """Bring exercises/ up to date with the masters."""
    from . import release as releases

    course = find_course(packs)
    chosen = course.select(assignments or [])
    if bundle and len(chosen) != 1:
        raise CourseError("--bundle writes one assignment: name it")
    stale = releases.release(course, chosen, check=check)
    for name in chosen:
        state = ("out of date" if check else "released") if name in stale else "up to date"
        out.print(f"{name}: {state}")
    if bundle:
        out.print(f"bundle: {escape(str(releases.write_bundle(course, chosen[0], bundle)))}")
    if check and stale:
        raise typer.Exit(1)


@app.command()
def check(notebook: Annotated[Path, typer.Argument(help="your notebook")], json_: Json = False, packs: Packs = None):
    """Grade your own notebook, here and now, with the messages you would get. No sandbox, no gradebook."""
    from .selfcheck import check_notebook

    report = check_notebook(find_course(packs), notebook)
    if json_:
        return print_json(report)
    for notice in report["notices"]:
        err.print(f"note: {escape(notice)}")
    for question in report["questions"]:
        out.print(f"{escape(question['text'])}\n", soft_wrap=True)
    out.print(f"total: {report['score']:g} of {report['max_score']:g} points")
    return None


@app.command()
def receipt(
    notebook: Annotated[Path, typer.Argument(help="the notebook")],
    verify: Annotated[bool, typer.Option("--verify", help="was this very file graded into --out?")] = False,
    out_: Out = Path("grading"),
    json_: Json = False,
):
    """Say what a notebook is, byte for byte, before you hand it in; or settle afterwards what was handed in."""
    from .cli_student import show

    show(notebook, verify, out_, json_, out)


app.command()(cli_grade.grade)


@app.command()
def feedback(assignments: Assignments = None, out_: Out = Path("grading"), db: Db = None):
    """Write a page of feedback for every graded submission."""
    from .handback import write_feedback

    course = Course.find()
    written = write_feedback(course, course.select(assignments or []), out_, db)
    out.print(f"{len(written)} pages in {escape(str(Path(out_) / 'feedback'))}")


app.command()(cli_report.report)
app.command()(cli_report.export)

for command in cli_instructor.COMMANDS:
    app.command()(command)


@app.command()
def questions(json_: Json = False, packs: Packs = None):
    """List every question: its points, properties, accepted variants and known misconceptions."""
    course = find_course(packs)
    listed = [
        {
            "id": q.name,
            "chapter": q.assignment.split("_")[0],
            "assignment": q.assignment,
            "points": q.points,
            "properties": [p.name for p in q.properties],
            "variants": len(q.variants) + 1,
            "misconceptions": [m.id for m in q.misconceptions],
        }
        for q in sorted(course.questions.values(), key=lambda q: (q.assignment, q.name))
    ]
    if json_:
        return print_json(listed)
    table = make_table(
        "question",
        "assignment",
        "points",
        "properties",
        "variants",
        "misconceptions",
        right=("points", "variants", "misconceptions"),
    )
    for q in listed:
        table.add_row(
            q["id"],
            q["assignment"],
            f"{q['points']:g}",
            ", ".join(q["properties"]),
            str(q["variants"]),
            str(len(q["misconceptions"])),
        )
    return out.print(table)


@app.command()
def selftest(
    names: Annotated[list[str] | None, typer.Argument(help="questions; all if none is named")] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="how many different inputs to try each answer on")] = 3,
    mutants: Annotated[bool, typer.Option("--mutants", help="also try automatic mutants of each solution")] = False,
    json_: Json = False,
    packs: Packs = None,
):
    """Prove every question: misconceptions rejected and named, correct answers accepted, trivial ones worth 0."""
    from .selftest import selftest as run

    report = run(find_course(packs), seeds, names, lambda name: err.print(f"proving {name}"), mutants)
    data = report.as_data()
    if json_:
        print_json(data)
    else:
        out.print(
            f"{report.questions} questions, {report.variants} correct answers, {report.misconceptions} misconceptions, "
            f"{seeds} seeds, {report.seconds:.0f} s"
        )
        for kind in ("survivors", "unnamed", "false_rejections", "trivial_scores", "unsteady"):
            out.print(f"{kind.replace('_', ' ')}: {len(data[kind])}")
            for line in data[kind]:
                out.print(f"  {escape(line)}")
        if tried := data.get("mutants"):
            out.print(f"mutants: {tried['killed']} of {tried['mutants']} killed ({tried['rate']:.1%})")
            for kind in ("survivors", "explained"):
                for line in tried[kind]:
                    out.print(f"  {kind}: {escape(line)}")
    if not report.clean:
        raise typer.Exit(1)


@app.command()
def doctor(json_: Json = False):
    """What this machine offers, and whether grading would run: student code must be locked down. Exit 1 if not."""
    from .doctor import examine, would_grade

    findings = examine()
    fine = would_grade(findings)
    if json_:
        print_json({"would_grade": fine, "findings": [f.as_data() for f in findings]})
    else:
        table = make_table("", "what", "found", "needed for")
        for f in findings:
            mark = {True: "ok", False: "MISSING", None: ""}[f.ok]
            table.add_row(mark, f.what, escape(f.found), escape(f.needed_for))
        out.print(table)
        says = "grading would run" if fine else "grading would refuse; --trust-students runs it without lock-down"
        out.print(f"\nOn this machine {says}.")
    if not fine:
        raise typer.Exit(1)


def main():
    """Run the command; what the user can mend is one sentence and exit status 2."""
    try:
        app()
    except CourseError as error:
        err.print(f"autograder: {escape(str(error))}", soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
