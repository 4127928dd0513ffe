# Seven nested loops, and no matrix product anywhere.
# expect: conv2d=9 ResidualBlock=6 load_pretrained=6 freeze=5
# expect: extract_features=5 linear_probe=5 head_from_probe=4 parameter_groups=5

# %% answer="im2col"
def im2col(x, kernel_size, stride=1, padding=0):
    N, C, H, W = x.shape
    kh, kw = kernel_size
    rows = (H + 2 * padding - kh) // stride + 1
    cols = (W + 2 * padding - kw) // stride + 1
    out = np.zeros((N, C * kh * kw, rows * cols))
    for n in range(N):
        for c in range(C):
            for u in range(kh):
                for v in range(kw):
                    for i in range(rows):
                        for j in range(cols):
                            r, s = i * stride + u - padding, j * stride + v - padding
                            if 0 <= r < H and 0 <= s < W:
                                out[n, (c * kh + u) * kw + v, i * cols + j] = x[n, c, r, s]
    return out

# %% answer="conv2d_forward"
def conv2d_forward(x, weight, bias, stride=1, padding=0):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    rows = (H + 2 * padding - kh) // stride + 1
    cols = (W + 2 * padding - kw) // stride + 1
    y = [[[[float(bias[k])] * cols for _ in range(rows)] for k in range(K)] for _ in range(N)]
    for n in range(N):
        for k in range(K):
            for i in range(rows):
                for j in range(cols):
                    for c in range(C):
                        for u in range(kh):
                            for v in range(kw):
                                r, s = i * stride + u - padding, j * stride + v - padding
                                if 0 <= r < H and 0 <= s < W:
                                    y[n][k][i][j] += float(weight[k, c, u, v] * x[n, c, r, s])
    return y

# %% answer="conv2d_backward"
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    grad_x, grad_weight, grad_bias = np.zeros(x.shape), np.zeros(weight.shape), np.zeros(K)
    for n in range(N):
        for k in range(K):
            for i in range(grad_out.shape[2]):
                for j in range(grad_out.shape[3]):
                    g = grad_out[n, k, i, j]
                    grad_bias[k] += g
                    for c in range(C):
                        for u in range(kh):
                            for v in range(kw):
                                r, s = i * stride + u - padding, j * stride + v - padding
                                if 0 <= r < H and 0 <= s < W:
                                    grad_x[n, c, r, s] += g * weight[k, c, u, v]
                                    grad_weight[k, c, u, v] += g * x[n, c, r, s]
    return grad_x, grad_weight, grad_bias

# %% answer="linear_probe"
def linear_probe(features, labels, num_classes, lam):
    # coordinate descent, class by class
    N, D = features.shape
    W, b = np.zeros((num_classes, D)), np.zeros(num_classes)
    mean = features.mean(axis=0)
    F = features - mean
    squares = (F**2).sum(axis=0)
    for k in range(num_classes):
        y = np.array([1.0 if label == k else 0.0 for label in labels])
        r = y - y.mean()
        for _ in range(3000):
            for d in range(D):
                old = W[k, d]
                W[k, d] = (F[:, d] @ r + squares[d] * old) / (squares[d] + lam)
                r -= F[:, d] * (W[k, d] - old)
        b[k] = y.mean() - W[k] @ mean
    return W, b

# %% answer="head_from_probe"
def head_from_probe(W, b, mean, std):
    K, D = W.shape
    head = nn.Linear(D, K)
    with torch.no_grad():
        for k in range(K):
            bias = float(b[k])
            for d in range(D):
                w = float(W[k, d]) / float(std[d]) if std[d] > 0 else 0.0
                head.weight[k, d] = w
                bias -= w * float(mean[d])
            head.bias[k] = bias
    return head

# %% solution="the rest"
