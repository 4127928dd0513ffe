"""Who grades jobs: this process by itself, or several worker processes beside each other.

Both have `submit(job)`, which returns a concurrent.futures.Future of a Graded, and `close()`, and are context
managers; so has anything else that can take their place, such as a client of a cluster:

    with Workers(course, 2) as pool:
        futures = [pool.submit(job) for job in jobs]      # Job and Graded: see job.py
        for future in as_completed(futures): future.result()

A future raises CannotLockDown or ExecutorError; the next job is tried all the same. `lanes` says how many jobs are
worth having under way at once.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import Pipe
from pathlib import Path
from queue import SimpleQueue

from .failures import CannotLockDown, ExecutorError
from .sandbox import folders


class Here:
    """Grades each job at once, in this process, with the zygote and the checker that it keeps."""

    lanes = 1

    def __init__(self, processes):
        self.processes = processes

    def submit(self, job):
        from .job import grade_job

        future = Future()
        try:
            future.set_result(grade_job(job, self.processes))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self):
        """Nothing: the processes are the caller's, who may want them warm."""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


class Workers:
    """Worker processes, each with its own zygote and checker. They are started at once, and load by themselves."""

    def __init__(self, course, count, folder=None):
        """`folder` is where theirs is made, by default the system's for what is temporary."""
        self.lanes = count
        self._course = course
        self._folder = tempfile.mkdtemp(prefix="autograder-", dir=folder)
        self._idle = SimpleQueue()
        self._all = [self._start() for _ in range(count)]
        for worker in self._all:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(count)
        self._deaths = 0  # in a row, without a submission graded in between

    def submit(self, job):
        return self._threads.submit(self._grade, job)

    def close(self):
        """End the workers, at once if they are at work. What is not begun is not graded."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._all:
            worker.hang_up()
        self._threads.shutdown()
        for worker in self._all:
            worker.end()
        folders.remove(self._folder)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _start(self):
        return _Worker(self._course, self._folder)

    def _grade(self, job):
        """Have an idle worker grade a job. A worker that dies is replaced, and the job tried once more."""
        worker = self._idle.get()
        try:
            for _ in range(2):
                if self._deaths > 2 * self.lanes:
                    break
                try:
                    graded = worker.grade(job)
                    self._deaths = 0
                    return graded
                except (EOFError, OSError):
                    if worker.closing:
                        raise ExecutorError("grading was stopped") from None
                    self._deaths += 1
                    worker.end()
                    self._all.remove(worker)
                    worker = self._start()
                    self._all.append(worker)
            raise ExecutorError("the processes that grade die again and again; what they say is above")
        finally:
            self._idle.put(worker)


class _Worker:
    """The handle on one worker process."""

    def __init__(self, course, folder):
        self.busy = self.closing = False
        self._connection, theirs = Pipe()
        arguments = [str(theirs.fileno()), str(folder), str(course.root), *map(str, course.packs)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "autograder.worker", *arguments],
            pass_fds=[theirs.fileno()],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            cwd=Path(__file__).parents[1],  # -m imports from here first: never from beside a submission
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # an interrupt from the keyboard is the coordinator's to handle
        )
        theirs.close()

    def grade(self, job):
        from .job import Graded

        self.busy = True
        self._connection.send_bytes(job.to_bytes())
        kind, reply = self._connection.recv_bytes(), self._connection.recv_bytes()
        self.busy = False
        if kind == b"graded":
            return Graded.from_bytes(reply)
        raise (CannotLockDown if kind == b"unlockable" else ExecutorError)(reply.decode())

    def hang_up(self):
        """Have the process end: by itself if it is idle; if it is at work, its zygote and checker see to theirs."""
        self.closing = True
        if self.busy:
            self._process.terminate()
        else:
            self._connection.close()

    def end(self):
        self.closing = True
        self._connection.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
