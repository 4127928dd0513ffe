# Other ways throughout: strided views, a Sequential, sets, classes swapped, a replaced forward, the dual problem.
# expect: conv2d=9 ResidualBlock=6 load_pretrained=6 freeze=5
# expect: extract_features=5 linear_probe=5 head_from_probe=4 parameter_groups=5

# %% answer="im2col"
def _view(x, kh, kw, stride, padding):
    x = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))))
    N, C, H, W = x.shape
    a, b, c, d = x.strides
    shape = (N, C, kh, kw, (H - kh) // stride + 1, (W - kw) // stride + 1)
    return np.lib.stride_tricks.as_strided(x, shape, (a, b, c, d, c * stride, d * stride), writeable=False)


def im2col(x, kernel_size, stride=1, padding=0):
    view = _view(x, *kernel_size, stride, padding)
    N, C, kh, kw, rows, cols = view.shape
    return view.reshape((N, C * kh * kw, rows * cols))

# %% answer="conv2d_forward"
def conv2d_forward(x, weight, bias, stride=1, padding=0):
    view = _view(x, *weight.shape[2:], stride, padding)
    y = np.tensordot(weight, view, axes=((1, 2, 3), (1, 2, 3)))  # (K, N, H', W')
    return (y + bias.reshape(-1, 1, 1, 1)).transpose(1, 0, 2, 3)

# %% answer="conv2d_backward"
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    view = _view(x, *weight.shape[2:], stride, padding)
    grad_weight = np.tensordot(grad_out, view, axes=((0, 2, 3), (0, 4, 5)))
    numbers = np.arange(x[0].size).reshape(1, *x.shape[1:]) + 1  # each pixel's number; 0 is padding
    places = im2col(numbers, weight.shape[2:], stride, padding)[0].astype(int)
    spread = np.einsum("nkl,kd->ndl", grad_out.reshape(*grad_out.shape[:2], -1), weight.reshape(len(weight), -1))
    grad_x = [np.bincount(places.ravel(), s.ravel(), x[0].size + 1)[1:].reshape(x.shape[1:]) for s in spread]
    return np.stack(grad_x), grad_weight, np.einsum("nkij->k", grad_out)

# %% answer="ResidualBlock"
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        conv = lambda i, k, s: nn.Conv2d(i, out_channels, k, s, k // 2, bias=False)
        self.conv1, self.bn1 = conv(in_channels, 3, stride), nn.BatchNorm2d(out_channels)
        self.conv2, self.bn2 = conv(out_channels, 3, 1), nn.BatchNorm2d(out_channels)
        self.downsample = nn.Identity()
        if (in_channels, 1) != (out_channels, stride):
            self.downsample = nn.Sequential(conv(in_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        main = nn.Sequential(self.conv1, self.bn1, nn.ReLU(), self.conv2, self.bn2)
        return nn.functional.relu(main(x) + self.downsample(x))

# %% answer="load_pretrained"
def load_pretrained(model, state_dict):
    own = {n: tuple(v.shape) for n, v in model.state_dict().items()}
    given = {n: tuple(v.shape) for n, v in state_dict.items()}
    loaded = {n for n, _ in own.items() & given.items()}
    model.load_state_dict({n: state_dict[n] for n in loaded}, strict=False)
    return loaded, set(own) - set(given), set(given) - set(own), (set(own) & set(given)) - loaded

# %% answer="freeze"
def freeze(module):
    module.requires_grad_(False).zero_grad()
    module.eval()
    kind = type(module)
    module.__class__ = type(kind.__name__, (kind,), {"train": lambda self, mode=True: kind.train(self, False)})
    return module

# %% answer="extract_features"
def extract_features(model, name, x):
    layer, kept = model.get_submodule(name), []
    plain, modes = layer.forward, {m: m.training for m in model.modules()}

    def listening(*args, **kwargs):
        output = plain(*args, **kwargs)
        kept.append(torch.clone(output))
        return output

    layer.forward = listening
    try:
        with torch.no_grad():
            model.eval()(x)
        return kept[-1]
    finally:
        layer.__dict__.pop("forward")
        for m in modes:
            m.training = modes[m]

# %% answer="linear_probe"
def linear_probe(features, labels, num_classes, lam):
    Y = (np.arange(num_classes) == np.reshape(labels, (-1, 1))) * 1.0
    N = len(Y)
    K = features @ features.T
    system = np.block([[K + lam * np.eye(N), np.ones((N, 1))], [np.ones((1, N)), np.zeros((1, 1))]])
    solution = np.linalg.solve(system, np.vstack([Y, np.zeros((1, num_classes))]))
    return solution[:N].T @ features, solution[N]

# %% answer="head_from_probe"
def head_from_probe(W, b, mean, std):
    head = nn.Linear(len(mean), len(b))
    used = std != 0
    with torch.no_grad():
        head.weight.zero_()
        head.weight[:, torch.from_numpy(used)] = torch.tensor(W[:, used] / std[used], dtype=torch.float32)
        head.bias.copy_(torch.tensor(b - W[:, used] @ (mean[used] / std[used])))
    return head

# %% answer="parameter_groups"
def parameter_groups(model, stages, lr, decay):
    groups = []
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        index = 0
        for i, stage in enumerate(stages):
            if (name + ".").startswith(stage + "."):
                index = i
        groups.append({"params": p, "lr": lr * decay ** (len(stages) - index - 1)})
    return groups
