"""A worker: one process with a zygote and a checker of its own, which grades the jobs that it is sent.

It never sees the course's secret or the gradebook, and runs no student code: its zygote's forks do.
"""

import os
import select
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from .sandbox import folders


def main(descriptor, folder, root, packs):
    """Serve until whoever started this process hangs up or dies. Replies are a kind and its bytes."""
    scratch = Path(folder) / str(os.getpid())
    scratch.mkdir()
    _end_with(os.getppid(), scratch)
    from .processes import Zygote

    zygote = Zygote()
    zygote.launch()  # it takes longest to load
    from .course import Course
    from .grading import Processes
    from .job import Job, grade_job
    from .turnstile import Turnstile

    turnstile = Turnstile(folder)
    connection = Connection(descriptor)
    with Processes(Course(root, packs), scratch, turnstile.alone, zygote) as processes:
        processes.launch()
        while True:
            try:
                job = Job.from_bytes(connection.recv_bytes())
            except EOFError:
                break
            try:
                with turnstile.together():
                    kind, reply = b"graded", grade_job(job, processes).to_bytes()
            except Exception as error:
                kind, reply = _failure(error)
            connection.send_bytes(kind)
            connection.send_bytes(reply)
    folders.remove(scratch)


def _failure(error):
    from .failures import CannotLockDown

    if isinstance(error, CannotLockDown):
        return b"unlockable", error.reason.encode()
    return b"failed", f"{type(error).__name__}: {error}"[:2000].encode("utf-8", "replace")


def _end_with(parent, scratch):
    """End when the parent dies: by itself, since it may be waiting for a student. Zygote and checker then do too."""

    def watch():
        select.select([parent_fd], [], [])
        folders.remove(scratch)
        os._exit(1)

    parent_fd = os.pidfd_open(parent)
    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    from . import quick  # noqa: F401

    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
