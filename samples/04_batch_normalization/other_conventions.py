# Keras's momentum, PCA whitening, and groups of that many channels: what other places teach.
# expect: batch_norm_forward=5 update_running_stats=0 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=0 zca_whiten=0 batch_norm_backward=6 layer_norm=6

# %% answer="update_running_stats"
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    running_mean = momentum * running_mean + (1 - momentum) * x.mean(axes)
    running_var = momentum * running_var + (1 - momentum) * x.var(axes, ddof=1)
    return running_mean, running_var

# %% answer="group_norm"
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    N, C, H, W = x.shape
    g = x.reshape(N, C // num_groups, num_groups, H, W)
    g = (g - g.mean((2, 3, 4), keepdims=True)) / np.sqrt(g.var((2, 3, 4), keepdims=True) + eps)
    return g.reshape(N, C, H, W) * gamma[:, None, None] + beta[:, None, None]

# %% answer="zca_whiten"
def zca_whiten(x, eps=1e-5):
    centred = x - x.mean(axis=0)
    u, s, vt = np.linalg.svd(centred, full_matrices=False)
    return centred @ vt.T / np.sqrt(s**2 / len(x) + eps)

# %% solution="the rest"
