# Other ways to the same results: powers by accumulation, QR before the singular values, cards dealt to folds, moments.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=5 learning_curve=5
# expect: bias_variance_decomposition=5 k_fold_indices=5 one_standard_error_rule=4 cross_entropy=5 collapse_linear=4

# %% answer="mean_squared_error"
def mean_squared_error(prediction, target):
    n = np.prod(np.shape(prediction))
    return np.linalg.norm(target - prediction) ** 2 / n, (prediction - target) * 2 / n

# %% answer="polynomial_features"
def polynomial_features(x, degree):
    columns = np.repeat(np.asarray(x, float)[:, None], degree + 1, axis=1)
    columns[:, 0] = 1
    return np.multiply.accumulate(columns, axis=1)

# %% answer="least_squares_fit"
def least_squares_fit(X, y):
    Q, R = np.linalg.qr(X)
    U, s, Vt = np.linalg.svd(R, full_matrices=False)
    rank = int((s > 1e-12 * s.max()).sum())
    return sum((U[:, i] @ (Q.T @ y)) / s[i] * Vt[i] for i in range(rank))

# %% answer="learning_curve"
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    def errors(n):
        model = fit(X[:n], y[:n])
        pairs = [(X[:n], y[:n]), (X_val, y_val)]
        return [mean_squared_error(np.asarray(predict(model, A)), b)[0] for A, b in pairs]

    return tuple(zip(*map(errors, sizes)))

# %% answer="bias_variance_decomposition"
def bias_variance_decomposition(predictions, truth):
    error = ((predictions - truth) ** 2).mean()
    variance = ((predictions**2).mean(0) - predictions.mean(0) ** 2).mean()
    return np.float32(error - variance), np.float32(variance), np.float32(error)

# %% answer="k_fold_indices"
def k_fold_indices(permutation, k):
    where = np.argsort(permutation) % k
    everyone = np.arange(len(permutation))
    return [[everyone[where != i], everyone[where == i]] for i in range(k)]

# %% answer="one_standard_error_rule"
def one_standard_error_rule(errors):
    mean = errors.mean(axis=0)
    best = min(range(len(mean)), key=mean.__getitem__)
    limit = mean[best] + np.sqrt(np.var(errors[:, best], ddof=1) / errors.shape[0])
    return next(m for m, e in enumerate(mean) if e <= limit)

# %% answer="cross_entropy"
def cross_entropy(logits, labels):
    lead = logits - logits[np.arange(len(labels)), labels][:, None]
    return np.logaddexp.reduce(lead, axis=1).mean()

# %% answer="collapse_linear"
def collapse_linear(weights, biases):
    def stack(x):
        for W, b in zip(weights, biases):
            x = x @ W.T + b
        return x

    D = weights[0].shape[1]
    return (stack(np.eye(D)) - stack(np.zeros((1, D)))).T, stack(np.zeros(D))
