"""Backbones: the convolution as a matrix product, the residual block, and the linear probe on frozen features.

Symbols: x (N, C, H, W) images; a convolution has weight (K, C, kh, kw) and bias (K,), stride s and padding p, the same
in both directions; its output is (N, K, H', W') with H' = floor((H + 2p - kh) / s) + 1, W' alike. A probe reads
features (N, D), its weight W is (classes, D), its bias b. Everything is computed in float64, nothing is changed in
place. Conventions are torch's: a convolution doesn't flip its kernel, a linear layer computes x @ W.T + b.
"""

import numpy as np

from autograder.reference.batch_normalization import batch_norm_forward, batch_norm_inference


def _floats(*arrays):
    return [np.asarray(a, dtype=np.float64) for a in arrays]


# The convolution


def output_size(size, kernel, stride=1, padding=0):
    """How many places a kernel takes along an axis of `size`: floor((size + 2 padding - kernel) / stride) + 1.

    Raises ValueError if the kernel doesn't fit once.
    Source: Dumoulin and Visin (2016), relationship 6.
    """
    places = (size + 2 * padding - kernel) // stride + 1
    if places < 1:
        raise ValueError(f"a kernel of {kernel} doesn't fit into {size} with padding {padding}")
    return places


def _windows(x, kh, kw, stride, padding):
    """A view of the padded x: (N, C, H', W', kh, kw), one kh x kw window for each place of the kernel."""
    output_size(x.shape[2], kh, stride, padding), output_size(x.shape[3], kw, stride, padding)
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    return np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]


def im2col(x, kernel_size, stride=1, padding=0):
    """Every window of an image as a column: the matrix that turns a convolution into one product.

    x: (N, C, H, W). kernel_size: (kh, kw). Returns (N, C kh kw, H' W'), float64: along axis 1 channels, then rows, then
    columns of the window; along axis 2 the places, row by row. It is torch's unfold.
    Raises ValueError if the kernel doesn't fit. Source: Chellapilla, Puri and Simard (2006).
    """
    (x,) = _floats(x)
    kh, kw = kernel_size
    windows = _windows(x, kh, kw, stride, padding)  # (N, C, H', W', kh, kw)
    N, C, H_out, W_out = windows.shape[:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * kh * kw, H_out * W_out)


def col2im(columns, shape, kernel_size, stride=1, padding=0):
    """The transpose of im2col: add every column's entries back onto the pixels they came from. It is torch's fold.

    columns: (N, C kh kw, H' W'). shape: (N, C, H, W) of the image. Returns an array of that shape, float64: a pixel
    that lies in several windows gets several summands, one in none gets 0.
    """
    (columns,) = _floats(columns)
    (N, C, H, W), (kh, kw) = shape, kernel_size
    H_out, W_out = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    columns = columns.reshape(N, C, kh, kw, H_out, W_out)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    for i in range(kh):
        for j in range(kw):
            rows, cols = slice(i, i + stride * H_out, stride), slice(j, j + stride * W_out, stride)
            padded[:, :, rows, cols] += columns[:, :, i, j]
    return padded[:, :, padding : padding + H, padding : padding + W]


def conv2d_forward(x, weight, bias=None, stride=1, padding=0):
    """y[n, k, i, j] = bias[k] + sum over c, u, v of weight[k, c, u, v] x[n, c, s i + u - p, s j + v - p].

    x: (N, C, H, W), 0 outside. weight: (K, C, kh, kw). bias: (K,) or None. Returns y (N, K, H', W'), float64.
    Raises ValueError if the kernel doesn't fit. Source: LeCun et al. (1989); as torch computes it, without a flip.
    """
    x, weight = _floats(x, weight)
    K, _, kh, kw = weight.shape
    H_out, W_out = output_size(x.shape[2], kh, stride, padding), output_size(x.shape[3], kw, stride, padding)
    y = weight.reshape(K, -1) @ im2col(x, (kh, kw), stride, padding)  # (N, K, H' W')
    if bias is not None:
        y = y + np.asarray(bias, dtype=np.float64)[:, None]
    return y.reshape(len(x), K, H_out, W_out)


def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    """The gradients of a loss with respect to x, weight and bias, from that with respect to y (N, K, H', W').

    The product with im2col's matrix transposes: grad_weight = g cols^T, summed over n; grad_cols = weight^T g; and what
    im2col copied, col2im adds up. Returns grad_x (N, C, H, W), grad_weight (K, C, kh, kw), grad_bias (K,), float64.
    """
    grad_out, x, weight = _floats(grad_out, x, weight)
    N, K, kernel_size = len(x), len(weight), weight.shape[2:]
    g = grad_out.reshape(N, K, -1)  # (N, K, H' W')
    columns = im2col(x, kernel_size, stride, padding)  # (N, C kh kw, H' W')
    grad_weight = np.einsum("nkl,ndl->kd", g, columns).reshape(weight.shape)
    grad_x = col2im(weight.reshape(K, -1).T @ g, x.shape, kernel_size, stride, padding)
    return grad_x, grad_weight, g.sum(axis=(0, 2))


# The residual block


def residual_block(x, state, stride=1, training=False, eps=1e-5):
    """The basic block of a residual network: relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x)).

    x: (N, C, H, W). state: arrays by the names that torchvision publishes, conv1.weight, bn1.weight, bn1.bias,
    bn1.running_mean, bn1.running_var, the same with 2, and downsample.0.weight, downsample.1.weight and so on where the
    shortcut is a 1x1 convolution with a normalization; without these the shortcut is x. The 3x3 convolutions have
    padding 1 and no bias; the first one and the shortcut's have the stride. training: normalize with the batch's
    statistics in place of the running ones. Returns (N, K, H', W'), float64.
    Source: He et al. (2016), figure 2 and section 3.3, option B.
    """

    def normalized(h, name):
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        if training:
            return batch_norm_forward(h, weight, bias, eps)
        return batch_norm_inference(h, weight, bias, state[f"{name}.running_mean"], state[f"{name}.running_var"], eps)

    (x,) = _floats(x)
    h = normalized(conv2d_forward(x, state["conv1.weight"], None, stride, 1), "bn1")
    h = normalized(conv2d_forward(np.maximum(h, 0), state["conv2.weight"], None, 1, 1), "bn2")
    if "downsample.0.weight" in state:
        x = normalized(conv2d_forward(x, state["downsample.0.weight"], None, stride, 0), "downsample.1")
    return np.maximum(h + x, 0)


def global_average_pool(features):
    """The mean over an image's pixels, per channel: (N, C, H, W) to (N, C), float64. Source: Lin et al. (2014)."""
    (features,) = _floats(features)
    return features.mean(axis=(2, 3))


# The linear probe


def one_hot(labels, num_classes):
    """Whole numbers (N,) as rows with a single 1: (N, num_classes), float64."""
    return np.eye(num_classes)[np.asarray(labels)]


def standardize(features):
    """Features with mean 0 and deviation 1, and what was subtracted and divided by.

    features: (N, D). Returns z (N, D), mean (D,), std (D,), float64. The deviation is the biased one; for a feature
    that doesn't vary it is set to 1, so that z is 0 there. New features f are standardized as (f - mean) / std.
    """
    (features,) = _floats(features)
    mean, std = features.mean(axis=0), features.std(axis=0)
    std = np.where(std > 1e-12 * np.maximum(1, np.abs(mean)), std, 1.0)
    return (features - mean) / std, mean, std


def linear_probe(features, labels, num_classes, lam):
    """Ridge regression of one-hot labels on features, its intercept free: least |F W^T + b - Y|^2 + lam |W|^2.

    features F: (N, D). labels: (N,), whole numbers below num_classes. lam: above 0, or 0 for the solution of least
    norm. Returns W (num_classes, D) and b (num_classes,), float64, so that F @ W.T + b are scores. Centring removes the
    intercept: W^T = V diag(s / (s^2 + lam)) U^T (Y - mean Y) with F - mean F = U diag(s) V^T, then
    b = mean Y - W mean F. It equals scikit-learn's Ridge(alpha=lam).
    Source: Hoerl and Kennard (1970); as a probe of a network's layers Alain and Bengio (2017).
    """
    (features,) = _floats(features)
    targets = one_hot(labels, num_classes)
    mean_f, mean_y = features.mean(axis=0), targets.mean(axis=0)
    U, s, Vt = np.linalg.svd(features - mean_f, full_matrices=False)
    solid = s > 1e-12 * max(s.max(initial=0.0), 1e-300)
    shrunk = np.where(solid, s / np.where(solid, s**2 + lam, 1.0), 0.0)
    W = ((U * shrunk).T @ (targets - mean_y)).T @ Vt  # (num_classes, D)
    return W, mean_y - W @ mean_f


def predict(features, W, b):
    """The class with the largest score, for each example: (N,)."""
    features, W, b = _floats(features, W, b)
    return np.argmax(features @ W.T + b, axis=1)


def unstandardized(W, b, mean, std):
    """The probe of standardized features as one of the features themselves.

    W ((f - mean) / std) + b = (W / std) f + (b - (W / std) mean). W: (K, D). b: (K,). mean, std: (D,).
    Returns the new W and b, float64.
    """
    W, b, mean, std = _floats(W, b, mean, std)
    W = W / std
    return W, b - W @ mean
