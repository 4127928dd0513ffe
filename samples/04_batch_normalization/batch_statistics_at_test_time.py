# Uses the test batch's own statistics at inference.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=0 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% solution="the rest"

# %% answer="batch_norm_inference"
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    # same thing as before
    return batch_norm_forward(x, gamma, beta, eps)
