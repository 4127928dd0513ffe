"""learning_curve: errors over the size of the training set; how to fit and to predict is handed in."""

import numpy as np

from autograder.question import Property, Question, Tolerance, parts, unharmed
from autograder.reference import generalization as reference


def data(rng):
    """A noisy linear problem whose examples grow from first to last, so that it matters which are taken."""
    N, D = int(rng.integers(15, 19)), 3
    scale = np.linspace(1, 2, N)[:, None]
    X, w = rng.normal(size=(N, D)) * scale, rng.uniform(1, 3, D)
    y = X @ w + rng.normal(0, 1.5, N) + rng.uniform(2, 4) * np.sign(X[:, 0])
    X_val = rng.normal(size=(int(rng.integers(20, 24)), D)) + 0.5
    y_val = X_val @ w + rng.normal(0, 1.5, len(X_val)) + 1
    return {"X": X, "y": y, "X_val": X_val, "y_val": y_val, "sizes": [4, 7, int(rng.integers(10, 13)), N]}


def mixed_sizes(rng):
    """Sizes in an order of their own, one of them twice, none of them all examples."""
    return data(rng) | {"sizes": [9, 4, int(rng.integers(11, 14)), 4, 6]}


def probe(answer, inputs):
    """The learning curve of ridge regression. The model is a dictionary: only predict knows what to do with it."""

    def fit(X, y):
        X, y = np.asarray(X), np.asarray(y)
        return {"w": np.linalg.solve(X.T @ X + 0.3 * np.eye(X.shape[1]), X.T @ y)}

    def predict(model, X):
        return np.asarray(X) @ model["w"]

    return answer(fit, predict, *(inputs[name] for name in ("X", "y", "X_val", "y_val", "sizes")))


question = Question(
    name="learning_curve",
    assignment="01_generalization",
    reference=reference.learning_curve,
    probe=probe,
    outputs=("train_errors", "val_errors"),
    properties=[
        Property("value", 2, data, "sizes that grow", judge=parts("val_errors")),
        Property("training error", 1.5, data, "sizes that grow", judge=parts("train_errors")),
        Property("sizes in any order", 1, mixed_sizes, "sizes in an order of their own"),
        Property("inputs unharmed", 0.5, mixed_sizes, "any data", judge=unharmed()),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-6,
        why="float32 errors use a hundredth of it; the nearest misconception is off by 1e-2",
    ),
    forbids=("sklearn.model_selection.learning_curve",),
    stuck="The example passes, the graded cell fails",
)


@question.accepts("two lists, filled by a loop")
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    train_errors, val_errors = [], []
    for n in sizes:
        model = fit(X[:n], y[:n])
        train_errors.append(((predict(model, X[:n]) - y[:n]) ** 2).mean())
        val_errors.append(((predict(model, X_val) - y_val) ** 2).mean())
    return train_errors, val_errors


@question.accepts("fits all models first, predicts once for all data")
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    models = [fit(X[np.arange(n)], y[np.arange(n)]) for n in sizes]
    everything = np.concatenate([X, X_val])
    squares = [(predict(m, everything) - np.concatenate([y, y_val])) ** 2 for m in models]
    curve = [(s[:n].mean(), s[len(X) :].mean()) for s, n in zip(squares, sizes, strict=True)]
    return tuple(np.array(curve).T)


@question.accepts("remembers the errors by size, smallest size first")
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    def error(model, X, y):
        difference = np.asarray(predict(model, X)) - y
        return float(difference @ difference) / len(y)

    known = {}
    for n in sorted(set(sizes)):
        model = fit(X[:n], y[:n])
        known[n] = error(model, X[:n], y[:n]), error(model, X_val, y_val)
    return np.array([known[n][0] for n in sizes]), np.array([known[n][1] for n in sizes])


@question.accepts("errors in float32 through torch, example by example")
def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
    import torch

    def error(model, X, y):
        total = torch.tensor(0.0)
        for x, target in zip(X, y, strict=True):
            total += (torch.tensor(predict(model, x[None])[0]).float() - float(target)) ** 2
        return total / len(y)

    models = [fit(X[:n], y[:n]) for n in sizes]
    train = torch.stack([error(m, X[:n], y[:n]) for m, n in zip(models, sizes, strict=True)])
    return train, torch.stack([error(m, X_val, y_val) for m in models])


question.misconception(
    "scored_on_everything",
    "You measured the training error on all training data. For a model that saw n examples it is the error on these n.",
    seen="learning curves whose training error falls with n instead of rising",
    replace=("predict(model, X[:n]) - y[:n]", "predict(model, X) - y"),
)
question.misconception(
    "fitted_on_everything",
    "You fitted one model to all the data and only cut what it was measured on. Each size needs a model of its own, "
    "fitted to that many examples.",
    seen="the fit in front of the loop",
    replace=("model = fit(X[:n], y[:n])", "model = fit(X, y)"),
)
question.misconception(
    "scored_on_validation_cut",
    "You cut the validation data to n examples too. It stays the same and whole, or the points can't be compared.",
    seen="every array of a loop sliced alike",
    replace=("predict(model, X_val) - y_val", "predict(model, X_val[:n]) - y_val[:n]"),
)
question.misconception(
    "last_examples",
    "You took the last n examples. Take the first n.",
    seen="X[-n:]",
    replace=(
        "for i, n in enumerate(sizes):\n",
        "X, y = X[::-1], y[::-1]\n    for i, n in enumerate(sizes):\n",
    ),
)
question.misconception(
    "drawn_anew",
    "Your training sets aren't nested: you chose each one anew. Take the first n examples, so that a larger set "
    "contains the smaller one, and neighbouring points differ by the examples that were added.",
    seen="a fresh train_test_split for each size",
    source="""
    def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
        train_errors, val_errors = np.empty(len(sizes)), np.empty(len(sizes))
        for i, n in enumerate(sizes):
            chosen = np.random.default_rng(i).permutation(len(X))[:n]
            model = fit(X[chosen], y[chosen])
            train_errors[i] = np.mean((predict(model, X[chosen]) - y[chosen]) ** 2)
            val_errors[i] = np.mean((predict(model, X_val) - y_val) ** 2)
        return train_errors, val_errors
    """,
)
question.misconception(
    "squares_summed",
    "You added the squared errors up. Sums grow with the number of examples by themselves: take their mean.",
    seen="training errors that rise in a straight line",
    source="""
    def learning_curve(fit, predict, X, y, X_val, y_val, sizes):
        train_errors, val_errors = np.empty(len(sizes)), np.empty(len(sizes))
        for i, n in enumerate(sizes):
            model = fit(X[:n], y[:n])
            train_errors[i] = np.sum((predict(model, X[:n]) - y[:n]) ** 2)
            val_errors[i] = np.sum((predict(model, X_val) - y_val) ** 2)
        return train_errors, val_errors
    """,
)
question.misconception(
    "root",
    "You returned roots of mean squares. Here the error is the mean square itself.",
    seen="RMSE on the axis of learning curves",
    replace=("return train_errors, val_errors", "return np.sqrt(train_errors), np.sqrt(val_errors)"),
)
question.misconception(
    "swapped",
    "You returned the validation errors first. The training errors come first.",
    seen="two curves with each other's label",
    replace=("return train_errors, val_errors", "return val_errors, train_errors"),
)
question.misconception(
    "sorted_sizes",
    "You returned the errors by growing size. They belong in the order in which the sizes were given.",
    seen="for n in sorted(sizes)",
    replace=("enumerate(sizes)", "enumerate(sorted(sizes))"),
)
question.misconception(
    "sizes_sorted_in_place",
    "You sorted the caller's list of sizes. Leave it as it is.",
    seen="sizes.sort()",
    replace=("train_errors, val_errors = np.empty", "sizes.sort()\n    train_errors, val_errors = np.empty"),
)
