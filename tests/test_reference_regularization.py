"""Regularization's kernels against torch to 1e-12, scikit-learn, finite differences and theory, in float64."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from sklearn.linear_model import ElasticNet, Ridge

from autograder.reference import optimizers
from autograder.reference import regularization as kernels
from autograder.reference import regularization_paths as paths

pytestmark = pytest.mark.regularization
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
shapes = st.lists(st.integers(1, 4), max_size=3).map(tuple)
strengths = st.floats(0, 3)


def close(found, expected, rtol=1e-12, atol=1e-12):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


@given(shapes, strengths, st.floats(0, 1), generators)
def test_penalties_and_their_gradients_equal_autograds(shape, lam, l1_ratio, rng):
    w = rng.normal(size=shape) * rng.choice([0.0, 1.0], shape, p=[0.3, 0.7])
    t = torch.tensor(w, requires_grad=True)
    both = lam * (l1_ratio * t.abs().sum() + (1 - l1_ratio) / 2 * (t**2).sum())
    cases = [
        (kernels.l1_penalty(w, lam), lam * t.abs().sum()),
        (kernels.l2_penalty(w, lam), lam / 2 * (t**2).sum()),
        (kernels.elastic_net_penalty(w, lam, l1_ratio), both),
    ]
    for (value, grad), expected in cases:
        close(value, expected)
        assert grad.shape == shape
        close(grad, torch.autograd.grad(expected, t)[0])  # torch's subgradient of |w| at 0 is 0 too


@given(shapes, strengths, generators)
def test_soft_threshold_is_torchs_softshrink_and_a_minimum(shape, threshold, rng):
    v = rng.normal(0, 2, shape)
    found = kernels.soft_threshold(v, threshold)
    close(found, torch.nn.functional.softshrink(torch.tensor(v), threshold))
    cost = 0.5 * (found - v) ** 2 + threshold * np.abs(found)
    for w in (found - 1e-3, found + 1e-3, 0 * v, v):
        assert np.all(0.5 * (w - v) ** 2 + threshold * np.abs(w) >= cost - 1e-15)


@given(st.floats(0.1, 2), strengths, st.floats(0, 1), generators)
def test_a_proximal_step_minimizes_the_model_it_stands_for(lr, lam, l1_ratio, rng):
    w, grad = rng.normal(size=5), rng.normal(size=5)
    found = kernels.proximal_step(w, grad, lr, lam, l1_ratio)

    def model(z):
        return grad @ (z - w) + ((z - w) ** 2).sum() / (2 * lr) + kernels.elastic_net_penalty(z, lam, l1_ratio)[0]

    assert all(model(found + move) >= model(found) - 1e-12 for move in 0.01 * rng.normal(size=(20, 5)))
    plain = kernels.soft_threshold(w - lr * grad, lr * lam)
    close(kernels.proximal_step(w, grad, lr, lam), plain)


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_decay_before_adams_step_is_adamw_and_before_sgds_is_an_l2_penalty(weight_decay):
    rng, lr = np.random.default_rng(6), 0.05
    param = rng.normal(size=(3, 4))
    theta, plain = (torch.tensor(param, requires_grad=True) for _ in range(2))
    adamw = torch.optim.AdamW([theta], lr=lr, weight_decay=weight_decay)
    sgd = torch.optim.SGD([plain], lr=lr, weight_decay=weight_decay)
    mine, own, state = param, param, optimizers.initial_state(optimizers.adam_step, param)
    for _ in range(20):
        grad = rng.normal(size=param.shape)
        theta.grad, plain.grad = torch.tensor(grad), torch.tensor(grad)
        adamw.step()
        sgd.step()
        mine, state = optimizers.adam_step(kernels.decay(mine, lr, weight_decay), grad, state, lr)
        own = kernels.decay(own, lr, weight_decay) - lr * grad
    close(mine, theta)
    close(own, plain)


def problem(rng, N, D):
    X, _, _ = paths.standardize(rng.normal(size=(N, D)) @ rng.normal(size=(D, D)))
    y = X @ rng.normal(size=D) + rng.normal(size=N)
    return X, y - y.mean()


@settings(max_examples=20)
@given(st.integers(4, 12), st.integers(2, 15), st.floats(0.05, 0.9), st.sampled_from([0.3, 0.7, 1.0]), generators)
def test_coordinate_descent_ends_at_scikit_learns_minimum(N, D, share, l1_ratio, rng):
    X, y = problem(rng, N, D)
    lam = share * paths.largest_lam(X, y, l1_ratio)
    w = paths.coordinate_descent(X, y, lam, l1_ratio)
    assert paths.subgradient_violation(X, y, w, lam, l1_ratio) < 1e-9 * paths.largest_lam(X, y)
    theirs = ElasticNet(lam, l1_ratio=l1_ratio, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(X, y).coef_
    assert paths.objective(X, y, w, lam, l1_ratio) <= paths.objective(X, y, theirs, lam, l1_ratio) + 1e-9
    if D < N or l1_ratio < 1:  # the minimum is at one place only
        close(w, theirs, rtol=1e-3, atol=1e-4)


@given(st.integers(3, 9), st.integers(1, 12), st.floats(0.01, 10), generators)
def test_ridge_equals_scikit_learns_and_has_no_gradient_left(N, D, lam, rng):
    X, y = rng.normal(size=(N, D)), rng.normal(size=N)
    w = paths.ridge(X, y, lam)
    close(w, Ridge(N * lam, fit_intercept=False, solver="svd").fit(X, y).coef_, rtol=1e-8, atol=1e-10)
    assert paths.subgradient_violation(X, y, w, lam, 0.0) < 1e-10


def test_proximal_steps_reach_exact_zeros_and_the_minimum_where_subgradient_steps_reach_neither():
    rng = np.random.default_rng(1)
    X, y = problem(rng, 15, 30)
    lam = 0.4 * paths.largest_lam(X, y)
    exact = paths.coordinate_descent(X, y, lam)
    proximal = paths.proximal_gradient(X, y, lam, steps=20_000)
    subgradient = paths.subgradient_descent(X, y, lam, steps=20_000)
    costs = [paths.objective(X, y, w, lam) for w in proximal[::50]]
    assert np.all(np.diff(costs) <= 1e-12)  # never up, with this learning rate
    close(costs[-1], paths.objective(X, y, exact, lam), rtol=1e-6)
    assert 0 < np.count_nonzero(exact) < 15
    np.testing.assert_array_equal(proximal[-1] == 0, exact == 0)
    assert np.all(subgradient[-1] != 0)


def test_paths_start_at_nothing_and_end_at_least_squares():
    rng = np.random.default_rng(2)
    X, y = problem(rng, 30, 4)
    fitted = np.linalg.lstsq(X, y, rcond=None)[0]
    for l1_ratio in (0.0, 0.5, 1.0):
        top = paths.largest_lam(X, y, l1_ratio or 1e-6)
        found = paths.path(X, y, [top, 0.1 * top, 1e-13 * top], l1_ratio)
        assert found.shape == (3, 4)
        close(found[0], np.zeros(4), atol=1e-4 if l1_ratio == 0 else 0)
        close(found[-1], fitted, rtol=1e-4)
    assert np.any(paths.coordinate_descent(X, y, 0.99 * paths.largest_lam(X, y)) != 0)


def test_standardize_leaves_a_constant_column_at_zero():
    X = np.column_stack([np.full(5, 7.3), np.arange(5.0)])
    Z, mean, std = paths.standardize(X)
    close(Z[:, 0], np.zeros(5), atol=1e-14)
    close(Z[:, 1].std(), 1)
    close(Z * std + mean, X)
    Z[0, 1] = 9  # the input isn't touched
    assert X[0, 1] == 0


def test_stopping_gradient_descent_early_resembles_ridge():
    """Along each eigenvector both shrink: by 1 - (1 - lr s)^t against s / (s + 1 / (lr t)), never 0.3 apart."""
    X, y = problem(np.random.default_rng(3), 40, 5)
    lr = paths.largest_step(X)
    stopped = paths.gradient_descent(X, y, 200)
    full = np.linalg.norm(stopped[-1])
    for t in (1, 5, 30, 200):
        assert np.linalg.norm(stopped[t] - paths.ridge(X, y, 1 / (lr * t))) < 0.3 * full


@given(shapes, st.floats(0, 0.95), st.booleans(), generators)
def test_dropout_and_its_gradient_equal_autograds(shape, p, training, rng):
    x, grad_out, keep = rng.normal(size=shape), rng.normal(size=shape), rng.random(shape) >= p
    t = torch.tensor(x, requires_grad=True)
    out = t * torch.tensor(keep) / (1 - p) if training else t * 1
    close(kernels.dropout_forward(x, keep, p, training), out)
    close(kernels.dropout_backward(grad_out, keep, p, training), torch.autograd.grad(out, t, torch.tensor(grad_out))[0])


def test_dropout_of_everything_is_zero_as_torchs():
    x = np.array([1.0, -2.0])
    np.testing.assert_array_equal(
        kernels.dropout_forward(x, np.zeros(2, bool), 1.0), torch.dropout(torch.tensor(x), 1.0, True)
    )


@given(st.integers(1, 6), st.floats(0.05, 0.9), generators)
def test_the_submodels_geometric_mean_is_the_layer_without_dropout(D, p, rng):
    x, W, b = rng.normal(size=D), rng.normal(size=(3, D)), rng.normal(size=3)
    probabilities, weights = kernels.submodels(x, W, b, p)
    assert probabilities.shape == (2**D, 3) and len(np.unique(kernels.all_masks(D), axis=0)) == 2**D
    close(weights.sum(), 1)
    close(kernels.geometric_mean(probabilities, weights), kernels.softmax(W @ x + b), rtol=1e-9)


def test_dropout_raises_the_variance_as_the_formula_says():
    rng, p, mean, std = np.random.default_rng(4), 0.3, 1.5, 0.8
    x = rng.normal(mean, std, 400_000)
    dropped = kernels.dropout_forward(x, rng.random(x.shape) >= p, p)
    close(dropped.var() / x.var(), kernels.variance_shift(p, mean, std**2), rtol=0.01)


@given(st.integers(1, 6), st.integers(2, 5), st.floats(0, 0.9), st.sampled_from([1.0, 300.0]), generators)
def test_label_smoothing_equals_torchs(N, K, epsilon, size, rng):
    logits, labels = size * rng.normal(size=(N, K)), rng.integers(0, K, N)
    t = torch.tensor(logits, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(t, torch.tensor(labels), label_smoothing=epsilon)
    loss, grad = kernels.label_smoothing_loss(logits, labels, epsilon)
    close(loss, expected)
    close(grad, torch.autograd.grad(expected, t)[0])


@given(st.integers(1, 5), st.integers(1, 6), generators)
def test_an_ensembles_error_is_its_members_less_their_diversity(M, N, rng):
    predictions, targets = rng.normal(size=(M, N, 2)), rng.normal(size=(N, 2))
    error, members, diversity = kernels.ambiguity_decomposition(predictions, targets)
    close(error, members - diversity)
    close(error, ((predictions.mean(0) - targets) ** 2).mean())
    logits = rng.normal(size=(M, N, 3))
    close(kernels.ensemble_predict(logits), torch.softmax(torch.tensor(logits), -1).mean(0))


@given(st.integers(1, 40), st.sampled_from([1, 4, 7, 10]), generators)
def test_calibration_error_is_its_definition(N, n_bins, rng):
    probabilities, labels = rng.dirichlet([0.4] * 3, N), rng.integers(0, 3, N)
    total = 0.0
    for b in range(n_bins):
        inside = [i for i in range(N) if b / n_bins < probabilities[i].max() <= (b + 1) / n_bins]
        if inside:
            right = sum(int(probabilities[i].argmax() == labels[i]) for i in inside)
            total += abs(right - sum(probabilities[i].max() for i in inside)) / N
    close(kernels.expected_calibration_error(probabilities, labels, n_bins), total)


def test_a_confidence_on_the_border_belongs_to_the_bin_below():
    probabilities = np.array([[0.75, 0.25], [0.5, 0.5], [0.25, 0.75], [0.0, 1.0]])
    count, accuracy, confidence = kernels.reliability(probabilities, [0, 1, 0, 1], 4)
    np.testing.assert_array_equal(count, [0, 1, 2, 1])
    np.testing.assert_array_equal(accuracy, [np.nan, 0, 0.5, 1])
    np.testing.assert_array_equal(confidence, [np.nan, 0.5, 0.75, 1])
    close(kernels.expected_calibration_error(probabilities, [0, 1, 0, 1], 4), (0.5 + 2 * 0.25 + 0) / 4)
    close(kernels.overconfidence(probabilities, [0, 1, 0, 1]), 0.75 - 0.5)


@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0])
def test_temperature_undoes_a_scale_and_has_the_smallest_loss(scale):
    rng = np.random.default_rng(7)
    logits = rng.normal(0, 2, (4000, 5))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)  # drawn from softmax(logits)
    T = kernels.fit_temperature(scale * logits, labels)
    assert abs(T / scale - 1) < 0.1

    def loss(T):
        return kernels.label_smoothing_loss(scale * logits / T, labels, 0.0)[0]

    assert loss(T) < min(loss(1.001 * T), loss(0.999 * T), loss(1.0) + 1e-12)
    calibrated = kernels.softmax(scale * logits / T)
    assert kernels.expected_calibration_error(calibrated, labels) < 0.05


gradients = st.lists(shapes, min_size=1, max_size=3)


@given(gradients, st.floats(0.1, 5), st.sampled_from([0.0, 0.01, 1.0, 1e3]), generators)
def test_clipping_equals_torchs(sizes, limit, size, rng):
    grads = [size * rng.normal(size=s) for s in sizes]
    for ours, theirs in ((kernels.clip_grad_norm, "clip_grad_norm_"), (kernels.clip_grad_value, "clip_grad_value_")):
        params = [torch.zeros(s, dtype=torch.float64, requires_grad=True) for s in sizes]
        for param, grad in zip(params, grads, strict=True):
            param.grad = torch.tensor(grad)
        norm, found = getattr(torch.nn.utils, theirs)(params, limit), ours(grads, limit)
        if ours is kernels.clip_grad_norm:
            found, total = found
            close(total, norm)
        for f, param in zip(found, params, strict=True):
            close(f, param.grad)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan, 1e200])
def test_a_norm_that_is_not_finite_is_an_error(bad):
    with pytest.raises(ValueError, match="finite"):
        kernels.clip_grad_norm([np.ones(2), np.array([1.0, bad])], 1.0)


@given(generators)
def test_the_recurrent_units_gradient_equals_autograds(rng):
    w, b = rng.uniform(-2, 6, 4), rng.uniform(-3, 1, 4)
    tw, tb = (torch.tensor(a, requires_grad=True) for a in (w, b))
    h = torch.full((4,), 0.5, dtype=torch.float64)
    for _ in range(12):
        h = tw * torch.sigmoid(h) + tb
    expected = (torch.sigmoid(h) - 0.7) ** 2
    found = kernels.recurrent_unit(w, b, steps=12)
    close(found[0], expected, rtol=1e-9)
    for f, e in zip(found[1:], torch.autograd.grad(expected.sum(), (tw, tb)), strict=True):
        close(f, e, rtol=1e-9)
    loss, grad_w, grad_b = kernels.recurrent_unit(w[:, None], b)
    assert loss.shape == grad_w.shape == grad_b.shape == (4, 4)


def test_early_stopping_counts_steps_without_a_real_improvement():
    stopping = kernels.EarlyStopping(patience=2, min_delta=0.1)
    assert [stopping.step(m) for m in (5.0, 4.0, 3.95, 3.8, float("nan"), 3.75)] == [False] * 5 + [True]
    assert stopping.best == 3.8 and stopping.best_step == 3
    nothing = kernels.EarlyStopping(patience=1)
    assert nothing.step(float("nan")) is True and nothing.best_step is None
