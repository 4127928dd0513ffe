"""The race of chapter 3: its arithmetic is the reference kernels', and its controls do what they say."""

import numpy as np
import pytest
from browser import accessibility_violations, opened

from autograder.reference import optimizers as ref

LENGTH = 150
KERNELS = {
    "sgd": (ref.sgd_step, lambda h: {}),
    "momentum": (ref.momentum_step, lambda h: {"momentum": h["mu"]}),
    "nesterov": (ref.nesterov_step, lambda h: {"momentum": h["mu"]}),
    "adagrad": (ref.adagrad_step, lambda h: {}),
    "rmsprop": (ref.rmsprop_step, lambda h: {"alpha": h["beta2"]}),
    "adam": (ref.adam_step, lambda h: {"beta1": h["mu"], "beta2": h["beta2"]}),
}
SETTINGS = {"lr": 0.0008, "mu": 0.85, "beta2": 0.97}
SURFACES = {"ravine": ref.ravine, "noisy": ref.ravine, "saddle": ref.saddle, "rosenbrock": ref.rosenbrock}


@pytest.fixture(scope="module")
def path(site):
    return site / "book" / "en" / "03_optimizers.html"


@pytest.fixture(scope="module")
def race(chromium, path):
    """A page for arithmetic: nothing in it is moved."""
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


@pytest.fixture
def page(chromium, path):
    with opened(chromium, path) as (page, problems):
        yield page
        assert not problems


def engine(page, name, surface, degrees, settings, noise=()):
    return np.array(page.evaluate("([n, s, d, h, z]) => tnn.race.path(n, tnn.race.turned(s, d), h, z)",
                                  [name, surface, degrees, settings, list(noise)]))  # fmt: skip


def turned(surface, degrees):
    """A kernel's surface, turned: (gradient, hessian, start)."""
    R = ref.rotation(np.deg2rad(degrees))
    return (lambda p: R @ surface.gradient(R.T @ p), lambda p: R @ surface.hessian(R.T @ p) @ R.T, R @ surface.start)


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("degrees", [0, 30])
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("name", KERNELS)
def test_a_path_is_the_kernels(race, name, surface, degrees):
    step, settings = KERNELS[name]
    gradient, _, start = turned(SURFACES[surface](), degrees)
    noise = np.random.default_rng(3).normal(size=(LENGTH, 2))
    draws = iter(noise)

    def noisy_gradient(p):
        return gradient(p) + (2 * next(draws) if surface == "noisy" else 0)

    expected = ref.descend(step, noisy_gradient, start, LENGTH, lr=SETTINGS["lr"], **settings(SETTINGS))
    assert_close(engine(race, name, surface, degrees, SETTINGS, noise.ravel()), expected)


@pytest.mark.parametrize("degrees", [0, 75])
@pytest.mark.parametrize("surface", ["ravine", "saddle", "rosenbrock"])
def test_newtons_path_is_the_kernels(race, surface, degrees):
    gradient, hessian, start = turned(SURFACES[surface](), degrees)
    expected = [start]
    for _ in range(LENGTH):
        expected.append(expected[-1] + ref.newton_step(gradient(expected[-1]), hessian(expected[-1])))
    assert_close(engine(race, "newton", surface, degrees, SETTINGS), np.stack(expected))


@pytest.mark.parametrize("surface", SURFACES)
def test_heights_are_the_kernels(race, surface):
    made, points = SURFACES[surface](), np.random.default_rng(0).normal(size=(5, 2))
    value = race.evaluate("([s, p]) => p.map(tnn.race.turned(s, 0).value)", [surface, points.tolist()])
    np.testing.assert_allclose(value, made.value(points), rtol=1e-12)
    lowest = race.evaluate("s => tnn.race.turned(s, 0).lowest", surface)
    assert lowest == pytest.approx(made.value(made.minimum), abs=1e-15)


def test_the_turned_ravine_is_the_kernels(race):
    """The kernel turns its matrix, the engine its points."""
    surface, points = ref.ravine(angle=np.pi / 6), np.random.default_rng(1).normal(size=(4, 2))
    found = race.evaluate("p => p.map(tnn.race.turned('ravine', 30).gradient)", points.tolist())
    np.testing.assert_allclose(found, surface.gradient(points), rtol=1e-12)
    np.testing.assert_allclose(race.evaluate("tnn.race.turned('ravine', 30).start"), surface.start, rtol=1e-12)


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_the_own_rate_is_the_best_of_the_25(race, name):
    step, settings = KERNELS[name]
    surface, h = ref.rosenbrock(), {"mu": 0.9, "beta2": 0.99}
    rates, scores = race.evaluate("tnn.race.rates"), []
    np.testing.assert_allclose(rates, np.logspace(-4, 1, 25), rtol=1e-12)
    for lr in rates:
        with np.errstate(all="ignore"):
            end = ref.descend(step, surface.gradient, surface.start, LENGTH, lr=lr, **settings(h))[-10:]
            score = surface.value(end).mean()
        scores.append(score if np.isfinite(score) else np.inf)
    found = race.evaluate("([n, h]) => tnn.race.ownRate(n, tnn.race.turned('rosenbrock', 0), h, [])", [name, h])
    assert found == rates[int(np.argmin(scores))]


# The page ----------------------------------------------------------------------------------------------------

WIDGET = "[data-widget=optimizer-race]"


def press(page, label, key, times=1):
    page.get_by_label(label, exact=True).focus()
    for _ in range(times):
        page.keyboard.press(key)


def ends(page):
    """(class, points drawn) of the racers on the loss chart."""
    paths = page.locator(f"{WIDGET} svg[role=img] > path.racer")
    return paths.evaluate_all("nodes => nodes.map(n => [n.className.baseVal, n.getAttribute('d').split('L').length])")


def test_every_control_works_by_keyboard(page):
    assert len(ends(page)) == 7
    press(page, "7 Newton", "Space")
    press(page, "Steps", "ArrowRight", 5)
    press(page, "Surface turned by", "ArrowRight", 9)
    press(page, "each method's own best of 25", "ArrowDown")
    press(page, "Rate, if the same for all", "ArrowRight", 2)
    assert page.url.endswith("#race:steps=65&rates=same&lr=-1.9&angle=45&newton=false")
    assert [length for _, length in ends(page)] == [66] * 6
    said = page.locator(f"{WIDGET} .summary").inner_text()
    assert said.count("(0.013)") == 6
    assert "Newton" not in said


def test_an_address_sets_the_race(page):
    page.evaluate("location.hash = '#race:surface=saddle&steps=150'")
    page.wait_for_function("document.querySelector('[data-widget] .summary').textContent.includes('150')")
    ranking = page.locator(f"{WIDGET} .summary").inner_text().split(": ", 1)[1].split("; ")
    assert ranking[-1].startswith("7 Newton 0.25"), "it ends on the saddle, a quarter above the minimum"
    assert page.get_by_label("Surface", exact=True).input_value() == "saddle"


def test_turning_the_ravine_changes_what_the_page_says_it_does(page):
    def heights():
        return dict(page.evaluate("""() => ["sgd", "momentum", "adagrad", "adam"].map(name => {
            return [name, [0, 45].map(degrees => {
                const s = tnn.race.turned("ravine", degrees), h = { lr: 0.05, mu: 0.8, beta2: 0.99 };
                return s.value(tnn.race.path(name, s, h, [])[40]);
            })];
        })"""))  # fmt: skip

    found = heights()
    for name in ("sgd", "momentum"):
        assert found[name][1] == pytest.approx(found[name][0], rel=1e-9)
    for name in ("adagrad", "adam"):
        assert abs(found[name][1] / found[name][0] - 1) > 0.01


def test_other_noise_moves_the_noisy_race_only(page):
    said = page.locator(f"{WIDGET} .summary")
    assert page.get_by_role("button", name="Draw other noise").is_disabled()
    page.get_by_label("Surface", exact=True).select_option("noisy")
    before = said.inner_text()
    page.get_by_role("button", name="Draw other noise").click()
    assert said.inner_text() != before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_runs_away_leaves_the_picture_whole(chromium, path, theme):
    with opened(chromium, path, color_scheme=theme) as (page, problems):
        page.evaluate("location.hash = '#race:rates=same&lr=1&steps=150'")
        page.wait_for_function("document.querySelector('[data-widget] .summary').textContent.includes('∞')")
        for d in page.locator(f"{WIDGET} path").evaluate_all("nodes => nodes.map(n => n.getAttribute('d'))"):
            assert "NaN" not in d and "Infinity" not in d
        assert accessibility_violations(page, WIDGET) == []
        assert problems == []
