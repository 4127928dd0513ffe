# Every answer right.
# expect: batch_norm_forward=5 batch_norm_inference=5

# %% solution="batch_norm_forward"

# %% solution="batch_norm_inference"
