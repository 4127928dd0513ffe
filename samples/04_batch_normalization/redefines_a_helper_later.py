# A helper of the first question is redefined, wrongly for it, further down: each question is graded where it stands.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% answer="batch_norm_forward"
def statistics(x):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    return x.mean(axes, keepdims=True), x.var(axes, keepdims=True)


def batch_norm_forward(x, gamma, beta, eps=1e-5):
    mean, var = statistics(x)
    return gamma.reshape(mean.shape) * (x - mean) / np.sqrt(var + eps) + beta.reshape(mean.shape)

# %% answer="layer_norm_forward"
def statistics(x):
    return x.mean(-1, keepdims=True), x.var(-1, keepdims=True)


def layer_norm_forward(x, gamma, beta, eps=1e-5):
    mean, var = statistics(x)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta

# %% solution="the rest"
