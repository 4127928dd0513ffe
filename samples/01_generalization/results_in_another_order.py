# The right numbers, but validation before training, variance before bias, and validation folds before their training sets.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=5 learning_curve=0
# expect: bias_variance_decomposition=0 k_fold_indices=0 one_standard_error_rule=4 cross_entropy=5 collapse_linear=4

# %% answer="learning_curve"
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    val, train = [], []
    for n in sizes:
        m = fit(X[:n], y[:n])
        val.append(np.mean((predict(m, X_val) - y_val) ** 2))
        train.append(np.mean((predict(m, X[:n]) - y[:n]) ** 2))
    return val, train

# %% answer="bias_variance_decomposition"
def bias_variance_decomposition(predictions, truth):
    b = np.mean((predictions.mean(0) - truth) ** 2)
    v = np.mean(predictions.var(0))
    return v, b, b + v

# %% answer="k_fold_indices"
def k_fold_indices(permutation, k):
    return [(fold, np.setdiff1d(permutation, fold)) for fold in np.array_split(permutation, k)]

# %% solution="the rest"
