"""What the chapters share: the data's split, and training many networks at once."""

import numpy as np
import pytest
import torch
from tnn import data, report, train

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def digits():
    return data.digits()


# Data -------------------------------------------------------------------------------------------------------


def test_forms_start_where_the_labels_begin_again():
    split = data.digits()
    labels = np.concatenate([split.y_train, split.y_val, split.y_test])
    form = labels[:130]
    assert data.FORMS[-1] == len(labels) == 1797
    for start, stop in zip(data.FORMS, data.FORMS[1:], strict=False):
        assert np.mean(labels[start : start + 7] == np.arange(7)) > 0.8  # one label is a slip of the pen
        here = "".join(map(str, labels[start:stop]))
        # Some labels are missing from most forms, so compare by pieces: most of the form comes again, in order.
        pieces = ["".join(map(str, form[i : i + 10])) for i in range(0, 130, 10)]
        assert np.mean([piece in here for piece in pieces]) > 0.5


def test_the_split_shares_no_form_and_loses_no_image(digits):
    sizes = [len(digits.y_train), len(digits.y_val), len(digits.y_test)]
    assert np.cumsum(sizes).tolist() == [data.FORMS[9], data.FORMS[11], data.FORMS[14]]
    for y in (digits.y_train, digits.y_val, digits.y_test):
        assert set(y) == set(range(10))
        assert np.bincount(y).max() < 0.13 * len(y)


def test_standardizing_uses_training_pixels_only():
    split = data.digits(standardize=True)
    np.testing.assert_allclose(split.x_train.mean(axis=0), 0, atol=1e-12)
    std = split.x_train.std(axis=0)
    assert set(np.round(std, 9)) <= {0.0, 1.0}
    assert abs(split.x_test.mean()) > 1e-3


# Training ---------------------------------------------------------------------------------------------------


def as_module(stack, run):
    """Run number `run` of a Stack as a torch module with copies of its parameters."""
    net, layers = stack.net, []
    act = {"relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh}[net.activation]
    norm = {"batch": torch.nn.BatchNorm1d, "layer": torch.nn.LayerNorm}.get(net.norm)
    for i, (weight, bias) in enumerate(zip(stack.weights, stack.biases, strict=True)):
        before_norm = i < net.depth and net.norm == "batch" and not net.after
        linear = torch.nn.Linear(weight.shape[2], weight.shape[1], bias=not before_norm)
        with torch.no_grad():
            linear.weight.copy_(weight[run])
            if not before_norm:
                linear.bias.copy_(bias[run, :, 0])
        layers.append(linear)
        if i < net.depth:
            between = [act()] if norm is None else [norm(net.width), act()]
            layers += reversed(between) if net.after else between
    return torch.nn.Sequential(*layers)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize(("norm", "after"), [(None, False), ("batch", False), ("batch", True), ("layer", False)])
def test_a_run_equals_a_plain_torch_loop(digits, optimizer, norm, after):
    net = train.Net(depth=2, width=16, activation="tanh", norm=norm, after=after)
    lrs, seeds, steps, decay = [0.003, 0.02], [5, 6, 7], 40, 0.01 if optimizer == "sgd" else 0.0
    history = train.train(net, digits, lrs, seeds, steps, optimizer=optimizer, batch=50, weight_decay=decay)

    lr, seed = 1, 2
    model = as_module(train.Stack(net, seeds, 64, 10), seed)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[optimizer]
    update = kind(model.parameters(), lr=lrs[lr], weight_decay=decay)
    x, y = torch.as_tensor(digits.x_train, dtype=torch.float32), torch.as_tensor(digits.y_train)
    losses = []
    for rows in train.batches(len(y), 50, steps, seeds[seed]):
        loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())

    np.testing.assert_allclose(history.train_loss[lr, seed], np.reshape(losses, (4, 10)).mean(axis=1), rtol=1e-4)
    model.eval()
    with torch.no_grad():
        expected = model(torch.as_tensor(digits.x_test, dtype=torch.float32)).T
        inputs = torch.as_tensor(digits.x_test, dtype=torch.float32).T[None]
        found = history.model(inputs, training=False)[lr * len(seeds) + seed]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-3 * expected.abs().max())
    accuracy = (expected.argmax(0).numpy() == digits.y_test).mean()
    assert abs(history.score(digits.x_test, digits.y_test)[lr, seed] - accuracy) <= 1 / len(digits.y_test)


def test_ghost_statistics_are_those_of_each_group():
    stack = train.Stack(train.Net(depth=1, width=3, norm="batch", ghost=4), [0], 5, 2)
    h = torch.randn(1, 3, 12, generator=torch.Generator().manual_seed(1))
    out = stack.normalize(0, h, training=True)
    layer = torch.nn.BatchNorm1d(3, affine=False, momentum=None)  # momentum None: the plain mean of all batches
    for group in range(3):
        part = slice(4 * group, 4 * group + 4)
        torch.testing.assert_close(out[0, :, part].T, layer(h[0, :, part].T))
    torch.testing.assert_close(stack.running_means[0].flatten(), 0.1 * layer.running_mean)
    torch.testing.assert_close(stack.running_vars[0].flatten(), 0.9 + 0.1 * layer.running_var)


def test_a_diverging_run_leaves_the_others_alone(digits):
    net = train.Net(depth=2, width=8)
    alone = train.train(net, digits, [0.05], [3], 60)
    beside = train.train(net, digits, [0.05, 1e6], [3], 60)
    assert not np.isfinite(beside.train_loss[1]).all()
    np.testing.assert_allclose(beside.train_loss[0], alone.train_loss[0], rtol=1e-5)


def test_batches_cover_each_epoch_once():
    rows = train.batches(10, 3, 7, seed=0)
    assert rows.shape == (7, 3)
    for epoch in (rows[:3], rows[3:6]):
        assert len(set(epoch.ravel())) == 9
    assert not np.array_equal(rows[:3], rows[3:6])


def test_steps_to_a_target_and_the_best_rate():
    accuracy = np.array([[[0.2, 0.9, 0.8]], [[0.1, 0.2, 0.3]], [[0.1, 0.95, 0.95]]])
    history = train.History(np.array([5, 10, 15]), accuracy, accuracy, None)
    assert train.steps_to(history, 0.9).tolist() == [[10], [np.inf], [10]]
    assert history.best(0.9) == 2
    assert history.best() == 2
    assert history.best(0.99) == 2  # never reached: the highest accuracy


def test_disturbance_and_dropout_act_in_training_only(digits):
    shaken, dropped = {"norm": "batch", "disturb": (0.5, 1.25)}, {"dropout": 0.5}
    for net in (train.Net(depth=1, width=4, **shaken), train.Net(depth=1, width=4, **dropped)):
        stack = train.Stack(net, [1], 64, 10)
        x = torch.as_tensor(digits.x_val, dtype=torch.float32).T[None]
        with torch.no_grad():
            assert not torch.equal(stack(x, True), stack(x, True))
            assert torch.equal(stack(x, False), stack(x, False))


# Reporting --------------------------------------------------------------------------------------------------


def test_an_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(1)
    intervals = [report.interval(rng.normal(2.0, 3.0, 5)) for _ in range(4000)]
    covered = np.mean([abs(mean - 2.0) <= half for mean, half in intervals])
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 4000)


def test_numbers_as_texts():
    assert report.plus_minus([1.0, 2.0, 3.0], 1) == "2.0\u00a0±\u00a02.5"
    assert report.difference([1.0, -1.0, 0.5, -0.4]).endswith("not distinguishable")
    assert report.difference([1.0, 1.1, 0.9, 1.0]) == "+1.000\u00a0±\u00a00.130"
    assert report.middle([10, 30, 20]) == "20 (10\u00a0to\u00a030)"
    assert report.middle([10, np.inf, np.inf], 500) == ">\u00a0500 (10\u00a0to\u00a0>\u00a0500)"
    assert report.middle([np.inf, np.inf], 500) == ">\u00a0500"


def test_a_table_in_html_and_in_a_terminal():
    found = report.Table(["", "b < c"], [["x", 1], ["long", 2]])
    assert repr(found).splitlines() == ["      b < c", "----  -----", "x     1", "long  2"]
    html = found._repr_html_()
    assert '<th scope="col">b &lt; c</th>' in html
    assert '<th scope="row">long</th><td>2</td>' in html
