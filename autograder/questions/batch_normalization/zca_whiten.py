"""zca_whiten: decorrelate the features and stay as close to them as can be."""

import numpy as np

from autograder.compare import to_array
from autograder.question import Property, Question, Tolerance, inputs_unharmed
from autograder.reference import batch_normalization as reference

from . import inputs


def correlated(rng):
    """x (N, D) whose covariance has eigenvalues of about 0.6, 1.6, 3.5 and 8, for the default eps."""
    N, D = int(rng.integers(9, 13)), int(rng.integers(3, 5))
    sphere = np.linalg.qr(inputs.standardized(rng.normal(size=(N, D)), 0))[0] * np.sqrt(N)  # covariance I
    deviations = np.sqrt(np.array([0.6, 1.6, 3.5, 8.0][:D]) * rng.uniform(0.9, 1.1, D))
    directions = np.linalg.qr(rng.normal(size=(D, D)))[0]
    mean = rng.uniform(1, 4, D) * rng.choice([-1, 1], D)
    return {"x": sphere * deviations @ directions + mean}


def large_eps(rng):
    return correlated(rng) | {"eps": inputs.large_eps(rng)}


def up_to_signs(case):
    """The columns in an order and with signs of their own: an eigenvector may come out either way round."""
    z = to_array(case.output)
    if z is None or z.ndim != 2:
        return case.output
    z = z[:, np.argsort((z**4).sum(axis=0))]
    return z * np.sign((z**3).sum(axis=0))


question = Question(
    name="zca_whiten",
    assignment="04_batch_normalization",
    reference=reference.zca_whiten,
    result_name="z",
    properties=[
        Property(
            "value", 2.5, correlated, "a batch of correlated features, x of shape (N, D)", fingerprint=up_to_signs
        ),
        Property("eps", 1, large_eps, "a batch with an eps about as large as the eigenvalues", fingerprint=up_to_signs),
        Property("inputs unharmed", 0.5, correlated, "any batch", judge=inputs_unharmed, fingerprint=up_to_signs),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-4,
        why="float32 answers use a hundredth of it; the nearest misconception (a covariance divided by N - 1) "
        "exceeds it 300 times",
    ),
    stuck="My whitened features are still correlated, or rotated",
)


@question.accepts("from the singular values of the centred data, without a covariance")
def zca_whiten(x, eps=1e-5):
    centred = x - x.mean(axis=0)
    left, s, right = np.linalg.svd(centred, full_matrices=False)
    return (left * (s / np.sqrt(s**2 / len(x) + eps))) @ right


@question.accepts("finds the inverse root by coupled Newton iterations")
def zca_whiten(x, eps=1e-5):
    centred = x - x.mean(axis=0)
    cov = np.cov(x, rowvar=False, bias=True) + eps * np.eye(x.shape[1])
    size = np.linalg.norm(cov)
    root, inverse = cov / size, np.eye(len(cov))
    for _ in range(40):
        step = 1.5 * np.eye(len(cov)) - 0.5 * inverse @ root
        root, inverse = root @ step, step @ inverse
    return centred @ inverse / np.sqrt(size)


@question.accepts("scales the projections on each eigenvector in a loop")
def zca_whiten(x, eps=1e-5):
    N, D = x.shape
    mean = [sum(column) / N for column in x.T]
    cov = np.array([[sum((x[:, i] - mean[i]) * (x[:, j] - mean[j])) / N for j in range(D)] for i in range(D)])
    values, vectors = np.linalg.eig(cov)
    z = np.zeros((N, D))
    for value, vector in zip(values, vectors.T, strict=True):
        z += np.outer((x - mean) @ vector, vector) / (value + eps) ** 0.5
    return z


@question.accepts("in float32 through torch, by the singular vectors of the covariance")
def zca_whiten(x, eps=1e-5):
    import torch

    x = torch.tensor(x, dtype=torch.float32)
    x = x - x.mean(0)
    u, s, _ = torch.linalg.svd(x.T @ x / x.shape[0])
    return x @ (u @ torch.diag((s + eps).rsqrt()) @ u.T)


question.misconception(
    "pca_whitening",
    "This is PCA whitening: you stopped in the basis of the eigenvectors. ZCA rotates back, so that each feature stays "
    "as close as can be to the one it came from.",
    seen="the question 'what is the difference between ZCA whitening and PCA whitening' on Cross Validated",
    replace=(
        "vectors @ np.diag(1 / np.sqrt(values + eps)) @ vectors.T",
        "vectors @ np.diag(1 / np.sqrt(values + eps))",
    ),
)
question.misconception(
    "cholesky_whitening",
    "You whitened with a triangular factor. The features are uncorrelated, but ZCA's matrix is the symmetric inverse "
    "root of the covariance.",
    seen="whitening by Cholesky decomposition, another member of the same family",
    source="""
    def zca_whiten(x, eps=1e-5):
        centred = x - x.mean(axis=0)
        cov = centred.T @ centred / len(x) + eps * np.eye(x.shape[1])
        return centred @ np.linalg.inv(np.linalg.cholesky(cov)).T
    """,
)
question.misconception(
    "not_centred",
    "You never subtracted the mean. The covariance is measured around it, and the result has mean 0.",
    seen="keras-team/keras#7792: the product of x with itself taken for a covariance",
    replace=("centred = x - x.mean(axis=0)", "centred = x"),
)
question.misconception(
    "mean_left_in",
    "You centred x for the covariance, but whitened x with its mean still in. Whiten the centred features.",
    seen="np.cov centres by itself, and the answer is then x times the whitening matrix",
    replace=("return centred @ whiten", "return x @ whiten"),
)
question.misconception(
    "divided_by_n_minus_1",
    "You divided the covariance by N minus 1. Here it divides by N.",
    seen="np.cov, which is unbiased by default",
    replace=("centred.T @ centred / len(x)", "centred.T @ centred / (len(x) - 1)"),
)
question.misconception(
    "divided_by_features",
    "You divided the covariance by the number of features. It is an average over the examples: divide by N.",
    seen="keras-team/keras#4181",
    replace=("centred.T @ centred / len(x)", "centred.T @ centred / x.shape[1]"),
)
question.misconception(
    "not_averaged",
    "You took the sum of the products for the covariance. Divide it by N.",
    seen="a covariance written as x.T @ x",
    replace=("centred.T @ centred / len(x)", "centred.T @ centred"),
)
question.misconception(
    "no_root",
    "You divided by the eigenvalues. Divide by their square roots: an eigenvalue is a variance.",
    seen="jatinshah/ufldl_tutorial#2",
    replace=("1 / np.sqrt(values + eps)", "1 / (values + eps)"),
)
question.misconception(
    "root_not_inverted",
    "You multiplied by the roots of the eigenvalues. Whitening divides by them.",
    seen="the inverse root mistaken for the root",
    replace=("1 / np.sqrt(values + eps)", "np.sqrt(values + eps)"),
)
question.misconception(
    "only_standardized",
    "You gave each feature variance 1 and left them correlated. Whitening uses the whole covariance, not its diagonal.",
    seen="standardization called whitening",
    source="""
    def zca_whiten(x, eps=1e-5):
        centred = x - x.mean(axis=0)
        return centred / np.sqrt(x.var(axis=0) + eps)
    """,
)
question.misconception(
    "eigenvectors_as_rows",
    "You used the rows of the matrix of eigenvectors. np.linalg.eigh returns them as columns.",
    seen="a public question that divides the rows of the eigenvectors' matrix by the eigenvalues",
    replace=(
        "vectors @ np.diag(1 / np.sqrt(values + eps)) @ vectors.T",
        "vectors.T @ np.diag(1 / np.sqrt(values + eps)) @ vectors",
    ),
)
question.misconception(
    "eps_left_out",
    "You left eps out. It is added to each eigenvalue, so that a direction without variance isn't divided by 0.",
    seen="the textbook formula, which has no eps",
    replace=("np.sqrt(values + eps)", "np.sqrt(values)"),
)
question.misconception(
    "eps_outside_root",
    "You added eps to the root of the eigenvalues. Add it to the eigenvalues, under the root.",
    seen="sqrt(s) + eps, in preprocessing code",
    replace=("np.sqrt(values + eps)", "(np.sqrt(values) + eps)"),
)
question.misconception(
    "in_place",
    "Your values are right, but you centred x itself. Return a new array and leave the input as it was.",
    seen="x -= x.mean(axis=0)",
    replace=("centred = x - x.mean(axis=0)", "x -= x.mean(axis=0); centred = x"),
)
