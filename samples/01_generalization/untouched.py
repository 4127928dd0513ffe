# Handed in as it was released.
# expect: mean_squared_error=0 polynomial_features=0 least_squares_fit=0 learning_curve=0
# expect: bias_variance_decomposition=0 k_fold_indices=0 one_standard_error_rule=0 cross_entropy=0 collapse_linear=0
