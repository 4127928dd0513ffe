"""Inputs that the batch-normalization questions share: nothing symmetric, square or at its default."""


def vectors(rng):
    """A batch x (N, C) with a mean and a scale of its own in each channel, and its gamma, beta, eps."""
    N, C = int(rng.integers(5, 9)), int(rng.integers(3, 5))
    return _batch(rng, (N, C))


def images(rng):
    """As `vectors`, for x (N, C, H, W) and without eps: the function's own default is tried."""
    N, C, H, W = int(rng.integers(3, 5)), 2, 3, int(rng.integers(4, 6))
    return without_eps(_batch(rng, (N, C, H, W)))


def without_eps(batch):
    return {name: value for name, value in batch.items() if name != "eps"}


def _batch(rng, shape):
    C = shape[1]
    axes = (0, *range(2, len(shape)))
    # the batch's own deviation is at least 1, so that a slip with eps costs the eps property alone
    x = spread(rng, shape, axes)
    return {"x": x, "gamma": scales(rng, C), "beta": rng.normal(0, 2, C), "eps": 1e-5}


def spread(rng, shape, axes):
    """Random x whose mean over `axes` is between 1 and 4, whose deviation is between 1 and 3."""
    z = standardized(rng.normal(size=shape), axes)
    each = [1 if i in axes else n for i, n in enumerate(shape)]
    return z * rng.uniform(1, 3, each) + rng.uniform(1, 4, each)


def standardized(x, axes):
    return (x - x.mean(axis=axes, keepdims=True)) / x.std(axis=axes, keepdims=True)


def scales(rng, C):
    """gamma: of either sign, never near 0."""
    return rng.uniform(0.5, 2, C) * rng.choice([-1, 1], C)


def nearly_constant(rng):
    """A batch whose channels vary about as much as the square root of eps, so that eps matters."""
    batch = vectors(rng)
    return batch | {"x": 0.3 + 0.003 * standardized(batch["x"], 0)}


def large_eps(rng):
    """An eps that is no smaller than many variances are, for functions in which a small variance is noisy."""
    return float(rng.uniform(0.4, 0.9))


def upstream(rng, x, axes):
    """A gradient shaped like x that neither the mean nor the variance over `axes` may ignore."""
    each = [1 if i in axes else n for i, n in enumerate(x.shape)]
    level, slope = (rng.uniform(0.5, 1.5, each) * rng.choice([-1, 1], each) for _ in range(2))
    return level + slope * standardized(x, axes) + rng.normal(0, 0.7, x.shape)
