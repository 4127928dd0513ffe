"""classify_critical_point: minimum, maximum, saddle, degenerate, or not critical at all."""

import numpy as np

from autograder.question import Difference, Property, Question, Tolerance
from autograder.reference import optimizers

KINDS = ("not critical", "minimum", "maximum", "saddle", "degenerate")


def hessian(rng, values):
    """A symmetric matrix with these eigenvalues, in a random basis."""
    Q = np.linalg.qr(rng.normal(size=(len(values),) * 2))[0]
    H = Q * np.asarray(values) @ Q.T
    return (H + H.T) / 2


def hidden_saddle(rng, D):
    """A saddle with positive numbers on its diagonal: it goes down along (1, 1, ..., 1), turned a bit."""
    along = np.ones(D) + rng.uniform(-0.1, 0.1, D)
    along /= np.linalg.norm(along)
    return rng.uniform(2, 3) * (np.eye(D) - np.outer(along, along)) - rng.uniform(0.2, 0.4) * np.outer(along, along)


def points(rng, D, matrices):
    return {
        "grads": [np.zeros(D) for _ in matrices],
        "hessians": list(matrices),
    }


def well_behaved(rng):
    """Minima, maxima and saddles whose eigenvalues are far from 0, in three and four dimensions."""
    D = int(rng.integers(3, 5))
    sizes = [rng.uniform(0.5, 3, D) for _ in range(5)]
    two_down = np.where(np.arange(D) < 2, -1, 1)  # the determinant is positive
    one_down = np.where(np.arange(D) < 1, -1, 1)
    matrices = [
        hessian(rng, sizes[0]),
        hessian(rng, -sizes[1]),
        hessian(rng, two_down * sizes[2]),
        hessian(rng, one_down * sizes[3]),
        hidden_saddle(rng, D),
        -hidden_saddle(rng, D),
    ]
    return points(rng, D, matrices)


def not_critical(rng):
    """Gradients just above and just below tol; each entry of the first is below it."""
    D, tol = 4, float(rng.uniform(0.02, 0.05))
    found = points(rng, D, [hessian(rng, sign * rng.uniform(0.5, 3, D)) for sign in (1, -1, 1, -1)])
    grads = [np.full(D, s * tol) * rng.choice([-1, 1], D) for s in (0.7, 0.3, 40, 0.45)]  # norms 1.4, 0.6, 80, 0.9 tol
    return found | {"grads": grads, "tol": tol}


def degenerate(rng):
    """Eigenvalues that are 0 up to round-off, beside positive ones, negative ones, both, or none; the default tol."""
    D = 4
    sizes = rng.uniform(0.5, 3, D)
    values = ([1, 1, 1, 0], [-1, -1, 0, 0], [1, -1, 0, 1], [0, 0, 0, 0], [1, 0, 0, -1], [1, 1, 1, 1])
    return points(rng, D, [hessian(rng, sizes * np.array(v)) for v in values])


def within_tol(rng):
    """Eigenvalues just below and just above a tol of some size."""
    D, tol = 3, float(rng.uniform(0.05, 0.1))
    values = ([1, 1, 0.6 * tol], [1, 1, -0.6 * tol], [-1, -1, 0.6 * tol], [1, 1, 1.5 * tol], [1, 1, -1.5 * tol])
    return points(rng, D, [hessian(rng, v) for v in values]) | {"tol": tol}


def one_dimension(rng):
    """The border as well: a gradient or a curvature of exactly tol, a power of 2, so that nothing is rounded."""
    tol = 2.0 ** -int(rng.integers(3, 7))
    up, down = rng.uniform(1, 2), -rng.uniform(1, 2)
    found = points(rng, 1, [np.array([[v]]) for v in (up, down, 0.0, tol, -tol, up, down)])
    found["grads"][5:] = np.array([tol]), np.array([-tol])
    return found | {"tol": tol}


def probe(answer, inputs):
    """What each of several points is called."""
    more = [inputs["tol"]] if "tol" in inputs else []
    return [answer(g, H, *more) for g, H in zip(inputs["grads"], inputs["hessians"])]  # noqa: B905


def names(case):
    """A judge: every point is called what it is."""
    if not isinstance(case.output, list | tuple) or len(case.output) != len(case.expected):
        return Difference("the function should return a string")
    for found, kind in zip(case.output, case.expected, strict=True):
        if not isinstance(found, str) or str(found) not in KINDS:
            return Difference("the function should return one of the five strings that the text lists")
        if str(found) != kind:
            return Difference(f'a point is called "{found}", and it isn\'t one')
    return None


question = Question(
    name="classify_critical_point",
    assignment="03_optimizers",
    reference=optimizers.classify_critical_point,
    optional=True,
    probe=probe,
    properties=[
        Property("value", 2, well_behaved, "points with eigenvalues far from 0, the gradient being 0", judge=names),
        Property("not critical", 1, not_critical, "gradients a little longer and shorter than tol", judge=names),
        Property("degenerate", 1, degenerate, "points with eigenvalues of 0 up to round-off", judge=names),
        Property("tol", 0.5, within_tol, "eigenvalues a little larger and smaller than tol", judge=names),
        Property(
            "one dimension",
            0.5,
            one_dimension,
            "functions of one parameter, some with a gradient or a curvature of exactly tol",
            judge=names,
        ),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="names, which are right or wrong"),
    stuck="My curvature is wrong",
)


@question.accepts("counts signs in plain Python")
def classify_critical_point(grad, hessian, tol=1e-6):
    if sum(float(g) ** 2 for g in grad) ** 0.5 > tol:
        return "not critical"
    signs = {0 if abs(value) <= tol else (1 if value > 0 else -1) for value in np.linalg.eigvalsh(hessian).tolist()}
    if {1, -1} <= signs:
        return "saddle"
    return {frozenset({1}): "minimum", frozenset({-1}): "maximum"}.get(frozenset(signs), "degenerate")


@question.accepts("smallest and largest eigenvalue alone")
def classify_critical_point(grad, hessian, tol=1e-6):
    if grad @ grad > tol**2:
        return "not critical"
    low, high = np.linalg.eigvalsh(hessian)[[0, -1]]
    if low < -tol and high > tol:
        return "saddle"
    if low > tol:
        return "minimum"
    if high < -tol:
        return "maximum"
    return "degenerate"


@question.accepts("through torch, with a table of names")
def classify_critical_point(grad, hessian, tol=1e-6):
    import torch

    if torch.linalg.vector_norm(torch.tensor(grad)) > tol:
        return "not critical"
    values = torch.linalg.eigvalsh(torch.tensor(hessian))
    lowest, highest = (int(torch.sign(v)) * int(abs(v) > tol) for v in (values.min(), values.max()))
    return {(1, 1): "minimum", (-1, -1): "maximum", (-1, 1): "saddle"}.get((lowest, highest), "degenerate")


@question.accepts("numbers of positive and of negative eigenvalues, as numpy's text")
def classify_critical_point(grad, hessian, tol=1e-6):
    w, D = np.linalg.eigh(hessian)[0], len(hessian)
    up, down = np.count_nonzero(w > tol), np.count_nonzero(w < -tol)
    kinds = [up == D, down == D, up * down > 0]
    name = np.select(kinds, ["minimum", "maximum", "saddle"], "degenerate")
    return np.str_("not critical") if np.sqrt(np.sum(grad**2)) > tol else np.str_(name)


question.misconception(
    "by_the_determinant",
    "You judged by the determinant. That rule is for two parameters: with more, two negative eigenvalues make it "
    "positive again. Look at the eigenvalues.",
    seen="the D-test of a calculus course, used in more dimensions",
    source="""
    def classify_critical_point(grad, hessian, tol=1e-6):
        if np.linalg.norm(grad) > tol:
            return "not critical"
        determinant = np.linalg.det(hessian)
        if abs(determinant) <= tol:
            return "degenerate"
        if determinant < 0 and len(grad) > 1:
            return "saddle"
        return "minimum" if hessian[0, 0] > 0 else "maximum"
    """,
)
question.misconception(
    "by_the_diagonal",
    "You judged by the numbers on the Hessian's diagonal. They say how it curves along the axes; a saddle may go down "
    "between them. Take the eigenvalues.",
    seen="'down one way, up another', tried along the axes only",
    replace=("np.linalg.eigvalsh(hessian)", "np.diag(hessian)"),
)
question.misconception(
    "by_the_trace",
    "You judged by the sum of the eigenvalues. A large positive one hides a small negative one: look at each.",
    seen="the Laplacian's sign, taken for the kind of point",
    source="""
    def classify_critical_point(grad, hessian, tol=1e-6):
        if np.linalg.norm(grad) > tol:
            return "not critical"
        trace = np.trace(hessian)
        if abs(trace) <= tol:
            return "saddle" if np.abs(hessian).max() > tol else "degenerate"
        return "minimum" if trace > 0 else "maximum"
    """,
)
question.misconception(
    "gradient_ignored",
    "You didn't look at the gradient. Where it isn't zero, the point is none of the four, whatever the Hessian is.",
    seen="the second derivative tested before the first",
    replace=("np.linalg.norm(grad) > tol", "False"),
)
question.misconception(
    "gradient_entry_by_entry",
    "You compared the gradient's entries with tol one by one. It is its Euclidean norm that counts.",
    seen="np.allclose(grad, 0), or the largest entry",
    replace=("np.linalg.norm(grad) > tol", "np.any(np.abs(grad) > tol)"),
)
question.misconception(
    "gradient_exactly_zero",
    "You asked for a gradient of exactly zero. Computed gradients never are: a norm up to tol counts as zero.",
    seen="np.any(grad != 0)",
    replace=("np.linalg.norm(grad) > tol", "np.any(grad != 0)"),
)
question.misconception(
    "maximum_and_minimum_exchanged",
    "You exchanged minimum and maximum. Positive curvature in every direction is a valley.",
    seen="f'' > 0 remembered the wrong way round",
    replace=(
        'if up.all():\n        return "minimum"\n    return "maximum" if down.all()',
        'if up.all():\n        return "maximum"\n    return "minimum" if down.all()',
    ),
)
question.misconception(
    "degenerate_first",
    "You called a point degenerate because an eigenvalue is zero, although others have both signs. Those alone make "
    "it a saddle.",
    seen="the zero eigenvalue tested first",
    replace=(
        "if up.any() and down.any():",
        'if not (up | down).all():\n        return "degenerate"\n    if up.any() and down.any():',
    ),
)
question.misconception(
    "zero_counts_as_positive",
    "You called a point a minimum although an eigenvalue is zero. Then second derivatives can't tell: it is "
    "degenerate.",
    seen="'positive semidefinite' for 'positive definite'",
    replace=(
        'if up.all():\n        return "minimum"\n    return "maximum" if down.all()',
        'if not down.any():\n        return "minimum"\n    return "maximum" if not up.any()',
    ),
)
question.misconception(
    "no_tolerance",
    "You compared the eigenvalues with zero itself. Computed ones are off by round-off: those of size up to tol count "
    "as zero.",
    seen="values > 0",
    replace=("values > tol, values < -tol", "values > 0, values < 0"),
)
question.misconception(
    "own_tolerance",
    "You compared the eigenvalues with a fixed small number. It is tol that says what counts as zero.",
    seen="1e-8 written into the code",
    replace=("values > tol, values < -tol", "values > 1e-8, values < -1e-8"),
)
question.misconception(
    "no_maximum",
    "You call everything a saddle that is no minimum. Where all eigenvalues are negative, it is a maximum.",
    seen="losses, which have no maxima worth naming",
    replace=('return "maximum" if down.all()', 'return "saddle" if down.all()'),
)
