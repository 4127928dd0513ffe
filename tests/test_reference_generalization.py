"""Reference kernels of chapter 1 against PyTorch, scikit-learn and finite differences, on random shapes."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from scipy import stats
from sklearn.model_selection import KFold
from torch.nn import functional

from autograder.reference import generalization as kernels

pytestmark = pytest.mark.generalization
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
small = st.integers(1, 6)


def close(found, expected, rtol=1e-9, atol=1e-9):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else np.asarray(expected)
    assert np.asarray(found).dtype == np.float64 and np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


@given(small, st.integers(0, 7), generators)
def test_polynomial_features_evaluate_polynomials(N, degree, rng):
    x, w = rng.normal(size=N), rng.normal(size=degree + 1)
    phi = kernels.polynomial_features(x, degree)
    assert phi.shape == (N, degree + 1)
    close(phi @ w, np.polynomial.Polynomial(w)(x))


def test_polynomial_features_of_zero_and_of_whole_numbers():
    close(kernels.polynomial_features([0, 2], 3), [[1, 0, 0, 0], [1, 2, 4, 8]])


@given(small, small, small, generators)
def test_relu_features_equal_torch(N, D, p, rng):
    x, W, b = rng.normal(size=(N, D)), rng.normal(size=(p, D)), rng.normal(size=p)
    close(kernels.relu_features(x, W, b), functional.linear(*map(torch.tensor, (x, W, b))).relu())


@given(small, small, small, st.booleans(), generators)
def test_least_squares_equals_torch_for_every_rank(N, D, rank, several, rng):
    X = rng.normal(size=(N, rank)) @ rng.normal(size=(rank, D))
    y = rng.normal(size=(N, 2) if several else N)
    s = np.linalg.svd(X, compute_uv=False)[: min(N, D, rank)]
    if s.min() < 1e-4 * s.max():
        return  # nobody can say what the rank is
    pinv = torch.linalg.pinv(torch.tensor(X), rtol=1e-10)
    close(kernels.least_squares_fit(X, y), pinv @ torch.tensor(y), rtol=1e-6, atol=1e-6)


def test_least_squares_of_nothing_is_zero():
    close(kernels.least_squares_fit(np.zeros((3, 2)), np.ones(3)), np.zeros(2))


def test_least_squares_survives_columns_that_are_almost_alike():
    x = np.linspace(0, 1, 30)
    phi = kernels.polynomial_features(x, 13)  # its condition number is about 1e10
    truth = np.cos(x)
    close(phi @ kernels.least_squares_fit(phi, truth), truth, atol=1e-9)


@given(small, small, st.floats(0.01, 5), generators)
def test_ridge_solves_its_normal_equations(N, D, lam, rng):
    X, y = rng.normal(size=(N, D)), rng.normal(size=N)
    w = kernels.ridge_fit(X, y, lam)
    close(X.T @ (X @ w - y) + lam * w, np.zeros(D), atol=1e-7)
    close(kernels.ridge_fit(X, np.stack([y, 2 * y], 1), lam), np.stack([w, 2 * w], 1))


@given(small, small, generators)
def test_ridge_tends_to_the_smallest_least_squares_solution(N, D, rng):
    X = np.linalg.qr(rng.normal(size=(max(N, D), min(N, D))))[0] * rng.uniform(1, 3, min(N, D))
    X = X if N >= D else X.T
    y = rng.normal(size=N)
    close(kernels.ridge_fit(X, y, 1e-9), kernels.least_squares_fit(X, y), atol=1e-6)


@given(st.lists(small, max_size=3), generators)
def test_mean_squared_error_equals_torch(shape, rng):
    prediction, target = rng.normal(size=shape), rng.normal(size=shape)
    p = torch.tensor(prediction, requires_grad=True)
    loss = functional.mse_loss(p, torch.tensor(target))
    loss.backward()
    found, grad = kernels.mean_squared_error(prediction, target)
    close(found, loss)
    close(grad, p.grad)


@given(small, st.integers(2, 6), st.floats(0, 3), generators)
def test_cross_entropy_equals_torch_at_every_size(N, K, size, rng):
    logits, labels = rng.normal(size=(N, K)) * 10**size, rng.integers(0, K, N)
    close(kernels.cross_entropy(logits, labels), functional.cross_entropy(*map(torch.tensor, (logits, labels))))


def test_cross_entropy_of_enormous_logits():
    close(kernels.cross_entropy([[1000.0, 0.0], [-2000.0, 0.0]], [1, 1]), 500.0)


@given(st.integers(1, 8), small, generators)
def test_bias_and_variance_add_up_to_the_error(R, N, rng):
    truth = rng.normal(size=N)
    predictions = rng.normal(2, 3, (R, N))
    bias_squared, variance, error = kernels.bias_variance_decomposition(predictions, truth)
    close(bias_squared + variance, error)
    close(error, functional.mse_loss(torch.tensor(predictions), torch.tensor(np.tile(truth, (R, 1)))))
    close(variance, torch.tensor(predictions).var(dim=0, correction=0).mean())
    at = kernels.bias_and_variance_at(predictions, truth)
    close(at[0].mean(), bias_squared)
    close(at[1].mean(), variance)


@given(st.integers(2, 30), st.data(), generators)
def test_k_fold_is_scikit_learns(N, data, rng):
    k = data.draw(st.integers(2, N))
    permutation = rng.permutation(N)
    folds = kernels.k_fold_indices(permutation, k)
    assert len(folds) == k
    for (train, validation), (_, places) in zip(folds, KFold(k).split(permutation), strict=True):
        np.testing.assert_array_equal(validation, permutation[places])
        assert sorted([*train, *validation]) == list(range(N))


@given(small, generators)
def test_learning_curve_fits_the_first_examples_and_measures_on_them(D, rng):
    X, y = rng.normal(size=(12, D)), rng.normal(size=12)
    X_val, y_val = rng.normal(size=(5, D)), rng.normal(size=5)
    sizes = [D + 1, D + 4, 12]

    def predict(w, X):
        return X @ w

    train, validation = kernels.learning_curve(kernels.least_squares_fit, predict, X, y, X_val, y_val, sizes)
    for i, n in enumerate(sizes):
        w = torch.linalg.lstsq(torch.tensor(X[:n]), torch.tensor(y[:n])[:, None]).solution[:, 0]
        close(train[i], functional.mse_loss(torch.tensor(X[:n]) @ w, torch.tensor(y[:n])), atol=1e-6, rtol=1e-4)
        close(validation[i], functional.mse_loss(torch.tensor(X_val) @ w, torch.tensor(y_val)), atol=1e-6, rtol=1e-4)


@given(st.integers(2, 8), st.integers(1, 7), generators)
def test_one_standard_error_rule_is_what_it_says(K, M, rng):
    errors = rng.uniform(1, 2, (K, M))
    chosen = kernels.one_standard_error_rule(errors)
    means, scale = torch.tensor(errors).mean(0), torch.tensor(errors).std(0) / K**0.5
    best = int(means.argmin())
    limit = means[best] + scale[best]
    assert isinstance(chosen, int) and means[chosen] <= limit and chosen <= best
    assert (means[:chosen] > limit).all()


@given(st.integers(1, 60), st.integers(1, 50), st.floats(0.1, 0.9))
def test_expected_best_accuracy_is_the_mean_of_a_maximum(n, K, p):
    c = np.arange(n + 1)
    F = stats.binom.cdf(c, n, p) ** K
    close(kernels.expected_best_accuracy(n, K, p), np.sum(c * np.diff(F, prepend=0)) / n, atol=1e-8)


def test_expected_best_accuracy_equals_coin_flips():
    flips = np.random.default_rng(0).binomial(50, 0.5, size=(4000, 100)).max(axis=1) / 50
    standard_error = flips.std() / np.sqrt(len(flips))
    assert abs(kernels.expected_best_accuracy(50, 100) - flips.mean()) < 5 * standard_error


@given(st.lists(small, min_size=2, max_size=5), small, generators)
def test_a_collapsed_stack_computes_the_same_and_has_the_narrowest_rank(widths, N, rng):
    layers = [torch.nn.Linear(i, o, dtype=torch.float64) for i, o in zip(widths, widths[1:], strict=False)]
    x = torch.tensor(rng.normal(size=(N, widths[0])))
    W, b = kernels.collapse_linear(
        [layer.weight.detach().numpy() for layer in layers], [layer.bias.detach().numpy() for layer in layers]
    )
    close(x.numpy() @ W.T + b, torch.nn.Sequential(*layers)(x))
    assert np.linalg.matrix_rank(W) <= min(widths)


REFUSED = {
    "degree 0 or more": lambda: kernels.polynomial_features(np.zeros(3), -1),
    "lam is positive": lambda: kernels.ridge_fit(np.eye(2), np.ones(2), 0),
    "different shapes": lambda: kernels.mean_squared_error(np.zeros((3, 1)), np.zeros(3)),
    "into 4 folds": lambda: kernels.k_fold_indices(np.arange(3), 4),
    "into 1 folds": lambda: kernels.k_fold_indices(np.arange(3), 1),
}


@pytest.mark.parametrize("says", REFUSED)
def test_what_is_undefined_is_refused(says):
    with pytest.raises(ValueError, match=says):
        REFUSED[says]()
