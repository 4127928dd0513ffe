"""step_decay, cosine_annealing and warmup_linear: learning rates as functions of the step's number."""

from autograder.question import Property, Question, Tolerance
from autograder.reference import optimizers

STEP, COSINE, WARMUP = "step_decay", "cosine_annealing", "warmup_linear"


def drops(rng):
    """Every step of a few stages: before, at and after each drop."""
    size = int(rng.integers(3, 6))
    return {
        "steps": list(range(3 * size + 2)),
        "lr": float(rng.uniform(0.6, 0.9)),
        "step_size": size,
        "gamma": float(rng.uniform(0.3, 0.45)),
    }


def half_cosine(rng):
    T_max = int(rng.integers(7, 12))
    return {
        "steps": list(range(T_max + 1)),
        "lr": float(rng.uniform(0.6, 0.9)),
        "T_max": T_max,
        "lr_min": float(rng.uniform(0.1, 0.2)),
    }


def beyond_the_cosine(rng):
    """Steps after the end, and lr_min at its default."""
    found = half_cosine(rng)
    del found["lr_min"]
    T_max = found["T_max"]
    return found | {"steps": [1, T_max - 1, T_max, T_max + 1, T_max + 3, 2 * T_max, 3 * T_max]}


def triangle(rng):
    warmup, total = int(rng.integers(3, 6)), int(rng.integers(13, 19))
    return {
        "steps": list(range(total + 1)),
        "lr": float(rng.uniform(0.6, 0.9)),
        "warmup_steps": warmup,
        "total_steps": total,
    }


def beyond_the_triangle(rng):
    found = triangle(rng)
    total = found["total_steps"]
    return found | {"steps": [total - 1, total, total + 1, total + 5, 3 * total]}


def without_warmup(rng):
    return triangle(rng) | {"warmup_steps": 0}


def probe(answer, inputs):
    """The learning rate of each step, one call a step."""
    settings = [v for k, v in inputs.items() if k != "steps"]
    return [answer(t, *settings) for t in inputs["steps"]]


question = Question(
    name="learning_rate_schedules",
    assignment="03_optimizers",
    reference=optimizers,
    names=(STEP, COSINE, WARMUP),
    probe=probe,
    properties=[
        Property("step decay", 1.5, drops, "all steps of a decay in stages", of=STEP),
        Property("cosine", 1.5, half_cosine, "all steps of a half cosine that ends above 0", of=COSINE),
        Property(
            "cosine's end", 0.5, beyond_the_cosine, "steps before and after T_max, with the default lr_min", of=COSINE
        ),
        Property("warm-up", 1.5, triangle, "all steps of a warm-up and the decay after it", of=WARMUP),
        Property("warm-up's end", 0.5, beyond_the_triangle, "the last steps, and steps after the end", of=WARMUP),
        Property("no warm-up", 0.5, without_warmup, "a schedule without warm-up", of=WARMUP),
    ],
    tolerance=Tolerance(
        rtol=1e-5,
        atol=1e-6,
        why="a few operations on numbers near 1, which even float32 gets right to 1e-7; mistakes change a rate by 1e-2 "
        "or more at some step",
    ),
    forbids=(
        "torch.optim.lr_scheduler.StepLR",
        "torch.optim.lr_scheduler.CosineAnnealingLR",
        "torch.optim.lr_scheduler.LinearLR",
        "torch.optim.lr_scheduler.LambdaLR",
    ),
    stuck="My schedule is right except at one place",
)

question.accepts(
    "step by step, each rate from the one before",
    """
    def step_decay(t, lr, step_size, gamma):
        for i in range(1, t + 1):
            if i % step_size == 0:
                lr *= gamma
        return lr


    def cosine_annealing(t, lr, T_max, lr_min=0.0):
        rate = lr
        for i in range(1, min(t, T_max) + 1):
            now, before = (1 + math.cos(math.pi * k / T_max) for k in (i, i - 1))
            rate += (lr - lr_min) / 2 * (now - before)
        return rate


    def warmup_linear(t, lr, warmup_steps, total_steps):
        rate = 0.0 if warmup_steps else lr
        for i in range(t):
            if i < warmup_steps:
                rate += lr / warmup_steps
            elif i < total_steps:
                rate -= lr / (total_steps - warmup_steps)
        return rate


    import math
    """,
)
question.accepts(
    "floors, the square of a smaller cosine, and interpolation",
    """
    import math


    def step_decay(t, lr, step_size, gamma):
        return lr * math.exp(math.floor(t / step_size) * math.log(gamma))


    def cosine_annealing(t, lr, T_max, lr_min=0.0):
        if t >= T_max:
            return lr_min
        return lr_min + (lr - lr_min) * math.cos(math.pi * t / T_max / 2) ** 2


    def warmup_linear(t, lr, warmup_steps, total_steps):
        places, rates = [0, warmup_steps, total_steps], [0, lr, 0]
        return float(np.interp(t, *((places, rates) if warmup_steps else (places[1:], rates[1:]))))
    """,
)
question.accepts(
    "the smaller of two lines, arrays of one number, numpy's float32",
    """
    def step_decay(t, lr, step_size, gamma):
        return np.float32(lr) * np.power(np.float32(gamma), np.floor_divide(t, step_size))


    def cosine_annealing(t, lr, T_max, lr_min=0.0):
        share = np.float32(0.5 * (1 + np.cos(np.pi * np.clip(t / T_max, 0, 1))))
        return lr * share + lr_min * (1 - share)


    def warmup_linear(t, lr, warmup_steps, total_steps):
        up = t / warmup_steps if warmup_steps > 0 else 1.0
        down = (total_steps - t) / (total_steps - warmup_steps)
        return np.array(lr * max(0.0, min(up, down)))
    """,
)
question.accepts(
    "torch's own schedulers, stepped t times, held at the end",
    """
    import warnings

    import torch
    from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, StepLR


    def rate(lr, t, make, **settings):
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=lr)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scheduler = make(optimizer, **settings)
            for _ in range(t):
                scheduler.step()
        return scheduler.get_last_lr()[0]


    def step_decay(t, lr, step_size, gamma):
        return rate(lr, t, StepLR, step_size=step_size, gamma=gamma)


    def cosine_annealing(t, lr, T_max, lr_min=0.0):
        return rate(lr, min(t, T_max), CosineAnnealingLR, T_max=T_max, eta_min=lr_min)


    def warmup_linear(t, lr, warmup_steps, total_steps):
        def share(k):
            if k < warmup_steps:
                return k / warmup_steps
            return max(0.0, (total_steps - k) / (total_steps - warmup_steps))

        return rate(lr, t, LambdaLR, lr_lambda=share)
    """,
)

question.misconception(
    "smooth_decay",
    "Your step decay falls at every step. It stays the same for step_size steps, then drops at once: count whole "
    "stages only.",
    seen="true division where whole numbers are meant",
    replace=("t // step_size", "t / step_size"),
)
question.misconception(
    "decays_every_step",
    "Your step decay multiplies by gamma at every step. It does so once every step_size steps.",
    seen="an exponential schedule, called StepLR",
    replace=("t // step_size", "t"),
)
question.misconception(
    "drops_a_step_early",
    "Your step decay drops one step too early. The first drop comes at t = step_size, counted from 0.",
    seen="steps counted from 1; compare the trouble with the order of scheduler.step() in torch 1.1",
    replace=("t // step_size", "(t + 1) // step_size"),
)
question.misconception(
    "drops_a_step_late",
    "Your step decay drops one step too late. At t = step_size the rate is already lower.",
    seen="t > step_size where t >= step_size is meant",
    replace=("t // step_size", "max(t - 1, 0) // step_size"),
)
question.misconception(
    "drops_once",
    "Your step decay drops once and never again. It drops every step_size steps.",
    seen="one if for the first stage",
    replace=("gamma**drops", "gamma ** min(drops, 1)"),
)
question.misconception(
    "product_for_power",
    "Your step decay multiplies the number of drops by gamma. Each drop multiplies once more: a power.",
    seen="gamma * drops, with a rate of 0 at the start",
    replace=("gamma**drops", "gamma * drops"),
)
question.misconception(
    "gamma_taken_off",
    "Your step decay takes gamma off: it multiplies by 1 minus gamma. Gamma is the share that stays.",
    seen="'decay by 10 %' and gamma = 0.1 mixed up",
    replace=("gamma**drops", "(1 - gamma) ** drops"),
)
question.misconception(
    "cosine_not_halved",
    "Your cosine isn't moved up and halved: it goes from 2 or 1 to below zero. Half of 1 plus the cosine goes from 1 "
    "to 0.",
    seen="lr * cos(pi t / T), which ends at -lr",
    replace=("(1 + np.cos(np.pi * progress)) / 2", "np.cos(np.pi * progress)"),
)
question.misconception(
    "quarter_cosine",
    "Your cosine runs through a quarter of its period: it starts flat, but ends steep. Half a period is flat at both "
    "ends.",
    seen="cos(pi t / 2T)",
    replace=("(1 + np.cos(np.pi * progress)) / 2", "np.cos(np.pi * progress / 2)"),
)
question.misconception(
    "cosine_in_degrees",
    "Your cosine hardly moves: its argument runs from 0 to 1 instead of 0 to pi.",
    seen="the pi forgotten",
    replace=("np.cos(np.pi * progress)", "np.cos(progress)"),
)
question.misconception(
    "full_cosine",
    "Your cosine runs through a whole period: it comes back up to lr at the end. It should be lowest there.",
    seen="2 pi, for one turn",
    replace=("np.pi * progress", "2 * np.pi * progress"),
)
question.misconception(
    "lr_min_added",
    "Your cosine starts above lr: you added lr_min to a curve that is lr high. Its height is lr minus lr_min.",
    seen="eta_min + 0.5 * lr * (1 + cos), in hand-written schedules",
    replace=("(lr - lr_min) * (1", "lr * (1"),
)
question.misconception(
    "cut_off_at_lr_min",
    "Your cosine falls to 0 and is cut off at lr_min. The whole curve should be squeezed between lr and lr_min.",
    seen="max(lr_min, ...), in hand-written schedules; it is another curve",
    replace=(
        "lr_min + (lr - lr_min) * (1 + np.cos(np.pi * progress)) / 2",
        "max(lr_min, lr * (1 + np.cos(np.pi * progress)) / 2)",
    ),
)
question.misconception(
    "rises_again",
    "Your cosine rises again after T_max, as torch's does. Here it stays at lr_min.",
    seen="ivadomed/ivadomed#57, where T_max surprises; torch's CosineAnnealingLR goes on",
    convention=True,
    replace=("min(t / T_max, 1)", "t / T_max"),
)
question.misconception(
    "ends_a_step_early",
    "Your cosine reaches its lowest point one step too early. The end is at T_max itself.",
    seen="T_max minus 1 as the last step, counted from 0",
    replace=("min(t / T_max, 1)", "min(t / (T_max - 1), 1)"),
)
question.misconception(
    "starts_above_zero",
    "Your warm-up gives the first step a rate above 0, as some libraries do. Here it is 0 at t = 0, and lr at "
    "warmup_steps.",
    seen="(t + 1) / warmup_steps, so that no step is wasted",
    convention=True,
    replace=("lr * t / warmup_steps", "lr * (t + 1) / warmup_steps"),
)
question.misconception(
    "no_decay",
    "Your rate stays at lr after the warm-up. From there it falls to 0 at total_steps.",
    seen="'constant with warm-up', another schedule",
    replace=(
        "left = max(total_steps - t, 0)\n    return lr * left / (total_steps - warmup_steps)",
        "return lr if t < total_steps else 0.0",
    ),
)
question.misconception(
    "jumps_after_warmup",
    "Your rate jumps down right after the warm-up: you measured the decay from step 0. It runs from warmup_steps to "
    "total_steps.",
    seen="1 - t / total_steps, multiplied onto the warm-up",
    replace=("left / (total_steps - warmup_steps)", "left / total_steps"),
)
question.misconception(
    "decays_too_long",
    "Your decay takes total_steps steps after the warm-up. It ends at total_steps, counted from the start.",
    seen="the steps of the two parts counted apart",
    replace=(
        "left = max(total_steps - t, 0)\n    return lr * left / (total_steps - warmup_steps)",
        "left = max(total_steps + warmup_steps - t, 0)\n    return lr * left / total_steps",
    ),
)
question.misconception(
    "below_zero",
    "Your rate becomes negative after the end. It stays 0.",
    seen="a training that runs longer than planned, and then climbs",
    replace=("max(total_steps - t, 0)", "total_steps - t"),
)
question.misconception(
    "needs_a_warmup",
    "Without a warm-up your function divides by zero. With warmup_steps of 0 the rate falls from lr at once.",
    seen="t / warmup_steps, tried with 0",
    replace=("if t < warmup_steps:", "if t <= warmup_steps:"),
)
