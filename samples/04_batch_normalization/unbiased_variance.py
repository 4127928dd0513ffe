# Divides by N - 1 in training; the other half is right.
# expect: batch_norm_forward=0 batch_norm_inference=5

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean = x.mean(axis=axes, keepdims=True)
    var = x.var(axis=axes, keepdims=True, ddof=1)
    return gamma.reshape(mean.shape) * (x - mean) / np.sqrt(var + eps) + beta.reshape(mean.shape)

# %% solution="batch_norm_inference"
