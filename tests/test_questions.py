"""The proof of every question that the course grades, on a few seeds (make test-full takes fifty)."""

import numpy as np
import pytest

from autograder.answers import AnswerBook
from autograder.compare import Tolerance, same
from autograder.course import Course
from autograder.help import SYMPTOMS, entry_for
from autograder.master import Master
from autograder.selftest import SelfTest, prove

COURSE = Course.find()
SEEDS = 3


@pytest.fixture(scope="module")
def books():
    return {a: AnswerBook(COURSE, a) for a in COURSE.assignments}


@pytest.mark.parametrize("name", sorted(COURSE.questions))
def test_question_is_proven(name, books):
    question, report = COURSE.question(name), SelfTest()
    prove(question, books[question.assignment], SEEDS, report)
    assert (
        report.survivors == report.unnamed == report.false_rejections == report.trivial_scores == report.unsteady == []
    )


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(COURSE.questions))
def test_question_is_proven_on_fifty_seeds(name, books):
    question, report = COURSE.question(name), SelfTest()
    prove(question, books[question.assignment], 50, report)
    assert report.clean, report.as_data()


@pytest.mark.parametrize("name", sorted(COURSE.questions))
def test_question_has_what_a_question_needs(name):
    question = COURSE.question(name)
    assert len(question.variants) >= 3, "three accepted variants, different in kind"
    assert len(question.misconceptions) >= 5
    assert question.tolerance.why
    for m in question.misconceptions:
        assert m.seen, f"{m.id} doesn't say where it was seen"
        assert m.says.endswith("."), f"{m.id}: {m.says}"
        assert "def " not in m.says, f"{m.id} tells the student code"


@pytest.mark.parametrize("name", sorted(COURSE.questions))
def test_help_that_messages_point_to_is_in_the_notebook(name):
    question = COURSE.question(name)
    notebook = Master(COURSE.master(question.assignment), COURSE.questions).source_notebook()
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    own = question.stuck if isinstance(question.stuck, dict) else {"": question.stuck}
    assert set(own) <= {p.name for p in question.properties} | {""}
    assert own[""], "help for what no message names"
    for heading in [*own.values(), *SYMPTOMS.values()]:
        assert f"**{heading}.**" in text, f"no entry under Stuck? is called {heading!r}"


def test_messages_that_name_a_symptom_lead_to_its_help():
    heading = "Operands could not be broadcast together"
    assert entry_for("your code raised ValueError: operands could not be broadcast together with", "own") == heading
    assert entry_for("y should be an array of shape (2,), but is None (is a return missing?).", "own") == (
        "My function gives None"
    )
    assert entry_for("y: 3 of 3 values are wrong", "own") == "own"


def test_a_known_mistake_is_known_in_lists_too():
    exact, array = Tolerance(0, 0, "exact"), np.array([1.0, 2.0])
    assert same([[1, 2], 3.0], (array, np.float64(3)), exact)
    assert same(array, [1, 2], exact) and same([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]), exact)
    for other in ([1, 3], [1, 2, 3], [[1, 2]], ["1", "2"], [1, [2]], None, "12", 1.0, []):
        assert not same(array, other, exact)
    for ragged in ((1.0, array), [1, [2]], ["a"]):
        assert not same(None, ragged, exact) and not same("a", ragged, exact) and not same(array, ragged, exact)
