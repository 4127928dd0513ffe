"""one_standard_error_rule: the simplest model that is about as good as the best."""

import math

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import generalization as reference


def graded_errors(rng):
    """Errors (K, M) of models whose means lie at chosen numbers of standard errors above the best one's.

    Every known mistake picks another model. With r the factor by which dividing by K instead of K - 1 shrinks the
    standard error (0.89 to 0.94), they are, from simple to complex: a few far off; within one standard deviation;
    within one standard error of its own; just outside; between r and 1, which is the right one; within r; within 0.55
    (less than the root of K / M, where M stands for K); outside; well within; the best; the worst of those within;
    another within; a bad one.
    """
    K = int(rng.integers(5, 9))
    far = list(rng.uniform(4, 7, int(rng.integers(2, 4))))
    right = (1 + np.sqrt((K - 1) / K)) / 2
    levels = np.array([*far, 1.7, 1.4, 1.04, right, 0.87, 0.52, 1.3, 0.3, 0.0, (1 + right) / 2, 0.4, 3.0])
    best, own = int(np.argmin(levels)), len(far) + 1
    se = np.full(len(levels), 0.1)  # in units of the best model's
    se[best], se[own] = 1.0, 2.0
    z = rng.normal(size=(K, len(levels)))
    z = (z - z.mean(axis=0)) / z.std(axis=0, ddof=1)
    unit = float(rng.uniform(0.05, 0.3))
    return {"errors": rng.uniform(2, 3) + unit * (levels + se * np.sqrt(K) * z)}


def no_spread(rng):
    """Every fold agrees, so the standard error is 0; a simpler model is as good as the one in the middle."""
    worse = list(rng.integers(12, 20, int(rng.integers(2, 5))) / 4)
    errors = [*worse, 2.25, 2.5, 2.25, 2.75, 2.25]
    return {"errors": np.tile(errors, (int(rng.integers(3, 6)), 1))}


question = Question(
    name="one_standard_error_rule",
    assignment="01_generalization",
    reference=reference.one_standard_error_rule,
    result_name="the index",
    properties=[
        Property("value", 2.5, graded_errors, "errors of a dozen models", cases=3),
        Property("no spread", 1, no_spread, "folds that agree, so that the standard error is 0"),
        Property("inputs unharmed", 0.5, graded_errors, "any errors", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=0.0,
        atol=0.0,
        why="the answer is an index; float32 moves the means by 1e-7, and the nearest model is 8e-4 from the limit",
    ),
    stuck="My index is one that I can't explain",
)


@question.accepts("walks from the simplest model up to the first that will do")
def one_standard_error_rule(errors):
    K, M = errors.shape
    means = [sum(errors[:, m].tolist()) / K for m in range(M)]
    best = means.index(min(means))
    spread = sum((e - means[best]) ** 2 for e in errors[:, best].tolist()) / (K - 1)
    limit = means[best] + (spread / K) ** 0.5
    m = 0
    while means[m] > limit:
        m += 1
    return m


@question.accepts("the first index of np.nonzero")
def one_standard_error_rule(errors):
    mean, se = errors.mean(0), errors.std(0, ddof=1) / len(errors) ** 0.5
    best = np.argmin(mean)
    return np.nonzero(mean - mean[best] <= se[best])[0][0]


@question.accepts("the statistics module, and the smallest of a set")
def one_standard_error_rule(errors):
    from statistics import fmean, stdev

    columns = [list(map(float, column)) for column in errors.T]
    means = list(map(fmean, columns))
    low, deviation = min(zip(means, map(stdev, columns), strict=True), key=lambda pair: pair[0])
    return min({i for i, m in enumerate(means) if m <= low + deviation / math.sqrt(len(errors))})


@question.accepts("through torch, in float32")
def one_standard_error_rule(errors):
    import torch

    errors = torch.tensor(errors, dtype=torch.float32)
    deviation, mean = torch.std_mean(errors, dim=0)
    low, best = mean.min(dim=0)
    return int((mean <= low + deviation[best] / errors.shape[0] ** 0.5).int().argmax())


question.misconception(
    "the_best",
    "You returned the model with the lowest mean error. The rule takes the simplest one that is at most one standard "
    "error worse.",
    seen="choosing by argmin, the habit that the rule replaces",
    replace=("np.flatnonzero(mean <= mean[best] + standard_error)[0]", "best"),
)
question.misconception(
    "deviation_for_error",
    "You allowed one standard deviation. The standard error of a mean over K folds is the deviation divided by the "
    "root of K.",
    seen="'one standard deviation rule', in answers on Cross Validated",
    replace=("errors[:, best].std(ddof=1) / np.sqrt(K)", "errors[:, best].std(ddof=1)"),
)
question.misconception(
    "biased_deviation",
    "You divided the squared deviations by K. The deviation is estimated from K folds around their own mean: divide by "
    "K minus 1.",
    seen="np.std, whose default is ddof=0",
    replace=("std(ddof=1)", "std()"),
)
question.misconception(
    "root_of_models",
    "You divided the deviation by the root of the number of models. The mean is over the folds: divide by the root of "
    "their number.",
    seen="len of the wrong axis",
    replace=("np.sqrt(K)", "np.sqrt(errors.shape[1])"),
)
question.misconception(
    "each_models_own",
    "You compared each model with its own standard error. The limit is the same for all: the best model's mean plus "
    "the best model's standard error.",
    seen="error bars that overlap, taken for the rule",
    source="""
    def one_standard_error_rule(errors):
        mean = errors.mean(axis=0)
        standard_error = errors.std(axis=0, ddof=1) / np.sqrt(len(errors))
        return int(np.flatnonzero(mean - standard_error <= mean.min())[0])
    """,
)
question.misconception(
    "most_complex",
    "You returned the last model within the limit. The models go from simple to complex: take the first.",
    seen="a list ordered by the penalty, which goes from complex to simple",
    replace=("standard_error)[0]", "standard_error)[-1]"),
)
question.misconception(
    "largest_error_within",
    "You returned the worst model within the limit. Among those within, the simplest is asked for, not the worst: it "
    "is the order of the models that says which is simpler.",
    seen="the error used as a measure of simplicity",
    replace=(
        "int(np.flatnonzero(mean <= mean[best] + standard_error)[0])",
        "int(np.argmax(np.where(mean <= mean[best] + standard_error, mean, -np.inf)))",
    ),
)
question.misconception(
    "stops_at_the_first_outside",
    "You went from the best model towards simpler ones and stopped at the first outside the limit. A still simpler one "
    "may be within: look at all.",
    seen="a while loop that steps back from the minimum",
    source="""
    def one_standard_error_rule(errors):
        mean = errors.mean(axis=0)
        best = int(np.argmin(mean))
        limit = mean[best] + errors[:, best].std(ddof=1) / np.sqrt(len(errors))
        while best > 0 and mean[best - 1] <= limit:
            best -= 1
        return best
    """,
)
question.misconception(
    "scores",
    "You took the numbers for scores, of which the highest is best. Here they are errors: the lowest is best.",
    seen="scikit-learn, where every score is better when higher",
    convention=True,
    source="""
    def one_standard_error_rule(errors):
        mean = errors.mean(axis=0)
        best = int(np.argmax(mean))
        limit = mean[best] - errors[:, best].std(ddof=1) / np.sqrt(len(errors))
        return int(np.flatnonzero(mean >= limit)[0])
    """,
)
question.misconception(
    "strictly_less",
    "You left out models exactly at the limit. At most one standard error above the best includes it: otherwise there "
    "is none when the standard error is 0.",
    seen="< for <=",
    replace=("mean <= mean[best]", "mean < mean[best]"),
)
question.misconception(
    "sorted_in_place",
    "Your index is right, but you changed the errors that you were given.",
    seen="errors.sort(axis=0), to look at the spread",
    replace=("mean = errors.mean(axis=0)", "errors.sort(axis=0)\n    mean = errors.mean(axis=0)"),
)
