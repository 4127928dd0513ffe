"""Batch normalization (Ioffe and Szegedy, 2015, Algorithms 1 and 2).

Symbols: N examples, C channels or features, H x W pixels; gamma and beta are the learned scale and shift,
eps the constant under the root. Every function computes in float64.
"""

import numpy as np


def _reduced_axes(x):
    """Every axis but the channels: (0,) for (N, C), (0, 2, 3) for (N, C, H, W)."""
    if x.ndim not in (2, 4):
        raise ValueError(f"x must be (N, C) or (N, C, H, W), not {x.ndim}-dimensional")
    return (0, *range(2, x.ndim))


def _per_channel(v, ndim):
    """Shape a (C,) vector so that it broadcasts along axis 1 of an ndim-dimensional array."""
    return np.asarray(v, dtype=np.float64).reshape(1, -1, *[1] * (ndim - 2))


def batch_norm_forward(x, gamma, beta, eps=1e-5):
    """Normalize each channel by the mean and the biased variance of the batch: y = gamma * x_hat + beta.

    x: (N, C) or (N, C, H, W). gamma, beta: (C,). Returns y, shaped like x, float64.
    Raises ValueError if x has another number of axes.
    Source: Ioffe and Szegedy (2015), Algorithm 1; for convolutions section 3.2.
    """
    x = np.asarray(x, dtype=np.float64)
    axes = _reduced_axes(x)
    mean = x.mean(axis=axes, keepdims=True)  # (1, C) or (1, C, 1, 1)
    var = x.var(axis=axes, keepdims=True)  # (1, C) or (1, C, 1, 1)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return _per_channel(gamma, x.ndim) * x_hat + _per_channel(beta, x.ndim)


def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Normalize each channel by the running statistics, which do not depend on this batch.

    x: (N, C) or (N, C, H, W). gamma, beta, running_mean, running_var: (C,). Returns y, shaped like x, float64.
    Raises ValueError if x has another number of axes.
    Source: Ioffe and Szegedy (2015), Algorithm 2, line 11.
    """
    x = np.asarray(x, dtype=np.float64)
    _reduced_axes(x)
    x_hat = (x - _per_channel(running_mean, x.ndim)) / np.sqrt(_per_channel(running_var, x.ndim) + eps)
    return _per_channel(gamma, x.ndim) * x_hat + _per_channel(beta, x.ndim)
