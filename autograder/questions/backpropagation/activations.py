"""The backward passes of four activations: the slope at the input, times the upstream gradient."""

from types import SimpleNamespace

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import backpropagation as reference

from . import inputs

NAMES = ("relu_backward", "sigmoid_backward", "tanh_backward", "silu_backward")
RELU, SIGMOID, TANH, SILU = NAMES


def case(rng, low, high):
    shape = tuple(inputs.sizes(rng, 2, 3, 4)[: int(rng.integers(2, 4))])
    grad_out, x = inputs.signed(rng, shape, 0.5, 2), inputs.signed(rng, shape, low, high)
    for a, signs in ((grad_out, [-1, 1]), (x, [1, -1])):  # an open place with a negative gradient, and the reverse
        a.flat[[1, -1]] = np.abs(a.flat[[1, -1]]) * signs
    return {"grad_out": grad_out, "x": x}


def ordinary(rng):
    return case(rng, 0.3, 2.5)


def with_zeros(rng):
    drawn = case(rng, 0.3, 2.5)
    drawn["x"][..., 0] = 0.0
    return drawn


def far_out(rng):
    return case(rng, 750, 1000)


def of(name, points, about, draw, function, judge=None):
    extra = {"judge": judge} if judge else {}
    return Property(name, points, draw, about, of=function, **extra)


question = Question(
    name="activations",
    names=NAMES,
    assignment="02_backpropagation",
    reference=SimpleNamespace(**{name: getattr(reference, name) for name in NAMES}),
    result_name="grad_x",
    properties=[
        of("ReLU", 0.5, "inputs of both signs", ordinary, RELU),
        of("ReLU at 0", 0.5, "inputs of which some are exactly 0", with_zeros, RELU),
        of("inputs unharmed", 0.5, "any gradient", ordinary, RELU, inputs_unharmed),
        of("sigmoid", 1, "inputs of both signs", ordinary, SIGMOID),
        of("sigmoid far out", 0.5, "inputs near 1000 and -1000", far_out, SIGMOID),
        of("tanh", 1, "inputs of both signs", ordinary, TANH),
        of("SiLU", 1, "inputs of both signs", ordinary, SILU),
        of("SiLU far out", 0.5, "inputs near 1000 and -1000", far_out, SILU),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="float32 answers are off by less than 1e-6; the mistakes by more than 1e-2",
    ),
    forbids=(
        "torch.autograd.grad",
        "torch.autograd.backward",
        "torch.Tensor.backward",
        "torch.ops.aten.threshold_backward",
        "torch.ops.aten.sigmoid_backward",
        "torch.ops.aten.tanh_backward",
        "torch.ops.aten.silu_backward",
    ),
    equivalent_mutants={
        "sigma = np.exp(-np.logaddexp(0, +x))": "gives 1 minus sigma, and the product of the two is the same",
    },
    stuck="My gradient is off by the same factor everywhere",
)

question.accepts(
    "masks and np.where, with the forms of both halves of the sigmoid",
    """
    def relu_backward(grad_out, x):
        grad_x = np.array(grad_out)
        grad_x[x <= 0] = 0
        return grad_x

    def stable_sigmoid(x):
        small = np.exp(-np.abs(x))
        return np.where(x >= 0, 1, small) / (1 + small)

    def sigmoid_backward(grad_out, x):
        y = stable_sigmoid(x)
        return np.where(np.isfinite(y), grad_out * (y - y * y), 0)

    def tanh_backward(grad_out, x):
        y = 2 * stable_sigmoid(2 * x) - 1
        return grad_out - grad_out * y * y

    def silu_backward(grad_out, x):
        gate = stable_sigmoid(x)
        y = x * gate
        return grad_out * (y + gate * (1 - y))
    """,
)
question.accepts(
    "through cosh, with its overflows on the way",
    """
    def relu_backward(grad_out, x):
        return np.where(x > 0, grad_out, 0.0)

    def sigmoid_backward(grad_out, x):
        return grad_out / (4 * np.cosh(x / 2) ** 2)

    def tanh_backward(grad_out, x):
        return grad_out / np.cosh(x) ** 2

    def silu_backward(grad_out, x):
        return grad_out * (1 + x / (2 * np.cosh(x / 2) ** 2) + np.tanh(x / 2)) / 2
    """,
)
question.accepts(
    "number by number, in plain Python",
    """
    import math

    def each(slope):
        def backward(grad_out, x):
            flat = [g * slope(v) for g, v in zip(grad_out.ravel().tolist(), x.ravel().tolist())]
            return np.array(flat).reshape(x.shape)

        return backward

    def gate(v):
        return 1 / (1 + math.exp(-v)) if v > -700 else 0.0

    relu_backward = each(lambda v: 1.0 if v > 0 else 0.0)
    sigmoid_backward = each(lambda v: gate(v) * (1 - gate(v)))
    tanh_backward = each(lambda v: 1 - math.tanh(v) ** 2)
    silu_backward = each(lambda v: gate(v) * (1 + v * (1 - gate(v))))
    """,
)
question.accepts(
    "in float32, with torch's forward functions; returns tensors",
    """
    import torch

    def as_tensors(*arrays):
        return [torch.tensor(a, dtype=torch.float32) for a in arrays]

    def relu_backward(grad_out, x):
        g, x = as_tensors(grad_out, x)
        return g * torch.heaviside(x, torch.zeros(()))

    def sigmoid_backward(grad_out, x):
        g, x = as_tensors(grad_out, x)
        return g * torch.sigmoid(x) * torch.sigmoid(-x)

    def tanh_backward(grad_out, x):
        g, x = as_tensors(grad_out, x)
        return torch.addcmul(g, g, torch.tanh(x) ** 2, value=-1)

    def silu_backward(grad_out, x):
        g, x = as_tensors(grad_out, x)
        s = torch.sigmoid(x)
        return g * torch.lerp(torch.nn.functional.silu(x), torch.ones(()), s)
    """,
)

question.misconception(
    "relu_mask_only",
    "Your ReLU returns its slope alone. Multiply it by the upstream gradient.",
    seen="the derivative of the activation taken for its backward pass",
    replace=("grad_out * (x > 0)", "(x > 0) * 1.0"),
)
question.misconception(
    "relu_of_the_gradient",
    "You looked at the sign of the upstream gradient. Whether ReLU lets it through depends on the sign of x.",
    seen="deconvolutional networks (Zeiler and Fergus, 2014), which do this on purpose",
    replace=("grad_out * (x > 0)", "grad_out * (grad_out > 0)"),
)
question.misconception(
    "relu_guided",
    "You also cut off negative upstream gradients. They pass where x is positive.",
    seen="guided backpropagation (Springenberg et al., 2015), which is for pictures, not for training",
    replace=("grad_out * (x > 0)", "grad_out * (x > 0) * (grad_out > 0)"),
)
question.misconception(
    "relu_times_its_value",
    "You multiplied the gradient by ReLU's value. Its slope is 1 there, whatever x is.",
    seen="forward and derivative mixed up",
    replace=("grad_out * (x > 0)", "grad_out * np.maximum(x, 0)"),
)
question.misconception(
    "relu_open_at_0",
    "At exactly 0 you let the gradient through. The course takes the slope 0 there, as torch does.",
    seen="x >= 0, which other texts use",
    convention=True,
    replace=("grad_out * (x > 0)", "grad_out * (x >= 0)"),
)
question.misconception(
    "relu_half_at_0",
    "At exactly 0 you took the slope one half. The course takes 0 there, as torch does.",
    seen="the middle of the two one-sided slopes",
    convention=True,
    replace=("grad_out * (x > 0)", "grad_out * np.heaviside(x, 0.5)"),
)
question.misconception(
    "relu_in_place",
    "Your values are right, but you wrote the zeros into grad_out itself. Others may still need it: make a new array.",
    seen="grad_out[x <= 0] = 0",
    replace=("return grad_out * (x > 0)", "grad_out[x <= 0] = 0\n    return grad_out"),
)
question.misconception(
    "sigmoid_of_the_output",
    "You used x where the sigmoid's value belongs. The rule y(1 - y) speaks of the output; you are given the input.",
    seen="the widespread nonlin(x, deriv=True), which expects an activated x",
    replace=("sigma = np.exp(-np.logaddexp(0, -x))", "sigma = x"),
)
question.misconception(
    "sigmoid_slope_only",
    "Your sigmoid returns its slope alone. Multiply it by the upstream gradient.",
    seen="the derivative of the activation taken for its backward pass",
    replace=("return grad_out * sigma * (1 - sigma)", "return sigma * (1 - sigma)"),
)
question.misconception(
    "sigmoid_half_a_rule",
    "The sigmoid's slope is its value times 1 minus its value. You used one of the two factors.",
    seen="a factor lost when the rule is simplified",
    replace=("return grad_out * sigma * (1 - sigma)", "return grad_out * (1 - sigma)"),
)
question.misconception(
    "sigmoid_overflows",
    "Far out your sigmoid divides infinity by infinity. Use the exponential of a number that isn't positive.",
    seen="exp(x) / (1 + exp(x))",
    replace=("sigma = np.exp(-np.logaddexp(0, -x))", "sigma = np.exp(x) / (1 + np.exp(x))"),
)
question.misconception(
    "tanh_of_the_output",
    "You used x where tanh's value belongs. The rule 1 - y² speaks of the output; you are given the input.",
    seen="backward passes that keep the output, copied into ones that keep the input",
    replace=("y = np.tanh(x)", "y = x"),
)
question.misconception(
    "tanh_no_square",
    "The slope of tanh is 1 minus its value squared. You left out the square.",
    seen="the rule quoted from memory",
    replace=("1 - y**2", "1 - y"),
)
question.misconception(
    "tanh_like_the_sigmoid",
    "You used the sigmoid's rule for tanh. For tanh it is 1 minus the value squared.",
    seen="activations exchanged without their derivatives",
    replace=("1 - y**2", "y * (1 - y)"),
)
question.misconception(
    "tanh_slope_only",
    "Your tanh returns its slope alone. Multiply it by the upstream gradient.",
    seen="the derivative of the activation taken for its backward pass",
    replace=("return grad_out * (1 - y**2)", "return 1 - y**2"),
)
question.misconception(
    "silu_gate_only",
    "For SiLU you treated the sigmoid as a constant. x is in both factors, so the product rule gives two terms.",
    seen="the gate taken for a weight",
    replace=("slope = gate + x * gate * (1 - gate)", "slope = gate"),
)
question.misconception(
    "silu_sigmoid_only",
    "For SiLU you differentiated the sigmoid alone. x is in both factors, so the product rule gives two terms.",
    seen="half of the product rule",
    replace=("slope = gate + x * gate * (1 - gate)", "slope = x * gate * (1 - gate)"),
)
question.misconception(
    "silu_without_x",
    "SiLU's second term lacks its factor x. The product rule leaves the other factor in place.",
    seen="the product rule applied as a sum of derivatives",
    replace=("slope = gate + x * gate * (1 - gate)", "slope = gate + gate * (1 - gate)"),
)
question.misconception(
    "silu_overflows",
    "Far out your SiLU divides infinity by infinity. Use the exponential of a number that isn't positive.",
    seen="exp(x) / (1 + exp(x))",
    replace=("gate = np.exp(-np.logaddexp(0, -x))", "gate = np.exp(x) / (1 + np.exp(x))"),
)
