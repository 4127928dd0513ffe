"""The coordinator's side of the zygote and its forks: starting, asking, watching, ending.

Whatever runs beside student code is believed in nothing but the exact shape of its frames. This side kills on
any excess, and removes every process and folder it had made.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from .failures import CannotLockDown, ExecutorError, ZygoteLost
from .sandbox import folders, wire
from .watch import Death, Watch

POLL_SECONDS = 0.05
_PLAIN = wire.Limits(elements=0)  # replies hold arrays only as encoded bytes, which nobody here opens
_START_SECONDS = 180
_CONTROL_SECONDS = 60
_MAX_PACKET = 4096
_MAX_REQUESTS = 5000  # to the desk of one probe

# The autograder's folder is importable for one line only, and under the name `sandbox`: the runtime never
# comes near the package with the questions in it.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from sandbox import zygote; "
    "sys.path.remove(sys.argv[1]); zygote.main(int(sys.argv[2]), sys.argv[3])"
)


class Zygote:
    """A warm process that forks students. Starts when first needed; restarts after its death.

    Safe to share between threads, one request at a time; one per worker process.
    """

    def __init__(self, *, python=sys.executable):
        self.python = python
        self.unlockable = ""  # why its forks can't be locked down, once it has started
        self._lock = threading.RLock()
        self._process = None
        self._ready = False
        self._control = None
        self._folder = None
        self._count = 0
        self._generation = 0

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    @property
    def pid(self):
        return self._process.pid if self._process else None

    def start(self):
        """Start now, if not running. Raises ExecutorError with the zygote's own words if it can't."""
        with self._lock:
            if self.launch():
                self._await()

    def launch(self):
        """Start without waiting until it is warm. Returns whether that is still to be waited for."""
        with self._lock:
            if self._process and self._process.poll() is None:
                return not self._ready
            self.close()
            self._ready = False
            self._folder = Path(tempfile.mkdtemp(prefix="autograder-"))
            self._generation += 1
            home = self._folder / "home"
            home.mkdir()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ours.settimeout(_START_SECONDS)
            self._control = ours
            with theirs, (self._folder / "log").open("wb") as log:
                arguments = [str(Path(__file__).parent), str(theirs.fileno()), str(self._folder)]
                self._process = subprocess.Popen(
                    [self.python, "-I", "-c", _START, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=_environment(home),
                    cwd=home,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            return True

    def _await(self):
        try:
            reply = wire.decode(self._control.recv(_MAX_PACKET), _PLAIN)
            self._ready, self.unlockable = reply["ready"], reply["unlockable"]
        except (OSError, wire.WireError):
            self._ready = False
        if not self._ready:
            words = (self._folder / "log").read_text(errors="replace")[-2000:].strip()
            status = self._end()
            lost = ZygoteLost if status == -signal.SIGKILL and not words else ExecutorError
            raise lost(f"the grading process could not be started: {words or f'exit status {status}'}")
        self._control.settimeout(_CONTROL_SECONDS)

    def close(self):
        """End the zygote, all its forks and their folders."""
        self._end()

    def _end(self):
        """Close; return the exit status, if there was a process, or 0."""
        status = 0
        with self._lock:
            if self._control:
                self._control.close()  # the zygote ends its forks and itself when it sees this
                self._control = None
            if self._process:
                try:
                    status = self._process.wait(10)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
                self._process = None
            if self._folder:
                folders.remove(self._folder)
                self._folder = None
        return status

    def require_lockdown(self):
        """Start, and raise CannotLockDown if student code can't be locked down here."""
        with self._lock:
            self.start()
            if self.unlockable:
                raise CannotLockDown(self.unlockable)

    def spawn(self, files, limits, trust_students=False):
        """Fork a student process whose scratch folder holds copies of the regular files in `files`.

        It is locked down, or CannotLockDown raised, unless its students are trusted.
        """
        with self._lock:
            self.start() if trust_students else self.require_lockdown()
            self._count += 1
            folder = self._folder / f"s{self._count}"
            ours, theirs = socket.socketpair()
            try:
                folders.furnish(folder, files)
                request = {
                    "do": "fork",
                    "folder": str(folder),
                    "data": 2 * limits.memory,
                    "file_size": limits.file_size,
                    "lock": not trust_students,
                }
                pid = self._ask(request, [theirs.fileno()])["pid"]
                process = StudentProcess(self, self._generation, pid, ours, folder, limits)
                try:
                    process.greet(locked=not trust_students)
                except BaseException:
                    with contextlib.suppress(ZygoteLost):
                        process.end()
                    raise
                return process
            except BaseException as error:
                ours.close()
                folders.remove(folder)
                if isinstance(error, OSError):
                    raise ExecutorError(f"a grading process could not be prepared: {error}") from error
                raise
            finally:
                theirs.close()

    def reap(self, pid, generation):
        """Say how a dead process ended: {"exit": code} or {"signal": number}."""
        with self._lock:
            if generation != self._generation:
                raise ZygoteLost("the zygote that forked this process is gone")
            return self._ask({"do": "reap", "pid": pid})

    def _ask(self, request, descriptors=()):
        with self._lock:
            try:
                socket.send_fds(self._control, [wire.encode(request)], descriptors)
                return wire.decode(self._control.recv(_MAX_PACKET), _PLAIN)
            except (OSError, AttributeError, wire.WireError):
                if self._process:
                    self._process.kill()
                self.close()
                raise ZygoteLost("the grading process was lost") from None


class StudentProcess:
    """One fork: takes requests, and is killed on any excess."""

    def __init__(self, zygote, generation, pid, channel, folder, limits):
        self._zygote = zygote
        self._generation = generation
        self._pid = pid
        self._channel = channel
        self._folder = folder
        self._limits = limits
        self._pidfd = os.pidfd_open(pid)  # not yet reaped, so the number is still its own
        channel.setblocking(False)

    def greet(self, locked):
        """Hear from the process, before it has seen a byte from a student, that it is as it should be."""
        try:
            said = wire.decode(self._exchange(b"", Watch(self._pid, self._folder, self._limits, 60)), _PLAIN)
        except (Death, wire.WireError, ConnectionError):
            said = None
        if said != {"locked": locked}:
            if said is None:  # killed, since nothing of a student's has run: worth another try
                raise ZygoteLost("a student process ended before it began")
            raise ExecutorError(f"a student process could not be locked down: {said}")

    def ask(self, message: bytes, cpu_limit: float, desk=None):
        """Send a message; return the decoded reply and the processor seconds it took. Raises Death.

        Until it replies, the process may put questions to `desk(number, request)`, which returns bytes.
        """
        watch = Watch(self._pid, self._folder, self._limits, cpu_limit)
        try:
            with contextlib.suppress(BlockingIOError):
                early = self._channel.recv(1)
                raise Death("sent a message of its own" if early else self._how_it_ended())
            reply = wire.decode(self._exchange(wire.frame(message), watch), _PLAIN)
            for _ in range(_MAX_REQUESTS if desk else 0):
                if not _asks(reply):
                    break
                said = desk(reply["number"], reply["request"])
                reply = wire.decode(self._exchange(wire.frame(wire.encode(said)), watch), _PLAIN)
            else:
                if desk:
                    raise Death(f"asked the grader more than {_MAX_REQUESTS} times")
            return reply, watch.cpu_seconds()
        except (Death, wire.WireError, ConnectionError) as error:
            if isinstance(error, wire.WireError):
                error = Death("sent a malformed reply")
            elif isinstance(error, ConnectionError):
                error = Death(self._how_it_ended())
            error.cpu_seconds = watch.cpu_seconds()
            raise error from None
        except OSError as error:  # ours: out of descriptors, say
            raise ExecutorError(f"a grading process could not be reached: {error}") from error

    def _exchange(self, outgoing, watch):
        """Write the request and read one frame, whichever is possible, looking up every 50 ms."""
        rest, incoming, needed = memoryview(outgoing), bytearray(), None
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        while True:
            poll.register(self._channel, select.POLLIN | (select.POLLOUT if rest else 0))
            events = dict(poll.poll(POLL_SECONDS * 1000))
            channel = events.get(self._channel.fileno(), 0)
            if channel & select.POLLOUT and rest:
                rest = rest[self._channel.send(rest[: 2**20]) :]
            if channel & (select.POLLIN | select.POLLHUP | select.POLLERR):
                piece = self._channel.recv(2**20)
                if not piece:
                    raise Death(self._how_it_ended())
                incoming += piece
                if needed is None and len(incoming) >= 8:
                    needed = 8 + wire.frame_length(incoming[:8], wire.LIMITS.bytes)
                if needed is not None and len(incoming) >= needed:
                    if len(incoming) > needed:
                        raise Death("sent a message of its own")
                    watch.count_threads()
                    return bytes(memoryview(incoming)[8:])
            elif self._pidfd in events:  # dead, and nothing left to read
                raise Death(self._how_it_ended())
            watch.look()

    def _how_it_ended(self):
        """The cause of a death as the student may read it. Ends the process if only its channel is gone."""
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        if not poll.poll(1000):
            return "closed its connection to the grader"
        status = self.end()
        if "exit" in status:
            return f"ended the process with exit code {status['exit']}"
        number = status["signal"]
        name = {signal.SIGSEGV: "segmentation fault", signal.SIGSYS: "a call that isn't allowed"}.get(number)
        return f"was stopped by the system ({name or (signal.strsignal(number) or number).lower()})"

    def end(self):
        """Kill, reap and tidy up; return how the process ended. Raises ZygoteLost. Does nothing twice."""
        if self._pidfd is None:
            return self._status
        self._status = {"signal": signal.SIGKILL}
        try:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            os.close(self._pidfd)
            self._pidfd = None
            self._channel.close()
            self._status = self._zygote.reap(self._pid, self._generation)
        finally:
            folders.remove(self._folder)
        return self._status


def _asks(reply):
    """Whether a frame is a question to the desk rather than a reply."""
    if type(reply) is not dict or set(reply) != {"number", "request"}:
        return False
    return type(reply["number"]) is int and type(reply["request"]) is bytes


def _environment(home):
    """All that the zygote knows of the world: none of it is ours."""
    return {
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",  # or a student's torch.set_num_threads(2) hangs the forks
        "OPENBLAS_NUM_THREADS": "1",
        "JOBLIB_MULTIPROCESSING": "0",  # what would start processes or a compiler runs without them, as is allowed
        "TORCH_COMPILE_DISABLE": "1",
        "LOGNAME": "student",  # for getpass.getuser, which can't read the list of users
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
    }
