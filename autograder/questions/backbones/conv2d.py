"""im2col, conv2d_forward and conv2d_backward: a convolution as a matrix product, and what flows back through it."""

from types import SimpleNamespace

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import backbones as reference

COLUMNS, FORWARD, BACKWARD = "im2col", "conv2d_forward", "conv2d_backward"
ANY_NEGATIVE = "to NumPy's reshape any negative length means the one that fits"
ROOM_TO_SPARE = "what lies beyond the padding stays 0 and is cut off with it"
BACKWARDS = ("grad_bias", "grad_weight", "grad_x")  # the order in which backpropagation meets them


def layer(rng, stride=1, padding=0, kernel=(2, 3)):
    """Images and kernels of which no size equals its neighbour; a stride above 1 goes in evenly on neither axis."""
    N, C, K = 2, 3, 4
    kh, kw = rng.permutation(kernel).tolist()
    places, extra = rng.permutation([3, 4]).tolist(), (stride > 1) * rng.integers(1, max(stride, 2), 2)
    H, W = ((n - 1) * stride + k + int(e) - 2 * padding for n, k, e in zip(places, (kh, kw), extra, strict=True))
    shift = rng.uniform(0.5, 1, 3) * rng.choice([-1, 1], 3)
    return {
        "x": shift[0] + rng.normal(size=(N, C, H, W)),
        "weight": shift[1] + rng.normal(size=(K, C, kh, kw)),
        "bias": rng.uniform(1, 3, K) * rng.choice([-1, 1], K),
        "grad_out": shift[2] + rng.normal(size=(N, K, *places)),
        "settings": {"stride": stride, "padding": padding} if stride > 1 or padding else {},
    }


def strided(rng):
    """Windows that overlap along one axis at least, so that a pixel's gradient is a sum there too."""
    return layer(rng, stride=int(rng.integers(2, 4)), padding=1, kernel=(3, 4))


def columns_of(layer):
    return {"x": layer["x"], "kernel_size": layer["weight"].shape[2:], **layer["settings"]}


def forward_of(layer):
    return {"x": layer["x"], "weight": layer["weight"], "bias": layer["bias"], **layer["settings"]}


def backward_of(layer):
    return {"grad_out": layer["grad_out"], "x": layer["x"], "weight": layer["weight"], **layer["settings"]}


question = Question(
    name="conv2d",
    names=(COLUMNS, FORWARD, BACKWARD),
    assignment="08_backbones",
    reference=SimpleNamespace(
        im2col=reference.im2col,
        conv2d_forward=reference.conv2d_forward,
        conv2d_backward=reference.conv2d_backward,
    ),
    outputs=("grad_x", "grad_weight", "grad_bias"),
    properties=[
        Property("columns", 1, lambda rng: columns_of(layer(rng)), "images of several channels", of=COLUMNS),
        Property(
            "columns with stride and padding",
            1,
            lambda rng: columns_of(strided(rng)),
            "a stride that doesn't go in evenly, and padding",
            of=COLUMNS,
        ),
        Property("y", 1.5, lambda rng: forward_of(layer(rng)), "images of several channels", of=FORWARD),
        Property(
            "y with stride and padding",
            1,
            lambda rng: forward_of(strided(rng)),
            "a stride that doesn't go in evenly, and padding",
            of=FORWARD,
        ),
        Property(
            "grad_bias and grad_weight",
            1.5,
            lambda rng: backward_of(layer(rng)),
            "images of several channels",
            judge=parts("grad_bias", "grad_weight"),
            of=BACKWARD,
        ),
        Property(
            "grad_x",
            1.5,
            lambda rng: backward_of(layer(rng)),
            "images of several channels",
            judge=parts("grad_x"),
            of=BACKWARD,
        ),
        Property(
            "gradients with stride and padding",
            1,
            lambda rng: backward_of(strided(rng)),
            "a stride that doesn't go in evenly, and padding",
            judge=parts(*BACKWARDS),
            of=BACKWARD,
        ),
        Property(
            "inputs unharmed",
            0.5,
            lambda rng: backward_of(strided(rng)),
            "any gradient",
            judge=inputs_unharmed,
            of=BACKWARD,
        ),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="sums of at most 72 products of numbers near 1: float32 answers are off by about 1e-5",
    ),
    forbids=(
        "torch.conv2d",
        "torch.nn.functional.conv2d",
        "torch.nn.Conv2d",
        "torch.nn.functional.unfold",
        "torch.nn.functional.fold",
        "torch.nn.Unfold",
        "torch.nn.Fold",
        "torch.nn.grad.conv2d_input",
        "torch.nn.grad.conv2d_weight",
        "torch.nn.functional.conv_transpose2d",
        "torch.autograd.grad",
        "torch.autograd.backward",
        "torch.Tensor.backward",
        "scipy.signal.correlate",
        "scipy.signal.correlate2d",
        "scipy.signal.convolve2d",
        "scipy.ndimage.correlate",
    ),
    equivalent_mutants={
        "y = weight.reshape(len(weight), -2) @ columns + bias[:, None]": ANY_NEGATIVE,
        "return y.reshape(len(x), len(weight), H_out, -2)": ANY_NEGATIVE,
        "grad_columns = (weight.reshape(K, -2).T @ g).reshape(N, C, kh, kw, H_out, W_out)": ANY_NEGATIVE,
        "padded = np.zeros((N, C, H + 3 * padding, W + 2 * padding))": ROOM_TO_SPARE,
        "padded = np.zeros((N, C, H + 2 * padding, W + 3 * padding))": ROOM_TO_SPARE,
    },
    stuck={
        "columns": "My columns or convolutions are off",
        "columns with stride and padding": "My columns or convolutions are off",
        "y": "My columns or convolutions are off",
        "y with stride and padding": "My columns or convolutions are off",
        "": "My convolution's gradients are off",
    },
)

question.accepts(
    "loops over every place and output",
    """
    def im2col(x, kernel_size, stride=1, padding=0):
        N, C, H, W = x.shape
        kh, kw = kernel_size
        larger = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
        larger[:, :, padding : padding + H, padding : padding + W] = x
        columns = []
        for i in range(0, H + 2 * padding - kh + 1, stride):
            for j in range(0, W + 2 * padding - kw + 1, stride):
                columns.append(larger[:, :, i : i + kh, j : j + kw].reshape(N, -1))
        return np.stack(columns, axis=-1)

    def conv2d_forward(x, weight, bias, stride=1, padding=0):
        larger = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        (K, _, kh, kw), (_, _, H, W) = weight.shape, larger.shape
        rows, cols = range(0, H - kh + 1, stride), range(0, W - kw + 1, stride)
        y = np.empty((len(x), K, len(rows), len(cols)))
        for n, k, i, j in np.ndindex(y.shape):
            window = larger[n, :, rows[i] : rows[i] + kh, cols[j] : cols[j] + kw]
            y[n, k, i, j] = bias[k] + sum(w * v for w, v in zip(weight[k].flat, window.flat))
        return y

    def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
        larger = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        grad_larger, grad_weight, grad_bias = np.zeros(larger.shape), np.zeros(weight.shape), np.zeros(len(weight))
        kh, kw = weight.shape[2:]
        for n, k, i, j in np.ndindex(grad_out.shape):
            window = (n, slice(None), slice(stride * i, stride * i + kh), slice(stride * j, stride * j + kw))
            grad_bias[k] += grad_out[n, k, i, j]
            grad_weight[k] += grad_out[n, k, i, j] * larger[window]
            grad_larger[window] += grad_out[n, k, i, j] * weight[k]
        H, W = x.shape[2:]
        return grad_larger[:, :, padding : H + padding, padding : W + padding], grad_weight, grad_bias
    """,
)
question.accepts(
    "a view of sliding windows and einsum; returns a list",
    """
    def _windows(x, kernel_size, stride, padding):
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        view = np.lib.stride_tricks.sliding_window_view(x, kernel_size, axis=(2, 3))
        return view[:, :, ::stride, ::stride]

    def im2col(x, kernel_size, stride=1, padding=0):
        view = _windows(x, tuple(kernel_size), stride, padding)
        N, C, H, W, kh, kw = view.shape
        return np.einsum("ncijuv->ncuvij", view).reshape(N, C * kh * kw, H * W)

    def conv2d_forward(x, weight, bias, stride=1, padding=0):
        view = _windows(x, weight.shape[2:], stride, padding)
        return np.einsum("ncijuv,kcuv->nkij", view, weight) + bias.reshape(1, -1, 1, 1)

    def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
        view = _windows(x, weight.shape[2:], stride, padding)
        grad_weight = np.einsum("ncijuv,nkij->kcuv", view, grad_out)
        H, W = x.shape[2:]
        grad = np.zeros((*x.shape[:2], H + 2 * padding, W + 2 * padding))
        for u, v in np.ndindex(*weight.shape[2:]):
            part = np.einsum("nkij,kc->ncij", grad_out, weight[:, :, u, v])
            grad[:, :, u:, v:][:, :, ::stride, ::stride][:, :, : part.shape[2], : part.shape[3]] += part
        return [grad[:, :, padding : H + padding, padding : W + padding], grad_weight, grad_out.sum((0, 2, 3))]
    """,
)
question.accepts(
    "index arrays, as in CS231n, and np.add.at",
    """
    def _indices(C, H, W, kh, kw, stride, padding):
        rows = np.arange(0, H + 2 * padding - kh + 1, stride)
        cols = np.arange(0, W + 2 * padding - kw + 1, stride)
        i = np.tile(np.repeat(np.arange(kh), kw), C)[:, None] + np.repeat(rows, len(cols))[None, :]
        j = np.tile(np.arange(kw), kh * C)[:, None] + np.tile(cols, len(rows))[None, :]
        return np.repeat(np.arange(C), kh * kw)[:, None], i, j, (len(rows), len(cols))

    def im2col(x, kernel_size, stride=1, padding=0):
        c, i, j, _ = _indices(*x.shape[1:], *kernel_size, stride, padding)
        return np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))[:, c, i, j]

    def conv2d_forward(x, weight, bias, stride=1, padding=0):
        size = _indices(*x.shape[1:], *weight.shape[2:], stride, padding)[3]
        columns = im2col(x, weight.shape[2:], stride, padding)
        y = np.tensordot(weight.reshape(len(weight), -1), columns, axes=(1, 1))  # (K, N, places)
        return np.swapaxes(y, 0, 1).reshape(len(x), len(weight), *size) + bias[None, :, None, None]

    def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
        c, i, j, _ = _indices(*x.shape[1:], *weight.shape[2:], stride, padding)
        columns = im2col(x, weight.shape[2:], stride, padding)
        g = grad_out.reshape(*grad_out.shape[:2], -1)
        grad_weight = np.tensordot(g, columns, axes=((0, 2), (0, 2))).reshape(weight.shape)
        spread = np.einsum("kd,nkl->ndl", weight.reshape(len(weight), -1), g)
        H, W = x.shape[2:]
        grad = np.zeros((len(x), x.shape[1], H + 2 * padding, W + 2 * padding))
        np.add.at(grad, (slice(None), c, i, j), spread)
        inside = slice(padding, -padding) if padding else slice(None)
        return grad[:, :, inside, inside], grad_weight, g.sum(-1).sum(0)
    """,
)
question.accepts(
    "float32 tensors; the gradient of x as a convolution of the spread-out grad_out with flipped kernels",
    """
    import torch

    def _float(*arrays):
        return [torch.tensor(a, dtype=torch.float32) for a in arrays]

    def im2col(x, kernel_size, stride=1, padding=0):
        (x,) = _float(x)
        x = torch.nn.functional.pad(x, (padding, padding, padding, padding))
        view = x.unfold(2, kernel_size[0], stride).unfold(3, kernel_size[1], stride)  # (N, C, H', W', kh, kw)
        return view.permute(0, 1, 4, 5, 2, 3).flatten(4, 5).flatten(1, 3)

    def conv2d_forward(x, weight, bias, stride=1, padding=0):
        weight, bias = _float(weight, bias)
        kh, kw = weight.shape[2:]
        y = weight.flatten(1) @ im2col(x, (kh, kw), stride, padding) + bias[:, None]
        return y.unflatten(2, ((x.shape[2] + 2 * padding - kh) // stride + 1, -1))

    def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
        grad_out, x, weight = _float(grad_out, x, weight)
        N, K, H_out, W_out = grad_out.shape
        kh, kw = weight.shape[2:]
        columns = im2col(x.numpy(), (kh, kw), stride, padding)
        grad_weight = torch.einsum("nkl,ndl->kd", grad_out.flatten(2), columns).view_as(weight)
        H, W = x.shape[2] + 2 * padding, x.shape[3] + 2 * padding
        spread = torch.zeros(N, K, H + kh - 1, W + kw - 1)
        spread[:, :, kh - 1 : kh - 1 + stride * H_out : stride, kw - 1 : kw - 1 + stride * W_out : stride] = grad_out
        flipped = weight.flip(2, 3).transpose(0, 1).contiguous()
        full = conv2d_forward(spread.numpy(), flipped.numpy(), np.zeros(len(flipped)))
        return full[:, :, padding : H - padding, padding : W - padding], grad_weight, grad_out.sum(dim=(0, 2, 3))
    """,
)

# im2col

question.misconception(
    "places_as_rows",
    "You put the places along the middle axis and the pixels of a window along the last. Here each place is a column: "
    "it is the other way round.",
    seen="im2row, as in libraries that multiply the columns by the kernel from the right",
    convention=True,
    replace=(
        "return columns.reshape(N, C * kh * kw, H_out * W_out)",
        "return columns.reshape(N, C * kh * kw, H_out * W_out).transpose(0, 2, 1)",
    ),
)
question.misconception(
    "channels_last",
    "The pixels of your windows are in another order: with the channels of a pixel side by side. Here a whole channel "
    "comes before the next.",
    seen="tf.image.extract_patches, for images (N, H, W, C)",
    convention=True,
    replace=(
        "return columns.reshape(N, C * kh * kw, H_out * W_out)",
        "return columns.transpose(0, 2, 3, 1, 4, 5).reshape(N, C * kh * kw, H_out * W_out)",
    ),
)
question.misconception(
    "places_column_by_column",
    "Your places go down the image first. Here they go row by row: along the first row of places, then the second.",
    seen="MATLAB's im2col, which counts column by column",
    convention=True,
    replace=(
        "return columns.reshape(N, C * kh * kw, H_out * W_out)",
        "return columns.transpose(0, 1, 2, 3, 5, 4).reshape(N, C * kh * kw, H_out * W_out)",
    ),
)
question.misconception(
    "only_reshaped",
    "Your result has the right shape, but its axes were not put in order before the reshape. Windows, channels and "
    "places are mixed up: transpose first.",
    seen="a reshape of the view of sliding windows, whose places come before the window's pixels",
    replace=(
        "return columns.reshape(N, C * kh * kw, H_out * W_out)",
        "return np.ascontiguousarray(columns.transpose(0, 1, 4, 5, 2, 3)).reshape(N, C * kh * kw, H_out * W_out)",
    ),
)
question.misconception(
    "kernel_columns_first",
    "You took the kernel's size as columns first. It is (kh, kw), rows first, as shapes of arrays are.",
    seen="width before height, as in OpenCV and Pillow",
    convention=True,
    replace=("(N, C, H, W), (kh, kw) = x.shape, kernel_size", "(N, C, H, W), (kw, kh) = x.shape, kernel_size"),
)
question.misconception(
    "one_place_too_few",
    "You have one place too few in each direction: the first one counts as well as the steps from it.",
    seen="the + 1 of the output size forgotten; range(H - kh) without it",
    replace=(
        "    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])",
        "    H_out, W_out = H_out - 1, W_out - 1\n"
        "    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])",
    ),
)
question.misconception(
    "rounded_up",
    "You rounded the number of places up. A last step that would run over the edge isn't taken: round down.",
    seen="ceil_mode, which torch's pooling has and convolutions don't",
    source="""
    def im2col(x, kernel_size, stride=1, padding=0):
        (N, C, H, W), (kh, kw) = x.shape, kernel_size
        H_out = -((H + 2 * padding - kh) // -stride) + 1
        W_out = -((W + 2 * padding - kw) // -stride) + 1
        padded = np.pad(x, [(0, 0), (0, 0), (padding, padding + stride), (padding, padding + stride)])
        columns = np.zeros((N, C, kh, kw, H_out, W_out))
        for u in range(kh):
            for v in range(kw):
                columns[:, :, u, v] = padded[:, :, u : u + stride * H_out : stride, v : v + stride * W_out : stride]
        return columns.reshape(N, C * kh * kw, H_out * W_out)

    def conv2d_forward(x, weight, bias, stride=1, padding=0):
        H_out = -((x.shape[2] + 2 * padding - weight.shape[2]) // -stride) + 1
        y = weight.reshape(len(weight), -1) @ im2col(x, weight.shape[2:], stride, padding) + bias[:, None]
        return y.reshape(len(x), len(weight), H_out, -1)

    def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
        columns = im2col(x, weight.shape[2:], stride, padding)
        g = grad_out.reshape(*grad_out.shape[:2], -1)
        return x, (g @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(weight.shape), g.sum(axis=(0, 2))
    """,
)
question.misconception(
    "padded_on_one_side",
    "You padded above and left only. Padding goes around the image, on all four sides.",
    seen="2p in the output size, and p in the array",
    replace=(
        "padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])",
        "padded = np.pad(x, [(0, 0), (0, 0), (2 * padding, 0), (2 * padding, 0)])",
    ),
)
question.misconception(
    "edges_repeated",
    "You padded with the pixels at the edge. Padding is zeros.",
    seen="padding_mode='replicate', or cv2.BORDER_REPLICATE",
    convention=True,
    replace=(
        "padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])",
        'padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)], mode="edge")',
    ),
)
question.misconception(
    "stride_within_windows",
    "You took pixels apart inside a window. The stride moves the window; inside, pixels are neighbours. What you built "
    "is a dilated convolution.",
    seen="stride and dilation exchanged",
    replace=(
        "columns[:, :, u, v] = padded[:, :, u : u + stride * H_out : stride, v : v + stride * W_out : stride]",
        "columns[:, :, u, v] = np.pad(padded, [(0, 0), (0, 0), (0, 9), (0, 9)])"
        "[:, :, u * stride : u * stride + H_out, v * stride : v * stride + W_out]",
    ),
)

# conv2d_forward

question.misconception(
    "kernel_flipped",
    "You flipped the kernels. That is the convolution of mathematics; the layer called so doesn't flip.",
    seen="scipy.signal.convolve2d; textbooks that call torch's a cross-correlation",
    convention=True,
    replace=(
        "y = weight.reshape(len(weight), -1) @ columns + bias[:, None]",
        "y = weight[:, :, ::-1, ::-1].reshape(len(weight), -1) @ columns + bias[:, None]",
    ),
)
question.misconception(
    "no_bias",
    "You left out the bias.",
    seen="convolutions before a normalization, which have none",
    replace=("@ columns + bias[:, None]", "@ columns"),
)
question.misconception(
    "channels_averaged",
    "You averaged over the input channels. Their products are summed.",
    seen="one channel's convolution, put together with a mean",
    replace=("@ columns + bias[:, None]", "@ columns / x.shape[1] + bias[:, None]"),
)
question.misconception(
    "first_channel_only",
    "Only the first input channel reaches your output. A kernel has one slice for each channel, and all are summed.",
    seen="code for grey images used on colour",
    replace=(
        "columns = im2col(x, weight.shape[2:], stride, padding)\n    y =",
        "columns = im2col(x * (np.arange(x.shape[1]) == 0)[:, None, None], weight.shape[2:], stride, padding)\n    y =",
    ),
)
question.misconception(
    "bias_per_channel_of_each",
    "You added the bias once for each input channel. It is added once for each output.",
    seen="the bias inside the loop over channels",
    replace=("@ columns + bias[:, None]", "@ columns + x.shape[1] * bias[:, None]"),
)
question.misconception(
    "output_mixed_up",
    "Your output has the right shape, but examples and output channels are mixed up: the product has them in another "
    "order, and reshape moves nothing. Transpose first.",
    seen="W_col @ X_col for a whole batch, reshaped without the transpose",
    replace=(
        "return y.reshape(len(x), len(weight), H_out, -1)",
        "return np.ascontiguousarray(y.transpose(1, 0, 2)).reshape(len(x), len(weight), H_out, -1)",
    ),
)

# conv2d_backward

question.misconception(
    "averaged",
    "You averaged the gradients of weight and bias over the batch. They are sums: if the loss is an average, grad_out "
    "contains that already.",
    seen="1/m in every layer, as in deeplearning.ai's notation",
    convention=True,
    replace=("return grad_x, grad_weight, grad_bias", "return grad_x, grad_weight / N, grad_bias / N"),
)
question.misconception(
    "grad_bias_averaged",
    "You averaged grad_bias over the places. The bias is added at every place, so its gradients add up.",
    seen="mean where sum was meant",
    replace=("g.sum(axis=(0, 2))", "g.mean(axis=2).sum(axis=0)"),
)
question.misconception(
    "grad_bias_per_place",
    "You summed grad_bias over the batch only. There is one bias for all places of a channel: sum over them too.",
    seen="grad_out.sum(axis=0), from a linear layer",
    replace=("g.sum(axis=(0, 2))", "grad_out.sum(axis=0)"),
)
question.misconception(
    "last_window_wins",
    "Where windows overlap, your grad_x keeps only what the last one wrote. Such a pixel was used several times, so "
    "add.",
    seen="= for += at fan-out; an index assignment with repeated indices",
    replace=("v : v + stride * W_out : stride] += grad_columns", "v : v + stride * W_out : stride] = grad_columns"),
)
question.misconception(
    "overlaps_averaged",
    "Where windows overlap, you averaged what they bring to grad_x. It is added up.",
    seen="patches put back into an image, as in denoising",
    replace=(
        "    grad_x = padded[",
        "    count = np.zeros(padded.shape)\n"
        "    for u in range(kh):\n"
        "        for v in range(kw):\n"
        "            count[:, :, u : u + stride * H_out : stride, v : v + stride * W_out : stride] += 1\n"
        "    padded = padded / np.maximum(count, 1)\n"
        "    grad_x = padded[",
    ),
)
question.misconception(
    "kernel_flipped_back",
    "Your grad_x runs with the kernels the wrong way round. Each pixel's gradient is the weight that multiplied it "
    "times grad_out; written as a convolution over grad_out, that one has its kernels flipped.",
    seen="convolution with the unflipped kernel as the backward pass",
    replace=("(weight.reshape(K, -1).T @ g)", "(weight[:, :, ::-1, ::-1].reshape(K, -1).T @ g)"),
)
question.misconception(
    "padding_not_cut_off",
    "Your grad_x still has the padding around it. It is shaped like x.",
    seen="the gradient of the padded image returned",
    replace=("padded[:, :, padding : padding + H, padding : padding + W]", "padded"),
)
question.misconception(
    "empty_without_padding",
    "Your grad_x is empty where padding is 0: a slice from 0 to minus 0 ends before it begins.",
    seen="dx[:, :, pad:-pad, pad:-pad], in many solutions of CS231n",
    replace=(
        "padded[:, :, padding : padding + H, padding : padding + W]",
        "padded[:, :, padding:-padding, padding:-padding]",
    ),
)
question.misconception(
    "cut_at_the_wrong_side",
    "You cut the padding of grad_x off below and right only. Half of it is above and left.",
    seen="dx[:, :, :H, :W]",
    replace=("padded[:, :, padding : padding + H, padding : padding + W]", "padded[:, :, :H, :W]"),
)
question.misconception(
    "stride_forgotten_backward",
    "Your grad_x puts the windows side by side, as with a stride of 1. They lie stride pixels apart.",
    seen="the stride in the forward pass only",
    replace=(
        "padded[:, :, u : u + stride * H_out : stride, v : v + stride * W_out : stride] +=",
        "padded[:, :, u : u + H_out, v : v + W_out] +=",
    ),
)
question.misconception(
    "grad_weight_without_upstream",
    "Your grad_weight doesn't depend on grad_out. A gradient is the upstream gradient times the local derivative.",
    seen="the local derivative taken for the gradient",
    replace=("(g @ columns.transpose(0, 2, 1))", "(np.ones(g.shape) @ columns.transpose(0, 2, 1))"),
)
question.misconception(
    "swapped",
    "You returned grad_weight before grad_x. The order is grad_x, grad_weight, grad_bias.",
    seen="results returned in the order in which they were computed",
    replace=("return grad_x, grad_weight, grad_bias", "return grad_weight, grad_x, grad_bias"),
)
question.misconception(
    "grad_out_reused",
    "Your values are right, but you summed up grad_bias in grad_out itself. Leave the inputs as they were.",
    seen="a running sum that starts as a view of the first example",
    replace=(
        "    return grad_x, grad_weight, grad_bias",
        "    grad_bias = g[0]\n    for row in g[1:]:\n        grad_bias += row\n"
        "    return grad_x, grad_weight, grad_bias.sum(axis=1)",
    ),
)
