"""softplus: torch differentiates through the student's code, and the gradient is graded."""

import numpy as np

from autograder.question import Property, Question, Tolerance


def reference(x, beta):
    import torch

    return torch.nn.functional.softplus(x, beta=beta)


def probe(answer, inputs):
    """The value, and the gradient of a weighted sum of it with respect to x."""
    x = torch.tensor(inputs["x"], dtype=torch.float64, requires_grad=True)  # noqa: F821 (the sandbox provides torch)
    y = answer(x, inputs["beta"])
    (y * torch.tensor(inputs["weights"])).sum().backward()  # noqa: F821
    return y.detach(), x.grad


def ordinary(rng):
    return {"x": rng.normal(0.5, 2, (3, 4)), "weights": rng.uniform(0.5, 2, (3, 4)), "beta": float(rng.uniform(1.5, 3))}


def extreme(rng):
    """Inputs of a size at which exp overflows."""
    x = rng.uniform(500, 900, 5) * [1, -1, 1, -1, 1]
    return {"x": x, "weights": rng.uniform(0.5, 2, 5), "beta": float(rng.uniform(1.5, 3))}


def at_zero(rng):
    """Where the two branches of a case distinction meet."""
    return {"x": np.zeros(4), "weights": rng.uniform(0.5, 2, 4), "beta": float(rng.uniform(1.5, 3))}


question = Question(
    name="softplus",
    assignment="90_kinds_of_answers",
    reference=reference,
    probe=probe,
    outputs=("softplus", "the gradient of x"),
    properties=[
        Property("value and gradient", 2, ordinary, "a matrix x"),
        Property("extreme inputs", 1, extreme, "x in the hundreds"),
        Property("zero", 1, at_zero, "x = 0"),
    ],
    tolerance=Tolerance(rtol=1e-4, atol=1e-6, why="float32 errs by 1e-6; the nearest mistake is off by 1e-2"),
)


@question.accepts("logsumexp over a new axis")
def softplus(x, beta):
    import torch

    z = beta * x
    return torch.logsumexp(torch.stack([z, torch.zeros_like(z)]), 0) / beta


@question.accepts("in float32")
def softplus(x, beta):
    import torch

    z = beta * x.float()
    return torch.logaddexp(z, torch.zeros_like(z)) / beta


@question.accepts("torch's own function")
def softplus(x, beta):
    import torch

    return torch.nn.functional.softplus(x, beta=beta)


@question.accepts("through the log of the sigmoid")
def softplus(x, beta):
    import torch

    return -torch.nn.functional.logsigmoid(-beta * x) / beta


question.misconception(
    "overflows",
    "Your function overflows: exp of a large number is infinite. Take the large part out of the logarithm.",
    seen="log(1 + exp(x)) typed in as it stands",
    source="""
    def softplus(x, beta):
        return torch.log(1 + torch.exp(beta * x)) / beta
    """,
)
question.misconception(
    "not_divided",
    "You forgot to divide by beta at the end.",
    seen="softplus without its beta",
    replace=("zeros_like(x)) / beta", "zeros_like(x))"),
)
question.misconception(
    "beta_forgotten",
    "You left beta out: this is softplus for beta = 1.",
    seen="softplus without its beta",
    source="""
    def softplus(x, beta):
        return torch.logaddexp(x, torch.zeros_like(x))
    """,
)
question.misconception(
    "kink_at_zero",
    "Your gradient is wrong at x = 0 alone: you put two functions with a kink together, and torch takes 0 for the "
    "slope of either.",
    seen="the stable formula with a maximum and an absolute value, differentiated by a program",
    source="""
    def softplus(x, beta):
        z = beta * x
        return (torch.relu(z) + torch.log1p(torch.exp(-torch.abs(z)))) / beta
    """,
)
question.misconception(
    "gradient_cut",
    "Your values are right, but the gradient isn't: a part of the formula was detached from the graph.",
    seen="a .detach() or .data left in a forward pass",
    source="""
    def softplus(x, beta):
        z = beta * x
        return (torch.relu(z) + torch.log1p(torch.exp(-torch.abs(z.detach())))) / beta
    """,
)
