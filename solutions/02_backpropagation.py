# %% [markdown]
# # Assignment 02 · Backpropagation
#
# You write what happens behind `loss.backward()`. First two tools that tell a right gradient from a wrong one. Then the
# local rules of the usual layers, an engine that applies such rules to any formula, and the whole backward pass of a
# network. At the end you hunt six mistakes in somebody else's backward pass, with your own tools.
#
# - **Points:** {points}, for {questions} questions.
# - **Time:** about 150 minutes. Questions 1 to 6 take 10 to 15 minutes each, 7 and 8 about 35 each. The investigation
#   takes another 30 to 45.
# - **You need:** derivatives, the chain rule, NumPy's axes and broadcasting; for question 7 Python classes. Chapter 2
#   of the course's book explains the ideas.
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
# **Names.** $L$ is the loss, one number. `grad_x` is $\partial L / \partial x$, an array shaped like `x`, and
# `grad_out` is the gradient with respect to a function's *output*: the upstream gradient, which the layers behind it
# have computed already. $N$ is the number of examples, $D$ of inputs, $K$ of outputs or classes. A layer's weight $W$
# has shape `(K, D)`, as in torch.
#
# **Rules for every answer.** Return new arrays and leave the inputs as they were. Inputs are NumPy arrays of floats
# unless a question says otherwise. What you return may be a list or a torch tensor. About four digits must be right
# (next to nothing counts as 0), so float32 will do, except in questions 1 and 2, where differences of nearly equal
# numbers need float64. Loops are fine, and so is one answer that calls another; an error in the one then carries
# over. Don't leave the work to automatic differentiation, such as torch's `backward`: writing it is the point, and
# such a call is reported to your instructor. In a cell of your own, to check your formulas, it is a good idea.

# %% given="imports"
import math

import numpy as np

# %% [markdown]
# ## 1. `numerical_gradient`: the slow way that is hard to get wrong
#
# **Why it matters.** A gradient says how the loss reacts to a small change of each entry. You can simply try that,
# entry by entry. It is far too slow for training, and the best check there is of everything that is fast.
#
# **Write** `numerical_gradient(f, x, h=1e-5)`. `f` is a function that takes a float array shaped like `x` and returns
# one number. Return the array of centred differences
#
# $$ n_i = \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h} , $$
#
# where $e_i$ is 1 at position $i$ and 0 elsewhere: only one entry moves at a time.
#
# - `x` has one axis or more. The result is a float array of the same shape.
# - `x` may hold integers. The steps are fractions all the same.
# - `x` may be a *view* of another array, for instance a transpose.
# - `h` is a positive number. The error must fall at least as fast as $h^2$: for a quadratic `f` the result is right for
#   any `h`, up to rounding. A more accurate formula is welcome.
# - Compute in float64. Afterwards `x` must be as it was, to the last bit. `f` neither changes its argument nor keeps
#   it.
#
# **Example.** `f(x) = x[0]**2 + 3 * x[0] * x[1]` at `x = [1., 2.]` gives `[8., 3.]`.


# %% answer="numerical_gradient"
def numerical_gradient(f, x, h=1e-5):
    """The gradient of the number f(x) with respect to the array x, by centred differences.

    x: any shape, floats or integers. Returns a float64 array shaped like x.
    """
    ### BEGIN SOLUTION
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        value = x[i]
        x[i] = value + h
        above = f(x)
        x[i] = value - h
        below = f(x)
        x[i] = value
        gradient[i] = (above - below) / (2 * h)
    return gradient
    ### END SOLUTION


# %% visible="numerical_gradient"
def try_numerical_gradient():
    found = numerical_gradient(lambda v: v[0] ** 2 + 3 * v[0] * v[1], np.array([1.0, 2.0]))
    assert np.shape(found) == (2,), f"the gradient should be shaped like x, (2,), but has shape {np.shape(found)}"
    assert np.allclose(found, [8, 3]), f"the worked example's gradient is [8, 3], but yours is {np.asarray(found)}"
    found = numerical_gradient(lambda v: np.sum(v**2), np.arange(6.0).reshape(2, 3))
    assert np.shape(found) == (2, 3), f"for x of shape (2, 3) the gradient has shape {np.shape(found)}"


try_numerical_gradient()
print("numerical_gradient: the worked example is right, and a matrix keeps its shape")

# %% graded="numerical_gradient"

# %% [markdown]
# ## 2. `gradient_check`: right or wrong?
#
# **Why it matters.** A wrong gradient seldom crashes. The network trains, only worse, and the learning rate gets the
# blame. A check that you trust takes that doubt away, but only if one bad entry among thousands can't hide in it.
#
# **Write** `gradient_check(f, x, grad, rtol=1e-4, atol=1e-6)`, which says whether `grad` is the gradient of `f` at `x`.
# Let $n$ be the centred differences of question 1, with $h = 10^{-5}$. Return `True` if `grad` has the same shape as
# `x` and *every* entry $g_i$ of it fulfils
#
# $$ |g_i - n_i| \le \mathtt{atol} + \mathtt{rtol} \cdot |n_i| , $$
#
# and `False` otherwise.
#
# - A `grad` of another shape is wrong, also if NumPy would broadcast it. Return `False`, don't raise an error.
# - A `grad` that contains NaN is wrong.
# - Return one bool, `True` or `False`. `x` and `grad` are NumPy arrays of floats, and `f` is as in question 1.
#
# You may call your `numerical_gradient`; if it is wrong, so is this. Or write the loop again.
#
# **Example.** For `f(x) = x[0]**2 + 3 * x[0] * x[1]` at `x = [1., 2.]`, the gradient `[8., 3.]` is right. `[8., 3.01]`
# is wrong, and so is `[[8., 3.]]`.


# %% answer="gradient_check"
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    """Whether every entry of grad is within atol + rtol * abs(n) of the centred difference n.

    f: takes an array shaped like x, returns a number. x, grad: arrays of floats. Returns True or False.
    """
    ### BEGIN SOLUTION
    if np.shape(grad) != np.shape(x):
        return False
    n = numerical_gradient(f, x)
    error = np.abs(grad - n)
    return bool(np.all(error <= atol + rtol * np.abs(n)))
    ### END SOLUTION


# %% visible="gradient_check"
def try_gradient_check():
    def f(v):
        return v[0] ** 2 + 3 * v[0] * v[1]

    x = np.array([1.0, 2.0])
    right = gradient_check(f, x, np.array([8.0, 3.0]))
    assert isinstance(right, bool | np.bool_), f"return True or False, not {right!r}"
    assert right, "for the worked example [8, 3] is right, but your check says it isn't"
    assert not gradient_check(f, x, np.array([8.0, 3.01])), "[8, 3.01] is wrong, but your check accepts it"
    assert not gradient_check(f, x, np.array([[8.0, 3.0]])), "[[8, 3]] has another shape, but your check accepts it"


try_gradient_check()
print("gradient_check: it accepts the right gradient, and rejects a wrong number and a wrong shape")

# %% graded="gradient_check"

# %% [markdown]
# ## 3. `linear_forward` and `linear_backward`: the layer
#
# **Why it matters.** Nearly all parameters of a network sit in products with a matrix. Its backward pass is two more
# such products, which is why a training step costs about three times a prediction.
#
# **Write** `linear_forward(x, W, b)`, which returns $y = x W^\top + b$.
#
# - `x` has shape `(N, D)`, or `(N, T, D)` for sequences of $T$ vectors. `W` is `(K, D)` and `b` is `(K,)`.
# - `y` is `(N, K)`, or `(N, T, K)`: every vector goes through the same layer.
#
# **Write** `linear_backward(grad_out, x, W)`, which returns `grad_x`, `grad_W` and `grad_b`, in this order: the
# gradients of $L$ with respect to $x$, $W$ and $b$, each shaped like what it belongs to. `grad_out` $= \partial L /
# \partial y$ is shaped like `y`.
#
# `W` and `b` are used by every vector of the batch: what happens to gradients where a value is used many times? $L$ may
# contain an average over the batch; if so, `grad_out` contains it already. The two functions are marked apart.
#
# **Example.** `x = [[1., 2.], [3., 4.]]`, `W = [[1., 10.]]`, `b = [5.]` give `y = [[26.], [48.]]`. With
# `grad_out = [[1.], [2.]]`, `grad_x = [[1., 10.], [2., 20.]]`, `grad_W = [[7., 10.]]` and `grad_b = [3.]`.


# %% answer="linear_forward"
def linear_forward(x, W, b):
    """A linear layer, y = x W^T + b.

    x: (N, D) or (N, T, D). W: (K, D). b: (K,). Returns y, (N, K) or (N, T, K).
    """
    ### BEGIN SOLUTION
    return x @ W.T + b
    ### END SOLUTION


# %% visible="linear_forward"
def try_linear_forward():
    y = linear_forward(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 10.0]]), np.array([5.0]))
    assert np.shape(y) == (2, 1), f"y should have shape (2, 1), but has {np.shape(y)}"
    assert np.allclose(y, [[26], [48]]), (
        f"the worked example's y is [[26], [48]], but yours is {np.asarray(y).tolist()}"
    )
    y = linear_forward(np.ones((2, 3, 5)), np.ones((4, 5)), np.ones(4))
    assert np.shape(y) == (2, 3, 4), f"sequences (2, 3, 5) should become (2, 3, 4), but became {np.shape(y)}"


try_linear_forward()
print("linear_forward: the worked example is right, and sequences run")


# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    """The gradients of a loss with respect to linear_forward's x, W and b.

    grad_out: (N, K) or (N, T, K). x: (N, D) or (N, T, D). W: (K, D).
    Returns grad_x, shaped like x, grad_W (K, D) and grad_b (K,).
    """
    ### BEGIN SOLUTION
    g = grad_out.reshape(-1, W.shape[0])
    rows = x.reshape(-1, W.shape[1])
    grad_x = grad_out @ W
    grad_W = g.T @ rows
    grad_b = g.sum(axis=0)
    return grad_x, grad_W, grad_b
    ### END SOLUTION


# %% visible="linear_backward"
def try_linear_backward():
    x, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 10.0]])
    found = linear_backward(np.array([[1.0], [2.0]]), x, W)
    assert found is not None and len(found) == 3, "return three arrays: grad_x, grad_W, grad_b"
    grad_x, grad_W, grad_b = (np.asarray(g) for g in found)
    shapes = [grad_x.shape, grad_W.shape, grad_b.shape]
    assert shapes == [(2, 2), (1, 2), (1,)], f"the shapes should be (2, 2), (1, 2) and (1,), but are {shapes}"
    assert np.allclose(grad_b, 3), f"the worked example's grad_b is [3], but yours is {grad_b}"
    assert np.allclose(grad_W, [[7, 10]]), f"the worked example's grad_W is [[7, 10]], but yours is {grad_W.tolist()}"
    assert np.allclose(grad_x, [[1, 10], [2, 20]]), f"the worked example's grad_x is not {grad_x.tolist()}"
    shapes = [np.shape(g) for g in linear_backward(np.ones((2, 3, 4)), np.ones((2, 3, 5)), np.ones((4, 5)))]
    assert shapes == [(2, 3, 5), (4, 5), (4,)], f"for sequences the shapes are (2, 3, 5), (4, 5), (4,), not {shapes}"


try_linear_backward()
print("linear_backward: the worked example is right, and so are the shapes for sequences")

# %% graded="linear"

# %% [markdown]
# ## 4. `relu_backward`, `sigmoid_backward`, `tanh_backward`, `silu_backward`: the bends
#
# **Why it matters.** An activation works on each entry alone, so its backward pass only multiplies: the upstream
# gradient times the slope at that entry. These slopes decide what is left of a gradient after thirty layers.
#
# **Write** four functions of `(grad_out, x)`. Each returns `grad_x`, the gradient with respect to the activation's
# *input*. `x` is that input (not the output), and `grad_out` is shaped like it. Any number of axes.
#
# | function | the activation |
# |---|---|
# | `relu_backward` | $\mathrm{relu}(x) = \max(x, 0)$ |
# | `sigmoid_backward` | $\sigma(x) = 1 / (1 + e^{-x})$ |
# | `tanh_backward` | $\tanh(x)$ |
# | `silu_backward` | $\mathrm{silu}(x) = x\,\sigma(x)$ |
#
# - At $x = 0$ ReLU has a kink. Let the slope there be 0, as torch does.
# - Entries of `x` may be as large as $\pm 1000$. The result must be finite there. (A warning about an overflow does no
#   harm, a NaN does.)
#
# The four are marked apart.
#
# **Example.** With `x = [-2., 0., 2.]` and `grad_out = [10., 10., 10.]`: ReLU gives `[0., 0., 10.]`, the sigmoid
# `[1.05, 2.5, 1.05]`, tanh `[0.7065, 10., 0.7065]` and SiLU `[-0.9078, 5., 10.9078]`, rounded.


# %% answer="relu_backward"
def relu_backward(grad_out, x):
    """The gradient with respect to x, through y = max(x, 0). Both arguments and the result are shaped alike."""
    ### BEGIN SOLUTION
    return grad_out * (x > 0)
    ### END SOLUTION


# %% answer="sigmoid_backward"
def sigmoid_backward(grad_out, x):
    """The gradient with respect to x, through y = 1 / (1 + exp(-x)). All shaped alike."""
    ### BEGIN SOLUTION
    sigma = np.exp(-np.logaddexp(0, -x))
    return grad_out * sigma * (1 - sigma)
    ### END SOLUTION


# %% answer="tanh_backward"
def tanh_backward(grad_out, x):
    """The gradient with respect to x, through y = tanh(x). All shaped alike."""
    ### BEGIN SOLUTION
    y = np.tanh(x)
    return grad_out * (1 - y**2)
    ### END SOLUTION


# %% answer="silu_backward"
def silu_backward(grad_out, x):
    """The gradient with respect to x, through y = x / (1 + exp(-x)). All shaped alike."""
    ### BEGIN SOLUTION
    gate = np.exp(-np.logaddexp(0, -x))
    slope = gate + x * gate * (1 - gate)
    return grad_out * slope
    ### END SOLUTION


# %% visible="activations"
def try_activations():
    x, grad_out = np.array([-2.0, 0.0, 2.0]), np.full(3, 10.0)
    examples = {
        relu_backward: [0, 0, 10],
        sigmoid_backward: [1.0499, 2.5, 1.0499],
        tanh_backward: [0.7065, 10, 0.7065],
        silu_backward: [-0.9078, 5, 10.9078],
    }
    for function, expected in examples.items():
        try:
            found = function(grad_out.copy(), x.copy())
        except NotImplementedError:
            print(f"{function.__name__}: not written yet")
            continue
        assert np.shape(found) == (3,), f"{function.__name__}: shape {np.shape(found)} came back, (3,) is right"
        found = np.asarray(found)
        assert np.allclose(found, expected, atol=1e-3), f"{function.__name__}: the worked example isn't {found}"
        print(f"{function.__name__}: the worked example is right")


try_activations()

# %% graded="activations"

# %% [markdown]
# ## 5. `softmax_cross_entropy_forward` and `softmax_cross_entropy_backward`: where the gradient starts
#
# **Why it matters.** This is the last node of nearly every classifier, so its gradient is where backpropagation
# begins. Softmax and logarithm together make that gradient a plain difference, and let it be computed without overflow.
#
# **Write** `softmax_cross_entropy_forward(logits, targets)`, which returns one number, the *mean* over the examples of
#
# $$ -\sum_{k=1}^{K} y_k \log p_k , \qquad p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} . $$
#
# - `logits` has shape `(N, K)`: the numbers $z_k$, one row per example.
# - `targets` is either an integer array `(N,)` of class numbers from 0 to $K - 1$; then $y_k$ is 1 for that class
#   and 0 for the others. Or it is a float array `(N, K)` whose rows are probabilities $y_k$ that sum to 1 (soft
#   labels).
# - Logits may be as large as $\pm 1000$, large in one row and small in the next. The result must be right there too.
#
# **Write** `softmax_cross_entropy_backward(grad_out, logits, targets)`, which returns the gradient with respect to
# `logits`, shaped like them. `grad_out` is a number: the gradient of $L$ with respect to the mean that the forward
# function returned. It isn't always 1: there may be other terms in $L$, or a factor. The two functions are marked
# apart.
#
# **Example.** `logits = [[0., 0.], [0., log 3]]` and `targets = [1, 0]`. The rows of probabilities are `[1/2, 1/2]` and
# `[1/4, 3/4]`, so the loss is `(log 2 + log 4) / 2 = 1.0397`. With `grad_out = 2.` the gradient is
# `[[0.5, -0.5], [-0.75, 0.75]]`.


# %% answer="softmax_cross_entropy_forward"
def softmax_cross_entropy_forward(logits, targets):
    """The mean cross-entropy of softmax(logits). Returns one number.

    logits: (N, K). targets: class numbers (N,), integers, or probabilities (N, K).
    """
    ### BEGIN SOLUTION
    N, K = logits.shape
    y = np.eye(K)[targets] if targets.ndim == 1 else targets
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(y * log_p) / N
    ### END SOLUTION


# %% visible="softmax_cross_entropy_forward"
def try_softmax_cross_entropy_forward():
    logits = np.array([[0.0, 0.0], [0.0, np.log(3)]])
    loss = softmax_cross_entropy_forward(logits, np.array([1, 0]))
    assert np.shape(loss) == (), f"the loss should be one number, but has shape {np.shape(loss)}"
    assert np.isclose(loss, 1.0397, atol=1e-4), f"the worked example's loss is 1.0397, but yours is {loss}"
    soft = softmax_cross_entropy_forward(logits, np.array([[0.0, 1.0], [1.0, 0.0]]))
    assert np.isclose(soft, 1.0397, atol=1e-4), f"the same targets as rows of probabilities give {soft}, not 1.0397"


try_softmax_cross_entropy_forward()
print("softmax_cross_entropy_forward: the worked example is right, with class numbers and with probabilities")


# %% answer="softmax_cross_entropy_backward"
def softmax_cross_entropy_backward(grad_out, logits, targets):
    """The gradient of a loss with respect to the logits, (N, K).

    grad_out: a number, the gradient with respect to what the forward function returns. logits: (N, K).
    targets: class numbers (N,), integers, or probabilities (N, K).
    """
    ### BEGIN SOLUTION
    examples, classes = logits.shape
    wanted = np.eye(classes)[targets] if targets.ndim == 1 else targets
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return grad_out * (p - wanted) / examples
    ### END SOLUTION


# %% visible="softmax_cross_entropy_backward"
def try_softmax_cross_entropy_backward():
    logits = np.array([[0.0, 0.0], [0.0, np.log(3)]])
    found = softmax_cross_entropy_backward(2.0, logits, np.array([1, 0]))
    assert np.shape(found) == (2, 2), f"the gradient should be shaped like the logits, but has shape {np.shape(found)}"
    found = np.asarray(found)
    expected = [[0.5, -0.5], [-0.75, 0.75]]
    assert np.allclose(found, expected), f"the worked example's gradient is {expected}, but yours is {found.tolist()}"


try_softmax_cross_entropy_backward()
print("softmax_cross_entropy_backward: the worked example is right")

# %% graded="softmax_cross_entropy"

# %% [markdown]
# ## 6. `unbroadcast`: the other half of broadcasting
#
# **Why it matters.** Broadcasting uses one number many times, without saying so. Whoever differentiates `x + b` must
# therefore add up what comes back, over exactly the axes that NumPy had repeated.
#
# **Write** `unbroadcast(grad, shape)`. An array $b$ of shape `shape` was broadcast to the shape of `grad` and used
# there. `grad` is the gradient with respect to the broadcast array. Return the gradient with respect to $b$ itself, of
# shape `shape`.
#
# - NumPy broadcasts like this: it lines the shapes up from the *last* axis, puts axes in front where `shape` has too
#   few, and repeats axes of length 1. `grad.shape` is always a shape to which `shape` broadcasts.
# - `shape` is a tuple. It may be `()`; then return a single number. It may equal `grad.shape`; then nothing was
#   repeated.
# - Return a new array.
#
# **Example.** `grad = [[1., 2., 3.], [4., 5., 6.]]`. Shape `(3,)` gives `[5., 7., 9.]`, shape `(2, 1)` gives
# `[[6.], [15.]]`, and shape `()` gives `21.`.


# %% answer="unbroadcast"
def unbroadcast(grad, shape):
    """The gradient with respect to an array of this shape that was broadcast to grad's shape.

    grad: an array. shape: a tuple that broadcasts to grad.shape. Returns an array of that shape.
    """
    ### BEGIN SOLUTION
    added = grad.ndim - len(shape)
    summed = grad.sum(axis=tuple(range(added)))
    repeated = tuple(i for i, n in enumerate(shape) if n == 1)
    return summed.sum(axis=repeated, keepdims=True)
    ### END SOLUTION


# %% visible="unbroadcast"
def try_unbroadcast():
    grad = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    for shape, expected in {(3,): [5, 7, 9], (2, 1): [[6], [15]], (): 21, (2, 3): grad}.items():
        found = np.asarray(unbroadcast(grad.copy(), shape))
        assert found.shape == shape, f"the shape should be {shape}, but is {found.shape}"
        assert np.allclose(found, expected), f"for shape {shape} the worked example isn't {found.tolist()}"


try_unbroadcast()
print("unbroadcast: the worked example is right for four shapes")

# %% graded="unbroadcast"

# %% [markdown]
# ## 7. `Value`: an engine in one class (harder)
#
# **Why it matters.** Nobody derives the gradient of a whole network. Each operation knows its own local derivatives,
# and an engine records which value came from which and multiplies along. torch does this with arrays; you do
# it with single numbers.
#
# **Write** the class `Value(data)`, a number that remembers where it came from.
#
# - `v.data` is the number. `v.grad` is a number too, 0.0 at first.
# - `a + b` and `a * b` make a new `Value`. One of the two may be a plain `int` or `float`, on either side.
# - `a ** n` does so for a plain number `n`, whole or not, positive or negative. `a.exp()`, `a.tanh()` and `a.relu()` do
#   so for $e^a$, $\tanh a$ and $\max(a, 0)$; at 0, ReLU's derivative is 0. You needn't guard against what has no
#   derivative or no finite value, such as `a ** 0.5` at 0.
# - `a - b`, `-a` and `a / b`, and a plain number on the left, come from the given class `Arithmetic`, if you inherit
#   from it as the stub does. You may write them yourself instead.
# - `out.backward()` takes `out` as the loss. To the `grad` of every `Value` that `out` was computed from, it *adds* the
#   derivative of `out` with respect to it. (With respect to itself, that is 1.)
# - `__init__` may take more arguments than `data`, if they have defaults.
# - The same `Value` may be used several times, also twice in one operation. Its derivative is then the sum over all
#   paths.
# - Calling `backward` again, on the same output or on another one that shares values, adds to the `grad` of the leaves
#   (the values you created yourself), as in torch. Setting `v.grad = 0.0` starts afresh. What `grad` holds for values
#   in between is yours to decide and isn't graded.
# - A chain of 5,000 operations works. Python stops a function that calls itself more than 1,000 times deep or so.
#
# A derivative can be passed on only once it is complete: after *all* the places where the value was used have added
# their share. So find an order in which each value comes after everything that was computed from it.
#
# **Example.** `a, b = Value(2.0), Value(-3.0)`, `out = a * b + a`, `out.backward()`: then `out.data = -4`,
# `a.grad = -3 + 1 = -2` and `b.grad = 2`. After a second `out.backward()` they are -4 and 4.


# %% given="arithmetic"
class Arithmetic:
    """Subtraction, division and numbers on the left, for a class that has +, * and **."""

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return self**-1 * other


# %% answer="Value"
class Value(Arithmetic):
    """A number that remembers what it was computed from. data: the number. grad: d(output)/d(self), added up."""

    def __init__(self, data, parents=()):
        """A leaf, or the result of an operation: what the latter must remember is up to you."""
        ### BEGIN SOLUTION
        self.data = data
        self.grad = 0.0
        self.parents = parents  # (Value, local derivative), one pair for each use
        ### END SOLUTION

    def __add__(self, other):
        """self + other, a new Value. other: a Value or a plain number."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])
        ### END SOLUTION

    def __mul__(self, other):
        """self * other, a new Value. other: a Value or a plain number."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])
        ### END SOLUTION

    def __pow__(self, n):
        """self to the power of the plain number n, a new Value."""
        ### BEGIN SOLUTION
        return Value(self.data**n, [(self, n * self.data ** (n - 1))])
        ### END SOLUTION

    def exp(self):
        """e to the power of self, a new Value."""
        ### BEGIN SOLUTION
        y = math.exp(self.data)
        return Value(y, [(self, y)])
        ### END SOLUTION

    def tanh(self):
        """The hyperbolic tangent of self, a new Value."""
        ### BEGIN SOLUTION
        t = math.tanh(self.data)
        return Value(t, [(self, 1 - t**2)])
        ### END SOLUTION

    def relu(self):
        """The larger of self and 0, a new Value."""
        ### BEGIN SOLUTION
        return Value(max(self.data, 0.0), [(self, 1.0 if self.data > 0 else 0.0)])
        ### END SOLUTION

    def backward(self):
        """Add d(self)/d(v) to v.grad, for every Value v that self was computed from."""
        ### BEGIN SOLUTION
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            v, finished = stack.pop()
            if finished:
                order.append(v)
            elif v not in seen:
                seen.add(v)
                stack.append((v, True))
                stack += [(parent, False) for parent, _ in v.parents]
        flow = dict.fromkeys(order, 0.0)  # of this call alone
        flow[self] = 1.0
        for v in reversed(order):
            for parent, derivative in v.parents:
                flow[parent] += derivative * flow[v]
        for v in order:
            v.grad += flow[v]
        ### END SOLUTION


# %% visible="Value"
def try_Value():
    a, b = Value(2.0), Value(-3.0)
    out = a * b + a
    assert out.data == -4, f"the worked example's result is -4, but yours is {out.data}"
    out.backward()
    assert (a.grad, b.grad) == (-2, 2), f"the worked example's gradients are -2 and 2, but yours are {a.grad}, {b.grad}"
    out.backward()
    assert (a.grad, b.grad) == (-4, 4), f"after a second call they are -4 and 4, but yours are {a.grad}, {b.grad}"
    c = Value(0.5)
    y = (1 - c.tanh()) / 2 + 3 * c.exp() - c**2 + c.relu()
    y.backward()
    assert np.isclose(c.grad, 4.5529, atol=1e-4), f"a longer formula's gradient is 4.5529, but yours is {c.grad}"


try_Value()
print("Value: the worked example is right, twice, and a formula with every operation")

# %% graded="Value"

# %% [markdown]
# ## 8. `mlp_loss_and_gradients`: the whole backward pass (harder)
#
# **Why it matters.** This is one step of training without the step. You walk through the layers once, keep what
# the way back needs, and walk back once. The gradients of a million parameters cost about as much as two predictions.
#
# **Write** `mlp_loss_and_gradients(params, x, labels)` for a multilayer perceptron with $M$ layers, $M \ge 1$.
#
# - `params` is a dictionary with the keys `"W1"`, `"b1"`, ..., `"WM"`, `"bM"` (with the number in place of M). `"W1"`
#   has shape `(H1, D)` and `"b1"` has `(H1,)`; `"W2"` has `(H2, H1)`, and so on; the last has `(K, H)`. All widths may
#   differ. There are `len(params) // 2` layers.
# - `x` is `(N, D)`, and `labels` an integer array `(N,)` of class numbers.
# - Each layer computes $h W^\top + b$. After each but the last comes a ReLU. The last layer's results are the logits.
# - The loss is the mean over the examples of the softmax cross-entropy of question 5.
# - Return the loss, one number, and a dictionary of the gradients with the keys of `params`, each shaped like
#   its parameter. Leave `params` as they are.
#
# You may call your functions of questions 3 to 5; their errors then carry over. Or write everything here: it
# is about twenty lines.
#
# **Example.** One layer: `W1 = [[1.], [0.]]`, `b1 = [0., 1.]`, `x = [[1.]]`, `labels = [1]`. Both logits are 1, so the
# loss is `log 2 = 0.6931`, and the gradients are `W1: [[0.5], [-0.5]]` and `b1: [0.5, -0.5]`.


# %% answer="mlp_loss_and_gradients"
def mlp_loss_and_gradients(params, x, labels):
    """The loss of a ReLU network and the gradient of every parameter.

    params: {"W1": (H1, D), "b1": (H1,), ...}. x: (N, D). labels: (N,), integers.
    Returns the loss, one number, and a dictionary with the keys and shapes of params.
    """
    ### BEGIN SOLUTION
    layers, N = len(params) // 2, len(x)
    inputs, h = [], x
    for i in range(1, layers + 1):
        inputs.append(h)
        z = h @ params[f"W{i}"].T + params[f"b{i}"]
        h = np.maximum(z, 0)
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(N), labels].mean()
    g = np.exp(log_p)
    g[np.arange(N), labels] -= 1
    g = g / N
    gradients = {}
    for i in range(layers, 0, -1):
        h = inputs[i - 1]
        gradients[f"b{i}"] = g.sum(axis=0)
        gradients[f"W{i}"] = g.T @ h
        g = (g @ params[f"W{i}"]) * (h > 0)
    return loss, gradients
    ### END SOLUTION


# %% visible="mlp_loss_and_gradients"
def try_mlp():
    params = {"W1": np.array([[1.0], [0.0]]), "b1": np.array([0.0, 1.0])}
    result = mlp_loss_and_gradients(params, np.array([[1.0]]), np.array([1]))
    assert result is not None and len(result) == 2, "return two things: the loss and a dictionary of gradients"
    loss, gradients = result
    assert np.isclose(loss, 0.6931, atol=1e-4), f"the worked example's loss is 0.6931, but yours is {loss}"
    assert set(gradients) == {"W1", "b1"}, f"the gradients' keys should be W1 and b1, but are {sorted(gradients)}"
    for name, expected in {"b1": [0.5, -0.5], "W1": [[0.5], [-0.5]]}.items():
        found = np.asarray(gradients[name])
        assert np.shape(found) == np.shape(expected), f"the gradient of {name} has shape {found.shape}"
        assert np.allclose(found, expected), f"the gradient of {name} is {expected}, but yours is {found.tolist()}"
    widths = [3, 5, 4, 2]
    params = {f"W{i}": np.ones((widths[i], widths[i - 1])) for i in (1, 2, 3)}
    params |= {f"b{i}": np.ones(widths[i]) for i in (1, 2, 3)}
    _, gradients = mlp_loss_and_gradients(params, np.ones((6, 3)), np.array([0, 1, 1, 0, 1, 0]))
    for name, value in params.items():
        assert np.shape(gradients[name]) == value.shape, f"the gradient of {name} isn't shaped like {name}"


try_mlp()
print("mlp_loss_and_gradients: the worked example is right, and so are the shapes for three layers")

# %% graded="mlp_loss_and_gradients"

# %% [markdown]
# ## Investigation: a bug hunt
#
# *Worth 0 points unless your instructor says otherwise; then it is marked by hand, with the list below.*
#
# The next cell holds a network with a skip connection and a penalty on the weights. `network_loss` is right.
# `network_gradients` contains **six mistakes**, all of kinds that people make. None of them crashes, and every gradient
# has the right shape. **Find them with your `gradient_check`, and find out when such a check sees nothing.**
#
# Copy `network_gradients` into the investigation's cell under another name and repair it there. Check one parameter at
# a time, in the order `b3`, `W3`, `b2`, `W2`, `b1`, `W1`: what is wrong at the end of the network is handed on to every
# layer before it, and one gradient may hold two mistakes. Then try your check on each mistake *alone*, at points of
# different kinds. Ideas:
#
# - a batch of a single example; no penalty, `lam=0`; all weights and biases 0; `x` and `b1` so small that tanh is
#   nearly a line;
# - a point at which all entries of ReLU's input are far above 0;
# - a wrong `network_loss` together with gradients that are right for *it*. What does the check say, and why?
#
# | marks, of 6 | for |
# |---|---|
# | 2 | the six mistakes, each with the gradient in which the check first showed it |
# | 1 | a repaired function that passes for every parameter, at more than one random point |
# | 1 | a table of mistakes against points: caught by any of the six gradients, or not |
# | 2 | for what was missed, the reason, from the formulas; and one error that no gradient check can find |


# %% given="hunt"
def network_values(params, x):
    """The values on the way through the network: tanh, then a ReLU layer with a skip around it, then logits."""
    a1 = x @ params["W1"].T + params["b1"]
    h1 = np.tanh(a1)
    a2 = h1 @ params["W2"].T + params["b2"]
    h2 = np.maximum(a2, 0) + h1
    logits = h2 @ params["W3"].T + params["b3"]
    return a1, h1, a2, h2, logits


def network_loss(params, x, labels, lam):
    """Mean softmax cross-entropy, plus lam / 2 times the sum of all squared weights. It is right."""
    logits = network_values(params, x)[-1]
    data_loss = np.mean(np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(x)), labels])
    penalty = lam / 2 * sum(np.sum(params[name] ** 2) for name in ("W1", "W2", "W3"))
    return data_loss + penalty


def network_gradients(params, x, labels, lam):
    """The gradients of network_loss, with six mistakes."""
    a1, h1, a2, h2, logits = network_values(params, x)
    g = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = g / g.sum(axis=1, keepdims=True)
    g[np.arange(len(x)), labels] -= 1
    gradients = {"b3": g.sum(axis=0)}
    gradients["W3"] = g.T @ h2 + lam * params["W3"]
    g_h2 = g @ params["W3"]
    g_a2 = g_h2 * (h2 > 0)
    gradients["b2"] = g_a2.sum(axis=0)
    gradients["W2"] = h1.T @ g_a2 + lam * params["W2"]
    g_h1 = g_a2 @ params["W2"]
    g_a1 = g_h1 * (1 - a1**2)
    gradients["b1"] = g_a1.sum(axis=0)
    gradients["W1"] = g_a1.T @ x
    return gradients


def random_point(seed, N=6):
    """params, x, labels and lam for the two functions above: 3 inputs, 4 hidden units, 5 classes."""
    rng = np.random.default_rng(seed)
    shapes = {"W1": (4, 3), "b1": (4,), "W2": (4, 4), "b2": (4,), "W3": (5, 4), "b3": (5,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return params, rng.normal(size=(N, 3)), rng.integers(0, 5, N), 0.1


# The loss as a function of one parameter, for your gradient_check:
#   params, x, labels, lam = random_point(0)
#   f = lambda v: network_loss(params | {"W2": v}, x, labels, lam)
#   print(gradient_check(f, params["W2"], network_gradients(params, x, labels, lam)["W2"]))

# %% investigation="hunt"
# The repaired function, then your experiment. You may add as many cells as you like.
### BEGIN SOLUTION
MISTAKES = ("not divided by N", "mask after the skip", "W2 transposed", "skip lost", "tanh of a1", "no penalty on W1")


def repaired(params, x, labels, lam, mistake=""):
    a1, h1, a2, h2, logits = network_values(params, x)
    gradients = {}
    g = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = g / g.sum(axis=1, keepdims=True)
    g[np.arange(len(x)), labels] -= 1
    g = g if mistake == "not divided by N" else g / len(x)
    gradients["b3"] = g.sum(axis=0)
    gradients["W3"] = g.T @ h2 + lam * params["W3"]
    g_h2 = g @ params["W3"]
    g_a2 = g_h2 * ((h2 if mistake == "mask after the skip" else a2) > 0)
    gradients["b2"] = g_a2.sum(axis=0)
    gradients["W2"] = (h1.T @ g_a2 if mistake == "W2 transposed" else g_a2.T @ h1) + lam * params["W2"]
    g_h1 = g_a2 @ params["W2"] + (0 if mistake == "skip lost" else g_h2)
    g_a1 = g_h1 * (1 - (a1 if mistake == "tanh of a1" else h1) ** 2)
    gradients["b1"] = g_a1.sum(axis=0)
    gradients["W1"] = g_a1.T @ x + (0 if mistake == "no penalty on W1" else lam * params["W1"])
    return gradients


def first_wrong(point, mistake):
    """The first parameter, from the end of the network, whose gradient the check rejects, or "-"."""
    params, x, labels, lam = point
    gradients = repaired(*point, mistake)
    for name in ("b3", "W3", "b2", "W2", "b1", "W1"):

        def f(v, name=name):
            return network_loss(params | {name: v}, x, labels, lam)

        if not gradient_check(f, params[name], gradients[name]):
            return name
    return "-"


def changed(seed, N=6, no_penalty=False, scale=1.0, shift=0.0, weights=1.0):
    params, x, labels, lam = random_point(seed, N)
    params = {k: weights * v for k, v in params.items()}
    params["b2"] = params["b2"] + shift
    if scale != 1.0:
        params["b1"] = scale * params["b1"]
    return params, scale * x, labels, 0.0 if no_penalty else lam


points = {
    "ordinary": {},
    "one example": {"N": 1},
    "lam = 0": {"no_penalty": True},
    "weights 0": {"weights": 0.0},
    "tiny inputs": {"scale": 1e-4},
    "ReLU open": {"shift": 20.0},
}
print(f"{'':<20}" + "".join(f"{name:>13}" for name in points))
for mistake in ("", *MISTAKES):
    row = [[first_wrong(changed(seed, **how), mistake) for seed in range(3)] for how in points.values()]
    print(f"{mistake or 'repaired':<20}" + "".join(f"{' '.join(found):>13}" for found in row))

# Each column holds three random points; "-" means that the check accepted every gradient. I found the mistakes in this
# order: b3 (not divided by N), b2 (the mask looks at h2, which contains the skip; only ReLU's own input a2 decides), W2
# (transposed, which a square matrix hides from the shapes), b1 (the skip's share is missing; then tanh's slope, which
# is 1 - h1**2), and W1 (no penalty).
#
# At ordinary points all six are caught. A batch of one hides the missing division by N. lam = 0 hides the missing
# penalty. All weights 0 hide all but the first: nothing flows back through W3, and the penalty's gradient is 0 there.
# Tiny inputs hide the wrong tanh, since a1 and tanh(a1) agree near 0. (At two of these points the wrong mask goes
# unseen too, by luck: no entry with a2 < 0 has h1 > 0 there.) An open ReLU hides the mask, because h2 is then positive
# as well.
#
# What no such check finds: a mistake in network_loss itself, if the gradients follow it. It only says that the two
# agree.
### END SOLUTION

# %% [markdown]
# **Your conclusion.** (Double-click here and write.) Which mistakes did you find, and where did each show first? At
# which points would you have missed one, and why? What can no gradient check tell?

# %% [markdown]
# ## Stuck?
#
# Look for your symptom. Each entry tells you where to look.
#
# {stuck}
#
# **The numerical gradient is off.** Off by a factor of 2? The two points are $2h$ apart. The same number everywhere?
# Move one entry at a time. Right for floats and wrong for integers? An integer array can't hold a step of 0.00001.
# Right in the example and slightly off elsewhere? Put every entry back before you move the next one.
#
# **My check says the wrong thing.** Print the entries of `grad`, of the differences and of the bound, side by side, for
# a gradient that you know. Does one bad entry vanish in an average or a norm? Which comparison does NaN fulfil? What
# does NumPy do with shapes `(2,)` and `(1, 2)`?
#
# **My gradient is off by the same factor everywhere.** Divide the numerical gradient by yours. Is it the number of
# examples? Then an average was taken once too often or not at all. Is it the upstream gradient? It multiplies
# everything. Is it a different factor in each entry? Then it is a slope, taken at the wrong place or left out.
#
# **One gradient is right and another is wrong.** Go backwards: the first wrong one, seen from the loss, is where the
# mistake is. Everything before it in the network inherits its error. Compare with your own `numerical_gradient`, with
# one example first, then with two.
#
# **NaN, infinity, or a RecursionError.** Which number reaches `exp`? Above about 709 it is infinite, and infinity
# divided by itself is NaN: the same value has forms in which only negative numbers are exponentiated. A RecursionError
# means that one call of a function waits for a call of the same function, thousands deep; a list of what is still to do
# needs no such calls.
#
# **The example passes, the graded cell fails.** The examples are small and tidy. The graded inputs have sizes that
# differ from each other, upstream gradients that aren't 1, entries of both signs, and the edge cases that the text
# names. The message names the kind of input that failed.
#
# **Gradients of my Value are wrong.** Draw the graph for three operations and write each derivative on its arrow. Is a
# value used twice? Then two numbers must be added. Does something pass its gradient on too early? Print the order in
# which `backward` visits the values. Wrong only at the second call? Then numbers of the first call flow back again.
