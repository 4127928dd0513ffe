"""Inputs that the batch-normalization questions share: nothing symmetric, square or at its default."""


def vectors(rng):
    """A batch x (N, C) with a mean and a scale of its own in each channel, and its gamma, beta, eps."""
    N, C = int(rng.integers(5, 9)), int(rng.integers(3, 5))
    return _batch(rng, (N, C))


def images(rng):
    """As `vectors`, for x (N, C, H, W)."""
    N, C, H, W = int(rng.integers(3, 5)), 2, 3, int(rng.integers(4, 6))
    return _batch(rng, (N, C, H, W))


def _batch(rng, shape):
    C = shape[1]
    column = (1, C) + (1,) * (len(shape) - 2)
    z = rng.normal(size=shape)
    axes = (0, *range(2, len(shape)))
    z = (z - z.mean(axis=axes, keepdims=True)) / z.std(axis=axes, keepdims=True)
    # the batch's own deviation is at least 1, so that a slip with eps costs the eps property alone
    x = z * rng.uniform(1, 3, column) + rng.uniform(1, 4, column)
    gamma = rng.uniform(0.5, 2, C) * rng.choice([-1, 1], C)
    return {"x": x, "gamma": gamma, "beta": rng.normal(0, 2, C), "eps": 1e-5}


def nearly_constant(rng):
    """A batch whose channels vary about as much as the square root of eps, so that eps matters."""
    batch = vectors(rng)
    x = batch["x"]
    return batch | {"x": 0.3 + 0.003 * (x - x.mean(axis=0)) / x.std(axis=0)}
