"""The trusted executor inside nbgrader itself: its command, and what formgrader's button calls."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import nbformat
import pytest
from courses import ROOT, copy_course
from nbgrader.api import Gradebook, SubmittedAssignment
from traitlets.config import Config

from autograder import adjust, nbgrader_plugin
from autograder.course import ROOT_VARIABLE
from autograder.database import open_database
from autograder.nbgrader_plugin import configure
from autograder.release import load_release, write_source
from autograder.report.pages import write_report
from autograder.samples import load_samples, write_submission
from autograder.settle import Rules, settle_all

ASSIGNMENT = "04_batch_normalization"
STUDENTS = ("perfect", "prints_and_warnings", "syntax_error", "unbiased_variance")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout with a small class in grading/submitted, its source generated and its gradebook made."""
    root = tmp_path_factory.mktemp("checkout")
    course = copy_course(root)
    samples = {s.name: s for s in load_samples(ROOT / "samples" / ASSIGNMENT)}
    for name in STUDENTS:
        write_submission(course, name, ASSIGNMENT, samples[name].text, root / "grading" / "submitted")
    broken = root / "grading" / "submitted" / "broken" / ASSIGNMENT
    broken.mkdir(parents=True)
    (broken / f"{ASSIGNMENT}.ipynb").write_text("no notebook")
    write_source(course, ASSIGNMENT)
    nbgrader(root, "generate_assignment", ASSIGNMENT, "--force")
    return course, samples


def nbgrader(root, *arguments):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root, env=os.environ | {"PATH": path, ROOT_VARIABLE: str(root)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def marks(course):
    with Gradebook(f"sqlite:///{course.root / 'grading' / 'gradebook.db'}") as gradebook:
        return {
            s.student.id: {g.name.removeprefix("graded_"): g.auto_score for n in s.notebooks for g in graded(n)}
            for s in gradebook.assignment_submissions(ASSIGNMENT)
        }


def graded(notebook):
    return [g for g in notebook.grades if g.name.startswith("graded_")]


def test_the_command_gives_trusted_marks(checkout):
    course, samples = checkout
    nbgrader(course.root, "autograde", ASSIGNMENT)
    found = marks(course)
    assert {name: found[name] for name in STUDENTS} == {name: samples[name].expected for name in STUDENTS}
    assert set(found["broken"].values()) == {0}
    (report,) = write_report(course, course.root / "grading").data["assignments"]
    assert "unbiased_variance" in {m["id"] for m in report["misconceptions"]}, "what nbgrader graded can be reported"
    assert [(s["student"], s["status"]) for s in report["not_read"]] == [("broken", "unreadable")]


def test_feedback_by_the_command_shows_the_message(checkout):
    course, _ = checkout
    nbgrader(course.root, "generate_feedback", ASSIGNMENT)
    page = course.root / "grading" / "feedback" / "unbiased_variance" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert "count minus one" in " ".join(page.read_text().split())


def test_decisions_hold_where_nbgrader_grades(checkout):
    """A due date, more time, a penalty and a withdrawn question: our own writer then finds nothing left to change."""
    course, _ = checkout
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("get_config().LatePenalty.percent = 10\n")
    path = course.root / "grading" / "submitted" / "perfect" / ASSIGNMENT / "timestamp.txt"
    path.write_text("2026-03-10 13:00:00 UTC")
    database = open_database(course.root / "grading")
    adjust.set_due(course, database, ASSIGNMENT, adjust.read_time("2026-03-09 12:00"))
    adjust.extend(course, database, "syntax_error", ASSIGNMENT, span=timedelta(days=2))
    adjust.withdraw(course, database, ASSIGNMENT, "layer_norm", "none", "Not covered.")
    nbgrader(course.root, "autograde", ASSIGNMENT, "--student=perfect", "--force")
    nbgrader(course.root, "generate_feedback", ASSIGNMENT, "--student=perfect", "--force")
    with database.book() as book:
        found = {s.student_id: s for s in book.session.query(SubmittedAssignment)}
        assert found["perfect"].late_submission_penalty == pytest.approx(0.2 * found["perfect"].score)
        assert found["perfect"].score == found["perfect"].max_score < 39
        assert found["syntax_error"].extension == timedelta(days=2)
        releases = {ASSIGNMENT: load_release(course, ASSIGNMENT)}
        assert not settle_all(book.session, releases, Rules.of(course, database))
    page = course.root / "grading" / "feedback" / "perfect" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert "2 days begun, 10 % each" in page.read_text()
    adjust.restore_question(course, database, ASSIGNMENT, "layer_norm")


def test_formgraders_button_gives_the_same(checkout, monkeypatch):
    """NbGraderAPI.autograde is what formgrader calls, in its own long-lived process: twice, the second warm."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    course, samples = checkout
    monkeypatch.setenv(ROOT_VARIABLE, str(course.root))
    nbgrader_plugin.shared_processes.cache_clear()
    config = configure(Config())
    config.CourseDirectory.root = str(course.root)
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    for student in ("perfect", "syntax_error"):
        done = api.autograde(ASSIGNMENT, student, force=True)
        assert done["success"], done
    zygote = nbgrader_plugin.shared_processes().zygote.pid
    assert api.autograde(ASSIGNMENT, "perfect", force=True)["success"]
    assert nbgrader_plugin.shared_processes().zygote.pid == zygote
    found = marks(course)
    assert found["perfect"] == samples["perfect"].expected
    assert found["syntax_error"] == samples["syntax_error"].expected
    nbgrader_plugin.shared_processes().close()
    nbgrader_plugin.shared_processes.cache_clear()


def test_what_is_stored_can_be_opened(checkout):
    course, _ = checkout
    for path in (course.root / "grading" / "autograded").rglob("*.ipynb"):
        nbformat.validate(nbformat.read(path, 4))
