"""Edits of sentences as augmentation: what each does to a small classifier of opinions, in English and in Korean."""

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from tnn import evidence, opinions

from autograder.reference import augmentation_text as text

PROTOCOL = {
    "question": "which edits of 40 sentences help a small classifier, on clean sentences and on misspelt ones?",
    "data": "150 English and 150 Korean sentences of our own; 40 to train, 20 to validate, 90 to test, drawn by seed "
            "with both labels equally often",
    "model": "naive Bayes on the character 2- to 4-grams that occur within the words of a sentence",
    "alphas": [0.03, 0.1, 0.3, 1.0, 3.0, 10.0],
    "copies": 4,
    "p": 0.2,
    "typos": 3,
    "sides": {
        "nothing": "the sentences as they are",
        "deletion, negation protected": "each word left out with probability p, words of negation never",
        "deletion, nothing protected": "each word left out with probability p",
        "swaps": "two words change places",
        "insertion": "a synonym at a random place",
        "synonyms of opinions": "two words replaced, of those that praise or blame",
        "synonyms of other words": "two of the others replaced; a Korean noun's particle is made to agree",
        "typos": "three keys of every sentence missed for a neighbour",
        "antonyms, label kept": "one word replaced by its opposite",
        "antonyms, label turned": "the same, with the other label",
    },
    "tested": {"clean": "as written", "typos": "three keys of every sentence missed"},
    "seeds": list(range(40)),
    "chosen": "the smoothing alpha with the highest clean validation accuracy, of equals the largest",
    "statistic": "test accuracy, paired differences from nothing over 40 splits, mean and 95 % t-interval (the splits "
                 "share sentences, so the intervals are somewhat narrow)",
}  # fmt: skip
KEYS = ("language", "side", "tested", "seed")
TOLERANCE = 0.05


def compute(protocol):
    return [row for language in opinions.LANGUAGES for side in protocol["sides"] for seed in protocol["seeds"]
            for row in rows_of(protocol, language, side, seed)]  # fmt: skip


def sample(protocol):
    return [row for side in ("nothing", "typos") for row in rows_of(protocol, "ko", side, 3)]


def rows_of(protocol, language, side, seed):
    sentences, y = opinions.load(language)
    rng = np.random.default_rng([seed, 43])
    order = np.concatenate([rng.permutation(np.flatnonzero(y == label)) for label in (0, 1)])
    parts = [np.concatenate([order[:75][part], order[75:][part]]) for part in (slice(20), slice(20, 30), slice(30, 75))]
    train, val, test = ([sentences[i] for i in part] for part in parts)
    y_train, y_val, y_test = (y[part] for part in parts)
    added, labels = [], []
    keep = opinions.protected(train)
    for sentence, label in zip(train, y_train, strict=True):
        for _ in range(protocol["copies"] if side != "nothing" else 0):
            new = edited(protocol, side, sentence, keep, rng)
            if new is not None:
                added.append(new)
                labels.append(1 - label if side.endswith("turned") else label)
    vectors = CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), binary=True)
    X, targets = vectors.fit_transform(train + added), np.concatenate([y_train, labels]).astype(int)
    models = [MultinomialNB(alpha=a).fit(X, targets) for a in reversed(protocol["alphas"])]
    best = max(models, key=lambda m: m.score(vectors.transform(val), y_val))  # the first of equals
    slips = np.random.default_rng([seed, 47])
    misspelt = [slipped(s, protocol["typos"], slips) for s in test]
    return [{"language": language, "side": side, "tested": tested, "seed": seed, "alpha": best.alpha,
             "added": len(added), "test_accuracy": round(float(best.score(vectors.transform(given), y_test)), 4)}
            for tested, given in (("clean", test), ("typos", misspelt))]  # fmt: skip


def edited(protocol, side, sentence, keep, rng):
    """One edited copy of a sentence, or None where there is nothing to edit."""
    words = opinions.tokens(sentence)
    if side.startswith("deletion"):
        return opinions.joined(text.delete_tokens(words, protocol["p"], keep if "negation" in side else (), rng))
    if side == "swaps":
        return opinions.joined(text.swap_tokens(words, keep, rng))
    if side == "insertion":
        return opinions.joined(text.insert_token(words, opinions.synonyms(words), rng))
    if side.startswith("synonyms"):
        kinds = ["opinion"] if side.endswith("opinions") else ["other"]
        return opinions.joined(text.synonym_replacement(words, opinions.synonyms(words, kinds), 2, rng))
    if side == "typos":
        return slipped(sentence, protocol["typos"], rng)
    turned = opinions.with_antonym(words, rng)
    return None if turned is None else opinions.joined(turned)


def slipped(sentence, times, rng):
    for _ in range(times):
        sentence = opinions.typo(sentence, rng)
    return sentence


if __name__ == "__main__":
    evidence.main(__file__)
