"""How deep can a plain network be and still be trained, by scheme and activation? And how exact must its gain be?"""

import numpy as np
from tnn import data, evidence, schemes, train

from autograder.reference import initialization as init

PROTOCOL = {
    "question": "test accuracy over depth for each scheme, and over a factor on the gain at one depth",
    "data": "digits by form, pixels standardized: 9 forms to train, 2 to validate, 3 to test",
    "net": "depth hidden layers of 32 units, biases 0; last layer N(0, 1 / fan-in) in every arm",
    "arms": {"relu": ["he", "xavier", "torch default", "orthogonal"],
             "tanh": ["xavier", "orthogonal", "torch default"],
             "sigmoid": ["xavier", "4 xavier", "orthogonal"]},
    "gains": "he: sqrt(2); orthogonal: sqrt(2) for ReLU, else 1; xavier: 1; 4 xavier: 4, the reciprocal of the "
             "sigmoid's steepest slope",
    "depths": [2, 6, 12, 24],
    "factors": [0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0],
    "depth_for_factors": 12,
    "arms_for_factors": ["he", "orthogonal"],
    "optimizer": "sgd",
    "lrs": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0],
    "batch": 60,
    "steps": 500,
    "tuning_seeds": [0, 1, 2],
    "report_seeds": [10, 11, 12, 13, 14, 15, 16, 17],
    "own_lr": "highest mean of the final validation accuracy over the tuning seeds, for each arm, depth and factor",
    "statistic": "final test accuracy, median and range over 8 seeds",
}  # fmt: skip
KEYS = ("activation", "scheme", "depth", "factor", "seed")
TOLERANCE = 0.1
SCHEMES = {
    "he": lambda shape, rng, activation: init.kaiming_normal(shape, rng),
    "xavier": lambda shape, rng, activation: init.xavier_normal(shape, rng),
    "4 xavier": lambda shape, rng, activation: init.xavier_normal(shape, rng, gain=4.0),
    "torch default": lambda shape, rng, activation: init.torch_default(shape, rng),
    "orthogonal": lambda shape, rng, activation: init.orthogonal(shape, rng, 2**0.5 if activation == "relu" else 1.0),
}


def compute(protocol):
    rows = [row for activation, names in protocol["arms"].items() for name in names for depth in protocol["depths"]
            for row in one(protocol, activation, name, depth, 1.0)]  # fmt: skip
    return rows + [row for name in protocol["arms_for_factors"] for factor in protocol["factors"] if factor != 1
                   for row in one(protocol, "relu", name, protocol["depth_for_factors"], factor)]  # fmt: skip


def sample(protocol):
    return one(protocol, "relu", "he", 2, 1.0)


def one(protocol, activation, name, depth, factor):
    digits = data.digits(standardize=True)

    def make(i, shape, rng):
        if i == depth:
            return init.normal(shape, 0, shape[1] ** -0.5, rng)
        return factor * SCHEMES[name](shape, rng, activation)

    net, lrs, seeds = train.Net(depth, 32, activation), protocol["lrs"], protocol["tuning_seeds"]
    tuning = schemes.fit(net, make, digits, lrs, seeds, protocol["steps"], protocol["batch"])
    score = tuning.accuracy(digits.x_val, digits.y_val).reshape(len(lrs), len(seeds)).mean(axis=1)
    lr, seeds = lrs[int(np.argmax(score))], protocol["report_seeds"]
    report = schemes.fit(net, make, digits, [lr], seeds, protocol["steps"], protocol["batch"])
    accuracy = report.accuracy(digits.x_test, digits.y_test)
    return [{"activation": activation, "scheme": name, "depth": depth, "factor": factor, "seed": seed, "lr": lr,
             "accuracy": round(float(a), 4)} for seed, a in zip(seeds, accuracy, strict=True)]  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
