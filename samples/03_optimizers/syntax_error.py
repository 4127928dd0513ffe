# A bracket is missing in one answer, and in one schedule of three; the others are right.
# expect: momentum_step=5 nesterov_step=4 adagrad_step=5 rmsprop_step=5 adam_step=0 adamw_step=5
# expect: learning_rate_schedules=4 minibatch_indices=6 newton_step=4 classify_critical_point=5
# expect: hessian_vector_product=5

# %% answer="adam_step"
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    g = grad + weight_decay * param
    t = state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * g
    v = beta2 * state["v"] + (1 - beta2) * g**2
    return param - lr * (m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), {"m": m, "v": v, "t": t}

# %% answer="cosine_annealing"
def cosine_annealing(t, lr, T_max, lr_min=0.0)
    return lr_min + 0.5 * (lr - lr_min) * (1 + np.cos(np.pi * min(t, T_max) / T_max))

# %% solution="the rest"
