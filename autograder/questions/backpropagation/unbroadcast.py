"""unbroadcast: the backward pass of broadcasting, for shapes of every kind."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import backpropagation as reference

from . import inputs


def gradient(rng, shape):
    return inputs.signed(rng, 1, 0.5, 1) + rng.normal(size=shape)


def axes_in_front(rng):
    """The kept length stands at both ends of grad's shape, so that lining up from the left gives the right shape."""
    N, T, D = inputs.sizes(rng, 2, 3, 4)
    large, small = [((D, N, D), (D,)), ((N, D, T, D), (T, D)), ((N, D), (D,))][int(rng.integers(3))]
    return {"grad": gradient(rng, large), "shape": small}


def sequence_bias(rng):
    N, T, D = inputs.sizes(rng, 3, 4, 5)
    return {"grad": gradient(rng, (D, N, T, D)), "shape": (T, D)}


def ones(rng):
    """Axes of length 1 that were repeated: the last, or one in the middle."""
    N, T, D = inputs.sizes(rng, 2, 3, 4)
    shape = [(N, T, 1), (N, 1, D), (1, T, 1)][int(rng.integers(3))]
    return {"grad": gradient(rng, (N, T, D)), "shape": shape}


def channels(rng):
    """The bias of a convolution, or a scale per position: axes in front and axes of length 1."""
    N, C, H, W = inputs.sizes(rng, 2, 3, 4, 5)
    shape = [(C, 1, 1), (H, 1), (1, W)][int(rng.integers(3))]
    return {"grad": gradient(rng, (N, C, H, W)), "shape": shape}


def number(rng):
    N, D = inputs.sizes(rng, 3, 4)
    return {"grad": gradient(rng, (N, D)), "shape": ()}


def nothing_repeated(rng):
    """The same shape; one of its axes has length 1 in both."""
    N, D = inputs.sizes(rng, 3, 4)
    return {"grad": gradient(rng, (N, 1, D)), "shape": (N, 1, D)}


question = Question(
    name="unbroadcast",
    assignment="02_backpropagation",
    reference=reference.unbroadcast,
    result_name="the gradient",
    properties=[
        Property("value", 1.5, sequence_bias, "an array that got new axes in front"),
        Property("axes of length 1", 1, ones, "an array whose axes of length 1 were repeated", cases=4),
        Property("both", 0.5, channels, "an array with axes of length 1 that got new axes in front", cases=3),
        Property("a number", 0.5, number, "a single number, of shape ()", cases=1),
        Property("nothing repeated", 0.5, nothing_repeated, "an array that has grad's shape", cases=1),
        Property("inputs unharmed", 0.5, axes_in_front, "any shape", judge=inputs_unharmed, cases=3),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="sums of at most 120 numbers near 1: float32 answers are off by 1e-5, the mistakes by about 1",
    ),
    forbids=("torch.Tensor.sum_to_size", "torch.autograd.grad", "torch.Tensor.backward"),
    stuck="One gradient is right and another is wrong",
)


@question.accepts("one axis at a time")
def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            grad = np.sum(grad, axis=axis, keepdims=True)
    return grad


@question.accepts("adds every entry where it came from")
def unbroadcast(grad, shape):
    result = np.zeros(shape)
    for place in np.ndindex(grad.shape):
        kept = place[len(place) - len(shape) :]
        result[tuple(0 if n == 1 else i for i, n in zip(kept, shape, strict=True))] += grad[place]
    return result


@question.accepts("numbers the entries, broadcasts the numbers, and counts with bincount")
def unbroadcast(grad, shape):
    size = int(np.prod(shape))
    source = np.broadcast_to(np.arange(size).reshape(shape), grad.shape)
    return np.bincount(source.ravel(), weights=grad.ravel(), minlength=size).reshape(shape)


@question.accepts("einsum over the axes that stay; returns nested lists")
def unbroadcast(grad, shape):
    letters = "abcdefgh"[: grad.ndim]
    aligned = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    kept = "".join(c for c, n in zip(letters, aligned, strict=True) if n != 1)
    return np.einsum(f"{letters}->{kept}", grad).reshape(shape).tolist()


question.misconception(
    "averaged",
    "You averaged over the repeated axes. Every use adds to the gradient: it is a sum.",
    seen="mean where sum was meant",
    replace=(
        "summed = grad.sum(axis=tuple(range(added)))",
        "summed = grad.mean(axis=tuple(range(added)))",
    ),
)
question.misconception(
    "ones_averaged",
    "You averaged over the axes of length 1. Every use adds to the gradient: it is a sum there too.",
    seen="sum for the new axes, mean for the others",
    replace=("summed.sum(axis=repeated, keepdims=True)", "summed.mean(axis=repeated, keepdims=True)"),
)
question.misconception(
    "one_axis_only",
    "You summed over the first axis only. All axes that were put in front are summed over.",
    seen="sum(axis=0) for the bias of a batch of vectors",
    replace=("grad.sum(axis=tuple(range(added)))", "(grad.sum(axis=0) if added else grad)"),
)
question.misconception(
    "first_taken",
    "You took the first entry along the axes in front. The others add to the gradient as well.",
    seen="indexing to get rid of an axis",
    replace=("grad.sum(axis=tuple(range(added)))", "grad[(0,) * added]"),
)
question.misconception(
    "ones_left",
    "You left the axes of length 1 as long as they had become. They were repeated too: sum over them.",
    seen="engines that only compare the number of axes",
    replace=("return summed.sum(axis=repeated, keepdims=True)", "return summed"),
)
question.misconception(
    "ones_lost",
    "You dropped the axes of length 1. Sum over them, but keep them: the result has exactly the shape asked for.",
    seen="keepdims forgotten",
    replace=("summed.sum(axis=repeated, keepdims=True)", "summed.sum(axis=repeated)"),
)
question.misconception(
    "from_the_left",
    "You lined the shapes up from the first axis. NumPy lines them up from the last, so new axes come in front.",
    seen="trailing axes summed away, as for a bias that stands first",
    replace=("grad.sum(axis=tuple(range(added)))", "grad.sum(axis=tuple(range(len(shape), grad.ndim)))"),
)
question.misconception(
    "cut_to_shape",
    "You cut the gradient to the shape. What is cut off belongs to the sum.",
    seen="np.resize, which makes any shape fit",
    source="""
    def unbroadcast(grad, shape):
        return np.resize(grad, shape)
    """,
)
question.misconception(
    "total_everywhere",
    "You summed over everything and put the total everywhere. Sum only over the axes that were repeated.",
    seen="grad.sum() for each parameter that was broadcast",
    replace=(
        "return summed.sum(axis=repeated, keepdims=True)",
        "return np.full(shape, grad.sum()) if added or shape != grad.shape else grad",
    ),
)
question.misconception(
    "axes_not_counted_anew",
    "You looked for axes of length 1 in the shape, but summed over the axes of the same number in grad. Those shift by "
    "as many as were put in front.",
    seen="both kinds of axes summed in one call",
    source="""
    def unbroadcast(grad, shape):
        added = grad.ndim - len(shape)
        repeated = tuple(i for i, n in enumerate(shape) if n == 1 and i >= added)
        return grad.sum(axis=(*range(added), *repeated), keepdims=True).reshape(shape)
    """,
)
question.misconception(
    "number_refused",
    "A single number has the shape (), with no axes at all. Your function doesn't sum over everything there.",
    seen="if not shape: return grad",
    replace=(
        "    added = grad.ndim - len(shape)\n",
        "    if not shape:\n        return grad\n    added = grad.ndim - len(shape)\n",
    ),
)
question.misconception(
    "added_in_place",
    "Your values are right, but you added everything up in the first part of grad itself. Make a new array.",
    seen="a running sum that starts as a view",
    replace=(
        "summed = grad.sum(axis=tuple(range(added)))",
        "summed = grad\n"
        "    for _ in range(added):\n"
        "        for part in summed[1:]:\n"
        "            summed[0] += part\n"
        "        summed = summed[0]",
    ),
)
