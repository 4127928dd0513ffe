"""label_smoothing_loss: cross-entropy against smoothed labels, with its gradient, stable."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import regularization as reference

LOSS, GRAD = "the loss", "grad_logits"


def batch(rng):
    """Logits of both signs, whose labels are often not the largest; K and N differ, and epsilon is far from 1/K."""
    N, K = int(rng.integers(6, 9)), int(rng.integers(3, 5))
    logits = rng.normal(0, 1.5, (N, K)) + rng.uniform(-2, 2, (N, 1))
    return {"logits": logits, "labels": rng.integers(0, K, N), "epsilon": float(rng.uniform(0.1, 0.2))}


def large(rng):
    """Logits of several hundred, of both signs, with labels that aren't the largest."""
    found = batch(rng)
    logits = rng.uniform(300, 900, found["logits"].shape) * rng.choice([-1, 1], found["logits"].shape)
    logits[0] = np.linspace(-700, 800, logits.shape[1])
    logits[-1] = rng.uniform(-900, -700, logits.shape[1])
    found["labels"][0] = 0
    return found | {"logits": logits}


def plain(rng):
    return batch(rng) | {"epsilon": 0.0}


question = Question(
    name="label_smoothing_loss",
    assignment="06_regularization",
    reference=reference.label_smoothing_loss,
    outputs=(LOSS, GRAD),
    properties=[
        Property("value", 2, batch, "ordinary logits", judge=parts(LOSS)),
        Property("gradient", 1.5, batch, "ordinary logits", judge=parts(GRAD)),
        Property("large logits", 1, large, "logits of several hundred, of both signs"),
        Property("inputs unharmed", 0.5, plain, "any logits, with epsilon = 0", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="float32 answers use a tenth of it; the nearest misconception (the label without its share of epsilon) is "
        "off by 1e-2",
    ),
    forbids=(
        "torch.nn.functional.cross_entropy",
        "torch.nn.CrossEntropyLoss",
        "torch.autograd.grad",
        "torch.autograd.backward",
        "torch.Tensor.backward",
    ),
    stuck={"large logits": "The loss is inf or NaN", "": "All my values are off by the same factor"},
)


@question.accepts("example by example, class by class")
def label_smoothing_loss(logits, labels, epsilon):
    N, K = logits.shape
    loss, grad = 0.0, np.zeros((N, K))
    for i in range(N):
        top = max(logits[i])
        log_sum = top + np.log(sum(np.exp(z - top) for z in logits[i]))
        for k in range(K):
            q = epsilon / K + (1 - epsilon if k == labels[i] else 0)
            loss -= q * (logits[i, k] - log_sum) / N
            grad[i, k] = (np.exp(logits[i, k] - log_sum) - q) / N
    return loss, grad


@question.accepts("a mixture of two losses: that of the label, and that of the uniform distribution")
def label_smoothing_loss(logits, labels, epsilon):
    log_sum = np.logaddexp.reduce(logits, axis=1)
    rows = np.arange(len(logits))
    hard = (log_sum - logits[rows, labels]).mean()
    uniform = (log_sum - logits.mean(axis=1)).mean()
    grad = np.exp(logits - log_sum[:, None]) - epsilon / logits.shape[1]
    grad[rows, labels] -= 1 - epsilon
    return [(1 - epsilon) * hard + epsilon * uniform, grad / len(logits)]


@question.accepts("torch's log_softmax in float32, and the formula of the gradient")
def label_smoothing_loss(logits, labels, epsilon):
    import torch

    z = torch.tensor(logits, dtype=torch.float32)
    q = torch.full_like(z, epsilon / z.shape[1])
    q.scatter_add_(1, torch.tensor(labels)[:, None], torch.full((len(z), 1), 1 - epsilon))
    log_p = torch.log_softmax(z, dim=1)
    return (q * -log_p).sum(dim=1).mean(), (log_p.exp() - q).div(len(z))


@question.accepts("the loss as log-sum minus the expected logit; the softmax by division")
def label_smoothing_loss(logits, labels, epsilon):
    N, K = logits.shape
    q = np.ones((N, K)) * epsilon / K
    q[range(N), labels] = 1 - epsilon * (K - 1) / K
    z = logits - np.max(logits, axis=1)[:, None]
    e = np.exp(z)
    s = e.sum(axis=1)
    return np.mean(np.log(s) - np.einsum("nk,nk->n", q, z)), (e / s[:, None] - q) / N


question.misconception(
    "over_the_others",
    "You gave epsilon to the other classes only, epsilon / (K - 1) each. Some libraries do; in the paper, in torch and "
    "here every class gets epsilon / K, the right one too.",
    seen="OpenNMT-py and the annotated transformer, which divide among the other classes",
    convention=True,
    replace=(
        "targets = (1 - epsilon) * np.eye(K)[labels] + epsilon / K",
        "targets = np.where(np.eye(K)[labels] == 1, 1 - epsilon, epsilon / (K - 1))",
    ),
)
question.misconception(
    "label_without_share",
    "The right class lacks its own share of epsilon, so that your targets sum to less than 1.",
    seen="1 - epsilon put in place of the 1, epsilon / K in place of the zeros",
    replace=(
        "targets = (1 - epsilon) * np.eye(K)[labels] + epsilon / K",
        "targets = np.where(np.eye(K)[labels] == 1, 1 - epsilon, epsilon / K)",
    ),
)
question.misconception(
    "not_divided_by_classes",
    "You gave every class the whole of epsilon. They share it: epsilon / K each.",
    seen="y * (1 - eps) + eps, without the number of classes",
    replace=("np.eye(K)[labels] + epsilon / K", "np.eye(K)[labels] + epsilon"),
)
question.misconception(
    "label_keeps_everything",
    "The right class keeps the whole 1, and epsilon comes on top, so that your targets sum to more than 1.",
    seen="smoothing added to one-hot labels that were not scaled down",
    replace=("targets = (1 - epsilon) * np.eye(K)[labels]", "targets = np.eye(K)[labels]"),
)
question.misconception(
    "epsilon_swapped",
    "You gave the label epsilon and the rest to all classes. It is the other way round.",
    seen="a parameter that means the confidence in one library and the smoothing in another",
    replace=(
        "targets = (1 - epsilon) * np.eye(K)[labels] + epsilon / K",
        "targets = epsilon * np.eye(K)[labels] + (1 - epsilon) / K",
    ),
)
question.misconception(
    "not_smoothed",
    "Your targets are one-hot: epsilon has no effect.",
    seen="a smoothing argument that was never used",
    replace=("targets = (1 - epsilon) * np.eye(K)[labels] + epsilon / K", "targets = np.eye(K)[labels]"),
)
question.misconception(
    "summed",
    "You added the losses of the examples up. The loss is their mean.",
    seen="reduction='sum', and nn.KLDivLoss(size_average=False)",
    replace=(
        "loss = -(targets * log_p).sum() / N\n    grad_logits = (np.exp(log_p) - targets) / N",
        "loss = -(targets * log_p).sum()\n    grad_logits = np.exp(log_p) - targets",
    ),
)
question.misconception(
    "averaged_over_classes",
    "You averaged over the classes too. Each example's loss is a sum over its classes; average over the examples.",
    seen="mean() over the whole array; torch's KLDivLoss warns of it",
    replace=("loss = -(targets * log_p).sum() / N", "loss = -(targets * log_p).mean()"),
)
question.misconception(
    "divergence",
    "You subtracted the entropy of the targets: that is the Kullback-Leibler divergence. Its gradient is the same, but "
    "the loss here is the cross-entropy.",
    seen="label smoothing by nn.KLDivLoss, as in the annotated transformer",
    convention=True,
    replace=(
        "loss = -(targets * log_p).sum() / N",
        "entropy = -(targets * np.log(np.where(targets > 0, targets, 1))).sum() / N\n"
        "    loss = -(targets * log_p).sum() / N - entropy",
    ),
)
question.misconception(
    "prediction_smoothed",
    "You smoothed the model's probabilities. Smooth the labels, and leave the probabilities as they are.",
    seen="(1 - eps) * p + eps / K inside the logarithm",
    source="""
    def label_smoothing_loss(logits, labels, epsilon):
        N, K = logits.shape
        exp = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        smoothed = (1 - epsilon) * p + epsilon / K
        return -np.log(smoothed[np.arange(N), labels]).mean(), (smoothed - np.eye(K)[labels]) / N
    """,
)
question.misconception(
    "gradient_of_hard_labels",
    "Your gradient is that of one-hot labels. It is the softmax minus the smoothed targets.",
    seen="softmax minus one-hot, kept when the loss was smoothed",
    replace=("(np.exp(log_p) - targets) / N", "(np.exp(log_p) - np.eye(K)[labels]) / N"),
)
question.misconception(
    "gradient_not_averaged",
    "Your gradient lacks the division by N. The loss is a mean over the examples, so each one's share is 1 / N.",
    seen="backward passes in which the average is forgotten",
    replace=("grad_logits = (np.exp(log_p) - targets) / N", "grad_logits = np.exp(log_p) - targets"),
)
question.misconception(
    "gradient_sign",
    "Your gradient has the wrong sign: it points to where the loss falls. It is the softmax minus the targets.",
    seen="targets minus prediction, as in hand-derived update rules",
    replace=("(np.exp(log_p) - targets) / N", "(targets - np.exp(log_p)) / N"),
)
question.misconception(
    "overflow",
    "Large logits overflow in your exponential. Subtract the largest logit of each row first: the probabilities don't "
    "change.",
    seen="the softmax as its formula says",
    replace=("shifted = logits - logits.max(axis=1, keepdims=True)", "shifted = logits"),
)
question.misconception(
    "log_of_zero",
    "You took the logarithm of the softmax, which is 0 for a logit far below the largest. Compute the logarithm of the "
    "softmax directly: the logit minus the logarithm of the sum.",
    seen="log(softmax(z)) in place of log_softmax(z)",
    replace=(
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        "log_p = np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))",
    ),
)
question.misconception(
    "constant_in_the_logarithm",
    "You added a small constant to the probabilities inside the logarithm. It hides the infinity and bounds the loss; "
    "compute the logarithm of the softmax directly.",
    seen="log(p + 1e-12), in many hand-written losses",
    replace=(
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        "log_p = np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True) + 1e-12)",
    ),
)
question.misconception(
    "one_maximum_for_all",
    "You subtracted the largest logit of the whole batch. In a row far below it every exponential is then 0: each row "
    "needs its own maximum.",
    seen="np.max without an axis",
    replace=("logits.max(axis=1, keepdims=True)", "logits.max()"),
)
question.misconception(
    "in_place",
    "Your values are right, but you subtracted the maximum from the logits themselves. Make a new array.",
    seen="logits -= logits.max(...)",
    replace=(
        "shifted = logits - logits.max(axis=1, keepdims=True)",
        "logits -= logits.max(axis=1, keepdims=True)\n    shifted = logits",
    ),
)
