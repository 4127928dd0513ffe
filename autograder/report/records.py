"""What is stored about one assignment's submissions: the gradebook's points, and what grading noted down."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader import api
from sqlalchemy import select

from ..marks import Mark, Person
from ..submissions import STUDENT_ID, state_path
from ..withdrawn import Withdrawal

GRADED, BY_HAND = "graded_", "investigation_"
ANSWER = "answer_"
MAX_NOTEBOOK = 64 * 2**20  # bytes of a stored notebook that are read
STOPPED = "Stopped"  # grading.py's name for the error of a cell that had to be stopped


@dataclass
class Answer:
    """One question of one submission. `points` are what counts, manual marks and extra credit included."""

    question: str
    points: float
    max_points: float
    by_hand: bool = False
    needs_manual: bool = False
    auto: float | None = None  # the automatic points
    detail: dict | None = None  # QuestionMark.as_data, if the automatic points are still those
    withdrawn: Withdrawal | None = None

    @property
    def status(self):
        return self.detail["status"] if self.detail else ""


@dataclass
class Submission:
    """One student's submission to one assignment."""

    person: Person
    mark: Mark
    answers: dict[str, Answer] = field(default_factory=dict)
    status: str = ""  # graded, unreadable, failed; "" if nothing was noted down
    reason: str = ""
    seconds: float | None = None
    deaths: int = 0
    notes: list[str] = field(default_factory=list)  # what else grading noted down for an instructor
    trusted_students: bool = False
    sources: dict[str, str] = field(default_factory=dict)  # the text of each answer cell, by name
    stops: list[str] = field(default_factory=list)  # the cells of which each had to be stopped, with the reason

    @property
    def counts(self):
        """Whether it says anything about the questions: a file that couldn't be read doesn't."""
        return self.status not in ("unreadable", "failed")

    @property
    def needs_manual(self):
        return any(a.needs_manual for a in self.answers.values())


def read_submissions(gradebook, marks, assignment, out, withdrawn=None):
    """The Submissions of one assignment, by student, in the order of `marks`' people.

    withdrawn: a Withdrawal for each question that was withdrawn.
    """
    answers = _answers(gradebook, assignment, withdrawn or {})
    found = {}
    for person in marks.people:
        if mark := marks.found.get((assignment, person.id)):
            submission = Submission(person, mark, answers.get(person.id, {}))
            if STUDENT_ID.fullmatch(person.id):  # nobody else was graded, and any other id may be no file's name
                _add_outcome(submission, state_path(out, assignment, person.id))
                _add_notebook(submission, Path(out) / "autograded" / person.id / assignment / f"{assignment}.ipynb")
            found[person.id] = submission
    return found


def _answers(gradebook, assignment, withdrawn):
    """{student: {question: Answer}} from the gradebook."""
    cells = gradebook.db.execute(
        select(api.GradeCell.id, api.GradeCell.name, api.GradeCell.max_score)
        .join(api.Notebook, api.Notebook.id == api.GradeCell.notebook_id)
        .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
        .where(api.Assignment.name == assignment)
    )
    names = {id_: (name.removeprefix(GRADED).removeprefix(BY_HAND), float(most)) for id_, name, most in cells}
    g = api.Grade
    rows = gradebook.db.execute(
        select(
            api.SubmittedAssignment.student_id,
            g.cell_id,
            g.auto_score,
            g.manual_score,
            g.extra_credit,
            g.score,
            g.needs_manual_grade,
        )
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == g.notebook_id)
        .join(api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
        .where(g.cell_id.in_(names))
    )
    found = {}
    for student, cell, auto, manual, extra, score, needs in rows:
        name, most = names[cell]
        answer = Answer(name, float(score or 0), most, manual is not None or bool(extra), bool(needs), auto)
        answer.withdrawn = withdrawn.get(name)
        found.setdefault(student, {})[name] = answer
    order = [name for name, _ in names.values()]
    return {s: dict(sorted(given.items(), key=lambda pair: order.index(pair[0]))) for s, given in found.items()}


def _add_outcome(submission, path):
    """Take what grading noted down; a detail whose points aren't the gradebook's is left out.

    It is of another grading: the gradebook's is the one that counts.
    """
    try:
        kept = json.loads(path.read_text())["submission"]
        noted = {q["id"]: q for q in kept["questions"]}
    except (OSError, ValueError, KeyError, TypeError):
        kept, noted = {}, {}
    submission.status, submission.reason = kept.get("status", ""), kept.get("reason", "")
    submission.seconds, submission.deaths = kept.get("seconds"), kept.get("deaths", 0)
    submission.notes = kept.get("notes", [])
    submission.trusted_students = kept.get("trusted_students", False)
    for name, answer in submission.answers.items():
        detail = noted.get(name)
        same = detail is not None and answer.auto is not None and abs(detail["points"] - answer.auto) < 1e-6
        answer.detail = detail if same or answer.withdrawn else None


def _add_notebook(submission, path):
    """Take the answers' text, and which cells had to be stopped, from the notebook as it was graded."""
    try:
        if path.stat().st_size > MAX_NOTEBOOK:
            return
        notebook = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return
    if notebook.get("metadata", {}).get("autograder", {}).get("trusted_students"):
        submission.trusted_students = True
    for cell in notebook.get("cells", ()):
        grade_id = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")
        source = cell.get("source", "")
        if grade_id.startswith(ANSWER):
            submission.sources[grade_id.removeprefix(ANSWER)] = source if isinstance(source, str) else "".join(source)
        for output in cell.get("outputs", ()):
            if output.get("ename") == STOPPED and submission.deaths:  # anybody can give an error that name
                submission.stops.append(f"{grade_id or 'a cell of their own'}: {output.get('evalue', '')}")
