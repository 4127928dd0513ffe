"""Sample submissions as text: what a class hands in, built into notebooks on top of the release.

    # What this student did, in a sentence.
    # expect: batch_norm_forward=5 batch_norm_inference=0   (every question; several such lines are joined;
    # expect: train=5..9                                     from 5 to 9, where the mark depends on the draw)

    # %% answer="batch_norm_forward"     the student's text for that cell
    # %% solution="batch_norm_inference" the master's answer
    # %% solution="the rest"             the master's answers to all that isn't mentioned
    # %% after="answer_batch_norm_forward"  a cell of the student's own, behind that one

Answers that are not mentioned stay as released.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat

from .master import Master, cell_id
from .release import load_release


@dataclass(frozen=True)
class Sample:
    """One sample submission: its name, what it shows, and the points each question must get."""

    name: str
    assignment: str
    about: str
    expected: dict[str, float | tuple[float, float]]
    text: str

    def got(self, points):
        """Whether these points, by question, are those that it must get."""
        ranges = {name: e if isinstance(e, tuple) else (e, e) for name, e in self.expected.items()}
        return points.keys() == ranges.keys() and all(low <= points[n] <= high for n, (low, high) in ranges.items())


def load_samples(folder):
    """The samples in samples/NN_topic/, by name."""
    return [read_sample(path) for path in sorted(Path(folder).glob("*.py"))]


def read_sample(path):
    text = path.read_text(encoding="utf-8")
    head = re.match(r"(?:# .*\n)+", text)
    lines = [line[2:] for line in head.group().splitlines()] if head else []
    expect = " ".join(line.removeprefix("expect:") for line in lines if line.startswith("expect:"))
    if not expect:
        raise ValueError(f"{path}: a sample says what it expects: # expect: question=points ...")
    expected = {name: _points(points) for name, points in (pair.split("=") for pair in expect.split())}
    about = " ".join(line for line in lines if not line.startswith("expect:"))
    return Sample(path.stem, path.parent.name, about, expected, text[head.end() :])


def _points(text):
    low, dots, high = text.partition("..")
    return (float(low), float(high)) if dots else float(low)


def build(course, assignment, text):
    """A submitted notebook: the release with the cells of `text` in place."""
    release, master = load_release(course, assignment), Master(course.master(assignment), course.questions)
    notebook = nbformat.from_dict(release.notebook)
    cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    behind, given = {}, jupytext.reads(text, "py:percent").cells
    named = {cell.metadata.get("answer") or cell.metadata.get("solution") for cell in given}
    for i, cell in enumerate(given):
        metadata = cell.metadata
        if "answer" in metadata:
            cells[f"answer_{metadata['answer']}"].source = cell.source
        elif metadata.get("solution") == "the rest":
            for wanted in release.cells.values():
                if wanted.role == "answer" and wanted.name not in named:
                    cells[wanted.grade_id].source = master.solution(wanted.name)
        elif "solution" in metadata:
            cells[f"answer_{metadata['solution']}"].source = master.solution(metadata["solution"])
        elif "after" in metadata:
            new = nbformat.v4.new_code_cell(cell.source, id=cell_id(f"sample {i}"))
            behind.setdefault(metadata["after"], []).append(new)
            assert metadata["after"] in cells, f"no cell {metadata['after']}"
        elif cell.source.strip():
            raise ValueError(f"a sample's cell has no role: {cell.source[:60]!r}")
    ordered = []
    for cell in notebook.cells:
        ordered += [cell, *behind.get(cell.metadata.get("nbgrader", {}).get("grade_id"), [])]
    notebook.cells = ordered
    return notebook


def write_submission(course, student, assignment, text, submitted):
    """Write a built sample as nbgrader lays submissions out. Writes nothing if it is there already."""
    path = Path(submitted) / student / assignment / f"{assignment}.ipynb"
    data = nbformat.writes(build(course, assignment, text)) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data, encoding="utf-8")
    return path
