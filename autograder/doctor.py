"""What this machine offers a grader: each fact with what it is for, and whether grading would run."""

import os
import platform
import shutil
import sys
import time
from dataclasses import dataclass

GIB = 2**30


@dataclass
class Finding:
    """One line of the table. `ok` is None for what is good to know and nothing depends on."""

    what: str
    found: str
    ok: bool | None
    needed_for: str

    def as_data(self):
        return vars(self)


def examine():
    """All findings, quick ones first; the last starts the grading process and runs one cell in it, for real."""
    found = [_system(), _landlock(), _seccomp(), _memory(), _chromium()]
    tried, threads = _trial()
    return [*found, threads, tried]


def would_grade(findings):
    """Whether `autograder grade` would run here without --trust-students."""
    return all(f.ok is not False for f in findings)


def _system():
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    return Finding("system", system, sys.platform == "linux", "grading others' notebooks; `check` runs anywhere")


def _landlock():
    if sys.platform != "linux":
        return Finding("Landlock", "none", False, "keeping files from student code")
    from .sandbox import landlock

    abi = landlock.abi()
    offered = ", ".join(name for version, name in landlock.FEATURES.items() if version <= abi)
    said = f"version {abi}: {offered}" if abi else "none (a kernel before 5.13, or a container that blocks it)"
    return Finding("Landlock", said, abi >= landlock.OLDEST, "keeping files from student code; version 3, Linux 6.2")


def _seccomp():
    why = "keeping system calls from student code; Debian's libseccomp2 and Python's pyseccomp"
    try:
        from .sandbox import syscalls

        syscalls.build()
        import pyseccomp

        return Finding("seccomp", f"libseccomp through pyseccomp {pyseccomp.__version__}", True, why)
    except (ImportError, RuntimeError, OSError) as error:
        return Finding("seccomp", f"{type(error).__name__}: {error}", False, why)


def _memory():
    from .watch import Limits

    limits = Limits()
    why = f"students' processes of up to {limits.memory / GIB:g} GiB, which a watchdog measures every 50 ms"
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
    except (AttributeError, ValueError, OSError):
        return Finding("memory", "unknown", None, why)
    return Finding("memory", f"{size:.1f} GiB", None, why)


def _chromium():
    names = [os.environ.get("CHROMIUM") or "", "chromium", "chromium-browser", "google-chrome"]
    path = next(filter(None, map(shutil.which, filter(None, names))), None)
    return Finding("Chromium", "found" if path else "not found", None, "the tests of the website, and only those")


def _trial():
    """Findings about a real start: was one thread enough, and did a cell run locked down?"""
    why_threads = "forks of a process with threads hang"
    why_trial = "everything: the grading process was started and ran one cell"
    start = time.perf_counter()
    try:
        from .executor import Session, Zygote

        with Zygote() as zygote:
            zygote.require_lockdown()
            threads = len(os.listdir(f"/proc/{zygote.pid}/task"))  # noqa: PTH208
            with Session(zygote) as session:
                reply = session.run("open('/etc/passwd')", 10)
            held = reply.death is None and any(o.get("ename") == "PermissionError" for o in reply.outputs)
    except Exception as error:
        return Finding("grading", str(error), False, why_trial), Finding("threads", "unknown", None, why_threads)
    said = f"locked down, in {time.perf_counter() - start:.1f} s" if held else f"not locked down: {reply}"
    return (
        Finding("grading", said, held, why_trial),
        Finding("threads", f"{threads} in the grading process", threads == 1, why_threads),
    )
