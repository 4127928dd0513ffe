"""collapse_linear: however many linear layers, one is enough."""

import numpy as np

from autograder.question import Property, Question, Tolerance, parts, unharmed
from autograder.reference import generalization as reference


def stack(rng, widths):
    """Layers of these widths; no weight is small, no bias 0."""
    pairs = list(zip(widths[1:], widths, strict=False))
    weights = [rng.uniform(0.4, 1.5, pair) * rng.choice([-1, 1], pair) for pair in pairs]
    biases = [rng.uniform(0.5, 2, out) * rng.choice([-1, 1], out) for out, _ in pairs]
    return {"weights": weights, "biases": biases}


def equal_widths(rng):
    """Three square layers: whatever is multiplied in the wrong order still has the right shape."""
    return stack(rng, [3] * 4)


def all_widths(rng):
    """Four layers of different widths."""
    return stack(rng, [int(n) for n in rng.permutation([2, 3, 4, 5, 6])])


def one_layer(rng):
    return stack(rng, [int(n) for n in rng.permutation([3, 5])])


question = Question(
    name="collapse_linear",
    assignment="01_generalization",
    reference=reference.collapse_linear,
    outputs=("W", "b"),
    optional=True,
    properties=[
        Property("value", 1, equal_widths, "three layers of the same width", judge=parts("W")),
        Property("bias", 1, equal_widths, "three layers of the same width", judge=parts("b")),
        Property("different widths", 1, all_widths, "four layers of different widths"),
        Property("one layer", 0.5, one_layer, "a single layer"),
        Property("inputs unharmed", 0.5, all_widths, "any stack", judge=unharmed()),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="float32 answers use a tenth of it; the nearest misconception is off by 1e-1",
    ),
    equivalent_mutants=dict.fromkeys(
        [
            "for weight, bias in zip(weights[1:], biases[1:], strict=None):",
            "for weight, bias in zip(weights[1:], biases[1:], ):",
            "for weight, bias in zip(weights[1:], biases[1:], strict=False):",
        ],
        "there are as many biases as weights",
    ),
    stuck={
        "value": "W is right for one layer, wrong for several",
        "": "b is wrong, W is right",
    },
)


@question.accepts("from the last layer back to the first")
def collapse_linear(weights, biases):
    W, b = np.eye(len(biases[-1])), np.zeros(len(biases[-1]))
    for weight, bias in zip(weights[::-1], biases[::-1], strict=True):
        b = b + W @ bias
        W = W @ weight
    return W, b


@question.accepts("reads it off from what the stack does to zero and to unit vectors")
def collapse_linear(weights, biases):
    def run(x):
        for weight, bias in zip(weights, biases, strict=True):
            x = x @ weight.T + bias
        return x

    b = run(np.zeros(weights[0].shape[1]))
    return (run(np.eye(weights[0].shape[1])) - b).T, b


@question.accepts("one product of matrices that carry the bias along")
def collapse_linear(weights, biases):
    product = np.eye(weights[0].shape[1] + 1)
    for weight, bias in zip(weights, biases, strict=True):
        out, inputs = weight.shape
        layer = np.zeros((out + 1, inputs + 1))
        layer[:out, :inputs], layer[:out, -1], layer[-1, -1] = weight, bias, 1
        product = layer @ product
    return product[:-1, :-1], product[:-1, -1]


@question.accepts("calls itself; lists through functools and plain sums")
def collapse_linear(weights, biases):
    if len(weights) == 1:
        return weights[0].tolist(), biases[0].tolist()
    W, b = collapse_linear(weights[:-1], biases[:-1])
    rows = [[sum(w * W[k][j] for k, w in enumerate(row)) for j in range(len(W[0]))] for row in weights[-1].tolist()]
    shift = [
        sum(w * v for w, v in zip(row, b, strict=True)) + c for row, c in zip(weights[-1], biases[-1], strict=True)
    ]
    return rows, [float(v) for v in shift]


@question.accepts("through torch, in float32")
def collapse_linear(weights, biases):
    import torch

    Ws = [torch.tensor(w, dtype=torch.float32) for w in weights]
    b = torch.zeros(Ws[0].shape[1])
    for W, bias in zip(Ws, biases, strict=True):
        b = torch.nn.functional.linear(b, W, torch.tensor(bias, dtype=torch.float32))
    return torch.linalg.multi_dot(Ws[::-1]) if len(Ws) > 1 else Ws[0], b


question.misconception(
    "order_reversed",
    "You multiplied the matrices in the order of the layers. The first layer acts first, so its matrix stands on the "
    "right: the later layer's matrix times the earlier one's.",
    seen="W1 @ W2 for two layers",
    replace=("W = weight @ W", "W = W @ weight"),
)
question.misconception(
    "transposed",
    "Your W maps the wrong way round: its shape should be (out, in), as each layer's.",
    seen="weights for x @ W, as in TensorFlow",
    replace=("return W, b", "return W.T, b"),
)
question.misconception(
    "bias_dropped",
    "Your bias is 0. Each layer's bias runs through all later layers, and what comes out is a constant.",
    seen="'a product of matrices', which is only half of it",
    replace=("return W, b", "return W, np.zeros(len(b))"),
)
question.misconception(
    "last_bias_only",
    "You kept the last layer's bias alone. The earlier ones reach the output too, through the layers after them.",
    seen="biases[-1] beside the product of the weights",
    replace=("b = weight @ b + bias", "b = bias"),
)
question.misconception(
    "biases_added",
    "You added the biases as they are. A bias passes through every later layer: multiply it by their matrices.",
    seen="sum(biases)",
    replace=("b = weight @ b + bias", "b = b + bias"),
)
question.misconception(
    "own_weight_on_bias",
    "You multiplied each bias by its own layer's matrix. A layer adds its bias after the multiplication: only later "
    "layers multiply it.",
    seen="W (x + b) for W x + b",
    source="""
    def collapse_linear(weights, biases):
        W, b = weights[0], weights[0] @ biases[0]
        for weight, bias in zip(weights[1:], biases[1:]):
            W = weight @ W
            b = weight @ (b + bias)
        return W, b
    """,
)
question.misconception(
    "elementwise",
    "You multiplied element by element. One layer after the other is the product of matrices.",
    seen="* for @",
    replace=("W = weight @ W", "W = weight * W"),
)
question.misconception(
    "lists_emptied",
    "Your layer is right, but you took the layers out of the lists that you were given. Leave them whole.",
    seen="weights.pop(0) in a loop",
    source="""
    def collapse_linear(weights, biases):
        W, b = weights.pop(0), biases.pop(0)
        while weights:
            weight = weights.pop(0)
            W, b = weight @ W, weight @ b + biases.pop(0)
        return W, b
    """,
)
