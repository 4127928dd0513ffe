# A class behind one answer, torch and generators behind others, other orders of operations: correct, and unlike the master.
# expect: momentum_step=5 nesterov_step=4 adagrad_step=5 rmsprop_step=5 adam_step=6 adamw_step=5
# expect: learning_rate_schedules=6 minibatch_indices=6 newton_step=4 classify_critical_point=5
# expect: hessian_vector_product=5

# %% after="given_imports"
import torch

# %% answer="momentum_step"
class Heavy:
    def __init__(self, velocity):
        self.velocity = velocity

    def push(self, force, friction):
        self.velocity = self.velocity - (1 - friction) * self.velocity + force
        return self.velocity


def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    ball = Heavy(state["velocity"])
    step = lr * ball.push(grad + weight_decay * param, momentum)
    return param - step, vars(ball)

# %% answer="nesterov_step"
def nesterov_step(param, grad, state, lr, momentum=0.9):
    # plain momentum first, then a second push of the same kind without a gradient
    param, state = momentum_step(param, grad, state, lr, momentum)
    old = state["velocity"]
    return param - lr * (grad + (momentum - 1) * old), {"velocity": old}

# %% answer="adagrad_step"
def adagrad_step(param, grad, state, lr, eps=1e-10):
    p, g, s = map(torch.from_numpy, (param, grad, state["square_sum"]))
    s = s.addcmul(g, g)
    return p.addcdiv(g, s.sqrt() + eps, value=-lr).numpy(), {"square_sum": s.numpy()}

# %% answer="rmsprop_step"
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    s = np.average(np.stack([state["square_avg"], grad * grad]), axis=0, weights=[alpha, 1 - alpha])
    return param - (lr / (s**0.5 + eps)) * grad, {"square_avg": s}

# %% answer="adam_step"
def ema(old, new, beta):
    return old + (1 - beta) * (new - old)


def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    grad = grad + weight_decay * param
    state = dict(m=ema(state["m"], grad, beta1), v=ema(state["v"], grad**2, beta2), t=state["t"] + 1)
    m, v = (state[k] / (1 - b ** state["t"]) for k, b in (("m", beta1), ("v", beta2)))
    return param - lr * np.true_divide(m, np.add(np.sqrt(v), eps)), state

# %% answer="adamw_step"
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    step, state = adam_step(np.zeros_like(param), grad, state, lr, beta1, beta2, eps)
    return param + step - lr * weight_decay * param, state

# %% answer="step_decay"
def step_decay(t, lr, step_size, gamma):
    return lr if t < step_size else gamma * step_decay(t - step_size, lr, step_size, gamma)

# %% answer="cosine_annealing"
def cosine_annealing(t, lr, T_max, lr_min=0.0):
    angle = torch.linspace(0, torch.pi, T_max + 1, dtype=torch.float64)[min(t, T_max)]
    return torch.lerp(torch.tensor(lr_min, dtype=torch.float64), torch.tensor(lr, dtype=torch.float64), (1 + torch.cos(angle)) / 2)

# %% answer="warmup_linear"
def warmup_linear(t, lr, warmup_steps, total_steps):
    rates = np.concatenate([np.linspace(0, lr, warmup_steps, endpoint=False), np.linspace(lr, 0, total_steps - warmup_steps + 1)])
    return rates[min(t, total_steps)]

# %% answer="minibatch_indices"
def minibatch_indices(N, batch_size, rng, drop_last=False):
    deck = list(range(N))
    for i in range(N - 1, 0, -1):  # Fisher and Yates
        j = int(rng.integers(i + 1))
        deck[i], deck[j] = deck[j], deck[i]
    while deck:
        batch, deck = deck[:batch_size], deck[batch_size:]
        if len(batch) == batch_size or not drop_last:
            yield batch

# %% answer="newton_step"
def newton_step(grad, hessian, damping=0.0):
    d = np.zeros(len(grad))
    H, r = hessian + np.diag([damping] * len(grad)), -grad
    A, b = H @ H, H @ r  # the normal equations, by conjugate gradients
    r = b.copy()
    p = r.copy()
    for _ in range(3 * len(grad)):
        if r @ r < 1e-24:
            break
        a = (r @ r) / (p @ A @ p)
        d, new = d + a * p, r - a * (A @ p)
        p, r = new + (new @ new) / (r @ r) * p, new
    return d

# %% answer="classify_critical_point"
def classify_critical_point(grad, hessian, tol=1e-6):
    if not np.linalg.norm(grad) <= tol:
        return "not critical"
    w = np.linalg.eigvalsh(hessian)
    match (bool(w.max() > tol), bool(w.min() < -tol), bool(np.abs(w).min() > tol)):
        case (True, True, _):
            return "saddle"
        case (_, _, False):
            return "degenerate"
        case (True, False, _):
            return "minimum"
        case _:
            return "maximum"

# %% answer="hessian_vector_product"
def hessian_vector_product(gradient, x, v):
    n = np.linalg.norm(v)
    slopes = []
    for h in (2e-4, 1e-4):  # Richardson's extrapolation
        e = h * v / n
        slopes.append((gradient(x + e) - gradient(x - e)) / (2 * h))
    return n * (4 * slopes[1] - slopes[0]) / 3

# %% answer="largest_eigenvalue"
def largest_eigenvalue(matvec, v, steps):
    u, w = None, np.asarray(v) / np.linalg.norm(v)
    for _ in range(steps + 1):
        u, w = w / np.linalg.norm(w), matvec(w / np.linalg.norm(w))
    return w @ u
