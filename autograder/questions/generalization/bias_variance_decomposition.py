"""bias_variance_decomposition: the error of a method, split over training sets."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import generalization as reference


def fits(rng):
    """R predictions (R, N) around an average that is off by 0.5 to 2 at each input, more often upwards."""
    R, N = int(rng.integers(4, 7)), int(rng.integers(8, 11))
    truth = rng.normal(0, 2, N)
    off = rng.uniform(0.5, 2, N) * rng.choice([1, 1, -1], N)
    spread = rng.normal(size=(R, N)) * rng.uniform(0.5, 2, N)
    return {"predictions": truth + off + spread, "truth": truth}


def one_fit(rng):
    inputs = fits(rng)
    return inputs | {"predictions": inputs["predictions"][:1]}


question = Question(
    name="bias_variance_decomposition",
    assignment="01_generalization",
    reference=reference.bias_variance_decomposition,
    outputs=("bias_squared", "variance", "error"),
    properties=[
        Property("value", 1.5, fits, "several training sets", judge=parts("bias_squared")),
        Property("variance", 1.5, fits, "several training sets", judge=parts("variance")),
        Property("error", 1, fits, "several training sets", judge=parts("error")),
        Property("one training set", 0.5, one_fit, "a single training set, R = 1"),
        Property("inputs unharmed", 0.5, fits, "any predictions", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="float32 answers use a tenth of it; the nearest misconception (R - 1 for R) is off by 1e-1",
    ),
    stuck={
        "variance": "Bias squared and variance don't add up to the error",
        "error": "Bias squared and variance don't add up to the error",
        "": "Which axis is which",
    },
)


@question.accepts("one input after the other, in plain Python")
def bias_variance_decomposition(predictions, truth):
    R, N = len(predictions), len(truth)
    bias_squared = variance = error = 0.0
    for i in range(N):
        column = [float(row[i]) for row in predictions]
        average = sum(column) / R
        bias_squared += (average - truth[i]) ** 2 / N
        variance += sum((p - average) ** 2 for p in column) / R / N
        error += sum((p - truth[i]) ** 2 for p in column) / R / N
    return bias_squared, variance, error


@question.accepts("the variance from moments, the bias as what is left")
def bias_variance_decomposition(predictions, truth):
    error = np.mean((predictions - truth) ** 2)
    average = np.einsum("rn->n", predictions) / len(predictions)
    variance = np.mean(predictions**2) - np.mean(average**2)
    return error - variance, variance, error


@question.accepts("by the lengths of three vectors")
def bias_variance_decomposition(predictions, truth):
    average = np.average(predictions, axis=0)
    lengths = [np.linalg.norm(d) ** 2 / d.size for d in (average - truth, predictions - average, predictions - truth)]
    return np.array(lengths)


@question.accepts("half the mean squared difference of all pairs, in float32 through torch")
def bias_variance_decomposition(predictions, truth):
    import torch

    p, f = torch.tensor(predictions, dtype=torch.float32), torch.tensor(truth, dtype=torch.float32)
    variance = ((p[:, None] - p[None]) ** 2).mean() / 2
    return (p.mean(0) - f).square().mean(), variance, torch.nn.functional.mse_loss(p, f.expand_as(p))


question.misconception(
    "average_before_square",
    "You averaged the deviations over the inputs and squared the result, so that errors upwards cancel those "
    "downwards. Square the bias at each input, then average.",
    seen="(mean prediction - mean truth) squared, in notebooks on the trade-off",
    replace=("np.mean((average - truth) ** 2)", "np.mean(average - truth) ** 2"),
)
question.misconception(
    "not_squared",
    "You returned the bias as it is, with its sign. Its square is asked for.",
    seen="bias as the mean of prediction minus truth",
    replace=("np.mean((average - truth) ** 2)", "np.mean(average - truth)"),
)
question.misconception(
    "absolute_bias",
    "You averaged the size of the bias. Its square is asked for: only squares add up to the error.",
    seen="absolute differences where squares belong",
    replace=("np.mean((average - truth) ** 2)", "np.mean(np.abs(average - truth))"),
)
question.misconception(
    "error_for_bias",
    "What you call the squared bias is the whole error: you squared before you averaged over the training sets. "
    "Average the predictions first.",
    seen="a widely copied gist that computes bias from single predictions",
    replace=("np.mean((average - truth) ** 2)", "np.mean((predictions - truth) ** 2)"),
)
question.misconception(
    "unbiased_variance",
    "You divided the variance by R minus 1. That estimates the variance over all possible training sets; here it is "
    "that of these R, divided by R, which adds up with the bias exactly.",
    seen="ddof=1, the default of pandas, R and torch",
    replace=("np.mean(predictions.var(axis=0))", "np.mean(predictions.var(axis=0, ddof=1))"),
)
question.misconception(
    "variance_over_inputs",
    "You took the variance over the inputs: how much one curve goes up and down. It is over the training sets, at each "
    "input.",
    seen="axis=1 for axis=0",
    replace=("predictions.var(axis=0)", "predictions.var(axis=1)"),
)
question.misconception(
    "variance_of_everything",
    "You took one variance of all predictions together. Take it over the training sets at each input, then average.",
    seen="np.var(predictions) without an axis",
    replace=("np.mean(predictions.var(axis=0))", "predictions.var()"),
)
question.misconception(
    "deviation_for_variance",
    "You averaged standard deviations. A variance is a square: don't take the root.",
    seen="np.std for np.var",
    replace=("predictions.var(axis=0)", "predictions.std(axis=0)"),
)
question.misconception(
    "variance_around_the_truth",
    "You measured the variance around the truth. Measure it around the average prediction: the distance from there to "
    "the truth is the bias.",
    seen="mean((prediction - truth) squared) under the name variance",
    replace=("np.mean(predictions.var(axis=0))", "np.mean((predictions - truth) ** 2)"),
)
question.misconception(
    "error_of_the_average",
    "Your error is that of the average prediction, which is the squared bias again. Take the error of each "
    "prediction, then average: training on one set gives you one of them, not their average.",
    seen="the error of a bagged ensemble taken for the expected error",
    replace=("error = np.mean((predictions - truth) ** 2)", "error = np.mean((average - truth) ** 2)"),
)
question.misconception(
    "added_unsquared",
    "Your error adds the variance and the bias without its square. The error is squared bias plus variance.",
    seen="'error = bias + variance', as it is often said",
    replace=("error = np.mean((predictions - truth) ** 2)", "error = np.mean(np.abs(average - truth)) + variance"),
)
question.misconception(
    "order",
    "You returned the variance first. The order is squared bias, variance, error.",
    seen="results unpacked in another order",
    replace=("return bias_squared, variance, error", "return variance, bias_squared, error"),
)
question.misconception(
    "in_place",
    "Your values are right, but you changed the predictions that you were given. Work on a copy.",
    seen="predictions -= truth",
    replace=(
        "average = predictions.mean(axis=0)",
        "predictions -= truth\n    truth = np.zeros(len(truth))\n    average = predictions.mean(axis=0)",
    ),
)
