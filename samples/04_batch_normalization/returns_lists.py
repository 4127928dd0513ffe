# Returns nested lists instead of arrays, and a list instead of a tuple.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (gamma.reshape(mean.shape) * (x - mean) / np.sqrt(var + eps) + beta.reshape(mean.shape)).tolist()

# %% answer="update_running_stats"
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    new = [(running_mean, x.mean(axes)), (running_var, x.var(axes, ddof=1))]
    return [[(1 - momentum) * float(a) + momentum * float(b) for a, b in zip(*pair)] for pair in new]

# %% answer="batch_norm_backward"
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    std = np.sqrt(x.var(axes, keepdims=True) + eps)
    x_hat = (x - x.mean(axes, keepdims=True)) / std
    h = grad_out * gamma.reshape(std.shape)
    dx = (h - h.mean(axes, keepdims=True) - x_hat * (h * x_hat).mean(axes, keepdims=True)) / std
    return [dx.tolist(), (grad_out * x_hat).sum(axes).tolist(), grad_out.sum(axes).tolist()]

# %% solution="the rest"
