"""The master of an assignment: a jupytext percent file whose code cells name their role.

# %% given="imports"              code the student gets, locked
# %% answer="batch_norm_forward"  the student's cell; its answer stands between the solution marks
# %% visible="batch_norm_forward" a test the student sees, worth 0 points, locked
# %% graded="batch_norm_forward"  stays empty: the one line that grades is generated
# %% investigation="why"          marked by hand; `points=` says how many, 0 by default
"""

import hashlib
import re
import textwrap
from dataclasses import dataclass
from functools import cached_property

import jupytext
import nbformat

from .help import entries

ROLES = ("given", "answer", "visible", "graded", "investigation")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SETUP = """\
try:
    from autograder import check
except ImportError:  # nothing to install: what you hand in is graded with the same checks

    def check(name):
        print(f"{name}: not graded here; it will be when you hand it in")"""


class MasterError(ValueError):
    """A master that can't be released; the message says which cell and why."""


@dataclass(frozen=True)
class MasterCell:
    role: str
    name: str
    cell_type: str
    source: str
    points: float = 0

    @property
    def grade_id(self):
        return f"{self.role}_{self.name}" if self.role else ""


class Master:
    """A parsed master. Raises MasterError for an unknown role, a missing answer or a stray solution mark."""

    def __init__(self, path, questions):
        self.assignment = path.stem
        self.text = path.read_text(encoding="utf-8")
        self.questions = {n: q for n, q in questions.items() if q.assignment == self.assignment}
        self.cells = [self._cell(cell) for cell in jupytext.reads(self.text, "py:percent").cells]
        first_code = next((i for i, c in enumerate(self.cells) if c.cell_type == "code"), len(self.cells))
        self.cells.insert(first_code, MasterCell("given", "setup", "code", SETUP))
        self._validate()

    def _cell(self, cell):
        named = [(role, cell.metadata[role]) for role in ROLES if role in cell.metadata]
        if not named and cell.cell_type == "code":
            raise MasterError(f"{self.assignment}: a code cell has no role: {cell.source[:60]!r}")
        if len(named) > 1:
            raise MasterError(f"{self.assignment}: a cell has two roles: {named}")
        role, name = named[0] if named else ("", "")
        return MasterCell(role, name, cell.cell_type, cell.source, float(cell.metadata.get("points", 0)))

    def _validate(self):
        ids = [c.grade_id for c in self.cells if c.role]
        if repeated := sorted({i for i in ids if ids.count(i) > 1}):
            raise MasterError(f"{self.assignment}: more than one cell is called {repeated[0]}")
        graded = {c.name for c in self.cells if c.role == "graded"}
        wanted = {name for q in self.questions.values() for name in q.names}
        if unknown := sorted(graded ^ set(self.questions)):
            raise MasterError(f"{self.assignment}: {unknown[0]} has a graded cell or a question file, but not both")
        for cell in self.cells:
            marks = [line.strip() for line in cell.source.splitlines() if "SOLUTION" in line]
            pairs = max(1, len(marks) // 2) if cell.role in ("answer", "investigation") else 0
            if marks != [BEGIN, END] * pairs:  # a class may leave each of its methods to be written
                raise MasterError(f"{self.assignment}: {cell.grade_id or 'a text cell'} has solution marks {marks}")
            if "HIDDEN TESTS" in cell.source or "MARK SCHEME" in cell.source:
                raise MasterError(f"{self.assignment}: hidden tests belong in a question file, not in {cell.grade_id}")
            if cell.role == "answer" and cell.name not in wanted:
                raise MasterError(f"{self.assignment}: no question asks for the answer {cell.name}")
            if cell.role == "graded" and cell.source.strip():
                raise MasterError(f"{self.assignment}: the graded cell of {cell.name} is generated: leave it empty")

    @cached_property
    def release_hash(self):
        """What a release is known by: the master's text and what each question is worth."""
        worth = {n: [(p.name, p.points) for p in q.properties] for n, q in sorted(self.questions.items())}
        return hashlib.sha256(f"{self.text}\0{worth}".encode()).hexdigest()[:16]

    def source_notebook(self):
        """The assignment with its answers, in nbgrader's source format; the same bytes every time."""
        cells = []
        for i, cell in enumerate(self.cells):
            make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
            made = make(self._graded_line(cell) if cell.role == "graded" else self._filled_in(cell.source))
            made.id = cell_id(cell.grade_id or f"text_{i}_{cell.source}")
            if cell.role:
                made.metadata["nbgrader"] = _nbgrader_metadata(cell, self.questions)
            cells.append(made)
        metadata = {
            "kernelspec": KERNEL,
            "autograder": {"assignment": self.assignment, "release": self.release_hash},
        }
        return nbformat.v4.new_notebook(cells=cells, metadata=metadata)

    def _filled_in(self, text):
        """Text with {points}, {questions} and {stuck} filled in, so that no master repeats what is said elsewhere."""
        points = sum(q.points for q in self.questions.values())
        known = {"{points}": f"{points:g}", "{questions}": str(len(self.questions)), "{stuck}": entries()}
        for name, value in known.items():
            text = text.replace(name, value)
        return text

    def _graded_line(self, cell):
        question = self.questions[cell.name]
        what = ", ".join(f"{p.name} {p.points:g}" for p in question.properties)
        comment = textwrap.fill(f"# graded here: {question.points:g} points ({what})", 96, subsequent_indent="#   ")
        return f'{comment}\ncheck("{cell.name}")'

    def solution(self, name):
        """The text of one answer cell, without its marks."""
        return without_marks(next(c.source for c in self.cells if c.role == "answer" and c.name == name))

    def namespace_sources(self):
        """The code cells an answer may rest on: given code and all answers, in notebook order."""
        return [(c.grade_id, without_marks(c.source)) for c in self.cells if c.role in ("given", "answer")]


def without_marks(source):
    """An answer cell's text without the lines that mark the solution."""
    return re.sub(rf"^[ \t]*({BEGIN}|{END})[ \t]*\n?", "", source, flags=re.MULTILINE).rstrip("\n")


def cell_id(grade_id):
    """A notebook cell id that is the same at every release."""
    return hashlib.sha256(grade_id.encode()).hexdigest()[:16]


def _nbgrader_metadata(cell, questions):
    graded, investigated = cell.role == "graded", cell.role == "investigation"
    by_hand = investigated and cell.points > 0
    metadata = {
        "grade": graded or by_hand,  # an investigation worth nothing waits for nobody
        "grade_id": cell.grade_id,
        "locked": not (cell.role == "answer" or investigated),
        "schema_version": 3,
        "solution": cell.role == "answer" or investigated,
        "task": False,
    }
    if graded or by_hand:
        metadata["points"] = questions[cell.name].points if graded else cell.points
    return metadata
