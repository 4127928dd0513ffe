# %% [markdown]
# # Assignment 05 · Initialization
#
# You write the weights that a network starts from, and the theory that says how large they must be. The theory is one
# line long: what comes out of a layer should be about as large as what went in. Fifty layers later, a factor of 0.9
# has become 0.005. Every function here is short, and every mistake in it is silent: the network trains worse, or not
# at all, and no error says why.
#
# - **Points:** {points}, for {questions} questions. Questions 9 and 10 are optional; they are worth 8 of the points.
# - **Time:** about 130 minutes. Questions 2 and 3 take 5 to 10 minutes each, the others 15 to 20. The investigation
#   takes another 30 to 45.
# - **You need:** NumPy; variance and the normal distribution; for question 8 modules in torch. Chapter 5 of the
#   course's book explains the ideas.
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
# **Names.** A *linear layer* computes `x @ W.T + b`: its weight `W` has shape `(out, in)`. A *convolution*'s weight has
# shape `(out, in / groups, *kernel)`, for instance `(64, 32, 3, 3)`. *fan_in* is how many numbers are summed for one
# output. A *second moment* is the mean of squares, $E[h^2]$; without a mean it is the variance. The *deviation* is the
# standard deviation.
#
# **Random numbers.** Where a question hands you `rng`, a `np.random.Generator`, draw from it and from nothing else.
# Which of its methods you call, how often and in which order is up to you: your weights are judged by tests of their
# distribution on more than 100000 of them. A right answer fails these tests with a probability below one in a billion.
# The same `rng` state must give the same weights, and a second call others.
#
# **Rules for every answer.** Return new arrays. What you return may be float32, a list or a torch tensor. Where the
# field has two conventions, this assignment uses torch's. Loops are fine, and so is one answer that calls another: an
# error then carries over. In questions 2 to 7, 9 and 10, don't call `torch.nn.init`: writing it is the point, and such
# a call is reported to your instructor.

# %% given="imports"
import math

import numpy as np
import torch
from torch import nn

# %% [markdown]
# ## 1. `predicted_second_moment`: what comes out of a layer
#
# **Why it matters.** Whether a deep network starts alive is decided by one number per layer: the second moment of its
# pre-activations. In a wide network you can predict it without a network, and see the end of fifty layers before you
# train.
#
# **Write** `predicted_second_moment(q, phi, sigma_w, sigma_b)`, which returns one number,
#
# $$ q' = \sigma_w^2 \, E\!\left[\varphi(\sqrt{q}\,z)^2\right] + \sigma_b^2 . $$
#
# - $z$ is a standard normal number (mean 0, variance 1), and $E$ is the mean over it. In a wide layer the
#   pre-activations are normal with mean 0 and second moment $q$, so they are $\sqrt q\,z$.
# - `q` is 0 or positive, up to about 10. With $q = 0$ every pre-activation is 0.
# - `phi` is the activation $\varphi$, a function: it takes a NumPy array of any shape and returns one of the same
#   shape, and a number for a number. It can be any activation of ordinary growth, also one that isn't 0 at 0.
# - `sigma_w` is $\sigma_w$: the weights have variance $\sigma_w^2 / \text{fan\_in}$. `sigma_b` is $\sigma_b$, the
#   deviation of the biases.
# - Two parts in a thousand must be right, so compute the mean as an integral: sum over a fine grid of $z$, weighted
#   with the normal density $e^{-z^2/2}/\sqrt{2\pi}$ times the grid's step, or use any rule of quadrature with at least
#   100 points. Random draws aren't good enough: a million of them are off by about that much.
#
# **Example.** `q = 3.`, ReLU, `sigma_w = 2.`, `sigma_b = 1.`: ReLU keeps half of the square, $E = 1.5$, so
# `q' = 4 * 1.5 + 1 = 7`.


# %% answer="predicted_second_moment"
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    """The second moment of the next layer's pre-activations.

    q: this layer's, a number >= 0. phi: the activation, array to array. sigma_w: the root of fan_in * Var(w).
    sigma_b: the deviation of the biases. Returns one number.
    """
    ### BEGIN SOLUTION
    z = np.linspace(-10, 10, 20001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    mean_square = np.sum(phi(np.sqrt(q) * z) ** 2 * density) * (z[1] - z[0])
    return sigma_w**2 * mean_square + sigma_b**2
    ### END SOLUTION


# %% visible="predicted_second_moment"
found = predicted_second_moment(3.0, lambda x: np.maximum(x, 0), 2.0, 1.0)
assert np.shape(found) == (), f"return one number, not {type(found).__name__} of shape {np.shape(found)}"
assert abs(found - 7) < 0.01, f"for the worked example it should be 7, but is {found}"
found = predicted_second_moment(0.5, lambda x: x, 1.0, 0.0)
assert abs(found - 0.5) < 0.001, f"without an activation, sigma_w = 1 and no biases, q stays 0.5, but yours is {found}"
print("predicted_second_moment: the worked example is right, and a linear layer keeps q")

# %% graded="predicted_second_moment"

# %% [markdown]
# ## 2. `fan_in_and_fan_out`: how many numbers meet (warm-up)
#
# **Why it matters.** All rules for the size of weights divide by a fan. For linear layers it is one entry of a shape;
# for convolutions the kernel counts too, and with groups only a part of the channels.
#
# **Write** `fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1)`, which returns two whole numbers,
# `fan_in` and `fan_out`, in this order.
#
# - `kernel_size` is a tuple with the lengths of the kernel's axes: `()` for a linear layer, `(k,)`, `(kh, kw)` or
#   `(kd, kh, kw)` for convolutions. The lengths may differ.
# - `fan_in` is how many numbers are multiplied by weights and summed for one output number. With `groups`, the channels
#   are split into that many equal parts, and each output sees the input channels of its own part only. `groups`
#   divides both channel counts.
# - `fan_out`, as torch counts it, is `out_channels` times the number of positions of the kernel. It does *not* depend
#   on `groups`. (With groups, one input really reaches fewer outputs. Some libraries count those.)
# - Biases don't count.
#
# **Example.** A convolution from 4 to 6 channels with a kernel of `(3, 5)`: `fan_in = 60`, `fan_out = 90`. With
# `groups=2`, `fan_in = 30`.


# %% answer="fan_in_and_fan_out"
def fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1):
    """fan_in and fan_out of a layer, as torch counts them. kernel_size: () for a linear layer, else a tuple."""
    ### BEGIN SOLUTION
    kernel = math.prod(kernel_size)
    return in_channels // groups * kernel, out_channels * kernel
    ### END SOLUTION


# %% visible="fan_in_and_fan_out"
found = fan_in_and_fan_out(4, 6, (3, 5))
assert found is not None and len(found) == 2, "return two numbers: fan_in and fan_out"
assert tuple(found) == (60, 90), f"for the worked example fan_in and fan_out are 60 and 90, but yours are {found}"
assert tuple(fan_in_and_fan_out(3, 2)) == (3, 2), "a linear layer from 3 to 2 has the fans 3 and 2"
print("fan_in_and_fan_out: the worked example is right, and so is a linear layer")

# %% graded="fan_in_and_fan_out"

# %% [markdown]
# ## 3. `calculate_gain`: what an activation takes away (warm-up)
#
# **Why it matters.** An activation shrinks the signal, and the gain is the factor on the weights that makes up for it.
# For ReLU it follows from question 1: half of the square is lost, so the deviation has to grow by $\sqrt 2$. Other
# entries of torch's table are rules of thumb, and it is good to know which.
#
# **Write** `calculate_gain(nonlinearity, param=None)`, which returns one number, as torch's function of this name does:
#
# | `nonlinearity` | gain |
# |---|---|
# | `"linear"`, `"conv1d"`, `"conv2d"`, `"conv3d"`, `"sigmoid"` | 1 |
# | `"tanh"` | 5/3 |
# | `"relu"` | $\sqrt 2$ |
# | `"leaky_relu"` | $\sqrt{2 / (1 + a^2)}$ |
# | `"selu"` | 3/4 |
#
# - $a$ is the slope of the leaky ReLU where its input is negative. It is `param`, any number, 0 included; if `param` is
#   `None`, it is 0.01.
# - Any other name raises a `ValueError`.
#
# **Example.** `calculate_gain("leaky_relu", 1.0)` is 1: with slope 1 a leaky ReLU is linear.


# %% answer="calculate_gain"
def calculate_gain(nonlinearity, param=None):
    """torch's gain of an activation, by its name. param: the slope of leaky_relu, 0.01 if None."""
    ### BEGIN SOLUTION
    if nonlinearity == "leaky_relu":
        a = 0.01 if param is None else param
        return math.sqrt(2 / (1 + a**2))
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    gains |= {"conv1d": 1.0, "conv2d": 1.0, "conv3d": 1.0}
    if nonlinearity not in gains:
        raise ValueError(f"no gain is known for {nonlinearity!r}")
    return gains[nonlinearity]
    ### END SOLUTION


# %% visible="calculate_gain"
found = calculate_gain("leaky_relu", 1.0)
assert found is not None and abs(found - 1) < 1e-6, f"the gain of a leaky ReLU with slope 1 is 1, but yours is {found}"
found = calculate_gain("tanh")
assert abs(found - 5 / 3) < 1e-6, f"the gain of tanh is 5/3, but yours is {found}"
print("calculate_gain: the worked example and tanh are right")

# %% graded="calculate_gain"

# %% [markdown]
# ## 4. `xavier_init`: a compromise between both directions
#
# **Why it matters.** To keep the signal's size, the variance of the weights should be $1/\text{fan\_in}$. To keep the
# gradient's size on the way back it should be $1/\text{fan\_out}$. Glorot and Bengio took one over the mean of the two.
#
# **Write** `xavier_init(fan_in, fan_out, rng, gain=1.0)`, which returns a weight of shape `(fan_out, fan_in)`. Its
# entries are independent, and *uniform* on $[-b, b]$ with mean 0 and variance
#
# $$ \operatorname{Var}(w) = \text{gain}^2 \, \frac{2}{\text{fan\_in} + \text{fan\_out}} . $$
#
# - You have to find the bound $b$ that gives this variance.
# - `gain` is a positive number: the factor on the weights.
# - Draw from `rng` alone.
#
# **Example.** `fan_in = 2`, `fan_out = 4` and `gain = 1` give the variance 1/3 and the bound $b = 1$: a matrix of
# shape `(4, 2)` with entries anywhere between -1 and 1.


# %% answer="xavier_init"
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    """A weight (fan_out, fan_in) with independent entries, uniform on [-b, b]. rng: a np.random.Generator."""
    ### BEGIN SOLUTION
    b = gain * math.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-b, b, size=(fan_out, fan_in))
    ### END SOLUTION


# %% visible="xavier_init"
found = np.asarray(xavier_init(2, 4, np.random.default_rng(0)))
assert found.shape == (4, 2), f"the weight should have shape (fan_out, fan_in), here (4, 2), but has {found.shape}"
found = np.asarray(xavier_init(200, 400, np.random.default_rng(0)))
assert found.min() < 0 < found.max(), "the weights should have either sign"
assert len(np.unique(found)) > 1000, "the weights should differ from each other"
print("xavier_init: the shape is right, and the weights differ")

# %% graded="xavier_init"

# %% [markdown]
# ## 5. `kaiming_init`: the factor that ReLU costs
#
# **Why it matters.** ReLU sets half of its inputs to 0, and with them half of the square. Thirty layers with Xavier's
# weights leave a signal a billion times smaller in its square; with twice the variance it stays.
#
# **Write** `kaiming_init(shape, rng, a=0.0, mode="fan_in")`, which returns a weight of that shape. Its entries are
# independent, and *normal* with mean 0 and the deviation
#
# $$ \text{std} = \sqrt{\frac{2}{1 + a^2}} \cdot \frac{1}{\sqrt{\text{fan}}} . $$
#
# - `shape` is a tuple: `(out, in)` for a linear layer, `(out, in, kh, kw)` for a convolution with kernels of $kh \times
#   kw$. `kh` and `kw` may differ.
# - $\text{fan}$ is fan_in if `mode` is `"fan_in"`, and fan_out if it is `"fan_out"`. As in question 2, fan_in is `in`
#   times the number of positions of the kernel, and fan_out is `out` times that.
# - `a` is the slope of the leaky ReLU that follows where its input is negative: 0 for ReLU, but any number is allowed.
# - Draw from `rng` alone.
#
# **Example.** `shape = (3, 8)` has fan_in 8. With `a = 0` the deviation is `sqrt(2) / sqrt(8) = 0.5`.


# %% answer="kaiming_init"
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    """A weight of that shape with independent normal entries. a: the slope of the leaky ReLU; mode: which fan counts.

    shape: (out, in) or (out, in, kh, kw). rng: a np.random.Generator.
    """
    ### BEGIN SOLUTION
    kernel = math.prod(shape[2:])
    fan = shape[0] if mode == "fan_out" else shape[1]
    gain = math.sqrt(2 / (1 + a**2))
    std = gain / math.sqrt(fan * kernel)
    return rng.normal(0, std, size=shape)
    ### END SOLUTION


# %% visible="kaiming_init"
found = np.asarray(kaiming_init((3, 8), np.random.default_rng(0)))
assert found.shape == (3, 8), f"the weight should have the shape asked for, (3, 8), but has {found.shape}"
found = np.asarray(kaiming_init((1000, 8), np.random.default_rng(0)))
assert abs(found.std() - 0.5) < 0.05, f"with fan_in 8 the deviation should be 0.5, but is {found.std():.3f}"
found = np.asarray(kaiming_init((6, 4, 3, 5), np.random.default_rng(0), mode="fan_out"))
assert found.shape == (6, 4, 3, 5), f"a convolution's weight should have the shape asked for, but has {found.shape}"
print("kaiming_init: shapes are right, and so is the deviation of the worked example")

# %% graded="kaiming_init"

# %% [markdown]
# ## 6. `truncated_normal`: a normal distribution without its tails
#
# **Why it matters.** Transformers start from normal weights without the rare large ones. The arguments look harmless,
# and are misread all the time: with a deviation of 0.02, bounds of -2 and 2 cut nothing at all.
#
# **Write** `truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0)`, which returns a weight of that shape. Its
# entries are independent, and follow the normal distribution with mean `mean` and deviation `std`, *given that* they
# lie between `a` and `b`.
#
# - In other words: a number outside $[a, b]$ is drawn again, until it lies within.
# - `a` and `b` are values of the weights, as in torch, not numbers of deviations, and not distances from the mean.
#   `mean` may lie anywhere: nearer to one bound, or outside both.
# - `mean` and `std` are those of the normal distribution before it is cut.
# - You may rely on `a < b`, and on at least a tenth of the normal distribution lying within.
# - Draw from `rng` alone.
#
# **Example.** With `mean = 0`, `std = 1`, `a = 0` and `b = 9` all weights are positive, half of them below 0.674: the
# distribution of a normal number's absolute value.


# %% answer="truncated_normal"
def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    """A weight of that shape, normal with mean and std, given that a <= w <= b. rng: a np.random.Generator."""
    ### BEGIN SOLUTION
    w = rng.normal(mean, std, size=shape)
    outside = (w < a) | (w > b)
    while outside.any():
        w[outside] = rng.normal(mean, std, size=outside.sum())
        outside = (w < a) | (w > b)
    return w
    ### END SOLUTION


# %% visible="truncated_normal"
found = np.asarray(truncated_normal((50, 200), np.random.default_rng(0), 0.0, 1.0, 0.0, 9.0))
assert found.shape == (50, 200), f"the weight should have the shape asked for, (50, 200), but has {found.shape}"
assert found.min() >= 0, f"no weight should lie below a = 0, but the smallest is {found.min():.3f}"
assert abs(np.median(found) - 0.674) < 0.05, f"half should lie below 0.674, but half lie below {np.median(found):.3f}"
print("truncated_normal: the worked example has the right bounds and the right middle")

# %% graded="truncated_normal"

# %% [markdown]
# ## 7. `orthogonal`: a weight that keeps lengths
#
# **Why it matters.** A product of many random matrices stretches some directions and crushes the others. A product of
# orthogonal matrices is orthogonal: all its singular values stay 1, at any depth.
#
# **Write** `orthogonal(shape, rng, gain=1.0)`, which returns a weight of that shape.
#
# - `shape` is `(out, in)`, or `(out, in, kh, kw)` for a convolution. Look at the weight as a matrix with one row per
#   output: `out` rows, and one column for each number that an output sums over (`in`, or `in * kh * kw`, in the
#   order in which `reshape` puts them).
# - If the matrix has no more rows than columns, its *rows* are orthogonal to each other, and each has length `gain`. If
#   it has more rows than columns, its *columns* are and have.
# - For half a point, every such matrix is equally likely. Start from a matrix of standard normal numbers, which prefer
#   no direction. The decomposition `np.linalg.qr` gives $A = QR$ with orthonormal columns in $Q$, but its routine
#   chooses the signs of the columns in a way of its own. Multiply column $i$ of $Q$ by the sign of $R_{ii}$, and all
#   are equally likely (Mezzadri, 2007). Other ways are as good.
# - Draw from `rng` alone. Four digits must be right.
#
# **Example.** `shape = (1, 1)` and `gain = 2` give `[[2.]]` or `[[-2.]]`, both equally often.


# %% answer="orthogonal"
def orthogonal(shape, rng, gain=1.0):
    """A random weight with orthogonal rows (or columns, if they are fewer) of length gain. shape: (out, in, ...)."""
    ### BEGIN SOLUTION
    rows, cols = shape[0], math.prod(shape[1:])
    Q, R = np.linalg.qr(rng.normal(size=(max(rows, cols), min(rows, cols))))
    Q = Q * np.sign(np.diag(R))
    if rows < cols:
        Q = Q.T
    return gain * Q.reshape(shape)
    ### END SOLUTION


# %% visible="orthogonal"
found = np.asarray(orthogonal((6, 4), np.random.default_rng(0), gain=2.0))
assert found.shape == (6, 4), f"the weight should have the shape asked for, (6, 4), but has {found.shape}"
products = found.T @ found
assert np.allclose(products, 4 * np.eye(4), atol=1e-3), (
    f"with gain 2 the products of columns should be 4 or 0, but are\n{products.round(3)}"
)
found = np.asarray(orthogonal((3, 4, 2, 2), np.random.default_rng(0)))
assert found.shape == (3, 4, 2, 2), f"a convolution's weight should have the shape asked for, but has {found.shape}"
print("orthogonal: the columns of a tall matrix are orthogonal, and a convolution has its shape")

# %% graded="orthogonal"

# %% [markdown]
# ## 8. `init_module`: the rules, applied to a whole network
#
# **Why it matters.** In torch one function, handed to `net.apply`, initializes a network. `apply` calls it once with
# every module: children first, then the module that holds them, the network itself last. What looks like five lines
# has five ways to go wrong, and only one of them ends in an error.
#
# **Write** `init_module(module)`, so that `net.apply(init_module)` initializes `net`. It gets one module at a time and
# changes that module's own parameters:
#
# - `nn.Linear` and `nn.Conv2d`, and subclasses of them: the weight is normal with mean 0 and Kaiming's deviation for
#   ReLU, $\sqrt{2 / \text{fan\_in}}$. The bias, if there is one, is 0.
# - `nn.BatchNorm1d` and `nn.BatchNorm2d`: the weight is 1 and the bias is 0, if there are any (with `affine=False` both
#   are `None`).
# - A *residual block* is any module that has an attribute `last`, a linear layer or a convolution inside it. In the
#   block's turn, set the weight of `last` to 0. The block then starts by passing its input on. Since children come
#   first, this is what stays.
# - All other modules, such as embeddings and layer normalizations, are left alone.
# - Write *into* the parameters that are there: they stay the same objects, and stay frozen if they were. Write so that
#   autograd notices: with the functions of `torch.nn.init`, which are allowed here, or under `torch.no_grad()`, but not
#   through `.data`. After a change that autograd notices, a backward pass that needs the old values is refused; behind
#   its back, it gives wrong gradients without a word.
# - Draw from torch's global generator, and don't set its seed.
#
# What the function returns doesn't matter.
#
# **Example.** After `net = nn.Sequential(nn.Linear(8, 3))` and `net.apply(init_module)`, `net[0].bias` is 0 and the
# deviation of the numbers that `net[0].weight` is drawn from is `sqrt(2 / 8) = 0.5`.


# %% answer="init_module"
def init_module(module):
    """Initialize the parameters of one module; to be handed to net.apply."""
    ### BEGIN SOLUTION
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) and module.affine:
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)
    if hasattr(module, "last"):
        nn.init.zeros_(module.last.weight)
    ### END SOLUTION


# %% visible="init_module"
def _try_init_module():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 3000), nn.BatchNorm1d(3000), nn.ReLU(), nn.Linear(3000, 2))
    weight = net[0].weight
    net.apply(init_module)
    assert net[0].weight is weight, "the weight should be the same object as before: write into it"
    std = float(weight.detach().std())
    assert abs(std - 0.5) < 0.02, f"with fan_in 8 the deviation should be 0.5, but is {std:.3f}"
    assert bool((net[0].bias == 0).all()), "the bias of a linear layer should be 0"
    nn.Linear(3, 2, bias=False).apply(init_module)


_try_init_module()
print("init_module: the worked example is right, and a layer without a bias is no problem")

# %% graded="init_module"

# %% [markdown]
# ## 9. `dirac`: a convolution that does nothing (optional)
#
# **Why it matters.** A constant weight can't learn: all its units stay the same. A convolution that passes its input on
# is also made of zeros and ones, and learns well, because no two units are alike. It lets you put a layer into a
# trained network without changing what the network computes.
#
# **Write** `dirac(shape, groups=1)`, which returns a weight of that shape, full of zeros and a few ones.
#
# - `shape` is `(out, in_group, *kernel)` with a kernel of one, two or three axes, whose lengths may differ. `in_group`
#   is the number of input channels *per group*.
# - The `out` output channels form `groups` groups of neighbours, `out / groups` in each; `groups` divides `out`.
# - In each group, output number $d$ of the group passes on input channel $d$ of the group: its kernel for that channel
#   has a single 1, at index `k // 2` of each kernel axis of length `k`.
# - Where a group has more outputs than inputs, the outputs without a partner stay 0. Where it has more inputs, those
#   without a partner are not passed on.
#
# **Example.** `shape = (4, 1, 3)` with `groups = 2`: outputs 0 and 2 are the first of their groups and have the kernel
# `[0, 1, 0]`; outputs 1 and 3 have no partner and stay 0.


# %% answer="dirac"
def dirac(shape, groups=1):
    """The weight of a convolution that passes its input on, group by group. shape: (out, in_group, *kernel)."""
    ### BEGIN SOLUTION
    w = np.zeros(shape)
    each = shape[0] // groups
    centre = tuple(k // 2 for k in shape[2:])
    for g in range(groups):
        for d in range(min(each, shape[1])):
            w[(g * each + d, d, *centre)] = 1.0
    return w
    ### END SOLUTION


# %% visible="dirac"
found = np.asarray(dirac((4, 1, 3), groups=2))
assert found.shape == (4, 1, 3), f"the weight should have the shape asked for, (4, 1, 3), but has {found.shape}"
assert found[:, 0].tolist() == [[0, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0]], (
    f"for the worked example the kernels are [0, 1, 0] for outputs 0 and 2, else 0, but yours are\n{found[:, 0]}"
)
print("dirac: the worked example is right")

# %% graded="dirac"

# %% [markdown]
# ## 10. `sparse`: few connections, as large as ever (optional)
#
# **Why it matters.** The more inputs a unit has, the smaller each weight must be. Martens (2010) cut the connections
# instead: every unit gets a few, and they can stay large. The count is exact, and that is where implementations differ.
#
# **Write** `sparse(shape, sparsity, rng, std=0.01)`, which returns a weight of shape `(rows, cols)`.
#
# - `sparsity` is the share of *zeros*. Every column has exactly `ceil(rows * sparsity)` zeros: rounded up, the same
#   number in every column.
# - The rows of the zeros are drawn at random, anew for every column; all choices are equally likely.
# - All other entries are independent, and normal with mean 0 and the deviation `std`.
# - Draw from `rng` alone.
#
# **Example.** `shape = (5, 2)` and `sparsity = 0.5`: `ceil(2.5) = 3` zeros and 2 other numbers in each of the two
# columns.


# %% answer="sparse"
def sparse(shape, sparsity, rng, std=0.01):
    """A weight (rows, cols) with ceil(rows * sparsity) zeros in every column, and normal numbers elsewhere."""
    ### BEGIN SOLUTION
    rows, cols = shape
    zeros = math.ceil(rows * sparsity)
    w = rng.normal(0, std, size=shape)
    for j in range(cols):
        w[rng.permutation(rows)[:zeros], j] = 0
    return w
    ### END SOLUTION


# %% visible="sparse"
found = np.asarray(sparse((5, 2), 0.5, np.random.default_rng(0)))
assert found.shape == (5, 2), f"the weight should have the shape asked for, (5, 2), but has {found.shape}"
zeros = (found == 0).sum(axis=0).tolist()
assert zeros == [3, 3], f"in the worked example each of the two columns has 3 zeros, but yours have {zeros}"
print("sparse: the worked example has the right number of zeros")

# %% graded="sparse"

# %% [markdown]
# ## Investigation: how deep can you go without training?
#
# *Worth 0 points unless your instructor says otherwise; then it is marked by hand, with the list below.*
#
# Somebody claims that a network's initialization hardly matters, because training repairs it. **How far from the right
# scale may the weights start, and what decides it?** Design an experiment, report its numbers, and explain them.
#
# The next cell gives you a problem and a way to train. `spirals(seed, n)` draws `n` points of two interleaved spirals
# and their labels. `train(seed, depth, scale, lr)` builds a network with `depth` hidden ReLU layers of 32 units,
# applies your `init_module` to it, multiplies all weight matrices by `scale`, trains it for 100 steps of gradient
# descent with momentum 0.9, and returns the share of new points that it gets right. `second_moments(seed, depth,
# scale)` returns the mean square of every linear layer's outputs before training; the last of them has two units
# only, so its number varies most. A run takes one or two tenths of a second, so plan some two hundred. If your
# `init_module` resists, write Kaiming's rule into the given cell's `build` in a copy of your own.
#
# Ideas to choose from, or bring your own:
#
# - Vary `scale` from 0.1 to 10 at depths 2 and 16. Where does training stop working? Is it the same interval?
# - Predict the second moments after `depth` layers with your `predicted_second_moment`, and mark where they leave the
#   range in which training worked.
# - Give every scale its own best `lr`, chosen on seeds that you don't report, before you compare. At depth 16 the
#   default is too large for most.
#
# | marks, of 6 | for |
# |---|---|
# | 1 | a question that the experiment can answer, with a guess written down before the run |
# | 2 | a fair comparison: only what you study differs; several seeds and their spread |
# | 1 | numbers in a table or a figure that a reader understands without the code |
# | 2 | an explanation that follows from the theory of question 1, and one thing that the experiment can't tell |


# %% given="training"
torch.set_num_threads(1)  # such small networks crawl on two


def spirals(seed, n):
    """n points of two interleaved spirals, (n, 2), and their labels, 0 or 1, as tensors."""
    rng = np.random.default_rng(seed)
    labels, t = rng.integers(0, 2, n), rng.uniform(0.5, 2.2, n)
    angle = 2 * t + np.pi * labels
    x = np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1) + 0.05 * rng.normal(size=(n, 2))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(labels)


def build(seed, depth, scale):
    """A network with `depth` hidden layers, initialized by init_module, its weight matrices multiplied by scale."""
    torch.manual_seed(seed)
    sizes = [2, *[32] * depth]
    layers = [m for i, o in zip(sizes[:-1], sizes[1:], strict=True) for m in (nn.Linear(i, o), nn.ReLU())]
    net = nn.Sequential(*layers, nn.Linear(32, 2))
    net.apply(init_module)
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(scale)
    return net


def second_moments(seed, depth, scale):
    """The mean square of the outputs of every linear layer, before training."""
    a, found = spirals(seed, 200)[0], []
    with torch.no_grad():
        for layer in build(seed, depth, scale):
            a = layer(a)
            if isinstance(layer, nn.Linear):
                found.append(float((a**2).mean()))
    return found


def train(seed, depth, scale, lr=0.1):
    """The share of 400 new points that the network gets right after 100 steps with momentum 0.9 on 200 points."""
    net, (x, labels) = build(seed, depth, scale), spirals(seed, 200)
    optimizer = torch.optim.SGD(net.parameters(), lr, momentum=0.9)
    for _ in range(100):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), labels).backward()
        optimizer.step()
    with torch.no_grad():
        x, labels = spirals(seed + 1000, 400)
        return float((net(x).argmax(dim=1) == labels).float().mean())


# %% investigation="experiment"
# Your question, and your guess, before you run anything:
# ...
# Then your experiment. You may add as many cells as you like.
### BEGIN SOLUTION
for depth in (2, 16):
    for scale in (0.3, 0.6, 1.0, 1.4):
        shares = [max(train(seed, depth, scale, lr) for lr in (0.01, 0.1)) for seed in range(2)]
        moment, factor = second_moments(0, depth, scale)[-1], scale**2
        print(
            f"depth {depth:2}, scale {scale}: {min(shares):.2f} to {max(shares):.2f}, "
            f"last second moment {moment:.1e}, factor per layer {factor:.2f}"
        )

# I expected the right scale to matter more the deeper the network is. With 2 hidden layers every scale from 0.3 to 1.4
# learns the spirals completely, at the better of two learning rates. With 16 only the right scale does: at 0.3, 0.6 and
# 1.4 the network does little better than guessing after as many steps.
#
# A ReLU layer multiplies the second moment by scale**2, since init_module makes that factor 1 at scale 1. Over 16
# layers, 0.36 leaves a few billionths of the signal, and the gradient shrinks alike; 1.96 makes it ten thousand times
# larger, and a step that the first layer needs throws the last one far off. At scale 1 a single network still misses
# its prediction, by a factor of ten here: 32 units aren't a wide network.
#
# The experiment can't tell what happens with more steps, with batch normalization or Adam, or on data that needs depth.
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
# **My predicted second moment is off.** Try three activations whose answer you know. `phi(x) = x` gives $E = q$; ReLU
# gives $E = q/2$; `phi(x) = 1` for every input gives $E = 1$, whatever $q$ is. Only the last is wrong? Then your
# weights don't add up to 1. Only ReLU? Then look at whether you subtract a mean, and over which $z$ you sum. All of
# them, by a factor of $q$? A root is missing, or one too many.
#
# **My fans are off.** Draw the layer. Pick one output number, and count the weights that touch it: every position of
# the kernel, in every channel that it sees. A kernel of 3 by 5 has 15 positions. The first axis of a weight belongs to
# the outputs.
#
# **My gains are off.** Compare your table with the question's, line by line: which ones have a root, which a square?
# Then try `None`, 0 and a negative number as `param`. For Python 0 and `None` are both "false", but only one of them
# asks for the default.
#
# **The distribution of my weights is off.** Draw a million, plot a histogram, and print their mean, deviation,
# smallest and largest. Divide the deviation by the one you want. Is the factor $\sqrt 3$? Then a bound and a deviation
# were exchanged: a uniform distribution on $[-b, b]$ has the deviation $b/\sqrt 3$. Is it the deviation itself? Then a
# variance went where a deviation belongs. Is it $\sqrt 2$? Then it is ReLU's factor, or a sum in place of a mean. Is
# the deviation right, but the shape isn't? Look at the ends of the histogram: peaks there are values that were moved
# to the bounds.
#
# **My weight isn't orthogonal.** Reshape it to `(out, -1)` and print both products, `w @ w.T` and `w.T @ w`. Only the
# smaller of the two can be `gain**2` times the identity. Is neither? Try a tall matrix first, then a wide one, then a
# convolution, and see where it breaks. Is the diagonal wrong? Look at the gain.
#
# **My orthogonal matrices aren't equally likely.** Draw a thousand 3 by 3 matrices and plot a histogram of each entry.
# Each should be flat from -1 to 1. An entry that is never negative shows a sign that is chosen for you.
#
# **apply stops with an error, or changes too much.** Print `type(module)` at the start of your function and apply it
# to a small network: you see every call, in its order. Which of the modules have `bias` equal to `None`? Is something
# initialized twice? Then compare `[id(p) for p in net.parameters()]` before and after.
#
# **My convolution changes its input.** Print the weight of a small case, `shape = (2, 2, 3)`. Each output should have
# a single 1, in the kernel of its own channel. Then put an image through `torch.nn.functional.conv2d` with the right
# padding and compare. Do groups fail? Count which outputs belong to the second group.
#
# **My zeros are off.** Print `(w == 0).sum(axis=0)` and `(w == 0).sum(axis=1)`. The first should hold one number again
# and again, the second should vary. Do it the other way round? Rows and columns are exchanged.
