# Other algorithms throughout: quadrature, inversion, Gram and Schmidt, ranks.
# expect: predicted_second_moment=4 fan_in_and_fan_out=3 calculate_gain=3 xavier_init=4
# expect: kaiming_init=5 truncated_normal=4 orthogonal=5 init_module=6
# expect: dirac=4 sparse=4

# %% answer="predicted_second_moment"
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    x, weights = np.polynomial.hermite_e.hermegauss(150)
    values = phi(np.sqrt(q) * x) ** 2
    return float(sigma_w**2 * (weights @ values) / weights.sum() + sigma_b**2)

# %% answer="calculate_gain"
def calculate_gain(nonlinearity, param=None):
    squares = {"tanh": 25 / 9, "selu": 9 / 16, "relu": 2}
    squares |= dict.fromkeys("linear conv1d conv2d conv3d sigmoid".split(), 1)
    squares["leaky_relu"] = 2 / (1 + (1e-4 if param is None else param * param))
    try:
        return np.sqrt(squares[nonlinearity])
    except KeyError:
        raise ValueError(f"unknown: {nonlinearity}") from None

# %% answer="xavier_init"
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    variance = 2 * gain**2 / (fan_in + fan_out)
    return (rng.random((fan_in, fan_out)).T - 0.5) * np.sqrt(12 * variance)

# %% answer="truncated_normal"
def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    low, high = (torch.special.ndtr(torch.tensor((v - mean) / std, dtype=torch.float64)) for v in (a, b))
    u = torch.tensor(rng.random(tuple(shape)))
    return (mean + std * torch.special.ndtri(low + (high - low) * u)).clip(a, b)

# %% answer="orthogonal"
def orthogonal(shape, rng, gain=1.0):
    a = rng.standard_normal((shape[0], int(np.prod(shape[1:]))))
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return gain * (u @ vt).reshape(shape)

# %% answer="sparse"
def sparse(shape, sparsity, rng, std=0.01):
    order = np.argsort(rng.random(shape), axis=0)
    w = rng.normal(0, std, shape)
    np.put_along_axis(w, order[: math.ceil(sparsity * shape[0])], 0, axis=0)
    return w

# %% solution="the rest"
