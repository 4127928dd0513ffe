"""How good is an optimizer after k tries at its hyperparameters?

Every optimizer gets the same random search over all of its own hyperparameters. From its 64 tries follows, for each
k up to 32, what the best of k random tries gives on average: chosen on validation data, judged on test data.
"""

import numpy as np
from tnn import data, evidence, optimizers, train

PROTOCOL = {
    "question": "test accuracy of the configuration that k random tries find, over k",
    "data": "digits by form: 9 forms to train, 2 to validate, 3 to test",
    "net": "4 hidden layers of 32 ReLU units",
    "search": {"lr": "10^-4 to 10, log-uniform", "1 - mu": "10^-3 to 1, log-uniform",
               "1 - beta2": "10^-4 to 10^-1, log-uniform", "weight_decay": "10^-3 to 1, log-uniform"},
    "optimizers": {"sgd": ["lr"], "momentum": ["lr", "mu"], "nesterov": ["lr", "mu"], "adagrad": ["lr"],
                   "rmsprop": ["lr", "beta2"], "adam": ["lr", "mu", "beta2"],
                   "adamw": ["lr", "mu", "beta2", "weight_decay"]},
    "tries": 64,
    "batch": 60,
    "steps": 300,
    "tuning_seeds": [0, 1, 2],
    "report_seeds": [10, 11, 12, 13, 14],
    "statistic": "mean over all sets of k of the 64 tries: test accuracy (mean over the report seeds) of the try with "
                 "the highest validation accuracy (mean over the tuning seeds); bands by resampling the tries",
    "remark": "net and ranges were set after a trial with seeds 100 to 102",
}  # fmt: skip
KEYS = ("optimizer", "try")
TOLERANCE = 0.15  # accuracies at rates on the edge of divergence, on another processor
RANGES = {"lr": (-4, 1), "mu": (-3, 0), "beta2": (-4, -1), "weight_decay": (-3, 0)}  # exponents of 10


def compute(protocol):
    return [row for name in protocol["optimizers"] for row in one(protocol, name)]


def sample(protocol):
    return one(protocol, "sgd")


def one(protocol, name):
    rng = np.random.default_rng([3, list(protocol["optimizers"]).index(name)])
    tries = [{key: drawn(rng, key) for key in protocol["optimizers"][name]} for _ in range(protocol["tries"])]
    fixed = {"batch": protocol["batch"]}
    digits, net = data.digits(), train.Net(4, 32)
    tuning = optimizers.run(net, digits, name, tries, protocol["tuning_seeds"], protocol["steps"], **fixed)
    report = optimizers.run(net, digits, name, tries, protocol["report_seeds"], protocol["steps"], **fixed)
    return [{"optimizer": name, "try": i, **configuration,
             "val_accuracy": round(float(tuning.val_accuracy[i, :, -1].mean()), 4),
             "test_accuracy": round(float(report.test_accuracy[i].mean()), 4)}
            for i, configuration in enumerate(tries)]  # fmt: skip


def drawn(rng, key):
    low, high = RANGES[key]
    v = 10 ** rng.uniform(low, high)
    return float(f"{1 - v if key in ('mu', 'beta2') else v:.6g}")


if __name__ == "__main__":
    evidence.main(__file__)
