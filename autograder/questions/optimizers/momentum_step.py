"""momentum_step: a step along a sum of gradients."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import optimizers

from . import inputs


def reference(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    return optimizers.momentum_step(param, grad, state, lr, momentum, weight_decay=weight_decay)


def plain(rng):
    shape = inputs.matrix(rng)
    return inputs.parameter(rng, shape) | {
        "state": {"velocity": inputs.signed(rng, shape, 0.5, 2)},
        "lr": float(rng.uniform(0.1, 0.3)),
        "momentum": float(rng.uniform(0.6, 0.8)),
    }


def decayed(rng):
    return plain(rng) | {"weight_decay": float(rng.uniform(0.2, 0.4))}


def from_rest(rng):
    return inputs.training(rng, ("velocity",))


question = Question(
    name="momentum_step",
    assignment="03_optimizers",
    reference=reference,
    outputs=("param", "state"),
    properties=[
        Property("value", 2, plain, "a parameter that is a matrix, without decay", judge=parts("state", "param")),
        Property(
            "several steps",
            1,
            from_rest,
            "four steps from rest with the default momentum and a learning rate that falls",
            probe=inputs.several_steps,
        ),
        Property("weight decay", 1, decayed, "a parameter with weight decay", judge=parts("state", "param")),
        Property("inputs unharmed", 1, decayed, "any parameter", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="numbers near 1, on which float32 answers are off by 1e-6; the nearest misconception (decay beside the "
        "velocity) is off by more than 1e-2",
    ),
    forbids=("torch.optim.SGD",),
    stuck={
        "value": "The state is wrong",
        "several steps": "One step is right, several are not",
        "weight decay": "It goes wrong with weight decay only",
        "": "The example passes, the graded cell fails",
    },
)


@question.accepts("lists of numbers from zip")
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    triples = zip(param.ravel().tolist(), grad.ravel().tolist(), state["velocity"].ravel().tolist(), strict=True)
    new, velocity = [], []
    for p, g, u in triples:
        velocity.append(momentum * u + g + weight_decay * p)
        new.append(p - lr * velocity[-1])
    return [np.reshape(new, param.shape), {"velocity": np.reshape(velocity, param.shape)}]


@question.accepts("in place, on copies")
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    param, state = param.copy(), {key: value.copy() for key, value in state.items()}
    state["velocity"] *= momentum
    state["velocity"] += grad
    state["velocity"] += weight_decay * param
    param -= lr * state["velocity"]
    return param, state


@question.accepts("torch's own optimizer, in float32, given the velocity")
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    import torch

    p = torch.tensor(param, dtype=torch.float32, requires_grad=True)
    p.grad = torch.tensor(grad, dtype=torch.float32)
    optimizer = torch.optim.SGD([p], lr=lr, momentum=momentum, weight_decay=weight_decay)
    optimizer.state[p] = {"momentum_buffer": torch.tensor(state["velocity"], dtype=torch.float32)}
    optimizer.step()
    return p, {"velocity": optimizer.state[p]["momentum_buffer"]}


@question.accepts("two moves: where the old velocity carries it, then the gradient's own part")
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    carried = param - lr * momentum * state["velocity"]
    new = carried - lr * grad - lr * weight_decay * param
    return new, dict(state, velocity=(param - new) / lr)


question.misconception(
    "average",
    "You gave the new gradient the weight 1 minus momentum. That makes an average, as some courses have it; in torch, "
    "and here, the velocity is a sum in which the new gradient counts in full.",
    seen="HIPS/autograd#289 and ml-explore/mlx#87, whose momentum does so",
    convention=True,
    replace=('momentum * state["velocity"] + decayed', 'momentum * state["velocity"] + (1 - momentum) * decayed'),
)
question.misconception(
    "lr_in_velocity",
    "You put the learning rate into the velocity, and took the step with it alone. Some papers have it that way; in "
    "torch, and here, the velocity sums gradients, and the learning rate multiplies the step.",
    seen="Sutskever and others (2013); pytorch/pytorch#1099 and #44917, where the difference is taken for a bug",
    convention=True,
    source="""
    def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
        decayed = grad + weight_decay * param
        velocity = momentum * state["velocity"] - lr * decayed
        return param + velocity, {"velocity": velocity}
    """,
)
question.misconception(
    "lr_in_velocity_positive",
    "You put the learning rate into the velocity, with the sign of the gradient, and subtracted that. In torch, and "
    "here, the velocity sums gradients, and the learning rate multiplies the step.",
    seen="update_vec = momentum * update_vec + lr * grad, common in tutorials",
    convention=True,
    source="""
    def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
        decayed = grad + weight_decay * param
        velocity = momentum * state["velocity"] + lr * decayed
        return param - velocity, {"velocity": velocity}
    """,
)
question.misconception(
    "old_velocity",
    "You stepped along the old velocity. Update the velocity first, then step along the new one.",
    seen="the two lines of the algorithm in the other order",
    replace=("return param - lr * velocity", 'return param - lr * state["velocity"]'),
)
question.misconception(
    "uphill",
    "You added the step. The velocity sums gradients, which point uphill: subtract it.",
    seen="the sign of the textbook form, in which the velocity holds minus the gradient",
    replace=("param - lr * velocity", "param + lr * velocity"),
)
question.misconception(
    "momentum_on_both",
    "You multiplied the new gradient by momentum too. Only the old velocity is multiplied by it.",
    seen="brackets set around the whole sum",
    replace=('momentum * state["velocity"] + decayed', 'momentum * (state["velocity"] + decayed)'),
)
question.misconception(
    "momentum_on_the_gradient",
    "You multiplied the new gradient by momentum, and kept the old velocity whole. It is the other way round.",
    seen="the two terms exchanged; the velocity then never fades",
    replace=('momentum * state["velocity"] + decayed', 'state["velocity"] + momentum * decayed'),
)
question.misconception(
    "nesterov",
    "Your step adds the gradient once more to the velocity, as Nesterov's method does. Here the step is the velocity "
    "alone.",
    seen="nesterov=True copied along with the formula",
    replace=("param - lr * velocity", "param - lr * (decayed + momentum * velocity)"),
)
question.misconception(
    "remembers_one_gradient",
    "Your new state holds the last gradient instead of the new velocity, so all older gradients are forgotten.",
    seen="momentum explained as 'a bit of the previous gradient'",
    replace=('{"velocity": velocity}', '{"velocity": decayed}'),
)
question.misconception(
    "state_not_updated",
    "Your new state still holds the old velocity. Return the new one, or the next step starts from nothing again.",
    seen="a state that is passed through",
    replace=('{"velocity": velocity}', "dict(state)"),
)
question.misconception(
    "decay_left_out",
    "You left the weight decay out. Add weight decay times the parameter to the gradient first.",
    seen="an argument that is accepted and never used",
    replace=("decayed = grad + weight_decay * param", "decayed = grad"),
)
question.misconception(
    "decay_beside_the_velocity",
    "You shrank the parameter directly. That is decoupled weight decay; here, as in torch's SGD, the decay is part of "
    "the gradient and passes through the velocity.",
    seen="SGDW of Loshchilov and Hutter (2019), proposed for torch in pytorch/pytorch#4429",
    convention=True,
    replace=(
        "decayed = grad + weight_decay * param\n"
        '    velocity = momentum * state["velocity"] + decayed\n'
        "    return param",
        'velocity = momentum * state["velocity"] + grad\n    return (1 - lr * weight_decay) * param',
    ),
)
question.misconception(
    "decay_doubled",
    "Your decay is twice too large. Its gradient is weight decay times the parameter: the 2 of the square's derivative "
    "is cancelled by the one half in the penalty.",
    seen="a penalty written without its one half",
    replace=("weight_decay * param", "2 * weight_decay * param"),
)
question.misconception(
    "decay_grows",
    "Your decay has the wrong sign: it pushes the parameters away from zero.",
    seen="a minus from 'shrink' that the update adds again",
    replace=("grad + weight_decay", "grad - weight_decay"),
)
question.misconception(
    "state_in_place",
    "Your values are right, but you changed the old velocity in place. Return a new state, and leave the old one.",
    seen="velocity *= momentum",
    replace=(
        'velocity = momentum * state["velocity"] + decayed',
        'velocity = state["velocity"]\n    velocity *= momentum\n    velocity += decayed',
    ),
)
question.misconception(
    "param_in_place",
    "Your values are right, but you changed the array param itself. Return a new one.",
    seen="param -= lr * velocity",
    replace=('return param - lr * velocity, {"velocity"', 'param -= lr * velocity\n    return param, {"velocity"'),
)
