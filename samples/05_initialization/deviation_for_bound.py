# Takes a variance for a deviation here and a deviation for a bound there.
# expect: predicted_second_moment=0 fan_in_and_fan_out=3 calculate_gain=3 xavier_init=0
# expect: kaiming_init=0 truncated_normal=4 orthogonal=5 init_module=6
# expect: dirac=4 sparse=0

# %% answer="predicted_second_moment"
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    z = np.linspace(-10, 10, 10001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return sigma_w * np.trapezoid(phi(np.sqrt(q) * z) ** 2 * density, z) + sigma_b**2

# %% answer="xavier_init"
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    std = gain * np.sqrt(2 / (fan_in + fan_out))
    return rng.uniform(-std, std, (fan_out, fan_in))

# %% answer="kaiming_init"
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    fan = (shape[1] if mode == "fan_in" else shape[0]) * math.prod(shape[2:])
    return rng.normal(0, 2 / (1 + a**2) / fan, shape)

# %% answer="sparse"
def sparse(shape, sparsity, rng, std=0.01):
    w = rng.normal(0, std, shape)
    w[rng.random(shape) < sparsity] = 0
    return w

# %% solution="the rest"
