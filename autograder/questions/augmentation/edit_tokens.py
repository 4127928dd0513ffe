"""delete_tokens and swap_tokens: at random, so judged by what every right edit has."""

from collections import Counter
from types import SimpleNamespace

import numpy as np

from autograder.question import Difference, Property, Question, Tolerance, inputs_unharmed
from autograder.reference import augmentation_text as reference

from .sentences import CALLS, as_list, free_places, is_subsequence, lists_of_text, seed, sentence

DELETE, SWAP = "delete_tokens", "swap_tokens"
NOT_TEXT = Difference("the result should be a list of strings")


def deleted(rng):
    """p is far from one half."""
    p = float(rng.uniform(0.25, 0.35) + rng.choice([0, 0.4]))
    return sentence(rng) | {"p": p, "seed": seed(rng), "calls": CALLS}


def capitals(rng):
    tokens = ["Not", "a", "good", "film", "and", "NEVER", "a", "good", "one"]
    more = {"p": float(rng.uniform(0.6, 0.8)), "calls": 60}
    return deleted(rng) | {"tokens": tokens, "protected": ["not", "never"]} | more


def all_gone(rng):
    """Nothing is protected, and p = 1."""
    return {"tokens": ["was", "it", "any", "good"], "p": 1.0, "protected": ["not"], "seed": seed(rng), "calls": 5}


def once(rng):
    """One edit that deletes something, as good as surely."""
    return deleted(rng) | {"p": float(rng.uniform(0.9, 0.95)), "calls": 1}


def swapped(rng):
    """No word comes twice, so that an exchange shows."""
    inputs = sentence(rng)
    return inputs | {"tokens": list(dict.fromkeys(inputs["tokens"])), "seed": seed(rng), "calls": CALLS}


def too_few(rng):
    """One token may move, or none."""
    tokens = ["Never", "not", "good"] if rng.random() < 0.5 else ["not", "never"]
    return {"tokens": tokens, "protected": ["not", "never"], "seed": seed(rng), "calls": 3}


def just_two(rng):
    return {"tokens": ["Not", "bad", "not", "good"], "protected": ["not"], "seed": seed(rng), "calls": 3}


def swapped_once(rng):
    return swapped(rng) | {"calls": 1}


def probe_delete(answer, inputs):
    """Several edits of one sentence from one generator, and the first few again from an equal one.

    A single edit gets the input itself, so that one which is changed in place shows; several get a copy each.
    """
    tokens, protected = inputs["tokens"], set(inputs["protected"])
    if inputs["calls"] == 1:
        return {"edits": [answer(tokens, inputs["p"], protected, np.random.default_rng(inputs["seed"]))], "again": []}

    def edits(calls):
        rng = np.random.default_rng(inputs["seed"])
        return [answer(list(tokens), inputs["p"], protected, rng) for _ in range(calls)]

    return {"edits": edits(inputs["calls"]), "again": edits(min(inputs["calls"], 5))}


def probe_swap(answer, inputs):
    """Several edits of one sentence from one generator, and the first few again from an equal one.

    A single edit gets the input itself, so that one which is changed in place shows; several get a copy each.
    """
    tokens, protected = inputs["tokens"], set(inputs["protected"])
    if inputs["calls"] == 1:
        return {"edits": [answer(tokens, protected, np.random.default_rng(inputs["seed"]))], "again": []}

    def edits(calls):
        rng = np.random.default_rng(inputs["seed"])
        return [answer(list(tokens), protected, rng) for _ in range(calls)]

    return {"edits": edits(inputs["calls"]), "again": edits(min(inputs["calls"], 5))}


def edits_of(output):
    """The edits and the first few again, as lists, or None if they are something else."""
    if not isinstance(output, dict) or not all(lists_of_text(output.get(k)) for k in ("edits", "again")):
        return None
    return [[list(as_list(r)) for r in output[k]] for k in ("edits", "again")]


# The share of kept tokens, of at least n = 400 * 9 draws, errs by 0.06 with a probability below 2 exp(-2 n 0.06^2)
# = 1.2e-11. A sentence has at least nine free tokens, so that of 400 edits all have the same two lengths, or both or
# neither of the two copies of a word, with a probability below 1e-50.
MARGIN = 0.06


def look_at_deletions(case):
    """What the edits are like: what tells right from wrong, and wrong ones apart."""
    inputs, found = case.inputs, edits_of(case.output)
    if found is None:
        return None
    edits, again = found
    tokens, free = inputs["tokens"], free_places(inputs)
    protected = Counter(t for i, t in enumerate(tokens) if i not in free)
    copies = Counter(tokens[i] for i in free)
    twice = [t for t, count in copies.items() if count > 1]
    lengths = {len(e) for e in edits}
    kept = sum(len(e) for e in edits) - len(edits) * sum(protected.values())
    return {
        "order": all(is_subsequence(e, tokens) for e in edits),
        "protected lost": any(Counter(e)[t] < count for e in edits for t, count in protected.items()),
        "empty": any(not e for e in edits),
        "share": kept / (len(edits) * max(len(free), 1)),
        "few lengths": len(lengths) < 3,
        "copies together": all(Counter(e)[t] in (0, copies[t]) for e in edits for t in twice),
        "repeats": edits[: len(again)] == again,
    }


def deletions(case):
    """A judge: order, protected words, the share of what stays, independence, and rng as the only source of chance."""
    seen, p = look_at_deletions(case), case.inputs["p"]
    if seen is None:
        return NOT_TEXT
    if not seen["order"]:
        return Difference("the tokens that stay should come in their old order, with nothing new among them")
    if seen["protected lost"]:
        return Difference("a protected word was deleted")
    if seen["empty"]:
        return Difference("nothing is left of a sentence: one token should stay then")
    if case.inputs["calls"] == CALLS:
        if abs(seen["share"] - (1 - p)) > MARGIN:
            more = "more" if seen["share"] > 1 - p else "fewer"
            return Difference(f"over many calls, {more} of the unprotected tokens stay than should")
        if seen["few lengths"]:
            return Difference("over many calls, the same numbers of tokens stay: each token has a chance of its own")
        if seen["copies together"]:
            return Difference("two copies of a word always stay together or go together: each has a chance of its own")
    if not seen["repeats"]:
        return Difference("a generator with the same seed doesn't give the same edits again")
    return None


def one_is_left(case):
    """A judge: exactly one of the tokens is left."""
    found = edits_of(case.output)
    if found is None:
        return NOT_TEXT
    if any(not e for e in found[0]):
        return Difference("where all tokens would go, nothing is left: one of them should stay")
    if any(len(e) > 1 or e[0] not in case.inputs["tokens"] for e in found[0]):
        return Difference("where all tokens would go, more is left than one of them")
    return None


# Of 400 edits of a sentence with 8 to 12 free tokens, all leave some token in its place with a probability below
# 12 (1 - 2 / 12)^400 < 1e-30. A pair of neighbours is drawn in at most 2 / 8 of the edits on average, and
# P(share of neighbours > 0.6) <= exp(-2 * 400 * 0.35^2) < 1e-40.
def look_at_swaps(case):
    inputs, found = case.inputs, edits_of(case.output)
    if found is None:
        return None
    edits, again = found
    tokens, free = inputs["tokens"], free_places(inputs)
    if any(len(e) != len(tokens) for e in edits):
        return {"lengths": False}
    changed = [[i for i, (a, b) in enumerate(zip(tokens, e, strict=True)) if a != b] for e in edits]
    near = sum(len(c) == 2 and free.index(c[1]) - free.index(c[0]) == 1 for c in changed if set(c) <= set(free))
    return {
        "lengths": True,
        "multiset": all(sorted(e) == sorted(tokens) for e in edits),
        "protected moved": any(not set(c) <= set(free) for c in changed),
        "more than two": any(len(c) > 2 for c in changed),
        "unchanged": any(not c for c in changed),
        "never moved": len(edits) == CALLS and len({i for c in changed for i in c}) < len(free),
        "neighbours": len(edits) == CALLS and near > 0.6 * CALLS,
        "repeats": edits[: len(again)] == again,
    }


def swaps(case):
    """A judge: exactly two unprotected places are exchanged, each at times, and rng is the only source of chance."""
    seen = look_at_swaps(case)
    if seen is None:
        return NOT_TEXT
    if not seen["lengths"] or not seen["multiset"]:
        return Difference("the result should hold the same tokens, each as often as before")
    if seen["protected moved"]:
        return Difference("a protected word isn't in its place any more")
    if seen["more than two"]:
        return Difference("more than two places changed")
    if seen["unchanged"]:
        return Difference("in some calls nothing was exchanged although there were two places for it")
    if seen["never moved"]:
        return Difference("over many calls, some tokens that aren't protected never move")
    if seen["neighbours"]:
        return Difference("over many calls, mostly neighbours are exchanged: any two places may be")
    if not seen["repeats"]:
        return Difference("a generator with the same seed doesn't give the same edits again")
    return None


def stays(case):
    """A judge: nothing changed."""
    found = edits_of(case.output)
    if found is None:
        return NOT_TEXT
    if any(e != case.inputs["tokens"] for e in found[0]):
        return Difference("with fewer than two places to exchange, the tokens should stay as they are")
    return None


def verdict(judge):
    """What tells answers apart where only one thing is judged."""
    return lambda case: judge(case).says if judge(case) else "right"


TELLING_APART = Tolerance(0.0, 0.1, why="two shares of 3600 draws differ by 0.1 with a probability below 1e-9")


def deleting(name, points, inputs, about, judge=deletions, fingerprint=look_at_deletions):
    return Property(
        name, points, inputs, about, judge, of=DELETE, probe=probe_delete, fingerprint=fingerprint,
        tolerance=TELLING_APART, cases=1,
    )  # fmt: skip


def swapping(name, points, inputs, about, judge=swaps, fingerprint=look_at_swaps):
    return Property(
        name, points, inputs, about, judge, of=SWAP, probe=probe_swap, fingerprint=fingerprint, cases=1
    )  # fmt: skip


question = Question(
    name="edit_tokens",
    assignment="07_augmentation",
    names=(DELETE, SWAP),
    reference=SimpleNamespace(delete_tokens=reference.delete_tokens, swap_tokens=reference.swap_tokens),
    result_name="the list of tokens",
    properties=[
        deleting("delete", 1, deleted, "a sentence that is edited many times"),
        deleting("delete, capitals", 0.5, capitals, "protected words in capital letters",
                 fingerprint=lambda case: (look_at_deletions(case) or {}).get("protected lost")),
        deleting("delete, nothing left", 0.5, all_gone, "p = 1, and no token that is protected",
                 one_is_left, verdict(one_is_left)),
        deleting("delete, tokens unharmed", 0.5, once, "any sentence", inputs_unharmed,
                 verdict(inputs_unharmed)),
        swapping("swap", 1.5, swapped, "a sentence that is edited many times"),
        swapping("swap, two", 0.25, just_two, "a sentence with exactly two tokens to exchange"),
        swapping("swap, too few", 0.25, too_few, "a sentence with fewer than two tokens to exchange",
                 stays, verdict(stays)),
        swapping("swap, tokens unharmed", 0.5, swapped_once, "any sentence", inputs_unharmed,
                 verdict(inputs_unharmed)),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="text is compared exactly"),
    equivalent_mutants={
        "kept = [t for t in tokens if t.lower() in protected or rng.random() > p]": "they never are equal",
        "i, j = rng.choice(places, 2, replace=None)": "None is as false as False",
    },
    stuck="My edits are refused",
)  # fmt: skip

question.accepts(
    "masks from the generator; a permutation's first two places",
    """
    def delete_tokens(tokens, p, protected, rng):
        stay = rng.random(len(tokens)) >= p
        out = [t for t, s in zip(tokens, stay) if s or t.lower() in protected]
        return out if len(out) > 0 else tokens[:1]

    def swap_tokens(tokens, protected, rng):
        free = [i for i in range(len(tokens)) if tokens[i].lower() not in protected]
        if len(free) < 2:
            return tokens
        a, b = rng.permutation(free)[:2]
        order = np.arange(len(tokens))
        order[[a, b]] = b, a
        return [tokens[i] for i in order]
    """,
)
question.accepts(
    "works on copies: deletes from the end, tries places until two will do",
    """
    def delete_tokens(tokens, p, protected, rng):
        out = list(tokens)
        for i in reversed(range(len(tokens))):
            if out[i].lower() not in protected and rng.uniform() < p and len(out) > 1:
                del out[i]
        return out

    def swap_tokens(tokens, protected, rng):
        out = tokens.copy()
        if sum(t.lower() not in protected for t in tokens) < 2:
            return out
        while True:
            i, j = rng.integers(0, len(out), 2)
            if i != j and out[i].lower() not in protected and out[j].lower() not in protected:
                out[i], out[j] = out[j], out[i]
                return out
    """,
)
question.accepts(
    "Python's random, seeded from the generator; tuples",
    """
    import random

    def delete_tokens(tokens, p, protected, rng):
        draw = random.Random(int(rng.integers(2**32)))
        out = tuple(t for t in tokens if t.casefold() in protected or draw.random() > p)
        return out or (draw.choice(tokens),)

    def swap_tokens(tokens, protected, rng):
        draw = random.Random(int(rng.integers(2**32)))
        free = [i for i, t in enumerate(tokens) if t.casefold() not in protected]
        out = list(tokens)
        if len(free) >= 2:
            i, j = draw.sample(free, 2)
            out[i], out[j] = tokens[j], tokens[i]
        return tuple(out)
    """,
)
question.accepts(
    "arrays of text",
    """
    def delete_tokens(tokens, p, protected, rng):
        words = np.array(tokens)
        safe = np.array([w.lower() in protected for w in tokens])
        keep = safe | (rng.binomial(1, 1 - p, len(words)) == 1)
        if not keep.any():
            keep[rng.integers(len(words))] = True
        return words[keep]

    def swap_tokens(tokens, protected, rng):
        words = np.array(tokens)
        free = np.flatnonzero([w.lower() not in protected for w in tokens])
        if len(free) > 1:
            pair = rng.choice(free, size=2, replace=False)
            words[pair] = words[pair[::-1]]
        return words
    """,
)

question.misconception(
    "protected_deleted",
    "You delete protected words too. Without its *not* a sentence says the opposite, under the old label.",
    seen="random deletion as published (Wei and Zou, 2019), on reviews",
    replace=(
        "kept = [t for t in tokens if t.lower() in protected or rng.random() >= p]",
        "kept = [t for t in tokens if rng.random() >= p]",
    ),
)
question.misconception(
    "p_keeps",
    "You keep a token with probability p. It is the probability of deleting one.",
    seen="rng.random() < p as the condition to stay",
    replace=("rng.random() >= p", "rng.random() < p"),
)
question.misconception(
    "all_or_nothing",
    "You draw once for the whole sentence, so that all its tokens stay or go together. Draw for each.",
    seen="the draw outside of the loop",
    replace=(
        "kept = [t for t in tokens if t.lower() in protected or rng.random() >= p]",
        "u = rng.random()\n    kept = [t for t in tokens if t.lower() in protected or u >= p]",
    ),
)
question.misconception(
    "fixed_number",
    "You always delete the same number of tokens. Each goes with probability p, independently, so the number varies.",
    seen="int(p * len(tokens)) tokens, as in the other edits of Wei and Zou (2019)",
    source="""
    def delete_tokens(tokens, p, protected, rng):
        free = [i for i, t in enumerate(tokens) if t.lower() not in protected]
        gone = set(rng.permutation(free)[: round(p * len(free))])
        return [t for i, t in enumerate(tokens) if i not in gone] or tokens[:1]

    def swap_tokens(tokens, protected, rng):
        out = list(tokens)
        free = [i for i, t in enumerate(tokens) if t.lower() not in protected]
        if len(free) > 1:
            i, j = rng.choice(free, 2, replace=False)
            out[i], out[j] = out[j], out[i]
        return out
    """,
)
question.misconception(
    "words_not_places",
    "You drew for each *word*, so that all its copies stay or go together. Draw for each place.",
    seen="a set of words to delete, and `if t not in gone`",
    replace=(
        "kept = [t for t in tokens if t.lower() in protected or rng.random() >= p]",
        "gone = {t for t in sorted(set(tokens)) if t.lower() not in protected and rng.random() < p}\n"
        "    kept = [t for t in tokens if t not in gone]",
    ),
)
question.misconception(
    "order_lost",
    "You gather the tokens in another order than theirs. What stays keeps its order.",
    seen="protected words put first, and a sample of the others behind them",
    replace=("return kept or", "kept.sort(key=lambda t: t.lower() not in protected)\n    return kept or"),
)
question.misconception(
    "own_chance",
    "You draw from a generator of your own, so that a run can't be repeated. Draw from rng.",
    seen="random.random() and np.random.rand() in published code",
    replace=("kept = [t for t in tokens", "rng = np.random.default_rng()\n    kept = [t for t in tokens"),
)
question.misconception(
    "capitals_not_protected",
    "A protected word with a capital letter isn't protected from your deletion. Compare in lower case.",
    seen="a list of stop words against the first word of a sentence",
    replace=("kept = [t for t in tokens if t.lower() in protected", "kept = [t for t in tokens if t in protected"),
)
question.misconception(
    "nothing_left",
    "Where every token is drawn for deletion, you return an empty list. One token should stay.",
    seen="an empty sentence that stops a training run at a later epoch",
    replace=("return kept or [tokens[rng.integers(len(tokens))]]", "return kept"),
)
question.misconception(
    "everything_back",
    "Where every token is drawn for deletion, you return the whole sentence. One token should stay.",
    seen="`return kept or tokens`",
    replace=("return kept or [tokens[rng.integers(len(tokens))]]", "return kept or list(tokens)"),
)
question.misconception(
    "deleted_in_place",
    "Your values are right, but you deleted from tokens itself. The next epoch would find what is left.",
    seen="tokens.remove(t) and tokens.pop(i)",
    replace=(
        "return kept or [tokens[rng.integers(len(tokens))]]",
        "tokens[:] = kept or [tokens[rng.integers(len(tokens))]]\n    return list(tokens)",
    ),
)
question.misconception(
    "protected_moved",
    "You exchange protected words too. *Not good but new* becomes *new good but not*.",
    seen="random swap as published (Wei and Zou, 2019), on reviews",
    replace=("[i for i, t in enumerate(tokens) if t.lower() not in protected]", "list(range(len(tokens)))"),
)
question.misconception(
    "same_place_twice",
    "You may draw the same place twice, and then nothing is exchanged. Draw two different ones.",
    seen="two calls of rng.integers, and rng.choice with replacement",
    replace=("rng.choice(places, 2, replace=False)", "rng.choice(places, 2)"),
)
question.misconception(
    "neighbours_only",
    "You exchange neighbours only. Any two places may be exchanged.",
    seen="tokens[i], tokens[i + 1]",
    replace=(
        "i, j = rng.choice(places, 2, replace=False)",
        "k = rng.integers(len(places) - 1)\n        i, j = places[k], places[k + 1]",
    ),
)
question.misconception(
    "shuffled",
    "You shuffled the tokens. Exactly two of them are exchanged.",
    seen="rng.shuffle in place of a swap",
    replace=(
        "i, j = rng.choice(places, 2, replace=False)\n        out[i], out[j] = out[j], out[i]",
        "for i, j in zip(places, rng.permutation(places)):\n            out[i] = tokens[j]",
    ),
)
question.misconception(
    "one_copied",
    "You wrote one token over the other, so that it is there twice and the other is lost.",
    seen="out[i] = out[j]; out[j] = out[i]",
    replace=("out[i], out[j] = out[j], out[i]", "out[i] = out[j]\n        out[j] = out[i]"),
)
question.misconception(
    "swapped_in_place",
    "Your values are right, but you exchanged the tokens in tokens itself. Work on a copy.",
    seen="tokens[i], tokens[j] = tokens[j], tokens[i]",
    replace=("out, places = list(tokens), ", "out, places = tokens, "),
)
