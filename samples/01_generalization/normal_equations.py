# Solves the normal equations, as the first course taught it; right where the columns are independent.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=2 learning_curve=5
# expect: bias_variance_decomposition=5 k_fold_indices=5 one_standard_error_rule=4 cross_entropy=5 collapse_linear=4

# %% answer="least_squares_fit"
def least_squares_fit(X, y):
    return np.linalg.inv(X.T @ X) @ X.T @ y

# %% solution="the rest"
