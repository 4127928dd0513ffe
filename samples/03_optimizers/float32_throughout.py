# Casts everything to float32.
# expect: momentum_step=5 nesterov_step=4 adagrad_step=5 rmsprop_step=5 adam_step=6 adamw_step=5
# expect: learning_rate_schedules=6 minibatch_indices=6 newton_step=4 classify_critical_point=5
# expect: hessian_vector_product=5

# %% after="given_imports"
f = lambda a: np.asarray(a, dtype=np.float32)

# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    u = f(momentum) * f(state["velocity"]) + f(grad) + f(weight_decay) * f(param)
    return f(param) - f(lr) * u, {"velocity": u}

# %% answer="adagrad_step"
def adagrad_step(param, grad, state, lr, eps=1e-10):
    s = f(state["square_sum"]) + f(grad) ** 2
    return f(param) - f(lr) * f(grad) / (np.sqrt(s) + f(eps)), {"square_sum": s}

# %% answer="adam_step"
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    g, t = f(grad) + f(weight_decay) * f(param), state["t"] + 1
    m = f(beta1) * f(state["m"]) + f(1 - beta1) * g
    v = f(beta2) * f(state["v"]) + f(1 - beta2) * g * g
    m_hat, v_hat = m / f(1 - beta1**t), v / f(1 - beta2**t)
    return f(param) - f(lr) * m_hat / (np.sqrt(v_hat) + f(eps)), {"m": m, "v": v, "t": t}

# %% answer="newton_step"
def newton_step(grad, hessian, damping=0.0):
    return np.linalg.solve(f(hessian) + f(damping) * np.eye(len(grad), dtype=np.float32), -f(grad))

# %% solution="the rest"
