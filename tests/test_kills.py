"""Kill what grades, at random moments of every phase: the run goes on, and a repeated run mends what was lost."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import psutil
import pytest
from courses import ROOT
from nbgrader.api import Gradebook

from autograder import grading, nbgrader_plugin
from autograder.course import Course
from autograder.executor import Session
from autograder.grade import Grader
from autograder.gradebook import Book
from autograder.processes import Zygote
from autograder.samples import load_samples, write_submission

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"
STUDENTS = ("perfect", "exception", "unbiased_variance")
PHASES = {
    "starting": (Zygote, "start"),
    "cell": (Session, "run"),
    "probe": (Session, "probe"),
    "checking": (grading._Checking, "ask"),
    "saving": (Book, "record"),
}
TARGETS = ("student", "checker", "zygote")


def content(out):
    """What a gradebook says, without timestamps and the identifiers that differ from run to run."""
    rows = []
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            for notebook in submission.notebooks:
                for g in notebook.grades:
                    rows.append(
                        (submission.student.id, g.name, g.auto_score, g.manual_score, g.max_score, g.needs_manual_grade)
                    )
                for c in notebook.comments:
                    rows.append((submission.student.id, c.name, c.auto_comment, c.manual_comment))
    return sorted(rows, key=repr)


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A small class, and what its gradebook says after a run that nobody disturbed."""
    root = tmp_path_factory.mktemp("kills")
    samples = {s.name: s for s in load_samples(ROOT / "samples" / ASSIGNMENT)}
    for name in STUDENTS:
        write_submission(COURSE, name, ASSIGNMENT, samples[name].text, root / "submitted")
    (root / "calm").mkdir()
    (root / "calm" / "secret").write_text("the same for every run\n")
    Grader(COURSE, root / "submitted", root / "calm").grade([ASSIGNMENT])
    return root, content(root / "calm")


class Killer:
    """Watches which phase grading is in and kills one of its processes in the middle of it."""

    def __init__(self, rng):
        self.rng, self.phase, self.done, self.kills = rng, "", False, Counter()

    @contextlib.contextmanager
    def watching(self, monkeypatch, want):
        for phase, (owner, name) in PHASES.items():
            monkeypatch.setattr(owner, name, self.marking(getattr(owner, name), phase))
        thread = threading.Thread(target=self.hunt, args=(want,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.done = True
            thread.join()

    def marking(self, method, phase):
        def marked(*args, **kwargs):
            before, self.phase = self.phase, phase
            try:
                return method(*args, **kwargs)
            finally:
                self.phase = before

        return marked

    def hunt(self, want):
        """Kill once in each of the wanted (phase, target) pairs, in their order; never idle-wait on one for long."""
        for phase, target in want:
            patience = time.monotonic() + 20
            while self.phase != phase and not self.done and time.monotonic() < patience:
                time.sleep(0.0005)
            time.sleep(self.rng.uniform(0, 1.0 if phase == "starting" else 0.005))
            for process in self.find(target):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
                    self.kills[phase, target] += 1
                    break

    def find(self, target):
        """The grading processes of a kind, our own children and theirs."""
        found = []
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process().children():
                command = " ".join(child.cmdline())
                kind = "zygote" if "sandbox" in command else "checker" if "autograder.checker" in command else ""
                if kind == target == "zygote":
                    found.append(child)
                elif kind == "zygote" and target == "student":
                    found += child.children()
                elif kind == target == "checker":
                    found += [*child.children(), child]
        self.rng.shuffle(found)
        return found


def hunt_until(classroom, monkeypatch, seed, enough):
    """Disturb runs until there were `enough` kills in every phase; each is repeated in peace and compared."""
    root, calm = classroom
    rng, total, runs = random.Random(seed), Counter(), 0
    while min((sum(n for (p, _), n in total.items() if p == phase) for phase in PHASES), default=0) < enough:
        runs += 1
        assert runs < 40, f"after {runs} runs only {total}"
        out = root / f"run{seed}-{runs}"
        out.mkdir()
        (out / "secret").write_text("the same for every run\n")
        grader = Grader(COURSE, root / "submitted", out)
        want = [(phase, rng.choice(TARGETS)) for phase in PHASES for _ in range(3)]
        rng.shuffle(want)
        killer = Killer(rng)
        with monkeypatch.context() as patch, killer.watching(patch, want):
            done = grader.grade([ASSIGNMENT], regrade=True)
        assert {s.student for s in done} == set(STUDENTS)
        total += killer.kills
        again = grader.grade([ASSIGNMENT])
        assert all(s.status == "graded" for s in again), [s.reason for s in again]
        assert content(out) == calm, f"run {runs} of seed {seed}"
    print(f"{sum(total.values())} kills in {runs} runs: {dict(total)}")
    return total


def test_a_repeated_run_ends_in_the_same_gradebook(classroom, monkeypatch):
    total = hunt_until(classroom, monkeypatch, seed=1, enough=1)
    assert sum(total.values()) >= 5


@pytest.mark.full
def test_fifty_kills(classroom, monkeypatch):
    total = Counter()
    for seed in range(2, 12):
        total += hunt_until(classroom, monkeypatch, seed, enough=2)
        if sum(total.values()) >= 50 and all(sum(n for (p, _), n in total.items() if p == q) >= 5 for q in PHASES):
            return
    raise AssertionError(f"only {sum(total.values())} kills: {total}")


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_command_leaves_a_run_that_can_be_repeated(classroom, seed):
    root, calm = classroom
    rng = random.Random(seed)
    out = root / f"command{seed}"
    out.mkdir()
    (out / "secret").write_text("the same for every run\n")
    command = [sys.executable, "-m", "autograder", "grade", "--submitted", root / "submitted", "--out", out]
    run = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    helpers = set()
    deadline = time.monotonic() + rng.uniform(1.5, 9)
    while time.monotonic() < deadline and run.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            helpers |= set(psutil.Process(run.pid).children(recursive=True))
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(run.pid, signal.SIGKILL)
    run.wait()
    done = Grader(COURSE, root / "submitted", out).grade([ASSIGNMENT])
    assert all(s.status == "graded" for s in done)
    assert content(out) == calm
    gone, alive = psutil.wait_procs(helpers, timeout=15)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE], "a killed command left processes behind"


@pytest.fixture(scope="module", autouse=True)
def fresh_processes():
    """Leave no half-killed zygote to the tests that follow."""
    yield
    nbgrader_plugin.shared_processes().close()
    nbgrader_plugin.shared_processes.cache_clear()
