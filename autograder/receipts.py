"""Receipts: which file was handed in, byte for byte, so that nobody has to remember.

A student's receipt says what their file is. The instructor's record, receipts.jsonl in the folder of the gradebook,
has one line for every file that was ever graded, and is only added to.
"""

import contextlib
import json
import os
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from .normalise import check_readable, identity, read_bytes
from .release import load_release

RECORD = "receipts.jsonl"


def receipt(course, path):
    """What a notebook is: {"file", "assignment", "release", "current", "saved", "bytes", "sha256", "unwritten"}.

    `saved` is the file's time in UTC, `current` whether its release is the course's present one, `unwritten` the
    answers that are as released. Raises CourseError if the file can't be read.
    """
    path = Path(path)
    cells, release, assignment = check_readable(path)
    made = {"file": path.name, "assignment": assignment, "release": release, "current": None, "unwritten": None}
    saved = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    made |= {"saved": saved.isoformat(" ", "seconds"), **identity(read_bytes(path))}
    if assignment in course.assignments:
        present = load_release(course, assignment)
        made["current"] = release == present.hash
        made["unwritten"] = sorted(_unwritten(cells, present))
    return made


def _unwritten(cells, release):
    """Names of the answers that are missing or as released."""
    found = {}
    for cell in (c for c in cells if isinstance(c, dict)):
        source, metadata = cell.get("source", ""), cell.get("metadata")
        own = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        if isinstance(own, dict) and isinstance(own.get("grade_id"), str):
            found.setdefault(own["grade_id"], "".join(source) if isinstance(source, list) else str(source))
    wanted = (c for c in release.cells.values() if c.role == "answer")
    return {c.name for c in wanted if found.get(c.grade_id, c.source).strip() == c.source.strip()}


class Record:
    """The instructor's record of what was handed in, in the folder of the gradebook."""

    def __init__(self, out):
        self.out, self.path = Path(out), Path(out) / RECORD

    @cached_property
    def lines(self):
        """All receipts, oldest first. A line that a crash cut short is left out."""
        found = []
        for line in self.path.read_bytes().splitlines() if self.path.is_file() else []:
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict) and {"student", "assignment", "sha256"} <= entry.keys():
                    found.append(entry)
        return found

    @cached_property
    def _latest(self):
        return {(e["student"], e["assignment"]): e["sha256"] for e in self.lines}

    def add(self, job):
        """Note a job's file down, unless it is the one that was noted last for this student and assignment."""
        if job.notebook is None:
            return
        pair, entry = (job.student, job.assignment), identity(job.notebook)
        if self._latest.get(pair) == entry["sha256"]:
            return
        said = dict(job.files).get("timestamp.txt", b"").decode("utf-8", "replace").strip()
        entry = {"student": job.student, "assignment": job.assignment, **entry, "handed_in": said[:100]}
        entry["graded"] = datetime.now(UTC).isoformat(" ", "seconds")
        _append(self.path, json.dumps(entry))
        self.lines.append(entry)
        self._latest[pair] = entry["sha256"]

    def about(self, path):
        """What is known of this very file, oldest first: entries, and marks that nbgrader's own commands stored."""
        sha256 = identity(read_bytes(path))["sha256"]
        return [e for e in [*self.lines, *self._stored()] if e["sha256"] == sha256]

    def _stored(self):
        """Entries for graded notebooks that aren't in the record, since nbgrader itself or formgrader graded them."""
        for path in sorted(self.out.glob("autograded/*/*/*.ipynb")):
            student, assignment = path.parts[-3:-1]
            with contextlib.suppress(ValueError, KeyError, OSError):
                own = json.loads(path.read_bytes())["metadata"]["autograder"]["handed_in"]
                if self._latest.get((student, assignment)) != own["sha256"]:
                    yield {"student": student, "assignment": assignment, **own, "handed_in": "", "graded": ""}


def _append(path, line):
    """Add a line to a file, on a line of its own even if a crash cut the last one short."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else f"\n{line}"
        file.write(f"{line}\n".encode())
