# Clips where it should draw again, keeps QR's signs, forgets slopes and layers without a bias.
# expect: predicted_second_moment=4 fan_in_and_fan_out=3 calculate_gain=2.75 xavier_init=4
# expect: kaiming_init=4 truncated_normal=0 orthogonal=4.5 init_module=4
# expect: dirac=3 sparse=4

# %% answer="calculate_gain"
def calculate_gain(nonlinearity, param=None):
    gains = {"linear": 1.0, "conv1d": 1.0, "conv2d": 1.0, "conv3d": 1.0, "sigmoid": 1.0}
    gains |= {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (param or 0.01) ** 2))
    if nonlinearity not in gains:
        raise ValueError(nonlinearity)
    return gains[nonlinearity]

# %% answer="kaiming_init"
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    fan = shape[1] if mode == "fan_in" else shape[0]
    return rng.normal(0, math.sqrt(2 / fan / math.prod(shape[2:])), shape)

# %% answer="truncated_normal"
def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return np.clip(rng.normal(mean, std, shape), a, b)

# %% answer="orthogonal"
def orthogonal(shape, rng, gain=1.0):
    rows, cols = shape[0], math.prod(shape[1:])
    a = rng.normal(size=(max(rows, cols), min(rows, cols)))
    q = np.linalg.qr(a)[0]
    return gain * (q if rows >= cols else q.T).reshape(shape)

# %% answer="init_module"
def init_module(module):
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        if module.affine:
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
    if hasattr(module, "last"):
        nn.init.zeros_(module.last.weight)

# %% answer="dirac"
def dirac(shape, groups=1):
    w = np.zeros(shape)
    for d in range(min(shape[:2])):
        w[(d, d, *[k // 2 for k in shape[2:]])] = 1
    return w

# %% solution="the rest"
