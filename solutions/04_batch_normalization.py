# %% [markdown]
# # Assignment 04 · Batch normalization
#
# You write the two halves of a batch-normalization layer: the transform it applies while it trains, and the
# one it applies once it is trained. They look alike. Mixing them up is one of the commonest bugs in deep
# learning, and it is silent: the network still runs, it just gives answers that depend on their neighbours.
#
# **How to work.** Write your code where a cell says so, and delete the line that raises
# `NotImplementedError`. Run the cell below it: it tries your function on a small example. You may add cells,
# print and plot as you like. Only the cells marked *graded here* give points, and what you change in them is
# put back before grading.
#
# **Names.** $N$ examples, $C$ channels (or features), images of $H \times W$ pixels. Arrays are NumPy arrays of
# shape `(N, C)` or `(N, C, H, W)`.

# %% given="imports"
import numpy as np

# %% [markdown]
# ## 1. `batch_norm_forward`: the transform in training
#
# **Why it matters.** In training, each channel is shifted and scaled by the statistics *of this very batch*.
# That is what lets every layer see inputs of a steady size, whatever the layers before it do.
#
# **Write** `batch_norm_forward(x, gamma, beta, eps=1e-5)`, which returns
#
# $$ y = \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta . $$
#
# - $\mu$ and $\sigma^2$ are the mean and the variance of each channel over the batch. For `x` of shape `(N, C)`
#   that is over the $N$ examples. For images `(N, C, H, W)` it is over the examples *and* the pixels: one mean
#   and one variance per channel.
# - $\sigma^2$ is the *biased* variance: the average squared distance from the mean (divide by the count, not by
#   the count minus one).
# - $\epsilon$ is added to the variance, under the root.
# - `gamma` and `beta` have shape `(C,)`: one scale and one shift per channel.
# - Return a new array shaped like `x`. Leave `x`, `gamma` and `beta` as they were.
#
# **Example.** One feature, two examples: `x = [[1.], [3.]]`, `gamma = [2.]`, `beta = [1.]`, `eps = 0`. The mean is
# 2 and the variance is 1, so `y = [[-1.], [3.]]`.

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    """Normalize each channel of x by the statistics of this batch, then scale and shift it.

    x: (N, C) or (N, C, H, W). gamma, beta: (C,). Returns y, shaped like x.
    """
    ### BEGIN SOLUTION
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    column = (1, -1) + (1,) * (x.ndim - 2)
    mean = x.mean(axis=axes).reshape(column)
    var = x.var(axis=axes).reshape(column)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma.reshape(column) * x_hat + beta.reshape(column)
    ### END SOLUTION

# %% visible="batch_norm_forward"
y = batch_norm_forward(np.array([[1.0], [3.0]]), np.array([2.0]), np.array([1.0]), eps=0)
assert np.shape(y) == (2, 1), f"y should be shaped like x, (2, 1), but has shape {np.shape(y)}"
assert np.allclose(y, [[-1], [3]]), f"for the worked example y should be [[-1], [3]], but is {np.asarray(y).tolist()}"
y = batch_norm_forward(np.arange(24.0).reshape(2, 3, 2, 2), np.ones(3), np.zeros(3))
assert np.shape(y) == (2, 3, 2, 2), f"images should keep their shape (2, 3, 2, 2), but came back as {np.shape(y)}"
print("batch_norm_forward: the worked example is right, and images keep their shape")

# %% graded="batch_norm_forward"

# %% [markdown]
# ## 2. `batch_norm_inference`: the transform in use
#
# **Why it matters.** A trained network must answer for one example as it would for a thousand. So it stops
# looking at the batch, and uses the running mean and variance that training left behind.
#
# **Write** `batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5)`, which returns
#
# $$ y = \gamma\,\frac{x - m}{\sqrt{v + \epsilon}} + \beta , $$
#
# where $m$ is `running_mean` and $v$ is `running_var`.
#
# - All four parameters have shape `(C,)`: one number per channel. `x` is `(N, C)` or `(N, C, H, W)`.
# - `running_var` is a variance, not a standard deviation, and `eps` is added to it, under the root.
# - Each example's answer must not depend on the others. A batch of one works.
# - Return a new array shaped like `x`. Leave every input as it was.
#
# **Example.** `x = [[5.]]`, `gamma = [3.]`, `beta = [1.]`, `running_mean = [1.]`, `running_var = [4.]`, `eps = 0`:
# `y = 3 * (5 - 1) / 2 + 1 = 7`.

# %% answer="batch_norm_inference"
def batch_norm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Normalize each channel of x by the running statistics, then scale and shift it.

    x: (N, C) or (N, C, H, W). gamma, beta, running_mean, running_var: (C,). Returns y, shaped like x.
    """
    ### BEGIN SOLUTION
    column = (1, -1) + (1,) * (x.ndim - 2)
    std = np.sqrt(running_var + eps).reshape(column)
    x_hat = (x - running_mean.reshape(column)) / std
    return gamma.reshape(column) * x_hat + beta.reshape(column)
    ### END SOLUTION

# %% visible="batch_norm_inference"
y = batch_norm_inference(
    np.array([[5.0]]), np.array([3.0]), np.array([1.0]), np.array([1.0]), np.array([4.0]), eps=0
)
assert np.shape(y) == (1, 1), f"y should be shaped like x, (1, 1), but has shape {np.shape(y)}"
assert np.allclose(y, 7), f"for the worked example y should be 7, but is {np.asarray(y).tolist()}"
print("batch_norm_inference: the worked example is right, with a batch of one")

# %% graded="batch_norm_inference"
