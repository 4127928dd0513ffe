"""A small network with a hand-written backward pass, and six mistakes that run without an error.

Chapter 2 hunts them with a gradient check, and book/evidence/02_mistakes.py trains with each of them.
"""

import numpy as np

# In the order of the backward pass. Each keeps all shapes, so that nothing is raised.
MISTAKES = {
    "batch size": "the mean over the batch is forgotten",
    "bias": "bias gradients are averaged over the batch, not summed",
    "mask": "ReLU's mask is taken from the gradient's sign, not the input's",
    "transpose": "the square weight matrix is not turned around",
    "overwrite": "at the fork the second gradient replaces the first",
    "slope": "tanh's slope is 1 - z**2, with z the input instead of the output",
}
SIZES = (64, 32, 32, 10)  # pixels, two hidden layers, classes


def parameters(seed, sizes=SIZES):
    """W1, b1, W2, b2, W3, b3 in float64: weights N(0, 1 / fan-in), biases N(0, 0.01), so that none is 0."""
    rng, found = np.random.default_rng(seed), {}
    for i, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:], strict=False), start=1):
        found[f"W{i}"] = rng.normal(size=(fan_out, fan_in)) / np.sqrt(fan_in)
        found[f"b{i}"] = rng.normal(size=fan_out) * 0.1
    return found


def forward(theta, x):
    """Logits (N, C) of x (N, D), and what backward needs. A tanh layer, a ReLU layer with a shortcut, a linear one.

    All arrays may have one more axis in front, for several networks at once.
    """
    z1 = x @ _turned(theta["W1"]) + theta["b1"][..., None, :]  # (N, H)
    h1 = np.tanh(z1)
    z2 = h1 @ _turned(theta["W2"]) + theta["b2"][..., None, :]  # (N, H)
    h2 = h1 + np.maximum(z2, 0)  # the fork: h1 goes two ways
    return h2 @ _turned(theta["W3"]) + theta["b3"][..., None, :], (z1, h1, z2, h2)


def loss(theta, x, y):
    """Mean cross-entropy of the logits for labels y (N,): one number, or one for each network."""
    log_p = _log_softmax(forward(theta, x)[0])
    return -np.take_along_axis(log_p, np.asarray(y)[..., None], axis=-1)[..., 0].mean(axis=-1)


def gradients(theta, x, y, mistake=None):
    """The gradient of `loss` for every parameter, in a dict with the same keys; with one of MISTAKES, or None.

    Raises KeyError for a mistake that isn't known.
    """
    if mistake is not None:
        MISTAKES[mistake]
    logits, (z1, h1, z2, h2) = forward(theta, x)
    target = np.asarray(y)[..., None] == np.arange(logits.shape[-1])  # (N, C), one-hot
    grad = np.exp(_log_softmax(logits)) - target
    grad = grad if mistake == "batch size" else grad / logits.shape[-2]
    over_batch = np.mean if mistake == "bias" else np.sum
    found = {"W3": _turned(grad) @ h2, "b3": over_batch(grad, axis=-2)}

    grad_h2 = grad @ theta["W3"]  # (N, H)
    grad_z2 = grad_h2 * ((grad_h2 if mistake == "mask" else z2) > 0)
    found |= {"W2": _turned(grad_z2) @ h1, "b2": over_batch(grad_z2, axis=-2)}

    branch = grad_z2 @ (_turned(theta["W2"]) if mistake == "transpose" else theta["W2"])
    grad_h1 = branch if mistake == "overwrite" else grad_h2 + branch
    grad_z1 = grad_h1 * (1 - (z1 if mistake == "slope" else h1) ** 2)
    return found | {"W1": _turned(grad_z1) @ x, "b1": over_batch(grad_z1, axis=-2)}


def train(data, lr, seeds, steps, batch, mistake=None):
    """One network for each pair of `lr` and `seeds` (two lists of R), trained by plain SGD. Returns its parameters.

    data: a `tnn.data.Split`. The seed draws the initial values and the minibatches, so runs that share a seed differ
    in nothing else.
    """
    each = [parameters(seed) for seed in seeds]
    theta = {name: np.stack([one[name] for one in each]) for name in each[0]}  # (R, ...)
    generators = [np.random.default_rng([seed, 1]) for seed in seeds]
    lr = np.asarray(lr, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # too large a rate is one of the things that are compared
        for _ in range(steps):
            rows = np.stack([rng.choice(len(data.x_train), batch, replace=False) for rng in generators])  # (R, batch)
            found = gradients(theta, data.x_train[rows], data.y_train[rows], mistake)
            theta = {name: v - lr.reshape(-1, *[1] * (v.ndim - 1)) * found[name] for name, v in theta.items()}
    return theta


def accuracy(theta, x, y):
    """The share of x (N, D) that each network labels as y (N,) says, (R,). A network that overflowed gets 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        logits = forward(theta, x)[0]
    return ((logits.argmax(axis=-1) == y) & np.isfinite(logits).all(axis=-1)).mean(axis=-1)


def _turned(matrix):
    return np.swapaxes(matrix, -1, -2)


def _log_softmax(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)  # or exp overflows
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
