"""Grade a class: every submission once, into a gradebook that survives anything.

A submission whose bytes, release and grading code are unchanged is not graded again. One that can't be read gets
0 with the reason, one that fails for a reason of ours is reported, and neither stops the others.
"""

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout
from nbgrader.api import Gradebook, MissingEntry
from traitlets.config import Config

from . import nbgrader_plugin
from .course import CourseError
from .failures import ExecutorError
from .nbgrader_plugin import (
    ConverterError,
    SubmissionExporter,
    TrustedExecute,
    course_secret,
    run_converter,
)
from .normalise import Unreadable, normalise, normalise_file, parse, read_bytes
from .release import generate, load_release

STATE_VERSION = 2
BACKUPS = 5
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
    seconds: float = 0.0
    cached: bool = False
    trusted_students: bool = False  # graded without lock-down, because somebody said so
    questions: list[dict] = field(default_factory=list)

    def as_data(self):
        return vars(self)


class Grader:
    """Grades submissions from `submitted` into `out`. Raises CourseError for what a user can mend first.

    Student code is locked down; where it can't be, nothing is graded, unless with `trust_students`.
    """

    def __init__(self, course, submitted, out, trust_students=False):
        self.trust_students = trust_students
        self.course, self.submitted, self.out = course, Path(submitted).resolve(), Path(out).resolve()
        if not self.submitted.is_dir():
            raise CourseError(
                f"there is no folder {submitted}: put submissions there as <student>/<assignment>/<assignment>.ipynb"
            )
        self.out.mkdir(parents=True, exist_ok=True)
        self.db_url = f"sqlite:///{self.out / 'gradebook.db'}"
        self.fingerprint = course.fingerprint()

    def submissions(self, assignments, students=()):
        """(student, assignment) pairs that were handed in, in order. Raises CourseError for an unknown student."""
        present = sorted(p.name for p in self.submitted.iterdir() if p.is_dir() and not p.name.startswith("."))
        if unknown := [s for s in students if s not in present]:
            raise CourseError(f"nothing was handed in by {unknown[0]!r} in {self.submitted}")
        chosen = [s for s in present if not students or s in students]
        return [(s, a) for a in assignments for s in chosen if (self.submitted / s / a).is_dir()]

    def grade(self, assignments, students=(), regrade=False, progress=None):
        """Grade what has changed, or everything with `regrade`. Returns a GradedSubmission for each."""
        pairs = self.submissions(assignments, students)
        if not pairs:
            raise CourseError(f"no submissions for {', '.join(assignments)} in {self.submitted}")
        lock = FileLock(self.out / "gradebook.lock")
        try:
            with lock.acquire(timeout=10):
                return self._grade(pairs, regrade, progress)
        except Timeout:
            raise CourseError(f"another run is grading into {self.out}; wait for it, or use another --out") from None

    def _grade(self, pairs, regrade, progress):
        releases = {a: load_release(self.course, a) for a in {a for _, a in pairs}}
        known = {} if regrade else {pair: self._known(*pair, releases[pair[1]]) for pair in pairs}
        if any(known.get(pair) is None for pair in pairs):
            self._require_lockdown()
            self._backup()
            course_secret(self.out)
            for release in releases.values():
                self._enter(release)
        done = []
        for pair in pairs:
            found = known.get(pair) or self._one(*pair, releases[pair[1]])
            done.append(found)
            if progress:
                progress(found, len(done), len(pairs))
        return done

    def _require_lockdown(self):
        """Raise CannotLockDown before anything is touched, rather than for every submission."""
        if not self.trust_students:
            with contextlib.suppress(ExecutorError):  # of that, each submission will tell
                nbgrader_plugin.shared_processes().zygote.require_lockdown()

    def _folder(self, student, assignment):
        return self.submitted / student / assignment

    def _state_path(self, student, assignment):
        return self.out / "state" / assignment / f"{student}.json"

    def _key(self, student, assignment, release):
        """A hash of everything this submission's mark depends on."""
        parts = (STATE_VERSION, self.fingerprint, release.hash, "trusted" if self.trust_students else "locked down", "")
        digest = hashlib.sha256("\0".join(map(str, parts)).encode())
        for path in _regular_files(self._folder(student, assignment)):
            digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
        return digest.hexdigest()

    def _known(self, student, assignment, release):
        """What an earlier run found, if nothing has changed since and the gradebook still has it."""
        try:
            state = json.loads(self._state_path(student, assignment).read_text())
            if state["key"] != self._key(student, assignment, release):
                return None
            known = GradedSubmission(**state["submission"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        if not (self.out / "autograded" / student / assignment / f"{assignment}.ipynb").is_file():
            return None
        if not self._read_score(known):
            return None
        known.cached = True
        return known

    def _one(self, student, assignment, release):
        start = time.perf_counter()
        found = GradedSubmission(student, assignment, release.hash, max_score=_max_score(release))
        if not STUDENT_ID.fullmatch(student):
            found.status, found.reason = (
                "failed",
                "the student's folder has a name that nbgrader can't take; rename it",
            )
            return found
        key = self._key(student, assignment, release)
        self._state_path(student, assignment).unlink(missing_ok=True)
        try:
            with tempfile.TemporaryDirectory(prefix="staged-") as staged:
                prepared = self._stage(student, assignment, release, Path(staged))
                SubmissionExporter.prepared[assignment, student] = prepared
                TrustedExecute.results.pop((assignment, student), None)
                self._autograde(assignment, student, staged)
        except ConverterError as error:
            found.status, found.reason = "failed", str(error)
            return found
        finally:
            SubmissionExporter.prepared.pop((assignment, student), None)
        result = TrustedExecute.results.pop((assignment, student))
        found.questions, found.trusted_students = result.questions, result.trusted_students
        if prepared.unreadable:
            found.status, found.reason = "unreadable", prepared.unreadable
        if result.faults:
            found.status, found.reason = "failed", "; ".join(result.faults)
        self._read_score(found)
        found.seconds = round(time.perf_counter() - start, 3)
        if not result.faults and not result.deaths:
            _write_json(self._state_path(student, assignment), {"key": key, "submission": found.as_data()})
        return found

    def _stage(self, student, assignment, release, staged):
        """Copy a submission's regular files for nbgrader, read its notebook, and return it normalised."""
        folder, target = self._folder(student, assignment), staged / student / assignment
        target.mkdir(parents=True)
        notebook, notice = _find_notebook(folder, assignment)
        for path in _regular_files(folder):
            if path.suffix != ".ipynb":
                copy = target / path.relative_to(folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
        for path in release.data_files():  # as they were handed out, whatever the student did to them
            copy = target / path.relative_to(release.path.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        (target / f"{assignment}.ipynb").write_text("{}")  # nbgrader looks for a file; what it reads is `prepared`
        if notebook is None:
            prepared = normalise([], release)
            prepared.unreadable, prepared.notices = notice, [f"{notice.capitalize()}."]
            return prepared
        prepared = normalise_file(notebook, release)
        if notice:
            prepared.notices.append(notice)
        return prepared

    def _autograde(self, assignment, student, staged):
        extra = Config({"TrustedExecute": {"trust_students": self.trust_students}})
        run_converter("Autograde", self.course, assignment, student, self._directories(staged), force=True, extra=extra)

    def _directories(self, submitted):
        return {
            "submitted_directory": str(submitted),
            "autograded_directory": str(self.out / "autograded"),
            "feedback_directory": str(self.out / "feedback"),
            "db_url": self.db_url,
        }

    def _enter(self, release):
        """Record the assignment's cells in the gradebook, if this release is not there yet."""
        path = self.out / "state" / release.assignment / "_release"
        if path.is_file() and path.read_text() == release.hash and (self.out / "gradebook.db").is_file():
            return
        with tempfile.TemporaryDirectory() as scratch:
            generate(self.course, [release.assignment], scratch, self.db_url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(release.hash)

    def _read_score(self, found):
        """Take the score from the gradebook, which manual marks may have changed. False if it has none."""
        try:
            with Gradebook(self.db_url) as gradebook:
                submission = gradebook.find_submission(found.assignment, found.student)
                found.score, found.max_score = float(submission.score), float(submission.max_score)
                found.needs_manual = bool(submission.needs_manual_grade)
        except MissingEntry:
            return False
        return True

    def _backup(self):
        """Keep a copy of the gradebook as it was before this run, and the last few of those."""
        gradebook = self.out / "gradebook.db"
        if not gradebook.is_file():
            return
        folder = self.out / "backups"
        folder.mkdir(exist_ok=True)
        name = folder / f"gradebook-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09d}.db"
        with sqlite3.connect(gradebook) as source, sqlite3.connect(name) as target:
            source.backup(target)
        for old in sorted(folder.glob("gradebook-*.db"))[:-BACKUPS]:
            old.unlink()


def _max_score(release):
    return sum(float(c.metadata["nbgrader"].get("points", 0)) for c in release.cells.values())


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


def _write_json(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(data, indent=1))
    partial.replace(path)


def check_readable(path):
    """What `parse` makes of a file. Raises CourseError if it can't be read."""
    try:
        return parse(read_bytes(path))
    except Unreadable as error:
        raise CourseError(f"{path} can't be graded: {error}") from None
