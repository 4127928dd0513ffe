"""Inputs that the backpropagation questions share: entries of both signs, sizes that all differ."""


def signed(rng, shape, low, high):
    """Numbers of either sign whose size is between low and high."""
    return rng.uniform(low, high, shape) * rng.choice([-1, 1], shape)


def sizes(rng, *choices):
    """These sizes in random order: no two of them are equal."""
    return rng.permutation(choices).tolist()
