# A bracket is missing in one answer, and a colon in another; the others are right.
# expect: conv2d=4.5 ResidualBlock=0 load_pretrained=6 freeze=5
# expect: extract_features=5 linear_probe=5 head_from_probe=4 parameter_groups=5

# %% answer="conv2d_backward"
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    N, K = grad_out.shape[:2
    return grad_out, weight, grad_out.sum(axis=(0, 2, 3))

# %% answer="ResidualBlock"
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1)
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)

# %% solution="the rest"
