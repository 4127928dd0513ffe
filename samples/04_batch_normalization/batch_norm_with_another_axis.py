# Turns batch normalization's backward pass into layer normalization's by changing the axis alone.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=3.75

# %% answer="layer_norm_backward"
def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
    rest = tuple(range(x.ndim - 1))
    D = x.shape[-1]
    x_hat = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)
    grad_beta = grad_out.sum(rest)
    grad_gamma = (grad_out * x_hat).sum(rest)
    inner = D * grad_out - grad_out.sum(-1, keepdims=True) - x_hat * (grad_out * x_hat).sum(-1, keepdims=True)
    grad_x = gamma / D / np.sqrt(x.var(-1, keepdims=True) + eps) * inner
    return grad_x, grad_gamma, grad_beta

# %% solution="the rest"
