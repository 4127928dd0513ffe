"""Backpropagation (Rumelhart, Hinton and Williams, 1986): local rules, a scalar engine, and how to check gradients.

Symbols: N examples, D inputs, K outputs or classes, L the loss, W (out, in) and b (out,) a layer's weight and bias;
`grad_x` is dL/dx and `grad_out` the gradient with respect to a function's output. Arrays are computed in float64.
"""

import math

import numpy as np

# Checking: differences ---------------------------------------------------------------------------------------


def numerical_gradient(f, x, h=1e-5, method="centred"):
    """The gradient of the number f(x) at x, one entry at a time.

    x: an array of any shape; integers are taken as floats. Returns an array shaped like x, float64.
    method: "forward", (f(x + h) - f(x)) / h, whose error is of order h; "centred", (f(x + h) - f(x - h)) / 2h, of
    order h squared; "complex", Im f(x + ih) / h, which subtracts nothing, so that h may be 1e-20: f must then
    accept complex arrays and be analytic.
    Raises ValueError if the method is none of these. Source of the complex step: Squire and Trapp (1998).
    """
    x = np.asarray(x, dtype=np.float64)
    rules = {"forward": _forward, "centred": _centred, "complex": _complex_step}
    if method not in rules:
        raise ValueError(f"method must be one of {', '.join(rules)}, not {method!r}")
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = rules[method](f, x, step, h)
    return gradient


def _forward(f, x, step, h):
    return (f(x + step) - f(x)) / h


def _centred(f, x, step, h):
    return (f(x + step) - f(x - step)) / (2 * h)


def _complex_step(f, x, step, h):
    return np.imag(f(x + 1j * step)) / h


def gradient_check(f, x, grad, h=1e-5, rtol=1e-4, atol=1e-6):
    """Whether `grad` is the gradient of the number f(x): every entry within atol + rtol * abs(n) of n.

    n is the centred difference. grad must have x's shape; NaN is never right. Returns a bool.
    """
    grad = np.asarray(grad, dtype=np.float64)
    if grad.shape != np.shape(x):
        return False
    n = numerical_gradient(f, x, h)
    return bool(np.all(np.abs(grad - n) <= atol + rtol * np.abs(n)))


# Layers ------------------------------------------------------------------------------------------------------


def linear_forward(x, W, b):
    """y = x W^T + b. x: (..., D), W: (K, D), b: (K,). Returns y, (..., K), float64."""
    return np.asarray(x, dtype=np.float64) @ np.asarray(W, dtype=np.float64).T + b


def linear_backward(grad_out, x, W):
    """The gradients of y = x W^T + b. grad_out: (..., K), x: (..., D), W: (K, D).

    Returns grad_x (..., D), grad_W (K, D), grad_b (K,): W and b are used by every row, so their gradients are sums.
    """
    grad_out, x, W = (np.asarray(a, dtype=np.float64) for a in (grad_out, x, W))
    g, rows = grad_out.reshape(-1, W.shape[0]), x.reshape(-1, W.shape[1])  # (rows, K), (rows, D)
    return grad_out @ W, g.T @ rows, g.sum(axis=0)


def sigmoid(x):
    """1 / (1 + exp(-x)), without overflow. Returns an array shaped like x, float64."""
    return np.exp(-np.logaddexp(0, -np.asarray(x, dtype=np.float64)))


def sigmoid_backward(grad_out, x):
    """The gradient through y = sigmoid(x): dy/dx = y (1 - y), at most 1/4. Both shaped alike; returns grad_x.

    1 - y is computed as sigmoid(-x), so that tiny derivatives keep their digits.
    """
    x = np.asarray(x, dtype=np.float64)
    return grad_out * sigmoid(x) * sigmoid(-x)


def tanh_backward(grad_out, x):
    """The gradient through y = tanh(x): dy/dx = 1 - y^2, at most 1. Both shaped alike; returns grad_x."""
    return grad_out * (1 - np.tanh(np.asarray(x, dtype=np.float64)) ** 2)


def relu(x):
    """max(x, 0). Returns an array shaped like x, float64."""
    return np.maximum(np.asarray(x, dtype=np.float64), 0)


def relu_backward(grad_out, x):
    """The gradient through y = max(x, 0): dy/dx is 1 where x > 0, else 0; at 0 the choice is torch's.

    grad_out and x are shaped alike; returns grad_x.
    """
    return np.where(np.asarray(x) > 0, grad_out, 0.0)


def silu(x):
    """x sigmoid(x). Returns an array shaped like x, float64. Source: Elfwing, Uchibe and Doya (2018)."""
    return np.asarray(x, dtype=np.float64) * sigmoid(x)


def silu_backward(grad_out, x):
    """The gradient through y = x s, s = sigmoid(x): the product rule gives dy/dx = s + x s (1 - s).

    grad_out and x are shaped alike; returns grad_x.
    """
    s = sigmoid(x)
    return grad_out * (s + np.asarray(x, dtype=np.float64) * s * (1 - s))


# The loss ----------------------------------------------------------------------------------------------------


def log_softmax(logits):
    """log of softmax along the last axis, without overflow. logits: (..., K). Shaped like them, float64."""
    z = np.asarray(logits, dtype=np.float64)
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def as_probabilities(targets, K):
    """Class numbers (N,) as one-hot rows (N, K), float64; rows of probabilities (N, K) stay as they are."""
    targets = np.asarray(targets)
    return np.eye(K)[targets] if targets.ndim == 1 else targets.astype(np.float64)


def softmax_cross_entropy_forward(logits, targets):
    """The mean over the examples of -sum_k y_k log p_k, with p = softmax(logits). Returns one number.

    logits: (N, K). targets: class numbers (N,), integers, or probabilities (N, K) whose rows sum to 1.
    """
    y = as_probabilities(targets, np.shape(logits)[1])
    return float(-(y * log_softmax(logits)).sum(axis=1).mean())


def softmax_cross_entropy_backward(grad_out, logits, targets):
    """The gradient with respect to logits: grad_out (p - y) / N. grad_out: a number. Returns (N, K), float64.

    It holds for any y whose rows sum to 1, soft labels included. Source: Bridle (1990).
    """
    N, K = np.shape(logits)
    return grad_out * (np.exp(log_softmax(logits)) - as_probabilities(targets, K)) / N


# Broadcasting ------------------------------------------------------------------------------------------------


def unbroadcast(grad, shape):
    """Sum a gradient over the axes along which an array of this shape was repeated by broadcasting.

    grad: an array of a shape to which `shape` broadcasts. Returns an array of that shape, float64.
    """
    grad = np.asarray(grad, dtype=np.float64)
    aligned = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    repeated = tuple(i for i, n in enumerate(aligned) if n == 1)
    return grad.sum(axis=repeated, keepdims=True).reshape(shape)


# A scalar engine ---------------------------------------------------------------------------------------------


class Value:
    """A number that knows what it was computed from, and by which local derivatives.

    data: float. grad: d(output)/d(self), summed over all calls of backward. parents: the Values it was computed from,
    as (Value, local derivative) pairs, one pair for each use. op: the operation's name.
    """

    __slots__ = ("data", "grad", "op", "parents")

    def __init__(self, data, parents=(), op=""):
        self.data, self.grad = float(data), 0.0
        self.parents, self.op = tuple(parents), op

    def __repr__(self):
        return f"Value(data={self.data:.6g}, grad={self.grad:.6g})"

    def __add__(self, other):
        other = _value(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)], "+")

    def __mul__(self, other):
        other = _value(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)], "*")

    def __pow__(self, n):
        """n: a number, not a Value."""
        return Value(self.data**n, [(self, n * self.data ** (n - 1))], f"**{n}")

    def exp(self):
        y = math.exp(self.data)
        return Value(y, [(self, y)], "exp")

    def log(self):
        return Value(math.log(self.data), [(self, 1 / self.data)], "log")

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, [(self, 1 - y * y)], "tanh")

    def relu(self):
        return Value(max(self.data, 0.0), [(self, float(self.data > 0))], "relu")

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -_value(other)

    def __rsub__(self, other):
        return _value(other) + -self

    def __truediv__(self, other):
        return self * _value(other) ** -1

    def __rtruediv__(self, other):
        return _value(other) * self**-1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        """Add d(self)/d(v) to v.grad for every v that self was computed from, and for self.

        A value passes its gradient on when all its uses have reported. Nothing recurses, so depth doesn't matter.
        """
        gradients = {self: 1.0}  # of this call alone: what .grad holds from earlier calls must not flow back again
        for v in self.topological_order():
            for parent, derivative in v.parents:
                gradients[parent] = gradients.get(parent, 0.0) + derivative * gradients[v]
        for v, gradient in gradients.items():
            v.grad += gradient

    def topological_order(self):
        """self and everything it was computed from, each value after all its uses (Kahn, 1962)."""
        uses, waiting = {self: 0}, [self]
        while waiting:
            for parent, _ in waiting.pop().parents:
                if parent not in uses:
                    uses[parent] = 0
                    waiting.append(parent)
                uses[parent] += 1
        order = [self]
        for v in order:  # the list grows while it is read
            for parent, _ in v.parents:
                uses[parent] -= 1
                if not uses[parent]:
                    order.append(parent)
        return order


def _value(v):
    return v if isinstance(v, Value) else Value(v)


# A multilayer perceptron -------------------------------------------------------------------------------------

ACTIVATIONS = {  # name: (forward, backward)
    "relu": (relu, relu_backward),
    "sigmoid": (sigmoid, sigmoid_backward),
    "tanh": (np.tanh, tanh_backward),
    "silu": (silu, silu_backward),
}


def mlp_forward(params, x, activation="relu"):
    """The logits of a multilayer perceptron, and what its backward pass needs.

    params: {"W1": (H1, D), "b1": (H1,), ..., "WL": (K, H), "bL": (K,)}. x: (N, D). activation: a key of ACTIVATIONS,
    applied after every layer but the last. Returns logits (N, K), the inputs h of the L layers (h[0] is x), and the
    L - 1 pre-activations z.
    """
    phi = ACTIVATIONS[activation][0]
    layers = len(params) // 2
    h, z = [np.asarray(x, dtype=np.float64)], []
    for i in range(1, layers):
        z.append(linear_forward(h[-1], params[f"W{i}"], params[f"b{i}"]))
        h.append(phi(z[-1]))
    return linear_forward(h[-1], params[f"W{layers}"], params[f"b{layers}"]), h, z


def mlp_loss_and_gradients(params, x, labels, activation="relu"):
    """The mean softmax cross-entropy of a multilayer perceptron, and its gradients in the order of backpropagation.

    params, x, activation: as for mlp_forward. labels: class numbers (N,), or probabilities (N, K).
    Returns the loss, one number, and {"WL": dL/dWL, "bL": dL/dbL, ..., "b1": dL/db1}, shaped like params, float64.
    Source: Rumelhart, Hinton and Williams (1986), with the softmax of Bridle (1990).
    """
    through = ACTIVATIONS[activation][1]
    logits, h, z = mlp_forward(params, x, activation)
    gradients, g = {}, softmax_cross_entropy_backward(1.0, logits, labels)  # (N, K)
    for i in range(len(params) // 2, 0, -1):
        g, gradients[f"W{i}"], gradients[f"b{i}"] = linear_backward(g, h[i - 1], params[f"W{i}"])
        if i > 1:
            g = through(g, z[i - 2])
    return softmax_cross_entropy_forward(logits, labels), gradients
