"""What grading again changed: each mark that isn't what it was. It shows whom a mended question helped, or hurt."""

import time
from dataclasses import asdict, dataclass

from .spreadsheet import write_csv

AGAIN, RESUBMITTED = "graded again", "handed in again"
COLUMNS = ("student", "assignment", "question", "before", "after", "change", "by_hand", "because")


@dataclass(frozen=True)
class Change:
    """One question of one student: points before and after; `by_hand` is the mark a person set, which stands."""

    question: str
    before: float
    after: float
    by_hand: float | None = None

    def as_data(self):
        return asdict(self)

    def __str__(self):
        stands = "" if self.by_hand is None else f" (the mark set by hand stands: {self.by_hand:g})"
        return f"{self.question} {self.before:g} → {self.after:g}{stands}"


def changes(before, after, withdrawn=()):
    """The Changes between two sets of marks, {grade_id: Points}; questions that were withdrawn have none."""
    found = []
    for grade_id, new in after.items():
        question, old = grade_id.partition("_")[2], before.get(grade_id)
        if old is None or None in (old.auto, new.auto) or question in withdrawn:
            continue
        if abs(old.auto - new.auto) > 1e-9:
            found.append(Change(question, old.auto, new.auto, old.manual))
    return found


def total(marks):
    """The points of a submission before any penalty."""
    return sum(points.score for points in marks.values())


def write_changes(folder, submissions):
    """Write the changes of GradedSubmissions into a new file in `folder`. Returns it, or None if there are none."""
    rows = [
        [s.student, s.assignment, c["question"], c["before"], c["after"], round(c["after"] - c["before"], 4),
         c["by_hand"], s.because]
        for s in submissions
        for c in s.changes
    ]  # fmt: skip
    if not rows:
        return None
    return write_csv(folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09d}.csv", [COLUMNS, *rows])
