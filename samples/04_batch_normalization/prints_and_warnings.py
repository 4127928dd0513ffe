# Right answers from somebody who prints, plots, times, warns and installs.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% after="given_imports"
!pip install numpy
%matplotlib inline
import sys
import warnings

import matplotlib.pyplot as plt

print("starting", file=sys.stderr)
warnings.warn("careful now")

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    print("x is", x.shape)
    warnings.warn("normalizing")
    np.log(np.zeros(1))  # a division-by-zero warning of NumPy's own
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return gamma.reshape(mean.shape) * (x - mean) / np.sqrt(var + eps) + beta.reshape(mean.shape)

# %% after="visible_batch_norm_forward"
%%time
plt.hist(batch_norm_forward(np.random.randn(100, 2), np.ones(2), np.zeros(2))[:, 0])
plt.xlabel("y")
plt.show()

# %% answer="batch_norm_inference"
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    print("inference", file=sys.stderr)
    column = (1, -1) + (1,) * (x.ndim - 2)
    g, b, m, v = (a.reshape(column) for a in (gamma, beta, running_mean, running_var))
    return g * (x - m) / np.sqrt(v + eps) + b

# %% answer="zca_whiten"
def zca_whiten(x, eps=1e-5):
    centred = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(centred.T, bias=True))
    plt.bar(range(len(values)), values)
    plt.title("eigenvalues")
    plt.show()
    return centred @ vectors @ np.diag((values + eps) ** -0.5) @ vectors.T

# %% after="visible_batch_norm_backward"
%timeit -n 1 -r 1 batch_norm_backward(np.ones((4, 2)), np.random.randn(4, 2), np.ones(2))

# %% solution="the rest"
