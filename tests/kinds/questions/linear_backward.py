"""linear_backward: a tuple of several outputs, judged by name in backpropagation's order."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts


def layer(rng):
    N, D, K = rng.permutation([4, 5, 7]).tolist()
    return {
        "grad_out": rng.normal(0.6, 1, (N, K)),
        "x": rng.normal(-0.8, 1, (N, D)),
        "W": rng.normal(0.3, 1, (K, D)),
    }


def by_definition(grad_out, x, W):
    """Each gradient, element by element, from y[n, k] = sum over d of x[n, d] * W[k, d], plus b[k]."""
    (N, D), K = x.shape, len(W)
    grad_x = [[sum(grad_out[n, k] * W[k, d] for k in range(K)) for d in range(D)] for n in range(N)]
    grad_W = [[sum(grad_out[n, k] * x[n, d] for n in range(N)) for d in range(D)] for k in range(K)]
    grad_b = [sum(grad_out[n, k] for n in range(N)) for k in range(K)]
    return np.array(grad_x), np.array(grad_W), np.array(grad_b)


question = Question(
    name="linear_backward",
    assignment="90_kinds_of_answers",
    reference=by_definition,
    outputs=("grad_x", "grad_W", "grad_b"),
    properties=[
        Property("grad_W and grad_b", 2, layer, "a layer of any size", judge=parts("grad_b", "grad_W")),
        Property("grad_x", 1, layer, "a layer of any size", judge=parts("grad_x")),
        Property("inputs unharmed", 1, layer, "any layer", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="sums of at most 7 products of numbers near 1: float32 answers are off by about 1e-6",
    ),
    forbids=("torch.autograd.grad", "torch.autograd.backward", "torch.Tensor.backward"),
)


@question.accepts("einsum for every sum; returns a list")
def linear_backward(grad_out, x, W):
    return [np.einsum("nk,kd->nd", grad_out, W), np.einsum("nk,nd->kd", grad_out, x), np.einsum("nk->k", grad_out)]


@question.accepts("example by example, with outer products")
def linear_backward(grad_out, x, W):
    grad_x, grad_W, grad_b = np.empty_like(x), np.zeros_like(W), np.zeros(len(W))
    for n, (g, row) in enumerate(zip(grad_out, x, strict=True)):
        grad_x[n] = W.T @ g
        grad_W += np.outer(g, row)
        grad_b += g
    return grad_x, grad_W, grad_b


@question.accepts("in float32, by torch's automatic differentiation; returns tensors")
def linear_backward(grad_out, x, W):
    import torch

    grad_out, x, W = (torch.tensor(a, dtype=torch.float32) for a in (grad_out, x, W))
    x.requires_grad_(), W.requires_grad_()
    b = torch.zeros(len(W), requires_grad=True)
    return torch.autograd.grad(torch.nn.functional.linear(x, W, b), (x, W, b), grad_out)


question.misconception(
    "averaged",
    "You averaged the gradients of the parameters over the batch. The loss is a sum, so every example adds to them.",
    seen="dividing by the batch size once more than the loss does",
    replace=("return grad_x, grad_W, grad_b", "return grad_x, grad_W / len(x), grad_b / len(x)"),
)
question.misconception(
    "grad_b_averaged",
    "You averaged grad_b over the batch. Each example adds to it, as to grad_W: it is a sum.",
    seen="mean where sum was meant",
    replace=("grad_out.sum(axis=0)", "grad_out.mean(axis=0)"),
)
question.misconception(
    "grad_b_kept_dimension",
    "Your grad_b has kept the dimension of the batch. It is shaped like b, which has one dimension.",
    seen="keepdims=True, for a bias of shape (1, K)",
    replace=("grad_out.sum(axis=0)", "grad_out.sum(axis=0, keepdims=True)"),
)
question.misconception(
    "grad_W_transposed",
    "Your grad_W is transposed. It is shaped like W: one row per output.",
    seen="formulas for a layer that computes x @ W",
    replace=("grad_out.T @ x", "x.T @ grad_out"),
)
question.misconception(
    "swapped",
    "You returned grad_b before grad_W. The order is grad_x, grad_W, grad_b.",
    seen="results returned in the order in which they were computed",
    replace=("return grad_x, grad_W, grad_b", "return grad_x, grad_b, grad_W"),
)
question.misconception(
    "added_into_grad_out",
    "Your values are right, but you summed up the rows in the first row of grad_out itself. Leave the inputs as they "
    "were.",
    seen="a running sum that starts as a view of the first row",
    replace=(
        "grad_b = grad_out.sum(axis=0)",
        "grad_b = grad_out[0]\n    for row in grad_out[1:]:\n        grad_b += row",
    ),
)
