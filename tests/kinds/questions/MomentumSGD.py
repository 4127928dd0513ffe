"""MomentumSGD: an optimizer as a class; the probe lets it change real torch parameters for several steps."""

import numpy as np
import torch

from autograder.question import Property, Question, Tolerance, parts

SHAPES = ((2, 3), (4,), (3, 1))


def training(rng, missing):
    """Parameters, the gradients of each step (None where one is missing), and settings."""
    return {
        "params": [rng.normal(1, 1, shape) for shape in SHAPES],
        "grads": [
            [None if (step, i) in missing else rng.normal(0.5, 1, shape) for i, shape in enumerate(SHAPES)]
            for step in range(4)
        ],
        "lr": float(rng.uniform(0.1, 0.3)),
        "momentum": float(rng.uniform(0.6, 0.8)),
    }


def all_gradients(rng):
    return training(rng, ())


def some_missing(rng):
    return training(rng, {(0, 0), (1, 1), (2, 0)})


def probe(answer, inputs):
    """The parameters after every step, and the gradients that the last step left behind."""
    params = [torch.nn.Parameter(torch.tensor(p)) for p in inputs["params"]]
    optimizer = answer(params[:], inputs["lr"], inputs["momentum"])
    trace = []
    for grads in inputs["grads"]:
        for p, g in zip(params, grads):  # noqa: B905
            if g is None or p.grad is None:
                p.grad = None if g is None else torch.tensor(g)
            else:
                p.grad.copy_(torch.tensor(g))
        optimizer.step()
        trace.append([p.detach().clone() for p in params])
    return {"params": trace, "grads": [p.grad for p in params]}


class Unrolled:
    """The velocity worked out anew from all gradients so far: momentum to the power of each one's age."""

    def __init__(self, params, lr, momentum):
        self.params, self.lr, self.momentum = params, lr, momentum
        self.seen = [[] for _ in params]

    def step(self):
        for p, seen in zip(self.params, self.seen, strict=True):
            if p.grad is not None:
                seen.append(p.grad.numpy().copy())
                velocity = sum(self.momentum**age * g for age, g in enumerate(reversed(seen)))
                p.data -= self.lr * torch.from_numpy(velocity)


question = Question(
    name="MomentumSGD",
    assignment="90_kinds_of_answers",
    reference=Unrolled,
    probe=probe,
    properties=[
        Property("value", 2, all_gradients, "three parameters, changed four times", judge=parts("params")),
        Property(
            "missing gradients",
            1,
            some_missing,
            "parameters of which some have no gradient at some steps",
            judge=parts("params"),
        ),
        Property("gradients unharmed", 1, all_gradients, "any gradients", judge=parts("grads")),
    ],
    tolerance=Tolerance(
        rtol=1e-5,
        atol=1e-5,
        why="four steps with numbers near 1 in double precision; float32 in between is off by less than 1e-6",
    ),
    forbids=("torch.optim.SGD",),
)


@question.accepts("keeps the velocities in a list and changes them in place, with p.data")
class InPlace:
    def __init__(self, params, lr, momentum):
        self.params, self.lr, self.momentum = list(params), lr, momentum
        self.buffers = [None for _ in self.params]

    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            if self.buffers[i] is None:
                self.buffers[i] = torch.zeros_like(p.data)
            self.buffers[i].mul_(self.momentum).add_(p.grad.data)
            p.data.add_(self.buffers[i], alpha=-self.lr)


@question.accepts("puts the learning rate into the velocity; copies into the parameter")
class RateInside:
    def __init__(self, params, lr, momentum):
        self.params, self.lr, self.momentum, self.moves = params, lr, momentum, {}

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    self.moves[p] = self.momentum * self.moves.get(p, 0) - self.lr * p.grad
                    p.copy_(p + self.moves[p])


@question.accepts("in NumPy's view of the parameter's memory")
class ThroughNumPy:
    def __init__(self, params, lr, momentum):
        self.views = [(p, p.detach().numpy(), np.zeros(p.shape)) for p in params]
        self.lr, self.momentum = lr, momentum

    def step(self):
        for p, values, velocity in self.views:
            if p.grad is not None:
                velocity *= self.momentum
                velocity += p.grad.numpy()
                values -= self.lr * velocity


@question.accepts("torch's own optimizer under another name")
class Torchs:
    def __init__(self, params, lr, momentum):
        self.inner = torch.optim.SGD(params, lr=lr, momentum=momentum)

    def step(self):
        self.inner.step()


question.misconception(
    "dampened",
    "You gave the new gradient the weight 1 minus momentum. The velocity is a sum, not an average: add the whole "
    "gradient.",
    seen="momentum as Adam's first moment, and as in torch with dampening",
    convention=True,
    replace=("self.momentum * v + p.grad", "self.momentum * v + (1 - self.momentum) * p.grad"),
)
question.misconception(
    "no_momentum",
    "You never keep the velocity, so every step is a step along the last gradient alone.",
    seen="a local variable where the state was meant",
    replace=("            self.velocity[i] = v\n", ""),
)
question.misconception(
    "nesterov",
    "You stepped along the gradient plus the decayed velocity. That is Nesterov's momentum; step along the velocity.",
    seen="torch's SGD with nesterov=True",
    convention=True,
    replace=("p -= self.lr * v", "p -= self.lr * (p.grad + self.momentum * v)"),
)
question.misconception(
    "gradient_not_copied",
    "You kept the first gradient itself as the velocity. The next gradient is written into the same memory, and your "
    "velocity changes with it: keep a copy.",
    seen="a buffer that starts as p.grad",
    replace=("p.grad.clone()", "p.grad"),
)
question.misconception(
    "new_tensor",
    "You made new tensors and put them into your own list. The model still has its old parameters: change those in "
    "place.",
    seen="p = p - lr * v",
    replace=(
        "p -= self.lr * v",
        "self.params[i] = torch.nn.Parameter(p - self.lr * v)\n            self.params[i].grad = p.grad",
    ),
)
question.misconception(
    "stops_at_missing",
    "You stopped at the first parameter that has no gradient. Skip that one and go on with the others.",
    seen="return or break for continue",
    replace=("                continue", "                break"),
)
question.misconception(
    "missing_taken_for_zero",
    "You took a missing gradient for a gradient of 0, so the velocity keeps moving the parameter. Leave a parameter "
    "without a gradient alone.",
    seen="optimizers after zero_grad(set_to_none=False), which do move on",
    source="""
    class MomentumSGD:
        def __init__(self, params, lr, momentum):
            self.params, self.lr, self.momentum = list(params), lr, momentum
            self.velocity = [0.0 for p in self.params]

        @torch.no_grad()
        def step(self):
            for i, p in enumerate(self.params):
                grad = torch.zeros_like(p) if p.grad is None else p.grad
                self.velocity[i] = self.momentum * self.velocity[i] + grad
                p -= self.lr * self.velocity[i]
    """,
)
question.misconception(
    "gradient_scaled",
    "Your parameters are right, but you multiplied the gradients by the learning rate in place. Leave them alone.",
    seen="p.grad.mul_(lr)",
    source="""
    class MomentumSGD:
        def __init__(self, params, lr, momentum):
            self.params, self.lr, self.momentum = list(params), lr, momentum
            self.moves = [0.0 for p in self.params]

        @torch.no_grad()
        def step(self):
            for i, p in enumerate(self.params):
                if p.grad is not None:
                    self.moves[i] = self.momentum * self.moves[i] + p.grad.mul_(self.lr)
                    p -= self.moves[i]
    """,
)
