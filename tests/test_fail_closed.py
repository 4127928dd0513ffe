"""Whatever is handed in gets a mark: a lost question costs itself, and nobody's run stops."""

import json

import nbformat
import pytest

from autograder.course import Course
from autograder.grade import Grader
from autograder.limits import OVERRIDE
from autograder.normalise import normalise
from autograder.release import load_release
from autograder.samples import build

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"
RELEASE = load_release(COURSE, ASSIGNMENT)
ANSWERS = [c.name for c in RELEASE.cells.values() if c.role == "answer"]
QUESTIONS = [c.name for c in RELEASE.cells.values() if c.role == "graded"]
FORWARD, INFERENCE = "batch_norm_forward", "batch_norm_inference"


def perfect():
    return build(COURSE, ASSIGNMENT, "\n".join(f'# %% solution="{name}"\n' for name in ANSWERS))


def cell_of(notebook, grade_id):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def replaced(name, source):
    """A perfect notebook but for one answer."""
    notebook = perfect()
    cell_of(notebook, f"answer_{name}").source = source
    return notebook


def with_cell(source, behind=f"visible_{FORWARD}"):
    """A perfect notebook with one cell more."""
    notebook = perfect()
    place = notebook.cells.index(cell_of(notebook, behind)) + 1
    notebook.cells.insert(place, nbformat.v4.new_code_cell(source))
    return notebook


def edited(change):
    notebook = perfect()
    change(notebook)
    return notebook


def toggle(notebook):
    for cell in notebook.cells:
        if own := cell.metadata.get("nbgrader"):
            own.update(grade=not own["grade"], solution=not own["solution"], locked=not own["locked"], points=1000)


def retype(notebook):
    cell = cell_of(notebook, f"answer_{FORWARD}")
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


def strip_metadata(notebook):
    for i, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"new{i}"


def delete(*grade_ids):
    def change(notebook):
        notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in grade_ids]

    return change


def duplicate_answer(notebook):
    """The copy, tried out below, is broken: the first one is the answer, and it was graded before the copy ran."""
    cell = nbformat.from_dict(cell_of(notebook, f"answer_{FORWARD}"))
    cell.source = "def batch_norm_forward(*a): return 0"
    notebook.cells.append(cell)


def deeper(levels):
    return '{"cells": ' + "[" * levels + "]" * levels + "}"


LOOP = "def batch_norm_forward(x, gamma, beta, eps=1e-5):\n    while True:\n        pass"
KILL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
HOG = """\
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    keep = []
    while True:
        keep.append(np.ones(2**24))"""
SELF_KILL = "def batch_norm_forward(*a, **k):\n    import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
ODD = '{"cells": [1, null, {"cell_type": 3}, {"cell_type": "code", "source": [1]}, []]}'
R = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
LOUD = "def batch_norm_inference(*a, **k):\n    print('x' * 50_000_000)\n    return 0"

# what was handed in, the questions it loses, and what the run says about it
CASES = {
    "endless_loop": (replaced(FORWARD, LOOP), [FORWARD], "processor time"),
    "endless_loop_in_a_cell": (with_cell("while True: pass"), [], ""),
    "killed": (with_cell(KILL), [], ""),
    "killed_in_an_answer": (replaced(FORWARD, SELF_KILL), [FORWARD], "stopped"),
    "segfault": (replaced(FORWARD, "import ctypes\nctypes.string_at(0)"), [FORWARD], "not defined"),
    "exit_in_an_answer": (replaced(FORWARD, "import os\nos._exit(0)"), [FORWARD], "not defined"),
    "fifty_megabytes_of_output": (with_cell("print('y' * 50_000_000)"), [], ""),
    "fifty_megabytes_in_an_answer": (replaced(INFERENCE, LOUD), [INFERENCE], ""),
    "memory_hog": (replaced(FORWARD, HOG), [FORWARD], "memory"),
    "deleted_answer": (edited(delete(f"answer_{FORWARD}")), [FORWARD], "not defined"),
    "deleted_graded_cells": (edited(delete(*(f"graded_{q}" for q in QUESTIONS))), [], ""),
    "deleted_everything": (nbformat.v4.new_notebook(), QUESTIONS, "not defined"),
    "duplicated": (edited(duplicate_answer), [], ""),
    "reordered": (edited(lambda nb: nb.cells.reverse()), [], ""),
    "retyped": (edited(retype), [], ""),
    "edited_test": (edited(lambda nb: cell_of(nb, f"graded_{FORWARD}").update(source="100")), [], ""),
    "edited_test_without_answer": (edited(lambda nb: [
        cell_of(nb, f"answer_{FORWARD}").update(source="pass"), cell_of(nb, f"graded_{FORWARD}").update(source="5.0")]),
        [FORWARD], "not defined"),
    "toggled_metadata": (edited(toggle), [], ""),
    "stripped_metadata": (edited(strip_metadata), [], ""),
    "wrong_kernel": (edited(lambda nb: nb.metadata.update(R)), [], ""),
    "yesterdays_release": (edited(lambda nb: nb.metadata.autograder.update(release="0" * 16)), [], ""),
    "not_a_notebook": ("dear professor, my dog ate it", QUESTIONS, "not valid JSON"),
    "a_list": ("[1, 2, 3]", QUESTIONS, "no list of cells"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\xff", QUESTIONS, "not valid JSON"),
    "empty_file": ("", QUESTIONS, "not valid JSON"),
    "deep_json": (deeper(200_000), QUESTIONS, "nested too deeply"),
    "a_million_cells": ('{"cells": [' + ",".join(["{}"] * 1_000_000) + "]}", QUESTIONS, "cells; at most"),
    "odd_cells": (ODD, QUESTIONS, "not defined"),
    "surrogates": (with_cell("s = '\\ud800'"), [], ""),
    "zz_neighbour": (perfect(), [], ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def marks(tmp_path_factory):
    """All of these as one class, graded in one run."""
    root = tmp_path_factory.mktemp("closed")
    for student, (handed_in, _, _) in CASES.items():
        path = root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        if isinstance(handed_in, nbformat.NotebookNode):
            handed_in = json.dumps(handed_in)
        path.write_bytes(handed_in if isinstance(handed_in, bytes) else handed_in.encode())
    (root / "submitted" / "no_notebook" / ASSIGNMENT).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OVERRIDE, "3")
        done = Grader(COURSE, root / "submitted", root / "out").grade([ASSIGNMENT])
    return {s.student: s for s in done}, root / "out"


@pytest.mark.parametrize("student", CASES)
def test_it_costs_exactly_its_own_questions(marks, student):
    found = marks[0][student]
    _, lost, says = CASES[student]
    assert found.status in ("graded", "unreadable"), found.reason
    points = {q["id"]: q["points"] for q in found.questions}
    assert points == {name: 0 if name in lost else COURSE.question(name).points for name in QUESTIONS}
    assert says in " ".join([found.reason, *(q["message"] for q in found.questions if q["id"] in lost)])


def test_a_student_who_handed_in_no_notebook_gets_0_and_the_reason(marks):
    found = marks[0]["no_notebook"]
    assert (found.status, found.score) == ("unreadable", 0)
    assert "no notebook" in found.reason


def test_the_reason_stands_in_the_notebook(marks):
    said = {
        "not_a_notebook": "could not be graded",
        "reordered": "order",
        "yesterdays_release": "older release",
        "retyped": "markdown cell",
        "deleted_answer": "missing",
    }
    for student, words in said.items():
        path = marks[1] / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        assert words in nbformat.read(path, 4).cells[0].source, student


def test_stored_output_is_small(marks):
    for path in (marks[1] / "autograded").rglob("*.ipynb"):
        assert path.stat().st_size < 2**20, path


def test_a_regrade_changes_no_mark(marks):
    """Idempotent: what is in the gradebook is what a second, forced run finds."""
    found, out = marks
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OVERRIDE, "3")
        again = Grader(COURSE, out.parent / "submitted", out).grade(
            [ASSIGNMENT], ["duplicated", "retyped"], regrade=True
        )
    assert [(s.student, s.score) for s in again] == [(s, found[s].score) for s in ("duplicated", "retyped")]


@pytest.mark.parametrize("made_from", ["another", None])
def test_what_an_older_release_said_otherwise_is_not_the_students_doing(made_from):
    cells = [dict(cell) for cell in RELEASE.notebook.cells]
    test = next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("visible_"))
    test["source"] = "print('an older test')"
    found = normalise(cells, RELEASE, made_from)
    assert any("changed" in notice for notice in found.notices) is (made_from is None)
    assert all(test["source"] != cell.source for cell in found.notebook.cells)
