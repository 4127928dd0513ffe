# Keras's layouts, JAX's bounds, other libraries' counts and gains: what other places teach.
# expect: predicted_second_moment=4 fan_in_and_fan_out=2 calculate_gain=2.75 xavier_init=0
# expect: kaiming_init=5 truncated_normal=0 orthogonal=5 init_module=6
# expect: dirac=3.5 sparse=4

# %% answer="fan_in_and_fan_out"
def fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1):
    receptive_field = int(np.prod(kernel_size))
    return in_channels * receptive_field // groups, out_channels * receptive_field // groups

# %% answer="calculate_gain"
def calculate_gain(nonlinearity, param=None):
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.2 if param is None else param) ** 2))
    gains = dict.fromkeys(["linear", "conv1d", "conv2d", "conv3d", "sigmoid"], 1.0)
    gains |= {"tanh": 5 / 3, "relu": 2**0.5, "selu": 0.75}
    if nonlinearity not in gains:
        raise ValueError(nonlinearity)
    return gains[nonlinearity]

# %% answer="xavier_init"
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    limit = gain * np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))

# %% answer="truncated_normal"
def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    z = rng.standard_normal(shape)
    while ((z < a) | (z > b)).any():
        z = np.where((z < a) | (z > b), rng.standard_normal(shape), z)
    return mean + std * z

# %% answer="dirac"
def dirac(shape, groups=1):
    w = np.zeros(shape)
    each = shape[0] // groups
    for out in range(shape[0]):
        if out % each < shape[1]:
            w[(out, out % each, *[(k - 1) // 2 for k in shape[2:]])] = 1
    return w

# %% solution="the rest"
