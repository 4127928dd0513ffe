# A name misspelt, a matrix's shape unpacked where a vector may come, and a group without its parameters.
# expect: norm_penalties=4.5 soft_threshold=5 dropout=5 label_smoothing_loss=5 clip_grad_value=0
# expect: clip_grad_norm=6 EarlyStopping=5 ensemble_predict=4 expected_calibration_error=4 decay_groups=0

# %% answer="clip_grad_value"
def clip_grad_value(grads, clip_value):
    return [np.clip(g, -clipvalue, clip_value) for g in grads]

# %% answer="elastic_net_penalty"
def elastic_net_penalty(w, lam, l1_ratio):
    rows, columns = w.shape
    size = sum(abs(w[i, j]) for i in range(rows) for j in range(columns))
    slope = l1_ratio * np.sign(w) + (1 - l1_ratio) * w
    return lam * (l1_ratio * size + (1 - l1_ratio) * (w**2).sum() / 2), lam * slope

# %% answer="decay_groups"
def decay_groups(model, weight_decay):
    weights = [p for n, p in model.named_parameters() if "weight" in n]
    return [{"param": weights, "weight_decay": weight_decay}]

# %% solution="the rest"
