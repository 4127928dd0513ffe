"""Images as the questions of assignment 07 draw them: higher than wide or wider than high, values of both signs."""

import numpy as np


def sides(rng):
    """Height and width, one of them even, and larger than any number of channels or images."""
    short = int(rng.integers(6, 8))
    long = short + 3
    return (short, long) if rng.random() < 0.5 else (long, short)


def image(rng, *lead):
    return rng.normal(1, 2, (*lead, *sides(rng)))


def images(rng):
    """A batch of images, (N, C, H, W), with another number of images than of channels."""
    return image(rng, 2, 3)


def soft_labels(rng, N, K):
    """Labels (N, K) as probabilities, no two rows alike, none of them one-hot."""
    return rng.dirichlet(np.ones(K), N)


def derangement(rng, N):
    """A permutation without a fixed point that isn't its own inverse: one cycle through all."""
    order = rng.permutation(N)
    permutation = np.empty(N, int)
    permutation[order] = np.roll(order, 1)
    return permutation
