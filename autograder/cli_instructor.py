"""The commands by which an instructor runs a class: dates, extensions, withdrawn questions, appeals."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .course import CourseError
from .inert import escape
from .options import Db, Json, Out, Packs, TrustStudents, err, find_course, make_table, out, print_json

Assignment = Annotated[str, typer.Argument(help="such as 04_batch_normalization")]
Student = Annotated[str, typer.Argument(help="the student's id, as their folder is called")]
Question = Annotated[str, typer.Argument(help="a function's name, such as batch_norm_forward")]


class Ways(StrEnum):
    full = "full"
    none = "none"


def due(
    assignment: Annotated[str | None, typer.Argument(help="such as 04_batch_normalization")] = None,
    time: Annotated[str | None, typer.Argument(help='such as "2026-03-09 23:59 Europe/Berlin"')] = None,
    remove: Annotated[bool, typer.Option("--remove", help="take the due date away")] = False,
    out_: Out = Path("grading"),
    db: Db = None,
    json_: Json = False,
):
    """Set when an assignment is due, or list all due dates and extensions. What it costs to be late is in
    nbgrader_config.py."""
    from . import adjust
    from .database import find_database, open_database
    from .times import read_time, show_time

    course = find_course()
    if remove and assignment is None:
        raise CourseError("name the assignment that is to have no due date")
    if time and remove:
        raise CourseError("give a time or --remove, not both")
    if assignment and (time or remove):
        database = open_database(out_, db)
        zone = adjust.zone(course, database)
        try:
            moment = None if remove else read_time(time, zone)
        except ValueError as error:
            raise CourseError(str(error)) from None
        adjust.set_due(course, database, assignment, moment)
    database = find_database(out_, db)
    zone, listed = adjust.zone(course, database), adjust.list_due(course, database)
    if assignment:
        course.master(assignment)
        listed = [d for d in listed if d.assignment == assignment]
    if json_:
        return print_json(
            [
                {
                    "assignment": d.assignment,
                    "due": d.due and d.due.isoformat() + "Z",
                    "handed_in": d.handed_in,
                    "late": d.late,
                    "extensions": {e.student: e.shown(zone) for e in d.extensions},
                }
                for d in listed
            ]
        )
    table = make_table("assignment", "due", "handed in", "late", "extensions", right=("handed in", "late"))
    for d in listed:
        extensions = "; ".join(f"{e.student}: {e.shown(zone)}" for e in d.extensions)
        when = show_time(d.due, zone) if d.due else "no due date"
        table.add_row(d.assignment, when, str(d.handed_in), str(d.late), escape(extensions))
    return out.print(table)


def extend(
    student: Student,
    assignment: Assignment,
    days: Annotated[float, typer.Option("--days", min=0, help="beyond the due date; 0.5 is half a day")] = 0,
    until: Annotated[str | None, typer.Option("--until", help='such as "2026-03-12 12:00 Europe/Berlin"')] = None,
    remove: Annotated[bool, typer.Option("--remove", help="take it back")] = False,
    out_: Out = Path("grading"),
    db: Db = None,
):
    """Give one student more time for an assignment, in place of what they had. It counts at once, handed in or not."""
    from . import adjust
    from .database import open_database

    if bool(days) + bool(until) + remove != 1:
        raise CourseError("say how much more time: --days, --until or --remove, one of them")
    course, database = find_course(), open_database(out_, db)
    given = adjust.extend(course, database, student, assignment, timedelta(days=days), until)
    says = given.shown(adjust.zone(course, database)) if given else "no extension any more"
    out.print(f"{escape(student)}, {assignment}: {says}")


def withdraw(
    assignment: Assignment,
    question: Question,
    counts: Annotated[
        Ways | None, typer.Option("--as", help="full: everybody gets its points; none: it leaves the total")
    ] = None,
    because: Annotated[str, typer.Option("--because", help="why; students read it in their feedback")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="let it count again")] = False,
    out_: Out = Path("grading"),
    db: Db = None,
):
    """Withdraw a question for everybody who handed in. Regrades keep to it; a mark set by hand stands."""
    from . import adjust
    from .database import open_database

    course, database = find_course(), open_database(out_, db)
    if undo == bool(counts):
        raise CourseError("say how it counts from now on: --as full, --as none, or --undo")
    if undo:
        effect = adjust.restore_question(course, database, assignment, question)
        out.print(f"{question} counts again, for {effect.submissions} submissions")
    else:
        effect = adjust.withdraw(course, database, assignment, question, counts.value, because)
        says = "everybody has its full points" if counts is Ways.full else "it is out of the total"
        out.print(f"{question} is withdrawn: {says}, in {effect.submissions} submissions")
    if effect.by_hand:
        students = escape(", ".join(effect.by_hand))
        says = f"marks set by hand stand: {students}. Empty the field in formgrader to change that"
        err.print(f"note: {says}", soft_wrap=True)
    if effect.unknown:
        students = " ".join(f"--student {escape(s)}" for s in effect.unknown)
        err.print(f"note: some marks have to be computed again: autograder grade --regrade {students}", soft_wrap=True)


def explain(
    student: Student,
    question: Question,
    submitted: Annotated[Path, typer.Option("--submitted", help="where it was handed in")] = Path("grading/submitted"),
    out_: Out = Path("grading"),
    trust_students: TrustStudents = False,
    db: Db = None,
    json_: Json = False,
    packs: Packs = None,
):
    """Replay one mark for an appeal, property by property, with the numbers. For instructors' eyes: it shows what was
    expected."""
    from .explain import explain as replay
    from .explain import report

    found = replay(find_course(packs), student, question, submitted, out_, trust_students, db)
    if json_:
        print_json(found)
    else:
        out.print(escape(report(found)), soft_wrap=True)


def roster(
    file: Annotated[Path, typer.Argument(help="a CSV file, as nbgrader, Canvas or Moodle write it")],
    id_: Annotated[
        str | None, typer.Option("--id", help="the column with the ids by which folders of submissions are called")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, and change nothing")] = False,
    submitted: Annotated[Path, typer.Option("--submitted", help="where submissions lie")] = Path("grading/submitted"),
    out_: Out = Path("grading"),
    db: Db = None,
    json_: Json = False,
):
    """Enter a class list into the gradebook: ids, names and addresses. Nobody is removed; running it twice is fine."""
    from dataclasses import asdict

    from .database import open_database
    from .roster import import_roster, read_roster

    found = read_roster(file, id_)
    done = import_roster(open_database(out_, db), found, dry_run)
    folders = {p.name for p in submitted.iterdir() if p.is_dir()} if submitted.is_dir() else set()
    strangers = sorted(name for name in folders - set(found.students) if not name.startswith("."))
    if json_:
        return print_json(
            asdict(done) | {"columns": found.columns, "handed_in_but_not_listed": strangers, "dry_run": dry_run}
        )
    read = ", ".join(f"{field} from {column!r}" for field, column in found.columns.items())
    out.print(escape(f"{file}: {len(found.students)} students; {read}"), soft_wrap=True)
    table = make_table("student", "what" if not dry_run else "what would change")
    for student, values in done.added.items():
        table.add_row(escape(student), escape("new: " + ", ".join(values.values())))
    for student, changed in done.changed.items():
        what = "; ".join(f"{name}: {old or 'nothing'} → {new}" for name, (old, new) in changed.items())
        table.add_row(escape(student), escape(what))
    if table.row_count:
        out.print(table)
    out.print(f"{len(done.added)} new, {len(done.changed)} changed, {len(done.same)} as they were")
    if done.not_listed:
        err.print(f"note: in the gradebook, not in the file: {escape(', '.join(done.not_listed))}", soft_wrap=True)
    if strangers:
        err.print(f"note: handed in, but not in the file: {escape(', '.join(strangers))}", soft_wrap=True)
    return None


def backup(
    to: Annotated[Path | None, typer.Option("--to", help="the file; by default a new one in backups/")] = None,
    out_: Out = Path("grading"),
    db: Db = None,
):
    """Back up the gradebook and what lies beside it (secret, extensions, withdrawn questions) as one zip."""
    from .backups import backup as make
    from .database import find_database

    out.print(escape(str(make(find_database(out_, db), to))), soft_wrap=True)


def restore(
    file: Annotated[Path, typer.Argument(help="a zip of `autograder backup`, or a copy that a run made")],
    out_: Out = Path("grading"),
    db: Db = None,
):
    """Put a backup in place. What it replaces is backed up first."""
    from .backups import restore as put_back
    from .database import open_database

    kept = put_back(open_database(out_, db), file)
    if kept:
        out.print(f"what was there is kept as {escape(str(kept))}", soft_wrap=True)
    out.print("restored. `autograder grade` computes the automatic marks again; those set by hand are the backup's")


def totals(
    to: Annotated[Path | None, typer.Option("--to", help="also write them as a CSV file")] = None,
    out_: Out = Path("grading"),
    db: Db = None,
    json_: Json = False,
):
    """Sum up the course: every student's assignments, penalties taken off, what is missing as 0. Weights are in
    nbgrader_config.py."""
    from dataclasses import asdict

    from .database import find_database
    from .totals import course_totals, write_totals

    found, weights, waiting = course_totals(find_course(), find_database(out_, db))
    if to:
        write_totals(to, found)
    if json_:
        students = [asdict(t) | {"missing": t.missing} for t in found]
        return print_json({"students": students, "weights": weights, "waiting_for_marks_by_hand": waiting})
    counted = list(found[0].scores) if found else []
    table = make_table("student", "name", *counted, "sum", "of", "%", right=(*counted, "sum", "of", "%"))
    for t in found:
        scores = ("missing" if s is None else f"{s:g}" for s in t.scores.values())
        percent = "" if t.percent is None else f"{t.percent:.1f}"
        name = escape(f"{t.first_name} {t.last_name}".strip())
        table.add_row(escape(t.student), name, *scores, f"{t.points:g}", f"{t.max_points:g}", percent)
    out.print(table)
    how = "each assignment's percentage by its weight" if weights else "points added up, without weights"
    out.print(f"\n{how}; missing counts 0; penalties for lateness are taken off")
    if idle := sorted(name for name in weights if name not in counted and weights[name]):
        out.print(f"nobody has handed in yet, so not counted: {', '.join(idle)}")
    if waiting:
        out.print(f"{waiting} submissions wait for marks by hand, so these are not final")
    if to:
        out.print(escape(str(to)), soft_wrap=True)
    return None


COMMANDS = (roster, due, extend, withdraw, explain, totals, backup, restore)
