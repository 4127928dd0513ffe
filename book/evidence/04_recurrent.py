"""Can batch normalization be used in a recurrent network? After Cooijmans et al. (2017): yes, with care.

A digit is read row by row: 8 steps of 8 pixels. Batch normalization stands on both sums that enter a step (from the
input and from the state), with running statistics of its own for each time step.
"""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from tnn import data, evidence, train

PROTOCOL = {
    "question": "test accuracy of a recurrent network with no, layer, and batch normalization",
    "data": "digits by form: 9 forms to train, 2 to validate, 3 to test",
    "net": "tanh recurrent network, 32 units, orthogonal recurrent weights, read-out at the last step",
    "norms": ["none", "layer", "batch"],
    "gamma": "starts at 0.5 (for tanh; Cooijmans et al. use 0.1)",
    "optimizer": "adam",
    "lrs": [0.001, 0.003, 0.01, 0.03],
    "batch": 60,
    "steps": 400,
    "tuning_seeds": [0, 1, 2, 3],
    "report_seeds": [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    "own_lr": "highest final validation accuracy, mean over the tuning seeds",
    "statistic": "test accuracy in evaluation mode, mean and 95 % t-interval over 10 seeds",
}
KEYS = ("norm", "seed")
TOLERANCE = 0.05
TIMES, PIXELS, UNITS = 8, 8, 32


class Recurrent:
    """R recurrent networks at once; activations (R, units, N) as in tnn.train."""

    def __init__(self, norm, seeds):
        self.norm, runs = norm, len(seeds)
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]

        def normal(out, fan_in):
            return torch.stack([torch.randn(out, fan_in, generator=g) / fan_in**0.5 for g in generators])

        self.into = normal(UNITS, PIXELS)
        self.over = torch.stack([torch.linalg.qr(torch.randn(UNITS, UNITS, generator=g))[0] for g in generators])
        self.out = normal(10, UNITS)
        self.bias, self.out_bias = torch.zeros(runs, UNITS, 1), torch.zeros(runs, 10, 1)
        self.gammas = torch.full((2, runs, UNITS, 1), 0.5)  # for the input's sum and for the state's
        self.running = torch.zeros(2, TIMES, 2, runs, UNITS, 1)  # which sum, time, mean or variance
        self.running[:, :, 1] = 1
        self.parameters = [self.into, self.over, self.out, self.bias, self.out_bias]
        if norm != "none":
            self.parameters.append(self.gammas)
        for p in self.parameters:
            p.requires_grad_()

    def __call__(self, x, training):
        """Logits (R, 10, N) of images x (R, 64, N)."""
        h = torch.zeros(len(self.into), UNITS, x.shape[2])
        for t in range(TIMES):
            row = x[:, PIXELS * t : PIXELS * (t + 1)]
            from_input = self.normalized(0, t, self.into @ row, training)
            from_state = self.normalized(1, t, self.over @ h, training)
            h = torch.tanh(from_input + from_state + self.bias)
        return self.out @ h + self.out_bias

    def normalized(self, which, t, z, training):
        if self.norm == "none":
            return z
        if self.norm == "layer":
            mean, var = z.mean(1, keepdim=True), z.var(1, keepdim=True, unbiased=False)
        elif training:
            mean, var = z.mean(2, keepdim=True), z.var(2, keepdim=True, unbiased=False)
            with torch.no_grad():
                stored, n = self.running[which, t], z.shape[2]
                stored.lerp_(torch.stack([mean, var * n / (n - 1)]), 0.1)
        else:
            mean, var = self.running[which, t]
        return self.gammas[which] * (z - mean) / torch.sqrt(var + 1e-5)

    @torch.no_grad()
    def accuracy(self, x, y):
        inputs = torch.as_tensor(x, dtype=torch.float32).T.expand(len(self.into), -1, -1)
        return (self(inputs, False).argmax(1) == torch.as_tensor(y)).double().mean(1).numpy()


def compute(protocol):
    return [row for norm in protocol["norms"] for row in one(protocol, norm)]


def sample(protocol):
    return one(protocol, "none")


def one(protocol, norm):
    digits = data.digits()
    tuning = [fit(protocol, norm, digits, lr, protocol["tuning_seeds"]) for lr in protocol["lrs"]]
    score = [np.mean(model.accuracy(digits.x_val, digits.y_val)) for model in tuning]
    lr = protocol["lrs"][int(np.argmax(score))]
    model = fit(protocol, norm, digits, lr, protocol["report_seeds"])
    accuracy = model.accuracy(digits.x_test, digits.y_test)
    return [{"norm": norm, "seed": seed, "lr": lr, "test_accuracy": round(float(a), 4)}
            for seed, a in zip(protocol["report_seeds"], accuracy, strict=True)]  # fmt: skip


def fit(protocol, norm, digits, lr, seeds):
    model = Recurrent(norm, seeds)
    update = train.Adam(model.parameters[:5], torch.full((len(seeds),), lr))
    scales = torch.optim.Adam(model.parameters[5:], lr=lr) if norm != "none" else None  # (2, R, units, 1)
    x, y = torch.as_tensor(digits.x_train, dtype=torch.float32), torch.as_tensor(digits.y_train)
    order = torch.as_tensor(np.stack([train.batches(len(y), protocol["batch"], protocol["steps"], s) for s in seeds]))
    for step in range(protocol["steps"]):
        rows = order[:, step]
        logits = model(x[rows].transpose(1, 2), True)
        loss = F.cross_entropy(logits, y[rows], reduction="none").mean(1).sum()
        gradients = torch.autograd.grad(loss, model.parameters)
        with torch.no_grad():
            update.step(gradients[:5])
        if scales:
            model.gammas.grad = gradients[5]
            scales.step()
    return model


if __name__ == "__main__":
    evidence.main(__file__)
