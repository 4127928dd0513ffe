"""A student process: one fork of the zygote that runs one submission's cells and probes."""

import ctypes
import gc
import os
import resource
import signal
import sys
import tempfile
import types

from . import wire
from .lockdown import lock_down
from .outputs import Recorder
from .probing import run_probe

MAX_PRINTED = 2 * 2**10
CHANNEL = 3  # after 0, 1 and 2, which go nowhere
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)  # opened in the zygote: a locked-down process may not


def main(shell, zygote: int, channel: int, request: dict) -> None:
    """Become the process of one submission and serve until the channel closes. Never returns."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != zygote:  # it died before the line above
        os._exit(1)
    os.setsid()
    _keep_descriptors(channel)
    _set_limits(request)
    _settle_in(request["folder"])
    if request["lock"]:
        try:
            lock_down(request["folder"])
        except Exception as error:
            wire.send_frame(CHANNEL, wire.encode({"failed": f"{type(error).__name__}: {error}"[:500]}))
            os._exit(1)
    wire.send_frame(CHANNEL, wire.encode({"locked": request["lock"]}))
    serve(shell)


def serve(shell):
    while True:
        try:
            request = wire.decode(wire.recv_frame(CHANNEL))
        except EOFError:
            os._exit(0)
        reply = answer(shell, request)
        wire.send_frame(CHANNEL, reply)


def answer(shell, request) -> bytes:
    """The reply to one request, as a message."""
    if request["do"] == "run":
        return wire.encode(shell.run(request["source"]))
    reply = probe(shell, request["source"], request["names"], request["inputs"], ask if request["desk"] else None)
    try:
        return wire.encode(reply)
    except wire.WireError as error:  # each case fits, all of them together don't
        refused = {"status": "unencodable", "reason": str(error)[:300]}
        return wire.encode({**reply, "cases": [refused for _ in reply["cases"]]})


def ask(number, request) -> bytes:
    """What the desk of a case replies, somewhere where nothing of a student's runs."""
    wire.send_frame(CHANNEL, wire.encode({"number": number, "request": request}))
    return wire.decode(wire.recv_frame(CHANNEL))


def probe(shell, source, names, inputs, desk=None):
    """Run a probe on what the student's cells defined; what it prints and plots doesn't count."""
    missing = [name for name in names if name not in shell.user_ns]
    with shell.recording(Recorder(MAX_PRINTED)) as recorder:
        if missing:
            reply = {"missing": missing, "cases": []}
        else:
            found = {name: shell.user_ns[name] for name in names}
            target = found[names[0]] if len(names) == 1 else types.SimpleNamespace(**found)
            reply = run_probe(source, target, inputs, desk)
        _forget_figures()
    return {**reply, "printed": recorder.text()[:MAX_PRINTED]}


def _forget_figures():
    """A figure left open by a probe would be shown by the next cell."""
    try:
        from matplotlib import pyplot
        from matplotlib_inline import backend_inline

        if pyplot.get_fignums():
            pyplot.close("all")
        backend_inline.show._to_draw, backend_inline.show._draw_called = [], False
    except BaseException:  # a student may have replaced any of it
        return


def _keep_descriptors(channel):
    """Keep the channel and nothing else of what the zygote had open, its control socket above all."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    if channel != CHANNEL:
        os.dup2(channel, CHANNEL, inheritable=False)
    os.closerange(CHANNEL + 1, os.sysconf("SC_OPEN_MAX"))


def _set_limits(request):
    """A second line behind the coordinator's watch; a soft limit alone could be raised again."""
    for limit, value in (
        (resource.RLIMIT_DATA, request["data"]),
        (resource.RLIMIT_AS, _address_space() + request["data"]),  # shared memory doesn't count as data
        (resource.RLIMIT_FSIZE, request["file_size"]),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _address_space():
    """What a fork begins with: torch's libraries, mostly."""
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[0]) * resource.getpagesize()


def _settle_in(folder):
    """Make the process look like a notebook's, in its own scratch folder."""
    work, spare = os.path.join(folder, "work"), os.path.join(folder, "tmp")  # noqa: PTH118
    os.chdir(work)
    os.environ.update(HOME=spare, TMPDIR=spare)
    tempfile.tempdir = spare
    sys.path.insert(0, "")  # a notebook may import a file that lies beside it
    sys.argv[:] = ["notebook"]
    sys.dont_write_bytecode = True
    sys.modules["autograder"] = _stub()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from IPython.core import async_helpers

    async_helpers.get_asyncio_loop()  # its descriptors: before the lock-down, but not shared with other forks
    gc.enable()


def _stub():
    """What `from autograder import check` finds: nothing is marked here, and no question is near."""

    def check(name, *args, **kwargs):
        print(f"{name}: graded when handed in")

    module = types.ModuleType("autograder", "A stand-in for the autograder while a notebook is graded.")
    module.check = check
    return module
