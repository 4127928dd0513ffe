# The first four and half of the last are right, the others were not begun.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=0 zca_whiten=0 batch_norm_backward=0 layer_norm=2.5

# %% solution="batch_norm_forward"

# %% solution="update_running_stats"

# %% solution="batch_norm_inference"

# %% solution="fold_batch_norm"

# %% solution="layer_norm_forward"
