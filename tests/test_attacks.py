"""Every attack gains nothing here, and each is known to succeed somewhere else."""

import json

import nbformat
import pytest
from attack_runs import all_points, choose_port, controls, grade_class, judge, make_world, marks_of, run
from attacking import ASSIGNMENT, BASE, course_of, digest, load_attacks
from courses import ROOT

from autograder.samples import build

ATTACKS = load_attacks()
SAMPLED = ["answers_nan", "lies_when_converted", "reads_the_gradebook", "transforms_syntax_trees", "walks_the_stack"]
EXCEPTIONS = sorted(name for name, attack in ATTACKS.items() if attack.exception)


def class_of_attackers(root):
    """A world in which every attack is handed in, beside honest work and the same notebook without an attack."""
    world = make_world(root)
    choose_port(world)
    for attack in ATTACKS.values():
        world.let_loose(attack, lambda text: build(course_of(world), ASSIGNMENT, text))
    world.hand_in("no_attack", build(course_of(world), ASSIGNMENT, BASE))
    return world


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The whole class through `autograder grade`."""
    world = class_of_attackers(tmp_path_factory.mktemp("attacks") / "course")
    before = world.snapshot()
    done, report = grade_class(world)
    return world, before, done, report


@pytest.fixture(scope="module")
def autograded(tmp_path_factory):
    """The whole class through nbgrader's own command, configured to use this grader."""
    world = class_of_attackers(tmp_path_factory.mktemp("attacks") / "course")
    before = world.snapshot()
    return world, before, run(world, "nbgrader", "autograde", ASSIGNMENT, patience=600)


def check(world, before, done, attack):
    """Marks as without the attack, and nothing won but what the fixture explains."""
    expected = dict.fromkeys(marks_of(world, "no_attack"), 0.0) | attack.expected
    assert marks_of(world, attack.name) == expected
    found = judge(world, attack, before, done)
    won = found.won - ({"upset"} if expected != marks_of(world, "no_attack") else set())
    assert not won or attack.exception, (won, found.said)
    assert not found.stolen, found.said


def check_the_rest(world, before, done):
    """Honest work as ever, no file touched, the run at its end."""
    assert done.returncode == 0, done.stdout[-3000:]
    assert {q: p for q, p in marks_of(world, "no_attack").items() if p} == {"batch_norm_inference": 5.0}
    assert sum(marks_of(world, world.neighbour).values()) == all_points(world)
    assert world.snapshot() == before
    kept = {k: v for k, v in world.canaries.items() if k not in ("student", "neighbour", "solution")}
    for path in [p for name in ("autograded", "feedback", "state") for p in (world.grading / name).rglob("*")]:
        if path.is_file():
            text = path.read_text(errors="replace")
            assert not [kind for kind, value in kept.items() if value in text], path
    assert not [kind for kind, value in kept.items() if value in done.stdout]


def test_the_recorded_table_is_about_these_attacks():
    rows = {row["attack"]: row for row in json.loads((ROOT / "book" / "attacks.json").read_text())["attacks"]}
    assert {name: row["fixture"] for name, row in rows.items()} == {name: digest(name) for name in ATTACKS}
    for name, row in rows.items():
        assert row["there"] != "nothing", name
        assert row["here"] == "nothing" or row["because"], name


def test_there_are_many_attacks_and_few_exceptions():
    assert len(ATTACKS) >= 40
    assert len(EXCEPTIONS) <= 8


@pytest.mark.parametrize("name", ATTACKS)
def test_it_gains_nothing(graded, name):
    world, before, done, report = graded
    check(world, before, done, ATTACKS[name])
    assert report[name]["status"] == ("unreadable" if "unreadable" in ATTACKS[name].header else "graded")
    points = {q["id"]: q["points"] for q in report[name]["questions"]}
    assert points == marks_of(world, name)


def test_a_call_that_does_the_work_is_reported(graded):
    marks = {q["id"]: q for q in graded[3]["calls_the_library"]["questions"]}
    assert "torch.nn.functional.batch_norm" in marks["batch_norm_forward"]["flags"][0]
    assert not marks["batch_norm_inference"]["flags"]


def test_nobody_else_is_hurt(graded):
    world, before, done, report = graded
    check_the_rest(world, before, done)
    assert len(report) == len(ATTACKS) + 2


def test_what_is_stored_is_small(graded):
    for name in ("autograded", "state"):
        for path in (graded[0].grading / name).rglob("*"):
            assert not path.is_file() or path.stat().st_size < 2**20, path


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_feedback_gives_nothing_away(graded):
    world, before, done, _ = graded
    written = run(world, "autograder", "feedback", ASSIGNMENT, patience=600)
    assert written.returncode == 0, written.stdout[-3000:]
    check_the_rest(world, before, done)


@pytest.mark.full
@pytest.mark.parametrize("name", ATTACKS)
def test_it_gains_nothing_through_nbgrader_either(autograded, name):
    check(*autograded, ATTACKS[name])


@pytest.mark.full
def test_nobody_else_is_hurt_through_nbgrader_either(autograded):
    check_the_rest(*autograded)


def tried(names, tmp_path_factory):
    """The named attacks against the opponents they are known to beat."""
    found = {}
    for opponent in ("stock", "kernel", "unlocked"):
        group = [ATTACKS[name] for name in names if ATTACKS[name].control == opponent]
        if group:
            root = tmp_path_factory.mktemp(opponent)
            found |= controls(make_world(root / "template", opponent), group, root / "course")
    return found


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    return tried(SAMPLED, tmp_path_factory)


@pytest.fixture(scope="module")
def controlled(tmp_path_factory):
    return tried(ATTACKS, tmp_path_factory)


@pytest.mark.parametrize("name", SAMPLED)
def test_it_succeeds_elsewhere(sampled, name):
    assert ATTACKS[name].wins in sampled[name].won, sampled[name].said


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ATTACKS)
def test_each_succeeds_elsewhere(controlled, name):
    assert ATTACKS[name].wins in controlled[name].won, controlled[name].said


def test_the_neighbour_shows_in_its_own_work_alone(graded):
    world, _, _, _ = graded
    secret = world.canaries["neighbour"]
    for path in (world.grading / "autograded").rglob("*.ipynb"):
        assert (secret in path.read_text()) is (world.neighbour in path.parts), path
        assert nbformat.read(path, 4)
