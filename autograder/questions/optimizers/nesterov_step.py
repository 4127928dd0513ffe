"""nesterov_step: Nesterov's momentum in the form that libraries use."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import optimizers

from . import inputs


def matrix(rng):
    shape = inputs.matrix(rng)
    return inputs.parameter(rng, shape) | {
        "state": {"velocity": inputs.signed(rng, shape, 0.5, 2)},
        "lr": float(rng.uniform(0.1, 0.3)),
        "momentum": float(rng.uniform(0.6, 0.8)),
    }


def from_rest(rng):
    return inputs.training(rng, ("velocity",))


question = Question(
    name="nesterov_step",
    assignment="03_optimizers",
    reference=optimizers.nesterov_step,
    outputs=("param", "state"),
    properties=[
        Property("value", 2, matrix, "a parameter that is a matrix", judge=parts("state", "param")),
        Property(
            "several steps",
            1,
            from_rest,
            "four steps from rest with the default momentum and a learning rate that falls",
            probe=inputs.several_steps,
        ),
        Property("inputs unharmed", 1, matrix, "any parameter", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="numbers near 1, on which float32 answers are off by 1e-6; the nearest misconception is off by more than "
        "1e-2",
    ),
    forbids=("torch.optim.SGD",),
    stuck={
        "value": "The state is right, the parameter is wrong",
        "several steps": "One step is right, several are not",
        "": "The example passes, the graded cell fails",
    },
)


@question.accepts("number by number")
def nesterov_step(param, grad, state, lr, momentum=0.9):
    new, velocity = np.empty(param.shape), np.empty(param.shape)
    for i in np.ndindex(param.shape):
        velocity[i] = grad[i] + momentum * state["velocity"][i]
        new[i] = param[i] - lr * grad[i] - lr * momentum * velocity[i]
    return new, {"velocity": velocity}


@question.accepts("the step written out in the old velocity")
def nesterov_step(param, grad, state, lr, momentum=0.9):
    old = state["velocity"]
    step = (1 + momentum) * grad + momentum**2 * old
    return [param - lr * step, {"velocity": np.add(np.multiply(momentum, old), grad)}]


@question.accepts("as it is usually written: steps back to the usual iterate, and looks ahead from the new one")
def nesterov_step(param, grad, state, lr, momentum=0.9):
    behind = param + lr * momentum * state["velocity"]
    velocity = momentum * state["velocity"] + grad
    behind = behind - lr * velocity
    return behind - lr * momentum * velocity, {"velocity": velocity}


@question.accepts("torch's own optimizer, in float32, given the velocity")
def nesterov_step(param, grad, state, lr, momentum=0.9):
    import torch

    p = torch.tensor(param, dtype=torch.float32, requires_grad=True)
    p.grad = torch.tensor(grad, dtype=torch.float32)
    optimizer = torch.optim.SGD([p], lr=lr, momentum=momentum, nesterov=True)
    optimizer.state[p] = {"momentum_buffer": torch.tensor(state["velocity"], dtype=torch.float32)}
    optimizer.step()
    return p, {"velocity": optimizer.state[p]["momentum_buffer"]}


question.misconception(
    "plain_momentum",
    "You took a step of plain momentum. Nesterov's step looks ahead: it is the gradient plus momentum times the *new* "
    "velocity.",
    seen="gradient plus momentum times the old velocity: plain momentum again; compare pytorch/pytorch#5920",
    replace=("param - lr * ahead", "param - lr * velocity"),
)
question.misconception(
    "gradient_left_out",
    "Your step is momentum times the velocity alone. The new gradient is added to that.",
    seen="the look-ahead taken for the whole step",
    replace=("ahead = grad + momentum * velocity", "ahead = momentum * velocity"),
)
question.misconception(
    "velocity_twice",
    "Your step adds the whole velocity to its look-ahead. It adds the new gradient, not the velocity.",
    seen="velocity + momentum * velocity, a step of plain momentum and one more",
    replace=("ahead = grad + momentum * velocity", "ahead = velocity + momentum * velocity"),
)
question.misconception(
    "look_ahead_undamped",
    "You added the velocity at its full size. In the step, too, it is multiplied by momentum.",
    seen="the second factor momentum forgotten",
    replace=("grad + momentum * velocity", "grad + velocity"),
)
question.misconception(
    "lr_in_velocity",
    "You put the learning rate into the velocity, as a well-known course does with its v_prev. In torch, and here, the "
    "velocity sums gradients, and the learning rate multiplies the step.",
    seen="CS231n's notes on Nesterov momentum",
    convention=True,
    source="""
    def nesterov_step(param, grad, state, lr, momentum=0.9):
        v_prev = state["velocity"]
        v = momentum * v_prev - lr * grad
        return param - momentum * v_prev + (1 + momentum) * v, {"velocity": v}
    """,
)
question.misconception(
    "average",
    "You gave the new gradient the weight 1 minus momentum in the velocity. In torch, and here, it counts in full.",
    seen="the moving average of other courses; torch calls it dampening, and refuses it with Nesterov",
    convention=True,
    replace=('momentum * state["velocity"] + grad', 'momentum * state["velocity"] + (1 - momentum) * grad'),
)
question.misconception(
    "keeps_the_look_ahead",
    "Your new state holds the step instead of the velocity. Keep momentum times the old velocity plus the gradient; "
    "the look-ahead serves for this step alone.",
    seen="one variable used for both",
    replace=('{"velocity": velocity}', '{"velocity": ahead}'),
)
question.misconception(
    "state_not_updated",
    "Your new state still holds the old velocity. Return the new one.",
    seen="a state that is passed through",
    replace=('{"velocity": velocity}', "dict(state)"),
)
question.misconception(
    "uphill",
    "You added the step. It is made of gradients, which point uphill: subtract it.",
    seen="the sign of the textbook form, in which the velocity holds minus the gradient",
    replace=("param - lr * ahead", "param + lr * ahead"),
)
question.misconception(
    "lr_on_the_gradient_only",
    "Only the gradient's part of your step is multiplied by the learning rate. The velocity's part is, too.",
    seen="two conventions mixed in one line",
    replace=("param - lr * ahead", "param - (lr * grad + momentum * velocity)"),
)
question.misconception(
    "state_in_place",
    "Your values are right, but you changed the old velocity in place. Return a new state, and leave the old one.",
    seen="velocity *= momentum",
    replace=(
        'velocity = momentum * state["velocity"] + grad',
        'velocity = state["velocity"]\n    velocity *= momentum\n    velocity += grad',
    ),
)
question.misconception(
    "param_in_place",
    "Your values are right, but you changed the array param itself. Return a new one.",
    seen="param -= ...",
    replace=("return param - lr * ahead,", "param -= lr * ahead\n    return param,"),
)
