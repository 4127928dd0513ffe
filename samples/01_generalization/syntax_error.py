# A bracket is missing in one answer and a colon in another; the others are right.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=5 learning_curve=5
# expect: bias_variance_decomposition=0 k_fold_indices=5 one_standard_error_rule=0 cross_entropy=5 collapse_linear=4

# %% answer="bias_variance_decomposition"
def bias_variance_decomposition(predictions, truth):
    average = predictions.mean(axis=0
    bias_squared = ((average - truth) ** 2).mean()
    return bias_squared, predictions.var(axis=0).mean(), ((predictions - truth) ** 2).mean()

# %% answer="one_standard_error_rule"
def one_standard_error_rule(errors):
    means = errors.mean(axis=0)
    for m in range(len(means))
        if means[m] <= means.min():
            return m

# %% solution="the rest"
