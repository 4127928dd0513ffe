"""Optimizers as functions, their schedules and minibatches, and what the loss surface says about them.

Symbols: theta the parameters, g the gradient of the loss there, lr the learning rate, lambda an eigenvalue of the
Hessian H. Every step is a function `step(param, grad, state, lr, ...) -> (new param, new state)`; `initial_state`
makes a state for the first step. Nothing is changed in place, and all is computed in float64. Conventions are torch's.
"""

from typing import NamedTuple

import numpy as np

INITIAL = {  # what each step's state holds before the first step: zeros shaped like param, or a count of 0
    "sgd_step": (),
    "momentum_step": ("velocity",),
    "nesterov_step": ("velocity",),
    "sutskever_step": ("velocity",),
    "adagrad_step": ("square_sum",),
    "rmsprop_step": ("square_avg",),
    "adam_step": ("m", "v", "t"),
    "adamw_step": ("m", "v", "t"),
}


def initial_state(step, param):
    """The state of a step function of this module before its first step: zeros, and t = 0."""
    return {name: 0 if name == "t" else np.zeros(np.shape(param)) for name in INITIAL[step.__name__]}


def descend(step, gradient, param, steps, **settings):
    """The path of `steps` steps from param (...): an array (steps + 1, ...) that begins with param, float64.

    step: one of this module's. gradient: a function of param. settings: lr and whatever else the step takes; an lr
    that is a function is called with the number of the step, counted from 0.
    """
    lr = settings.pop("lr")
    path, state = [np.array(param, dtype=np.float64)], initial_state(step, param)
    for t in range(steps):
        now = lr(t) if callable(lr) else lr
        param, state = step(path[-1], gradient(path[-1]), state, lr=now, **settings)
        path.append(param)
    return np.stack(path)


def _floats(*arrays):
    return [np.asarray(a, dtype=np.float64) for a in arrays]


def sgd_step(param, grad, state, lr, weight_decay=0.0):
    """theta - lr (g + weight_decay theta).

    param, grad: any one shape. state: {}. Returns the new param and {}.
    Source: Robbins and Monro (1951), in torch's form.
    """
    param, grad = _floats(param, grad)
    return param - lr * (grad + weight_decay * param), {}


def momentum_step(param, grad, state, lr, momentum=0.9, dampening=0.0, weight_decay=0.0):
    """The heavy ball as torch has it: velocity <- momentum velocity + (1 - dampening) g, theta <- theta - lr velocity.

    param, grad: any one shape. state: {"velocity"}, shaped alike. weight_decay theta is added to g first.
    Returns the new param and the new state. dampening = momentum makes an average of the sum (torch alone leaves the
    very first gradient undampened).
    Source: Polyak (1964); torch.optim.SGD.
    """
    param, grad, velocity = _floats(param, grad, state["velocity"])
    velocity = momentum * velocity + (1 - dampening) * (grad + weight_decay * param)
    return param - lr * velocity, {"velocity": velocity}


def sutskever_step(param, grad, state, lr, momentum=0.9):
    """Momentum with the learning rate inside: velocity <- momentum velocity - lr g, theta <- theta + velocity.

    param, grad: any one shape. state: {"velocity"}, shaped alike. Returns the new param and the new state.
    The path is momentum_step's as long as lr stays the same.
    Source: Sutskever, Martens, Dahl and Hinton (2013), equations 1 and 2.
    """
    param, grad, velocity = _floats(param, grad, state["velocity"])
    velocity = momentum * velocity - lr * grad
    return param + velocity, {"velocity": velocity}


def nesterov_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    """Nesterov as in torch: velocity <- momentum velocity + g, theta <- theta - lr (g + momentum velocity).

    param, grad: any one shape; grad is taken at param. state: {"velocity"}, shaped alike. weight_decay theta is added
    to g first. Returns the new param and the new state. param is the point looked ahead to, see `look_ahead`.
    Source: Nesterov (1983); Sutskever, Martens, Dahl and Hinton (2013), equations 3 and 4; torch.optim.SGD.
    """
    param, grad, velocity = _floats(param, grad, state["velocity"])
    grad = grad + weight_decay * param
    velocity = momentum * velocity + grad
    return param - lr * (grad + momentum * velocity), {"velocity": velocity}


def look_ahead(param, velocity, lr, momentum=0.9):
    """theta - lr momentum velocity: where Nesterov's method, as it is usually written, takes its gradient.

    param, velocity: any one shape. nesterov_step's param is this point of the usual iterate.
    Source: Sutskever, Martens, Dahl and Hinton (2013), equation 3, with a velocity that doesn't contain lr.
    """
    param, velocity = _floats(param, velocity)
    return param - lr * momentum * velocity


def adagrad_step(param, grad, state, lr, eps=1e-10):
    """square_sum <- square_sum + g^2, theta <- theta - lr g / (sqrt(square_sum) + eps), each coordinate by itself.

    param, grad: any one shape. state: {"square_sum"}, shaped alike. Returns the new param and the new state.
    Source: Duchi, Hazan and Singer (2011), the diagonal version; eps as torch.optim.Adagrad adds it.
    """
    param, grad, square_sum = _floats(param, grad, state["square_sum"])
    square_sum = square_sum + grad**2
    return param - lr * grad / (np.sqrt(square_sum) + eps), {"square_sum": square_sum}


def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    """square_avg <- alpha square_avg + (1 - alpha) g^2, theta <- theta - lr g / (sqrt(square_avg) + eps).

    param, grad: any one shape. state: {"square_avg"}, shaped alike. Returns the new param and the new state.
    Source: Tieleman and Hinton (2012), lecture 6.5; eps as torch.optim.RMSprop adds it.
    """
    param, grad, square_avg = _floats(param, grad, state["square_avg"])
    square_avg = alpha * square_avg + (1 - alpha) * grad**2
    return param - lr * grad / (np.sqrt(square_avg) + eps), {"square_avg": square_avg}


def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, bias_correction=True):
    """m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2, theta <- theta - lr m_hat / (sqrt(v_hat) + eps).

    param, grad: any one shape. state: {"m", "v", "t"}, m and v shaped alike, t the number of steps before this one.
    m_hat = m / (1 - beta1^t) and v_hat = v / (1 - beta2^t), with the new t. weight_decay theta is added to g first.
    bias_correction=False takes m and v themselves. Returns the new param and the new state.
    Source: Kingma and Ba (2015), Algorithm 1; weight_decay as torch.optim.Adam has it.
    """
    param, grad, m, v = _floats(param, grad, state["m"], state["v"])
    t, grad = state["t"] + 1, grad + weight_decay * param
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = (m / (1 - beta1**t), v / (1 - beta2**t)) if bias_correction else (m, v)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    """Adam with its weight decay outside the averages: theta shrinks by lr weight_decay theta, then adam_step.

    param, grad: any one shape; state as adam_step's. Returns the new param and the new state.
    Source: Loshchilov and Hutter (2019), Algorithm 2; the decay is multiplied by lr as in torch.optim.AdamW.
    """
    shrunk = (1 - lr * weight_decay) * np.asarray(param, dtype=np.float64)
    return adam_step(shrunk, grad, state, lr, beta1, beta2, eps)


def step_decay(t, lr, step_size, gamma):
    """lr times gamma to the power of the whole number of step_size's in t. t: int, or array of them.

    Source: torch.optim.lr_scheduler.StepLR.
    """
    return lr * gamma ** (np.asarray(t) // step_size)


def cosine_annealing(t, lr, T_max, lr_min=0.0):
    """Half a cosine from lr at t = 0 to lr_min at t = T_max, and lr_min after. t: int, or array of them.

    Source: Loshchilov and Hutter (2017), equation 5, without restarts.
    """
    progress = np.minimum(np.asarray(t) / T_max, 1.0)
    return lr_min + 0.5 * (lr - lr_min) * (1 + np.cos(np.pi * progress))


def warmup_linear(t, lr, warmup_steps, total_steps):
    """A straight line from 0 at t = 0 up to lr at warmup_steps, another down to 0 at total_steps, and 0 after.

    t: int, or array of them. 0 <= warmup_steps < total_steps; without warm-up the line begins at lr.
    Source: the schedule of Devlin, Chang, Lee and Toutanova (2019), appendix A.2.
    """
    t = np.asarray(t, dtype=np.float64)
    up = t / max(warmup_steps, 1)
    down = np.maximum(total_steps - t, 0.0) / (total_steps - warmup_steps)
    return lr * np.where(t < warmup_steps, up, down)


def minibatch_indices(N, batch_size, rng, drop_last=False):
    """A random order of 0 ... N - 1, cut into batches: a list of index arrays of batch_size each, the last the rest.

    rng: a NumPy Generator. drop_last leaves out a last batch that is shorter.
    Source: sampling without replacement, as torch.utils.data.DataLoader with shuffle=True.
    """
    order = rng.permutation(N)
    batches = [order[start : start + batch_size] for start in range(0, N, batch_size)]
    return batches[:-1] if drop_last and N % batch_size else batches


def newton_step(grad, hessian, damping=0.0):
    """The d with (H + damping I) d = -g. grad: (D,). hessian: (D, D), symmetric. Returns d, (D,), float64.

    Raises numpy.linalg.LinAlgError if the matrix is singular.
    Source: Levenberg (1944) for the damping; with damping = 0 Newton's step.
    """
    grad, hessian = _floats(grad, hessian)
    return np.linalg.solve(hessian + damping * np.eye(len(grad)), -grad)


def classify_critical_point(grad, hessian, tol=1e-6):
    """What kind of point it is: "not critical", "minimum", "maximum", "saddle" or "degenerate".

    grad: (D,). hessian: (D, D), symmetric. A gradient of norm above tol is none of a critical point. Eigenvalues count
    as 0 if their size is at most tol. Two of different signs make a saddle; otherwise one that is 0 leaves it open.
    Source: the second-order conditions, e.g. Nocedal and Wright (2006), section 2.1.
    """
    if np.linalg.norm(grad) > tol:
        return "not critical"
    values = np.linalg.eigvalsh(hessian)
    up, down = (values > tol).sum(), (values < -tol).sum()
    if up and down:
        return "saddle"
    return "minimum" if up == len(values) else "maximum" if down == len(values) else "degenerate"


def hessian_vector_product(gradient, x, v):
    """H v at x, from two gradients: (gradient(x + h v) - gradient(x - h v)) / 2h.

    gradient: a function from (D,) to (D,). x, v: (D,). Returns (D,), float64; zeros for v = 0. h v is as long as the
    cube root of float64's precision, times the size of x where that is larger than 1.
    Source: Pearlmutter (1994), section 2, for the idea; the centred difference errs by the square of h.
    """
    x, v = _floats(x, v)
    length = np.linalg.norm(v)
    if length == 0:
        return np.zeros_like(v)
    h = np.cbrt(np.finfo(np.float64).eps) * max(1.0, np.linalg.norm(x)) / length
    return (np.asarray(gradient(x + h * v)) - np.asarray(gradient(x - h * v))) / (2 * h)


def largest_eigenvalue(matvec, v, steps):
    """The eigenvalue of largest size, with its sign, of a symmetric matrix that is known by its products alone.

    matvec: a function from (D,) to (D,). v: (D,), where to start, not 0. Calls matvec steps + 1 times: `steps`
    normalized products, then Rayleigh's quotient. Returns a float; 0 if a product is 0.
    Source: the power method, e.g. Golub and Van Loan (2013), section 8.2.1.
    """
    v = np.asarray(v, dtype=np.float64)
    for _ in range(steps):
        length = np.linalg.norm(v)
        if length == 0:
            return 0.0
        v = np.asarray(matvec(v / length), dtype=np.float64)
    if np.linalg.norm(v) == 0:
        return 0.0
    v = v / np.linalg.norm(v)
    return float(v @ np.asarray(matvec(v)))


class Surface(NamedTuple):
    """A loss of two parameters. value, gradient: functions of param (..., 2), to (...) and (..., 2).

    hessian: a function of one param, (2,), to (2, 2). start: (2,), where the race begins; minimum: (2,), where a
    lowest point is.
    """

    value: callable
    gradient: callable
    hessian: callable
    start: np.ndarray
    minimum: np.ndarray


def quadratic(H, start, minimum=(0.0, 0.0)):
    """(theta - minimum)^T H (theta - minimum) / 2 as a Surface. H: (2, 2), symmetric."""
    H, start, minimum = _floats(H, start, minimum)

    def value(param):
        away = np.asarray(param) - minimum
        return 0.5 * np.sum(away @ H * away, axis=-1)

    return Surface(value, lambda param: (np.asarray(param) - minimum) @ H, lambda param: H.copy(), start, minimum)


def rotation(angle):
    """The matrix (2, 2) that turns a column vector by `angle` radians, anticlockwise."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def ravine(flat=1.0, steep=25.0, angle=0.0, start=(-4.0, 1.0)):
    """A quadratic with curvature `flat` along one axis and `steep` along the other, turned by `angle` radians.

    The start is turned too, so that an optimizer that doesn't depend on the axes takes the same path, turned.
    """
    R = rotation(angle)
    return quadratic(R @ np.diag([flat, steep]) @ R.T, R @ np.asarray(start))


def saddle(start=(-1.5, 1e-3)):
    """x^2 / 2 - y^2 / 2 + y^4 / 4: a saddle at the origin, where H = diag(1, -1), between minima at (0, -1), (0, 1)."""

    def value(param):
        x, y = np.moveaxis(np.asarray(param), -1, 0)
        return 0.5 * x**2 - 0.5 * y**2 + 0.25 * y**4

    def gradient(param):
        x, y = np.moveaxis(np.asarray(param), -1, 0)
        return np.stack([x, y**3 - y], axis=-1)

    return Surface(
        value, gradient, lambda param: np.diag([1.0, 3 * param[1] ** 2 - 1]), np.array(start), np.array([0.0, 1.0])
    )


def rosenbrock(start=(-1.2, 1.0)):
    """(1 - x)^2 + 100 (y - x^2)^2: a bent valley with its minimum at (1, 1).

    Source: Rosenbrock (1960).
    """

    def value(param):
        x, y = np.moveaxis(np.asarray(param), -1, 0)
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def gradient(param):
        x, y = np.moveaxis(np.asarray(param), -1, 0)
        return np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=-1)

    def hessian(param):
        x, y = param
        return np.array([[2 + 1200 * x**2 - 400 * y, -400 * x], [-400 * x, 200.0]])

    return Surface(value, gradient, hessian, np.array(start), np.array([1.0, 1.0]))


def noisy(gradient, rng, scale):
    """A gradient with independent normal noise of deviation `scale` added to each coordinate at every call."""

    def noisy_gradient(param):
        exact = np.asarray(gradient(param))
        return exact + scale * rng.normal(size=exact.shape)

    return noisy_gradient
