"""What a locked-down process can and can't do, tried from inside a real one."""

import os
import platform
import socket
import stat
import time
from pathlib import Path

import pyseccomp
import pytest
from courses import ROOT

from autograder.executor import Limits, Session, Zygote
from autograder.sandbox import syscalls

ONCE = Limits(retry=False)


@pytest.fixture(scope="module")
def zygote():
    with Zygote() as zygote:
        yield zygote


@pytest.fixture(scope="module")
def shared(zygote):
    """One locked-down process for all that leaves it as it was."""
    with Session(zygote, limits=ONCE) as session:
        yield session


@pytest.fixture
def session(zygote):
    with Session(zygote, limits=ONCE) as session:
        yield session


def run(session, source):
    """What a cell printed, with the text of its result; it must neither fail nor die."""
    reply = session.run(source, 60)
    assert reply.ok, reply
    return "".join(o["text"] if o["type"] == "stream" else o["data"]["text/plain"] for o in reply.outputs)


def error(session, source):
    """The name and text of a cell's error."""
    reply = session.run(source, 30)
    assert reply.death is None, reply
    assert not reply.ok, f"this worked: {source}"
    (found,) = [o for o in reply.outputs if o["type"] == "error"]
    return found["ename"], found["evalue"]


# ---- what honest notebooks do works

WORKS = {
    "threads": "import concurrent.futures as c\nlist(c.ThreadPoolExecutor(8).map(abs, range(20)))",
    "more_torch_threads": "import torch\ntorch.set_num_threads(2)\n(torch.ones(600, 600) @ torch.ones(600, 600)).sum()",
    "forked_torch_tasks": "import torch\ntorch.jit.wait(torch.jit.fork(torch.ones, 3))",
    "training": "import torch\nm = torch.nn.Linear(2, 1)\no = torch.optim.RMSprop(m.parameters())\n"
    "m(torch.ones(3, 2)).sum().backward()\no.step()",
    "workers": "import torch\nloader = torch.utils.data.DataLoader(torch.arange(9), 3, num_workers=2, "
    "prefetch_factor=2, persistent_workers=True)\nassert len(list(loader)) == 3",
    "positional_workers": "import torch\nlist(torch.utils.data.DataLoader(range(4), 2, False, None, None, 2))",
    "compile": "import torch\ntorch.compile(lambda x: x + 1)(torch.ones(2))",
    "parallel_sklearn": "from sklearn.datasets import load_digits\nfrom sklearn.ensemble import "
    "RandomForestClassifier\nfrom sklearn.model_selection import cross_val_score\nx, y = load_digits(return_X_y=True)\n"
    "cross_val_score(RandomForestClassifier(5, n_jobs=2), x[:99], y[:99], n_jobs=2, cv=2)",
    "plots": "import matplotlib.pyplot as plt\nplt.title('$\\\\alpha$')\nplt.plot([1])\n"
    "[plt.savefig(f'f.{kind}') for kind in ('png', 'pdf', 'svg')]\nplt.show()",
    "pandas": "import pandas as pd\npd.DataFrame({'a': [1]}).to_csv('a.csv')\npd.read_csv('a.csv')",
    "scipy": "import scipy.stats, scipy.optimize, scipy.signal",
    "images": "import PIL.Image\nPIL.Image.new('L', (2, 2)).save('i.png')",
    "modules_not_imported_yet": "import turtledemo, xmlrpc.client, sqlite3, ssl, lzma, unittest, ctypes.util, networkx",
    "metadata": "import importlib.metadata as m\nm.version('numpy')",
    "sources": "import inspect, torch\ninspect.getsource(torch.nn.Linear)\ndef f(): pass\ninspect.getsource(f)",
    "files": "import numpy as np, torch\nnp.save('a', 1)\nnp.load('a.npy')\ntorch.save(1, 't')\ntorch.load('t')\n"
    "np.memmap('m', mode='w+', shape=9)[:] = 1",
    "temporary_files": "import tempfile, os\nwith tempfile.TemporaryDirectory() as d:\n"
    "    open(d + '/f', 'w').write('x')\n    os.replace(d + '/f', 'moved')\ntempfile.TemporaryFile()",
    "copies": "import shutil\nopen('a', 'w').write('x')\nshutil.copy('a', 'b')\nshutil.copy2('a', 'c')\n"
    "shutil.copytree('.', '../tmp/tree', dirs_exist_ok=True)\nshutil.make_archive('../tmp/z', 'gztar', '../tmp/tree')\n"
    "shutil.unpack_archive('../tmp/z.tar.gz', 'u')\nshutil.rmtree('u')",
    "database": "import sqlite3\nc = sqlite3.connect('d.db')\nc.execute('create table t(a)')\nc.commit()",
    "home": "from pathlib import Path\n(Path.home() / 'x').write_text('x')\nimport getpass\ngetpass.getuser()",
    "nowhere": "import os, contextlib\nwith open(os.devnull, 'w') as f, contextlib.redirect_stdout(f): print(1)\n"
    "os.urandom(3), open('/dev/urandom', 'rb').read(3)",
    "machine": "import psutil, os, platform, socket\npsutil.Process().memory_info(), psutil.virtual_memory()\n"
    "os.cpu_count(), platform.platform(), socket.gethostname()",
    "clocks": "import time, datetime, zoneinfo, resource\ntime.perf_counter(), time.process_time()\n"
    "datetime.datetime.now(zoneinfo.ZoneInfo('Europe/Zurich')), datetime.datetime.now().astimezone()\n"
    "resource.getrusage(resource.RUSAGE_SELF), resource.getrlimit(resource.RLIMIT_AS)",
    "alarm": "import signal, time\nrang = []\nsignal.signal(signal.SIGALRM, lambda *_: rang.append(1))\n"
    "signal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(0.1)\nassert rang",
    "await": "import asyncio\nassert await asyncio.to_thread(sum, [1, 2]) == 3",
    "loop": "import asyncio\nassert asyncio.run(asyncio.sleep(0, 5)) == 5",
    "warnings": "import warnings, logging\nwarnings.warn('x')\nlogging.basicConfig(filename='log', force=True)",
    "random": "import random, numpy as np, secrets\nrandom.random(), np.random.rand(), secrets.token_hex()",
    "own_signals": "import os\nos.kill(os.getpid(), 0)",
}


@pytest.mark.parametrize("what", WORKS)
def test_what_notebooks_do_works(shared, what):
    run(shared, WORKS[what])


# ---- files

LOOK = "import os\nsecret = {!r}\nfolder = os.path.dirname(secret)\n"
TOUCH = {
    "read": "open(secret)",
    "read_bytes_by_descriptor": "os.open(secret, os.O_RDONLY)",
    "read_through_proc": "open('/proc/self/root' + secret)",
    "read_through_cwd": "open(os.path.relpath(secret))",
    "read_by_path_descriptor": "d = os.open(secret, os.O_PATH)\nopen(f'/proc/self/fd/{d}')",
    "map": "import numpy as np\nnp.memmap(secret)",
    "list": "os.listdir(folder)",
    "walk_up": "os.chdir(folder)\nos.listdir('.')",
    "write": "open(secret, 'w')",
    "append": "open(secret, 'a')",
    "truncate": "os.truncate(secret, 0)",
    "create": "open(secret + '2', 'w')",
    "make_folder": "os.mkdir(secret + '2')",
    "remove": "os.remove(secret)",
    "rename": "os.rename(secret, secret + '2')",
    "move_in": "os.rename(secret, os.path.expanduser('~/mine'))",
    "replace": "open('mine', 'w')\nos.replace('mine', secret)",
    "hard_link": "os.link(secret, 'link')",
    "soft_link": "os.symlink(secret, 'link')",
    "pipe": "os.mkfifo('pipe')",
    "device": "os.mknod('device')",
    "owner": "os.chown(secret, 1, 1)",
    "attribute": "os.setxattr(secret, 'user.x', b'x')",
    "read_attribute": "os.getxattr(secret, 'user.x')",
    "root": "os.chroot(folder)",
}


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text("canary")
    path.chmod(0o640)
    before = path.stat()
    yield path
    after = path.stat()
    assert path.read_text() == "canary"
    assert [getattr(before, f) == getattr(after, f) for f in ("st_mode", "st_uid", "st_mtime_ns", "st_nlink")] == [
        True
    ] * 4
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("how", TOUCH)
def test_a_file_elsewhere_is_out_of_reach(session, secret, how):
    ename, evalue = error(session, LOOK.format(str(secret)) + TOUCH[how])
    assert ename in ("PermissionError", "OSError"), evalue


@pytest.mark.parametrize(
    "call", ["os.chmod(secret, 0)", "os.utime(secret, (1, 1))", "os.chmod('.', 0)", "os.fchmod(os.open('x', 64), 0)"]
)
def test_modes_and_times_are_changed_in_appearance_only(session, secret, call):
    """shutil.copy and unpacked archives need them to succeed."""
    run(session, LOOK.format(str(secret)) + call)
    assert run(session, "open('y', 'w').write('1'); os.listdir('.') != []") == "True"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/etc/shadow",
        "/etc/hosts",
        str(Path.home()),
        "/home",
        "/tmp",  # noqa: S108
        "/",
        "/proc",
        "/proc/1/environ",
        "/proc/self/mem",
        "/proc/self/mountinfo",
        "/proc/self/net/tcp",
        "/proc/net/unix",
        "/proc/self/task/{pid}/mem",
        "/proc/{parent}/environ",
        "/proc/{parent}/mem",
        "/proc/{parent}/maps",
        "/proc/{parent}/cmdline",
        "/proc/{grader}/environ",
        "/dev/shm",  # noqa: S108
        "/dev/tty",
        "/dev/kmsg",
        "/sys/kernel",
        "/var",
        "/bin/sh",
        str(ROOT / "README.md"),
        str(ROOT / "autograder"),
        str(ROOT / "autograder" / "questions"),
        str(ROOT / "autograder" / "sandbox" / "student.py"),
        str(ROOT / "solutions"),
        str(ROOT / "solutions" / "04_batch_normalization.py"),
        str(ROOT / "grading"),
        str(ROOT / "book" / "tnn" / "__init__.py"),
    ],
)
def test_only_what_python_needs_can_be_read(shared, path):
    source = f"""
import os
path = {path!r}.format(pid=os.getpid(), parent=os.getppid(), grader={os.getpid()})
if os.path.lexists(path):
    os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
else:
    raise PermissionError("not on this machine")"""
    assert error(shared, source)[0] == "PermissionError"


def test_proc_shows_no_one_else(shared):
    assert run(shared, "import os\nos.readlink('/proc/self/cwd') == os.getcwd()") == "True"
    for link in ("cwd", "root", "exe", "fd/0"):
        assert error(shared, f"os.readlink(f'/proc/{{os.getppid()}}/{link}')")[0] == "PermissionError"


def test_another_submissions_folder_is_out_of_reach(zygote, session):
    with Session(zygote, limits=ONCE) as neighbour:
        path = run(neighbour, "import os\nopen('essay', 'w').write('mine')\nprint(os.path.abspath('essay'))").split()[
            -1
        ]
        path = path.removeprefix("4")
        assert Path(path).read_text() == "mine"
        for attempt in (f"open({path!r})", f"open({path!r}, 'w')", f"import os\nos.listdir(os.path.dirname({path!r}))"):
            assert error(session, attempt)[0] == "PermissionError"
        up = "import os\nos.listdir('../..')"
        assert error(session, up)[0] == "PermissionError"
        assert Path(path).read_text() == "mine"


def test_that_a_file_exists_can_be_learnt(session, secret):
    """Known and written down in the threat model: names, sizes and times of files whose path one can guess."""
    assert run(session, f"import os\nos.stat({str(secret)!r}).st_size") == "6"


# ---- everything else

REFUSED = {
    "fork": "import os\nos.fork()",
    "spawn": "import os\nos.posix_spawn('/bin/true', ['true'], {})",
    "exec": "import os\nos.execv('/bin/true', ['true'])",
    "subprocess": "import subprocess\nsubprocess.run(['true'])",
    "process": "import multiprocessing as m\nm.Process(target=print).start()",
    "pool": "import multiprocessing as m\nm.Pool(2)",
    "process_pool": "import concurrent.futures as c\nc.ProcessPoolExecutor(2).submit(print).result()",
    "shared_memory": "from multiprocessing.shared_memory import SharedMemory\nSharedMemory(create=True, size=9)",
    "memory_file": "import os\nos.memfd_create('x')",
    "kill_parent": "import os\nos.kill(os.getppid(), 0)",
    "kill_group": "import os\nos.kill(0, 0)",
    "kill_all": "import os\nos.kill(-1, 0)",
    "own_process_descriptor": "import os\nos.pidfd_open(os.getpid())",
    "priority": "import os\nos.nice(1)",
    "priority_of_parent": "import os\nos.setpriority(os.PRIO_PROCESS, os.getppid(), 5)",
    "affinity": "import os\nos.sched_setaffinity(0, {0})",
    "scheduler": "import os\nos.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))",
    "session": "import os\nos.setsid()",
    "process_group": "import os\nos.setpgid(0, 0)",
    "user": "import os\nos.setuid(os.getuid())",
    "raise_a_limit": "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
    "limits_of_parent": "import resource, os\nresource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    "lock_that_others_see": "import fcntl\nfcntl.flock(open('/dev/null'), fcntl.LOCK_EX)",
    "signals_by_descriptor": "import fcntl, os\nfcntl.fcntl(3, 8, os.getppid())",
    "lease": "import fcntl\nfcntl.fcntl(open('/dev/null'), 1024, 0)",
    "terminal_input": "import fcntl\nfcntl.ioctl(0, 0x5412, b'x')",
    "watch_a_folder": "import ctypes, os\nl = ctypes.CDLL(None, use_errno=True)\nif l.inotify_init1(0) < 0:\n"
    "    raise OSError(ctypes.get_errno(), '')",
    "udp": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "name": "import socket\nsocket.getaddrinfo('localhost', 80)",
    "url": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1')",
    "datagrams": "import socket\nsocket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "pass_descriptors": "import socket\na, b = socket.socketpair()\nsocket.send_fds(a, [b'x'], [0])",
    "send_to_an_address": "import socket\na, b = socket.socketpair()\na.sendto(b'x', '/dev/log')",
    "module": "import autograder.questions",
    "chapters_package": "import tnn",
}


@pytest.mark.parametrize("what", REFUSED)
def test_refusals_are_errors_at_once(shared, what):
    start = time.monotonic()
    ename, evalue = error(shared, REFUSED[what])
    assert ename in ("PermissionError", "OSError", "URLError", "gaierror", "ModuleNotFoundError", "ValueError"), evalue
    assert time.monotonic() - start < 10


def test_no_family_of_sockets(shared):
    source = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print({(libc.socket(family, kind, 0), ctypes.get_errno()) for family in range(64) for kind in range(1, 11)})"""
    assert run(shared, source) == "{(-1, 1)}\n"


def test_a_listening_server_is_not_reached(shared):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert error(shared, f"import socket\nsocket.create_connection(('127.0.0.1', {port}))")[0] == "PermissionError"


def test_every_other_system_call_is_refused(shared):
    """All numbers there are: what isn't in the list, or is decided by its arguments, must not run."""
    arch = pyseccomp.system_arch()
    listed = syscalls.words(syscalls.ALLOWED + syscalls.PRETENDED + syscalls.NOT_SUPPORTED + syscalls.MISSING)
    by_arguments = [
        "fcntl",
        "ioctl",
        "prctl",
        "clone",
        "socketpair",
        "sendto",
        "recvfrom",
        "prlimit64",
        "kill",
        "tgkill",
    ]
    known = {pyseccomp.resolve_syscall(arch, name) for name in [*listed, *by_arguments]}
    known |= {335, 336} if platform.machine() == "x86_64" else set()  # probes' returns: a signal to the caller
    others = [number for number in range(600) if number not in known]
    assert len(others) > 300
    source = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print([n for n in {others} if libc.syscall(n, *[ctypes.c_long(0)] * 6) != -1 or ctypes.get_errno() != 1])"""
    assert run(shared, source) == "[]\n"


@pytest.mark.parametrize(
    ("name", "arguments", "errno"),
    [
        ("prctl", (1, 0), 1),  # PR_SET_PDEATHSIG: to outlive the zygote
        ("prctl", (4, 0), 1),  # PR_SET_DUMPABLE
        ("prctl", (38, 0), 1),
        ("clone3", (0, 0), 38),  # so that glibc takes clone
        ("clone", (17,), 1),  # a fork
        ("clone", (0x10011,), 22),  # a thread without shared memory: the kernel itself refuses
        ("clone", (0x10000011 | 0x10000,), 1),  # CLONE_NEWUSER
        ("prlimit64", (0, 9, 1, 0), 1),
        ("kill", (-1, 9), 1),
        ("tgkill", (1, 1, 9), 1),
        ("fcntl", (3, 10, 9), 1),  # F_SETSIG
        ("ioctl", (0, 0x5412, 0), 1),  # TIOCSTI
        ("getxattr", (0, 0, 0, 0), 95),
        ("sendto", (3, 0, 0, 1, 0, 0), 1),  # MSG_OOB
        ("recvfrom", (3, 0, 0, 1, 0, 0), 1),
    ],
)
def test_arguments_decide(shared, name, arguments, errno):
    number = pyseccomp.resolve_syscall(pyseccomp.system_arch(), name)
    source = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall({number}, *map(ctypes.c_long, {arguments})), ctypes.get_errno())"""
    assert run(shared, source) == f"-1 {errno}\n"


@pytest.mark.parametrize("code", ["b8140000000f05c3", "b814000000cd80c3", "b827000040" + "0f05c3"])
def test_calls_by_other_numbers_end_the_process(session, code):
    """getpid by its 32-bit and x32 numbers; the first of the three, writev by its own, is the control."""
    if platform.machine() != "x86_64":
        return
    source = f"""
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes.fromhex({code!r}))
call = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
call() is None"""
    reply = session.run(source, 10)
    if code.startswith("b8140000000f"):
        assert reply.ok
    else:
        assert "a call that isn't allowed" in reply.death


def test_what_the_kernel_says_of_it(session):
    run(session, "1")
    lines = Path(f"/proc/{session._process._pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert {status[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Amb")} == {"0" * 16}


def test_a_filesystem_in_the_scratch_folder_has_no_special_files(session):
    run(session, "import os, pathlib\npathlib.Path('deep/er').mkdir(parents=True)\nos.rename('deep/er', 'up')")
    folder = session._process._folder
    assert all(stat.S_ISDIR(p.stat().st_mode) or stat.S_ISREG(p.stat().st_mode) for p in folder.rglob("*"))
