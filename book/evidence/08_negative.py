"""An obvious split: pretrain on the digits 0 to 4, then learn 5 to 9 from a few labels."""

import functools

import numpy as np
from tnn import backbone, data, evidence, transfer

PROTOCOL = {
    "question": "is a backbone pretrained on real digits of other classes better than one pretrained on letters?",
    "data": "pretraining: all images of 0 to 4 in the nine training forms; then digits 5 to 9, few labels a class "
            "drawn by seed, 2 forms to validate, 3 to test",
    "sides": ["pixels", "digits 0-4", "letters", "untrained"],
    "taps": ["conv1", "conv2", "conv3", "pooled"],
    "labels": [1, 2, 5, 10, 30],
    "steps": 600,
    "lrs": [0.001, 0.003, 0.01],
    "rate": "of the pretraining: highest mean accuracy on 0 to 4 in the validation forms over the first 3 seeds",
    "pretraining_seeds": [0, 1, 2, 3, 4],
    "probe": "ridge, 5 strengths for every side, tap and number of labels",
    "tuning_seeds": [0, 1, 2],
    "report_seeds": list(range(10, 20)),
    "statistic": "test accuracy on 5 to 9: for each draw of labels the mean over the pretraining seeds; paired "
                 "differences over 10 draws, mean and 95 % t-interval",
}  # fmt: skip
KEYS = ("side", "tap", "labels", "seed")
TOLERANCE = 0.08
FRONT, BACK = range(5), range(5, 10)


def compute(protocol):
    return [row for side in protocol["sides"] for tap in taps(protocol, side) for labels in protocol["labels"]
            for row in rows_of(protocol, side, tap, labels)]  # fmt: skip


def sample(protocol):
    return [*rows_of(protocol, "letters", "conv3", 5), *rows_of(protocol, "pixels", "pixels", 5)]


def taps(protocol, side):
    return ["pixels"] if side == "pixels" else protocol["taps"]


def rows_of(protocol, side, tap, labels):
    starts = protocol["pretraining_seeds"] if side in ("digits 0-4", "untrained") else [0]
    found = [probe(side, start, tap).curve(labels, protocol["report_seeds"], protocol["tuning_seeds"])[0]
             for start in starts]  # fmt: skip
    spread = np.std(np.mean(found, axis=1))  # over the pretraining seeds
    weights = backbone.fingerprint() if side == "letters" else "none"
    return [{"side": side, "tap": tap, "labels": labels, "seed": seed, "backbone": weights,
             "spread": round(float(spread), 4), "test_accuracy": round(float(a), 4)}
            for seed, a in zip(protocol["report_seeds"], np.mean(found, axis=0), strict=True)]  # fmt: skip


@functools.cache
def probe(side, start, tap):
    if side == "pixels":
        return transfer.Probe(lambda x: x, BACK)
    model = {"letters": lambda _: backbone.pretrained(), "untrained": backbone.untrained,
             "digits 0-4": lambda seed: on_front(best_lr(), seed)}[side](start)  # fmt: skip
    return transfer.Probe(lambda x: backbone.features(model, x)[tap], BACK)


@functools.cache
def on_front(lr, seed):
    """A backbone trained on the digits 0 to 4."""
    digits = data.digits()
    front = np.isin(digits.y_train, FRONT)
    model = backbone.Backbone(5, seed)
    return backbone.train(model, digits.x_train[front], digits.y_train[front], PROTOCOL["steps"], seed, lr, batch=64)


@functools.cache
def best_lr():
    digits = data.digits()
    front = np.isin(digits.y_val, FRONT)

    def accuracy(lr, seed):
        found = backbone.features(on_front(lr, seed), digits.x_val[front])["head"].argmax(1)
        return (found == digits.y_val[front]).mean()

    return max(PROTOCOL["lrs"], key=lambda lr: np.mean([accuracy(lr, s) for s in PROTOCOL["pretraining_seeds"][:3]]))


if __name__ == "__main__":
    evidence.main(__file__)
