# Every answer right.
# expect: norm_penalties=5 soft_threshold=5 dropout=5 label_smoothing_loss=5 clip_grad_value=2
# expect: clip_grad_norm=6 EarlyStopping=5 ensemble_predict=4 expected_calibration_error=4 decay_groups=4

# %% solution="the rest"
