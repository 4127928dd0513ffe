"""What counts as the same answer, and what a message may say about one that isn't."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.compare import Tolerance, difference, same
from autograder.grading import read_mark

CLOSE = Tolerance(1e-4, 1e-8, "for these tests")
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, max_side=4)
NUMBERS = st.floats(-1e6, 1e6).filter(lambda v: abs(v) > 1e-3)
ARRAYS = arrays.arrays(np.float64, SHAPES, elements=NUMBERS)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats() | st.text(max_size=5) | st.binary(max_size=5)
    | ARRAYS | arrays.arrays(np.float32, SHAPES) | arrays.arrays(np.bool_, SHAPES) | ARRAYS.map(torch.from_numpy),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)  # fmt: skip
ANYTHING = PLAIN | st.integers(-(10**400), 10**400) | st.lists(st.integers(-(2**70), 2**70), max_size=2)


@given(ARRAYS)
def test_an_answer_is_its_own_equal_however_it_is_held(reference):
    for held in (reference, reference.tolist(), np.array(reference, order="F"), torch.from_numpy(reference.copy()),
                 reference.astype(np.float32)):  # fmt: skip
        assert difference(held, reference, CLOSE) is None


@pytest.mark.parametrize("held", [2.5, np.float64(2.5), np.array(2.5), np.float32(2.5), torch.tensor(2.5)])
def test_a_number_is_a_number_however_it_is_held(held):
    assert difference(held, 2.5, CLOSE) is None


@given(ARRAYS.filter(lambda a: a.size), st.data(), st.sampled_from([math.nan, math.inf, -math.inf]))
def test_what_is_not_finite_never_passes(reference, data, value):
    answer = reference.copy()
    answer.flat[data.draw(st.integers(0, answer.size - 1))] = value
    assert difference(answer, reference, CLOSE)
    assert difference(np.full_like(reference, value), reference, CLOSE)


@given(ARRAYS.filter(lambda a: a.size), st.data(), st.sampled_from([-1, 1]))
def test_one_value_beyond_the_tolerance_is_found_and_within_it_is_not(reference, data, sign):
    index = data.draw(st.integers(0, reference.size - 1))
    room = CLOSE.atol + CLOSE.rtol * abs(reference.flat[index])
    for part, right in ((0.9, True), (1.1, False)):
        answer = reference.copy()
        answer.flat[index] += sign * part * room
        assert (difference(answer, reference, CLOSE) is None) is right


@given(ARRAYS.filter(lambda a: a.size))
def test_nothing_is_broadcast(reference):
    for answer in (reference[None], reference[..., None], np.full(reference.shape + (2,), reference.flat[0])):
        assert difference(answer, reference, CLOSE)
    constant = np.full((3, 2), 1.5)
    assert difference(1.5, constant, CLOSE)
    assert difference(constant[0], constant, CLOSE)


@given(ANYTHING, PLAIN)
def test_any_two_values_can_be_compared(answer, reference):
    found = difference(answer, reference, CLOSE)
    assert found is None or (found.says and "\n" not in found.says[:20])
    assert isinstance(same(answer, reference, CLOSE), bool)
    assert same(reference, reference, CLOSE)


@given(arrays.arrays(np.int64, SHAPES, elements=st.integers(123_457, 987_643)), ANYTHING)
def test_a_message_never_tells_an_expected_number(reference, answer):
    """Expected are numbers of six digits; a message's own numbers (places, sizes, shapes, errors) are shorter."""
    for wanted in (reference, reference * 1.0, (reference * 1.0, 2), {"a": reference}, [str(reference.max(initial=0))]):
        for given_ in (answer, (answer, 2), {"a": answer}, [answer], reference + 1.0):
            found = difference(given_, wanted, CLOSE)
            digits = [str(v)[:4] for v in reference.flat]
            theirs = repr(given_)
            assert not found or not any(d in found.says and d not in theirs for d in digits), found.says


@pytest.mark.parametrize(
    ("answer", "reference", "says"),
    [
        (None, 1.0, "None (is a return missing?)"),
        (np.ones((2, 3)), np.ones((3, 2)), "should have shape (3, 2), but has shape (2, 3)"),
        ([1.0, 2.0], (np.ones(2), np.ones(2)), "should have shape (2,)"),
        ((1.0,), (1.0, 2.0, "a"), "should hold 3 values, but holds 1"),
        (1, True, "should be True or False"),
        ({"a": 1}, {"a": 1, "b": 2}, "lacks 'b'"),
        ("abd", "abc", "wrong at character 2"),
        (np.array([1.0, 5.0]), np.array([1.0, 2.0]), "1 of 2 values are wrong, first at index 1"),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), "contains NaN"),
    ],
)
def test_a_message_says_what_is_wrong(answer, reference, says):
    assert says in difference(answer, reference, CLOSE).says


MARK = {
    "id": "f", "points": 2.0, "max_points": 3.0, "status": "partial", "misconception": "", "message": "no",
    "properties": [], "flags": [], "stuck": "",
}  # fmt: skip


def test_a_sound_mark_is_read():
    assert read_mark(MARK, "f", 3.0).points == 2.0


@pytest.mark.parametrize("points", [math.nan, math.inf, -math.inf, -0.5, 3.5, "3", None, True, [3], 10**400])
def test_points_that_are_none_are_zero(points):
    mark = read_mark(MARK | {"points": points}, "f", 3.0)
    assert (mark.points, mark.status) == (0.0, "unmarkable")


@pytest.mark.parametrize("change", [{"id": "g"}, {"max_points": 30.0}, {"status": 3}, {"message": None},
                                    {"properties": [1]}, {"properties": None}])  # fmt: skip
def test_a_mark_against_its_schema_is_zero(change):
    assert read_mark(MARK | change, "f", 3.0).points == 0.0


@given(ANYTHING)
def test_a_mark_may_be_anything(value):
    for data in (value, MARK | {"points": value}, MARK | {"properties": value}):
        assert 0 <= read_mark(data, "f", 3.0).points <= 3
