# The block's sum doesn't fit where it strides, loading stops at other shapes, a name is misspelt.
# expect: conv2d=9 ResidualBlock=3 load_pretrained=4.5 freeze=0
# expect: extract_features=5 linear_probe=5 head_from_probe=4 parameter_groups=5

# %% answer="ResidualBlock"
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        if in_channels != out_channels:
            conv = nn.Conv2d(in_channels, out_channels, 1, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(out_channels))

    def forward(self, x):
        out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if hasattr(self, "downsample"):
            x = self.downsample(x)
        return torch.relu(out + x)

# %% answer="load_pretrained"
def load_pretrained(model, state_dict):
    result = model.load_state_dict(state_dict, strict=False)
    loaded = [name for name in state_dict if name not in result.unexpected_keys]
    return loaded, result.missing_keys, result.unexpected_keys, []

# %% answer="freeze"
def freeze(module):
    for p in modul.parameters():
        p.requires_grad = False
    return module

# %% solution="the rest"
