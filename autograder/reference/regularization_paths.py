"""Linear regression with L1, L2 and elastic-net penalties: minima, their paths over lam, and ways to get there.

The objective is |X w - y|^2 / (2 N) + elastic_net_penalty(w, lam, l1_ratio), as in scikit-learn: X (N, D) holds one
example per row, y (N,) the targets, w (D,) the weights. There is no intercept: centre X and y. All is float64.
"""

import math

import numpy as np

from autograder.reference.regularization import elastic_net_penalty, proximal_step


def _floats(*arrays):
    return [np.asarray(a, dtype=np.float64) for a in arrays]


def standardize(X):
    """Each column with mean 0 and (biased) deviation 1; a constant column becomes 0.

    X: (N, D). Returns the new X, the means and the deviations (D,), with 1 for a constant column.
    """
    (X,) = _floats(X)
    mean, std = X.mean(axis=0), X.std(axis=0)
    std = np.where(std > 1e-12 * np.abs(X).max(initial=1.0), std, 1.0)
    return (X - mean) / std, mean, std


def objective(X, y, w, lam, l1_ratio=1.0):
    """|X w - y|^2 / (2 N) + elastic_net_penalty(w, lam, l1_ratio), a number. X: (N, D). y: (N,). w: (D,)."""
    X, y, w = _floats(X, y, w)
    return ((X @ w - y) ** 2).sum() / (2 * len(y)) + elastic_net_penalty(w, lam, l1_ratio)[0]


def least_squares_gradient(X, y, w):
    """The gradient (D,) of |X w - y|^2 / (2 N) with respect to w. X: (N, D). y: (N,). w: (D,)."""
    X, y, w = _floats(X, y, w)
    return X.T @ (X @ w - y) / len(y)


def largest_step(X):
    """1 / L for the largest eigenvalue L of X^T X / N: the learning rate with which every proximal step descends.

    X: (N, D), not all 0. Source: Beck and Teboulle (2009), theorem 3.1.
    """
    (X,) = _floats(X)
    return len(X) / np.linalg.norm(X, 2) ** 2


def largest_lam(X, y, l1_ratio=1.0):
    """The smallest lam at which all weights are 0: max |X^T y| / (N l1_ratio), l1_ratio > 0. X: (N, D). y: (N,).

    Source: Friedman, Hastie and Tibshirani (2010), section 2.5.
    """
    X, y = _floats(X, y)
    return np.abs(X.T @ y).max() / (len(y) * l1_ratio)


def subgradient_violation(X, y, w, lam, l1_ratio=1.0):
    """How far w is from a minimum: the size of the smallest subgradient of the objective, per weight, at its largest.

    X: (N, D). y: (N,). w: (D,). Returns a number, 0 exactly at a minimum.
    """
    (w,) = _floats(w)
    smooth = least_squares_gradient(X, y, w) + lam * (1 - l1_ratio) * w
    at_zero = np.maximum(np.abs(smooth) - lam * l1_ratio, 0)
    return np.where(w == 0, at_zero, np.abs(smooth + lam * l1_ratio * np.sign(w))).max()


def ridge(X, y, lam):
    """The minimum for l1_ratio = 0 and lam > 0: (X^T X / N + lam I)^-1 X^T y / N.

    X: (N, D). y: (N,). Returns w (D,). Source: Hoerl and Kennard (1970).
    """
    X, y = _floats(X, y)
    U, s, Vt = np.linalg.svd(X, full_matrices=False)  # (N, r), (r,), (r, D)
    return Vt.T @ (s / (s**2 + len(y) * lam) * (U.T @ y))


def proximal_gradient(X, y, lam, l1_ratio=1.0, steps=1000, w=None, lr=None):
    """The iterates of the proximal gradient method (ISTA), (steps + 1, D), beginning with w, by default zeros.

    X: (N, D). y: (N,). lr: largest_step(X) if not given. Source: Beck and Teboulle (2009), section 3.
    """
    return _iterates(X, y, w, lr, steps, lambda w, grad, lr: proximal_step(w, grad, lr, lam, l1_ratio))


def subgradient_descent(X, y, lam, l1_ratio=1.0, steps=1000, w=None, lr=None):
    """The iterates of plain descent along a subgradient, (steps + 1, D), beginning with w, by default zeros.

    X: (N, D). y: (N,). lr: largest_step(X) if not given, the same at every step. Its weights jump across 0.
    """
    return _iterates(X, y, w, lr, steps, lambda w, g, lr: w - lr * (g + elastic_net_penalty(w, lam, l1_ratio)[1]))


def gradient_descent(X, y, steps=1000, w=None, lr=None):
    """The iterates of gradient descent without a penalty, (steps + 1, D): what early stopping chooses from.

    X: (N, D). y: (N,). lr: largest_step(X) if not given. From zeros, step t is close to ridge with lam = 1 / (lr t).
    Source: Goodfellow, Bengio and Courville (2016), section 7.8.
    """
    return _iterates(X, y, w, lr, steps, lambda w, grad, lr: w - lr * grad)


def _iterates(X, y, w, lr, steps, step):
    X, y = _floats(X, y)
    lr = largest_step(X) if lr is None else lr
    path = [np.zeros(X.shape[1]) if w is None else np.array(w, dtype=np.float64)]
    for _ in range(steps):
        path.append(step(path[-1], least_squares_gradient(X, y, path[-1]), lr))
    return np.stack(path)


def coordinate_descent(X, y, lam, l1_ratio=1.0, sweeps=10_000, tolerance=1e-10, w=None):
    """The minimum, one weight at a time: each in turn is set to the best value, the others fixed.

    X: (N, D). y: (N,). Returns w (D,). Ends when subgradient_violation is at most `tolerance` times its value at 0, or
    after `sweeps` rounds. A column of zeros keeps weight 0.
    Source: Friedman, Hastie and Tibshirani (2010), equation 5.
    """
    X, y = _floats(X, y)
    N, D = X.shape
    w = np.zeros(D) if w is None else np.array(w, dtype=np.float64)
    l1, l2, curvature = lam * l1_ratio, lam * (1 - l1_ratio), (X**2).sum(axis=0) / N  # (D,)
    enough = tolerance * np.abs(X.T @ y).max() / N
    residual = y - X @ w
    for _ in range(sweeps):
        for j in range(D):
            if curvature[j] > 0:
                alone = X[:, j] @ residual / N + curvature[j] * w[j]
                new = math.copysign(max(abs(alone) - l1, 0.0), alone) / (curvature[j] + l2)
                if new != w[j]:
                    residual -= X[:, j] * (new - w[j])
                    w[j] = new
        if subgradient_violation(X, y, w, lam, l1_ratio) <= enough:
            break
    return w + 0.0  # no weight of -0.0


def path(X, y, lams, l1_ratio=1.0, **settings):
    """The minima for each of `lams`, (len(lams), D): ridge's for l1_ratio = 0, otherwise by coordinate descent.

    X: (N, D). y: (N,). Each starts from the one before, so list the lams from large to small.
    Source: Friedman, Hastie and Tibshirani (2010), section 2.5.
    """
    found, w = [], None
    for lam in lams:
        w = ridge(X, y, lam) if l1_ratio == 0 else coordinate_descent(X, y, lam, l1_ratio, w=w, **settings)
        found.append(w)
    return np.stack(found)
