# Norms for the check, averages in every layer, an open ReLU at 0, a summed loss: what other places teach.
# expect: numerical_gradient=5 gradient_check=3 linear=1 activations=5
# expect: softmax_cross_entropy=3 unbroadcast=4.5 Value=8 mlp_loss_and_gradients=0

# %% answer="gradient_check"
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    n = numerical_gradient(f, x)
    difference = np.linalg.norm(grad - n) / (np.linalg.norm(grad) + np.linalg.norm(n))
    print(f"difference: {difference:.2e}")
    return difference < 2e-7

# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    m = grad_out.size / len(W)
    g, a = grad_out.reshape(-1, len(W)), x.reshape(-1, x.shape[-1])
    return grad_out @ W, g.T @ a / m, g.sum(0) / m

# %% answer="relu_backward"
def relu_backward(grad_out, x):
    return np.where(x >= 0, grad_out, 0)

# %% answer="softmax_cross_entropy_forward"
def softmax_cross_entropy_forward(logits, targets):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    y = np.eye(z.shape[1])[targets] if targets.ndim == 1 else targets
    return -(y * log_p).sum()

# %% answer="mlp_loss_and_gradients"
def mlp_loss_and_gradients(params, x, labels):
    L, h = len(params) // 2, [x]
    for i in range(1, L + 1):
        z = h[-1] @ params[f"W{i}"].T + params[f"b{i}"]
        h.append(np.maximum(z, 0) if i < L else z)
    z = h.pop()
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    g = np.exp(log_p) - np.eye(z.shape[1])[labels]
    grads = {}
    for i in range(L, 0, -1):
        a = h.pop()
        grads[f"W{i}"], grads[f"b{i}"] = g.T @ a, g.sum(0)
        g = (g @ params[f"W{i}"]) * (a > 0)
    return -log_p[np.arange(len(x)), labels].sum(), grads

# %% solution="the rest"
