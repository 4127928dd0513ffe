"""minibatch_indices: an epoch's batches, judged by what every right answer has, not by one order."""

import numpy as np

from autograder.question import Difference, Property, Question, Tolerance
from autograder.reference import optimizers


def with_rest(rng):
    size, full = int(rng.integers(3, 6)), int(rng.integers(6, 9))
    return {"N": size * full + int(rng.integers(1, size)), "batch_size": size, "seed": int(rng.integers(1, 10**6))}


def rest_dropped(rng):
    return with_rest(rng) | {"drop_last": True}


def without_rest(rng):
    size, full = int(rng.integers(3, 6)), int(rng.integers(6, 9))
    return {"N": size * full, "batch_size": size, "seed": int(rng.integers(1, 10**6)), "drop_last": False}


def without_rest_dropped(rng):
    return without_rest(rng) | {"drop_last": True}


def many(rng):
    """Two thousand examples: enough to tell a random order from blocks that stay together."""
    return {"N": 2000, "batch_size": 20, "seed": int(rng.integers(1, 10**6))}


def probe(answer, inputs):
    """The batches of one epoch."""
    more = [inputs["drop_last"]] if "drop_last" in inputs else []
    batches = answer(inputs["N"], inputs["batch_size"], np.random.default_rng(inputs["seed"]), *more)
    return [np.array(batch) for batch in batches]


def probe_rng(answer, inputs):
    """One epoch, the next one of the same generator, and the first one again."""

    def epoch(rng):
        return [np.array(batch) for batch in answer(inputs["N"], inputs["batch_size"], rng)]

    rng = np.random.default_rng(inputs["seed"])
    return {"first": epoch(rng), "next": epoch(rng), "again": epoch(np.random.default_rng(inputs["seed"]))}


def batches_of(output):
    """The batches as arrays of whole numbers, or None if they are something else."""
    if isinstance(output, np.ndarray) and output.ndim == 2:
        output = list(output)
    if not isinstance(output, list | tuple) or not output:
        return None
    batches = [np.asarray(batch) for batch in output]
    if any(batch.ndim != 1 or not (batch.dtype.kind in "iu" or batch.size == 0) for batch in batches):
        return None
    return batches


def partition(case):
    """A judge: the sizes are right, and every example comes once (or, where a rest is dropped, at most once)."""
    N, size, drop = case.inputs["N"], case.inputs["batch_size"], case.inputs.get("drop_last", False)
    batches = batches_of(case.output)
    if batches is None:
        return Difference("the result should be a list of batches, each an array of whole numbers")
    sizes = [len(batch) for batch in batches]
    wanted = [size] * (N // size) + ([N % size] if N % size and not drop else [])
    if 0 in sizes:
        return Difference("there is an empty batch")
    if len(sizes) != len(wanted):
        return Difference(f"there should be {len(wanted)} batches, but there are {len(sizes)}")
    if sizes != wanted:
        return Difference("the batches don't have the right sizes: all but the last hold batch_size examples")
    flat = np.concatenate(batches)
    if flat.min() < 0 or flat.max() >= N:
        return Difference("some numbers aren't those of an example: they go from 0 to N - 1")
    if len(np.unique(flat)) < len(flat):
        return Difference("some examples come more than once in the epoch")
    return None


def kept_together(batches):
    """How many pairs of neighbours, i and i + 1, are in one batch."""
    place = {int(i): k for k, batch in enumerate(batches) for i in batch}
    return sum(place.get(i) == place.get(i + 1) for i in place if i + 1 in place)


# In a random order of N = 2000 examples, in batches of B = 20, the number of neighbours i, i + 1 that share a batch has
# the mean (N - 1) (B - 1) / (N - 1) = 19. Exchanging two examples changes it by at most 4, so for permutations
# P(number >= 19 + s) <= exp(-2 s^2 / (16 N)) (McDiarmid, for permutations): below 1e-25 for s = 981. Blocks that stay
# together keep 1900 of them. The number of examples that stand where they would without any shuffling has the mean 1,
# and it is N / 10 = 200 with a probability below 1 / 200!.
def shuffled(case):
    """A judge: the examples of a batch are not the neighbours that they would be without shuffling."""
    if found := partition(case):
        return found
    batches = batches_of(case.output)
    if np.mean(np.concatenate(batches) == np.arange(case.inputs["N"])) > 0.1:
        return Difference("the examples come in the order of their numbers")
    if kept_together(batches) > 1000:
        return Difference("examples with neighbouring numbers always meet in the same batch")
    return None


def from_rng(case):
    """A judge: the same generator gives the same batches, and the next ones are others."""
    output = case.output
    if not isinstance(output, dict) or any(batches_of(output.get(k)) is None for k in ("first", "next", "again")):
        return Difference("the result should be a list of batches, each an array of whole numbers")
    first, following, again = (np.concatenate(batches_of(output[k])).tolist() for k in ("first", "next", "again"))
    if first == following:
        return Difference("the same batches come again when the function is called once more with the same generator")
    if first != again:
        return Difference("a generator with the same seed doesn't give the same batches again")
    return None


def summary(case):
    """What tells two wrong answers apart though they draw different numbers."""
    batches = batches_of(case.output)
    if batches is None:
        return "no batches"
    flat, N = np.concatenate(batches), case.inputs["N"]
    return {
        "sizes": [len(batch) for batch in batches],
        "repeats": len(np.unique(flat)) < len(flat),
        "repeats in a batch": any(len(np.unique(batch)) < len(batch) for batch in batches),
        "beyond": bool(np.any((flat < 0) | (flat >= N))),
        "in order": bool(np.all(np.diff(flat) > 0)),
    }


def mixing(case):
    batches = batches_of(case.output)
    if batches is None:
        return "no batches"
    flat = np.concatenate(batches)
    return summary(case) | {
        "in place": bool(len(flat) == case.inputs["N"] and np.mean(flat == np.arange(len(flat))) > 0.1),
        "sorted batches": bool(all(np.all(np.diff(batch) > 0) for batch in batches)),
        "blocks": kept_together(batches) > 1000,
        "blocks in order": bool(np.all(np.diff([batch.min() for batch in batches]) > 0)),
    }


def repeating(case):
    return from_rng(case).says if from_rng(case) else "right"


question = Question(
    name="minibatch_indices",
    assignment="03_optimizers",
    reference=optimizers.minibatch_indices,
    probe=probe,
    result_name="the list of batches",
    properties=[
        Property(
            "value",
            2,
            with_rest,
            "a number of examples that batch_size doesn't divide",
            judge=partition,
            fingerprint=summary,
        ),
        Property(
            "drop_last",
            1,
            rest_dropped,
            "the same with drop_last=True",
            judge=partition,
            fingerprint=summary,
        ),
        Property(
            "no rest",
            0.5,
            without_rest,
            "a number of examples that batch_size divides",
            judge=partition,
            fingerprint=summary,
        ),
        Property(
            "no rest, drop_last",
            0.5,
            without_rest_dropped,
            "a number of examples that batch_size divides, with drop_last=True",
            judge=partition,
            fingerprint=summary,
        ),
        Property("random order", 1, many, "2000 examples in batches of 20", judge=shuffled, fingerprint=mixing),
        Property(
            "randomness from rng",
            1,
            with_rest,
            "several epochs",
            judge=from_rng,
            fingerprint=repeating,
            probe=probe_rng,
        ),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="whole numbers and sizes, which are right or wrong"),
    forbids=("torch.utils.data.DataLoader", "torch.utils.data.BatchSampler", "torch.utils.data.RandomSampler"),
    stuck={
        "random order": "My batches aren't random enough",
        "randomness from rng": "My batches aren't random enough",
        "": "The example passes, the graded cell fails",
    },
)


@question.accepts("shuffles a list, and fills one batch after the other")
def minibatch_indices(N, batch_size, rng, drop_last=False):
    order = list(range(N))
    rng.shuffle(order)
    batches, batch = [], []
    for i in order:
        batch.append(i)
        if len(batch) == batch_size:
            batches.append(batch)
            batch = []
    if batch and not drop_last:
        batches.append(batch)
    return batches


@question.accepts("sorts random numbers, and cuts at multiples")
def minibatch_indices(N, batch_size, rng, drop_last=False):
    order = np.argsort(rng.random(N))
    end = N - N % batch_size if drop_last else N
    return tuple(np.split(order[:end], range(batch_size, end, batch_size)))


@question.accepts("a generator of batches, drawn without replacement from what is left")
def minibatch_indices(N, batch_size, rng, drop_last=False):
    left = np.arange(N)
    while len(left) >= batch_size or (len(left) and not drop_last):
        batch = rng.choice(left, min(batch_size, len(left)), replace=False)
        left = np.setdiff1d(left, batch)
        yield batch


@question.accepts("torch, seeded from rng; full batches as the rows of a matrix")
def minibatch_indices(N, batch_size, rng, drop_last=False):
    import torch

    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    order = torch.randperm(N, generator=generator)
    full = N // batch_size
    rows = order[: full * batch_size].reshape(full, batch_size)
    return rows if drop_last or full * batch_size == N else [*rows, order[full * batch_size :]]


question.misconception(
    "with_replacement",
    "You drew every batch from all examples, with replacement, so that some come twice and others never. An epoch "
    "visits each example once.",
    seen="rng.integers(0, N, batch_size) in a training loop",
    replace=("order = rng.permutation(N)", "order = rng.integers(0, N, N)"),
)
question.misconception(
    "each_batch_anew",
    "You drew each batch without repeats, but from all examples again. Within an epoch each example comes once: draw "
    "one order, and cut it.",
    seen="rng.choice(N, batch_size, replace=False) in a training loop",
    replace=(
        "batches = [order[i : i + batch_size] for i in range(0, N, batch_size)]",
        "batches = [rng.permutation(N)[: min(batch_size, N - i)] for i in range(0, N, batch_size)]",
    ),
)
question.misconception(
    "not_shuffled",
    "You cut the examples into batches in the order of their numbers. Put them into a random order first.",
    seen="shuffle=False, the default of torch's DataLoader",
    replace=("order = rng.permutation(N)", "order = np.arange(N)"),
)
question.misconception(
    "batches_shuffled",
    "You shuffled the batches, not the examples: neighbours always meet. Shuffle the examples before you cut.",
    seen="data cut first and shuffled then, to keep reading from disk fast",
    source="""
    def minibatch_indices(N, batch_size, rng, drop_last=False):
        full = [np.arange(i, i + batch_size) for i in range(0, N - batch_size + 1, batch_size)]
        rng.shuffle(full)
        rest = np.arange(N - N % batch_size, N)
        return full if drop_last or not len(rest) else [*full, rest]
    """,
)
question.misconception(
    "shuffled_inside_the_batches",
    "You shuffled within each batch, so the same examples always meet. Shuffle all examples before you cut.",
    seen="rng.permutation applied to each slice",
    replace=(
        "batches = [order[i : i + batch_size] for i in range(0, N, batch_size)]",
        "batches = [rng.permutation(np.arange(i, min(i + batch_size, N))) for i in range(0, N, batch_size)]",
    ),
)
question.misconception(
    "rest_always_dropped",
    "You left out the last, shorter batch although drop_last is False. Then it is kept.",
    seen="range(N // batch_size), in training loops",
    replace=("if drop_last and N % batch_size:", "if N % batch_size:"),
)
question.misconception(
    "rest_always_kept",
    "You kept the last, shorter batch although drop_last is True.",
    seen="an argument that is accepted and never used",
    replace=("if drop_last and N % batch_size:", "if False:"),
)
question.misconception(
    "full_batch_dropped",
    "With drop_last you left out the last batch even where it is full. Only a shorter one is left out.",
    seen="batches[:-1] without a look at the size",
    replace=("if drop_last and N % batch_size:", "if drop_last:"),
)
question.misconception(
    "empty_batch",
    "Where batch_size divides the number of examples, you return an empty batch at the end.",
    seen="N // batch_size + 1 batches",
    replace=("range(0, N, batch_size)]", "range(0, N + 1, batch_size)]"),
)
question.misconception(
    "rest_filled_up",
    "You filled the last batch up with examples that came before. It is shorter, and that is right.",
    seen="a last batch wrapped around to the beginning, so that all have one size",
    replace=("order[i : i + batch_size]", "order[np.arange(i, i + batch_size) % N]"),
)
question.misconception(
    "rest_joined",
    "You divided the examples into batches of nearly equal size. All have batch_size examples; only the last may be "
    "shorter.",
    seen="np.array_split(order, N // batch_size)",
    replace=(
        "batches = [order[i : i + batch_size] for i in range(0, N, batch_size)]",
        "batches = np.array_split(order, N // batch_size)",
    ),
)
question.misconception(
    "counts_from_one",
    "Your examples are numbered from 1 to N. They go from 0 to N - 1.",
    seen="indices from languages that count from 1",
    replace=("rng.permutation(N)", "rng.permutation(N) + 1"),
)
question.misconception(
    "own_generator",
    "Your order doesn't come from rng, so that nobody can repeat it. Use rng's own methods.",
    seen="np.random.permutation, beside a generator that is handed in",
    replace=("rng.permutation(N)", "np.random.permutation(N)"),
)
question.misconception(
    "own_seed",
    "You made a generator with a seed of your own, so that every epoch has the same batches. Draw from rng.",
    seen="np.random.seed(0) or default_rng(0) inside the function",
    replace=("rng.permutation(N)", "np.random.default_rng(0).permutation(N)"),
)
