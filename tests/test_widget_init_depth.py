"""The random network of chapter 5: its arithmetic is the reference kernels', and its controls do what they say."""

import math

import numpy as np
import pytest
from browser import accessibility_violations, opened

from autograder.reference import initialization as ref

WIDGET = "[data-widget=init-depth]"
NAMES = ["linear", "relu", "tanh", "sigmoid", "selu"]


@pytest.fixture(scope="module")
def path(site):
    return site / "book" / "en" / "05_initialization.html"


@pytest.fixture(scope="module")
def engine(chromium, path):
    """A page for arithmetic: nothing in it is moved."""
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


@pytest.fixture
def page(chromium, path):
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


def drawn(engine, scheme, draw):
    """(weights of 50 layers, x, gradient at the end) of one drawing, weights of variance 1 / 48."""
    found = engine.evaluate("""([s, d]) => {
        const plain = A => Array.from(A, row => Array.from(row)), made = tnn.init.drawing(s, d);
        return [made.weights.map(plain), plain(made.x), plain(made.g)];
    }""", [scheme, draw])  # fmt: skip
    return [np.array(v) for v in found]


@pytest.mark.parametrize("name", NAMES)
def test_both_equations_are_the_kernels(engine, name):
    phi, dphi = ref.ACTIVATIONS[name]
    for q, sigma_w in [(0.04, 1.3), (1.0, 0.7), (48.0, math.sqrt(48))]:
        found = engine.evaluate("""([n, q, s]) => {
            const f = tnn.init.activations[n];
            return [tnn.init.nextMoment(q, f[0], s), tnn.init.gradientFactor(q, f[1], s)];
        }""", [name, q, sigma_w])  # fmt: skip
        expected = [ref.predicted_second_moment(q, phi, sigma_w, 0), ref.gradient_factor(q, dphi, sigma_w)]
        np.testing.assert_allclose(found, expected, rtol=2e-4)


@pytest.mark.parametrize("scheme", ["he", "default", "orthogonal", "unit"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_measured_is_what_the_kernels_measure(engine, name, scheme):
    state = {"activation": name, "scheme": scheme, "scale": 0.85, "depth": 9, "draw": 1}
    found = engine.evaluate("s => tnn.init.compute(s)", state)
    weights, x, g = drawn(engine, scheme, 1)
    sigma_w = 0.85 * {"he": math.sqrt(2), "default": math.sqrt(1 / 3), "orthogonal": 1, "unit": math.sqrt(48)}[scheme]
    weights, (phi, dphi) = [sigma_w * W for W in weights[:9]], ref.ACTIVATIONS[name]
    hidden = ref.forward(x, weights, phi)
    grads = ref.backward(g, hidden, weights, dphi)
    np.testing.assert_allclose(found["signal"], [(h**2).mean() for h in hidden], rtol=1e-9)
    np.testing.assert_allclose(found["gradient"], [(v**2).mean() / (g**2).mean() for v in grads], rtol=1e-9)
    q = ref.second_moments(sigma_w**2, 8, phi, sigma_w)
    np.testing.assert_allclose(found["q"], q, rtol=1e-3)
    chi = [ref.gradient_factor(v, dphi, sigma_w) for v in q[:-1]]
    # Huge signals make SELU's slope a step that is narrower than either rule's points.
    np.testing.assert_allclose(found["chi"], np.append(np.cumprod(chi[::-1])[::-1], 1), rtol=1e-2)


def test_weights_are_what_their_scheme_says(engine):
    for scheme, fourth in [("he", 3.0), ("default", 1.8)]:  # E[w^4] / E[w^2]^2: normal and uniform
        W = drawn(engine, scheme, 3)[0]
        assert (48 * W**2).mean() == pytest.approx(1, abs=0.02)
        assert (W**4).mean() / (W**2).mean() ** 2 == pytest.approx(fourth, rel=0.02)
        assert abs(np.corrcoef(W[:, ::2].ravel(), W[:, 1::2].ravel())[0, 1]) < 0.02
    bound = math.sqrt(3 / 48)
    assert np.abs(drawn(engine, "default", 3)[0]).max() <= bound
    for W in drawn(engine, "orthogonal", 2)[0]:
        np.testing.assert_allclose(W @ W.T, np.eye(48), atol=1e-12)
    sigma = engine.evaluate("tnn.init.sigma")
    for scheme, std in [("he", ref.kaiming_std((48, 48))), ("xavier", ref.xavier_std((48, 48))),
                        ("default", 1 / math.sqrt(3 * 48)), ("small", 0.01), ("unit", 1)]:  # fmt: skip
        assert sigma[scheme] == pytest.approx(std * math.sqrt(48), rel=1e-12)


def test_every_control_works_by_keyboard(page):
    def press(label, key, times=1):
        page.get_by_label(label, exact=True).focus()
        for _ in range(times):
            page.keyboard.press(key)

    press("Activation", "ArrowDown")
    press("Scheme", "ArrowDown")
    press("All weights times", "ArrowRight", 2)
    press("Layers", "ArrowLeft", 10)
    page.get_by_role("button", name="Draw other weights").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#depth:activation=tanh&scheme=xavier&scale=1.1&depth=40&draw=1")
    said = page.locator(f"{WIDGET} .summary").inner_text()
    assert said.startswith("40 layers.")
    assert "NaN" not in said
    curves = page.locator(f"{WIDGET} svg[role=img] > path.curve").evaluate_all(
        "nodes => nodes.map(n => n.getAttribute('d').split('L').length)")  # fmt: skip
    assert curves[:2] == [40, 40]


def test_the_links_of_the_page_set_the_figure(page):
    page.get_by_role("link", name="5 % smaller").click()
    page.wait_for_function("document.querySelector('[data-widget] output').textContent === '0.95'")
    said = page.locator(f"{WIDGET} .summary").inner_text()
    assert "predicted 6.6 × 10⁻³" in said.split("Gradient")[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_extremes_leave_the_picture_whole(chromium, path, theme):
    with opened(chromium, path, color_scheme=theme) as (page, problems):
        for state in ("activation=relu&scheme=unit&scale=2", "activation=sigmoid&scheme=small&scale=0.5"):
            page.evaluate(f"location.hash = '#depth:{state}'")
            page.wait_for_timeout(200)
            for d in page.locator(f"{WIDGET} path").evaluate_all("nodes => nodes.map(n => n.getAttribute('d'))"):
                assert "NaN" not in d and "Infinity" not in d
            assert "NaN" not in page.locator(f"{WIDGET} .summary").inner_text()
        assert accessibility_violations(page, WIDGET) == []
        assert problems == []
