"""orthogonal: orthonormal rows or columns for most points, and for a small one every such matrix equally likely."""

import math

import numpy as np

from autograder.question import Difference, Property, Question, Tolerance
from autograder.reference import initialization as reference

from . import distributions as tests

TOLERANCE = 1e-4  # of a product of two rows, with gain 1: float32 answers are off by about 1e-6
MATRICES = 2500


def tall(rng):
    """More outputs than inputs, a gain of its own."""
    n = int(rng.integers(4, 8))
    return {"shape": (n + int(rng.integers(3, 7)), n), "seed": tests.seed(rng), "gain": float(rng.uniform(1.5, 3))}


def wide(rng):
    """More inputs than outputs, the default gain."""
    n = int(rng.integers(4, 8))
    return {"shape": (n, n + int(rng.integers(3, 7))), "seed": tests.seed(rng)}


def square(rng):
    n = int(rng.integers(5, 9))
    return {"shape": (n, n), "seed": tests.seed(rng), "gain": float(rng.uniform(0.3, 0.7))}


def convolution(rng):
    """More outputs than channels, but fewer than numbers that an output sums over."""
    return {"shape": (int(rng.integers(5, 8)), 4, 2, 3), "seed": tests.seed(rng), "gain": float(rng.uniform(1.5, 3))}


def small(rng):
    return {"shape": (3, 3), "seed": tests.seed(rng)}


def probe_many(answer, inputs):
    """Many small matrices from one generator."""
    rng = np.random.default_rng(inputs["seed"])
    found = [np.asarray(answer(tuple(inputs["shape"]), rng), dtype=float) for _ in range(2500)]
    return np.stack(found)


def matrix_of(case):
    """The weight as a matrix with one row per output, divided by the gain; or a Difference."""
    shape = case.inputs["shape"]
    w = tests.values_of(case.output, shape)
    return w if isinstance(w, Difference) else w.reshape(shape[0], -1) / case.inputs.get("gain", 1.0)


def orthonormal(case):
    """A judge: the fewer of rows and columns are orthonormal, times the gain; and the numbers are drawn."""
    w = matrix_of(case)
    if isinstance(w, Difference):
        return w
    rows, cols = w.shape
    gram, which = (w @ w.T, "rows") if rows <= cols else (w.T @ w, "columns")
    length = np.sqrt(np.diag(gram))
    across = gram - np.diag(np.diag(gram))
    if np.abs(across).max() > TOLERANCE * max(1.0, float(np.diag(gram).max())):
        return Difference(f"the {which} of the weight, as a matrix with one row per output, are not orthogonal")
    if np.abs(length - 1).max() > TOLERANCE:
        return Difference(f"the {which} are orthogonal, but {length.max():.3g} times as long as the gain says")
    if np.mean(np.abs(w) < 1e-9) > 0.5:
        return Difference("the weight is orthogonal, but most of its entries are 0: it should be random")
    return None


def lengths(case):
    """What tells wrong matrices apart: the sizes of rows and columns, and whether they are orthogonal."""
    w = matrix_of(case)
    if isinstance(w, Difference):
        return {"shape": list(np.shape(case.output))}

    def right_angles(v):
        gram = v @ v.T
        return bool(np.abs(gram - np.diag(np.diag(gram))).max() < 1e-3 * np.diag(gram).max())

    def equal(v):
        return bool(v.std() < 1e-3 * v.mean())

    row, column = np.linalg.norm(w, axis=1), np.linalg.norm(w, axis=0)
    return {
        "rows": [right_angles(w), equal(row), round(math.log(row.mean()), 3) if equal(row) else None],
        "columns": [right_angles(w.T), equal(column), round(math.log(column.mean()), 3) if equal(column) else None],
        "sparse": bool(np.mean(np.abs(w) < 1e-9) > 0.3),
    }


def uniform(case):
    """A judge of many 3 x 3 matrices. Every row and column of a uniform one is a uniform direction in space.

    An entry of such a direction is uniform on [-1, 1] (Archimedes' theorem on the sphere and the cylinder), so each
    of the nine places holds independent uniform numbers. Massart's bound holds for every number of matrices: a right
    answer fails with a probability below 9 ALPHA in each case.
    """
    w = np.asarray(case.output, dtype=float)
    if w.shape != (MATRICES, 3, 3) or not np.isfinite(w).all():
        return Difference("a 3 x 3 weight has another shape or isn't finite")
    for i in range(3):
        for j in range(3):
            if tests.p_values((w[:, i, j].clip(-1, 1) + 1) / 2)["shape"] < tests.ALPHA:
                return Difference(
                    f"over many draws, the entry in row {i}, column {j} prefers one sign or size: not every orthogonal "
                    "matrix is equally likely"
                )
    return None


def preferences(case):
    """What tells skewed matrices apart: the means of the nine places, and of their sizes."""
    w = np.asarray(case.output, dtype=float)
    return {"mean": w.mean(axis=0), "size": np.abs(w).mean(axis=0), "same": bool((w == w[0]).all())}


def shaped(name, points, inputs, about):
    return Property(name, points, inputs, about, judge=orthonormal, cases=1, fingerprint=lengths)


question = Question(
    name="orthogonal",
    assignment="05_initialization",
    reference=reference.orthogonal,
    probe=tests.draw,
    result_name="the weight",
    properties=[
        shaped("value", 1.5, tall, "a matrix with more rows than columns"),
        shaped("wide matrices", 1, wide, "a matrix with more columns than rows, with the default gain"),
        shaped("square matrices", 0.5, square, "a square matrix"),
        shaped("convolutions", 1, convolution, "a convolution's weight"),
        Property(
            "every one equally likely",
            0.5,
            small,
            "many small square matrices",
            judge=uniform,
            cases=1,
            fingerprint=preferences,
            probe=probe_many,
            tolerance=Tolerance(
                rtol=0.0,
                atol=0.12,
                why="for telling mistakes apart: a mean of 2500 entries between -1 and 1 differs by 0.12 between two "
                "answers with a probability below 1e-12; known mistakes differ by 0.3 or more",
            ),
        ),
        tests.drawn_again(0.5, small),
    ],
    tolerance=Tolerance(rtol=0.0, atol=2e-3, why="for telling mistakes apart: logarithms of lengths, rounded"),
    forbids=("torch.nn.init.orthogonal_", "scipy.stats.ortho_group"),
    equivalent_mutants={
        "Q = Q / np.sign(np.diag(R))": "dividing by a sign is multiplying by it",
        "if rows <= cols:": "a square matrix may be transposed: its rows and its columns are orthonormal",
    },
    stuck={
        "convolutions": "My weight isn't orthogonal",
        "every one equally likely": "My orthogonal matrices aren't equally likely",
        "": "My weight isn't orthogonal",
    },
)


@question.accepts("Gram and Schmidt, twice over, vector by vector")
def orthogonal(shape, rng, gain=1.0):
    rows, cols = shape[0], int(np.prod(shape[1:]))
    few, many = min(rows, cols), max(rows, cols)
    found = []
    for _ in range(few):
        v = rng.normal(size=many)
        for u in found + found:
            v = v - (u @ v) * u
        found.append(v / np.sqrt(v @ v))
    Q = np.array(found)
    return gain * (Q if rows <= cols else Q.T).reshape(shape)


@question.accepts("the nearest orthonormal matrix, by the singular value decomposition")
def orthogonal(shape, rng, gain=1.0):
    A = rng.standard_normal((shape[0], math.prod(shape[1:])))
    U, _, Vt = np.linalg.svd(A, full_matrices=False)
    return gain * np.reshape(U @ Vt, shape)


@question.accepts("QR with random signs for the columns")
def orthogonal(shape, rng, gain=1.0):
    rows, cols = shape[0], math.prod(shape[1:])
    Q, _ = np.linalg.qr(rng.normal(size=(max(rows, cols), min(rows, cols))))
    Q = Q * rng.choice([-1.0, 1.0], size=Q.shape[1])
    return gain * (Q.T if rows < cols else Q).reshape(shape)


@question.accepts("through torch's QR in float32, seeded from rng")
def orthogonal(shape, rng, gain=1.0):
    import torch

    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    rows, cols = shape[0], math.prod(shape[1:])
    A = torch.randn(rows, cols, generator=generator)
    Q, R = torch.linalg.qr(A if rows >= cols else A.T)
    Q = Q @ torch.diag(torch.diag(R).sign())
    return gain * (Q if rows >= cols else Q.T).reshape(tuple(shape))


question.misconception(
    "signs_of_qr",
    "Your matrices are orthogonal, but not equally likely: QR's routine fixes the signs of the columns in its own way. "
    "Multiply each column by the sign of R's diagonal entry.",
    seen="tensorflow/tensorflow#9429, where a reviewer asks for it",
    replace=("Q = Q * np.sign(np.diag(R))", "Q = Q * 1"),
)
question.misconception(
    "uniform_numbers",
    "Your matrices are orthogonal, but not equally likely: you started from uniform numbers. Only normal ones have no "
    "direction that they prefer.",
    seen="idiap/fast-transformers#87 speaks of QR of a uniformly random matrix",
    replace=("rng.normal(size=(max(rows, cols), min(rows, cols)))", "rng.random((max(rows, cols), min(rows, cols)))"),
)
question.misconception(
    "only_normalized",
    "You made all vectors as long as they should be, but not orthogonal. Random directions are nearly orthogonal only "
    "in very many dimensions.",
    seen="rows divided by their norms",
    replace=(
        "Q, R = np.linalg.qr(rng.normal(size=(max(rows, cols), min(rows, cols))))\n    Q = Q * np.sign(np.diag(R))",
        "Q = rng.normal(size=(max(rows, cols), min(rows, cols)))\n    Q = Q / np.linalg.norm(Q, axis=0)",
    ),
)
question.misconception(
    "wide_not_transposed",
    "For a matrix with more columns than rows, you took the QR decomposition as it is: that gives a square Q. "
    "Decompose the transposed matrix, and transpose back.",
    seen="np.linalg.qr of a wide matrix",
    source="""
    def orthogonal(shape, rng, gain=1.0):
        rows, cols = shape[0], math.prod(shape[1:])
        Q, R = np.linalg.qr(rng.normal(size=(rows, cols)))
        Q = Q * np.sign(np.diag(R))
        return gain * Q.reshape(shape)
    """,
)
question.misconception(
    "gain_ignored",
    "You left the gain out. It multiplies the whole weight.",
    seen="a parameter that is never used",
    replace=("gain * Q.reshape(shape)", "Q.reshape(shape)"),
)
question.misconception(
    "gain_under_the_root",
    "You multiplied by the root of the gain. The gain multiplies the weight itself.",
    seen="the gain taken for a factor of the variance",
    replace=("gain * Q.reshape(shape)", "math.sqrt(gain) * Q.reshape(shape)"),
)
question.misconception(
    "returned_r",
    "You returned R, the triangular factor. The orthogonal one is Q.",
    seen="the two results of qr exchanged",
    source="""
    def orthogonal(shape, rng, gain=1.0):
        rows, cols = shape[0], math.prod(shape[1:])
        n = max(rows, cols)
        R, Q = np.linalg.qr(rng.normal(size=(n, n)))
        return gain * Q[:rows, :cols].reshape(shape)
    """,
)
question.misconception(
    "unit_variance",
    "You scaled the matrix so that its entries have variance 1. An orthogonal weight keeps lengths: its vectors have "
    "length 1, times the gain.",
    seen="the deviation of other schemes, imposed on an orthogonal matrix",
    replace=("gain * Q.reshape(shape)", "gain * (Q / np.sqrt(np.mean(Q**2))).reshape(shape)"),
)
question.misconception(
    "columns_of_the_kernel",
    "For a convolution you laid the weight out with one row per kernel's last axis. The rows belong to the outputs: "
    "the first axis, and everything else behind it.",
    seen="Keras's order, in which the output channels come last",
    convention=True,
    source="""
    def orthogonal(shape, rng, gain=1.0):
        shape = tuple(shape)
        if len(shape) == 2:
            rows, cols = shape
        else:
            rows, cols = math.prod(shape[:-1]), shape[-1]
        Q, R = np.linalg.qr(rng.normal(size=(max(rows, cols), min(rows, cols))))
        Q = Q * np.sign(np.diag(R))
        if rows < cols:
            Q = Q.T
        return gain * Q.reshape(shape)
    """,
)
question.misconception(
    "kernel_by_kernel",
    "For a convolution you made every position of the kernel orthogonal by itself. Take all numbers that one output "
    "sums over as one row.",
    seen="a loop over the kernel's positions",
    source="""
    def orthogonal(shape, rng, gain=1.0):
        rows, cols = shape[0], shape[1]
        w = np.empty((*shape[:2], math.prod(shape[2:])))
        for k in range(w.shape[2]):
            Q, R = np.linalg.qr(rng.normal(size=(max(rows, cols), min(rows, cols))))
            Q = Q * np.sign(np.diag(R))
            w[:, :, k] = Q if rows >= cols else Q.T
        return gain * w.reshape(shape)
    """,
)
question.misconception(
    "identity",
    "You returned the identity. It is orthogonal, but the question asks for a random weight, every one equally likely.",
    seen="np.eye as the simplest orthogonal matrix",
    source="""
    def orthogonal(shape, rng, gain=1.0):
        return gain * np.eye(shape[0], math.prod(shape[1:])).reshape(shape)
    """,
)
question.misconception(
    "own_generator",
    "Your weights don't come from rng, so that nobody can repeat them. Draw them with rng's own methods.",
    seen="np.random.randn, beside a generator that is handed in",
    replace=("rng.normal(", "np.random.normal("),
)
