"""expected_calibration_error: bins (lo, hi] of confidence, weighted by what they hold; empty ones add nothing."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import regularization as reference


def predictions(rng, confidence, right, K):
    """Rows of K probabilities with these confidences, and labels such that the predicted class is right or wrong."""
    N = len(confidence)
    predicted = rng.integers(0, K, N)
    rest = rng.dirichlet(np.full(K - 1, 60.0), N) * (1 - confidence)[:, None]  # nearly even, so below the confidence
    probabilities = np.stack([np.insert(r, c, top) for r, c, top in zip(rest, predicted, confidence, strict=True)])
    labels = np.where(right, predicted, (predicted + rng.integers(1, K, N)) % K)
    return {"probabilities": probabilities, "labels": labels}


def in_bins(rng, counts, accuracies, K, n_bins, wide=False):
    """So many confidences in each bin, of which so many, the highest, are right; off the middle unless `wide`."""
    confidence, right = [], []
    for b, (count, accuracy) in enumerate(zip(counts, accuracies, strict=True)):
        places = rng.uniform(0.6, 0.9, count) if b % 2 else rng.uniform(0.15, 0.4, count)
        if wide:
            places = np.linspace(0.15, 0.85, count)
        confidence += [(b + place) / n_bins for place in sorted(places)]
        right += [i >= count - round(accuracy * count) for i in range(count)]
    order = rng.permutation(len(confidence))
    return predictions(rng, np.array(confidence)[order], np.array(right)[order], K) | {"n_bins": n_bins}


def full_bins(rng):
    """Every bin holds examples, unequally many; some bins claim too much, others too little."""
    counts = rng.permutation([4, 10, 16, 7]) + np.array([0, 1, 2, 3])
    return in_bins(rng, counts, [0.9, 0.1, 0.95, 0.3], 12, 4)


def empty_bins(rng):
    """The default of 15 bins, of which several are empty."""
    counts = np.zeros(15, int)
    counts[[3, 7, 10, 14]] = rng.permutation([4, 6, 9, 12])
    found = in_bins(rng, counts, np.where(np.arange(15) < 9, 0.6, 0.4), 9, 15, wide=True)
    return {name: found[name] for name in ("probabilities", "labels")}


def on_the_borders(rng):
    """Confidences of exactly a half, three quarters and 1, beside others; binary fractions, so without rounding."""
    confidence = rng.permutation(np.repeat([0.5, 0.75, 1.0, 0.625, 0.875, 0.375], [3, 4, 2, 2, 3, 3]))
    right = np.isin(confidence, [0.5, 0.625, 0.875])
    N = len(confidence)
    predicted = rng.integers(0, 4, N)
    probabilities = np.repeat((1 - confidence)[:, None] / 4, 4, axis=1)
    for i, c in enumerate(predicted):  # the rest in quarters and a half, exactly
        others = [k for k in rng.permutation(4) if k != c]
        probabilities[i, others[0]] *= 2
        probabilities[i, c] = confidence[i]
    labels = np.where(right, predicted, (predicted + 1) % 4)
    return {"probabilities": probabilities, "labels": labels, "n_bins": 4}


question = Question(
    name="expected_calibration_error",
    assignment="06_regularization",
    reference=reference.expected_calibration_error,
    result_name="the error",
    optional=True,
    properties=[
        Property("value", 2, full_bins, "examples in every bin"),
        Property("empty bins", 1, empty_bins, "the default number of bins, some of them empty"),
        Property("borders", 0.5, on_the_borders, "confidences on the borders of bins"),
        Property("inputs unharmed", 0.5, full_bins, "any predictions", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-5,
        why="means of a few dozen numbers below 1, which float32 gets right to 1e-6; the nearest misconception (the "
        "middle of the bin for the mean confidence) is off by 1e-2",
    ),
    stuck="The example passes, the graded cell fails",
)


@question.accepts("finds each example's bin by rounding up, and adds up right minus confidence")
def expected_calibration_error(probabilities, labels, n_bins=15):
    confidence = probabilities.max(1)
    b = np.clip(np.ceil(confidence * n_bins).astype(int) - 1, 0, n_bins - 1)
    gap = (probabilities.argmax(1) == labels) - confidence
    return np.abs(np.bincount(b, gap, minlength=n_bins)).sum() / len(labels)


@question.accepts("one example after the other into dictionaries")
def expected_calibration_error(probabilities, labels, n_bins=15):
    bins = {}
    for row, label in zip(probabilities.tolist(), labels.tolist(), strict=True):
        top = max(row)
        b = next(b for b in range(n_bins) if top <= (b + 1) / n_bins or b == n_bins - 1)
        bins.setdefault(b, []).append((row.index(top) == label, top))
    total = 0.0
    for found in bins.values():
        accuracy = sum(r for r, _ in found) / len(found)
        confidence = sum(c for _, c in found) / len(found)
        total += len(found) * abs(accuracy - confidence)
    return total / len(labels)


@question.accepts("edges by linspace and digitize, sorted into groups")
def expected_calibration_error(probabilities, labels, n_bins=15):
    confidence, right = np.max(probabilities, axis=-1), np.argmax(probabilities, axis=-1) == labels
    which = np.digitize(confidence, np.linspace(0, 1, n_bins + 1)[1:-1], right=True)
    ece = 0
    for b in np.unique(which):
        mask = which == b
        ece += np.sum(mask) / len(mask) * np.abs(np.mean(right[mask]) - np.mean(confidence[mask]))
    return ece


@question.accepts("torch in float32 with boundaries, as calibration libraries do")
def expected_calibration_error(probabilities, labels, n_bins=15):
    import torch

    confidence, predicted = torch.tensor(probabilities, dtype=torch.float32).max(dim=1)
    right = predicted.eq(torch.tensor(labels)).float()
    edges, total = torch.linspace(0, 1, n_bins + 1), torch.zeros(1)
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = confidence.gt(low.item()) * confidence.le(high.item())
        if inside.float().mean() > 0:
            total += torch.abs(confidence[inside].mean() - right[inside].mean()) * inside.float().mean()
    return total.item()


question.misconception(
    "closed_below",
    "Your bins contain their lower border. They contain the upper one, or a confidence of exactly 1 is in no bin.",
    seen=">= low and < high, as in np.histogram but for its last bin",
    replace=(
        "(confidence > b / n_bins) & (confidence <= (b + 1) / n_bins)",
        "(confidence >= b / n_bins) & (confidence < (b + 1) / n_bins)",
    ),
)
question.misconception(
    "closed_below_but_the_last",
    "Your bins contain their lower border, and the last one both. They contain the upper border: a confidence on a "
    "border belongs to the bin below.",
    seen="np.histogram, np.digitize and int(confidence * n_bins)",
    convention=True,
    replace=(
        "inside = (confidence > b / n_bins) & (confidence <= (b + 1) / n_bins)",
        "inside = np.minimum((confidence * n_bins).astype(int), n_bins - 1) == b",
    ),
)
question.misconception(
    "closed_on_both_sides",
    "Your bins contain both borders, so a confidence on a border counts twice. It belongs to the bin below only.",
    seen=">= and <= together",
    replace=("(confidence > b / n_bins)", "(confidence >= b / n_bins)"),
)
question.misconception(
    "bins_weigh_the_same",
    "You gave every bin the same weight. A bin counts by the share of the examples that it holds.",
    seen="the mean over the bins of a reliability diagram",
    source="""
    def expected_calibration_error(probabilities, labels, n_bins=15):
        confidence = probabilities.max(axis=1)
        right = probabilities.argmax(axis=1) == labels
        gaps = []
        for b in range(n_bins):
            inside = (confidence > b / n_bins) & (confidence <= (b + 1) / n_bins)
            if inside.any():
                gaps.append(abs(right[inside].mean() - confidence[inside].mean()))
        return np.mean(gaps)
    """,
)
question.misconception(
    "not_weighted",
    "You added up the gaps of the bins without weights. A bin counts by the share of the examples that it holds.",
    seen="the weight forgotten",
    replace=("total += inside.mean() * abs(", "total += abs("),
)
question.misconception(
    "weighted_by_number",
    "You weighted the bins by their numbers of examples, but didn't divide by all of them.",
    seen="n_b in place of n_b / N",
    replace=("total += inside.mean() * abs(", "total += inside.sum() * abs("),
)
question.misconception(
    "signed",
    "You let the bins' gaps cancel: one that claims too much makes up for one that claims too little. Take the size of "
    "each gap.",
    seen="the absolute value left out, or taken of the sum",
    replace=(
        "abs(right[inside].mean() - confidence[inside].mean())",
        "(right[inside].mean() - confidence[inside].mean())",
    ),
)
question.misconception(
    "signed_sum",
    "You took the absolute value at the end. Gaps of different signs have cancelled by then: take each bin's size.",
    seen="abs around the whole sum",
    replace=(
        "inside.mean() * abs(right[inside].mean() - confidence[inside].mean())\n    return total",
        "inside.mean() * (right[inside].mean() - confidence[inside].mean())\n    return abs(total)",
    ),
)
question.misconception(
    "each_example",
    "You took the gap of each example by itself. An example is only right or wrong: compare the accuracy of a whole "
    "bin with its mean confidence.",
    seen="the mean of |right - confidence|",
    replace=(
        "abs(right[inside].mean() - confidence[inside].mean())",
        "np.abs(right[inside] - confidence[inside]).mean()",
    ),
)
question.misconception(
    "middle_of_the_bin",
    "You took the middle of the bin for its confidence. Take the mean confidence of the examples in it.",
    seen="reliability diagrams drawn at the middles of the bins",
    replace=("confidence[inside].mean())", "(b + 0.5) / n_bins)"),
)
question.misconception(
    "probability_of_the_label",
    "You took the label's probability for the confidence. The confidence is that of the predicted class, right or "
    "wrong.",
    seen="probabilities gathered at the labels, as in the loss",
    replace=("confidence = probabilities.max(axis=1)", "confidence = probabilities[np.arange(len(labels)), labels]"),
)
question.misconception(
    "first_class",
    "You took the probability of one fixed class for the confidence. Take the largest probability of each row.",
    seen="binary code, probabilities[:, 1], used for several classes",
    replace=("confidence = probabilities.max(axis=1)", "confidence = probabilities[:, 1]"),
)
question.misconception(
    "squared",
    "You squared the gaps. That is another measure; here each gap counts with its size.",
    seen="the root-mean-square calibration error",
    replace=(
        "abs(right[inside].mean() - confidence[inside].mean())",
        "(right[inside].mean() - confidence[inside].mean()) ** 2",
    ),
)
question.misconception(
    "largest_gap",
    "You returned the largest gap. That is the maximum calibration error; the expected one is a weighted mean.",
    seen="MCE, defined in the same paper",
    replace=(
        "total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())",
        "total = max(total, abs(right[inside].mean() - confidence[inside].mean()))",
    ),
)
question.misconception(
    "empty_bin_is_nan",
    "An empty bin made your result NaN: the mean of nothing. Skip empty bins.",
    seen="a mean over an empty selection",
    replace=("if inside.any():", "if True:"),
)
question.misconception(
    "stops_at_an_empty_bin",
    "You stopped at the first empty bin. Skip it and go on.",
    seen="break for continue",
    replace=(
        "        if inside.any():\n            total",
        "        if not inside.any():\n            break\n        if True:\n            total",
    ),
)
question.misconception(
    "empty_bins_count",
    "Your empty bins add their own confidence, as if nobody had been right there. They add nothing.",
    seen="an accuracy of 0 and the middle of the bin filled in for empty bins, and all bins averaged",
    source="""
    def expected_calibration_error(probabilities, labels, n_bins=15):
        confidence = probabilities.max(axis=1)
        right = probabilities.argmax(axis=1) == labels
        total = 0.0
        for b in range(n_bins):
            inside = (confidence > b / n_bins) & (confidence <= (b + 1) / n_bins)
            if inside.any():
                total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
            else:
                total += (b + 0.5) / n_bins / len(labels)
        return total
    """,
)
