"""The network on the first page: its arithmetic against the reference kernels, and what it shows and says."""

import re

import numpy as np
import pytest
from browser import accessibility_violations, opened
from playwright.sync_api import expect

from autograder.reference.backpropagation import (
    linear_backward,
    linear_forward,
    mlp_loss_and_gradients,
    relu,
    relu_backward,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
)
from autograder.reference.batch_normalization import batch_norm_backward, batch_norm_forward, batch_norm_inference
from autograder.reference.optimizers import initial_state, momentum_step

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def path(site):
    return site / "book" / "en" / "intro.html"


@pytest.fixture(scope="module")
def page(chromium, path):
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


@pytest.fixture
def home(page, path):
    """The page at its start: no state in the address."""
    page.evaluate("location.hash = '#network:'")
    page.wait_for_function("document.querySelector('#network .summary').textContent.startsWith('After 0')")
    return page


def network(rng, width, norm):
    """Layers with nothing symmetric about them, as the engine holds them, in arrays."""
    layers = []
    for fan_in, out in ((2, width), (width, width), (width, 2)):
        layer = {"W": rng.normal(size=(out, fan_in)), "b": rng.normal(size=out)}
        if norm and len(layers) < 2:
            layer |= {"gamma": rng.uniform(0.5, 2, out), "beta": rng.normal(size=out)}
        layers.append(layer)
    return layers


def plain(layers):
    return [{key: value.tolist() for key, value in layer.items()} for layer in layers]


def by_kernels(layers, x, labels):
    """The loss and the gradients of a network with or without batch normalization, layer by layer."""
    h, before, normal, gradients = [x], [], [], []
    for layer in layers[:-1]:
        z = linear_forward(h[-1], layer["W"], layer["b"])
        u = batch_norm_forward(z, layer["gamma"], layer["beta"]) if "gamma" in layer else z
        before, normal, h = [*before, z], [*normal, u], [*h, relu(u)]
    logits = linear_forward(h[-1], layers[-1]["W"], layers[-1]["b"])
    g = softmax_cross_entropy_backward(1.0, logits, labels)
    for i in reversed(range(len(layers))):
        found = {}
        if i < len(layers) - 1:
            g = relu_backward(g, normal[i])
            if "gamma" in layers[i]:
                g, found["gamma"], found["beta"] = batch_norm_backward(g, before[i], layers[i]["gamma"])
        g, found["W"], found["b"] = linear_backward(g, h[i], layers[i]["W"])
        gradients.insert(0, found)
    return softmax_cross_entropy_forward(logits, labels), gradients


def assert_same(found, expected):
    """Layers with the same keys and the same values, to rounding."""
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.keys() == theirs.keys()
        for key in ours:
            np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-9, atol=1e-12, err_msg=key)


# The engine -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("width", [1, 5])
def test_loss_and_gradients_equal_the_kernels(page, width, norm):
    rng = np.random.default_rng([width, norm])
    layers, x, labels = network(rng, width, norm), rng.normal(size=(9, 2)), rng.integers(0, 2, 9)
    found = page.evaluate("a => tnn.network.lossAndGradients(...a)", [plain(layers), x.tolist(), labels.tolist()])
    loss, gradients = by_kernels(layers, x, labels)
    assert found["loss"] == pytest.approx(loss, rel=1e-12)
    assert_same(found["gradients"], gradients)


def test_without_normalization_it_is_the_chapters_network(page):
    rng = np.random.default_rng(5)
    layers, x, labels = network(rng, 4, False), rng.normal(size=(7, 2)), rng.integers(0, 2, 7)
    params = {f"{key}{i}": value for i, layer in enumerate(layers, 1) for key, value in layer.items()}
    loss, gradients = mlp_loss_and_gradients(params, x, labels)
    found = page.evaluate("a => tnn.network.lossAndGradients(...a)", [plain(layers), x.tolist(), labels.tolist()])
    assert found["loss"] == pytest.approx(loss, rel=1e-12)
    for i, layer in enumerate(found["gradients"], 1):
        for key, value in layer.items():
            np.testing.assert_allclose(value, gradients[f"{key}{i}"], rtol=1e-9, atol=1e-12)


def test_new_points_are_normalized_with_the_training_points_statistics(page):
    rng = np.random.default_rng(6)
    layers, x, new = network(rng, 3, True), rng.normal(size=(8, 2)), rng.normal(3, 2, (4, 2))
    found = page.evaluate("""([layers, x, fresh]) => {
        const seen = tnn.network.forward(layers, x);
        return tnn.network.forward(layers, fresh, seen.layers).logits;
    }""", [plain(layers), x.tolist(), new.tolist()])  # fmt: skip
    h, fresh = x, new
    for layer in layers[:-1]:
        z, u = (linear_forward(v, layer["W"], layer["b"]) for v in (h, fresh))
        h = relu(batch_norm_forward(z, layer["gamma"], layer["beta"]))
        fresh = relu(batch_norm_inference(u, layer["gamma"], layer["beta"], z.mean(0), z.var(0)))
    np.testing.assert_allclose(found, linear_forward(fresh, layers[-1]["W"], layers[-1]["b"]), rtol=1e-9)


def test_three_steps_equal_the_kernels(page):
    rng, lr, decay = np.random.default_rng(7), 0.3, 0.02
    layers, x, labels = network(rng, 3, True), rng.normal(size=(8, 2)), rng.integers(0, 2, 8)
    found = page.evaluate("""([layers, x, labels, rate, decay]) => {
        let run = { layers };
        for (let i = 0; i < 3; i++) {
            run = tnn.network.step(run, tnn.network.lossAndGradients(run.layers, x, labels).gradients, rate, decay);
        }
        return run.layers;
    }""", [plain(layers), x.tolist(), labels.tolist(), lr, decay])  # fmt: skip
    state = [{key: initial_state(momentum_step, value) for key, value in layer.items()} for layer in layers]
    for _ in range(3):
        _, gradients = by_kernels(layers, x, labels)
        for layer, grad, kept in zip(layers, gradients, state, strict=True):
            for key in layer:
                layer[key], kept[key] = momentum_step(layer[key], grad[key], kept[key], lr,
                                                      weight_decay=decay if key == "W" else 0.0)  # fmt: skip
    assert_same(found, layers)


def test_first_weights_have_the_scale_that_is_said(page):
    layers = page.evaluate("tnn.network.initial(3, 32, 0.5, true)")
    assert [np.shape(layer["W"]) for layer in layers] == [(32, 2), (32, 32), (2, 32)]
    assert np.std(layers[1]["W"]) == pytest.approx(0.5 / np.sqrt(32), rel=0.1)
    assert np.std(layers[0]["W"]) == pytest.approx(0.5 / np.sqrt(2), rel=0.3)
    assert [sorted(layer) for layer in layers] == [["W", "b", "beta", "gamma"]] * 2 + [["W", "b"]]


def test_points_are_the_same_whatever_share_is_mislabelled(page):
    right, wrong = (page.evaluate("f => tnn.network.arms(4, 100, f)", share) for share in (0, 0.2))
    assert right["x"] == wrong["x"]
    assert sum(wrong["wrong"]) == 20 and not any(right["wrong"])
    assert (np.array(right["labels"]) != wrong["labels"]).tolist() == wrong["wrong"]
    assert np.bincount(right["labels"]).tolist() == [50, 50]


# What it shows and says ---------------------------------------------------------------------------------------


def said(page):
    """Steps, and the shares of wrong answers on training points and on new points, in percent."""
    text = page.locator("#network .summary").inner_text()
    steps, seen, fresh = map(int, re.search(r"After (\d+) steps.* (\d+) % .* (\d+) %", text).groups())
    return steps, seen, fresh


def follow(page, words):
    """Clicks a link beside the network and waits until the network has come to the end."""
    page.locator(".tnn-play a[href^='#network']", has_text=words).click()
    page.wait_for_function("document.querySelector('#network .summary').textContent.startsWith('After 400')")
    return said(page)[1:]


def test_nothing_moves_until_asked_and_then_it_learns(home):
    before = said(home)
    home.wait_for_timeout(300)
    assert said(home) == before
    assert before[0] == 0 and before[1] > 35
    home.get_by_role("button", name="Train").focus()
    home.keyboard.press("Enter")
    home.wait_for_function("document.querySelector('#network .summary').textContent.startsWith('After 400')")
    _, seen, fresh = said(home)
    assert seen <= 1 and fresh <= 5
    assert home.url.endswith("#network:steps=400")


def test_a_step_is_one_key(home):
    home.get_by_label("Steps of training").focus()
    home.keyboard.press("ArrowRight")
    assert said(home)[0] == 10
    home.keyboard.press("ArrowLeft")
    assert said(home)[0] == 0


def test_each_way_to_break_it_does_what_the_page_says(home):
    assert follow(home, "Steps too long")[0] > 35
    assert follow(home, "First weights too small")[0] > 35
    assert max(follow(home, "batch normalization")) <= 5
    seen, fresh = follow(home, "Too few units")
    assert seen >= 10 and fresh - seen <= 5
    seen, fresh = follow(home, "Wrong labels")
    assert seen <= 6 and fresh >= seen + 5
    decayed, after = follow(home, "Weight decay")
    assert decayed >= 12 and after <= fresh


def test_training_goes_on_from_where_it_was(home):
    """The state after 100 steps doesn't depend on how one came there."""
    field = "document.querySelector('#network mask image').getAttribute('href')"
    pictures = []
    for way in ("#network:steps=100", "#network:steps=400", "#network:steps=100"):
        home.evaluate("hash => { location.hash = hash }", way)
        steps = way.rpartition("=")[2]
        home.wait_for_function("s => document.querySelector('#network .summary').textContent.startsWith('After ' + s)",
                               arg=steps)  # fmt: skip
        pictures.append(home.evaluate(field))
    assert pictures[0] == pictures[2] != pictures[1]


def test_every_control_is_reached_by_tab(home):
    home.get_by_role("button", name="Train").focus()
    reached = []
    for _ in range(9):
        reached.append(home.evaluate("document.activeElement.labels?.[0]?.innerText"
                                     " ?? document.activeElement.innerText"))  # fmt: skip
        home.keyboard.press("Tab")
    assert reached == ["Train", "Steps of training", "Learning rate", "Scale of the first weights",
                       "Units in each hidden layer", "Points with a wrong label", "Weight decay",
                       "Batch normalization", "Other points"]  # fmt: skip


def test_the_picture_is_described_and_accessible(home):
    expect(home.locator("#network svg")).to_have_accessible_description(re.compile("After 0 steps"))
    assert accessibility_violations(home, "#network") == []


def test_the_network_fits_a_phone(chromium, path):
    with opened(chromium, path, viewport=PHONE, has_touch=True) as (page, problems):
        button = page.get_by_role("button", name="Train").bounding_box()
        assert button["y"] + button["height"] <= PHONE["height"], "the first screen holds the button"
        box = page.locator("#network svg").bounding_box()
        for word in page.locator("#network svg text").all():
            inner = word.bounding_box()
            assert inner["x"] >= box["x"] - 1 and inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
        page.get_by_role("button", name="Other points").tap()
        assert page.url.endswith("#network:draw=1")
        assert problems == []


def test_the_network_speaks_the_language_of_its_page(chromium, path):
    with opened(chromium, path) as (page, problems):
        page.evaluate("""() => {
            const root = document.querySelector("[data-widget=network]"), keys = Object.keys(root.dataset);
            keys.filter(key => key !== "widget").forEach(key => { root.dataset[key] = "번역" });
            const script = document.querySelector("script[src*=network]"), again = document.createElement("script");
            again.src = script.src;
            return new Promise(done => { again.onload = done; document.head.append(again) });
        }""")
        text = page.locator("[data-widget=network]").inner_text()
        assert "번역" in text
        assert not [word for word in text.split() if word.isascii() and word.isalpha()]
        assert problems == []
