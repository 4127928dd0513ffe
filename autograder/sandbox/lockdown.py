"""The one place where a process gives up its rights, before it has seen a byte from a student.

`prepare` in a process that will fork, then `lock_down` in each fork. Nothing here needs privilege, and nothing can
be undone: no_new_privs, no capabilities, Landlock for files (landlock.py), libseccomp for calls (syscalls.py).
"""

import ctypes
import os
import site
import sys
import sysconfig
from pathlib import Path

from . import landlock

_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# What Python's extension modules load, fonts, time zones and locales; hardware facts that BLAS asks for.
_SYSTEM = (
    *("/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"),
    *("/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts", "/usr/share/zoneinfo", "/usr/share/locale"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/os-release"),
    *("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"),
)
_DEVICES = {
    "/dev/null": landlock.READ_FILE | landlock.WRITE_FILE | landlock.TRUNCATE,
    "/dev/zero": landlock.READ_FILE,
    "/dev/random": landlock.READ_FILE,
    "/dev/urandom": landlock.READ_FILE,
}
# Not all of /proc/self: mem could be written, net lists the machine's connections, root and task lead elsewhere.
_OWN = {
    **{f"/proc/self/{name}": landlock.READ_FILE for name in ("environ", "limits", "maps", "stat", "statm", "status")},
    **{f"/proc/self/{name}": landlock.READ_DIR for name in ("fd", "task")},
}

_prepared = None


class Prepared:
    """What can be worked out once for all forks: the filter, and the files that Python needs."""

    def __init__(self):
        from . import syscalls  # raises RuntimeError without libseccomp

        self.load, self.filter = syscalls.load, syscalls.build()
        self.rules = [*readable(_python_folders(), _hidden()), *_DEVICES.items()]


def prepare():
    """Get ready for `lock_down` in forks of this process. Returns "", or the reason why it would not hold.

    The answer comes from a fork that was locked down and tried to get out.
    """
    global _prepared
    if reason := _missing():
        return reason
    try:
        _prepared = Prepared()
    except (ImportError, RuntimeError, OSError) as error:
        return f"seccomp can't be used ({error}); on Debian or Ubuntu it needs the packages libseccomp2 and pyseccomp"
    return _tried()


def lock_down(folder: str, also_readable=()) -> None:
    """Leave this process nothing but computing, its open descriptors and the scratch `folder`.

    Called once, when everything that must be opened is open. Raises if any part of it fails.
    """
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs could not be set")
    _drop_capabilities()
    own = [(folder, landlock.READ_WRITE), *((path, landlock.READ) for path in also_readable)]
    landlock.restrict([*_prepared.rules, *_OWN.items(), *own])
    _prepared.load(_prepared.filter)


def readable(folders, hidden):
    """Rules for reading `folders` without what is `hidden` in them.

    Landlock has no rule that denies, so a folder with something hidden in it is allowed child by child; names can
    be listed in it, as imports do.
    """
    for folder in folders:
        if folder in hidden:
            continue
        if not any(path.is_relative_to(folder) for path in hidden):
            yield str(folder), landlock.READ
        else:
            yield str(folder), landlock.READ_DIR
            yield from readable((p for p in sorted(folder.iterdir()) if not p.is_symlink()), hidden)


def _python_folders():
    """Where the standard library, installed packages and system libraries lie, without doubles."""
    paths = sysconfig.get_paths()
    wanted = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")] + site.getsitepackages()
    wanted += [os.path.join(prefix, "lib") for prefix in (sys.base_prefix, sys.base_exec_prefix)]  # noqa: PTH118
    found = {Path(path).resolve() for path in (*wanted, *_SYSTEM) if os.path.exists(path)}  # noqa: PTH110
    return sorted(p for p in found if not any(other != p and p.is_relative_to(other) for other in found))


def _hidden():
    """This package, and the checkout it lies in unless it was installed among other packages."""
    package = Path(__file__).resolve().parents[1]
    installed = package.parent.name in ("site-packages", "dist-packages")
    return {package} if installed else {package, package.parent}


def _drop_capabilities():
    """A grader that runs as root, in a container say, gives its forks none of root's powers."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    if _libc.capset(header, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capabilities could not be dropped")


def _missing():
    if sys.platform != "linux":
        return f"it needs Linux, and this is {sys.platform}"
    if (abi := landlock.abi()) < landlock.OLDEST:
        offered = f"this kernel offers version {abi} of Landlock" if abi else "this kernel offers no Landlock"
        return f"{offered}, and version {landlock.OLDEST} is needed (Linux 6.2, in no container that blocks it)"
    return ""


def _tried():
    """Lock down a fork and have it try to get out. Returns what went wrong, or ""."""
    receiver, sender = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(sender, _try().encode()[:1000])
        finally:
            os._exit(0)
    os.close(sender)
    with os.fdopen(receiver) as file:
        said = file.read()
    os.waitpid(pid, 0)
    return "" if said == "held" else said or "the process that tried it died"


def _try():
    try:
        lock_down("")  # no folder at all
    except Exception as error:
        return f"locking down failed ({error})"
    import socket

    for what, attempt in (
        ("a file could be read", lambda: os.open(__file__, os.O_RDONLY)),
        ("a socket could be opened", socket.socket),
        ("a process could be started", os.fork),
        ("a limit could be set", lambda: os.nice(1)),
    ):
        try:
            attempt()
        except PermissionError:
            continue
        return f"{what} in spite of it"
    return "held"
