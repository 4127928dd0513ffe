"""Grading one submission as a pure function: a Job goes in, a Graded comes out, both plain data.

    graded = grade_job(job, processes)

Nothing else decides the outcome but the course that `processes` belongs to, whose release the job names by its hash.
So a job can be graded by this process, by a worker process (pool.py) or on another machine, and as often as one likes.
Jobs and outcomes travel as bytes (`to_bytes`, `from_bytes`).
"""

import shutil
import tempfile
from dataclasses import dataclass, field, fields
from pathlib import Path

import msgpack

from .failures import ExecutorError


@dataclass(frozen=True)
class Job:
    """One submission and everything its marks depend on, apart from the course.

    The course's secret stays with whoever makes the job: `seed` is derived from it for this student alone.
    `notebook` is None if nothing could be read; `reason` then says why. `files` are what lay beside it, as
    pairs of a relative path and the bytes.
    """

    student: str
    assignment: str
    release: str
    seed: str
    notebook: bytes | None
    reason: str = ""
    notices: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    trust_students: bool = False

    def to_bytes(self):
        return _to_bytes(self)

    @classmethod
    def from_bytes(cls, data):
        made = _values(data)
        made["notices"], made["files"] = tuple(made["notices"]), tuple(map(tuple, made["files"]))
        return cls(**made)


@dataclass
class Graded:
    """What came of a job: the notebook with its outputs and points, and what the gradebook is to hold.

    questions: the marks, as `QuestionMark.as_data` has them. grades: the points of each cell that has points, by
    grade_id; None waits for a person. untouched: grade_ids of the answers that still are as released.
    made_from: the release that the notebook was made from, if that is an older one.
    deaths: how often student code had to be stopped; faults: what went wrong on our side. With either, the outcome
    may differ next time and is not to be kept in a cache.
    """

    notebook: str = ""
    questions: list[dict] = field(default_factory=list)
    grades: dict[str, float | None] = field(default_factory=dict)
    untouched: list[str] = field(default_factory=list)
    unreadable: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0  # the student's own
    deaths: int = 0
    trusted_students: bool = False
    faults: list[str] = field(default_factory=list)
    made_from: str = ""

    @property
    def lasting(self):
        """Whether the same job would come to the same again."""
        return not self.deaths and not self.faults

    def to_bytes(self):
        return _to_bytes(self)

    @classmethod
    def from_bytes(cls, data):
        return cls(**_values(data))


def _to_bytes(made):
    return msgpack.packb({f.name: getattr(made, f.name) for f in fields(made)})


def _values(data):
    return msgpack.unpackb(data)


def grade_job(job, processes, watch=None):
    """The Graded of a Job, whatever was handed in. `watch` is told of every mark (see grading.py).

    Raises ExecutorError if the machinery fails or has another release than the job's, and CannotLockDown where
    student code can't be locked down and isn't trusted.
    """
    from .grading import grade_notebook
    from .outcome import finish, read

    release = processes.release(job.assignment)
    if release.hash != job.release:
        raise ExecutorError(f"{job.assignment}: release {release.hash} is here, the submission is for {job.release}")
    prepared = read(job, release)
    with tempfile.TemporaryDirectory(prefix="staged-", dir=processes.scratch) as staged:
        _lay_out(job.files, release, Path(staged))
        result = grade_notebook(
            prepared.notebook, release, job.seed, processes, Path(staged), None, job.trust_students, watch
        )
    return finish(prepared, release, result)


def _lay_out(files, release, folder):
    """What lay beside the notebook, and the assignment's data as they were handed out, whatever the student did."""
    for name, data in files:
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
    for path in release.data_files():
        copy = folder / path.relative_to(release.path.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
