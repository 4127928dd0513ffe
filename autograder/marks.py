"""What a gradebook says about a class: students, assignments, and each mark with its penalty.

Everything is read from nbgrader's own score columns, so manual marks, extra credit and penalties count as they do
in formgrader.
"""

from dataclasses import dataclass, field
from datetime import datetime

from nbgrader import api
from sqlalchemy import select

from .course import CourseError


@dataclass(frozen=True)
class Person:
    """One student as the gradebook has them."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self):
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Mark:
    """One submission's points: what it earned, and what lateness takes off."""

    raw: float
    penalty: float = 0.0
    timestamp: datetime | None = None

    @property
    def score(self):
        """What counts; as in nbgrader's export, a penalty takes nobody below 0."""
        return max(0.0, self.raw - self.penalty)


@dataclass(frozen=True)
class Marks:
    """A whole gradebook. `found` has a Mark by (assignment, student) for what was handed in."""

    people: list[Person]
    max_scores: dict[str, float]
    due: dict[str, datetime | None]
    found: dict[tuple[str, str], Mark] = field(default_factory=dict)

    @property
    def assignments(self):
        return list(self.max_scores)


def read_marks(gradebook, assignments=(), students=()):
    """The Marks in an open nbgrader Gradebook, of some assignments and students or of all.

    Assignments come by name, students by last name, first name and id. Raises CourseError for an unknown one.
    """
    people = [
        Person(*(value or "" for value in row))
        for row in gradebook.db.execute(
            select(
                api.Student.id,
                api.Student.first_name,
                api.Student.last_name,
                api.Student.email,
                api.Student.lms_user_id,
            )
        )
    ]
    people.sort(key=lambda p: (p.last_name.casefold(), p.first_name.casefold(), p.id))
    wanted = select(api.Assignment.name, api.Assignment.duedate, api.Assignment.max_score)
    rows = sorted(gradebook.db.execute(wanted).all(), key=lambda row: row[0])
    _check("assignment", assignments, [row[0] for row in rows])
    _check("student", students, [p.id for p in people])
    if assignments:
        rows = [row for row in rows if row[0] in assignments]
    if students:
        people = [p for p in people if p.id in students]
    submitted = api.SubmittedAssignment
    found = {
        (name, student): Mark(float(score), float(penalty or 0), timestamp)
        for name, student, score, penalty, timestamp in gradebook.db.execute(
            select(
                api.Assignment.name,
                submitted.student_id,
                submitted.score,
                submitted.late_submission_penalty,
                submitted.timestamp,
            ).join(api.Assignment, api.Assignment.id == submitted.assignment_id)
        )
    }
    names, ids = {row[0] for row in rows}, {p.id for p in people}
    return Marks(
        people,
        {row[0]: float(row[2]) for row in rows},
        {row[0]: row[1] for row in rows},
        {pair: mark for pair, mark in found.items() if pair[0] in names and pair[1] in ids},
    )


def _check(what, wanted, known):
    if unknown := [name for name in wanted if name not in known]:
        raise CourseError(
            f"the gradebook has no {what} {unknown[0]!r}; it has {', '.join(map(repr, known)) or 'none yet'}"
        )
