# Handed in as it was released.
# expect: momentum_step=0 nesterov_step=0 adagrad_step=0 rmsprop_step=0 adam_step=0 adamw_step=0
# expect: learning_rate_schedules=0 minibatch_indices=0 newton_step=0 classify_critical_point=0
# expect: hessian_vector_product=0
