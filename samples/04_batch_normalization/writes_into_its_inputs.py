# Right values everywhere, written into the caller's arrays.
# expect: batch_norm_forward=4 update_running_stats=3 batch_norm_inference=4.5 fold_batch_norm=4.5
# expect: group_norm=3.5 zca_whiten=3.5 batch_norm_backward=5.5 layer_norm=5.5

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    var = x.var(axes, keepdims=True)
    x -= x.mean(axes, keepdims=True)
    x /= np.sqrt(var + eps)
    x *= gamma.reshape(var.shape)
    x += beta.reshape(var.shape)
    return x

# %% answer="update_running_stats"
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    running_mean += momentum * (x.mean(axes) - running_mean)
    running_var += momentum * (x.var(axes, ddof=1) - running_var)
    return running_mean, running_var

# %% answer="batch_norm_inference"
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    for c in range(len(gamma)):
        x[:, c] = gamma[c] * (x[:, c] - running_mean[c]) / np.sqrt(running_var[c] + eps) + beta[c]
    return x

# %% answer="fold_batch_norm"
def fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5):
    gamma /= np.sqrt(running_var + eps)
    for o in range(len(gamma)):
        weight[o] *= gamma[o]
    return weight, (bias - running_mean) * gamma + beta

# %% answer="group_norm"
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    size = x.shape[1] // num_groups
    for image in x:
        for c in range(0, len(image), size):
            group = image[c : c + size]
            group[:] = (group - group.mean()) / np.sqrt(group.var() + eps)
    x *= gamma[:, None, None]
    x += beta[:, None, None]
    return x

# %% answer="zca_whiten"
def zca_whiten(x, eps=1e-5):
    x -= x.mean(axis=0)
    u, s, _ = np.linalg.svd(x.T @ x / len(x))
    return x @ u @ np.diag(1 / np.sqrt(s + eps)) @ u.T

# %% answer="batch_norm_backward"
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    std = np.sqrt(x.var(axes, keepdims=True) + eps)
    x_hat = (x - x.mean(axes, keepdims=True)) / std
    dgamma, dbeta = (grad_out * x_hat).sum(axes), grad_out.sum(axes)
    grad_out *= gamma.reshape(std.shape)
    grad_out -= grad_out.mean(axes, keepdims=True) + x_hat * (grad_out * x_hat).mean(axes, keepdims=True)
    grad_out /= std
    return grad_out, dgamma, dbeta

# %% answer="layer_norm_forward"
def layer_norm_forward(x, gamma, beta, eps=1e-5):
    var = x.var(-1, keepdims=True)
    x -= x.mean(-1, keepdims=True)
    return gamma * x / np.sqrt(var + eps) + beta

# %% solution="the rest"
