# Uses NumPy for the shape only: loops, recursion, math.sqrt. Slow and right.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% after="given_imports"
import itertools
import math


def add_up(values):
    if len(values) < 2:
        return values[0] if values else 0.0
    half = len(values) // 2
    return add_up(values[:half]) + add_up(values[half:])


def mean_and_variance(values, less=0):
    mean = add_up(values) / len(values)
    return mean, add_up([(v - mean) ** 2 for v in values]) / (len(values) - less)

# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    y = np.zeros(x.shape)
    for c in range(x.shape[1]):
        places = [i for i in itertools.product(*map(range, x.shape)) if i[1] == c]
        mean, var = mean_and_variance([float(x[i]) for i in places])
        for i in places:
            y[i] = gamma[c] * (x[i] - mean) / math.sqrt(var + eps) + beta[c]
    return y

# %% answer="update_running_stats"
def update_running_stats(x, running_mean, running_var, momentum=0.1):
    found = [mean_and_variance([float(v) for v in x[:, c].flatten()], less=1) for c in range(x.shape[1])]
    means = [(1 - momentum) * m + momentum * f[0] for m, f in zip(running_mean, found)]
    variances = [(1 - momentum) * v + momentum * f[1] for v, f in zip(running_var, found)]
    return means, variances

# %% answer="group_norm"
def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    y = np.zeros(x.shape)
    size = x.shape[1] // num_groups
    for n in range(x.shape[0]):
        for group in range(num_groups):
            channels = range(group * size, (group + 1) * size)
            mean, var = mean_and_variance([float(v) for c in channels for v in x[n, c].flatten()])
            for c in channels:
                for h in range(x.shape[2]):
                    for w in range(x.shape[3]):
                        y[n, c, h, w] = gamma[c] * (x[n, c, h, w] - mean) / math.sqrt(var + eps) + beta[c]
    return y

# %% answer="layer_norm_forward"
def layer_norm_forward(x, gamma, beta, eps=1e-5):
    if x.ndim > 1:
        return np.array([layer_norm_forward(part, gamma, beta, eps) for part in x])
    mean, var = mean_and_variance([float(v) for v in x])
    return np.array([g * (v - mean) / math.sqrt(var + eps) + b for v, g, b in zip(x, gamma, beta)])

# %% solution="the rest"
