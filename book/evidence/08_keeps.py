"""What a backbone keeps: three pretraining tasks on the same images, and what can be read from each at the end."""

import numpy as np
from tnn import backbone, evidence, glyphs

PROTOCOL = {
    "question": "do the features of the last layers hold what the pretraining task didn't ask for?",
    "data": "letters as in 08_backbone; 10,000 to pretrain, 2,000 other ones to probe with, 2,000 to test",
    "tasks": ["letter", "face", "slant"],
    "controls": "the untrained backbone, and the pixels",
    "steps": 1000,
    "seeds": [0, 1, 2],
    "taps": ["conv3", "pooled"],
    "probe": "ridge; the penalty is 0.001 of the features' mean square for everyone",
    "statistic": "accuracy of letter (38) and face (18), R^2 of slant and ink; mean and range over 3 seeds",
}
KEYS = ("task", "tap", "seed")
TOLERANCE = 0.08


def compute(protocol):
    return [row for task in [*protocol["tasks"], "untrained"] for seed in protocol["seeds"]
            for row in rows_of(protocol, task, seed)] + pixels()  # fmt: skip


def sample(protocol):
    return [*rows_of(protocol, "untrained", 1), *pixels()]


def rows_of(protocol, task, seed):
    model = backbone.untrained(seed) if task == "untrained" else trained(protocol, task, seed)
    given, new = (backbone.features(model, part.x) for part in probing())
    return [{"task": task, "tap": tap, "seed": seed, **read(given[tap], new[tap])} for tap in protocol["taps"]]


def pixels():
    given, new = probing()
    return [{"task": "none", "tap": "pixels", "seed": 0, **read(given.x, new.x)}]


def probing():
    return glyphs.draw(2000, 101), glyphs.draw(2000, 102)


def trained(protocol, task, seed):
    letters = glyphs.draw(10000, seed)
    target = {"letter": letters.letter, "face": letters.face, "slant": standard(letters.slant)}[task]
    outputs = {"letter": len(glyphs.LETTERS), "face": len(glyphs.FACES), "slant": 1}[task]
    return backbone.train(backbone.Backbone(outputs, seed), letters.x, target, protocol["steps"], seed)


def standard(values):
    return ((values - values.mean()) / values.std())[:, None]


def read(features, new):
    """What a ridge probe on features (2000, D) tells about the new ones."""
    given, unseen = probing()
    targets = np.hstack([np.eye(len(glyphs.LETTERS))[given.letter], np.eye(len(glyphs.FACES))[given.face],
                         standard(given.slant), standard(given.ink)])  # fmt: skip
    mean, scale = features.mean(0), np.sqrt(features.var(0).mean())
    X = (features - mean) / scale
    lam = 1e-3 * len(X)
    W = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ (targets - targets.mean(0)))
    found = (new - mean) / scale @ W + targets.mean(0)
    letters, faces, slant, ink = np.split(found, [len(glyphs.LETTERS), len(glyphs.LETTERS) + len(glyphs.FACES), -1], 1)
    return {
        "letter": float((letters.argmax(1) == unseen.letter).mean()),
        "face": float((faces.argmax(1) == unseen.face).mean()),
        "slant": r_squared(slant, unseen.slant, given.slant),
        "ink": r_squared(ink, unseen.ink, given.ink),
    }


def r_squared(found, true, given):
    """R^2 of standardized predictions (N, 1)."""
    true = (true - given.mean()) / given.std()
    return float(1 - ((found[:, 0] - true) ** 2).mean() / true.var())


if __name__ == "__main__":
    evidence.main(__file__)
