# A bracket is missing in the check, and in half of the layer; what doesn't call them is right.
# expect: numerical_gradient=5 gradient_check=0 linear=1 activations=5.5
# expect: softmax_cross_entropy=5 unbroadcast=4.5 Value=8 mlp_loss_and_gradients=6

# %% answer="gradient_check"
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    n = numerical_gradient(f, x
    return np.allclose(grad, n, rtol, atol)

# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    return grad_out @ W, (grad_out.T @ x, grad_out.sum(axis=0)

# %% solution="the rest"
