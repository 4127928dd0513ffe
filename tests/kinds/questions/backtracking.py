"""backtracking: the student's function is handed a function, and how often it calls that one is specified."""

from autograder.question import Property, Question, Tolerance


def backtracking(f, x, d, slope, c, rho):
    steps, start = 0, f(x)
    while f(x + rho**steps * d) > start + c * rho**steps * slope:
        steps += 1
    return rho**steps


def probe(answer, inputs):
    """Search along a ray of a quadratic bowl; returns the step size and how often the bowl was looked at."""
    calls = []

    def bowl(x):
        calls.append(np.array(x, copy=True))  # noqa: F821 (the sandbox provides np)
        if len(calls) > 1000:
            raise RuntimeError("f was called more than a thousand times: the search doesn't end")
        return float(0.5 * (inputs["curvature"] * (x - inputs["centre"]) ** 2).sum())

    t = answer(bowl, inputs["x"], inputs["d"], inputs["slope"], inputs["c"], inputs["rho"])
    return t, len(calls)


def bowl(rng, length):
    """A start away from the centre, and a descent direction `length` times too long."""
    curvature, centre = rng.uniform(0.5, 4, 3), rng.normal(0, 2, 3)
    x = centre + rng.choice([-1, 1], 3) * rng.uniform(1, 2, 3)
    gradient = curvature * (x - centre)
    d = -length * gradient
    return {"curvature": curvature, "centre": centre, "x": x, "d": d, "slope": float(gradient @ d), "rho": 0.7}


def narrow(rng):
    return bowl(rng, float(rng.uniform(6, 12))) | {"c": 0.3}


def at_once(rng):
    """A direction so short that the whole step will do."""
    return bowl(rng, 0.05) | {"c": 0.1}


def on_the_line(rng):
    """The right step meets the rule with equality, without rounding: all numbers are small and dyadic."""
    curvature, times = float(rng.choice([2, 4])), float(rng.choice([2, 4]))
    centre, away = rng.integers(-9, 10, 3).astype(float), rng.integers(1, 10, 3) * rng.choice([-1.0, 1.0], 3)
    d = -times * away  # the bowl's bottom lies at x + d / times
    slope = float(curvature * away @ d)
    return {"curvature": curvature, "centre": centre, "x": centre + away, "d": d, "slope": slope, "rho": 0.5, "c": 0.5}


question = Question(
    name="backtracking",
    assignment="90_kinds_of_answers",
    reference=backtracking,
    probe=probe,
    outputs=("t", "the number of calls of f"),
    properties=[
        Property("value", 2, narrow, "a direction that is too long", cases=3),
        Property("first step", 1, at_once, "a direction that can be taken whole"),
        Property("equality", 1, on_the_line, "a step that falls by exactly as much as it must"),
    ],
    tolerance=Tolerance(rtol=1e-6, atol=1e-9, why="step sizes are powers of rho: the next one is 30 % away"),
)


@question.accepts("the first of all powers that will do")
def backtracking(f, x, d, slope, c, rho):
    import itertools

    start = f(x)
    return next(rho**k for k in itertools.count() if f(x + rho**k * d) <= start + c * rho**k * slope)


@question.accepts("shrinks the direction instead of the step")
def backtracking(f, x, d, slope, c, rho):
    import numpy as np

    start, t, step, fall = f(x), np.float64(1.0), np.array(d, dtype=float), c * slope
    while not f(x + step) <= start + fall:
        t, step, fall = t * rho, step * rho, fall * rho
    return t


@question.accepts("calls itself")
def backtracking(f, x, d, slope, c, rho):
    start = f(x)

    def search(t):
        return t if f(x + t * d) - start <= c * t * slope else search(rho * t)

    return search(1.0)


question.misconception(
    "any_decrease",
    "You stopped at any decrease. The decrease must be at least c times what the slope promises.",
    seen="Armijo's rule without its c",
    source="""
    def backtracking(f, x, d, slope, c, rho):
        start, t = f(x), 1.0
        while f(x + t * d) > start:
            t = rho * t
        return t
    """,
)
question.misconception(
    "strictly_less",
    "You asked for more than the rule does: a step that falls by exactly as much as it must will do.",
    seen=">= for > in the loop's condition",
    replace=("> start", ">= start"),
)
question.misconception(
    "asks_too_often",
    "Your step is right, but you called f at x again for every step you tried. Keep its value.",
    seen="f(x) inside the loop's condition",
    source="""
    def backtracking(f, x, d, slope, c, rho):
        t = 1.0
        while f(x + t * d) > f(x) + c * t * slope:
            t = rho * t
        return t
    """,
)
question.misconception(
    "starts_with_rho",
    "Your first step was rho. The first one to try is the whole step, 1.",
    seen="the multiplication moved to the loop's beginning",
    source="""
    def backtracking(f, x, d, slope, c, rho):
        start, t = f(x), rho
        while f(x + t * d) > start + c * t * slope:
            t = rho * t
        return t
    """,
)
question.misconception(
    "slope_not_scaled",
    "You compared with the slope of a whole step. What is promised shrinks with t.",
    seen="the t forgotten on the right-hand side",
    source="""
    def backtracking(f, x, d, slope, c, rho):
        start, t = f(x), 1.0
        while f(x + t * d) > start + c * slope and t > 1e-3:
            t = rho * t
        return t
    """,
)
