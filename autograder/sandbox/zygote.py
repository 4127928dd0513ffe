"""The zygote: a warm, single-threaded process that forks one student process per submission.

Started with an empty environment by `autograder.processes.Zygote`, which holds the other end of the control
socket. Student code never runs in this process. Requests and replies are one wire message per packet:

    {"do": "fork", "folder", "data", "file_size", "lock"} + the channel's descriptor  ->  {"pid"}
    {"do": "reap", "pid"}, of a process that has died or was killed                   ->  {"exit"} or {"signal"}
"""

import ctypes
import functools
import gc
import inspect
import os
import select
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

from . import folders, lockdown, wire

MAX_PACKET = 64 * 2**10
_PR_SET_CHILD_SUBREAPER = 36

# One small training run, plot, traceback and so on: whatever is imported on first use is imported here, once,
# and not by every fork (half a second for torch's optimizers alone).
_WARM_UP = """
import asyncio, collections, contextlib, csv, dataclasses, functools, json, random, time
import matplotlib.pyplot as plt, numpy as np, numpy.testing
import torch, torch.nn as nn, torch.nn.functional as F, torch.testing, torch.utils.data

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 2))
x, labels = torch.randn(5, 3), torch.tensor([0, 1, 0, 1, 1])
for optimizer in torch.optim.SGD(model.parameters(), 0.1, momentum=0.9), torch.optim.Adam(model.parameters()):
    optimizer.zero_grad()
    F.cross_entropy(model(x), labels).backward()
    optimizer.step()
F.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3))
torch.testing.assert_close(x, x)
np.testing.assert_allclose(np.ones(1), np.ones(1))
repr(x), repr(np.random.default_rng(0).normal(size=3)), np.linalg.norm(np.ones((3, 3)), 2)
figure, axes = plt.subplots()
axes.plot([1, 2], label="x")
axes.set_title("$x$")
axes.legend()
figure
"""
_WARM_UP_MAGIC = "%%time\n%matplotlib inline\n1"
_WARM_UP_ERROR = "def fails():\n    raise ValueError('warm')\nfails()"


def warm_up():
    """Import and exercise what notebooks use. Returns the shell that forks will inherit."""
    import torch

    generator = torch.get_rng_state()
    torch.set_num_threads(1)  # before any operation: a fork of a process with threads may hang
    from .shell import StudentShell

    shell = StudentShell.make()
    for source, ok in ((_WARM_UP, True), (_WARM_UP_MAGIC, True), (_WARM_UP_ERROR, False)):
        reply = shell.run(source)
        if reply["ok"] is not ok:
            raise RuntimeError(f"the zygote's warm-up failed: {reply['outputs']}")
    shell.reset(new_session=True)
    torch.set_rng_state(generator)
    _load_in_this_process(torch.utils.data.DataLoader)
    _forget_editable_packages()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    if threads != 1:
        raise RuntimeError(f"the zygote has {threads} threads; forks of it could hang")
    return shell


def _load_in_this_process(loader):
    """DataLoader(num_workers=2) is a habit, and workers are processes, which a student's may not start."""
    original, options = loader.__init__, ("num_workers", "prefetch_factor", "persistent_workers")
    signature = inspect.signature(original)

    @functools.wraps(original)
    def load_here(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        for name in (*options, "multiprocessing_context"):
            bound.arguments.pop(name, None)
        original(*bound.args, **bound.kwargs)

    loader.__init__ = load_here


def _forget_editable_packages():
    """A checkout can't be read once locked down: its packages are not installed, rather than forbidden."""
    sys.meta_path[:] = [f for f in sys.meta_path if not getattr(f, "__module__", "").startswith("__editable__")]
    sys.path[:] = [path for path in sys.path if not path.startswith("__editable__")]


def main(control_fd: int, folder: str) -> None:
    """Warm up, say so, and serve until the coordinator closes the socket or dies. Never returns."""
    control = socket.socket(fileno=control_fd)
    coordinator = os.pidfd_open(os.getppid())  # a forked copy of the coordinator may keep the socket open
    status = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
        shell = warm_up()
        from . import student  # noqa: F401  (before the freeze)

        unlockable = lockdown.prepare()
        gc.collect()
        gc.disable()  # a collection in a fork would touch, and so copy, every page
        gc.freeze()
        control.send(wire.encode({"ready": True, "unlockable": unlockable}))
        _Server(shell, control, coordinator).serve()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os.chdir("/")
        if status == 0:
            folders.remove(folder)
        os._exit(status)


class _Server:
    def __init__(self, shell, control, coordinator):
        self.shell = shell
        self.control = control
        self.coordinator = coordinator
        self.forks = set()

    def serve(self):
        try:
            while True:
                ready, _, _ = select.select([self.control, self.coordinator], [], [])
                if self.coordinator in ready:
                    return
                packet, descriptors, _, _ = socket.recv_fds(self.control, MAX_PACKET, 1)
                if not packet:
                    return
                request = wire.decode(packet)
                forks = request["do"] == "fork"
                reply = self.fork(request, descriptors[0]) if forks else self.reap(request["pid"])
                self.control.send(wire.encode(reply))
        finally:
            for pid in self.forks:
                os.kill(pid, signal.SIGKILL)
            self.forks.clear()
            self.end_orphans()

    def fork(self, request, channel):
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                from . import student

                student.main(self.shell, zygote, channel, request)
            finally:
                os._exit(70)
        os.close(channel)
        self.forks.add(pid)
        return {"pid": pid}

    def reap(self, pid):
        self.forks.discard(pid)
        _, status = os.waitpid(pid, 0)
        self.end_orphans()
        if os.WIFSIGNALED(status):
            return {"signal": os.WTERMSIG(status)}
        return {"exit": os.WEXITSTATUS(status)}

    def end_orphans(self):
        """Kill what dead student processes left running: as their subreaper, we inherit it."""
        own = Path(f"/proc/self/task/{os.getpid()}/children")
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                orphans = {int(pid) for pid in own.read_text().split()} - self.forks
            except OSError:  # a kernel without this file
                return
            if not orphans:
                return
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
