"""What becomes of networks that start from equal constants, from the identity, and from Dirac's convolution?

No random number enters the initial weights of these arms; beside them stand the same networks with random weights,
a network with one unit per hidden layer, and softmax regression, which has no hidden layer.
"""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from tnn import data, evidence, schemes, train

from autograder.reference import initialization as init

PROTOCOL = {
    "question": "test accuracy, and how many of the first layer's units are still different, after training",
    "data": "digits by form: 9 forms to train, 2 to validate, 3 to test",
    "dense": "2 hidden layers of 64 ReLU units; head = the last layer; biases 0",
    "conv": "the image as 4 channels of 4 x 4 (every second pixel), two 3 x 3 convolutions of 4 channels, ReLU, head",
    "arms": ["random", "zeros", "constant 0.01", "constant 0.1", "constant 0.1, random head", "identity, zero head",
             "one unit per layer", "no hidden layer, zeros", "no hidden layer, random",
             "conv random", "conv constant 0.1", "conv Dirac, zero head"],
    "optimizer": "sgd",
    "lrs": [0.01, 0.03, 0.1, 0.3, 1.0],
    "batch": 60,
    "steps": 800,
    "steps_of_conv": 800,
    "tuning_seeds": [0, 1, 2],
    "report_seeds": [10, 11, 12, 13, 14],
    "own_lr": "highest mean of the final validation accuracy over the tuning seeds",
    "statistic": "test accuracy, mean and 95 % t-interval over 5 seeds; distinct rows of the first layer's weights "
                 "(bit by bit), and the largest difference between two rows over the largest weight",
}  # fmt: skip
KEYS = ("arm", "seed")
TOLERANCE = 0.1
WIDTHS = {"one unit per layer": (2, 1), "no hidden layer, zeros": (0, 1), "no hidden layer, random": (0, 1)}


def compute(protocol):
    return [row for arm in protocol["arms"] for row in one(protocol, arm)]


def sample(protocol):
    return one(protocol, "no hidden layer, zeros")


def one(protocol, arm):
    digits = data.digits()
    run = conv_runs if arm.startswith("conv") else dense_runs
    lrs, tuning, report = protocol["lrs"], protocol["tuning_seeds"], protocol["report_seeds"]
    score, _ = run(protocol, arm, digits, lrs, tuning, digits.x_val, digits.y_val)
    lr = lrs[int(score.reshape(len(lrs), -1).mean(axis=1).argmax())]
    score, first = run(protocol, arm, digits, [lr], report, digits.x_test, digits.y_test)
    return [{"arm": arm, "seed": seed, "lr": lr, "test_accuracy": round(float(a), 4), "units": len(W),
             "distinct": len(np.unique(W, axis=0)),
             "spread": float(f"{np.ptp(W, axis=0).max() / max(np.abs(W).max(), 1e-30):.2g}")}
            for seed, a, W in zip(report, score, first, strict=True)]  # fmt: skip


def scheme(arm, depth):
    """make(i, shape, rng) for this arm; layer `depth` is the head."""

    def make(i, shape, rng):
        head = i == depth
        if arm.startswith("constant") and not (head and "random head" in arm):
            return init.constant(shape, float(arm.split()[1].rstrip(",")))
        if "zeros" in arm or (head and "zero head" in arm):
            return init.constant(shape, 0)
        if arm.startswith("identity"):
            return init.eye(shape)
        return init.xavier_normal(shape, rng) if head else init.kaiming_normal(shape, rng)

    return make


def dense_runs(protocol, arm, digits, lrs, seeds, x, y):
    """Accuracy (runs,) on x, y, and the first layer's weights (runs, out, in)."""
    depth, width = WIDTHS.get(arm, (2, 64))
    model = schemes.fit(train.Net(depth, width), scheme(arm, depth), digits, lrs, seeds, protocol["steps"])
    return model.accuracy(x, y), model.weights[0].detach().numpy()


def conv_runs(protocol, arm, digits, lrs, seeds, x, y):
    """The same for the convolutional network, one run after the other."""
    found = [conv_run(protocol, arm, digits, lr, seed) for lr in lrs for seed in seeds]
    with torch.no_grad():
        right = [(forward(p, images(x)).argmax(1) == torch.as_tensor(y)).double().mean() for p in found]
    return np.array([float(r) for r in right]), np.stack([p[0].detach().flatten(1).numpy() for p in found])


def conv_run(protocol, arm, digits, lr, seed):
    rng, shape, head = np.random.default_rng(seed), (4, 4, 3, 3), (10, 64)
    if "constant" in arm:
        weights = [init.constant(s, 0.1) for s in (shape, shape, head)]
    elif "Dirac" in arm:
        weights = [init.dirac(shape), init.dirac(shape), init.constant(head, 0)]
    else:
        weights = [init.kaiming_normal(shape, rng), init.kaiming_normal(shape, rng), init.xavier_normal(head, rng)]
    parameters = [torch.tensor(w, dtype=torch.float32) for w in weights]
    parameters += [torch.zeros(len(w)) for w in weights]
    for p in parameters:
        p.requires_grad_()
    x, y = images(digits.x_train), torch.as_tensor(digits.y_train)
    for rows in train.batches(len(y), protocol["batch"], protocol["steps_of_conv"], seed):
        gradients = torch.autograd.grad(F.cross_entropy(forward(parameters, x[rows]), y[rows]), parameters)
        with torch.no_grad():
            for p, g in zip(parameters, gradients, strict=True):
                p -= lr * g
    return parameters


def images(x):
    """(N, 64) as (N, 4, 4, 4): each channel is every second pixel of every second row."""
    return F.pixel_unshuffle(torch.as_tensor(x, dtype=torch.float32).view(-1, 1, 8, 8), 2)


def forward(parameters, x):
    W1, W2, W3, b1, b2, b3 = parameters
    h = torch.relu(F.conv2d(x, W1, b1, padding=1))
    h = torch.relu(F.conv2d(h, W2, b2, padding=1))
    return h.flatten(1) @ W3.T + b3


if __name__ == "__main__":
    evidence.main(__file__)
