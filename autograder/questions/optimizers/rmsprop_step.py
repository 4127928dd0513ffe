"""rmsprop_step: AdaGrad with a memory that fades."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import optimizers

from . import inputs


def matrix(rng):
    shape = inputs.matrix(rng)
    return inputs.parameter(rng, shape) | {
        "state": {"square_avg": rng.uniform(0.5, 3, shape)},
        "lr": float(rng.uniform(0.3, 0.6)),
        "alpha": float(rng.uniform(0.7, 0.85)),
        "eps": 1e-8,
    }


def large_eps(rng):
    return matrix(rng) | {"eps": float(rng.uniform(0.3, 0.6))}


def never_moved(rng):
    return inputs.never_moved(matrix(rng), "square_avg")


def from_start(rng):
    return inputs.training(rng, ("square_avg",))


question = Question(
    name="rmsprop_step",
    assignment="03_optimizers",
    reference=optimizers.rmsprop_step,
    outputs=("param", "state"),
    properties=[
        Property("value", 2, matrix, "a parameter that is a matrix", judge=parts("state", "param")),
        Property(
            "several steps",
            1,
            from_start,
            "four steps from the start with the default alpha and eps",
            probe=inputs.several_steps,
        ),
        Property("eps", 1, large_eps, "an eps about as large as the root", judge=parts("state", "param")),
        Property(
            "zero gradients",
            0.5,
            never_moved,
            "coordinates whose gradients have all been 0, with the default eps",
            judge=parts("state", "param"),
        ),
        Property("inputs unharmed", 0.5, matrix, "any parameter", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="numbers near 1, on which float32 answers are off by 1e-6; the nearest misconception, eps under the root, "
        "is off by more than 1e-2 where eps is large",
    ),
    forbids=("torch.optim.RMSprop",),
    stuck={
        "value": "The state is wrong",
        "several steps": "One step is right, several are not",
        "": "The example passes, the graded cell fails",
    },
)


@question.accepts("lists of numbers from zip, with math")
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    import math

    average = [alpha * s + (1 - alpha) * g**2 for s, g in zip(state["square_avg"].ravel(), grad.ravel(), strict=True)]
    moves = [lr * g / (math.sqrt(s) + eps) for g, s in zip(grad.ravel(), average, strict=True)]
    new = np.array([p - m for p, m in zip(param.ravel(), moves, strict=True)])
    return [new.reshape(param.shape), {"square_avg": np.reshape(average, param.shape)}]


@question.accepts("moves the average towards the square, in place on copies")
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    average = np.copy(state["square_avg"])
    average += (1 - alpha) * (grad * grad - average)
    scaled = np.divide(grad, np.sqrt(average) + eps)
    scaled *= -lr
    return np.add(param, scaled), dict(state, square_avg=average)


@question.accepts("in float32, with torch's lerp")
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    import torch

    p, g, s = (torch.tensor(a, dtype=torch.float32) for a in (param, grad, state["square_avg"]))
    s = torch.lerp(g * g, s, alpha)
    return torch.addcdiv(p, g, s.sqrt() + eps, value=-lr), {"square_avg": s}


@question.accepts("torch's own optimizer, in float32, given the average")
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    import torch

    p = torch.tensor(param, dtype=torch.float32, requires_grad=True)
    p.grad = torch.tensor(grad, dtype=torch.float32)
    optimizer = torch.optim.RMSprop([p], lr=lr, alpha=alpha, eps=eps)
    average = torch.tensor(state["square_avg"], dtype=torch.float32)
    optimizer.state[p] = {"step": torch.tensor(1.0), "square_avg": average}
    optimizer.step()
    return p, {"square_avg": optimizer.state[p]["square_avg"]}


question.misconception(
    "weights_exchanged",
    "You gave alpha to the new square. Here, as in torch, it is the weight of the old average; the new square has 1 "
    "minus alpha.",
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
    seen="the R of RMS forgotten",
    replace=("np.sqrt(square_avg)", "square_avg"),
)
question.misconception(
    "adds_like_adagrad",
    "You added the new square at its full size. It has the weight 1 minus alpha, or the average is too large by far.",
    seen="AdaGrad's sum with a decay put on it",
    replace=("(1 - alpha) * grad**2", "grad**2"),
)
question.misconception(
    "never_forgets",
    "You kept the old average at its full size, so it only grows. It fades: its weight is alpha.",
    seen="AdaGrad's sum with a factor on the new square",
    replace=('alpha * state["square_avg"] + (1', 'state["square_avg"] + (1'),
)
question.misconception(
    "averages_the_gradient",
    "You averaged the gradients' sizes. Average their squares, and take the root after.",
    seen="the S of RMS forgotten",
    replace=("grad**2", "np.abs(grad)"),
)
question.misconception(
    "one_average_for_all",
    "You averaged the squares over all coordinates, so that all share one learning rate. Each coordinate has an "
    "average of its own.",
    seen="np.mean(grad**2), for the M of RMS",
    replace=("grad**2", "np.mean(grad**2)"),
)
question.misconception(
    "steps_along_the_average",
    "Your step has the average gradient's size but none of its direction left: the gradient itself stands on top of "
    "the fraction.",
    seen="the root of the average used as the step",
    replace=("step = grad /", "step = np.abs(grad) /"),
)
question.misconception(
    "uphill",
    "You added the step. The gradient points uphill: subtract it.",
    seen="a sign slip",
    replace=("param - lr * step", "param + lr * step"),
)
question.misconception(
    "eps_under_root",
    "You added eps under the root. TensorFlow does; in torch, and here, it is added to the root.",
    seen="pytorch/pytorch#23796, jax-ml/jax#1427 and keras-team/keras#435, on where eps belongs",
    convention=True,
    replace=("(np.sqrt(square_avg) + eps)", "np.sqrt(square_avg + eps)"),
)
question.misconception(
    "eps_left_out",
    "You left eps out. A coordinate whose gradients have all been 0 then gives 0 divided by 0.",
    seen="NaN in parameters that were not used yet",
    replace=("(np.sqrt(square_avg) + eps)", "np.sqrt(square_avg)"),
)
question.misconception(
    "state_not_updated",
    "Your new state still holds the old average. Return the new one.",
    seen="a state that is passed through",
    replace=('{"square_avg": square_avg}', "dict(state)"),
)
question.misconception(
    "state_in_place",
    "Your values are right, but you changed the old average in place. Return a new state, and leave the old one.",
    seen="avg *= alpha",
    replace=(
        'square_avg = alpha * state["square_avg"] + (1 - alpha) * grad**2',
        'square_avg = state["square_avg"]\n    square_avg *= alpha\n    square_avg += (1 - alpha) * grad**2',
    ),
)
question.misconception(
    "param_in_place",
    "Your values are right, but you changed the array param itself. Return a new one.",
    seen="param -= ...",
    replace=("return param - lr * step,", "param -= lr * step\n    return param,"),
)
