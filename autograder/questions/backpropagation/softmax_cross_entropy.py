"""softmax_cross_entropy_forward and softmax_cross_entropy_backward: the loss of a classifier, and p - y."""

from types import SimpleNamespace

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import backpropagation as reference

from . import inputs

FORWARD, BACKWARD = "softmax_cross_entropy_forward", "softmax_cross_entropy_backward"


def classified(rng):
    """Logits of which each row has a level of its own; every class but the last is somebody's label."""
    N, K = (int(n) for n in inputs.sizes(rng, 4, 6)[:2])
    logits = rng.normal(0, 1.5, (N, K)) + rng.uniform(-2, 2, (N, 1))
    labels = rng.integers(0, K, N)
    labels[:2] = [0, K - 1]
    return {"logits": logits, "targets": labels}


def soft(rng):
    drawn = classified(rng)
    N, K = drawn["logits"].shape
    return drawn | {"targets": rng.dirichlet(np.full(K, 1.5), N)}


def enormous(rng):
    """Logits between -1000 and 1000, so far apart that each row has one probability of 1."""
    drawn = classified(rng)
    N, K = drawn["logits"].shape
    steps = np.stack([rng.permutation(K) for _ in range(N)])
    logits = np.linspace(-950, 950, K)[steps] + rng.uniform(-20, 20, (N, K))
    labels = np.array([int(rng.choice(np.flatnonzero(row < row.max()))) for row in logits])
    return {"logits": logits, "targets": labels}


def distant(rng):
    """Every second row lies far below the others."""
    drawn = enormous(rng)
    drawn["logits"][1::2] = rng.uniform(-990, -950, drawn["logits"][1::2].shape)
    return drawn


def backward(draw):
    def with_upstream(rng):
        grad_out = float(rng.uniform(0.4, 0.7) * rng.choice([-1, 1])) * (1 if rng.random() < 0.5 else 4)
        return {"grad_out": grad_out} | draw(rng)

    return with_upstream


question = Question(
    name="softmax_cross_entropy",
    names=(FORWARD, BACKWARD),
    assignment="02_backpropagation",
    reference=SimpleNamespace(
        softmax_cross_entropy_forward=reference.softmax_cross_entropy_forward,
        softmax_cross_entropy_backward=reference.softmax_cross_entropy_backward,
    ),
    properties=[
        Property("loss", 1, classified, "class numbers as targets", of=FORWARD),
        Property("loss of soft labels", 0.5, soft, "rows of probabilities as targets", of=FORWARD),
        Property("loss of large logits", 0.25, enormous, "logits near 1000 and -1000", of=FORWARD),
        Property("loss of distant rows", 0.25, distant, "rows of logits near 1000 and others near -1000", of=FORWARD),
        Property("gradient", 1.5, backward(classified), "class numbers as targets", of=BACKWARD),
        Property("gradient of soft labels", 0.5, backward(soft), "rows of probabilities as targets", of=BACKWARD),
        Property("gradient of large logits", 0.5, backward(distant), "logits near 1000 and -1000", of=BACKWARD),
        Property("inputs unharmed", 0.5, backward(soft), "any targets", judge=inputs_unharmed, of=BACKWARD),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="float32 answers are off by less than 1e-6 of the largest number; the mistakes by more than 1e-2",
    ),
    forbids=(
        "torch.nn.functional.cross_entropy",
        "torch.nn.CrossEntropyLoss",
        "torch.autograd.grad",
        "torch.autograd.backward",
        "torch.Tensor.backward",
    ),
    stuck="My gradient is off by the same factor everywhere",
)

question.accepts(
    "indexing instead of one-hot rows, where there are class numbers",
    """
    def log_sum_exp(z):
        top = np.max(z, axis=1)
        return top + np.log(np.sum(np.exp(z.T - top), axis=0))

    def softmax_cross_entropy_forward(logits, targets):
        if targets.ndim == 2:
            return np.mean(log_sum_exp(logits) - np.sum(targets * logits, axis=1))
        return np.mean(log_sum_exp(logits) - logits[np.arange(len(targets)), targets])

    def softmax_cross_entropy_backward(grad_out, logits, targets):
        g = np.exp(logits.T - log_sum_exp(logits)).T
        if targets.ndim == 2:
            g = g - targets
        else:
            g[np.arange(len(targets)), targets] -= 1.0
        return grad_out / len(g) * g
    """,
)
question.accepts(
    "example by example, with math's functions",
    """
    import math

    def softmax_row(row):
        top = max(row)
        e = [math.exp(z - top) for z in row]
        return [v / sum(e) for v in e], top + math.log(sum(e))

    def softmax_cross_entropy_forward(logits, targets):
        total = 0.0
        for row, target in zip(logits.tolist(), targets):
            _, normalizer = softmax_row(row)
            wanted = [float(k == target) for k in range(len(row))] if np.ndim(target) == 0 else target
            total += sum(w * (normalizer - z) for w, z in zip(wanted, row))
        return total / len(logits)

    def softmax_cross_entropy_backward(grad_out, logits, targets):
        rows = []
        for row, target in zip(logits.tolist(), targets):
            p, _ = softmax_row(row)
            wanted = [float(k == target) for k in range(len(row))] if np.ndim(target) == 0 else target
            rows.append([grad_out * (a - w) / len(logits) for a, w in zip(p, wanted)])
        return rows
    """,
)
question.accepts(
    "through the whole Jacobian of the logarithm of the softmax",
    """
    def log_softmax(z):
        return -np.logaddexp.reduce(z[:, None, :] - z[:, :, None], axis=2)

    def rows_of(targets, K):
        return targets if targets.ndim == 2 else (targets[:, None] == np.arange(K)) * 1.0

    def softmax_cross_entropy_forward(logits, targets):
        return float(np.mean(-np.einsum("nk,nk->n", rows_of(targets, logits.shape[1]), log_softmax(logits))))

    def softmax_cross_entropy_backward(grad_out, logits, targets):
        N, K = logits.shape
        y, p = rows_of(targets, K), np.exp(log_softmax(logits))
        jacobian = np.eye(K) - p[:, None, :]
        return np.einsum("nk,nkj->nj", -y * grad_out / N, jacobian)
    """,
)
question.accepts(
    "in float32 with torch's softmax; returns tensors",
    """
    import torch

    def prepared(logits, targets):
        z, t = torch.tensor(logits, dtype=torch.float32), torch.tensor(targets)
        y = t.float() if t.ndim == 2 else torch.nn.functional.one_hot(t.long(), z.shape[1]).float()
        return z, y

    def softmax_cross_entropy_forward(logits, targets):
        z, y = prepared(logits, targets)
        return -(y * torch.log_softmax(z, 1)).sum(1).mean()

    def softmax_cross_entropy_backward(grad_out, logits, targets):
        z, y = prepared(logits, targets)
        return grad_out * (torch.softmax(z, dim=-1) - y) / len(z)
    """,
)

question.misconception(
    "loss_summed",
    "You summed the loss over the examples. It is their mean.",
    seen="reduction='sum', the other convention",
    convention=True,
    replace=("-np.sum(y * log_p) / N", "-np.sum(y * log_p)"),
)
question.misconception(
    "loss_over_classes",
    "You averaged over the classes too. Only the examples are averaged; the classes of one example are summed.",
    seen="np.mean over the whole array",
    replace=("-np.sum(y * log_p) / N", "-np.mean(y * log_p)"),
)
question.misconception(
    "loss_sign",
    "Your loss is negative. Logarithms of probabilities are negative, so the loss has a minus in front.",
    seen="the sign of the log-likelihood",
    replace=("-np.sum(y * log_p) / N", "np.sum(y * log_p) / N"),
)
question.misconception(
    "loss_softmax_over_examples",
    "In the loss you normalized over the examples. The probabilities of one example, a row, sum to 1.",
    seen="softmax along axis 0",
    replace=(
        "shifted = logits - logits.max(axis=1, keepdims=True)\n"
        "    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        "shifted = logits - logits.max(axis=0, keepdims=True)\n"
        "    log_p = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))",
    ),
)
question.misconception(
    "loss_base_2",
    "You used the logarithm to base 2. The loss has the natural one.",
    seen="entropy in bits",
    replace=("-np.sum(y * log_p) / N", "-np.sum(y * log_p) / N / np.log(2)"),
)
question.misconception(
    "loss_binary",
    "You added the terms of the other classes, as binary cross-entropy does. Here the probabilities of all classes are "
    "tied together, and only the targets' logarithms count.",
    seen="the formula with 1 - y, from logistic regression",
    replace=(
        "return -np.sum(y * log_p) / N",
        "return -np.sum(y * log_p + (1 - y) * np.log(1 - np.exp(log_p))) / N",
    ),
)
question.misconception(
    "softmax_twice",
    "You applied the softmax twice. The inputs are logits, so once is right.",
    seen="a softmax layer in front of torch's CrossEntropyLoss, which contains one",
    replace=(
        "shifted = logits - logits.max(axis=1, keepdims=True)\n",
        "e = np.exp(logits - logits.max(axis=1, keepdims=True))\n    shifted = e / e.sum(axis=1, keepdims=True)\n",
    ),
)
question.misconception(
    "loss_overflows",
    "Your loss isn't finite for large logits: an exponential overflows, or a probability becomes 0 before its "
    "logarithm is taken. Shift each row by its maximum, and take the logarithm of the sum.",
    seen="the definition typed in as it stands",
    replace=(
        "shifted = logits - logits.max(axis=1, keepdims=True)\n",
        "shifted = logits\n",
    ),
)
question.misconception(
    "loss_shifted_by_one_maximum",
    "In the loss you shifted all rows by the same number. A row far below it becomes all zeros: shift each row by its "
    "own maximum.",
    seen="max() without an axis",
    replace=("shifted = logits - logits.max(axis=1, keepdims=True)", "shifted = logits - logits.max()"),
)
question.misconception(
    "loss_clipped",
    "You kept the probabilities away from 0 with a small constant. That caps the loss of a confident mistake. Compute "
    "the logarithm from the logits instead.",
    seen="log(p + 1e-8), in many notebooks",
    replace=("return -np.sum(y * log_p) / N", "return -np.sum(y * np.log(np.exp(log_p) + 1e-8)) / N"),
)
question.misconception(
    "loss_hardened",
    "In the loss you replaced soft labels by their largest class. Every class counts with its probability.",
    seen="argmax of one-hot rows, which loses soft labels",
    replace=(
        "y = np.eye(K)[targets] if targets.ndim == 1 else targets",
        "y = np.eye(K)[targets if targets.ndim == 1 else targets.argmax(axis=1)]",
    ),
)
question.misconception(
    "not_divided",
    "Your gradient isn't divided by the number of examples. The loss is a mean, so each example has a share of 1/N.",
    seen="p - y, the gradient of a single example",
    replace=("return grad_out * (p - wanted) / examples", "return grad_out * (p - wanted)"),
)
question.misconception(
    "divided_by_all",
    "You divided the gradient by the number of logits. Divide by the number of examples.",
    seen="size for length",
    replace=("return grad_out * (p - wanted) / examples", "return grad_out * (p - wanted) / logits.size"),
)
question.misconception(
    "wrong_sign",
    "Your gradient has the wrong sign: it is p minus y. It points where the loss grows.",
    seen="target minus output, as in the delta rule",
    replace=("(p - wanted)", "(wanted - p)"),
)
question.misconception(
    "upstream_ignored",
    "Your gradient doesn't depend on grad_out. The loss may be multiplied by a factor before it is used; every "
    "gradient carries it.",
    seen="backward passes that begin with an implicit 1",
    replace=("return grad_out * (p - wanted) / examples", "return (p - wanted) / examples"),
)
question.misconception(
    "with_respect_to_p",
    "You returned the gradient with respect to the probabilities. Go one step further, through the softmax.",
    seen="-y / p, the derivative of the logarithm",
    replace=("(p - wanted)", "(-wanted / p)"),
)
question.misconception(
    "jacobian_diagonal",
    "You used only the softmax's derivative of each class with respect to its own logit. Each logit moves all "
    "probabilities.",
    seen="p(1 - p), the sigmoid's rule, used for the softmax",
    replace=("(p - wanted)", "(-wanted * (1 - p))"),
)
question.misconception(
    "p_alone",
    "You returned the probabilities. Subtract the targets from them.",
    seen="the second half of p - y forgotten",
    replace=("(p - wanted)", "p"),
)
question.misconception(
    "softmax_over_examples",
    "In the gradient you normalized over the examples. The probabilities of one example, a row, sum to 1.",
    seen="softmax along axis 0",
    replace=(
        "e = np.exp(logits - logits.max(axis=1, keepdims=True))\n    p = e / e.sum(axis=1, keepdims=True)",
        "e = np.exp(logits - logits.max(axis=0, keepdims=True))\n    p = e / e.sum(axis=0, keepdims=True)",
    ),
)
question.misconception(
    "hardened",
    "In the gradient you replaced soft labels by their largest class. p minus y holds for any y.",
    seen="argmax of one-hot rows, which loses soft labels",
    replace=(
        "wanted = np.eye(classes)[targets] if targets.ndim == 1 else targets",
        "wanted = np.eye(classes)[targets if targets.ndim == 1 else targets.argmax(axis=1)]",
    ),
)
question.misconception(
    "overflows",
    "Your gradient isn't finite for large logits. Shift each row by its maximum before the exponential: the softmax "
    "stays the same.",
    seen="the definition typed in as it stands",
    replace=("e = np.exp(logits - logits.max(axis=1, keepdims=True))\n    p", "e = np.exp(logits)\n    p"),
)
question.misconception(
    "shifted_by_one_maximum",
    "In the gradient you shifted all rows by the same number. A row far below it becomes all zeros: shift each row by "
    "its own maximum.",
    seen="max() without an axis",
    replace=("e = np.exp(logits - logits.max(axis=1, keepdims=True))", "e = np.exp(logits - logits.max())"),
)
question.misconception(
    "shifted_in_place",
    "Your values are right, but you shifted the caller's logits. Make a new array.",
    seen="logits -= logits.max()",
    replace=(
        "e = np.exp(logits - logits.max(axis=1, keepdims=True))\n    p",
        "logits -= logits.max(axis=1, keepdims=True)\n    e = np.exp(logits)\n    p",
    ),
)
