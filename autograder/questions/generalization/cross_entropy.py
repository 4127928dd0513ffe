"""cross_entropy: the loss of classification, from logits of any size."""

import math

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import generalization as reference


def ordinary(rng):
    """Logits (N, K) of moderate size; some labels are the likeliest class, some not."""
    N, K = int(rng.integers(6, 9)), int(rng.integers(3, 5))
    return {"logits": eighths(rng.normal(0.5, 1.5, (N, K))), "labels": rng.permutation(np.arange(N) % K)}


def large(rng):
    """Logits of several hundred to several thousand; for about half of the examples the label is not the largest."""
    inputs = ordinary(rng)
    N, K = inputs["logits"].shape
    logits = eighths(rng.uniform(-3000, 3000, (N, K)))
    for i in range(0, N, 2):
        j = int(logits[i].argmax())
        label = inputs["labels"][i]
        logits[i, [j, label]] = logits[i, [label, j]]
    return {"logits": logits, "labels": inputs["labels"]}


def rows_apart(rng):
    """Ordinary logits, but every row lifted or lowered as a whole, which changes no probability."""
    inputs = ordinary(rng)
    N = len(inputs["logits"])
    lift = rng.permutation(np.linspace(-2000, 2000, N).round())
    return inputs | {"logits": inputs["logits"] + lift[:, None]}


def eighths(logits):
    """Multiples of 1/8, which float32 holds exactly."""
    return np.round(logits * 8) / 8


question = Question(
    name="cross_entropy",
    assignment="01_generalization",
    reference=reference.cross_entropy,
    result_name="the loss",
    properties=[
        Property("value", 2.5, ordinary, "logits of moderate size", cases=3),
        Property("large logits", 1, large, "logits of thousands"),
        Property("rows apart", 1, rows_apart, "rows of logits that lie far from each other"),
        Property("inputs unharmed", 0.5, ordinary, "any logits", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="float32 answers use a tenth of it; the nearest misconception on ordinary logits is off by 1e-2",
    ),
    forbids=(
        "torch.nn.functional.cross_entropy",
        "torch.nn.functional.nll_loss",
        "torch.nn.CrossEntropyLoss",
        "torch.nn.NLLLoss",
        "sklearn.metrics.log_loss",
    ),
    stuck={
        "large logits": "The loss is infinite or NaN",
        "rows apart": "The loss is infinite or NaN",
        "": "The example passes, the graded cell fails",
    },
)


@question.accepts("one example after the other, in plain Python")
def cross_entropy(logits, labels):
    total = 0.0
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        top = max(row)
        total += top - row[label] + math.log(sum(math.exp(z - top) for z in row))
    return total / len(labels)


@question.accepts("logaddexp.reduce, which is stable by itself")
def cross_entropy(logits, labels):
    return np.mean(np.logaddexp.reduce(logits, axis=1) - np.take_along_axis(logits, labels[:, None], axis=1)[:, 0])


@question.accepts("one-hot labels and log-probabilities, largest logit first")
def cross_entropy(logits, labels):
    N, K = logits.shape
    one_hot = np.eye(K)[labels]
    shifted = logits - np.sort(logits, axis=1)[:, -1:]
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(one_hot * log_p) / N


@question.accepts("measures every logit from the label's own, in float32 through torch")
def cross_entropy(logits, labels):
    import torch

    z, y = torch.tensor(logits, dtype=torch.float32), torch.tensor(labels).long()
    lead = z - z.gather(1, y[:, None])
    return torch.logsumexp(lead, dim=1).mean()


question.misconception(
    "overflow",
    "Your formula is right on paper, but the exponential of a large logit is infinite in floating point. Subtract each "
    "row's largest logit first: the probabilities don't change.",
    seen="RuntimeWarning: overflow encountered in exp, a classic on forums",
    replace=("logits.max(axis=1, keepdims=True)", "0"),
)
question.misconception(
    "log_of_a_rounded_zero",
    "You took the logarithm of a probability that is rounded to 0. Write the logarithm of the softmax out instead: the "
    "logarithm cancels the exponential of the label's logit.",
    seen="np.log(softmax(z)), stable softmax or not",
    source="""
    def cross_entropy(logits, labels):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return -np.mean(np.log(p[np.arange(len(labels)), labels]))
    """,
)
question.misconception(
    "clipped",
    "You kept the probabilities away from 0 by a tiny number, so that no example can cost more than the logarithm of "
    "it. The loss has no such ceiling.",
    seen="np.log(p + 1e-12), in losses that are shared as snippets",
    source="""
    def cross_entropy(logits, labels):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return -np.mean(np.log(p[np.arange(len(labels)), labels] + 1e-12))
    """,
)
question.misconception(
    "one_maximum_for_all",
    "You subtracted the largest logit of the whole array. A row far below it then vanishes: subtract each row's own.",
    seen="np.max without an axis",
    replace=("logits.max(axis=1, keepdims=True)", "logits.max()"),
)
question.misconception(
    "summed",
    "You added the losses of the examples up. The loss is their mean.",
    seen="torch's reduction='sum'",
    replace=("-np.mean(", "-np.sum("),
)
question.misconception(
    "mean_over_classes_too",
    "You divided by the number of classes as well. Each example has one label and costs once: divide by the number of "
    "examples.",
    seen="np.mean over one-hot labels times log-probabilities",
    replace=("-np.mean(log_p[np.arange(len(labels)), labels])", "-np.mean(np.eye(log_p.shape[1])[labels] * log_p)"),
)
question.misconception(
    "sign",
    "Your loss is negative. A log-probability is at most 0: the loss is its negative.",
    seen="the minus sign in front of the sum forgotten",
    replace=("-np.mean(", "np.mean("),
)
question.misconception(
    "softmax_over_examples",
    "You normalized over the examples. The classes of one example compete: the sum of exponentials runs over a row.",
    seen="dim=0, or softmax without an axis",
    source="""
    def cross_entropy(logits, labels):
        shifted = logits - logits.max(axis=0)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=0))
        return -np.mean(log_p[np.arange(len(labels)), labels])
    """,
)
question.misconception(
    "not_normalized",
    "You returned the negative mean of the labels' logits. They are no log-probabilities yet: the logarithm of the sum "
    "of exponentials is missing.",
    seen="torch's nll_loss fed with logits",
    replace=("shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))", "logits"),
)
question.misconception(
    "softmax_twice",
    "You applied the softmax twice: to the logits, and to the probabilities again. Once is right.",
    seen="a softmax layer in front of torch's CrossEntropyLoss, which contains one",
    source="""
    def cross_entropy(logits, labels):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        log_p = p - np.log(np.exp(p).sum(axis=1, keepdims=True))
        return -np.mean(log_p[np.arange(len(labels)), labels])
    """,
)
question.misconception(
    "likeliest_class",
    "You took the probability of the likeliest class. The loss asks for that of the label, right or wrong.",
    seen="p.max(axis=1) where p[label] belongs",
    replace=("log_p[np.arange(len(labels)), labels]", "log_p.max(axis=1)"),
)
question.misconception(
    "one_minus_p",
    "You returned one minus the label's probability, on average. Cross-entropy is the negative logarithm of it.",
    seen="the error rate's smooth relative, taken for the loss",
    replace=(
        "-np.mean(log_p[np.arange(len(labels)), labels])",
        "1 - np.mean(np.exp(log_p[np.arange(len(labels)), labels]))",
    ),
)
question.misconception(
    "bits",
    "You measured in bits: your logarithm has base 2. Here, as in every library, it is the natural one.",
    seen="information theory's cross-entropy",
    convention=True,
    replace=(
        "-np.mean(log_p[np.arange(len(labels)), labels])",
        "-np.mean(log_p[np.arange(len(labels)), labels]) / np.log(2)",
    ),
)
question.misconception(
    "in_place",
    "Your loss is right, but you subtracted the maximum from the caller's logits. Make a new array.",
    seen="logits -= logits.max(axis=1, keepdims=True)",
    replace=(
        "shifted = logits - logits.max(axis=1, keepdims=True)",
        "logits -= logits.max(axis=1, keepdims=True); shifted = logits",
    ),
)
