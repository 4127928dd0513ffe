# Other formulas throughout: remainders of clipping, log-sum-exps, logarithms, dictionaries, one group a parameter.
# expect: norm_penalties=5 soft_threshold=5 dropout=5 label_smoothing_loss=5 clip_grad_value=2
# expect: clip_grad_norm=6 EarlyStopping=5 ensemble_predict=4 expected_calibration_error=4 decay_groups=4

# %% answer="l1_penalty"
def l1_penalty(w, lam):
    return lam * np.sum(np.maximum(w, -w)), np.where(w >= 0, lam, -lam)

# %% answer="elastic_net_penalty"
def elastic_net_penalty(w, lam, l1_ratio):
    a, ga = l1_penalty(w, lam * l1_ratio)
    b, gb = l2_penalty(w, lam - lam * l1_ratio)
    return a + b, ga + gb

# %% answer="proximal_step"
def proximal_step(w, grad, lr, lam):
    z = w - lr * grad
    return z - np.clip(z, -lr * lam, lr * lam)

# %% answer="dropout_forward"
def dropout_forward(x, keep, p, training=True):
    if not training:
        return x
    return np.divide(x, 1 - p, out=np.zeros(x.shape), where=keep)

# %% answer="dropout_backward"
dropout_backward = dropout_forward

# %% answer="label_smoothing_loss"
def label_smoothing_loss(logits, labels, epsilon):
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -(1 - epsilon) * log_p[rows, labels].mean() - epsilon * log_p.mean()
    grad = np.exp(log_p) - epsilon / logits.shape[1]
    grad[rows, labels] -= 1 - epsilon
    return loss, grad / len(labels)

# %% answer="clip_grad_norm"
def clip_grad_norm(grads, max_norm):
    total = math.hypot(*[np.linalg.norm(g) for g in grads])
    if math.isinf(total) or math.isnan(total):
        raise ValueError("no norm")
    return [g * min(1.0, max_norm / (total + 1e-6)) for g in grads], total

# %% answer="expected_calibration_error"
def expected_calibration_error(probabilities, labels, n_bins=15):
    top = probabilities.max(axis=1)
    which = np.minimum(np.ceil(top * n_bins), n_bins)
    gap = (probabilities.argmax(axis=1) == labels) - top
    return sum(abs(gap[which == b].sum()) for b in set(which)) / len(top)

# %% answer="decay_groups"
def decay_groups(model, weight_decay):
    normalized = [p for m in model.modules() if isinstance(m, NORMALIZATIONS) for p in m.parameters()]
    groups = []
    for name, p in model.named_parameters():
        free = name.split(".")[-1].startswith("bias") or any(p is n for n in normalized)
        if p.requires_grad:
            groups.append({"params": [p], "weight_decay": 0.0 if free else weight_decay})
    return groups

# %% solution="the rest"
