# Casts everything to float32 and stays in torch.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% after="given_imports"
import torch

t = lambda a: torch.tensor(np.asarray(a, dtype=np.float32))

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    x = t(x)
    dims = [0] if x.ndim == 2 else [0, 2, 3]
    mean, var = x.mean(dims, keepdim=True), x.var(dims, keepdim=True, unbiased=False)
    return t(gamma).view_as(mean) * (x - mean) / torch.sqrt(var + eps) + t(beta).view_as(mean)

# %% answer="update_running_stats"
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    x = t(x)
    dims = [0] if x.ndim == 2 else [0, 2, 3]
    return (1 - momentum) * t(running_mean) + momentum * x.mean(dims), (1 - momentum) * t(running_var) + momentum * x.var(dims)

# %% answer="batch_norm_inference"
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    x = t(x)
    shape = [1, -1] + [1] * (x.ndim - 2)
    g, b, m, v = (t(a).reshape(shape) for a in (gamma, beta, running_mean, running_var))
    return (x - m) * torch.rsqrt(v + eps) * g + b

# %% answer="zca_whiten"
def zca_whiten(x, eps=1e-5):
    x = t(x)
    x = x - x.mean(0)
    w, v = torch.linalg.eigh(x.T @ x / len(x))
    return x @ v @ torch.diag((w + eps) ** -0.5) @ v.T

# %% answer="batch_norm_backward"
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    x, g = t(x), t(grad_out)
    dims = [0] if x.ndim == 2 else [0, 2, 3]
    std = torch.sqrt(x.var(dims, keepdim=True, unbiased=False) + eps)
    x_hat = (x - x.mean(dims, keepdim=True)) / std
    h = g * t(gamma).view_as(std)
    dx = (h - h.mean(dims, keepdim=True) - x_hat * (h * x_hat).mean(dims, keepdim=True)) / std
    return dx, (g * x_hat).sum(dims), g.sum(dims)

# %% answer="layer_norm_forward"
def layer_norm_forward(x, gamma, beta, eps=1e-5):
    x = np.float32(x)
    return np.float32(gamma) * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + np.float32(eps)) + np.float32(beta)

# %% solution="the rest"
