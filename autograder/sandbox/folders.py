"""Scratch folders: how they begin, and as student code may leave them: too deep to walk, unreadable, full of links."""

import contextlib
import errno
import os
import shutil
import stat
import subprocess
from pathlib import Path

ENTRY = 16 * 2**10  # what a file costs at least, so that a million empty ones are too many


def furnish(folder, files):
    """Make a scratch folder: work/ with copies of the assignment's regular files (no links), and tmp/."""
    (folder / "tmp").mkdir(parents=True)
    work = folder / "work"
    work.mkdir()
    if files is None:
        return
    for parent, _, names in os.walk(files):
        target = work / Path(parent).relative_to(files)
        target.mkdir(exist_ok=True)
        for name in names:
            source = Path(parent, name)
            if stat.S_ISREG(source.lstat().st_mode):
                shutil.copyfile(source, target / name)


def size(folder, enough):
    """Bytes that a folder takes up. Stops beyond `enough`; what is too deep to look into is beyond it."""
    total, waiting = 0, [folder]
    while waiting and total <= enough:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += ENTRY + entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return enough + 1
    return total


def remove(folder):
    """Remove a folder that may have been made hard to remove. Follows no link; never raises."""
    with contextlib.suppress(RecursionError):  # deeper than Python can follow; rm(1) can
        shutil.rmtree(folder, ignore_errors=True)
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
        if os.path.lexists(folder):
            subprocess.run([*command, "--", folder], capture_output=True, check=False)
