# Lets torch differentiate two answers: the points stay, and the instructor sees a note.
# expect: numerical_gradient=5 gradient_check=5 linear=5 activations=5.5
# expect: softmax_cross_entropy=5 unbroadcast=4.5 Value=8 mlp_loss_and_gradients=6

# %% after="given_imports"
import torch
import torch.nn.functional as F

# %% answer="softmax_cross_entropy_forward"
def softmax_cross_entropy_forward(logits, targets):
    return F.cross_entropy(torch.tensor(logits), torch.tensor(targets))

# %% answer="mlp_loss_and_gradients"
def mlp_loss_and_gradients(params, x, labels):
    p = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    h, count = torch.tensor(x), len(p) // 2
    for i in range(1, count + 1):
        h = F.linear(h, p[f"W{i}"], p[f"b{i}"])
        h = torch.relu(h) if i < count else h
    loss = F.cross_entropy(h, torch.tensor(labels))
    loss.backward()
    return loss.item(), {name: value.grad for name, value in p.items()}

# %% solution="the rest"
