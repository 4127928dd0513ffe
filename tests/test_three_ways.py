"""One verdict: the same marks and messages from the trusted executor, from plain nbgrader and from a self-check."""

import os
import re
import shutil
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.answers import AnswerBook
from autograder.course import Course
from autograder.grade import Grader
from autograder.release import load_release, write_source
from autograder.samples import build
from autograder.selfcheck import check_notebook

COURSE = Course.find()
STOCK = """\
from autograder.nbgrader_plugin import configure

configure(get_config(), trusted=False)
"""


def answers_to(question, book):
    """Every answer to a question that we know, as (label, source): the master's, variants, misconceptions."""
    known = [("master", book.solution_source(question))]
    known += [(v.how, v.source) for v in question.variants]
    return known + [(m.id, book.misconception_source(question, m)) for m in question.misconceptions]


def submissions_of(assignment):
    """Notebooks that between them hold every known answer to every question of an assignment."""
    book = AnswerBook(COURSE, assignment)
    names = [c.name for c in load_release(COURSE, assignment).cells.values() if c.role == "graded"]
    columns = [answers_to(COURSE.question(name), book) for name in names]
    for i, row in enumerate(zip_longest(*columns)):
        cells = []
        for name, column, known in zip(names, columns, row, strict=True):
            _, source = known or column[0]
            first, *others = COURSE.question(name).names
            cells.append(f'# %% answer="{first}"\n{source}\n')
            cells += [f'# %% answer="{other}"\n# defined above\n' for other in others]
        yield f"answers{i:02}", build(COURSE, assignment, "\n".join(cells))


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory):
    """A course folder with stock nbgrader's configuration, and a class that hands in every known answer."""
    root = tmp_path_factory.mktemp("stock")
    shutil.copytree(COURSE.solutions, root / "solutions")
    (root / "nbgrader_config.py").write_text(STOCK)
    for assignment in COURSE.assignments:
        for student, notebook in submissions_of(assignment):
            path = root / "grading" / "submitted" / student / assignment / f"{assignment}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(notebook, path)
    return root


@pytest.fixture(scope="module")
def trusted(class_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("trusted")
    done = Grader(COURSE, class_folder / "grading" / "submitted", out).grade(COURSE.assignments)
    return {(s.student, s.assignment): s for s in done}, out


@pytest.fixture(scope="module")
def stock(class_folder):
    """The same class through nbgrader's own commands, with its own Execute."""
    for assignment in COURSE.assignments:
        write_source(Course(class_folder), assignment)
        run_nbgrader(class_folder, "generate_assignment", assignment, "--force")
        run_nbgrader(class_folder, "autograde", assignment)
    return class_folder / "grading"


def run_nbgrader(root, *arguments):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_plain_generate_assignment_makes_the_same_release(stock):
    for assignment in COURSE.assignments:
        made = stock.parent / "exercises" / assignment / f"{assignment}.ipynb"
        assert made.read_bytes() == load_release(COURSE, assignment).path.read_bytes()


def test_plain_nbgrader_gives_the_same_points_and_messages(trusted, stock):
    marks, out = trusted
    assert marks
    with Gradebook(f"sqlite:///{stock / 'gradebook.db'}") as gradebook:
        for (student, assignment), found in marks.items():
            plain = nbformat.read(stock / "autograded" / student / assignment / f"{assignment}.ipynb", 4)
            ours = nbformat.read(out / "autograded" / student / assignment / f"{assignment}.ipynb", 4)
            for q in found.questions:
                grade = gradebook.find_grade(f"graded_{q['id']}", assignment, assignment, student)
                assert grade.auto_score == q["points"], (student, q, graded_text(plain, q["id"]))
            assert said_by(ours) == said_by(plain), student


def test_a_self_check_gives_the_same_points(trusted, class_folder):
    marks, _ = trusted
    chosen = list(marks.items())
    for (student, assignment), found in chosen[:: max(1, len(chosen) // 4)]:
        path = class_folder / "grading" / "submitted" / student / assignment / f"{assignment}.ipynb"
        report = check_notebook(COURSE, path)
        mine, theirs = (
            [(q["id"], q["points"]) for q in questions] for questions in (report["questions"], found.questions)
        )
        assert mine == theirs


def graded_text(notebook, name):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"graded_{name}":
            return "".join(o.get("text", "") for o in cell.outputs)
    return None


def said_by(notebook):
    """What each graded cell says, without what depends on a student's own inputs: numbers, and so the line breaks
    and which property's message repeats an earlier one's."""
    names = [c.metadata.nbgrader.grade_id for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    said = []
    for name in names:
        text = graded_text(notebook, name.removeprefix("graded_"))
        text = re.sub(r"\n {6}", " ", text)
        text = re.sub(r"\d[\d.e+-]*|\(\d[\d, ]*\)", "#", text)
        said.append(re.sub(r"(?m)^(  \S.* \(# of #\)):.*$", r"\1", text))
    return said


def test_every_answer_gets_the_marks_its_proof_says(trusted):
    marks, _ = trusted
    for assignment in COURSE.assignments:
        book = AnswerBook(COURSE, assignment)
        for name in (n for n, q in COURSE.questions.items() if q.assignment == assignment):
            question = COURSE.question(name)
            for i, (label, _) in enumerate(answers_to(question, book)):
                found = next(q for q in marks[f"answers{i:02}", assignment].questions if q["id"] == name)
                right = i <= len(question.variants)
                assert (found["points"] == question.points) is right, (label, found)
                assert found["misconception"] == ("" if right else label), (label, found)
