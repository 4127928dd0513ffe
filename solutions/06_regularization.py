# %% [markdown]
# # Assignment 06 · Regularization
#
# You write what keeps a model from fitting its training data too well: penalties on the weights, dropout, smoothed
# labels, stopping early, an average of several models. Beside them stand two tools that are often listed with them and
# do something else, clipping gradients and measuring calibration. Each is a few lines, and each has a popular way of
# being wrong in which training still runs: nothing raises, the regularization is just not the one you meant.
#
# - **Points:** {points}, for {questions} questions. Questions 9 and 10 are optional; they are worth 8 of the points.
# - **Time:** about 120 minutes for questions 1 to 8: 5 for question 5, 10 to 20 for each of the others. The optional
#   ones take about 20 each, the investigation another 30 to 45.
# - **You need:** NumPy's axes and boolean arrays; the softmax and the cross-entropy (assignment 01); for question 10
#   `torch.nn` modules. Chapter 6 of the course's book explains the ideas.
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
# **Names.** $w$ (`w`) are weights, $\lambda$ (`lam`; `lambda` is taken in Python) is the strength of a penalty and
# `lr` a learning rate. $N$ is the number of examples and $K$ the number of classes; `logits` of shape `(N, K)` are a
# network's outputs before the softmax, and `labels` of shape `(N,)` hold whole numbers from 0 to $K - 1$. Where the
# field has two conventions, this assignment uses torch's.
#
# **Rules for every answer.** Return new arrays and leave the inputs as they were. Inputs are NumPy arrays of floats
# unless a question says otherwise. What you return may be float32, a list or a torch tensor; about four digits must
# be right. Loops are fine, and so is one answer that calls another: an error then carries over. Don't let your
# functions call a library's ready-made version of what you are asked to write: writing it is the point, and such a
# call is reported to your instructor. Steps on the way, such as `np.clip`, a norm or a softmax, may be the library's.
# Imports and helpers may stand in cells of your own, which run in their places.

# %% given="imports"
import math

import numpy as np
from torch import nn

# %% [markdown]
# ## 1. `l1_penalty`, `l2_penalty`, `elastic_net_penalty`: what large weights cost
#
# **Why it matters.** A penalty is added to the loss, and its gradient to the loss's gradient. The gradient is where the
# three differ: L1 pulls every weight towards 0 with the same force, L2 with a force that fades as the weight does.
#
# **Write** three functions. Each returns two things: the penalty, one number, and its gradient with respect to `w`, an
# array shaped like `w`. The sums run over *all entries* of `w`, whatever its shape.
#
# - `l1_penalty(w, lam)`: $\;\lambda \sum_j |w_j|$.
# - `l2_penalty(w, lam)`: $\;\frac{\lambda}{2} \sum_j w_j^2$.
# - `elastic_net_penalty(w, lam, l1_ratio)`: $\;\lambda \left( r \sum_j |w_j| + \frac{1 - r}{2} \sum_j w_j^2 \right)$,
#   where $r$ is `l1_ratio`, from 0 to 1: the share of L1.
#
# Three things to know:
#
# - `w` may have any shape, such as `(D,)` for a linear model or `(out, in)` for a layer.
# - The ½ makes the gradient of the L2 penalty $\lambda w$, which is what torch's `weight_decay` adds to a gradient.
# - At $w_j = 0$ the absolute value has no derivative. Any *subgradient* will do there: a number between the slopes on
#   the two sides. For L1 these slopes are $-\lambda$ and $\lambda$. Only NaN or a number outside is wrong.
#
# **Example.** `w = [3., -1.]` and `lam = 0.5`. L1 costs `0.5 * (3 + 1) = 2`, with the gradient `[0.5, -0.5]`. L2 costs
# `0.25 * (9 + 1) = 2.5`, with the gradient `[1.5, -0.5]`. The elastic net with `l1_ratio = 0.2` costs
# `0.2 * 2 + 0.8 * 2.5 = 2.4`, with the gradient `[1.3, -0.5]`.


# %% answer="l1_penalty"
def l1_penalty(w, lam):
    """lam times the sum of absolute weights, and its gradient.

    w: any shape. lam: 0 or more. Returns the penalty, a number, and the gradient, shaped like w.
    """
    ### BEGIN SOLUTION
    value = lam * np.abs(w).sum()
    return value, lam * np.sign(w)
    ### END SOLUTION


# %% visible="l1_penalty"
def try_l1_penalty():
    result = l1_penalty(np.array([3.0, -1.0]), 0.5)
    assert result is not None and len(result) == 2, "return two things: the penalty and its gradient"
    penalty, grad = result
    assert np.shape(penalty) == (), f"the penalty should be one number, but has shape {np.shape(penalty)}"
    assert np.isclose(penalty, 2), f"the worked example's penalty is 2, but yours is {penalty}"
    assert np.shape(grad) == (2,), f"the gradient should be shaped like w, (2,), but has shape {np.shape(grad)}"
    assert np.allclose(grad, [0.5, -0.5]), f"the worked example's gradient is [0.5, -0.5], but yours is {grad}"
    print("l1_penalty: the worked example is right")


try_l1_penalty()


# %% answer="l2_penalty"
def l2_penalty(w, lam):
    """lam / 2 times the sum of squared weights, and its gradient.

    w: any shape. lam: 0 or more. Returns the penalty, a number, and the gradient, shaped like w.
    """
    ### BEGIN SOLUTION
    squares = w**2
    return lam / 2 * squares.sum(), lam * w
    ### END SOLUTION


# %% visible="l2_penalty"
def try_l2_penalty():
    result = l2_penalty(np.array([3.0, -1.0]), 0.5)
    assert result is not None and len(result) == 2, "return two things: the penalty and its gradient"
    penalty, grad = result
    assert np.shape(penalty) == (), f"the penalty should be one number, but has shape {np.shape(penalty)}"
    assert np.isclose(penalty, 2.5), f"the worked example's penalty is 2.5, but yours is {penalty}"
    assert np.shape(grad) == (2,), f"the gradient should be shaped like w, (2,), but has shape {np.shape(grad)}"
    assert np.allclose(grad, [1.5, -0.5]), f"the worked example's gradient is [1.5, -0.5], but yours is {grad}"
    print("l2_penalty: the worked example is right")


try_l2_penalty()


# %% answer="elastic_net_penalty"
def elastic_net_penalty(w, lam, l1_ratio):
    """lam times a mixture: l1_ratio parts of L1 and 1 - l1_ratio parts of half the squares, and its gradient.

    w: any shape. lam: 0 or more. l1_ratio: 0 to 1. Returns the penalty, a number, and the gradient, shaped like w.
    """
    ### BEGIN SOLUTION
    ridge_part = (w**2).sum() / 2
    total = l1_ratio * np.abs(w).sum() + (1 - l1_ratio) * ridge_part
    slope = l1_ratio * np.sign(w) + (1 - l1_ratio) * w
    return lam * total, lam * slope
    ### END SOLUTION


# %% visible="elastic_net_penalty"
def try_elastic_net_penalty():
    result = elastic_net_penalty(np.array([3.0, -1.0]), 0.5, 0.2)
    assert result is not None and len(result) == 2, "return two things: the penalty and its gradient"
    penalty, grad = result
    assert np.shape(penalty) == (), f"the penalty should be one number, but has shape {np.shape(penalty)}"
    assert np.isclose(penalty, 2.4), f"the worked example's penalty is 2.4, but yours is {penalty}"
    assert np.shape(grad) == (2,), f"the gradient should be shaped like w, (2,), but has shape {np.shape(grad)}"
    assert np.allclose(grad, [1.3, -0.5]), f"the worked example's gradient is [1.3, -0.5], but yours is {grad}"
    print("elastic_net_penalty: the worked example is right")


try_elastic_net_penalty()

# %% graded="norm_penalties"

# %% [markdown]
# ## 2. `soft_threshold` and `proximal_step`: how weights become exactly 0
#
# **Why it matters.** Everyone says that L1 makes weights exactly 0. Steps along its gradient don't: they jump back and
# forth across 0. What does it is a step for the loss alone, followed by an exact minimization of the penalty.
#
# **Write** `soft_threshold(v, threshold)`. It moves each entry of `v` towards 0 by `threshold`; an entry that is no
# further from 0 than that becomes *exactly* 0:
#
# $$ S_\tau(v)_j = \begin{cases} v_j - \tau & \text{if } v_j > \tau \\ v_j + \tau & \text{if } v_j < -\tau \\
#    0 & \text{otherwise,} \end{cases} $$
#
# where $\tau$ is `threshold`, one number that is 0 or more. `v` may have any shape; return an array shaped like it.
#
# **Write** `proximal_step(w, grad, lr, lam)`, one step of the proximal gradient method for a loss plus
# $\lambda \sum_j |w_j|$:
#
# $$ w' = S_{\mathrm{lr}\,\lambda}\left( w - \mathrm{lr}\; g \right) . $$
#
# - `grad` ($g$) is the gradient of the loss *without* the penalty, taken at `w` and shaped like `w`.
# - Return the new weights $w'$, a new array.
#
# **Example.** `soft_threshold([3., -0.5, -2.], 1.)` is `[2., 0., -1.]`. With `w = [1., 0.2]`, `grad = [2., -1.]`,
# `lr = 0.1` and `lam = 4.`, the step along the gradient leads to `[0.8, 0.3]`, and thresholding by `0.1 * 4 = 0.4`
# leaves `[0.4, 0.]`.


# %% answer="soft_threshold"
def soft_threshold(v, threshold):
    """Move each entry of v towards 0 by threshold; what would cross 0 becomes 0.

    v: any shape. threshold: 0 or more. Returns an array shaped like v.
    """
    ### BEGIN SOLUTION
    shrunk = np.maximum(np.abs(v) - threshold, 0)
    return np.sign(v) * shrunk
    ### END SOLUTION


# %% visible="soft_threshold"
def try_soft_threshold():
    found = soft_threshold(np.array([3.0, -0.5, -2.0]), 1.0)
    assert np.shape(found) == (3,), f"the result should be shaped like v, (3,), but has shape {np.shape(found)}"
    assert np.allclose(found, [2, 0, -1]), f"the worked example gives [2, 0, -1], but yours is {found}"
    print("soft_threshold: the worked example is right")


try_soft_threshold()


# %% answer="proximal_step"
def proximal_step(w, grad, lr, lam):
    """One proximal gradient step for a loss plus lam times the sum of absolute weights.

    w, grad: the same shape, any; grad is the gradient of the loss without the penalty. Returns the new weights.
    """
    ### BEGIN SOLUTION
    moved = w - lr * grad
    t = lr * lam
    return np.maximum(moved - t, 0) + np.minimum(moved + t, 0)
    ### END SOLUTION


# %% visible="proximal_step"
def try_proximal_step():
    found = proximal_step(np.array([1.0, 0.2]), np.array([2.0, -1.0]), 0.1, 4.0)
    assert np.shape(found) == (2,), f"the new weights should be shaped like w, (2,), but have shape {np.shape(found)}"
    assert np.allclose(found, [0.4, 0]), f"the worked example's new weights are [0.4, 0], but yours are {found}"
    print("proximal_step: the worked example is right")


try_proximal_step()

# %% graded="soft_threshold"

# %% [markdown]
# ## 3. `dropout_forward` and `dropout_backward`: training with missing units
#
# **Why it matters.** In training, dropout sets random units to 0, so that no unit can rely on one other. In use all
# units are there, so the sizes must be made to agree; where and by which factor is what people get wrong.
#
# **Write** `dropout_forward(x, keep, p, training=True)`. `p` is the probability of *dropping* a unit, as in torch. The
# units to drop have been drawn already: `keep` is an array of bools shaped like `x`, True where a unit is *kept*.
#
# - In training, return `x / (1 - p)` where `keep` is True, and 0 elsewhere. The division keeps the expected value of
#   each unit what it was, so nothing needs doing at test time.
# - Where `training` is False, return a copy of `x`, whatever `keep` and `p` say.
# - `p` is a number from 0 to 1. With `p = 1` every unit is dropped and `keep` is False everywhere; the result is all
#   zeros then, as in torch, and not NaN.
#
# **Write** `dropout_backward(grad_out, keep, p, training=True)`. Let $L$ be a loss computed from the output $y$.
# `grad_out` is $\partial L / \partial y$, shaped like `x`; `keep`, `p` and `training` are those of the forward pass.
# Return `grad_x` $= \partial L / \partial x$. In training, `p = 1` gives zeros here too.
#
# **Example.** `x = [2., 4., 6.]`, `keep = [True, False, True]` and `p = 0.2` give `[2.5, 0., 7.5]`. With
# `grad_out = [4., 5., -8.]`, `grad_x` is `[5., 0., -10.]`. With `training=False` the two are `[2., 4., 6.]` and
# `[4., 5., -8.]`.


# %% answer="dropout_forward"
def dropout_forward(x, keep, p, training=True):
    """Dropout with a given mask: in training the kept units, scaled up, and 0 for the others; otherwise x.

    x: any shape. keep: bools, shaped like x, True for the units that are kept. p: the probability of dropping.
    Returns an array shaped like x.
    """
    ### BEGIN SOLUTION
    if not training:
        return x.copy()
    if p == 1:
        return np.zeros(x.shape)
    return x * keep / (1 - p)
    ### END SOLUTION


# %% visible="dropout_forward"
def try_dropout_forward():
    x, keep = np.array([2.0, 4.0, 6.0]), np.array([True, False, True])
    y = dropout_forward(x, keep, 0.2)
    assert np.shape(y) == (3,), f"the result should be shaped like x, (3,), but has shape {np.shape(y)}"
    assert np.allclose(y, [2.5, 0, 7.5]), f"the worked example gives [2.5, 0, 7.5], but yours is {y}"
    y = dropout_forward(x, keep, 0.2, training=False)
    assert np.allclose(y, [2, 4, 6]), f"outside training the result is x, [2, 4, 6], but yours is {y}"
    print("dropout_forward: the worked example is right, in training and outside")


try_dropout_forward()


# %% answer="dropout_backward"
def dropout_backward(grad_out, keep, p, training=True):
    """The gradient of a loss with respect to dropout_forward's x.

    grad_out: the gradient with respect to its output, shaped like x. keep, p, training: as in the forward pass.
    Returns grad_x, shaped like x.
    """
    ### BEGIN SOLUTION
    if not training:
        return grad_out.copy()
    factor = 1 / (1 - p) if p < 1 else 0.0
    return grad_out * factor * keep
    ### END SOLUTION


# %% visible="dropout_backward"
def try_dropout_backward():
    grad_out, keep = np.array([4.0, 5.0, -8.0]), np.array([True, False, True])
    grad_x = dropout_backward(grad_out, keep, 0.2)
    assert np.shape(grad_x) == (3,), f"grad_x should be shaped like grad_out, (3,), but has shape {np.shape(grad_x)}"
    assert np.allclose(grad_x, [5, 0, -10]), f"the worked example's grad_x is [5, 0, -10], but yours is {grad_x}"
    print("dropout_backward: the worked example is right")


try_dropout_backward()

# %% graded="dropout"

# %% [markdown]
# ## 4. `label_smoothing_loss`: targets that are never quite sure
#
# **Why it matters.** Cross-entropy with one-hot targets is never content: it keeps pushing the right logit up after
# every training example is classified correctly. Smoothed targets have a finite optimum.
#
# **Write** `label_smoothing_loss(logits, labels, epsilon)`. Let $p_{ik}$ be the softmax of example $i$'s logits, and
#
# $$ q_{ik} = (1 - \epsilon)\,[\,k = \text{label}_i\,] + \frac{\epsilon}{K} , \qquad
#    L = -\frac{1}{N} \sum_{i} \sum_{k} q_{ik} \log p_{ik} , $$
#
# where $[\,\cdot\,]$ is 1 if the condition holds and 0 otherwise, and $\epsilon$ is `epsilon`, from 0 to 1. Return two
# things, in this order: the loss $L$, one number, and its gradient with respect to `logits`, of shape `(N, K)`.
#
# - Every class gets $\epsilon / K$, the right one too, as in torch. Each row of $q$ sums to 1.
# - The logits may be large, up to about a thousand of either sign. The loss must be right then too, not infinite or
#   NaN.
#
# **Example.** One example of four classes: `logits = [[0., 0., 0., 0.]]`, `labels = [2]`, `epsilon = 0.2`. All $p$ are
# 0.25, the targets are `[0.05, 0.05, 0.85, 0.05]`, the loss is $\log 4 \approx 1.3863$, and the gradient is
# `[[0.2, 0.2, -0.6, 0.2]]`.


# %% answer="label_smoothing_loss"
def label_smoothing_loss(logits, labels, epsilon):
    """The mean cross-entropy against smoothed labels, and its gradient with respect to the logits.

    logits: (N, K). labels: (N,), whole numbers. epsilon: 0 to 1. Returns the loss, a number, and grad_logits (N, K).
    """
    ### BEGIN SOLUTION
    N, K = logits.shape
    targets = (1 - epsilon) * np.eye(K)[labels] + epsilon / K
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -(targets * log_p).sum() / N
    grad_logits = (np.exp(log_p) - targets) / N
    return loss, grad_logits
    ### END SOLUTION


# %% visible="label_smoothing_loss"
def try_label_smoothing_loss():
    result = label_smoothing_loss(np.zeros((1, 4)), np.array([2]), 0.2)
    assert result is not None and len(result) == 2, "return two things: the loss and its gradient"
    loss, grad = result
    assert np.shape(loss) == (), f"the loss should be one number, but has shape {np.shape(loss)}"
    assert np.isclose(loss, math.log(4)), f"the worked example's loss is log 4 = 1.3863, but yours is {loss}"
    assert np.shape(grad) == (1, 4), f"the gradient should have the logits' shape (1, 4), not {np.shape(grad)}"
    assert np.allclose(grad, [[0.2, 0.2, -0.6, 0.2]]), (
        f"the worked example's gradient is [[0.2, 0.2, -0.6, 0.2]], but yours is {grad}"
    )
    print("label_smoothing_loss: the worked example is right")


try_label_smoothing_loss()

# %% graded="label_smoothing_loss"

# %% [markdown]
# ## 5. `clip_grad_value`: each entry by itself (warm-up)
#
# **Why it matters.** It is the simplest cure for a gradient that explodes, and it has a price: entries that are cut by
# different amounts turn the gradient into another direction.
#
# **Write** `clip_grad_value(grads, clip_value)`. `grads` is a list of arrays, one per parameter, of any shapes. Return
# a new list of arrays of the same shapes, in which every entry above `clip_value` ($> 0$) is replaced by `clip_value`
# and every entry below `-clip_value` by `-clip_value`.
#
# **Example.** `grads = [[3., -0.5], [-4.]]` (two arrays) and `clip_value = 1.` give `[1., -0.5]` and `[-1.]`.


# %% answer="clip_grad_value"
def clip_grad_value(grads, clip_value):
    """Bring every entry of every gradient between -clip_value and clip_value.

    grads: a list of arrays of any shapes. clip_value: above 0. Returns a new list of arrays.
    """
    ### BEGIN SOLUTION
    return [np.clip(g, -clip_value, clip_value) for g in grads]
    ### END SOLUTION


# %% visible="clip_grad_value"
def try_clip_grad_value():
    clipped = clip_grad_value([np.array([3.0, -0.5]), np.array([-4.0])], 1.0)
    assert clipped is not None and len(clipped) == 2, "return a list with one array for each gradient, here two"
    assert np.allclose(clipped[0], [1, -0.5]), f"the worked example's first is [1, -0.5], but yours is {clipped[0]}"
    assert np.allclose(clipped[1], [-1]), f"the worked example's second is [-1], but yours is {clipped[1]}"
    print("clip_grad_value: the worked example is right")


try_clip_grad_value()

# %% graded="clip_grad_value"

# %% [markdown]
# ## 6. `clip_grad_norm`: all gradients together
#
# **Why it matters.** One factor for everything shortens a step and keeps its direction. Nearly every recurrent network
# and transformer is trained with this line, and the norm that it returns is the first number to look at when a run
# goes wrong.
#
# **Write** `clip_grad_norm(grads, max_norm)`. `grads` is a list of arrays of any shapes. The *total norm* is the norm
# of one long vector made of all entries of all arrays: $\lVert g \rVert = \sqrt{\sum g_j^2}$. Return two things, in
# this order: a new list of arrays, and the total norm *before* clipping, one number.
#
# - If the total norm is larger than `max_norm` ($> 0$), multiply every array by the same factor, so that the total norm
#   becomes `max_norm`. (torch divides by the norm plus $10^{-6}$. You may do so or not.)
# - Otherwise the arrays keep their values. A gradient of zeros stays zeros.
# - If the total norm, computed as above, is infinite or NaN, no factor makes it `max_norm`: raise a `ValueError`.
#   (torch does so with `error_if_nonfinite=True`. Without it, an infinite entry becomes NaN and the others 0.)
#
# **Example.** `grads = [[3., 0.], [4.]]` (two arrays) have the total norm 5. With `max_norm = 1.` they become
# `[0.6, 0.]` and `[0.8]`, and 5 is returned beside them. With `max_norm = 10.` they stay as they are.


# %% answer="clip_grad_norm"
def clip_grad_norm(grads, max_norm):
    """Scale all gradients by one factor, so that their norm together is at most max_norm.

    grads: a list of arrays of any shapes. max_norm: above 0. Returns a new list of arrays and the norm before.
    Raises ValueError if that norm isn't finite.
    """
    ### BEGIN SOLUTION
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    if not np.isfinite(norm):
        raise ValueError(f"the norm of the gradients is {norm}")
    factor = max_norm / norm if norm > max_norm else 1.0
    return [g * factor for g in grads], norm
    ### END SOLUTION


# %% visible="clip_grad_norm"
def try_clip_grad_norm():
    grads = [np.array([3.0, 0.0]), np.array([4.0])]
    result = clip_grad_norm(grads, 1.0)
    assert result is not None and len(result) == 2, "return two things: the list of gradients and the norm before"
    clipped, norm = result
    assert np.shape(norm) == (), f"the norm should be one number, but has shape {np.shape(norm)}"
    assert np.isclose(norm, 5), f"the worked example's norm is 5, but yours is {norm}"
    assert len(clipped) == 2, f"there should be one array for each gradient, 2, but there are {len(clipped)}"
    assert np.allclose(clipped[0], [0.6, 0], atol=1e-5), f"the first should be [0.6, 0], but is {clipped[0]}"
    assert np.allclose(clipped[1], [0.8], atol=1e-5), f"the second should be [0.8], but is {clipped[1]}"
    clipped, norm = clip_grad_norm(grads, 10.0)
    assert np.allclose(clipped[0], [3, 0]) and np.allclose(clipped[1], [4]), (
        f"a norm of 5 is no larger than 10, so the gradients stay as they are, but yours are {clipped}"
    )
    print("clip_grad_norm: the worked example is right, and gradients below max_norm stay as they are")


try_clip_grad_norm()

# %% graded="clip_grad_norm"

# %% [markdown]
# ## 7. `EarlyStopping`: a counter with a memory
#
# **Why it matters.** Stopping when the validation loss stops falling is the cheapest regularizer there is. The rule has
# three settings that everyone implements, and few implement alike; and what counts in the end isn't when you
# stopped, but which step to go back to.
#
# **Write** a class `EarlyStopping(patience, min_delta=0.0)`. After each epoch, `step(metric)` is called with the
# validation loss, for which *lower is better*. It returns True if training should stop now, and False otherwise.
#
# - A metric is an *improvement* if it is lower than the best so far by *more* than `min_delta` (0 or more). As long as
#   there is no best, any number is one. Only an improvement becomes the new best.
# - NaN is never an improvement, also at the first call.
# - `step` returns True when the last `patience` calls *in a row* (`patience` is 1 or more) brought no improvement. An
#   improvement starts the count again.
# - The attribute `best_step` is the number of the call that brought the best metric. Calls are counted from 0.
#   It is None as long as there was no improvement.
# - Two objects don't know of each other. Nobody calls `step` again after it returned True.
#
# **Example.** `EarlyStopping(patience=2, min_delta=0.1)`:
#
# | call | `metric` | improvement? | `step` returns | `best_step` |
# |---|---|---|---|---|
# | 0 | 5.0 | yes, the first | False | 0 |
# | 1 | 4.0 | yes | False | 1 |
# | 2 | 3.95 | no: lower than 4.0, but not by more than 0.1 | False | 1 |
# | 3 | 3.8 | yes: lower than 4.0 by more than 0.1 | False | 3 |
# | 4 | 3.9 | no, the first in a row | False | 3 |
# | 5 | NaN | no, the second in a row | True | 3 |


# %% answer="EarlyStopping"
class EarlyStopping:
    """Says when a metric, lower being better, has stopped improving, and when it was best.

    patience: the number of calls in a row without an improvement after which to stop. min_delta: a metric improves
    if it is lower than the best by more than this. best_step: the number of the best call, from 0, or None.
    """

    def __init__(self, patience, min_delta=0.0):
        ### BEGIN SOLUTION
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = math.inf, None
        self.calls, self.waited = 0, 0
        ### END SOLUTION

    def step(self, metric):
        """Take note of a metric; return True if it is time to stop, and False otherwise."""
        ### BEGIN SOLUTION
        if metric < self.best - self.min_delta:
            self.best = metric
            self.best_step = self.calls
            self.waited = 0
        else:
            self.waited += 1
        self.calls += 1
        return self.waited >= self.patience
        ### END SOLUTION


# %% visible="EarlyStopping"
def try_early_stopping():
    stopping, trace = EarlyStopping(patience=2, min_delta=0.1), []
    for metric in (5.0, 4.0, 3.95, 3.8, 3.9, math.nan):
        trace.append((stopping.step(metric), stopping.best_step))
    stops, steps = [stop for stop, _ in trace], [step for _, step in trace]
    assert stops == [False] * 5 + [True], f"in the worked example only the last call returns True, but yours: {stops}"
    assert steps == [0, 1, 1, 3, 3, 3], f"the worked example's best_step is 0, 1, 1, 3, 3, 3, but yours is {steps}"
    print("EarlyStopping: the worked example is right")


try_early_stopping()

# %% graded="EarlyStopping"

# %% [markdown]
# ## 8. `ensemble_predict`: what several models say together
#
# **Why it matters.** Averaging models that err differently lowers the error for certain, by exactly as much as they
# disagree. For classifiers the question is what to average.
#
# **Write** `ensemble_predict(logits)`. `logits` has shape `(M, N, K)`: for each of $M$ models and each of $N$ examples
# one number per class, before the softmax. Return the ensemble's *probabilities*, an array of shape `(N, K)`: the mean
# of the models' probabilities, every model counting the same.
#
# - A model's probabilities for an example are the softmax of its $K$ logits.
# - The logits may be large, up to about a thousand of either sign.
# - $M$ may be 1.
#
# **Example.** Two models, one example, two classes: `logits = [[[0., 0.]], [[log 9, 0.]]]`. The first model's
# probabilities are `[0.5, 0.5]`, the second's `[0.9, 0.1]`, and the ensemble's `[[0.7, 0.3]]`.


# %% answer="ensemble_predict"
def ensemble_predict(logits):
    """The mean of several models' probabilities.

    logits: (M, N, K), for M models, N examples, K classes. Returns probabilities (N, K).
    """
    ### BEGIN SOLUTION
    exp = np.exp(logits - logits.max(axis=2, keepdims=True))
    probabilities = exp / exp.sum(axis=2, keepdims=True)
    return probabilities.mean(axis=0)
    ### END SOLUTION


# %% visible="ensemble_predict"
def try_ensemble_predict():
    found = ensemble_predict(np.array([[[0.0, 0.0]], [[math.log(9), 0.0]]]))
    assert np.shape(found) == (1, 2), f"the result should have shape (N, K) = (1, 2), but has shape {np.shape(found)}"
    assert np.allclose(found, [[0.7, 0.3]]), f"the worked example gives [[0.7, 0.3]], but yours is {found}"
    print("ensemble_predict: the worked example is right")


try_ensemble_predict()

# %% graded="ensemble_predict"

# %% [markdown]
# ## 9. `expected_calibration_error`: does 80 % mean 80 %? (optional)
#
# **Why it matters.** A model that says *80 %* should be right in 80 % of such cases. Label smoothing, dropout and
# ensembles change how sure a model is as well as how often it is right, and this number tells the two apart.
#
# **Write** `expected_calibration_error(probabilities, labels, n_bins=15)`. `probabilities` has shape `(N, K)`, each row
# sums to 1, and `labels` has shape `(N,)`.
#
# - An example's *confidence* is its largest probability; its predicted class is where that is (never a tie between two
#   classes here). It is *right* if the predicted class is its label.
# - Cut the confidences into `n_bins` bins of equal width. Bin $b$, for $b = 0, \dots,$ `n_bins` $- 1$, takes the
#   confidences in $\left(\frac{b}{B}, \frac{b + 1}{B}\right]$, where $B$ is `n_bins`: a confidence on a border
#   belongs to the bin *below*, and a confidence of 1 to the last bin.
# - Let bin $b$ hold $n_b$ of the $N$ examples, with accuracy $a_b$ (the share that is right) and mean confidence $c_b$.
#   Return one number:
#
# $$ \mathrm{ECE} = \sum_b \frac{n_b}{N} \left| a_b - c_b \right| . $$
#
# - An empty bin adds nothing.
#
# **Example.** `probabilities = [[0.75, 0.25], [0.3, 0.7], [0.1, 0.9]]`, `labels = [0, 0, 1]`, `n_bins = 4`. The
# confidences are 0.75, 0.7 and 0.9. The first two share the bin (0.5, 0.75]: one of the two is right, the mean
# confidence is 0.725. The third is alone in (0.75, 1] and right. The result is
# `2/3 * |0.5 - 0.725| + 1/3 * |1 - 0.9| = 0.18333`.


# %% answer="expected_calibration_error"
def expected_calibration_error(probabilities, labels, n_bins=15):
    """The gap between accuracy and mean confidence in each bin of confidence, weighted by the bin's examples.

    probabilities: (N, K). labels: (N,), whole numbers. Returns one number.
    """
    ### BEGIN SOLUTION
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    total = 0.0
    for b in range(n_bins):
        inside = (confidence > b / n_bins) & (confidence <= (b + 1) / n_bins)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total
    ### END SOLUTION


# %% visible="expected_calibration_error"
def try_expected_calibration_error():
    found = expected_calibration_error(np.array([[0.75, 0.25], [0.3, 0.7], [0.1, 0.9]]), np.array([0, 0, 1]), n_bins=4)
    assert np.shape(found) == (), f"the result should be one number, but has shape {np.shape(found)}"
    assert np.isclose(found, 0.55 / 3), f"the worked example gives 0.18333, but yours is {found}"
    print("expected_calibration_error: the worked example is right")


try_expected_calibration_error()

# %% graded="expected_calibration_error"

# %% [markdown]
# ## 10. `decay_groups`: which parameters decay? (optional)
#
# **Why it matters.** Decaying a bias or the scale of a normalization layer towards 0 regularizes nothing: it only moves
# the function. So serious training scripts hand their optimizer two groups, and many sort them by rules that
# break on the next model.
#
# **Write** `decay_groups(model, weight_decay)` for a torch `nn.Module`. Return a list of dictionaries, *parameter
# groups* as every torch optimizer takes them: `{"params": [...], "weight_decay": number}`.
#
# - The parameters of a normalization layer, and all biases, get the weight decay `0.0`. All other parameters get
#   `weight_decay`: weights of linear, convolutional and recurrent layers, embeddings, and what a module owns directly.
# - A layer is a normalization layer if it is an instance of one of the given `NORMALIZATIONS`. Its parameters may have
#   any number of dimensions.
# - A parameter is a bias if its *own* name begins with `bias`: `bias` in a linear layer, `bias_ih_l0` in a recurrent
#   one. Its own name is what comes after the last dot of its full name. The names of modules say nothing: a user may
#   call a linear layer `norm` or `unbiased`. (`in_proj_bias` in torch's attention doesn't begin so, and decays.)
# - A parameter with `requires_grad` False isn't trained: it belongs to no group.
# - Each parameter appears once, also if two modules share it (both are ordinary layers then).
# - The model stays as it is. The order of groups and parameters doesn't matter. Your groups are handed to
#   `torch.optim.AdamW`, whose own default decay must not reach any parameter.
#
# **Example.** `model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))` has six parameters. The two
# weights of the linear layers decay; their two biases don't, and neither do the scale and the shift of the
# normalization.


# %% given="normalizations"
NORMALIZATIONS = (
    nn.BatchNorm1d,
    nn.BatchNorm2d,
    nn.BatchNorm3d,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.InstanceNorm1d,
    nn.InstanceNorm2d,
    nn.InstanceNorm3d,
)


# %% answer="decay_groups"
def decay_groups(model, weight_decay):
    """Parameter groups for an optimizer: no decay for biases and normalization layers, weight_decay for the rest.

    model: an nn.Module. Returns a list of dictionaries with "params" and "weight_decay".
    """
    ### BEGIN SOLUTION
    decayed, others, seen = [], [], set()
    for module in model.modules():
        for name, param in module.named_parameters(recurse=False):
            if id(param) in seen or not param.requires_grad:
                continue
            seen.add(id(param))
            free = isinstance(module, NORMALIZATIONS) or name.startswith("bias")
            (others if free else decayed).append(param)
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    ### END SOLUTION


# %% visible="decay_groups"
def try_decay_groups():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    groups = decay_groups(model, 0.3)
    assert groups is not None and all("params" in g for g in groups), "return a list of dictionaries with params"
    found = {id(p): g.get("weight_decay") for g in groups for p in g["params"]}
    found = {name: found.get(id(p)) for name, p in model.named_parameters()}
    wanted = {"0.weight": 0.3, "0.bias": 0, "1.weight": 0, "1.bias": 0, "2.weight": 0.3, "2.bias": 0}
    for name, decay in wanted.items():
        assert found[name] == decay, f"{name} should have the decay {decay}, but has {found[name]}"
    print("decay_groups: the worked example is right")


try_decay_groups()

# %% graded="decay_groups"

# %% [markdown]
# ## Investigation: when is L1 the better penalty?
#
# *Worth 0 points unless your instructor says otherwise; then it is marked by hand, with the list below.*
#
# L1 gives sparse weights, so it is often chosen because few of many inputs matter. **Does it predict better than L2
# then? And what does it cost where that assumption is wrong?** Design an experiment with your own functions (questions
# 1 and 2), report its numbers, and explain them.
#
# The next cell gives you data: `regression(seed, n, useful)` draws `n` examples with 60 inputs, of which only the
# first `useful` have any effect, and noise. The effects are scaled so that the root of the sum of their squares is
# the same, however many there are. The effects are the same for every `n` with the same seed. Train with 40 examples,
# choose the strength `lam` on 200 others, and test on 1,000 more. Draw the three with `part=0`, `part=1` and
# `part=2`: other examples, same effects. With the same `part`, the longer set would begin with the inputs of the
# shorter one. The loss $\frac{1}{2N}\lVert Xw - y \rVert^2$ has the gradient `X.T @ (X @ w - y) / N`. A learning rate
# of 0.1 and 200 steps from zeros will do, with `lam` from 0.003 to 3 (if the best one lies at an end, say so;
# stopping after 200 steps is itself a little regularization): `proximal_step` for L1, plain descent with
# `l2_penalty`'s gradient for L2. Half a minute is enough.
#
# Ideas to choose from, or bring your own:
#
# - Few useful inputs against many: 3, 10, 60.
# - How many weights are exactly 0, and are the right ones?
# - Steps along `l1_penalty`'s gradient in place of proximal steps. What becomes of the zeros, what of the test error?
#
# | marks, of 6 | for |
# |---|---|
# | 1 | a question that the experiment can answer, with a guess written down before the run |
# | 2 | a fair comparison: same data, the same choice of strengths for both; several seeds and their spread |
# | 1 | numbers in a table or a figure that a reader understands without the code |
# | 2 | an explanation that follows from what the penalties do to a weight, and one thing the experiment can't tell |


# %% given="regression"
def regression(seed, n, useful, part=0):
    """n examples, X (n, 60) and y (n,); the first `useful` inputs matter. part: 0, 1, 2, for other examples."""
    truth, rng = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1 + part])
    w = np.where(np.arange(60) < useful, truth.choice([-1, 1], 60) * truth.uniform(0.5, 1.5, 60), 0.0)
    w *= 3 / np.linalg.norm(w)
    X = rng.normal(size=(n, 60))
    return X, X @ w + rng.normal(size=n)


# %% investigation="experiment"
# Your question, and your guess, before you run anything:
# ...
# Then your experiment. You may add as many cells as you like.
### BEGIN SOLUTION
def fitted(X, y, lam, penalty):
    w = np.zeros(60)
    for _ in range(200):
        grad = X.T @ (X @ w - y) / len(y)
        w = proximal_step(w, grad, 0.1, lam) if penalty == "L1" else w - 0.1 * (grad + l2_penalty(w, lam)[1])
    return w


def mean_square(w, part):
    X, y = part
    return np.mean((X @ w - y) ** 2)


def compared(seed, useful):
    """The test error and the number of zeros with each penalty, its strength chosen on validation data."""
    train, validation, test = (regression(seed, n, useful, part) for part, n in enumerate((40, 200, 1000)))
    found = {}
    for penalty in ("L1", "L2"):
        weights = [fitted(*train, lam, penalty) for lam in (0.03, 0.1, 0.2, 0.4, 0.8)]
        best = min(weights, key=lambda w: mean_square(w, validation))
        found[penalty] = mean_square(best, test), int(np.sum(best == 0))
    return found


for useful in (3, 10, 60):
    runs = [compared(seed, useful) for seed in range(5)]
    for penalty in ("L1", "L2"):
        errors, zeros = zip(*[run[penalty] for run in runs], strict=True)
        print(
            f"{useful:>2} useful inputs, {penalty}: test error {np.mean(errors):.2f} "
            f"(from {min(errors):.2f} to {max(errors):.2f} over 5 seeds), {np.mean(zeros):.0f} of 60 weights are 0"
        )

# I expected L1 to win with few useful inputs and to lose with many. The noise alone makes an error of 1, and predicting
# 0 makes 10. With 3 useful inputs L1 has 1.6 and L2 5.6; with 10 it is 3.3 against 5.2, and no two of the ranges over
# the seeds overlap. With all 60 useful L1 has 6.9 and L2 5.5; these ranges do overlap, so on this I am less sure.
#
# The reason is in the two steps. 40 examples can't determine 60 weights. L1 takes the same amount from every weight, so
# those whose gradient is smaller than lam end at 0, and what is left of the data goes to the few others. L2 shrinks all
# in proportion and spreads the effect over all 60. If all matter a little, setting 16 to 0 throws something away.
#
# The experiment can't tell how it is when inputs are correlated: these are independent. And five strengths are few; a
# finer grid could move each number a little.
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
# **The example passes, the graded cell fails.** The examples are small and tidy. The graded inputs are larger, hold
# numbers of both signs, and have other settings, up to the edges that the text names. Try such an input by hand and
# compare with a loop over the entries. The message names the kind of input that failed.
#
# **All my values are off by the same factor.** Divide one right number by yours; a worked example gives you one. Is the
# factor 2 or a half? Look at the ½ of the L2 penalty. Is it $N$, or $K$? A sum in place of an average, or the reverse.
# Is it $1 - p$, or its square? Dropout's scale belongs in training, once.
#
# **The loss is inf or NaN.** Large logits overflow in `exp`. Subtract the largest logit of each row first: it changes
# no probability. And take the logarithm of a softmax by hand, $z_k - \log \sum_j e^{z_j}$: the softmax itself may be so
# small that it is 0, and the logarithm of 0 is infinite. NaN can also come from 0 divided by 0.
#
# **It stops too early or too late.** Write the worked example's table with your object's attributes in two more
# columns: the best metric and the count. Which row is the first to differ? Look at what happens to the count at an
# improvement, at which metric yours compares with, and at whether a small step down becomes the new best.
#
# **A parameter is in the wrong group.** Print the names and shapes of the parameters in each group. Is your rule about
# the type of the module that owns the parameter, or only about names and numbers of dimensions? `modules()` walks
# through all modules, and `named_parameters(recurse=False)` gives what one of them owns.
