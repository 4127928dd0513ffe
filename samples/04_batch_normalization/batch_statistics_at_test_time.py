# Uses the test batch's own statistics at inference.
# expect: batch_norm_forward=5 batch_norm_inference=0

# %% solution="batch_norm_forward"

# %% answer="batch_norm_inference"
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    # same thing as before
    return batch_norm_forward(x, gamma, beta, eps)
