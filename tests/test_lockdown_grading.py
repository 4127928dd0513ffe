"""Lock-down as a grader meets it: refused where it can't hold, watched, the checker too, and no secret in memory."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from courses import ROOT, autograder, copy_course

from autograder.checker import CheckerProcess
from autograder.course import ROOT_VARIABLE, Course
from autograder.executor import Limits, Session, Zygote
from autograder.failures import CannotLockDown
from autograder.grade import Grader
from autograder.grading import Processes, grade_notebook
from autograder.normalise import normalise
from autograder.release import generate, load_release
from autograder.samples import load_samples, write_submission

ASSIGNMENT = "04_batch_normalization"

# Runs a command where these system calls fail as on a kernel without them. A real filter, for it and its children.
WITHOUT = """
import os, sys, pyseccomp
found = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
for name in {calls!r}.split():
    found.add_rule(pyseccomp.ERRNO({errno}), name)
if {prctl}:
    found.add_rule(pyseccomp.ERRNO({errno}), "prctl", pyseccomp.Arg(0, pyseccomp.EQ, {prctl}))
found.load()
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
NO_LANDLOCK = WITHOUT.format(calls=LANDLOCK, errno=38, prctl=0)
LANDLOCK_THAT_FAILS = WITHOUT.format(calls="landlock_restrict_self", errno=1, prctl=0)
NO_SECCOMP = WITHOUT.format(calls="seccomp", errno=22, prctl=22)  # PR_SET_SECCOMP, the older way


@pytest.fixture(scope="module")
def zygote():
    with Zygote() as zygote:
        yield zygote


@pytest.fixture
def submitted(tmp_path):
    (sample,) = [s for s in load_samples(ROOT / "samples" / ASSIGNMENT) if s.name == "perfect"]
    write_submission(Course.find(), "ada", ASSIGNMENT, sample.text, tmp_path / "submitted")
    return tmp_path / "submitted"


def without(missing, *arguments, cwd=ROOT):
    """Run Python where the kernel offers less. Returns the finished process."""
    command = [sys.executable, "-c", missing, *map(str, arguments)]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(command, cwd=cwd, env=os.environ | {"PATH": path}, capture_output=True, text=True)


def grade(submitted, *options):
    return "-m", "autograder", "grade", "--submitted", submitted, "--out", submitted.parent / "out", *options


# ---- refusal


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        (NO_LANDLOCK, "this kernel offers no Landlock"),
        (LANDLOCK_THAT_FAILS, "locking down failed"),
        (NO_SECCOMP, "seccomp can't be used"),
    ],
)
def test_grading_refuses_where_it_cannot_lock_down(submitted, missing, says):
    done = without(missing, *grade(submitted))
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "autograder doctor" in done.stderr
    assert "--trust-students" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    out = submitted.parent / "out"
    assert not (out / "gradebook.db").exists()
    assert not (out / "autograded").exists()


def test_trust_is_explicit_stored_shown_and_not_mixed_up(submitted):
    """Without lock-down on request; a later run that has it doesn't take the mark for its own."""
    done = without(NO_LANDLOCK, *grade(submitted, "--trust-students", "--json"))
    assert done.returncode == 0, done.stderr
    assert "without lock-down" in done.stderr
    (mark,) = json.loads(done.stdout)["submissions"]
    assert mark["trusted_students"] is True
    assert mark["score"] == mark["max_score"] > 0
    out = submitted.parent / "out"
    state = json.loads((out / "state" / ASSIGNMENT / "ada.json").read_text())
    assert state["submission"]["trusted_students"] is True
    stored = json.loads((out / "autograded" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text())
    assert stored["metadata"]["autograder"]["trusted_students"] is True

    (again,) = Grader(Course.find(), submitted, out, trust_students=True).grade([ASSIGNMENT])
    assert again.cached
    assert again.trusted_students
    (locked,) = Grader(Course.find(), submitted, out).grade([ASSIGNMENT])
    assert not locked.cached
    assert not locked.trusted_students
    assert (locked.score, locked.max_score) == (mark["score"], mark["max_score"])
    stored = json.loads((out / "autograded" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text())
    assert "trusted_students" not in stored["metadata"]["autograder"]


def test_nbgrader_refuses_with_the_same_sentence(tmp_path, monkeypatch):
    """Its own command, in a checkout of its own; and it does what its configuration says."""
    course = copy_course(tmp_path)
    (sample,) = [s for s in load_samples(ROOT / "samples" / ASSIGNMENT) if s.name == "perfect"]
    write_submission(course, "ada", ASSIGNMENT, sample.text, tmp_path / "grading" / "submitted")
    generate(course, [ASSIGNMENT], tmp_path / "made", f"sqlite:///{tmp_path / 'grading' / 'gradebook.db'}")
    monkeypatch.setenv(ROOT_VARIABLE, str(tmp_path))
    done = without(NO_LANDLOCK, "-m", "nbgrader", "autograde", ASSIGNMENT, cwd=tmp_path)
    assert done.returncode == 1
    assert "student code can't be locked down on this machine: this kernel offers no Landlock" in done.stderr
    stored = tmp_path / "grading" / "autograded" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert not stored.exists()

    trust = "--TrustedExecute.trust_students=True"
    done = without(NO_LANDLOCK, "-m", "nbgrader", "autograde", ASSIGNMENT, trust, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(stored.read_text())["metadata"]["autograder"]["trusted_students"] is True


def test_doctor_says_what_is_missing():
    done = autograder("doctor", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["would_grade"]
    assert {f["what"] for f in report["findings"]} >= {"Landlock", "seccomp", "threads", "grading"}
    done = without(NO_LANDLOCK, "-m", "autograder", "doctor")
    assert done.returncode == 1
    assert "MISSING  Landlock" in done.stdout
    assert "grading would refuse" in done.stdout


def test_a_fork_that_could_not_be_locked_down_runs_nothing(zygote, monkeypatch):
    """Whatever goes wrong in the fork itself: no cell runs, and nobody gets a mark for it."""
    zygote.start()
    monkeypatch.setattr(zygote, "unlockable", "it is out of order")
    with Session(zygote) as session, pytest.raises(CannotLockDown, match="out of order"):
        session.run("1", 10)
    with Session(zygote, trust_students=True) as session:
        assert session.run("open('/etc/passwd').read(1)", 10).ok


# ---- a kernel that has none of this still checks a learner's own notebook

ELSEWHERE = """
import ctypes, os, select, signal, socket, sys
import filelock, jupytext, nbclient, nbgrader.api, numpy, rich.progress, rich.table, torch, typer
class CDLL(ctypes.CDLL):
    def __init__(self, name, *args, **kwargs):
        if name is None:
            raise TypeError("not here")
        super().__init__(name, *args, **kwargs)
ctypes.CDLL = CDLL
for name in ("resource", "fcntl", "pwd", "grp", "termios", "pyseccomp"):
    sys.modules[name] = None
for module, names in {os: "fork pidfd_open sysconf setsid", signal: "SIGKILL SIGALRM SIGCHLD", select: "poll epoll",
                      socket: "AF_UNIX send_fds recv_fds"}.items():
    for name in names.split():
        delattr(module, name)
sys.platform = "win32"
import autograder.cli, autograder.grading, autograder.selfcheck, autograder.kernel, autograder.doctor
from autograder import check
assert check.__doc__
print("imported")
"""


def test_importing_needs_nothing_of_posix():
    done = subprocess.run([sys.executable, "-c", ELSEWHERE], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "imported\n", done.stderr


# ---- watchdogs


@pytest.mark.parametrize(
    ("limits", "source", "says"),
    [
        (
            Limits(threads=20),
            "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=[9]).start()",
            "threads",
        ),
        (
            Limits(disk=2**26),
            "import os\nkept = []\nwhile True:\n    kept.append(open('f', 'wb', 0))\n    kept[-1].write(bytes(2**22))\n"
            "    os.remove('f')",
            "GiB of files",
        ),
        (
            Limits(disk=2**26),
            "import os, mmap\nkept = []\nwhile True:\n    with open('f', 'wb+', 0) as f:\n"
            "        f.write(bytes(2**22))\n        kept.append(mmap.mmap(f.fileno(), 4096))\n    os.remove('f')",
            "GiB of files",
        ),
        (Limits(disk=2**24), "n = 0\nwhile True:\n    n += 1\n    open(f'{n}', 'w')", "GiB of files"),
        (Limits(memory=2**29), "kept = b'x' * 2**26\nwhile True: kept += kept[:2**26]", "memory"),
    ],
    ids=["threads", "deleted_files", "deleted_and_mapped_files", "empty_files", "memory"],
)  # fmt: skip
def test_what_is_watched(zygote, limits, source, says):
    with Session(zygote, limits=limits) as session:
        session._limits = Limits(**{**vars(limits), "retry": False})
        assert says in session.run(source, 60).death
        assert session.run("1", 10).ok


def test_memory_that_is_shared_with_nobody_is_bounded_too(zygote):
    """Given back and yet kept: pages of a shared mapping, which no count of resident memory shows."""
    source = """
import mmap
kept = []
for _ in range(64):
    kept.append(mmap.mmap(-1, 2**28))"""
    with Session(zygote, limits=Limits(memory=2**30, retry=False)) as session:
        reply = session.run(source, 60)
    assert "Cannot allocate memory" in reply.outputs[-1]["evalue"]


# ---- the checker

CHECKER = """
import os, socket, subprocess, sys
from autograder import checker

def attempts(self, request):
    def fails(attempt):
        try:
            attempt()
        except OSError:
            return True
        return False
    open("own", "w").write("fine")
    import xml.dom.minidom, scipy.ndimage
    return {
        "read": fails(lambda: open(%(secret)r)),
        "write": fails(lambda: open(%(secret)r + "2", "w")),
        "write_course": fails(lambda: open(checker.__file__, "a")),
        "socket": fails(socket.socket),
        "exec": fails(lambda: subprocess.run(["true"])),
        "kill": fails(lambda: os.kill(os.getppid(), 0)),
        "reads_course": bool(open(checker.__file__).read()),
    }

checker.Checker.answer = attempts
checker.main(int(sys.argv[1]), *sys.argv[2:4], sys.argv[4:])
"""


def test_the_checker_is_locked_down_too(tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_text("canary")
    popen = subprocess.Popen

    def start(command, **kwargs):
        return popen([command[0], "-c", CHECKER % {"secret": str(secret)}, *command[3:]], **kwargs)

    monkeypatch.setattr(subprocess, "Popen", start)
    process = CheckerProcess(Course.find())
    try:
        with process.open(ASSIGNMENT, "0" * 64) as session:
            done = session.mark("batch_norm_forward", {})
        assert done == dict.fromkeys(done, True)
        assert len(done) == 7
        with process.open(ASSIGNMENT, "0" * 64, lock=False) as session:
            assert session.mark("batch_norm_forward", {})["read"] is False
    finally:
        monkeypatch.undo()
        process.close()
    assert not Path(process.scratch).exists()


# ---- no canary

CANARY = "canary-{}-5f1c"


def memory(pid):
    """What a process has in its memory, piece by piece, and in its environment and command line."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as file:
        for line in maps:
            start, end = (int(number, 16) for number in line.split()[0].split("-"))
            with contextlib.suppress(OSError, ValueError, OverflowError):
                file.seek(start)
                rest = b""
                while start < end:
                    piece = file.read(min(end - start, 2**24))
                    if not piece:
                        break
                    yield rest + piece
                    start, rest = start + len(piece), piece[-64:]
    yield Path(f"/proc/{pid}/environ").read_bytes()
    yield Path(f"/proc/{pid}/cmdline").read_bytes()


def found_in(pid, *needles):
    needles = [needle.encode() for needle in needles]
    return {needle.decode() for piece in memory(pid) for needle in needles if needle in piece}


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A course and a class with a canary in each place that is secret, and the canaries by place."""
    course = copy_course(tmp_path / "course")
    out = tmp_path / "out"
    out.mkdir()
    canaries = {place: CANARY.format(place) for place in ("environment", "secret", "gradebook", "question", "master")}
    monkeypatch.setenv("CANARY", canaries["environment"])
    monkeypatch.setenv(ROOT_VARIABLE, str(course.root))
    (out / "secret").write_text(canaries["secret"] + "\n")
    question = next((course.root / "questions").rglob("batch_norm_forward.py"))
    question.write_text(question.read_text() + f"\nHIDDEN = {canaries['question']!r}\n")
    (course.solutions / f"{ASSIGNMENT}.py").open("a").write(f"\n# %% [markdown]\n# {canaries['master']}\n")
    return Course(course.root), out, canaries


def test_no_secret_is_in_the_memory_of_what_runs_beside_student_code(planted):
    course, out, canaries = planted
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as gradebook:
        gradebook.add_student(canaries["gradebook"])
        assert gradebook.students[0].id == canaries["gradebook"]
    release = load_release(Course.find(), ASSIGNMENT)
    secret = (out / "secret").read_text().strip()
    with Processes(course) as processes:
        assert (
            any("HIDDEN" in vars(sys.modules[m]) for m in list(sys.modules) if m.endswith("batch_norm_forward"))
            or course.questions
        )
        prepared = normalise([], release)
        grade_notebook(
            prepared.notebook, release, secret, processes, limits={"": 20.0} | dict.fromkeys(release.cells, 20.0)
        )
        with Session(processes.zygote) as session:
            assert session.run("planted = 'seen-by-' + 'this-search'", 10).ok
            student, zygote = session._process._pid, processes.zygote.pid
            assert found_in(student, "seen-by-this-search", *canaries.values()) == {"seen-by-this-search"}
            assert found_in(zygote, "zygote", *canaries.values()) == {"zygote"}
            own = {canaries[place] for place in ("environment", "secret", "question")}
            assert found_in(os.getpid(), *own) == own
