"""Generalization: least squares on features, losses, bias and variance, cross-validation, stacks of linear layers.

Symbols: N examples, D features, K classes or folds, R repetitions, M models; X (N, D) holds one example per row and
phi one feature per column; w are the weights, f the truth without noise. Every function computes in float64.
"""

from math import lgamma

import numpy as np


def _float(*arrays):
    return tuple(np.asarray(a, dtype=np.float64) for a in arrays)


# Features


def polynomial_features(x, degree):
    """The powers 0 to degree of each number: phi_ij = x_i ** j.

    x: (N,). Returns phi (N, degree + 1), float64. 0 ** 0 is 1. Raises ValueError for a negative degree.
    Source: Bishop (2006), section 1.1, equation 1.1; the matrix is Vandermonde's.
    """
    if degree < 0:
        raise ValueError(f"a polynomial has degree 0 or more, not {degree}")
    (x,) = _float(x)
    return x[:, None] ** np.arange(degree + 1)


def relu_features(x, W, b):
    """The outputs of one layer whose weights stay as they were drawn: relu(x @ W.T + b).

    x: (N, D). W: (p, D). b: (p,). Returns phi (N, p), float64.
    Source: Rahimi and Recht (2007) for learning on random features; Belkin et al. (2019) for ReLU ones.
    """
    x, W, b = _float(x, W, b)
    return np.maximum(x @ W.T + b, 0)


# Least squares


def least_squares_fit(X, y):
    """The weights w that make |X w - y| smallest, and of several such w the one with the smallest norm.

    X: (N, D). y: (N,) or (N, K). Returns w, (D,) or (D, K), float64: w = V diag(1/s) U^T y, where X = U diag(s) V^T.
    A singular value below max(N, D) * eps * the largest counts as 0.
    Source: Golub and Van Loan (2013), theorem 5.5.1.
    """
    X, y = _float(X, y)
    U, s, Vt = np.linalg.svd(X, full_matrices=False)  # (N, r), (r,), (r, D) with r = min(N, D)
    kept = s > max(X.shape) * np.finfo(np.float64).eps * s.max(initial=0)
    return Vt[kept].T @ ((U[:, kept].T @ y).T / s[kept]).T


def ridge_fit(X, y, lam):
    """The weights w that make |X w - y|^2 + lam |w|^2 smallest, for lam > 0.

    X: (N, D). y: (N,) or (N, K). Returns w, (D,) or (D, K), float64: w = V diag(s / (s^2 + lam)) U^T y.
    Every weight is penalized; centre X and y first if an intercept should not be. Raises ValueError unless lam > 0.
    Source: Hoerl and Kennard (1970), equation 2.1, in terms of the singular values as in Hastie et al. (2009), 3.47.
    """
    if not lam > 0:
        raise ValueError(f"lam is positive, not {lam}")
    X, y = _float(X, y)
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return Vt.T @ ((U.T @ y).T * (s / (s**2 + lam))).T


# Losses


def mean_squared_error(prediction, target):
    """The mean of (prediction - target)^2 over all elements, and its gradient with respect to the prediction.

    Both: any shape, the same. Returns the loss, a number, and grad_prediction, shaped like them, float64.
    Raises ValueError if the shapes differ.
    Source: the definition, as in torch's mse_loss with its default reduction.
    """
    prediction, target = _float(prediction, target)
    if prediction.shape != target.shape:
        raise ValueError(f"prediction {prediction.shape} and target {target.shape} have different shapes")
    r = prediction - target
    return np.mean(r**2), 2 * r / r.size


def cross_entropy(logits, labels):
    """The mean over the examples of -log softmax(logits)[label], for logits of any size.

    logits: (N, K). labels: (N,) whole numbers from 0 to K - 1. Returns a number.
    Source: Goodfellow et al. (2016), section 6.2.2.3: -z_label + log sum_k exp(z_k), with the largest z taken out.
    """
    (z,) = _float(logits)
    top = z.max(axis=1)  # (N,)
    log_sum = top + np.log(np.exp(z - top[:, None]).sum(axis=1))  # (N,)
    return np.mean(log_sum - z[np.arange(len(z)), labels])


# Bias and variance


def bias_and_variance_at(predictions, truth):
    """Squared bias and variance at each input, over the R training sets.

    predictions: (R, N), one row per training set. truth: f at the same inputs, (N,). Returns two arrays, (N,), float64.
    The variance divides by R, so that both add up to the mean of (prediction - f)^2 exactly.
    Source: Geman, Bienenstock and Doursat (1992), section 2.
    """
    predictions, truth = _float(predictions, truth)
    return (predictions.mean(axis=0) - truth) ** 2, predictions.var(axis=0)


def bias_variance_decomposition(predictions, truth):
    """Squared bias, variance and error, each averaged over the inputs: error = bias_squared + variance.

    predictions: (R, N), one row per training set. truth: f at the same inputs, without noise, (N,).
    Returns three numbers; error is the mean of (prediction - f)^2 over training sets and inputs.
    Source: Geman, Bienenstock and Doursat (1992), section 2.
    """
    bias_squared, variance = bias_and_variance_at(predictions, truth)
    predictions, truth = _float(predictions, truth)
    return bias_squared.mean(), variance.mean(), np.mean((predictions - truth) ** 2)


# Choosing a model


def k_fold_indices(permutation, k):
    """Cut a permutation of 0 to N - 1 into k validation folds; the rest trains. Sizes differ by at most one.

    permutation: (N,) whole numbers. Returns a list of k pairs (train, validation) of index arrays; the larger folds
    come first. Raises ValueError unless 2 <= k <= N.
    Source: Stone (1974); the sizes as in scikit-learn's KFold.
    """
    permutation = np.asarray(permutation)
    if not 2 <= k <= len(permutation):
        raise ValueError(f"{len(permutation)} examples can't be cut into {k} folds")
    folds = np.array_split(permutation, k)
    return [(np.concatenate(folds[:i] + folds[i + 1 :]), folds[i]) for i in range(k)]


def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    """Training and validation error of a model fitted to the first n examples, for each n in sizes.

    fit(X, y) returns a model, predict(model, X) its predictions. X: (N, ...), y: (N, ...); X_val and y_val likewise.
    Returns two arrays (len(sizes),), float64: the mean squared error on the n examples that were fitted, and on
    X_val. The training sets are nested, so that neighbouring points differ by the examples added.
    Source: Cortes et al. (1994), "Learning curves: asymptotic values and rate of convergence".
    """
    train, validation = np.empty(len(sizes)), np.empty(len(sizes))
    for i, n in enumerate(sizes):
        model = fit(X[:n], y[:n])
        train[i], _ = mean_squared_error(predict(model, X[:n]), y[:n])
        validation[i], _ = mean_squared_error(predict(model, X_val), y_val)
    return train, validation


def one_standard_error_rule(errors):
    """The simplest model whose mean error is at most one standard error above the best one's.

    errors: (K, M) validation errors, K folds, M models from simple to complex; lower is better. Returns an index.
    The standard error is the best model's: its deviation over the folds, dividing by K - 1, over the root of K.
    Source: Breiman, Friedman, Olshen and Stone (1984), section 3.4.3; Hastie et al. (2009), section 7.10.
    """
    (errors,) = _float(errors)
    mean = errors.mean(axis=0)  # (M,)
    best = int(mean.argmin())
    standard_error = errors[:, best].std(ddof=1) / np.sqrt(len(errors))
    return int(np.argmax(mean <= mean[best] + standard_error))


def expected_best_accuracy(n, K, p=0.5):
    """The expected best validation accuracy of K models that are each right with probability p, independently.

    n: validation examples. Returns a number: E max of K counts from Binomial(n, p), over n; float64.
    Source: E max = sum over c from 0 to n - 1 of (1 - F(c)^K), F the binomial distribution function.
    """
    c = np.arange(n)
    log_choose = lgamma(n + 1) - np.array([lgamma(i + 1) + lgamma(n - i + 1) for i in c])
    F = np.minimum(np.cumsum(np.exp(log_choose + c * np.log(p) + (n - c) * np.log1p(-p))), 1)
    return np.sum(1 - F**K) / n


# Stacked linear layers


def collapse_linear(weights, biases):
    """The one linear layer that computes what a stack of them does.

    weights: list of (out, in), the first layer first, each layer's in the out before it. biases: list of (out,).
    Returns W (out of the last, in of the first) and b (out of the last,), float64.
    Source: x @ W1.T + b1 put into x @ W2.T + b2 gives W = W2 W1 and b = W2 b1 + b2; and so on.
    """
    W, b = _float(weights[0], biases[0])
    for weight, bias in zip(weights[1:], biases[1:], strict=True):
        weight, bias = _float(weight, bias)
        W, b = weight @ W, weight @ b + bias
    return W, b
