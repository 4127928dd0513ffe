"""Does a network with a wrong gradient still learn? Six mistakes in a backward pass, each with a learning rate."""

import numpy as np
from tnn import data, evidence, mistakes

PROTOCOL = {
    "question": "test accuracy with a mistake in the backward pass, against the right one",
    "data": "digits by form: 9 forms to train, 2 to choose the learning rate, 3 to test",
    "net": "64 pixels, 32 tanh units, 32 ReLU units with a shortcut, 10 classes; float64",
    "gradients": ["right", "batch size", "bias", "mask", "transpose", "overwrite", "slope"],
    "optimizer": "plain SGD",
    "lrs": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0],
    "batch": 60,
    "steps": 600,
    "tuning_seeds": [0, 1, 2, 3],
    "report_seeds": [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    "lr": "own: highest mean validation accuracy over the tuning seeds, the smaller rate on a tie; "
          "kept: the one chosen for the right gradient, as by someone who doesn't know of the mistake",
    "statistic": "test accuracy at the end, mean with 95 % interval over the report seeds; differences from the right "
                 "gradient paired by seed",
}  # fmt: skip
KEYS = ("gradient", "rates", "seed")
TOLERANCE = 0.01  # an image or two may flip where sums are taken in another order


def compute(protocol):
    digits, rows = data.digits(), []
    kept = chosen(protocol, digits, "right")
    for gradient in protocol["gradients"]:
        rows += runs(protocol, digits, gradient, "own", chosen(protocol, digits, gradient), protocol["report_seeds"])
        rows += runs(protocol, digits, gradient, "kept", kept, protocol["report_seeds"])
    return rows


def sample(protocol):
    digits = data.digits()
    return runs(protocol, digits, "transpose", "own", chosen(protocol, digits, "transpose"), [10, 11])


def chosen(protocol, digits, gradient):
    """The learning rate with the highest mean validation accuracy."""
    lrs, seeds = protocol["lrs"], protocol["tuning_seeds"]
    theta = trained(protocol, digits, gradient, np.repeat(lrs, len(seeds)), seeds * len(lrs))
    found = mistakes.accuracy(theta, digits.x_val, digits.y_val).reshape(len(lrs), len(seeds))
    return lrs[int(found.mean(axis=1).argmax())]


def runs(protocol, digits, gradient, rates, lr, seeds):
    theta = trained(protocol, digits, gradient, [lr] * len(seeds), seeds)
    test = mistakes.accuracy(theta, digits.x_test, digits.y_test)
    return [{"gradient": gradient, "rates": rates, "seed": seed, "lr": lr, "test_accuracy": round(float(a), 4)}
            for seed, a in zip(seeds, test, strict=True)]  # fmt: skip


def trained(protocol, digits, gradient, lrs, seeds):
    mistake = None if gradient == "right" else gradient
    return mistakes.train(digits, lrs, seeds, protocol["steps"], protocol["batch"], mistake)


if __name__ == "__main__":
    evidence.main(__file__)
