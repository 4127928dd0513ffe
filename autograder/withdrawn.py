"""Questions that were withdrawn for everybody, and why: kept beside the gradebook, so that a regrade knows them too."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from .course import CourseError

FILE = "withdrawn.json"
WAYS = ("full", "none")


@dataclass(frozen=True)
class Withdrawal:
    """One question of one assignment: `counts` is "full" (everybody has its points) or "none" (it leaves the total)."""

    assignment: str
    question: str
    counts: str
    because: str
    since: str = ""  # the day, in UTC

    def points(self, max_points):
        """What it gives everybody who handed in."""
        return max_points if self.counts == "full" else 0.0

    def max_points(self, max_points):
        """What it adds to the total."""
        return max_points if self.counts == "full" else 0.0

    def as_data(self):
        return asdict(self)


def read_withdrawn(text):
    """Withdrawals by assignment, then by question, from the text of withdrawn.json. Raises CourseError."""
    found = {}
    try:
        for made in json.loads(text or "[]"):
            withdrawal = Withdrawal(**made)
            if withdrawal.counts not in WAYS:
                raise ValueError(f"counts is {withdrawal.counts!r}")
            found.setdefault(withdrawal.assignment, {})[withdrawal.question] = withdrawal
    except (ValueError, TypeError) as error:
        raise CourseError(
            f"{FILE} beside the gradebook can't be read ({error}): restore it, or remove it and withdraw again"
        ) from None
    return found


def write_withdrawn(withdrawn):
    """The text of withdrawn.json."""
    return json.dumps([w.as_data() for a in sorted(withdrawn) for w in withdrawn[a].values()], indent=1) + "\n"


def grade_id(release, question):
    """The cell with a question's points. Raises CourseError for one that has none."""
    for name in (f"graded_{question}", f"investigation_{question}"):
        if name in release.cells and "points" in release.cells[name].metadata["nbgrader"]:
            return name
    known = [c.name for c in release.cells.values() if "points" in c.metadata["nbgrader"]]
    raise CourseError(f"{release.assignment} has no question {question!r} with points; it has {', '.join(known)}")


def stored_points(path, cell):
    """The points that grading gave a cell, from a graded notebook; None if they can't be read there."""
    try:
        cells = json.loads(Path(path).read_bytes())["cells"]
        found = next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == cell)
        shown = next(o["data"]["text/plain"] for o in found["outputs"] if o["output_type"] == "execute_result")
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None
    shown = "".join(shown)
    return float(shown) if re.fullmatch(r"\d+(\.\d+)?", shown) else None
