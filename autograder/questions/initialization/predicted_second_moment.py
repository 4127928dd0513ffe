"""predicted_second_moment: an expectation over a normal number of a function that is handed in."""

import numpy as np

from autograder.question import Property, Question, Tolerance
from autograder.reference import initialization as reference


def settings(rng, phi, q):
    return {
        "q": q,
        "phi": phi,
        "sigma_w": float(rng.uniform(1.3, 2)),
        "sigma_b": float(rng.choice([rng.uniform(0.4, 0.7), rng.uniform(1.3, 1.7)])),
    }


def odd(rng):
    """An activation with mean 0."""
    return settings(rng, "tanh", float(rng.choice([rng.uniform(0.3, 0.7), rng.uniform(1.5, 3)])))


def uneven(rng):
    """Activations whose mean isn't 0, one of them with a kink."""
    return settings(rng, str(rng.choice(["relu", "sigmoid", "bump"])), float(rng.uniform(1.5, 4)))


def large(rng):
    return settings(rng, "tanh", float(rng.uniform(7, 10)))


def silent(rng):
    return settings(rng, str(rng.choice(["sigmoid", "bump"])), 0.0)


def probe(answer, inputs):
    """The prediction for an activation that is given by name; `bump` is one that no rule of thumb knows."""
    phi = {
        "tanh": np.tanh,
        "relu": lambda x: np.maximum(x, 0.0),
        "sigmoid": lambda x: 1 / (1 + np.exp(-np.asarray(x))),
        "bump": lambda x: np.exp(-np.square(x)) + 0.3 * np.asarray(x),
    }[inputs["phi"]]
    return answer(inputs["q"], phi, inputs["sigma_w"], inputs["sigma_b"])


question = Question(
    name="predicted_second_moment",
    assignment="05_initialization",
    reference=reference.predicted_second_moment,
    probe=probe,
    result_name="the predicted second moment",
    properties=[
        Property("value", 1.5, odd, "tanh, whose mean is 0", cases=3),
        Property("activations of any mean", 1.5, uneven, "an activation whose mean isn't 0", cases=3),
        Property("large q", 0.5, large, "tanh with a large q"),
        Property("q = 0", 0.5, silent, "q = 0, a layer without a signal"),
    ],
    tolerance=Tolerance(
        rtol=2e-3,
        atol=1e-9,
        why="quadratures with 100 points or more use a tenth of it; the nearest misconception exceeds it ten times",
    ),
    equivalent_mutants={
        "z = np.linspace(-11, 10, 20001)": "beyond 10 deviations lies nothing that counts",
        "z = np.linspace(-10, 11, 20001)": "beyond 10 deviations lies nothing that counts",
        "z = np.linspace(-10, 10, )": "fifty points are few, but enough where phi is smooth, as it is in most draws",
        "z = np.linspace(-10, 10, 20002)": "one point more changes the ninth digit",
    },
    stuck="My predicted second moment is off",
)


@question.accepts("Gauss and Hermite's rule with 120 points")
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    x, w = np.polynomial.hermite.hermgauss(120)
    values = phi(np.sqrt(2 * q) * x) ** 2
    return sigma_w**2 * (w @ values) / np.sqrt(np.pi) + sigma_b**2


@question.accepts("the middle of each of 20000 equally likely slices")
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    from statistics import NormalDist

    z = np.array([NormalDist().inv_cdf((i + 0.5) / 20000) for i in range(20000)])
    return np.mean((sigma_w * phi(q**0.5 * z)) ** 2) + sigma_b * sigma_b


@question.accepts("Simpson's rule, number by number")
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    import math

    def f(z):
        return float(phi(math.sqrt(q) * z)) ** 2 * math.exp(-z * z / 2)

    n, h = 2000, 0.01
    total = sum((4 if i % 2 else 2) * f(-10 + i * h) for i in range(1, n)) + f(-10) + f(10)
    return sigma_w**2 * total * h / 3 / math.sqrt(2 * math.pi) + sigma_b**2


@question.accepts("Riemann sum in float32 through torch")
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    import torch

    z = torch.linspace(-8, 8, 4001)
    a = torch.tensor(phi((z * q**0.5).numpy()))
    p = torch.softmax(-(z**2) / 2, dim=0)
    return sigma_w**2 * torch.sum(p * a**2) + sigma_b**2


question.misconception(
    "variance",
    "You took the variance of the activations: their mean is subtracted. The next layer sums the activations as they "
    "are, so it is the mean of their square that counts.",
    seen="signal and variance taken for the same, which they are for tanh and are not for ReLU; He et al. (2015) point "
    "it out",
    replace=(
        "mean_square = np.sum(phi(np.sqrt(q) * z) ** 2 * density) * (z[1] - z[0])",
        "a = phi(np.sqrt(q) * z)\n"
        "    mean_square = np.sum(a**2 * density) * (z[1] - z[0]) - (np.sum(a * density) * (z[1] - z[0])) ** 2",
    ),
)
question.misconception(
    "square_of_the_mean",
    "You squared the mean of phi. Square first, then take the mean.",
    seen="E[f(z)^2] and E[f(z)]^2 exchanged",
    replace=(
        "np.sum(phi(np.sqrt(q) * z) ** 2 * density) * (z[1] - z[0])",
        "(np.sum(phi(np.sqrt(q) * z) * density) * (z[1] - z[0])) ** 2",
    ),
)
question.misconception(
    "phi_not_squared",
    "You took the mean of phi, not of its square.",
    seen="the exponent lost on the way into code",
    replace=("phi(np.sqrt(q) * z) ** 2", "phi(np.sqrt(q) * z)"),
)
question.misconception(
    "q_for_its_root",
    "You multiplied z by q. A normal number of second moment q is z times the square root of q.",
    seen="a variance handed to a parameter that is a deviation",
    replace=("phi(np.sqrt(q) * z)", "phi(q * z)"),
)
question.misconception(
    "phi_taken_as_linear",
    "You took q out of phi and multiplied the mean by it. That holds for ReLU and for no activation that saturates.",
    seen="the argument for ReLU, applied to tanh",
    replace=("phi(np.sqrt(q) * z) ** 2 * density", "q * phi(z) ** 2 * density"),
)
question.misconception(
    "typical_value",
    "You put the typical size of the signal into phi, without a mean over z. The mean of a function isn't the function "
    "of a mean.",
    seen="back-of-the-envelope estimates",
    replace=(
        "mean_square = np.sum(phi(np.sqrt(q) * z) ** 2 * density) * (z[1] - z[0])",
        "mean_square = float(phi(np.sqrt(q))) ** 2",
    ),
)
question.misconception(
    "sigma_w_not_squared",
    "You multiplied by sigma_w. It is a deviation: its square is the variance that scales a second moment.",
    seen="deviation and variance exchanged",
    replace=("sigma_w**2", "sigma_w"),
)
question.misconception(
    "sigma_b_not_squared",
    "You added sigma_b. It is a deviation: the biases add their variance, its square.",
    seen="deviation and variance exchanged",
    replace=("sigma_b**2", "sigma_b"),
)
question.misconception(
    "bias_forgotten",
    "You left the biases out. They add their variance to every pre-activation.",
    seen="derivations that start with zero biases",
    replace=(" + sigma_b**2", ""),
)
question.misconception(
    "hermite_unscaled",
    "You used Gauss and Hermite's points as they are. They are made for the weight exp(-x^2); for a standard normal "
    "number, multiply them by the square root of 2.",
    seen="numpy.polynomial.hermite.hermgauss, which is the physicists' rule",
    source="""
    def predicted_second_moment(q, phi, sigma_w, sigma_b):
        x, w = np.polynomial.hermite.hermgauss(120)
        return sigma_w**2 * (w @ phi(np.sqrt(q) * x) ** 2) / np.sqrt(np.pi) + sigma_b**2
    """,
)
question.misconception(
    "weights_not_normalized",
    "Your weights don't add up to 1. Divide by the square root of 2 pi, or by the sum of the weights.",
    seen="the normal density quoted without its factor",
    replace=(" / np.sqrt(2 * np.pi)", ""),
)
question.misconception(
    "half_of_the_line",
    "You averaged over positive z only. A pre-activation is as often negative.",
    seen="a grid that starts at 0",
    replace=("np.linspace(-10, 10, 20001)", "np.linspace(0, 10, 20001)"),
)
question.misconception(
    "root_returned",
    "You returned the root. Asked for is the second moment itself, from which the next layer's follows.",
    seen="a deviation plotted where the theory speaks of a second moment",
    replace=("return sigma_w**2 * mean_square + sigma_b**2", "return np.sqrt(sigma_w**2 * mean_square + sigma_b**2)"),
)
