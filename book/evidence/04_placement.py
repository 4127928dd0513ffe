"""Batch normalization before or after the activation: does it matter, and which way?"""

from tnn import data, evidence, train

PROTOCOL = {
    "question": "test accuracy and steps, normalizing after the activation against before it",
    "data": "digits by form: 9 forms to train, 2 to validate, 3 to test",
    "net": "depth hidden layers of 32 units, batch normalization in each",
    "activations": ["relu", "sigmoid"],
    "depths": [2, 6],
    "optimizer": "sgd",
    "lrs": [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0],
    "batch": 60,
    "steps": 600,
    "target": 0.93,
    "evaluated_every": 10,
    "tuning_seeds": [0, 1, 2, 3],
    "report_seeds": list(range(10, 30)),
    "own_lr": "highest final validation accuracy, mean over the tuning seeds",
    "statistic": "per seed, test accuracy after minus before; mean and 95 % t-interval over 20 seeds; "
                 "'not distinguishable' if it holds 0",
}  # fmt: skip
KEYS = ("activation", "depth", "placement", "seed")
TOLERANCE = 0.25  # steps on another processor: training amplifies round-off


def compute(protocol):
    return [row for activation in protocol["activations"] for depth in protocol["depths"]
            for placement in ("before", "after") for row in side(protocol, activation, depth, placement)]  # fmt: skip


def sample(protocol):
    return side(protocol, "relu", 2, "before")


def side(protocol, activation, depth, placement):
    digits, net = data.digits(), train.Net(depth, 32, activation, "batch", after=placement == "after")
    fixed = {"optimizer": protocol["optimizer"], "batch": protocol["batch"], "every": protocol["evaluated_every"]}
    tuning = train.train(net, digits, protocol["lrs"], protocol["tuning_seeds"], protocol["steps"], **fixed)
    lr = protocol["lrs"][tuning.best()]
    report = train.train(net, digits, [lr], protocol["report_seeds"], protocol["steps"], **fixed)
    steps = train.steps_to(report, protocol["target"])[0]
    accuracy = report.score(digits.x_test, digits.y_test)[0]
    return [{"activation": activation, "depth": depth, "placement": placement, "seed": seed, "lr": lr,
             "test_accuracy": round(float(a), 4), "steps": float(s) if s < 1e9 else None}
            for seed, a, s in zip(protocol["report_seeds"], accuracy, steps, strict=True)]  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
