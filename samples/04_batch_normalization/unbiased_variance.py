# Divides by N - 1 wherever a variance is asked for, which is right once.
# expect: batch_norm_forward=0 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=0 zca_whiten=0 batch_norm_backward=0 layer_norm=0

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean = x.mean(axis=axes, keepdims=True)
    var = x.var(axis=axes, keepdims=True, ddof=1)
    return gamma.reshape(mean.shape) * (x - mean) / np.sqrt(var + eps) + beta.reshape(mean.shape)

# %% answer="group_norm"
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    N, C, H, W = x.shape
    g = x.reshape(N, num_groups, C // num_groups, H, W)
    g = (g - g.mean((2, 3, 4), keepdims=True)) / np.sqrt(g.var((2, 3, 4), keepdims=True, ddof=1) + eps)
    return g.reshape(N, C, H, W) * gamma[:, None, None] + beta[:, None, None]

# %% answer="zca_whiten"
def zca_whiten(x, eps=1e-5):
    x = x - x.mean(0)
    w, v = np.linalg.eigh(np.cov(x.T))
    return x @ (v / np.sqrt(w + eps)) @ v.T

# %% answer="batch_norm_backward"
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean = x.mean(axis=axes, keepdims=True)
    std = np.sqrt(x.var(axis=axes, keepdims=True, ddof=1) + eps)
    x_hat = (x - mean) / std
    dxhat = grad_out * gamma.reshape(mean.shape)
    dx = (dxhat - dxhat.mean(axes, keepdims=True) - x_hat * (dxhat * x_hat).mean(axes, keepdims=True)) / std
    return dx, (grad_out * x_hat).sum(axes), grad_out.sum(axes)

# %% answer="layer_norm_forward"
def layer_norm_forward(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True, ddof=1) + eps) + beta

# %% answer="layer_norm_backward"
def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
    std = np.sqrt(x.var(-1, keepdims=True, ddof=1) + eps)
    x_hat = (x - x.mean(-1, keepdims=True)) / std
    g = grad_out * gamma
    dx = (g - g.mean(-1, keepdims=True) - x_hat * (g * x_hat).mean(-1, keepdims=True)) / std
    return dx, (grad_out * x_hat).reshape(-1, x.shape[-1]).sum(0), grad_out.reshape(-1, x.shape[-1]).sum(0)

# %% solution="the rest"
