# Everything right, in the master's words.
# expect: momentum_step=5 nesterov_step=4 adagrad_step=5 rmsprop_step=5 adam_step=6 adamw_step=5
# expect: learning_rate_schedules=6 minibatch_indices=6 newton_step=4 classify_critical_point=5
# expect: hessian_vector_product=5

# %% solution="the rest"
