# Number by number, in lists, slowly and rightly.
# expect: predicted_second_moment=4 fan_in_and_fan_out=3 calculate_gain=3 xavier_init=4
# expect: kaiming_init=5 truncated_normal=4 orthogonal=5 init_module=6
# expect: dirac=4 sparse=4

# %% answer="predicted_second_moment"
def predicted_second_moment(q, phi, sigma_w, sigma_b):
    total = weight = 0.0
    for i in range(-1000, 1001):
        z = i / 125
        p = math.exp(-z * z / 2)
        total += p * float(phi(math.sqrt(q) * z)) ** 2
        weight += p
    return sigma_w**2 * total / weight + sigma_b**2

# %% answer="fan_in_and_fan_out"
def fan_in_and_fan_out(in_channels, out_channels, kernel_size=(), groups=1):
    positions = 1
    for k in kernel_size:
        positions *= k
    return [in_channels * positions / groups, out_channels * positions]

# %% answer="xavier_init"
def xavier_init(fan_in, fan_out, rng, gain=1.0):
    b = gain * (6 / (fan_in + fan_out)) ** 0.5
    return [[rng.uniform(-b, b) for _ in range(fan_in)] for _ in range(fan_out)]

# %% answer="dirac"
def dirac(shape, groups=1):
    w = np.zeros(shape)
    for index in np.ndindex(*shape):
        out, channel, *place = index
        if out % (shape[0] // groups) == channel and place == [k // 2 for k in shape[2:]]:
            w[index] = 1
    return w.tolist()

# %% answer="sparse"
def sparse(shape, sparsity, rng, std=0.01):
    rows, cols = shape
    w = [[float(rng.normal(0, std)) for _ in range(cols)] for _ in range(rows)]
    for j in range(cols):
        for i in rng.choice(rows, math.ceil(rows * sparsity), replace=False):
            w[i][j] = 0.0
    return w

# %% solution="the rest"
