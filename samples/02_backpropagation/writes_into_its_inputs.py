# Right numbers, but steps, masks, shifts, sums and updates are written into the caller's arrays.
# expect: numerical_gradient=4.5 gradient_check=4.5 linear=4.5 activations=5
# expect: softmax_cross_entropy=4.5 unbroadcast=4 Value=8 mlp_loss_and_gradients=5.5

# %% answer="numerical_gradient"
def numerical_gradient(f, x, h=1e-5):
    if x.dtype != float:
        x = x.astype(float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        gradient[i] = f(x)
        x[i] -= 2 * h
        gradient[i] -= f(x)
        x[i] += h
    return gradient / (2 * h)

# %% answer="gradient_check"
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    if grad.shape != x.shape:
        return False
    n = numerical_gradient(f, x.copy())
    grad -= n
    return bool((np.abs(grad) <= atol + rtol * np.abs(n)).all())

# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    g = grad_out.reshape(-1, len(W))
    grad_x, grad_W = grad_out @ W, g.T @ x.reshape(-1, x.shape[-1])
    for row in g[1:]:
        g[0] += row
    return grad_x, grad_W, g[0]

# %% answer="relu_backward"
def relu_backward(grad_out, x):
    grad_out[x <= 0] = 0
    return grad_out

# %% answer="softmax_cross_entropy_backward"
def softmax_cross_entropy_backward(grad_out, logits, targets):
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    p -= np.eye(p.shape[1])[targets] if targets.ndim == 1 else targets
    return grad_out * p / len(p)

# %% answer="unbroadcast"
def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        for part in grad[1:]:
            grad[0] += part
        grad = grad[0]
    return grad.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)

# %% answer="mlp_loss_and_gradients"
def mlp_loss_and_gradients(params, x, labels):
    L, h = len(params) // 2, [x]
    for i in range(1, L + 1):
        z = h[-1] @ params[f"W{i}"].T + params[f"b{i}"]
        h.append(np.maximum(z, 0))
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    g = (np.exp(log_p) - np.eye(z.shape[1])[labels]) / len(x)
    grads = {}
    for i in range(L, 0, -1):
        grads[f"W{i}"], grads[f"b{i}"] = g.T @ h[i - 1], g.sum(0)
        g = (g @ params[f"W{i}"]) * (h[i - 1] > 0)
    for name in params:
        params[name] -= 0.1 * grads[name]
    return -log_p[np.arange(len(x)), labels].mean(), grads

# %% solution="the rest"
