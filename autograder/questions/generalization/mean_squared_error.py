"""mean_squared_error: the loss of regression, and its gradient."""

import numpy as np

from autograder.question import Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import generalization as reference


def matrices(rng):
    """Predictions (N, D) and targets that differ by 0.5 to 3, more often up than down."""
    N, D = int(rng.integers(5, 8)), int(rng.integers(2, 5))
    target = rng.uniform(1, 4, (N, D))
    return {"prediction": target + rng.uniform(0.5, 3, (N, D)) * rng.choice([1, 1, -1], (N, D)), "target": target}


def vectors(rng):
    return {name: values[:, 0] for name, values in matrices(rng).items()}


question = Question(
    name="mean_squared_error",
    assignment="01_generalization",
    reference=reference.mean_squared_error,
    outputs=("loss", "grad_prediction"),
    properties=[
        Property("value", 1, matrices, "predictions of shape (N, D)", judge=parts("loss")),
        Property("gradient", 1, matrices, "predictions of shape (N, D)", judge=parts("grad_prediction")),
        Property("vectors", 0.5, vectors, "predictions of shape (N,)"),
        Property("inputs unharmed", 0.5, matrices, "any predictions", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-6,
        why="float32 answers use a hundredth of it; the nearest misconception (a factor of 2) exceeds it 1000 times",
    ),
    forbids=(
        "torch.nn.functional.mse_loss",
        "torch.nn.MSELoss",
        "sklearn.metrics.mean_squared_error",
        "sklearn.metrics.root_mean_squared_error",
    ),
    stuck="All my values are off by the same factor",
)


@question.accepts("a loop over plain floats, the gradient reshaped at the end")
def mean_squared_error(prediction, target):
    differences = [p - t for p, t in zip(prediction.ravel().tolist(), target.ravel().tolist(), strict=True)]
    n = len(differences)
    return sum(d * d for d in differences) / n, np.reshape([2 * d / n for d in differences], prediction.shape)


@question.accepts("by the norm of the difference, a list for a tuple")
def mean_squared_error(prediction, target):
    n = np.prod(prediction.shape)
    return [np.linalg.norm(prediction - target) ** 2 / n, (prediction - target) * (2 / n)]


@question.accepts("multiplied out")
def mean_squared_error(prediction, target):
    products = np.mean(prediction**2) - 2 * np.mean(prediction * target) + np.mean(target**2)
    return products, 2 * prediction / prediction.size - 2 * target / target.size


@question.accepts("in float32 through torch's automatic differentiation")
def mean_squared_error(prediction, target):
    import torch

    p = torch.tensor(prediction, dtype=torch.float32, requires_grad=True)
    loss = (p - torch.tensor(target, dtype=torch.float32)).pow(2).mean()
    loss.backward()
    return loss.item(), p.grad


question.misconception(
    "summed",
    "You added the squares up. The loss is their mean, and the gradient is divided by their number too.",
    seen="torch's reduction='sum'",
    replace=("np.mean(r**2)\n    grad_prediction = 2 * r / r.size", "np.sum(r**2)\n    grad_prediction = 2 * r"),
)
question.misconception(
    "mean_over_examples",
    "You divided by the number of examples. Elsewhere each example's squares are added up; here, as in torch, the mean "
    "is over all elements.",
    seen="the loss as many textbooks write it, one sum over examples and one over outputs",
    convention=True,
    replace=(
        "np.mean(r**2)\n    grad_prediction = 2 * r / r.size",
        "np.sum(r**2) / len(r)\n    grad_prediction = 2 * r / len(r)",
    ),
)
question.misconception(
    "halved",
    "You halved the loss. Some courses do, so that the gradient has no factor 2; here, as in torch, it isn't halved.",
    seen="the cost function 1/(2m) of a well-known course",
    convention=True,
    replace=("np.mean(r**2)\n    grad_prediction = 2 * r", "np.mean(r**2) / 2\n    grad_prediction = r"),
)
question.misconception(
    "root",
    "You returned the root of the mean square. The loss is the mean square itself.",
    seen="RMSE, the measure of many competitions",
    replace=("np.mean(r**2)", "np.sqrt(np.mean(r**2))"),
)
question.misconception(
    "absolute",
    "You averaged sizes of differences. The loss averages their squares.",
    seen="mean absolute error",
    replace=("np.mean(r**2)", "np.mean(np.abs(r))"),
)
question.misconception(
    "gradient_not_divided",
    "Your loss is a mean, but your gradient is that of the sum: divide it by the number of elements.",
    seen="gradients of dozens where finite differences give small numbers",
    replace=("2 * r / r.size", "2 * r"),
)
question.misconception(
    "gradient_without_two",
    "Your gradient lacks the factor 2 that the square brings down.",
    seen="the gradient of the halved loss beside the loss that isn't halved",
    replace=("2 * r / r.size", "r / r.size"),
)
question.misconception(
    "gradient_of_target",
    "Your gradient has the wrong sign: it is the gradient with respect to the target. Moving the prediction up raises "
    "the loss where it is already too high.",
    seen="target - prediction, whose square is the same",
    replace=("2 * r / r.size", "-2 * r / r.size"),
)
question.misconception(
    "in_place",
    "Your values are right, but you wrote the differences into the predictions. Make a new array.",
    seen="prediction -= target",
    replace=("r = prediction - target", "prediction -= target; r = prediction"),
)
