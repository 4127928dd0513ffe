"""Work that is done by several at once, and now and then by one alone: between processes, by locks on two files.

Whoever wants to be alone closes the gate, waits until the room is empty, and opens the gate again afterwards. A
process that dies in between leaves no lock behind.
"""

import contextlib
import fcntl
import os
from pathlib import Path


class Turnstile:
    """One process's way into the room that the files in `folder` stand for."""

    def __init__(self, folder):
        self.gate, self.room = (
            os.open(Path(folder) / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for name in ("gate", "room")
        )

    @contextlib.contextmanager
    def together(self):
        """Be in the room, with others."""
        fcntl.flock(self.gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(self.room, fcntl.LOCK_SH)
        finally:
            fcntl.flock(self.gate, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self.room, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def alone(self):
        """Within `together`: have the others leave the room for a while."""
        fcntl.flock(self.room, fcntl.LOCK_UN)
        fcntl.flock(self.gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(self.room, fcntl.LOCK_EX)
            yield
        finally:
            fcntl.flock(self.room, fcntl.LOCK_SH)
            fcntl.flock(self.gate, fcntl.LOCK_UN)
