"""From features to classes with few labels: ridge probes over many settings at once, and fine-tuning."""

import copy

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own name for it)

from tnn import data, train

STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  # of a probe's penalty, relative to the features' mean square
CLASSES = tuple(range(10))


def few(labels, seed, classes=CLASSES):
    """Rows of the nine training forms: `labels` images of each class, drawn by seed. Their order is by class."""
    rng, y = np.random.default_rng([seed, 47]), data.digits().y_train
    return np.concatenate([rng.permutation(np.flatnonzero(y == k))[:labels] for k in classes])


class Probe:
    """Ridge probes on one tap, for any subset of the training images and all strengths.

    A probe minimizes |F W^T + b - Y|^2 + lam |W|^2 over W (K, D) and b (K,), for features F (n, D) and one-hot labels
    Y (n, K); b isn't penalised. It is solved through products of features, so that they are formed once: with centred
    features W^T = Fc^T (Fc Fc^T + lam I)^-1 Yc. Here lam = strength * trace(Fc Fc^T) / n.
    """

    def __init__(self, features, classes=CLASSES):
        """features: a function of images (N, 64), to rows (N, D). Evaluates on images of `classes` alone."""
        digits = data.digits()
        self.classes, self.y = np.array(classes), digits.y_train
        keep = {part: np.isin(getattr(digits, f"y_{part}"), classes) for part in ("val", "test")}
        self.y_val, self.y_test = digits.y_val[keep["val"]], digits.y_test[keep["test"]]
        given = features(digits.x_train)  # (N, D)
        others = features(np.concatenate([digits.x_val[keep["val"]], digits.x_test[keep["test"]]]))  # (E, D)
        self.inner, self.outer = given @ given.T, others @ given.T  # (N, N), (E, N)

    def accuracies(self, rows, strengths=STRENGTHS):
        """Validation and test accuracy of a probe trained on these rows, two arrays (len(strengths),)."""
        K, k = self.inner[np.ix_(rows, rows)], self.outer[:, rows]  # (n, n), (E, n)
        k = k - k.mean(1, keepdims=True) - K.mean(0) + K.mean()  # products of centred features
        K = K - K.mean(0) - K.mean(1, keepdims=True) + K.mean()
        Y = (self.y[rows][:, None] == self.classes).astype(float)
        values, vectors = np.linalg.eigh(K)
        turned, projected = vectors.T @ (Y - Y.mean(0)), k @ vectors
        lam = np.array(strengths) * np.trace(K) / len(rows)
        scores = np.stack([projected @ (turned / (values + one)[:, None]) + Y.mean(0) for one in lam])  # (S, E, K)
        found = self.classes[scores.argmax(2)]
        n = len(self.y_val)
        return (found[:, :n] == self.y_val).mean(1), (found[:, n:] == self.y_test).mean(1)

    def curve(self, labels, seeds, tuning_seeds, strengths=STRENGTHS):
        """Test accuracy (seeds,) with `labels` a class, at the strength with the best mean validation accuracy over the
        tuning seeds; and that strength."""
        tried = [self.accuracies(few(labels, seed, self.classes), strengths)[0] for seed in tuning_seeds]
        best = strengths[int(np.mean(tried, axis=0).argmax())]
        return np.array([self.accuracies(few(labels, seed, self.classes), [best])[1][0] for seed in seeds]), best


def ridge_head(features, y, strength, classes=10):
    """The probe on features (n, D) with labels y (n,) as a linear layer: W (K, D), b (K,), by the same formula."""
    mean, n = features.mean(0), len(y)
    Fc, Y = features - mean, np.eye(classes)[y]
    K = Fc @ Fc.T
    W = np.linalg.solve(K + strength * np.trace(K) / n * np.eye(n), Y - Y.mean(0)).T @ Fc
    return W, Y.mean(0) - W @ mean


class Tuned(torch.nn.Module):
    """A copy of a backbone and a linear head on its last convolutional map.

    head: (W, b) to start from, or None for torch's own random initial values, by `seed`.
    """

    def __init__(self, backbone, seed, head=None, classes=10):
        super().__init__()
        self.backbone = copy.deepcopy(backbone)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.head = torch.nn.Linear(64 * 4 * 4, classes)
        if head is not None:
            with torch.no_grad():
                for parameter, value in zip(self.head.parameters(), head, strict=True):
                    parameter.copy_(torch.from_numpy(value))

    def forward(self, x):
        return self.head(self.backbone.taps(x)["conv3"].flatten(1))

    def accuracy(self, x, y):
        self.eval()
        with torch.no_grad():
            found = self(torch.as_tensor(x, dtype=torch.float32)).argmax(1)
        return float((found == torch.as_tensor(y)).double().mean())


def fit(model, x, y, lr, steps, seed, *, front=1.0, normalize_by_batch=True, batch=20):
    """Train a `Tuned` model on images x (n, 64), labels y (n,), by Adam with a rate that falls linearly from lr to 0.

    front: the backbone's rate as a share of the head's; 0 leaves the backbone's parameters as they are.
    normalize_by_batch: whether batch normalization uses the batch, and changes its running statistics; otherwise
    it keeps the statistics that it came with. Returns the model, in evaluation mode.
    """
    x, y = torch.as_tensor(x, dtype=torch.float32), torch.as_tensor(y)
    groups = [{"params": list(model.head.parameters()), "lr": lr}]
    if front:
        groups.append({"params": [p for name, p in model.backbone.named_parameters() if not name.startswith("head")],
                       "lr": lr * front})  # fmt: skip
    optimizer = torch.optim.Adam(groups)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    model.train()
    model.backbone.train(normalize_by_batch)
    for rows in train.batches(len(x), min(batch, len(x)), steps, seed):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
        schedule.step()
    return model.eval()
