"""A Session survives whatever its student does: deaths, replays, rogue frames, a lost zygote; and leaves nothing."""

import contextlib
import os
import signal
import struct
import tempfile
import threading
import time
from pathlib import Path

import msgpack
import numpy as np
import psutil
import pytest

from autograder import executor
from autograder.executor import ExecutorError, Limits, Session, Zygote
from autograder.sandbox import folders, wire

CALL = "def probe(answer, inputs):\n    return answer(**inputs)\n"
ONCE = Limits(retry=False)
SEGFAULT = "import ctypes; ctypes.string_at(0)"
FRAME_OUT = "import os; os.write(3, {!r})"


@pytest.fixture(scope="module")
def zygote():
    with Zygote() as zygote:
        yield zygote


@pytest.fixture
def session(zygote):
    with Session(zygote, limits=ONCE) as session:
        yield session


def text(reply):
    assert reply.ok, reply
    return "".join(o["text"] if o["type"] == "stream" else o["data"]["text/plain"] for o in reply.outputs)


def ask(session, name, **inputs):
    return session.probe(CALL, [name], [wire.encode(inputs)], cpu_limit=10)


# ---- deaths


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os; os._exit(3)", "ended the process with exit code 3"),
        ("import os; os._exit(0)", "ended the process with exit code 0"),
        (SEGFAULT, "was stopped by the system (segmentation fault)"),
        ("import os; os.abort()", "was stopped by the system (aborted)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was stopped by the system (killed)"),
        ("while True: pass", "used more than 1 s of processor time"),
        ("import os; os.close(3); import time; time.sleep(60)", "closed its connection to the grader"),
        ("import os; os.closerange(0, 256)", "ended the process with exit code 70"),
        (
            "import threading, os; threading.Timer(0.1, os._exit, [4]).start(); import time; time.sleep(9)",
            "exit code 4",
        ),
    ],
)
def test_a_death_costs_only_its_cell(session, source, reason):
    assert session.run("kept = 1", 10).ok
    reply = session.run(source, cpu_limit=1)
    assert reason in reply.death
    assert not reply.ok
    assert reply.outputs == ()
    assert session.deaths == 1
    assert text(session.run("kept", 10)) == "1"


def test_memory_is_watched(zygote):
    with Session(zygote, limits=Limits(memory=800 * 2**20, retry=False)) as session:
        reply = session.run("hog = []\nwhile True: hog.append(bytearray(b'x' * 2**24))", 60)
        assert "ran out of memory" in reply.death
        reply = session.run("import numpy as np; np.ones(2**28)", 60)  # more than may even be reserved
        assert reply.outputs[-1]["ename"] == "MemoryError"


def test_disk_is_watched(zygote):
    limits = Limits(disk=2**24, retry=False)
    with Session(zygote, limits=limits) as session:
        endless = "n = 0\nwhile True:\n    n += 1\n    open(f'f{n}', 'wb').write(bytes(2**20))"
        assert "GiB of files" in session.run(endless, 60).death
        reply = session.run("open('big', 'wb').write(bytes(2**25))", 60)
        assert reply.outputs[-1]["ename"] == "OSError"


def test_sleep_has_a_backstop(zygote, monkeypatch):
    monkeypatch.setattr(Limits, "wall_seconds", lambda self, cpu_limit: 0.5)
    with Session(zygote, limits=ONCE) as session:
        assert session.run("import time; time.sleep(60)", 10).death == "took longer than 0.5 s"


def test_processor_time_of_threads_counts(session):
    source = """
import threading, hashlib
thread = threading.Thread(target=lambda: [hashlib.sha256(bytes(2**20)) for _ in range(10**6)])
thread.start()
thread.join()"""
    assert "processor time" in session.run(source, 0.5).death


def test_processor_seconds_are_reported(session):
    reply = session.run("import time\nstart = time.process_time()\nwhile time.process_time() < start + 0.3: pass", 10)
    assert 0.3 <= reply.cpu_seconds < 1
    session.run("def burn(x):\n    start = time.process_time()\n    while time.process_time() < start + x: pass", 10)
    assert 0.2 <= ask(session, "burn", x=0.2).cpu_seconds < 1


def test_a_probes_death_and_what_comes_after(session):
    session.run("import os\ndef die(x): os._exit(x)\ndef live(x): return x", 10)
    assert ask(session, "die", x=5).death == "ended the process with exit code 5"
    assert wire.decode(ask(session, "live", x=5).cases[0]["value"]) == 5


# ---- replay


def test_replay_runs_the_cells_before_again_without_the_one_that_died(session):
    session.run("order = ['a']", 10)
    session.run("order.append('b')\nopen('made', 'w').write('x')", 10)
    assert session.run("order.append('dies')\nimport os; os._exit(1)", 10).death
    session.run("order.append('c')", 10)
    assert ask(session, "no_such").missing == ("no_such",)
    assert session.run(SEGFAULT, 10).death
    assert text(session.run("order, open('made').read()", 10)) == "(['a', 'b', 'c'], 'x')"
    assert session.deaths == 2


def test_replay_is_lazy(session, monkeypatch):
    session.run("x = 1", 10)
    spawned = count_spawns(monkeypatch)
    assert session.run(SEGFAULT, 10).death
    assert spawned == []
    session.run("x", 10)
    assert len(spawned) == 1


def test_a_cell_that_only_dies_when_replayed_is_dropped(zygote, tmp_path):
    flag = tmp_path / "flag"
    for retry, spawns in ((False, 2), (True, 3)):
        flag.unlink(missing_ok=True)
        with Session(zygote, limits=Limits(retry=retry)) as session:
            session.run("x = 1", 10)
            session.run(f"import os\nif os.path.exists({str(flag)!r}): os._exit(9)\ny = 1", 10)
            session.run("z = 1", 10)
            flag.touch()
            session._end_process()  # as if it had died
            with pytest.MonkeyPatch.context() as patch:
                spawned = count_spawns(patch)
                assert text(session.run("x, z, 'y' in globals()", 10)) == "(1, 1, False)"
                assert len(spawned) == spawns
            assert session.deaths == 1


def count_spawns(monkeypatch):
    spawned = []
    spawn = Zygote.spawn
    monkeypatch.setattr(Zygote, "spawn", lambda *args: spawned.append(1) or spawn(*args))
    return spawned


def test_one_retry_for_what_the_machine_did(zygote, tmp_path):
    """A cell that dies once and then doesn't is no student's fault."""
    with Session(zygote, trust_students=True) as session:
        session.run("x = 1", 10)
        hiccup = f"""
import os
if not os.path.exists({str(tmp_path / "a")!r}):
    open({str(tmp_path / "a")!r}, "w")
    os.kill(os.getpid(), 9)
x + 1"""
        assert text(session.run(hiccup, 10)) == "2"
        assert session.deaths == 0
        assert session.run("import os; os._exit(1)", 10).death
        assert session.deaths == 1
        assert text(session.run("x", 10)) == "1"


def test_too_many_deaths_stop_a_submission(zygote):
    with Session(zygote, limits=Limits(max_deaths=3, retry=False)) as session:
        session.run("def f(): return 1", 10)
        for _ in range(3):
            assert "exit code" in session.run("import os; os._exit(1)", 10).death
        assert session.run("1", 10).death == executor.STOPPED
        assert ask(session, "f").death == executor.STOPPED


# ---- rogues


@pytest.mark.parametrize(
    "sent",
    [
        b"garbage that is no frame at all",
        struct.pack(">Q", 2**63) + b"x",
        struct.pack(">Q", 2**26 + 1),
        wire.frame(b"\xc1"),
        wire.frame(wire.encode([])),
        wire.frame(wire.encode({"ok": True})),
        wire.frame(wire.encode({"ok": 1, "outputs": [], "truncated": False})),
        wire.frame(wire.encode({"ok": True, "outputs": [{"type": "html"}], "truncated": False})),
        wire.frame(
            wire.encode({"ok": True, "outputs": [{"type": "stream", "name": "x", "text": ""}], "truncated": False})
        ),
        wire.frame(
            wire.encode({"ok": True, "outputs": [{"type": "display", "data": {"text/html": "x"}}], "truncated": False})
        ),
        wire.frame(
            wire.encode({"ok": True, "outputs": [{"type": "display", "data": {"image/png": b"x"}}], "truncated": False})
        ),
        wire.frame(wire.encode({"ok": True, "outputs": [[]] * 9, "truncated": False})),
        wire.frame(
            wire.encode(
                {"ok": True, "outputs": [{"type": "stream", "name": "stdout", "text": "x" * 10**6}], "truncated": False}
            )
        ),
        wire.frame(wire.encode({"ok": True, "outputs": [], "truncated": False})) * 2,
        wire.frame(msgpack.packb(["T", "float32", [2], bytes(8)])),
    ],
    ids=lambda sent: repr(sent[:60]),
)
def test_rogue_frames_are_deaths(session, sent):
    session.run("kept = 1", 10)
    reply = session.run(f"import os, time\nos.write(3, {sent!r})\ntime.sleep(0.2)", 10)
    assert "sent a m" in reply.death
    assert text(session.run("kept", 10)) == "1"


@pytest.mark.parametrize(
    "reply",
    [
        {"missing": [], "cases": [], "printed": ""},
        {"missing": ["g"], "cases": [], "printed": ""},
        {"missing": ["f"], "cases": [{"status": "ok", "value": b"", "after": b""}], "printed": ""},
        {"missing": [], "cases": [{"status": "ok", "value": 1.0, "after": b""}], "printed": ""},
        {"missing": [], "cases": [{"status": "ok", "value": b"", "after": b"", "points": 4}], "printed": ""},
        {"missing": [], "cases": [{"status": "full marks"}], "printed": ""},
        {
            "missing": [],
            "cases": [{"status": "error", "ename": "E", "evalue": "x" * 500, "line": "", "lineno": 1}],
            "printed": "",
        },
        {
            "missing": [],
            "cases": [{"status": "error", "ename": "E", "evalue": "", "line": "", "lineno": "1"}],
            "printed": "",
        },
        {"missing": [], "cases": [{"status": "unencodable", "reason": 3}], "printed": ""},
        {"missing": [], "cases": [{"status": "ok", "value": b"", "after": b""}], "printed": "x" * 5000},
    ],
)
def test_rogue_probe_replies_are_deaths(session, reply):
    session.run(
        f"import os, time\ndef f():\n    os.write(3, {wire.frame(wire.encode(reply))!r})\n    time.sleep(0.2)", 10
    )
    assert "sent a m" in ask(session, "f").death


def test_a_frame_sent_ahead_answers_nothing(session):
    """A thread that writes the next answer early is noticed before the question is put."""
    forged = wire.frame(
        wire.encode({"missing": [], "cases": [{"status": "ok", "value": b"", "after": b""}], "printed": ""})
    )
    source = f"import threading, os\nthreading.Timer(0.1, os.write, [3, {forged!r}]).start()"
    assert session.run(source, 10).ok
    time.sleep(0.4)
    assert session.run("1", 10).death == "sent a message of its own"


def test_code_that_steals_its_requests_hangs_nobody(session, monkeypatch):
    """A thread may win the race for the next request or lose it; either way the answer comes."""
    monkeypatch.setattr(Limits, "wall_seconds", lambda self, cpu_limit: 1)
    thief = "threading.Thread(target=lambda: [os.read(3, 100) for _ in range(9)], daemon=True).start()"
    session.run("import threading, os\n" + thief, 10)
    for _ in range(2):
        reply = session.run("1", 10)
        assert reply.ok or reply.death


def test_a_patched_shell_hurts_nobody_else(zygote, session):
    reply = session.run(
        "get_ipython().run_cell = None\nimport builtins; builtins.__import__ = None\nget_ipython().user_ns.clear()", 10
    )
    assert reply.death is None
    session.run("1", 10)
    with Session(zygote) as other:
        assert text(other.run("import math; math.floor(1.5)", 10)) == "1"


def test_lone_surrogates_and_null_bytes_in_a_cell(session):
    assert not session.run("x = '\ud800'\n1 +", 10).ok
    assert not session.run("\0", 10).ok
    assert text(session.run("1", 10)) == "1"


# ---- many at once, and the zygote


def test_sessions_side_by_side(zygote):
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(Session(zygote, limits=ONCE)) for _ in range(4)]
        results = {}

        def work(number):
            session = sessions[number]
            session.run(f"mine = {number}\nopen('mine', 'w').write('{number}')", 10)
            if number % 2:
                session.run("import os; os._exit(1)", 10)
            results[number] = text(session.run("mine, open('mine').read()", 10))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == {number: f"({number}, '{number}')" for number in range(4)}


def test_a_killed_zygote_is_started_again(session, zygote):
    session.run("x = 1", 10)
    for kill_student_too in (False, True):
        before = zygote.pid
        if kill_student_too:
            session._end_process()
        os.kill(before, signal.SIGKILL)
        zygote._process.wait()
        time.sleep(0.1)  # a fork dies just after its zygote
        assert text(session.run("x", 10)) == "1"
        assert zygote.pid != before
    assert session.deaths == 0


def test_a_zygote_killed_during_a_cell(zygote):
    with Session(zygote) as session, Session(zygote) as other:
        session.run("x = 1", 10)
        other.run("y = 2", 10)
        zygote_pid = zygote.pid
        timer = threading.Timer(0.3, os.kill, [zygote_pid, signal.SIGKILL])
        timer.start()
        assert text(session.run("import time; time.sleep(1); x", 10)) == "1"
        assert text(other.run("y", 10)) == "2"
        assert (session.deaths, other.deaths) == (0, 0)
        assert zygote.pid != zygote_pid


def test_a_zygote_lost_twice_is_no_mark(zygote, monkeypatch):
    spawn = Zygote.spawn

    def unlucky(self, *args):
        process = spawn(self, *args)
        os.kill(self.pid, signal.SIGKILL)
        return process

    monkeypatch.setattr(Zygote, "spawn", unlucky)
    with Session(zygote) as session, pytest.raises(ExecutorError, match="lost twice"):
        session.run("import time; time.sleep(2)", 10)


def test_a_zygote_that_cannot_start_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Zygote(python="/bin/false") as zygote, pytest.raises(ExecutorError, match="could not be started"):
        Session(zygote).run("1", 10)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_files_folder_is_not_the_students_fault(zygote, tmp_path):
    """An empty folder is what there is to copy."""
    with Session(zygote, tmp_path / "nowhere") as session:
        assert text(session.run("import os; os.listdir()", 10)) == "[]"


# ---- leaving nothing behind


def test_a_session_leaves_nothing(zygote):
    children = psutil.Process(zygote.pid).children
    with Session(zygote) as session:
        session.run("import os\nos.makedirs('a/b')\nopen('a/b/c', 'w')\nos.chmod('a/b', 0)\nos.chmod('a', 0)", 10)
        assert len(children()) == 1
        folder = session._process._folder
        assert folder.exists()
    assert children() == []
    assert not folder.exists()
    session.close()


def test_a_session_left_by_an_exception_leaves_nothing(zygote):
    with pytest.raises(ZeroDivisionError), Session(zygote) as session:
        session.run("x = 1", 10)
        folder = session._process._folder
        1 / 0  # noqa: B018
    assert not folder.exists()
    assert psutil.Process(zygote.pid).children() == []


def test_descendants_end_with_the_session(zygote):
    """Where no lock-down forbids it, what a cell forks off, even twice, dies with its process."""
    with Session(zygote, trust_students=True) as session:
        session.run(
            "import os, time\n"
            "if os.fork() == 0:\n"
            "    os.setsid()\n"
            "    if os.fork() == 0: time.sleep(100)\n"
            "    time.sleep(100)\n",
            10,
        )
        time.sleep(0.1)
        assert len(psutil.Process(zygote.pid).children(recursive=True)) == 3
    assert psutil.Process(zygote.pid).children(recursive=True) == []


def test_closing_a_zygote_ends_everything():
    with Zygote() as zygote:
        session = Session(zygote, trust_students=True)
        session.run("import os\nif os.fork() == 0:\n    import time; time.sleep(100)", 10)
        family = [psutil.Process(zygote.pid), *psutil.Process(zygote.pid).children(recursive=True)]
        assert len(family) == 3
        folder = zygote._folder
    assert [process for process in family if process.is_running() and process.status() != "zombie"] == []
    assert not folder.exists()
    session.close()


def test_a_killed_coordinator_leaves_nothing(tmp_path):
    """Its zygote sees the socket close, ends its forks and removes its folder."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            zygote = Zygote()
            session = Session(zygote, trust_students=True)
            session.run("import os\nif os.fork() == 0:\n    import time; time.sleep(100)", 10)
            os.write(writer, f"{zygote.pid} {zygote._folder}".encode())
            time.sleep(100)
        finally:
            os._exit(1)
    zygote_pid, folder = os.read(reader, 1000).decode().split()
    family = [psutil.Process(int(zygote_pid)), *psutil.Process(int(zygote_pid)).children(recursive=True)]
    assert len(family) == 3
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert not Path(folder).exists()


def test_a_deep_folder_can_be_removed(tmp_path):
    deep = tmp_path / "scratch"
    deep.mkdir()
    here = os.getcwd()  # noqa: PTH109
    try:
        os.chdir(deep)
        for _ in range(2500):
            os.mkdir("d")  # noqa: PTH102
            os.chdir("d")
    finally:
        os.chdir(here)
        measured = folders.size(deep, 2**40)
        folders.remove(deep)  # in any case: pytest can't remove it either
    assert measured == 2**40 + 1
    assert not deep.exists()


def test_time_of_a_trivial_submission(zygote, capsys):
    """Printed, not judged: machines differ."""
    times = []
    for _ in range(10):
        start = time.perf_counter()
        with Session(zygote) as session:
            session.run("x = 1", 10)
            ran = time.perf_counter()
            session.probe(
                "def probe(answer, inputs):\n    return answer\n", ["x"], [wire.encode({"x": np.ones(9)})], 10
            )
            probed = time.perf_counter()
        times.append((ran - start, probed - ran, time.perf_counter() - probed))
    run, probe, close = (1000 * min(column) for column in zip(*times, strict=True))
    with capsys.disabled():
        print(f"\n  fork and first cell {run:.1f} ms, probe {probe:.1f} ms, close {close:.1f} ms")
