# Loops, torch, one helper for both: correct, and nothing like the master.
# expect: batch_norm_forward=5 batch_norm_inference=5

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

# %% answer="batch_norm_inference"
batch_norm_inference = lambda x, gamma, beta, running_mean, running_var, eps=1e-5: normalize(
    x, running_mean, running_var, gamma, beta, eps
)
