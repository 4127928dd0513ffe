"""Weight initialization: how far a signal and its gradient get through depth, gains, and the schemes themselves.

Symbols: phi is an activation and dphi its derivative, z a standard normal number; q is the second moment of a layer's
pre-activations, chi the factor by which a layer multiplies the gradient's; sigma_w^2 = fan_in * Var(w) and
sigma_b^2 = Var(b). Weights are (out, in), or (out, in / groups, *kernel) for convolutions; rng is a NumPy Generator.
Every function computes in float64.
"""

import math

import numpy as np

# Activations

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def _sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(x, dtype=np.float64)))


def _erf(x):
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def _selu(x):
    return _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0)))


ACTIVATIONS = {  # name: (phi, dphi)
    "linear": (lambda x: x + 0.0, lambda x: np.ones_like(x, dtype=np.float64)),
    "sigmoid": (_sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x))),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "relu": (lambda x: np.maximum(x, 0.0), lambda x: (x > 0) * 1.0),
    "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1.0, 0.01)),
    "selu": (_selu, lambda x: _SELU_SCALE * np.where(x > 0, 1.0, _SELU_ALPHA * np.exp(np.minimum(x, 0)))),
    "gelu": (
        lambda x: 0.5 * x * (1 + _erf(x / math.sqrt(2))),
        lambda x: 0.5 * (1 + _erf(x / math.sqrt(2))) + x * np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi),
    ),
}


# Signal and gradient through depth


def _normal_rule(reach=10.0, panels=200, order=8):
    """Points and weights such that weights @ f(points) is E[f(z)]: Gauss and Legendre's rule on each of many panels.

    0 is the edge of a panel, so that a kink there costs nothing. Gauss and Hermite's rule, on all of the line at
    once, converges slowly for a function with a kink or a steep step.
    """
    x, w = np.polynomial.legendre.leggauss(order)
    edges = np.linspace(-reach, reach, panels + 1)
    half = np.diff(edges) / 2  # (panels,)
    z = (edges[:-1] + half)[:, None] + half[:, None] * x  # (panels, order)
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    return z.ravel(), (half[:, None] * w * density).ravel()


_POINTS, _WEIGHTS = _normal_rule()


def gaussian_expectation(f):
    """E[f(z)] for z ~ N(0, 1). f takes an array of numbers and returns one of the same shape. Returns a number."""
    return float(_WEIGHTS @ f(_POINTS))


def predicted_second_moment(q, phi, sigma_w, sigma_b):
    """The second moment of the next layer's pre-activations: q' = sigma_w^2 E[phi(sqrt(q) z)^2] + sigma_b^2.

    q: that of this layer's, 0 or more. phi: an activation, array to array. Returns a number.
    Source: Poole et al. (2016), equation 3; exact as the width goes to infinity.
    """
    return sigma_w**2 * gaussian_expectation(lambda z: phi(math.sqrt(q) * z) ** 2) + sigma_b**2


def gradient_factor(q, dphi, sigma_w):
    """The factor by which one layer, backwards, multiplies a gradient's second moment: sigma_w^2 E[dphi(sqrt(q) z)^2].

    Returns chi, a number: below 1 gradients vanish with depth, above 1 they explode. The width is the same
    before and after the layer; else multiply by fan_out / fan_in.
    Source: Schoenholz et al. (2017), equation 7.
    """
    return sigma_w**2 * gaussian_expectation(lambda z: dphi(math.sqrt(q) * z) ** 2)


def second_moments(q, depth, phi, sigma_w, sigma_b=0.0):
    """predicted_second_moment applied again and again: q of layers 1 to depth + 1, (depth + 1,), float64."""
    found = [q]
    for _ in range(depth):
        found.append(predicted_second_moment(found[-1], phi, sigma_w, sigma_b))
    return np.array(found, dtype=np.float64)


def gain_by_quadrature(phi):
    """The gain that keeps a second moment of 1: 1 / sqrt(E[phi(z)^2]).

    Source: He et al. (2015), section 2.2, whose factor 2 for ReLU is 1 / E[phi(z)^2].
    """
    return 1 / math.sqrt(gaussian_expectation(lambda z: phi(z) ** 2))


def forward(x, weights, phi, biases=None):
    """The pre-activations of every layer of a plain network: h_1 = x @ W_1.T + b_1, h_l = phi(h_{l-1}) @ W_l.T + b_l.

    x: (N, D). weights: list of (out, in). biases: list of (out,), or None for zeros. Returns a list of (N, out).
    """
    hidden, a = [], np.asarray(x, dtype=np.float64)
    for i, W in enumerate(weights):
        hidden.append(a @ W.T + (0 if biases is None else biases[i]))
        a = phi(hidden[-1])
    return hidden


def backward(grad_out, hidden, weights, dphi):
    """The gradients with respect to the pre-activations that `forward` gave.

    grad_out: the one with respect to the last. Returns a list like hidden, first layer first.
    """
    grads = [np.asarray(grad_out, dtype=np.float64)]
    for h, W in zip(hidden[-2::-1], weights[:0:-1], strict=True):
        grads.append(grads[-1] @ W * dphi(h))
    return grads[::-1]


# Fans and gains


def fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1):
    """How many numbers an output sums over, and torch's count of the outputs that a number goes into.

    kernel_size: () for a linear layer, (k,), (kh, kw) or (kd, kh, kw) for a convolution. Returns two whole numbers:
    fan_in = in_channels / groups * kernel, fan_out = out_channels * kernel, where kernel is the product of kernel_size.
    As in torch, fan_out is the whole layer's, though with groups one input reaches only out_channels / groups channels.
    Source: Glorot and Bengio (2010), section 4.2; He et al. (2015), section 2.2, for convolutions.
    """
    kernel = math.prod(kernel_size)
    return in_channels // groups * kernel, out_channels * kernel


def fans(shape):
    """fan_in and fan_out of a weight of shape (out, in / groups, *kernel), as torch counts them.

    Raises ValueError for fewer than two axes.
    """
    if len(shape) < 2:
        raise ValueError(f"fans need a shape of at least two axes, not {tuple(shape)}")
    return fan_in_and_fan_out(shape[1], shape[0], tuple(shape[2:]))


def calculate_gain(nonlinearity, param=None):
    """torch's recommended gain of an activation. param: the slope of leaky_relu where negative, 0.01 if None.

    Raises ValueError for a name that is not in torch's table.
    Source: torch.nn.init.calculate_gain. relu's and leaky_relu's are 1 / sqrt(E[phi(z)^2]), as in He et al. (2015),
    equation 15; tanh's 5/3 and selu's 3/4 are not (gain_by_quadrature), and sigmoid's 1 keeps nothing.
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"no gain is known for {nonlinearity!r}")
    return _GAINS[nonlinearity]


_LINEAR = ("linear", *(f"conv{t}{d}d" for t in ("", "_transpose") for d in (1, 2, 3)), "sigmoid")
_GAINS = dict.fromkeys(_LINEAR, 1.0) | {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}


# Schemes: every one returns a new array of the shape asked for


def constant(shape, value):
    """value everywhere."""
    return np.full(shape, float(value))


def eye(shape):
    """1 where row and column are the same, 0 elsewhere; (out, in) need not be square."""
    return np.eye(*shape)


def uniform(shape, a, b, rng):
    """Independent and uniform on [a, b)."""
    return a + (b - a) * rng.random(shape)


def normal(shape, mean, std, rng):
    """Independent and normal. std is the standard deviation."""
    return mean + std * rng.standard_normal(shape)


def xavier_std(shape, gain=1.0):
    """gain * sqrt(2 / (fan_in + fan_out)). Source: Glorot and Bengio (2010), equation 12."""
    return gain * math.sqrt(2 / sum(fans(shape)))


def xavier_uniform(shape, rng, gain=1.0):
    """Uniform on [-b, b] with the deviation xavier_std: b = sqrt(3) * std. Source: Glorot and Bengio (2010), eq. 16."""
    b = math.sqrt(3) * xavier_std(shape, gain)
    return uniform(shape, -b, b, rng)


def xavier_normal(shape, rng, gain=1.0):
    """Normal with mean 0 and the deviation xavier_std."""
    return normal(shape, 0, xavier_std(shape, gain), rng)


def kaiming_std(shape, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    """gain / sqrt(fan). mode: "fan_in" or "fan_out". a: the slope of a leaky ReLU where negative; 0 is ReLU.

    Raises ValueError for another mode. Source: He et al. (2015), equations 10, 14 and 15.
    """
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f'mode is "fan_in" or "fan_out", not {mode!r}')
    fan = fans(shape)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform(shape, rng, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    """Uniform on [-b, b] with the deviation kaiming_std: b = sqrt(3) * std."""
    b = math.sqrt(3) * kaiming_std(shape, a, mode, nonlinearity)
    return uniform(shape, -b, b, rng)


def kaiming_normal(shape, rng, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    """Normal with mean 0 and the deviation kaiming_std."""
    return normal(shape, 0, kaiming_std(shape, a, mode, nonlinearity), rng)


def torch_default(shape, rng):
    """What torch gives nn.Linear and nn.Conv2d: uniform on [-b, b], b = 1 / sqrt(fan_in), a deviation of b / sqrt(3).

    Source: torch's Linear.reset_parameters, kaiming_uniform_ with a = sqrt(5).
    """
    return kaiming_uniform(shape, rng, a=math.sqrt(5))


def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    """A normal distribution cut to [a, b], which are values, not numbers of deviations. Outside draws are drawn again.

    Raises ValueError unless a < b. Where less than a quarter of the normal lies within, proposals are uniform.
    Source: rejection, as in Robert (1995), "Simulation of truncated normal variables", sections 2.1 and 2.2.
    """
    if not a < b:
        raise ValueError(f"a is below b, not {a} and {b}")
    low, high = (a - mean) / std, (b - mean) / std
    often = normal_cdf(high) - normal_cdf(low) > 0.25
    nearest = min(max(low, 0.0), high)  # where the density within is highest
    found = np.empty(0)
    while len(found) < math.prod(shape):
        n = 2 * math.prod(shape) + 16
        if often:
            z = rng.standard_normal(n)
            z = z[(z >= low) & (z <= high)]
        else:
            z = uniform(n, low, high, rng)
            z = z[rng.random(n) < np.exp(0.5 * (nearest**2 - z**2))]
        found = np.append(found, z)
    return np.clip(mean + std * found[: math.prod(shape)].reshape(shape), a, b)  # for the last bit's rounding only


def normal_cdf(z):
    """P(a standard normal number <= z), elementwise."""
    return 0.5 * (1 + _erf(np.asarray(z) / math.sqrt(2)))


def truncated_cdf(x, mean, std, a, b):
    """P(a number of truncated_normal <= x), elementwise."""
    low, here, high = (normal_cdf((np.clip(v, a, b) - mean) / std) for v in (a, x, b))
    return (here - low) / (high - low)


def orthogonal(shape, rng, gain=1.0):
    """gain times a matrix with orthonormal rows or columns, whichever are fewer, uniform among all such.

    shape: (out, ...), taken as (out, the product of the rest). Raises ValueError for fewer than two axes.
    Source: Saxe et al. (2014); the signs as in Mezzadri (2007), without which QR's Q is not uniform.
    """
    if len(shape) < 2:
        raise ValueError(f"an orthogonal weight has at least two axes, not {tuple(shape)}")
    rows, cols = shape[0], math.prod(shape[1:])
    Q, R = np.linalg.qr(rng.standard_normal((max(rows, cols), min(rows, cols))))
    Q = Q * np.sign(np.diag(R))  # a diagonal entry is 0 with probability 0
    return gain * (Q if rows >= cols else Q.T).reshape(shape)


def dirac(shape, groups=1):
    """A convolution that passes its input on: channel d of each group's input becomes channel d of its output.

    shape: (out, in / groups, *kernel). The 1 sits at index k // 2 of each kernel axis. Channels without a partner,
    where the numbers differ, stay 0. Raises ValueError unless groups divides out and shape has 3 to 5 axes.
    Source: torch.nn.init.dirac_; Zagoruyko and Komodakis (2017), "DiracNets".
    """
    if len(shape) not in (3, 4, 5) or shape[0] % groups:
        raise ValueError(f"no Dirac weight of shape {tuple(shape)} in {groups} groups")
    w, each = np.zeros(shape), shape[0] // groups
    centre = tuple(k // 2 for k in shape[2:])
    for g in range(groups):
        for d in range(min(each, shape[1])):
            w[(g * each + d, d, *centre)] = 1.0
    return w


def sparse(shape, sparsity, rng, std=0.01):
    """Normal with mean 0, and in every column ceil(rows * sparsity) zeros at random rows.

    shape: (out, in); a column holds what one input sends out. Raises ValueError for another number of axes.
    Source: Martens (2010), section 5.4, in torch's form; sparsity is the share of zeros.
    """
    if len(shape) != 2:
        raise ValueError(f"a sparse weight has two axes, not {tuple(shape)}")
    rows, cols = shape
    w = normal(shape, 0, std, rng)
    zeros = math.ceil(sparsity * rows)
    for j in range(cols):
        w[rng.permutation(rows)[:zeros], j] = 0.0
    return w
