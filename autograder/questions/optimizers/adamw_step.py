"""adamw_step: Adam whose weight decay is not divided by anything."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import optimizers

from . import inputs


def matrix(rng):
    """A few steps in, with a decay that can't be overlooked."""
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
        "weight_decay": float(rng.uniform(0.5, 0.9)),
    }


def large_eps(rng):
    return matrix(rng) | {"eps": float(rng.uniform(0.3, 0.6))}


def without_decay(rng):
    return matrix(rng) | {"weight_decay": 0.0}


def from_start(rng):
    """Large parameters and learning rates, so that the default decay shows."""
    found = inputs.training(rng, ("m", "v", "t"))
    return found | {"param": 20 * found["param"]}


question = Question(
    name="adamw_step",
    assignment="03_optimizers",
    reference=optimizers.adamw_step,
    outputs=("param", "state"),
    properties=[
        Property("value", 2, matrix, "a parameter that is a matrix, with decay", judge=parts("state", "param")),
        Property(
            "several steps",
            1,
            from_start,
            "the first four steps, with the default betas, eps and decay",
            probe=inputs.several_steps,
            tolerance=Tolerance(
                rtol=1e-4,
                atol=1e-5,
                why="the default decay moves a parameter of 20 by at least 1e-2 in the first step; float32 errs by "
                "2e-5",
            ),
        ),
        Property("no decay", 0.5, without_decay, "a weight decay of 0", judge=parts("state", "param")),
        Property("eps", 1, large_eps, "an eps about as large as the root", judge=parts("state", "param")),
        Property("inputs unharmed", 0.5, matrix, "any parameter", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-4,
        why="numbers near 1; float32 answers are off by 2e-5; the nearest misconception (decay after the step) is off "
        "by the square of lr times the decay, more than 1e-2",
    ),
    forbids=("torch.optim.Adam", "torch.optim.AdamW"),
    stuck={
        "value": "It goes wrong with weight decay only",
        "several steps": "One step is right, several are not",
        "": "The example passes, the graded cell fails",
    },
)


@question.accepts("number by number, with math")
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    import math

    new, m, v, t = np.empty(param.shape), np.empty(param.shape), np.empty(param.shape), int(state["t"]) + 1
    for i in np.ndindex(param.shape):
        g = float(grad[i])
        m[i] = beta1 * state["m"][i] + (1 - beta1) * g
        v[i] = beta2 * state["v"][i] + (1 - beta2) * g * g
        step = (m[i] / (1 - beta1**t)) / (math.sqrt(v[i] / (1 - beta2**t)) + eps)
        new[i] = param[i] - lr * (step + weight_decay * param[i])
    return [new, {"t": t, "m": m, "v": v}]


question.accepts(
    "an Adam step of its own, from the shrunk parameter",
    """
    def adam(param, grad, state, lr, beta1, beta2, eps):
        t = state["t"] + 1
        m, v = (s + (1 - b) * (g - s) for s, g, b in ((state["m"], grad, beta1), (state["v"], grad**2, beta2)))
        root = np.sqrt(v / (1 - beta2**t))
        return param - lr / (1 - beta1**t) * m / (root + eps), {"m": m, "v": v, "t": t}


    def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        return adam(param - lr * weight_decay * param, grad, state, lr, beta1, beta2, eps)
    """,
)


@question.accepts("the decay of the old parameter subtracted last, in place on what is new")
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    new = {"m": np.array(state["m"]), "v": np.array(state["v"]), "t": state["t"] + 1}
    for key, value, beta in (("m", grad, beta1), ("v", np.square(grad), beta2)):
        new[key] *= beta
        new[key] += (1 - beta) * value
    c1, c2 = (1 - beta ** new["t"] for beta in (beta1, beta2))
    moved = param - lr * np.sqrt(c2) / c1 * new["m"] / (np.sqrt(new["v"]) + eps * np.sqrt(c2))
    moved -= lr * weight_decay * param
    return moved, new


@question.accepts("in float32, by torch's in-place operations on copies")
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    import torch

    p, g, m, v = (torch.tensor(a, dtype=torch.float32) for a in (param, grad, state["m"], state["v"]))
    t = state["t"] + 1
    p.mul_(1 - lr * weight_decay)
    m.lerp_(g, 1 - beta1)
    v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
    root = v.sqrt().div_((1 - beta2**t) ** 0.5).add_(eps)
    return p.addcdiv_(m, root, value=-lr / (1 - beta1**t)), {"m": m, "v": v, "t": t}


@question.accepts("torch's own optimizer, given the state")
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    import torch

    p = torch.tensor(param, requires_grad=True)
    p.grad = torch.tensor(grad)
    optimizer = torch.optim.AdamW([p], lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=weight_decay)
    optimizer.state[p] = {
        "step": torch.tensor(float(state["t"])),
        "exp_avg": torch.tensor(state["m"]),
        "exp_avg_sq": torch.tensor(state["v"]),
    }
    optimizer.step()
    kept = optimizer.state[p]
    return p, {"m": kept["exp_avg"], "v": kept["exp_avg_sq"], "t": kept["step"]}


question.misconception(
    "decay_in_the_gradient",
    "You added the decay to the gradient. That is Adam with an L2 penalty: the decay is then divided by the root like "
    "everything else. In AdamW it stays out of both averages.",
    seen="torch.optim.Adam's weight_decay; pytorch/pytorch#3740 proposes AdamW because of it",
    replace=(
        'm = beta1 * state["m"] + (1 - beta1) * grad\n    v = beta2 * state["v"] + (1 - beta2) * grad**2',
        "grad = grad + weight_decay * param\n"
        '    m = beta1 * state["m"] + (1 - beta1) * grad\n'
        '    v = beta2 * state["v"] + (1 - beta2) * grad**2\n'
        "    weight_decay = 0.0",
    ),
)
question.misconception(
    "decay_without_lr",
    "Your decay isn't multiplied by the learning rate. The paper multiplies it by the schedule alone; in torch, and "
    "here, the learning rate multiplies it.",
    seen="Loshchilov and Hutter (2019), Algorithm 2; NVIDIA/apex#1849 and tensorflow/addons#2282 discuss the two",
    convention=True,
    replace=("(1 - lr * weight_decay)", "(1 - weight_decay)"),
)
question.misconception(
    "decay_left_out",
    "You left the weight decay out: your step is Adam's. The parameter also shrinks, by lr times the decay.",
    seen="an argument that is accepted and never used",
    replace=("shrunk = (1 - lr * weight_decay) * param", "shrunk = param"),
)
question.misconception(
    "decay_after_the_step",
    "You shrank the parameter after the step. Shrink the old parameter, then take the step.",
    seen="the decay as the last line of the loop",
    replace=(
        "shrunk = (1 - lr * weight_decay) * param\n    return shrunk - lr * step,",
        "shrunk = (1 - lr * weight_decay) * (param - lr * step)\n    return shrunk,",
    ),
)
question.misconception(
    "decay_divided_by_the_root",
    "You added the decay to the corrected average, above the root. Then the root divides it, which is what AdamW "
    "avoids.",
    seen="the decay put back 'into the step'",
    replace=(
        "step = m_hat / (np.sqrt(v_hat) + eps)\n    shrunk = (1 - lr * weight_decay) * param",
        "step = (m_hat + weight_decay * param) / (np.sqrt(v_hat) + eps)\n    shrunk = param",
    ),
)
question.misconception(
    "decay_grows",
    "Your decay has the wrong sign: the parameters grow.",
    seen="egg-west/AdamW-pytorch#1, where a proposed line adds the decay",
    replace=("(1 - lr * weight_decay)", "(1 + lr * weight_decay)"),
)
question.misconception(
    "decay_to_a_sign",
    "You subtracted the decay from the parameters' sizes, as an L1 penalty would. Weight decay shrinks each parameter "
    "in proportion to itself.",
    seen="L1 and L2 mixed up",
    replace=("(1 - lr * weight_decay) * param", "param - lr * weight_decay * np.sign(param)"),
)
question.misconception(
    "decays_the_step_too",
    "You shrank the step as well as the parameter. The decay multiplies the old parameter only.",
    seen="a learning rate of lr times (1 - lr * weight_decay)",
    replace=("return shrunk - lr * step", "return shrunk - (1 - lr * weight_decay) ** 2 * lr * step"),
)
question.misconception(
    "no_correction",
    "You left the bias correction out. Both averages start at zero and are too small at first: correct both, as in "
    "Adam.",
    seen="BertAdam, an early AdamW without the correction",
    replace=("m_hat = m / (1 - beta1**t)\n    v_hat = v / (1 - beta2**t)", "m_hat = m\n    v_hat = v"),
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
    "t_not_counted",
    "Your values are right for this step, but the new state holds the old number of steps. Return it plus 1.",
    seen="a state of which one entry is passed through",
    replace=('"t": t}', '"t": state["t"]}'),
)
question.misconception(
    "no_root",
    "You divided by the average of the squares. Divide by its root.",
    seen="the root forgotten",
    replace=("np.sqrt(v_hat)", "v_hat"),
)
question.misconception(
    "eps_under_root",
    "You added eps under the root. In torch, and here, it is added to the root.",
    seen="torch/optim#99, on libraries that do",
    convention=True,
    replace=("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)"),
)
question.misconception(
    "eps_before_correction",
    "You added eps to the root of the uncorrected average. TensorFlow does; in torch, and here, eps is added after the "
    "correction.",
    seen="'epsilon hat': tensorflow/tensorflow#9047 and pytorch/pytorch#22628, which is about AdamW too",
    convention=True,
    replace=("(np.sqrt(v_hat) + eps)", "((np.sqrt(v) + eps) / np.sqrt(1 - beta2**t))"),
)
question.misconception(
    "state_in_place",
    "Your values are right, but you changed the old state. Return a new dictionary with new arrays, and leave the old "
    "one.",
    seen="state['t'] += 1, as the classes of torch.optim do",
    replace=(
        'return shrunk - lr * step, {"m": m, "v": v, "t": t}',
        "state.update(m=m, v=v, t=t)\n    return shrunk - lr * step, state",
    ),
)
question.misconception(
    "param_in_place",
    "Your values are right, but you shrank the array param itself. Return a new one.",
    seen="param *= 1 - lr * weight_decay",
    replace=("shrunk = (1 - lr * weight_decay) * param", "param *= 1 - lr * weight_decay\n    shrunk = param"),
)
