"""Grading on many machines: a pool (pool.py) whose workers are those of a Dask scheduler.

    with Cluster(course, "tcp://host:8786") as pool:
        pool.submit(job).result()          # a Graded, as from any other pool

Each Dask worker gets the course once, when it joins, and keeps as many warm workers of ours as it has threads. A
submission travels as bytes and comes back as bytes; the course's secret and the gradebook stay where the run was
started. A machine that is lost costs nothing but time: Dask gives its submissions to others, and gives one up that has
lost it more machines than `distributed.scheduler.allowed-failures` says.

Dask's own messages are pickled, so whoever reaches the scheduler's port can run code on all machines: keep it to
machines that trust each other, or use TLS (`tls://`).
"""

import asyncio
import contextlib
import hashlib
import io
import logging
import platform
import shutil
import tempfile
import threading
import time
import uuid
import warnings
import zipfile
from concurrent.futures import CancelledError, Future
from importlib import metadata
from pathlib import Path

from distributed import Client, KilledWorker, Security, WorkerPlugin, get_worker

from .course import Course, CourseError
from .failures import CannotLockDown, ExecutorError
from .job import Graded, Job
from .pool import Workers

PATIENCE = 60  # seconds to wait for a first worker, and for another when the last is gone
IDLE = 600  # seconds after which a worker without submissions ends its processes
EPOCH = (1980, 1, 1, 0, 0, 0)
LOST = "the machine that graded it was lost, {times} times in a row"

warnings.filterwarnings("ignore", message="Sending large graph")  # a notebook with pictures in it


class ClusterError(CourseError):
    """The cluster can't be used, and the message says why. What is graded is graded; the run can be repeated."""


# ---- what must be the same everywhere


def versions():
    """What decides a mark, apart from the course: name -> version."""
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{name: metadata.version(name).partition("+")[0] for name in ("torch", "numpy")},
        "the autograder": _hash_of_package(),
    }


def _hash_of_package():
    folder, digest = Path(__file__).parent, hashlib.sha256()
    for path in sorted(folder.rglob("*.py"), key=lambda p: p.relative_to(folder).parts):
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return digest.hexdigest()[:12]


def differences(here, there):
    """What differs between two such dictionaries, as one sentence; empty if nothing does."""
    unequal = [name for name in here if here[name] != there.get(name)]
    return "; ".join(f"{name} is {there.get(name)} there and {here[name]} here" for name in unequal)


def pack(course):
    """The course as a zip: masters, releases, data and private questions. The same bytes every time."""
    folders = {"solutions": course.solutions, "exercises": course.exercises}
    if (course.root / "questions").is_dir():
        folders["questions"] = course.root / "questions"
    folders |= {f"packs/{i}": path for i, path in enumerate(course.packs)}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, folder in folders.items():
            bundle.writestr(zipfile.ZipInfo(f"{name}/", date_time=EPOCH), b"")
            for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
                inside = f"{name}/{path.relative_to(folder).as_posix()}"
                bundle.writestr(zipfile.ZipInfo(inside, date_time=EPOCH), path.read_bytes())
    return made.getvalue()


def unpack(bundle, folder):
    """The Course in a zip of `pack`, laid out in `folder`."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as packed:
        packed.extractall(folder)
    packs = folder / "packs"
    return Course(folder, sorted(packs.iterdir(), key=lambda p: int(p.name)) if packs.is_dir() else ())


# ---- on a worker


class Grading(WorkerPlugin):
    """What a Dask worker holds for one run: the course, and our own workers, one for each of its threads.

    They are separate processes, so the one that talks to the network runs nothing of a student's, nor its zygote.
    """

    def __init__(self, bundle, wanted):
        self.bundle, self.wanted = bundle, wanted
        self.digest = hashlib.sha256(bundle).hexdigest()

    def setup(self, worker):
        """Start warming up; never raises: what is wrong here, the first submission is told."""
        self._lanes, self._lock, self._active = worker.state.nthreads, threading.Lock(), 0
        self._pool = self._timer = None
        self._folder = Path(tempfile.mkdtemp(prefix="autograder-", dir=worker.local_directory))
        self.refusal = differences(here=self.wanted, there=versions())
        if hashlib.sha256(self.bundle).hexdigest() != self.digest:
            self.refusal = "the course arrived damaged"
        if not self.refusal:
            self._course = unpack(self.bundle, self._folder / "course")
            self._begin()
            self._end()

    async def teardown(self, worker):
        await asyncio.to_thread(self.close)

    def close(self):
        with self._lock:
            pool, self._pool = self._pool, None
            if self._timer:
                self._timer.cancel()
        if pool:
            pool.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def grade(self, data):
        """(kind, bytes) for a job's bytes: "graded" and the outcome, or "refused", "unlockable" or "failed" and why."""
        if self.refusal:
            return "refused", self.refusal.encode()
        pool = self._begin()
        try:
            return "graded", pool.submit(Job.from_bytes(data)).result().to_bytes()
        except CannotLockDown as error:
            return "unlockable", error.reason.encode()
        except (Exception, CancelledError) as error:
            return "failed", (str(error) or type(error).__name__)[:2000].encode("utf-8", "replace")
        finally:
            self._end()

    def _begin(self):
        with self._lock:
            self._active += 1
            if self._timer:
                self._timer.cancel()
            if self._pool is None:
                self._pool = Workers(self._course, self._lanes, self._folder)
            return self._pool

    def _end(self):
        with self._lock:
            self._active -= 1
            if not self._active:
                self._timer = threading.Timer(IDLE, self._rest)
                self._timer.daemon = True
                self._timer.start()

    def _rest(self):
        """End the processes while nothing is to be graded: the run may have been killed and never say goodbye."""
        with self._lock:
            if self._active:
                return
            pool, self._pool = self._pool, None
        if pool:
            pool.close()


def _grade(name, data):
    """The task: (kind, bytes, address of the worker)."""
    worker = get_worker()
    return *worker.plugins[name].grade(data), worker.address


def _refusals(name, dask_worker=None):
    return dask_worker.plugins[name].refusal


# ---- where the run was started


class Cluster:
    """A pool of all the workers of a Dask scheduler, those that join later too.

    Entering it, or the first submission, connects. Raises ClusterError if there is no scheduler, no worker, or a worker
    that would grade differently.
    """

    def __init__(self, course, address):
        self._course, self._address = course, address
        self._name = f"autograder-{uuid.uuid4().hex[:8]}"
        self._client = None
        self._threads, self._workers = 0, []
        self._waiting = {}  # our future -> Dask's
        self._lock, self._closed = threading.Lock(), threading.Event()

    @property
    def lanes(self):
        """How many submissions the cluster grades at once, now."""
        self._connect()
        return max(2, self._threads)

    def submit(self, job):
        """A Future of the job's Graded. It raises ExecutorError, CannotLockDown or ClusterError."""
        self._connect()
        future = Future()
        future.set_running_or_notify_cancel()
        self._send(future, job.to_bytes(), set(), 0)
        return future

    def close(self):
        """Have the workers end what they hold, and say goodbye."""
        self._closed.set()
        self._fail_all(ExecutorError("grading was stopped"))
        if self._client is not None:
            with contextlib.suppress(Exception), _quiet():
                self._client.unregister_worker_plugin(self._name)
            with contextlib.suppress(Exception), _quiet():
                self._client.close(timeout=5)

    def __enter__(self):
        self._connect()
        return self

    def __exit__(self, *exception):
        self.close()

    def _connect(self):
        if self._client is not None:
            return
        if self._address.startswith("tls://") and not Security().get_connection_args("client").get("ssl_context"):
            raise ClusterError(
                f"{self._address} needs certificates: name them in Dask's configuration under distributed.comm.tls"
            )
        try:
            with _quiet():
                self._client = Client(self._address, timeout=10, set_as_default=False, name="autograder")
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(f"no Dask scheduler answers at {self._address}: {error}") from None
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
            self._prepare()
        except TimeoutError:
            self.close()
            raise ClusterError(f"the scheduler at {self._address} has no workers: start some, then grade") from None
        except BaseException:
            self.close()
            raise
        threading.Thread(target=self._watch, daemon=True).start()

    def _prepare(self):
        """Give the course to all workers, those to come too, and refuse those that would grade differently."""
        try:
            self._client.register_plugin(Grading(pack(self._course), versions()), self._name)
            refusals = self._client.run(_refusals, self._name)
        except Exception as error:
            raise ClusterError(
                f"a worker of {self._address} can't grade: {type(error).__name__}: {error}. Each needs this course's "
                "packages and the autograder itself, installed"
            ) from None
        for address, refusal in refusals.items():
            if refusal:
                raise _refused(address, refusal)
        self._count()

    def _count(self):
        threads = self._client.nthreads()
        self._threads, self._workers = sum(threads.values()), list(threads)

    def _send(self, future, data, avoided, sent):
        """Hand a job to Dask, to be graded anywhere but on the `avoided` workers, if there are others."""
        others = [w for w in self._workers if w not in avoided] if avoided else None
        remote = self._client.submit(
            _grade, self._name, data, pure=False, workers=others or None, allow_other_workers=bool(others)
        )
        with self._lock:
            self._waiting[future] = remote
        remote.add_done_callback(lambda remote: self._finished(future, remote, data, avoided, sent + 1))

    def _finished(self, future, remote, data, avoided, sent):
        """Dask is done with a job, one way or the other."""
        with self._lock:
            if self._waiting.get(future) is not remote:
                return  # given up
        kind, reply, address = _outcome(remote)
        if kind == "failed" and sent < 2 and not self._closed.is_set():  # a machine's own trouble, maybe
            with contextlib.suppress(Exception):
                self._send(future, data, avoided | {address}, sent)
                return
        with self._lock:
            if self._waiting.pop(future, None) is None:
                return
        try:
            if kind == "graded":
                future.set_result(Graded.from_bytes(reply))
            else:
                future.set_exception(_failure(kind, reply.decode(), address))
        except Exception as error:
            future.set_exception(ExecutorError(f"{address} sent a malformed reply: {error}"))

    def _watch(self):
        """Know how many workers there are; when there are none for long, or no scheduler, end the run."""
        seen = time.monotonic()
        while not self._closed.wait(1):
            with contextlib.suppress(Exception):
                self._count()
                if self._workers:
                    seen = time.monotonic()
            if time.monotonic() - seen > PATIENCE:
                self._fail_all(ClusterError(f"the workers of {self._address} are gone; what they graded is kept"))
                return

    def _fail_all(self, error):
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for future, remote in waiting.items():
            with contextlib.suppress(Exception):
                remote.cancel()
            future.set_exception(error)


def _outcome(remote):
    """What a finished task says: (kind, bytes, address of the worker)."""
    try:
        return remote.result()
    except KilledWorker as error:
        return "lost", LOST.format(times=error.allowed_failures + 1).encode(), ""
    except (Exception, CancelledError) as error:
        return "failed", f"{type(error).__name__}: {error}".encode("utf-8", "replace"), ""
    finally:
        remote.release()


def _failure(kind, reason, address):
    if kind == "refused":
        return _refused(address, reason)
    if kind == "unlockable":
        return CannotLockDown(f"{reason} (the worker {address})")
    return ExecutorError(reason)


def _refused(address, refusal):
    return ClusterError(
        f"the worker {address} would grade differently: {refusal}. Install the same versions and the same checkout of "
        "the course on all machines"
    )


@contextlib.contextmanager
def _quiet():
    """Without Dask's own warnings: what matters is said in our words."""
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
