"""PlateauLR: a class that keeps a state from call to call; the probe feeds it a whole history of losses."""

import math

import torch

from autograder.question import Property, Question, Tolerance


def history(rng, patience, min_lr, pattern):
    """A scheduler's settings, and losses: "<" improves on the best, "=" repeats it, "n" is NaN; ">" are worse.

    Losses that are worse fall from one to the next, but never as low as the best.
    """
    factor, lr = float(rng.uniform(0.3, 0.6)), float(rng.uniform(0.5, 0.9))
    losses, best, above = [], 20.0, 0.0
    for sign in pattern:
        if sign == "<":
            best, above = best - float(rng.uniform(0.5, 1)), float(rng.uniform(4, 5))
        elif sign == ">":
            above *= float(rng.uniform(0.7, 0.9))
        losses.append({"<": best, "=": best, "n": math.nan, ">": best + above}[sign])
    return {
        "lr": lr,
        "factor": factor,
        "patience": patience,
        "min_lr": lr * factor**1.5 if min_lr else 0.0,
        "losses": losses,
    }


def plain(rng):
    p = int(rng.integers(2, 4))
    return history(rng, p, False, "<" + ">" * p + "<" + ">" * p + "<" + ">" * (2 * p + 3) + "<>")


def no_progress(rng):
    return history(rng, 1, False, "n" + "<==" + "<nn" + "<>>")


def lower_bound(rng):
    return history(rng, 1, True, "<" + ">" * 7)


def probe(answer, inputs):
    scheduler = answer(inputs["lr"], inputs["factor"], inputs["patience"], inputs["min_lr"])
    return [scheduler.step(loss) for loss in inputs["losses"]]


class Replay:
    """The rules read literally: everything is worked out again from all losses so far."""

    def __init__(self, lr, factor, patience, min_lr):
        self.settings, self.losses = (lr, factor, patience, min_lr), []

    def step(self, loss):
        self.losses.append(loss)
        lr, factor, patience, min_lr = self.settings
        best, count = math.inf, 0
        for loss in self.losses:
            improved = loss < best
            best, count = (loss, 0) if improved else (best, count + 1)
            if count > patience:
                lr, count = max(lr * factor, min_lr), 0
        return lr


question = Question(
    name="PlateauLR",
    assignment="90_kinds_of_answers",
    reference=Replay,
    probe=probe,
    result_name="the list of learning rates",
    properties=[
        Property("value", 2, plain, "losses that fall, with stretches in which they don't"),
        Property("equal losses and NaN", 1, no_progress, "losses of which some are equal to the best, and some NaN"),
        Property("min_lr", 1, lower_bound, "losses that stop falling, with a min_lr that is reached"),
    ],
    tolerance=Tolerance(
        rtol=1e-6,
        atol=1e-9,
        why="products of a few numbers near 1, which even float32 gets right to 2e-7; one factor too many changes the "
        "learning rate by at least two fifths",
    ),
)


@question.accepts("counts down, and counts how often the rate was lowered")
class Countdown:
    def __init__(self, lr, factor, patience, min_lr):
        self.lr, self.factor, self.patience, self.min_lr = lr, factor, patience, min_lr
        self.lowest, self.left, self.lowered = math.inf, patience, 0

    def step(self, loss):
        if loss < self.lowest:
            self.lowest, self.left = loss, self.patience
        elif self.left:
            self.left -= 1
        else:
            self.lowered, self.left = self.lowered + 1, self.patience
        return max(self.lr * self.factor**self.lowered, self.min_lr)


@question.accepts("remembers when the last progress was, by the number of the step")
class StepNumbers:
    def __init__(self, lr, factor, patience, min_lr):
        self.lr, self.factor, self.patience, self.min_lr = lr, factor, patience, min_lr
        self.losses, self.since = [math.inf], 0

    def step(self, loss):
        self.losses.append(math.inf if math.isnan(loss) else loss)
        now = len(self.losses) - 1
        if self.losses[now] < min(self.losses[:now]):
            self.since = now
        elif now - self.since == self.patience + 1:
            self.since, self.lr = now, max(self.lr * self.factor, self.min_lr)
        return self.lr


@question.accepts("a generator inside")
class Generated:
    def __init__(self, lr, factor, patience, min_lr):
        def rates(lr):
            best, count = math.inf, 0
            while True:
                loss = yield lr
                if loss < best:
                    best, count = loss, 0
                else:
                    count += 1
                if count == patience + 1:
                    lr, count = max(min_lr, lr * factor), 0

        self.rates = rates(lr)
        next(self.rates)

    def step(self, loss):
        return self.rates.send(loss)


@question.accepts("torch's own scheduler, without its threshold, on an optimizer of nothing")
class Torchs:
    def __init__(self, lr, factor, patience, min_lr):
        self.optimizer = torch.optim.SGD([torch.zeros(1)], lr=lr)
        self.scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            self.optimizer, factor=factor, patience=patience, min_lr=min_lr, threshold=0, eps=0
        )

    def step(self, loss):
        self.scheduler.step(loss)
        return self.optimizer.param_groups[0]["lr"]


question.misconception(
    "one_step_early",
    "You lower the learning rate when the count reaches patience. It takes one step more: the count must be more than "
    "patience.",
    seen="schedulers that count the patience from 1; Keras does",
    convention=True,
    replace=("if self.bad > self.patience:", "if self.bad >= self.patience:"),
)
question.misconception(
    "count_kept_at_improvement",
    "You keep the count when the loss improves. Only steps in a row count: an improvement sets it back to 0.",
    seen="a count that is reset in one of two places",
    replace=("            self.best = loss\n            self.bad = 0", "            self.best = loss"),
)
question.misconception(
    "count_kept_at_lowering",
    "You keep the count when you lower the learning rate, so that it falls at every step from then on. Start the count "
    "again at 0.",
    seen="a count that is reset in one of two places",
    replace=("            self.bad -= self.bad\n", ""),
)
question.misconception(
    "previous_loss",
    "You compare each loss with the one before. Compare it with the best so far.",
    seen="early stopping that looks at the last two epochs",
    replace=("            self.bad += 1", "            self.bad += 1\n            self.best = loss"),
)
question.misconception(
    "best_forgotten",
    "You forget the best loss when you lower the learning rate. It is kept.",
    seen="a scheduler whose reset is called at each lowering",
    replace=("self.bad -= self.bad", "self.bad, self.best = 0, math.inf"),
)
question.misconception(
    "equal_improves",
    "You take an equal loss for an improvement. Only a lower one is.",
    seen="<= for <",
    replace=("loss < self.best", "loss <= self.best"),
)
question.misconception(
    "nan_improves",
    "You take NaN for an improvement, and after that everything. No comparison with NaN is true, so ask whether the "
    "loss is lower, not whether it is at least as high.",
    seen="the two branches of the comparison exchanged",
    replace=("if loss < self.best:", "if not loss >= self.best:"),
)
question.misconception(
    "min_lr_ignored",
    "Your learning rate falls below min_lr. It should stop there.",
    seen="min_lr stored and never used",
    replace=("max(self.lr * self.factor, self.min_lr)", "self.lr * self.factor"),
)
question.misconception(
    "stops_above_min_lr",
    "You don't lower the learning rate at all where that would take it below min_lr. Lower it to min_lr.",
    seen="a check of min_lr before the multiplication",
    replace=(
        "self.lr = max(self.lr * self.factor, self.min_lr)",
        "self.lr = self.lr * self.factor if self.lr * self.factor >= self.min_lr else self.lr",
    ),
)
