# Prints the results in place of returning them, in three answers.
# expect: predicted_second_moment=0 fan_in_and_fan_out=3 calculate_gain=0 xavier_init=4
# expect: kaiming_init=5 truncated_normal=4 orthogonal=0 init_module=6
# expect: dirac=4 sparse=4

# %% answer="predicted_second_moment"
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    z = np.linspace(-8, 8, 4001)
    p = np.exp(-z**2 / 2)
    print(sigma_w**2 * np.sum(p / p.sum() * phi(np.sqrt(q) * z) ** 2) + sigma_b**2)

# %% answer="calculate_gain"
def calculate_gain(nonlinearity, param=None):
    gains = {"linear": 1, "tanh": 5 / 3, "relu": math.sqrt(2)}
    print(gains.get(nonlinearity))

# %% answer="orthogonal"
def orthogonal(shape, rng, gain=1.0):
    q, r = np.linalg.qr(rng.normal(size=(shape[0], shape[1])))
    result = gain * q

# %% solution="the rest"
