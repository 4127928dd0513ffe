"""Label errors are copied with their images: what the network learns of them."""

from dataclasses import replace

import numpy as np
import torch
from tnn import augmented, evidence, regularized, train

PROTOCOL = {
    "question": "what becomes of wrong labels when every image is stored k times, changed a little?",
    "data": "200 digits drawn by seed from the nine training forms, a share of their labels replaced by another digit; "
            "2 forms to validate and 3 to test, with right labels",
    "n": 200,
    "wrong": [0.0, 0.2, 0.4],
    "net": "2 hidden layers of 64 ReLU units; SGD with momentum 0.9, batches of 25",
    "steps": 2000,
    "lrs": [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    "sides": {"as they are": 0, "5 copies": 5, "20 copies": 20, "new at every step": None},
    "copies": "stored before training: turned by up to 10 degrees and shifted by up to 1 pixel, with the image's label",
    "tuning_seeds": [0, 1, 2, 3, 4],
    "report_seeds": list(range(10, 30)),
    "chosen": "the learning rate with the highest mean validation accuracy, for every side and share",
    "statistic": "number of wrong labels in the stored set; test accuracy; of the mislabelled originals, the share on "
                 "which the network repeats the wrong label; paired differences over 20 sets, mean and 95 % t-interval",
}  # fmt: skip
KEYS = ("side", "wrong", "seed")
TOLERANCE = 0.05

moved = augmented.both(augmented.rotation(10), augmented.shift(1))


def compute(protocol):
    return [row for wrong in protocol["wrong"] for side in protocol["sides"] for row in rows_of(protocol, side, wrong)]


def sample(protocol):
    return rows_of(protocol, "as they are", 0.2)


def rows_of(protocol, side, wrong):
    copies = protocol["sides"][side]

    def draw(seeds):
        return stored(regularized.draw(seeds, protocol["n"], wrong), copies) if copies else regularized.draw(
            seeds, protocol["n"], wrong)  # fmt: skip

    lr, given, runs = augmented.tuned(train.Net(2, 64), draw, protocol["lrs"], protocol["tuning_seeds"],
                                      protocol["report_seeds"], protocol["steps"],
                                      change=moved if copies is None else None)  # fmt: skip
    seeds = protocol["report_seeds"]
    clean, noisy = regularized.draw(seeds, protocol["n"]), regularized.draw(seeds, protocol["n"], wrong)
    bad = clean.y_train != noisy.y_train  # (S, n)
    repeated = runs.predict(noisy.x_train)[0] == noisy.y_train
    accuracy = (runs.predict(given.x_test[0])[0] == given.y_test).mean(1)
    return [{"side": side, "wrong": wrong, "seed": seed, "lr": lr, "test_accuracy": round(float(accuracy[s]), 4),
             "wrong_labels_stored": int(bad[s].sum()) * (copies or 1), "images_stored": given.y_train.shape[1],
             "repeated": round(float(repeated[s, bad[s]].mean()), 4) if wrong else None}
            for s, seed in enumerate(seeds)]  # fmt: skip


def stored(given, copies):
    """The set with every image `copies` times, each changed on its own, with the label it has."""
    x = torch.as_tensor(np.repeat(given.x_train, copies, axis=1), dtype=torch.float32)
    images = x.view(*x.shape[:2], 8, 8)
    changed, _ = moved(images, None, torch.Generator().manual_seed(5))
    return replace(given, x_train=changed.flatten(2).double().numpy(),
                   y_train=np.repeat(given.y_train, copies, axis=1))  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
