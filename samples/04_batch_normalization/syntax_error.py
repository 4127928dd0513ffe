# A bracket is missing in one answer, and in the backward half of another; the others are right.
# expect: batch_norm_forward=0 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=2.5

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0
    var = x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta

# %% answer="layer_norm_backward"
def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
    std = np.sqrt(x.var(axis=-1, keepdims=True) + eps
    return grad_out / std, grad_out.sum(axis=0), grad_out.sum(axis=0)

# %% solution="the rest"
