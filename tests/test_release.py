"""Releases: the same bytes every time, nothing of an answer in them, and no file of a person's overwritten."""

import json
import zipfile

import nbformat
import pytest
from courses import ROOT, autograder, copy_course

from autograder.course import Course, CourseError
from autograder.master import Master, MasterError
from autograder.release import load_release, release, release_path, write_bundle

ASSIGNMENT = "04_batch_normalization"


@pytest.fixture
def course(tmp_path):
    return copy_course(tmp_path)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_committed_releases_are_up_to_date():
    done = autograder("release", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_release_is_the_same_bytes_every_time(course):
    before = release_path(course, ASSIGNMENT).read_bytes()
    release_path(course, ASSIGNMENT).unlink()
    assert release(course, [ASSIGNMENT]) == [ASSIGNMENT]
    assert release_path(course, ASSIGNMENT).read_bytes() == before
    assert release(course, [ASSIGNMENT]) == []


def test_check_changes_nothing_and_says_so(course):
    edit(course.master(ASSIGNMENT), "**Why it matters.**", "**Why it really matters.**")
    before = release_path(course, ASSIGNMENT).read_bytes()
    done = autograder("release", "--check", course=course)
    assert done.returncode == 1
    assert "out of date" in done.stdout
    assert release_path(course, ASSIGNMENT).read_bytes() == before


def test_an_edited_release_is_never_overwritten(course):
    edit(release_path(course, ASSIGNMENT), "raise NotImplementedError", "return 1  # raise NotImplementedError")
    before = release_path(course, ASSIGNMENT).read_bytes()
    done = autograder("release", course=course)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) <= 2
    assert "edited by hand" in done.stderr
    assert release_path(course, ASSIGNMENT).read_bytes() == before


def test_a_release_has_no_line_of_an_answer():
    course = Course.find()
    for assignment in course.assignments:
        master = Master(course.master(assignment), course.questions)
        released = load_release(course, assignment)
        text = "\n".join(c.source for c in released.notebook.cells)
        public = {line.strip() for line in text.splitlines()}
        for cell in (c for c in master.cells if c.role == "answer"):
            body = cell.source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            shipped = [line for line in map(str.strip, body.splitlines()) if len(line) > 12 and line in public]
            assert not shipped, f"{cell.name}: {shipped}"


def test_the_bundle_is_the_release_and_what_it_needs(course, tmp_path):
    first = write_bundle(course, ASSIGNMENT, tmp_path / "a.zip").read_bytes()
    assert write_bundle(course, ASSIGNMENT, tmp_path / "b.zip").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "a.zip") as bundle:
        names = bundle.namelist()
        assert f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb" in names
        assert {n.rpartition(".")[2] for n in names} == {"ipynb", "txt"}
        notebook = json.loads(bundle.read(f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"))
    assert not any(cell.get("outputs") for cell in notebook["cells"])


def test_every_cell_has_an_id_that_does_not_change(course):
    ids = [c.id for c in load_release(course, ASSIGNMENT).notebook.cells]
    assert len(set(ids)) == len(ids)
    edit(course.master(ASSIGNMENT), "**Why it matters.**", "**Why it really matters.**")
    release(course, [ASSIGNMENT])
    kept = {c.id for c in load_release(course, ASSIGNMENT).notebook.cells if "nbgrader" in c.metadata}
    assert kept <= set(ids)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("### BEGIN SOLUTION", "### BEGIN SOLUTOIN", "solution marks"),
        ('# %% graded="batch_norm_forward"', '# %% graded="batch_norm_forwards"', "not both"),
        ('# %% given="imports"', "# %%", "no role"),
        (
            "import numpy as np\n",
            "import numpy as np\n### BEGIN HIDDEN TESTS\n1\n### END HIDDEN TESTS\n",
            "question file",
        ),
        ('# %% visible="batch_norm_forward"', '# %% visible="batch_norm_inference"', "more than one cell"),
    ],
)
def test_a_slip_in_a_master_is_refused(course, old, new, says):
    path = course.master(ASSIGNMENT)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(MasterError, match=says):
        Master(path, course.questions)


def test_a_release_that_is_not_there_is_named(course):
    release_path(course, ASSIGNMENT).unlink()
    with pytest.raises(CourseError, match="run `autograder release"):
        load_release(course, ASSIGNMENT)


def test_committed_notebooks_have_no_outputs():
    for path in (ROOT / "exercises").rglob("*.ipynb"):
        assert not any(c.get("outputs") for c in nbformat.read(path, 4).cells)
