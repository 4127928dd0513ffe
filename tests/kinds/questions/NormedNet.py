"""NormedNet: a module, built, loaded with a given state and tried in both of its modes."""

import numpy as np
import torch

from autograder.question import Property, Question, Tolerance, parts


def network(rng, training):
    N, d_in, hidden, d_out = 6, *rng.permutation([3, 4]).tolist(), 2

    def draw(mean, *shape):
        return rng.normal(mean, 1, shape).astype(np.float32)

    return {
        "sizes": [d_in, hidden, d_out],
        "state": {
            "first.weight": draw(0, hidden, d_in),
            "first.bias": draw(1, hidden),
            "norm.weight": rng.uniform(0.5, 2, hidden).astype(np.float32),
            "norm.bias": rng.uniform(-0.3, 0.3, hidden).astype(np.float32),
            "norm.running_mean": draw(0.5, hidden),
            "norm.running_var": rng.uniform(0.4, 3, hidden).astype(np.float32),
            "norm.num_batches_tracked": np.array(int(rng.integers(3, 9))),
            "second.weight": draw(1, d_out, hidden),
            "second.bias": rng.uniform(-4, -3, d_out).astype(np.float32),
        },
        "x": draw(0.5, N, d_in),
        "training": training,
    }


def evaluated(rng):
    return network(rng, False)


def trained(rng):
    return network(rng, True)


def probe(answer, inputs):
    """What the network returns in the mode asked for, and its state afterwards. Torch names keys that don't fit."""
    net = answer(*inputs["sizes"])
    net.load_state_dict({k: torch.as_tensor(v) for k, v in inputs["state"].items()})
    net.train(inputs["training"])
    y = net(torch.tensor(inputs["x"]))
    return {"y": y, "state": dict(net.state_dict())}


class ByHand:
    """The network in NumPy, in double precision, behind as much of a module's face as the probe needs."""

    def __init__(self, *sizes):
        pass

    def load_state_dict(self, state):
        self.state = {k: v.double().numpy() for k, v in state.items()}

    def train(self, mode):
        self.training = mode

    def state_dict(self):
        return self.state

    def __call__(self, x):
        s = self.state
        h = x.double().numpy() @ s["first.weight"].T + s["first.bias"]
        mean, var = s["norm.running_mean"], s["norm.running_var"]
        if self.training:
            s["norm.running_mean"] = 0.9 * mean + 0.1 * h.mean(axis=0)
            s["norm.running_var"] = 0.9 * var + 0.1 * h.var(axis=0, ddof=1)
            s["norm.num_batches_tracked"] = s["norm.num_batches_tracked"] + 1
            mean, var = h.mean(axis=0), h.var(axis=0)
        h = (h - mean) / np.sqrt(var + 1e-5) * s["norm.weight"] + s["norm.bias"]
        return np.where(h > 0, h, 0) @ s["second.weight"].T + s["second.bias"]


question = Question(
    name="NormedNet",
    assignment="90_kinds_of_answers",
    reference=ByHand,
    probe=probe,
    properties=[
        Property("value", 2, evaluated, "a network with given weights, in evaluation mode", judge=parts("y")),
        Property("training", 1, trained, "a network with given weights, in training mode", judge=parts("y")),
        Property("running statistics", 1, trained, "a network's state after a batch of training", judge=parts("state")),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-3,
        why="the network computes in float32: sums of a few numbers up to 10, after a division by a deviation that may "
        "be small, are off by about 1e-5; the misconceptions, by more than 1e-2",
    ),
)


@question.accepts("a Sequential with names")
class Named(torch.nn.Sequential):
    def __init__(self, d_in, hidden, d_out):
        super().__init__()
        self.add_module("first", torch.nn.Linear(d_in, hidden))
        self.add_module("norm", torch.nn.BatchNorm1d(hidden))
        self.add_module("activation", torch.nn.ReLU())
        self.add_module("second", torch.nn.Linear(hidden, d_out))


@question.accepts("torch's functions on the layers' parameters")
class Functional(torch.nn.Module):
    def __init__(self, d_in, hidden, d_out):
        super().__init__()
        self.second = torch.nn.Linear(hidden, d_out)
        self.norm = torch.nn.LazyBatchNorm1d()
        self.norm(torch.ones(2, hidden))
        self.first = torch.nn.Linear(d_in, hidden)

    def forward(self, x):
        h = self.norm(torch.addmm(self.first.bias, x, self.first.weight.T))
        return torch.nn.functional.linear(h.clamp(min=0), self.second.weight, self.second.bias)


@question.accepts("a batch normalization of one's own, with buffers")
class OwnNorm(torch.nn.Module):
    def __init__(self, d_in, hidden, d_out):
        super().__init__()
        self.first, self.second = torch.nn.Linear(d_in, hidden), torch.nn.Linear(hidden, d_out)
        self.norm = torch.nn.Module()
        self.norm.weight = torch.nn.Parameter(torch.ones(hidden))
        self.norm.bias = torch.nn.Parameter(torch.zeros(hidden))
        self.norm.register_buffer("running_mean", torch.zeros(hidden))
        self.norm.register_buffer("running_var", torch.ones(hidden))
        self.norm.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        h, norm = self.first(x), self.norm
        if self.training:
            mean, var = h.mean(0), h.var(0, correction=0)
            with torch.no_grad():
                norm.running_mean.lerp_(mean, 0.1)
                norm.running_var.lerp_(h.var(0), 0.1)
                norm.num_batches_tracked += 1
        else:
            mean, var = norm.running_mean, norm.running_var
        h = (h - mean) * torch.rsqrt(var + 1e-5) * norm.weight + norm.bias
        return self.second(torch.where(h > 0, h, 0))


question.misconception(
    "no_relu",
    "You left out the ReLU. It stands between the normalization and the second layer.",
    seen="an activation created and never called",
    replace=("torch.relu(hidden)", "hidden"),
)
question.misconception(
    "relu_first",
    "You put the ReLU before the normalization. It comes after it.",
    seen="the other order, which many networks have",
    convention=True,
    replace=(
        "hidden = self.norm(self.first(x))\n        return self.second(torch.relu(hidden))",
        "return self.second(self.norm(torch.relu(self.first(x))))",
    ),
)
question.misconception(
    "relu_last",
    "You put the ReLU after the second layer. It comes before it; the last layer's outputs may be negative.",
    seen="layer and activation applied in pairs, in a loop",
    replace=("self.second(torch.relu(hidden))", "torch.relu(self.second(hidden))"),
)
question.misconception(
    "not_normalized",
    "You never call the normalization. It comes between the first layer and the ReLU.",
    seen="a layer created in the constructor and forgotten in forward",
    replace=("self.norm(self.first(x))", "self.first(x)"),
)
question.misconception(
    "always_running_statistics",
    "You normalize with the running statistics in training too. In training, use the batch's: call the layer, which "
    "knows the mode.",
    seen="torch.nn.functional.batch_norm, whose training is False by default",
    replace=(
        "self.norm(self.first(x))",
        "nn.functional.batch_norm(self.first(x), self.norm.running_mean, self.norm.running_var, self.norm.weight, "
        "self.norm.bias)",
    ),
)
question.misconception(
    "always_batch_statistics",
    "You normalize with the batch's statistics in evaluation too. There, use the running ones: call the layer, which "
    "knows the mode.",
    seen="a normalization written with x.mean(0) and x.var(0)",
    replace=(
        "self.norm(self.first(x))",
        "nn.functional.batch_norm(self.first(x), None, None, self.norm.weight, self.norm.bias, training=True)",
    ),
)
question.misconception(
    "other_momentum",
    "Your running statistics take in nine tenths of each batch. Torch's momentum is the weight of the new batch: leave "
    "it at 0.1.",
    seen="momentum=0.9, as other libraries mean it",
    replace=("nn.BatchNorm1d(hidden)", "nn.BatchNorm1d(hidden, momentum=0.9)"),
)
