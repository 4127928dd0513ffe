"""What does a schedule of the learning rate gain, and what does a warm-up?

Four shapes, each with and without 30 steps of linear warm-up, for momentum and for Adam. Each of the sixteen gets
the same tuning budget: the same grid of peak rates and the same seeds.
"""

import numpy as np
from tnn import data, evidence, optimizers, train

PROTOCOL = {
    "question": "training loss and test accuracy after 300 steps, by schedule",
    "data": "digits by form: 9 forms to train, 2 to validate, 3 to test",
    "net": "4 hidden layers of 32 ReLU units",
    "optimizers": ["momentum", "adam"],
    "shapes": ["constant", "linear", "step", "cosine"],
    "warmups": [0, 30],
    "lrs": [float(f"{10 ** (k / 4 - 4):.3g}") for k in range(21)],
    "batch": 60,
    "steps": 300,
    "tuning_seeds": [0, 1, 2, 3, 4],
    "report_seeds": list(range(10, 30)),
    "chosen_for": {"train": "least median training loss over the tuning seeds",
                   "test": "highest mean validation accuracy over the tuning seeds, ties to the lower rate"},
    "largest_rate": "the largest rate whose median training loss over the tuning seeds is below 0.1",
    "statistic": "over 20 seeds: median training loss with quartiles; mean test accuracy with 95 % t-interval, "
                 "differences from the constant rate without warm-up paired by seed",
    "remark": "net, grid and lengths were set after a trial with seeds 100 to 102",
}  # fmt: skip
KEYS = ("optimizer", "shape", "warmup", "kind", "lr", "seed")
TOLERANCE = 0.5  # training losses on another processor: round-off grows at large rates


def compute(protocol):
    return [row for name in protocol["optimizers"] for shape in protocol["shapes"] for warmup in protocol["warmups"]
            for row in one(protocol, name, shape, warmup)]  # fmt: skip


def sample(protocol):
    return one(protocol, "momentum", "step", 30)


def one(protocol, name, shape, warmup):
    """Tuning (one row for each rate), then the chosen rates on other seeds."""
    digits, net, lrs = data.digits(), train.Net(4, 32), protocol["lrs"]
    factors = optimizers.schedule(shape, protocol["steps"], warmup)

    def run(rates, seeds):
        return optimizers.run(net, digits, name, [{"lr": lr} for lr in rates], seeds, protocol["steps"],
                              batch=protocol["batch"], schedule=factors)  # fmt: skip

    tuning = run(lrs, protocol["tuning_seeds"])
    losses = np.median(tuning.train_loss[:, :, -1], axis=1)
    accuracies = tuning.val_accuracy[:, :, -1].mean(axis=1)
    head = {"optimizer": name, "shape": shape, "warmup": warmup}
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
