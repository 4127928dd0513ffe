"""Grade a class: every submission once, into a gradebook that survives anything.

A submission whose bytes, release and grading code are unchanged is not graded again. One that can't be read gets
0 with the reason, one that fails for a reason of ours is reported, and neither stops the others.
"""

import contextlib
import hashlib
import itertools
import json
import re
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache, cached_property
from pathlib import Path

from .course import CourseError
from .database import open_database
from .failures import ExecutorError
from .job import Job
from .normalise import Unreadable, read_bytes
from .pool import Here, Workers
from .receipts import Record
from .release import load_release
from .secret import student_seed
from .shared import shared_processes

STATE_VERSION = 3
IGNORED = (".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback")  # as nbgrader does
MAX_FILE = 100_000_000
_ODD = r"/\\*?\[\]{}+<>&\"\x00-\x1f\x7f-\x9f"  # nbgrader takes a student's id for a glob, and its pages show it
STUDENT_ID = re.compile(rf"[^\s.{_ODD}][^{_ODD}]*")


@dataclass
class GradedSubmission:
    """One line of the class list."""

    student: str
    assignment: str
    release: str
    score: float = 0.0
    max_score: float = 0.0
    status: str = "graded"  # graded, unreadable, failed
    reason: str = ""
    needs_manual: bool = False
    seconds: float = 0.0  # of running and marking it
    cpu_seconds: float = 0.0  # of the student's own code
    deaths: int = 0  # how often the student's code had to be stopped
    cached: bool = False
    trusted_students: bool = False  # graded without lock-down, because somebody said so
    questions: list[dict] = field(default_factory=list)

    def as_data(self):
        return vars(self)

    def take_score(self, row):
        """The gradebook's word on it, which manual marks may have changed."""
        self.score, self.max_score, self.needs_manual = row


class Grader:
    """Grades submissions from `submitted` into `out`. Raises CourseError for what a user can mend first.

    Student code is locked down; where it can't be, nothing is graded, unless with `trust_students`.
    """

    def __init__(self, course, submitted, out, trust_students=False, db=None):
        self.trust_students = trust_students
        self.course, self.submitted, self.out = course, Path(submitted).resolve(), Path(out).resolve()
        if not self.submitted.is_dir():
            raise CourseError(
                f"there is no folder {submitted}: put submissions there as <student>/<assignment>/<assignment>.ipynb"
            )
        self.out.mkdir(parents=True, exist_ok=True)
        self.database = open_database(self.out, db)
        self.receipts = Record(self.out)
        self.fingerprint = course.fingerprint()

    def submissions(self, assignments, students=()):
        """(student, assignment) pairs that were handed in, in order. Raises CourseError for an unknown student."""
        present = sorted(p.name for p in self.submitted.iterdir() if p.is_dir() and not p.name.startswith("."))
        if unknown := [s for s in students if s not in present]:
            raise CourseError(f"nothing was handed in by {unknown[0]!r} in {self.submitted}")
        chosen = [s for s in present if not students or s in students]
        return [(s, a) for a in assignments for s in chosen if (self.submitted / s / a).is_dir()]

    def grade(self, assignments, students=(), regrade=False, progress=None, workers=1, pool=None):
        """Grade what has changed, or everything with `regrade`. Returns a GradedSubmission for each.

        Several `workers` are processes that grade beside each other; a `pool` (see pool.py) takes their place.
        Results come in any order, are written one after another, and each is kept as soon as it is written.
        """
        pairs = self.submissions(assignments, students)
        if not pairs:
            raise CourseError(f"no submissions for {', '.join(assignments)} in {self.submitted}")
        with self.database.run(), self.database.explained():
            return self._grade(pairs, regrade, progress, workers, pool)

    def _grade(self, pairs, regrade, progress, workers, pool):
        releases = {a: load_release(self.course, a) for a in {a for _, a in pairs}}
        waiting = [_Waiting(self, *pair, releases[pair[1]]) for pair in pairs]
        stored = {} if regrade else {w.pair: w.stored() for w in waiting}
        new = [w for w in waiting if not stored.get(w.pair)]
        with contextlib.ExitStack() as stack:

            @cache
            def started():
                return stack.enter_context(pool or self._pool(max(1, min(workers, len(new)))))

            if new:
                started()  # its processes load meanwhile
            done = self._all(waiting, stored, started, releases, progress)
        return [done[pair] for pair in pairs]

    def _pool(self, workers):
        if workers > 1:
            return Workers(self.course, workers)
        processes = shared_processes()
        processes.launch()
        return Here(processes)

    def _all(self, waiting, stored, started, releases, progress):
        """Take what is known from earlier runs, and have the pool grade the rest. Returns all by (student, assignment).

        What the gradebook doesn't have, although a file says that it was graded, is graded again.
        """
        from . import gradebook  # noqa: F401 (imports all of nbgrader, while the pool's processes load)

        done, new = {}, [w for w in waiting if not stored.get(w.pair)]

        def finished(w, found):
            done[w.pair] = found
            if progress:
                progress(found, len(done), len(waiting))

        with contextlib.ExitStack() as stack:
            book = None
            if len(new) < len(waiting) and self.database.exists():
                book = stack.enter_context(self.database.book())
                scores = book.scores(releases)
            else:
                scores = {}
            for w in waiting:
                if (known := stored.get(w.pair)) and w.pair in scores:
                    known.take_score(scores[w.pair])
                    known.cached = True
                    finished(w, known)
            new = [w for w in waiting if w.pair not in done]
            if not new:
                return done
            graded = _in_pool(started(), new, self.database.secret(), self.trust_students)
            first = next(graded)  # where student code can't be locked down, this raises before anything is touched
            self.database.backup()
            book = book or stack.enter_context(self.database.book())
            for release in releases.values():
                self.database.enter(book, release)
            for w, job, result in itertools.chain([first], graded):
                finished(w, self._write(book, w, job, result))
        return done

    def _write(self, book, w, job, result):
        """Store what came of one submission. Returns its GradedSubmission."""
        found = w.blank()
        if job is not None:
            self.receipts.add(job)
        if isinstance(result, Exception):
            found.status, found.reason = "failed", str(result)
            return found
        w.state_path.unlink(missing_ok=True)
        try:
            book.record(job, result, w.data_files)
            scores = book.score(w.student, w.assignment)
        except ExecutorError as error:
            found.status, found.reason = "failed", str(error)
            return found
        found.questions, found.trusted_students = result.questions, result.trusted_students
        found.seconds, found.cpu_seconds = round(result.seconds, 3), round(result.cpu_seconds, 3)
        found.deaths = result.deaths
        if result.unreadable:
            found.status, found.reason = "unreadable", result.unreadable
        if result.faults:
            found.status, found.reason = "failed", "; ".join(result.faults)
        found.take_score(scores)
        try:
            note_outcome(w.state_path, found, w.key if result.lasting else "")
        except OSError as error:
            found.status, found.reason = "failed", f"that it was graded could not be noted down: {error}"
        return found


class _Waiting:
    """A submission on its way: what was handed in, and what its mark depends on."""

    def __init__(self, grader, student, assignment, release):
        self.student, self.assignment, self.release = student, assignment, release
        self.pair = (student, assignment)
        self.folder = grader.submitted / student / assignment
        self.state_path = state_path(grader.out, assignment, student)
        self.stored_path = grader.out / "autograded" / student / assignment / f"{assignment}.ipynb"
        self.data_files = [(str(p.relative_to(release.path.parent)), p) for p in release.data_files()]
        trusted = "trusted" if grader.trust_students else "locked down"
        self.parts = (STATE_VERSION, grader.fingerprint, release.hash, trusted, grader.database.name)

    @cached_property
    def key(self):
        """A hash of everything this submission's mark depends on, apart from the course's secret."""
        digest = hashlib.sha256("\0".join(map(str, self.parts)).encode())
        for path in _regular_files(self.folder):
            digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
        return digest.hexdigest()

    def stored(self):
        """What an earlier run found, if nothing has changed since; the gradebook has not been asked."""
        try:
            state = json.loads(self.state_path.read_text())
            if state["key"] != self.key or not self.stored_path.is_file():
                return None
            return GradedSubmission(**state["submission"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def blank(self):
        points = sum(float(c.metadata["nbgrader"].get("points", 0)) for c in self.release.cells.values())
        return GradedSubmission(self.student, self.assignment, self.release.hash, max_score=points)

    def job(self, secret, trust_students):
        """Read what was handed in. Raises ExecutorError for a student's folder that nbgrader can't take."""
        if not STUDENT_ID.fullmatch(self.student):
            raise ExecutorError("the student's folder has a name that nbgrader can't take; rename it")
        path, notice = _find_notebook(self.folder, self.assignment)
        notebook, reason, notices = None, notice, (f"{notice.capitalize()}.",)
        if path is not None:
            try:
                notebook, reason, notices = read_bytes(path), "", (notice,) if notice else ()
            except Unreadable as error:
                reason, notices = str(error), ()
        seed = student_seed(secret, self.assignment, self.student, self.release.hash)
        return Job(
            self.student, self.assignment, self.release.hash, seed, notebook, reason, notices,
            tuple(_files_beside(self.folder)), trust_students,
        )  # fmt: skip


def _in_pool(pool, waiting, secret, trust_students):
    """Yield (waiting, job, Graded or the exception) as the pool gets them done. Raises CourseError.

    No more submissions than the pool needs are read at a time.
    """
    rest, running = iter(waiting), {}
    while True:
        for w in itertools.islice(rest, max(0, 2 * pool.lanes - len(running)) if pool.lanes > 1 else 1):
            try:
                job = w.job(secret, trust_students)
            except (ExecutorError, OSError) as error:
                yield w, None, error
                continue
            running[pool.submit(job)] = w, job
        if not running:
            if (w := next(rest, None)) is None:
                return
            rest = itertools.chain([w], rest)
            continue
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            w, job = running.pop(future)
            error = future.exception()
            if isinstance(error, CourseError):  # nobody's submission: student code can't be locked down, say
                raise error
            yield w, job, error if error is not None else future.result()


def _files_beside(folder):
    """(relative path, bytes) of what nbgrader would take along: no notebooks, nothing it ignores, nothing huge."""
    for path in _regular_files(folder):
        name = path.relative_to(folder)
        ignored = any(fnmatch(part, pattern) for part in name.parts for pattern in IGNORED)
        if path.suffix != ".ipynb" and not ignored and path.stat().st_size <= MAX_FILE:
            yield str(name), path.read_bytes()


def _regular_files(folder):
    """The files of a submission that are files: no links, nothing inside linked folders."""
    found = []
    for path in sorted(folder.rglob("*")):
        linked = any(p.is_symlink() for p in (path, *path.parents) if folder in p.parents or p == path)
        if not linked and path.is_file() and path.name != "timestamp.txt.lock":
            found.append(path)
    return found


def _find_notebook(folder, assignment):
    """(path, notice): the assignment's notebook, or the only one there is; (None, reason) without one."""
    path = folder / f"{assignment}.ipynb"
    if path.exists() or path.is_symlink():
        return path, ""
    others = [p for p in sorted(folder.glob("*.ipynb")) if p.is_file()]
    if len(others) == 1:
        return others[0], f"The file was called {others[0].name}; it was graded as {path.name}."
    return (
        None,
        "no notebook was handed in" if not others else f"there are several notebooks, none of them called {path.name}",
    )


def state_path(out, assignment, student):
    """Where it is kept what grading a submission came to."""
    return Path(out) / "state" / assignment / f"{student}.json"


def note_outcome(path, submission, key=""):
    """Keep a GradedSubmission. Without the `key` of what it depends on, it is read by reports and graded again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps({"key": key, "submission": submission.as_data()}, indent=1))
    partial.replace(path)
