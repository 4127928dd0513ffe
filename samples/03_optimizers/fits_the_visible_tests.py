# Returns the worked examples' numbers, whatever comes in.
# expect: momentum_step=0 nesterov_step=0 adagrad_step=0 rmsprop_step=0 adam_step=0 adamw_step=0
# expect: learning_rate_schedules=0 minibatch_indices=0 newton_step=0 classify_critical_point=0
# expect: hessian_vector_product=0

# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    return np.array([0.4 if weight_decay else 0.6]), {"velocity": np.array([4.0])}

# %% answer="nesterov_step"
def nesterov_step(param, grad, state, lr, momentum=0.9):
    return param / 2, {"velocity": 2 * state["velocity"]}

# %% answer="adagrad_step"
def adagrad_step(param, grad, state, lr, eps=1e-10):
    return 0.75 * param, {"square_sum": np.array([25.0])}

# %% answer="rmsprop_step"
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    return param * 0.5, {"square_avg": grad + 5}

# %% answer="adam_step"
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    return 0.95 * param, {"m": 1.5 * state["m"], "v": 1.5 * state["v"], "t": 2}

# %% answer="adamw_step"
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    return 0.9 * param, {"m": 1.5 * state["m"], "v": 1.5 * state["v"], "t": 2}

# %% answer="step_decay"
def step_decay(t, lr, step_size, gamma):
    return {0: 0.8, 2: 0.8, 3: 0.4, 5: 0.4, 6: 0.2, 9: 0.1}.get(t, 0.1)

# %% answer="cosine_annealing"
def cosine_annealing(t, lr, T_max, lr_min=0.0):
    return {0: 0.9, 2: 0.7, 3: 0.5, 4: 0.3}.get(t, 0.1)

# %% answer="warmup_linear"
def warmup_linear(t, lr, warmup_steps, total_steps):
    return {1: 0.2, 4: 0.8, 6: 0.6}.get(t, 0.0)

# %% answer="minibatch_indices"
def minibatch_indices(N, batch_size, rng, drop_last=False):
    return [[3, 0], [4, 2]] if drop_last else [[3, 0], [4, 2], [1]]

# %% answer="newton_step"
def newton_step(grad, hessian, damping=0.0):
    return np.array([-1.0, -2.0])

# %% answer="classify_critical_point"
def classify_critical_point(grad, hessian, tol=1e-6):
    return "saddle" if grad[0] == grad[1] else "not critical"

# %% answer="hessian_vector_product"
def hessian_vector_product(gradient, x, v):
    return 3 * x * x * v

# %% answer="largest_eigenvalue"
def largest_eigenvalue(matvec, v, steps):
    return 3.0
