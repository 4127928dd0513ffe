"""The command `autograder grade`, and how a graded class is shown."""

from pathlib import Path
from typing import Annotated

import typer

from .course import CourseError
from .inert import escape
from .options import Assignments, Db, Json, Out, Packs, TrustStudents, err, find_course, make_table, out, print_json

KEYS = (
    "student", "assignment", "release", "made_from", "score", "max_score", "late_penalty", "status", "reason", "notes",
    "needs_manual", "seconds", "trusted_students", "questions", "before", "changes", "because",
)  # fmt: skip
Submitted = Annotated[Path, typer.Option("--submitted", help="<student>/<assignment>/<assignment>.ipynb")]


def grade(
    assignments: Assignments = None,
    student: Annotated[list[str] | None, typer.Option("--student", help="only this student; may be repeated")] = None,
    submitted: Submitted = Path("grading/submitted"),
    out_: Out = Path("grading"),
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="how many grade at once; by default one for each processor")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="tcp://HOST:PORT or tls://: have a Dask cluster's workers grade")
    ] = None,
    regrade: Annotated[bool, typer.Option("--regrade", help="grade again what has not changed")] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="grade again and say which marks would change; write nothing")
    ] = False,
    trust_students: TrustStudents = False,
    db: Db = None,
    json_: Json = False,
    packs: Packs = None,
):
    """Grade what was handed in. Student code runs in a process of its own; the points are computed in another."""
    from .grade import Grader
    from .limits import cores
    from .progress import live_progress

    course = find_course(packs)
    chosen = course.select(assignments or [])
    grader = Grader(course, submitted, out_, trust_students, db)
    if trust_students:
        err.print("note: student code runs without lock-down (--trust-students); each mark records that")
    pool = None
    if scheduler:
        from .cluster import Cluster

        pool = Cluster(course, scheduler)
    try:
        with live_progress(err) as progress:
            if compare:
                done = grader.compare(chosen, student or (), progress, workers or cores(), pool)
            else:
                done = grader.grade(chosen, student or (), regrade, progress, workers or cores(), pool)
    except KeyboardInterrupt:
        err.print("stopped; what was graded is kept, and the same command goes on from here", soft_wrap=True)
        raise typer.Exit(1) from None
    except OSError as error:
        raise CourseError(f"{error}; what was graded is kept, and the same command goes on from here") from None
    if json_:
        print_json(
            {
                "submissions": [{k: s.as_data()[k] for k in KEYS} for s in done],
                "seconds": round(sum(s.seconds for s in done if not s.cached), 3),
                "cached": sum(s.cached for s in done),
            }
        )
    elif compare:
        show_changes(done, "would change")
        out.print("nothing was written")
    else:
        show_class(done)
        show_changes(done, "changed", grader.changes_path)
    if any(s.status == "failed" for s in done):
        raise typer.Exit(1)


def show_class(done):
    """A table of GradedSubmissions, with what an instructor should know of each."""
    table = make_table("student", "assignment", "points", "of", "what to know", right=("points", "of"))
    for s in done:
        known = "; ".join(_known(s))
        table.add_row(escape(s.student), s.assignment, f"{s.counts:g}", f"{s.max_score:g}", escape(known))
    out.print(table)
    if trusted := sum(s.trusted_students for s in done):
        out.print(f"\n{trusted} graded without lock-down (--trust-students)")
    cached, failed = sum(s.cached for s in done), sum(s.status == "failed" for s in done)
    out.print(f"\n{len(done)} submissions, {cached} unchanged since the last run; {failed} not graded")


def _known(s):
    known = [f"late: {s.late_penalty:g} of {s.score:g} points taken off"] if s.late_penalty else []
    known += s.notes
    if s.reason:
        known.append(s.reason)
    else:
        known += [
            f"{q['id']}: {'withdrawn' if q.get('withdrawn') else q['misconception'] or q['status']}"
            for q in s.questions
            if q.get("withdrawn") or q["status"] != "right"
        ]
    return known + [f"{q['id']}: see the note on it" for q in s.questions if q["flags"]]


def show_changes(done, says, path=None):
    """Which marks are not what an earlier grading gave: a table, and how many got better or worse."""
    again = [s for s in done if s.before is not None]
    changed = [s for s in again if s.changes]
    if changed:
        table = make_table("student", "assignment", "before", "after", "what changed", right=("before", "after"))
        for s in changed:
            what = "; ".join(_in_words(c) for c in s.changes) + f" ({s.because})"
            table.add_row(escape(s.student), s.assignment, f"{s.before:g}", f"{s.score:g}", escape(what))
        out.print()
        out.print(table)
    if again:
        better, worse = sum(s.score > s.before for s in changed), sum(s.score < s.before for s in changed)
        counted = f"{len(changed)} of {len(again)} submissions: {better} get more, {worse} fewer, before any penalty"
        out.print(f"\nmarks {says} in {counted}" if changed else f"\nno mark {says} of {len(again)} submissions")
    if path:
        out.print(f"the list is {escape(str(path))}", soft_wrap=True)
    if failed := [s for s in done if s.status == "failed" and says != "changed"]:
        out.print(f"{len(failed)} could not be graded: {escape(failed[0].student)}: {escape(failed[0].reason)}")


def _in_words(change):
    from .changes import Change

    return str(Change(**change))
