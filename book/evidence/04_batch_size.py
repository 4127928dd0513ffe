"""How small may the group be from which the statistics come?

Every side sees the same batches of 60 and takes the same number of steps. Only the statistics change: they are
taken over groups of 60, 20, 10, 4 or 2 examples. So the noise of the gradient stays, and that of the statistics
grows.
"""

from tnn import data, evidence, train

PROTOCOL = {
    "question": "test accuracy over the size of the group that gives the statistics",
    "data": {"much": "digits by form: 9 forms to train, 2 to validate, 3 to test",
             "little": "2 forms to train, 9 to validate, 3 to test"},
    "net": "2 hidden layers of 32 ReLU units",
    "sides": ["none", "layer", "60", "20", "10", "4", "2"],
    "optimizer": "sgd",
    "lrs": [0.03, 0.1, 0.3, 1.0, 3.0],
    "batch": 60,
    "steps": 600,
    "evaluated_every": 50,
    "tuning_seeds": [0, 1, 2, 3],
    "report_seeds": list(range(10, 30)),
    "own_lr": "highest final validation accuracy, mean over the tuning seeds",
    "statistic": "test accuracy in evaluation mode; mean and 95 % t-interval over 20 seeds; differences paired by seed",
}  # fmt: skip
KEYS = ("data", "side", "seed")
TOLERANCE = 0.05


def compute(protocol):
    return [row for amount in protocol["data"] for side in protocol["sides"] for row in one(protocol, amount, side)]


def sample(protocol):
    return one(protocol, "little", "4")


def one(protocol, amount, side):
    digits = data.digits() if amount == "much" else data.digits(train_forms=2, val_forms=9)
    if side.isdigit():
        net = train.Net(2, 32, norm="batch", ghost=int(side))
    else:
        net = train.Net(2, 32, norm=None if side == "none" else side)
    fixed = {"optimizer": protocol["optimizer"], "batch": protocol["batch"], "every": protocol["evaluated_every"]}
    tuning = train.train(net, digits, protocol["lrs"], protocol["tuning_seeds"], protocol["steps"], **fixed)
    lr = protocol["lrs"][tuning.best()]
    report = train.train(net, digits, [lr], protocol["report_seeds"], protocol["steps"], **fixed)
    accuracy = report.score(digits.x_test, digits.y_test)[0]
    return [{"data": amount, "side": side, "seed": seed, "lr": lr, "test_accuracy": round(float(a), 4)}
            for seed, a in zip(protocol["report_seeds"], accuracy, strict=True)]  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
