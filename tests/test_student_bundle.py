"""A bundle works with what it asks for and nothing of ours: every assignment, untouched and with the answers."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.course import Course
from autograder.master import Master
from autograder.release import load_release, write_bundle

COURSE = Course.find()
UNWRITTEN = ["NotImplementedError", "write your code here, then delete this line"]
RUNNER = Path(__file__).parent / "bundle_runner.py"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """{(assignment, "untouched" or "answered"): what came of running the notebook of its bundle}."""
    folder, asked = tmp_path_factory.mktemp("a student's downloads, größer"), {}
    for assignment in COURSE.assignments:
        with zipfile.ZipFile(write_bundle(COURSE, assignment, folder / f"{assignment}.zip")) as bundle:
            bundle.extractall(folder)
        notebook = str(folder / assignment / f"{assignment}.ipynb")
        master = Master(COURSE.master(assignment), COURSE.questions)
        answers = {c.grade_id: master.solution(c.name) for c in master.cells if c.role == "answer"}
        asked[assignment, "untouched"] = {"notebook": notebook, "answers": {}}
        asked[assignment, "answered"] = {"notebook": notebook, "answers": answers}
    required = (folder / COURSE.assignments[0] / "requirements.txt").read_text().split()
    done = subprocess.run(
        [sys.executable, "-I", RUNNER, *required], input="\n".join(map(json.dumps, asked.values())),
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(asked, map(json.loads, done.stdout.splitlines()), strict=True))


def every_assignment():
    return pytest.mark.parametrize("assignment", COURSE.assignments)


def roles(assignment, *wanted):
    return {g for g, c in load_release(COURSE, assignment).cells.items() if c.role in wanted}


@every_assignment()
def test_the_answers_run_without_a_word_of_complaint(ran, assignment):
    """Investigations take longer than all the rest; they stay as released, and say so."""
    found = ran[assignment, "answered"]
    assert {grade_id for grade_id, *_ in found["errors"]} <= roles(assignment, "investigation")
    assert all(error == UNWRITTEN for _, *error in found["errors"])
    assert found["warnings"] == []


@every_assignment()
def test_an_untouched_notebook_says_only_that_nothing_is_written_yet(ran, assignment):
    errors = ran[assignment, "untouched"]["errors"]
    assert all(error == UNWRITTEN for _, *error in errors)
    failed = {grade_id for grade_id, *_ in errors}
    assert failed <= roles(assignment, "visible", "answer", "investigation")
    assert failed & roles(assignment, "visible"), "visible tests try the answers"


@every_assignment()
@pytest.mark.parametrize("state", ["untouched", "answered"])
def test_check_says_that_it_is_graded_later(ran, assignment, state):
    printed = ran[assignment, state]["printed"]
    graded = [c.name for c in load_release(COURSE, assignment).cells.values() if c.role == "graded"]
    for name in graded:
        assert f"{name}: not graded here; it will be when you hand it in" in printed


def test_nothing_of_ours_was_at_hand(ran):
    imported = {name for found in ran.values() for name in found["imported"]}
    assert {"torch", "numpy"} <= imported
    assert not {"autograder", "tnn", "sklearn", "pandas", "nbgrader"} & imported
