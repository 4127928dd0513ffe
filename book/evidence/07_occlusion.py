"""The crossed table: trained with one fill of a covered box, tested with another."""

import torch
from tnn import augmented, evidence, regularized, train

PROTOCOL = {
    "question": "does training with covered boxes make a network robust to covered boxes, or to its own fill?",
    "data": "500 digits drawn by seed from the nine training forms, pixels 0 to 1; 2 forms to validate; 3 to test",
    "n": 500,
    "net": "2 hidden layers of 64 ReLU units; SGD with momentum 0.9, batches of 25",
    "steps": 1500,
    "lrs": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    "side": 4,
    "p": 0.5,
    "fills": "zero: cutout on raw pixels. mean: the mean training image, which is what zero is after normalization. "
             "random: uniform pixels, random erasing",
    "trained": ["nothing", "zero", "mean", "random", "zero or random"],
    "tested": ["nothing", "zero", "mean", "random"],
    "covered": "in training one 4 x 4 box in half of the images, anew at every step (zero or random: half of those "
               "each); in the test one in every image, five draws, the same for all",
    "tuning_seeds": [0, 1, 2, 3, 4],
    "report_seeds": list(range(10, 30)),
    "chosen": "the learning rate with the highest mean accuracy on clean validation images, for every training fill",
    "statistic": "test accuracy, mean and 95 % t-interval over 20 training sets; paired differences",
}  # fmt: skip
KEYS = ("trained", "tested", "seed")
TOLERANCE = 0.05


def compute(protocol):
    return [row for fill in protocol["trained"] for row in rows_of(protocol, fill)]


def sample(protocol):
    return rows_of(protocol, "random")


def rows_of(protocol, fill):
    side, p = protocol["side"], protocol["p"]
    mean = torch.as_tensor(sum(regularized.draw([0], protocol["n"]).x_train[0]) / protocol["n"]).float().view(8, 8)
    if fill == "nothing":
        change = None
    elif fill == "zero or random":
        change = both_fills(side, p)
    else:
        change = augmented.covering(fill, side, p, mean)
    lr, given, runs = augmented.tuned(
        train.Net(2, 64), lambda seeds: regularized.draw(seeds, protocol["n"]), protocol["lrs"],
        protocol["tuning_seeds"], protocol["report_seeds"], protocol["steps"], change=change)  # fmt: skip
    rows, y = [], given.y_test
    for tested in protocol["tested"]:
        draws = [(runs.predict(covered(given.x_test[0], tested, side, mean, draw))[0] == y).mean(1)
                 for draw in range(5)]  # fmt: skip
        rows += [{"trained": fill, "tested": tested, "seed": seed, "lr": lr, "test_accuracy": round(float(a), 4)}
                 for seed, a in zip(protocol["report_seeds"], sum(draws) / 5, strict=True)]  # fmt: skip
    return rows


def both_fills(side, p):
    """Zeros in half of the images to cover, random pixels in the other half."""
    zero, noise = augmented.covering("zero", side), augmented.covering("random", side)

    def change(x, y, g):
        u = torch.rand(x.shape[:-2], generator=g)[..., None, None]
        return torch.where(u < p / 2, zero(x, y, g)[0], torch.where(u < p, noise(x, y, g)[0], x)), y

    return change


def covered(x, fill, side, mean, draw):
    """Test images (T, 64), a box of each covered."""
    if fill == "nothing":
        return x
    images = torch.as_tensor(x, dtype=torch.float32).view(-1, 8, 8)
    generator = torch.Generator().manual_seed(100 + draw)
    return augmented.covering(fill, side, 1.0, mean)(images, None, generator)[0].flatten(1).numpy()


if __name__ == "__main__":
    evidence.main(__file__)
