"""newton_step: the damped Newton direction."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import optimizers


def problem(rng, curvatures):
    """A gradient and a Hessian with these eigenvalues, in a random basis."""
    Q = np.linalg.qr(rng.normal(size=(len(curvatures),) * 2))[0]
    H = Q * curvatures @ Q.T
    return {"grad": rng.normal(0, 2, len(curvatures)) + Q @ np.ones(len(curvatures)), "hessian": (H + H.T) / 2}


def bowl(rng):
    D = int(rng.integers(3, 6))
    return problem(rng, rng.uniform(0.5, 4, D)) | {"damping": float(rng.uniform(0.4, 0.9))}


def undamped_bowl(rng):
    return problem(rng, rng.uniform(0.5, 4, int(rng.integers(3, 6))))


def saddle(rng):
    """Curvatures of both signs, none of which the damping brings near 0; the default damping."""
    curvatures = np.append(rng.uniform(0.5, 3, 2), -rng.uniform(1, 3, 2))
    return problem(rng, curvatures)


def damped_saddle(rng):
    return saddle(rng) | {"damping": float(rng.uniform(0.3, 0.6))}


question = Question(
    name="newton_step",
    assignment="03_optimizers",
    reference=optimizers.newton_step,
    optional=True,
    result_name="d",
    properties=[
        Property("value", 2, bowl, "a bowl, with damping"),
        Property("no damping", 0.5, undamped_bowl, "a bowl, with the default damping of 0"),
        Property("saddle", 0.5, saddle, "a saddle, with the default damping of 0"),
        Property("damped saddle", 0.5, damped_saddle, "a saddle, with damping"),
        Property("inputs unharmed", 0.5, bowl, "any gradient and Hessian", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-4,
        why="condition numbers up to 10, on which float32 answers are off by 1e-5; mistakes change d by 1e-2 or more",
    ),
    stuck="My curvature is wrong",
)


@question.accepts("the inverse matrix")
def newton_step(grad, hessian, damping=0.0):
    return -np.linalg.inv(hessian + damping * np.identity(grad.size)).dot(grad)


@question.accepts("by eigenvectors, each curvature raised by the damping")
def newton_step(grad, hessian, damping=0.0):
    values, vectors = np.linalg.eigh(hessian)
    return -vectors @ ((vectors.T @ grad) / (values + damping))


@question.accepts("Gaussian elimination by hand, on lists")
def newton_step(grad, hessian, damping=0.0):
    D = len(grad)
    rows = [[float(v) for v in hessian[i]] + [-float(grad[i])] for i in range(D)]
    for i in range(D):
        rows[i][i] += damping
    for i in range(D):
        best = max(range(i, D), key=lambda k: abs(rows[k][i]))
        rows[i], rows[best] = rows[best], rows[i]
        for k in range(D):
            if k != i:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    return [rows[i][D] / rows[i][i] for i in range(D)]


@question.accepts("in float32 through torch, least squares")
def newton_step(grad, hessian, damping=0.0):
    import torch

    A = torch.tensor(hessian, dtype=torch.float32)
    A = A + torch.diag(torch.full((len(grad),), float(damping)))
    return torch.linalg.lstsq(A, -torch.tensor(grad, dtype=torch.float32)[:, None]).solution[:, 0]


question.misconception(
    "uphill",
    "Your direction has the wrong sign. The parameters move to theta plus d, so d must undo the gradient: the "
    "right-hand side is minus the gradient.",
    seen="solve(H, g), from codes that subtract the step",
    convention=True,
    replace=("-grad)", "grad)"),
)
question.misconception(
    "not_damped",
    "You left the damping out. Add it to the diagonal of the Hessian before you solve.",
    seen="an argument that is accepted and never used",
    replace=("hessian + damping * np.eye(len(grad))", "hessian"),
)
question.misconception(
    "damping_everywhere",
    "You added the damping to every entry of the Hessian. It belongs on the diagonal only.",
    seen="hessian + damping, which NumPy broadcasts",
    replace=("damping * np.eye(len(grad))", "damping"),
)
question.misconception(
    "damping_subtracted",
    "You subtracted the damping. It is added, so that small curvatures are divided by less boldly.",
    seen="a characteristic polynomial, det(H - lambda I), in the back of one's mind",
    replace=("hessian + damping", "hessian - damping"),
)
question.misconception(
    "damping_scaled_by_the_diagonal",
    "You scaled the damping by the Hessian's own diagonal, as Marquardt did. Here it is the same for every coordinate.",
    seen="Marquardt (1963), and many codes for least squares",
    convention=True,
    replace=("damping * np.eye(len(grad))", "damping * np.diag(np.diag(hessian))"),
)
question.misconception(
    "diagonal_only",
    "You divided by the Hessian's diagonal, as if the coordinates didn't depend on each other. Solve with the whole "
    "matrix.",
    seen="a diagonal approximation, or 1 / H taken entry by entry",
    replace=("np.linalg.solve(damped, -grad)", "-grad / np.diag(damped)"),
)
question.misconception(
    "multiplied",
    "You multiplied by the Hessian. Newton's step divides by it: solve the system.",
    seen="H @ g, with the inverse forgotten",
    replace=("np.linalg.solve(damped, -grad)", "-damped @ grad"),
)
question.misconception(
    "saddle_free",
    "You made negative curvatures positive. That is a way around saddles, but not Newton's step: use the Hessian as it "
    "is.",
    seen="saddle-free Newton, of Dauphin and others (2014)",
    replace=(
        "damped = hessian + damping * np.eye(len(grad))",
        "values, vectors = np.linalg.eigh(hessian)\n    damped = vectors * (np.abs(values) + damping) @ vectors.T",
    ),
)
question.misconception(
    "damping_shrinks_the_step",
    "You divided the undamped step by 1 plus the damping. Damping goes into the matrix, where it acts most on flat "
    "directions.",
    seen="'damped Newton' in its other sense, a step length below 1",
    replace=(
        "damped = hessian + damping * np.eye(len(grad))\n    return np.linalg.solve(damped, -grad)",
        "return np.linalg.solve(hessian, -grad) / (1 + damping)",
    ),
)
question.misconception(
    "hessian_in_place",
    "Your values are right, but you added the damping to the caller's Hessian. Make a new matrix.",
    seen="hessian[np.diag_indices(D)] += damping",
    replace=(
        "damped = hessian + damping * np.eye(len(grad))",
        "damped = hessian\n    damped += damping * np.eye(len(grad))",
    ),
)
