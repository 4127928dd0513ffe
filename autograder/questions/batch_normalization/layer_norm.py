"""layer_norm_forward and layer_norm_backward: each vector normalized by itself, and the gradients through it."""

from types import SimpleNamespace

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import batch_normalization as reference

from . import inputs

FORWARD, BACKWARD = "layer_norm_forward", "layer_norm_backward"
BACKWARDS = ("grad_beta", "grad_gamma", "grad_x")  # the order in which backpropagation meets them


def batch(rng, leading):
    """Vectors along the last axis, each with a mean and a deviation (at least 1) of its own."""
    D = int(rng.integers(5, 7))
    shape = (*leading, D)
    x = inputs.spread(rng, shape, (len(leading),))
    return {"x": x, "gamma": inputs.scales(rng, D), "beta": rng.normal(0, 2, D), "eps": 1e-5}


def vectors(rng):
    return batch(rng, (int(rng.integers(3, 5)),))


def sequences(rng):
    return inputs.without_eps(batch(rng, (int(rng.integers(2, 4)), 4)))


def nearly_constant(rng):
    found = vectors(rng)
    return found | {"x": 0.3 + 0.003 * inputs.standardized(found["x"], 1)}


def with_upstream(found, rng):
    """The upstream gradient is such that, gamma in place, neither path through the statistics may be ignored."""
    axes = (found["x"].ndim - 1,)
    grad_out = inputs.upstream(rng, found["x"], axes) / found["gamma"]
    return {"grad_out": grad_out} | {name: found[name] for name in ("x", "gamma", "eps") if name in found}


def vectors_back(rng):
    return with_upstream(vectors(rng), rng)


def sequences_back(rng):
    return with_upstream(sequences(rng), rng)


def large_eps_back(rng):
    found = vectors_back(rng)
    return found | {"x": inputs.standardized(found["x"], 1), "eps": inputs.large_eps(rng)}


question = Question(
    name="layer_norm",
    assignment="04_batch_normalization",
    names=(FORWARD, BACKWARD),
    reference=SimpleNamespace(
        layer_norm_forward=reference.layer_norm_forward, layer_norm_backward=reference.layer_norm_backward
    ),
    outputs=("grad_x", "grad_gamma", "grad_beta"),
    properties=[
        Property("forward", 1, vectors, "a batch of vectors, x of shape (N, D)", of=FORWARD),
        Property(
            "forward on sequences",
            0.5,
            sequences,
            "a batch of sequences, x of shape (N, T, D), with the default eps",
            of=FORWARD,
        ),
        Property(
            "forward with eps",
            0.5,
            nearly_constant,
            "vectors that vary no more than the square root of eps",
            of=FORWARD,
        ),
        Property("forward leaves inputs unharmed", 0.5, vectors, "any batch", judge=inputs_unharmed, of=FORWARD),
        Property(
            "grad_gamma and grad_beta",
            1,
            vectors_back,
            "a batch of vectors, x of shape (N, D)",
            judge=parts("grad_beta", "grad_gamma"),
            of=BACKWARD,
        ),
        Property("grad_x", 1.5, vectors_back, "a batch of vectors", judge=parts("grad_x"), of=BACKWARD),
        Property(
            "backward on sequences",
            0.5,
            sequences_back,
            "a batch of sequences, x of shape (N, T, D), with the default eps",
            judge=parts(*BACKWARDS),
            of=BACKWARD,
        ),
        Property(
            "backward with eps",
            0.25,
            large_eps_back,
            "a batch with an eps about as large as its variance",
            judge=parts(*BACKWARDS),
            of=BACKWARD,
        ),
        Property(
            "backward leaves inputs unharmed", 0.25, vectors_back, "any batch", judge=inputs_unharmed, of=BACKWARD
        ),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="float32 answers use a tenth of it, where the variance is tiny; the nearest misconception (the "
        "unbiased variance) exceeds it 1500 times",
    ),
    forbids=(
        "torch.nn.functional.layer_norm",
        "torch.layer_norm",
        "torch.nn.LayerNorm",
        "torch.autograd.grad",
        "torch.autograd.backward",
        "torch.Tensor.backward",
    ),
    stuck={
        "grad_x": "grad_gamma and grad_beta are right, grad_x is wrong",
        "": "The example passes, the graded cell fails",
    },
)

question.accepts(
    "loops over the vectors, the Jacobian of each written out",
    """
    def layer_norm_forward(x, gamma, beta, eps=1e-5):
        rows = x.reshape(-1, x.shape[-1])
        y = [gamma * (r - r.mean()) / np.sqrt(r.var() + eps) + beta for r in rows]
        return np.array(y).reshape(x.shape)


    def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
        D = x.shape[-1]
        grad_x, grad_gamma, grad_beta = [], np.zeros(D), np.zeros(D)
        for row, g in zip(x.reshape(-1, D), grad_out.reshape(-1, D)):
            std = np.sqrt(row.var() + eps)
            x_hat = (row - row.mean()) / std
            jacobian = (np.eye(D) - 1 / D - np.outer(x_hat, x_hat) / D) / std
            grad_x.append(jacobian.T @ (g * gamma))
            grad_gamma += g * x_hat
            grad_beta += g
        return np.reshape(grad_x, x.shape), grad_gamma, grad_beta
    """,
)
question.accepts(
    "transposes, and calls the same steps as batch normalization's graph",
    """
    def standardize(columns, eps):
        away = columns - columns.mean(axis=0)
        rstd = ((away**2).mean(axis=0) + eps) ** -0.5
        return away, rstd


    def layer_norm_forward(x, gamma, beta, eps=1e-5):
        away, rstd = standardize(np.moveaxis(x, -1, 0), eps)
        return np.moveaxis(away * rstd, 0, -1) * gamma + beta


    def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
        away, rstd = standardize(np.moveaxis(x, -1, 0), eps)
        n = len(away)
        up = np.moveaxis(grad_out, -1, 0)
        grad_x_hat = np.moveaxis(grad_out * gamma, -1, 0)
        grad_var = -0.5 * (grad_x_hat * away).sum(axis=0) * rstd**3
        grad_mean = -(grad_x_hat * rstd).sum(axis=0)
        grad_columns = grad_x_hat * rstd + 2 * away * grad_var / n + grad_mean / n
        sums = lambda a: a.reshape(n, -1).sum(axis=1)
        return np.moveaxis(grad_columns, 0, -1), sums(up * away * rstd), sums(up)
    """,
)
question.accepts(
    "one product with sums, variance as E[x^2] - E[x]^2; returns a list",
    """
    def layer_norm_forward(x, gamma, beta, eps=1e-5):
        mean = x.mean(-1)[..., None]
        var = (x * x).mean(-1)[..., None] - mean * mean
        scale = gamma / np.sqrt(var + eps)
        return x * scale + (beta - mean * scale)


    def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
        D = x.shape[-1]
        x_hat = layer_norm_forward(x, np.ones(D), np.zeros(D), eps)
        sums = lambda a: a.reshape(-1, D).sum(axis=0)
        rstd = 1 / np.sqrt(x.var(-1, keepdims=True) + eps)
        g = gamma * grad_out
        grad_x = rstd / D * (D * g - g.sum(-1, keepdims=True) - x_hat * (g * x_hat).sum(-1, keepdims=True))
        return [grad_x, sums(grad_out * x_hat), sums(grad_out)]
    """,
)
question.accepts(
    "in float32 through torch, with automatic differentiation",
    """
    import torch


    def layer_norm_forward(x, gamma, beta, eps=1e-5):
        x, gamma, beta = (torch.as_tensor(a, dtype=torch.float32) for a in (x, gamma, beta))
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        return (x - mean) * torch.rsqrt(var + eps) * gamma + beta


    def layer_norm_backward(grad_out, x, gamma, eps=1e-5):
        x, gamma = (torch.tensor(a, dtype=torch.float32, requires_grad=True) for a in (x, gamma))
        beta = torch.zeros(len(gamma), requires_grad=True)
        y = layer_norm_forward(x, gamma, beta, eps)
        return torch.autograd.grad(y, (x, gamma, beta), torch.tensor(grad_out, dtype=torch.float32))
    """,
)

question.misconception(
    "over_the_batch",
    "Your forward pass takes the statistics over the batch. Layer normalization takes them of each vector, along the "
    "last axis, so that no example depends on another.",
    seen="batch normalization with another name",
    replace=(
        "mean = x.mean(axis=-1, keepdims=True)\n    var = x.var(axis=-1, keepdims=True)",
        "mean = x.mean(axis=0, keepdims=True)\n    var = x.var(axis=0, keepdims=True)",
    ),
)
question.misconception(
    "over_everything",
    "Your forward pass takes one mean and one variance of the whole array. Each vector has its own.",
    seen="x.mean() without an axis",
    replace=(
        "mean = x.mean(axis=-1, keepdims=True)\n    var = x.var(axis=-1, keepdims=True)",
        "mean = x.mean()\n    var = x.var()",
    ),
)
question.misconception(
    "over_the_sequence",
    "Your forward pass averages a whole sequence at once. Each position's vector is normalized by itself: average over "
    "the last axis only.",
    seen="all axes but the first, as layer normalization of images is often written",
    replace=(
        "mean = x.mean(axis=-1, keepdims=True)\n    var = x.var(axis=-1, keepdims=True)",
        "axes = tuple(range(1, x.ndim))\n"
        "    mean = x.mean(axis=axes, keepdims=True)\n"
        "    var = x.var(axis=axes, keepdims=True)",
    ),
)
question.misconception(
    "unbiased_variance",
    "Your forward pass divides the variance by D minus 1. Layer normalization uses the biased variance: divide by D.",
    seen="harvardnlp/annotated-transformer#119: torch.std is unbiased by default",
    replace=("var = x.var(axis=-1, keepdims=True)", "var = x.var(axis=-1, keepdims=True, ddof=1)"),
)
question.misconception(
    "annotated",
    "Your forward pass divides by the unbiased deviation plus eps. Divide by the root of the biased variance plus eps.",
    seen="codertimo/BERT-pytorch#30: the layer as a widely copied tutorial has it",
    replace=(
        "var = x.var(axis=-1, keepdims=True)\n    x_hat = (x - mean) / np.sqrt(var + eps)",
        "x_hat = (x - mean) / (x.std(axis=-1, keepdims=True, ddof=1) + eps)",
    ),
)
question.misconception(
    "eps_outside_root",
    "Your forward pass adds eps to the standard deviation. It belongs under the root, added to the variance.",
    seen="hyunwoongko/transformer#7",
    replace=("np.sqrt(var + eps)", "(np.sqrt(var) + eps)"),
)
question.misconception(
    "eps_left_out",
    "Your forward pass leaves eps out. A vector that hardly varies is then divided by almost nothing.",
    seen="the paper's equation, which has no eps",
    replace=("np.sqrt(var + eps)", "np.sqrt(var)"),
)
question.misconception(
    "no_root",
    "Your forward pass divides by the variance. Divide by its square root.",
    seen="a slip in hand-written layers",
    replace=("np.sqrt(var + eps)", "(var + eps)"),
)
question.misconception(
    "scale_and_shift_forgotten",
    "Your forward pass returns the normalized values without gamma and beta.",
    seen="the last line of the transform left out",
    replace=("return gamma * x_hat + beta", "return x_hat"),
)
question.misconception(
    "forward_in_place",
    "Your values are right, but the forward pass wrote them into x. The backward pass still needs x: return a new "
    "array.",
    seen="x -= mean",
    replace=("x_hat = (x - mean) / np.sqrt(var + eps)", "x -= mean; x /= np.sqrt(var + eps); x_hat = x"),
)
question.misconception(
    "gamma_outside",
    "In grad_x you multiplied by gamma after averaging. Here gamma differs along the axis of the average, so it must "
    "be inside: average gamma times grad_out. In batch normalization both are the same.",
    seen="batch normalization's formula with the axis changed",
    replace=(
        "g = grad_out * gamma\n",
        "g = grad_out\n    std = std / gamma\n",
    ),
)
question.misconception(
    "gamma_left_out",
    "Your grad_x lacks gamma. It multiplies what flows back to the normalized x.",
    seen="gradient checks with gamma at its starting value of 1",
    replace=("g = grad_out * gamma\n", "g = grad_out\n"),
)
question.misconception(
    "statistics_constant",
    "In grad_x you treated the mean and the variance as constants. They depend on x, which gives two more terms.",
    seen="the derivative of (x - mean) / std taken with mean and std fixed",
    replace=("(g - mean_path - variance_path) / std", "g / std"),
)
question.misconception(
    "variance_path_missing",
    "In grad_x you left out the path through the variance.",
    seen="derivations that stop after the mean",
    replace=("(g - mean_path - variance_path) / std", "(g - mean_path) / std"),
)
question.misconception(
    "mean_path_missing",
    "In grad_x you left out the path through the mean.",
    seen="RMSNorm's backward pass, which has no mean, used for layer normalization",
    replace=("(g - mean_path - variance_path) / std", "(g - variance_path) / std"),
)
question.misconception(
    "mean_path_twice",
    "In grad_x you subtracted the path through the mean twice. It is there once; what the variance adds to it sums to "
    "0.",
    seen="tenstorrent/tt-metal#53204",
    replace=("(g - mean_path - variance_path) / std", "(g - 2 * mean_path - variance_path) / std"),
)
question.misconception(
    "sums_for_means",
    "In grad_x you subtracted sums where averages belong. The statistics are averages over the D features: divide by "
    "D.",
    seen="the 1/D of the derivation left out",
    replace=(
        "mean_path = g.mean(axis=-1, keepdims=True)\n"
        "    variance_path = x_hat * (g * x_hat).mean(axis=-1, keepdims=True)",
        "mean_path = g.sum(axis=-1, keepdims=True)\n"
        "    variance_path = x_hat * (g * x_hat).sum(axis=-1, keepdims=True)",
    ),
)
question.misconception(
    "batch_norm_paths",
    "In grad_x you averaged over the batch. The statistics are those of one vector, so average along the last axis.",
    seen="batch normalization's backward pass with layer normalization's forward",
    replace=(
        "mean_path = g.mean(axis=-1, keepdims=True)\n"
        "    variance_path = x_hat * (g * x_hat).mean(axis=-1, keepdims=True)",
        "mean_path = g.mean(axis=shared, keepdims=True)\n"
        "    variance_path = x_hat * (g * x_hat).mean(axis=shared, keepdims=True)",
    ),
)
question.misconception(
    "parameters_over_features",
    "You summed grad_gamma and grad_beta over the features. There is one of each per feature: sum over all other axes.",
    seen="the axis of the statistics used for the parameters too",
    replace=("shared = tuple(range(x.ndim - 1))", "shared = -1"),
)
question.misconception(
    "parameters_over_examples",
    "For sequences you summed grad_gamma and grad_beta over the examples only. The positions share them too.",
    seen="flagos-ai/FlagGems#5392: a backward pass written for two axes",
    replace=("shared = tuple(range(x.ndim - 1))", "shared = 0"),
)
question.misconception(
    "parameters_averaged",
    "You averaged grad_gamma and grad_beta. Every vector adds to them: they are sums.",
    seen="dividing by the batch size once more",
    replace=(
        "grad_beta = grad_out.sum(axis=shared)\n    grad_gamma = (grad_out * x_hat).sum(axis=shared)",
        "grad_beta = grad_out.mean(axis=shared)\n    grad_gamma = (grad_out * x_hat).mean(axis=shared)",
    ),
)
question.misconception(
    "grad_gamma_with_x",
    "You multiplied by x for grad_gamma. Gamma multiplies the normalized x.",
    seen="the input kept instead of the normalized input",
    replace=("(grad_out * x_hat).sum(axis=shared)", "(grad_out * x).sum(axis=shared)"),
)
question.misconception(
    "parameters_swapped",
    "You returned grad_beta before grad_gamma. The order is grad_x, grad_gamma, grad_beta.",
    seen="Oneflow-Inc/oneflow#6149: layer normalization's gradients of weight and bias exchanged",
    replace=("return grad_x, grad_gamma, grad_beta", "return grad_x, grad_beta, grad_gamma"),
)
question.misconception(
    "backward_eps_left_out",
    "Your backward pass leaves eps out of the standard deviation. It uses the same root as the forward pass.",
    seen="derivations without eps",
    replace=("np.sqrt(x.var(axis=-1, keepdims=True) + eps)", "np.sqrt(x.var(axis=-1, keepdims=True))"),
)
question.misconception(
    "backward_unbiased",
    "Your backward pass divides the variance by D minus 1. It uses the biased variance, as the forward pass does.",
    seen="torch.var, which is unbiased by default",
    replace=("np.sqrt(x.var(axis=-1, keepdims=True) + eps)", "np.sqrt(x.var(axis=-1, keepdims=True, ddof=1) + eps)"),
)
