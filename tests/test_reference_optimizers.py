"""The optimizers against torch.optim to 1e-12, the rest against torch, NumPy and finite differences, in float64."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from autograder.reference import optimizers as kernels

pytestmark = pytest.mark.optimizers
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
shapes = st.lists(st.integers(1, 4), max_size=3).map(tuple)
STEPS = 50


def smooth_problem(rng, shape):
    """A loss without kinks, sum of log cosh(a (theta - c)) and a coupling, and its gradient by autograd."""
    a, c, w = (torch.tensor(rng.uniform(0.5, 2, shape)) for _ in range(3))

    def loss(theta):
        return torch.log(torch.cosh(a * (theta - c))).sum() + 0.05 * (w * theta).sum() ** 2

    def gradient(param):
        theta = torch.tensor(param, requires_grad=True)
        loss(theta).backward()
        return theta.grad.numpy()

    return loss, gradient


def as_torch(step, state):
    """This module's state under torch's names."""
    names = {"velocity": "momentum_buffer", "square_sum": "sum", "m": "exp_avg", "v": "exp_avg_sq", "t": "step"}
    found = {names.get(k, k): torch.tensor(float(v) if k == "t" else v) for k, v in state.items()}
    if step in (kernels.adagrad_step, kernels.rmsprop_step):
        found["step"] = torch.tensor(7.0)
    return found


CASES = {  # ours, and torch's with the same settings
    "sgd": (kernels.sgd_step, torch.optim.SGD, {"weight_decay": 0.03}, {}),
    "momentum": (kernels.momentum_step, torch.optim.SGD, {"momentum": 0.85, "weight_decay": 0.03}, {}),
    "dampening": (kernels.momentum_step, torch.optim.SGD, {"momentum": 0.85, "dampening": 0.4}, {}),
    "nesterov": (kernels.nesterov_step, torch.optim.SGD, {"momentum": 0.85, "weight_decay": 0.03}, {"nesterov": True}),
    "adagrad": (kernels.adagrad_step, torch.optim.Adagrad, {"eps": 1e-3}, {}),
    "rmsprop": (kernels.rmsprop_step, torch.optim.RMSprop, {"alpha": 0.95, "eps": 1e-3}, {}),
    "adam": (kernels.adam_step, torch.optim.Adam, {"beta1": 0.8, "beta2": 0.97, "eps": 1e-3, "weight_decay": 0.03}, {}),
    "adamw": (kernels.adamw_step, torch.optim.AdamW, {"beta1": 0.8, "beta2": 0.97, "eps": 1e-3}, {}),
    "adamw, decay": (kernels.adamw_step, torch.optim.AdamW, {"weight_decay": 0.4}, {}),
}


START, LATER = "from the start", "from a state that is not zero"
UNLIKE = {("dampening", START)}  # torch alone leaves the very first gradient undampened


@pytest.mark.parametrize(("name", "state"), [(n, s) for n in CASES for s in (START, LATER) if (n, s) not in UNLIKE])
def test_fifty_steps_equal_torch_to_twelve_digits(name, state):
    step, make, ours, more = CASES[name]
    rng = np.random.default_rng([len(name), len(state)])
    shape, lr = (3, 4), 0.07
    param = rng.normal(1, 1, shape)
    loss, gradient = smooth_problem(rng, shape)
    theta = torch.tensor(param, requires_grad=True)
    betas = {"betas": (ours["beta1"], ours["beta2"])} if "beta1" in ours else {}
    theirs = {k: v for k, v in ours.items() if not k.startswith("beta")} | betas | more
    optimizer = make([theta], lr=lr, **theirs)
    now = kernels.initial_state(step, param)
    if state == LATER:
        now = {k: 5 if k == "t" else rng.uniform(0.3, 2, shape) for k in now}
        if now:
            optimizer.state[theta] = as_torch(step, now)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(theta).backward()
        optimizer.step()
        param, now = step(param, gradient(param), now, lr=lr, **ours)
        np.testing.assert_allclose(param, theta.detach().numpy(), rtol=1e-12, atol=1e-12)
    for key, value in as_torch(step, now).items():
        if key not in ("step", "momentum_buffer") or name in ("momentum", "nesterov"):
            np.testing.assert_allclose(value, optimizer.state[theta][key], rtol=1e-11, atol=1e-12)
    if "t" in now:
        assert now["t"] == int(optimizer.state[theta]["step"])


@given(shapes, generators, st.sampled_from(sorted(kernels.INITIAL)))
def test_a_step_works_on_any_shape_and_changes_nothing_in_place(shape, rng, name):
    step = getattr(kernels, name)
    param, grad = rng.normal(size=shape), rng.normal(size=shape)
    state = {k: 3 if k == "t" else rng.uniform(0.1, 1, shape) for k in kernels.INITIAL[name]}
    before = param.copy(), grad.copy(), {k: np.copy(v) for k, v in state.items()}
    new, after = step(param, grad, state, lr=0.1)
    assert new.shape == shape and new.dtype == np.float64 and after.keys() == state.keys()
    np.testing.assert_array_equal(param, before[0])
    np.testing.assert_array_equal(grad, before[1])
    for key in state:
        np.testing.assert_array_equal(state[key], before[2][key])


def test_momentum_in_three_conventions_takes_one_path():
    surface = kernels.ravine(angle=0.3)
    torchs = kernels.descend(kernels.momentum_step, surface.gradient, surface.start, 40, lr=0.02, momentum=0.8)
    inside = kernels.descend(kernels.sutskever_step, surface.gradient, surface.start, 40, lr=0.02, momentum=0.8)
    average = kernels.descend(
        kernels.momentum_step, surface.gradient, surface.start, 40, lr=0.02 / (1 - 0.8), momentum=0.8, dampening=0.8
    )
    np.testing.assert_allclose(inside, torchs, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(average, torchs, rtol=1e-10, atol=1e-12)


def test_torchs_nesterov_iterate_is_the_point_looked_ahead_to():
    surface, lr, momentum = kernels.rosenbrock(), 2e-4, 0.9
    path = kernels.descend(kernels.nesterov_step, surface.gradient, surface.start, 60, lr=lr, momentum=momentum)
    theta, velocity = surface.start.copy(), np.zeros(2)  # the method as it is usually written
    for ahead in path[1:]:
        velocity = momentum * velocity + surface.gradient(kernels.look_ahead(theta, velocity, lr, momentum))
        theta = theta - lr * velocity
        np.testing.assert_allclose(ahead, kernels.look_ahead(theta, velocity, lr, momentum), rtol=1e-10)


def test_adam_without_bias_correction_steps_too_far():
    """At the first step by (1 - 0.9) / sqrt(1 - 0.999) = 3.16, for the defaults."""
    steps = [
        kernels.adam_step(np.zeros(1), np.ones(1), {"m": np.zeros(1), "v": np.zeros(1), "t": 0}, 1.0, bias_correction=b)
        for b in (True, False)
    ]
    np.testing.assert_allclose(steps[1][0] / steps[0][0], 0.1 / np.sqrt(0.001), rtol=1e-6)


def test_descend_hands_the_number_of_the_step_to_a_schedule():
    path = kernels.descend(kernels.sgd_step, np.ones_like, np.zeros(1), 4, lr=lambda t: 10.0**-t)
    np.testing.assert_allclose(path[:, 0], [0, -1, -1.1, -1.11, -1.111])


def rates(schedule, steps):
    """What a torch scheduler does to a learning rate of 0.8, step by step."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.8)
    scheduler, found = schedule(optimizer), []
    for _ in range(steps):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return found


def test_schedules_equal_torch():
    named = torch.optim.lr_scheduler
    t = np.arange(13)
    steps = rates(lambda o: named.StepLR(o, step_size=4, gamma=0.3), 13)
    np.testing.assert_allclose(kernels.step_decay(t, 0.8, 4, 0.3), steps)
    cosine = rates(lambda o: named.CosineAnnealingLR(o, T_max=12, eta_min=0.1), 13)
    np.testing.assert_allclose(kernels.cosine_annealing(t, 0.8, 12, 0.1), cosine)
    np.testing.assert_array_equal(kernels.cosine_annealing([12, 13, 20], 0.8, 12, 0.1), 0.1)
    up = rates(lambda o: named.LinearLR(o, start_factor=1e-12, total_iters=4), 5)
    down = rates(lambda o: named.LinearLR(o, start_factor=1.0, end_factor=0.0, total_iters=8), 9)
    np.testing.assert_allclose(kernels.warmup_linear(t, 0.8, 4, 12), [*up, *down[1:]], atol=1e-11)
    np.testing.assert_allclose(kernels.warmup_linear([0, 6, 12, 15], 0.8, 0, 12), [0.8, 0.4, 0, 0])


@given(st.integers(1, 40), st.integers(1, 12), st.booleans(), generators)
def test_minibatches_are_disjoint_and_cover(N, batch_size, drop_last, rng):
    batches = kernels.minibatch_indices(N, batch_size, rng, drop_last)
    loader = torch.utils.data.DataLoader(range(N), batch_size, shuffle=True, drop_last=drop_last)
    assert [len(b) for b in batches] == [len(b) for b in loader]
    flat = np.concatenate([*batches, np.zeros(0, int)])
    assert len(set(flat.tolist())) == len(flat) and set(flat.tolist()) <= set(range(N))
    assert drop_last or len(flat) == N


@given(st.integers(1, 6), generators)
def test_newton_step_is_torchs_and_lands_on_a_quadratics_minimum(D, rng):
    A = rng.normal(size=(D, D))
    H, g = A @ A.T + np.eye(D), rng.normal(size=D)
    expected = torch.linalg.solve(torch.tensor(H) + 0.3 * torch.eye(D, dtype=torch.float64), torch.tensor(-g))
    np.testing.assert_allclose(kernels.newton_step(g, H, 0.3), expected, rtol=1e-9, atol=1e-12)
    minimum, x = rng.normal(size=D), rng.normal(size=D)
    np.testing.assert_allclose(x + kernels.newton_step(H @ (x - minimum), H), minimum, atol=1e-9)


@given(st.integers(1, 5), generators)
def test_critical_points_by_their_eigenvalues(D, rng):
    Q = np.linalg.qr(rng.normal(size=(D, D)))[0]

    def kind(values, g=0.0):
        return kernels.classify_critical_point(np.full(D, g), Q @ np.diag(values) @ Q.T)

    sizes = rng.uniform(0.1, 3, D)
    assert (kind(sizes), kind(-sizes), kind(sizes, 0.1)) == ("minimum", "maximum", "not critical")
    assert kind(sizes * (np.arange(D) > 0)) == "degenerate"
    if D > 2:
        assert kind(sizes * np.array([1, -1, 0, 0, 0][:D])) == "saddle"


@settings(max_examples=30)
@given(st.integers(1, 5), generators, st.sampled_from([1e-6, 1.0, 1e4]))
def test_hessian_vector_product_equals_autograd(D, rng, size):
    loss, gradient = smooth_problem(rng, (D,))
    x, v = rng.normal(1, 1, D), size * rng.normal(size=D)
    H = torch.autograd.functional.hessian(loss, torch.tensor(x)).numpy()
    np.testing.assert_allclose(kernels.hessian_vector_product(gradient, x, v), H @ v, rtol=1e-6, atol=1e-7 * size)
    np.testing.assert_array_equal(kernels.hessian_vector_product(gradient, x, 0 * v), np.zeros(D))


@given(st.integers(2, 8), generators, st.sampled_from([-1, 1]), st.sampled_from([1e-9, 1.0, 1e9]))
def test_largest_eigenvalue_is_the_one_of_largest_size(D, rng, sign, size):
    Q = np.linalg.qr(rng.normal(size=(D, D)))[0]
    values = size * np.append(sign, rng.uniform(-0.5, 0.5, D - 1))
    A, calls = Q @ np.diag(values) @ Q.T, []

    def matvec(v):
        calls.append(1)
        return A @ v

    found = kernels.largest_eigenvalue(matvec, Q @ np.ones(D), 40)
    np.testing.assert_allclose(found, sign * size, rtol=1e-9)
    assert len(calls) == 41


def test_largest_eigenvalue_of_nothing_is_zero():
    assert kernels.largest_eigenvalue(np.zeros_like, np.ones(3), 5) == 0
    assert kernels.largest_eigenvalue(np.zeros_like, np.ones(3), 1) == 0


SURFACES = {
    "ravine": kernels.ravine(),
    "turned ravine": kernels.ravine(angle=0.7),
    "saddle": kernels.saddle(),
    "rosenbrock": kernels.rosenbrock(),
    "quadratic": kernels.quadratic([[2.0, 0.5], [0.5, 1.0]], (1, 2), (-1, 3)),
}


@pytest.mark.parametrize("name", SURFACES)
def test_a_surfaces_gradient_and_hessian_are_its_values(name):
    surface, rng, h = SURFACES[name], np.random.default_rng(1), 1e-5
    points, units = rng.normal(size=(6, 2)), h * np.eye(2)
    for p in points:
        slope = [(surface.value(p + u) - surface.value(p - u)) / (2 * h) for u in units]
        np.testing.assert_allclose(surface.gradient(p), slope, rtol=1e-6, atol=1e-6)
        curvature = [(surface.gradient(p + u) - surface.gradient(p - u)) / (2 * h) for u in units]
        np.testing.assert_allclose(surface.hessian(p), curvature, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(surface.gradient(points), [surface.gradient(p) for p in points], rtol=1e-12)
    np.testing.assert_allclose(surface.value(points), [surface.value(p) for p in points], rtol=1e-12)
    np.testing.assert_allclose(surface.gradient(surface.minimum), 0, atol=1e-12)


def test_turning_the_ravine_turns_the_path_of_momentum_but_not_adams():
    angle = np.pi / 4
    straight, turned, R = kernels.ravine(), kernels.ravine(angle=angle), kernels.rotation(angle)

    def paths(step, **settings):
        one, two = (kernels.descend(step, s.gradient, s.start, 60, **settings) for s in (straight, turned))
        return one @ R.T, two

    for step in (kernels.sgd_step, kernels.momentum_step, kernels.nesterov_step):
        np.testing.assert_allclose(*paths(step, lr=0.01), rtol=1e-9, atol=1e-12)
    for step in (kernels.adagrad_step, kernels.rmsprop_step, kernels.adam_step, kernels.adamw_step):
        one, two = paths(step, lr=0.1)
        assert np.abs(one - two).max() > 0.1


def test_noise_is_added_at_every_call_and_has_its_scale():
    gradient = kernels.noisy(kernels.saddle().gradient, np.random.default_rng(3), 0.5)
    drawn = gradient(np.ones((20_000, 2))) - kernels.saddle().gradient(np.ones(2))
    assert abs(drawn.mean()) < 0.02 and abs(drawn.std() - 0.5) < 0.02
    assert not np.array_equal(gradient(np.ones(2)), gradient(np.ones(2)))
