"""clip_grad_value: each entry by itself, a warm-up."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import regularization as reference


def gradients(rng):
    """Three arrays with entries above, below and inside the limits."""
    limit = float(rng.uniform(0.3, 0.8))
    grads = []
    for shape in ((2, 4), (5,), (3, 1, 2)):
        sides = np.resize([2.0, -3.0, 0.5, -0.4, 1.7], shape)
        grads.append(limit * sides * rng.uniform(0.8, 1.2, shape))
    return {"grads": grads, "clip_value": limit}


question = Question(
    name="clip_grad_value",
    assignment="06_regularization",
    reference=reference.clip_grad_value,
    result_name="the list of gradients",
    properties=[
        Property("value", 1.5, gradients, "three arrays of different shapes"),
        Property("inputs unharmed", 0.5, gradients, "any gradients", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4, atol=1e-6, why="entries are copied or replaced: float32 errs by 1e-7; mistakes by a tenth"
    ),
    forbids=("torch.nn.utils.clip_grad_value_",),
    stuck="The example passes, the graded cell fails",
)


@question.accepts("minimum and maximum, returns a tuple")
def clip_grad_value(grads, clip_value):
    return tuple(np.minimum(np.maximum(g, -clip_value), clip_value) for g in grads)


@question.accepts("masks on copies")
def clip_grad_value(grads, clip_value):
    out = [g.copy() for g in grads]
    for g in out:
        g[g > clip_value] = clip_value
        g[g < -clip_value] = -clip_value
    return out


@question.accepts("entry by entry")
def clip_grad_value(grads, clip_value):
    new = []
    for g in grads:
        entries = [min(max(v, -clip_value), clip_value) for v in g.ravel().tolist()]
        new.append(np.array(entries).reshape(g.shape))
    return new


@question.accepts("torch's clamp in float32")
def clip_grad_value(grads, clip_value):
    import torch

    return [torch.clamp(torch.tensor(g, dtype=torch.float32), -clip_value, clip_value) for g in grads]


question.misconception(
    "top_only",
    "You clipped from above only. Entries below minus clip_value are to be raised to it.",
    seen="torch.clamp(grad, max=value) in forum answers",
    replace=("np.clip(g, -clip_value, clip_value)", "np.minimum(g, clip_value)"),
)
question.misconception(
    "negatives_to_zero",
    "You raised all negative entries to 0. They may go down to minus clip_value.",
    seen="np.clip(g, 0, value)",
    replace=("np.clip(g, -clip_value, clip_value)", "np.clip(g, 0, clip_value)"),
)
question.misconception(
    "zeroed",
    "You set the entries that are too large to 0. Set them to the limit that they crossed.",
    seen="a mask multiplied with the gradient",
    replace=("np.clip(g, -clip_value, clip_value)", "np.where(np.abs(g) <= clip_value, g, 0)"),
)
question.misconception(
    "sign_lost",
    "You set entries that are too small to plus clip_value. An entry keeps its sign.",
    seen="g[abs(g) > value] = value",
    replace=("np.clip(g, -clip_value, clip_value)", "np.where(np.abs(g) > clip_value, clip_value, g)"),
)
question.misconception(
    "scaled",
    "You scaled each array until its largest entry fits. Clipping by value changes only the entries outside the "
    "limits.",
    seen="clipping by the largest entry, taken for clipping by value",
    replace=("np.clip(g, -clip_value, clip_value)", "g * min(1, clip_value / np.abs(g).max())"),
)
question.misconception(
    "by_norm",
    "You clipped the norm of each array. Clip each entry by itself.",
    seen="the two kinds of clipping confused",
    replace=("np.clip(g, -clip_value, clip_value)", "g * min(1, clip_value / np.sqrt((g**2).sum()))"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote them into the gradients themselves. torch's function does; this one returns "
    "new arrays.",
    seen="np.clip(..., out=g), and torch's clip_grad_value_",
    replace=("np.clip(g, -clip_value, clip_value)", "np.clip(g, -clip_value, clip_value, out=g)"),
)
