"""Train small networks, each on a training set of its own, so that a spread covers the choice of the training data.

`tnn.train` gives all its networks one training set. Here network s has its own: some of the nine training forms of the
digits, drawn by seed s. All share one validation set and one test set. Arrays are (S, n, D): set, example, feature.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own name for it)

from tnn import data, train

PER_FORM = 125  # the shortest form has 126 images; the same number from each keeps the sets equal in size


@dataclass(frozen=True)
class Sets:
    """S training sets; the validation and test images are the same for all, but their features may differ."""

    x_train: np.ndarray  # (S, n, D)
    y_train: np.ndarray  # (S, n)
    x_val: np.ndarray  # (S, V, D)
    y_val: np.ndarray  # (V,)
    x_test: np.ndarray  # (S, T, D)
    y_test: np.ndarray  # (T,)


def draw(seeds, forms=2):
    """A training set of 125 images from each of `forms` of the nine training forms, for each seed."""
    digits = data.digits()
    starts = data.FORMS[:9]
    rows = []
    for seed in seeds:
        chosen = np.sort(np.random.default_rng([seed, 17]).permutation(9)[:forms])
        rows.append(np.concatenate([starts[form] + np.arange(PER_FORM) for form in chosen]))
    rows, copies = np.array(rows), (len(seeds), 1, 1)
    return Sets(digits.x_train[rows], digits.y_train[rows], np.tile(digits.x_val, copies), digits.y_val,
                np.tile(digits.x_test, copies), digits.y_test)  # fmt: skip


def mapped(sets, fit):
    """Other features: `fit(x_train)` (n, D) returns a function of images, which is applied to all of set s."""
    parts = [[], [], []]
    for x_train, x_val, x_test in zip(sets.x_train, sets.x_val, sets.x_test, strict=True):
        change = fit(x_train)
        for part, x in zip(parts, (x_train, x_val, x_test), strict=True):
            part.append(change(x))
    x_train, x_val, x_test = map(np.stack, parts)
    return replace(sets, x_train=x_train, x_val=x_val, x_test=x_test)


def relabelled(sets, share, seeds):
    """The same sets with this share of the training labels replaced by another digit, drawn by seed."""
    y = sets.y_train.copy()
    for s, seed in enumerate(seeds):
        rng = np.random.default_rng([seed, 23])
        wrong = rng.permutation(y.shape[1])[: round(share * y.shape[1])]
        y[s, wrong] = (y[s, wrong] + rng.integers(1, 10, len(wrong))) % 10
    return replace(sets, y_train=y)


def shifted(x):
    """The nine copies (9, ..., 64) of images (..., 64), shifted by -1, 0 or 1 pixels each way; zeros move in."""
    images = np.pad(x.reshape(*x.shape[:-1], 8, 8), [(0, 0)] * (x.ndim - 1) + [(1, 1), (1, 1)])
    return np.stack([images[..., i : i + 8, j : j + 8].reshape(x.shape) for i in range(3) for j in range(3)])


def squared_error(logits, y):
    """Mean over the classes of (output - one-hot)^2; logits (R, K, N), y (R, N) -> (R, N)."""
    return (logits - F.one_hot(y, logits.shape[1]).transpose(1, 2)).square().mean(1)


LOSSES = {
    "cross-entropy": lambda logits, y: F.cross_entropy(logits, y, reduction="none"),
    "squared error": squared_error,
    "squared error of the softmax": lambda logits, y: squared_error(logits.softmax(1), y),
}


@dataclass
class Runs:
    """What `fit` measured. Runs are (learning rate, set): the first axes of every array."""

    steps: np.ndarray  # (T,) when it was evaluated
    val: np.ndarray  # (lrs, S, T) accuracy
    test: np.ndarray  # (lrs, S, T)
    train: np.ndarray  # (lrs, S) at the end, on the set's own images as they are
    logits: np.ndarray  # (lrs, S, K, test images) at the end

    def best(self):
        """Index of the learning rate whose *worst* run has the highest validation accuracy at the end.

        A mean over few runs takes a rate at which one run in ten fails; the worst run shows it.
        """
        return int(self.val[:, :, -1].min(1).argmax())

    def stopped(self):
        """(val, test) accuracy (lrs, S), of each run at its own best validation step, the first of equals."""
        at = self.val.argmax(2)[..., None]
        return np.take_along_axis(self.val, at, 2)[..., 0], np.take_along_axis(self.test, at, 2)[..., 0]


def fit(net, sets, lrs, seeds, steps, *, batch=50, every=50, weight_decay=0.0, shift=0.0, loss="cross-entropy"):
    """Train `net` by SGD on every set for each learning rate; `seeds` (S,) fix initial weights and order.

    shift: the probability that an image of a minibatch is replaced by one of its nine shifted copies.
    """
    count, size, inputs = sets.x_train.shape
    model = train.Stack(net, np.tile(seeds, len(lrs)), inputs, 10)
    rates = torch.tensor(np.repeat(lrs, count), dtype=torch.float32)
    update = train.SGD(model.parameters, rates, weight_decay)
    x_train, x_val, x_test = (torch.as_tensor(x, dtype=torch.float32) for x in (sets.x_train, sets.x_val, sets.x_test))
    copies = torch.as_tensor(shifted(sets.x_train), dtype=torch.float32) if shift else None
    generator = torch.Generator().manual_seed(int(seeds[0]) + 2_000_003)
    y_train, each = torch.as_tensor(sets.y_train), torch.arange(count)[:, None]
    order = torch.as_tensor(np.stack([train.batches(size, batch, steps, seed) for seed in seeds]))  # (S, steps, N)

    def outputs(x):  # logits (R, K, N) in evaluation mode
        with torch.no_grad():
            return model(x.transpose(1, 2).repeat(len(lrs), 1, 1), False)

    def accuracy(x, y):
        right = outputs(x).argmax(1) == torch.as_tensor(y).expand(count, -1).repeat(len(lrs), 1)
        return right.double().mean(1).numpy().reshape(len(lrs), count)

    at, val, test = [], [], []
    for step in range(1, steps + 1):
        rows = order[:, step - 1]  # (S, N)
        x = x_train[each, rows]  # (S, N, D)
        if shift:
            which = torch.randint(9, rows.shape, generator=generator)
            moved = torch.rand(rows.shape, generator=generator) < shift
            x = torch.where(moved[..., None], copies[which, each, rows], x)
        logits = model(x.transpose(1, 2).repeat(len(lrs), 1, 1), True)
        losses = LOSSES[loss](logits, y_train[each, rows].repeat(len(lrs), 1)).mean(1)  # (R,)
        gradients = torch.autograd.grad(losses.sum(), model.parameters)
        with torch.no_grad():
            update.step(gradients)
        if step % every == 0 or step == steps:
            at.append(step)
            val.append(accuracy(x_val, sets.y_val))
            test.append(accuracy(x_test, sets.y_test))
    final = outputs(x_test).numpy()
    return Runs(np.array(at), np.stack(val, -1), np.stack(test, -1), accuracy(x_train, sets.y_train),
                final.reshape(len(lrs), count, *final.shape[1:]))  # fmt: skip
