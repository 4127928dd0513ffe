# Uses NumPy for the shapes only: loops, sums, math's functions. Slow and right.
# expect: numerical_gradient=5 gradient_check=5 linear=5 activations=5.5
# expect: softmax_cross_entropy=5 unbroadcast=4.5 Value=8 mlp_loss_and_gradients=6

# %% answer="numerical_gradient"
def numerical_gradient(f, x, h=1e-5):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        there, back = x * 1.0, x * 1.0
        there[i] = there[i] + h
        back[i] = back[i] - h
        gradient[i] = (f(there) - f(back)) / h / 2
    return gradient

# %% answer="linear_forward"
def linear_forward(x, W, b):
    if x.ndim == 3:
        return [linear_forward(part, W, b) for part in x]
    return [[sum(W[k][d] * row[d] for d in range(len(row))) + b[k] for k in range(len(b))] for row in x.tolist()]

# %% answer="linear_backward"
def linear_backward(grad_out, x, W):
    K, D = W.shape
    grad_x, grad_W, grad_b = np.zeros(x.shape), np.zeros((K, D)), [0.0] * K
    for place in np.ndindex(x.shape[:-1]):
        for k in range(K):
            grad_b[k] += grad_out[place][k]
            for d in range(D):
                grad_x[place][d] += grad_out[place][k] * W[k, d]
                grad_W[k, d] += grad_out[place][k] * x[place][d]
    return grad_x, grad_W, grad_b

# %% answer="relu_backward"
def relu_backward(grad_out, x):
    result = grad_out.copy()
    for i in np.ndindex(x.shape):
        if not x[i] > 0:
            result[i] = 0
    return result

# %% answer="sigmoid_backward"
def sigmoid_backward(grad_out, x):
    result = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = math.exp(-abs(x[i]))
        result[i] = grad_out[i] * e / (1 + e) ** 2
    return result

# %% answer="softmax_cross_entropy_forward"
def softmax_cross_entropy_forward(logits, targets):
    losses = []
    for z, t in zip(logits.tolist(), targets.tolist()):
        top = max(z)
        total = top + math.log(math.fsum(math.exp(v - top) for v in z))
        losses.append(total - z[t] if isinstance(t, int) else total - math.fsum(p * v for p, v in zip(t, z)))
    return sum(losses) / len(losses)

# %% answer="unbroadcast"
def unbroadcast(grad, shape):
    result = np.zeros(shape)
    for place, value in np.ndenumerate(grad):
        own = place[grad.ndim - len(shape) :]
        result[tuple(0 if shape[i] == 1 else own[i] for i in range(len(shape)))] += value
    return result

# %% solution="the rest"
