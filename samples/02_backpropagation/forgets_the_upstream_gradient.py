# Takes the local derivative for the gradient, wherever there is one.
# expect: numerical_gradient=5 gradient_check=5 linear=1 activations=0
# expect: softmax_cross_entropy=2 unbroadcast=4.5 Value=0 mlp_loss_and_gradients=3.5

# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    ones = np.ones(grad_out.shape)
    return ones @ W, ones.reshape(-1, len(W)).T @ x.reshape(-1, x.shape[-1]), ones.reshape(-1, len(W)).sum(0)

# %% answer="relu_backward"
def relu_backward(grad_out, x):
    return (x > 0).astype(float)

# %% answer="sigmoid_backward"
def sigmoid_backward(grad_out, x):
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s)

# %% answer="tanh_backward"
def tanh_backward(grad_out, x):
    return 1 - np.tanh(x) ** 2

# %% answer="silu_backward"
def silu_backward(grad_out, x):
    s = 1 / (1 + np.exp(-x))
    return s + x * s * (1 - s)

# %% answer="softmax_cross_entropy_backward"
def softmax_cross_entropy_backward(grad_out, logits, targets):
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    y = np.eye(p.shape[1])[targets] if targets.ndim == 1 else targets
    return (p - y) / len(p)

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

    def __pow__(self, n):
        return Value(self.data**n, [(self, n * self.data ** (n - 1))])

    def exp(self):
        return Value(math.exp(self.data), [(self, math.exp(self.data))])

    def tanh(self):
        return Value(math.tanh(self.data), [(self, 1 - math.tanh(self.data) ** 2)])

    def relu(self):
        return Value(max(self.data, 0), [(self, float(self.data > 0))])

    def backward(self):
        todo, seen = [self], set()
        while todo:
            v = todo.pop()
            if v not in seen:
                seen.add(v)
                for parent, derivative in v.parents:
                    parent.grad += derivative
                    todo.append(parent)

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
        g = (np.ones(g.shape) @ params[f"W{i}"]) * (h[i - 1] > 0) / len(x)
    return -log_p[np.arange(len(x)), labels].mean(), grads

# %% solution="the rest"
