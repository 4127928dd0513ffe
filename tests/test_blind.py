"""Notebooks solved from the bundle alone, by readers who saw no answer: each must get full marks."""

import shutil
from pathlib import Path

import nbformat
import pytest

from autograder.course import Course
from autograder.grade import Grader

BLIND = sorted((Path(__file__).parent / "blind").glob("*.ipynb"))
COURSE = Course.find()
LUCK = {"09_capstone": 1.0}  # points that a draw of hard signs may cost a procedure that is good enough for all


@pytest.fixture(scope="module")
def marks(tmp_path_factory):
    root = tmp_path_factory.mktemp("blind")
    for path in BLIND:
        assignment, _, student = path.stem.partition("-")
        target = root / "submitted" / student / assignment / f"{assignment}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    done = Grader(COURSE, root / "submitted", root / "out").grade(COURSE.assignments)
    return {(s.assignment, s.student): s for s in done}


@pytest.mark.parametrize("path", BLIND, ids=lambda path: path.stem)
def test_a_blind_solution_gets_full_marks(path, marks):
    assignment, _, student = path.stem.partition("-")
    found = marks[assignment, student]
    short = [(q["id"], q["message"]) for q in found.questions if q["status"] != "right"]
    assert found.score >= found.max_score - LUCK.get(assignment, 0), short


def test_every_assignment_was_solved_blind_twice():
    for assignment in COURSE.assignments:
        assert len([p for p in BLIND if p.name.startswith(f"{assignment}-")]) >= 2


@pytest.mark.parametrize("path", BLIND, ids=lambda path: path.stem)
def test_the_fixture_has_no_outputs(path):
    assert not any(cell.get("outputs") for cell in nbformat.read(path, 4).cells)
