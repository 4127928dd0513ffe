"""least_squares_fit: the weights of the smallest squared error, and the smallest such weights."""

import numpy as np

from autograder.compare import to_array
from autograder.question import Difference, Property, Question, Tolerance, inputs_unharmed, same_value
from autograder.reference import generalization as reference


def tall(rng):
    """More examples than features, singular values between 1 and 4, targets that no weights fit."""
    N, D = int(rng.integers(8, 12)), int(rng.integers(3, 5))
    X = with_singular_values(rng, N, rng.uniform(1, 4, D))
    return {"X": X, "y": X @ weights(rng, D) + rng.normal(0, 0.7, N)}


def nearly_dependent(rng):
    """Singular values from 3 down to 3e-9: X^T X is singular to working precision, X is not. y is fitted exactly."""
    N, D = int(rng.integers(9, 13)), 4
    X = with_singular_values(rng, N, 3 * np.array([1, 0.1, 1e-4, 1e-9]))
    return {"X": X, "y": X @ weights(rng, D)}


def wide(rng):
    """Fewer examples than features: many weights fit, one of them is the smallest."""
    N, D = int(rng.integers(4, 6)), int(rng.integers(7, 10))
    X = with_singular_values(rng, D, rng.uniform(1, 4, N)).T
    return {"X": X, "y": rng.uniform(1, 3, N) * rng.choice([-1, 1], N)}


def column_twice(rng):
    """A feature that stands there twice, in large units: what counts as zero must be relative."""
    inputs = tall(rng)
    X, units = inputs["X"], 10.0 ** rng.uniform(6, 7)
    return {"X": np.column_stack([X, X[:, 1]]) * units, "y": inputs["y"] * units}


def with_singular_values(rng, rows, s):
    D = len(s)
    left, right = np.linalg.qr(rng.normal(size=(rows, D)))[0], np.linalg.qr(rng.normal(size=(D, D)))[0]
    return left * s @ right


def weights(rng, D):
    return rng.uniform(1, 3, D) * rng.choice([-1, 1], D)


def probe(answer, inputs):
    """The weights, or that no solution was found, which is the library's way to say that a matrix is singular."""
    try:
        return answer(inputs["X"], inputs["y"])
    except (np.linalg.LinAlgError, torch.linalg.LinAlgError):  # noqa: F821 (the sandbox provides torch)
        return "no solution"


def the_weights(case):
    """A judge: as the reference's, and a matrix that can't be inverted is called that."""
    if isinstance(case.output, str):
        return Difference("your code gave up: it tried to invert a matrix that is singular or not square")
    return same_value(case)


def without_numbers(says):
    """A judge that never tells how wrong w is: a wrong method returns rounding errors, others on each computer."""

    def judge(case):
        found = the_weights(case)
        numbers = to_array(case.output)
        if found and (isinstance(case.output, str) or np.shape(numbers) == np.shape(case.expected)):
            return Difference(says, "w")
        return found

    return judge


def right_or_wrong(case):
    """For the same reason, what tells mistakes apart here is only whether w is right."""
    return the_weights(case) is None


the_smallest = without_numbers("your code gave up, or its w isn't the smallest of the weights that fit best")


question = Question(
    name="least_squares_fit",
    assignment="01_generalization",
    reference=reference.least_squares_fit,
    probe=probe,
    result_name="w",
    properties=[
        Property("value", 1.5, tall, "more examples than features, and independent columns", judge=the_weights),
        Property(
            "nearly dependent columns",
            1,
            nearly_dependent,
            "columns that nearly depend on each other (condition number 1e9)",
            judge=without_numbers("your code gave up, or hardly a digit of w is right"),
            fingerprint=right_or_wrong,
            tolerance=Tolerance(
                rtol=1e-3,
                atol=1e-3,
                why="methods that work on X lose about 1e-7 here, those that work on X^T X lose everything",
            ),
        ),
        Property(
            "more features than examples",
            1,
            wide,
            "more features than examples",
            judge=the_smallest,
            fingerprint=right_or_wrong,
        ),
        Property(
            "a column twice",
            1,
            column_twice,
            "a column that stands there twice, in large units",
            judge=the_smallest,
            fingerprint=right_or_wrong,
        ),
        Property("inputs unharmed", 0.5, tall, "any X and y", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-5,
        atol=1e-5,
        why="correct methods agree to 1e-12 on these inputs; the nearest misconception is off by 1e-2",
    ),
    forbids=(
        "numpy.linalg.lstsq",
        "numpy.linalg.pinv",
        "scipy.linalg.lstsq",
        "scipy.linalg.pinv",
        "torch.linalg.lstsq",
        "torch.linalg.pinv",
        "sklearn.linear_model.LinearRegression",
    ),
    equivalent_mutants={
        "kept = s >= 1e-12 * s.max()": "no singular value is exactly at the limit",
        "U, s, Vt = np.linalg.svd(X, full_matrices=None)": "None is as false as False",
    },
    stuck={
        "value": "The residual should be perpendicular to every column",
        "": "My weights are enormous, or a matrix is singular",
    },
)


@question.accepts("adds up one term per singular value")
def least_squares_fit(X, y):
    U, s, Vt = np.linalg.svd(X)
    w = np.zeros(X.shape[1])
    for i in range(len(s)):
        if s[i] / s[0] > 1e-12:
            w += (U[:, i] @ y) / s[i] * Vt[i]
    return w


@question.accepts("QR first, then the singular values of the small triangle")
def least_squares_fit(X, y):
    Q, R = np.linalg.qr(X)
    U, s, Vt = np.linalg.svd(R, full_matrices=False)
    inverse = np.array([1 / v if v > 1e-12 * max(s) else 0.0 for v in s])
    return Vt.T @ (inverse * (U.T @ (Q.T @ y)))


@question.accepts("from the eigenvectors of the symmetric matrix [[0, X], [X^T, 0]]")
def least_squares_fit(X, y):
    N, D = X.shape
    both = np.block([[np.zeros((N, N)), X], [X.T, np.zeros((D, D))]])
    values, vectors = np.linalg.eigh(both)
    kept = np.abs(values) > 1e-12 * np.abs(values).max()
    solution = vectors[:, kept] @ ((vectors[:, kept].T @ np.concatenate([y, np.zeros(D)])) / values[kept])
    return solution[N:]


@question.accepts("turns pairs of columns until all are perpendicular (Jacobi)")
def least_squares_fit(X, y):
    A, V = X.astype(float).copy(), np.eye(X.shape[1])
    D = len(V)
    for _ in range(30):
        for i in range(D):
            for j in range(i + 1, D):
                a, b, c = A[:, i] @ A[:, i], A[:, j] @ A[:, j], A[:, i] @ A[:, j]
                if abs(c) <= 1e-15 * np.sqrt(a * b) or c == 0:
                    continue
                angle = 0.5 * np.arctan2(2 * c, a - b)
                turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
                A[:, [i, j]] = A[:, [i, j]] @ turn
                V[:, [i, j]] = V[:, [i, j]] @ turn
    s = np.linalg.norm(A, axis=0)
    kept = s > 1e-12 * s.max()
    return V[:, kept] @ ((A[:, kept].T @ y) / s[kept] ** 2)


@question.accepts("through torch's singular values, in float64")
def least_squares_fit(X, y):
    import torch

    U, s, Vh = torch.linalg.svd(torch.from_numpy(X), full_matrices=False)
    inverse = torch.where(s > 1e-12 * s.max(), 1 / s, torch.zeros_like(s))
    return Vh.T @ (inverse * (U.T @ torch.from_numpy(y)))


question.misconception(
    "normal_equations",
    "You solved the normal equations. Where columns depend on each other, X^T X is singular; where they nearly do, "
    "its condition number is the square of X's, and nothing is left of the weights. Use the singular values of X.",
    seen="inv(X.T @ X) @ X.T @ y, the formula of every first course",
    source="""
    def least_squares_fit(X, y):
        return np.linalg.solve(X.T @ X, X.T @ y)
    """,
)
question.misconception(
    "squared_condition",
    "Columns that nearly depend on each other cost you the weights: you went through X^T X, whose condition number is "
    "the square of X's (a pseudo-inverse or a tiny ridge doesn't bring it back), or cut off too many singular values.",
    seen="pinv(X.T @ X) @ X.T @ y",
    source="""
    def least_squares_fit(X, y):
        values, vectors = np.linalg.eigh(X.T @ X)
        kept = values > 1e-12 * values.max()
        return vectors[:, kept] @ ((vectors[:, kept].T @ (X.T @ y)) / values[kept])
    """,
)
question.misconception(
    "triangle_only",
    "Your method needs independent columns. Where there are more features than examples, or a column twice, many "
    "weights fit equally well, and the smallest are asked for.",
    seen="QR and back substitution, which is right for full rank",
    source="""
    def least_squares_fit(X, y):
        Q, R = np.linalg.qr(X)
        return np.linalg.solve(R, Q.T @ y)
    """,
)
question.misconception(
    "zero_not_relative",
    "You divided by a singular value that is zero but for rounding. What counts as zero is relative: smaller than "
    "1e-12 times the largest.",
    seen="1 / s without a limit, or with one that is a fixed number",
    replace=("s > 1e-12 * s.max()", "s > 1e-12"),
)
question.misconception(
    "no_interaction",
    "You fitted each feature by itself. The features share the work: unless the columns are perpendicular, the weights "
    "depend on each other.",
    seen="the slope formula of one variable applied column by column",
    source="""
    def least_squares_fit(X, y):
        return (X.T @ y) / (X**2).sum(axis=0)
    """,
)
question.misconception(
    "ridge",
    "You added a penalty, which makes all weights too small. Plain least squares has none.",
    seen="X.T @ X + I, to get rid of an error about a singular matrix",
    source="""
    def least_squares_fit(X, y):
        return np.linalg.solve(X.T @ X + np.eye(X.shape[1]), X.T @ y)
    """,
)
question.misconception(
    "own_intercept",
    "You added a column of ones. X is complete as it is: whoever wants an intercept has put that column into it.",
    seen="add_constant inside the function",
    replace=(
        "    U, s, Vt = np.linalg.svd(X, full_matrices=False)",
        "    X = np.column_stack([np.ones(len(X)), X])\n    U, s, Vt = np.linalg.svd(X, full_matrices=False)",
    ),
)
question.misconception(
    "centred",
    "You subtracted the means from X and y. That fits an intercept and then throws it away: use X and y as they are.",
    seen="centring, which scikit-learn does when it fits an intercept",
    source="""
    def least_squares_fit(X, y):
        U, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
        kept = s > 1e-12 * s[0]
        return Vt[kept].T @ ((U[:, kept].T @ (y - y.mean())) / s[kept])
    """,
)
question.misconception(
    "predictions",
    "You returned the predictions. What is asked for are the weights, one per column of X.",
    seen="X @ w in the return line",
    replace=("return Vt[kept].T", "return X @ Vt[kept].T"),
)
question.misconception(
    "rows_for_columns",
    "You multiplied by the singular vectors the wrong way round: NumPy's third result is already transposed, its rows "
    "are the vectors.",
    seen="U, s, V = svd(X), as other languages return it",
    source="""
    def least_squares_fit(X, y):
        U, s, V = np.linalg.svd(X)
        r = min(X.shape)
        inverse = np.where(s > 1e-12 * s[0], 1 / s, 0)
        return V[:, :r] @ (inverse * (U[:, :r].T @ y))
    """,
)
question.misconception(
    "in_place",
    "Your weights are right, but you changed X itself. Work on a copy.",
    seen="X *= scale, to be undone later",
    replace=(
        "    U, s, Vt = np.linalg.svd(X, full_matrices=False)",
        "    size = np.linalg.norm(X)\n    X /= size\n    y = y / size\n"
        "    U, s, Vt = np.linalg.svd(X, full_matrices=False)",
    ),
)
