# Right for vectors, raises on images; the other answer misspells a name.
# expect: batch_norm_forward=4 batch_norm_inference=0

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mean = x.sum(axis=0) / N
    var = ((x - mean) ** 2).sum(axis=0) / N
    return gamma * (x - mean) / np.sqrt(var + eps) + beta

# %% answer="batch_norm_inference"
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - runing_mean) / np.sqrt(running_var + eps) + beta
