# %% [markdown]
# # Assignment 01 · Generalization
#
# You write the tools that tell a model that has learned from one that has memorized: a loss with its gradient, features
# of any complexity, the fit itself, and then the measurements. Learning curves, bias and variance, cross-validation and
# a rule for choosing. Each is a few lines. Each has a mistake that runs without an error and makes a model look better
# than it is, and finding that out on new data is expensive.
#
# - **Points:** {points}, for {questions} questions. The last question is optional.
# - **Time:** about 150 minutes. Questions 1 and 2 take 5 to 10 minutes, 3 to 8 about 15 to 20 each, 9 about 15. The
#   investigation takes another 30 to 45.
# - **You need:** NumPy's axes and broadcasting; for question 3 the singular value decomposition; for question 8 the
#   softmax. Chapter 1 of the course's book explains the ideas.
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
# **Names.** $N$ is the number of examples and $D$ the number of features. Features are a NumPy array `X` of shape
# `(N, D)`, one row per example, targets an array `y` of shape `(N,)`. An *error* is better when it is lower. What a
# mean or a deviation divides by is stated where it matters.
#
# **Rules for every answer.** Return new arrays and leave the inputs as they were. Inputs are NumPy arrays of floats
# unless a question says otherwise. What you return may be float32, a list or a torch tensor; about four digits must be
# right. Only question 3 needs float64 throughout. Loops are fine, and so is one answer that calls another: an error
# then carries over. Don't let your functions call a library's ready-made version of what you are asked to write:
# writing it is the point, and such a call is reported to your instructor. Steps on the way, such as a mean, a standard
# deviation or a sum of exponentials, may be NumPy's.

# %% given="imports"
import math

import numpy as np

# %% [markdown]
# ## 1. `mean_squared_error`: the loss of regression (warm-up)
#
# **Why it matters.** Every curve in this assignment plots this number. Its gradient is what training a network on
# numbers starts from, and a factor lost here changes the learning rate without telling you.
#
# **Write** `mean_squared_error(prediction, target)`. Both are arrays of the same shape, `(N,)` or `(N, D)`. Let $n$ be
# the number of elements of one of them ($N$, or $N D$). Return two things, in this order:
#
# - the loss, one number: $\;L = \frac{1}{n} \sum_j (p_j - t_j)^2$, where $p_j$ runs over *all elements* of `prediction`
#   and $t_j$ over those of `target`;
# - its gradient $\partial L / \partial p$, an array shaped like `prediction`.
#
# As in torch's `mse_loss`, there is no factor ½ in the loss, and the mean is over all elements, not over examples only.
#
# **Example.** `prediction = [[3., 1.], [2., 6.]]` and `target = [[1., 1.], [2., 2.]]` give the loss
# `(4 + 0 + 0 + 16) / 4 = 5` and the gradient `[[1., 0.], [0., 2.]]`.


# %% answer="mean_squared_error"
def mean_squared_error(prediction, target):
    """The mean squared difference over all elements, and its gradient with respect to the prediction.

    prediction, target: (N,) or (N, D), the same shape. Returns the loss, a number, and grad_prediction, shaped like
    prediction.
    """
    ### BEGIN SOLUTION
    r = prediction - target
    loss = np.mean(r**2)
    grad_prediction = 2 * r / r.size
    return loss, grad_prediction
    ### END SOLUTION


# %% visible="mean_squared_error"
def try_mean_squared_error():
    result = mean_squared_error(np.array([[3.0, 1.0], [2.0, 6.0]]), np.array([[1.0, 1.0], [2.0, 2.0]]))
    assert result is not None and len(result) == 2, "return two things: the loss and its gradient"
    loss, grad = result
    assert np.shape(loss) == (), f"the loss should be one number, but has shape {np.shape(loss)}"
    assert np.isclose(loss, 5), f"the worked example's loss is 5, but yours is {loss}"
    assert np.shape(grad) == (2, 2), f"the gradient should be shaped like prediction, (2, 2), not {np.shape(grad)}"
    assert np.allclose(grad, [[1, 0], [0, 2]]), (
        f"the worked example's gradient is [[1, 0], [0, 2]], but yours is {grad}"
    )
    print("mean_squared_error: the worked example is right")


try_mean_squared_error()

# %% graded="mean_squared_error"

# %% [markdown]
# ## 2. `polynomial_features`: complexity you can turn up
#
# **Why it matters.** A linear model on the powers of $x$ is a polynomial, and its degree is the cleanest dial for
# complexity there is: 1 is a line, 15 follows every wiggle. Chapter 1 turns this dial.
#
# **Write** `polynomial_features(x, degree)`, which returns the array of shape `(N, degree + 1)` whose entry in row $i$
# and column $j$ is $x_i^{\,j}$.
#
# - `x` has shape `(N,)`. Its numbers may be negative or 0; power 0 of every number is 1, also of 0.
# - `degree` is 0 or more. Column 0 is always there: all ones. The powers grow from left to right.
# - `x` may be an array of *integers*, and its powers may be larger than any 64-bit integer. Return floats.
#
# **Example.** `x = [2., -3.]` and `degree = 2` give `[[1., 2., 4.], [1., -3., 9.]]`.


# %% answer="polynomial_features"
def polynomial_features(x, degree):
    """The powers 0 to degree of each number in x.

    x: (N,), floats or integers. degree: 0 or more. Returns the features, (N, degree + 1), floats.
    """
    ### BEGIN SOLUTION
    powers = np.arange(degree + 1)
    return np.asarray(x, dtype=float)[:, None] ** powers
    ### END SOLUTION


# %% visible="polynomial_features"
def try_polynomial_features():
    features = polynomial_features(np.array([2.0, -3.0]), 2)
    assert np.shape(features) == (2, 3), f"two numbers and degree 2 make the shape (2, 3), not {np.shape(features)}"
    found = np.asarray(features).tolist()
    assert np.allclose(features, [[1, 2, 4], [1, -3, 9]]), f"the worked example is not right: {found}"
    assert np.shape(polynomial_features(np.array([2.0, -3.0]), 0)) == (2, 1), "degree 0 has one column"
    print("polynomial_features: the worked example is right, and degree 0 has one column")


try_polynomial_features()

# %% graded="polynomial_features"

# %% [markdown]
# ## 3. `least_squares_fit`: the fit, and which fit
#
# **Why it matters.** The formula of every first course, $(X^\top X)^{-1} X^\top y$, breaks down exactly where
# generalization becomes interesting: with many features they nearly depend on each other, and with more features than
# examples the inverse doesn't exist. Then infinitely many weights fit perfectly, and which of them you take decides how
# the model behaves on new data.
#
# **Write** `least_squares_fit(X, y)` for `X` of shape `(N, D)` and `y` of shape `(N,)`. Return the weights `w`, of
# shape `(D,)`, for which $\lVert X w - y \rVert$ is smallest. If several `w` do equally well, return the one whose norm
# $\lVert w \rVert$ is smallest.
#
# Both come from the singular value decomposition $X = U\, \mathrm{diag}(s)\, V^\top$, where the columns of $U$ are
# $u_i$, the columns of $V$ are $v_i$, and $s_1 \ge s_2 \ge \dots \ge 0$:
#
# $$ w = \sum_{i:\; s_i > 10^{-12}\, s_1} \frac{u_i^\top y}{s_i}\, v_i . $$
#
# - A singular value of at most $10^{-12}$ times the largest counts as zero, and its term is left out. (`s` tells you
#   about dependent columns only up to rounding.)
# - $N$ may be larger or smaller than $D$; a column may stand there twice; numbers may be large.
# - `X` is complete as it is: no intercept is added, nothing is centred, no penalty is used.
# - Columns may nearly depend on each other: the smallest singular value that counts may be $10^{-9}$ times the largest.
#   That is too small for any method that forms $X^\top X$, and for float32. Compute with `X` itself, in float64. (If
#   you try such an `X` yourself, compare *predictions*: the weights in its weakest direction are mostly noise.)
# - `np.linalg.svd` and `np.linalg.qr` are yours to use; `lstsq` and `pinv` are what you are writing.
#   `U, s, Vt = np.linalg.svd(X, full_matrices=False)` gives you the $u_i$ as columns of `U` and the $v_i$ as *rows* of
#   `Vt`.
#
# **Examples.** `X = [[1., 0.], [1., 1.], [1., 2.]]` and `y = [1., 2., 6.]` give `w = [0.5, 2.5]`: the line
# $0.5 + 2.5\,x$. `X = [[3., 4.]]` and `y = [50.]`: every point of a line fits, and the one nearest to the origin is
# `w = [6., 8.]`.


# %% answer="least_squares_fit"
def least_squares_fit(X, y):
    """The weights that make the norm of X w - y smallest; of several, those of the smallest norm.

    X: (N, D). y: (N,). Returns w, (D,).
    """
    ### BEGIN SOLUTION
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    kept = s > 1e-12 * s.max()
    return Vt[kept].T @ ((U[:, kept].T @ y) / s[kept])
    ### END SOLUTION


# %% visible="least_squares_fit"
def try_least_squares_fit():
    w = least_squares_fit(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 2.0, 6.0]))
    assert np.shape(w) == (2,), f"two features have two weights, shape (2,), but yours has shape {np.shape(w)}"
    assert np.allclose(w, [0.5, 2.5]), f"the first example's weights are [0.5, 2.5], but yours are {np.asarray(w)}"
    w = least_squares_fit(np.array([[3.0, 4.0]]), np.array([50.0]))
    assert np.shape(w) == (2,), f"with one example there are still two weights, but yours has shape {np.shape(w)}"
    fitted = np.array([3.0, 4.0]) @ np.asarray(w)
    assert np.allclose(fitted, 50), f"the second example can be fitted exactly, but your prediction is {fitted}"
    assert np.allclose(w, [6, 8]), f"your weights {np.asarray(w)} fit the second example, but [6, 8] are smaller"
    print("least_squares_fit: both worked examples are right")


try_least_squares_fit()

# %% graded="least_squares_fit"

# %% [markdown]
# ## 4. `learning_curve`: would more data help?
#
# **Why it matters.** Before you pay for more data, look at what the data you have did. Two errors over the size of the
# training set tell you whether the next thousand examples are worth anything. The curve lies if the training error is
# measured on examples that weren't trained on.
#
# **Write** `learning_curve(fit, predict, X, y, X_val, y_val, sizes)`. For each number $n$ in `sizes`:
#
# - fit a model to the *first* $n$ examples: `model = fit(X[:n], y[:n])`. You can't know what a model is; hand it to
#   `predict(model, X)`, which returns one prediction for each row of any `X`, as a one-dimensional array; neither
#   function changes what it is given;
# - its training error is the mean squared error, as in question 1, on *these* $n$ examples;
# - its validation error is the mean squared error on all of `X_val`, `y_val`.
#
# Return two sequences, `train_errors` and `val_errors`, in this order, each with one number per entry of `sizes` and in
# its order. `sizes` is a list of integers from 1 to $N$; it needn't be sorted, and a number may come twice.
# `y` and `y_val` have shape `(N,)` and `(N_val,)`.
#
# **Example.** A model that always predicts the mean: `fit = lambda X, y: y.mean()` and
# `predict = lambda model, X: np.full(len(X), model)`. With `y = [0., 2., 4., 10.]`, `y_val = [1., 5.]` and
# `sizes = [2, 4]` the means are 1 and 4. The training errors are `[1., 14.]`, the validation errors `[8., 5.]`.


# %% answer="learning_curve"
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    """Training and validation errors of models fitted to the first n examples, for each n in sizes.

    fit(X, y) returns a model; predict(model, X) returns its predictions, (N,). X: (N, D). y: (N,). X_val: (N_val, D).
    y_val: (N_val,). sizes: a list of integers. Returns train_errors and val_errors, each (len(sizes),).
    """
    ### BEGIN SOLUTION
    train_errors, val_errors = np.empty(len(sizes)), np.empty(len(sizes))
    for i, n in enumerate(sizes):
        model = fit(X[:n], y[:n])
        train_errors[i] = np.mean((predict(model, X[:n]) - y[:n]) ** 2)
        val_errors[i] = np.mean((predict(model, X_val) - y_val) ** 2)
    return train_errors, val_errors
    ### END SOLUTION


# %% visible="learning_curve"
def try_learning_curve():
    def fit(X, y):
        assert len(X) == len(y), f"fit got {len(X)} rows of X and {len(y)} targets"
        return y.mean()

    def predict(model, X):
        return np.full(len(X), model)

    y, y_val = np.array([0.0, 2.0, 4.0, 10.0]), np.array([1.0, 5.0])
    result = learning_curve(fit, predict, np.zeros((4, 1)), y, np.zeros((2, 1)), y_val, [2, 4])
    assert result is not None and len(result) == 2, "return two sequences: training errors and validation errors"
    train_errors, val_errors = result
    assert np.allclose(train_errors, [1, 14]), f"the example's training errors are 1 and 14, but yours: {train_errors}"
    assert np.allclose(val_errors, [8, 5]), f"the example's validation errors are 8 and 5, but yours: {val_errors}"
    print("learning_curve: the worked example is right")


try_learning_curve()

# %% graded="learning_curve"

# %% [markdown]
# ## 5. `bias_variance_decomposition`: two ways to be wrong
#
# **Why it matters.** A model can miss because it can't bend to the truth, or because it bends to every accident of its
# training set. The cures are opposite. On new data you see only the sum; where the truth is known and training sets can
# be drawn again and again, you can take it apart.
#
# **Write** `bias_variance_decomposition(predictions, truth)`. One method was trained on $R$ training sets.
# `predictions` has shape `(R, N)`: row $r$ holds the predictions $p_{ri}$ of the model from training set $r$ at $N$
# inputs. `truth`, of shape `(N,)`, holds the true values $f_i$ at these inputs, without noise. With the average
# prediction $\bar p_i = \frac{1}{R} \sum_r p_{ri}$ at each input, return three numbers, in this order:
#
# $$ \text{bias\_squared} = \frac{1}{N} \sum_i (\bar p_i - f_i)^2, \qquad
#    \text{variance} = \frac{1}{N} \sum_i \frac{1}{R} \sum_r (p_{ri} - \bar p_i)^2, \qquad
#    \text{error} = \frac{1}{N R} \sum_i \sum_r (p_{ri} - f_i)^2 . $$
#
# - The variance divides by $R$, not by $R - 1$. Then squared bias and variance add up to the error *exactly*, and you
#   have a check for free.
# - $R = 1$ is allowed: its variance is 0.
#
# **Example.** `predictions = [[1., 2.], [3., 6.]]` and `truth = [1., 7.]`. The average prediction is `[2., 4.]`, so the
# squared bias is `(1 + 9) / 2 = 5`, the variance `(1 + 4) / 2 = 2.5`, and the error `(0 + 25 + 4 + 1) / 4 = 7.5`.


# %% answer="bias_variance_decomposition"
def bias_variance_decomposition(predictions, truth):
    """Split the mean squared error of a method into squared bias and variance.

    predictions: (R, N), one row per training set. truth: (N,). Returns bias_squared, variance and error: three numbers.
    """
    ### BEGIN SOLUTION
    average = predictions.mean(axis=0)
    bias_squared = np.mean((average - truth) ** 2)
    variance = np.mean(predictions.var(axis=0))
    error = np.mean((predictions - truth) ** 2)
    return bias_squared, variance, error
    ### END SOLUTION


# %% visible="bias_variance_decomposition"
def try_bias_variance_decomposition():
    result = bias_variance_decomposition(np.array([[1.0, 2.0], [3.0, 6.0]]), np.array([1.0, 7.0]))
    assert result is not None and len(result) == 3, "return three numbers: squared bias, variance and error"
    for name, found, wanted in zip(("squared bias", "variance", "error"), result, (5, 2.5, 7.5), strict=True):
        assert np.shape(found) == (), f"the {name} should be one number, but has shape {np.shape(found)}"
        assert np.isclose(found, wanted), f"the worked example's {name} is {wanted}, but yours is {found}"
    print("bias_variance_decomposition: the worked example is right")


try_bias_variance_decomposition()

# %% graded="bias_variance_decomposition"

# %% [markdown]
# ## 6. `k_fold_indices`: every example is tested once
#
# **Why it matters.** With little data, one validation set is a lottery. Cross-validation lets every example be tested
# once, by a model that hasn't seen it. The whole value lies in the last four words.
#
# **Write** `k_fold_indices(permutation, k)`. `permutation` is an array of shape `(N,)` that holds the numbers 0 to
# $N - 1$ in a random order; `k` is an integer with $2 \le k \le N$. Return a list of `k` pairs `(train, validation)`.
# Each part is a one-dimensional array (or list) of indices, so that `X[train]` are the examples to train on.
#
# - Every example is in exactly one of the `k` validation folds.
# - The `train` of a pair holds exactly the examples that aren't in its `validation`, each once.
# - The sizes of the validation folds differ by at most one. ($N$ may leave a remainder when divided by `k`.)
# - Cut the permutation by *places*: if the first three places form a fold, it holds the examples `permutation[0]`,
#   `permutation[1]` and `permutation[2]`, whatever numbers these are. Do no shuffling of your own: the same input gives
#   the same folds again.
#
# Which places form a fold is up to you: blocks, every `k`-th, larger folds first or last. So are the order of the
# indices in a fold and the order of the folds.
#
# **Example.** For `permutation = [2, 0, 3, 1, 4]` and `k = 2`, one right answer is
# `[([1, 4], [2, 0, 3]), ([2, 0, 3], [1, 4])]`.


# %% answer="k_fold_indices"
def k_fold_indices(permutation, k):
    """Split N examples into k validation folds, each with the rest as its training set.

    permutation: (N,), the integers 0 to N - 1. Returns a list of k pairs (train, validation) of index arrays.
    """
    ### BEGIN SOLUTION
    folds, parts = [], np.array_split(permutation, k)
    for i, validation in enumerate(parts):
        train = np.concatenate(parts[:i] + parts[i + 1 :])
        folds.append((train, validation))
    return folds
    ### END SOLUTION


# %% visible="k_fold_indices"
def try_k_fold_indices():
    folds = k_fold_indices(np.array([2, 0, 3, 1, 4, 5, 6]), 3)
    assert folds is not None, "return a list of pairs (train, validation)"
    folds = [(list(map(int, train)), list(map(int, validation))) for train, validation in folds]
    assert len(folds) == 3, f"there should be 3 pairs, but there are {len(folds)}"
    for train, validation in folds:
        assert sorted(train + validation) == list(range(7)), (
            "train and validation together should hold each of the 7 examples once, but yours don't"
        )
    sizes = sorted(len(validation) for _, validation in folds)
    assert sizes == [2, 2, 3], f"seven examples make validation folds of 2, 2 and 3, but yours have {sizes}"
    print(
        "k_fold_indices: 3 pairs, each with all 7 examples, and folds of 2, 2 and 3. Which examples lie together is "
        "not tried here"
    )


try_k_fold_indices()

# %% graded="k_fold_indices"

# %% [markdown]
# ## 7. `one_standard_error_rule`: as simple as the data allows
#
# **Why it matters.** The lowest validation error often belongs to a model that is no better than a simpler one, only
# luckier. The spread over the folds says how large luck is. Breiman and colleagues made a rule of it in 1984.
#
# **Write** `one_standard_error_rule(errors)`. `errors` has shape `(K, M)`: the validation error of $M$ models on each
# of $K \ge 2$ folds. Lower is better. The models are ordered from the simplest, index 0, to the most complex.
#
# - Let $\bar e_m$ be the mean error of model $m$ over the folds, and $b$ the model with the lowest one; no two models
#   share the lowest mean, unless their errors are the same on every fold.
# - The standard error of $\bar e_b$ is $\mathrm{SE}_b = \mathrm{sd}_b / \sqrt K$, where $\mathrm{sd}_b$ is the standard
#   deviation of model $b$'s errors over the folds, *with $K - 1$ in the denominator*.
# - Return the index (one integer) of the simplest model, that is the smallest $m$, with
#   $\bar e_m \le \bar e_b + \mathrm{SE}_b$. It may lie anywhere below $b$, also behind models that are worse.
# - If model $b$ has the same error on every fold, $\mathrm{SE}_b$ is 0, and a model that is exactly as good as $b$
#   still counts.
#
# **Example.** `errors = [[4., 2., 1., 2.], [6., 3.5, 3., 2.5]]`: 2 folds, 4 models. The means are 5, 2.75, 2, 2.25.
# Model 2 is the best; its standard deviation is $\sqrt 2$, so its standard error is 1. Models 1, 2 and 3 are within
# `2 + 1`, and the answer is 1.


# %% answer="one_standard_error_rule"
def one_standard_error_rule(errors):
    """The index of the simplest model whose mean error is at most one standard error above the lowest.

    errors: (K, M), K folds and M models from simple to complex. Returns an integer from 0 to M - 1.
    """
    ### BEGIN SOLUTION
    K = len(errors)
    mean = errors.mean(axis=0)
    best = np.argmin(mean)
    standard_error = errors[:, best].std(ddof=1) / np.sqrt(K)
    return int(np.flatnonzero(mean <= mean[best] + standard_error)[0])
    ### END SOLUTION


# %% visible="one_standard_error_rule"
def try_one_standard_error_rule():
    chosen = one_standard_error_rule(np.array([[4.0, 2.0, 1.0, 2.0], [6.0, 3.5, 3.0, 2.5]]))
    assert np.shape(chosen) == (), f"return one index, but yours has shape {np.shape(chosen)}"
    assert chosen == 1, f"in the worked example model 1 is the simplest within the limit, but you chose {chosen}"
    print("one_standard_error_rule: the worked example is right")


try_one_standard_error_rule()

# %% graded="one_standard_error_rule"

# %% [markdown]
# ## 8. `cross_entropy`: the loss of classification, at any size
#
# **Why it matters.** A network that memorizes pushes its logits to hundreds. A loss written straight from the formula
# then returns infinity, or NaN, in the middle of the night. The same formula in another order never does.
#
# **Write** `cross_entropy(logits, labels)`. `logits` has shape `(N, K)`: one row $z$ of $K$ numbers per example, any
# real numbers. `labels`, of shape `(N,)`, is an array of integers from 0 to $K - 1$. The probability of class $k$ is
# the softmax $p_k = e^{z_k} / \sum_j e^{z_j}$. Return the *mean over the examples* of $-\log p_{\text{label}}$, one
# number, with the natural logarithm.
#
# - It must be right for logits of several thousand, of either sign, and for rows that lie thousands apart. The true
#   loss may then be large, and it is finite: no clipping.
# - Two facts help. Adding the same number to a whole row doesn't change its probabilities. And
#   $-\log p_k = \log\left(\sum_j e^{z_j}\right) - z_k$: no probability need ever be computed.
#
# **Example.** `logits = [[2., 2.], [1000., 0.]]` and `labels = [0, 1]`. The first example costs $\log 2 = 0.6931$, the
# second 1000, and the loss is 500.3466.


# %% answer="cross_entropy"
def cross_entropy(logits, labels):
    """The mean of the negative log-probability that a softmax gives to the labels.

    logits: (N, K). labels: (N,), integers from 0 to K - 1. Returns a number.
    """
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])
    ### END SOLUTION


# %% visible="cross_entropy"
def try_cross_entropy():
    loss = cross_entropy(np.array([[2.0, 2.0]]), np.array([0]))
    assert np.shape(loss) == (), f"the loss should be one number, but has shape {np.shape(loss)}"
    assert np.isclose(loss, math.log(2)), f"two equal logits cost log 2 = 0.6931, but yours cost {loss}"
    loss = cross_entropy(np.array([[2.0, 2.0], [1000.0, 0.0]]), np.array([0, 1]))
    assert np.isclose(loss, 500 + math.log(2) / 2), f"the worked example's loss is 500.3466, but yours is {loss}"
    print("cross_entropy: the worked example is right, with its logit of 1000")


try_cross_entropy()

# %% graded="cross_entropy"

# %% [markdown]
# ## 9. `collapse_linear`: depth without nonlinearity (optional)
#
# **Why it matters.** A stack of linear layers computes what a single one does, however deep it is. That is why networks
# have nonlinearities between the layers, and you can prove it by computing the single layer.
#
# **Write** `collapse_linear(weights, biases)`. `weights` is a list of NumPy arrays, `biases` a list of as many. Layer
# $l$ has the weight $W_l$ of shape `(out, in)` and the bias $b_l$ of shape `(out,)`, and computes `x @ W.T + b`, as in
# torch. The first layer of the list is applied first; what it puts out is what the second takes in. Return `W` and
# `b` of the one layer that computes the same as the whole stack, for every `x`.
#
# - `W` has shape `(out of the last layer, in of the first)`, `b` has shape `(out of the last layer,)`.
# - The list has at least one layer. Widths may differ from layer to layer, or all be the same.
# - Leave the lists and their arrays as they were.
#
# **Example,** with the arrays written as lists: `weights = [[[1., 2.]], [[4.], [5.]]]` and
# `biases = [[3.], [6., 7.]]`. The first layer turns $(x_1,
# x_2)$ into $h = x_1 + 2 x_2 + 3$, the second into $(4 h + 6,\; 5 h + 7)$. So `W = [[4., 8.], [5., 10.]]` and `b =
# [18., 22.]`.


# %% answer="collapse_linear"
def collapse_linear(weights, biases):
    """The one linear layer that computes what a stack of them does.

    weights: list of (out, in). biases: list of (out,). Returns W (last out, first in) and b (last out,).
    """
    ### BEGIN SOLUTION
    W, b = weights[0], biases[0]
    for weight, bias in zip(weights[1:], biases[1:], strict=True):
        W = weight @ W
        b = weight @ b + bias
    return W, b
    ### END SOLUTION


# %% visible="collapse_linear"
def try_collapse_linear():
    weights, biases = [np.array([[1.0, 2.0]]), np.array([[4.0], [5.0]])], [np.array([3.0]), np.array([6.0, 7.0])]
    result = collapse_linear(weights, biases)
    assert result is not None and len(result) == 2, "return two arrays: W and b"
    W, b = result
    assert np.shape(W) == (2, 2), f"the example's W has shape (2, 2), but yours {np.shape(W)}"
    assert np.shape(b) == (2,), f"the example's b has shape (2,), but yours {np.shape(b)}"
    assert np.allclose(W, [[4, 8], [5, 10]]), f"the example's W is [[4, 8], [5, 10]], but yours is {np.asarray(W)}"
    assert np.allclose(b, [18, 22]), f"the example's b is [18, 22], but yours is {np.asarray(b)}"
    print("collapse_linear: the worked example is right")


try_collapse_linear()

# %% graded="collapse_linear"

# %% [markdown]
# ## Investigation: is the winner's error honest?
#
# *Worth 0 points unless your instructor says otherwise; then it is marked by hand, with the list below.*
#
# You fit polynomials of degree 0 to 9, take the one with the lowest cross-validation error, and report that very error.
# **Is it what the chosen model will do on new data? And does the one-standard-error rule choose better?** Design an
# experiment with your own functions (questions 2, 3, 6 and 7), report its numbers, and explain them. If one of them
# resists, use `np.polyfit` or write the two lines that you need here; that costs nothing in this part.
#
# Once a degree is chosen, fit it to *all* points of the data set: that is the model whose true error counts. A result
# that shows no difference is a result.
#
# The next cell gives you data: `noisy_wave(seed, n)` draws `n` points of a wave with noise, and
# `true_error(w, degree)` says how far a polynomial with weights `w` will be off on new points, noise included, nearly
# exactly. Everything else is yours. Half a minute is enough for hundreds of data sets.
#
# Ideas to choose from, or bring your own:
#
# - Compare the reported error with the true error of the chosen model, over many data sets. In which direction is it
#   off, and by how much? The difference varies from data set to data set: report its spread. Look at the median beside
#   the mean: a rare data set with no point near an end of the interval has an enormous true error.
# - Let the size of the data set, or the number of degrees to choose from, vary. When does the difference shrink?
# - Compare both rules by the true error of what they choose, and by how complex it is.
#
# | marks, of 6 | for |
# |---|---|
# | 1 | a question that the experiment can answer, with a guess written down before the run |
# | 2 | a fair comparison: same data sets, same folds, only the rule or the size differs; many seeds and their spread |
# | 1 | numbers in a table or a figure that a reader understands without the code |
# | 2 | an explanation that follows from what the functions compute, and one thing that the experiment can't tell |


# %% given="wave"
def noisy_wave(seed, n):
    """n points x between -1 and 1, and a wave at these points with noise of deviation 0.3. Returns x, y, both (n,)."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    return x, np.sin(4 * x) + 0.3 * rng.normal(size=n)


def true_error(w, degree):
    """The expected squared error of a polynomial's prediction for a new noisy point between -1 and 1."""
    x = np.linspace(-1, 1, 1001)
    return np.mean((x[:, None] ** np.arange(degree + 1) @ np.asarray(w) - np.sin(4 * x)) ** 2) + 0.3**2


# %% investigation="experiment"
# Your question, and your guess, before you run anything:
# ...
# Then your experiment. You may add as many cells as you like.
### BEGIN SOLUTION
degrees, repetitions, k = range(10), 100, 5


def cross_validation_errors(x, y, seed):
    """Validation errors of every degree on every fold, (k, 10)."""
    errors = np.empty((k, len(degrees)))
    for fold, (train, validation) in enumerate(k_fold_indices(np.random.default_rng(seed).permutation(len(x)), k)):
        for d in degrees:
            w = least_squares_fit(polynomial_features(x[train], d), y[train])
            errors[fold, d] = np.mean((polynomial_features(x[validation], d) @ w - y[validation]) ** 2)
    return errors


def one_data_set(seed, n):
    """For both rules: the degree they choose, the error they would report, the true error after fitting to all."""
    x, y = noisy_wave(seed, n)
    errors = cross_validation_errors(x, y, seed)
    found = []
    for d in (int(np.argmin(errors.mean(axis=0))), one_standard_error_rule(errors)):
        w = least_squares_fit(polynomial_features(x, d), y)
        found.append((d, errors[:, d].mean(), true_error(w, d)))
    return found


print("  n  rule        degree  reported  true (median)  reported - true, mean +- standard error")
for n in (20, 40, 80):
    runs = np.array([one_data_set(seed, n) for seed in range(repetitions)])  # (100, 2, 3)
    for rule, name in enumerate(("lowest", "one SE")):
        degree, reported, true = runs[:, rule].T
        gap = reported - true
        print(
            f"{n:3}  {name:<10} {degree.mean():6.1f}  {np.median(reported):8.3f}  {np.median(true):13.3f}  "
            f"{gap.mean():+.3f} +- {gap.std(ddof=1) / np.sqrt(repetitions):.3f}"
        )

# I expected the reported error to be too low, and less so with more data. It is: with 20 points by 0.080 (standard
# error 0.022) for the lowest error, with 80 points by 0.014 (0.006). The true error is never below 0.09, the noise.
#
# The reason is the choice. Each mean over five folds is the true error plus luck. The lowest of ten is low partly by
# its luck, and on new data the luck is gone. More data makes the folds larger and the luck smaller. Another effect
# works the other way: in cross-validation each model sees four fifths of the data, which makes the reported error a
# bit too high. The choice outweighs it here.
#
# The one-standard-error rule reports an error that is less too low, and chooses simpler polynomials (4.6 instead of 5.7
# with 80 points). It doesn't choose better ones here: the median true errors are about the same for 20 and 80 points
# and higher for 40, 0.124 instead of 0.114. It buys simplicity, not accuracy.
#
# The experiment can't tell what happens for other waves and noises, nor with models whose complexity isn't a degree. To
# report an honest error, one would need points that had no part in the choice.
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
# **All my values are off by the same factor.** Divide one right number by yours; a worked example gives you one. Is the
# factor the number of examples, or of all elements? Then a sum stands where a mean belongs, or the mean is over
# something else. Is it 2 or ½? Look at what the square brings down in a derivative.
#
# **The example passes, the graded cell fails.** The examples are small and tidy. Try an input of your own with other
# sizes, so that no two lengths are the same, with numbers of both signs, and compare with a loop over the formula, one
# number at a time. The message names the kind of input that failed.
#
# **It is right for floats, wrong for whole numbers.** Print the `dtype` of what you compute with. An array of integers
# stays one when it is multiplied with integers, and beyond $2^{63}$ it wraps around silently.
#
# **The residual should be perpendicular to every column.** Whatever the method: the right `w` makes `X.T @ (X @ w - y)`
# zero, up to rounding. If yours doesn't, it is no least-squares fit: look for a penalty, a centred column, an added
# one, or singular vectors used the wrong way round. If it does, another `w` may do as well: then compare norms.
#
# **My weights are enormous, or a matrix is singular.** Print the singular values of `X`. Those that are rounding
# errors, 1e-12 of the largest or less, must not be divided by. If they are all fine and the weights are still wrong,
# print those of `X.T @ X`: they are the squares, and the smallest has drowned.
#
# **Bias squared and variance don't add up to the error.** They do exactly, if all three are averages over the same
# numbers. Compute the three for a single input ($N = 1$) by hand, with two training sets. Which one is off? Then look
# at what is averaged before it is squared, and at the denominator of the variance.
#
# **Which axis is which.** Rows are training sets, columns are inputs. The average prediction has one entry per *input*:
# print its shape. A positive and a negative deviation at two inputs must not cancel.
#
# **My folds overlap, or leave examples out.** Put all validation folds together and sort them: you should see each
# number from 0 to $N - 1$ once. Try a number of examples that leaves a remainder, and one fold by hand.
# `np.array_split` cuts an array into parts whose sizes differ by at most one.
#
# **My index is one that I can't explain.** Print the means, the standard error and the limit, and mark which models are
# within. Is the standard error the best model's, over the folds, with $K - 1$, divided by the root of $K$? Then the
# answer is the first of those marked.
#
# **The loss is infinite or NaN.** Print the largest exponent that reaches `np.exp`, and the smallest number that
# reaches `np.log`. Above about 709 the exponential is infinite; a probability below 1e-323 is 0. Choose what you
# subtract from each *row* so that the largest exponent is 0, and let the logarithm act before anything is divided.
#
# **W is right for one layer, wrong for several.** Write two layers as formulas: put $h = W_1 x + b_1$ into
# $W_2 h + b_2$ and multiply out. Which matrix stands on the left?
#
# **b is wrong, W is right.** `b` is what the stack makes of an input of zeros. Follow the first layer's bias: what
# happens to it in the second layer?
