"""linear_forward and linear_backward: the layer, for vectors and for sequences of vectors."""

from types import SimpleNamespace

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import backpropagation as reference

from . import inputs

FORWARD, BACKWARD = "linear_forward", "linear_backward"
BACKWARDS = ("grad_b", "grad_W", "grad_x")  # the order in which backpropagation meets them


def layer(rng, leading, D, K):
    shift = rng.uniform(0.5, 1, 3) * rng.choice([-1, 1], 3)
    x = shift[0] + rng.normal(size=(*leading, D))
    W = shift[1] + rng.normal(size=(K, D))
    return x, W, inputs.signed(rng, K, 0.5, 2), shift[2] + rng.normal(size=(*leading, K))


def forward_of(layer):
    return dict(zip(("x", "W", "b"), layer, strict=False))


def backward_of(layer):
    x, W, _, grad_out = layer
    return {"grad_out": grad_out, "x": x, "W": W}


def vectors(rng):
    N, D, K = inputs.sizes(rng, 4, 5, 7)
    return layer(rng, (N,), D, K)


def sequences(rng):
    N, T, D, K = inputs.sizes(rng, 2, 3, 4, 5)
    return layer(rng, (N, T), D, K)


def square(rng):
    """As many outputs as inputs, so that a weight the wrong way round goes unnoticed by the shapes."""
    N, T, D = inputs.sizes(rng, 2, 3, 4)
    return layer(rng, (N, T), D, D)


question = Question(
    name="linear",
    names=(FORWARD, BACKWARD),
    assignment="02_backpropagation",
    reference=SimpleNamespace(linear_forward=reference.linear_forward, linear_backward=reference.linear_backward),
    outputs=("grad_x", "grad_W", "grad_b"),
    properties=[
        Property("y", 0.5, lambda rng: forward_of(vectors(rng)), "vectors, x of shape (N, D)", of=FORWARD),
        Property(
            "y of sequences", 0.5, lambda rng: forward_of(square(rng)), "x of shape (N, T, D), with K = D", of=FORWARD
        ),
        Property(
            "grad_b and grad_W",
            1.5,
            lambda rng: backward_of(vectors(rng)),
            "vectors, x of shape (N, D)",
            judge=parts("grad_b", "grad_W"),
            of=BACKWARD,
        ),
        Property(
            "grad_x",
            1,
            lambda rng: backward_of(vectors(rng)),
            "vectors, x of shape (N, D)",
            judge=parts("grad_x"),
            of=BACKWARD,
        ),
        Property(
            "gradients of sequences",
            1,
            lambda rng: backward_of(sequences(rng)),
            "sequences, x of shape (N, T, D)",
            judge=parts(*BACKWARDS),
            of=BACKWARD,
        ),
        Property(
            "inputs unharmed",
            0.5,
            lambda rng: backward_of(vectors(rng)),
            "any gradient",
            judge=inputs_unharmed,
            of=BACKWARD,
        ),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="sums of at most 20 products of numbers near 1: float32 answers are off by about 1e-6",
    ),
    forbids=(
        "torch.autograd.grad",
        "torch.autograd.backward",
        "torch.Tensor.backward",
        "torch.autograd.functional.vjp",
    ),
    equivalent_mutants={
        "g = grad_out.reshape(-2, W.shape[0])": "to NumPy's reshape any negative length means the one that fits",
        "rows = x.reshape(-2, W.shape[1])": "to NumPy's reshape any negative length means the one that fits",
    },
    stuck={
        "grad_x": "One gradient is right and another is wrong",
        "": "My gradient is off by the same factor everywhere",
    },
)

question.accepts(
    "einsum for every sum; returns a list",
    """
    def linear_forward(x, W, b):
        return np.einsum("...d,kd->...k", x, W) + b

    def linear_backward(grad_out, x, W):
        return [
            np.einsum("...k,kd->...d", grad_out, W),
            np.einsum("rk,rd->kd", grad_out.reshape(-1, len(W)), x.reshape(-1, W.shape[1])),
            np.einsum("rk->k", grad_out.reshape(-1, len(W))),
        ]
    """,
)
question.accepts(
    "vector by vector, with outer products",
    """
    def linear_forward(x, W, b):
        if x.ndim == 1:
            return np.array([sum(w * v for w, v in zip(row, x)) + c for row, c in zip(W, b)])
        return np.stack([linear_forward(part, W, b) for part in x])

    def linear_backward(grad_out, x, W):
        grad_x, grad_W, grad_b = np.empty_like(x), np.zeros_like(W), np.zeros(len(W))
        for place in np.ndindex(x.shape[:-1]):
            grad_x[place] = W.T @ grad_out[place]
            grad_W += np.outer(grad_out[place], x[place])
            grad_b += grad_out[place]
        return grad_x, grad_W, grad_b
    """,
)
question.accepts(
    "the bias as one more input that is always 1; tensordot",
    """
    def linear_forward(x, W, b):
        ones = np.ones((*x.shape[:-1], 1))
        return np.concatenate([x, ones], axis=-1) @ np.concatenate([W, b[:, None]], axis=1).T

    def linear_backward(grad_out, x, W):
        axes = list(range(x.ndim - 1))
        larger = np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)
        both = np.tensordot(grad_out, larger, axes=(axes, axes))
        return np.matmul(grad_out, W), both[:, :-1], both[:, -1]
    """,
)
question.accepts(
    "in float32 with torch's products; returns tensors",
    """
    import torch

    def linear_forward(x, W, b):
        return torch.nn.functional.linear(*(torch.tensor(a, dtype=torch.float32) for a in (x, W, b)))

    def linear_backward(grad_out, x, W):
        g, x, W = (torch.tensor(a, dtype=torch.float32) for a in (grad_out, x, W))
        rows = g.flatten(0, -2)
        return g @ W, rows.mT @ x.flatten(0, -2), rows.sum(0)
    """,
)

question.misconception(
    "weight_of_shape_in_out",
    "You multiplied by W as it is. Here its shape is (K, D), one row for each output, so its transpose multiplies.",
    seen="layers in Keras, whose weight is (in, out)",
    convention=True,
    replace=("x @ W.T + b", "x @ W + b"),
)
question.misconception(
    "no_bias",
    "You left out the bias.",
    seen="a product with the weight called a layer",
    replace=("x @ W.T + b", "x @ W.T"),
)
question.misconception(
    "bias_subtracted",
    "You subtracted the bias. It is added.",
    seen="the threshold of the first neuron models, which was subtracted",
    replace=("x @ W.T + b", "x @ W.T - b"),
)
question.misconception(
    "activated",
    "You applied an activation to the layer's result. The layer itself is linear.",
    seen="layer and activation in one function",
    replace=("x @ W.T + b", "np.maximum(x @ W.T + b, 0)"),
)
question.misconception(
    "averaged",
    "You averaged the gradients of the parameters over the batch. They are sums: if the loss is an average, grad_out "
    "contains that already.",
    seen="1/m in every layer, as in deeplearning.ai's notation, on top of the loss's own",
    convention=True,
    replace=("return grad_x, grad_W, grad_b", "return grad_x, grad_W / len(g), grad_b / len(g)"),
)
question.misconception(
    "grad_b_averaged",
    "You averaged grad_b. Every vector adds to it, as to grad_W: it is a sum.",
    seen="mean where sum was meant",
    replace=("g.sum(axis=0)", "g.mean(axis=0)"),
)
question.misconception(
    "grad_b_over_outputs",
    "You summed grad_b over the outputs. There is one bias per output: sum over everything else.",
    seen="axis=1 for axis=0",
    replace=("g.sum(axis=0)", "g.sum(axis=1)"),
)
question.misconception(
    "grad_b_kept_axis",
    "Your grad_b has kept an axis of the batch. It is shaped like b.",
    seen="keepdims=True, for a bias of shape (1, K)",
    replace=("g.sum(axis=0)", "g.sum(axis=0, keepdims=True)"),
)
question.misconception(
    "grad_W_transposed",
    "Your grad_W is transposed. It is shaped like W: one row per output.",
    seen="formulas for a layer that computes x @ W",
    replace=("g.T @ rows", "rows.T @ g"),
)
question.misconception(
    "upstream_ignored",
    "Your grad_W doesn't depend on grad_out. A gradient is the upstream gradient times the local derivative.",
    seen="the local derivative taken for the gradient",
    replace=("grad_W = g.T @ rows", "grad_W = np.ones_like(g).T @ rows"),
)
question.misconception(
    "grad_W_with_W",
    "You multiplied by W where the input belongs. The product rule swaps: W's gradient contains x, and x's contains W.",
    seen="the rule of the product remembered without the swap",
    replace=("grad_W = g.T @ rows", "grad_W = g.sum(axis=0)[:, None] * W"),
)
question.misconception(
    "grad_x_averaged",
    "You divided grad_x by the number of vectors. Each vector's gradient is its own; nothing is averaged there.",
    seen="1/m once more",
    replace=("grad_x = grad_out @ W", "grad_x = grad_out @ W / len(g)"),
)
question.misconception(
    "swapped",
    "You returned grad_b before grad_W. The order is grad_x, grad_W, grad_b.",
    seen="results returned in the order in which they were computed",
    replace=("return grad_x, grad_W, grad_b", "return grad_x, grad_b, grad_W"),
)
question.misconception(
    "first_axis_only",
    "For sequences you summed over the examples only. Every position uses the same W and b, so sum over the positions "
    "too.",
    seen="an (N, D) solution applied to (N, T, D)",
    source="""
    def linear_forward(x, W, b):
        return x @ W.T + b

    def linear_backward(grad_out, x, W):
        if x.ndim == 3:
            return grad_out @ W, np.swapaxes(grad_out, 1, 2) @ x, grad_out.sum(axis=0)
        return grad_out @ W, grad_out.T @ x, grad_out.sum(axis=0)
    """,
)
question.misconception(
    "positions_averaged",
    "For sequences you averaged the gradients of the parameters over the positions. Every position adds to them.",
    seen="per-token averages where the loss has taken its own",
    replace=(
        "return grad_x, grad_W, grad_b",
        "T = x.shape[1] if x.ndim == 3 else 1\n    return grad_x, grad_W / T, grad_b / T",
    ),
)
question.misconception(
    "added_into_grad_out",
    "Your values are right, but you summed up the rows in the first row of grad_out itself. Leave the inputs as they "
    "were.",
    seen="a running sum that starts as a view of the first row",
    replace=(
        "grad_b = g.sum(axis=0)",
        "grad_b = g[0]\n    for row in g[1:]:\n        grad_b += row",
    ),
)
