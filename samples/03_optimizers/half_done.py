# The first four, one schedule of three, and half of the last question; the others were not begun.
# expect: momentum_step=5 nesterov_step=4 adagrad_step=5 rmsprop_step=5 adam_step=0 adamw_step=0
# expect: learning_rate_schedules=1.5 minibatch_indices=0 newton_step=0 classify_critical_point=0
# expect: hessian_vector_product=2.25

# %% solution="momentum_step"

# %% solution="nesterov_step"

# %% solution="adagrad_step"

# %% solution="rmsprop_step"

# %% solution="step_decay"

# %% solution="largest_eigenvalue"
