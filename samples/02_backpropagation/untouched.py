# Handed in as it was released.
# expect: numerical_gradient=0 gradient_check=0 linear=0 activations=0
# expect: softmax_cross_entropy=0 unbroadcast=0 Value=0 mlp_loss_and_gradients=0
