# Helpers, torch's products, other formulas, an engine with closures: correct, and nothing like the master.
# expect: numerical_gradient=5 gradient_check=5 linear=5 activations=5.5
# expect: softmax_cross_entropy=5 unbroadcast=4.5 Value=8 mlp_loss_and_gradients=6

# %% after="given_imports"
import torch


def rows(a):
    return a.reshape(-1, a.shape[-1])

# %% answer="numerical_gradient"
def numerical_gradient(f, x, h=1e-5):
    x = x.astype(float)
    basis = np.eye(x.size).reshape((-1,) + x.shape)
    slopes = np.fromiter((f(x + h * e) - f(x - h * e) for e in basis), float)
    return slopes.reshape(x.shape) / (h + h)

# %% answer="gradient_check"
def gradient_check(f, x, grad, rtol=1e-4, atol=1e-6):
    if grad.shape != x.shape:
        return False
    for i, g in np.ndenumerate(grad):
        e = np.zeros_like(x)
        e[i] = 1e-5
        n = (f(x + e) - f(x - e)) / 2e-5
        if not math.isclose(g, n, rel_tol=0, abs_tol=atol + rtol * abs(n)):
            return False
    return True

# %% answer="linear_forward"
linear_forward = lambda x, W, b: np.einsum("kd,...d->...k", W, x) + b

# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    g = torch.from_numpy(rows(grad_out))
    return (g @ torch.from_numpy(W)).reshape(x.shape), g.T @ torch.from_numpy(rows(x)), g.sum(0)

# %% answer="relu_backward"
def relu_backward(grad_out, x):
    return [[*map(float, row)] for row in np.where(x > 0, grad_out, 0)] if x.ndim == 2 else np.where(x > 0, grad_out, 0)

# %% answer="sigmoid_backward"
def sigmoid_backward(grad_out, x):
    t = np.tanh(x / 2)
    return grad_out * (1 + t) * (1 - t) / 4

# %% answer="tanh_backward"
def tanh_backward(grad_out, x):
    return 4 * sigmoid_backward(grad_out, 2 * x)

# %% answer="silu_backward"
def silu_backward(grad_out, x):
    y = 0.5 * (1 + np.tanh(x / 2))
    return grad_out * y + x * sigmoid_backward(grad_out, x)

# %% answer="softmax_cross_entropy_forward"
def softmax_cross_entropy_forward(logits, targets):
    log_p = torch.log_softmax(torch.from_numpy(logits), 1)
    if targets.ndim == 1:
        return -log_p[range(len(targets)), targets.tolist()].mean()
    return -(torch.from_numpy(targets) * log_p).sum() / len(targets)

# %% answer="softmax_cross_entropy_backward"
def softmax_cross_entropy_backward(grad_out, logits, targets):
    g = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    if targets.ndim == 2:
        g -= targets
    else:
        np.subtract.at(g, (range(len(g)), targets), 1)
    return g * (grad_out / len(g))

# %% answer="unbroadcast"
def unbroadcast(grad, shape):
    letters = "abcdefg"[: grad.ndim]
    own = letters[grad.ndim - len(shape) :]
    kept = "".join(c for c, n in zip(own, shape) if n > 1)
    return np.einsum(f"{letters}->{kept}", grad).reshape(shape)

# %% answer="Value"
class Value(Arithmetic):
    def __init__(self, data, *inputs):
        self.data, self.grad, self.inputs = data, 0.0, inputs

    def __add__(self, other):
        if isinstance(other, (int, float)):
            return Value(self.data + other, (self, 1))
        return Value(self.data + other.data, (self, 1), (other, 1))

    def __mul__(self, other):
        if isinstance(other, (int, float)):
            return Value(self.data * other, (self, other))
        return Value(self.data * other.data, (self, other.data), (other, self.data))

    def __pow__(self, n):
        return Value(self.data**n, (self, n * self.data ** (n - 1)))

    def exp(self):
        return Value(np.exp(self.data), (self, np.exp(self.data)))

    def tanh(self):
        return Value(np.tanh(self.data), (self, np.cosh(self.data) ** -2))

    def relu(self):
        return Value(self.data * (self.data > 0), (self, self.data > 0))

    def backward(self):
        # count the uses, then hand on what is complete
        uses, walk = {}, [self]
        for v in walk:
            for parent, _ in v.inputs:
                if parent not in uses:
                    walk.append(parent)
                uses[parent] = uses.get(parent, 0) + 1
        total, ready = {self: 1.0}, [self]
        for v in ready:
            v.grad += total[v]
            for parent, slope in v.inputs:
                total[parent] = total.get(parent, 0.0) + slope * total[v]
                uses[parent] -= 1
                if not uses[parent]:
                    ready.append(parent)

# %% answer="mlp_loss_and_gradients"
def mlp_loss_and_gradients(params, x, labels):
    h, kept = x, []
    count = len(params) // 2
    for i in range(count):
        kept += [h]
        h = linear_forward(h, params[f"W{i + 1}"], params[f"b{i + 1}"])
        if i < count - 1:
            h = np.maximum(h, 0)
    loss, g = softmax_cross_entropy_forward(h, labels), softmax_cross_entropy_backward(1.0, h, labels)
    grads = {}
    while kept:
        i, h = len(kept), kept.pop()
        g, grads[f"W{i}"], grads[f"b{i}"] = linear_backward(np.asarray(g), h, params[f"W{i}"])
        g = np.asarray(relu_backward(np.asarray(g), h)) if i > 1 else g
    return loss, grads
