"""What one submission may use of the machine, and the watch that a student process is under."""

import contextlib
import mmap
import os
import time
from dataclasses import dataclass
from pathlib import Path

from .sandbox import folders

GIB = 2**30
_PAGE = mmap.PAGESIZE


class Death(Exception):
    """A student process died or had to be killed. The text says why, as what 'the cell' did."""

    def __init__(self, reason, cpu_seconds=0.0):
        super().__init__(reason)
        self.reason = reason
        self.cpu_seconds = cpu_seconds


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    memory: int = 2 * GIB  # resident; twice as much may be reserved
    disk: int = GIB  # of scratch files together; a quarter of it for one file
    threads: int = 256  # RLIMIT_NPROC counts all of a user's, and none of root's
    max_deaths: int = 8
    retry: bool = True  # try what died once more, in a fresh process, before believing it

    @property
    def file_size(self):
        return self.disk // 4

    def wall_seconds(self, cpu_limit):
        """The backstop for what sleeps instead of computing; generous, since the machine may be busy."""
        return 3 * cpu_limit + 20


class Watch:
    """Time, memory and disk of one process, over one request."""

    def __init__(self, pid, folder, limits, cpu_limit):
        self._pid, self._folder, self._limits, self._cpu_limit = pid, folder, limits, cpu_limit
        self._clock = ~pid << 3 | 2  # what clock_getcpuclockid(3) returns, which Python doesn't wrap
        self._cpu = self._cpu_start = 0.0
        self._cpu_start = self.cpu_seconds()
        self._cpu = 0.0
        self._started = time.monotonic()
        self._looks = 0

    def cpu_seconds(self):
        """Processor time of the process and its threads since this watch began; the last known, once dead."""
        with contextlib.suppress(OSError):
            self._cpu = time.clock_gettime(self._clock) - self._cpu_start
        return self._cpu

    def look(self):
        """Raise Death if anything is over its limit."""
        limits = self._limits
        if self._over(self.cpu_seconds()):
            raise Death(f"used more than {self._cpu_limit:g} s of processor time")
        if self._over(time.monotonic() - self._started, limits.wall_seconds):
            raise Death(f"took longer than {limits.wall_seconds(self._cpu_limit):g} s")
        if self._resident() > limits.memory:
            raise Death(f"ran out of memory (it may use {limits.memory / GIB:.1f} GiB)")
        self.count_threads()
        self._looks += 1
        if self._looks % 10 == 0 and folders.size(self._folder, limits.disk) + self._deleted() > limits.disk:
            raise Death(f"wrote more than {limits.disk / GIB:.1f} GiB of files")

    def _over(self, used, allowed=float):
        """Whether that is more than the limit allows, which may have to be measured first (limits.py)."""
        if used > allowed(self._cpu_limit) and hasattr(self._cpu_limit, "settled"):
            self._cpu_limit = self._cpu_limit.settled()
        return used > allowed(self._cpu_limit)

    def count_threads(self):
        """Raise Death for too many threads; at a cell's end too, or the next cell would be blamed."""
        if self._threads() > self._limits.threads:
            raise Death(f"started more than {self._limits.threads} threads")

    def _threads(self):
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()[17])
        return 0

    def _deleted(self):
        """Bytes of files that are in no folder any more but still open; one only mapped counts in full."""
        total, seen = 0, set()
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{self._pid}/fd"):  # noqa: PTH208
                with contextlib.suppress(OSError):
                    file = os.stat(f"/proc/{self._pid}/fd/{name}")  # noqa: PTH116
                    if file.st_nlink == 0 and file.st_ino not in seen:
                        seen.add(file.st_ino)
                        total += file.st_blocks * 512
            for line in Path(f"/proc/{self._pid}/maps").read_text(errors="replace").splitlines():
                if line.endswith(" (deleted)") and str(self._folder) in line:
                    inode = int(line.split()[4])
                    total += 0 if inode in seen else self._limits.file_size
                    seen.add(inode)
        return total

    def _resident(self):
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(Path(f"/proc/{self._pid}/statm").read_text().split()[1]) * _PAGE
        return 0
