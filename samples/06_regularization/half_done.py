# Questions 1 to 5, without the elastic net and without the backward half of dropout; the rest was not begun.
# expect: norm_penalties=3 soft_threshold=5 dropout=3 label_smoothing_loss=5 clip_grad_value=2
# expect: clip_grad_norm=0 EarlyStopping=0 ensemble_predict=0 expected_calibration_error=0 decay_groups=0

# %% solution="l1_penalty"

# %% solution="l2_penalty"

# %% solution="soft_threshold"

# %% solution="proximal_step"

# %% solution="dropout_forward"

# %% solution="label_smoothing_loss"

# %% solution="clip_grad_value"
