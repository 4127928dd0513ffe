# Prints the check's verdict and the loss; forgets to return them.
# expect: numerical_gradient=5 gradient_check=0 linear=5 activations=5.5
# expect: softmax_cross_entropy=3 unbroadcast=4.5 Value=8 mlp_loss_and_gradients=0

# %% answer="gradient_check"
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    n = numerical_gradient(f, x)
    print("right" if grad.shape == n.shape and np.allclose(grad, n, rtol, atol) else "wrong")

# %% answer="softmax_cross_entropy_forward"
def softmax_cross_entropy_forward(logits, targets):
    y = np.eye(logits.shape[1])[targets] if targets.ndim == 1 else targets
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    loss = -np.mean(np.sum(y * log_p, axis=1))
    print(loss)

# %% answer="mlp_loss_and_gradients"
def mlp_loss_and_gradients(params, x, labels):
    h = np.maximum(x @ params["W1"].T + params["b1"], 0)
    loss = softmax_cross_entropy_forward(h, labels)
    gradients = {"W1": softmax_cross_entropy_backward(1.0, h, labels).T @ x}

# %% solution="the rest"
