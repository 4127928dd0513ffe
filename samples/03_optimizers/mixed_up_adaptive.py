# The slips of somebody in a hurry: roots forgotten, old averages used, no bias correction, L2 taken for AdamW.
# expect: momentum_step=0 nesterov_step=0 adagrad_step=0 rmsprop_step=0 adam_step=0 adamw_step=0
# expect: learning_rate_schedules=0 minibatch_indices=3.5 newton_step=0 classify_critical_point=0
# expect: hessian_vector_product=3.25

# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    velocity = momentum * state["velocity"] + grad + weight_decay * param
    return param - lr * state["velocity"], {"velocity": velocity}

# %% answer="nesterov_step"
def nesterov_step(param, grad, state, lr, momentum=0.9):
    velocity = momentum * state["velocity"] + grad
    return param - lr * (velocity + momentum * velocity), {"velocity": velocity}

# %% answer="adagrad_step"
def adagrad_step(param, grad, state, lr, eps=1e-10):
    s = state["square_sum"] + grad**2
    return param - lr * grad / (s + eps), {"square_sum": s}

# %% answer="rmsprop_step"
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    step = grad / (np.sqrt(state["square_avg"]) + eps)
    return param - lr * step, {"square_avg": alpha * state["square_avg"] + (1 - alpha) * grad**2}

# %% answer="adam_step"
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    g = grad + weight_decay * param
    m = beta1 * state["m"] + (1 - beta1) * g
    v = beta2 * state["v"] + (1 - beta2) * g**2
    return param - lr * m / (np.sqrt(v) + eps), {"m": m, "v": v, "t": state["t"] + 1}

# %% answer="adamw_step"
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    g, t = grad + weight_decay * param, state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * g
    v = beta2 * state["v"] + (1 - beta2) * g**2
    step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return param - lr * step, {"m": m, "v": v, "t": t}

# %% answer="step_decay"
def step_decay(t, lr, step_size, gamma):
    return lr * gamma ** (t / step_size)

# %% answer="cosine_annealing"
def cosine_annealing(t, lr, T_max, lr_min=0.0):
    return max(lr_min, lr * np.cos(np.pi * t / (2 * T_max)))

# %% answer="warmup_linear"
def warmup_linear(t, lr, warmup_steps, total_steps):
    return lr * min(t / warmup_steps, 1 - t / total_steps)

# %% answer="minibatch_indices"
def minibatch_indices(N, batch_size, rng, drop_last=False):
    np.random.seed(0)
    order = np.arange(N)
    batches = [order[i : i + batch_size] for i in range(0, N, batch_size)]
    return batches[:-1] if drop_last else batches

# %% answer="newton_step"
def newton_step(grad, hessian, damping=0.0):
    return np.linalg.solve(hessian + damping, -grad)

# %% answer="classify_critical_point"
def classify_critical_point(grad, hessian, tol=1e-6):
    d = np.linalg.det(hessian)
    if d < 0:
        return "saddle"
    return "minimum" if hessian[0, 0] > 0 else "maximum"

# %% answer="hessian_vector_product"
def hessian_vector_product(gradient, x, v):
    return (gradient(x + 1e-5 * v) - gradient(x)) / 1e-5

# %% answer="largest_eigenvalue"
def largest_eigenvalue(matvec, v, steps):
    for _ in range(steps):
        v = matvec(v)
        v = v / np.linalg.norm(v)
    return np.linalg.norm(matvec(v))
