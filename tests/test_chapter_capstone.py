"""What the capstone's page says of its data and its two procedures, on the recorded runs."""

import numpy as np
import pytest
from tnn import evidence

from autograder.reference import capstone

pytestmark = pytest.mark.capstone


@pytest.fixture(scope="module")
def reached():
    """Accuracies over the alphabets: reached(procedure, budget=100)."""
    found = evidence.load("09_budget")
    return lambda procedure, budget=100: np.array(found.column("accuracy", procedure=procedure, budget=budget))


def test_points_end_where_the_protocol_said(reached):
    excellent = reached("excellent")
    assert excellent.mean() - 3 * excellent.std(ddof=1) >= capstone.EVERYTHING
    assert excellent.min() > capstone.EVERYTHING, "all points begin below everything that it reached"


def test_the_two_procedures_reach_what_the_page_and_the_notebook_say(reached):
    assert round(reached("modest").mean(), 1) in (0.7, 0.8) and abs(reached("modest").mean() - 0.75) < 0.02
    assert abs(reached("excellent").mean() - 0.95) < 0.01


def test_more_labels_help_both(reached):
    for procedure in ("modest", "excellent"):
        means = [reached(procedure, budget).mean() for budget in (25, 50, 100, 200)]
        assert np.all(np.diff(means) > 0)


def test_the_better_procedure_needs_fewer_labels(reached):
    assert reached("excellent", 25).mean() > reached("modest", 100).mean()


def test_every_part_is_worth_something_on_the_same_alphabets(reached):
    for part in ("no choice", "no copies", "no self-training"):
        lost = reached("excellent") - reached(part)
        assert lost.mean() > 2 * lost.std(ddof=1) / np.sqrt(len(lost)), part


def test_copies_are_worth_most_and_the_choice_steadies(reached):
    assert reached("no copies").mean() < min(reached("no choice").mean(), reached("no self-training").mean())
    assert reached("no choice").std() > reached("excellent").std()
    assert reached("no choice").min() < reached("excellent").min()


def test_twice_the_labels_close_less_than_a_fifth_of_the_gap(reached):
    gap = reached("excellent").mean() - reached("modest").mean()
    assert reached("modest", 200).mean() - reached("modest").mean() < gap / 5


def test_differences_on_the_same_alphabets_spread_less_than_accuracies(reached):
    for one in ("modest", "no choice", "no copies", "no self-training"):
        assert np.std(reached(one) - reached("excellent")) < np.std(reached(one))


def test_a_way_of_writing_a_sign_differs_in_one_point_of_six():
    alphabet = capstone.draw_alphabet(np.random.default_rng(4))
    ends = alphabet[:, :, :, [0, 4, 8]]  # the first and the last point are corners; the middle one depends on all three
    assert np.all((ends[:, 0] != ends[:, 1]).any(-1).any(-1).sum(-1) == 1), "one stroke of two changes"


def test_signs_of_an_alphabet_overlap_by_no_more_than_the_page_says():
    alphabet = capstone.draw_alphabet(np.random.default_rng(5))
    look = np.exp(-((capstone.distances(0.68 * alphabet.reshape(20, 2, 9, 2)) / 0.2) ** 2))
    look /= np.linalg.norm(look, axis=1, keepdims=True)
    sign = np.repeat(np.arange(10), 2)
    assert (look @ look.T)[sign[:, None] != sign].max() < capstone.ALIKE
