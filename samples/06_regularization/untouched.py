# Handed in as it was released.
# expect: norm_penalties=0 soft_threshold=0 dropout=0 label_smoothing_loss=0 clip_grad_value=0
# expect: clip_grad_norm=0 EarlyStopping=0 ensemble_predict=0 expected_calibration_error=0 decay_groups=0
