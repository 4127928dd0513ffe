"""k_fold_indices: many right answers, so what is judged is what every one of them must fulfil."""

import numpy as np

from autograder.compare import to_array
from autograder.question import Difference, Property, Question, Tolerance, inputs_unharmed
from autograder.reference import generalization as reference


def even(rng):
    """Folds of the same size, between 3 and 5, which is never k."""
    k, size = [(4, 5), (5, 3), (5, 4), (6, 4)][int(rng.integers(4))]
    return {"permutation": rng.permutation(k * size), "k": k}


def uneven(rng):
    """Two or three examples are left over when 5 folds of equal size are filled."""
    return {"permutation": rng.permutation(5 * int(rng.integers(3, 6)) + int(rng.integers(2, 4))), "k": 5}


def probe(answer, inputs):
    """The pairs, as two lists each; a generator of pairs will do."""
    folds = answer(inputs["permutation"], inputs["k"])
    return list(folds) if hasattr(folds, "__next__") else folds


def probe_again(answer, inputs):
    """The pairs for the examples in their own order, for the permuted ones, and for these once more."""
    permutation, found = inputs["permutation"], []
    for order in (np.arange(len(permutation)), permutation, permutation):
        folds = answer(order, inputs["k"])
        found.append(list(folds) if hasattr(folds, "__next__") else folds)
    return tuple(found)


def pairs(output, N):
    """The folds as two lists of whole numbers each, or a Difference that says what they are instead."""
    if not isinstance(output, list | tuple | np.ndarray):
        return Difference("your folds should be a list of pairs (train, validation)")
    found = []
    for i, pair in enumerate(output):
        if not isinstance(pair, list | tuple | np.ndarray) or len(pair) != 2:
            return Difference(f"fold {i} should be a pair (train, validation)")
        arrays = [to_array(part) for part in pair]
        if any(a is None or a.ndim != 1 for a in arrays):
            return Difference(f"fold {i} should hold two one-dimensional arrays of indices")
        if any(a.dtype.kind == "b" for a in arrays):
            return Difference(f"fold {i} holds True and False; indices are asked for")
        if any(a.size and (not np.isfinite(a).all() or (a != np.round(a)).any()) for a in arrays):
            return Difference(f"fold {i} holds numbers that aren't whole")
        if any(a.size and (a.min() < 0 or a.max() >= N) for a in arrays):
            return Difference(f"fold {i} holds indices that no example has")
        found.append(tuple([int(v) for v in a] for a in arrays))
    return found


def a_k_fold_split(case):
    """A judge: k pairs, validation folds disjoint and covering, of equal size up to one, the rest in train."""
    k, N = case.inputs["k"], len(case.inputs["permutation"])
    found = pairs(case.output, N)
    if isinstance(found, Difference):
        return found
    if len(found) != k:
        return Difference(f"there should be {k} folds, but there are {len(found)}")
    for i, (train, validation) in enumerate(found):
        if shared := set(train) & set(validation):
            return Difference(f"in fold {i}, {len(shared)} examples are in train and in validation")
        if len(set(train)) < len(train) or len(set(validation)) < len(validation):
            return Difference(f"in fold {i} an example stands more than once")
        if len(train) + len(validation) < N:
            return Difference(f"in fold {i}, {N - len(train) - len(validation)} examples are in neither part")
    counts = np.bincount([i for _, validation in found for i in validation], minlength=N)
    if (counts != 1).any():
        never, often = int((counts == 0).sum()), int((counts > 1).sum())
        return Difference(f"{never} examples are never in validation and {often} more than once; each should be once")
    sizes = [len(validation) for _, validation in found]
    if max(sizes) - min(sizes) > 1:
        return Difference("the sizes of the validation folds differ by more than one")
    return None


def follows_the_permutation(case):
    """A judge: who is validated together depends on the permuted order, not on the examples' own numbers."""
    permutation = case.inputs["permutation"]
    found = [pairs(folds, len(permutation)) for folds in case.output]
    for folds in found:
        if isinstance(folds, Difference):
            return folds
    plain, permuted, again = ({frozenset(validation) for _, validation in folds} for folds in found)
    if permuted != again:
        return Difference("the same permutation doesn't give the same folds again")
    if permuted != {frozenset(int(permutation[i]) for i in fold) for fold in plain}:
        return Difference(
            "the folds don't follow the permutation: which examples are validated together must depend on the places "
            "that it gives them, and on nothing else"
        )
    return None


def shape_of(case):
    """What tells mistakes apart though folds may be cut in many ways: counts, and who meets whom."""
    found = pairs(case.output, len(case.inputs["permutation"]))
    if isinstance(found, Difference):
        return found.says
    order = {int(v): i for i, v in enumerate(case.inputs["permutation"])}
    validated = [v for _, validation in found for v in validation]
    return {
        "sizes": sorted([len(train), len(validation)] for train, validation in found),
        "shared": sorted(len(set(train) & set(validation)) for train, validation in found),
        "validated once": len(set(validated)) == len(validated),
        "trains on later ones": any(max(map(order.get, t), default=-1) > min(map(order.get, v)) for t, v in found if v),
    }


def relation(case):
    """Whether the folds follow the permutation, ignore it, read it backwards, or are others every time."""
    permutation = case.inputs["permutation"]
    plain, permuted, again = ({frozenset(map(int, fold)) for _, fold in folds} for folds in case.output)
    backwards = {frozenset(int(i) for i in np.argsort(permutation)[list(fold)]) for fold in plain}
    return {
        "follows": follows_the_permutation(case) is None,
        "ignores": plain == permuted,
        "backwards": backwards == permuted,
        "repeats": permuted == again,
    }


question = Question(
    name="k_fold_indices",
    assignment="01_generalization",
    reference=reference.k_fold_indices,
    probe=probe,
    result_name="your list of folds",
    properties=[
        Property("value", 2, even, "a number of examples that k divides", judge=a_k_fold_split, fingerprint=shape_of),
        Property(
            "uneven folds",
            1.5,
            uneven,
            "a number of examples that k doesn't divide",
            judge=a_k_fold_split,
            fingerprint=shape_of,
        ),
        Property(
            "permutation",
            1,
            uneven,
            "two orders of the same examples",
            judge=follows_the_permutation,
            fingerprint=relation,
            probe=probe_again,
        ),
        Property(
            "inputs unharmed", 0.5, uneven, "any permutation", judge=inputs_unharmed, fingerprint=lambda case: None
        ),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="indices are whole numbers"),
    forbids=("sklearn.model_selection.KFold", "sklearn.model_selection.StratifiedKFold"),
    stuck="My folds overlap, or leave examples out",
)


@question.accepts("every k-th place of the permutation")
def k_fold_indices(permutation, k):
    places = np.arange(len(permutation))
    return [(permutation[places % k != i], permutation[places % k == i]) for i in range(k)]


@question.accepts("boundaries rounded down, so that the larger folds come last")
def k_fold_indices(permutation, k):
    N = len(permutation)
    cuts = [i * N // k for i in range(k + 1)]
    return [
        (np.delete(permutation, np.arange(a, b)), permutation[a:b]) for a, b in zip(cuts[:-1], cuts[1:], strict=True)
    ]


@question.accepts("deals the examples out like cards, in plain lists")
def k_fold_indices(permutation, k):
    hands = [[] for _ in range(k)]
    for place, example in enumerate(permutation.tolist()):
        hands[place % k].append(example)
    return [[[e for other in hands[:i] + hands[i + 1 :] for e in other], hands[i]] for i in range(k)]


@question.accepts("a generator that sorts what it yields")
def k_fold_indices(permutation, k):
    everyone = set(permutation.tolist())
    rest = list(permutation)
    for folds_left in range(k, 0, -1):
        size = len(rest) // folds_left
        validation, rest = rest[:size], rest[size:]
        yield sorted(everyone - set(validation)), sorted(validation)


@question.accepts("splits a torch tensor")
def k_fold_indices(permutation, k):
    import torch

    folds = torch.tensor_split(torch.as_tensor(permutation), k)
    return [(torch.cat([f for j, f in enumerate(folds) if j != i]), fold) for i, fold in enumerate(folds)]


question.misconception(
    "trains_on_everything",
    "Your training sets contain the validation examples. Whoever is validated must not have been trained on.",
    seen="the fold taken out for validation and left in for training",
    replace=("np.concatenate(parts[:i] + parts[i + 1 :])", "np.concatenate(parts)"),
)
question.misconception(
    "rest_dropped",
    "Where k doesn't divide the number of examples, you leave some out of every validation fold. Some folds must be "
    "larger by one.",
    seen="fold size N // k, and no word about the rest",
    replace=("np.array_split(permutation, k)", "np.split(permutation[: len(permutation) // k * k], k)"),
)
question.misconception(
    "rest_never_validated",
    "Where k doesn't divide the number of examples, some are in training always and in validation never. Some folds "
    "must be larger by one.",
    seen="fold size N // k, with the training set taken as all the others",
    source="""
    def k_fold_indices(permutation, k):
        size = len(permutation) // k
        return [
            (np.concatenate([permutation[: i * size], permutation[(i + 1) * size :]]),
             permutation[i * size : (i + 1) * size])
            for i in range(k)
        ]
    """,
)
question.misconception(
    "rest_in_last",
    "You put everything that is left over into the last fold. Share it out: sizes differ by one at most.",
    seen="fold code whose last slice runs to the end of the array",
    source="""
    def k_fold_indices(permutation, k):
        size, folds = len(permutation) // k, []
        for i in range(k):
            end = (i + 1) * size if i < k - 1 else len(permutation)
            folds.append((np.concatenate([permutation[: i * size], permutation[end:]]), permutation[i * size : end]))
        return folds
    """,
)
question.misconception(
    "rounded_up",
    "You rounded the size of the folds up, so that the last one is left with too few. Sizes differ by one at most.",
    seen="fold size ceil(N / k)",
    source="""
    def k_fold_indices(permutation, k):
        size, folds = -(-len(permutation) // k), []
        for start in range(0, len(permutation), size):
            end = start + size
            folds.append((np.concatenate([permutation[:start], permutation[end:]]), permutation[start:end]))
        return folds
    """,
)
question.misconception(
    "swapped",
    "You returned validation before train. The pair is (train, validation).",
    seen="validation, train = fold",
    replace=("folds.append((train, validation))", "folds.append((validation, train))"),
)
question.misconception(
    "permutation_ignored",
    "You cut the numbers from 0 up and never looked at the permutation. Data is often sorted, by label or by time: the "
    "permutation says which example stands at which place.",
    seen="places returned where examples were meant",
    replace=("np.array_split(permutation, k)", "np.array_split(np.arange(len(permutation)), k)"),
)
question.misconception(
    "permutation_backwards",
    "You read the permutation backwards: you took its entry for the place of an example. The entry is the example, and "
    "its index in the permutation is the place.",
    seen="a permutation mistaken for its inverse",
    replace=("np.array_split(permutation, k)", "np.array_split(np.argsort(permutation), k)"),
)
question.misconception(
    "own_shuffle",
    "You shuffled once more by yourself, so that nobody can repeat your folds. The permutation that you were given is "
    "all the randomness there is.",
    seen="np.random.permutation inside the function",
    replace=("np.array_split(permutation, k)", "np.array_split(np.random.permutation(permutation), k)"),
)
question.misconception(
    "shuffles_in_place",
    "You shuffled the permutation that you were given: the caller's own array has changed, and nobody can repeat your "
    "folds.",
    seen="np.random.shuffle, which returns nothing and changes its argument",
    replace=(
        "folds, parts = [], np.array_split(permutation, k)",
        "np.random.shuffle(permutation)\n    folds, parts = [], np.array_split(permutation, k)",
    ),
)
question.misconception(
    "only_the_past",
    "You train only on what comes before the fold. That is for time series; k-fold trains on everything but the fold.",
    seen="scikit-learn's TimeSeriesSplit",
    replace=(
        "np.concatenate(parts[:i] + parts[i + 1 :])",
        "np.concatenate([permutation[:0], *parts[:i]])",
    ),
)
question.misconception(
    "one_split",
    "You made one split. There are k of them, so that every example is validated once.",
    seen="a holdout set taken for cross-validation",
    replace=("return folds", "return folds[:1]"),
)
question.misconception(
    "masks",
    "You returned arrays of True and False. Indices are asked for: the numbers of the examples.",
    seen="boolean masks, which select the same rows",
    source="""
    def k_fold_indices(permutation, k):
        fold = np.empty(len(permutation), dtype=int)
        fold[permutation] = np.arange(len(permutation)) % k
        return [(fold != i, fold == i) for i in range(k)]
    """,
)
