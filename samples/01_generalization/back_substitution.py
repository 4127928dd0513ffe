# Fits by QR and back substitution, which needs independent columns; and collapses layers but for the earlier biases.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=3 learning_curve=5
# expect: bias_variance_decomposition=5 k_fold_indices=5 one_standard_error_rule=4 cross_entropy=5 collapse_linear=2

# %% answer="least_squares_fit"
def least_squares_fit(X, y):
    Q, R = np.linalg.qr(X)
    b = Q.T @ y
    w = np.zeros(X.shape[1])
    for i in reversed(range(len(w))):
        w[i] = (b[i] - R[i, i + 1 :] @ w[i + 1 :]) / R[i, i]
    return w

# %% answer="collapse_linear"
def collapse_linear(weights, biases):
    W = weights[0]
    for weight in weights[1:]:
        W = weight @ W
    return W, biases[-1]

# %% solution="the rest"
