# The tools and the forward passes are right, two activations too; the others were not begun.
# expect: numerical_gradient=5 gradient_check=5 linear=1 activations=2.5
# expect: softmax_cross_entropy=2 unbroadcast=0 Value=0 mlp_loss_and_gradients=0

# %% solution="numerical_gradient"

# %% solution="gradient_check"

# %% solution="linear_forward"

# %% solution="relu_backward"

# %% solution="tanh_backward"

# %% solution="softmax_cross_entropy_forward"
