# Trains on what it validates, scores the training error on everything, and trusts the lowest error.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=5 learning_curve=2.5
# expect: bias_variance_decomposition=5 k_fold_indices=0 one_standard_error_rule=0 cross_entropy=5 collapse_linear=4

# %% answer="learning_curve"
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    curve = []
    for n in sizes:
        model = fit(X[:n], y[:n])
        curve.append([np.mean((predict(model, A) - b) ** 2) for A, b in ((X, y), (X_val, y_val))])
    return tuple(np.array(curve).T)

# %% answer="k_fold_indices"
def k_fold_indices(permutation, k):
    return [(permutation.copy(), fold) for fold in np.array_split(permutation, k)]

# %% answer="one_standard_error_rule"
def one_standard_error_rule(errors):
    return int(errors.mean(axis=0).argmin())

# %% solution="the rest"
