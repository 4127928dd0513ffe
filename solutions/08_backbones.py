# %% [markdown]
# # Assignment 08 · Backbones
#
# You write what it takes to use a network that somebody else has trained. First its two building parts: the
# convolution, as one matrix product, and the residual block, with the names under which weights are published. Then
# the tools: load weights and say what didn't fit, freeze a part so that it stays frozen, take features out of the
# middle, fit a classifier on them in one formula, put it into the network as a layer, and train each part at its own
# rate. Most of these go wrong silently: everything runs, and half of the backbone is still random.
#
# - **Points:** {points}, for {questions} questions.
# - **Time:** about 150 minutes. Question 1 takes 35, questions 6 and 7 about 10 each, the others 15 to 20. The
#   investigation takes another 30 to 45.
# - **You need:** NumPy's axes and reshaping; batch normalization and its two modes (assignment 04); `torch.nn` modules.
#   Chapter 8 of the course's book explains the ideas.
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
# **Names.** Images are arrays `(N, C, H, W)`: $N$ examples, $C$ channels, $H$ rows and $W$ columns of pixels. Features
# are arrays `(N, D)`, with one row for each example; $K$ is the number of classes, or of output channels. The *state
# dict* of a torch module maps the full names of its parameters and buffers to tensors. A *buffer* is a tensor that
# belongs to a module and isn't trained, such as the running mean of a batch normalization.
#
# **Rules for every answer.** In questions 1, 6 and 7 inputs are NumPy arrays of float64 unless the text says
# otherwise; leave them as they were. Where these questions ask for arrays, return new ones; they may be float32,
# lists or torch tensors, and about four digits must be right. The other questions are about torch modules. Where the
# field has two conventions, this assignment uses torch's. Loops are fine, and so is one answer that calls another: an
# error then carries over. Don't let your functions call a library's ready-made version of what you are asked to
# write: writing it is the point, and such a call is reported to your instructor. Imports and helpers may stand in
# cells of your own, which run in their places.

# %% given="imports"
import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)  # the networks here are small and crawl on more

# %% [markdown]
# ## 1. `im2col`, `conv2d_forward`, `conv2d_backward`: the convolution is one matrix product
#
# **Why it matters.** A convolution looks like seven nested loops. Written as a matrix product it is short and fast, and
# its backward pass is that of a linear layer. What is left is book-keeping: which pixels went where.
#
# **Write** `im2col(x, kernel_size, stride=1, padding=0)`. `x` is a batch of images `(N, C, H, W)`, `kernel_size` a pair
# `(kh, kw)`, rows first. The kernel's window slides over the image, and each of its places becomes a column:
#
# - First, `padding` rows of zeros are added above and below each image, and as many columns left and right.
# - The window starts in the upper left corner and moves by `stride` pixels, to the right and down alike. It takes
#   $H' = \left\lfloor \frac{H + 2p - k_h}{s} \right\rfloor + 1$ places downwards and, with $W$ and $k_w$, $W'$ to the
#   right; $p$ is `padding` and $s$ is `stride`. Pixels that a last, incomplete step would need are left out.
# - Return an array `(N, C * kh * kw, H' * W')`. Along its last axis stand the places, row by row. Along the middle axis
#   stand the pixels of one window: channel by channel, in a channel row by row. This is the order that `reshape` gives
#   to arrays of shape `(N, C, kh, kw, H', W')`.
#
# **Write** `conv2d_forward(x, weight, bias, stride=1, padding=0)`. `weight` has shape `(K, C, kh, kw)` and `bias` has
# shape `(K,)`. Return `y` of shape `(N, K, H', W')`: at each place, for each of the $K$ output channels, the sum of the
# products of the window with that channel's kernel, plus its bias. As in torch, the kernel isn't flipped:
#
# $$ y_{nkij} = \mathrm{bias}_k + \sum_{c, u, v} \mathrm{weight}_{kcuv} \; \tilde{x}_{n,\,c,\,si + u,\,sj + v} , $$
#
# where $\tilde x$ is the padded image. With the kernels as rows of a matrix `(K, C * kh * kw)`, this is that matrix
# times `im2col`'s columns.
#
# **Write** `conv2d_backward(grad_out, x, weight, stride=1, padding=0)`. Let $L$ be a loss computed from `y`. `grad_out`
# is $\partial L / \partial y$, shaped like `y`. Return three things, `grad_x`, `grad_weight` and `grad_bias`, each
# shaped like what it belongs to. They are sums, over the batch too; nothing is averaged. A pixel that no window covers
# has the gradient 0, and one that several windows cover adds up what comes from each.
#
# - In all three functions `stride` is a whole number from 1, `padding` one from 0. The kernel fits into the padded
#   image.
# - Neither images nor kernels need be square.
# - Not allowed here: a library's convolution, `unfold` and `fold` of `torch.nn`, and automatic differentiation. Slices,
#   `np.pad`, `sliding_window_view`, `as_strided`, `einsum` and products are fine.
#
# **Example.** `x = [[[[1., 2., 3.], [4., 5., 6.]]]]` is one image of one channel with 2 rows and 3 columns. With
# `kernel_size = (1, 2)`, `im2col` gives `[[[1, 2, 4, 5], [2, 3, 5, 6]]]`: four places, in two rows of two. With
# `weight = [[[[1., 10.]]]]` and `bias = [0.5]`, the output is `[[[[21.5, 32.5], [54.5, 65.5]]]]`. And with
# `grad_out = [[[[1., 0.], [0., 2.]]]]`, `grad_x` is `[[[[1, 10, 0], [0, 2, 20]]]]`, `grad_weight` is
# `[[[[11, 14]]]]` and `grad_bias` is `[3]`.


# %% answer="im2col"
def im2col(x, kernel_size, stride=1, padding=0):
    """The windows of images as columns.

    x: (N, C, H, W). kernel_size: (kh, kw). Returns (N, C * kh * kw, H' * W').
    """
    ### BEGIN SOLUTION
    (N, C, H, W), (kh, kw) = x.shape, kernel_size
    H_out = (H + 2 * padding - kh) // stride + 1
    W_out = (W + 2 * padding - kw) // stride + 1
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    columns = np.zeros((N, C, kh, kw, H_out, W_out))
    for u in range(kh):
        for v in range(kw):
            columns[:, :, u, v] = padded[:, :, u : u + stride * H_out : stride, v : v + stride * W_out : stride]
    return columns.reshape(N, C * kh * kw, H_out * W_out)
    ### END SOLUTION


# %% visible="im2col"
def try_im2col():
    x = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    columns = im2col(x, (1, 2))
    assert np.shape(columns) == (1, 2, 4), f"the result should have shape (1, 2, 4), but has {np.shape(columns)}"
    wanted = [[[1, 2, 4, 5], [2, 3, 5, 6]]]
    assert np.allclose(columns, wanted), f"the worked example gives {wanted}, but yours is\n{columns}"
    shape = np.shape(im2col(x, (1, 2), stride=2, padding=2))
    assert shape == (1, 2, 9), f"with stride 2 and padding 2 there are 3 by 3 places, (1, 2, 9), but yours is {shape}"
    print("im2col: the worked example is right")


try_im2col()


# %% answer="conv2d_forward"
def conv2d_forward(x, weight, bias, stride=1, padding=0):
    """A convolution as torch computes it.

    x: (N, C, H, W). weight: (K, C, kh, kw). bias: (K,). Returns y (N, K, H', W').
    """
    ### BEGIN SOLUTION
    H_out = (x.shape[2] + 2 * padding - weight.shape[2]) // stride + 1
    columns = im2col(x, weight.shape[2:], stride, padding)
    y = weight.reshape(len(weight), -1) @ columns + bias[:, None]
    return y.reshape(len(x), len(weight), H_out, -1)
    ### END SOLUTION


# %% visible="conv2d_forward"
def try_conv2d_forward():
    x = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    y = conv2d_forward(x, np.array([[[[1.0, 10.0]]]]), np.array([0.5]))
    assert np.shape(y) == (1, 1, 2, 2), f"the output should have shape (1, 1, 2, 2), but has {np.shape(y)}"
    wanted = [[[[21.5, 32.5], [54.5, 65.5]]]]
    assert np.allclose(y, wanted), f"the worked example gives {wanted}, but yours is\n{y}"
    print("conv2d_forward: the worked example is right")


try_conv2d_forward()


# %% answer="conv2d_backward"
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    """The gradients of a loss with respect to conv2d_forward's x, weight and bias.

    grad_out: (N, K, H', W'). Returns grad_x (N, C, H, W), grad_weight (K, C, kh, kw), grad_bias (K,).
    """
    ### BEGIN SOLUTION
    (N, C, H, W), (K, _, kh, kw) = x.shape, weight.shape
    H_out, W_out = grad_out.shape[2:]
    g = grad_out.reshape(N, K, H_out * W_out)
    columns = im2col(x, (kh, kw), stride, padding)
    grad_weight = (g @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(weight.shape)
    grad_bias = g.sum(axis=(0, 2))
    grad_columns = (weight.reshape(K, -1).T @ g).reshape(N, C, kh, kw, H_out, W_out)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    for u in range(kh):
        for v in range(kw):
            padded[:, :, u : u + stride * H_out : stride, v : v + stride * W_out : stride] += grad_columns[:, :, u, v]
    grad_x = padded[:, :, padding : padding + H, padding : padding + W]
    return grad_x, grad_weight, grad_bias
    ### END SOLUTION


# %% visible="conv2d_backward"
def try_conv2d_backward():
    x, weight = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]), np.array([[[[1.0, 10.0]]]])
    result = conv2d_backward(np.array([[[[1.0, 0.0], [0.0, 2.0]]]]), x, weight)
    assert result is not None and len(result) == 3, "return three things: grad_x, grad_weight and grad_bias"
    wanted = {"grad_x": [[[[1, 10, 0], [0, 2, 20]]]], "grad_weight": [[[[11, 14]]]], "grad_bias": [3]}
    for (name, right), yours in zip(wanted.items(), result, strict=True):
        assert np.shape(yours) == np.shape(right), f"{name} should have shape {np.shape(right)}, not {np.shape(yours)}"
        assert np.allclose(yours, right), f"the worked example's {name} is {right}, but yours is\n{yours}"
    print("conv2d_backward: the worked example is right")


try_conv2d_backward()

# %% graded="conv2d"
# %% [markdown]
# ## 2. `ResidualBlock`: a sum that keeps the signal alive
#
# **Why it matters.** ResNets are stacks of this block, and published weights are tensors with names. A block whose
# parts have other names, or the same parts in another order, loads nothing or computes something else.
#
# **Write** the class `ResidualBlock(in_channels, out_channels, stride=1)`, an `nn.Module`: the basic block of ResNet-18
# and ResNet-34. It maps images `(N, in_channels, H, W)` to `(N, out_channels, H', W')`:
#
# $$ \mathrm{relu}\big(\, \mathrm{bn2}(\mathrm{conv2}(\mathrm{relu}(\mathrm{bn1}(\mathrm{conv1}(x))))) +
#    \mathrm{shortcut}(x) \,\big) $$
#
# | name | layer |
# |---|---|
# | `conv1` | 3×3 convolution from `in_channels` to `out_channels`, the given stride, padding 1, no bias |
# | `bn1` | batch normalization of `out_channels` channels |
# | `conv2` | 3×3 convolution from `out_channels` to `out_channels`, stride 1, padding 1, no bias |
# | `bn2` | batch normalization of `out_channels` channels |
# | `downsample.0` | 1×1 convolution from `in_channels` to `out_channels`, the given stride, no padding, no bias |
# | `downsample.1` | batch normalization of `out_channels` channels |
#
# - If `stride` is 1 and `in_channels` equals `out_channels`, the shortcut is `x` itself, and the state dict has no
#   entry that begins with `downsample`. In every other case the shortcut is `downsample`: its convolution, then its
#   normalization, and no ReLU of its own.
# - The second ReLU comes after the sum.
# - The names are those of the state dict: `conv1.weight`, `bn1.running_mean`, `downsample.0.weight` and so on, and no
#   others. They are the published ones.
# - Batch normalizations have torch's defaults. In training and evaluation mode the block does what they do.
# - Leave `x` as it was. Use torch's layers; how you initialize them doesn't matter here.
#
# **Example.** `ResidualBlock(3, 5, stride=2)` maps `(2, 3, 7, 6)` to `(2, 5, 4, 3)` and has 18 entries in its state
# dict, 6 of them in `downsample`. `ResidualBlock(3, 3)` has 12.


# %% answer="ResidualBlock"
class ResidualBlock(nn.Module):
    """The basic block of a residual network, with the names under which its weights are published.

    in_channels, out_channels: numbers of channels. stride: of the first convolution and of the shortcut's.
    """

    def __init__(self, in_channels, out_channels, stride=1):
        ### BEGIN SOLUTION
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )
        ### END SOLUTION

    def forward(self, x):
        """x: (N, in_channels, H, W). Returns (N, out_channels, H', W')."""
        ### BEGIN SOLUTION
        shortcut = x if self.downsample is None else self.downsample(x)
        h = torch.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        return torch.relu(h + shortcut)
        ### END SOLUTION


# %% visible="ResidualBlock"
def try_residual_block():
    block, plain = ResidualBlock(3, 5, stride=2), ResidualBlock(3, 3)
    y = block(torch.randn(2, 3, 7, 6))
    assert y is not None, "forward should return the output"
    assert y.shape == (2, 5, 4, 3), f"the output should have shape (2, 5, 4, 3), but has {tuple(y.shape)}"
    assert y.min() == 0 and y.max() > 0, "a ReLU comes last: there should be zeros in the output, and nothing below"
    x = torch.randn(2, 3, 7, 6)
    assert plain(x).shape == x.shape, f"ResidualBlock(3, 3) keeps the shape, but yours gives {tuple(plain(x).shape)}"
    for b, wanted in ((block, 18), (plain, 12)):
        names = list(b.state_dict())
        assert len(names) == wanted, f"the state dict should have {wanted} entries, but yours has {len(names)}: {names}"
    assert "downsample.0.weight" in block.state_dict(), f"the published name is missing: {list(block.state_dict())}"
    print("ResidualBlock: shapes and numbers of names are right")


try_residual_block()

# %% graded="ResidualBlock"
# %% [markdown]
# ## 3. `load_pretrained`: load what fits, and say what didn't
#
# **Why it matters.** Your network has another head than the published one, and names differ. Loading with
# `strict=False` reports some of that, and stops at the rest. If you don't look, training starts from a network that is
# half random.
#
# **Write** `load_pretrained(model, state_dict)`. `model` is an `nn.Module`; `state_dict` is a dictionary from names to
# tensors. Every name belongs to exactly one of four lists:
#
# | list | the name is in the model's state dict | in `state_dict` | and the shapes are |
# |---|---|---|---|
# | `loaded` | yes | yes | the same |
# | `missing` | yes | no | |
# | `unexpected` | no | yes | |
# | `mismatched` | yes | yes | different |
#
# - Copy the values of all `loaded` names into the model. Buffers count as well as parameters: all that
#   `model.state_dict()` lists.
# - Shapes are the same only if they are equal: `(1,)` isn't `(4,)`, and `(4, 5)` isn't `(5, 4)`.
# - Return the four lists, in this order: a tuple or a list of them. The order of names within a list doesn't matter.
# - `load_state_dict` is allowed. No two names stand for one tensor here.
# - All else stays as it was: the model's other tensors, its mode, which of its parameters are trained. The parameters
#   are the same objects as before, since an optimizer may hold them, and keep their dtype (`state_dict` may have
#   another one; convert).
# - `state_dict` stays as it was, also when the model is trained afterwards: the model gets copies.
#
# **Example.** `model = nn.Linear(3, 2)` has `weight` of shape `(2, 3)` and `bias` of shape `(2,)`. With a `state_dict`
# that holds `weight` of shape `(2, 3)`, `bias` of shape `(5,)` and `scale` of shape `(1,)`, the result is
# `(["weight"], [], ["scale"], ["bias"])`.


# %% answer="load_pretrained"
def load_pretrained(model, state_dict):
    """Copy what fits from a state dict into a model.

    model: an nn.Module. state_dict: names and tensors. Returns four lists of names: loaded, missing, unexpected,
    mismatched.
    """
    ### BEGIN SOLUTION
    own = model.state_dict()
    missing = [name for name in own if name not in state_dict]
    unexpected = [name for name in state_dict if name not in own]
    loaded, mismatched = [], []
    for name in own:
        if name in state_dict:
            fits = own[name].shape == state_dict[name].shape
            (loaded if fits else mismatched).append(name)
    model.load_state_dict({name: state_dict[name] for name in loaded}, strict=False)
    return loaded, missing, unexpected, mismatched
    ### END SOLUTION


# %% visible="load_pretrained"
def try_load_pretrained():
    model = nn.Linear(3, 2)
    weight = torch.arange(6.0).reshape(2, 3)
    result = load_pretrained(model, {"weight": weight, "bias": torch.ones(5), "scale": torch.ones(1)})
    assert result is not None and len(result) == 4, "return four lists: loaded, missing, unexpected, mismatched"
    wanted = (["weight"], [], ["scale"], ["bias"])
    for name, right, yours in zip(("loaded", "missing", "unexpected", "mismatched"), wanted, result, strict=True):
        assert sorted(yours) == right, f"in the worked example {name} is {right}, but yours is {yours}"
    assert torch.equal(model.weight, weight), "the model's weight should have the loaded values"
    print("load_pretrained: the worked example is right")


try_load_pretrained()

# %% graded="load_pretrained"

# %% [markdown]
# ## 4. `freeze`: frozen, and still frozen after `train()`
#
# **Why it matters.** A frozen backbone is one whose function doesn't change. Setting `requires_grad` keeps the
# optimizer away. But every training loop calls `model.train()`, and then its normalizations compute with the batch's
# statistics and move their running ones: the "frozen" features drift.
#
# **Write** `freeze(module)`. `module` is an `nn.Module`, usually a part of a larger model, such as its backbone. From
# then on:
#
# - none of its parameters, normalizations' scales and shifts included, requires a gradient, and what is left in
#   their `.grad` from before is gone: it is `None`. An optimizer that still holds them then leaves them alone;
# - it computes as in evaluation mode: normalizations use their running statistics and leave them as they are,
#   dropout drops nothing. That holds at once, whatever mode it was in, and it holds after `train()`, `train(True)` or
#   `eval()` was called on it or on a model that contains it, any number of times, in any order;
# - gradients still pass *through* it, to what comes before.
#
# Return `module` itself, not a copy. Parameters, names in the state dict and the rest of the model stay as they were:
# other layers follow `train()` and `eval()` as ever, and these two still return the module that they were called on.
# Nobody will call `train()` on a module inside the frozen one, use such a module elsewhere in the model, or copy or
# pickle a frozen one.
#
# **Example.** `model = nn.Sequential(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), nn.Linear(4, 2))`. After
# `freeze(model[0])` and `model.train()`, a batch put through `model` leaves `model[0][1].running_mean` as it was, and
# only the last layer's weight and bias require a gradient.
#
# A hint: `model.train()` calls the method `train(mode)` of each module inside it, and `eval()` is `train(False)`. A
# method of one object can be replaced, by assigning to it.


# %% answer="freeze"
def freeze(module):
    """Keep a module's function as it is: no gradients for its parameters, evaluation mode for good.

    module: an nn.Module. Returns it.
    """
    ### BEGIN SOLUTION
    for p in module.parameters():
        p.requires_grad_(False)
        p.grad = None
    module.eval()
    module.train = lambda mode=True: module
    return module
    ### END SOLUTION


# %% visible="freeze"
def try_freeze():
    model = nn.Sequential(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), nn.Linear(4, 2))
    found = freeze(model[0])
    model.train()
    model(torch.randn(8, 3) + 5)
    assert found is model[0], "return the module itself"
    trained = [name for name, p in model.named_parameters() if p.requires_grad]
    assert trained == ["1.weight", "1.bias"], f"only 1.weight and 1.bias require a gradient, but here: {trained}"
    mean = model[0][1].running_mean
    assert torch.equal(mean, torch.zeros(4)), f"after train() the running mean is still 0, but yours is {mean}"
    print("freeze: the worked example is right")


try_freeze()

# %% graded="freeze"

# %% [markdown]
# ## 5. `extract_features`: a look inside, without a trace
#
# **Why it matters.** The features you want are often in the middle of a network, and its `forward` returns only the
# end. A *hook* listens to one layer. One that is never removed, a mode that isn't put back, or a gradient that hangs on
# the features costs a day of debugging later.
#
# **Write** `extract_features(model, name, x)`. `name` is the name of a module inside `model`, not of `model` itself,
# as `model.named_modules()` gives it, for instance `"blocks.1"`; that module is called once in `model`'s forward pass
# and returns one tensor. `x` is a batch, a tensor that `model` takes. Return the tensor that this module returns when
# `model(x)` is computed in evaluation mode.
#
# - What `model` computes counts, whatever stands in its `forward`: not every operation is a module.
# - A later operation may change the layer's output in place, as `nn.ReLU(inplace=True)` does. Return the values that
#   the layer returned.
# - The result doesn't require a gradient.
#
# Afterwards everything is as it was before the call, also if `model(x)` raises an error, which you let through:
#
# - Every module is in the mode in which it was. Parts of a model may be in another mode than the whole.
# - Running statistics, parameters, and whether these require a gradient are unchanged. So is whether torch records
#   gradients in general.
# - Your hook is gone. Hooks that others have registered are still there.
#
# **Example.** `model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.Linear(4, 2))`. Then
# `extract_features(model, "0", x)` has shape `(N, 4)`, equals `x @ model[0].weight.T + model[0].bias`, negative numbers
# included, and `model.training` is what it was.


# %% answer="extract_features"
def extract_features(model, name, x):
    """What one module inside a model returns for a batch, in evaluation mode, without a gradient.

    model: an nn.Module. name: of a module inside it. x: a batch. Returns a tensor.
    """
    ### BEGIN SOLUTION
    modes = [(module, module.training) for module in model.modules()]
    found = []

    def keep(module, args, output):
        found.append(output.detach().clone())

    handle = model.get_submodule(name).register_forward_hook(keep)
    model.eval()
    try:
        with torch.no_grad():
            model(x)
    finally:
        handle.remove()
        for module, mode in modes:
            module.training = mode
    return found[0]
    ### END SOLUTION


# %% visible="extract_features"
def try_extract_features():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.Linear(4, 2))
    x = torch.randn(50, 3)
    features = extract_features(model, "0", x)
    assert features is not None, "return the features"
    assert features.shape == (50, 4), f"the features should have shape (50, 4), but have {tuple(features.shape)}"
    assert torch.allclose(features, model[0](x), atol=1e-5), "the features should be what model[0] returns for x"
    assert model.training, "the model was in training mode before; now it isn't"
    print("extract_features: the worked example is right")


try_extract_features()

# %% graded="extract_features"

# %% [markdown]
# ## 6. `linear_probe`: how much do the features know?
#
# **Why it matters.** The quickest classifier on given features is ridge regression on one-hot labels: no learning rate,
# no steps, one solution. How well it does is the usual measure of what features are worth, and it is a better start for
# fine-tuning than a random layer.
#
# **Write** `linear_probe(features, labels, num_classes, lam)`. `features` $F$ has shape `(N, D)`; `labels` has shape
# `(N,)` and holds whole numbers from 0 to $K - 1$, where $K$ is `num_classes`; `lam` ($\lambda$) is a positive number.
# Let $Y$ be the labels as rows of length $K$, with a 1 at the label and 0 elsewhere. Return two arrays, $W$ of shape
# `(K, D)` and $b$ of shape `(K,)`, that make this sum smallest:
#
# $$ \sum_{n=1}^{N} \lVert W f_n + b - y_n \rVert^2 + \lambda \lVert W \rVert^2 , $$
#
# where $f_n$ and $y_n$ are rows of $F$ and $Y$, and $\lVert W \rVert^2$ is the sum of the squares of all entries of
# $W$.
#
# - The first part is a sum over the examples, not a mean, and has no ½. The penalty is on $W$ only: the intercept $b$
#   is free.
# - $D$ may be larger than $N$. Features aren't centred and aren't scaled; leave their scale as it is.
# - A class may have no examples. Its row of $W$ and its entry of $b$ are 0 then, by the formula (to four digits).
# - Not allowed here: a library's ridge regression. Solving linear systems, decompositions and least squares are fine.
#
# **Example.** `features = [[0.], [2.], [4.]]`, `labels = [0, 0, 1]`, `num_classes = 2`, `lam = 2.`. Then
# `W = [[-0.2], [0.2]]` and `b = [1.0667, -0.0667]`: at the mean of the features, 2, the scores are the shares of the
# classes, 2/3 and 1/3.


# %% answer="linear_probe"
def linear_probe(features, labels, num_classes, lam):
    """Ridge regression of one-hot labels, with a free intercept.

    features: (N, D). labels: (N,), whole numbers. lam: above 0. Returns W (num_classes, D) and b (num_classes,).
    """
    ### BEGIN SOLUTION
    targets = np.eye(num_classes)[labels]
    mean_f, mean_y = features.mean(axis=0), targets.mean(axis=0)
    F, Y = features - mean_f, targets - mean_y
    W = np.linalg.solve(F.T @ F + lam * np.eye(F.shape[1]), F.T @ Y).T
    return W, mean_y - W @ mean_f
    ### END SOLUTION


# %% visible="linear_probe"
def try_linear_probe():
    result = linear_probe(np.array([[0.0], [2.0], [4.0]]), np.array([0, 0, 1]), 2, 2.0)
    assert result is not None and len(result) == 2, "return two arrays: W and b"
    W, b = result
    assert np.shape(W) == (2, 1), f"W should have shape (K, D) = (2, 1), but has {np.shape(W)}"
    assert np.shape(b) == (2,), f"b should have shape (K,) = (2,), but has {np.shape(b)}"
    assert np.allclose(W, [[-0.2], [0.2]]), f"the worked example's W is [[-0.2], [0.2]], but yours is {W}"
    assert np.allclose(b, [16 / 15, -1 / 15]), f"the worked example's b is [1.0667, -0.0667], but yours is {b}"
    print("linear_probe: the worked example is right")


try_linear_probe()

# %% graded="linear_probe"

# %% [markdown]
# ## 7. `head_from_probe`: the probe becomes the network's last layer
#
# **Why it matters.** Fine-tuning from a random head first wrecks the features, while the head learns. Starting from
# the probe avoids that. But the probe was fitted to *standardized* features, and the network has no such step: mean and
# deviation go into the weights.
#
# **Write** `head_from_probe(W, b, mean, std)`. `W` `(K, D)` and `b` `(K,)` are a probe of standardized features $z$:
# its scores are $W z + b$ with $z_d = (f_d - \mathrm{mean}_d) / \mathrm{std}_d$. `mean` and `std` have shape `(D,)`.
# All four are NumPy arrays. Return an `nn.Linear` with $D$ inputs and $K$ outputs that gives the same scores from the
# features $f$ themselves.
#
# - Where `std` is 0, the feature never varied. Its $z$ counts as 0 then, whatever $f$ is: its weight in the layer is 0,
#   and it adds nothing to the bias. Other entries of `std` are positive.
# - The layer is ready for training: its weight and bias are parameters of dtype float32 that require a gradient.
# - The arrays stay as they were, also when the layer is trained.
#
# **Example.** `W = [[2., 3.]]`, `b = [1.]`, `mean = [4., 5.]` and `std = [0.5, 0.]` give a layer with the weight
# `[[4., 0.]]` and the bias `[-15.]`: the score is $2 \cdot (f_1 - 4)/0.5 + 1 = 4 f_1 - 15$.


# %% answer="head_from_probe"
def head_from_probe(W, b, mean, std):
    """A linear layer on raw features with the scores of a probe on standardized ones.

    W: (K, D). b: (K,). mean, std: (D,), an entry of std may be 0. Returns an nn.Linear(D, K), float32.
    """
    ### BEGIN SOLUTION
    scale = np.zeros(len(std))
    scale[std > 0] = 1 / std[std > 0]
    weight = W * scale
    head = nn.Linear(W.shape[1], W.shape[0])
    with torch.no_grad():
        head.weight.copy_(torch.tensor(weight))
        head.bias.copy_(torch.tensor(b - weight @ mean))
    return head
    ### END SOLUTION


# %% visible="head_from_probe"
def try_head_from_probe():
    head = head_from_probe(np.array([[2.0, 3.0]]), np.array([1.0]), np.array([4.0, 5.0]), np.array([0.5, 0.0]))
    assert isinstance(head, nn.Linear), f"return an nn.Linear, not a {type(head).__name__}"
    assert head.weight.shape == (1, 2), f"its weight should have shape (1, 2), but has {tuple(head.weight.shape)}"
    wanted = torch.tensor([[4.0, 0.0]])
    assert torch.allclose(head.weight, wanted), f"the example's weight is {wanted.tolist()}, not {head.weight.tolist()}"
    assert torch.allclose(head.bias, torch.tensor([-15.0])), f"the example's bias is [-15.], not {head.bias.tolist()}"
    print("head_from_probe: the worked example is right")


try_head_from_probe()

# %% graded="head_from_probe"

# %% [markdown]
# ## 8. `parameter_groups`: small steps at the front, large ones at the back
#
# **Why it matters.** Early layers are of use for almost any task, late ones for the one they were trained on. So the
# head gets the full learning rate, and each stage before it a smaller one: *discriminative* learning rates (Howard and
# Ruder, 2018). A parameter in the wrong group, or in none, is one that training treats differently than you think.
#
# **Write** `parameter_groups(model, stages, lr, decay)` for an `nn.Module`. `stages` is a list of names of modules
# inside it, at least one, from its input to its output, such as `["stem", "blocks.0", "blocks.1", "head"]`. Return a
# list of dictionaries, *parameter groups* as every torch optimizer takes them: `{"params": [...], "lr": number}`.
#
# - The last stage gets the learning rate `lr`, the one before `lr * decay`, the one before that `lr * decay**2`, and so
#   on. `decay` is a number between 0 and 1.
# - A parameter belongs to a stage if its full name, as in `model.named_parameters()`, is the stage's name, a dot and
#   more. `blocks.1.weight` belongs to the stage `blocks.1`; `blocks.10.weight` and `old.blocks.1.weight` don't. No
#   stage lies inside another.
# - A parameter that belongs to no stage gets the rate of the *first* stage.
# - A parameter with `requires_grad` False isn't trained: it belongs to no group. A stage of which nothing is trained
#   still counts as a step in the powers of `decay`; you may leave out a group without parameters.
# - Each parameter that is trained appears exactly once. One that several modules share has one name in
#   `named_parameters()`, and that one counts.
# - The model stays as it is. The order of groups and parameters doesn't matter, and neither does their number. Every
#   group has its own `"lr"`: your groups are handed to a torch optimizer, whose own default must not reach any
#   parameter.
#
# **Example.** A model has the modules `stem`, `body` and `head`, each an `nn.Linear`, and a parameter `scale` of its
# own. `parameter_groups(model, ["stem", "body", "head"], 0.1, 0.5)` gives the weight and bias of `head` the rate 0.1,
# those of `body` 0.05, and those of `stem` 0.025, as well as `scale`.


# %% answer="parameter_groups"
def parameter_groups(model, stages, lr, decay):
    """Parameter groups whose learning rate falls from the last stage to the first.

    model: an nn.Module. stages: names of modules, from input to output. Returns dictionaries with "params" and "lr".
    """
    ### BEGIN SOLUTION
    groups = [{"params": [], "lr": lr * decay**k} for k in reversed(range(len(stages)))]
    for name, p in model.named_parameters():
        if p.requires_grad:
            places = [i for i, stage in enumerate(stages) if name.startswith(stage + ".")]
            groups[places[0] if places else 0]["params"].append(p)
    return [group for group in groups if group["params"]]
    ### END SOLUTION


# %% visible="parameter_groups"
def try_parameter_groups():
    model = nn.Module()
    model.stem, model.body, model.head = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 2)
    model.scale = nn.Parameter(torch.ones(()))
    groups = parameter_groups(model, ["stem", "body", "head"], 0.1, 0.5)
    assert groups is not None and all("params" in g for g in groups), "return a list of dictionaries with params"
    rates = {id(p): g.get("lr") for g in groups for p in g["params"]}
    for name, parameter in model.named_parameters():
        wanted = {"head": 0.1, "body": 0.05}.get(name.split(".")[0], 0.025)
        yours = rates.get(id(parameter))
        assert yours is not None, f"{name} is in no group, or its group has no lr"
        assert abs(yours - wanted) < 1e-9, f"{name} should have the rate {wanted}, but has {yours}"
    print("parameter_groups: the worked example is right")


try_parameter_groups()

# %% graded="parameter_groups"

# %% [markdown]
# ## Investigation: what does a backbone keep?
#
# *Worth 0 points unless your instructor says otherwise; then it is marked by hand, with the list below.*
#
# One often reads that a backbone removes noise and keeps what is important. **Important for what? And where in the
# network should you take the features for a new task with few labels?** Design an experiment with your own functions
# (questions 5 and 6), report its numbers, and explain them.
#
# The next cell gives you data and backbones. `pictures(seed, n, kinds)` draws `n` noisy pictures, each of one of the
# symbols in `kinds` (a list of their numbers; there are 30, from 0) at a random place. `pictures(seed, n, [k])` draws
# symbol `k` only, and `seed` may be a list of numbers, `[3, 1]` say, of which the backbones use those that end with
# 0. It returns the pictures `(n, 1, 12, 12)`, which symbol each shows, and in which quarter of the picture it stands,
# 0 to 3 (by its upper left corner). `backbone(seed, task)` returns a small network in evaluation mode, pretrained on
# the symbols 0 to 19: with `task="shape"` to say *which* symbol a picture shows, with `task="place"` to say *where*
# it stands, and with `task=None` not at all. Pretraining takes up to half a second. Your new task is to tell the
# symbols 20 to 29 apart, which no backbone has seen, with a few labelled pictures of each. You can tap the network at
# `"conv1"`, `"conv2"`, `"conv3"`, `"pool"` and `"head"`, which has as many outputs as its task had answers;
# `pooled(features)` makes one number of each channel, its largest value over the picture (`"pool"` takes the mean),
# as an array `(N, D)` for your probe. Flatten pixels yourself. Standardize features by the mean and deviation of the
# labelled ones before the probe, but don't divide by 0; give the probe labels from 0 to 9; `lam = 10` will do. Test
# on 500 more pictures.
#
# Ideas to choose from, or bring your own:
#
# - The accuracy at every tap, for each of the three kinds of backbone and for the pixels themselves.
# - The same with 2, 10 and 50 labels for each symbol. Does the best tap change? Does the backbone still pay?
# - The other way round: which backbone, and which tap, for the new task of saying where a symbol stands? And what if
#   you flatten the features in place of pooling them?
#
# | marks, of 6 | for |
# |---|---|
# | 1 | a question that the experiment can answer, with a guess written down before the run |
# | 2 | a fair comparison: same labels and tests, only backbone or tap differ; several seeds and their spread; pixels |
# | 1 | numbers in a table or a figure that a reader understands without the code |
# | 2 | an explanation that follows from what the backbone was trained to do; one thing that the experiment can't tell |


# %% given="backbone"
symbols = np.random.default_rng(8).choice([0.0, 1.0], (30, 5, 5))


def pictures(seed, n, kinds):
    """n noisy pictures (n, 1, 12, 12) of symbols at random places; which symbol (n,), in which quarter (n,)."""
    rng = np.random.default_rng(seed)
    which, (row, col) = rng.choice(kinds, n), rng.integers(0, 8, (2, n))
    x = 0.3 * rng.normal(size=(n, 1, 12, 12))
    for i in range(n):
        x[i, 0, row[i] : row[i] + 5, col[i] : col[i] + 5] += symbols[which[i]]
    return torch.tensor(x, dtype=torch.float32), which, 2 * (row // 4) + col // 4


def backbone(seed, task=None, steps=80):
    """A small network in evaluation mode, pretrained on the symbols 0 to 19: "shape", "place" or None."""
    torch.manual_seed(seed)
    net, channels = nn.Sequential(), 1
    for name, width, stride in (("conv1", 16, 1), ("conv2", 32, 2), ("conv3", 32, 1)):
        conv = nn.Conv2d(channels, width, 3, stride, padding=1, bias=False)
        net.add_module(name, nn.Sequential(conv, nn.BatchNorm2d(width), nn.ReLU()))
        channels = width
    net.add_module("pool", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    net.add_module("head", nn.Linear(channels, 4 if task == "place" else 20))
    if task is None:
        return net.eval()
    x, which, quarter = pictures([seed, 0], 64 * steps, 20)
    labels = torch.tensor(quarter if task == "place" else which)
    optimizer = torch.optim.Adam(net.parameters(), 5e-3)
    for batch in torch.arange(len(x)).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[batch]), labels[batch]).backward()
        optimizer.step()
    return net.eval()


def pooled(features):
    """The largest value of each channel over the picture, (N, D) in NumPy; vectors stay as they are."""
    return (features.amax(dim=(2, 3)) if features.ndim == 4 else features).double().numpy()


# %% investigation="experiment"
# Your question, and your guess, before you run anything:
# ...
# Then your experiment. You may add as many cells as you like.
### BEGIN SOLUTION
def accuracy(features, labels, new_features, new_labels):
    mean, std = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    W, b = linear_probe((features - mean) / std, labels, 10, 10.0)
    return np.mean(((new_features - mean) / std @ W.T + b).argmax(axis=1) == new_labels)


new, taps = np.arange(20, 30), ("conv1", "conv2", "conv3", "pool", "head")
found = {}
for seed in range(3):
    x, which, _ = pictures([seed, 1], 100, new)  # about ten labels for each symbol
    x_new, which_new, _ = pictures([seed, 2], 500, new)
    pixels = accuracy(x.flatten(1).numpy(), which - 20, x_new.flatten(1).numpy(), which_new - 20)
    found.setdefault(("no backbone", "pixels"), []).append(pixels)
    for task in (None, "shape", "place"):
        net = backbone(seed, task)
        for tap in taps:
            f, f_new = (pooled(extract_features(net, tap, images)) for images in (x, x_new))
            result = accuracy(f, which - 20, f_new, which_new - 20)
            found.setdefault((f"trained on {task}", tap), []).append(result)
for (trained, tap), values in found.items():
    print(f"{trained:<16} {tap:<7} {np.mean(values):.2f} (from {min(values):.2f} to {max(values):.2f} over 3 seeds)")

# I expected the backbone that was trained to tell shapes apart to be best, and its features to be the better the later
# they are taken. The first holds: tapped at conv3 it gets 0.61 right with about ten labels for each symbol, where the
# pixels get 0.13. The second holds only roughly: conv1 is at 0.57, conv2 a little lower, and the head, which is trained
# to tell the *old* symbols apart, falls to 0.49. Of conv1, conv3 and pool I wouldn't call one the best: their ranges
# touch or overlap.
#
# The surprise is the backbone trained on places. Its conv1 is as good as the other's, 0.54, and from there it gets
# worse with every layer, down to 0.11 at its head, which is guessing. It has learned to throw away what it wasn't asked
# for: which symbol it is doesn't matter for where it stands. Without any training conv1 still gets 0.49, more than the
# trained one at its end. So most of what conv1 is worth comes from pooling over the places, not from pretraining.
#
# The experiment can't tell whether the order is the same with a deeper network, or with photographs. The pixels are
# flattened and not pooled, so that their 0.13 says nothing about the network alone.
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
# **My columns or convolutions are off.** Take an image whose pixels are numbered, `np.arange(24.).reshape(1, 1, 4, 6)`,
# and a kernel of 2 by 3: then you can read off where every number of a column came from. Try a second channel with
# 100 added next, then `stride=2`, then `padding=1`, one after another. Is your shape wrong? Count the places in one
# direction by hand. Is it right, but the numbers are in other places? `reshape` moves nothing: print the shape before
# it, and transpose until the axes stand in the order that the text names.
#
# **My convolution's gradients are off.** Let `grad_out` be 0 but for a single 1. Then `grad_weight` is the window of
# `x` at that place, `grad_x` the kernel put down there, and `grad_bias` a single 1. Then put a second 1 beside the
# first: where the two windows overlap, their contributions add up. Or compare with differences: move one entry of `x`
# up and down by `1e-4` and see how `(y * grad_out).sum()` changes.
#
# **My block computes something else.** Print `list(block.state_dict())` and compare with the table, name by name. Set
# `block.eval()`, take a random `x`, and write the formula out in one line with the block's own layers. Does that agree
# with `forward`? Then print `y.min()`: is there a negative number? And call the block twice with the same `x`: does the
# second result differ?
#
# **The wrong names are loaded.** Print four things for your model: the names in `model.state_dict()`, those in
# `state_dict`, and the shapes of both. Sort each name by hand into the four lists. Is a running mean among your
# unexpected names? Then you compared with the parameters only. Is a mismatched name in two lists? Every name belongs to
# one.
#
# **It thaws.** Print `[(name, m.training) for name, m in model.named_modules()]` before and after `model.train()`, and
# `[(name, p.requires_grad) for name, p in model.named_parameters()]`. Then put the same batch through twice in training
# mode: are the results equal? Which module's `train` does `model.train()` call, and what does that one do in turn?
#
# **My features are off, or leave a trace.** Compare with `model.eval(); y = model(x)` for a model whose layers you also
# call by hand, one after another. Is it the layer's input that you kept, or the model's output? Are negative values 0?
# Then something wrote into your tensor later. For traces print, before and after: `[m.training for m in
# model.modules()]`, `[len(m._forward_hooks) for m in model.modules()]`, `torch.is_grad_enabled()`.
#
# **My probe or head is off.** For the probe, multiply `lam` by a million: $W$ should go to 0 and $b$ to the shares of
# the classes. Is $b$ 0 as well? Then it was penalized. With `lam = 1e-9` and more examples than features it should be
# the least-squares solution. Is the right `lam` off by a factor? Then a mean or a half crept in. For the head, put the
# same `f` through both, `head(f)` and `W @ ((f - mean) / std) + b`. At `f = mean` both should give `b`.
#
# **A parameter has the wrong rate.** Print the names of the parameters beside their rates, in the order of the model.
# Do the rates grow towards the head? Which stage has the whole `lr`? Is a stage with a similar name caught too? Count:
# are there as many parameters in your groups as in the model, less the frozen ones?
