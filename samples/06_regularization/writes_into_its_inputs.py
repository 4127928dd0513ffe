# Right values, written over the inputs wherever that is possible.
# expect: norm_penalties=5 soft_threshold=4 dropout=4.5 label_smoothing_loss=4.5 clip_grad_value=1.5
# expect: clip_grad_norm=5.5 EarlyStopping=5 ensemble_predict=4 expected_calibration_error=4 decay_groups=4

# %% answer="soft_threshold"
def soft_threshold(v, threshold):
    inside = np.abs(v) <= threshold
    v -= threshold * np.sign(v)
    v[inside] = 0
    return v

# %% answer="proximal_step"
def proximal_step(w, grad, lr, lam):
    w -= lr * grad
    return soft_threshold(w, lr * lam)

# %% answer="dropout_forward"
def dropout_forward(x, keep, p, training=True):
    if training:
        x[~keep] = 0
        if p < 1:
            x /= 1 - p
    return x

# %% answer="label_smoothing_loss"
def label_smoothing_loss(logits, labels, epsilon):
    N, K = logits.shape
    q = (1 - epsilon) * np.eye(K)[labels] + epsilon / K
    logits -= logits.max(1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(1, keepdims=True))
    return -(q * logits).sum() / N, (np.exp(logits) - q) / N

# %% answer="clip_grad_value"
def clip_grad_value(grads, clip_value):
    for g in grads:
        np.clip(g, -clip_value, clip_value, out=g)
    return grads

# %% answer="clip_grad_norm"
def clip_grad_norm(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if not np.isfinite(norm):
        raise ValueError("not finite")
    for g in grads:
        if norm > max_norm:
            g *= max_norm / norm
    return grads, norm

# %% solution="the rest"
