"""Train small networks at once, each with hyperparameters of its own, by any of the optimizers of chapter 3.

It shares `train`'s networks and minibatches and differs in what varies: there the learning rate alone, here every
hyperparameter, a schedule, and the coordinates in which the optimizer works. Runs are the first axis of everything.
tests/test_chapter_03.py checks each rule against torch.optim.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own name for it)
from scipy.special import comb

from tnn import train

OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")
EPS, EPS_ADAGRAD = 1e-8, 1e-10  # torch's


def defaults(name):
    """torch's values, and the usual 0.9 for momentum: mu is momentum or beta1, beta2 is rmsprop's alpha too."""
    return {"mu": 0.9, "beta2": 0.99 if name == "rmsprop" else 0.999, "weight_decay": 0.01 if name == "adamw" else 0.0}


class Rule:
    """One optimizer for one parameter of R runs, (R, ...): turns gradients into steps, lr not yet counted."""

    def __init__(self, name, like, mu, beta2):
        if name not in OPTIMIZERS:
            raise ValueError(f"{name!r} is none of {', '.join(OPTIMIZERS)}")
        shape = (-1, *[1] * (like.ndim - 1))
        self.name, self.t = name, 0
        self.mu, self.beta2 = mu.to(like).view(shape), beta2.to(like).view(shape)
        self.first, self.second = torch.zeros_like(like), torch.zeros_like(like)

    def __call__(self, g):
        """The direction d of the step theta <- theta - lr * d."""
        self.t += 1
        if self.name == "sgd":
            return g
        if self.name in ("momentum", "nesterov"):
            self.first = self.mu * self.first + g
            return self.first if self.name == "momentum" else g + self.mu * self.first
        if self.name == "adagrad":
            self.second = self.second + g * g
            return g / (self.second.sqrt() + EPS_ADAGRAD)
        if self.name == "rmsprop":
            self.second = self.beta2 * self.second + (1 - self.beta2) * g * g
            return g / (self.second.sqrt() + EPS)
        self.first = self.mu * self.first + (1 - self.mu) * g
        self.second = self.beta2 * self.second + (1 - self.beta2) * g * g
        m_hat, v_hat = self.first / (1 - self.mu**self.t), self.second / (1 - self.beta2**self.t)
        return m_hat / (v_hat.sqrt() + EPS)


@dataclass
class Runs:
    """What the runs left behind; configurations and seeds are the first two axes of every array."""

    steps: np.ndarray  # (T,) when they were evaluated
    train_loss: np.ndarray  # (C, S, T), mean cross-entropy over all training images; inf where a run diverged
    val_loss: np.ndarray  # (C, S, T)
    val_accuracy: np.ndarray  # (C, S, T)
    test_accuracy: np.ndarray  # (C, S), at the end


def run(net, data, name, configurations, seeds, steps, *, batch=60, every=None, schedule=None, rotated=False):
    """Train `net` by the optimizer `name` for each configuration and each seed; returns Runs.

    configurations: dicts with lr and, where they differ from `defaults`, mu, beta2 and weight_decay.
    schedule: factors (steps,) that multiply lr. every: steps between evaluations; the end if not given.
    rotated: the optimizer works in coordinates turned at random, U g V for each gradient matrix g, and its steps are
    turned back. A seed fixes initial weights, the order of examples and the turns.
    """
    count = len(configurations) * len(seeds)
    run_seeds = np.tile(seeds, len(configurations))  # run r: configuration r // S, seed r % S

    def per_run(key):
        values = [{**defaults(name), **c}[key] for c in configurations]
        return torch.tensor(np.repeat(values, len(seeds)), dtype=torch.float32)

    lr, decay = per_run("lr").view(-1, 1, 1), per_run("weight_decay").view(-1, 1, 1)
    model = train.Stack(net, run_seeds, data.x_train.shape[1], int(data.y_train.max()) + 1)
    rules = [Rule(name, p, per_run("mu"), per_run("beta2")) for p in model.parameters]
    turns = [turn(p, run_seeds, i) for i, p in enumerate(model.parameters)] if rotated else None
    factors = np.ones(steps) if schedule is None else schedule
    x, y = torch.as_tensor(data.x_train, dtype=torch.float32), torch.as_tensor(data.y_train)
    order = torch.as_tensor(np.stack([train.batches(len(y), batch, steps, seed) for seed in seeds]))  # (S, steps, N)

    at, train_loss, val_loss, val_accuracy = [], [], [], []
    for step in range(1, steps + 1):
        rows = order[:, step - 1]  # (S, N)
        inputs = x[rows].transpose(1, 2).repeat(len(configurations), 1, 1)  # (R, inputs, N)
        loss = F.cross_entropy(model(inputs, True), y[rows].repeat(len(configurations), 1), reduction="none").mean(1)
        gradients = torch.autograd.grad(loss.sum(), model.parameters)
        with torch.no_grad():
            rate = lr * float(factors[step - 1])
            for i, (p, g, rule) in enumerate(zip(model.parameters, gradients, rules, strict=True)):
                if name == "adamw":
                    p.mul_(1 - rate * decay)
                elif decay.any():
                    g = g + decay * p
                if rotated:
                    u, v = turns[i]
                    p -= rate * (u.mT @ rule(u @ g @ v) @ v.mT)
                else:
                    p -= rate * rule(g)
        if step == steps or (every and step % every == 0):
            at.append(step)
            train_loss.append(mean_loss(model, data.x_train, data.y_train))
            val_loss.append(mean_loss(model, data.x_val, data.y_val))
            val_accuracy.append(model.accuracy(data.x_val, data.y_val))

    def by_run(values):
        return np.stack(values, axis=-1).reshape(len(configurations), len(seeds), -1)

    assert model.runs == count
    test = model.accuracy(data.x_test, data.y_test).reshape(len(configurations), len(seeds))
    return Runs(np.array(at), by_run(train_loss), by_run(val_loss), by_run(val_accuracy), test)


def turn(p, seeds, i):
    """Random orthogonal matrices U (R, m, m), V (R, n, n) for parameters p (R, m, n), one pair for each seed."""
    pairs = {}
    for seed in set(map(int, seeds)):
        g = torch.Generator().manual_seed(seed * 1000 + i)
        pairs[seed] = [torch.linalg.qr(torch.randn(n, n, generator=g, dtype=torch.float64))[0].float()
                       for n in p.shape[1:]]  # fmt: skip
    return [torch.stack([pairs[int(seed)][side] for seed in seeds]) for side in (0, 1)]


@torch.no_grad()
def mean_loss(model, x, y):
    """Mean cross-entropy (R,) on x (N, inputs), y (N,), float64; inf where it isn't finite."""
    logits = model(torch.as_tensor(x, dtype=torch.float32).T[None], False).double()  # (R, classes, N)
    labels = torch.as_tensor(y).expand(model.runs, -1)
    loss = F.cross_entropy(logits, labels, reduction="none").mean(1).numpy()
    return np.where(np.isfinite(loss), loss, np.inf)


def steps_to(runs, target):
    """First evaluated step (C, S) with validation accuracy >= target; inf where it never came."""
    reached = runs.val_accuracy >= target
    return np.where(reached.any(-1), runs.steps[reached.argmax(-1)], np.inf)


def schedule(kind, steps, warmup=0):
    """Factors (steps,) of the learning rate after `warmup` steps of linear rise. Kinds: constant, linear (to 0),
    step (a tenth after half, a hundredth after three quarters), cosine (to 0)."""
    at = (np.arange(steps) - warmup) / (steps - warmup)  # 0 to 1 after the warm-up
    shapes = {
        "constant": np.ones(steps),
        "linear": 1 - at,
        "step": np.where(at < 0.5, 1.0, np.where(at < 0.75, 0.1, 0.01)),
        "cosine": (1 + np.cos(np.pi * at)) / 2,
    }
    rise = (np.arange(steps) + 1) / warmup if warmup else np.ones(steps)
    return np.where(np.arange(steps) < warmup, rise, shapes[kind])


def expected_best(scores, values, k):
    """The mean, over all sets of k of these tries, of the value of the try in the set with the greatest score."""
    order, n = np.argsort(scores, kind="stable"), len(scores)
    ahead = np.arange(n)  # how many tries have a smaller score
    chances = np.where(ahead >= k - 1, comb(ahead, k - 1) / comb(n, k), 0.0)  # that this one wins
    return float(chances @ np.asarray(values, dtype=float)[order])


def plain(loss):
    """A loss for a recorded row: four digits, None where a run diverged."""
    return float(f"{loss:.4g}") if np.isfinite(loss) else None
