"""EarlyStopping: a class whose object is fed a whole history of metrics, until it says stop."""

import math

from autograder.question import Difference, Property, Question, Tolerance, same_value
from autograder.reference import regularization as reference


def history(rng, patience, min_delta, pattern):
    """Settings and metrics: "<" improves, "=" repeats the best, "n" is NaN.

    "-" is lower than the best by less than min_delta, "+" as much higher; ">" is worse by more than that, and each such
    metric lower than the one before.
    """
    best, above, metrics = float(rng.uniform(8, 9)), 0.0, []
    gap = min_delta or 0.3
    for sign in pattern:
        if sign == "<":
            best -= gap * float(rng.uniform(1.9, 2.4))
            above = gap * float(rng.uniform(4, 5))
        elif sign == ">":
            above *= float(rng.uniform(0.8, 0.9))
        small = gap * float(rng.uniform(0.5, 0.8))
        values = {"<": best, "=": best, "n": math.nan, ">": best + above, "-": best - small, "+": best + small}
        metrics.append(values[sign])
    return {"patience": patience, "min_delta": min_delta, "metrics": metrics}


def plain(rng):
    p = int(rng.integers(3, 5))
    return history(rng, p, 0.0, "<<" + ">" * (p - 1) + "<" + ">" * (p - 2) + "<<" + ">" * (p + 2))


def small_steps(rng):
    """Steps up and down that are smaller than min_delta, between some that are larger."""
    return history(rng, 2, float(rng.uniform(0.2, 0.4)), "<<-<+<-+")


def slowly_down(rng):
    """Metrics that fall by less than min_delta a step, and by more in two."""
    min_delta, start = float(rng.uniform(0.2, 0.4)), float(rng.uniform(3, 4))
    drops = [0, 0.6, 1.2, 1.9, 2.5, 2.9, 3.05, 3.1, 3.12, 3.13]
    return {"patience": 2, "min_delta": min_delta, "metrics": [start - d * min_delta for d in drops]}


def no_progress(rng):
    return history(rng, 2, 0.0, "<<=<n<n=><")


def nan_first(rng):
    return history(rng, 3, 0.0, "nn<>n<>>n<")


def one(rng):
    return history(rng, 1, 0.0, "<<<><")


def probe(answer, inputs):
    """What step returns and best_step says, call by call, until step says stop."""
    stopping, decisions, best_steps = answer(inputs["patience"], inputs["min_delta"]), [], []
    for metric in inputs["metrics"]:
        decisions.append(bool(stopping.step(metric)))
        best_steps.append(stopping.best_step)
        if decisions[-1]:
            break
    return {"decisions": decisions, "best_step": best_steps}


def probe_two(answer, inputs):
    """Two objects that are fed in turn, the second with a metric less, and with the default min_delta."""
    first, second = answer(inputs["patience"]), answer(inputs["patience"])
    trace = []
    for metric in inputs["metrics"][:-2]:
        trace.append([bool(first.step(metric)), first.best_step])
        if len(trace) > 1:
            trace.append([bool(second.step(20 - metric)), second.best_step])
    return trace


def two(rng):
    return history(rng, 9, 0.0, "<<><><><<")


def when_and_where(case):
    """Too early or too late is all that a message may say: the number of the call is the answer."""
    expected = case.expected["decisions"]
    decisions = case.output.get("decisions") if isinstance(case.output, dict) else None
    if not isinstance(decisions, list | tuple):
        return same_value(case)
    if len(decisions) != len(expected) or bool(decisions[-1]) != bool(expected[-1]):
        early = len(decisions) < len(expected) or bool(decisions[-1])
        return Difference(f"your object says stop too {'early' if early else 'late'}", "step")
    return same_value(case)


question = Question(
    name="EarlyStopping",
    assignment="06_regularization",
    reference=reference.EarlyStopping,
    probe=probe,
    result_name="the trace",
    properties=[
        Property("value", 2, plain, "a loss that falls, with stretches in which it doesn't", judge=when_and_where),
        Property("patience of 1", 0.5, one, "patience = 1", judge=when_and_where),
        Property(
            "min_delta", 0.5, small_steps, "steps up and down that are smaller than min_delta", judge=when_and_where
        ),
        Property("slowly down", 0.5, slowly_down, "a loss that falls slowly but steadily", judge=when_and_where),
        Property("equal and NaN", 0.5, no_progress, "metrics equal to the best, and NaN", judge=when_and_where),
        Property("NaN first", 0.5, nan_first, "metrics of which the first are NaN", judge=when_and_where),
        Property("two objects", 0.5, two, "two objects fed in turn", probe=probe_two),
    ],
    tolerance=Tolerance(rtol=0, atol=0, why="decisions and numbers of calls are exact"),
    stuck="It stops too early or too late",
)


@question.accepts("keeps all metrics, and works everything out again")
class Replay:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.metrics = patience, min_delta, []

    def step(self, metric):
        self.metrics.append(metric)
        best, self.best_step = math.inf, None
        for i, value in enumerate(self.metrics):
            if best - value > self.min_delta:
                best, self.best_step = value, i
        last = -1 if self.best_step is None else self.best_step
        return len(self.metrics) - 1 - last == self.patience


@question.accepts("counts down")
class Countdown:
    def __init__(self, patience, min_delta=0.0):
        self.left = self.patience = patience
        self.bar, self.min_delta = math.inf, min_delta
        self.now = -1
        self.best_step = None

    def step(self, metric):
        self.now += 1
        if metric < self.bar:
            self.bar, self.best_step, self.left = metric - self.min_delta, self.now, self.patience
            return False
        self.left -= 1
        return self.left == 0


@question.accepts("a generator inside, best_step a property")
class Generated:
    def __init__(self, patience, min_delta=0.0):
        self.state = {"best": None}
        self.run = self.decisions(patience, min_delta)
        next(self.run)

    @property
    def best_step(self):
        return self.state["best"]

    def decisions(self, patience, min_delta):
        stop, lowest, count, number = False, None, 0, 0
        while True:
            metric = yield stop
            if metric == metric and (lowest is None or metric < lowest - min_delta):
                lowest, count, self.state["best"] = metric, 0, number
            else:
                count += 1
            stop, number = count >= patience, number + 1

    def step(self, metric):
        return self.run.send(metric)


@question.accepts("a dataclass-like record of the last improvement; returns 1 and 0")
class Record:
    best_step = None

    def __init__(self, patience, min_delta=0.0):
        self.settings = patience, min_delta
        self.record = None
        self.calls = []

    def step(self, metric):
        patience, min_delta = self.settings
        better = not math.isnan(metric) and (self.record is None or self.record - metric > min_delta)
        self.calls.append(better)
        if better:
            self.record, self.best_step = metric, len(self.calls) - 1
        return int(not any(self.calls[-patience:]) and len(self.calls) >= patience)


question.misconception(
    "one_step_late",
    "You stop when the count is more than patience. As in Keras and Lightning, stop when it reaches patience; "
    "torch's scheduler of the learning rate waits for one more.",
    seen="torch's ReduceLROnPlateau, which lowers the rate after more than patience epochs",
    convention=True,
    replace=("return self.waited >= self.patience", "return self.waited > self.patience"),
)
question.misconception(
    "count_not_reset",
    "You never set the count back, so it counts all epochs without an improvement. Only those in a row count.",
    seen="a counter that is not reset in the branch of the improvement",
    replace=("            self.waited = 0\n        else", "        else"),
)
question.misconception(
    "previous_metric",
    "You compare each metric with the one before. Compare it with the best so far.",
    seen="stopping when the loss rises from one epoch to the next, as in the first answers on many forums",
    replace=("            self.waited += 1", "            self.waited += 1\n            self.best = metric"),
)
question.misconception(
    "higher_is_better",
    "You treat a higher metric as better. That is right for an accuracy; here the metric is a loss.",
    seen="mode='max', or the sign of the metric forgotten",
    convention=True,
    replace=(
        "if metric < self.best - self.min_delta:",
        "if self.best == math.inf or metric > self.best + self.min_delta:",
    ),
)
question.misconception(
    "best_step_from_one",
    "Your best_step counts the calls from 1. The first call has the number 0.",
    seen="epochs printed from 1",
    replace=("self.best_step = self.calls", "self.best_step = self.calls + 1"),
)
question.misconception(
    "best_step_is_last",
    "Your best_step is the number of the last call. It is that of the call that brought the best metric, to which "
    "training goes back.",
    seen="saving the last model in place of the best",
    replace=("        self.calls += 1\n", "        self.best_step = self.calls\n        self.calls += 1\n"),
)
question.misconception(
    "best_step_stays",
    "Your best_step stays at the first improvement. It moves with every new best.",
    seen="best_step set only where it is still None",
    replace=(
        "            self.best_step = self.calls\n",
        "            self.best_step = self.calls if self.best_step is None else self.best_step\n",
    ),
)
question.misconception(
    "min_delta_ignored",
    "You ignore min_delta: steps down that are too small count as improvements.",
    seen="min_delta stored and never used",
    replace=("if metric < self.best - self.min_delta:", "if metric < self.best:"),
)
question.misconception(
    "min_delta_added",
    "You added min_delta to the best, so that metrics a little worse than the best are improvements. Subtract it.",
    seen="the sign of min_delta taken over from a metric that should rise",
    replace=("if metric < self.best - self.min_delta:", "if metric < self.best + self.min_delta:"),
)
question.misconception(
    "best_always_lowered",
    "A step down that is too small doesn't count as an improvement, but you make it the new best. A loss that falls "
    "slowly but steadily then never improves: only an improvement becomes the best.",
    seen="best = min(best, metric) beside the test with min_delta",
    replace=(
        "            self.waited += 1",
        "            self.waited += 1\n            self.best = min(self.best, metric)",
    ),
)
question.misconception(
    "min_delta_relative",
    "You take min_delta as a share of the best. It is a difference.",
    seen="torch's ReduceLROnPlateau, whose threshold is relative by default",
    convention=True,
    replace=(
        "if metric < self.best - self.min_delta:",
        "if metric < self.best * (1 - self.min_delta):",
    ),
)
question.misconception(
    "equal_improves",
    "You take a metric that equals the best for an improvement. Only a lower one is.",
    seen="<= for <",
    replace=("if metric < self.best - self.min_delta:", "if metric <= self.best - self.min_delta:"),
)
question.misconception(
    "nan_improves",
    "You take NaN for an improvement, and after that nothing is one, or everything. No comparison with NaN is true, so "
    "ask whether the metric is lower, not whether it isn't higher.",
    seen="the two branches of the comparison exchanged, as in a class that forums copy",
    replace=("if metric < self.best - self.min_delta:", "if not metric >= self.best - self.min_delta:"),
)
question.misconception(
    "first_taken_unseen",
    "You make the first metric the best whatever it is. If it is NaN, no later one is lower: NaN is never an "
    "improvement.",
    seen="if self.best is None: self.best = metric",
    replace=(
        "if metric < self.best - self.min_delta:",
        "if self.calls == 0 or metric < self.best - self.min_delta:",
    ),
)
question.misconception(
    "shared",
    "Your objects share their memory: what one sees changes the other. Set the attributes in __init__, on self.",
    seen="state kept in attributes of the class",
    source="""
    class EarlyStopping:
        memory = {}

        def __init__(self, patience, min_delta=0.0):
            self.patience, self.min_delta = patience, min_delta
            self.memory.update(best=math.inf, best_step=None, calls=0, waited=0)

        @property
        def best_step(self):
            return self.memory["best_step"]

        def step(self, metric):
            m = self.memory
            if metric < m["best"] - self.min_delta:
                m.update(best=metric, best_step=m["calls"], waited=0)
            else:
                m["waited"] += 1
            m["calls"] += 1
            return m["waited"] >= self.patience
    """,
)
