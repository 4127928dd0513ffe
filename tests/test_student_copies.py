"""`make lab` lays copies out: what somebody worked on is never written to, whatever is released meanwhile."""

import json
import subprocess
import sys

import nbformat
import pytest
from courses import ROOT, copy_course

from autograder.copies import lay_out
from autograder.release import release, release_path

BEGUN, NOT_BEGUN, UNCHANGED = "01_generalization", "02_backpropagation", "03_optimizers"
NAMES = (BEGUN, NOT_BEGUN, UNCHANGED)


@pytest.fixture(scope="module")
def updated(tmp_path_factory):
    """A student's work/ after two of three assignments were released again, and what they were told."""
    root = tmp_path_factory.mktemp("course")
    course, work = copy_course(root), root / "work"
    assert sum(": new" in line for line in lay_out(course.exercises, work)) >= len(course.assignments)
    mine = {name: work / name / f"{name}.ipynb" for name in NAMES}
    for name in (BEGUN, UNCHANGED):
        notebook = nbformat.read(mine[name], 4)
        next(c for c in notebook.cells if "raise NotImplementedError" in c.source).source = "answer = 'mine'"
        nbformat.write(notebook, mine[name])
    (work / BEGUN / "notes.txt").write_text("mine too")
    before = {path: path.read_bytes() for path in work.rglob("*") if path.is_file()}
    for name in (BEGUN, NOT_BEGUN):
        master = course.master(name)
        master.write_text(master.read_text().replace("**Write**", "**Please write**", 1))
    assert release(course, list(NAMES)) == [BEGUN, NOT_BEGUN]
    return course, work, mine, before, lay_out(course.exercises, work)


def test_work_stays_and_the_new_release_lies_beside_it(updated):
    course, work, mine, before, said = updated
    changed = {path for path, data in before.items() if path.read_bytes() != data}
    assert changed == {mine[NOT_BEGUN]}, "only what holds no work is brought up to date"
    assert mine[NOT_BEGUN].read_bytes() == release_path(course, NOT_BEGUN).read_bytes()
    (beside,) = {path for path in work.rglob("*") if path.is_file()} - set(before)
    version = json.loads(release_path(course, BEGUN).read_bytes())["metadata"]["autograder"]["release"]
    assert beside == mine[BEGUN].with_name(f"{BEGUN}.newer-{version[:8]}.ipynb")
    assert beside.read_bytes() == release_path(course, BEGUN).read_bytes()


def test_the_student_is_told(updated):
    _, _, mine, _, said = updated
    (begun,) = [line for line in said if line.startswith(str(mine[BEGUN]))]
    assert "left as it is" in begun
    assert f"{BEGUN}.newer-" in begun
    (not_begun,) = [line for line in said if line.startswith(str(mine[NOT_BEGUN]))]
    assert "had not begun" in not_begun
    assert len(said) == 2


def test_a_second_time_there_is_nothing_to_do_even_if_the_newer_one_was_begun(updated):
    course, work, *_ = updated
    (newer,) = work.rglob("*.newer-*.ipynb")
    text = newer.read_text()
    try:
        newer.write_text(text.replace("raise NotImplementedError", "return 1  #"))
        before = {path: path.read_bytes() for path in work.rglob("*") if path.is_file()}
        assert lay_out(course.exercises, work) == []
        assert {path: path.read_bytes() for path in work.rglob("*") if path.is_file()} == before
    finally:
        newer.write_text(text)


def test_a_file_that_is_no_notebook_any_more_and_a_data_file_stay_too(tmp_path):
    source, work = tmp_path / "exercises" / "05 five", tmp_path / "work"
    source.mkdir(parents=True)
    (source / "05 five.ipynb").write_bytes((ROOT / "exercises" / BEGUN / f"{BEGUN}.ipynb").read_bytes())
    (source / "points.csv").write_text("1,2\n")
    (work / "05 five").mkdir(parents=True)
    for name in ("05 five.ipynb", "points.csv"):
        (work / "05 five" / name).write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "autograder.copies", source.parent, work], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("left as it is") == 2
    assert {p.read_text() for p in work.rglob("*") if ".newer-" not in p.name and p.is_file()} == {"mine"}
    assert len(list(work.rglob("*.newer-*"))) == 2
    again = subprocess.run(
        [sys.executable, "-m", "autograder.copies", source.parent, work], capture_output=True, text=True, check=True
    )
    assert again.stdout == ""


def test_make_lab_runs_it():
    assert "-m autograder.copies exercises work" in (ROOT / "Makefile").read_text()
