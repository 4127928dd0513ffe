"""rmsprop_step: an optimizer's step as a function, whose state is a dictionary that goes in and comes out."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts


def parameter(rng):
    shape = (int(rng.integers(2, 4)), int(rng.integers(4, 6)))
    sign = np.where(rng.random(shape) < 0.5, -1.0, 1.0)
    sign.flat[:2] = -1, 1
    return {
        "param": rng.normal(0.5, 1, shape),
        "grad": sign * rng.uniform(0.4, 1.5, shape),
        "state": {"square_avg": rng.uniform(0.3, 2, shape), "step": int(rng.integers(2, 6))},
        "lr": float(rng.uniform(0.1, 0.3)),
        "alpha": float(rng.uniform(0.7, 0.85)),
        "eps": 1e-8,
    }


def large_eps(rng):
    return parameter(rng) | {"eps": float(rng.uniform(0.3, 0.6))}


def number_by_number(param, grad, state, lr, alpha, eps):
    new, average = np.empty_like(param), np.empty_like(param)
    for i in np.ndindex(param.shape):
        g, v = float(grad[i]), float(state["square_avg"][i])
        average[i] = v + (1 - alpha) * (g * g - v)
        new[i] = param[i] - lr * g / (average[i] ** 0.5 + eps)
    return new, {"square_avg": average, "step": state["step"] + 1}


question = Question(
    name="rmsprop_step",
    assignment="90_kinds_of_answers",
    reference=number_by_number,
    outputs=("param", "state"),
    properties=[
        Property("value", 2, parameter, "a parameter that is a matrix", judge=parts("state", "param")),
        Property("eps", 1, large_eps, "an eps about as large as the root", judge=parts("state", "param")),
        Property("inputs unharmed", 1, parameter, "any parameter", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-5,
        atol=1e-5,
        why="numbers near 1: float32 answers are off by about 1e-7; the nearest misconception, eps under the root, is "
        "off by more than 1e-3 where eps is large, and rightly by less than 1e-7 where eps is 1e-8",
    ),
    forbids=("torch.optim.RMSprop",),
)


@question.accepts("lists of numbers from zip, with math")
def rmsprop_step(param, grad, state, lr, alpha, eps):
    import math

    average = [alpha * v + (1 - alpha) * g**2 for v, g in zip(state["square_avg"].ravel(), grad.ravel(), strict=True)]
    moves = [lr * g / (math.sqrt(v) + eps) for g, v in zip(grad.ravel(), average, strict=True)]
    new = np.array([p - m for p, m in zip(param.ravel(), moves, strict=True)])
    return [new.reshape(param.shape), dict(state, step=state["step"] + 1, square_avg=np.reshape(average, param.shape))]


@question.accepts("on copies, in place")
def rmsprop_step(param, grad, state, lr, alpha, eps):
    param, state = param.copy(), {k: np.copy(v) for k, v in state.items()}
    state["square_avg"] *= alpha
    state["square_avg"] += (1 - alpha) * np.square(grad)
    state["step"] += 1
    scaled = np.divide(grad, np.sqrt(state["square_avg"]) + eps)
    scaled *= -lr
    param += scaled
    return param, state


@question.accepts("torch's own optimizer, in float32, given the state")
def rmsprop_step(param, grad, state, lr, alpha, eps):
    import torch

    p = torch.tensor(param, dtype=torch.float32, requires_grad=True)
    p.grad = torch.tensor(grad, dtype=torch.float32)
    optimizer = torch.optim.RMSprop([p], lr=lr, alpha=alpha, eps=eps)
    average = torch.tensor(state["square_avg"], dtype=torch.float32)
    optimizer.state[p] = {"step": torch.tensor(float(state["step"])), "square_avg": average}
    optimizer.step()
    return p, {"step": optimizer.state[p]["step"], "square_avg": optimizer.state[p]["square_avg"]}


question.misconception(
    "weights_exchanged",
    "You gave alpha to the new square. It is the weight of the old average; the new square has 1 minus alpha.",
    seen="momentum as batch normalization means it",
    convention=True,
    replace=(
        'alpha * state["square_avg"] + (1 - alpha) * grad**2',
        '(1 - alpha) * state["square_avg"] + alpha * grad**2',
    ),
)
question.misconception(
    "old_average",
    "You divided by the root of the old average. Update the average first, then divide by the new one's root.",
    seen="the two lines of the algorithm in the other order",
    replace=("np.sqrt(square_avg)", 'np.sqrt(state["square_avg"])'),
)
question.misconception(
    "no_root",
    "You divided by the average of the squares. Divide by its root: the step shouldn't depend on the gradient's scale.",
    seen="the root in RMS forgotten",
    replace=("np.sqrt(square_avg) + eps", "square_avg + eps"),
)
question.misconception(
    "adagrad",
    "You added the new square at its full size, so the average grows with every step. It has the weight 1 minus alpha.",
    seen="Adagrad's sum with a decay put on it",
    replace=("(1 - alpha) * grad**2", "grad**2"),
)
question.misconception(
    "bias_corrected",
    "You corrected the average for its start at 0. Adam does that; RMSprop doesn't.",
    seen="a step copied from Adam",
    replace=("np.sqrt(square_avg)", 'np.sqrt(square_avg / (1 - alpha ** (state["step"] + 1)))'),
)
question.misconception(
    "step_not_counted",
    "You returned the old number of steps. One more has been taken.",
    seen="a state of which one entry is passed through",
    replace=('state["step"] + 1', 'state["step"]'),
)
question.misconception(
    "eps_under_root",
    "You added eps under the root. It is added to the root.",
    seen="TensorFlow's RMSprop, which has it under the root",
    convention=True,
    replace=("(np.sqrt(square_avg) + eps)", "np.sqrt(square_avg + eps)"),
)
question.misconception(
    "state_in_place",
    "Your values are right, but you changed the old state. Return a new one, and leave the one you were given.",
    seen="state updated as the classes of torch.optim do",
    replace=(
        'return param, {"square_avg": square_avg, "step": state["step"] + 1}',
        'state["square_avg"] = square_avg\n    state["step"] += 1\n    return param, state',
    ),
)
question.misconception(
    "param_in_place",
    "Your values are right, but you changed the array param itself. Return a new one.",
    seen="param -= ...",
    replace=("param = param - lr * grad", "param -= lr * grad"),
)
