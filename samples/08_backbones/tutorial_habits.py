# What many tutorials do: strict=False, requires_grad and nothing else, hooks that stay, prefixes without a dot.
# expect: conv2d=9 ResidualBlock=6 load_pretrained=3.5 freeze=1.25
# expect: extract_features=3 linear_probe=5 head_from_probe=4 parameter_groups=3.5

# %% answer="load_pretrained"
def load_pretrained(model, state_dict):
    model_dict = model.state_dict()
    pretrained = {k: v for k, v in state_dict.items() if k in model_dict and v.numel() == model_dict[k].numel()}
    for name, param in pretrained.items():
        model_dict[name].copy_(param.view(model_dict[name].shape))
    missing = [k for k in model_dict if k not in state_dict]
    unexpected = [k for k in state_dict if k not in model_dict]
    mismatched = [k for k in model_dict if k in state_dict and k not in pretrained]
    model.eval()
    return list(pretrained), missing, unexpected, mismatched

# %% answer="freeze"
def freeze(module):
    for param in module.parameters():
        param.requires_grad = False
    return module

# %% answer="extract_features"
activation = {}


def extract_features(model, name, x):
    def hook(module, input, output):
        activation[name] = output.detach()

    model.eval()
    model.get_submodule(name).register_forward_hook(hook)
    with torch.no_grad():
        model(x)
    return activation[name]

# %% answer="parameter_groups"
def parameter_groups(model, stages, lr, decay):
    groups = [{"params": [], "lr": lr * decay**k} for k in reversed(range(len(stages)))]
    for name, p in model.named_parameters():
        index = next((i for i, stage in enumerate(stages) if name.startswith(stage)), 0)
        groups[index]["params"].append(p)
    return groups

# %% solution="the rest"
