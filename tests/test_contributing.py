"""CONTRIBUTING's worked question does what the text says: it is taken from there and proven."""

import re
from pathlib import Path

from courses import autograder

from autograder.answers import AnswerBook
from autograder.course import Course
from autograder.mutants import MutantReport, try_mutants
from autograder.selftest import selftest

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()


def worked_example(root):
    """The course of one question that a reader of the section ends up with."""
    section = TEXT.split("\n## A new question in ten minutes\n")[1]
    cells, question = re.findall(r"```python\n(.*?)```", section, re.DOTALL)[:2]
    (root / "solutions").mkdir()
    (root / "questions").mkdir()
    (root / "solutions" / "10_topic.py").write_text('# %% given="imports"\nimport numpy as np\n\n' + cells)
    (root / "questions" / "huber_loss.py").write_text(question.replace("NN_topic", "10_topic"))
    return Course(root)


def test_the_worked_question_is_proven(tmp_path):
    course = worked_example(tmp_path)
    report = selftest(course, seeds=10)
    assert report.clean, report.as_data()
    assert (report.questions, report.variants, report.misconceptions) == (1, 4, 5)


def test_its_mutants_are_killed(tmp_path):
    course = worked_example(tmp_path)
    report = MutantReport()
    try_mutants(course.question("huber_loss"), AnswerBook(course, "10_topic"), 2, report)
    assert report.rate >= 0.95, report.survivors


def test_it_can_be_released(tmp_path):
    done = autograder("release", course=worked_example(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "10_topic: released" in done.stdout
