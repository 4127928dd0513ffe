# Writes through .data, as tutorials did before there was no_grad.
# expect: predicted_second_moment=4 fan_in_and_fan_out=3 calculate_gain=3 xavier_init=4
# expect: kaiming_init=5 truncated_normal=4 orthogonal=5 init_module=5.5
# expect: dirac=4 sparse=4

# %% answer="init_module"
def init_module(m):
    classname = m.__class__.__name__
    if isinstance(m, (nn.Linear, nn.Conv2d)):
        n = m.weight[0].numel()
        m.weight.data.normal_(0, math.sqrt(2.0 / n))
        if m.bias is not None:
            m.bias.data.fill_(0)
    elif classname.startswith("BatchNorm") and m.affine:
        m.weight.data.fill_(1)
        m.bias.data.fill_(0)
    if hasattr(m, "last"):
        m.last.weight.data.zero_()

# %% solution="the rest"
