"""linear_probe: ridge regression on one-hot labels, with an intercept that isn't penalized."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import backbones as reference


def examples(rng, N, D, K, empty=None):
    """Features away from 0, on scales of their own, that know something about the labels; classes of unequal size."""
    present = [k for k in range(K) if k != empty]
    shares = np.arange(1.0, len(present) + 1)
    labels = np.concatenate([present, rng.choice(present, N - len(present), p=shares / shares.sum())])
    rng.shuffle(labels)
    centres = rng.normal(0, 1.5, (K, D))
    offset = rng.uniform(1, 2, D) * rng.choice([-1, 1], D)
    features = (centres[labels] + rng.normal(size=(N, D))) * rng.uniform(0.5, 2, D) + offset
    return {"features": features, "labels": labels, "num_classes": K, "lam": float(rng.uniform(2, 5))}


def many(rng):
    return examples(rng, int(rng.integers(20, 26)), 5, 3)


def few(rng):
    return examples(rng, 7, 9, 3)


def with_an_empty_class(rng):
    """A class in the middle has no examples."""
    return examples(rng, 15, 4, 5, empty=int(rng.integers(1, 4)))


def without_the_last(rng):
    return examples(rng, 15, 4, 4, empty=3)


question = Question(
    name="linear_probe",
    assignment="08_backbones",
    reference=reference.linear_probe,
    outputs=("W", "b"),
    properties=[
        Property("value", 2.5, many, "more examples than features"),
        Property("few examples", 1, few, "fewer examples than features"),
        Property("an empty class", 0.5, with_an_empty_class, "a class in the middle without examples"),
        Property("no examples of the last class", 0.5, without_the_last, "no examples of the last class", cases=1),
        Property("inputs unharmed", 0.5, many, "any features", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=2e-3,
        atol=2e-4,
        why="float32 answers by the normal equations, whose condition is below 1000, err by about 1e-5; the nearest "
        "misconception by more than 1e-2",
    ),
    forbids=(
        "sklearn.linear_model.Ridge",
        "sklearn.linear_model.RidgeClassifier",
        "sklearn.linear_model.ridge_regression",
        "sklearn.linear_model.RidgeCV",
        "sklearn.kernel_ridge.KernelRidge",
    ),
    equivalent_mutants={
        "F, Y = features - mean_f, targets + mean_y": "F is centred: what is constant in Y drops out of F.T @ Y",
    },
    stuck="My probe or head is off",
)

question.accepts(
    "a column of ones, without a penalty at its place",
    """
    def linear_probe(features, labels, num_classes, lam):
        N, D = features.shape
        larger = np.hstack([features, np.ones((N, 1))])
        Y = (np.asarray(labels)[:, None] == np.arange(num_classes)).astype(float)
        both = np.linalg.solve(larger.T @ larger + np.diag([lam] * D + [0.0]), larger.T @ Y)
        return both[:D].T, both[D]
    """,
)
question.accepts(
    "least squares with additional rows",
    """
    def linear_probe(features, labels, num_classes, lam):
        N, D = features.shape
        Y = np.zeros((N, num_classes))
        Y[np.arange(N), labels] = 1
        rows = np.vstack([np.c_[features, np.ones(N)], np.c_[np.sqrt(lam) * np.eye(D), np.zeros(D)]])
        solution, *_ = np.linalg.lstsq(rows, np.vstack([Y, np.zeros((D, num_classes))]), rcond=None)
        return [solution[:-1].T, solution[-1]]
    """,
)
question.accepts(
    "the dual: a system as large as the number of examples",
    """
    def linear_probe(features, labels, num_classes, lam):
        Y = np.eye(num_classes)[labels]
        centre = np.eye(len(Y)) - 1 / len(Y)
        F = centre @ features
        a = np.linalg.inv(F @ F.T + lam * np.eye(len(F))) @ (centre @ Y)
        W = a.T @ F
        return W, (Y - features @ W.T).mean(axis=0)
    """,
)
question.accepts(
    "singular values, in float32 with torch",
    """
    import torch

    def linear_probe(features, labels, num_classes, lam):
        F = torch.tensor(features, dtype=torch.float32)
        Y = torch.nn.functional.one_hot(torch.as_tensor(labels), num_classes).float()
        mean = F.mean(0)
        U, s, Vt = torch.linalg.svd(F - mean, full_matrices=False)
        W = (Vt.T @ torch.diag(s / (s**2 + lam)) @ U.T @ Y).T
        return W, Y.mean(0) - W @ mean
    """,
)
question.accepts(
    "class by class, by conjugate gradients",
    """
    def linear_probe(features, labels, num_classes, lam):
        mean = features.mean(axis=0)
        F = features - mean
        W = np.zeros((num_classes, F.shape[1]))
        for k in range(num_classes):
            r = F.T @ (np.asarray(labels) == k).astype(float)
            d = r.copy()
            for _ in range(5 * len(r)):
                if r @ r < 1e-24:
                    break
                Ad = F.T @ (F @ d) + lam * d
                step = (r @ r) / (d @ Ad)
                W[k] += step * d
                new = r - step * Ad
                d = new + (new @ new) / (r @ r) * d
                r = new
        b = np.array([np.mean(np.asarray(labels) == k) for k in range(num_classes)]) - W @ mean
        return W, b
    """,
)

question.misconception(
    "intercept_penalized",
    "You penalized the intercept as well: it is pulled towards 0 with the weights. It is free.",
    seen="a column of ones, and lam times the whole identity",
    source="""
    def linear_probe(features, labels, num_classes, lam):
        larger = np.hstack([features, np.ones((len(features), 1))])
        Y = np.eye(num_classes)[labels]
        both = np.linalg.solve(larger.T @ larger + lam * np.eye(larger.shape[1]), larger.T @ Y)
        return both[:-1].T, both[-1]
    """,
)
question.misconception(
    "no_intercept",
    "You fitted no intercept: W is that of a plane through 0, and b is 0.",
    seen="the normal equations for features that aren't centred",
    source="""
    def linear_probe(features, labels, num_classes, lam):
        Y = np.eye(num_classes)[labels]
        W = np.linalg.solve(features.T @ features + lam * np.eye(features.shape[1]), features.T @ Y).T
        return W, np.zeros(num_classes)
    """,
)
question.misconception(
    "intercept_without_mean",
    "Your b is right for centred features. For the features as they are, W times their mean has to be taken off.",
    seen="the intercept of the centred problem returned as it is",
    replace=("mean_y - W @ mean_f", "mean_y"),
)
question.misconception(
    "intercept_sign",
    "You added W times the features' mean to the intercept. It is subtracted.",
    seen="a sign lost while expanding the brackets",
    replace=("mean_y - W @ mean_f", "mean_y + W @ mean_f"),
)
question.misconception(
    "intercept_without_targets",
    "Your intercept lacks the mean of the labels' rows. At the mean of the features the scores are the classes' "
    "shares.",
    seen="both sides centred, one of them forgotten afterwards",
    replace=("mean_y - W @ mean_f", "-W @ mean_f"),
)
question.misconception(
    "mean_loss",
    "You took the mean over the examples, or multiplied lam by their number. Here the loss is a sum.",
    seen="glmnet's objective, with 1/N",
    convention=True,
    replace=("lam * np.eye", "len(F) * lam * np.eye"),
)
question.misconception(
    "half_the_loss",
    "You put a ½ in front of one of the two parts, so lam counts twice as much as it should, or half as much.",
    seen="½ times the squares, without a ½ on the penalty",
    convention=True,
    replace=("lam * np.eye", "2 * lam * np.eye"),
)
question.misconception(
    "half_the_penalty",
    "You put a ½ in front of the penalty alone. Here neither part has one.",
    seen="lam / 2 times the squared norm, as weight decay is written",
    convention=True,
    replace=("lam * np.eye", "lam / 2 * np.eye"),
)
question.misconception(
    "lam_squared",
    "You squared lam. With additional rows for the penalty, these hold its square root.",
    seen="lam times the identity as additional rows of a least-squares problem",
    replace=("lam * np.eye", "lam**2 * np.eye"),
)
question.misconception(
    "no_penalty",
    "lam has no effect on your result: it is plain least squares.",
    seen="np.linalg.lstsq or pinv, and an argument that is never used",
    replace=(
        "np.linalg.solve(F.T @ F + lam * np.eye(F.shape[1]), F.T @ Y).T",
        "np.linalg.lstsq(F, Y, rcond=None)[0].T",
    ),
)
question.misconception(
    "plus_and_minus_one",
    "Your labels are coded as 1 and -1. Here they are 1 and 0.",
    seen="scikit-learn's RidgeClassifier",
    convention=True,
    replace=("np.eye(num_classes)[labels]", "2 * np.eye(num_classes)[labels] - 1"),
)
question.misconception(
    "standardized",
    "You divided the features by their deviations, and returned weights for these. Leave the scale as it is.",
    seen="a pipeline with a StandardScaler",
    replace=("F, Y = features - mean_f,", "F, Y = (features - mean_f) / features.std(axis=0),"),
)
question.misconception(
    "transposed",
    "Your W is (D, K). As the weight of a linear layer it has one row for each class.",
    seen="the solution of the normal equations, as it comes",
    replace=("return W, mean_y - W @ mean_f", "return W.T, mean_y - W @ mean_f"),
)
question.misconception(
    "classes_counted",
    "You counted the classes that occur. There are num_classes, also if the last has no examples.",
    seen="labels.max() + 1, or len(np.unique(labels))",
    replace=("np.eye(num_classes)[labels]", "np.eye(labels.max() + 1)[labels]"),
)
question.misconception(
    "only_classes_that_occur",
    "You left out the classes without examples, which moves those behind them. Each label keeps its own row.",
    seen="LabelBinarizer, or np.unique(labels, return_inverse=True)",
    source="""
    def linear_probe(features, labels, num_classes, lam):
        kinds, index = np.unique(labels, return_inverse=True)
        targets = np.eye(len(kinds))[index]
        mean_f, mean_y = features.mean(axis=0), targets.mean(axis=0)
        F, Y = features - mean_f, targets - mean_y
        W = np.linalg.solve(F.T @ F + lam * np.eye(F.shape[1]), F.T @ Y).T
        b = mean_y - W @ mean_f
        extra = num_classes - len(kinds)
        return np.vstack([W, np.zeros((extra, F.shape[1]))]), np.append(b, np.zeros(extra))
    """,
)
question.misconception(
    "centred_in_place",
    "Your values are right, but you centred the caller's features in place.",
    seen="features -= features.mean(axis=0)",
    replace=(
        "F, Y = features - mean_f, targets - mean_y",
        "features -= mean_f\n    F, Y = features, targets - mean_y",
    ),
)
