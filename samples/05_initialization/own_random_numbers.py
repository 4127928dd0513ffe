# Ignores the generator that is handed in, or seeds its own.
# expect: predicted_second_moment=4 fan_in_and_fan_out=3 calculate_gain=3 xavier_init=3
# expect: kaiming_init=4 truncated_normal=4 orthogonal=4.5 init_module=0
# expect: dirac=4 sparse=4

# %% answer="xavier_init"
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    b = gain * np.sqrt(6 / (fan_in + fan_out))
    return np.random.uniform(-b, b, (fan_out, fan_in))

# %% answer="kaiming_init"
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    rng = np.random.default_rng(42)
    fan = (shape[1] if mode == "fan_in" else shape[0]) * math.prod(shape[2:])
    return rng.normal(0, math.sqrt(2 / (1 + a**2) / fan), shape)

# %% answer="orthogonal"
def orthogonal(shape, rng, gain=1.0):
    w = torch.empty(tuple(shape))
    return nn.init.orthogonal_(w, gain)

# %% answer="init_module"
def init_module(module):
    torch.manual_seed(0)
    if isinstance(module, nn.Linear) or isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) and module.affine:
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)
    if hasattr(module, "last"):
        nn.init.zeros_(module.last.weight)

# %% solution="the rest"
