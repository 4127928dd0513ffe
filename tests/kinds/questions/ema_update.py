"""ema_update: a change in place, on purpose: the probe returns what became of the argument."""

import numpy as np
import torch

from autograder.question import Property, Question, Tolerance, unharmed


def weights(rng):
    """Two dictionaries of arrays that differ everywhere, and a decay that isn't one half."""
    shapes = {"weight": (3, 4), "bias": (3,), "scale": (2,)}
    return {
        "shadow": {name: rng.normal(2, 1, shape) for name, shape in shapes.items()},
        "params": {name: rng.normal(-3, 1, shape) for name, shape in shapes.items()},
        "decay": float(rng.uniform(0.65, 0.9)),
    }


def probe(answer, inputs):
    """What the dictionary holds after one update."""
    answer(inputs["shadow"], inputs["params"], inputs["decay"])
    return inputs["shadow"]


def probe_in_place(answer, inputs):
    """What became, in two updates, of the arrays that the dictionary held at first."""
    held = dict(inputs["shadow"])
    answer(inputs["shadow"], inputs["params"], inputs["decay"])
    answer(inputs["shadow"], inputs["params"], inputs["decay"])
    return held


def reference(shadow, params, decay):
    for name in shadow:
        shadow[name][...] = params[name] + decay * (shadow[name] - params[name])


question = Question(
    name="ema_update",
    assignment="90_kinds_of_answers",
    reference=reference,
    result_name="shadow",
    properties=[
        Property("value", 2, weights, "three arrays, updated once"),
        Property(
            "in place", 1, weights, "arrays that other code holds on to, updated twice", probe=probe_in_place, cases=1
        ),
        Property("params unharmed", 1, weights, "any arrays", judge=unharmed("params")),
    ],
    tolerance=Tolerance(
        rtol=1e-5,
        atol=1e-5,
        why="answers that round to float32 use a twentieth of it; the nearest misconception exceeds it 1000 times",
    ),
    probe=probe,
)


@question.accepts("writes into each array through a slice")
def ema_update(shadow, params, decay):
    for name in shadow:
        shadow[name][:] = decay * shadow[name] + (1 - decay) * params[name]


@question.accepts("NumPy's functions with out=, a step towards the parameter")
def ema_update(shadow, params, decay):
    for average, value in zip(shadow.values(), (params[name] for name in shadow), strict=True):
        step = np.subtract(value, average)
        np.multiply(step, 1 - decay, out=step)
        np.add(average, step, out=average)


@question.accepts("in float32 through torch, which shares the memory of an array")
def ema_update(shadow, params, decay):
    for name, average in shadow.items():
        target = torch.tensor(params[name], dtype=torch.float32)
        moved = torch.tensor(average, dtype=torch.float32).lerp(target, 1 - decay)
        torch.from_numpy(average).copy_(moved)


question.misconception(
    "weights_swapped",
    "You gave the weight decay to the parameters. It is the weight of the average itself; the parameters get what is "
    "left.",
    seen="averages whose momentum is the weight of what is new",
    replace=(
        "average *= decay\n        average += (1 - decay) * params[name]",
        "average *= 1 - decay\n        average += decay * params[name]",
    ),
)
question.misconception(
    "new_arrays",
    "You put new arrays into the dictionary. Other code holds on to the old ones, so write into those, with *= and += "
    "or a slice.",
    seen="shadow[name] = decay * shadow[name] + ..., in training scripts",
    replace=(
        "average *= decay\n        average += (1 - decay) * params[name]",
        "shadow[name] = decay * average + (1 - decay) * params[name]",
    ),
)
question.misconception(
    "nothing_changed",
    "The shadow arrays are what they were before. A name that is assigned again means a new array: write into the old "
    "one, with *= and += or a slice.",
    seen="average = decay * average + ... inside a loop",
    replace=(
        "average *= decay\n        average += (1 - decay) * params[name]",
        "average = decay * average + (1 - decay) * params[name]",
    ),
)
question.misconception(
    "old_not_faded",
    "You added the parameters without fading the average, so it grows with every update. Multiply it by decay first.",
    seen="running += (1 - decay) * new",
    replace=("average *= decay\n        ", ""),
)
question.misconception(
    "parameters_not_weighted",
    "You added the whole parameter. Its weight is 1 minus decay, so that the two weights add up to 1.",
    seen="momentum's v = beta * v + g taken for an average",
    replace=("(1 - decay) * params[name]", "params[name]"),
)
question.misconception(
    "params_changed",
    "The averages are right, but you multiplied the parameters themselves. Leave params as it is.",
    seen="params[name] *= 1 - decay",
    replace=("average += (1 - decay) * params[name]", "params[name] *= 1 - decay\n        average += params[name]"),
)
