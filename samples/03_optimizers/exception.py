# Loops over one axis only, misspells a key, and asks for a whole number of batches.
# expect: momentum_step=0 nesterov_step=4 adagrad_step=5 rmsprop_step=0 adam_step=6 adamw_step=5
# expect: learning_rate_schedules=6 minibatch_indices=0 newton_step=4 classify_critical_point=5
# expect: hessian_vector_product=5

# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    new, velocity = np.zeros(len(param)), np.zeros(len(param))
    for i in range(len(param)):
        velocity[i] = momentum * state["velocity"][i] + grad[i] + weight_decay * param[i]
        new[i] = param[i] - lr * velocity[i]
    return new, {"velocity": velocity}

# %% answer="rmsprop_step"
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    s = alpha * state["square_average"] + (1 - alpha) * grad**2
    return param - lr * grad / (np.sqrt(s) + eps), {"square_avg": s}

# %% answer="minibatch_indices"
def minibatch_indices(N, batch_size, rng, drop_last=False):
    return list(rng.permutation(N).reshape(-1, batch_size))

# %% solution="the rest"
