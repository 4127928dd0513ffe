# %% [markdown]
# # Assignment 90 · Kinds of answers
#
# This assignment belongs to the tests: one question for every kind of answer that can be graded. It is worth
# {points} points in {questions} questions.

# %% given="imports"
import csv
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn

# %% [markdown]
# ## 1. `linear_backward`: several outputs
#
# For $y = x W^\top + b$ with `x` (N, D), `W` (K, D) and `grad_out` (N, K), return the tuple
# `(grad_x, grad_W, grad_b)`: the gradients of the loss with respect to `x`, `W` and `b`, each shaped like what it
# belongs to. The loss is summed over the batch, not averaged.


# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    """The gradients (grad_x, grad_W, grad_b) of y = x @ W.T + b. grad_out: (N, K), x: (N, D), W: (K, D)."""
    ### BEGIN SOLUTION
    grad_x = grad_out @ W
    grad_W = grad_out.T @ x
    grad_b = grad_out.sum(axis=0)
    return grad_x, grad_W, grad_b
    ### END SOLUTION


# %% visible="linear_backward"
shapes = [np.shape(g) for g in linear_backward(np.ones((2, 3)), np.ones((2, 4)), np.ones((3, 4)))]
assert shapes == [(2, 4), (3, 4), (3,)], f"the gradients have shapes {shapes}"

# %% graded="linear_backward"

# %% [markdown]
# ## 2. `PlateauLR`: a class with state
#
# `PlateauLR(lr, factor, patience, min_lr)` lowers a learning rate when the loss stops falling. `step(loss)` returns
# the learning rate to use from now on:
#
# - A loss is an improvement if it is lower than the best so far. An equal loss is not, nor is NaN.
# - Steps without improvement are counted; an improvement sets the count back to 0.
# - Once the count is *more than* `patience`, the learning rate is multiplied by `factor`, but never falls below
#   `min_lr`, and the count starts again at 0. The best loss is kept.
#
# With `lr=1, factor=0.5, patience=1, min_lr=0`, the losses 3, 2, 2, 2.5, 1.5 give 1, 1, 1, 0.5, 0.5.


# %% answer="PlateauLR"
class PlateauLR:
    """Lowers a learning rate when the loss has not improved for more than `patience` steps."""

    def __init__(self, lr, factor, patience, min_lr):
        ### BEGIN SOLUTION
        self.lr, self.factor, self.patience, self.min_lr = lr, factor, patience, min_lr
        self.best = math.inf
        self.bad = 0
        ### END SOLUTION

    def step(self, loss):
        """Take note of a loss; return the learning rate to use from now on."""
        ### BEGIN SOLUTION
        if loss < self.best:
            self.best = loss
            self.bad = 0
        else:
            self.bad += 1
        if self.bad > self.patience:
            self.lr = max(self.lr * self.factor, self.min_lr)
            self.bad -= self.bad
        return self.lr
        ### END SOLUTION


# %% visible="PlateauLR"
plateau = PlateauLR(1.0, 0.5, 1, 0.0)
trace = [plateau.step(loss) for loss in (3, 2, 2, 2.5, 1.5)]
assert trace == [1, 1, 1, 0.5, 0.5], f"the worked example gives {trace}"

# %% graded="PlateauLR"

# %% [markdown]
# ## 3. `rmsprop_step`: an optimizer's step, state in and state out
#
# `state` is a dictionary: `square_avg`, an array shaped like `param`, and `step`, the number of steps taken so far.
# Return `(param, state)` after one more step, both new:
#
# $$ v \leftarrow \alpha v + (1 - \alpha)\, g^2, \qquad
#    \theta \leftarrow \theta - \mathrm{lr}\, \frac{g}{\sqrt{v} + \epsilon} . $$


# %% answer="rmsprop_step"
def rmsprop_step(param, grad, state, lr, alpha, eps):
    """One step of RMSprop. Returns (param, state), both new; state is {"square_avg": array, "step": int}."""
    ### BEGIN SOLUTION
    square_avg = alpha * state["square_avg"] + (1 - alpha) * grad**2
    param = param - lr * grad / (np.sqrt(square_avg) + eps)
    return param, {"square_avg": square_avg, "step": state["step"] + 1}
    ### END SOLUTION


# %% visible="rmsprop_step"
param, state = rmsprop_step(np.ones(1), np.ones(1), {"square_avg": np.ones(1), "step": 1}, 0.5, 0.9, 0)
assert np.allclose(param, 0.5), f"one step from 1 leads to {param}, not to 0.5"

# %% graded="rmsprop_step"

# %% [markdown]
# ## 4. `MomentumSGD`: an optimizer as a class, parameters changed in place
#
# `MomentumSGD(params, lr, momentum)` keeps the list of torch parameters. `step()` changes each parameter that has a
# gradient *in place*, and leaves the others alone; the gradients themselves stay as they are. As in torch: the
# velocity of a parameter starts as its first gradient, later $v \leftarrow \mu v + g$; then
# $\theta \leftarrow \theta - \mathrm{lr}\, v$. Training code writes each new gradient into the old gradient's
# memory, so keep a copy of what you need.


# %% answer="MomentumSGD"
class MomentumSGD:
    """Stochastic gradient descent with momentum, for torch parameters."""

    def __init__(self, params, lr, momentum):
        ### BEGIN SOLUTION
        self.params, self.lr, self.momentum = list(params), lr, momentum
        self.velocity = {}
        ### END SOLUTION

    @torch.no_grad()
    def step(self):
        """Change every parameter that has a gradient, in place."""
        ### BEGIN SOLUTION
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            v = self.velocity.get(i)
            v = p.grad.clone() if v is None else self.momentum * v + p.grad
            self.velocity[i] = v
            p -= self.lr * v
        ### END SOLUTION


# %% visible="MomentumSGD"
weight = nn.Parameter(torch.tensor([1.0]))
weight.grad = torch.tensor([2.0])
MomentumSGD([weight], lr=0.25, momentum=0.5).step()
assert weight.item() == 0.5, f"the first step from 1 leads to {weight.item()}, not to 0.5"

# %% graded="MomentumSGD"

# %% [markdown]
# ## 5. `NormedNet`: a module
#
# `NormedNet(d_in, hidden, d_out)` is an `nn.Module` of a linear layer `first`, a `BatchNorm1d` called `norm`, a ReLU
# and a linear layer `second`, in this order. Its state dictionary has the keys that these names give.


# %% answer="NormedNet"
class NormedNet(nn.Module):
    """first (linear), norm (batch normalization), ReLU, second (linear)."""

    def __init__(self, d_in, hidden, d_out):
        super().__init__()
        ### BEGIN SOLUTION
        self.first = nn.Linear(d_in, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.second = nn.Linear(hidden, d_out)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        hidden = self.norm(self.first(x))
        return self.second(torch.relu(hidden))
        ### END SOLUTION


# %% visible="NormedNet"
assert NormedNet(3, 5, 2)(torch.randn(4, 3)).shape == (4, 2), "four inputs give four outputs of size 2"

# %% graded="NormedNet"

# %% [markdown]
# ## 6. `softplus`: torch's gradient through your code
#
# `softplus(x, beta)` returns $\log(1 + e^{\beta x}) / \beta$ for each element of a torch tensor. Use torch's
# operations, so that gradients flow through it; they are correct too, for `x` of any size.


# %% answer="softplus"
def softplus(x, beta):
    """log(1 + exp(beta * x)) / beta, element by element, for a torch tensor; torch can differentiate it."""
    ### BEGIN SOLUTION
    return torch.logaddexp(beta * x, torch.zeros_like(x)) / beta
    ### END SOLUTION


# %% visible="softplus"
assert torch.isclose(softplus(torch.tensor(0.0), 2.0), torch.tensor(0.34657359)), "softplus(0, 2) is log(2) / 2"

# %% graded="softplus"

# %% [markdown]
# ## 7. `backtracking`: a function as an argument
#
# Find a step size along the descent direction `d`. Start with $t = 1$ and multiply it by `rho` until
# $f(x + t d) \le f(x) + c\, t\, s$, where $s$, the argument `slope`, is the derivative of $f$ along $d$ (negative).
# Return $t$. Evaluating `f` is expensive: call it once at `x`, and once for each $t$ that you try.


# %% answer="backtracking"
def backtracking(f, x, d, slope, c, rho):
    """The first t of 1, rho, rho**2, ... with f(x + t * d) <= f(x) + c * t * slope."""
    ### BEGIN SOLUTION
    t, start = 1.0, f(x)
    while f(x + t * d) > start + c * t * slope:
        t *= rho
    return t
    ### END SOLUTION


# %% visible="backtracking"
t = backtracking(lambda x: float(x @ x), np.array([1.0]), np.array([-8.0]), -16.0, 0.1, 0.5)
assert t == 0.125, f"the first step that is short enough is 0.125, not {t}"

# %% graded="backtracking"

# %% [markdown]
# ## 8. `ema_update`: a change in place
#
# `shadow` and `params` are dictionaries of arrays with the same keys. Move each shadow array towards its parameter,
# $\tilde\theta \leftarrow \beta \tilde\theta + (1 - \beta)\, \theta$ with $\beta$ = `decay`, *in place*: other code
# holds on to the very same arrays. Nothing is returned, and `params` stays as it is.


# %% answer="ema_update"
def ema_update(shadow, params, decay):
    """Move every array of `shadow` towards its counterpart in `params`, in place."""
    ### BEGIN SOLUTION
    for name, average in shadow.items():
        average *= decay
        average += (1 - decay) * params[name]
    ### END SOLUTION


# %% visible="ema_update"
shadow = {"w": np.array([1.0])}
ema_update(shadow, {"w": np.array([3.0])}, 0.5)
assert shadow["w"][0] == 2, f"halfway from 1 to 3 is 2, not {shadow['w'][0]}"

# %% graded="ema_update"

# %% [markdown]
# ## 9. `batches`: a generator
#
# `stream` is anything that can be iterated over, once, and may be endless. Yield its items in lists of `size`; the
# last may be shorter but never empty. Every batch is a list of its own, and no item is read before it is needed:
# whoever has taken two batches has read `2 * size` items.


# %% answer="batches"
def batches(stream, size):
    """Yield lists of `size` consecutive items of a stream; the last may be shorter."""
    ### BEGIN SOLUTION
    batch = []
    for item in stream:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
    ### END SOLUTION


# %% visible="batches"
assert [list(b) for b in batches(range(5), 2)] == [[0, 1], [2, 3], [4]], "five items make batches of 2, 2 and 1"

# %% graded="batches"

# %% [markdown]
# ## 10. `clean_text`: text in, text out
#
# Return the text in lower case, with every digit replaced by `#`, every run of white space (blanks, tabs, line ends)
# by one blank, and no white space at either end. Everything else stays, letters of any script included:
# `" Room\t12  한글 "` becomes `"room ## 한글"`.


# %% answer="clean_text"
def clean_text(text):
    """The text in lower case, digits as #, single blanks, none at the ends."""
    ### BEGIN SOLUTION
    text = text.lower()
    text = "".join("#" if c.isdigit() else c for c in text)
    return " ".join(text.split())
    ### END SOLUTION


# %% visible="clean_text"
assert clean_text(" Room\t12  한글 ") == "room ## 한글", clean_text(" Room\t12  한글 ")

# %% graded="clean_text"

# %% [markdown]
# ## 11. `merge_pair`: a list of tokens
#
# One merge of byte-pair encoding. Go through the list from left to right; where the two tokens of `pair` stand next
# to each other, put their concatenation in their place and go on behind it. With the pair `("a", "a")`, the tokens
# `["a", "a", "a"]` become `["aa", "a"]`. Return a new list.


# %% answer="merge_pair"
def merge_pair(tokens, pair):
    """The tokens with every occurrence of the pair merged, from left to right."""
    ### BEGIN SOLUTION
    merged, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == tuple(pair):
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(tokens[i])
            i += 1
    return merged
    ### END SOLUTION


# %% visible="merge_pair"
assert list(merge_pair(["a", "a", "a"], ("a", "a"))) == ["aa", "a"], "merge from left to right"

# %% graded="merge_pair"

# %% [markdown]
# ## 12. `stochastic_depth`: a random function, its mask given
#
# In training, a residual branch is dropped for whole examples. `keep` (N,) says which examples keep theirs; `p` is the
# probability of *dropping*. Return $x$ plus the branch, which is left out where it is dropped, and divided by $1 - p$
# where it is kept. `x` and `branch` are shaped alike, (N, ...).


# %% answer="stochastic_depth"
def stochastic_depth(x, branch, keep, p):
    """x plus the branch of the examples that keep it, rescaled. keep: (N,) of bool; p: probability of dropping."""
    ### BEGIN SOLUTION
    mask = keep.reshape((-1,) + (1,) * (x.ndim - 1))
    return x + mask * branch / (1 - p)
    ### END SOLUTION


# %% visible="stochastic_depth"
y = stochastic_depth(np.ones((2, 1)), np.ones((2, 1)), np.array([True, False]), 0.75)
assert np.allclose(y, [[5], [1]]), f"the worked example should be [[5], [1]], not {np.asarray(y).tolist()}"

# %% graded="stochastic_depth"

# %% [markdown]
# ## 13. `uniform_init`: a random function
#
# Return a weight matrix of shape `(fan_out, fan_in)`. Its entries are drawn independently from the uniform
# distribution on $[-b, b]$ with $b = \sqrt{3 / \text{fan\_in}}$, which has variance $1 / \text{fan\_in}$. All
# randomness comes from `rng`, a NumPy generator.


# %% answer="uniform_init"
def uniform_init(fan_out, fan_in, rng):
    """Weights (fan_out, fan_in), uniform with mean 0 and variance 1 / fan_in, drawn from rng."""
    ### BEGIN SOLUTION
    bound = np.sqrt(3 / fan_in)
    return rng.uniform(-bound, bound, size=(fan_out, fan_in))
    ### END SOLUTION


# %% visible="uniform_init"
assert np.shape(uniform_init(2, 3, np.random.default_rng(1))) == (2, 3), "two units with three inputs each"

# %% graded="uniform_init"

# %% [markdown]
# ## 14. `group_means`: a data file
#
# `growth.csv` lies beside this notebook: a table with the columns `group`, `height` and `width`. Some cells are
# empty, and some groups' names contain a comma, so they stand in quotes. Return a list: for each name in `groups`, in
# that order, the mean of the column over the group's rows, empty cells left out.


# %% answer="group_means"
def group_means(filename, column, groups):
    """The mean of a column for each of the groups, in their order; empty cells are left out."""
    ### BEGIN SOLUTION
    with Path(filename).open(newline="") as file:
        rows = list(csv.DictReader(file))
    means = []
    for group in groups:
        values = [float(row[column]) for row in rows if row["group"] == group and row[column]]
        means.append(sum(values) / len(values))
    return means
    ### END SOLUTION


# %% visible="group_means"
assert group_means("growth.csv", "height", ["shade"]) == [9.125], "the mean height in the shade is 9.125"

# %% graded="group_means"
