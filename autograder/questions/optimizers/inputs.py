"""Inputs that the optimizers' questions share, and probes of several steps."""

import numpy as np


def signed(rng, shape, low, high):
    """Numbers whose size is between low and high, of both signs."""
    sign = rng.choice([-1.0, 1.0], shape)
    sign.flat[:2] = -1, 1
    return sign * rng.uniform(low, high, shape)


def matrix(rng):
    """A shape with more columns than rows."""
    return int(rng.integers(2, 4)), int(rng.integers(4, 6))


def parameter(rng, shape):
    """A parameter and its gradient, none of whose entries is near 0 or like another."""
    return {"param": signed(rng, shape, 0.5, 2), "grad": signed(rng, shape, 0.4, 1.5)}


def never_moved(found, key):
    """The inputs `found`, with coordinates that have had no gradient but 0 and have none now; eps is the default."""
    found["grad"][0, 1:3] = found["state"][key][0, 1:3] = 0
    del found["eps"]
    return found


def training(rng, state):
    """A vector, the gradients of four steps, learning rates that fall, and a state before the first step: zeros.

    A learning rate of None is the step's own default, for the steps that have one.
    """
    D = int(rng.integers(4, 7))
    lrs = [float(lr) for lr in rng.uniform(0.2, 0.4) * np.array([1, 0.8, 0.5, 0.3])]
    return {
        "param": signed(rng, D, 0.5, 2),
        "grads": signed(rng, (4, D), 0.4, 1.5) * rng.uniform(0.5, 2, (4, 1)),
        "state": {key: 0 if key == "t" else np.zeros(D) for key in state},
        "lrs": [*lrs[:2], None, lrs[3]] if "t" in state else lrs,
    }


def several_steps(answer, inputs):
    """The parameters after each of several steps, the state handed on from each to the next.

    What comes back may be lists, tensors, or be changed by the next step: it goes in again as arrays of its own.
    """

    def array(value):
        return np.array(value.detach() if hasattr(value, "detach") else value, dtype=float)

    param, state, path = inputs["param"], inputs["state"], {}
    for grad, lr in zip(inputs["grads"], inputs["lrs"]):  # noqa: B905
        rate = () if lr is None else (lr,)
        param, state = answer(param, grad, state, *rate)
        param, state = array(param), {k: int(v) if k == "t" else array(v) for k, v in state.items()}
        path[f"param after step {len(path) + 1}"] = param.copy()
    return path
