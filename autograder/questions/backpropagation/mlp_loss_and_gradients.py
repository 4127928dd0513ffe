"""mlp_loss_and_gradients: a whole backward pass, judged in the order in which backpropagation goes."""

import numpy as np

from autograder.compare import kind_of
from autograder.question import Difference, Property, Question, Tolerance, parts
from autograder.question import unharmed as unharmed_inputs
from autograder.reference import backpropagation as reference

from . import inputs


def probe(answer, inputs):
    """The loss and the gradients, named, in one dictionary; anything else as it came back."""
    result = answer(inputs["params"], inputs["x"], inputs["labels"])
    if isinstance(result, (tuple, list)) and len(result) == 2 and isinstance(result[1], dict):
        return {"loss": result[0], **{f"grad_{name}": g for name, g in result[1].items()}}
    return result


def network(rng, *widths):
    """A network whose units are all open for some examples and closed for others, as far as chance allows."""
    N = 8
    params = {}
    for i, (fan_in, fan_out) in enumerate(zip(widths, widths[1:], strict=False), start=1):
        params[f"W{i}"] = rng.normal(0, 1.4 * fan_in**-0.5, (fan_out, fan_in))
        params[f"b{i}"] = inputs.signed(rng, fan_out, 0.1, 0.5)
    labels = rng.integers(0, widths[-1], N)
    labels[:2] = [0, widths[-1] - 1]
    return {"params": params, "x": rng.normal(0.3, 1, (N, widths[0])), "labels": labels}


def alive(draw):
    """Draw until every layer's gradient is of a size that can be seen."""

    def seen(rng):
        while True:
            case = draw(rng)
            _, gradients = reference.mlp_loss_and_gradients(**case)
            if all(np.abs(g).max() > 0.02 for g in gradients.values()) and _half_open(case):
                return case

    return seen


def _half_open(case):
    _, _, z = reference.mlp_forward(case["params"], case["x"])
    return all(0.25 < np.mean(layer > 0) < 0.75 for layer in z)


@alive
def three_layers(rng):
    return network(rng, *inputs.sizes(rng, 5, 6, 7), 3)


@alive
def one_layer(rng):
    return network(rng, 5, 3)


@alive
def four_layers(rng):
    return network(rng, *inputs.sizes(rng, 5, 6, 7, 9), 4)


def large_logits(rng):
    """One layer whose logits are near 900 for some examples and near -900 for the others."""
    case = network(rng, 5, 3)
    W, x = case["params"]["W1"], case["x"]
    towards = inputs.signed(rng, 5, 0.5, 1)
    W += 30 * towards
    level = 900 * np.resize([1, -1], len(x)) * rng.uniform(0.9, 1.1, len(x))
    x += np.outer((level - x @ W.mean(axis=0)) / (towards @ W.mean(axis=0)), towards)
    return case


def judged(*names):
    """A judge of some of the named results; says what to return if something else came back."""

    def judge(case):
        if not isinstance(case.output, dict):
            came = kind_of(case.output)
            return Difference(f"you should return the loss and a dictionary of gradients, but what came back is {came}")
        return parts(*(names or case.expected))(case)

    return judge


def given(rng):
    return three_layers(rng)


question = Question(
    name="mlp_loss_and_gradients",
    assignment="02_backpropagation",
    reference=reference.mlp_loss_and_gradients,
    probe=probe,
    properties=[
        Property("loss", 1, three_layers, "a network of three layers", judge=judged("loss")),
        Property("last layer", 1, three_layers, "a network of three layers", judge=judged("grad_b3", "grad_W3")),
        Property(
            "hidden layers",
            2,
            three_layers,
            "a network of three layers",
            judge=judged("grad_b2", "grad_W2", "grad_b1", "grad_W1"),
        ),
        Property("one layer", 0.5, one_layer, "a network of one layer, without a ReLU", judge=judged(), cases=1),
        Property("four layers", 0.5, four_layers, "a network of four layers", judge=judged(), cases=1),
        Property(
            "large logits",
            0.5,
            large_logits,
            "logits near 900 and -900",
            judge=judged(),
            cases=1,
            tolerance=Tolerance(1e-2, 1e-2, why="float32 knows a logit of 900 to 1e-4; whoever overflows gets NaN"),
        ),
        Property("inputs unharmed", 0.5, three_layers, "any network", judge=unharmed_inputs()),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="float32 answers are off by less than 1e-6 of the largest number; the mistakes by more than 1e-3",
    ),
    forbids=("torch.autograd.grad", "torch.autograd.backward", "torch.Tensor.backward", "torch.func.grad"),
    stuck="One gradient is right and another is wrong",
)


@question.accepts("with the notebook's own layers")
def mlp_loss_and_gradients(params, x, labels):
    M = len(params) // 2
    kept, h = [], x
    for i in range(1, M + 1):
        z = linear_forward(h, params[f"W{i}"], params[f"b{i}"])  # noqa: F821 (the notebook's own)
        kept.append((h, z))
        h = np.maximum(z, 0)
    loss = softmax_cross_entropy_forward(z, labels)  # noqa: F821
    g, gradients = softmax_cross_entropy_backward(1.0, z, labels), {}  # noqa: F821
    for i in reversed(range(1, M + 1)):
        h, z = kept[i - 1]
        if i < M:
            g = relu_backward(g, z)  # noqa: F821
        g, gradients[f"W{i}"], gradients[f"b{i}"] = linear_backward(g, h, params[f"W{i}"])  # noqa: F821
    return loss, gradients


@question.accepts("example by example, gradients added up")
def mlp_loss_and_gradients(params, x, labels):
    M = len(params) // 2
    loss, total = 0.0, {name: np.zeros_like(value) for name, value in params.items()}
    for row, label in zip(x, labels, strict=True):
        h = [row]
        for i in range(1, M + 1):
            z = params[f"W{i}"] @ h[-1] + params[f"b{i}"]
            h.append(z if i == M else z * (z > 0))
        e = np.exp(h[-1] - h[-1].max())
        p = e / e.sum()
        loss -= np.log(p[label])
        g = p - (np.arange(len(p)) == label)
        for i in range(M, 0, -1):
            total[f"W{i}"] += np.outer(g, h[i - 1])
            total[f"b{i}"] += g
            g = (params[f"W{i}"].T @ g) * (h[i - 1] > 0)
    return loss / len(x), {name: value / len(x) for name, value in total.items()}


@question.accepts("calls itself, one layer after the other; a list for the result")
def mlp_loss_and_gradients(params, x, labels):
    last = len(params) // 2

    def walk(h, i):
        W = params[f"W{i}"]
        z = h @ W.T + params[f"b{i}"]
        if i == last:
            log_sum = np.logaddexp.reduce(z, axis=1)
            loss = np.mean(log_sum - np.take_along_axis(z, labels[:, None], 1)[:, 0])
            g = (np.exp(z - log_sum[:, None]) - np.eye(z.shape[1])[labels]) / len(h)
            gradients = {}
        else:
            loss, g, gradients = walk(np.where(z > 0, z, 0), i + 1)
            g = np.where(z > 0, g, 0)
        gradients |= {f"W{i}": np.einsum("nk,nd->kd", g, h), f"b{i}": np.ones(len(h)) @ g}
        return loss, g @ W, gradients

    loss, _, gradients = walk(x, 1)
    return [loss, dict(sorted(gradients.items()))]


@question.accepts("in float32 with torch's products; returns tensors")
def mlp_loss_and_gradients(params, x, labels):
    import torch

    p = {name: torch.tensor(value, dtype=torch.float32) for name, value in params.items()}
    t = torch.tensor(labels).long()
    hs, M = [torch.tensor(x, dtype=torch.float32)], len(p) // 2
    for i in range(1, M):
        hs.append(torch.relu(torch.addmm(p[f"b{i}"], hs[-1], p[f"W{i}"].T)))
    z = torch.addmm(p[f"b{M}"], hs[-1], p[f"W{M}"].T)
    log_p = torch.log_softmax(z, 1)
    g = (log_p.exp() - torch.nn.functional.one_hot(t, z.shape[1])) / len(t)
    gradients = {}
    for i in range(M, 0, -1):
        gradients[f"b{i}"], gradients[f"W{i}"] = g.sum(0), g.T @ hs[i - 1]
        g = (g @ p[f"W{i}"]) * hs[i - 1].sign()
    return -log_p.gather(1, t[:, None]).mean(), gradients


question.misconception(
    "summed",
    "You took the sum over the examples, in the loss and in its gradients. It is the mean.",
    seen="reduction='sum', the other convention",
    convention=True,
    replace=(
        "loss = -log_p[np.arange(N), labels].mean()\n"
        "    g = np.exp(log_p)\n"
        "    g[np.arange(N), labels] -= 1\n"
        "    g = g / N",
        "loss = -log_p[np.arange(N), labels].sum()\n    g = np.exp(log_p)\n    g[np.arange(N), labels] -= 1",
    ),
)
question.misconception(
    "not_divided",
    "Your gradients are N times too large. The loss is a mean, so each example has a share of 1/N.",
    seen="p - y, the gradient of a single example",
    replace=("    g = g / N\n", ""),
)
question.misconception(
    "loss_sent_back",
    "You multiplied the gradient by the loss. What is sent back begins with 1: how large the loss is doesn't matter.",
    seen="the belief that backpropagation sends the loss back",
    replace=("    g = g / N\n", "    g = loss * g / N\n"),
)
question.misconception(
    "descent_direction",
    "Your gradients have the wrong sign. They are the gradients themselves; going down is the optimizer's business.",
    seen="target minus output, which is the negative gradient",
    replace=("    g = g / N\n", "    g = -g / N\n"),
)
question.misconception(
    "softmax_over_examples",
    "You normalized over the examples. The probabilities of one example, a row, sum to 1.",
    seen="softmax along axis 0",
    replace=(
        "shifted = z - z.max(axis=1, keepdims=True)\n"
        "    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        "shifted = z - z.max(axis=0, keepdims=True)\n"
        "    log_p = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))",
    ),
)
question.misconception(
    "overflows",
    "Your softmax isn't finite for large logits. Shift each row by its maximum before the exponential.",
    seen="the definition typed in as it stands",
    replace=("shifted = z - z.max(axis=1, keepdims=True)", "shifted = z"),
)
question.misconception(
    "shifted_by_one_maximum",
    "You shifted the logits of all examples by the same number. A row far below it becomes all zeros: shift each row "
    "by its own maximum.",
    seen="max() without an axis",
    replace=("shifted = z - z.max(axis=1, keepdims=True)", "shifted = z - z.max()"),
)
question.misconception(
    "relu_on_logits",
    "You applied the ReLU to the logits too. It comes after every layer but the last.",
    seen="the same step for all layers of a loop",
    replace=("    shifted = z - z.max", "    z = h\n    shifted = z - z.max"),
)
question.misconception(
    "no_relu",
    "You left out the ReLU, forward and backward. Without it the layers are one linear layer.",
    seen="an activation that is created and never called",
    replace=(
        "        h = np.maximum(z, 0)\n",
        "        h = z\n",
    ),
)
question.misconception(
    "mask_missing",
    "On the way back you left out the ReLU. Where it was closed, no gradient passes.",
    seen="backward passes that know only the linear layers",
    replace=('(g @ params[f"W{i}"]) * (h > 0)', 'g @ params[f"W{i}"]'),
)
question.misconception(
    "mask_of_the_gradient",
    "You cut off negative gradients. What decides is whether the unit was open in the forward pass.",
    seen="ReLU applied to the gradient on the way back",
    replace=('(g @ params[f"W{i}"]) * (h > 0)', 'np.maximum(g @ params[f"W{i}"], 0)'),
)
question.misconception(
    "value_for_slope",
    "You multiplied the gradient by ReLU's value. Its slope is 1 where it is open.",
    seen="h in place of h > 0",
    replace=('(g @ params[f"W{i}"]) * (h > 0)', '(g @ params[f"W{i}"]) * h'),
)
question.misconception(
    "upstream_lost",
    "The gradient of the layer behind is lost on the way: you passed on the weights' sum alone. Multiply what arrives "
    "by the weight.",
    seen="the chain rule without its product",
    replace=('(g @ params[f"W{i}"]) * (h > 0)', '(np.ones_like(g) / N @ params[f"W{i}"]) * (h > 0)'),
)
question.misconception(
    "updated_weights",
    "You sent the gradient back through a weight that you had already changed. All gradients belong to the parameters "
    "as they were in the forward pass.",
    seen="gradient and update in the same loop",
    replace=(
        '(g @ params[f"W{i}"]) * (h > 0)',
        '(g @ (params[f"W{i}"] - 0.1 * gradients[f"W{i}"])) * (h > 0)',
    ),
)
question.misconception(
    "biases_averaged",
    "You averaged the biases' gradients over the examples. The mean was taken already: they are sums, like the "
    "weights'.",
    seen="mean where sum was meant",
    replace=("g.sum(axis=0)", "g.mean(axis=0)"),
)
question.misconception(
    "biases_kept_axis",
    "The gradients of your biases have kept the axis of the batch. They are shaped like the biases.",
    seen="keepdims=True, for biases of shape (1, K)",
    replace=("g.sum(axis=0)", "g.sum(axis=0, keepdims=True)"),
)
question.misconception(
    "weights_transposed",
    "The gradients of your weights are transposed. Each is shaped like its weight, (out, in).",
    seen="formulas for layers that compute x @ W",
    replace=("g.T @ h", "h.T @ g"),
)
question.misconception(
    "first_layer_only_once",
    "Your network has a fixed number of layers. Their number is half the number of parameters.",
    seen="a three-layer network written out by hand",
    replace=("layers, N = len(params) // 2, len(x)", "layers, N = 3, len(x)"),
)
question.misconception(
    "inputs_activated",
    "You applied the ReLU to the network's input. It comes after a layer.",
    seen="activation and layer in the other order",
    replace=("    inputs, h = [], x\n", "    inputs, h = [], np.maximum(x, 0)\n"),
)
question.misconception(
    "stepped_in_place",
    "Your values are right, but you updated the parameters. That is the optimizer's step: leave them as they were.",
    seen="gradient and update in the same function",
    replace=(
        "    return loss, gradients",
        "    for name in params:\n        params[name] -= 0.1 * gradients[name]\n    return loss, gradients",
    ),
)
