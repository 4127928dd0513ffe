"""Kill what grades, at random moments of every phase: the run goes on, and a repeated run mends what was lost."""

import contextlib
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter

import psutil
import pytest
from courses import ROOT
from stored import folders, tables

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
    """What a run stored, apart from timestamps: every row of every table, and every graded notebook."""
    rows = tables(out)
    rows["submitted_assignment"] = [
        tuple((k, v) for k, v in row if k != "timestamp") for row in rows["submitted_assignment"]
    ]
    return rows, folders(out)


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


def start_command(root, out, workers=2):
    """`autograder grade` with worker processes, on its way."""
    out.mkdir()
    (out / "secret").write_text("the same for every run\n")
    command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--workers", str(workers)]
    command += ["--submitted", str(root / "submitted"), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, text=True)


def interrupted(root, out, rng, number):
    """Send a signal to a run at a random moment, to the command or to one of its workers. Returns what it said."""
    run = start_command(root, out)
    helpers = set()
    while not (out / "gradebook.lock").exists() and run.poll() is None:  # Python is still starting
        time.sleep(0.01)
    deadline = time.monotonic() + rng.uniform(0, 12)
    while time.monotonic() < deadline and run.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            helpers |= set(psutil.Process(run.pid).children(recursive=True))
        time.sleep(0.05)
    workers = [p for p in helpers if p.is_running() and p.status() != "zombie" and "autograder.worker" in cmdline(p)]
    if number == WORKER:
        for worker in rng.sample(workers, min(1, len(workers))):
            worker.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            run.send_signal(number)
    _, said = run.communicate(timeout=120)
    _, alive = psutil.wait_procs(helpers, timeout=15)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE], "processes were left behind"
    return said


def cmdline(process):
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


def repeat(root, out):
    """The same again, in peace."""
    done = Grader(COURSE, root / "submitted", out).grade([ASSIGNMENT])
    assert all(s.status == "graded" for s in done), [s.reason for s in done]


WORKER = "a worker"


@pytest.mark.parametrize(
    ("number", "seed"), [(signal.SIGKILL, 0), (signal.SIGKILL, 1), (signal.SIGINT, 2), (signal.SIGINT, 3), (WORKER, 4)]
)
def test_a_stopped_command_leaves_a_run_that_can_be_repeated(classroom, number, seed):
    root, calm = classroom
    out = root / f"command-{number}-{seed}"
    said = interrupted(root, out, random.Random(seed), number)
    assert "Traceback" not in said
    repeat(root, out)
    assert content(out) == calm


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_fifty_stops_at_random_moments(classroom):
    root, calm = classroom
    rng = random.Random(50)
    for i in range(50):
        out = root / f"stop{i}"
        said = interrupted(root, out, rng, rng.choice([signal.SIGKILL, signal.SIGINT, WORKER]))
        assert "Traceback" not in said, said
        repeat(root, out)
        assert content(out) == calm, i
        shutil.rmtree(out)


def _small_files(size):
    """In the child, before it becomes the command: no file may grow beyond this, as on a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [0, 8_000, 60_000, 150_000])
def test_a_full_disk_fails_and_the_repeated_run_does_not(classroom, size):
    """Nothing that was written before is lost, no half-written file is taken for a result."""
    root, calm = classroom
    out = root / f"full-{size}"
    out.mkdir()
    (out / "secret").write_text("the same for every run\n")
    command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--workers", "1", "--json"]
    command += ["--submitted", str(root / "submitted"), "--out", str(out)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, preexec_fn=lambda: _small_files(size)
    )
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    repeat(root, out)
    assert content(out) == calm


def test_a_locked_database_is_waited_for_and_then_said(classroom, monkeypatch):
    root, calm = classroom
    out = root / "locked"
    out.mkdir()
    (out / "secret").write_text("the same for every run\n")
    grader = Grader(COURSE, root / "submitted", out)
    grader.grade([ASSIGNMENT], STUDENTS[:1])
    other = sqlite3.connect(out / "gradebook.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(4, other.execute, ["COMMIT"])
    release.start()
    assert [s.status for s in grader.grade([ASSIGNMENT])] == ["graded"] * len(STUDENTS)  # it waited
    release.join()
    assert content(out) == calm
    other.close()


@pytest.fixture(scope="module", autouse=True)
def fresh_processes():
    """Leave no half-killed zygote to the tests that follow."""
    yield
    nbgrader_plugin.shared_processes().close()
    nbgrader_plugin.shared_processes.cache_clear()
