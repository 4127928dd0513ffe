# The first four are right; the fifth was begun, the others were not.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=5 learning_curve=5
# expect: bias_variance_decomposition=0 k_fold_indices=0 one_standard_error_rule=0 cross_entropy=0 collapse_linear=0

# %% solution="mean_squared_error"

# %% solution="polynomial_features"

# %% solution="least_squares_fit"

# %% solution="learning_curve"

# %% answer="bias_variance_decomposition"
def bias_variance_decomposition(predictions, truth):
    average = predictions.mean(axis=0)
    # how do I get the bias from this?
    raise NotImplementedError("later")
