# The formulas as they stand: exponentials overflow, zeros are divided by zeros, empty bins have a mean.
# expect: norm_penalties=4.5 soft_threshold=5 dropout=4.5 label_smoothing_loss=4 clip_grad_value=2
# expect: clip_grad_norm=4.5 EarlyStopping=5 ensemble_predict=3 expected_calibration_error=2.5 decay_groups=4

# %% answer="l1_penalty"
def l1_penalty(w, lam):
    return lam * np.abs(w).sum(), lam * w / np.abs(w)

# %% answer="dropout_forward"
def dropout_forward(x, keep, p, training=True):
    return x * keep / (1 - p) if training else x

# %% answer="label_smoothing_loss"
def label_smoothing_loss(logits, labels, epsilon):
    N, K = logits.shape
    q = (1 - epsilon) * np.eye(K)[labels] + epsilon / K
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return -(q * np.log(p)).sum() / N, (p - q) / N

# %% answer="clip_grad_norm"
def clip_grad_norm(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g / norm * min(norm, max_norm) for g in grads], norm

# %% answer="ensemble_predict"
def ensemble_predict(logits):
    p = np.exp(logits)
    return (p / p.sum(-1, keepdims=True)).mean(0)

# %% answer="expected_calibration_error"
def expected_calibration_error(probabilities, labels, n_bins=15):
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    total = 0
    for b in range(n_bins):
        inside = (b / n_bins < confidence) & (confidence <= (b + 1) / n_bins)
        total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total

# %% solution="the rest"
