"""batches: a generator; what it yields, and how much it reads for that."""

import itertools

from autograder.question import Property, Question, Tolerance


def items(rng, number):
    """Different numbers, 0 among them, and None."""
    drawn = [int(i) for i in rng.permutation(number)]
    drawn[number // 2] = None
    return drawn


def with_rest(rng):
    size, full = int(rng.integers(3, 6)), int(rng.integers(3, 6))
    return {"items": items(rng, size * full + int(rng.integers(1, size - 1))), "size": size}


def without_rest(rng):
    size, full = int(rng.integers(3, 6)), int(rng.integers(3, 6))
    return {"items": items(rng, size * full), "size": size}


def long_stream(rng):
    return {"first": int(rng.integers(10, 100)), "size": int(rng.integers(3, 9))}


def probe(answer, inputs):
    """Every batch as it is when it is yielded, from a stream that can be read once."""
    return [list(batch) for batch in answer((item for item in inputs["items"]), inputs["size"])]


def probe_all(answer, inputs):
    """All batches, as they are when the last has been yielded."""
    return list(answer(iter(inputs["items"]), inputs["size"]))


def probe_lazily(answer, inputs):
    """Two batches of a stream that goes on for long (it ends, lest an answer that reads it all never does)."""
    read = []

    def stream():
        for i in range(20_000):
            read.append(i)
            yield inputs["first"] + i

    taken = [list(batch) for batch in itertools.islice(answer(stream(), inputs["size"]), 2)]
    return {"the batches": taken, "the number of items read": len(read)}


def reference(stream, size):
    stream = iter(stream)
    while batch := [item for _, item in zip(range(size), stream, strict=False)]:
        yield batch


question = Question(
    name="batches",
    assignment="90_kinds_of_answers",
    reference=reference,
    result_name="the list of batches",
    properties=[
        Property("value", 2, with_rest, "a stream whose last batch is shorter"),
        Property("no empty batch", 1, without_rest, "a stream of full batches"),
        Property("own lists", 0.5, with_rest, "batches that are kept while the next are made", probe=probe_all),
        Property(
            "read when needed", 1.5, long_stream, "a long stream of which two batches are taken", probe=probe_lazily
        ),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="items are handed on, not computed"),
    probe=probe,
)


@question.accepts("slices of an iterator until one is empty")
def batches(stream, size):
    from itertools import islice

    iterator = iter(stream)
    while True:
        batch = list(islice(iterator, size))
        if not batch:
            return
        yield batch


@question.accepts("an iterator of its own, without yield")
def batches(stream, size):
    class Batches:
        def __init__(self):
            self.items = iter(stream)

        def __iter__(self):
            return self

        def __next__(self):
            batch = []
            try:
                while len(batch) < size:
                    batch.append(next(self.items))
            except StopIteration:
                if not batch:
                    raise
            return batch

    return Batches()


@question.accepts("one buffer, of which copies are handed out")
def batches(stream, size):
    buffer = []
    for item in stream:
        buffer.append(item)
        if len(buffer) >= size:
            yield list(buffer)
            buffer.clear()
    yield from [list(buffer)] if buffer else []


question.misconception(
    "rest_dropped",
    "You left out the last batch where it is shorter. Yield what is left when the stream ends.",
    seen="drop_last=True, a data loader's option",
    replace=("    if batch:\n        yield batch", ""),
)
question.misconception(
    "empty_batch",
    "You yield what is left even if nothing is. Where the items fill the batches, there is no further one.",
    seen="a last yield without a condition",
    replace=("if batch:", "if True:"),
)
question.misconception(
    "same_list",
    "You yield the same list every time, so that a batch changes when the next is made. Start a new list.",
    seen="batch.clear() after yield batch",
    replace=("batch = []\n    if", "batch.clear()\n    if"),
)
question.misconception(
    "reads_everything",
    "You read the whole stream before the first batch. It may be endless: read only what the next batch needs.",
    seen="list(stream) at the start",
    replace=("for item in stream:", "for item in list(stream):"),
)
question.misconception(
    "reads_ahead",
    "You read one item too many before you yield. A batch is complete as soon as it holds size items.",
    seen="the length compared before the item is appended",
    source="""
    def batches(stream, size):
        batch = []
        for item in stream:
            if len(batch) == size:
                yield batch
                batch = []
            batch.append(item)
        if batch:
            yield batch
    """,
)
question.misconception(
    "stops_at_none",
    "You stop at the first item that is None. None can be an item like any other: stop when the stream does.",
    seen="next(stream, None) as the sign of the end",
    source="""
    def batches(stream, size):
        stream = iter(stream)
        batch = []
        while (item := next(stream, None)) is not None:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
    """,
)
