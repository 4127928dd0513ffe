# Right, entry by entry, without NumPy's axes.
# expect: norm_penalties=5 soft_threshold=5 dropout=5 label_smoothing_loss=5 clip_grad_value=2
# expect: clip_grad_norm=6 EarlyStopping=5 ensemble_predict=4 expected_calibration_error=4 decay_groups=4

# %% answer="l1_penalty"
def l1_penalty(w, lam):
    total, grad = 0, np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        total += lam * abs(w[i])
        grad[i] = lam if w[i] > 0 else -lam if w[i] < 0 else 0
    return total, grad

# %% answer="soft_threshold"
def soft_threshold(v, threshold):
    out = np.zeros(v.shape)
    for i in np.ndindex(v.shape):
        if v[i] > threshold:
            out[i] = v[i] - threshold
        elif v[i] < -threshold:
            out[i] = v[i] + threshold
    return out

# %% answer="label_smoothing_loss"
def label_smoothing_loss(logits, labels, epsilon):
    N, K = logits.shape
    loss, grad = 0.0, [[0.0] * K for _ in range(N)]
    for i in range(N):
        top = max(logits[i])
        log_sum = top + math.log(sum(math.exp(z - top) for z in logits[i]))
        for k in range(K):
            q = epsilon / K
            if k == labels[i]:
                q += 1 - epsilon
            loss -= q * (logits[i, k] - log_sum) / N
            grad[i][k] = (math.exp(logits[i, k] - log_sum) - q) / N
    return loss, grad

# %% answer="ensemble_predict"
def ensemble_predict(logits):
    M, N, K = logits.shape
    out = [[0.0] * K for _ in range(N)]
    for m in range(M):
        for n in range(N):
            top = max(logits[m, n])
            e = [math.exp(z - top) for z in logits[m, n]]
            for k in range(K):
                out[n][k] += e[k] / sum(e) / M
    return out

# %% answer="EarlyStopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.history = []
        self.best_step = None

    def step(self, metric):
        self.history.append(metric)
        now = len(self.history) - 1
        if math.isnan(metric):
            pass
        elif self.best_step is None or self.history[self.best_step] - metric > self.min_delta:
            self.best_step = now
        since = now - self.best_step if self.best_step is not None else now + 1
        return since >= self.patience

# %% solution="the rest"
