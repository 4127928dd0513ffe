"""balanced_sampler: one weight per example, judged up to their scale."""

import numpy as np

from autograder.compare import to_array
from autograder.question import Difference, Property, Question, Tolerance, inputs_unharmed, same_value
from autograder.reference import augmentation as reference


def labels_of(rng, counts):
    """Labels in which each class comes as often as said, in a random order that doesn't begin with the lowest class."""
    labels = rng.permutation(np.repeat(list(counts), list(counts.values())))
    while labels[0] == min(counts):
        labels = rng.permutation(labels)
    return labels


def three_classes(rng):
    counts = dict(zip(range(3), rng.permutation([2, 5, 13]).tolist(), strict=True))
    return {"labels": labels_of(rng, counts)}


def gaps(rng):
    """Class numbers that don't count from 0, one of them negative, and a class with a single example."""
    low, high = -int(rng.integers(2, 5)), int(rng.integers(5, 9))
    return {"labels": labels_of(rng, {low: 7, 2: 1, high: 3})}


def in_shares(output):
    """Weights over their sum, or a Difference where they can't be weights."""
    weights = to_array(output)
    if weights is None or weights.ndim == 0 or not np.issubdtype(weights.dtype, np.number):
        return None
    weights = weights.astype(float)
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() <= 0:
        return Difference("weights should be finite, not negative, and not all 0")
    return weights / weights.sum()


def up_to_scale(case):
    """A judge: the weights are those expected, times any positive number."""
    shares = in_shares(case.output)
    if isinstance(shares, Difference):
        return shares
    if shares is not None:
        case.output = shares
    return same_value(case)


def shares_of(case):
    shares = in_shares(case.output)
    return shares if isinstance(shares, np.ndarray) else case.output


question = Question(
    name="balanced_sampler",
    assignment="07_augmentation",
    reference=reference.balanced_sampler,
    result_name="the weights, over their sum",
    optional=True,
    properties=[
        Property("value", 2, three_classes, "three classes of different sizes", up_to_scale, fingerprint=shares_of),
        Property("gaps", 0.5, gaps, "class numbers with gaps between them", up_to_scale, fingerprint=shares_of),
        Property("inputs unharmed", 0.5, three_classes, "any labels", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(rtol=1e-3, atol=1e-6, why="one division: float32 errs by 1e-7, mistakes by a tenth"),
    forbids=("sklearn.utils.class_weight.compute_sample_weight", "sklearn.utils.compute_sample_weight"),
    equivalent_mutants={"return 2 / own": "any scale will do"},
    stuck="The example passes, the graded cell fails",
)


@question.accepts("a dictionary of counts")
def balanced_sampler(labels):
    counts = {}
    for c in labels.tolist():
        counts[c] = counts.get(c, 0) + 1
    return [1 / counts[c] for c in labels.tolist()]


@question.accepts("N / (K n), as scikit-learn has it")
def balanced_sampler(labels):
    import numpy as np

    classes, counts = np.unique(labels, return_counts=True)
    per_class = len(labels) / (len(classes) * counts)
    return per_class[np.searchsorted(classes, labels)]


@question.accepts("class by class, each with a share of 1")
def balanced_sampler(labels):
    weights = labels * 0.0
    for c in set(labels.tolist()):
        weights[labels == c] = 1 / (labels == c).sum()
    return weights


@question.accepts("a table of who is like whom, torch in float32")
def balanced_sampler(labels):
    import torch

    t = torch.tensor(labels)
    return 1 / (t[:, None] == t).float().mean(1)


WEIGHTS = "return 1 / own"

question.misconception(
    "per_class",
    "You return one weight per class. A sampler of examples takes one per example.",
    seen="class_weights handed to WeightedRandomSampler, in forum questions",
    replace=(WEIGHTS, "return 1 / counts"),
)
question.misconception(
    "frequency",
    "Your weights grow with the size of the class, so that large classes are drawn more often still. Rare ones need "
    "larger weights.",
    seen="counts[labels] used as weights",
    replace=(WEIGHTS, "return 1.0 * own"),
)
question.misconception(
    "all_equal",
    "Your weights are all the same. Then a class is drawn as often as it comes.",
    seen="weights of 1 / N",
    replace=(WEIGHTS, "return np.full(len(labels), 1 / len(labels))"),
)
question.misconception(
    "one_minus_share",
    "You took 1 minus the class's share. Rare classes get more, but not enough: the weights of a class should sum to "
    "the same as any other's.",
    seen="1 - counts / counts.sum() in tutorials on class weights",
    replace=(WEIGHTS, "return 1 - own / len(labels)"),
)
question.misconception(
    "root",
    "You took the root of the counts. That goes half of the way to balance; here all classes are to be drawn equally "
    "often.",
    seen="square-root sampling, as in training on many languages or long tails",
    convention=True,
    replace=(WEIGHTS, "return 1 / np.sqrt(own)"),
)
question.misconception(
    "squared",
    "You weighted twice, by the square of the counts, so that rare classes are now drawn most often.",
    seen="a balanced sampler together with a balanced loss",
    replace=(WEIGHTS, "return 1 / own ** 2"),
)
question.misconception(
    "largest_over_own",
    "You took the difference between the largest class and this one, so that the largest is never drawn.",
    seen="counts.max() - counts as the number of examples that are missing",
    replace=(WEIGHTS, "return 1.0 * (counts.max() - own)"),
)
question.misconception(
    "order_of_appearance",
    "You gave the classes their weights in the order in which they first come, but counted them in the order of their "
    "numbers.",
    seen="Counter(labels).values() zipped with sorted classes",
    replace=(
        WEIGHTS,
        "first = list(dict.fromkeys(labels.tolist()))\n    return 1 / counts[[first.index(c) for c in labels]]",
    ),
)
question.misconception(
    "labels_as_places",
    "You looked the counts up by the labels themselves. That works only for classes numbered 0, 1, 2 and so on.",
    seen="(1 / np.bincount(labels))[labels]",
    replace=(WEIGHTS, "return 1 / counts[labels % len(counts)]"),
)
question.misconception(
    "in_place",
    "Your weights are right, but you changed labels on the way. Work on a copy.",
    seen="labels -= labels.min()",
    replace=(WEIGHTS, "labels += 1\n    return 1 / own"),
)
