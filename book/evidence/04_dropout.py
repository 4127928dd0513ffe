"""With batch normalization, is dropout still worth having? And does batch normalization prevent overfitting?"""

from tnn import data, evidence, train

PROTOCOL = {
    "question": "test accuracy with and without batch normalization, over dropout, on little data",
    "data": "digits by form: 2 forms (256 images) to train, 9 to validate, 3 to test",
    "net": "2 hidden layers of 96 ReLU units; dropout after each activation",
    "norms": ["none", "batch"],
    "dropout": [0.0, 0.2, 0.5],
    "optimizer": "sgd",
    "lrs": [0.03, 0.1, 0.3, 1.0, 3.0],
    "batch": 32,
    "steps": 800,
    "evaluated_every": 50,
    "tuning_seeds": [0, 1, 2, 3],
    "report_seeds": list(range(10, 30)),
    "own_lr": "highest final validation accuracy, mean over the tuning seeds",
    "statistic": "test and training accuracy at the end; paired differences over 20 seeds, mean and 95 % t-interval",
}
KEYS = ("norm", "dropout", "seed")
TOLERANCE = 0.05


def compute(protocol):
    return [row for norm in protocol["norms"] for p in protocol["dropout"] for row in side(protocol, norm, p)]


def sample(protocol):
    return side(protocol, "batch", 0.0)


def side(protocol, norm, p):
    digits = data.digits(train_forms=2, val_forms=9)
    net = train.Net(2, 96, "relu", None if norm == "none" else norm, dropout=p)
    fixed = {"optimizer": protocol["optimizer"], "batch": protocol["batch"], "every": protocol["evaluated_every"]}
    tuning = train.train(net, digits, protocol["lrs"], protocol["tuning_seeds"], protocol["steps"], **fixed)
    lr = protocol["lrs"][tuning.best()]
    report = train.train(net, digits, [lr], protocol["report_seeds"], protocol["steps"], **fixed)
    test, seen = report.score(digits.x_test, digits.y_test)[0], report.score(digits.x_train, digits.y_train)[0]
    return [{"norm": norm, "dropout": p, "seed": seed, "lr": lr, "test_accuracy": round(float(a), 4),
             "train_accuracy": round(float(b), 4)}
            for seed, a, b in zip(protocol["report_seeds"], test, seen, strict=True)]  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
