# The backward pass reads what the forward pass left in a global: fine in the student's own test, wrong on new inputs.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=0 layer_norm=6

# %% answer="batch_norm_forward"
cache = {}


def batch_norm_forward(x, gamma, beta, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean, std = x.mean(axes, keepdims=True), np.sqrt(x.var(axes, keepdims=True) + eps)
    cache.update(x_hat=(x - mean) / std, std=std, axes=axes)
    return gamma.reshape(mean.shape) * cache["x_hat"] + beta.reshape(mean.shape)

# %% answer="batch_norm_backward"
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    x_hat, std, axes = cache["x_hat"], cache["std"], cache["axes"]
    h = grad_out * gamma.reshape(std.shape)
    dx = (h - h.mean(axes, keepdims=True) - x_hat * (h * x_hat).mean(axes, keepdims=True)) / std
    return dx, (grad_out * x_hat).sum(axes), grad_out.sum(axes)

# %% solution="the rest"
