# Padding that ends in an empty slice, a ReLU too early, a penalized intercept, nothing folded, rates reversed.
# expect: conv2d=7.5 ResidualBlock=0 load_pretrained=6 freeze=4.25
# expect: extract_features=4 linear_probe=0 head_from_probe=0 parameter_groups=0

# %% answer="conv2d_backward"
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    N, K, rows, cols = grad_out.shape
    kh, kw = weight.shape[2:]
    columns = im2col(x, (kh, kw), stride, padding)
    g = grad_out.reshape(N, K, -1)
    grad_weight = np.einsum("nkl,ndl->kd", g, columns).reshape(weight.shape)
    padded = np.zeros((*x.shape[:2], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding))
    for i in range(rows):
        for j in range(cols):
            part = np.einsum("nk,kcuv->ncuv", grad_out[:, :, i, j], weight)
            padded[:, :, stride * i : stride * i + kh, stride * j : stride * j + kw] += part
    return padded[:, :, padding:-padding, padding:-padding], grad_weight, g.sum(axis=2).sum(axis=0)

# %% answer="ResidualBlock"
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            shortcut = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(out_channels))

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = torch.relu(self.bn2(self.conv2(out)))
        return out + (x if self.downsample is None else self.downsample(x))

# %% answer="freeze"
def freeze(module):
    for p in module.parameters():
        p.requires_grad = False
    module.eval()
    module.train = lambda mode=True: module
    forward = module.forward

    def without_gradient(x):
        with torch.no_grad():
            return forward(x)

    module.forward = without_gradient
    return module

# %% answer="extract_features"
def extract_features(model, name, x):
    kept = []
    handle = model.get_submodule(name).register_forward_hook(lambda m, i, o: kept.append(o.clone()))
    training = model.training
    model.eval()
    with torch.no_grad():
        model(x)
    model.train(training)
    handle.remove()
    return kept[0]

# %% answer="linear_probe"
def linear_probe(features, labels, num_classes, lam):
    X = np.hstack([features, np.ones((len(features), 1))])
    both = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ np.eye(num_classes)[labels])
    return both[:-1].T, both[-1]

# %% answer="head_from_probe"
def head_from_probe(W, b, mean, std):
    head = nn.Linear(W.shape[1], W.shape[0])
    with torch.no_grad():
        head.weight.copy_(torch.tensor(W))
        head.bias.copy_(torch.tensor(b))
    return head

# %% answer="parameter_groups"
def parameter_groups(model, stages, lr, decay):
    groups = [{"params": [], "lr": lr * decay**i} for i in range(len(stages))]
    for name, p in model.named_parameters():
        if p.requires_grad:
            places = [i for i, stage in enumerate(stages) if name.startswith(stage + ".")]
            groups[places[0] if places else 0]["params"].append(p)
    return groups

# %% solution="the rest"
