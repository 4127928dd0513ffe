# A misspelt name, arguments the wrong way round, and a split that only works when nothing is left over.
# expect: mean_squared_error=3 polynomial_features=0 least_squares_fit=5 learning_curve=0
# expect: bias_variance_decomposition=5 k_fold_indices=2 one_standard_error_rule=4 cross_entropy=5 collapse_linear=4

# %% answer="polynomial_features"
def polynomial_features(x, degree):
    features = np.ones((len(x), degree + 1))
    for j in range(1, degree + 1):
        features[:, j] = feature[:, j - 1] * x
    return features

# %% answer="learning_curve"
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    train_errors, val_errors = [], []
    for n in sizes:
        model = fit(X[:n], y[:n])
        train_errors.append(np.mean((predict(X[:n], model) - y[:n]) ** 2))
        val_errors.append(np.mean((predict(X_val, model) - y_val) ** 2))
    return train_errors, val_errors

# %% answer="k_fold_indices"
def k_fold_indices(permutation, k):
    folds = np.split(permutation, k)
    return [(np.concatenate([f for j, f in enumerate(folds) if j != i]), folds[i]) for i in range(k)]

# %% solution="the rest"
