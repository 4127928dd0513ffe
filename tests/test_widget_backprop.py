"""The graph that is stepped forward and backward: its arithmetic, and what it draws and says."""

import numpy as np
import pytest
import torch
from browser import accessibility_violations, opened

from autograder.reference.backpropagation import Value

LAST = 11
PAGE = "02_backpropagation.html"
ACTIVATIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def graph(chromium, site):
    with opened(chromium, site / "book" / "en" / PAGE) as (page, problems):
        yield page
        assert not problems


def in_torch(x, w, b, f):
    """Every value of the graph, and its gradient."""
    v = {name: torch.tensor(n, dtype=torch.float64, requires_grad=True) for name, n in {"x": x, "w": w, "b": b}.items()}
    v["u"] = v["w"] * v["x"]
    v["z"] = v["u"] + v["b"]
    v["a"] = ACTIVATIONS[f](v["z"])
    v["y"] = v["a"] + v["x"]
    v["L"] = v["y"] * v["y"]
    for node in v.values():
        node.retain_grad()
    v["L"].backward()
    return {name: t.item() for name, t in v.items()}, {name: t.grad.item() for name, t in v.items()}


def run(page, x, w, b, f, step=LAST, overwrite=False):
    return page.evaluate("a => tnn.backprop(...a)", [{"x": x, "w": w, "b": b}, f, step, overwrite])


@pytest.mark.parametrize("f", ACTIVATIONS)
def test_the_engine_equals_torch(graph, f):
    for x, w, b in np.random.default_rng(0).uniform(-3, 3, (20, 3)).tolist():
        found, (values, grads) = run(graph, x, w, b, f), in_torch(x, w, b, f)
        assert found["values"] == pytest.approx(values, rel=1e-12, abs=1e-14)
        assert found["grads"] == pytest.approx(grads, rel=1e-12, abs=1e-12)


def test_the_engine_equals_the_courses(graph):
    x, w, b = Value(1.5), Value(-1.0), Value(2.0)
    y = 1 / (1 + (-(w * x + b)).exp()) + x
    (y * y).backward()
    found = run(graph, 1.5, -1.0, 2.0, "sigmoid")["grads"]
    assert [found[name] for name in "xwby"] == pytest.approx([v.grad for v in (x, w, b, y)], rel=1e-12)


@pytest.mark.parametrize("f", ACTIVATIONS)
def test_moving_x_agrees(graph, f):
    for x, w, b in np.random.default_rng(1).uniform(0.3, 2, (5, 3)).tolist():
        moved = graph.evaluate("a => tnn.backpropNudged(...a)", [{"x": x, "w": w, "b": b}, f])
        assert moved == pytest.approx(in_torch(x, w, b, f)[1]["x"], rel=1e-7)


def test_each_step_makes_one_thing_known(graph):
    known = [set(), {"u"}, {"u", "z"}, {"u", "z", "a"}, {"u", "z", "a", "y"}]
    for step in range(LAST + 1):
        found = run(graph, 1.5, -1.0, 2.0, "tanh", step)
        assert set(found["values"]) - set("xwb") == (known[step] if step < 5 else set("uzayL"))
    grads = [set(run(graph, 1.5, -1.0, 2.0, "tanh", step)["grads"]) for step in range(5, LAST + 1)]
    assert grads == [set(), {"L"}, set("Ly"), set("Lyax"), set("Lyaxz"), set("Lyaxzub"), set("Lyaxzubw")]


def test_the_mistake_keeps_only_the_last_part(graph):
    found = run(graph, 1.5, -1.0, 2.0, "sigmoid", overwrite=True)["grads"]
    values = in_torch(1.5, -1.0, 2.0, "sigmoid")[0]
    assert found["y"] == pytest.approx(values["y"])  # one of two equal parts
    assert found["x"] == pytest.approx(values["y"] * values["a"] * (1 - values["a"]) * -1.0)


# By keyboard, by address, by touch ---------------------------------------------------------------------------


def press(page, label, key, times=1):
    page.get_by_label(label, exact=True).focus()
    for _ in range(times):
        page.keyboard.press(key)


def drawn(page):
    """(value, gradient) of every box, None where it isn't known yet."""
    boxes = page.locator("[data-widget=backprop] .node").evaluate_all(
        "nodes => nodes.map(n => [n.dataset.name, n.dataset.value, n.dataset.grad])")  # fmt: skip
    return {name: tuple(None if v is None else float(v) for v in rest) for name, *rest in boxes}


def summary(page):
    return page.locator("[data-widget=backprop] .summary").inner_text()


def wait_for_step(page, step):
    page.locator("[data-widget=backprop] .summary").filter(has_text=f"Step {step} of 11").wait_for()


STEP = "Step (0 to 5: forward, 6 to 11: backward)"


def test_it_is_stepped_by_keyboard(graph):
    assert drawn(graph) == {"x": (1.5, None), "w": (-1, None), "b": (2, None), **dict.fromkeys("uzayL", (None, None))}
    press(graph, STEP, "ArrowRight", LAST)
    values, grads = in_torch(1.5, -1.0, 2.0, "sigmoid")
    assert {name: v for name, (v, _) in drawn(graph).items()} == pytest.approx(values)
    assert {name: g for name, (_, g) in drawn(graph).items()} == pytest.approx(grads)
    assert "∂L/∂x = 3.25" in summary(graph) and "says 3.25" in summary(graph)


def test_every_control_works_by_keyboard(graph):
    press(graph, STEP, "End")
    press(graph, "Input x", "ArrowRight", 2)
    press(graph, "Weight w", "ArrowLeft", 3)
    press(graph, "Bias b", "ArrowRight", 4)
    press(graph, "sigmoid", "ArrowRight", 1)
    _, grads = in_torch(1.7, -1.3, 2.4, "tanh")
    assert drawn(graph)["x"][1] == pytest.approx(grads["x"])
    assert graph.url.endswith("#graph:step=11&x=1.7&w=-1.3&b=2.4&f=tanh")
    press(graph, "Make the mistake: overwrite a gradient instead of adding to it", "Space")
    assert drawn(graph)["x"][1] != pytest.approx(grads["x"])


def test_the_mistake_is_seen_in_the_check(graph):
    graph.get_by_role("link", name="make the mistake").click()
    wait_for_step(graph, 11)
    said = summary(graph)
    assert said.split("∂L/∂x = ")[-1].split(";")[0] not in said.split("says ")[-1]


def test_the_links_lead_to_the_steps_that_they_name(graph):
    graph.get_by_role("link", name="to the fork").click()
    wait_for_step(graph, 8)
    assert drawn(graph)["x"][1] == pytest.approx(4.245, abs=1e-3)  # 4.24 is what the question before the figure says
    graph.get_by_role("link", name="a gradient of 0").click()
    wait_for_step(graph, 11)
    assert drawn(graph)["z"][1] == 0
    assert drawn(graph)["x"][1] == drawn(graph)["y"][1] == 3


def test_what_is_said_of_a_step_needs_no_language(graph):
    for step in range(LAST + 1):
        said = graph.evaluate(
            """step => { const w = document.querySelector("[data-widget=backprop]");
            location.hash = "#graph:step=" + step;
            return new Promise(done => setTimeout(() => done(w.querySelector(".summary").textContent), 30)) }""", step)
        formula = said.split(": ", 1)[1].split(". At the end")[0]
        assert "=" in formula
        assert not [word for word in formula.replace("∂L/∂", "").split() if word.isalpha() and len(word) > 1], formula


def test_it_is_accessible_at_its_last_step_in_both_themes(chromium, site):
    for theme in ("light", "dark"):
        path = site / "book" / "en" / PAGE
        with opened(chromium, path, color_scheme=theme) as (page, problems):
            press(page, STEP, "End")
            assert accessibility_violations(page, "[data-widget=backprop]") == []
            assert problems == []


def test_it_works_by_touch_on_a_phone(chromium, site):
    with opened(chromium, site / "book" / "en" / PAGE, viewport=PHONE, has_touch=True) as (page, problems):
        page.locator("#graph").get_by_text("tanh").tap()
        page.locator("#graph").get_by_text("Make the mistake").tap()
        assert page.url.endswith("#graph:f=tanh&overwrite=true")
        inside = page.locator("[data-widget=backprop] svg").bounding_box()
        for box in page.locator("[data-widget=backprop] .node").all():
            found = box.bounding_box()
            assert inside["x"] <= found["x"] and found["x"] + found["width"] <= inside["x"] + inside["width"]
        texts = page.locator("[data-widget=backprop] .node text.title").all()
        boxes = page.locator("[data-widget=backprop] .node rect").all()
        for text, box in zip(texts, boxes, strict=True):
            assert text.bounding_box()["width"] < box.bounding_box()["width"]
        assert problems == []


def test_the_theme_hides_no_control(graph):
    assert graph.locator("[data-widget=backprop] details, [data-widget=backprop] .toggle").count() == 0


def test_without_scripts_it_says_what_it_would_show(chromium, site):
    with opened(chromium, site / "book" / "en" / PAGE, java_script_enabled=False) as (page, _):
        assert "needs JavaScript" in page.locator("[data-widget=backprop]").inner_text()
