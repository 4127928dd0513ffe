"""What the prose of chapter 3 says, held against the numbers that its cells print; and its optimizers against torch."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from tnn import data, evidence, optimizers, report, train

from autograder.reference import optimizers as ref

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "en" / "03_optimizers.md").read_text(encoding="utf-8")


# The stacked optimizers of the evidence ----------------------------------------------------------------------

TORCH = {
    "sgd": (torch.optim.SGD, lambda c: {}),
    "momentum": (torch.optim.SGD, lambda c: {"momentum": c["mu"]}),
    "nesterov": (torch.optim.SGD, lambda c: {"momentum": c["mu"], "nesterov": True}),
    "adagrad": (torch.optim.Adagrad, lambda c: {}),
    "rmsprop": (torch.optim.RMSprop, lambda c: {"alpha": c["beta2"]}),
    "adam": (torch.optim.Adam, lambda c: {"betas": (c["mu"], c["beta2"])}),
    "adamw": (torch.optim.AdamW, lambda c: {"betas": (c["mu"], c["beta2"])}),
}


@pytest.fixture(scope="module")
def digits():
    return data.digits()


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_a_run_equals_a_plain_torch_loop(digits, name):
    net, steps, seeds = train.Net(1, 8), 12, [4, 5]
    configurations = [{"lr": 0.01, "mu": 0.7, "beta2": 0.9, "weight_decay": 0.2},
                      {"lr": 0.003, "mu": 0.5, "beta2": 0.95, "weight_decay": 0.1}]  # fmt: skip
    factors = optimizers.schedule("linear", steps, 3)
    runs = optimizers.run(net, digits, name, configurations, seeds, steps, schedule=factors)

    chosen, seed = configurations[1], seeds[1]
    stack = train.Stack(net, [seed], 64, 10)
    parameters = [p.detach().clone().requires_grad_() for p in stack.parameters]
    for p, like in zip(stack.parameters, parameters, strict=True):
        p.requires_grad_(False)
        like.data = p  # the stack computes with what the optimizer changes
    kind, settings = TORCH[name]
    update = kind(parameters, lr=1.0, weight_decay=chosen["weight_decay"], **settings(chosen))
    x, y = torch.as_tensor(digits.x_train, dtype=torch.float32), torch.as_tensor(digits.y_train)
    stack.weights, stack.biases = [parameters[0], parameters[1]], [parameters[2], parameters[3]]
    for rows, factor in zip(train.batches(len(y), 60, steps, seed), factors, strict=True):
        update.param_groups[0]["lr"] = chosen["lr"] * factor
        update.zero_grad()
        torch.nn.functional.cross_entropy(stack(x[rows].T[None], True)[0].T, y[rows]).backward()
        update.step()
    expected = optimizers.mean_loss(stack, digits.x_train, digits.y_train)[0]
    assert runs.train_loss[1, 1, -1] == pytest.approx(expected, rel=1e-4)


def test_turned_sgd_is_sgd_and_turned_adam_is_not(digits):
    def loss(name, rotated):
        runs = optimizers.run(train.Net(1, 8), digits, name, [{"lr": 0.01}], [0], 10, rotated=rotated)
        return runs.train_loss[0, 0, -1]

    assert loss("sgd", True) == pytest.approx(loss("sgd", False), rel=1e-5)
    assert abs(loss("adam", True) / loss("adam", False) - 1) > 1e-3


def test_turns_are_orthogonal_and_belong_to_the_seed():
    like = torch.zeros(3, 5, 4)
    u, v = optimizers.turn(like, [1, 2, 1], 0)
    torch.testing.assert_close(u @ u.mT, torch.eye(5).expand(3, 5, 5), atol=1e-5, rtol=0)
    torch.testing.assert_close(v @ v.mT, torch.eye(4).expand(3, 4, 4), atol=1e-5, rtol=0)
    assert torch.equal(u[0], u[2])
    assert not torch.equal(u[0], u[1])


def test_the_best_of_k_tries():
    scores, values = [3, 1, 2, 4], [30, 10, 20, 5]  # the best by score isn't the best by value
    assert optimizers.expected_best(scores, values, 1) == pytest.approx(np.mean(values))
    assert optimizers.expected_best(scores, values, 4) == pytest.approx(5)
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    best = [values[max(pair, key=lambda i: scores[i])] for pair in pairs]
    assert optimizers.expected_best(scores, values, 2) == pytest.approx(np.mean(best))


def test_schedules_end_where_they_should():
    for kind in ("constant", "linear", "step", "cosine"):
        factors = optimizers.schedule(kind, 100, 10)
        np.testing.assert_allclose(factors[:10], np.arange(1, 11) / 10)
        assert factors[10] == 1
        assert (np.diff(factors[10:]) <= 0).all()
    np.testing.assert_allclose(optimizers.schedule("cosine", 50), ref.cosine_annealing(np.arange(50), 1.0, 50))
    np.testing.assert_allclose(optimizers.schedule("linear", 50), ref.warmup_linear(np.arange(50), 1.0, 0, 50))


# Recorded results --------------------------------------------------------------------------------------------


def losses(found, **where):
    return np.array([np.inf if v is None else v for v in found.column("train_loss", **where)])


def test_the_seven_optimizers_on_a_network():
    found = evidence.load("03_network")
    test = {(name, steps): np.array(found.column("test_accuracy", optimizer=name, steps=steps, kind="test"))
            for name in optimizers.OPTIMIZERS for steps in (100, 400)}  # fmt: skip
    loss = {(name, steps): np.median(losses(found, optimizer=name, steps=steps, kind="train"))
            for name in optimizers.OPTIMIZERS for steps in (100, 400)}  # fmt: skip
    others = [name for name in optimizers.OPTIMIZERS if name != "sgd"]
    for name in others:  # early, memory pays
        early = test[name, 100] - test["sgd", 100]
        assert early.mean() > 0.08 and report.distinguishable(early)
        assert loss[name, 100] < loss["sgd", 100] / 2
    assert not report.distinguishable(test["rmsprop", 400] - test["adagrad", 400])
    told = [name for name in others if report.distinguishable(test[name, 400] - test["sgd", 400])]
    assert sorted(told) == ["adamw", "nesterov"]
    assert all((test[name, 400] - test["sgd", 400]).mean() < 0.01 for name in others)
    assert max(loss[name, 400] for name in others) < loss["sgd", 400] / 2
    for scores in (loss, {key: -values.mean() for key, values in test.items()}):
        for steps in (100, 400):  # among the best in every column
            assert "nesterov" in sorted(optimizers.OPTIMIZERS, key=lambda n, s=scores, t=steps: s[n, t])[:2]


def test_no_chosen_rate_lies_on_the_edge_of_its_grid():
    for name in ("03_network", "03_schedules", "03_rotation"):
        found = evidence.load(name)
        edges = {found.protocol["lrs"][0], found.protocol["lrs"][-1]}
        assert not {row["lr"] for row in found.rows if row["kind"] != "tuning"} & edges


def test_the_useful_rates():
    found, widths, centres = evidence.load("03_network"), {}, {}
    for name in optimizers.OPTIMIZERS:
        curve = np.array(found.column("val_accuracy", optimizer=name, steps=400, kind="tuning"))
        good = np.flatnonzero(curve > curve.max() - 0.02)
        widths[name], centres[name] = len(good), np.log10(found.protocol["lrs"])[good].mean()
    assert min(widths, key=widths.get) == "sgd" and list(widths.values()).count(widths["sgd"]) == 1
    assert max(centres, key=centres.get) == "sgd"
    assert 1 < centres["sgd"] - centres["adam"] < 2.2
    at = {row["optimizer"]: row["val_accuracy"] for row in found.where(kind="tuning", steps=400, lr=0.001)}
    assert at["sgd"] < 0.4 < 0.9 < at["adam"]  # the quiz: 0.001 suits Adam and starves SGD


def test_tuning_is_worth_more_than_the_name():
    found, ks = evidence.load("03_budget"), (1, 2, 4, 8, 16, 32)
    at = {name: [optimizers.expected_best(found.column("val_accuracy", optimizer=name),
                                          found.column("test_accuracy", optimizer=name), k) for k in ks]
          for name in found.protocol["optimizers"]}  # fmt: skip
    spread = np.ptp(list(at.values()), axis=0).max()
    assert min(values[-1] - values[0] for values in at.values()) > spread
    assert all(at["adamw"][i] == max(values[i] for values in at.values()) for i in range(len(ks)))
    assert min(values[0] for values in at.values()) > 0.37 and max(values[0] for values in at.values()) < 0.56
    assert all(0.87 < values[-1] < 0.9 for values in at.values())


def test_what_schedules_gain():
    found = evidence.load("03_schedules")

    def bearable(**where):
        return max(row["lr"] for row in found.where(kind="tuning", **where)
                   if row["train_loss"] is not None and row["train_loss"] < 0.1)  # fmt: skip

    for name in ("momentum", "adam"):
        base = np.median(losses(found, optimizer=name, shape="constant", warmup=0, kind="train"))
        accuracy = np.array(found.column("test_accuracy", optimizer=name, shape="constant", warmup=0, kind="test"))
        for shape in ("linear", "cosine"):
            for warmup in (0, 30):
                where = {"optimizer": name, "shape": shape, "warmup": warmup}
                assert np.median(losses(found, kind="train", **where)) < 0.7 * base
                gain = np.array(found.column("test_accuracy", kind="test", **where)) - accuracy
                assert gain.mean() < 0.013
    shapes = found.protocol["shapes"]
    assert sum(bearable(optimizer="adam", shape=shape, warmup=30) > bearable(optimizer="adam", shape=shape, warmup=0)
               for shape in shapes) == 3  # fmt: skip
    for shape in shapes:
        assert (bearable(optimizer="momentum", shape=shape, warmup=30)
                <= bearable(optimizer="momentum", shape=shape, warmup=0))  # fmt: skip
    failed = np.array(found.column("test_accuracy", optimizer="momentum", shape="linear", warmup=30, kind="test")) < 0.5
    assert failed.sum() == 1


def test_turning_a_networks_axes_costs_little():
    found = evidence.load("03_rotation")
    told = []
    for name in found.protocol["optimizers"]:
        own, turned = (losses(found, optimizer=name, kind="report", rotated=r) for r in (False, True))
        change = np.log10(turned) - np.log10(own)
        assert abs(change.mean()) < 0.15
        told += [name] if report.distinguishable(change) else []
    assert told == ["rmsprop"]


# What the page computes live ---------------------------------------------------------------------------------


def test_the_cliffs():
    """Just below the limit a quadratic's steps shrink, just above they grow; the three limits of the page."""
    lam, mu = 25.0, 0.9
    limits = [(ref.sgd_step, {}, 2 / lam), (ref.momentum_step, {"momentum": mu}, 2 * (1 + mu) / lam),
              (ref.nesterov_step, {"momentum": mu}, 2 * (1 + mu) / (1 + 2 * mu) / lam)]  # fmt: skip
    for step, settings, limit in limits:
        for share, shrinks in [(0.99, True), (1.01, False)]:
            path = ref.descend(step, lambda p: lam * p, np.ones(1), 1500, lr=share * limit, **settings)
            assert (abs(path[-1, 0]) < 1e-3) == shrinks


def test_leaving_a_saddle_takes_a_logarithm():
    def steps_to_leave(y):
        path = ref.descend(ref.sgd_step, ref.saddle().gradient, np.array([-1.5, y]), 600, lr=0.1)
        return int((np.abs(path[:, 1]) > 0.5).argmax())

    found = [steps_to_leave(y) for y in (1e-2, 1e-4, 1e-6, 1e-8)]
    assert np.diff(found) == pytest.approx(np.log(100) / np.log(1.1), abs=1)
    assert steps_to_leave(0.0) == 0  # never


def test_only_coordinatewise_methods_notice_the_turn():
    methods = [(ref.sgd_step, 0.07, False), (ref.momentum_step, 0.02, False), (ref.nesterov_step, 0.02, False),
               (ref.adagrad_step, 0.5, True), (ref.rmsprop_step, 0.1, True), (ref.adam_step, 0.2, True)]  # fmt: skip
    for step, lr, notices in methods:
        ends = []
        for angle in (0.0, np.pi / 4):
            surface = ref.ravine(angle=angle)
            ends.append(surface.value(ref.descend(step, surface.gradient, surface.start, 100, lr=lr)[-1]))
        assert (abs(ends[1] / ends[0] - 1) > 0.5) == notices


def test_adam_without_correction_takes_longer_steps():
    path = ref.descend(ref.adam_step, lambda _: np.ones(1), np.zeros(1), 2000, lr=1.0, bias_correction=False)
    lengths = -np.diff(path[:, 0])
    assert (lengths[:2000] > 1).all()
    assert lengths.argmax() + 1 == 12
    assert round(lengths[0], 2) == 3.16 and round(lengths.max(), 2) == 6.57


def test_noise_holds_a_constant_rate_on_its_floor():
    surface, lr = ref.ravine(), 0.05
    noisy = ref.noisy(surface.gradient, np.random.default_rng(9), 1.0)
    path = ref.descend(ref.sgd_step, noisy, np.tile(surface.start, (400, 1)), 300, lr=lr)
    floor = sum(lr / (2 * (2 - lr * curvature)) for curvature in (1.0, 25.0))
    assert surface.value(path[-100:]).mean() == pytest.approx(floor, rel=0.05)


# The page and its data ---------------------------------------------------------------------------------------


def test_every_row_on_optimizers_is_settled_on_the_page():
    rows = yaml.safe_load((ROOT / "book" / "sources.yml").read_text(encoding="utf-8"))["claims"]
    boxes = re.findall(r"^```\{claim\} (O\d+)$", PAGE, re.M)
    assert len(boxes) == len(set(boxes))
    assert set(boxes) == {f"O{i}" for i in range(1, 17)} == {row["id"] for row in rows if row["id"].startswith("O")}
    for row in rows:
        if row["id"].startswith("O"):
            assert row["verdict"] != "pending", row["id"]
            assert f"03_optimizers#claim-{row['id'].lower()}" in row["shown"], row["id"]


def test_every_recorded_result_of_the_chapter_is_on_the_page():
    names = {name for name in evidence.scripts() if name.startswith("03_")}
    assert names == set(re.findall(r"^```\{recorded\} (\w+)$", PAGE, re.M))
    assert names == set(re.findall(r'evidence\.load\("(03_\w+)"\)', PAGE))
