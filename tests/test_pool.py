"""Jobs as data, workers beside each other, being alone for a while, and what a run says about itself."""

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from courses import ROOT

from autograder.course import Course
from autograder.failures import ExecutorError
from autograder.grading import Processes
from autograder.job import Graded, Job, grade_job
from autograder.pool import Workers
from autograder.progress import Counted, duration
from autograder.release import load_release
from autograder.samples import build, load_samples
from autograder.turnstile import Turnstile

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"


def job_of(name):
    (sample,) = [s for s in load_samples(ROOT / "samples" / ASSIGNMENT) if s.name == name]
    notebook = nbformat.writes(build(COURSE, ASSIGNMENT, sample.text)).encode()
    release = load_release(COURSE, ASSIGNMENT)
    return Job(name, ASSIGNMENT, release.hash, "ab" * 32, notebook, files=(("deeper/notes.txt", b"\xff\x00"),))


def same(graded):
    return replace(graded, seconds=0, cpu_seconds=0)


def test_grading_is_a_function_of_its_job_wherever_it_runs():
    jobs = [job_of(name) for name in ("perfect", "unbiased_variance")]
    with Processes(COURSE) as processes:
        here = [grade_job(job, processes) for job in jobs]
        with pytest.raises(ExecutorError, match="release"):
            grade_job(replace(jobs[0], release="another"), processes)
    with Workers(COURSE, 2) as pool:
        futures = [pool.submit(job) for job in jobs * 2]
        there = [future.result() for future in futures]
        processes = psutil.Process().children(recursive=True)
    assert [same(g) for g in there] == [same(g) for g in here * 2]
    assert len({sum(q["points"] for q in g.questions) for g in here}) == 2
    psutil.wait_procs(processes, timeout=10)
    assert not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_jobs_and_outcomes_travel_as_bytes():
    job = job_of("perfect")
    assert Job.from_bytes(job.to_bytes()) == job
    graded = Graded("{}", [{"id": "q", "points": 1.5}], {"graded_q": 1.5, "investigation": None}, ["a"], deaths=1)
    assert Graded.from_bytes(graded.to_bytes()) == graded
    assert not graded.lasting


def test_workers_that_always_die_stop_being_replaced():
    with Workers(SimpleNamespace(root="/nowhere", packs=()), 2) as pool:
        futures = [pool.submit(job_of("perfect")) for _ in range(12)]
        for future in futures:
            with pytest.raises(ExecutorError, match="again and again"):
                future.result(timeout=120)
        assert pool._deaths <= 8


def test_alone_means_that_the_others_have_left(tmp_path):
    """Three at work; each wants to be alone now and then, and whoever is finds nobody else in the room."""
    inside, together = set(), []

    def work(name):
        turnstile = Turnstile(tmp_path)
        for turn in range(6):
            with turnstile.together():
                inside.add(name)
                time.sleep(0.002)
                together.append(len(inside))
                if turn % 3 == 0:
                    inside.discard(name)
                    with turnstile.alone():
                        assert not inside
                        time.sleep(0.005)
                        assert not inside
                    inside.add(name)
                inside.discard(name)
        done.append(name)

    done = []
    threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == [0, 1, 2]
    assert max(together) > 1


def test_a_run_says_how_it_goes():
    now = [0.0]
    counted = Counted(clock=lambda: now[0])
    assert counted.as_text() == ""
    counted.add(SimpleNamespace(cached=True, status="graded"), 1, 31)
    assert counted.as_text() == ""  # what was known says nothing about the rate
    now[0] = 2.0
    counted.add(SimpleNamespace(cached=False, status="graded"), 2, 31)
    assert counted.as_text() == "30.0 a minute, 58 s left"
    counted.add(SimpleNamespace(cached=False, status="failed"), 31, 31)
    assert counted.as_text() == "1.0 a second, 1 not graded"
    assert [duration(s) for s in (59, 61, 3725)] == ["59 s", "1 min 01 s", "1 h 02 min"]
