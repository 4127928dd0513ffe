# Loops and lists throughout, no NumPy where Python will do; the fit is the master's.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=5 learning_curve=5
# expect: bias_variance_decomposition=5 k_fold_indices=5 one_standard_error_rule=4 cross_entropy=5 collapse_linear=4

# %% answer="mean_squared_error"
def mean_squared_error(prediction, target):
    total, grad = 0.0, np.zeros(prediction.shape)
    for i in np.ndindex(prediction.shape):
        d = prediction[i] - target[i]
        total += d**2
        grad[i] = 2 * d / prediction.size
    return total / prediction.size, grad

# %% answer="polynomial_features"
def polynomial_features(x, degree):
    rows = []
    for v in x:
        row = [1.0]
        for _ in range(degree):
            row.append(row[-1] * float(v))
        rows.append(row)
    return rows

# %% answer="learning_curve"
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    train_errors, val_errors = [], []
    for n in sizes:
        model = fit(X[:n], y[:n])
        train_errors.append(sum((p - t) ** 2 for p, t in zip(predict(model, X[:n]), y[:n])) / n)
        val_errors.append(sum((p - t) ** 2 for p, t in zip(predict(model, X_val), y_val)) / len(y_val))
    return train_errors, val_errors

# %% answer="bias_variance_decomposition"
def bias_variance_decomposition(predictions, truth):
    R, N = predictions.shape
    b = v = e = 0
    for i in range(N):
        average = sum(predictions[:, i]) / R
        b += (average - truth[i]) ** 2
        for r in range(R):
            v += (predictions[r, i] - average) ** 2 / R
            e += (predictions[r, i] - truth[i]) ** 2 / R
    return b / N, v / N, e / N

# %% answer="k_fold_indices"
def k_fold_indices(permutation, k):
    permutation = [int(i) for i in permutation]
    folds, start = [], 0
    for f in range(k):
        size = len(permutation) // k + (1 if f < len(permutation) % k else 0)
        folds.append((permutation[:start] + permutation[start + size :], permutation[start : start + size]))
        start += size
    return folds

# %% answer="one_standard_error_rule"
def one_standard_error_rule(errors):
    K, M = errors.shape
    means = [sum(errors[:, m]) / K for m in range(M)]
    best = means.index(min(means))
    sd = math.sqrt(sum((e - means[best]) ** 2 for e in errors[:, best]) / (K - 1))
    for m in range(M):
        if means[m] <= means[best] + sd / math.sqrt(K):
            return m

# %% answer="cross_entropy"
def cross_entropy(logits, labels):
    total = 0
    for z, label in zip(logits, labels):
        top = max(z)
        total += top + math.log(sum(math.exp(v - top) for v in z)) - z[label]
    return total / len(labels)

# %% answer="collapse_linear"
def collapse_linear(weights, biases):
    W, b = [list(row) for row in weights[0]], list(biases[0])
    for weight, bias in zip(weights[1:], biases[1:]):
        W, b = (
            [[sum(row[h] * W[h][j] for h in range(len(W))) for j in range(len(W[0]))] for row in weight],
            [sum(row[h] * b[h] for h in range(len(b))) + c for row, c in zip(weight, bias)],
        )
    return W, b

# %% solution="the rest"
