# An engine that is right for trees, and assigns where it should add; one-sided differences.
# expect: numerical_gradient=4 gradient_check=5 linear=5 activations=5.5
# expect: softmax_cross_entropy=5 unbroadcast=4.5 Value=2.5 mlp_loss_and_gradients=6

# %% answer="numerical_gradient"
def numerical_gradient(f, x, h=1e-5):
    x = x.astype(float)
    here, gradient = f(x), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        gradient[i] = (f(x) - here) / h
        x[i] -= h
    return gradient

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
        self.grad, todo, seen = 1.0, [self], {self}
        for v in todo:
            for parent, slope in v.parents:
                parent.grad = slope * v.grad
                if parent not in seen:
                    seen.add(parent)
                    todo.append(parent)

# %% solution="the rest"
