# Every array is float32, every tensor too.
# expect: predicted_second_moment=4 fan_in_and_fan_out=3 calculate_gain=3 xavier_init=4
# expect: kaiming_init=5 truncated_normal=4 orthogonal=5 init_module=6
# expect: dirac=4 sparse=4

# %% answer="predicted_second_moment"
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    z = np.linspace(-8, 8, 4001, dtype=np.float32)
    p = np.exp(-(z**2) / 2)
    return np.float32(sigma_w) ** 2 * np.sum(p / p.sum() * phi(np.float32(q**0.5) * z) ** 2) + np.float32(sigma_b) ** 2

# %% answer="kaiming_init"
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    z = rng.standard_normal(shape, dtype=np.float32)
    fan = z[0].size if mode == "fan_in" else z[:, 0].size
    return z * np.float32(np.sqrt(2 / (1 + a**2) / fan))

# %% answer="truncated_normal"
def truncated_normal(shape, rng, mean=0.0, std=1.0, a=-2.0, b=2.0):
    w = np.full(shape, np.inf, dtype=np.float32)
    while (bad := (w < a) | (w > b)).any():
        w[bad] = mean + std * rng.standard_normal(int(bad.sum()), dtype=np.float32)
    return w

# %% answer="orthogonal"
def orthogonal(shape, rng, gain=1.0):
    flat = rng.standard_normal((shape[0], math.prod(shape[1:])), dtype=np.float32)
    wide = flat.shape[0] < flat.shape[1]
    q, r = np.linalg.qr(flat.T if wide else flat)
    q *= np.sign(np.diag(r))
    return np.float32(gain) * (q.T if wide else q).reshape(shape)

# %% solution="the rest"
