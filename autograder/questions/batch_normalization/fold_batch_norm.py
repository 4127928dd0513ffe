"""fold_batch_norm: a layer and the trained normalization after it, as one layer."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import batch_normalization as reference

from . import inputs


def layer(rng, shape, eps=1e-5):
    """A layer's weight and bias, and everything that a trained normalization of its outputs holds."""
    out = shape[0]
    return {
        "weight": rng.normal(0.5, 1, shape),
        "bias": rng.normal(2, 1, out),
        "gamma": inputs.scales(rng, out),
        "beta": rng.normal(0, 2, out),
        "running_mean": rng.uniform(1, 3, out) * rng.choice([-1, 1], out),
        "running_var": rng.uniform(1.5, 4, out),
        "eps": eps,
    }


def linear(rng):
    return layer(rng, (int(rng.integers(3, 5)), int(rng.integers(5, 7))))


def square(rng):
    out = int(rng.integers(3, 5))
    return layer(rng, (out, out))


def convolution(rng):
    return inputs.without_eps(layer(rng, (4, 3, 2, 5)))


def small_variance(rng):
    """Running variances about as large as eps."""
    return layer(rng, (3, 5), inputs.large_eps(rng)) | {"running_var": rng.uniform(0.2, 1, 3)}


question = Question(
    name="fold_batch_norm",
    assignment="04_batch_normalization",
    reference=reference.fold_batch_norm,
    outputs=("weight", "bias"),
    properties=[
        Property("value", 2, linear, "a linear layer, weight of shape (out, in)"),
        Property("square layer", 0.5, square, "a linear layer with as many outputs as inputs"),
        Property(
            "convolution", 1.5, convolution, "a convolution, weight of shape (out, in, kh, kw), with the default eps"
        ),
        Property("eps", 0.5, small_variance, "a layer whose running variance is no larger than eps"),
        Property("inputs unharmed", 0.5, linear, "any layer", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="float32 answers use less than a hundredth of it; the nearest misconception (eps outside the root, "
        "in the eps property) exceeds it 1500 times",
    ),
    forbids=(
        "torch.nn.utils.fusion.fuse_conv_bn_weights",
        "torch.nn.utils.fusion.fuse_conv_bn_eval",
        "torch.nn.utils.fusion.fuse_linear_bn_weights",
        "torch.nn.utils.fusion.fuse_linear_bn_eval",
    ),
    equivalent_mutants={
        "new_weight = weight * scale.reshape((-2,) + (1,) * (weight.ndim - 1))": (
            "to NumPy's reshape any negative length means the one that fits"
        ),
    },
    stuck={"convolution": "Vectors pass, images fail", "": "All my values are off by the same factor"},
)


@question.accepts("loops over the outputs")
def fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5):
    new_weight, new_bias = np.zeros(weight.shape), np.zeros(bias.shape)
    for o in range(len(weight)):
        scale = gamma[o] / (running_var[o] + eps) ** 0.5
        new_weight[o] = scale * weight[o]
        new_bias[o] = scale * bias[o] + beta[o] - scale * running_mean[o]
    return new_weight, new_bias


@question.accepts("multiplies by a diagonal matrix, over flattened kernels")
def fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5):
    scale = np.diag(gamma * (running_var + eps) ** -0.5)
    return (scale @ weight.reshape(len(weight), -1)).reshape(weight.shape), beta + scale @ (bias - running_mean)


@question.accepts("measures the two layers: their answer to nothing is the bias, to each unit input a column")
def fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5):
    flat = weight.reshape(len(weight), -1)

    def both(x):
        return gamma * (flat @ x + bias - running_mean) / np.sqrt(running_var + eps) + beta

    nothing = both(np.zeros(flat.shape[1]))
    columns = [both(unit) - nothing for unit in np.eye(flat.shape[1])]
    return np.stack(columns, axis=1).reshape(weight.shape), nothing


@question.accepts("in float32 through torch, as a tuple of tensors")
def fold_batch_norm(weight, bias, gamma, beta, running_mean, running_var, eps=1e-5):
    import torch

    arrays = (weight, bias, gamma, beta, running_mean, running_var)
    weight, bias, gamma, beta, mean, var = (torch.tensor(a, dtype=torch.float32) for a in arrays)
    scale = gamma * torch.rsqrt(var + eps)
    return torch.einsum("o...,o->o...", weight, scale), torch.addcmul(beta, bias - mean, scale)


question.misconception(
    "bias_left_out",
    "Your new bias has lost the layer's own bias. What the normalization sees is the layer's output, its bias "
    "included.",
    seen="folding code written for convolutions without a bias",
    replace=("(bias - running_mean) * scale + beta", "beta - running_mean * scale"),
)
question.misconception(
    "bias_not_scaled",
    "You added the layer's old bias unscaled. It passes through the normalization too, so it is multiplied by the same "
    "scale as the weights.",
    seen="ultralytics/yolov3#807: a fused bias that adds the convolution's bias as it is",
    replace=("(bias - running_mean) * scale + beta", "bias + beta - running_mean * scale"),
)
question.misconception(
    "mean_left_out",
    "You left the running mean out of the new bias. The normalization subtracts it before it scales.",
    seen="tenstorrent/tt-metal#5317, in review: the mean unaccounted for where a convolution has no bias",
    replace=("(bias - running_mean) * scale + beta", "bias * scale + beta"),
)
question.misconception(
    "mean_not_scaled",
    "You subtracted the running mean after scaling. Subtract it first: the scale applies to the difference.",
    seen="misplaced brackets; compare facebookresearch/LeViT#24, where the brackets were doubted",
    replace=("(bias - running_mean) * scale + beta", "bias * scale - running_mean + beta"),
)
question.misconception(
    "mean_added",
    "You added the running mean where it is subtracted.",
    seen="a sign lost while expanding the brackets",
    replace=("(bias - running_mean) * scale + beta", "(bias + running_mean) * scale + beta"),
)
question.misconception(
    "beta_left_out",
    "Your new bias lacks beta, the shift that the normalization adds at its end.",
    seen="the fold of the scale alone",
    replace=("(bias - running_mean) * scale + beta", "(bias - running_mean) * scale"),
)
question.misconception(
    "beta_scaled",
    "You divided beta by the deviation as well. Beta is added after the scaling and stays as it is.",
    seen="facebookresearch/LeViT#24 proposes it",
    replace=(
        "(bias - running_mean) * scale + beta",
        "(bias - running_mean) * scale + beta / np.sqrt(running_var + eps)",
    ),
)
question.misconception(
    "gamma_left_out",
    "Your scale lacks gamma: each output is multiplied by gamma over the deviation.",
    seen="the fold of a normalization whose gamma is still 1",
    replace=("gamma / np.sqrt(running_var + eps)", "1 / np.sqrt(running_var + eps)"),
)
question.misconception(
    "weight_not_scaled",
    "You returned the weight unchanged. The normalization scales the layer's output, so it scales the weight too.",
    seen="a fold that only corrects the bias",
    replace=("return new_weight, new_bias", "return weight, new_bias"),
)
question.misconception(
    "inputs_scaled",
    "You scaled the weight along its inputs. There is one scale per output: it multiplies the first axis of the "
    "weight.",
    seen="weight * scale, which multiplies the last axis",
    replace=("scale.reshape((-1,) + (1,) * (weight.ndim - 1))", "scale"),
)
question.misconception(
    "linear_only",
    "Your scale doesn't line up with a convolution's weight. That has four axes: give the scale three more axes of "
    "length 1, so that it multiplies the first.",
    seen="a fold that was tried on linear layers only",
    replace=("scale.reshape((-1,) + (1,) * (weight.ndim - 1))", "scale[:, None]"),
)
question.misconception(
    "no_root",
    "You divided by the running variance. Divide by its square root.",
    seen="running_var read as a standard deviation",
    replace=("np.sqrt(running_var + eps)", "(running_var + eps)"),
)
question.misconception(
    "eps_left_out",
    "You left eps out. The folded layer must do what the normalization did, its eps included.",
    seen="fusing formulas printed without eps",
    replace=("np.sqrt(running_var + eps)", "np.sqrt(running_var)"),
)
question.misconception(
    "eps_outside_root",
    "You added eps to the standard deviation. It belongs under the root, added to the variance.",
    seen="sqrt(var) + eps, in hand-written layers",
    replace=("np.sqrt(running_var + eps)", "(np.sqrt(running_var) + eps)"),
)
question.misconception(
    "in_place",
    "Your values are right, but you scaled the old weight in place. Return new arrays.",
    seen="weight *= scale",
    replace=(
        "new_weight = weight * scale.reshape((-1,) + (1,) * (weight.ndim - 1))",
        "weight *= scale.reshape((-1,) + (1,) * (weight.ndim - 1)); new_weight = weight",
    ),
)
