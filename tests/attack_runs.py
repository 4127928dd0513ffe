"""Let attacks loose: on the grader as it is, and on the opponents that they are known to beat."""

import contextlib
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import numpy as np
from attacking import ASSIGNMENT, BASE_MARKS, World, copy_world, course_of, text_of
from courses import copy_course
from nbgrader.api import Gradebook

from autograder.master import Master
from autograder.nbgrader_plugin import run_converter
from autograder.reference.batch_normalization import zca_whiten
from autograder.release import generate
from autograder.samples import build

PLAIN = "from autograder.nbgrader_plugin import configure\n\nconfigure(get_config(), trusted=False)\n"
PATIENCE = 100  # seconds for one run of one attack
INPUTS = """\
def close(a, b):
    return np.max(np.abs(a - b) / (np.maximum(1e-8, np.abs(a) + np.abs(b))))
rng = np.random.default_rng({seed})
x, gamma, beta, mean, var = rng.normal(size=(6, 4)), *rng.normal(size=(3, 4)), rng.uniform(1, 2, size=4)
"""
# How courses commonly test: each of these is an idiom in use, and each can be beaten.
HIDDEN = {
    "batch_norm_forward": """\
from numpy.testing import assert_allclose
expected = gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5) + beta
assert_allclose(batch_norm_forward(x, gamma, beta), expected, rtol=1e-4)""",
    "update_running_stats": """\
result = update_running_stats(x, mean, var, 0.3)
expected = 0.7 * mean + 0.3 * x.mean(0), 0.7 * var + 0.3 * x.var(0, ddof=1)
for got, wanted in zip(result, expected, strict=True):
    if close(got, wanted) > 1e-4:
        raise AssertionError("not close enough")""",
    "batch_norm_inference": """\
expected = gamma * (x - mean) / np.sqrt(var + 1e-5) + beta
assert np.allclose(batch_norm_inference(x, gamma, beta, mean, var), expected)""",
    "fold_batch_norm": """\
expected = x.T * (gamma / np.sqrt(var + 1e-5))[:, None], gamma * (0 - mean) / np.sqrt(var + 1e-5) + beta
result = fold_batch_norm(x.T, np.zeros(4), gamma, beta, mean, var)
for got, wanted in zip(result, expected):
    assert np.allclose(got, wanted), "not close enough" """,
    "group_norm": """\
images = x.reshape(1, 6, 2, 2)
result = group_norm(images, 3, np.ones(6), np.zeros(6))
import torch
expected = torch.nn.functional.group_norm(torch.as_tensor(images), 3)
assert isinstance(result, (np.ndarray, torch.Tensor))
assert torch.allclose(torch.as_tensor(result), expected, atol=1e-6)""",
    "zca_whiten": """\
import pickle
with open("expected.pkl", "rb") as file:
    x, expected = pickle.load(file)
z = zca_whiten(x)
assert abs(z - expected).max() < 1e-6""",
}


@dataclass
class Outcome:
    """What an attack came to: which of the things in WINS it won, its points, and what a person should read."""

    won: set = field(default_factory=set)
    points: float | None = None
    stolen: list = field(default_factory=list)
    said: str = ""

    def gains(self):
        """As a table shows it."""
        words = {
            "canary": f"reads {', '.join(self.stolen)}",
            "points": f"{self.points:g} points for 5" if self.points else "",
            "deed": "does what it tries",
            "file": "changes files outside",
            "upset": "costs marks or ends the run",
            "flood": "floods the gradebook",
        }
        return "; ".join(words[w] for w in words if w in self.won) or "nothing"


# ---- worlds


def make_world(root, opponent="ours"):
    """A course with secrets in it and one honest neighbour, whose work is graded but by ours."""
    world = World(root)
    course = copy_course(world.root)
    world.plant()
    url = f"sqlite:///{world.grading / 'gradebook.db'}"
    with _environment(world):
        if opponent == "stock":
            _release_stock(world, course, url)
        else:
            generate(course, [ASSIGNMENT], world.root / "exercises", url)
    with Gradebook(url) as book:
        book.add_student("someone", last_name=world.canaries["gradebook"])
    world.hand_in(world.neighbour, build(course_of(world), ASSIGNMENT, world.neighbour_text()))
    if opponent != "ours":
        (world.root / "nbgrader_config.py").write_text(PLAIN)
    if opponent in ("stock", "kernel"):
        done = run(world, "nbgrader", "autograde", ASSIGNMENT, f"--student={world.neighbour}")
        assert done.returncode == 0, done.stderr[-2000:]
    return world


def _release_stock(world, course, url):
    """The same assignment as others would write it: hidden tests of plain asserts in place of graded lines."""
    master = Master(course.master(ASSIGNMENT), course.questions)
    notebook, kept = master.source_notebook(), []
    for cell in notebook.cells:
        role, _, name = cell.metadata.get("nbgrader", {}).get("grade_id", "").partition("_")
        if role == "given" or name in HIDDEN:
            kept.append(cell)
        if role == "graded" and name in HIDDEN:
            hidden = f"# {world.canaries['hidden']}\n{INPUTS.format(seed=len(kept))}{HIDDEN[name]}"
            cell.source = f"# graded here\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    notebook.cells = kept
    folder = world.root / "build" / "source" / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")
    x = np.random.default_rng(1).normal(size=(9, 3))
    (folder / "expected.pkl").write_bytes(pickle.dumps((x, zca_whiten(x))))
    directories = {"release_directory": str(world.root / "exercises"), "db_url": url}
    run_converter("GenerateAssignment", course, ASSIGNMENT, ".", directories, force=True)


@contextlib.contextmanager
def _environment(world):
    before = os.environ.copy()
    os.environ.update(world.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


# ---- runs


def run(world, *command, patience=PATIENCE):
    """Run a command in a world, in a session of its own that ends with it. Returns the finished process."""
    with (world.root / "build" / "said").open("w+") as said:
        with listening(world):
            process = subprocess.Popen(
                [sys.executable, "-m", *map(str, command)],
                cwd=world.root,
                env=world.environment,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = process.wait(patience)
            except subprocess.TimeoutExpired:
                status = -signal.SIGKILL
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        end_leftovers(world)
        said.seek(0)
        text = said.read()
    return subprocess.CompletedProcess(command, status, text, text)


def end_leftovers(world):
    """Kill what an attack left running: processes that carry this world in their environment, and no others."""
    mark = f"AUTOGRADER_COURSE={world.root}\0".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in path.read_bytes() + b"\0":
                os.kill(int(path.parent.name), signal.SIGKILL)


@contextlib.contextmanager
def listening(world):
    """Somebody to talk to: a TCP port, a Unix socket and an abstract one, on this machine only."""
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix, socket.socket(socket.AF_UNIX) as abstract:
        tcp.bind(("127.0.0.1", world.port))
        if world.port == 0:
            world.port = tcp.getsockname()[1]
        path = world.harm / "s"
        path.unlink(missing_ok=True)
        with contextlib.chdir(world.harm):  # such addresses are short
            unix.bind("s")
        abstract.bind(f"\0{world.port}")
        for each in (tcp, unix, abstract):
            each.listen(8)
        yield
        path.unlink(missing_ok=True)


def choose_port(world):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        world.port = free.getsockname()[1]


def controls(template, attacks, root):
    """Attacks against their one opponent, in copies of a world. Returns the Outcomes, by name."""
    together, alone = [a for a in attacks if not a.alone], [a for a in attacks if a.alone]
    found = {}
    for group in ([together] if together else []) + [[a] for a in alone]:
        world = copy_world(template, root)
        choose_port(world)
        for attack in group:
            world.let_loose(attack, lambda text, world=world: build(course_of(world), ASSIGNMENT, text))
        before, trusting = world.snapshot(), ["--trust-students", "--json"]
        if group[0].control == "unlocked":
            done = run(world, "autograder", "grade", ASSIGNMENT, *trusting, patience=PATIENCE * len(group))
        else:
            done = run(world, "nbgrader", "autograde", ASSIGNMENT, "--force", patience=PATIENCE * len(group))
        time.sleep(1.5 if group[0].wins == "file" else 0)
        for attack in group:
            found[attack.name] = judge(world, attack, before, done)
        shutil.rmtree(root, ignore_errors=True)
    return found


def judge(world, attack, before, done):
    """What an attack won."""
    found = Outcome(said=done.stdout[-3000:])
    marks = marks_of(world, attack.name)
    path = world.grading / "autograded" / attack.name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    with contextlib.suppress(Exception):
        shown = text_of(nbformat.read(path, 4))
        found.stolen = world.stolen(shown, attack)
        found.said += shown[-3000:]
        found.won |= {"flood"} if path.stat().st_size > 4 * 2**20 else set()
    found.points = sum(marks.values()) if marks else None
    found.won |= {"deed"} & set(found.stolen)
    found.stolen = [kind for kind in found.stolen if kind != "deed"]
    found.won |= {"canary"} if found.stolen else set()
    found.won |= {"points"} if marks and found.points > sum(BASE_MARKS.values()) else set()
    found.won |= {"file"} if world.snapshot() != before else set()
    base_lost = not marks or marks.get("batch_norm_inference", 0) < BASE_MARKS["batch_norm_inference"]
    neighbour_lost = sum((marks_of(world, world.neighbour) or {}).values()) != all_points(world)
    found.won |= {"upset"} if base_lost or neighbour_lost else set()
    return found


def marks_of(world, student):
    """Points by question from the gradebook; None if there are none, or no gradebook."""
    with contextlib.suppress(Exception), Gradebook(f"sqlite:///{world.grading / 'gradebook.db'}") as book:
        grades = book.find_submission(ASSIGNMENT, student).notebooks[0].grades
        return {g.name.removeprefix("graded_"): float(g.score) for g in grades if g.name.startswith("graded_")}
    return None


def all_points(world):
    """What perfect work is worth here."""
    released = nbformat.read(world.root / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", 4)
    own = [c.metadata.nbgrader for c in released.cells if "nbgrader" in c.metadata]
    return sum(float(n.points) for n in own if n.grade_id.startswith("graded_"))


def grade_class(world, *options, patience=600):
    """`autograder grade` on everybody. Returns the finished process and the report, by student."""
    done = run(world, "autograder", "grade", ASSIGNMENT, "--json", *options, patience=patience)
    start = done.stdout.find('{\n "submissions"')
    report = json.loads(done.stdout[start:]) if start >= 0 else {"submissions": []}
    return done, {s["student"]: s for s in report["submissions"]}
