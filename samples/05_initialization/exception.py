# Divides by a name that doesn't exist, calls a function that NumPy no longer has, misspells a method.
# expect: predicted_second_moment=4 fan_in_and_fan_out=0 calculate_gain=3 xavier_init=0
# expect: kaiming_init=5 truncated_normal=4 orthogonal=5 init_module=6
# expect: dirac=4 sparse=0

# %% answer="fan_in_and_fan_out"
def fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1):
    positions = np.product(kernel_size)
    return in_channels // groups * positions, out_channels * positions

# %% answer="xavier_init"
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    return rng.uniform(-bound, bound, (fan_out, fan_in))

# %% answer="sparse"
def sparse(shape, sparsity, rng, std=0.01):
    w = rng.randn(*shape) * std
    return w

# %% solution="the rest"
