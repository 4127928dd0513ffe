"""Seven optimizers on one network, each with the same tuning budget.

Only the learning rate is tuned; everything else stays at its usual value. The rate that makes the training loss
smallest and the one that gives the best validation accuracy are chosen separately: they answer different questions.
"""

import numpy as np
from tnn import data, evidence, optimizers, train

PROTOCOL = {
    "question": "training loss and test accuracy after a fixed number of steps, for seven optimizers",
    "data": "digits by form: 9 forms to train, 2 to validate, 3 to test",
    "net": "4 hidden layers of 32 ReLU units; weights N(0, 2 / fan-in), the last layer N(0, 1 / fan-in)",
    "optimizers": list(optimizers.OPTIMIZERS),
    "others": "mu = beta1 = 0.9; beta2 = 0.999, of rmsprop 0.99; weight decay 0, of adamw 0.01",
    "lrs": [float(f"{10 ** (k / 4 - 4):.3g}") for k in range(21)],
    "batch": 60,
    "steps": [100, 400],
    "tuning_seeds": [0, 1, 2, 3, 4],
    "report_seeds": list(range(10, 30)),
    "chosen_for": {"train": "least median training loss over the tuning seeds",
                   "test": "highest mean validation accuracy over the tuning seeds, ties to the lower rate"},
    "statistic": "over 20 seeds: median training loss with quartiles; mean test accuracy with 95 % t-interval, "
                 "differences paired by seed",
    "remark": "net, grid and numbers of steps were set after a trial with seeds 100 to 102",
}  # fmt: skip
KEYS = ("optimizer", "steps", "kind", "lr", "seed")
TOLERANCE = 0.3  # training losses on another processor: round-off grows at large rates


def compute(protocol):
    return [row for name in protocol["optimizers"] for steps in protocol["steps"] for row in one(protocol, name, steps)]


def sample(protocol):
    return one(protocol, "nesterov", 100)


def one(protocol, name, steps):
    """Tuning (one row for each rate: medians and means over its seeds), then the chosen rates on other seeds."""
    digits, net, lrs = data.digits(), train.Net(4, 32), protocol["lrs"]

    def run(rates, seeds):
        return optimizers.run(net, digits, name, [{"lr": lr} for lr in rates], seeds, steps, batch=protocol["batch"])

    tuning = run(lrs, protocol["tuning_seeds"])
    losses = np.median(tuning.train_loss[:, :, -1], axis=1)
    accuracies = tuning.val_accuracy[:, :, -1].mean(axis=1)
    head = {"optimizer": name, "steps": steps}
    rows = [{**head, "kind": "tuning", "lr": lr, "seed": None, "train_loss": optimizers.plain(loss),
             "val_accuracy": round(float(accuracy), 4)}
            for lr, loss, accuracy in zip(lrs, losses, accuracies, strict=True)]  # fmt: skip
    for goal, best in (("train", int(losses.argmin())), ("test", int(accuracies.argmax()))):
        report = run([lrs[best]], protocol["report_seeds"])
        rows += [{**head, "kind": goal, "lr": lrs[best], "seed": seed,
                  "train_loss": optimizers.plain(report.train_loss[0, i, -1]),
                  "test_accuracy": round(float(report.test_accuracy[0, i]), 4)}
                 for i, seed in enumerate(protocol["report_seeds"])]  # fmt: skip
    return rows


if __name__ == "__main__":
    evidence.main(__file__)
