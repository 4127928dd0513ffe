# Copies the layer normalization of a popular tutorial: the unbiased deviation, with eps outside the root.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=0

# %% after="given_imports"
import torch

# %% answer="layer_norm_forward"
def layer_norm_forward(x, gamma, beta, eps=1e-5):
    x = torch.from_numpy(x)
    mean = x.mean(-1, keepdim=True)
    std = x.std(-1, keepdim=True)
    return torch.from_numpy(gamma) * (x - mean) / (std + eps) + torch.from_numpy(beta)

# %% answer="layer_norm_backward"
def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
    raise NotImplementedError("write your code here, then delete this line")

# %% solution="the rest"
