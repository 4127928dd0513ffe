"""synonym_replacement: places and words are drawn, so judged by what every right answer has."""

import numpy as np

from autograder.question import Difference, Property, Question, Tolerance, inputs_unharmed
from autograder.reference import augmentation_text as reference

from .sentences import CALLS, as_list, lists_of_text, seed

SYNONYMS = {
    "film": ["movie", "picture"],
    "actors": ["players", "cast"],
    "good": ["fine", "great", "strong"],
    "slow": ["lazy", "long"],
    "end": ["close", "finish"],
    "house": ["home"],
}
TOKENS = ["the", "film", "was", "good", "but", "the", "end", "of", "the", "film", "was", "slow", "for", "its", "actors"]


def drawn(rng, n, tokens=TOKENS, synonyms=SYNONYMS):
    words = list(synonyms)
    shuffled = {words[i]: list(synonyms[words[i]]) for i in rng.permutation(len(words))}
    return {"tokens": list(tokens), "synonyms": shuffled, "n": n, "seed": seed(rng), "calls": CALLS}


def two(rng):
    """Six places, two of them with the same word."""
    return drawn(rng, 2)


def more_than_there_are(rng):
    return drawn(rng, 6 + int(rng.integers(1, 4))) | {"calls": 20}


def themselves(rng):
    """Words among their own synonyms, one of them alone."""
    itself = {word: [word, *others] for word, others in SYNONYMS.items()}
    return drawn(rng, 3, synonyms=itself | {"was": ["was"], "the": ["the"]}) | {"calls": 60}


def capitals(rng):
    return drawn(rng, 3, tokens=["Good", "film", ",", "Slow", "end"]) | {"calls": 60}


def none(rng):
    return drawn(rng, 2, tokens=["it", "was", "not", "there"]) | {"calls": 2}


def once(rng):
    return two(rng) | {"calls": 1}


def probe(answer, inputs):
    """Several edits of one sentence from one generator, and the first few again from an equal one.

    A single edit gets the inputs themselves, so that what is changed in place shows; several get a copy each.
    """
    tokens, synonyms, n = inputs["tokens"], inputs["synonyms"], inputs["n"]
    if inputs["calls"] == 1:
        return {"edits": [answer(tokens, synonyms, n, np.random.default_rng(inputs["seed"]))], "again": []}

    def edits(calls):
        rng = np.random.default_rng(inputs["seed"])
        copies = [{word: list(others) for word, others in synonyms.items()} for _ in range(calls)]
        return [answer(list(tokens), copy, n, rng) for copy in copies]

    return {"edits": edits(inputs["calls"]), "again": edits(min(inputs["calls"], 5))}


# With n = 2 of 6 places, a place is drawn with a probability of 1/3, and each of its at most three synonyms then with
# 1/3: that 400 edits show some of the 14 pairs of a place and a synonym never has a probability below
# 14 (8/9)^400 < 1e-19.
def look(case):
    """What the edits are like, or None if they are no lists of text."""
    inputs, output = case.inputs, case.output
    if not isinstance(output, dict) or not all(lists_of_text(output.get(k)) for k in ("edits", "again")):
        return None
    edits, again = ([list(as_list(r)) for r in output[k]] for k in ("edits", "again"))
    tokens = inputs["tokens"]
    others = [[s for s in inputs["synonyms"].get(t.lower(), []) if s != t.lower()] for t in tokens]
    places = [i for i, words in enumerate(others) if words]
    if any(len(e) != len(tokens) for e in edits):
        return {"length": False}
    changed = [[i for i, (a, b) in enumerate(zip(tokens, e, strict=True)) if a != b] for e in edits]
    known = [(e[i], i) for e, c in zip(edits, changed, strict=True) for i in c]
    seen, many = {(w.lower(), i) for w, i in known}, len(edits) == CALLS
    counts = {len(c) for c in changed}
    return {
        "length": True,
        "no synonym": any(w.lower() not in others[i] for w, i in known),
        "capital": any(w.lower() in others[i] and w[:1].isupper() != tokens[i][:1].isupper() for w, i in known),
        "fewest": min(counts) - min(inputs["n"], len(places)),
        "most": max(counts) - min(inputs["n"], len(places)),
        "never": many and any((s, i) not in seen for i in places for s in others[i]),
        "no place": many and bool(set(places) - {i for _, i in known}),
        "repeats": edits[: len(again)] == again,
    }


def replaced(case):
    """A judge: the right number of places, each with a synonym, all at times, rng the only source of chance."""
    seen = look(case)
    if seen is None:
        return Difference("the result should be a list of strings")
    if not seen["length"]:
        return Difference("the result should have as many tokens as before")
    if seen["no synonym"]:
        return Difference("a token was replaced by something that isn't one of its synonyms")
    if seen["capital"]:
        return Difference("a replacement should begin with a capital letter where its token does, and only there")
    if seen["fewest"] < 0:
        return Difference("in some calls fewer tokens are replaced than should be")
    if seen["most"] > 0:
        return Difference("in some calls more tokens are replaced than should be")
    if seen["no place"]:
        return Difference("over many calls, some tokens that have a synonym are never replaced")
    if seen["never"]:
        return Difference("over many calls, some synonyms never come")
    if not seen["repeats"]:
        return Difference("a generator with the same seed doesn't give the same result again")
    return None


def unharmed_or_not(case):
    return bool(inputs_unharmed(case))


def tried(name, points, inputs, about):
    return Property(name, points, inputs, about, replaced, cases=1, fingerprint=look)


question = Question(
    name="synonym_replacement",
    assignment="07_augmentation",
    reference=reference.synonym_replacement,
    probe=probe,
    result_name="the list of tokens",
    optional=True,
    properties=[
        tried("value", 1.5, two, "a sentence with six places, many times"),
        tried("all of them", 0.25, more_than_there_are, "n larger than the number of places"),
        tried("themselves", 0.5, themselves, "words among their own synonyms"),
        tried("capitals", 0.25, capitals, "tokens with a capital letter"),
        tried("none", 0.25, none, "a sentence without any synonym"),
        Property(
            "inputs unharmed", 0.25, once, "any sentence", judge=inputs_unharmed, cases=1, fingerprint=unharmed_or_not
        ),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="text is compared exactly"),
    stuck="My edits are refused",
)


@question.accepts("rng.choice for places and for words")
def synonym_replacement(tokens, synonyms, n, rng):
    found = {}
    for i, t in enumerate(tokens):
        words = set(synonyms.get(t.lower(), ())) - {t.lower()}
        if words:
            found[i] = sorted(words)
    out = list(tokens)
    if found:
        for i in rng.choice(list(found), min(n, len(found)), replace=False):
            word = str(rng.choice(found[i]))
            out[i] = word.capitalize() if tokens[i][0].isupper() else word
    return out


@question.accepts("takes places out of a list, one after the other; a tuple")
def synonym_replacement(tokens, synonyms, n, rng):
    result, left = list(tokens), []
    for i in range(len(tokens)):
        if any(s != tokens[i].lower() for s in synonyms.get(tokens[i].lower(), [])):
            left.append(i)
    while left and n > 0:
        i = left.pop(int(rng.integers(len(left))))
        word = tokens[i].lower()
        while word == tokens[i].lower():
            word = synonyms[tokens[i].lower()][int(rng.random() * len(synonyms[tokens[i].lower()]))]
        result[i] = word if tokens[i][0].islower() else word.title()
        n -= 1
    return tuple(result)


@question.accepts("Python's random, seeded from rng")
def synonym_replacement(tokens, synonyms, n, rng):
    import random

    draw = random.Random(int(rng.integers(2**32)))
    choices = {i: [s for s in synonyms.get(t.lower(), []) if s != t.lower()] for i, t in enumerate(tokens)}
    places = [i for i in choices if choices[i]]
    chosen = set(draw.sample(places, min(n, len(places))))
    words = [draw.choice(choices[i]) if i in chosen else t for i, t in enumerate(tokens)]
    return [w[0].upper() + w[1:] if t[0] != t[0].lower() else w for w, t in zip(words, tokens, strict=True)]


@question.accepts("sorts the places by random keys; an array of text")
def synonym_replacement(tokens, synonyms, n, rng):
    table = {w: [s for s in words if s != w] for w, words in synonyms.items()}
    places = [i for i, t in enumerate(tokens) if table.get(t.lower())]
    keys = rng.random(len(places))
    words = np.array(tokens, dtype="U40")
    for k in np.argsort(keys)[:n]:
        i = places[k]
        options = table[tokens[i].lower()]
        new = options[rng.integers(0, len(options))]
        words[i] = new[:1].upper() + new[1:] if tokens[i][:1].isupper() else new
    return words


PLACES, FOR = (
    "places = [i for i, words in enumerate(others) if words]",
    "for i in rng.permutation(places)[:n].astype(int):",
)

question.misconception(
    "first_places",
    "You replace the first tokens that have a synonym, in every call the same. Draw the places.",
    seen="a loop that stops after n replacements",
    replace=(FOR, "for i in places[:n]:"),
)
question.misconception(
    "first_synonym",
    "You take the first synonym of the list, in every call the same. Draw one.",
    seen="synonyms[word][0]",
    replace=("others[i][rng.integers(len(others[i]))]", "others[i][0]"),
)
question.misconception(
    "with_repetition",
    "You may draw the same place twice, and then fewer than n tokens are replaced.",
    seen="rng.choice with replacement, or rng.integers n times",
    replace=(FOR, "for i in rng.choice(places, min(n, len(places))) if places else []:"),
)
question.misconception(
    "every_occurrence",
    "You replace a word wherever it stands. Here each place counts for itself, so that exactly n tokens change.",
    seen="Wei and Zou (2019), whose code replaces all occurrences of a drawn word",
    convention=True,
    source="""
    def synonym_replacement(tokens, synonyms, n, rng):
        table = {w: [s for s in words if s != w] for w, words in synonyms.items()}
        words = sorted({t.lower() for t in tokens if table.get(t.lower())})
        out = list(tokens)
        for w in rng.permutation(words)[:n]:
            new = table[w][rng.integers(len(table[w]))]
            for i, t in enumerate(tokens):
                if t.lower() == w:
                    out[i] = new[0].upper() + new[1:] if t[0].isupper() else new
        return out
    """,
)
question.misconception(
    "all_replaced",
    "You replace every token that has a synonym. Only n of them are.",
    seen="the draw of places left out",
    replace=("[:n].astype", "[:].astype"),
)
question.misconception(
    "places_of_all_tokens",
    "You draw the places from all tokens, so that fewer than n are replaced where a drawn one has no synonym.",
    seen="a position drawn first, and looked up then",
    replace=(FOR, "for i in [k for k in rng.permutation(len(tokens))[:n] if others[k]]:"),
)
question.misconception(
    "itself",
    "You count a word as a synonym of itself, so that some replacements change nothing.",
    seen="WordNet's sets of synonyms, which hold the word itself",
    replace=("[s for s in synonyms.get(t.lower(), []) if s != t.lower()]", "list(synonyms.get(t.lower(), []))"),
)
question.misconception(
    "capitals_not_found",
    "You look a token up as it is written, so that one with a capital letter has no synonym.",
    seen="synonyms.get(token)",
    replace=("synonyms.get(t.lower(), [])", "synonyms.get(t, [])"),
)
question.misconception(
    "capitals_lost",
    "Your replacement of a token with a capital letter begins with a small one.",
    seen="a sentence put into lower case before it is edited",
    replace=("word[0].upper() + word[1:] if tokens[i][0].isupper() else word", "word"),
)
question.misconception(
    "own_chance",
    "You draw from a generator of your own, so that a run can't be repeated. Draw from rng.",
    seen="random.choice in published code",
    replace=("out = list(tokens)", "out, rng = list(tokens), np.random.default_rng()"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote them into tokens itself. Work on a copy.",
    seen="tokens[i] = synonym",
    replace=("out = list(tokens)", "out = tokens"),
)
