# A bracket is missing in one answer; the other is right.
# expect: batch_norm_forward=0 batch_norm_inference=5

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0
    var = x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta

# %% solution="batch_norm_inference"
