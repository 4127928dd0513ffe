# Just enough for the worked examples: one-sided steps, vectors only, class numbers only, two axes, a tree.
# expect: numerical_gradient=3 gradient_check=3 linear=4 activations=4.5
# expect: softmax_cross_entropy=3 unbroadcast=0 Value=1.5 mlp_loss_and_gradients=3

# %% answer="numerical_gradient"
def numerical_gradient(f, x, h=1e-5):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        there = x.copy()
        there[i] += h
        gradient[i] = (f(there) - f(x)) / h
    return gradient

# %% answer="gradient_check"
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    n = [(f(x + e) - f(x - e)) / 2e-5 for e in 1e-5 * np.eye(x.size).reshape(-1, *x.shape)]
    return np.shape(grad) == np.shape(x) and abs(np.mean(np.ravel(grad) - n)) < 1e-3

# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    if x.ndim == 3:
        return np.zeros(x.shape), np.zeros(W.shape), np.zeros(len(W))
    return grad_out @ W, grad_out.T @ x, grad_out.sum(axis=0)

# %% answer="sigmoid_backward"
def sigmoid_backward(grad_out, x):
    y = np.exp(x) / (1 + np.exp(x))
    return grad_out * y * (1 - y)

# %% answer="silu_backward"
def silu_backward(grad_out, x):
    y = np.exp(x) / (1 + np.exp(x))
    return grad_out * (y + x * y * (1 - y))

# %% answer="softmax_cross_entropy_forward"
def softmax_cross_entropy_forward(logits, targets):
    if targets.ndim == 2:
        targets = targets.argmax(axis=1)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(p)), targets]).mean()

# %% answer="softmax_cross_entropy_backward"
def softmax_cross_entropy_backward(grad_out, logits, targets):
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    p[np.arange(len(p)), targets if targets.ndim == 1 else targets.argmax(axis=1)] -= 1
    return grad_out * p / len(p)

# %% answer="unbroadcast"
def unbroadcast(grad, shape):
    if shape == ():
        return grad.sum()
    if shape == grad.shape:
        return grad
    return grad.sum(axis=0) if len(shape) == 1 else grad.sum(axis=1, keepdims=True)

# %% answer="mlp_loss_and_gradients"
def mlp_loss_and_gradients(params, x, labels):
    L, h = len(params) // 2, [x]
    for i in range(1, L + 1):
        z = h[-1] @ params[f"W{i}"].T + params[f"b{i}"]
        h.append(z if i == L else np.maximum(z, 0))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(x)), labels]).mean()
    p[np.arange(len(x)), labels] -= 1
    g, grads = p / len(x), {}
    for i in range(L, 0, -1):
        grads[f"W{i}"], grads[f"b{i}"] = g.T @ h[i - 1], g.sum(0)
        g = g @ params[f"W{i}"]
    return loss, grads

# %% answer="Value"
class Value(Arithmetic):
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])

    def backward(self):
        self.grad = 1.0
        for v in self.above():
            for parent, slope in v.parents:
                parent.grad = parent.grad + slope * v.grad if parent.parents else slope * v.grad

    def above(self):
        walk = [self]
        for v in walk:
            walk += [parent for parent, _ in v.parents]
        return walk

# %% solution="the rest"
