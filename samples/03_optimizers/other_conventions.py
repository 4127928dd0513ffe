# Right by other conventions: averages for sums, lr in the velocity, eps under the root, decay without lr.
# expect: momentum_step=0 nesterov_step=0 adagrad_step=4 rmsprop_step=4 adam_step=5 adamw_step=0
# expect: learning_rate_schedules=3 minibatch_indices=6 newton_step=0 classify_critical_point=5
# expect: hessian_vector_product=5

# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    v = momentum * state["velocity"] + (1 - momentum) * (grad + weight_decay * param)
    return param - lr * v, {"velocity": v}

# %% answer="nesterov_step"
def nesterov_step(param, grad, state, lr, momentum=0.9):
    v_prev = state["velocity"]
    v = momentum * v_prev - lr * grad
    return param - momentum * v_prev + (1 + momentum) * v, {"velocity": v}

# %% answer="adagrad_step"
def adagrad_step(param, grad, state, lr, eps=1e-10):
    s = state["square_sum"] + grad**2
    return param - lr * grad / np.sqrt(s + eps), {"square_sum": s}

# %% answer="rmsprop_step"
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    s = alpha * state["square_avg"] + (1 - alpha) * grad**2
    return param - lr * grad / np.sqrt(s + eps), {"square_avg": s}

# %% answer="adam_step"
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    g, t = grad + weight_decay * param, state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * g
    v = beta2 * state["v"] + (1 - beta2) * g**2
    lr_t = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return param - lr_t * m / (np.sqrt(v) + eps), {"m": m, "v": v, "t": t}

# %% answer="adamw_step"
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    t = state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return param - lr * step - weight_decay * param, {"m": m, "v": v, "t": t}

# %% answer="cosine_annealing"
def cosine_annealing(t, lr, T_max, lr_min=0.0):
    return lr_min + 0.5 * (lr - lr_min) * (1 + np.cos(np.pi * t / T_max))

# %% answer="warmup_linear"
def warmup_linear(t, lr, warmup_steps, total_steps):
    if t < warmup_steps:
        return lr * (t + 1) / warmup_steps
    return lr * max(0, total_steps - t) / (total_steps - warmup_steps)

# %% answer="newton_step"
def newton_step(grad, hessian, damping=0.0):
    return np.linalg.solve(hessian + damping * np.eye(len(grad)), grad)

# %% solution="the rest"
