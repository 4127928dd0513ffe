"""After Santurkar et al. (2018): put the shifting distributions back in, behind batch normalization.

If stable layer inputs were why it helps, a network whose normalized units are shifted and scaled at random at
every step should train no better than one without batch normalization.
"""

import numpy as np
from tnn import data, evidence, train

PROTOCOL = {
    "question": "does batch normalization still help when its outputs are shaken anew at every step?",
    "data": "digits by form: 9 forms to train, 2 to validate, 3 to test",
    "net": "4 hidden layers of 32 units",
    "sides": {"plain": [None, None], "batch norm": ["batch", None], "shaken batch norm": ["batch", [0.5, 1.25]]},
    "disturbance": "each unit, each step: shift from U(-0.5, 0.5), factor from U(1, 1.25); each example: "
                   "shift U(-0.1, 0.1) and factor N(0, 0.1) on top; in training only",
    "activations": ["relu", "sigmoid"],
    "optimizer": "sgd",
    "lrs": [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0],
    "batch": 60,
    "steps": 1500,
    "target": 0.93,
    "evaluated_every": 5,
    "tuning_seeds": [0, 1, 2, 3],
    "report_seeds": [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    "own_lr": "fewest mean steps to the target over the tuning seeds",
    "statistic": "steps to the target, median and range over 10 seeds; instability: how far a unit's batch mean at the "
                 "last layer's input moves from one step to the next (mean of absolute changes over the first 300 "
                 "steps), relative to the spread of the units' means; median over seeds",
}  # fmt: skip
KEYS = ("activation", "side", "seed")
TOLERANCE = 0.25


def compute(protocol):
    return [row for activation in protocol["activations"] for side in protocol["sides"]
            for row in one(protocol, activation, side)]  # fmt: skip


def sample(protocol):
    return one(protocol, "relu", "batch norm")


def one(protocol, activation, side):
    norm, disturb = protocol["sides"][side]
    digits = data.digits()
    net = train.Net(4, 32, activation, norm, disturb=tuple(disturb) if disturb else None)
    fixed = {"optimizer": protocol["optimizer"], "batch": protocol["batch"], "every": protocol["evaluated_every"]}
    tuning = train.train(net, digits, protocol["lrs"], protocol["tuning_seeds"], protocol["steps"], **fixed)
    lr = protocol["lrs"][tuning.best(protocol["target"])]
    report = train.train(net, digits, [lr], protocol["report_seeds"], protocol["steps"], watch=True, **fixed)
    steps = train.steps_to(report, protocol["target"])[0]
    means = report.watched[0, :, :300]  # (seeds, steps, units)
    moved = np.abs(np.diff(means, axis=1)).mean(axis=(1, 2)) / means.std(axis=2).mean(axis=1)
    accuracy = report.score(digits.x_test, digits.y_test)[0]
    return [{"activation": activation, "side": side, "seed": seed, "lr": lr,
             "steps": float(s) if np.isfinite(s) else None, "instability": round(float(m), 4),
             "test_accuracy": round(float(a), 4)}
            for seed, s, m, a in zip(protocol["report_seeds"], steps, moved, accuracy, strict=True)]  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
