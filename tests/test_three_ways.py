"""One verdict: the same marks and messages from the trusted executor, from plain nbgrader and from a self-check."""

import pytest
from three_ways import ThreeWays

from autograder.course import Course
from autograder.release import load_release

COURSE = Course.find()
SOME = 2  # students of each assignment, since plain nbgrader needs seconds for each; --full takes all

pytestmark = pytest.mark.timeout(1800)  # plain nbgrader needs seconds for each notebook


@pytest.fixture(scope="module", params=COURSE.assignments)
def ways(request, tmp_path_factory):
    most = None if request.config.getoption("--full") else SOME
    return ThreeWays(COURSE, request.param, tmp_path_factory.mktemp("ways"), most)


def test_plain_generate_assignment_makes_the_same_release(ways):
    assert ways.released_by_plain_nbgrader().read_bytes() == load_release(COURSE, ways.assignment).path.read_bytes()


def test_plain_nbgrader_gives_the_same_points_and_messages(ways):
    ways.compare_with_stock()


def test_a_self_check_gives_the_same_points(ways):
    ways.compare_with_self_check(2)


def test_every_answer_gets_the_marks_its_proof_says(ways):
    ways.compare_with_proof()
