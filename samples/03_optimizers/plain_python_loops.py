# Lists and loops where the others use arrays.
# expect: momentum_step=5 nesterov_step=4 adagrad_step=5 rmsprop_step=5 adam_step=6 adamw_step=5
# expect: learning_rate_schedules=6 minibatch_indices=6 newton_step=4 classify_critical_point=5
# expect: hessian_vector_product=5

# %% after="given_imports"
import math


def elementwise(f, *arrays):
    shape = np.shape(arrays[0])
    rows = zip(*[[float(x) for x in np.asarray(a).flatten()] for a in arrays])
    parts = list(zip(*[f(*row) for row in rows]))
    return [np.array(part).reshape(shape) for part in parts]

# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    def one(p, g, u):
        u = momentum * u + g + weight_decay * p
        return p - lr * u, u

    new, velocity = elementwise(one, param, grad, state["velocity"])
    return new, {"velocity": velocity}

# %% answer="adagrad_step"
def adagrad_step(param, grad, state, lr, eps=1e-10):
    def one(p, g, s):
        s += g * g
        return p - lr * g / (math.sqrt(s) + eps), s

    new, sums = elementwise(one, param, grad, state["square_sum"])
    return [new.tolist(), {"square_sum": sums.tolist()}]

# %% answer="adam_step"
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    t = state["t"] + 1

    def one(p, g, m, v):
        g += weight_decay * p
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        return p - lr * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + eps), m, v

    new, m, v = elementwise(one, param, grad, state["m"], state["v"])
    return new.tolist(), {"m": m.tolist(), "v": v.tolist(), "t": t}

# %% answer="minibatch_indices"
def minibatch_indices(N, batch_size, rng, drop_last=False):
    left, batches = list(range(N)), []
    while left:
        batch = []
        while left and len(batch) < batch_size:
            batch.append(left.pop(int(rng.integers(len(left)))))
        if len(batch) == batch_size or not drop_last:
            batches.append(batch)
    return batches

# %% answer="largest_eigenvalue"
def largest_eigenvalue(matvec, v, steps):
    u = [float(a) for a in v]
    for _ in range(steps):
        length = math.sqrt(sum(a * a for a in u))
        u = [float(a) for a in matvec(np.array([a / length for a in u]))]
    length = math.sqrt(sum(a * a for a in u))
    u = [a / length for a in u]
    return sum(a * float(b) for a, b in zip(u, matvec(np.array(u))))

# %% solution="the rest"
