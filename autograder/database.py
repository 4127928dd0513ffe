"""Where marks are kept: a SQLite file beside the graded notebooks, or a PostgreSQL database that several people share.

nbgrader's gradebook works in both. This adds what several graders at once need (tables made once, one of them at
a time for a student, one course secret for all) and sees to it that no password is shown.
"""

import contextlib
import os
import sqlite3
import time
import zlib
from pathlib import Path
from urllib.parse import quote, quote_plus

from filelock import FileLock, Timeout

from .course import CourseError
from .secret import course_secret

PATIENCE = 30  # seconds that a write waits for another program's
LONG_PATIENCE = 300  # seconds that one grader waits for another who writes the same
BACKUPS = 5
FACTS = "autograder_facts"  # our table beside nbgrader's: name, value
_NAMESPACE = int.from_bytes(b"auto", "big")  # our advisory locks, beside those of anybody else in that database


class DatabaseError(CourseError):
    """The gradebook can't be read or written now. Nothing is half-written, and the run can be repeated."""


def open_database(out, url=None):
    """The Database that `url` names, or gradebook.db in `out`. Raises CourseError for a URL that can't be one."""
    out = Path(out).resolve()
    if not url:
        return SQLite(out, out / "gradebook.db")
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(url)
    except (ArgumentError, ValueError):  # what was given may hold a password, so it isn't repeated
        raise CourseError("--db takes a URL such as postgresql://USER@HOST/NAME") from None
    backend, _, driver = url.drivername.partition("+")
    if backend == "sqlite" and url.database:
        return SQLite(out, Path(url.database).resolve())
    if backend in ("postgresql", "postgres") and driver in ("", "psycopg"):
        return PostgreSQL(out, url)
    raise CourseError(f"--db takes sqlite:///FILE or postgresql://USER@HOST/NAME, not {url.drivername}://")


def find_database(out, url=None):
    """The Database in `out` or at `url`. Raises CourseError if there is no gradebook yet."""
    database = open_database(out, url)
    if not database.exists():
        raise CourseError(f"there is no gradebook in {database.shown if url else out}: grade something first")
    return database


class Database:
    """What the two have in common. `url` is for nbgrader and may hold a password; `shown` is for people."""

    def __init__(self, out, url, shown, secrets=()):
        self.out, self.url, self.shown = out, url, shown
        self._secrets = [secret for secret in secrets if secret]

    def __repr__(self):
        return f"<gradebook {self.shown}>"

    def redact(self, text):
        """A text without the password."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    @contextlib.contextmanager
    def explained(self):
        """Turn a database's own error into one sentence, without its password or its statements."""
        try:
            yield
        except Exception as error:
            from sqlalchemy.exc import SQLAlchemyError

            if not isinstance(error, SQLAlchemyError | sqlite3.Error):
                raise
            raise self.error(error) from None

    def error(self, error):
        """The DatabaseError to raise for an error of SQLAlchemy's or SQLite's."""
        reason = str(getattr(error, "orig", None) or error).partition("\n[SQL")[0]
        reason = " ".join(self.redact(reason).split())
        if "database is locked" in reason:
            reason = f"another program has been writing to it for {PATIENCE} s; close it (formgrader? a browser of it?)"
        return DatabaseError(
            f"the gradebook {self.shown} can't be used: {reason}. Nothing is lost: the same command goes on from here"
        )

    @contextlib.contextmanager
    def run(self):
        """Hold --out for one grading run. Raises CourseError while another run has it."""
        with contextlib.ExitStack() as held:
            for path in self._lock_files():
                path.parent.mkdir(parents=True, exist_ok=True)
                try:
                    held.enter_context(FileLock(path).acquire(timeout=10))
                except Timeout:
                    raise CourseError(
                        f"another run is grading into {path.parent}; wait for it, or use another --out"
                    ) from None
            yield

    def _lock_files(self):
        return {self.out / "gradebook.lock"}

    def note(self, name):
        """A text that all who grade into this gradebook share, by its file's name; "" if there is none."""
        path = self.out / name
        return path.read_text(encoding="utf-8-sig") if path.is_file() else ""

    def put_note(self, name, text):
        """Replace such a text."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{name}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)

    def gradebook(self):
        """nbgrader's Gradebook, for a with statement."""
        from nbgrader.api import Gradebook

        return Gradebook(self.url)

    def book(self):
        """The Book in it, its tables made; what was graded lies in `out`."""
        from .gradebook import Book

        with self.explained():
            return Book(self.url, self.out / "autograded")


class SQLite(Database):
    """A file, the default. One run at a time may grade into it; it waits for other programs' short writes."""

    def __init__(self, out, path):
        self.path, self.name = path, "" if path.parent == out else str(path)
        super().__init__(out, f"sqlite:///{quote(str(path))}?timeout={PATIENCE}", str(path))

    def exists(self):
        return self.path.is_file()

    def _lock_files(self):
        return {self.out / "gradebook.lock", self.path.with_suffix(".lock")}

    def secret(self):
        """The course secret, made on first use."""
        return course_secret(self.out)

    def enter(self, book, release):
        """Record an assignment's cells, if this release's are not there yet."""
        path = self.out / "state" / release.assignment / "_release"
        if path.is_file() and path.read_text() == release.hash and book.has(release.assignment):
            return
        book.enter(release)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(release.hash)

    def backup(self):
        """Keep a copy of the gradebook as it was before this run, and the last few of those."""
        if not self.exists():
            return
        folder = self.out / "backups"
        folder.mkdir(exist_ok=True)
        name = folder / f"gradebook-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09d}.db"
        partial = name.with_suffix(".partial")
        source, target = sqlite3.connect(self.path, timeout=PATIENCE), sqlite3.connect(partial)
        try:
            with self.explained(), contextlib.closing(source), contextlib.closing(target):
                source.backup(target)
            partial.replace(name)
        finally:
            partial.unlink(missing_ok=True)
        for old in sorted(folder.glob("gradebook-*.db"))[:-BACKUPS]:
            old.unlink()


class PostgreSQL(Database):
    """A database on a server. Several people may grade into it at once, each with an --out of their own.

    Advisory locks, which the server drops when a grader dies, keep them apart: one grader at a time makes tables or
    enters a release, and one at a time writes a student's marks (gradebook.py). Its backups are its owner's.
    """

    def __init__(self, out, url):
        from sqlalchemy import URL, create_engine
        from sqlalchemy.pool import NullPool

        query = {"connect_timeout": "10", "application_name": "autograder"} | dict(url.query)
        url = url.set(drivername="postgresql+psycopg", query=query)
        shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
        passwords = [url.password or "", *(str(query.get(name, "")) for name in ("password", "sslpassword"))]
        super().__init__(
            out,
            url.render_as_string(hide_password=False),
            shown.render_as_string(),
            [*passwords, *map(quote, passwords), *map(quote_plus, passwords)],
        )
        self.name = self.shown
        self._engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def exists(self):
        """Whether there is a gradebook yet."""
        from sqlalchemy import inspect

        with self.explained():
            return inspect(self._engine).has_table("assignment")

    def book(self):
        """As for SQLite; two graders must not make the tables at once."""
        with self._holding("tables"):
            return super().book()

    def secret(self):
        """The course secret, one for all who grade into this database, so that they draw the same inputs.

        The first grader's is kept there. Raises CourseError if this --out has another.
        """
        path = self.out / "secret"
        with self._holding("facts") as facts:
            shared = facts.get("secret")
            if shared is None:
                shared = course_secret(self.out)
                facts.put("secret", shared)
        if not path.exists():
            _write_private(path, shared + "\n")
        if course_secret(self.out) != shared:
            raise CourseError(
                f"{path} is not the secret of the gradebook {self.shown}, so students would get other inputs than in "
                "earlier runs: grade into a new --out, or into the one that this gradebook was made with"
            )
        return shared

    def enter(self, book, release):
        """Record an assignment's cells, if nobody has recorded this release's yet."""
        fact = f"release {release.assignment}"
        with self._holding("facts") as facts:
            if facts.get(fact) != release.hash or not book.has(release.assignment):
                book.enter(release)
                facts.put(fact, release.hash)

    def note(self, name):
        """As for SQLite, but in the database, where the others find it."""
        with self._holding("facts") as facts:
            return facts.get(f"note {name}") or ""

    def put_note(self, name, text):
        """Replace such a text."""
        with self._holding("facts") as facts:
            facts.put(f"note {name}", text)

    def backup(self):
        """Nothing: pg_dump and the server's owner do that."""

    @contextlib.contextmanager
    def _holding(self, what):
        """Hold an advisory lock in a connection of its own, which closes, and frees it, at the end."""
        with self.explained(), self._engine.connect() as connection:
            facts = _Facts(connection)
            facts.execute(f"SET lock_timeout = '{LONG_PATIENCE}s'")
            facts.execute("SELECT pg_advisory_lock(:namespace, :key)", **lock_keys(what))
            facts.execute(f"CREATE TABLE IF NOT EXISTS {FACTS} (name text PRIMARY KEY, value text NOT NULL)")
            yield facts


def lock_keys(what):
    """The two numbers that stand for something in PostgreSQL's advisory locks."""
    return {"namespace": _NAMESPACE, "key": zlib.crc32(what.encode()) - 2**31}


class _Facts:
    """A few facts that all graders share, by name."""

    def __init__(self, connection):
        self._connection = connection

    def execute(self, statement, **values):
        from sqlalchemy import text

        return self._connection.execute(text(statement), values)

    def get(self, name):
        return self.execute(f"SELECT value FROM {FACTS} WHERE name = :name", name=name).scalar()

    def put(self, name, value):
        insert = f"INSERT INTO {FACTS} VALUES (:name, :value)"
        self.execute(f"{insert} ON CONFLICT (name) DO UPDATE SET value = excluded.value", name=name, value=value)


def _write_private(path, text):
    """Write a file that only its owner reads, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)
