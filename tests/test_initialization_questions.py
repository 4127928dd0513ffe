"""The distribution tests of assignment 5: p-values are uniform, right answers pass, known mistakes have no chance."""

import math

import numpy as np
import pytest
from scipy import stats

from autograder.answers import AnswerBook
from autograder.course import Course
from autograder.kernel import quiet
from autograder.marking import Marker
from autograder.question import Difference
from autograder.questions.initialization import distributions as tests
from autograder.questions.initialization import kaiming_init, orthogonal, sparse, truncated_normal, xavier_init
from autograder.reference import initialization as kernels
from autograder.sandbox.probing import run_probe

pytestmark = pytest.mark.initialization
COURSE = Course.find()
DRAWN = {  # question: the properties that test a distribution
    "xavier_init": ["distribution", "gain"],
    "kaiming_init": ["distribution", "convolution", "slope", "mode"],
    "truncated_normal": ["distribution", "defaults", "beside the mean"],
    "orthogonal": ["every one equally likely"],
    "sparse": ["numbers and places"],
    "init_module": ["weights"],
}
SMALL = {"shape": (50, 80), "fan_in": 80, "fan_out": 50}  # 4000 weights: enough for p-values, if not for a verdict


def ranks(name, rng):
    """A right answer's weights, put through the distribution function that they should have."""
    if name == "xavier_init":
        law, w = xavier_init.law(SMALL), kernels.xavier_uniform(SMALL["shape"], rng)
    elif name == "kaiming_init":
        law, w = kaiming_init.law(SMALL), kernels.kaiming_normal(SMALL["shape"], rng)
    else:
        cut = {"mean": 0.7, "std": 2.0, "a": -0.5, "b": 3.7}
        law, w = truncated_normal.law(SMALL | cut), kernels.truncated_normal(SMALL["shape"], rng, **cut)
    return law["cdf"](w.ravel())


def p_values_are_uniform(name, runs):
    """Each of the four tests, over many right answers: its p-values are uniform, as far as so many runs can tell."""
    rng = np.random.default_rng(17)
    found = [tests.p_values(ranks(name, rng)) for _ in range(runs)]
    for test in found[0]:
        p = [values[test] for values in found]
        # 3 questions with 4 tests each: a sound test fails here with a probability below 12e-5
        assert stats.kstest(p, "uniform").pvalue > 1e-5, (name, test)


@pytest.mark.parametrize("name", ["xavier_init", "kaiming_init", "truncated_normal"])
def test_p_values_are_uniform(name):
    p_values_are_uniform(name, 1000)


@pytest.mark.full
@pytest.mark.parametrize("name", ["xavier_init", "kaiming_init", "truncated_normal"])
def test_p_values_are_uniform_over_ten_thousand_runs(name):
    p_values_are_uniform(name, 10_000)


def test_p_values_of_uniform_numbers_over_ten_thousand_runs():
    """What all questions share, after the distribution function: cheap enough to be tried in full every time."""
    rng = np.random.default_rng(19)
    found = [tests.p_values(rng.random(2000)) for _ in range(10_000)]
    for test in found[0]:
        assert stats.kstest([values[test] for values in found], "uniform").pvalue > 1e-5, test


def test_the_false_alarm_rate_is_as_derived():
    """The numbers in the docstring of distributions.py follow from its bounds."""
    t = stats.norm.isf(tests.ALPHA / 2)
    assert t == pytest.approx(7.13, abs=0.005)
    sub_gaussian = 2 * math.exp(-(t**2) / 2)
    bernstein = 2 * math.exp(-(t**2) / (2 + 2 * t / math.sqrt(50_000)))
    one_matrix = 2 * sub_gaussian + bernstein + tests.ALPHA
    assert sub_gaussian < 1.9e-11 and bernstein < 4.1e-11 and one_matrix < 1e-10
    most = max(sum(p.cases for p in COURSE.question(q).properties if p.name in DRAWN[q]) for q in DRAWN)
    assert max(most, 2) <= 7 and 7 * one_matrix < 1e-9
    assert 9 * tests.ALPHA < 1e-9  # orthogonal's nine places, by Massart's bound


def test_kolmogorovs_law():
    t = np.linspace(0.2, 5, 50)
    np.testing.assert_allclose([tests.kolmogorov(v) for v in t], stats.kstwobign.sf(t), rtol=1e-9, atol=1e-15)


def test_every_matrix_is_large_enough():
    """The bounds are for 100000 weights or more."""
    for seed in range(50):
        for inputs in (xavier_init.plain, xavier_init.with_gain):
            drawn = inputs(np.random.default_rng(seed))
            assert drawn["fan_in"] * drawn["fan_out"] >= 100_000
        for inputs in (kaiming_init.matrix, kaiming_init.convolution, kaiming_init.slope, truncated_normal.uneven):
            assert math.prod(inputs(np.random.default_rng(seed))["shape"]) >= 100_000
        drawn = sparse.large(np.random.default_rng(seed))
        rows, cols = drawn["shape"]
        assert (rows - sparse.zeros_of(drawn)) * cols >= 100_000


@pytest.mark.parametrize(("mean", "std", "a", "b"), [(0, 1, -2, 2), (0.7, 2, -0.5, 3.7), (0.5, 0.4, 0.6, 1.2)])
def test_mean_and_deviation_of_a_truncated_normal(mean, std, a, b):
    law = truncated_normal.law({"shape": (1, 1), "mean": mean, "std": std, "a": a, "b": b})
    expected = stats.truncnorm((a - mean) / std, (b - mean) / std, mean, std)
    assert (law["mean"], law["std"]) == pytest.approx((expected.mean(), expected.std()), rel=1e-9)


@pytest.fixture(scope="module")
def book():
    return AnswerBook(COURSE, "05_initialization")


def rejected(marker, question, misconception):
    """Which of the properties that test a distribution judge a known mistake to be wrong."""
    mark = marker.mark_outcomes(marker.wrong[misconception])
    return {p.name: p.status == "wrong" for p in mark.properties if p.name in DRAWN[question.name]}


def power(name, book, seeds):
    """A known mistake that the distribution tests reject on the first seed, they reject on every seed."""
    question, first = COURSE.question(name), {}
    with quiet():
        for seed in range(seeds):
            marker = Marker(question, book, f"power {seed}", run_probe)
            for m in question.misconceptions:
                found = any(rejected(marker, question, m.id).values())
                assert found == first.setdefault(m.id, found), (name, m.id, seed)
    assert sum(first.values()) >= 2, name


@pytest.mark.parametrize("name", DRAWN)
def test_known_mistakes_have_no_chance(name, book):
    power(name, book, 2)


@pytest.mark.full
@pytest.mark.parametrize("name", DRAWN)
def test_known_mistakes_have_no_chance_on_many_seeds(name, book):
    power(name, book, 50)


LAWS = {"xavier_init": xavier_init.law, "kaiming_init": kaiming_init.law, "truncated_normal": truncated_normal.law}


@pytest.mark.parametrize("name", LAWS)
def test_power_is_at_least_0_999_against_every_known_mistake(name, book):
    """A known mistake that is rejected on one draw would have been rejected on any other.

    Kolmogorov's distance D of n weights differs from its expectation by s or more, to one side, with a probability
    below exp(-2 n s^2) (McDiarmid: one weight moves D by 1 / n at most). Take s = sqrt(log(10000) / (2 n)). If one draw
    has D above the limit by 2 s, the expectation is above it by s (or this draw was one in 10000), and then any other
    draw is above the limit with a probability of 0.9999. And if 100 weights of one draw lie outside the bounds, then
    that another has none is less likely than that. A wrong shape is wrong every time.
    """
    question = COURSE.question(name)
    with quiet():
        marker = Marker(question, book, "power", run_probe)
        certain = {m.id: far_out(name, marker, m.id) for m in question.misconceptions}
        wrong = [m for m in certain if any(rejected(marker, question, m).values())]
    assert len(wrong) >= 8
    assert [m for m in wrong if not certain[m]] == []


def far_out(name, marker, misconception):
    """Whether some property that tests a distribution would reject another draw of this mistake almost surely."""
    for p in DRAWN[name]:
        (inputs,), (outcome,) = marker.cases[p], marker.wrong[misconception][p]
        law = LAWS[name](inputs)
        w = tests.values_of(outcome.value, law["shape"])
        if isinstance(w, Difference):
            return True
        D = stats.kstest(law["cdf"](w), "uniform").statistic
        limit, s = (math.sqrt(math.log(v) / (2 * len(w))) for v in (2 / tests.ALPHA, 10_000))
        low, high = law.get("bounds", (-np.inf, np.inf))
        if limit + 2 * s < D or np.sum((w < low) | (w > high)) > 100:
            return True
    return False


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (xavier_init, xavier_init.plain),
        (kaiming_init, kaiming_init.matrix),
        (truncated_normal, truncated_normal.uneven),
    ],
)
def test_the_power_against_the_a_deviation_off_by_a_tenth_is_at_least_0_999(module, inputs):
    """A deviation wrong by 10 %, less than any known mistake's, is rejected with a probability of 0.999 or more.

    Kolmogorov's distance D of n weights differs from its expectation by s or more with a probability below
    exp(-2 n s^2) (McDiarmid; one weight moves D by 1 / n). So the power is at least 0.999 if the distance between the
    two distribution functions, which D exceeds on average up to sqrt(pi / (2 n)), leaves s = sqrt(log(1000) / (2 n))
    above the limit.
    """
    drawn = inputs(np.random.default_rng(0))
    law = module.law(drawn)
    n, x = math.prod(law["shape"]), np.linspace(-6, 6, 20_001) * law["std"] + law.get("mean", 0)
    stretched = law["cdf"](law.get("mean", 0) + (x - law.get("mean", 0)) / 1.1)
    distance = np.abs(law["cdf"](x) - stretched).max()
    limit = math.sqrt(math.log(2 / tests.ALPHA) / (2 * n))
    assert distance - limit > math.sqrt(math.log(1000) / (2 * n)), (distance, limit)


def test_matrices_with_qrs_own_signs_are_noticed_and_others_are_not():
    """Every p-value of a right answer's nine places is uniform; the signs of QR are far out."""
    rng = np.random.default_rng(23)
    p = []
    for _ in range(60):
        w = np.stack([kernels.orthogonal((3, 3), rng) for _ in range(300)])
        p += [tests.p_values((w[:, i, i] + 1) / 2)["shape"] for i in range(3)]
    assert stats.kstest(p, "uniform").pvalue > 1e-5
    q = np.stack([np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(orthogonal.MATRICES)])
    assert tests.p_values((q[:, 0, 0] + 1) / 2)["shape"] < 1e-300
