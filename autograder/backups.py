"""Backups of what can't be made again from the submissions: marks by hand and comments, the secret, the decisions.

One zip holds the gradebook and the small files beside it. Restoring keeps what was there as another such zip.
"""

import contextlib
import json
import os
import sqlite3
import tempfile
import time
import zipfile
from pathlib import Path

from .course import CourseError
from .database import PATIENCE, PostgreSQL
from .late import EXTENSIONS
from .withdrawn import FILE as WITHDRAWN

GRADEBOOK, SECRET = "gradebook.db", "secret"
BESIDE = (SECRET, EXTENSIONS, WITHDRAWN)


def backup(database, to=None):
    """Write a backup, by default a new file in backups/, which later runs leave alone. Returns it.

    The file holds the course's secret, so only its owner may read it. Raises CourseError for a gradebook on a server,
    and rather than overwrite a file.
    """
    _only_files(database)
    target = Path(to) if to else _new(database.out / "backups")
    if target.exists():
        raise CourseError(f"{target} is there already, and is left as it is: name another file")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with tempfile.TemporaryDirectory() as scratch, database.explained():
            copy = Path(scratch) / GRADEBOOK
            _copy(database.path, copy)
            with (
                os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
            ):
                archive.write(copy, GRADEBOOK)
                for name in BESIDE:
                    if (database.out / name).is_file():
                        archive.write(database.out / name, name)
        return partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def restore(database, path):
    """Put a backup (a zip of `backup`, or one of the copies that each run makes) in place. Returns what was kept.

    That is the backup of the gradebook as it was before, or None if there was none. Marks are computed anew by the
    next run; those set by hand, and comments, are the backup's. Raises CourseError, with nothing changed, for a file
    that is no backup.
    """
    _only_files(database)
    path = Path(path)
    if not path.is_file():
        raise CourseError(f"there is no file {path}; backups lie in {database.out / 'backups'}")
    with tempfile.TemporaryDirectory() as scratch, database.run():
        files = _unpacked(path, Path(scratch))
        _check_gradebook(files[GRADEBOOK], path)
        kept = backup(database) if database.exists() else None
        with database.explained():
            database.path.parent.mkdir(parents=True, exist_ok=True)
            _copy(files[GRADEBOOK], database.path)  # within a transaction: who has it open sees one or the other
        for name in BESIDE:
            if name in files:
                _replace(files[name], database.out / name, private=name == SECRET)
            elif name != SECRET and path.suffix == ".zip":  # there were none when that backup was made
                (database.out / name).unlink(missing_ok=True)
        _grade_all_again(database.out / "state")
    return kept


def _only_files(database):
    if isinstance(database, PostgreSQL):
        raise CourseError(f"the gradebook {database.shown} is on a server: pg_dump and pg_restore back it up")


def _new(folder):
    return folder / f"kept-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09d}.zip"


def _copy(source, target):
    """SQLite's own way of copying a database, which others may be using."""
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=PATIENCE)) as one,
        contextlib.closing(sqlite3.connect(target, timeout=PATIENCE)) as other,
    ):
        one.backup(other)


def _unpacked(path, folder):
    """{name: file} of a backup's parts."""
    if not zipfile.is_zipfile(path):
        return {GRADEBOOK: path}
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if GRADEBOOK not in names or not names <= {GRADEBOOK, *BESIDE}:
            held = ", ".join(sorted(names)[:5]) or "nothing"
            raise CourseError(f"{path} is no backup of a gradebook: it holds {held}")
        for name in names:
            archive.extract(name, folder)
    return {name: folder / name for name in names}


def _check_gradebook(path, shown):
    """Raises CourseError unless a file is a whole gradebook with the tables of the installed nbgrader."""
    from nbgrader.api import Base

    from .gradebook import _schema_version

    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            (sound,) = connection.execute("PRAGMA quick_check").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise CourseError(f"{shown} is no backup of a gradebook: {error}") from None
    if sound != "ok" or not set(Base.metadata.tables) <= tables:
        raise CourseError(f"{shown} is damaged, or not nbgrader's gradebook; nothing was changed")
    if not version or version[0] != _schema_version():
        raise CourseError(f"{shown} is of another version of nbgrader: run `nbgrader db upgrade` on a copy of it")


def _replace(source, target, private):
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o644), "wb") as file:
        file.write(source.read_bytes())
    partial.replace(target)


def _grade_all_again(folder):
    """Have the next run compute every mark: what was noted of the last one is about another gradebook."""
    for path in folder.glob("*/*.json"):
        with contextlib.suppress(ValueError, AttributeError):
            state = json.loads(path.read_text()) | {"key": ""}
            partial = path.with_name(path.name + ".partial")
            partial.write_text(json.dumps(state, indent=1))
            partial.replace(path)
    for path in folder.glob("*/_release"):
        path.unlink()
