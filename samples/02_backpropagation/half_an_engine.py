# The engine has sums and products only; nothing else of it was begun, and the rest is right.
# expect: numerical_gradient=5 gradient_check=5 linear=5 activations=5.5
# expect: softmax_cross_entropy=5 unbroadcast=4.5 Value=6.5 mlp_loss_and_gradients=6

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
        raise NotImplementedError("write your code here, then delete this line")

    def exp(self):
        raise NotImplementedError("write your code here, then delete this line")

    def tanh(self):
        raise NotImplementedError("write your code here, then delete this line")

    def relu(self):
        raise NotImplementedError("write your code here, then delete this line")

    def backward(self):
        uses, walk = {}, [self]
        for v in walk:
            for parent, _ in v.parents:
                if parent not in uses:
                    walk.append(parent)
                uses[parent] = uses.get(parent, 0) + 1
        total, ready = {self: 1.0}, [self]
        for v in ready:
            v.grad += total[v]
            for parent, slope in v.parents:
                total[parent] = total.get(parent, 0.0) + slope * total[v]
                uses[parent] -= 1
                if not uses[parent]:
                    ready.append(parent)

# %% solution="the rest"
