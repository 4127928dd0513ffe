"""merge_pair: a list of tokens, one merge of byte-pair encoding."""

from autograder.question import Property, Question, Tolerance, unharmed

FILLERS = ("x", "q", "th", "e ", "_")


def filled(rng, pieces):
    """The pieces in any order, a few other tokens between them and at both ends."""
    tokens = [str(rng.choice(FILLERS))]
    for i in rng.permutation(len(pieces)):
        tokens += [*pieces[i], *(str(t) for t in rng.choice(FILLERS, int(rng.integers(1, 3))))]
    return tokens


def different(rng):
    """A pair met three times, once at the end, beside its reverse and another split of the same text."""
    a, b, c = (str(t) for t in rng.permutation(["a", "n", "s"]))
    pair = (a + b, c)
    tokens = filled(rng, [pair, (c, a + b, a), (a, b + c), (a, b, c), (*pair, *pair)])
    return {"tokens": [*tokens, *pair], "pair": pair}


def equal(rng):
    """A pair of equal tokens in runs of two to five, so that occurrences overlap."""
    a = str(rng.choice(["o", "ll", "na"]))
    return {"tokens": filled(rng, [[a] * n for n in (1, 2, 3, 5)]), "pair": (a, a)}


def reference(tokens, pair):
    first, second = pair
    merged, held = [], False  # held: merged ends with a token that may begin the pair
    for token in tokens:
        if held and token == second and merged[-1] == first:
            merged[-1] = first + second
            held = False
        else:
            merged.append(token)
            held = True
    return merged


question = Question(
    name="merge_pair",
    assignment="90_kinds_of_answers",
    reference=reference,
    result_name="the list of tokens",
    properties=[
        Property("value", 2, different, "a pair of two different tokens"),
        Property("overlaps", 1, equal, "a pair of two equal tokens, in runs of up to five"),
        Property("inputs unharmed", 1, different, "any tokens", judge=unharmed("tokens")),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="tokens are compared exactly"),
)


@question.accepts("pops from a stack")
def merge_pair(tokens, pair):
    stack, merged = list(reversed(tokens)), []
    while stack:
        token = stack.pop()
        if stack and (token, stack[-1]) == pair:
            token += stack.pop()
        merged.append(token)
    return merged


@question.accepts("replaces slices of a copy, found with list.index")
def merge_pair(tokens, pair):
    merged, start = list(tokens), 0
    while pair[0] in merged[start:-1]:
        start = merged.index(pair[0], start)
        if merged[start + 1] == pair[1]:
            merged[start : start + 2] = ["".join(pair)]
        start += 1
    return merged


@question.accepts("recursion on the rest, returns a tuple")
def merge_pair(tokens, pair):
    if len(tokens) < 2:
        return tuple(tokens)
    if tokens[0] == pair[0] and tokens[1] == pair[1]:
        return (pair[0] + pair[1], *merge_pair(tokens[2:], pair))
    return (tokens[0], *merge_pair(tokens[1:], pair))


question.misconception(
    "first_only",
    "You merged the first occurrence only. Go on behind it, until the end of the list.",
    seen="a return, or a break, after the first match",
    replace=(
        "            i += 2\n",
        "            i += 2\n            return merged + list(tokens[i:])\n",
    ),
)
question.misconception(
    "second_kept",
    "You merged the pair, but kept its second token as well. Both tokens give way: go on two places further.",
    seen="an index that moves by one, whatever was found",
    replace=("i += 2", "i += 1"),
)
question.misconception(
    "compared_as_text",
    "You compared the concatenated text. Tokens that spell the same may be split elsewhere: compare both tokens.",
    seen="tokens[i] + tokens[i + 1] looked up as one string",
    replace=("tuple(tokens[i : i + 2]) == tuple(pair)", '"".join(tokens[i : i + 2]) == "".join(pair)'),
)
question.misconception(
    "order_ignored",
    "You merged the two tokens in either order. Only the first followed by the second is the pair.",
    seen="pairs counted as sets",
    replace=("tuple(tokens[i : i + 2]) == tuple(pair)", "sorted(tokens[i : i + 2]) == sorted(pair)"),
)
question.misconception(
    "from_the_right",
    "You merged from right to left. In a run of equal tokens that leaves over the first one instead of the last.",
    seen="deletions from the end, so that the indices stay valid",
    source="""
    def merge_pair(tokens, pair):
        merged = list(tokens)
        for i in reversed(range(len(merged) - 1)):
            if merged[i] == pair[0] and merged[i + 1] == pair[1]:
                merged[i : i + 2] = [pair[0] + pair[1]]
        return merged
    """,
)
question.misconception(
    "in_place",
    "Your tokens are right, but you merged them in the list you were given. Return a new list.",
    seen="tokens[i : i + 2] = [...], without a copy",
    source="""
    def merge_pair(tokens, pair):
        i = 0
        while i < len(tokens) - 1:
            if tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
                tokens[i : i + 2] = [pair[0] + pair[1]]
            i += 1
        return tokens
    """,
)
