# Prints one result and forgets the other return altogether.
# expect: batch_norm_forward=0 update_running_stats=0 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    y = gamma.reshape(mean.shape) * (x - mean) / np.sqrt(var + eps) + beta.reshape(mean.shape)
    print(y)

# %% answer="update_running_stats"
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    running_mean = (1 - momentum) * running_mean + momentum * x.mean(axes)
    running_var = (1 - momentum) * running_var + momentum * x.var(axes, ddof=1)

# %% solution="the rest"
