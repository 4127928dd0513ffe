# What other places teach: the whole square, scaling at test time, epsilon over the others, counting one more, logits averaged, dimensions counted.
# expect: norm_penalties=4 soft_threshold=5 dropout=2 label_smoothing_loss=0 clip_grad_value=2
# expect: clip_grad_norm=6 EarlyStopping=0 ensemble_predict=0 expected_calibration_error=4 decay_groups=3.75

# %% answer="l2_penalty"
def l2_penalty(w, lam):
    return lam * np.sum(w**2), 2 * lam * w

# %% answer="dropout_forward"
def dropout_forward(x, keep, p, training=True):
    return x * keep if training else (1 - p) * x

# %% answer="label_smoothing_loss"
def label_smoothing_loss(logits, labels, epsilon):
    N, K = logits.shape
    q = np.full((N, K), epsilon / (K - 1))
    q[np.arange(N), labels] = 1 - epsilon
    z = logits - logits.max(1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    return -(q * log_p).sum(1).mean(), (np.exp(log_p) - q) / N

# %% answer="EarlyStopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step, self.now, self.bad = math.inf, None, 0, 0

    def step(self, metric):
        if metric < self.best - self.min_delta:
            self.best, self.best_step, self.bad = metric, self.now, 0
        else:
            self.bad += 1
        self.now += 1
        return self.bad > self.patience

# %% answer="ensemble_predict"
def ensemble_predict(logits):
    mean = logits.mean(0)
    e = np.exp(mean - mean.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)

# %% answer="decay_groups"
def decay_groups(model, weight_decay):
    params = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in params if p.dim() >= 2], "weight_decay": weight_decay},
        {"params": [p for p in params if p.dim() < 2], "weight_decay": 0.0},
    ]

# %% solution="the rest"
