# Lets torch's optimizers do the work: right, and reported to the instructor.
# expect: momentum_step=5 nesterov_step=4 adagrad_step=5 rmsprop_step=5 adam_step=6 adamw_step=5
# expect: learning_rate_schedules=6 minibatch_indices=6 newton_step=4 classify_critical_point=5
# expect: hessian_vector_product=5

# %% after="given_imports"
import torch


def by_torch(make, param, grad, names, state, **settings):
    p = torch.tensor(param, requires_grad=True)
    p.grad = torch.tensor(grad)
    optimizer = make([p], **settings)
    optimizer.state[p] = {theirs: torch.tensor(float(state[ours]) if ours == "t" else state[ours]) for ours, theirs in names.items()}
    optimizer.state[p].setdefault("step", torch.tensor(1.0))
    optimizer.step()
    kept = optimizer.state[p]
    return p.detach().numpy(), {ours: kept[theirs].numpy() for ours, theirs in names.items()}

# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    names = {"velocity": "momentum_buffer"}
    return by_torch(torch.optim.SGD, param, grad, names, state, lr=lr, momentum=momentum, weight_decay=weight_decay)

# %% answer="adam_step"
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    names = {"m": "exp_avg", "v": "exp_avg_sq", "t": "step"}
    return by_torch(torch.optim.Adam, param, grad, names, state, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=weight_decay)

# %% solution="the rest"
