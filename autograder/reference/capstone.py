"""The capstone: signs nobody has seen, labels that are handed out on request, and what a result is worth.

A seed draws an alphabet of its own, so that data from other seeds says nothing about which sign has which label.
Float64 and NumPy only; images are rounded to 256 levels, so that the last digit of a machine's square root is gone.
"""

import numpy as np

SIZE = 16  # pixels a side
CLASSES = 10
POOL, TEST, BUDGET = 2000, 1000, 100  # images without labels, images for the mark, labels that may be asked for
ALIKE = 0.7  # the most that two signs may overlap, 1 being the same
WAYS = (0.65, 0.35)  # each sign is written in two ways, this often


def draw_alphabet(rng, classes=CLASSES):
    """The ways of writing each sign: points (classes, ways, strokes, points, 2), (x, y) from about -1 to 1.

    A sign is two strokes, each a quadratic Bezier curve of three corners; its second way moves one of the six.
    A sign is drawn again while one of its ways looks too much like a sign before it.
    """
    t = np.linspace(0, 1, 9)[:, None]
    curve = np.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2])  # (3, 9, 1)
    signs, looks = [], []
    while len(signs) < classes:
        corners = np.repeat(rng.uniform(-1, 1, (1, 2, 3, 2)), 2, axis=0)
        corners[1, rng.integers(2), rng.integers(3)] = rng.uniform(-1, 1, 2)
        points = np.einsum("wska,kpb->wspa", corners, curve)
        look = np.exp(-((distances(0.68 * points) / 0.2) ** 2))  # (ways, pixels), soft
        look /= np.linalg.norm(look, axis=1, keepdims=True)
        if all((look @ old.T).max() < ALIKE for old in looks):
            signs.append(points)
            looks.append(look)
    return np.stack(signs)


def draw_images(rng, alphabet, labels):
    """One image for each label: (N, SIZE, SIZE), from 0 (paper) to 1 (ink), in steps of 1/255.

    Each is written in one of its sign's ways, with a hand that shakes, slants, turns and moves, with a pen of its
    own width, on paper with specks.
    """
    n = len(labels)
    way = rng.choice(len(WAYS), n, p=WAYS)
    points = alphabet[labels, way]  # (N, strokes, points, 2)
    _, strokes, count, _ = points.shape
    along = np.linspace(-1, 1, count)[:, None]
    shake = rng.normal(0, 0.1, (3, n, strokes, 1, 2))
    points = points + shake[0] + shake[1] * along + shake[2] * along**2
    angle, slant = rng.normal(0, 0.15, n), rng.normal(0, 0.2, n)
    size = 0.68 * np.exp(rng.normal(0, 0.12, (n, 2)))
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], -1).reshape(n, 2, 2)
    lean = np.stack([np.ones(n), slant, np.zeros(n), np.ones(n)], -1).reshape(n, 2, 2)
    matrix = np.einsum("nij,njk->nik", turn, lean) * size[:, None, :]
    points = np.einsum("nij,nspj->nspi", matrix, points) + rng.normal(0, 0.08, (n, 1, 1, 2))
    width = rng.uniform(0.07, 0.15, n)[:, None]
    ink = 1 - (distances(points) - width) / (2 / SIZE)  # a pixel's width from full ink to none
    image = np.clip(ink, 0, 1) * rng.uniform(0.6, 1, (n, 1)) + rng.normal(0, 0.12, (n, SIZE * SIZE))
    return (np.round(np.clip(image, 0, 1) * 255) / 255).reshape(n, SIZE, SIZE)


def distances(points):
    """From the middle of every pixel to the nearest piece of a stroke: (N, SIZE * SIZE)."""
    middle = (np.arange(SIZE) + 0.5) * 2 / SIZE - 1
    x, y = np.tile(middle, SIZE), np.repeat(middle, SIZE)
    nearest = np.full((len(points), SIZE * SIZE), np.inf)
    for stroke in range(points.shape[1]):
        for i in range(points.shape[2] - 1):
            (ax, ay), (bx, by) = points[:, stroke, i].T[:, :, None], points[:, stroke, i + 1].T[:, :, None]
            dx, dy = bx - ax, by - ay
            t = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-12), 0, 1)
            np.minimum(nearest, (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2, out=nearest)
    return np.sqrt(nearest)


def draw_task(rng, pool=POOL, test=TEST):
    """A whole task: images (pool, SIZE, SIZE) with their labels, and the same for the test, from one alphabet."""
    alphabet = draw_alphabet(rng)
    labels = rng.integers(CLASSES, size=pool + test)
    images = draw_images(rng, alphabet, labels)
    return {
        "images": images[:pool],
        "labels": labels[:pool],
        "test_images": images[pool:],
        "test_labels": labels[pool:],
    }


class LabelDesk:
    """Hands out labels of the pool on request, each new one from a budget."""

    def __init__(self, labels, budget=BUDGET):
        self._labels, self._asked, self.left = np.asarray(labels), set(), budget

    def __call__(self, indices):
        """The labels (k,) of the images with these indices (k,), in the same order.

        Asking for a label again costs nothing. Raises ValueError, and hands out nothing, if an index is not a whole
        number from 0 to the size of the pool, or if the request is for more new labels than are left.
        """
        indices = np.atleast_1d(np.asarray(indices))
        if indices.size == 0:
            return np.zeros(0, int)
        if indices.ndim != 1 or indices.dtype.kind not in "iu":
            raise ValueError("ask for labels with whole numbers: a list or an array (k,) of indices into the pool")
        if indices.min() < 0 or indices.max() >= len(self._labels):
            raise ValueError(f"an index must be from 0 to {len(self._labels) - 1}")
        new = set(indices.tolist()) - self._asked
        if len(new) > self.left:
            raise ValueError(f"you asked for {len(new)} new labels, and {self.left} are left")
        self._asked |= new
        self.left -= len(new)
        return self._labels[indices]


# What a result is worth


def accuracy_interval(correct, n, z=1.96):
    """Wilson's interval for an accuracy of which n test images showed `correct`: (low, high).

    All p for which the observed share is within z standard errors sqrt(p (1 - p) / n) of p. Source: Wilson (1927).
    """
    share = correct / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


NOTHING, EVERYTHING = 0.5, 0.9  # accuracies that earn no points and all points


def share_of_points(accuracy):
    """From 0 to 1, on a straight line between the two accuracies: one image more or less never decides much."""
    return float(np.clip((accuracy - NOTHING) / (EVERYTHING - NOTHING), 0, 1))


# Two ways to do it


def modest(images, request_labels, budget=BUDGET):
    """Ask for the labels of the first images and fit a linear model to the pixels (ridge regression)."""
    x = images[:budget].reshape(budget, -1)
    y = np.eye(CLASSES)[request_labels(np.arange(budget))]
    mean, gram = x.mean(0), (x - x.mean(0)) @ (x - x.mean(0)).T
    weights = (x - mean).T @ np.linalg.solve(gram + 10 * np.eye(budget), y - y.mean(0))  # (pixels, CLASSES)
    return lambda test_images: ((test_images.reshape(len(test_images), -1) - mean) @ weights).argmax(1)


def excellent(images, request_labels, budget=BUDGET, without=""):
    """Ask about typical images, bend copies of them, fit a kernel machine, and let it label the rest of the pool.

    without: "choice" (the first images are asked about), "copies" or "self-training", to see what each is worth.
    """
    rng = np.random.default_rng(0)
    pool = features(images)
    asked = np.arange(budget) if without == "choice" else typical(rng, pool, budget)
    labels, more = request_labels(asked), 0 if without == "copies" else 15
    copies = np.concatenate([images[asked], *(bend(rng, images[asked]) for _ in range(more))])
    x, y = features(copies), np.tile(labels, more + 1)
    scores = fit_kernel(x, y)
    rounds = () if without == "self-training" else (0.5, 0.9)
    for share in rounds:  # what it is surest of, labelled by itself
        guess = scores(pool)
        best = np.sort(guess, axis=1)
        sure = np.argsort(best[:, -2] - best[:, -1])[: int(share * len(pool))]
        scores = fit_kernel(np.concatenate([x, pool[sure]]), np.concatenate([y, guess[sure].argmax(1)]))
    return lambda test_images: scores(features(test_images)).argmax(1)


def features(images):
    """Pixels of the slightly blurred images (N, SIZE * SIZE), each scaled to length 1."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    rows = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    blurred = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]).reshape(len(images), -1)
    return blurred / np.linalg.norm(blurred, axis=1, keepdims=True)


def squared_distances(a, b):
    """Between all rows of a (N, D) and b (M, D): (N, M)."""
    return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0)


def typical(rng, x, k, rounds=10):
    """Indices of the rows of x (N, D) nearest to the centres of k groups (k-means): at most k, no two the same."""
    centres = x[rng.permutation(len(x))[:k]]
    for _ in range(rounds):
        group = squared_distances(x, centres).argmin(1)
        centres = np.stack([x[group == j].mean(0) if np.any(group == j) else centres[j] for j in range(k)])
    return np.unique(squared_distances(centres, x).argmin(1))


def bend(rng, images):
    """Each image turned, slanted, stretched and moved a little at random, by bilinear interpolation."""
    n = len(images)
    angle, slant = rng.normal(0, 0.15, (n, 1)), rng.normal(0, 0.2, (n, 1))
    size, move = np.exp(rng.normal(0, 0.12, (2, n, 1))), rng.normal(0, 0.64, (2, n, 1))
    middle = (SIZE - 1) / 2
    x = np.tile(np.arange(SIZE) - middle, SIZE) - move[0]  # (n, pixels): where each new pixel comes from
    y = np.repeat(np.arange(SIZE) - middle, SIZE) - move[1]
    u = (np.cos(angle) * x + np.sin(angle) * y) / size[0]
    v = (np.cos(angle) * y - np.sin(angle) * x) / size[1]
    u, v = np.clip(u - slant * v + middle, -1, SIZE) + 1, np.clip(v + middle, -1, SIZE) + 1
    row, column = np.floor(v).astype(int), np.floor(u).astype(int)
    down, right = v - row, u - column
    padded, i = np.pad(images, ((0, 0), (1, 2), (1, 2))), np.arange(n)[:, None]
    above = (1 - right) * padded[i, row, column] + right * padded[i, row, column + 1]
    below = (1 - right) * padded[i, row + 1, column] + right * padded[i, row + 1, column + 1]
    return ((1 - down) * above + down * below).reshape(images.shape)


def fit_kernel(x, labels, gamma=4.0, lam=0.3):
    """Ridge regression with a Gaussian kernel: a function from rows (M, D) to scores (M, CLASSES)."""
    kernel = np.exp(-gamma * squared_distances(x, x)) + lam * np.eye(len(x))
    weights = np.linalg.solve(kernel, np.eye(CLASSES)[labels] - 1 / CLASSES)
    return lambda new: np.exp(-gamma * squared_distances(new, x)) @ weights
