"""batch_norm_backward: the gradients through a normalization whose statistics depend on its input."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import batch_normalization as reference

from . import inputs


def with_upstream(batch, rng):
    axes = (0, *range(2, batch["x"].ndim))
    grad_out = inputs.upstream(rng, batch["x"], axes)
    return {"grad_out": grad_out} | {name: batch[name] for name in ("x", "gamma", "eps") if name in batch}


def vectors(rng):
    return with_upstream(inputs.vectors(rng), rng)


def images(rng):
    return with_upstream(inputs.images(rng), rng)


def large_eps(rng):
    batch = vectors(rng)
    return batch | {"x": inputs.standardized(batch["x"], 0), "eps": inputs.large_eps(rng)}


BACKWARDS = ("grad_beta", "grad_gamma", "grad_x")  # the order in which backpropagation meets them

question = Question(
    name="batch_norm_backward",
    assignment="04_batch_normalization",
    reference=reference.batch_norm_backward,
    outputs=("grad_x", "grad_gamma", "grad_beta"),
    properties=[
        Property(
            "grad_gamma and grad_beta", 1.5, vectors, "a batch of vectors", judge=parts("grad_beta", "grad_gamma")
        ),
        Property("grad_x", 2, vectors, "a batch of vectors, x of shape (N, C)", judge=parts("grad_x")),
        Property(
            "images",
            1.5,
            images,
            "a batch of images, x of shape (N, C, H, W), with the default eps",
            judge=parts(*BACKWARDS),
        ),
        Property("eps", 0.5, large_eps, "a batch with an eps about as large as its variance", judge=parts(*BACKWARDS)),
        Property("inputs unharmed", 0.5, vectors, "any batch", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="float32 answers use less than a hundredth of it; the nearest misconceptions (eps outside the root, "
        "the unbiased variance of 36 to 80 pixels) exceed it 2000 times",
    ),
    forbids=(
        "torch.nn.functional.batch_norm",
        "torch.batch_norm",
        "torch.nn.BatchNorm1d",
        "torch.nn.BatchNorm2d",
        "torch.autograd.grad",
        "torch.autograd.backward",
        "torch.Tensor.backward",
    ),
    equivalent_mutants={
        "column = (1, -2) + (1,) * (x.ndim - 2)": "to NumPy's reshape any negative length means the one that fits",
    },
    stuck={
        "grad_x": "grad_gamma and grad_beta are right, grad_x is wrong",
        "images": "Vectors pass, images fail",
        "": "All my values are off by the same factor",
    },
)


@question.accepts("step by step along the computational graph, as in the paper")
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    flat = lambda a: np.moveaxis(a, 1, -1).reshape(-1, x.shape[1])  # noqa: E731
    X, G = flat(x), flat(grad_out)
    n = len(X)
    away = X - X.mean(axis=0)
    var = (away**2).mean(axis=0)
    grad_x_hat = G * gamma
    grad_var = np.sum(grad_x_hat * away * -0.5 * (var + eps) ** -1.5, axis=0)
    grad_mean = np.sum(-grad_x_hat / np.sqrt(var + eps), axis=0) + grad_var * np.mean(-2 * away, axis=0)
    grad_X = grad_x_hat / np.sqrt(var + eps) + grad_var * 2 * away / n + grad_mean / n
    grad_x = np.moveaxis(grad_X.reshape(np.moveaxis(x, 1, -1).shape), -1, 1)
    return grad_x, np.sum(G * away / np.sqrt(var + eps), axis=0), G.sum(axis=0)


@question.accepts("channel by channel, with the whole Jacobian of the normalization")
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    grad_x, grad_gamma, grad_beta = np.zeros(x.shape), np.zeros(len(gamma)), np.zeros(len(gamma))
    for c in range(len(gamma)):
        v, g = x[:, c].ravel(), grad_out[:, c].ravel()
        n, std = v.size, np.sqrt(v.var() + eps)
        x_hat = (v - v.mean()) / std
        jacobian = (np.eye(n) - 1 / n - np.outer(x_hat, x_hat) / n) / std
        grad_x[:, c] = (gamma[c] * jacobian.T @ g).reshape(grad_x[:, c].shape)
        grad_gamma[c], grad_beta[c] = g @ x_hat, g.sum()
    return [grad_x, grad_gamma, grad_beta]


@question.accepts("one product: n times the gradient, minus two sums, over n and the deviation")
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    axes = tuple(i for i in range(x.ndim) if i != 1)
    keep = dict(axis=axes, keepdims=True)  # noqa: C408
    n = x.size / x.shape[1]
    rstd = (np.mean(x * x, **keep) - np.mean(x, **keep) ** 2 + eps) ** -0.5
    x_hat = (x - np.mean(x, **keep)) * rstd
    db, dg = np.sum(grad_out, **keep), np.sum(grad_out * x_hat, **keep)
    dx = gamma.reshape(db.shape) * rstd / n * (n * grad_out - db - x_hat * dg)
    return dx, dg.ravel(), db.ravel()


@question.accepts("in float32, by torch's automatic differentiation of the forward formula")
def batch_norm_backward(grad_out, x, gamma, eps=1e-5):
    import torch

    x, gamma = (torch.tensor(a, dtype=torch.float32, requires_grad=True) for a in (x, gamma))
    beta = torch.zeros(len(gamma), requires_grad=True)
    dims = [0, *range(2, x.ndim)]
    var, mean = torch.var_mean(x, dim=dims, correction=0, keepdim=True)
    y = gamma.view(mean.shape) * (x - mean) / torch.sqrt(var + eps) + beta.view(mean.shape)
    y.backward(torch.tensor(grad_out, dtype=torch.float32))
    return x.grad, gamma.grad, beta.grad


question.misconception(
    "statistics_constant",
    "You treated the mean and the variance as constants. They depend on x, so each example also moves the output of "
    "all the others: grad_x has two more terms.",
    seen="the backward of a frozen normalization used in training",
    replace=("(g - mean_path - variance_path) / std", "g / std"),
)
question.misconception(
    "variance_path_missing",
    "You left out the path through the variance. A change in x changes the variance, and that rescales every example.",
    seen="derivations that stop after the mean",
    replace=("(g - mean_path - variance_path) / std", "(g - mean_path) / std"),
)
question.misconception(
    "mean_path_missing",
    "You left out the path through the mean. A change in x changes the mean, and that shifts every example.",
    seen="pjreddie/darknet#1723, about the gradient of the mean",
    replace=("(g - mean_path - variance_path) / std", "(g - variance_path) / std"),
)
question.misconception(
    "variance_path_added",
    "The term of the variance has the wrong sign. All that comes through the statistics is subtracted.",
    seen="a sign lost at the power of minus three halves",
    replace=("(g - mean_path - variance_path) / std", "(g - mean_path + variance_path) / std"),
)
question.misconception(
    "half_the_variance_path",
    "Your term of the variance is half of what it should be. The square's factor 2 and the root's factor one half "
    "cancel.",
    seen="the derivative of the square taken without its 2",
    replace=("(g - mean_path - variance_path) / std", "(g - mean_path - variance_path / 2) / std"),
)
question.misconception(
    "sums_for_means",
    "In grad_x you subtracted sums where averages belong. The mean and the variance are averages, so their gradients "
    "are shared out: divide by the number of values per channel.",
    seen="the 1/m of the paper's equations left out",
    replace=(
        "mean_path = g.mean(axis=axes, keepdims=True)\n"
        "    variance_path = x_hat * (g * x_hat).mean(axis=axes, keepdims=True)",
        "mean_path = g.sum(axis=axes, keepdims=True)\n"
        "    variance_path = x_hat * (g * x_hat).sum(axis=axes, keepdims=True)",
    ),
)
question.misconception(
    "gamma_left_out",
    "Your grad_x lacks gamma. The output is gamma times the normalized x, so gamma multiplies what flows back to x.",
    seen="denizyuret/Knet.jl#288; the library's tests had passed because gamma was 1",
    replace=("g = grad_out * gamma.reshape(column)", "g = grad_out"),
)
question.misconception(
    "not_divided_by_deviation",
    "Your grad_x isn't divided by the standard deviation. The normalization divides by it, so its gradient does too.",
    seen="the last factor of the collected formula forgotten",
    replace=("(g - mean_path - variance_path) / std", "g - mean_path - variance_path"),
)
question.misconception(
    "parameters_averaged",
    "You averaged grad_gamma and grad_beta over the batch. Every example adds to them: they are sums. If the loss is "
    "an average, grad_out contains that already.",
    seen="dividing by the batch size once more",
    replace=(
        "grad_beta = grad_out.sum(axis=axes)\n    grad_gamma = (grad_out * x_hat).sum(axis=axes)",
        "grad_beta = grad_out.mean(axis=axes)\n    grad_gamma = (grad_out * x_hat).mean(axis=axes)",
    ),
)
question.misconception(
    "grad_gamma_with_x",
    "You multiplied by x for grad_gamma. Gamma multiplies the normalized x, so that is what its gradient is weighted "
    "with.",
    seen="the input kept instead of the normalized input",
    replace=("(grad_out * x_hat).sum(axis=axes)", "(grad_out * x).sum(axis=axes)"),
)
question.misconception(
    "grad_gamma_with_gamma",
    "Your grad_gamma contains gamma. The output is linear in gamma, so its own gradient doesn't depend on it.",
    seen="grad_out overwritten with gamma * grad_out before it is used for the parameters",
    replace=("(grad_out * x_hat).sum(axis=axes)", "(grad_out * gamma.reshape(column) * x_hat).sum(axis=axes)"),
)
question.misconception(
    "parameters_swapped",
    "You returned grad_beta before grad_gamma. The order is grad_x, grad_gamma, grad_beta.",
    seen="Oneflow-Inc/oneflow#6149: the gradients of weight and bias exchanged",
    replace=("return grad_x, grad_gamma, grad_beta", "return grad_x, grad_beta, grad_gamma"),
)
question.misconception(
    "examples_only",
    "For images you averaged and summed over the examples only. Do so over the pixels too, in the forward statistics "
    "as in every sum of the backward pass.",
    seen="an (N, C) solution applied to (N, C, H, W)",
    replace=("axes = (0,) if x.ndim == 2 else (0, 2, 3)", "axes = (0,)"),
)
question.misconception(
    "divided_by_examples",
    "For images you divided the sums in grad_x by the number of examples. A channel has N times H times W values.",
    seen="the paper's m read as the batch size; section 3.2 says it is the effective size",
    replace=(
        "mean_path = g.mean(axis=axes, keepdims=True)\n"
        "    variance_path = x_hat * (g * x_hat).mean(axis=axes, keepdims=True)",
        "mean_path = g.sum(axis=axes, keepdims=True) / len(x)\n"
        "    variance_path = x_hat * (g * x_hat).sum(axis=axes, keepdims=True) / len(x)",
    ),
)
question.misconception(
    "unbiased_variance",
    "You divided the variance by the count minus one. Batch normalization uses the biased variance.",
    seen="torch.var, which is unbiased by default",
    replace=("x.var(axis=axes, keepdims=True)", "x.var(axis=axes, keepdims=True, ddof=1)"),
)
question.misconception(
    "eps_left_out",
    "You left eps out of the standard deviation. The backward pass uses the same root as the forward pass, eps "
    "included.",
    seen="derivations without eps",
    replace=("np.sqrt(x.var(axis=axes, keepdims=True) + eps)", "np.sqrt(x.var(axis=axes, keepdims=True))"),
)
question.misconception(
    "eps_outside_root",
    "You added eps to the standard deviation. It belongs under the root, added to the variance.",
    seen="sqrt(var) + eps, in hand-written layers",
    replace=("np.sqrt(x.var(axis=axes, keepdims=True) + eps)", "(np.sqrt(x.var(axis=axes, keepdims=True)) + eps)"),
)
question.misconception(
    "in_place",
    "Your values are right, but you multiplied gamma into grad_out itself. Leave the inputs as they were.",
    seen="grad_out *= gamma",
    replace=("g = grad_out * gamma.reshape(column)", "grad_out *= gamma.reshape(column); g = grad_out"),
)
