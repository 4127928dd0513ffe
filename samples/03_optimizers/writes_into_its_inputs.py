# Right values everywhere, written into the caller's arrays and dictionaries.
# expect: momentum_step=4 nesterov_step=3 adagrad_step=4.5 rmsprop_step=4.5 adam_step=5 adamw_step=4.5
# expect: learning_rate_schedules=6 minibatch_indices=6 newton_step=3.5 classify_critical_point=5
# expect: hessian_vector_product=4.75

# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    grad += weight_decay * param
    state["velocity"] *= momentum
    state["velocity"] += grad
    param -= lr * state["velocity"]
    return param, state

# %% answer="nesterov_step"
def nesterov_step(param, grad, state, lr, momentum=0.9):
    state["velocity"] = momentum * state["velocity"] + grad
    return param - lr * (grad + momentum * state["velocity"]), state

# %% answer="adagrad_step"
def adagrad_step(param, grad, state, lr, eps=1e-10):
    s = state["square_sum"]
    s += grad**2
    return param - lr * grad / (np.sqrt(s) + eps), {"square_sum": s}

# %% answer="rmsprop_step"
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    s = alpha * state["square_avg"] + (1 - alpha) * grad**2
    grad /= np.sqrt(s) + eps
    return param - lr * grad, {"square_avg": s}

# %% answer="adam_step"
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    grad += weight_decay * param
    state["t"] += 1
    state["m"] = beta1 * state["m"] + (1 - beta1) * grad
    state["v"] = beta2 * state["v"] + (1 - beta2) * grad**2
    m, v = state["m"] / (1 - beta1 ** state["t"]), state["v"] / (1 - beta2 ** state["t"])
    return param - lr * m / (np.sqrt(v) + eps), state

# %% answer="adamw_step"
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    param *= 1 - lr * weight_decay
    return adam_step(param, grad.copy(), dict(state), lr, beta1, beta2, eps)

# %% answer="newton_step"
def newton_step(grad, hessian, damping=0.0):
    hessian[np.diag_indices(len(grad))] += damping
    return -np.linalg.solve(hessian, grad)

# %% answer="hessian_vector_product"
def hessian_vector_product(gradient, x, v):
    n = np.linalg.norm(v)
    x += 1e-5 * v / n
    up = gradient(x)
    x -= 2e-5 * v / n
    return n * (up - gradient(x)) / 2e-5

# %% solution="the rest"
