"""most_uncertain: which labels to ask for next, those between whose two best classes the model can't decide."""

import numpy as np
import torch

from autograder.question import Property, Question, Tolerance, unharmed


def most_uncertain(probabilities, asked, k):
    """Written without NumPy's sorting: the two should agree because both are right."""
    known, margins = {int(i) for i in asked}, []
    for i, row in enumerate(np.asarray(probabilities).tolist()):
        best, second = sorted(row, reverse=True)[:2]
        if i not in known:
            margins.append((best - second, i))
    return np.array([i for _, i in sorted(margins)[:k]], dtype=int)


def draw(rng, n, classes, asked, k):
    """Rows with margins far apart, in an order that neither the best score nor the entropy has."""
    scores = rng.dirichlet(np.full(classes, 0.8), n)
    best = np.sort(scores, axis=1)
    while np.min(np.diff(np.sort(best[:, -1] - best[:, -2]))) < 1e-5:
        scores = rng.dirichlet(np.full(classes, 0.8), n)
        best = np.sort(scores, axis=1)
    sure = np.argsort(best[:, -1] - best[:, -2])  # the least certain first; half of those asked are among them
    chosen = np.concatenate([sure[1 : asked // 2 + 1], rng.permutation(sure[asked:])[: asked - asked // 2]])
    return {"probabilities": scores, "asked": rng.permutation(chosen), "k": k}


def ordinary(rng):
    return draw(rng, 40, 5, 12, 9)


def nobody_asked(rng):
    return draw(rng, 25, 4, 0, 6)


def nearly_all(rng):
    """More wanted than are left."""
    return draw(rng, 14, 4, 10, 7)


def probe(answer, inputs):
    return answer(inputs["probabilities"], inputs["asked"], inputs["k"])


question = Question(
    name="most_uncertain",
    assignment="09_capstone",
    reference=most_uncertain,
    probe=probe,
    result_name="the indices",
    properties=[
        Property("value", 2, ordinary, "a pool of which some labels are known", cases=3),
        Property("none asked yet", 0.5, nobody_asked, "a pool of which no label is known, asked being empty"),
        Property("few left", 1, nearly_all, "a pool with fewer images left than k"),
        Property("inputs unharmed", 0.5, ordinary, "any input", judge=unharmed("probabilities", "asked"), cases=1),
    ],
    tolerance=Tolerance(0, 0, "indices are exact; margins in the inputs differ by 1e-5 or more"),
    stuck="It chooses other images",
    equivalent_mutants={"best = np.sort(probabilities, )": "the last axis is what it sorts along anyway"},
)


@question.accepts("scores of those asked are set to infinity in a copy")
def masked(probabilities, asked, k):
    two = np.sort(probabilities, axis=1)[:, -2:]
    margin = two[:, 1] - two[:, 0]
    margin[np.asarray(asked, dtype=int)] = np.inf
    left = len(margin) - len(set(np.asarray(asked).tolist()))
    return np.argsort(margin)[: min(k, left)]


@question.accepts("torch.topk")
def with_topk(probabilities, asked, k):
    best = torch.as_tensor(probabilities).topk(2, dim=1).values
    free = torch.ones(len(best), dtype=torch.bool)
    free[torch.as_tensor(asked).long()] = False
    order = (best[:, 0] - best[:, 1]).argsort()
    return order[free[order]][:k]


@question.accepts("one at a time, a list")
def greedy(probabilities, asked, k):
    left, chosen = set(range(len(probabilities))) - {int(i) for i in asked}, []

    def margin(i):
        best, second = np.partition(probabilities[i], -2)[[-1, -2]]
        return best - second

    while left and len(chosen) < k:
        chosen.append(min(left, key=margin))
        left.remove(chosen[-1])
    return chosen


@question.accepts("positions among the free ones, translated back")
def translated(probabilities, asked, k):
    free = np.setdiff1d(np.arange(len(probabilities)), asked)
    part = -np.sort(-probabilities[free], axis=1)
    return free[np.argsort(part[:, 0] - part[:, 1], kind="stable")[:k]]


question.misconception(
    "positions_among_the_free",
    "Your indices count only the images that are left. Translate them back into indices of the whole pool.",
    seen="argsort of a subset, used as if it were of the whole",
    source="""
def most_uncertain(probabilities, asked, k):
    free = np.setdiff1d(np.arange(len(probabilities)), asked)
    best = np.sort(probabilities[free], axis=1)
    return np.argsort(best[:, -1] - best[:, -2])[:k]
""",
)
question.misconception(
    "most_certain",
    "You chose the images of which the model is surest. Their labels tell it what it knows.",
    seen="an argsort read from the wrong end",
    replace=("best[:, -1] - best[:, -2]", "best[:, -2] - best[:, -1]"),
)
question.misconception(
    "least_confident",
    "You went by the largest probability alone. The margin is its distance from the second largest.",
    seen="least-confidence sampling, another rule of the field",
    convention=True,
    replace=("best[:, -1] - best[:, -2]", "best[:, -1]"),
)
question.misconception(
    "entropy",
    "You went by the entropy of all classes. The margin looks at the two largest probabilities only.",
    seen="entropy sampling, another rule of the field",
    convention=True,
    replace=("best[:, -1] - best[:, -2]", "(best * np.log(best)).sum(axis=1)"),
)
question.misconception(
    "best_against_worst",
    "You took the distance from the largest probability to the smallest.",
    seen="the sorted row's two ends",
    replace=("best[:, -1] - best[:, -2]", "best[:, -1] - best[:, 0]"),
)
question.misconception(
    "asks_again",
    "You chose images whose labels are known already.",
    seen="the second argument forgotten",
    replace=("order[~np.isin(order, asked)][:k]", "order[:k]"),
)
question.misconception(
    "drops_after_taking",
    "You took k images and then left out those that were asked before, so that fewer remain. Leave them out first.",
    seen="filter after the slice",
    replace=("order[~np.isin(order, asked)][:k]", "order[:k][~np.isin(order[:k], asked)]"),
)
question.misconception(
    "in_the_pools_order",
    "You have the right images, but not the most uncertain first.",
    seen="a boolean mask or np.sort at the end",
    replace=("order[~np.isin(order, asked)][:k]", "np.sort(order[~np.isin(order, asked)][:k])"),
)
question.misconception(
    "without_sorting",
    "You compared the first two classes, not the two most probable.",
    seen="columns 0 and 1 taken for the best and the second",
    replace=("best = np.sort(probabilities, axis=1)", "best = probabilities"),
)
