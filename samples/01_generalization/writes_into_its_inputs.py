# Right values, but the inputs are never the same afterwards.
# expect: mean_squared_error=2.5 polynomial_features=3.5 least_squares_fit=4.5 learning_curve=3.5
# expect: bias_variance_decomposition=4.5 k_fold_indices=3.5 one_standard_error_rule=3.5 cross_entropy=4.5
# expect: collapse_linear=3.5

# %% answer="mean_squared_error"
def mean_squared_error(prediction, target):
    prediction -= target
    return (prediction**2).mean(), 2 * prediction / prediction.size

# %% answer="polynomial_features"
def polynomial_features(x, degree):
    x.shape = (len(x), 1)
    return x.astype(float) ** np.arange(degree + 1)

# %% answer="least_squares_fit"
def least_squares_fit(X, y):
    scale = np.abs(X).max()
    X /= scale
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    inverse = np.array([1 / v if v > 1e-12 * s[0] else 0 for v in s])
    return Vt.T @ (inverse * (U.T @ y)) / scale

# %% answer="learning_curve"
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    sizes.sort()
    curve = []
    for n in sizes:
        m = fit(X[:n], y[:n])
        curve.append((np.mean((predict(m, X[:n]) - y[:n]) ** 2), np.mean((predict(m, X_val) - y_val) ** 2)))
    return [t for t, _ in curve], [v for _, v in curve]

# %% answer="bias_variance_decomposition"
def bias_variance_decomposition(predictions, truth):
    predictions -= truth
    return (predictions.mean(0) ** 2).mean(), predictions.var(0).mean(), (predictions**2).mean()

# %% answer="k_fold_indices"
def k_fold_indices(permutation, k):
    np.random.shuffle(permutation)
    return [(permutation[np.arange(len(permutation)) % k != i], permutation[i::k].copy()) for i in range(k)]

# %% answer="one_standard_error_rule"
def one_standard_error_rule(errors):
    errors.sort(axis=0)
    mean = errors.mean(axis=0)
    best = mean.argmin()
    return np.where(mean <= mean[best] + errors[:, best].std(ddof=1) / len(errors) ** 0.5)[0][0]

# %% answer="cross_entropy"
def cross_entropy(logits, labels):
    logits -= logits.max(axis=1, keepdims=True)
    return (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]).mean()

# %% answer="collapse_linear"
def collapse_linear(weights, biases):
    while len(weights) > 1:
        first, bias = weights.pop(0), biases.pop(0)
        biases[0] = weights[0] @ bias + biases[0]
        weights[0] = weights[0] @ first
    return weights[0], biases[0]
