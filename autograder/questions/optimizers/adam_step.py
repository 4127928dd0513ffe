"""adam_step: averages of the gradients and of their squares, corrected for their start at zero."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import optimizers

from . import inputs


def reference(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    return optimizers.adam_step(param, grad, state, lr, beta1, beta2, eps, weight_decay)


def plain(rng):
    """A few steps in. With these betas a slip in the count can't cancel between the two corrections."""
    shape = inputs.matrix(rng)
    return inputs.parameter(rng, shape) | {
        "state": {
            "m": inputs.signed(rng, shape, 0.2, 0.8),
            "v": rng.uniform(0.2, 1.5, shape),
            "t": int(rng.integers(2, 4)),
        },
        "lr": float(rng.uniform(0.2, 0.4)),
        "beta1": float(rng.uniform(0.85, 0.9)),
        "beta2": float(rng.uniform(0.6, 0.75)),
        "eps": 1e-8,
    }


def large_eps(rng):
    return plain(rng) | {"eps": float(rng.uniform(0.3, 0.6))}


def decayed(rng):
    return plain(rng) | {"weight_decay": float(rng.uniform(0.3, 0.5))}


def from_start(rng):
    return inputs.training(rng, ("m", "v", "t"))


question = Question(
    name="adam_step",
    assignment="03_optimizers",
    reference=reference,
    outputs=("param", "state"),
    properties=[
        Property("value", 2, plain, "a parameter that is a matrix, without decay", judge=parts("state", "param")),
        Property(
            "several steps",
            1,
            from_start,
            "the first four steps, with the default betas and eps, once with the default lr",
            probe=inputs.several_steps,
        ),
        Property("eps", 1, large_eps, "an eps about as large as the root", judge=parts("state", "param")),
        Property("weight decay", 1, decayed, "a parameter with weight decay", judge=parts("state", "param")),
        Property("inputs unharmed", 1, decayed, "any parameter", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-4,
        why="numbers near 1; float32 answers lose four digits in 1 - beta2^t at the first steps and are off by 2e-5; "
        "the nearest misconception (eps added before the correction) is off by more than 1e-2 where eps is large",
    ),
    forbids=("torch.optim.Adam", "torch.optim.AdamW", "torch.optim.NAdam"),
    stuck={
        "value": "The state is wrong",
        "several steps": "One step is right, several are not",
        "weight decay": "It goes wrong with weight decay only",
        "": "The example passes, the graded cell fails",
    },
)


@question.accepts("number by number, with math")
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    import math

    new, m, v, t = np.empty(param.shape), np.empty(param.shape), np.empty(param.shape), int(state["t"]) + 1
    for i in np.ndindex(param.shape):
        g = float(grad[i]) + weight_decay * float(param[i])
        m[i] = state["m"][i] + (1 - beta1) * (g - state["m"][i])
        v[i] = state["v"][i] + (1 - beta2) * (g * g - state["v"][i])
        root = math.sqrt(v[i] / (1 - beta2**t))
        new[i] = param[i] - lr * m[i] / (1 - beta1**t) / (root + eps)
    return [new, {"t": t, "m": m, "v": v}]


@question.accepts("the corrections drawn into one step size, eps scaled to match")
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    g = grad if weight_decay == 0 else grad + weight_decay * param
    t, c = state["t"] + 1, lambda beta: 1 - np.power(beta, state["t"] + 1.0)
    m = np.average([state["m"], g], axis=0, weights=[beta1, 1 - beta1])
    v = state["v"] * beta2 + np.square(g) * (1 - beta2)
    size = lr * np.sqrt(c(beta2)) / c(beta1)
    return param - size * m / (np.sqrt(v) + eps * np.sqrt(c(beta2))), {"m": m, "v": v, "t": t}


@question.accepts("in place on copies, in float32 through torch")
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    import torch

    p, g, m, v = (torch.tensor(a, dtype=torch.float32) for a in (param, grad, state["m"], state["v"]))
    g.add_(p, alpha=weight_decay)
    m.lerp_(g, 1 - beta1)
    v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
    t = state["t"] + 1
    root = v.sqrt().div_((1 - beta2**t) ** 0.5).add_(eps)
    return p.addcdiv_(m, root, value=-lr / (1 - beta1**t)), {"m": m, "v": v, "t": torch.tensor(float(t))}


@question.accepts("torch's own optimizer, given the state")
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    import torch

    p = torch.tensor(param, requires_grad=True)
    p.grad = torch.tensor(grad)
    optimizer = torch.optim.Adam([p], lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=weight_decay)
    optimizer.state[p] = {
        "step": torch.tensor(float(state["t"])),
        "exp_avg": torch.tensor(state["m"]),
        "exp_avg_sq": torch.tensor(state["v"]),
    }
    optimizer.step()
    kept = optimizer.state[p]
    return p, {"m": kept["exp_avg"], "v": kept["exp_avg_sq"], "t": int(kept["step"])}


question.misconception(
    "no_correction",
    "You left the bias correction out. Both averages start at zero and are too small at first, and by different "
    "factors: without the correction the first steps are several times too long.",
    seen="Adam without its correction; keras-team/keras#13577 proposes it as an option",
    replace=("m_hat = m / (1 - beta1**t)\n    v_hat = v / (1 - beta2**t)", "m_hat = m\n    v_hat = v"),
)
question.misconception(
    "only_m_corrected",
    "You corrected the average of the gradients, but not that of their squares. Both start at zero: correct both.",
    seen="one of the two lines forgotten",
    replace=("v_hat = v / (1 - beta2**t)", "v_hat = v"),
)
question.misconception(
    "only_v_corrected",
    "You corrected the average of the squares, but not that of the gradients. Both start at zero: correct both.",
    seen="one of the two lines forgotten",
    replace=("m_hat = m / (1 - beta1**t)", "m_hat = m"),
)
question.misconception(
    "corrects_with_the_old_t",
    "Your correction is one step behind: count this step first. With the old number the very first step divides by "
    "zero.",
    seen="t counted from 0, and NaN at the first step",
    replace=(
        "m_hat = m / (1 - beta1**t)\n    v_hat = v / (1 - beta2**t)",
        'm_hat = m / (1 - beta1 ** state["t"])\n    v_hat = v / (1 - beta2 ** state["t"])',
    ),
)
question.misconception(
    "counts_two_steps",
    "Your correction is one step ahead: the state's number is that of the steps before this one, so the powers are "
    "that number plus 1.",
    seen="t + 1 in the formula, after t was increased already",
    replace=(
        "m_hat = m / (1 - beta1**t)\n    v_hat = v / (1 - beta2**t)",
        "m_hat = m / (1 - beta1 ** (t + 1))\n    v_hat = v / (1 - beta2 ** (t + 1))",
    ),
)
question.misconception(
    "beta_times_t",
    "You multiplied the betas by the number of the step. They are raised to its power.",
    seen="the superscript of the paper read as a product",
    replace=(
        "m_hat = m / (1 - beta1**t)\n    v_hat = v / (1 - beta2**t)",
        "m_hat = m / (1 - beta1 * t)\n    v_hat = v / np.abs(1 - beta2 * t)",
    ),
)
question.misconception(
    "power_left_out",
    "You divided by 1 minus beta at every step. That is right for the first step only: raise beta to the power of the "
    "step's number.",
    seen="a correction that was tried at t = 1",
    replace=(
        "m_hat = m / (1 - beta1**t)\n    v_hat = v / (1 - beta2**t)",
        "m_hat = m / (1 - beta1)\n    v_hat = v / (1 - beta2)",
    ),
)
question.misconception(
    "t_not_counted",
    "Your values are right for this step, but the new state holds the old number of steps, so that the correction "
    "never fades. Return it plus 1.",
    seen="a state of which one entry is passed through; compare ikostrikov/pytorch-a3c#12",
    replace=('"t": t}', '"t": state["t"]}'),
)
question.misconception(
    "keeps_the_corrected",
    "Your new state holds the corrected averages, so that the next step corrects them again. Keep the averages as they "
    "were before the correction.",
    seen="m = m / (1 - beta1**t), one variable for both",
    replace=('{"m": m, "v": v,', '{"m": m_hat, "v": v_hat,'),
)
question.misconception(
    "betas_exchanged",
    "You exchanged the betas. The first belongs to the gradients, the second to their squares.",
    seen="the two arguments in the other order",
    replace=(
        'm = beta1 * state["m"] + (1 - beta1) * decayed\n    v = beta2 * state["v"] + (1 - beta2) * decayed**2\n'
        "    m_hat = m / (1 - beta1**t)\n    v_hat = v / (1 - beta2**t)",
        'm = beta2 * state["m"] + (1 - beta2) * decayed\n    v = beta1 * state["v"] + (1 - beta1) * decayed**2\n'
        "    m_hat = m / (1 - beta2**t)\n    v_hat = v / (1 - beta1**t)",
    ),
)
question.misconception(
    "weights_exchanged",
    "You gave the betas to the new values. They are the weights of the old averages; the new values have 1 minus beta.",
    seen="momentum as batch normalization means it",
    convention=True,
    replace=(
        'm = beta1 * state["m"] + (1 - beta1) * decayed\n    v = beta2 * state["v"] + (1 - beta2) * decayed**2',
        'm = (1 - beta1) * state["m"] + beta1 * decayed\n    v = (1 - beta2) * state["v"] + beta2 * decayed**2',
    ),
)
question.misconception(
    "square_of_the_average",
    "You averaged the squares of the averaged gradient. Square the new gradient itself.",
    seen="m**2 where grad**2 is meant",
    replace=("(1 - beta2) * decayed**2", "(1 - beta2) * m**2"),
)
question.misconception(
    "no_root",
    "You divided by the average of the squares. Divide by its root.",
    seen="the root forgotten",
    replace=("np.sqrt(v_hat)", "v_hat"),
)
question.misconception(
    "steps_along_the_gradient",
    "Your step has the gradient itself on top. That is RMSProp with a correction; Adam's step has the corrected "
    "average of the gradients there.",
    seen="m computed and never used",
    replace=("step = m_hat /", "step = decayed /"),
)
question.misconception(
    "uphill",
    "You added the step. It is made of gradients, which point uphill: subtract it.",
    seen="a sign slip",
    replace=("param - lr * step", "param + lr * step"),
)
question.misconception(
    "eps_under_root",
    "You added eps under the root. In torch, and here, it is added to the root.",
    seen="torch/optim#99, on libraries that do; it reads sqrt(v + eps)",
    convention=True,
    replace=("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)"),
)
question.misconception(
    "eps_before_correction",
    "You added eps to the root of the uncorrected average. TensorFlow does, and the paper's second form; in torch, and "
    "here, eps is added after the correction.",
    seen="'epsilon hat': tensorflow/tensorflow#9047 and #35102, pytorch/pytorch#22628",
    convention=True,
    replace=("(np.sqrt(v_hat) + eps)", "((np.sqrt(v) + eps) / np.sqrt(1 - beta2**t))"),
)
question.misconception(
    "decay_left_out",
    "You left the weight decay out. Add weight decay times the parameter to the gradient first.",
    seen="an argument that is accepted and never used",
    replace=("decayed = grad + weight_decay * param", "decayed = grad"),
)
question.misconception(
    "adamw",
    "You shrank the parameter directly. That is AdamW, the next question; in Adam the decay is part of the gradient, "
    "and passes through both averages.",
    seen="AdamW taken for Adam with weight decay; pytorch/pytorch#3740 is about the difference",
    replace=(
        "decayed = grad + weight_decay * param",
        "decayed = grad\n    param = (1 - lr * weight_decay) * param",
    ),
)
question.misconception(
    "decay_in_m_only",
    "Your decay enters the average of the gradients, but not that of their squares. It is part of the gradient in "
    "both.",
    seen="grad and the decayed gradient mixed up in one line",
    replace=("(1 - beta2) * decayed**2", "(1 - beta2) * grad**2"),
)
question.misconception(
    "state_in_place",
    "Your values are right, but you changed the old state. Return a new dictionary with new arrays, and leave the old "
    "one.",
    seen="state['t'] += 1, as the classes of torch.optim do",
    replace=(
        'return param - lr * step, {"m": m, "v": v, "t": t}',
        "state.update(m=m, v=v, t=t)\n    return param - lr * step, state",
    ),
)
question.misconception(
    "param_in_place",
    "Your values are right, but you changed the array param itself. Return a new one.",
    seen="param -= ...",
    replace=("return param - lr * step,", "param -= lr * step\n    return param,"),
)
