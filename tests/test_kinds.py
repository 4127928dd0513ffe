"""Every kind of answer a question can ask for, in a course that only the tests use (tests/kinds)."""

from pathlib import Path

import pytest
from courses import autograder
from three_ways import ThreeWays

from autograder.answers import AnswerBook
from autograder.course import Course
from autograder.mutants import MutantReport, try_mutants
from autograder.selftest import SelfTest, prove

COURSE = Course(Path(__file__).parent / "kinds")
ASSIGNMENT = "90_kinds_of_answers"
NAMES = sorted(COURSE.questions)

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def book():
    return AnswerBook(COURSE, ASSIGNMENT)


def proven(name, book, seeds):
    report = SelfTest()
    prove(COURSE.question(name), book, seeds, report)
    return report


@pytest.mark.parametrize("name", NAMES)
def test_the_kind_is_proven(name, book):
    report = proven(name, book, 3)
    assert report.clean, report.as_data()
    assert report.variants >= 4
    assert report.misconceptions >= 3


@pytest.mark.full
@pytest.mark.parametrize("name", NAMES)
def test_the_kind_is_proven_on_fifty_seeds(name, book):
    report = proven(name, book, 50)
    assert report.clean, report.as_data()


def test_automatic_mutants_are_killed(book):
    report = MutantReport()
    for name in NAMES:
        try_mutants(COURSE.question(name), book, 2, report)
    print(f"{report.killed} of {report.mutants} mutants killed; survivors: {report.survivors}")
    assert report.mutants > 100
    assert report.rate >= 0.95


def test_the_release_is_up_to_date():
    done = autograder("release", "--check", course=COURSE)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def ways(request, tmp_path_factory):
    most = None if request.config.getoption("--full") else 8  # students: plain nbgrader needs seconds for each
    return ThreeWays(COURSE, ASSIGNMENT, tmp_path_factory.mktemp("kinds"), most, seed=7)


def test_every_answer_gets_the_marks_its_proof_says(ways):
    ways.compare_with_proof()


@pytest.mark.full  # two minutes; test_three_ways does the same with the course's own questions
def test_plain_nbgrader_gives_the_same_points_and_messages(ways):
    ways.compare_with_stock()


def test_a_self_check_gives_the_same_points(ways):
    ways.compare_with_self_check(2)
