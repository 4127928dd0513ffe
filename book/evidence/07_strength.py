"""Gain, then harm: test accuracy over the strength of each augmentation, class by class."""

from tnn import augmented, evidence, regularized, train

PROTOCOL = {
    "question": "how much does each augmentation add to a small network on 200 images, at each strength, and which "
                "classes does it help and harm?",
    "data": "200 digits drawn by seed from the nine training forms; 2 forms to validate, 3 to test, never changed",
    "n": 200,
    "net": "2 hidden layers of 64 ReLU units; SGD with momentum 0.9, batches of 25",
    "steps": 1500,
    "lrs": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    "arms": {
        "none": [0],
        "rotation, degrees": [5, 10, 20, 40, 90, 180],
        "shift, pixels": [1, 2, 3],
        "resize, up to 1 + s": [0.1, 0.3, 0.6],
        "flip, left and right": [0.5],
        "flip, top and bottom": [0.5],
        "brightness and contrast": [0.2, 0.5, 0.9],
        "cutout, side": [2, 3, 4, 6],
        "mixup, alpha": [0.2, 1.0],
        "cutmix, alpha": [0.2, 1.0],
    },
    "applied": "to every image of a minibatch, with amounts drawn anew; flips to half of them",
    "tuning_seeds": [0, 1, 2, 3, 4],
    "report_seeds": list(range(10, 30)),
    "chosen": "the learning rate with the highest mean validation accuracy, for every arm and strength on its own",
    "statistic": "test accuracy, of all digits and per class; paired differences from none over 20 training sets, mean "
                 "and 95 % t-interval",
}  # fmt: skip
KEYS = ("arm", "strength", "seed")
TOLERANCE = 0.05

CHANGES = {
    "rotation, degrees": augmented.rotation,
    "shift, pixels": augmented.shift,
    "resize, up to 1 + s": augmented.resizing,
    "flip, left and right": lambda p: augmented.flip(-1),
    "flip, top and bottom": lambda p: augmented.flip(-2),
    "brightness and contrast": augmented.brightness_and_contrast,
    "cutout, side": lambda side: augmented.covering("zero", side),
    "mixup, alpha": augmented.mixup,
    "cutmix, alpha": augmented.cutmix,
}


def compute(protocol):
    return [row for arm, strengths in protocol["arms"].items() for strength in strengths
            for row in rows_of(protocol, arm, strength)]  # fmt: skip


def sample(protocol):
    return rows_of(protocol, "shift, pixels", 1)


def rows_of(protocol, arm, strength):
    change = CHANGES[arm](strength) if arm in CHANGES else None
    lr, given, runs = augmented.tuned(
        train.Net(2, 64), lambda seeds: regularized.draw(seeds, protocol["n"]), protocol["lrs"],
        protocol["tuning_seeds"], protocol["report_seeds"], protocol["steps"], change=change)  # fmt: skip
    found, y = runs.predict(given.x_test[0])[0], given.y_test  # (S, T), (T,)
    return [{"arm": arm, "strength": strength, "seed": seed, "lr": lr,
             "test_accuracy": round(float((guess == y).mean()), 4),
             **{f"class_{c}": round(float((guess[y == c] == c).mean()), 4) for c in range(10)},
             "six_as_nine": round(float((guess[y == 6] == 9).mean()), 4),
             "nine_as_six": round(float((guess[y == 9] == 6).mean()), 4)}
            for seed, guess in zip(protocol["report_seeds"], found, strict=True)]  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
