# L1 by subgradient, the norm of each parameter clipped alone, biases found anywhere in a name, a loss that must beat the last.
# expect: norm_penalties=5 soft_threshold=3 dropout=5 label_smoothing_loss=5 clip_grad_value=2
# expect: clip_grad_norm=0 EarlyStopping=0 ensemble_predict=4 expected_calibration_error=4 decay_groups=0

# %% answer="proximal_step"
def proximal_step(w, grad, lr, lam):
    return w - lr * (grad + lam * np.sign(w))

# %% answer="clip_grad_norm"
def clip_grad_norm(grads, max_norm):
    total, clipped = 0.0, []
    for g in grads:
        norm = np.linalg.norm(g)
        total += norm**2
        clipped.append(g * min(1.0, max_norm / (norm + 1e-6)))
    if not np.isfinite(total):
        raise ValueError("infinite")
    return clipped, np.sqrt(total)

# %% answer="EarlyStopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.last, self.best_step, self.now, self.bad = math.inf, None, 0, 0

    def step(self, metric):
        if metric < self.last - self.min_delta:
            self.best_step, self.bad = self.now, 0
        else:
            self.bad += 1
        self.last, self.now = metric, self.now + 1
        return self.bad >= self.patience

# %% answer="decay_groups"
def decay_groups(model, weight_decay):
    no_decay = ["bias", "norm", "LayerNorm.weight"]
    named = list(model.named_parameters())
    return [
        {"params": [p for n, p in named if not any(nd in n for nd in no_decay)], "weight_decay": weight_decay},
        {"params": [p for n, p in named if any(nd in n for nd in no_decay)], "weight_decay": 0.0},
    ]

# %% solution="the rest"
