"""Class imbalance: augmenting everything, resampling, weights, and augmenting the rare classes."""

import numpy as np
import torch
from tnn import augmented, evidence, train

PROTOCOL = {
    "question": "which of these helps three rare classes, and what does it cost the others?",
    "data": "40 images of seven digits and 5 of the other three, which a seed chooses; 2 forms to validate, 3 to test",
    "frequent": 40,
    "rare": 5,
    "net": "2 hidden layers of 64 ReLU units; SGD with momentum 0.9, batches of 25",
    "steps": 1500,
    "lrs": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    "sides": {
        "nothing": "the images as they are",
        "weights": "each image's loss divided by its class's share",
        "resampling": "rare images drawn more often, so that all classes come equally often",
        "augmenting everything": "every image turned by up to 10 degrees and shifted by up to 1 pixel",
        "augmenting and resampling the rare": "all classes equally often, images of rare classes changed as above",
        "augmenting everything and resampling": "all classes equally often, every image changed",
    },
    "tuning_seeds": [0, 1, 2, 3, 4],
    "report_seeds": list(range(10, 30)),
    "chosen": "the learning rate with the highest balanced accuracy (mean recall of the ten classes) in validation",
    "statistic": "mean recall of the rare and of the frequent classes, and of all ten; share of the rare among the "
                 "images that training saw; paired differences over 20 sets, mean and 95 % t-interval",
}  # fmt: skip
KEYS = ("side", "seed")
TOLERANCE = 0.05


def compute(protocol):
    return [row for side in protocol["sides"] for row in rows_of(protocol, side)]


def sample(protocol):
    return rows_of(protocol, "weights")


def rows_of(protocol, side):
    seen = []

    def draw(seeds):
        given, is_rare = augmented.imbalanced(seeds, protocol["frequent"], protocol["rare"])
        y = given.y_train
        counts = np.stack([np.bincount(labels, minlength=10) for labels in y])  # (S, K)
        even = 1 / np.take_along_axis(counts, y, 1)  # (S, n), proportional to one over the class's size
        own = {}
        if side == "weights":
            own["weights"] = even / even.mean(1, keepdims=True)
        if "resampl" in side:
            own["order"] = np.stack([
                np.random.default_rng([seed, 41]).choice(len(p), (protocol["steps"], 25), p=p / p.sum())
                for seed, p in zip(seeds, even, strict=True)
            ])
        else:
            own["order"] = np.stack([train.batches(y.shape[1], 25, protocol["steps"], seed) for seed in seeds])
        rare_rows = np.take_along_axis(is_rare, y, 1)
        seen[:] = [rare_rows[s][own["order"][s]].mean() for s in range(len(seeds))]
        if side.startswith("augmenting"):
            own["change"] = moved if "everything" in side else only_rare(is_rare)
        return given, own

    lr, given, runs = augmented.tuned(train.Net(2, 64), draw, protocol["lrs"], protocol["tuning_seeds"],
                                      protocol["report_seeds"], protocol["steps"],
                                      score=lambda found, y, seeds: recalls(found, y).mean(-1))  # fmt: skip
    _, is_rare = augmented.imbalanced(protocol["report_seeds"], protocol["frequent"], protocol["rare"])
    recall = recalls(runs.predict(given.x_test[0]), given.y_test)[0]  # (S, K)
    return [{"side": side, "seed": seed, "lr": lr, "share_of_rare": round(float(seen[s]), 4),
             "rare": round(float(recall[s, is_rare[s]].mean()), 4),
             "frequent": round(float(recall[s, ~is_rare[s]].mean()), 4), "all": round(float(recall[s].mean()), 4)}
            for s, seed in enumerate(protocol["report_seeds"])]  # fmt: skip


moved = augmented.both(augmented.rotation(10), augmented.shift(1))


def only_rare(is_rare):
    """The same for images of rare classes (S, 10) alone."""

    def change(x, y, g):
        rare = torch.as_tensor(is_rare)[torch.arange(len(x))[:, None], y.argmax(-1)]
        return torch.where(rare[..., None, None], moved(x, y, g)[0], x), y

    return change


def recalls(found, y):
    """(..., T) predictions -> (..., 10) share found of each class."""
    return np.stack([(found[..., y == c] == c).mean(-1) for c in range(10)], -1)


if __name__ == "__main__":
    evidence.main(__file__)
