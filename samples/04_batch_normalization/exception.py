# Right for vectors, raises on images; another answer misspells a name; a third unpacks the shape of a matrix.
# expect: batch_norm_forward=4 update_running_stats=4 batch_norm_inference=0 fold_batch_norm=3.5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mean = x.sum(axis=0) / N
    var = ((x - mean) ** 2).sum(axis=0) / N
    return gamma * (x - mean) / np.sqrt(var + eps) + beta

# %% answer="batch_norm_inference"
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - runing_mean) / np.sqrt(running_var + eps) + beta

# %% answer="fold_batch_norm"
def fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5):
    outputs, inputs = weight.shape
    folded = np.zeros((outputs, inputs))
    scale = gamma / np.sqrt(running_var + eps)
    for o in range(outputs):
        folded[o] = weight[o] * scale[o]
    return folded, bias * scale - running_mean * scale + beta

# %% solution="the rest"
