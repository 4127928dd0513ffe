# Prints one result, and returns the parameter without the state in another.
# expect: momentum_step=0 nesterov_step=0 adagrad_step=5 rmsprop_step=5 adam_step=6 adamw_step=5
# expect: learning_rate_schedules=4.5 minibatch_indices=6 newton_step=4 classify_critical_point=5
# expect: hessian_vector_product=5

# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    velocity = momentum * state["velocity"] + grad + weight_decay * param
    print(param - lr * velocity, {"velocity": velocity})

# %% answer="nesterov_step"
def nesterov_step(param, grad, state, lr, momentum=0.9):
    velocity = momentum * state["velocity"] + grad
    return param - lr * (grad + momentum * velocity)

# %% answer="step_decay"
def step_decay(t, lr, step_size, gamma):
    rate = lr * gamma ** (t // step_size)

# %% solution="the rest"
