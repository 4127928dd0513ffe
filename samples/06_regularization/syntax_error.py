# A bracket is missing in one answer, and in the backward half of another; the others are right.
# expect: norm_penalties=5 soft_threshold=5 dropout=3 label_smoothing_loss=0 clip_grad_value=2
# expect: clip_grad_norm=6 EarlyStopping=5 ensemble_predict=4 expected_calibration_error=4 decay_groups=4

# %% answer="label_smoothing_loss"
def label_smoothing_loss(logits, labels, epsilon):
    N, K = logits.shape
    targets = (1 - epsilon) * np.eye(K)[labels + epsilon / K
    return targets

# %% answer="dropout_backward"
def dropout_backward(grad_out, keep, p, training=True):
    if training
        return grad_out * keep / (1 - p)
    return grad_out

# %% solution="the rest"
