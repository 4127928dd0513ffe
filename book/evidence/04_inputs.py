"""What uneven inputs cost, and what standardizing, whitening or batch normalization gives back.

Each pixel is multiplied by a factor of its own and shifted by its own amount, both random. No information is lost:
the same linear classifiers exist before and after.
"""

from dataclasses import replace

import numpy as np
from tnn import data, evidence, train

PROTOCOL = {
    "question": "steps and final accuracy with inputs on uneven scales, standardized, whitened, or batch-normalized",
    "data": "digits by form: 9 forms to train, 2 to validate, 3 to test; the pixel's factor is 10 ** U(-0.7, 0.7), its "
            "shift U(-1, 1) times the factor (generator seed 4)",
    "inputs": ["even", "uneven", "standardized", "whitened"],
    "whitening": "ZCA of the training images with 0.1 added to each eigenvalue of the standardized pixels' covariance",
    "nets": {"linear": [0, None], "relu": [2, None], "relu, batch norm": [2, "batch"]},
    "optimizer": "sgd",
    "lrs": [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0],
    "batch": 60,
    "steps": 1500,
    "target": 0.93,
    "evaluated_every": 5,
    "tuning_seeds": [0, 1, 2, 3],
    "report_seeds": [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    "own_lr": "fewest mean steps to the target over the tuning seeds; ties to the higher final accuracy",
    "statistic": "steps to the target, median and range; test accuracy at the end, mean and 95 % t-interval over seeds",
}  # fmt: skip
KEYS = ("inputs", "net", "seed")
TOLERANCE = 0.25


def compute(protocol):
    return [row for inputs in protocol["inputs"] for net in protocol["nets"] for row in one(protocol, inputs, net)]


def sample(protocol):
    return one(protocol, "uneven", "linear")


def prepared(inputs):
    """The digits with these inputs; every transformation is fitted on the training images alone."""
    digits = data.digits(standardize=inputs in ("standardized", "whitened"))
    if inputs == "uneven":
        rng = np.random.default_rng(4)
        factor = 10 ** rng.uniform(-0.7, 0.7, 64)
        shift = rng.uniform(-1, 1, 64) * factor
        return changed(digits, lambda x: x * factor + shift)
    if inputs == "whitened":
        values, vectors = np.linalg.eigh(np.cov(digits.x_train.T, bias=True))
        matrix = vectors / np.sqrt(values + 0.1) @ vectors.T
        return changed(digits, lambda x: x @ matrix)
    return digits


def changed(digits, f):
    return replace(digits, x_train=f(digits.x_train), x_val=f(digits.x_val), x_test=f(digits.x_test))


def one(protocol, inputs, name):
    depth, norm = protocol["nets"][name]
    digits, net = prepared(inputs), train.Net(depth, 32, norm=norm)
    fixed = {"optimizer": protocol["optimizer"], "batch": protocol["batch"], "every": protocol["evaluated_every"]}
    tuning = train.train(net, digits, protocol["lrs"], protocol["tuning_seeds"], protocol["steps"], **fixed)
    lr = protocol["lrs"][tuning.best(protocol["target"])]
    report = train.train(net, digits, [lr], protocol["report_seeds"], protocol["steps"], **fixed)
    steps = train.steps_to(report, protocol["target"])[0]
    accuracy = report.score(digits.x_test, digits.y_test)[0]
    return [{"inputs": inputs, "net": name, "seed": seed, "lr": lr, "steps": float(s) if np.isfinite(s) else None,
             "test_accuracy": round(float(a), 4)}
            for seed, s, a in zip(protocol["report_seeds"], steps, accuracy, strict=True)]  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
