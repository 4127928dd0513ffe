# Prints one result and forgets the other return altogether.
# expect: mean_squared_error=0 polynomial_features=4 least_squares_fit=5 learning_curve=0
# expect: bias_variance_decomposition=5 k_fold_indices=5 one_standard_error_rule=4 cross_entropy=5 collapse_linear=4

# %% answer="mean_squared_error"
def mean_squared_error(prediction, target):
    r = prediction - target
    print((r**2).mean(), 2 * r / r.size)

# %% answer="learning_curve"
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    train_errors, val_errors = [], []
    for n in sizes:
        model = fit(X[:n], y[:n])
        train_errors.append(np.mean((predict(model, X[:n]) - y[:n]) ** 2))
        val_errors.append(np.mean((predict(model, X_val) - y_val) ** 2))

# %% solution="the rest"
