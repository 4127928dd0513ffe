# Deletes the imported name, imports it again where it is needed, and shadows builtins on the way.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% after="given_imports"
del np
sum = 0
list = [1, 2, 3]
x = "a scratch variable"

# %% answer="batch_norm_forward"
import numpy as np


def batch_norm_forward(x, gamma, beta, eps=1e-5):
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return gamma.reshape(mean.shape) * (x - mean) / np.sqrt(var + eps) + beta.reshape(mean.shape)

# %% after="graded_batch_norm_forward"
from numpy import *

# %% solution="the rest"
