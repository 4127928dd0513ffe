# Two answers raise errors of their own: a wrong product, and a method that isn't there.
# expect: numerical_gradient=5 gradient_check=5 linear=1 activations=5.5
# expect: softmax_cross_entropy=5 unbroadcast=4.5 Value=0 mlp_loss_and_gradients=6

# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    return grad_out @ W.T, grad_out @ x, grad_out.sum(axis=0)

# %% answer="Value"
class Value(Arithmetic):
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self):
        for v in self.topological_order():
            for parent, slope in v.parents:
                parent.grad += slope * v.grad

# %% solution="the rest"
