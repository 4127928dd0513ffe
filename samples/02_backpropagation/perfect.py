# Every answer right.
# expect: numerical_gradient=5 gradient_check=5 linear=5 activations=5.5
# expect: softmax_cross_entropy=5 unbroadcast=4.5 Value=8 mlp_loss_and_gradients=6

# %% solution="the rest"
