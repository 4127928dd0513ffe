"""Train small networks with one regularizer or another, many settings and many training sets at once.

A setting is a dict: lr, and any of STRENGTHS. All settings with all seeds run as one batch axis, as in `tnn.train`.
Penalties, decay and their kin act on the weights alone, not on biases, gammas or betas.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own name for it)

from tnn import data, sets, train

STRENGTHS = {
    "l1": 0.0,  # lam of lam |w|_1, by a proximal step after the optimizer's
    "l2": 0.0,  # lam of lam / 2 |w|^2, added to the gradient
    "decay": 0.0,  # w <- (1 - lr decay) w, apart from the gradient
    "smoothing": 0.0,  # epsilon of label smoothing
    "max_norm": float("inf"),  # clip the gradient of all parameters to this norm
}
MOMENTUM = 0.9


def draw(seeds, n, wrong=0.0):
    """n images drawn from the nine training forms by each seed, a share `wrong` of their labels replaced: a Sets."""
    digits, copies = data.digits(), (len(seeds), 1, 1)
    pool = len(digits.y_train)
    rows = np.array([np.random.default_rng([seed, 31]).permutation(pool)[:n] for seed in seeds])  # (S, n)
    given = sets.Sets(digits.x_train[rows], digits.y_train[rows], np.tile(digits.x_val, copies), digits.y_val,
                      np.tile(digits.x_test, copies), digits.y_test)  # fmt: skip
    return sets.relabelled(given, wrong, seeds) if wrong else given


class DropoutFirst(train.Stack):
    """The activation, then dropout, then batch normalization; `Net(after=True)` has them the other way round."""

    def __call__(self, x, training):
        h, act = x.expand(self.runs, -1, -1), train.ACTIVATIONS[self.net.activation]
        for i in range(self.net.depth):
            h = act(torch.baddbmm(self.biases[i], self.weights[i], h))
            if training:
                keep = torch.rand(h.shape, generator=self.generator) >= self.net.dropout
                h = h * keep / (1 - self.net.dropout)
            h = self.normalize(i, h, training)
        return torch.baddbmm(self.biases[-1], self.weights[-1], h)


@dataclass
class Runs:
    """What `fit` measured; runs are (setting, set)."""

    val: np.ndarray  # (settings, S, T) validation accuracy
    test: np.ndarray  # (settings, S, T) test accuracy
    train: np.ndarray  # (settings, S) accuracy at the end on the training images, with the labels that were given
    val_logits: np.ndarray  # (settings, S, K, V) at the end
    test_logits: np.ndarray  # (settings, S, K, T)

    def stopped(self):
        """(val, test) accuracy (settings, S) of each run at its own best validation step, the first of equals."""
        at = self.val.argmax(2)[..., None]
        return np.take_along_axis(self.val, at, 2)[..., 0], np.take_along_axis(self.test, at, 2)[..., 0]


def fit(net, given, settings, seeds, steps, *, batch=25, every=30, optimizer="sgd", shift=0.0, kind=train.Stack):
    """Train `net` on each set of `given` with each setting; `seeds` (S,) fix initial weights and order.

    optimizer: "sgd", with momentum 0.9, or "adam". shift: the probability that an image of a minibatch is replaced by
    one of its nine shifted copies. kind: the class of networks, train.Stack or DropoutFirst.
    """
    count, size, inputs = given.x_train.shape
    model = kind(net, np.tile(seeds, len(settings)), inputs, 10)
    strength = {key: _by_run([s.get(key, off) for s in settings], count) for key, off in STRENGTHS.items()}
    strength["lr"] = _by_run([s["lr"] for s in settings], count)
    update = {"sgd": _Momentum, "adam": _Adam}[optimizer](model, strength)
    x_train, x_val, x_test = (torch.as_tensor(x, dtype=torch.float32)
                              for x in (given.x_train, given.x_val, given.x_test))  # fmt: skip
    copies = torch.as_tensor(sets.shifted(given.x_train), dtype=torch.float32) if shift else None
    generator = torch.Generator().manual_seed(int(seeds[0]) + 2_000_003)
    y_train, each = torch.as_tensor(given.y_train), torch.arange(count)[:, None]
    order = torch.as_tensor(np.stack([train.batches(size, batch, steps, seed) for seed in seeds]))  # (S, steps, N)
    epsilon = strength["smoothing"].view(-1, 1)

    def outputs(x):  # logits (R, K, N) in evaluation mode
        with torch.no_grad():
            return model(x.transpose(1, 2).repeat(len(settings), 1, 1), False)

    def accuracy(x, y):
        right = outputs(x).argmax(1) == torch.as_tensor(y).expand(count, -1).repeat(len(settings), 1)
        return right.double().mean(1).numpy().reshape(len(settings), count)

    val, test = [], []
    for step in range(1, steps + 1):
        rows = order[:, step - 1]  # (S, N)
        x, y = x_train[each, rows], y_train[each, rows].repeat(len(settings), 1)  # (S, N, D), (R, N)
        if shift:
            which = torch.randint(9, rows.shape, generator=generator)
            moved = torch.rand(rows.shape, generator=generator) < shift
            x = torch.where(moved[..., None], copies[which, each, rows], x)
        logs = F.log_softmax(model(x.transpose(1, 2).repeat(len(settings), 1, 1), True), 1)  # (R, K, N)
        chosen = logs.gather(1, y[:, None])[:, 0]  # (R, N)
        losses = -((1 - epsilon) * chosen + epsilon * logs.mean(1)).mean(1)  # (R,)
        gradients = torch.autograd.grad(losses.sum(), model.parameters)
        with torch.no_grad():
            update.step(gradients)
        if step % every == 0 or step == steps:
            val.append(accuracy(x_val, given.y_val))
            test.append(accuracy(x_test, given.y_test))
    shape = (len(settings), count)
    logits = [out.numpy().reshape(*shape, *out.shape[1:]) for out in (outputs(x_val), outputs(x_test))]
    return Runs(np.stack(val, -1), np.stack(test, -1), accuracy(x_train, given.y_train), *logits)


def _by_run(values, count):
    return torch.tensor(np.repeat(values, count), dtype=torch.float32).view(-1, 1, 1)  # (R, 1, 1)


class _Update:
    """What all optimizers share: the penalty in the gradient, clipping, decay and the proximal step beside it."""

    def __init__(self, model, strength):
        self.parameters, self.s = model.parameters, strength
        self.weights = len(model.weights)  # they come first
        self.penalised = {key for key, off in STRENGTHS.items() if (strength[key] != off).any()}

    def step(self, gradients):
        s, gradients = self.s, list(gradients)
        if "l2" in self.penalised:
            for i in range(self.weights):
                gradients[i] = gradients[i] + s["l2"] * self.parameters[i]
        if "max_norm" in self.penalised:
            norm = sum(g.square().sum((1, 2), keepdim=True) for g in gradients).sqrt()
            factor = (s["max_norm"] / (norm + 1e-6)).clamp(max=1)
            gradients = [factor * g for g in gradients]
        if "decay" in self.penalised:
            for p in self.parameters[: self.weights]:
                p *= 1 - s["lr"] * s["decay"]
        self.move(gradients)
        if "l1" in self.penalised:
            for p in self.parameters[: self.weights]:
                p.copy_(p.sign() * (p.abs() - s["lr"] * s["l1"]).clamp(min=0))


class _Momentum(_Update):
    def __init__(self, model, strength):
        super().__init__(model, strength)
        self.velocity = [torch.zeros_like(p) for p in self.parameters]

    def move(self, gradients):
        for p, g, v in zip(self.parameters, gradients, self.velocity, strict=True):
            v.mul_(MOMENTUM).add_(g)
            p -= self.s["lr"] * v


class _Adam(_Update):
    def __init__(self, model, strength):
        super().__init__(model, strength)
        self.adam = train.Adam(model.parameters, strength["lr"])

    def move(self, gradients):
        self.adam.step(gradients)
