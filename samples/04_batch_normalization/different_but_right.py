# Loops, torch, helpers for both, other orders of operations: correct, and nothing like the master.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% after="given_imports"
import torch


def normalize(x, mean, var, gamma, beta, eps):
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        y[:, c] = (x[:, c] - mean[c]) * (gamma[c] / (var[c] + eps) ** 0.5) + beta[c]
    return y

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    channels = torch.from_numpy(x).transpose(0, 1).flatten(1)
    mean, var = channels.mean(1), channels.var(1, correction=0)
    return normalize(x, mean.tolist(), var.tolist(), gamma, beta, eps)

# %% answer="update_running_stats"
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    values = torch.from_numpy(x).transpose(0, 1).flatten(1)
    old = torch.tensor(np.stack([running_mean, running_var]))
    return tuple(old + momentum * (torch.stack([values.mean(1), values.var(1)]) - old))

# %% answer="batch_norm_inference"
batch_norm_inference = lambda x, gamma, beta, running_mean, running_var, eps=1e-5: normalize(
    x, running_mean, running_var, gamma, beta, eps
)

# %% answer="fold_batch_norm"
def fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5):
    s = np.divide(gamma, np.sqrt(np.add(running_var, eps)))
    return np.einsum("o,o...->o...", s, weight), np.fma(s, bias - running_mean, beta) if hasattr(np, "fma") else s * (
        bias - running_mean
    ) + beta

# %% answer="group_norm"
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    # every group becomes a channel of a batch of one
    N, C, H, W = x.shape
    one, zero = np.ones(N * num_groups), np.zeros(N * num_groups)
    x_hat = batch_norm_forward(x.reshape(1, N * num_groups, -1, 1), one, zero, eps)
    return normalize(x_hat.reshape(x.shape), np.zeros(C), np.ones(C), gamma, beta, 0)

# %% answer="zca_whiten"
def zca_whiten(x, eps=1e-5):
    import scipy.linalg

    x0 = x - x.mean(0)
    return np.linalg.solve(scipy.linalg.sqrtm(x0.T @ x0 / len(x0) + eps * np.eye(x0.shape[1])), x0.T).T

# %% answer="batch_norm_backward"
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    # the paper's six equations, in its order
    shape, C = np.moveaxis(x, 1, -1).shape, x.shape[1]
    X, dY = (np.moveaxis(a, 1, -1).reshape(-1, C) for a in (x, grad_out))
    m = X.shape[0]
    mu, var = X.mean(0), X.var(0)
    dXhat = dY * gamma
    dvar = (dXhat * (X - mu)).sum(0) * -0.5 * (var + eps) ** -1.5
    dmu = -dXhat.sum(0) / np.sqrt(var + eps) + dvar * (-2 * (X - mu)).sum(0) / m
    dX = dXhat / np.sqrt(var + eps) + dvar * 2 * (X - mu) / m + dmu / m
    Xhat = (X - mu) / np.sqrt(var + eps)
    return np.moveaxis(dX.reshape(shape), -1, 1), (dY * Xhat).sum(0), dY.sum(0)

# %% answer="layer_norm_forward"
def layer_norm_forward(x, gamma, beta, eps=1e-5):
    # features first, and every vector is a channel
    columns = x.reshape(-1, x.shape[-1]).T
    y = batch_norm_forward(columns, np.ones(columns.shape[1]), np.zeros(columns.shape[1]), eps)
    return y.T.reshape(x.shape) * gamma + beta

# %% answer="layer_norm_backward"
def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
    D = x.shape[-1]
    columns, up = x.reshape(-1, D).T, grad_out.reshape(-1, D).T
    dx, _, _ = batch_norm_backward(up * gamma[:, None], columns, np.ones(columns.shape[1]), eps)
    x_hat = layer_norm_forward(x, 1, 0, eps).reshape(-1, D)
    return dx.T.reshape(x.shape), (up.T * x_hat).sum(0), up.sum(1)
