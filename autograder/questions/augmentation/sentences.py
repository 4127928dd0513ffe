"""Sentences as the questions on text draw them, and what every right edit of them has.

How often a right answer fails: a judge looks at CALLS = 400 edits of one sentence. All bounds below are smaller than
1e-9, by Hoeffding's inequality, P(|share - p| > t) <= 2 exp(-2 n t^2), or by counting.
"""

import numpy as np

CALLS = 400
SENTENCES = (  # words, of which the protected ones come in lower case
    ("the film was not bad but the music was never very good", ("not", "never")),
    ("I do not think that I would ever watch this again without a friend", ("not", "without")),
    ("이 영화는 전혀 안 무섭고 음악은 별로 못 들어 줄 정도는 아니지만 이 배우는 좋다", ("안", "못", "전혀")),
    ("no one could say that this was no good and this was nothing", ("no", "nothing")),
)


def sentence(rng):
    """Tokens in which one word that isn't protected comes twice, and the protected words."""
    text, protected = SENTENCES[int(rng.integers(len(SENTENCES)))]
    return {"tokens": text.split(), "protected": list(protected)}


def seed(rng):
    return int(rng.integers(1, 10**6))


def free_places(inputs):
    """The places whose tokens may be edited."""
    return [i for i, t in enumerate(inputs["tokens"]) if t.lower() not in inputs["protected"]]


def lists_of_text(results):
    """Whether this is a list of lists of strings, as far as the wire shows."""
    return isinstance(results, list | tuple) and all(
        isinstance(r, list | tuple) and all(isinstance(t, str) for t in r) for r in map(as_list, results)
    )


def as_list(result):
    """An array of text is as good as a list."""
    return result.tolist() if isinstance(result, np.ndarray) else result


def is_subsequence(short, long):
    rest = iter(long)
    return all(token in rest for token in short)
