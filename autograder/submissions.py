"""Submissions on disk: what was handed in, what its mark depends on, and what grading it came to."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

from .changes import AGAIN, RESUBMITTED, changes, total
from .failures import ExecutorError
from .job import Job
from .normalise import Unreadable, read_bytes
from .secret import student_seed

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
    late_penalty: float = 0.0  # what lateness takes off the score
    made_from: str = ""  # the release that it was made from, if that is an older one
    notes: list[str] = field(default_factory=list)  # what else an instructor should know
    work: str = ""  # a hash of what was handed in
    before: float | None = None  # the score that an earlier grading gave
    changes: list[dict] = field(default_factory=list)  # of marks, against that earlier grading (changes.py)
    because: str = ""  # why it was graded again

    def as_data(self):
        return vars(self)

    @property
    def counts(self):
        """The points that count."""
        return max(0.0, self.score - self.late_penalty)

    def take_score(self, found):
        """The gradebook's word on it, which manual marks may have changed."""
        self.score, self.max_score, self.needs_manual = found.score, found.max_score, found.needs_manual
        self.late_penalty = found.late_penalty

    def take_result(self, result):
        """What came of grading it: a Graded, or the exception that kept it from being graded."""
        if isinstance(result, Exception):
            self.status, self.reason = "failed", str(result)
            return
        self.questions, self.trusted_students = result.questions, result.trusted_students
        self.seconds, self.cpu_seconds = round(result.seconds, 3), round(result.cpu_seconds, 3)
        self.deaths, self.made_from = result.deaths, result.made_from
        if result.unreadable:
            self.status, self.reason = "unreadable", result.unreadable
        if result.faults:
            self.status, self.reason = "failed", "; ".join(result.faults)
        if self.made_from:
            self.notes.append(f"made from the older release {self.made_from}")

    def take_changes(self, before, after, previous_work, withdrawn):
        """Compare with the marks that an earlier grading gave, if there was one."""
        if before:
            self.before = total(before)
            self.changes = [c.as_data() for c in changes(before, after, withdrawn)]
            self.because = RESUBMITTED if previous_work not in ("", self.work) else AGAIN

    def take_withdrawn(self, withdrawn):
        """Note with each question whether it was withdrawn, and how it counts."""
        for question in self.questions:
            question["withdrawn"] = withdrawn[question["id"]].counts if question["id"] in withdrawn else ""


class Waiting:
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
        return hashlib.sha256("\0".join([*map(str, self.parts), self.work]).encode()).hexdigest()

    @cached_property
    def work(self):
        """A hash of what was handed in."""
        digest = hashlib.sha256()
        for path in _regular_files(self.folder):
            digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
        return digest.hexdigest()

    def _state(self):
        """What is kept of an earlier grading: {"key", "submission"}; {} if nothing is."""
        try:
            state = json.loads(self.state_path.read_text())
            return state if isinstance(state.get("submission"), dict) else {}
        except (OSError, ValueError, AttributeError):
            return {}

    def previous_work(self):
        """The hash of what an earlier grading graded, "" if nobody knows."""
        return str(self._state().get("submission", {}).get("work", ""))

    def stored(self):
        """What an earlier run found, if nothing has changed since; the gradebook has not been asked."""
        state = self._state()
        if state.get("key") != self.key or not self.stored_path.is_file():
            return None
        try:
            found = GradedSubmission(**state["submission"])
        except TypeError:  # another version's
            return None
        found.before, found.changes, found.because = None, [], ""
        return found

    def blank(self):
        points = sum(float(c.metadata["nbgrader"].get("points", 0)) for c in self.release.cells.values())
        return GradedSubmission(
            self.student, self.assignment, self.release.hash, max_score=points, work=self.work
        )

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
