# Prints one result, and a class decides without telling anybody.
# expect: norm_penalties=5 soft_threshold=5 dropout=5 label_smoothing_loss=5 clip_grad_value=2
# expect: clip_grad_norm=6 EarlyStopping=0 ensemble_predict=0 expected_calibration_error=4 decay_groups=4

# %% answer="ensemble_predict"
def ensemble_predict(logits):
    e = np.exp(logits - logits.max(2, keepdims=True))
    print((e / e.sum(2, keepdims=True)).mean(0))

# %% answer="EarlyStopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step, self.now, self.bad = math.inf, None, 0, 0
        self.stop = False

    def step(self, metric):
        if metric < self.best - self.min_delta:
            self.best, self.best_step, self.bad = metric, self.now, 0
        else:
            self.bad += 1
        self.now += 1
        self.stop = self.bad >= self.patience

# %% solution="the rest"
