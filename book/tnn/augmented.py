"""Train small networks on changed images: many learning rates and many training sets at once.

A change maps a minibatch, images (S, N, 8, 8) and label distributions (S, N, 10), to another one; it draws from a torch
generator. The reference kernels change one image at a time by given amounts; here whole batches move at once, and
tests/test_chapter_07.py holds both against each other.
"""

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own name for it)

from tnn import regularized, sets, train

SIDE, CLASSES, MOMENTUM = 8, 10, 0.9


# Changes ------------------------------------------------------------------------------------------------------


def warped(x, degrees=0.0, scale=1.0, down=0.0, right=0.0):
    """Images x (..., H, H) turned counter-clockwise about their centre, enlarged, then moved; zeros come in.

    Every amount is a number or one per image, (...). Bilinear between pixels, as torch's grid_sample.
    """
    shape, size = x.shape, x.shape[-1]
    flat = x.reshape(-1, 1, size, size)
    degrees, scale, down, right = (torch.as_tensor(v, dtype=x.dtype).expand(shape[:-2]).reshape(-1)
                                   for v in (degrees, scale, down, right))  # fmt: skip
    cos, sin = torch.cos(torch.deg2rad(degrees)) / scale, torch.sin(torch.deg2rad(degrees)) / scale
    dx, dy = 2 * right / size, 2 * down / size  # grid_sample counts from -1 to 1, y downwards
    turn = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)  # (B, 2, 2), target -> source
    move = -(turn @ torch.stack([dx, dy], -1)[..., None])
    grid = F.affine_grid(torch.cat([turn, move], -1), flat.shape, align_corners=False)
    return F.grid_sample(flat, grid, mode="bilinear", padding_mode="zeros", align_corners=False).reshape(shape)


def uniform(shape, low, high, generator):
    return low + (high - low) * torch.rand(shape, generator=generator)


def rotation(most):
    """Turn by up to `most` degrees either way."""
    return lambda x, y, g: (warped(x, degrees=uniform(x.shape[:-2], -most, most, g)), y)


def shift(most):
    """Move by -most ... most whole pixels in each direction."""

    def change(x, y, g):
        down, right = (torch.randint(-most, most + 1, x.shape[:-2], generator=g) for _ in range(2))
        return warped(x, down=down, right=right), y

    return change


def resizing(most):
    """Enlarge or shrink by up to the factor 1 + most, on the canvas as it is."""
    return lambda x, y, g: (warped(x, scale=(1 + most) ** uniform(x.shape[:-2], -1, 1, g)), y)


def flip(axis):
    """Mirror every second image, along axis -1 (left and right) or -2 (top and bottom)."""

    def change(x, y, g):
        mirrored = torch.rand(x.shape[:-2], generator=g) < 0.5
        return torch.where(mirrored[..., None, None], x.flip(axis), x), y

    return change


def brightness_and_contrast(most):
    """Multiply the distance from the middle grey by up to 1 ± most, add up to ± most / 2, and stay in 0 ... 1."""

    def change(x, y, g):
        shape = (*x.shape[:-2], 1, 1)
        factor, offset = uniform(shape, 1 - most, 1 + most, g), uniform(shape, -most / 2, most / 2, g)
        return ((x - 0.5) * factor + 0.5 + offset).clamp(0, 1), y

    return change


def boxes(shape, side, generator):
    """True inside one square per image, of this side, wholly on the canvas: (*shape, 8, 8)."""
    top, left = (torch.randint(0, SIDE - side + 1, shape, generator=generator)[..., None] for _ in range(2))
    at = torch.arange(SIDE)
    return ((at >= top) & (at < top + side))[..., :, None] & ((at >= left) & (at < left + side))[..., None, :]


def covering(fill, side, p=1.0, mean=None):
    """Cover a box with "zero", with "random" pixels, or with the "mean" training image (8, 8)."""

    def change(x, y, g):
        covered = boxes(x.shape[:-2], side, g) & (torch.rand(x.shape[:-2], generator=g) < p)[..., None, None]
        noise = torch.rand(x.shape, generator=g)
        return torch.where(covered, {"zero": torch.zeros(()), "random": noise, "mean": mean}[fill], x), y

    return change


def mixup(alpha):
    """Mix each image with another of its batch, labels alike; one share per batch from Beta(alpha, alpha)."""

    def change(x, y, g):
        lam, other = _beta(alpha, g), torch.randperm(x.shape[1], generator=g)
        return lam * x + (1 - lam) * x[:, other], lam * y + (1 - lam) * y[:, other]

    return change


def cutmix(alpha):
    """Paste a box of another image of the batch; the labels mix by area. The box is clipped at the border."""

    def change(x, y, g):
        lam, other = _beta(alpha, g), torch.randperm(x.shape[1], generator=g)
        half = SIDE * (1 - lam) ** 0.5 / 2
        row, column = (torch.randint(0, SIDE, (), generator=g) for _ in range(2))
        (top, bottom), (left, right) = (
            (max(0, round(float(c) - half)), min(SIDE, round(float(c) + half))) for c in (row, column)
        )
        mixed = x.clone()
        mixed[..., top:bottom, left:right] = x[:, other][..., top:bottom, left:right]
        lam = 1 - (bottom - top) * (right - left) / SIDE**2
        return mixed, lam * y + (1 - lam) * y[:, other]

    return change


def _beta(alpha, generator):
    seed = int(torch.randint(2**31, (), generator=generator))
    return float(np.random.default_rng(seed).beta(alpha, alpha))


def both(*changes):
    """One change after the other."""

    def change(x, y, g):
        for step in changes:
            x, y = step(x, y, g)
        return x, y

    return change


def with_probability(p, change):
    """Change an image with probability p, its label too."""

    def some(x, y, g):
        chosen = torch.rand(x.shape[:-2], generator=g) < p
        new_x, new_y = change(x, y, g)
        return torch.where(chosen[..., None, None], new_x, x), torch.where(chosen[..., None], new_y, y)

    return some


# Data ---------------------------------------------------------------------------------------------------------


def imbalanced(seeds, frequent, rare, rare_classes=3):
    """Sets with `frequent` images of most classes and `rare` of some, drawn by seed; and (S, 10), True where rare."""
    whole = regularized.draw(seeds, len(_pool()))
    x, y, is_rare = [], [], np.zeros((len(seeds), CLASSES), dtype=bool)
    for s, seed in enumerate(seeds):
        is_rare[s, np.random.default_rng([seed, 37]).permutation(CLASSES)[:rare_classes]] = True
        rows = np.concatenate([np.flatnonzero(whole.y_train[s] == c)[: rare if is_rare[s, c] else frequent]
                               for c in range(CLASSES)])  # fmt: skip
        x.append(whole.x_train[s, rows])
        y.append(whole.y_train[s, rows])
    return replace(whole, x_train=np.stack(x), y_train=np.stack(y)), is_rare


def _pool():
    return sets.data.digits().y_train


# Training -----------------------------------------------------------------------------------------------------


class Trained:
    """R = learning rates x sets networks."""

    def __init__(self, model, lrs, count):
        self.model, self.lrs, self.count = model, lrs, count

    @torch.no_grad()
    def predict(self, x):
        """Labels (lrs, S, n) of images x (n, 64), or of each set's own (S, n, 64)."""
        x = torch.as_tensor(x, dtype=torch.float32)
        x = x.expand(self.count, *x.shape[-2:]).transpose(1, 2).repeat(self.lrs, 1, 1)
        return self.model(x, False).argmax(1).numpy().reshape(self.lrs, self.count, -1)


def fit(net, given, lrs, seeds, steps, change=None, *, batch=25, weights=None, order=None):
    """Train `net` on each set for each learning rate by SGD with momentum 0.9.

    seeds (S,) fix initial weights and order. weights (S, n) multiply an image's loss. order (S, steps, N) replaces the
    epochs' permutations by other row numbers.
    """
    count, size, inputs = given.x_train.shape
    model = train.Stack(net, np.tile(seeds, len(lrs)), inputs, CLASSES)
    rates = torch.tensor(np.repeat(lrs, count), dtype=torch.float32).view(-1, 1, 1)
    velocity = [torch.zeros_like(p) for p in model.parameters]
    generator = torch.Generator().manual_seed(int(seeds[0]) + 3_000_003)
    x_train = torch.as_tensor(given.x_train, dtype=torch.float32).view(count, size, SIDE, SIDE)
    y_train = F.one_hot(torch.as_tensor(given.y_train), CLASSES).float()  # (S, n, K)
    weights = None if weights is None else torch.as_tensor(weights, dtype=torch.float32)
    if order is None:
        order = np.stack([train.batches(size, batch, steps, seed) for seed in seeds])
    order, each = torch.as_tensor(order), torch.arange(count)[:, None]
    for step in range(steps):
        rows = order[:, step]  # (S, N)
        x, y = x_train[each, rows], y_train[each, rows]
        if change is not None:
            x, y = change(x, y, generator)
        logits = model(x.flatten(2).transpose(1, 2).repeat(len(lrs), 1, 1), True)  # (R, K, N)
        losses = -(y.transpose(1, 2).repeat(len(lrs), 1, 1) * F.log_softmax(logits, 1)).sum(1)  # (R, N)
        if weights is not None:
            losses = losses * weights[each, rows].repeat(len(lrs), 1)
        gradients = torch.autograd.grad(losses.mean(1).sum(), model.parameters)
        with torch.no_grad():
            for p, g, v in zip(model.parameters, gradients, velocity, strict=True):
                v.mul_(MOMENTUM).add_(g)
                p -= rates * v
    return Trained(model, len(lrs), count)


def tuned(net, draw, lrs, tuning_seeds, report_seeds, steps, score=None, **options):
    """(lr, sets, Trained): the rate with the highest mean validation score, then fresh sets trained with it.

    draw(seeds) gives the sets, or sets and options of `fit` that belong to them. score(predicted (lrs, S, V), y (V,),
    seeds) -> (lrs, S); accuracy if not given.
    """

    def run(rates, seeds):
        drawn = draw(seeds)
        given, own = drawn if isinstance(drawn, tuple) else (drawn, {})
        return given, fit(net, given, rates, seeds, steps, **{**options, **own})

    given, runs = run(lrs, tuning_seeds)
    found = runs.predict(given.x_val[0])
    scores = (found == given.y_val).mean(2) if score is None else score(found, given.y_val, tuning_seeds)
    lr = lrs[int(scores.mean(1).argmax())]
    return lr, *run([lr], report_seeds)
