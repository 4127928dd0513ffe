# %% [markdown]
# # Assignment 04 · Batch normalization
#
# You write batch normalization in full: what it does in training, what it remembers, what it does in use, how it
# vanishes into the layer before it, and the gradients through it. Then its relatives: group normalization, layer
# normalization and whitening. The pieces look alike. Mixing them up is one of the commonest bugs in deep learning,
# and a silent one: the network still runs, it just gives answers that depend on their neighbours.
#
# - **Points:** {points}, for {questions} questions.
# - **Time:** about 150 minutes. Questions 1 to 6 take 10 to 20 minutes each, 7 and 8 about 30 each. The investigation
#   takes another 30 to 45.
# - **You need:** NumPy's axes, `keepdims` and broadcasting; for question 6 eigenvectors; for 7 and 8 the chain rule.
#   Chapter 4 of the course's book explains the ideas.
#
# **How to work.** Write your code where a cell says so, and delete the line that raises `NotImplementedError`. Run
# the cell below it: it tries your function on the worked example, and costs nothing. You may add cells, print and
# plot as you like. Only the cells marked *graded here* give points. What you change in them is put back before
# grading, and so is what you change in tests and given code. No answer needs another one: if a question resists, go
# on. Grading runs every cell, also after one that fails. At the end there is a section *Stuck?*, sorted by symptom.
#
# **What `check` says.** With the course's autograder installed, `check(...)` gives your points and says what is wrong.
# Without it you get both when your work comes back, so try inputs of your own: the examples here are small and tidy.
#
# **Names.** $N$ is the number of examples, $C$ the number of channels (or features), and images have $H \times W$
# pixels. A batch is a NumPy array of shape `(N, C)` or `(N, C, H, W)`. $\gamma$ (`gamma`) and $\beta$ (`beta`) are the
# learned scale and shift, and $\epsilon$ (`eps`) is a small positive number. Where the field has two conventions, this
# assignment uses torch's.
#
# **Rules for every answer.** Return new arrays and leave the inputs as they were. Inputs are NumPy arrays of floats.
# What you return may be float32, a list or a torch tensor; about four digits must be right. Every average runs over at
# least two values. Loops are fine, and so is one answer that calls another. Don't let your functions call a ready-made
# normalization, such as those in `torch.nn`: writing it is the point, and such a call is reported to your instructor.

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
# ## 2. `update_running_stats`: what training leaves behind
#
# **Why it matters.** A trained network has no batch to take statistics from. So the layer keeps a running mean and a
# running variance, and every training batch moves them a little.
#
# **Write** `update_running_stats(x, running_mean, running_var, momentum=0.1)`, which returns the new running mean $m'$
# and the new running variance $v'$, in this order:
#
# $$ m' = (1 - \alpha)\, m + \alpha\, \mu , \qquad v' = (1 - \alpha)\, v + \alpha\, s^2 . $$
#
# - $\alpha$ is `momentum`: the weight of the *new batch*, as in torch. (Keras and some courses mean the weight of the
#   old value.) It may be any number from 0 to 1.
# - $m$ is `running_mean` and $v$ is `running_var`, both of shape `(C,)`.
# - $\mu$ is the batch's mean per channel, as in question 1: for images over the examples and the pixels.
# - $s^2$ is the batch's *unbiased* variance per channel. Let $n$ be the number of values of a channel ($N$ for vectors,
#   $N H W$ for images). The unbiased variance is the sum of squared distances from $\mu$, divided by $n - 1$. You may
#   rely on $n \ge 2$.
# - Return two new arrays of shape `(C,)`. (torch writes into its buffers; this function doesn't.)
#
# **Example.** `x = [[1.], [3.]]`, `running_mean = [10.]`, `running_var = [4.]`, `momentum = 0.1`. The batch's mean is
# 2 and its unbiased variance is 2, so the new mean is `0.9 * 10 + 0.1 * 2 = 9.2` and the new variance
# `0.9 * 4 + 0.1 * 2 = 3.8`.


# %% answer="update_running_stats"
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    """Move the running statistics towards those of this batch.

    x: (N, C) or (N, C, H, W). running_mean, running_var: (C,). momentum: the weight of the new batch.
    Returns the new running_mean and the new running_var, each (C,).
    """
    ### BEGIN SOLUTION
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean = x.mean(axis=axes)
    var = x.var(axis=axes, ddof=1)
    new_mean = (1 - momentum) * running_mean + momentum * mean
    new_var = (1 - momentum) * running_var + momentum * var
    return new_mean, new_var
    ### END SOLUTION


# %% visible="update_running_stats"
result = update_running_stats(np.array([[1.0], [3.0]]), np.array([10.0]), np.array([4.0]), momentum=0.1)
assert result is not None and len(result) == 2, "return two arrays: the new running mean and the new running variance"
mean, var = result
assert np.shape(mean) == np.shape(var) == (1,), (
    f"both should have shape (1,), but have {np.shape(mean)}, {np.shape(var)}"
)
assert np.allclose(mean, 9.2), f"the new running mean of the worked example is 9.2, but yours is {np.asarray(mean)}"
assert np.allclose(var, 3.8), f"the new running variance of the worked example is 3.8, but yours is {np.asarray(var)}"
mean, var = update_running_stats(np.arange(24.0).reshape(2, 3, 2, 2), np.zeros(3), np.ones(3))
assert np.shape(mean) == np.shape(var) == (3,), (
    f"images have one value per channel, (3,), but yours have shapes {np.shape(mean)} and {np.shape(var)}"
)
print("update_running_stats: the worked example is right, and images have one value per channel")

# %% graded="update_running_stats"

# %% [markdown]
# ## 3. `batch_norm_inference`: the transform in use
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
# - `gamma`, `beta` and the running statistics have shape `(C,)`: one number per channel. `x` is `(N, C)` or
#   `(N, C, H, W)`.
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
y = batch_norm_inference(np.array([[5.0]]), np.array([3.0]), np.array([1.0]), np.array([1.0]), np.array([4.0]), eps=0)
assert np.shape(y) == (1, 1), f"y should be shaped like x, (1, 1), but has shape {np.shape(y)}"
assert np.allclose(y, 7), f"for the worked example y should be 7, but is {np.asarray(y).tolist()}"
y = batch_norm_inference(np.arange(24.0).reshape(2, 3, 2, 2), np.ones(3), np.zeros(3), np.zeros(3), np.ones(3))
assert np.shape(y) == (2, 3, 2, 2), f"images should keep their shape (2, 3, 2, 2), but came back as {np.shape(y)}"
print("batch_norm_inference: the worked example is right with a batch of one, and images keep their shape")

# %% graded="batch_norm_inference"

# %% [markdown]
# ## 4. `fold_batch_norm`: the layer that disappears
#
# **Why it matters.** With fixed statistics, batch normalization only scales and shifts each channel. The linear or
# convolutional layer before it can do that itself, so deployed networks contain no normalization at all.
#
# **Write** `fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5)`. It returns the weight and
# the bias of *one* layer that does what the given layer followed by `batch_norm_inference` does, for every input.
#
# - `weight` has shape `(out, in)` for a linear layer, which computes `x @ weight.T + bias`. It has shape
#   `(out, in, kh, kw)` for a convolution with kernels of $kh \times kw$ pixels. Either way the first axis belongs to
#   the outputs. `out` may equal `in`.
# - `bias`, `gamma`, `beta`, `running_mean` and `running_var` have shape `(out,)`: the layer's output channels are what
#   is normalized.
# - `eps` is added to `running_var`, under the root, as in question 3.
# - Return two new arrays: the new weight, shaped like `weight`, and the new bias, shaped like `bias`.
#
# Start from one output channel: write what comes out of both layers as a function of the input, and read off what
# multiplies the input and what is left.
#
# **Example.** `weight = [[1., 2.]]`, `bias = [3.]`, `gamma = [4.]`, `beta = [5.]`, `running_mean = [1.]`,
# `running_var = [4.]`, `eps = 0`. For the input `[1., 1.]` the layer gives 6, and the normalization makes
# `4 * (6 - 1) / 2 + 5 = 15` of it. The folded layer has `weight = [[2., 4.]]` and `bias = [9.]`: it also gives 15.


# %% answer="fold_batch_norm"
def fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5):
    """Fold a trained batch normalization into the layer before it.

    weight: (out, in) or (out, in, kh, kw). bias, gamma, beta, running_mean, running_var: (out,).
    Returns the new weight and the new bias, shaped like the old ones.
    """
    ### BEGIN SOLUTION
    scale = gamma / np.sqrt(running_var + eps)
    new_weight = weight * scale.reshape((-1,) + (1,) * (weight.ndim - 1))
    new_bias = (bias - running_mean) * scale + beta
    return new_weight, new_bias
    ### END SOLUTION


# %% visible="fold_batch_norm"
result = fold_batch_norm(np.array([[1.0, 2.0]]), *[np.array([v]) for v in (3.0, 4.0, 5.0, 1.0, 4.0)], eps=0)
assert result is not None and len(result) == 2, "return two arrays: the new weight and the new bias"
weight, bias = result
assert np.shape(weight) == (1, 2), f"the new weight should be shaped like the old, (1, 2), but has {np.shape(weight)}"
assert np.shape(bias) == (1,), f"the new bias should be shaped like the old, (1,), but has {np.shape(bias)}"
assert np.allclose(weight, [[2, 4]]), f"the worked example's weight is [[2, 4]], but yours is {np.asarray(weight)}"
assert np.allclose(bias, 9), f"the worked example's bias is 9, but yours is {np.asarray(bias)}"
weight, bias = fold_batch_norm(np.ones((3, 2, 5, 4)), *[np.ones(3)] * 5)
assert np.shape(weight) == (3, 2, 5, 4), f"a convolution's weight should keep its shape, but has {np.shape(weight)}"
print("fold_batch_norm: the worked example is right, and a convolution keeps its shape")

# %% graded="fold_batch_norm"

# %% [markdown]
# ## 5. `group_norm`: statistics of one example
#
# **Why it matters.** With two images per batch, the batch's statistics are mostly noise. Group normalization averages
# over channels and pixels of a single example instead, so it needs neither a large batch nor running statistics.
#
# **Write** `group_norm(x, num_groups, gamma, beta, eps=1e-5)` for images `x` of shape `(N, C, H, W)`.
#
# - Split the $C$ channels into `num_groups` groups of *neighbouring* channels, all of the same size. With 6 channels
#   and 2 groups, channels 0, 1, 2 form the first group and 3, 4, 5 the second. `num_groups` always divides $C$.
# - Each example and each group has one mean $\mu$ and one variance $\sigma^2$, over all pixels of all channels of the
#   group. The variance is the biased one: divide by the count.
# - As before, $y = \gamma\,(x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta$. `gamma` and `beta` have shape `(C,)`: one
#   scale and one shift per *channel*, not per group.
# - `num_groups = C` is called instance normalization: each channel by itself. `num_groups = 1` treats the whole example
#   as one group. Both must work.
# - Return a new array shaped like `x`.
#
# **Example.** One example of four channels with one pixel each, `1, 3, 10, 14`, in two groups, with
# `gamma = [1., 2., 3., 4.]`, `beta = [0., 0., 0., 1.]`, `eps = 0`. The groups `1, 3` and `10, 14` both become `-1, 1`.
# Scaled and shifted, the channels are `-1, 2, -3, 5`.


# %% answer="group_norm"
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    """Normalize each group of neighbouring channels of each example, then scale and shift each channel.

    x: (N, C, H, W). num_groups divides C. gamma, beta: (C,). Returns y, shaped like x.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    groups = x.reshape(N, num_groups, -1)
    mean = groups.mean(axis=2, keepdims=True)
    var = groups.var(axis=2, keepdims=True)
    x_hat = ((groups - mean) / np.sqrt(var + eps)).reshape(x.shape)
    return gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)
    ### END SOLUTION


# %% visible="group_norm"
x = np.array([1.0, 3.0, 10.0, 14.0]).reshape(1, 4, 1, 1)
y = group_norm(x, 2, np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 0.0, 1.0]), eps=0)
assert np.shape(y) == (1, 4, 1, 1), f"y should be shaped like x, (1, 4, 1, 1), but has shape {np.shape(y)}"
found = np.asarray(y).ravel()
assert np.allclose(found, [-1, 2, -3, 5]), f"the worked example's channels are -1, 2, -3, 5, but yours are {found}"
for groups in (1, 2, 4):
    y = group_norm(np.arange(48.0).reshape(2, 4, 3, 2), groups, np.ones(4), np.zeros(4))
    assert np.shape(y) == (2, 4, 3, 2), f"with {groups} groups y should have shape (2, 4, 3, 2), not {np.shape(y)}"
print("group_norm: the worked example is right, and 1, 2 and 4 groups of 4 channels run")

# %% graded="group_norm"

# %% [markdown]
# ## 6. `zca_whiten`: what normalization doesn't do
#
# **Why it matters.** Batch normalization gives every feature variance 1, but leaves features that say the same thing
# twice. Whitening also removes the correlations, which is what the inventors of batch normalization would have liked
# and found too expensive.
#
# **Write** `zca_whiten(x, eps=1e-5)` for `x` of shape `(N, D)`: $N$ examples of $D$ features.
#
# - Subtract each feature's mean: $x_0 = x - \mu$.
# - The covariance is $\Sigma = x_0^\top x_0 / N$, of shape `(D, D)`. It divides by $N$.
# - Its eigenvalues are $\lambda_1, \dots, \lambda_D$, and its eigenvectors the columns of $U$, so that
#   $\Sigma = U\, \mathrm{diag}(\lambda)\, U^\top$.
# - Return $z = x_0\, W$, of shape `(N, D)`, with the symmetric matrix
#   $W = U\, \mathrm{diag}\!\left(1/\sqrt{\lambda_i + \epsilon}\right) U^\top$.
# - `eps` is added to the eigenvalues, under the root. It is positive in all graded inputs; the example below takes 0 to
#   keep its numbers round. $N$ is larger than $D$.
# - `np.linalg` is yours to use, and there is more than one way.
#
# $W$ is called the ZCA matrix. Without the last factor $U^\top$ it would be PCA whitening, whose features are also
# uncorrelated, but no longer the features you started with.
#
# **Example.** `x = [[7., 2.], [3., -2.], [6., -1.], [4., 1.]]`, `eps = 0`. The mean is `[5., 0.]`. The centred points
# `[2, 2]` and `[-2, -2]` lie along one eigenvector, with eigenvalue 4. `[1, -1]` and `[-1, 1]` lie along the other,
# with eigenvalue 1. So `z = [[1., 1.], [-1., -1.], [1., -1.], [-1., 1.]]`.


# %% answer="zca_whiten"
def zca_whiten(x, eps=1e-5):
    """Centre the features of x and multiply them by the symmetric inverse root of their covariance.

    x: (N, D). Returns z, (N, D).
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=0)
    cov = centred.T @ centred / len(x)
    values, vectors = np.linalg.eigh(cov)
    whiten = vectors @ np.diag(1 / np.sqrt(values + eps)) @ vectors.T
    return centred @ whiten
    ### END SOLUTION


# %% visible="zca_whiten"
z = zca_whiten(np.array([[7.0, 2.0], [3.0, -2.0], [6.0, -1.0], [4.0, 1.0]]), eps=0)
assert np.shape(z) == (4, 2), f"z should be shaped like x, (4, 2), but has shape {np.shape(z)}"
z = np.asarray(z)
assert np.allclose(z.mean(axis=0), 0), f"each whitened feature should have mean 0, but yours have {z.mean(axis=0)}"
assert np.allclose(z.T @ z / 4, np.eye(2)), f"the covariance should be the identity, but is {(z.T @ z / 4).tolist()}"
assert np.allclose(z, [[1, 1], [-1, -1], [1, -1], [-1, 1]]), f"uncorrelated, but not the worked example: {z.tolist()}"
print("zca_whiten: the worked example is right")

# %% graded="zca_whiten"

# %% [markdown]
# ## 7. `batch_norm_backward`: gradients that meet in the statistics (harder)
#
# **Why it matters.** The mean and the variance depend on every example, so the loss of one example sends gradients to
# all the others. These extra terms are what makes training with batch normalization different from training with fixed
# scales, and they are the terms that hand-written layers get wrong.
#
# **Write** `batch_norm_backward(grad_out, x, gamma, eps=1e-5)`. Let $y$ be the output of `batch_norm_forward` (question
# 1) for the same `x`, `gamma` and `eps`, and $L$ a number computed from $y$. You are given
# `grad_out` $= \partial L / \partial y$, shaped like `x`. Return three arrays, in this order:
#
# - `grad_x` $= \partial L / \partial x$, shaped like `x`;
# - `grad_gamma` $= \partial L / \partial \gamma$, of shape `(C,)`;
# - `grad_beta` $= \partial L / \partial \beta$, of shape `(C,)`.
#
# As in question 1, `x` is `(N, C)` or `(N, C, H, W)`, the variance is the biased one, and `eps` stands under the root.
# All you need of the forward pass you compute again from `x`; there is no cache. `beta` isn't among the inputs because
# no gradient depends on it.
#
# Derive the formulas and write them with NumPy. Deriving them is the lesson, so a function that leaves
# it to automatic differentiation is reported, like one that calls a ready-made normalization. In a cell of your own,
# to check your formulas, automatic differentiation is a good idea.
#
# Three hints. $\gamma_c$ and $\beta_c$ are used by every value of channel $c$: what happens to gradients where a value
# is used many times? A value of $x$ reaches $L$ by three paths: directly, through the mean $\mu$, and through the
# variance $\sigma^2$. `grad_x` is the sum of all three. Averages share their gradient out among what they average.
#
# **Example.** One channel, four examples: `x = [[0.], [0.], [2.], [2.]]`, `gamma = [2.]`, `eps = 0`,
# `grad_out = [[1.], [2.], [3.], [6.]]`. Then `grad_beta = [12.]`, `grad_gamma = [6.]` and
# `grad_x = [[-1.], [1.], [-3.], [3.]]`.
#
# The next cell gives you `numerical_gradient`, to check your formulas on any input you like, with your question 1.


# %% given="numerical_gradient"
def numerical_gradient(loss, x, h=1e-5):
    """The gradient of the number loss(x) with respect to the float array x, by central differences."""
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (loss(x + step) - loss(x - step)) / (2 * h)
    return gradient


# Once batch_norm_forward (question 1, in float64) and batch_norm_backward are written, this prints nearly zeros:
#   rng = np.random.default_rng(0)
#   trial, weights = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
#   scale, shift = np.array([1.0, -2.0, 3.0]), np.ones(3)
#   loss = lambda v: np.sum(weights * np.asarray(batch_norm_forward(v, scale, shift, eps=0.1)))
#   print(np.asarray(batch_norm_backward(weights, trial, scale, eps=0.1)[0]) - numerical_gradient(loss, trial))


# %% answer="batch_norm_backward"
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    """The gradients of a loss with respect to batch_norm_forward's x, gamma and beta.

    grad_out: the gradient with respect to its output, shaped like x. x: (N, C) or (N, C, H, W). gamma: (C,).
    Returns grad_x, shaped like x, grad_gamma (C,) and grad_beta (C,).
    """
    ### BEGIN SOLUTION
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    column = (1, -1) + (1,) * (x.ndim - 2)
    std = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=axes, keepdims=True)) / std
    grad_beta = grad_out.sum(axis=axes)
    grad_gamma = (grad_out * x_hat).sum(axis=axes)
    g = grad_out * gamma.reshape(column)
    mean_path = g.mean(axis=axes, keepdims=True)
    variance_path = x_hat * (g * x_hat).mean(axis=axes, keepdims=True)
    grad_x = (g - mean_path - variance_path) / std
    return grad_x, grad_gamma, grad_beta
    ### END SOLUTION


# %% visible="batch_norm_backward"
grad_out, x = np.array([[1.0], [2.0], [3.0], [6.0]]), np.array([[0.0], [0.0], [2.0], [2.0]])
result = batch_norm_backward(grad_out, x, np.array([2.0]), eps=0)
assert result is not None and len(result) == 3, "return three arrays: grad_x, grad_gamma, grad_beta"
grad_x, grad_gamma, grad_beta = result
assert np.shape(grad_x) == (4, 1), f"grad_x should be shaped like x, (4, 1), but has shape {np.shape(grad_x)}"
assert np.shape(grad_gamma) == (1,), f"grad_gamma should have shape (1,), but has {np.shape(grad_gamma)}"
assert np.shape(grad_beta) == (1,), f"grad_beta should have shape (1,), but has {np.shape(grad_beta)}"
assert np.allclose(grad_beta, 12), f"the worked example's grad_beta is 12, but yours is {np.asarray(grad_beta)}"
assert np.allclose(grad_gamma, 6), f"the worked example's grad_gamma is 6, but yours is {np.asarray(grad_gamma)}"
found = np.asarray(grad_x).ravel()
assert np.allclose(found, [-1, 1, -3, 3]), f"the worked example's grad_x is -1, 1, -3, 3, but yours is {found}"
images = np.arange(24.0).reshape(2, 3, 2, 2)
shapes = [np.shape(g) for g in batch_norm_backward(images**2, images, np.ones(3))]
assert shapes == [(2, 3, 2, 2), (3,), (3,)], (
    f"for images the shapes are (2, 3, 2, 2), (3,), (3,), but yours are {shapes}"
)
print("batch_norm_backward: the worked example is right, and so are the shapes for images")

# %% graded="batch_norm_backward"

# %% [markdown]
# ## 8. `layer_norm_forward` and `layer_norm_backward`: each vector by itself (harder)
#
# **Why it matters.** Transformers normalize each token's vector by its own mean and variance. Nothing depends on the
# batch, so training and use are the same; but the learned scale now varies along the axis of the averages, and that
# changes the backward pass.
#
# **Write** `layer_norm_forward(x, gamma, beta, eps=1e-5)`, which returns
#
# $$ y = \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta . $$
#
# - `x` has shape `(N, D)`, or `(N, T, D)` for sequences of $T$ vectors. $D$ is the number of features.
# - $\mu$ and $\sigma^2$ are the mean and the biased variance of each vector: over the *last* axis, the $D$ features.
#   Every example, and every position of a sequence, has its own.
# - `gamma` and `beta` have shape `(D,)`: one scale and one shift per feature, shared by all vectors.
#
# **Write** `layer_norm_backward(grad_out, x, gamma, eps=1e-5)`, which returns `grad_x` (shaped like `x`), `grad_gamma`
# and `grad_beta` (both of shape `(D,)`), in this order. As in question 7, `grad_out` $= \partial L / \partial y$ is
# shaped like `x`, and the three are the gradients of $L$ with respect to the inputs of `layer_norm_forward`.
#
# Which axes share a parameter, and which axis is averaged? In batch normalization they are the same axes; here they
# are not. The two functions are marked apart: an error in one costs the other nothing, unless yours calls it.
#
# **Example.** One vector: `x = [[0., 0., 2., 2.]]`, `gamma = [1., 2., 3., 4.]`, `beta = [0., 0., 0., 1.]`, `eps = 0`
# give `y = [[-1., -2., 3., 5.]]`. With `grad_out = [[4., 2., 1., 1.]]`, `grad_beta = [4., 2., 1., 1.]`,
# `grad_gamma = [-4., -2., 1., 1.]` and `grad_x = [[0., 0., -0.5, 0.5]]`.


# %% answer="layer_norm_forward"
def layer_norm_forward(x, gamma, beta, eps=1e-5):
    """Normalize each vector along the last axis of x by its own statistics, then scale and shift each feature.

    x: (N, D) or (N, T, D). gamma, beta: (D,). Returns y, shaped like x.
    """
    ### BEGIN SOLUTION
    mean = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta
    ### END SOLUTION


# %% visible="layer_norm_forward"
x, gamma, beta = np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 0.0, 1.0])
y = layer_norm_forward(x, gamma, beta, eps=0)
assert np.shape(y) == (1, 4), f"y should be shaped like x, (1, 4), but has shape {np.shape(y)}"
assert np.allclose(y, [[-1, -2, 3, 5]]), f"the worked example's y is [[-1, -2, 3, 5]], but yours is {np.asarray(y)}"
y = layer_norm_forward(np.arange(24.0).reshape(2, 3, 4) ** 2, np.ones(4), np.zeros(4))
assert np.shape(y) == (2, 3, 4), f"sequences should keep their shape (2, 3, 4), but came back as {np.shape(y)}"
print("layer_norm_forward: the worked example is right, and sequences keep their shape")


# %% answer="layer_norm_backward"
def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
    """The gradients of a loss with respect to layer_norm_forward's x, gamma and beta.

    grad_out: the gradient with respect to its output, shaped like x. x: (N, D) or (N, T, D). gamma: (D,).
    Returns grad_x, shaped like x, grad_gamma (D,) and grad_beta (D,).
    """
    ### BEGIN SOLUTION
    std = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=-1, keepdims=True)) / std
    shared = tuple(range(x.ndim - 1))
    grad_beta = grad_out.sum(axis=shared)
    grad_gamma = (grad_out * x_hat).sum(axis=shared)
    g = grad_out * gamma
    mean_path = g.mean(axis=-1, keepdims=True)
    variance_path = x_hat * (g * x_hat).mean(axis=-1, keepdims=True)
    grad_x = (g - mean_path - variance_path) / std
    return grad_x, grad_gamma, grad_beta
    ### END SOLUTION


# %% visible="layer_norm_backward"
x, gamma = np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([1.0, 2.0, 3.0, 4.0])
result = layer_norm_backward(np.array([[4.0, 2.0, 1.0, 1.0]]), x, gamma, eps=0)
assert result is not None and len(result) == 3, "return three arrays: grad_x, grad_gamma, grad_beta"
grad_x, grad_gamma, grad_beta = result
assert np.shape(grad_x) == (1, 4), f"grad_x should be shaped like x, (1, 4), but has shape {np.shape(grad_x)}"
assert np.shape(grad_gamma) == (4,), f"grad_gamma should have shape (4,), but has {np.shape(grad_gamma)}"
assert np.shape(grad_beta) == (4,), f"grad_beta should have shape (4,), but has {np.shape(grad_beta)}"
assert np.allclose(grad_beta, [4, 2, 1, 1]), f"the worked example's grad_beta is 4, 2, 1, 1, but yours is {grad_beta}"
assert np.allclose(grad_gamma, [-4, -2, 1, 1]), f"the example's grad_gamma is -4, -2, 1, 1, but yours is {grad_gamma}"
assert np.allclose(grad_x, [[0, 0, -0.5, 0.5]]), (
    f"the worked example's grad_x is 0, 0, -0.5, 0.5, but yours is {grad_x}"
)
sequences = np.arange(24.0).reshape(2, 3, 4) ** 2
shapes = [np.shape(g) for g in layer_norm_backward(sequences, sequences, np.ones(4))]
assert shapes == [(2, 3, 4), (4,), (4,)], f"for sequences the shapes are (2, 3, 4), (4,), (4,), but yours are {shapes}"
print("layer_norm_backward: the worked example is right, and so are the shapes for sequences")

# %% graded="layer_norm"

# %% [markdown]
# ## Investigation: what leaks in training mode?
#
# *Worth 0 points unless your instructor says otherwise; then it is marked by hand, with the list below.*
#
# Somebody forgets to switch a trained network to evaluation mode. The network runs, and nobody notices. **Does it
# matter, and when?** Design an experiment with your own functions (questions 1 to 3), report its numbers,
# and explain them.
#
# The next cell gives you data and a small network: 64 pixels, one layer of 100 fixed random units, your batch
# normalization, a ReLU, and a readout. `symbols(seed, n)` draws `n` noisy pictures of ten made-up symbols and their
# labels. `fit_readout(hidden, labels)` returns a matrix `R`, and `(hidden @ R).argmax(axis=1)` are the predicted
# labels. Fit the readout on training pictures, normalized batch by batch as in training, and update the running
# statistics on the way. Forty batches of 128, `gamma` and the running variance starting at ones, `beta` and the running
# mean at zeros, will do. Then compare the two modes on pictures that were not used for it. Half a minute is enough.
#
# Ideas to choose from, or bring your own:
#
# - Put the same picture into many different test batches. How often does its predicted label change, in each mode?
# - Change the size of the test batches: 2, 4, 16, 128.
# - Sort the test pictures by label, so that a batch holds a single symbol. Take as many of each as fill whole batches,
#   or the batches at the borders mix two. (In practice: the frames of one video, the patients of one clinic.)
#
# | marks, of 6 | for |
# |---|---|
# | 1 | a question that the experiment can answer, with a guess written down before the run |
# | 2 | a fair comparison: same pictures, same readout, only the mode or the batches differ; seeds and their spread |
# | 1 | numbers in a table or a figure that a reader understands without the code |
# | 2 | an explanation that follows from what the two functions compute, and one thing that the experiment can't tell |


# %% given="network"
def symbols(seed, n):
    """n noisy pictures of ten made-up symbols, as rows of 64 pixels, and their labels from 0 to 9."""
    rng, designs = np.random.default_rng(seed), np.random.default_rng(4).normal(size=(10, 64))
    labels = rng.integers(0, 10, n)
    return designs[labels] + 1.5 * rng.normal(size=(n, 64)), labels


def fit_readout(hidden, labels):
    """Least squares from hidden units to one output per label, slightly regularized. Returns R, (units, 10)."""
    gram = hidden.T @ hidden + np.eye(hidden.shape[1])
    return np.linalg.solve(gram, hidden.T @ np.eye(10)[labels])


units = np.random.default_rng(5).normal(size=(100, 64)) / 8  # (out, in): hidden = relu(normalize(x @ units.T))

# %% investigation="experiment"
# Your question, and your guess, before you run anything:
# ...
# Then your experiment. You may add as many cells as you like.
### BEGIN SOLUTION
one, nothing, batch_size = np.ones(100), np.zeros(100), 128


def in_training_mode(x):
    return np.maximum(batch_norm_forward(x @ units.T, one, nothing), 0)


def accuracies(seed):
    """Train on 40 batches, then test on 1280 other pictures in each mode and kind of batch."""
    x, labels = symbols(seed, 40 * batch_size)
    hidden, mean, var = [], np.zeros(100), np.ones(100)
    for batch in np.split(x, 40):
        hidden.append(in_training_mode(batch))
        mean, var = update_running_stats(batch @ units.T, mean, var)
    readout = fit_readout(np.concatenate(hidden), labels)
    x, labels = symbols(seed + 1000, 1280)

    def accuracy(order, size):
        guesses = [(in_training_mode(x[i]) @ readout).argmax(axis=1) for i in np.split(order, len(order) // size)]
        return np.mean(np.concatenate(guesses) == labels[order])

    trained = np.maximum(batch_norm_inference(x @ units.T, one, nothing, mean, var), 0)
    found = {"evaluation mode": np.mean((trained @ readout).argmax(axis=1) == labels)}
    for size in (128, 16, 4, 2):
        found[f"training mode, mixed batches of {size}"] = accuracy(np.arange(1280), size)
    found["training mode, sorted batches of 128"] = accuracy(np.argsort(labels, kind="stable"), 128)
    return found


runs = [accuracies(seed) for seed in range(5)]
for name in runs[0]:
    values = [run[name] for run in runs]
    print(f"{name:<38} {np.mean(values):.3f} (from {min(values):.3f} to {max(values):.3f} over 5 seeds)")

# I expected training mode to be worse the less a test batch resembles a training batch. In evaluation mode 0.98 of the
# pictures are recognized. In training mode with mixed batches of 128 it is as good. With smaller batches it falls: with
# two pictures per batch only 0.72 are recognized. Sorted by label it is worst of all, 0.18, although the batches are as
# large as in training.
#
# The reason is in the formula: training mode subtracts the batch's own mean. The mean of a large mixed batch is close
# to the running mean, so nothing changes. The mean of a small batch contains a good part of the picture itself. The
# mean of a batch of one symbol *is* that symbol: what tells it from the others is subtracted from all of them.
#
# The experiment can't tell how much a deep network suffers, nor one that was trained on small or sorted batches.
### END SOLUTION

# %% [markdown]
# **Your conclusion.** (Double-click here and write.) What did you expect, what did you measure, why is it so, and what
# can't your experiment tell?

# %% [markdown]
# ## Stuck?
#
# Look for your symptom. Each entry tells you where to look.
#
# {stuck}
#
# **Vectors pass, images fail.** Which axes does one channel's average run over, for `(N, C)` and for `(N, C, H, W)`?
# Everything except axis 1. The same holds for every sum in the backward pass. And see the entry on broadcasting above.
#
# **All my values are off by the same factor.** Divide one right number by yours; a worked example gives you one. Is the
# factor $n/(n-1)$ or its root? Then it is the biased or the unbiased variance: `np.var` divides by $n$, `torch.var` by
# $n - 1$. Is it the number of examples? A sum in place of an average, or the reverse. Is it a different factor in
# each channel? `gamma`, or a root too many or too few.
#
# **The example passes, the graded cell fails.** The examples are small and tidy: one channel, `eps = 0`. The graded
# inputs have several channels, different numbers of examples and channels, `gamma` that is neither 1 nor positive
# everywhere, an `eps` that matters, and images. Try such an input by hand, and compare with a loop over the channels.
# The message names the kind of input that failed.
#
# **grad_gamma and grad_beta are right, grad_x is wrong.** Try `numerical_gradient` with a single nonzero entry in
# `grad_out`: you see how one output depends on all inputs. If yours is 0 for all other examples (or features), the
# paths through the statistics are missing. Two more checks, with `eps = 0`: `grad_x` sums to 0 over the
# averaged axes, and so does `grad_x` times the normalized x. If the first fails, it is the path through the mean; if
# the second, the path through the variance.
#
# **My whitened features are still correlated, or rotated.** Compute the covariance of `z`, dividing by $N$. Not the
# identity (for a tiny `eps`)? Then look at centring, roots, and rows against columns of the eigenvectors. The identity,
# but `z` isn't right? Then it is another whitening: the matrix you multiply by must be symmetric.
