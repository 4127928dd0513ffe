# Everything in place: grad_out summed up in itself, x added to, the weights' dictionary emptied, features centred.
# expect: conv2d=8.5 ResidualBlock=5.5 load_pretrained=5.5 freeze=5
# expect: extract_features=5 linear_probe=4.5 head_from_probe=3.5 parameter_groups=5

# %% answer="conv2d_backward"
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    N, K, rows, cols = grad_out.shape
    (C, H, W), (kh, kw) = x.shape[1:], weight.shape[2:]
    columns = im2col(x, (kh, kw), stride, padding)
    g = grad_out.reshape(N, K, -1)
    grad_weight = np.einsum("nkl,ndl->kd", g, columns).reshape(weight.shape)
    spread = (weight.reshape(K, -1).T @ g).reshape(N, C, kh, kw, rows, cols)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    for i in range(rows):
        for j in range(cols):
            padded[:, :, stride * i : stride * i + kh, stride * j : stride * j + kw] += spread[..., i, j]
    for n in range(1, N):
        grad_out[0] += grad_out[n]
    return padded[:, :, padding : padding + H, padding : padding + W], grad_weight, grad_out[0].sum(axis=(1, 2))

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
            shortcut = [nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)]
            self.downsample = nn.Sequential(*shortcut)

    def forward(self, x):
        identity = self.downsample(x) if self.downsample else x
        out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        identity += out
        return identity.relu()

# %% answer="load_pretrained"
def load_pretrained(model, state_dict):
    own = model.state_dict()
    unexpected = [n for n in state_dict if n not in own]
    for n in unexpected:
        del state_dict[n]
    mismatched = [n for n in state_dict if state_dict[n].shape != own[n].shape]
    for n in mismatched:
        del state_dict[n]
    missing = [n for n in model.load_state_dict(state_dict, strict=False).missing_keys if n not in mismatched]
    return list(state_dict), missing, unexpected, mismatched

# %% answer="linear_probe"
def linear_probe(features, labels, num_classes, lam):
    Y = np.eye(num_classes)[labels]
    mean = features.mean(axis=0)
    features -= mean
    W = np.linalg.solve(features.T @ features + lam * np.eye(len(mean)), features.T @ Y).T
    return W, Y.mean(axis=0) - W @ mean

# %% answer="head_from_probe"
def head_from_probe(W, b, mean, std):
    for d in range(len(std)):
        W[:, d] = W[:, d] / std[d] if std[d] else 0.0
    b -= W @ mean
    head = nn.Linear(W.shape[1], W.shape[0])
    with torch.no_grad():
        head.weight.copy_(torch.tensor(W))
        head.bias.copy_(torch.tensor(b))
    return head

# %% solution="the rest"
