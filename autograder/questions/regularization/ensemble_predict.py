"""ensemble_predict: the mean of probabilities, which is neither that of logits nor a vote."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import regularization as reference


def models(rng):
    """Models that disagree, some surer than others; M, N and K differ."""
    M, N, K = (int(n) for n in rng.permutation([3, 4, 5]))
    sure = rng.uniform(0.5, 3, (M, 1, 1))
    return {"logits": sure * rng.normal(0, 1.2, (M, N, K)) + rng.uniform(-2, 2, (M, N, 1))}


def large(rng):
    """Logits of several hundred of both signs, in which two classes come close."""
    found = models(rng)["logits"]
    shift = rng.uniform(300, 900, (*found.shape[:2], 1)) * rng.choice([-1, 1], (*found.shape[:2], 1))
    shift[:, 1], shift[:, 2] = 900, -400  # an example that overflows, and one that vanishes only beside it
    found += shift
    found[0, 0, 0] -= 800
    return {"logits": found}


def single(rng):
    return {"logits": models(rng)["logits"][:1]}


question = Question(
    name="ensemble_predict",
    assignment="06_regularization",
    reference=reference.ensemble_predict,
    result_name="the probabilities",
    properties=[
        Property("value", 2, models, "several models that disagree"),
        Property("large logits", 1, large, "logits of several hundred, of both signs"),
        Property("one model", 0.5, single, "an ensemble of one"),
        Property("inputs unharmed", 0.5, models, "any logits", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-4,
        why="float32 logits near 900 are off by 3e-5, and so are their softmax; the nearest misconception by 1e-2",
    ),
    stuck={"large logits": "The loss is inf or NaN", "": "The example passes, the graded cell fails"},
)


@question.accepts("model by model, example by example")
def ensemble_predict(logits):
    M, N, K = logits.shape
    total = np.zeros((N, K))
    for m in range(M):
        for n in range(N):
            e = np.exp(logits[m, n] - max(logits[m, n]))
            total[n] += e / sum(e)
    return total / M


@question.accepts("logarithms until the last step")
def ensemble_predict(logits):
    log_p = logits - np.logaddexp.reduce(logits, axis=-1)[..., None]
    return np.exp(np.logaddexp.reduce(log_p, axis=0) - np.log(len(logits)))


@question.accepts("a running average over the models; returns a list of lists")
def ensemble_predict(logits):
    average = 0.0
    for count, z in enumerate(logits, start=1):
        z = z - z.max(1)[:, None]
        p = np.exp(z) / np.exp(z).sum(1)[:, None]
        average = average + (p - average) / count
    return average.tolist()


@question.accepts("one over the sum of exponentials of differences, in float32 through torch")
def ensemble_predict(logits):
    import torch

    z = torch.tensor(logits, dtype=torch.float32)
    differences = z[..., None, :] - z[..., :, None]  # (M, N, K, K)
    return (1 / differences.exp().sum(dim=-1)).mean(dim=0)


question.misconception(
    "logits_averaged",
    "You averaged the logits, which gives the geometric mean of the probabilities. Take each model's softmax first, "
    "and average what comes out.",
    seen="ensembles of saved logits; both are in use",
    convention=True,
    replace=(
        "exp = np.exp(logits - logits.max(axis=2, keepdims=True))\n"
        "    probabilities = exp / exp.sum(axis=2, keepdims=True)\n"
        "    return probabilities.mean(axis=0)",
        "mean = logits.mean(axis=0)\n    exp = np.exp(mean - mean.max(axis=1, keepdims=True))\n"
        "    return exp / exp.sum(axis=1, keepdims=True)",
    ),
)
question.misconception(
    "voted",
    "You let the models vote. A vote forgets how sure each model is: average the probabilities.",
    seen="VotingClassifier(voting='hard'), scikit-learn's default",
    convention=True,
    replace=(
        "return probabilities.mean(axis=0)",
        "return np.eye(logits.shape[2])[logits.argmax(axis=2)].mean(axis=0)",
    ),
)
question.misconception(
    "classes_returned",
    "You returned the predicted classes. Return the probabilities, from which everyone can take the largest.",
    seen="argmax at the end of a predict function",
    replace=("return probabilities.mean(axis=0)", "return probabilities.mean(axis=0).argmax(axis=1)"),
)
question.misconception(
    "summed",
    "You added the probabilities up. Divide by the number of models, so that each row sums to 1.",
    seen="sum for mean, which doesn't matter before an argmax",
    replace=("return probabilities.mean(axis=0)", "return probabilities.sum(axis=0)"),
)
question.misconception(
    "examples_averaged",
    "You averaged over the examples. Average over the models: the first axis.",
    seen="an axis taken for another one",
    replace=("return probabilities.mean(axis=0)", "return probabilities.mean(axis=1)"),
)
question.misconception(
    "softmax_over_models",
    "Your softmax runs over the models. It runs over the classes, the last axis.",
    seen="softmax without dim, which chose axis 0 in torch for three-dimensional input",
    replace=(
        "exp = np.exp(logits - logits.max(axis=2, keepdims=True))\n"
        "    probabilities = exp / exp.sum(axis=2, keepdims=True)",
        "exp = np.exp(logits - logits.max(axis=0, keepdims=True))\n"
        "    probabilities = exp / exp.sum(axis=0, keepdims=True)",
    ),
)
question.misconception(
    "softmax_over_examples",
    "Your softmax runs over the examples. It runs over the classes, the last axis.",
    seen="axis=1, right for two axes, kept for three",
    replace=(
        "exp = np.exp(logits - logits.max(axis=2, keepdims=True))\n"
        "    probabilities = exp / exp.sum(axis=2, keepdims=True)",
        "exp = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
        "    probabilities = exp / exp.sum(axis=1, keepdims=True)",
    ),
)
question.misconception(
    "softmax_twice",
    "You took the softmax of the averaged probabilities. They are probabilities already.",
    seen="a model that ends in a softmax, in front of a function that takes another",
    replace=(
        "return probabilities.mean(axis=0)",
        "again = np.exp(probabilities.mean(axis=0))\n    return again / again.sum(axis=1, keepdims=True)",
    ),
)
question.misconception(
    "multiplied",
    "You multiplied the probabilities and normalized. That is a product of experts: one model that says almost 0 "
    "decides for all. Average them.",
    seen="independent evidence combined as in naive Bayes",
    replace=(
        "return probabilities.mean(axis=0)",
        "product = probabilities.prod(axis=0)\n    return product / product.sum(axis=1, keepdims=True)",
    ),
)
question.misconception(
    "surest_model",
    "For each class you took the model that gives it most. Average over the models.",
    seen="max pooling over models",
    replace=("return probabilities.mean(axis=0)", "return probabilities.max(axis=0)"),
)
question.misconception(
    "overflow",
    "Large logits overflow in your exponential. Subtract the largest logit of each example and model first.",
    seen="the softmax as its formula says",
    replace=("exp = np.exp(logits - logits.max(axis=2, keepdims=True))", "exp = np.exp(logits)"),
)
question.misconception(
    "one_maximum_for_all",
    "You subtracted the largest logit of all. Where an example's logits are far below it, every exponential is 0: each "
    "example and model needs its own maximum.",
    seen="np.max without an axis",
    replace=("logits.max(axis=2, keepdims=True)", "logits.max()"),
)
question.misconception(
    "in_place",
    "Your values are right, but you subtracted the maximum from the logits themselves. Make a new array.",
    seen="logits -= logits.max(...)",
    replace=(
        "exp = np.exp(logits - logits.max(axis=2, keepdims=True))",
        "logits -= logits.max(axis=2, keepdims=True)\n    exp = np.exp(logits)",
    ),
)
