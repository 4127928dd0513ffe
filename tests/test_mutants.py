"""Automatic mutants of every solution: a question notices nearly all, and says why it can't notice the others."""

import pytest

from autograder.answers import AnswerBook
from autograder.course import Course
from autograder.mutants import MutantReport, mutants, try_mutants

COURSE = Course.find()


def test_mutants_change_what_runs_and_nothing_else():
    source = 'def f(x: int, y=2):\n    """Adds 1 and 2."""\n    return x + y * 3\n'
    found = {line for line, _ in mutants(source)}
    assert "return x - y * 3" in found
    assert "def f(x: int, y=3):" in found
    assert not any("Adds" in line for line in found)


@pytest.mark.parametrize("name", sorted(n for n, q in COURSE.questions.items() if not q.costly))
def test_mutants_are_killed_or_explained(name):
    question, report = COURSE.question(name), MutantReport()
    try_mutants(question, AnswerBook(COURSE, question.assignment), 2, report)
    assert not report.survivors
    assert report.mutants > 2


def test_an_endless_mutant_counts_as_killed(monkeypatch):
    from autograder import mutants as module

    monkeypatch.setattr(module, "SECONDS", 0.2)
    question = COURSE.question("batch_norm_forward")
    endless = "def batch_norm_forward(*a):\n    while True: pass"
    monkeypatch.setattr(module, "mutants", lambda source: [("while True", endless)])
    report = MutantReport()
    try_mutants(question, AnswerBook(COURSE, question.assignment), 1, report)
    assert (report.mutants, report.killed) == (1, 1)
