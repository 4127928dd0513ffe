# All core questions right, the optional ones not begun.
# expect: momentum_step=5 nesterov_step=4 adagrad_step=5 rmsprop_step=5 adam_step=6 adamw_step=5
# expect: learning_rate_schedules=6 minibatch_indices=6 newton_step=0 classify_critical_point=0
# expect: hessian_vector_product=0

# %% solution="momentum_step"

# %% solution="nesterov_step"

# %% solution="adagrad_step"

# %% solution="rmsprop_step"

# %% solution="adam_step"

# %% solution="adamw_step"

# %% solution="step_decay"

# %% solution="cosine_annealing"

# %% solution="warmup_linear"

# %% solution="minibatch_indices"
