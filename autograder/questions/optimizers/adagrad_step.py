"""adagrad_step: each coordinate's step divided by the size of its own past gradients."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import optimizers

from . import inputs


def matrix(rng):
    shape = inputs.matrix(rng)
    return inputs.parameter(rng, shape) | {
        "state": {"square_sum": rng.uniform(0.5, 3, shape)},
        "lr": float(rng.uniform(0.3, 0.6)),
        "eps": 1e-10,
    }


def large_eps(rng):
    return matrix(rng) | {"eps": float(rng.uniform(0.3, 0.6))}


def never_moved(rng):
    return inputs.never_moved(matrix(rng), "square_sum")


def from_start(rng):
    return inputs.training(rng, ("square_sum",))


question = Question(
    name="adagrad_step",
    assignment="03_optimizers",
    reference=optimizers.adagrad_step,
    outputs=("param", "state"),
    properties=[
        Property("value", 2, matrix, "a parameter that is a matrix", judge=parts("state", "param")),
        Property(
            "several steps", 1, from_start, "four steps from the start with the default eps", probe=inputs.several_steps
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
    forbids=("torch.optim.Adagrad",),
    stuck={
        "value": "The state is right, the parameter is wrong",
        "several steps": "One step is right, several are not",
        "": "The example passes, the graded cell fails",
    },
)


@question.accepts("number by number, with math")
def adagrad_step(param, grad, state, lr, eps=1e-10):
    import math

    new, sums = np.array(param, dtype=float), np.array(state["square_sum"], dtype=float)
    for i in np.ndindex(param.shape):
        sums[i] += grad[i] * grad[i]
        new[i] -= lr * float(grad[i]) / (math.sqrt(sums[i]) + eps)
    return new, {"square_sum": sums}


@question.accepts("a learning rate for each coordinate, hypot for the root")
def adagrad_step(param, grad, state, lr, eps=1e-10):
    root = np.hypot(np.sqrt(state["square_sum"]), grad)
    rates = lr / (root + eps)
    return [param - rates * grad, {"square_sum": root**2}]


@question.accepts("in float32, in place on copies")
def adagrad_step(param, grad, state, lr, eps=1e-10):
    param, grad = np.float32(param), np.float32(grad)
    total = np.array(state["square_sum"], dtype=np.float32)
    total += np.square(grad)
    param -= np.float32(lr) * grad / (np.sqrt(total) + np.float32(eps))
    return param, {"square_sum": total}


@question.accepts("torch's own optimizer, given the sum")
def adagrad_step(param, grad, state, lr, eps=1e-10):
    import torch

    p = torch.tensor(param, requires_grad=True)
    p.grad = torch.tensor(grad)
    optimizer = torch.optim.Adagrad([p], lr=lr, eps=eps)
    optimizer.state[p]["sum"] = torch.tensor(state["square_sum"])
    optimizer.step()
    return p, {"square_sum": optimizer.state[p]["sum"]}


question.misconception(
    "no_root",
    "You divided by the sum of the squares. Divide by its root: a step should have no unit of the gradient left.",
    seen="the root forgotten; one of the commonest slips in AdaGrad from scratch",
    replace=("np.sqrt(square_sum)", "square_sum"),
)
question.misconception(
    "old_sum",
    "You divided by the root of the old sum. The new gradient belongs to the sum before you divide.",
    seen="the two lines of the algorithm in the other order",
    replace=("np.sqrt(square_sum)", 'np.sqrt(state["square_sum"])'),
)
question.misconception(
    "one_sum_for_all",
    "You added the squares of all coordinates to every sum, so that a large gradient in one coordinate slows all the "
    "others down. Each coordinate has a sum of its own.",
    seen="the norm of the gradient in place of its squares; 'if one parameter moves a lot, the others are moved more'",
    replace=("grad**2", "np.sum(grad**2)"),
)
question.misconception(
    "not_squared",
    "You summed the gradients' sizes. Sum their squares.",
    seen="np.abs(grad), by memory",
    replace=("grad**2", "np.abs(grad)"),
)
question.misconception(
    "sum_squared",
    "You added the gradient to the sum and squared afterwards, so that the past is squared again at every step. Square "
    "the gradient alone, then add.",
    seen="a bracket too many",
    replace=('state["square_sum"] + grad**2', '(state["square_sum"] + grad) ** 2'),
)
question.misconception(
    "forgets",
    "You averaged the old sum with the new square. That is RMSProp's average; AdaGrad keeps everything.",
    seen="0.9 and 0.1, from the next algorithm in the book",
    replace=('state["square_sum"] + grad**2', '0.9 * state["square_sum"] + 0.1 * grad**2'),
)
question.misconception(
    "this_gradient_only",
    "You divided by the size of this gradient alone, so that only its sign is left. Divide by the root of the sum of "
    "all squares.",
    seen="the sum replaced instead of increased",
    replace=('state["square_sum"] + grad**2', "grad**2"),
)
question.misconception(
    "sign_lost",
    "Your step has lost the gradient's sign: every coordinate moves the same way. The gradient itself stands on top of "
    "the fraction, not its size.",
    seen="the square reused in the numerator's place",
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
    "You added eps under the root. Some libraries do; in torch, and here, it is added to the root.",
    seen="keras-team/keras#17391, on Adagrad and others",
    convention=True,
    replace=("(np.sqrt(square_sum) + eps)", "np.sqrt(square_sum + eps)"),
)
question.misconception(
    "eps_left_out",
    "You left eps out. A coordinate whose gradients have all been 0 then gives 0 divided by 0.",
    seen="NaN in the rows of an embedding whose word hasn't come yet",
    replace=("(np.sqrt(square_sum) + eps)", "np.sqrt(square_sum)"),
)
question.misconception(
    "state_not_updated",
    "Your new state still holds the old sum. Return the new one.",
    seen="a state that is passed through",
    replace=('{"square_sum": square_sum}', "dict(state)"),
)
question.misconception(
    "keeps_the_root",
    "Your new state holds the root of the sum. Keep the sum itself; the root serves for this step alone.",
    seen="one variable used for both",
    replace=('{"square_sum": square_sum}', '{"square_sum": np.sqrt(square_sum)}'),
)
question.misconception(
    "state_in_place",
    "Your values are right, but you changed the old sum in place. Return a new state, and leave the old one.",
    seen="cache += grad**2",
    replace=(
        'square_sum = state["square_sum"] + grad**2',
        'square_sum = state["square_sum"]\n    square_sum += grad**2',
    ),
)
question.misconception(
    "param_in_place",
    "Your values are right, but you changed the array param itself. Return a new one.",
    seen="param -= ...",
    replace=("return param - lr * step,", "param -= lr * step\n    return param,"),
)
