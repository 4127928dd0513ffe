# Prints the report of loading, computes the columns and returns neither; the frozen module isn't returned either.
# expect: conv2d=7 ResidualBlock=6 load_pretrained=0 freeze=4.75
# expect: extract_features=0 linear_probe=5 head_from_probe=4 parameter_groups=5

# %% answer="im2col"
def im2col(x, kernel_size, stride=1, padding=0):
    kh, kw = kernel_size
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(len(x), x.shape[1] * kh * kw, -1)

# %% answer="conv2d_forward"
def conv2d_forward(x, weight, bias, stride=1, padding=0):
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("ncijuv,kcuv->nkij", windows, weight) + bias[:, None, None]

# %% answer="conv2d_backward"
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    grad_weight = np.einsum("ncijuv,nkij->kcuv", windows, grad_out)
    grad_padded = np.zeros(padded.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            r, c = i * stride, j * stride
            grad_padded[:, :, r : r + kh, c : c + kw] += np.einsum("nk,kcuv->ncuv", grad_out[:, :, i, j], weight)
    H, W = x.shape[2:]
    return grad_padded[:, :, padding : padding + H, padding : padding + W], grad_weight, grad_out.sum(axis=(0, 2, 3))

# %% answer="load_pretrained"
def load_pretrained(model, state_dict):
    own = model.state_dict()
    fits = {n: v for n, v in state_dict.items() if n in own and own[n].shape == v.shape}
    print("loaded", len(fits), "of", len(own))
    model.load_state_dict(fits, strict=False)

# %% answer="freeze"
def freeze(module):
    module.eval()
    module.train = lambda mode=True: module
    for p in module.parameters():
        p.requires_grad = False
        p.grad = None

# %% answer="extract_features"
def extract_features(model, name, x):
    found = {}
    handle = model.get_submodule(name).register_forward_hook(lambda m, i, o: found.update(features=o.clone()))
    with torch.no_grad():
        model(x)
    handle.remove()
    print(found["features"].shape)

# %% solution="the rest"
