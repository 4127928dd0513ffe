"""Grading on several machines, which are processes here: a real scheduler and real workers on loopback."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from courses import ROOT, autograder
from distributed import Client
from gradebooks import content, gradebook_in

from autograder import cluster
from autograder.cluster import Cluster, ClusterError, differences, pack, unpack, versions
from autograder.course import Course
from autograder.grade import Grader
from autograder.samples import load_samples, write_submission

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"
STUDENTS = ("perfect", "exception", "half_done", "syntax_error", "unbiased_variance", "untouched")
SECRET = "the same for every run"


class Machines:
    """A scheduler and its workers, each a process with its own folder."""

    def __init__(self, root):
        self.root, self.processes, self.workers, self.addresses = root, [], {}, {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        # one task to a thread and no second chance, so that a deadly submission is found out quickly
        settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        settings["DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION"] = "1.0"
        port = self.address.rpartition(":")[2]
        self.start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show", **settings)

    def start(self, kind, *arguments, **environment):
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments]
        log = (self.root / f"log{len(self.processes)}").open("w")
        environment = os.environ | {"PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"} | environment
        process = subprocess.Popen(command, env=environment, cwd=self.root, stdout=log, stderr=log)
        log.close()
        self.processes.append(process)
        return process

    def join(self, name, **environment):
        """Start a worker with one thread, without waiting for it."""
        folder = self.root / name
        folder.mkdir()
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--name", name]
        options += ["--local-directory", folder, "--preload", "dask_preload", "--death-timeout", "120"]
        self.workers[name] = self.start("worker", self.address, *map(str, options), **environment)

    def wait_for(self, count):
        patience = time.monotonic() + 120
        with Client(self.address, timeout=120, set_as_default=False) as client:
            while len(client.nthreads()) != count:
                assert time.monotonic() < patience, self.logs()
                time.sleep(0.1)
            pids = {pid: address for address, pid in client.run(os.getpid).items()}
        self.addresses = {name: pids[m.pid] for name, m in self.workers.items() if m.pid in pids}

    def logs(self):
        return "\n".join(path.read_text()[-2000:] for path in sorted(self.root.glob("log*")))

    def end(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    made = Machines(tmp_path_factory.mktemp("machines"))
    try:
        made.join("a")
        made.join("b")
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def classroom(machines, tmp_path_factory):  # the machines start meanwhile
    """A small class, and what its gradebook says after a run on this machine alone."""
    root = tmp_path_factory.mktemp("class")
    samples = {s.name: s for s in load_samples(ROOT / "samples" / ASSIGNMENT)}
    for name in STUDENTS:
        write_submission(COURSE, name, ASSIGNMENT, samples[name].text, root / "submitted")
    grade(root, "local")
    return root, content(gradebook_in(root / "local"))


def grade(root, name, students=(), progress=None, pool=None):
    out = root / name
    out.mkdir(exist_ok=True)
    (out / "secret").write_text(f"{SECRET}\n")
    return Grader(COURSE, root / "submitted", out).grade([ASSIGNMENT], students, progress=progress, pool=pool)


def processes_of(machine):
    """A worker process and all that it has started."""
    with_children = psutil.Process(machine.pid)
    return [with_children, *with_children.children(recursive=True)]


def test_a_machine_that_is_lost_costs_no_mark(machines, classroom):
    root, local = classroom
    machines.wait_for(2)
    pool, lost = Cluster(COURSE, machines.address), []

    def lose():
        """Kill a worker that is at work; note its name and the processes it had started."""
        patience = time.monotonic() + 100
        with Client(machines.address, set_as_default=False) as client:
            while not lost and time.monotonic() < patience:
                tasks = client.processing()
                for name, machine in machines.workers.items():
                    if tasks.get(machines.addresses[name]) and len(processes_of(machine)) > 3:
                        lost.extend([name, *processes_of(machine)[1:]])
                        machine.kill()
                        machine.wait()
                        break
                time.sleep(0.05)

    killer = threading.Thread(target=lose)
    killer.start()
    done = grade(root, "spread", pool=pool)
    killer.join()
    assert [s.status for s in done] == ["graded"] * len(STUDENTS), [s.reason for s in done]
    assert lost, "no machine was lost"
    assert content(gradebook_in(root / "spread")) == local
    _, alive = psutil.wait_procs(lost[1:], timeout=20)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE], "a lost worker's processes outlive it"
    survivor = machines.workers[({"a", "b"} - {lost[0]}).pop()]
    assert len(processes_of(survivor)) == 1, "after the run a worker still holds processes"
    kept = [p for p in machines.root.rglob("autograder-*") if lost[0] not in p.parts]
    assert not kept, "after the run a worker still holds the course"


def test_a_submission_that_loses_machines_fails_and_the_others_are_graded(machines, classroom):
    root, local = classroom
    for name in ("c", "d"):
        machines.join(name)
    perfect = (root / "submitted" / "perfect" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_bytes()
    folder = root / "deadly" / "submitted" / "deadly" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").write_bytes(perfect)
    for name in STUDENTS[:2]:
        (root / "deadly" / "submitted" / name).symlink_to(root / "submitted" / name)
    machines.wait_for(3)
    done = grade(root / "deadly", "out", pool=Cluster(COURSE, machines.address))
    assert {s.student: s.status for s in done} == {"deadly": "failed", "exception": "graded", "perfect": "graded"}
    assert "was lost, 2 times in a row" in next(s.reason for s in done if s.student == "deadly")
    marks = [row for row in local if row[1] in STUDENTS[:2]]
    assert content(gradebook_in(root / "deadly" / "out")) == marks


def test_a_worker_that_would_grade_differently_is_refused(machines, classroom):
    root, _ = classroom
    machines.join("old", TEST_VERSIONS="torch=1.13.1")
    machines.wait_for(2)
    command = ["grade", ASSIGNMENT, "--submitted", root / "submitted", "--out", root / "refused"]
    done = autograder(*command, "--scheduler", machines.address)
    said = " ".join(done.stderr.split())
    assert done.returncode == 2, said
    assert f"torch is 1.13.1 there and {versions()['torch']} here" in said
    assert "Traceback" not in said
    assert not (root / "refused" / "gradebook.db").exists()


def test_without_a_scheduler_it_says_so(classroom, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with pytest.raises(ClusterError, match=f"no Dask scheduler answers at {address}"):
        grade(classroom[0], "nobody", pool=Cluster(COURSE, address))


def test_tls_needs_certificates():
    with pytest.raises(ClusterError, match="certificates"):
        Cluster(COURSE, "tls://127.0.0.1:1").submit(None)


def test_what_decides_a_mark_is_compared():
    here = versions()
    assert set(here) == {"Python", "torch", "numpy", "the autograder"}
    assert not differences(here, dict(here))
    assert differences(here, here | {"Python": "3.9"}) == f"Python is 3.9 there and {here['Python']} here"
    assert "the autograder is None there" in differences(here, {k: v for k, v in here.items() if "auto" not in k})


def test_the_course_arrives_as_it_left(tmp_path):
    packs = [tmp_path / "first", tmp_path / "second"]
    for path in packs:
        path.mkdir()
        (path / "_notes.py").write_text(f'"""{path.name}"""\n')
    course = Course(COURSE.root, packs)
    bundle = pack(course)
    assert bundle == pack(course)
    there = unpack(bundle, tmp_path / "there")
    assert there.assignments == course.assignments
    assert [(p / "_notes.py").read_text() for p in there.packs] == ['"""first"""\n', '"""second"""\n']
    for a in course.assignments:
        here = course.exercises / a / f"{a}.ipynb"
        assert (there.exercises / a / f"{a}.ipynb").read_bytes() == here.read_bytes()
        assert there.master(a).read_bytes() == course.master(a).read_bytes()
    names = {Path(name).parts[0] for name in map(str, (p.relative_to(there.root) for p in there.root.rglob("*")))}
    assert names == {"solutions", "exercises", "packs"}


def test_the_secret_stays_where_the_run_is_started(classroom):
    """What is sent is the course and, for each submission, a seed that was derived from the secret."""
    root, _ = classroom
    sent = []

    class Listening:
        lanes = 1

        def submit(self, job):
            sent.append(job)
            raise ClusterError("enough")

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

    for name in STUDENTS[:2]:
        with pytest.raises(ClusterError, match="enough"):
            grade(root, "listening", [name], pool=Listening())
    assert len({job.seed for job in sent}) == 2
    for job in sent:
        assert SECRET.encode() not in job.to_bytes()
    assert SECRET.encode() not in pack(COURSE)
