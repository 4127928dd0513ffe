# The master's answers to everything.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=5 learning_curve=5
# expect: bias_variance_decomposition=5 k_fold_indices=5 one_standard_error_rule=4 cross_entropy=5 collapse_linear=4

# %% solution="the rest"
