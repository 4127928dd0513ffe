# The field's other conventions: places as rows, flipped kernels, a shortcut of another name, a mean loss, 1 for std 0.
# expect: conv2d=4.5 ResidualBlock=2.5 load_pretrained=6 freeze=5
# expect: extract_features=5 linear_probe=0 head_from_probe=3.25 parameter_groups=0

# %% answer="im2col"
def im2col(x, kernel_size, stride=1, padding=0):
    kh, kw = kernel_size
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(len(x), -1, x.shape[1] * kh * kw)

# %% answer="conv2d_forward"
def conv2d_forward(x, weight, bias, stride=1, padding=0):
    rows = im2col(x, weight.shape[2:], stride, padding)
    y = rows @ weight[:, :, ::-1, ::-1].reshape(len(weight), -1).T + bias
    H_out = (x.shape[2] + 2 * padding - weight.shape[2]) // stride + 1
    return y.transpose(0, 2, 1).reshape(len(x), len(weight), H_out, -1)

# %% answer="conv2d_backward"
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    rows = im2col(x, weight.shape[2:], stride, padding)
    g = grad_out.reshape(*grad_out.shape[:2], -1)
    grad_weight = np.einsum("nkl,nld->kd", g, rows).reshape(weight.shape)
    kh, kw = weight.shape[2:]
    H, W = x.shape[2:]
    padded = np.zeros((*x.shape[:2], H + 2 * padding, W + 2 * padding))
    for i, j in np.ndindex(grad_out.shape[2:]):
        window = padded[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
        window += np.tensordot(grad_out[:, :, i, j], weight, axes=1)
    return padded[:, :, padding : padding + H, padding : padding + W], grad_weight, grad_out.sum((0, 2, 3))

# %% answer="ResidualBlock"
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            projection = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(out_channels))

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(out)) + self.shortcut(x))

# %% answer="linear_probe"
def linear_probe(features, labels, num_classes, lam):
    Y = np.eye(num_classes)[labels]
    mean = features.mean(axis=0)
    F = features - mean
    W = np.linalg.solve(F.T @ F / len(F) + lam * np.eye(F.shape[1]), F.T @ Y / len(F)).T
    return W, Y.mean(axis=0) - W @ mean

# %% answer="head_from_probe"
def head_from_probe(W, b, mean, std):
    scale = np.where(std > 0, std, 1.0)
    head = nn.Linear(W.shape[1], W.shape[0])
    with torch.no_grad():
        head.weight.copy_(torch.tensor(W / scale))
        head.bias.copy_(torch.tensor(b - (W / scale) @ mean))
    return head

# %% answer="parameter_groups"
def parameter_groups(model, stages, lr, decay):
    groups = [{"params": [], "lr": lr / decay**k} for k in reversed(range(len(stages)))]
    for name, p in model.named_parameters():
        if p.requires_grad:
            places = [i for i, stage in enumerate(stages) if name.startswith(stage + ".")]
            groups[places[0] if places else 0]["params"].append(p)
    return groups

# %% solution="the rest"
