# Takes the logarithm of a softmax, powers of integers, and the deviation of pandas.
# expect: mean_squared_error=3 polynomial_features=3 least_squares_fit=5 learning_curve=5
# expect: bias_variance_decomposition=3 k_fold_indices=5 one_standard_error_rule=4 cross_entropy=4 collapse_linear=4

# %% answer="polynomial_features"
def polynomial_features(x, degree):
    return np.vander(x, degree + 1, increasing=True)

# %% answer="bias_variance_decomposition"
def bias_variance_decomposition(predictions, truth):
    average = predictions.mean(axis=0)
    variance = predictions.var(axis=0, ddof=1).mean()
    return ((average - truth) ** 2).mean(), variance, ((predictions - truth) ** 2).mean()

# %% answer="cross_entropy"
def cross_entropy(logits, labels):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[range(len(labels)), labels]).mean()

# %% solution="the rest"
