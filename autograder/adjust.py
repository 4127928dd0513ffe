"""What an instructor decides beside the marks: due dates, more time for somebody, a question that is withdrawn.

Each is kept (in nbgrader's own columns, or in a small file beside the gradebook), takes effect at once on what is
graded, and holds for what is graded later.
"""

import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from nbgrader import api
from sqlalchemy import select

from . import inert
from .course import CourseError
from .late import EXTENSIONS, Extension, write_extensions
from .release import load_release
from .settle import Rules, zone_of
from .submissions import STUDENT_ID
from .times import read_time
from .withdrawn import FILE as WITHDRAWN
from .withdrawn import Withdrawal, grade_id, read_withdrawn, stored_points, write_withdrawn


@dataclass(frozen=True)
class Due:
    """One assignment's due date (UTC, None without one), how many handed in, how many of them late, and extensions."""

    assignment: str
    due: datetime | None
    handed_in: int
    late: int
    extensions: tuple[Extension, ...]


@dataclass(frozen=True)
class Effect:
    """What a decision came to: how many submissions it concerns, and students for whom a person has to look."""

    submissions: int
    by_hand: tuple[str, ...] = ()  # whose mark for it was set by hand, which stands
    unknown: tuple[str, ...] = ()  # whose own mark could not be read back


def zone(course, database):
    """The zone in which times are given and shown."""
    return zone_of(Rules.of(course, database).late)


def list_due(course, database):
    """A Due for each assignment in the gradebook, by name."""
    rules, found = Rules.of(course, database), []
    with _book(database) as book:
        for assignment in book.session.scalars(select(api.Assignment).order_by(api.Assignment.name)):
            late = sum(s.total_seconds_late > 0 for s in assignment.submissions)
            extensions = [e for (_, a), e in sorted((rules.extensions or {}).items()) if a == assignment.name]
            found.append(
                Due(assignment.name, assignment.duedate, len(assignment.submissions), late, tuple(extensions))
            )
    return found


def set_due(course, database, assignment, time):
    """Give an assignment a due date, a time in UTC, or none. The assignment need not have been graded yet."""
    release = load_release(course, assignment)
    with database.run(), _book(database) as book:
        database.enter(book, release)
        rules = Rules.of(course, database)
        database.backup()
        found = book.session.scalar(select(api.Assignment).where(api.Assignment.name == assignment))
        found.duedate = time
        book.session.commit()
        book.settle({assignment: release}, rules)
        return len(found.submissions)


def extend(course, database, student, assignment, span=None, until=None):
    """Give a student more time, in place of what they had; without span and until, take it back. Returns the Extension.

    `until` is text, in the course's zone unless it names one. Raises CourseError.
    """
    release = load_release(course, assignment)
    if not STUDENT_ID.fullmatch(student):
        raise CourseError(f"{student!r} can't be a student's id")
    with database.run():
        rules = Rules.of(course, database)
        extensions = dict(rules.extensions) if rules.extensions is not None else _in_gradebook(database)
        try:
            until = read_time(until, zone_of(rules.late)) if until else None
        except ValueError as error:
            raise CourseError(f"--until: {error}") from None
        given = Extension(student, assignment, span, until) if span or until else None
        if given:
            extensions[student, assignment] = given
        elif extensions.pop((student, assignment), None) is None:
            raise CourseError(f"{student} has no extension for {assignment}")
        database.put_note(EXTENSIONS, write_extensions(extensions))
        _settle(course, database, release)
    return given


def _in_gradebook(database):
    """Extensions that were given through nbgrader itself."""
    if not database.exists():
        return {}
    with _book(database) as book:
        given = book.session.scalars(
            select(api.SubmittedAssignment).where(api.SubmittedAssignment.extension.is_not(None))
        )
        return {(s.student_id, s.name): Extension(s.student_id, s.name, s.extension) for s in given}


def withdraw(course, database, assignment, question, counts, because):
    """Withdraw a question for everybody: `counts` is "full" or "none". Returns the Effect. Raises CourseError."""
    release = load_release(course, assignment)
    cell = grade_id(release, question)
    if not (because := inert.line(because)):
        raise CourseError("say why with --because: students read it in their feedback")
    today = datetime.now(UTC).date().isoformat()
    with database.run():
        withdrawn = read_withdrawn(database.note(WITHDRAWN))
        made = Withdrawal(assignment, question, counts, because, today)
        withdrawn.setdefault(assignment, {})[question] = made
        database.put_note(WITHDRAWN, write_withdrawn(withdrawn))
        _settle(course, database, release)
        return _effect(database, assignment, cell)


def restore_question(course, database, assignment, question):
    """Take a withdrawal back: everybody has the points again that their own answer earned. Returns the Effect."""
    release = load_release(course, assignment)
    with database.run():
        withdrawn = read_withdrawn(database.note(WITHDRAWN))
        if question not in withdrawn.get(assignment, {}):
            raise CourseError(f"{question} of {assignment} is not withdrawn")
        del withdrawn[assignment][question]
        cell, unknown = grade_id(release, question), []
        if database.exists():
            with _book(database) as book:
                database.backup()
                for grade in _grades(book, assignment, cell):
                    student = grade.assignment.student_id
                    path = book.autograded / student / assignment / f"{assignment}.ipynb"
                    if (points := stored_points(path, cell)) is None:
                        unknown.append(student)
                        continue
                    grade.auto_score, grade.needs_manual_grade = points, grade.manual_score is not None
                book.session.commit()
        database.put_note(WITHDRAWN, write_withdrawn(withdrawn))
        _settle(course, database, release)
        return replace(_effect(database, assignment, cell), unknown=tuple(unknown))


def _grades(book, assignment, cell):
    return book.session.scalars(
        select(api.Grade)
        .join(api.GradeCell, api.GradeCell.id == api.Grade.cell_id)
        .join(api.Notebook, api.Notebook.id == api.GradeCell.notebook_id)
        .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
        .where(api.Assignment.name == assignment, api.GradeCell.name == cell)
    ).all()


def _effect(database, assignment, cell):
    if not database.exists():
        return Effect(0)
    with _book(database) as book:
        grades = _grades(book, assignment, cell)
        return Effect(len(grades), tuple(sorted(g.assignment.student_id for g in grades if g.manual_score is not None)))


def _settle(course, database, release):
    """Have what is graded follow, if anything is."""
    if database.exists():
        with _book(database) as book:
            book.settle({release.assignment: release}, Rules.of(course, database), database.backup)


@contextlib.contextmanager
def _book(database):
    with database.explained(), database.book() as book:
        yield book
