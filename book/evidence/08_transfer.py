"""Digits with few labels: the pretrained backbone in four ways, the same network from scratch, and raw pixels."""

import functools

import numpy as np
from tnn import backbone, data, evidence, transfer

LRS = [0.0003, 0.001, 0.003, 0.01, 0.03]

PROTOCOL = {
    "question": "how much does a backbone pretrained on letters help with digits, over the number of labels a class?",
    "data": "digits of the nine training forms, drawn by seed, the same number of each class; 2 forms to validate "
            "(all of them, for every side), 3 to test",
    "labels": [1, 2, 5, 10, 30],
    "sides": {
        "pixels, ridge": "no network",
        "probe": "ridge on the last convolutional map of the pretrained backbone",
        "probe, random": "the same on a backbone with its initial weights, statistics of 512 letters",
        "scratch": "the same network from its initial weights, all layers trained",
        "fine-tuned": "all layers trained from the pretrained ones, the head from random values",
        "probe first": "all layers trained from the pretrained ones, the head from the probe",
    },
    "training": "200 steps of Adam, rate falling linearly to 0, batches of at most 20; statistics of batch "
                "normalization by batch from scratch, those of the pretraining otherwise",
    "steps": 200,
    "lrs": LRS,
    "strengths": list(transfer.STRENGTHS),
    "budget": "5 settings a side: rates, or strengths of the ridge penalty; 'probe first' takes the probe's strength",
    "tuning_seeds": [0, 1, 2],
    "report_seeds": list(range(10, 20)),
    "chosen": "highest mean validation accuracy over the tuning seeds, for each side and number of labels",
    "statistic": "test accuracy; paired differences over 10 draws of labels, mean and 95 % t-interval",
}  # fmt: skip
KEYS = ("side", "labels", "seed")
TOLERANCE = 0.05


def compute(protocol):
    return [row for side in protocol["sides"] for labels in protocol["labels"]
            for row in rows_of(protocol, side, labels)]  # fmt: skip


def sample(protocol):
    return [*rows_of(protocol, "probe", 5), *rows_of(protocol, "probe first", 5)]


def rows_of(protocol, side, labels):
    seeds, given = protocol["report_seeds"], side in ("probe", "fine-tuned", "probe first")
    if side in ("pixels, ridge", "probe", "probe, random"):
        found, setting = probe(side).curve(labels, seeds, protocol["tuning_seeds"])
    else:
        tuning = [[trained(protocol, side, labels, lr, seed)[0] for seed in protocol["tuning_seeds"]]
                  for lr in protocol["lrs"]]  # fmt: skip
        setting = protocol["lrs"][int(np.mean(tuning, axis=1).argmax())]
        found = [trained(protocol, side, labels, setting, seed)[1] for seed in seeds]
    weights = backbone.fingerprint() if given else "none"
    return [{"side": side, "labels": labels, "seed": seed, "setting": float(setting), "backbone": weights,
             "test_accuracy": round(float(a), 4)} for seed, a in zip(seeds, found, strict=True)]  # fmt: skip


@functools.cache
def probe(side):
    if side == "pixels, ridge":
        return transfer.Probe(lambda x: x)
    model = pretrained() if side == "probe" else backbone.untrained(7)
    return transfer.Probe(lambda x: backbone.features(model, x)["conv3"])


@functools.cache
def pretrained():
    return backbone.pretrained()


@functools.cache
def strength(labels):
    return probe("probe").curve(labels, [], PROTOCOL["tuning_seeds"])[1]


def trained(protocol, side, labels, lr, seed):
    """Validation and test accuracy of one training."""
    digits, rows = data.digits(), transfer.few(labels, seed)
    x, y = digits.x_train[rows], digits.y_train[rows]
    model, head = backbone.Backbone(1, seed) if side == "scratch" else pretrained(), None
    if side == "probe first":
        head = transfer.ridge_head(backbone.features(model, x)["conv3"], y, strength(labels))
    tuned = transfer.Tuned(model, seed, head)
    transfer.fit(tuned, x, y, lr, protocol["steps"], seed, normalize_by_batch=side == "scratch")
    return tuned.accuracy(digits.x_val, digits.y_val), tuned.accuracy(digits.x_test, digits.y_test)


if __name__ == "__main__":
    evidence.main(__file__)
