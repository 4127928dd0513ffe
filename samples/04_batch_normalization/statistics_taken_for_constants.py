# Differentiates as if the mean and the variance were given, in both backward passes.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=2 layer_norm=3.75

# %% answer="batch_norm_backward"
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return (
        grad_out * gamma.reshape(mean.shape) / np.sqrt(var + eps),
        np.sum(grad_out * x_hat, axis=axes),
        np.sum(grad_out, axis=axes),
    )

# %% answer="layer_norm_backward"
def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + eps)
    axes = tuple(range(x.ndim - 1))
    return grad_out * gamma / np.sqrt(var + eps), np.sum(grad_out * x_hat, axis=axes), np.sum(grad_out, axis=axes)

# %% solution="the rest"
