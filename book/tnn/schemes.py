"""Networks of tnn.train whose initial weights come from any scheme, trained by plain SGD and judged at the end.

Runs are (learning rate, seed), stacked as in tnn.train. A seed fixes initial weights and the order of examples.
"""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from tnn.train import SGD, Stack, batches


def stack(net, make, seeds, inputs, classes):
    """A Stack whose weight i of run r is make(i, shape, rng), rng being a NumPy Generator of the run's own seed.

    shape is (out, in); biases are 0.
    """
    model = Stack(net, seeds, inputs, classes)
    with torch.no_grad():
        for r, seed in enumerate(seeds):
            rng = np.random.default_rng(int(seed))
            for i, W in enumerate(model.weights):
                W[r] = torch.as_tensor(make(i, tuple(W.shape[1:]), rng), dtype=torch.float32)
    return model


def fit(net, make, data, lrs, seeds, steps, batch=60):
    """Train for each learning rate and each seed. Returns the Stack; its run r is lr r // S, seed r % S (S seeds)."""
    run_lrs = torch.tensor(np.repeat(lrs, len(seeds)), dtype=torch.float32)
    model = stack(net, make, np.tile(seeds, len(lrs)), data.x_train.shape[1], int(data.y_train.max()) + 1)
    update = SGD(model.parameters, run_lrs)
    x, y = torch.as_tensor(data.x_train, dtype=torch.float32), torch.as_tensor(data.y_train)
    order = torch.as_tensor(np.stack([batches(len(y), batch, steps, seed) for seed in seeds]))  # (S, steps, N)
    for step in range(steps):
        rows = order[:, step]
        logits = model(x[rows].transpose(1, 2).repeat(len(lrs), 1, 1), True)  # (R, classes, N)
        loss = F.cross_entropy(logits, y[rows].repeat(len(lrs), 1), reduction="none").mean(1).sum()
        gradients = torch.autograd.grad(loss, model.parameters)
        with torch.no_grad():
            update.step(gradients)
    return model
