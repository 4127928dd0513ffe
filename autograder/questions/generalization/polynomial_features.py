"""polynomial_features: the powers of a number, one column each."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import generalization as reference


def numbers(rng):
    """Numbers of both signs, away from 0 and 1, and a degree that is neither N nor N - 1."""
    degree = int(rng.integers(3, 6))
    N = degree + int(rng.integers(3, 5))
    return {"x": rng.uniform(1.2, 2.2, N) * rng.choice([-1, 1, 0.4], N), "degree": degree}


def degree_zero(rng):
    return numbers(rng) | {"degree": 0}


def with_zero(rng):
    """One of the numbers is 0, whose power 0 is 1."""
    inputs = numbers(rng)
    inputs["x"][int(rng.integers(len(inputs["x"])))] = 0.0
    return inputs


def whole_numbers(rng):
    """Integers whose higher powers no 64-bit integer holds."""
    return {"x": rng.permutation(np.arange(6, 13)) * rng.choice([-1, 1], 7), "degree": int(rng.integers(22, 26))}


question = Question(
    name="polynomial_features",
    assignment="01_generalization",
    reference=reference.polynomial_features,
    result_name="the matrix of features",
    properties=[
        Property("value", 1.5, numbers, "numbers of both signs"),
        Property("degree 0", 0.5, degree_zero, "degree 0"),
        Property("zero", 0.5, with_zero, "an x with a 0 in it"),
        Property("whole numbers", 1, whole_numbers, "an x of integers and a high degree"),
        Property("inputs unharmed", 0.5, numbers, "any x", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-6,
        why="float32 answers err by 3e-6 at degree 25; the nearest misconception misses an entry by half of it or more",
    ),
    forbids=("sklearn.preprocessing.PolynomialFeatures",),
    stuck={
        "whole numbers": "It is right for floats, wrong for whole numbers",
        "": "The example passes, the graded cell fails",
    },
)


@question.accepts("multiplies each column by x to get the next")
def polynomial_features(x, degree):
    columns = [np.ones(len(x))]
    for _ in range(degree):
        columns.append(columns[-1] * x)
    return np.column_stack(columns)


@question.accepts("two loops over plain floats, returns nested lists")
def polynomial_features(x, degree):
    return [[float(v) ** j for j in range(degree + 1)] for v in x]


@question.accepts("NumPy's Vandermonde matrix in increasing order")
def polynomial_features(x, degree):
    return np.vander(np.asarray(x, dtype=float), degree + 1, increasing=True)


@question.accepts("in float32 through torch, by cumulative products")
def polynomial_features(x, degree):
    import torch

    x = torch.tensor(x, dtype=torch.float32)
    steps = torch.cat([torch.ones(len(x), 1), x[:, None].expand(-1, degree)], dim=1)
    return steps.cumprod(dim=1)


question.misconception(
    "no_constant",
    "Your features start with x itself. Power 0 belongs to them: a column of ones, the model's intercept.",
    seen="scikit-learn's include_bias=False",
    replace=("np.arange(degree + 1)", "np.arange(1, degree + 1)"),
)
question.misconception(
    "one_power_short",
    "You stopped one power too early. Degree d has d + 1 columns: the powers 0 to d, both included.",
    seen="range(degree)",
    replace=("np.arange(degree + 1)", "np.arange(degree)"),
)
question.misconception(
    "decreasing",
    "Your columns go from the highest power down. Some libraries order them so; here power 0 comes first.",
    seen="np.vander and np.polyfit",
    convention=True,
    replace=("np.arange(degree + 1)", "np.arange(degree, -1, -1)"),
)
question.misconception(
    "transposed",
    "Your matrix has one row per power. Here one row belongs to each example and one column to each power.",
    seen="np.array([x**j for j in ...])",
    replace=("np.asarray(x, dtype=float)[:, None] ** powers", "(np.asarray(x, dtype=float)[:, None] ** powers).T"),
)
question.misconception(
    "multiples",
    "Your columns are multiples of x. Each should be a power: multiply x with itself, not with a number.",
    seen="* for ** in a broadcast product",
    replace=("[:, None] ** powers", "[:, None] * powers"),
)
question.misconception(
    "exponential",
    "You raised the column's number to the power x. It is the other way round: x to the power of the column's number.",
    seen="base and exponent exchanged in np.power",
    replace=("np.asarray(x, dtype=float)[:, None] ** powers", "powers ** np.asarray(x, dtype=float)[:, None]"),
)
question.misconception(
    "one_array_for_all",
    "All your columns are one and the same array, changed after it was stored. Make a new array for each power.",
    seen="an array that is appended to a list and then multiplied in place",
    source="""
    def polynomial_features(x, degree):
        columns, column = [], np.ones(len(x))
        for _ in range(degree + 1):
            columns.append(column)
            column *= x
        return np.stack(columns, axis=1)
    """,
)
question.misconception(
    "whole_numbers_overflow",
    "For an x of integers you computed in integers. Beyond 64 bits these wrap around without a warning: turn x into "
    "floats first.",
    seen="np.vander of integers, and numpy/numpy issues on integer powers that come out negative",
    replace=("np.asarray(x, dtype=float)[:, None]", "x[:, None]"),
)
question.misconception(
    "reshaped_in_place",
    "Your values are right, but you gave the caller's x another shape. Reshaping or indexing makes a new array.",
    seen="x.shape = (-1, 1)",
    replace=("return np.asarray(x, dtype=float)[:, None]", "x.shape = (-1, 1)\n    return x.astype(float)"),
)
