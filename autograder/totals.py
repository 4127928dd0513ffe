"""The whole course: each student's assignments, summed. Weights are set in nbgrader_config.py:

    c.Totals.weights = {"01_generalization": 1, "04_batch_normalization": 2}
"""

from dataclasses import dataclass

from traitlets import Dict, Float, TraitError, Unicode
from traitlets.config import Configurable

from .course import CourseError
from .marks import read_marks
from .settle import CONFIG, settings
from .spreadsheet import number, write_csv


class Totals(Configurable):
    """What each assignment weighs in the course's total."""

    weights = Dict(
        key_trait=Unicode(),
        value_trait=Float(min=0),
        help="weight by assignment; those that aren't named don't count. Without any, points are simply added",
    ).tag(config=True)


@dataclass(frozen=True)
class Total:
    """One student's course: scores by assignment (None where nothing was handed in), their sum, and the percentage."""

    student: str
    first_name: str
    last_name: str
    scores: dict[str, float | None]
    points: float
    max_points: float
    percent: float | None  # None as long as nothing counts

    @property
    def missing(self):
        return [name for name, score in self.scores.items() if score is None]


def read_weights(course):
    """The weights in nbgrader_config.py, {} for none. Raises CourseError for one below 0, or of no assignment."""
    try:
        weights = dict(Totals(config=settings(course)).weights)
    except TraitError as error:
        raise CourseError(f"{CONFIG}: {error}") from None
    if unknown := sorted(set(weights) - set(course.assignments)):
        raise CourseError(f"{CONFIG} gives {unknown[0]!r} a weight, but there is no such assignment")
    return weights


def totals(marks, weights):
    """A Total for each student of a Marks.

    An assignment counts once anybody has handed it in, unless weights are given and it has none. What somebody didn't
    hand in is 0. With weights, the percentage is the weighted mean of the assignments' percentages; without, that of
    all points.
    """
    begun = {assignment for assignment, _ in marks.found}
    counted = [name for name in marks.assignments if name in begun and (not weights or weights.get(name, 0) > 0)]
    most = {name: marks.max_scores[name] for name in counted}
    found = []
    for p in marks.people:
        scores = {n: mark.score if (mark := marks.found.get((n, p.id))) else None for n in counted}
        points = {n: score or 0.0 for n, score in scores.items()}
        found.append(
            Total(p.id, p.first_name, p.last_name, scores, sum(points.values()), sum(most.values()),
                  _percent(points, most, weights))
        )  # fmt: skip
    return found


def _percent(points, most, weights):
    if not weights:
        return 100 * sum(points.values()) / sum(most.values()) if sum(most.values()) else None
    possible = {n: weights[n] for n in most if most[n]}
    if not possible:
        return None
    return 100 * sum(w * points[n] / most[n] for n, w in possible.items()) / sum(possible.values())


def course_totals(course, database):
    """(totals, weights, how many submissions wait for marks by hand) of a gradebook."""
    from nbgrader.api import SubmittedAssignment
    from sqlalchemy import func, select

    weights = read_weights(course)
    with database.explained(), database.gradebook() as gradebook:
        marks = read_marks(gradebook)
        waits = select(func.count()).where(SubmittedAssignment.needs_manual_grade)
        waiting = gradebook.db.execute(waits).scalar()
    return totals(marks, weights), weights, waiting


def write_totals(path, found):
    """The totals as a CSV file that a spreadsheet can open safely; an empty cell is nothing handed in."""
    names = list(found[0].scores) if found else []
    header = ["student_id", "last_name", "first_name", *names, "points", "max_points", "percent"]
    rows = [
        [
            t.student, t.last_name, t.first_name,
            *("" if s is None else number(s) for s in t.scores.values()),
            number(t.points), number(t.max_points), "" if t.percent is None else number(t.percent),
        ]
        for t in found
    ]  # fmt: skip
    return write_csv(path, [header, *rows])
