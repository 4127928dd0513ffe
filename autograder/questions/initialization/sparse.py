"""sparse: an exact number of zeros in every column, at random rows, and normal numbers elsewhere."""

import math

import numpy as np

from autograder.question import Difference, Property, Question, Tolerance
from autograder.reference import initialization as reference

from . import distributions as tests

# In float32 a normal draw can be exactly 0: Box and Muller's formula starts from one of 2^24 numbers, of which one or a
# few give 0. Of at most 150000 draws, that is less than 0.15 on average, so 11 or more have a probability below 1e-16.
STRAY = 10


def large(rng):
    """rows * sparsity is far from whole, sparsity from one half; more than 100000 numbers that aren't 0."""
    rows = int(rng.integers(290, 300))
    zeros = int(rng.integers(50, 60))  # or one less than that, counted with floor
    sparsity = (zeros - float(rng.uniform(0.6, 0.8))) / rows
    return {"shape": (rows, int(rng.integers(460, 490))), "sparsity": sparsity, "seed": tests.seed(rng), "std": 0.3}


def few_rows(rng):
    """More than half of every column, counted up; the default deviation."""
    rows = int(rng.integers(7, 12))
    zeros = int(rng.integers(rows // 2 + 1, rows - 1))
    return {"shape": (rows, 40), "sparsity": (zeros - float(rng.uniform(0.6, 0.8))) / rows, "seed": tests.seed(rng)}


def small(rng):
    return {"shape": (6, 4), "sparsity": 0.3, "seed": tests.seed(rng)}


def zeros_of(inputs):
    return math.ceil(inputs["shape"][0] * inputs["sparsity"])


def counted(case):
    """A judge: every column has the right number of zeros, and no number is far too large."""
    rows, cols = case.inputs["shape"]
    w = tests.values_of(case.output, (rows, cols))
    if isinstance(w, Difference):
        return w
    more = (w.reshape(rows, cols) == 0).sum(axis=0) - zeros_of(case.inputs)
    if more.min() < 0 or more.sum() > STRAY:
        wrong, kind = int((more != 0).sum()), "more" if more[more != 0][0] > 0 else "fewer"
        return Difference(
            f"{wrong} of {cols} columns have another number of zeros than asked for; the first has {kind}"
        )
    if np.abs(w).max() > 8 * case.inputs.get("std", 0.01):  # for a right answer with a probability below 1e-9
        return Difference("some numbers are more than 8 deviations away from 0")
    return None


def numbers(case):
    """A judge: what isn't 0 is normal, and the rows of the zeros are drawn anew for every column.

    A row has a zero in each of the cols columns with probability p = zeros / rows, independently; so Hoeffding's
    inequality bounds the probability that any row's share is off by t, by 2 rows exp(-2 cols t^2) = ALPHA. That two
    columns of this size have all zeros in the same rows has a probability below 1e-50.
    """
    rows, cols = case.inputs["shape"]
    w = tests.values_of(case.output, (rows, cols))
    if isinstance(w, Difference):
        return w
    w, std = w.reshape(rows, cols), case.inputs["std"]
    zero, p = w == 0, zeros_of(case.inputs) / rows
    if says := tests.doubts(w[~zero], tests.centred_normal_cdf(std), std):
        return Difference(f"of the entries that aren't 0: {says}")
    if len(np.unique(zero, axis=1).T) < cols:
        return Difference("columns have their zeros in the same rows: draw the rows anew for every column")
    if np.abs(zero.mean(axis=1) - p).max() > math.sqrt(math.log(2 * rows / tests.ALPHA) / (2 * cols)):
        return Difference("some rows have too many zeros and some too few: draw the rows of the zeros at random")
    return None


def counts(case):
    """What tells mistakes apart: how many zeros, how they are spread, and the outline of the rest."""
    w = np.asarray(case.output, dtype=np.float64)
    zero, std = w == 0, case.inputs.get("std", 0.01)
    column, row = zero.sum(axis=0), zero.sum(axis=1)
    found = {
        "shape": list(w.shape),
        "columns": [int(column.min()), int(column.max())] if column.min() == column.max() else "vary",
        "rows": [int(row.min()), int(row.max())] if row.min() == row.max() else "vary",
        "all or none": bool(set(row.tolist()) <= {0, w.shape[1]}),
        "share": float(np.log(max(zero.mean(), 1e-9) / (zeros_of(case.inputs) / len(w)))),
        "total": w.size > 100_000 and bool(zero.sum() == zeros_of(case.inputs) * w.shape[1]),
        "first rows": bool(zero[: zeros_of(case.inputs)].all()),
    }
    return found | ({"rest": tests.outline_of(w[~zero], std)} if w.size > 100_000 and not zero.all() else {})


question = Question(
    name="sparse",
    assignment="05_initialization",
    reference=reference.sparse,
    probe=tests.draw,
    result_name="the weight",
    properties=[
        Property(
            "number of zeros",
            1.5,
            few_rows,
            "a matrix with few rows, more than half of them 0 in each column",
            judge=counted,
            fingerprint=counts,
            tolerance=Tolerance(rtol=0.0, atol=0.25, why="for telling mistakes apart: shares vary between draws"),
        ),
        Property(
            "numbers and places",
            1.5,
            large,
            "a matrix with more than 100000 numbers",
            judge=numbers,
            cases=1,
            fingerprint=counts,
            tolerance=tests.TELLING_APART,
        ),
        Property(
            "number of zeros in a large matrix",
            0.5,
            large,
            "a matrix with more than 100000 numbers",
            judge=counted,
            cases=1,
            fingerprint=counts,
            tolerance=tests.TELLING_APART,
        ),
        tests.drawn_again(0.5, small),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="only what is true or false is compared; else see distributions.py"),
    forbids=("torch.nn.init.sparse_", "torch.nn.utils.prune"),
    optional=True,
    stuck="My zeros are off",
)


@question.accepts("ranks of random numbers, for all columns at once")
def sparse(shape, sparsity, rng, std=0.01):
    rank = rng.random(shape).argsort(axis=0).argsort(axis=0)
    return np.where(rank < np.ceil(shape[0] * sparsity), 0, std * rng.standard_normal(shape))


@question.accepts("starts from zeros, fills the others in; float32")
def sparse(shape, sparsity, rng, std=0.01):
    rows, cols = shape
    filled = rows - math.ceil(rows * sparsity)
    w = np.zeros(shape, dtype=np.float32)
    for j in range(cols):
        w[rng.choice(rows, size=filled, replace=False), j] = rng.normal(0, std, filled)
    return w


@question.accepts("shuffles the columns of a matrix whose first rows are 0")
def sparse(shape, sparsity, rng, std=0.01):
    w = rng.normal(0, std, shape)
    w[: -int(-shape[0] * sparsity // 1)] = 0
    return rng.permuted(w, axis=0)


@question.accepts("through torch, seeded from rng")
def sparse(shape, sparsity, rng, std=0.01):
    import torch

    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    rows, cols = shape
    w = torch.randn(rows, cols, generator=generator) * std
    for column in w.T:
        column[torch.randperm(rows, generator=generator)[: math.ceil(rows * sparsity)]] = 0
    return w


question.misconception(
    "rows_for_columns",
    "You counted the zeros of every row. Every column has the same number of them.",
    seen="ml-explore/mlx#3752, where rows and columns are mixed up",
    convention=True,
    replace=(
        "for j in range(cols):\n        w[rng.permutation(rows)[:zeros], j] = 0",
        "for i in range(rows):\n        w[i, rng.permutation(cols)[: math.ceil(cols * sparsity)]] = 0",
    ),
)
question.misconception(
    "by_chance",
    "You set each entry to 0 by chance. Then the number of zeros differs from column to column; it should be the same.",
    seen="ml-explore/mlx#1498, where a Bernoulli mask is proposed",
    replace=(
        "for j in range(cols):\n        w[rng.permutation(rows)[:zeros], j] = 0",
        "w[rng.random(shape) < sparsity] = 0",
    ),
)
question.misconception(
    "over_the_whole_matrix",
    "You chose the zeros from the whole matrix. Choose them column by column, as many in each.",
    seen="pytorch/pytorch#6021, where a faster way is proposed that does so",
    replace=(
        "for j in range(cols):\n        w[rng.permutation(rows)[:zeros], j] = 0",
        "w.ravel()[rng.permutation(w.size)[: zeros * cols]] = 0",
    ),
)
question.misconception(
    "share_of_the_others",
    "You read sparsity as the share of entries that aren't 0. It is the share of zeros.",
    seen="sparsity taken for density",
    replace=("math.ceil(rows * sparsity)", "rows - math.ceil(rows * sparsity)"),
)
question.misconception(
    "rounded_down",
    "You rounded the number of zeros down. Round it up.",
    seen="int(sparsity * rows)",
    replace=("math.ceil(rows * sparsity)", "int(rows * sparsity)"),
)
question.misconception(
    "columns_counted",
    "You computed the number of zeros from the number of columns. A column has as many entries as the matrix has rows.",
    seen="pytorch/pytorch#2130, which mends it",
    replace=("math.ceil(rows * sparsity)", "min(rows, math.ceil(cols * sparsity))"),
)
question.misconception(
    "same_rows",
    "All columns have their zeros in the same rows, so some outputs get nothing at all. Draw the rows anew for every "
    "column.",
    seen="one permutation, drawn before the loop",
    replace=(
        "for j in range(cols):\n        w[rng.permutation(rows)[:zeros], j] = 0",
        "w[rng.permutation(rows)[:zeros]] = 0",
    ),
)
question.misconception(
    "first_rows",
    "Your zeros are always in the first rows. Draw the rows at random, anew for every column.",
    seen="FluxML/Flux.jl#1454, where a reviewer asks for it",
    replace=(
        "for j in range(cols):\n        w[rng.permutation(rows)[:zeros], j] = 0",
        "w[:zeros] = 0",
    ),
)
question.misconception(
    "drawn_with_replacement",
    "You drew the rows with replacement, so some were drawn twice, and the column has too few zeros.",
    seen="rng.integers for the rows",
    replace=("rng.permutation(rows)[:zeros]", "rng.integers(0, rows, zeros)"),
)
question.misconception(
    "variance_for_deviation",
    "You drew with std squared as the deviation. std is the standard deviation itself.",
    seen="the notation N(0, 0.01), which can be read either way",
    replace=("rng.normal(0, std, size=shape)", "rng.normal(0, std**2, size=shape)"),
)
question.misconception(
    "uniform",
    "You drew from a uniform distribution. What isn't 0 should be normal.",
    seen="rng.uniform for the weights",
    replace=("rng.normal(0, std, size=shape)", "rng.uniform(-(3**0.5) * std, 3**0.5 * std, size=shape)"),
)
question.misconception(
    "own_generator",
    "Your weights don't come from rng, so that nobody can repeat them. Draw them with rng's own methods.",
    seen="np.random.randn, beside a generator that is handed in",
    replace=("w = rng.normal(", "rng = np.random\n    w = rng.normal("),
)
