# Calls torch's convolution, unfold and automatic differentiation: all right, and noted for the instructor.
# expect: conv2d=9 ResidualBlock=6 load_pretrained=6 freeze=5
# expect: extract_features=5 linear_probe=5 head_from_probe=4 parameter_groups=5

# %% answer="im2col"
def im2col(x, kernel_size, stride=1, padding=0):
    return nn.functional.unfold(torch.tensor(x), kernel_size, padding=padding, stride=stride)

# %% answer="conv2d_forward"
def conv2d_forward(x, weight, bias, stride=1, padding=0):
    return nn.functional.conv2d(*(torch.tensor(a) for a in (x, weight, bias)), stride=stride, padding=padding)

# %% answer="conv2d_backward"
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    x, weight = torch.tensor(x, requires_grad=True), torch.tensor(weight, requires_grad=True)
    bias = torch.zeros(len(weight), dtype=x.dtype, requires_grad=True)
    y = nn.functional.conv2d(x, weight, bias, stride, padding)
    return torch.autograd.grad(y, (x, weight, bias), torch.tensor(grad_out))

# %% solution="the rest"
