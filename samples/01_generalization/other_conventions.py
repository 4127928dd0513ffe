# Half the square, powers from the highest down, scores for errors, bits, and weights for x @ W: what other places teach.
# expect: mean_squared_error=0 polynomial_features=0 least_squares_fit=5 learning_curve=5
# expect: bias_variance_decomposition=5 k_fold_indices=5 one_standard_error_rule=0 cross_entropy=0 collapse_linear=0

# %% answer="mean_squared_error"
def mean_squared_error(prediction, target):
    r = prediction - target
    return (r**2).mean() / 2, r / r.size

# %% answer="polynomial_features"
def polynomial_features(x, degree):
    return np.vander(x.astype(float), degree + 1)

# %% answer="one_standard_error_rule"
def one_standard_error_rule(errors):
    mean, se = errors.mean(0), errors.std(0, ddof=1) / np.sqrt(len(errors))
    best = mean.argmax()
    return int(np.where(mean >= mean[best] - se[best])[0][0])

# %% answer="cross_entropy"
def cross_entropy(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(log_p[np.arange(len(z)), labels] / math.log(2)).mean()

# %% answer="collapse_linear"
def collapse_linear(weights, biases):
    W, b = weights[0].T, biases[0]
    for weight, bias in zip(weights[1:], biases[1:]):
        W, b = W @ weight.T, b @ weight.T + bias
    return W, b

# %% solution="the rest"
