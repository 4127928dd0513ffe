"""Grading a class, as an instructor does it: through the command, on real folders."""

import csv
import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest
from courses import ROOT, autograder
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.demo import grade_samples, surprises
from autograder.grade import Grader
from autograder.normalise import Unreadable, read_bytes
from autograder.samples import load_samples, write_submission

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The sample class, graded once: (samples, graded submissions, folder)."""
    folder = tmp_path_factory.mktemp("class")
    return *grade_samples(COURSE, folder), folder


@pytest.fixture
def class_of_two(tmp_path):
    samples = {s.name: s for s in load_samples(ROOT / "samples" / ASSIGNMENT)}
    for name in ("perfect", "syntax_error"):
        write_submission(COURSE, name, ASSIGNMENT, samples[name].text, tmp_path / "submitted")
    return tmp_path


def test_every_sample_gets_the_marks_it_expects(graded):
    samples, done, _ = graded
    assert len(samples) >= 8
    assert not surprises(samples, done)


def test_the_gradebook_has_the_same_marks(graded):
    _, done, folder = graded
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for s in done:
            submission = gradebook.find_submission(s.assignment, s.student)
            assert (submission.score, submission.max_score) == (s.score, s.max_score)
            assert s.score == sum(q["points"] for q in s.questions)


def test_a_second_run_starts_no_process(graded, monkeypatch):
    _, done, folder = graded

    def refuse(*_):
        raise AssertionError("a student process was started for an unchanged class")

    monkeypatch.setattr("autograder.grade.shared_processes", refuse)
    again = Grader(COURSE, folder / "submitted", folder).grade(sorted({s.assignment for s in done}))
    assert all(s.cached for s in again)
    assert [(s.student, s.score) for s in again] == [(s.student, s.score) for s in done]


def test_only_what_changed_is_graded_again(class_of_two):
    grader = Grader(COURSE, class_of_two / "submitted", class_of_two)
    assert [s.cached for s in grader.grade([ASSIGNMENT])] == [False, False]
    path = class_of_two / "submitted" / "syntax_error" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("one more thought"))
    nbformat.write(notebook, path)
    assert [(s.student, s.cached) for s in grader.grade([ASSIGNMENT])] == [("perfect", True), ("syntax_error", False)]
    assert [s.cached for s in grader.grade([ASSIGNMENT], regrade=True)] == [False, False]
    assert len(list((class_of_two / "backups").glob("*.db"))) == 2


def test_json_for_programs(class_of_two):
    done = autograder("grade", "--submitted", class_of_two / "submitted", "--out", class_of_two / "out", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) == {"submissions", "seconds", "cached"}
    first = report["submissions"][0]
    wanted = {
        "student",
        "assignment",
        "release",
        "score",
        "max_score",
        "status",
        "needs_manual",
        "seconds",
        "questions",
    }
    assert wanted <= set(first)
    assert first["student"] == "perfect"
    assert first["score"] == first["max_score"] > 0
    assert {"id", "points", "max_points", "status", "misconception", "message", "flags"} <= set(first["questions"][0])


def test_feedback_and_grades_come_back(class_of_two):
    Grader(COURSE, class_of_two / "submitted", class_of_two / "out").grade([ASSIGNMENT])
    assert autograder("feedback", "--out", class_of_two / "out").returncode == 0
    page = class_of_two / "out" / "feedback" / "syntax_error" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert "not defined when this cell runs" in " ".join(page.read_text().split())
    done = autograder("export", "--format", "csv", "--out", class_of_two / "out")
    assert done.returncode == 0
    rows = list(csv.reader((class_of_two / "out" / "grades.csv").read_text().splitlines()))
    assert {"assignment", "student_id", "score", "max_score"} <= set(rows[0])
    assert len(rows) == 3


def test_a_self_learner_sees_the_messages(class_of_two):
    path = class_of_two / "submitted" / "syntax_error" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    before = path.read_bytes()
    done = autograder("check", path)
    assert done.returncode == 0, done.stderr
    assert "not defined when this cell runs" in " ".join(done.stdout.split())
    assert "total:" in done.stdout
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grade", "99_nothing"], "no assignment '99_nothing'"),
        (["grade", "--submitted", "no/such/folder"], "no folder"),
        (["grade", "--submitted", "{class}/submitted", "--student", "nobody"], "nobody"),
        (["grade", "--submitted", "{class}/empty"], "no submissions"),
        (["check", "no_such_notebook.ipynb"], "could not be opened"),
        (["check", "README.md"], "not valid JSON"),
        (["release", "99_nothing"], "no assignment"),
        (["release", "--bundle", "x.zip", "99_nothing"], "no assignment"),
        (["feedback", "--out", "{class}/empty"], "no gradebook"),
        (["export", "--out", "{class}/empty"], "no gradebook"),
        (["export", "--format", "xml", "--out", "{class}/empty"], "no export format"),
        (["selftest", "no_such_question"], "no question"),
        (["selftest", "--seeds", "0"], ""),
        (["grade", "--nonsense"], ""),
    ],
)
def test_misuse_is_one_clear_sentence_and_status_2(arguments, says, class_of_two):
    (class_of_two / "empty").mkdir()
    done = autograder(*[a.format(**{"class": class_of_two}) for a in arguments])
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_link_is_not_followed(class_of_two):
    secret = class_of_two / "elsewhere.ipynb"
    shutil.copy(class_of_two / "submitted" / "perfect" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", secret)
    folder = class_of_two / "submitted" / "linker" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").symlink_to(secret)
    (folder / "notes.txt").symlink_to("/etc/passwd")
    done = Grader(COURSE, class_of_two / "submitted", class_of_two / "out").grade([ASSIGNMENT])
    marks = {s.student: s for s in done}
    assert (marks["linker"].status, marks["linker"].score) == ("unreadable", 0)
    assert "link" in marks["linker"].reason
    assert not list((class_of_two / "out" / "autograded" / "linker").rglob("notes.txt"))
    assert marks["perfect"].score == marks["perfect"].max_score


@pytest.mark.parametrize("make", ["mkdir", "mkfifo"])
def test_what_is_no_file_is_unreadable_and_leaves_nothing_open(make, tmp_path):
    path = tmp_path / f"{ASSIGNMENT}.ipynb"
    getattr(os, make)(path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(Unreadable, match="not a regular file"):
        read_bytes(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
