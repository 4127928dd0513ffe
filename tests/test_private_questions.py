"""Questions that are kept to oneself: a pack outside the course, named on the command line."""

import json
import shutil

import pytest
from courses import autograder

from autograder.course import Course
from autograder.samples import write_submission

KINDS = Course.find().root / "tests" / "kinds"
ASSIGNMENT, KEPT = "90_kinds_of_answers", "softplus"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A course one of whose questions lies in a pack: (course, pack)."""
    root = tmp_path_factory.mktemp("private")
    for name in ("solutions", "exercises", "questions"):
        shutil.copytree(KINDS / name, root / "course" / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pack").mkdir()
    (root / "course" / "questions" / f"{KEPT}.py").rename(root / "pack" / f"{KEPT}.py")
    return Course(root / "course", [root / "pack"]), root / "pack"


def test_the_release_is_made_with_the_pack_and_not_without(kept):
    course, pack = kept
    done = autograder("release", "--check", "--questions", pack, course=course)
    assert done.returncode == 0, done.stderr
    done = autograder("release", "--check", course=course)
    assert done.returncode == 1
    assert KEPT in done.stderr


def test_a_class_is_graded_with_the_pack(kept, tmp_path):
    course, pack = kept
    write_submission(course, "ann", ASSIGNMENT, f'# %% solution="{KEPT}"\n', tmp_path / "submitted")
    places = ("--submitted", tmp_path / "submitted", "--out", tmp_path / "out")
    done = autograder("grade", *places, "--questions", pack, "--json", course=course)
    assert done.returncode == 0, done.stderr
    (graded,) = json.loads(done.stdout)["submissions"]
    points = {q["id"]: q["points"] for q in graded["questions"]}
    assert points.pop(KEPT) == course.question(KEPT).points
    assert not any(points.values())
    stored = "".join(p.read_text() for p in (tmp_path / "out" / "autograded").rglob("*.ipynb"))
    assert "logsumexp" not in stored  # from the pack alone


def test_a_pack_that_is_not_there_is_an_error(kept, tmp_path):
    done = autograder("grade", "--questions", tmp_path / "nothing", course=kept[0])
    assert done.returncode == 2
    assert "there is no folder" in done.stderr
