"""Batch normalization (Ioffe and Szegedy, 2015) and its relatives: layer and group normalization, whitening.

Symbols: N examples, C channels or features, H x W pixels; gamma and beta are the learned scale and shift,
eps the constant under the root, L the loss, x_hat the normalized x. Every function computes in float64.
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


def update_running_stats(x, running_mean, running_var, momentum=0.1):
    """Move the running statistics towards those of the batch: new = (1 - momentum) * old + momentum * batch.

    x: (N, C) or (N, C, H, W). running_mean, running_var: (C,). Returns the new pair, each (C,), float64.
    The batch's variance is the unbiased one, m / (m - 1) times the biased, m values per channel.
    Raises ValueError if x has another number of axes, or one value per channel.
    Source: Ioffe and Szegedy (2015), Algorithm 2, line 10, for the factor m / (m - 1); the moving average is
    section 3.1's, with `momentum` as torch means it: the weight of the new batch.
    """
    x = np.asarray(x, dtype=np.float64)
    axes = _reduced_axes(x)
    if x.size <= x.shape[1]:
        raise ValueError("the variance of one value per channel cannot be estimated")
    mean, var = x.mean(axis=axes), x.var(axis=axes, ddof=1)  # (C,)
    new_mean = (1 - momentum) * np.asarray(running_mean, dtype=np.float64) + momentum * mean
    new_var = (1 - momentum) * np.asarray(running_var, dtype=np.float64) + momentum * var
    return new_mean, new_var


def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    """The gradients of a loss with respect to batch_norm_forward's x, gamma and beta.

    grad_out: dL/dy, shaped like x, (N, C) or (N, C, H, W). gamma: (C,).
    Returns grad_x, shaped like x, grad_gamma (C,) and grad_beta (C,), float64.
    Source: Ioffe and Szegedy (2015), section 3, the six equations after Algorithm 1, with the gradients through
    the mean and the variance collected: grad_x = (g - mean(g) - x_hat * mean(g * x_hat)) / std, g = gamma * dL/dy.
    """
    x, grad_out = np.asarray(x, dtype=np.float64), np.asarray(grad_out, dtype=np.float64)
    axes = _reduced_axes(x)
    std = np.sqrt(x.var(axis=axes, keepdims=True) + eps)  # (1, C) or (1, C, 1, 1)
    x_hat = (x - x.mean(axis=axes, keepdims=True)) / std
    grad_beta = grad_out.sum(axis=axes)  # (C,)
    grad_gamma = (grad_out * x_hat).sum(axis=axes)  # (C,)
    return _through_statistics(_per_channel(gamma, x.ndim) * grad_out, x_hat, std, axes), grad_gamma, grad_beta


def _through_statistics(g, x_hat, std, axes):
    """dL/dx, given g = dL/dx_hat, where x_hat = (x - mean) / std with statistics over `axes`."""
    direct = g
    by_mean = g.mean(axis=axes, keepdims=True)
    by_variance = x_hat * (g * x_hat).mean(axis=axes, keepdims=True)
    return (direct - by_mean - by_variance) / std


def fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5):
    """The linear or convolutional layer that does what it and the trained batch normalization after it do.

    weight: (out, in) or (out, in, kh, kw). All others: (out,). Returns the new weight and bias, float64.
    Source: Ioffe and Szegedy (2015), section 3.1: with fixed statistics the normalization is one linear
    transform, scale * y + (beta - scale * running_mean), scale = gamma / sqrt(running_var + eps).
    """
    weight = np.asarray(weight, dtype=np.float64)
    scale = np.asarray(gamma, dtype=np.float64) / np.sqrt(np.asarray(running_var, dtype=np.float64) + eps)  # (out,)
    new_weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
    return new_weight, (np.asarray(bias, dtype=np.float64) - running_mean) * scale + beta


def layer_norm_forward(x, gamma, beta, eps=1e-5):
    """Normalize each vector along the last axis by its own mean and biased variance: y = gamma * x_hat + beta.

    x: (..., D). gamma, beta: (D,). Returns y, shaped like x, float64.
    Source: Ba, Kiros and Hinton (2016), equations 3 and 4, with eps as torch adds it.
    """
    x_hat, _ = _normalized_vectors(x, eps)
    return np.asarray(gamma, dtype=np.float64) * x_hat + np.asarray(beta, dtype=np.float64)


def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
    """The gradients of a loss with respect to layer_norm_forward's x, gamma and beta.

    grad_out: dL/dy, shaped like x, (..., D). gamma: (D,).
    Returns grad_x, shaped like x, grad_gamma (D,) and grad_beta (D,), float64.
    Source: the chain rule on Ba, Kiros and Hinton (2016), equations 3 and 4. The statistics are over D, the parameters
    shared over all other axes; so gamma stays inside the means: it varies along the axis of the mean.
    """
    grad_out = np.asarray(grad_out, dtype=np.float64)
    x_hat, std = _normalized_vectors(x, eps)
    shared = tuple(range(grad_out.ndim - 1))
    grad_x = _through_statistics(np.asarray(gamma, dtype=np.float64) * grad_out, x_hat, std, axes=-1)
    return grad_x, (grad_out * x_hat).sum(axis=shared), grad_out.sum(axis=shared)


def _normalized_vectors(x, eps):
    """x_hat, shaped like x, and the deviation of each vector along the last axis, (..., 1)."""
    x = np.asarray(x, dtype=np.float64)
    std = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    return (x - x.mean(axis=-1, keepdims=True)) / std, std


def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    """Normalize each example's groups of neighbouring channels, all their pixels together.

    x: (N, C, H, W). num_groups divides C. gamma, beta: (C,). Returns y, shaped like x, float64.
    num_groups = C is instance normalization; num_groups = 1 takes one mean and one variance per example.
    Raises ValueError if num_groups does not divide C.
    Source: Wu and He (2018), equations 1, 2 and 7.
    """
    x = np.asarray(x, dtype=np.float64)
    N, C = x.shape[:2]
    if C % num_groups:
        raise ValueError(f"{num_groups} groups do not divide {C} channels")
    groups = x.reshape(N, num_groups, -1)  # (N, G, C / G * H * W)
    mean = groups.mean(axis=2, keepdims=True)  # (N, G, 1)
    var = groups.var(axis=2, keepdims=True)  # (N, G, 1)
    x_hat = ((groups - mean) / np.sqrt(var + eps)).reshape(x.shape)
    return _per_channel(gamma, x.ndim) * x_hat + _per_channel(beta, x.ndim)


def zca_whiten(x, eps=1e-5):
    """Centre x and multiply it by the symmetric inverse root of its covariance: (x - mean) (cov + eps I)^(-1/2).

    x: (N, D). Returns z, (N, D), float64. The covariance divides by N.
    Source: Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images", appendix A, with eps
    added to the eigenvalues.
    """
    x = np.asarray(x, dtype=np.float64)
    centred = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(x))  # (D,), one eigenvector per column
    whiten = vectors / np.sqrt(values + eps) @ vectors.T  # (D, D), symmetric
    return centred @ whiten
