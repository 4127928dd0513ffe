"""Train many small networks at once: every learning rate with every seed, as one batch axis.

A small network spends most of a step's time on overhead. Stacking R of them makes each layer one batched matrix
product, several times cheaper per network. Activations are laid out as (R, features, N): run, feature, example.
tests/test_tnn.py checks a run against the same network written with torch.nn and torch.optim.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own name for it)

ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
GAINS = {"relu": 2.0, "sigmoid": 1.0, "tanh": 1.0}  # weight variance times fan-in


@dataclass(frozen=True)
class Net:
    """A multilayer perceptron: `depth` hidden layers of `width` units, then a linear layer."""

    depth: int = 2
    width: int = 64
    activation: str = "relu"
    norm: str | None = None  # "batch", "layer", or None
    after: bool = False  # normalize after the activation instead of before it
    ghost: int | None = None  # take batch statistics over groups of this many examples, not over the batch
    dropout: float = 0.0  # probability of dropping a hidden unit
    init_scale: float = 1.0  # multiplies every initial hidden weight
    disturb: tuple | None = None  # (mean, deviation): random shift and scale after normalization, new each step


@dataclass
class History:
    """What a training left behind. Runs are (learning rate, seed): the first axes of every array."""

    steps: np.ndarray  # (T,) when it was evaluated
    val_accuracy: np.ndarray  # (lrs, seeds, T), evaluation mode
    train_loss: np.ndarray  # (lrs, seeds, T), mean minibatch loss since the last evaluation, training mode
    model: "Stack" = field(repr=False)
    watched: np.ndarray | None = field(repr=False, default=None)  # (lrs, seeds, steps, width), see `train`

    def score(self, x, y, training=False):
        """Accuracy (lrs, seeds) at the end, on x (N, inputs) with labels y (N,)."""
        return self.model.accuracy(x, y, training).reshape(self.val_accuracy.shape[:2])

    def best(self, target=None):
        """Index of the best learning rate: the fewest mean steps to `target` validation accuracy, ties going to the
        highest final accuracy; without a target the highest final accuracy alone. Means over seeds."""
        final = self.val_accuracy[:, :, -1].mean(axis=1)
        if target is None:
            return int(final.argmax())
        cost = np.minimum(steps_to(self, target), self.steps[-1]).mean(axis=1)  # never reached counts as the end
        return int(np.lexsort((-final, cost))[0])


class Stack:
    """R networks of one shape, with initial values drawn from each run's own seed."""

    def __init__(self, net, seeds, inputs, classes):
        self.net, self.runs = net, len(seeds)
        generators = [torch.Generator().manual_seed(int(seed)) for seed in seeds]
        widths = [inputs, *[net.width] * net.depth, classes]
        self.weights, self.biases = [], []
        for i, (fan_in, fan_out) in enumerate(zip(widths, widths[1:], strict=False)):
            hidden = i < net.depth
            std = (GAINS[net.activation] if hidden else 1.0) ** 0.5 / fan_in**0.5
            draws = [torch.randn(fan_out, fan_in, generator=g) for g in generators]
            self.weights.append(torch.stack(draws) * std * (net.init_scale if hidden else 1.0))  # (R, out, in)
            self.biases.append(torch.zeros(self.runs, fan_out, 1))
        shape = (self.runs, net.width, 1)
        count = net.depth if net.norm else 0
        self.gammas = [torch.ones(shape) for _ in range(count)]
        self.betas = [torch.zeros(shape) for _ in range(count)]
        self.running_means = [torch.zeros(shape) for _ in range(count)]
        self.running_vars = [torch.ones(shape) for _ in range(count)]
        self.generator = torch.Generator().manual_seed(int(seeds[0]) + 1_000_003)  # for dropout and disturbance
        self.watched = None  # a list: collect what the last hidden layer passes on, by unit
        # A bias before batch normalization is subtracted again: its gradient is round-off, which Adam would turn into
        # full steps. Those biases stay at 0.
        learned = self.biases[net.depth :] if net.norm == "batch" and not net.after else self.biases
        self.parameters = [*self.weights, *learned, *self.gammas, *self.betas]
        for p in self.parameters:
            p.requires_grad_()

    def __call__(self, x, training):
        """Logits (R, classes, N) of x (R or 1, inputs, N)."""
        h, act = x.expand(self.runs, -1, -1), ACTIVATIONS[self.net.activation]
        for i in range(self.net.depth):
            h = torch.baddbmm(self.biases[i], self.weights[i], h)
            h = act(h) if self.net.after else self.normalize(i, h, training)
            h = self.normalize(i, h, training) if self.net.after else act(h)
            if training and self.watched is not None and i == self.net.depth - 1:
                self.watched.append(h.detach().mean(2))  # (R, width)
            if training and self.net.dropout:
                keep = torch.rand(h.shape, generator=self.generator) >= self.net.dropout
                h = h * keep / (1 - self.net.dropout)
        return torch.baddbmm(self.biases[-1], self.weights[-1], h)

    def normalize(self, i, h, training):
        """Apply layer i's normalization to h (R, C, N), and update its running statistics when training."""
        if self.net.norm is None:
            return h
        if self.net.norm == "layer":
            mean, var = h.mean(1, keepdim=True), h.var(1, keepdim=True, unbiased=False)
            return self.gammas[i] * (h - mean) / torch.sqrt(var + 1e-5) + self.betas[i]
        if not training:
            scale = self.gammas[i] / torch.sqrt(self.running_vars[i] + 1e-5)
            return scale * (h - self.running_means[i]) + self.betas[i]
        runs, channels, n = h.shape
        group = self.net.ghost or n
        # Each (run, channel, group) is a channel of its own to torch's kernel: one example, `group` positions.
        separate = h.reshape(1, -1, group)
        means, variances = torch.zeros(2, separate.shape[1])
        h = F.batch_norm(separate, means, variances, training=True, momentum=1.0).view(runs, channels, n)
        with torch.no_grad():  # torch's convention: momentum 0.1, the unbiased variance
            self.running_means[i] += 0.1 * (means.view(runs, channels, -1).mean(2, True) - self.running_means[i])
            self.running_vars[i] += 0.1 * (variances.view(runs, channels, -1).mean(2, True) - self.running_vars[i])
        h = self.gammas[i] * h + self.betas[i]
        return self.disturbed(h) if self.net.disturb else h

    def disturbed(self, h):
        """Shift and scale each unit by amounts drawn anew at every step, with a little noise per example."""
        shift, spread = self.net.disturb
        per_unit, per_example = (*h.shape[:2], 1), h.shape
        mean = (2 * torch.rand(per_unit, generator=self.generator) - 1) * shift
        scale = 1 + torch.rand(per_unit, generator=self.generator) * (spread - 1)
        mean = mean + 0.1 * (2 * torch.rand(per_example, generator=self.generator) - 1)
        scale = scale + 0.1 * torch.randn(per_example, generator=self.generator)
        return scale * h + mean

    @torch.no_grad()
    def accuracy(self, x, y, training=False):
        """Share of right answers (R,) on x (N, inputs), y (N,)."""
        found = self(torch.as_tensor(x, dtype=torch.float32).T[None], training).argmax(1)  # (R, N)
        return (found == torch.as_tensor(y)).double().mean(1).numpy()


class SGD:
    """theta <- theta - lr * (gradient + weight_decay * theta), with a learning rate of its own for each run."""

    def __init__(self, parameters, lrs, weight_decay=0.0):
        self.parameters, self.lrs, self.decay = parameters, lrs.view(-1, 1, 1), weight_decay

    def step(self, gradients):
        for p, g in zip(self.parameters, gradients, strict=True):
            p -= self.lrs * (g + self.decay * p if self.decay else g)


class Adam:
    """torch's Adam with its default betas and eps."""

    def __init__(self, parameters, lrs, weight_decay=0.0):
        if weight_decay:
            raise ValueError("this Adam has no weight decay")
        self.parameters, self.lrs, self.t = parameters, lrs.view(-1, 1, 1), 0
        self.m = [torch.zeros_like(p) for p in parameters]
        self.v = [torch.zeros_like(p) for p in parameters]

    def step(self, gradients):
        self.t += 1
        for p, g, m, v in zip(self.parameters, gradients, self.m, self.v, strict=True):
            m.lerp_(g, 0.1)
            v.mul_(0.999).addcmul_(g, g, value=0.001)
            root = (v / (1 - 0.999**self.t)).sqrt_().add_(1e-8)
            p -= self.lrs / (1 - 0.9**self.t) * m / root


OPTIMIZERS = {"sgd": SGD, "adam": Adam}


def train(net, data, lrs, seeds, steps, *, optimizer="sgd", batch=60, every=10, weight_decay=0.0,
          watch=False):
    """Train `net` for each learning rate in `lrs` and each seed in `seeds`; return its History.

    A seed fixes initial weights and the order of examples, the same for every learning rate. Batches have
    `batch` examples each, drawn without replacement epoch by epoch; the last, smaller batch is left out.
    `every` is the number of steps between evaluations on data.x_val, in evaluation mode. With `watch`, the history
    holds each step's batch mean of every unit of the last hidden layer, as the next layer meets it.
    """
    run_seeds = np.tile(seeds, len(lrs))  # run r is learning rate r // len(seeds), seed r % len(seeds)
    run_lrs = torch.tensor(np.repeat(lrs, len(seeds)), dtype=torch.float32)
    classes = int(data.y_train.max()) + 1
    model = Stack(net, run_seeds, data.x_train.shape[1], classes)
    model.watched = [] if watch else None
    update = OPTIMIZERS[optimizer](model.parameters, run_lrs, weight_decay)
    x, y = torch.as_tensor(data.x_train, dtype=torch.float32), torch.as_tensor(data.y_train)
    order = torch.as_tensor(np.stack([batches(len(y), batch, steps, seed) for seed in seeds]))  # (S, steps, N)

    at, accuracy, losses, since = [], [], [], torch.zeros(len(run_seeds))
    for step in range(1, steps + 1):
        rows = order[:, step - 1]  # (S, N)
        inputs = x[rows].transpose(1, 2).repeat(len(lrs), 1, 1)  # (R, inputs, N)
        loss = F.cross_entropy(model(inputs, True), y[rows].repeat(len(lrs), 1), reduction="none").mean(1)  # (R,)
        gradients = torch.autograd.grad(loss.sum(), model.parameters)
        with torch.no_grad():
            update.step(gradients)
            since += loss
        if step % every == 0 or step == steps:
            at.append(step)
            accuracy.append(model.accuracy(data.x_val, data.y_val))
            losses.append((since / (step - (at[-2] if len(at) > 1 else 0))).numpy().copy())
            since.zero_()

    def by_run(values):
        return np.stack(values, axis=-1).reshape(len(lrs), len(seeds), -1)

    watched = None
    if watch:
        watched = torch.stack(model.watched, 1).numpy().reshape(len(lrs), len(seeds), steps, net.width)
    return History(np.array(at), by_run(accuracy), by_run(losses), model, watched)


def batches(n, batch, steps, seed):
    """Row numbers (steps, batch) for `steps` minibatches: a new permutation of n examples every epoch."""
    rng = np.random.default_rng(seed)
    per_epoch = n // batch
    epochs = -(-steps // per_epoch)
    kept = [rng.permutation(n)[: per_epoch * batch] for _ in range(epochs)]
    return np.concatenate(kept).reshape(-1, batch)[:steps]


def steps_to(history, target):
    """First evaluated step (lrs, seeds) with validation accuracy >= target; inf where it never came."""
    reached = history.val_accuracy >= target
    return np.where(reached.any(-1), history.steps[reached.argmax(-1)], np.inf)
