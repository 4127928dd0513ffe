"""Make of any submitted file a notebook that can be graded: the release's cells, the student's answers.

Honest accidents cost nothing (copied, deleted, reordered, retyped and edited cells), and nothing in the file
decides a cell's role: that is the release's alone. What can't be read becomes the untouched release, which
scores 0, with the reason.
"""

import hashlib
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from . import inert
from .cells import new_cell, new_notebook
from .course import CourseError
from .master import cell_id

MAX_BYTES = 64 * 2**20
MAX_CELLS = 2000
MAX_SOURCE = 2**20  # characters of one cell
MAX_SOURCES = 4 * 2**20  # of all of them
LOST_ANSWER = "# The cell for {name} was missing from the notebook that was handed in."


@dataclass
class Normalised:
    notebook: nbformat.NotebookNode
    notices: list[str] = field(default_factory=list)
    unreadable: str = ""
    handed_in: dict = field(default_factory=dict)  # which bytes these were: see identity()
    made_from: str = ""  # the release that it says it is from, if that isn't the present one


class Unreadable(ValueError):
    """The file is no notebook that can be graded; the message says why."""


def read_bytes(path):
    """A regular file's bytes. Raises Unreadable for links, special files and files that are too large."""
    path = Path(path)
    try:
        found = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        reason = "it is a link to another file" if path.is_symlink() else (error.strerror or str(error))
        raise Unreadable(f"the file could not be opened: {reason}") from None
    info = os.fstat(found)
    if not stat.S_ISREG(info.st_mode):  # a folder couldn't even be opened as a file
        os.close(found)
        raise Unreadable("it is not a regular file")
    with os.fdopen(found, "rb") as file:
        if info.st_size > MAX_BYTES:
            raise Unreadable(f"the file has {info.st_size / 2**20:.0f} MiB; at most {MAX_BYTES // 2**20} are read")
        return file.read(MAX_BYTES + 1)


def parse(data):
    """The raw cells of a notebook, and the release and assignment it says it is from. Raises Unreadable."""
    try:
        raw = json.loads(data)
    except RecursionError:
        raise Unreadable("its JSON is nested too deeply") from None
    except ValueError:
        raise Unreadable("it is not a notebook: the file is not valid JSON") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("cells"), list):
        raise Unreadable("it is not a notebook of format 4: it has no list of cells")
    if len(raw["cells"]) > MAX_CELLS:
        raise Unreadable(f"it has {len(raw['cells'])} cells; at most {MAX_CELLS} are graded")
    own = _mapping(_mapping(raw.get("metadata")).get("autograder"))
    release, assignment = (v if isinstance(v, str) else "" for v in (own.get("release"), own.get("assignment")))
    return raw["cells"], release, assignment


def normalise_file(path, release):
    """As `normalise_bytes`, for a file; what can't be opened is replaced by the release."""
    try:
        return normalise_bytes(read_bytes(path), release)
    except Unreadable as error:
        return unreadable(str(error), release)


def normalise_bytes(data, release):
    """As `normalise`, for a file's bytes, which it remembers; what can't be read is replaced by the release."""
    try:
        cells, made_from, _ = parse(data)
        found = normalise(cells, release, made_from)
    except Unreadable as error:
        found = unreadable(str(error), release)
    found.handed_in = identity(data)
    return found


def identity(data):
    """What tells these bytes from any others: {"sha256", "bytes"}."""
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def check_readable(path):
    """What `parse` makes of a file of one's own. Raises CourseError if it can't be read."""
    try:
        return parse(read_bytes(path))
    except Unreadable as error:
        raise CourseError(f"{path} can't be graded: {error}") from None


def unreadable(reason, release, notices=()):
    """The release in place of a file that can't be read, with the reason."""
    result = normalise([], release)
    result.unreadable = reason
    result.notices = list(notices) or [f"This file could not be graded: {reason}."]
    return result


def add_notices(found):
    """Put what a student should know about the file they handed in at the top of their notebook, and which it was."""
    if found.handed_in:
        found.notebook.metadata.setdefault("autograder", {})["handed_in"] = dict(found.handed_in)
    if found.notices:
        notices = [f"- {inert.markdown(inert.line(notice))}" for notice in found.notices]
        text = "\n".join(["**Notes from grading.**", "", *notices])
        found.notebook.cells.insert(0, new_cell("markdown", text, cell_id("notices")))


def normalise(cells, release, made_from=None):
    """A Normalised notebook from raw cells.

    The release's cells keep the release's order. A student's own cell stays behind the cell it followed.
    Of copies of one cell, the first is the answer and the others are the student's own cells, which run in
    their place as they did for the student.
    """
    notices = []
    older = bool(made_from) and made_from != release.hash
    if older:
        notices.append(
            "This notebook was made from an older release of the assignment; it was graded with the current one."
        )
    by_cell_id = {cell_id(g): g for g in release.cells}
    answers, followers, anchor, room = {}, {None: []}, None, MAX_SOURCES
    for raw in cells:
        cell = _read_cell(raw)
        if cell is None:
            notices.append("A cell that could not be read was left out.")
            continue
        kind, source, grade_id, own_id = cell
        room -= len(source)
        if room < 0:
            notices.append(
                f"The notebook holds more than {MAX_SOURCES // 2**20} million characters; the rest was left out."
            )
            break
        known = grade_id if grade_id in release.cells else by_cell_id.get(own_id)
        if known and known not in answers:
            answers[known] = (kind, source)
            anchor = known
        elif source.strip():
            if known and (release.cells[known].role in ("graded", "visible", "given") or source == answers[known][1]):
                continue  # a copy of a locked cell, or an identical copy, adds nothing
            if known:
                notices.append(
                    f"There were several cells for {release.cells[known].name}: the first is taken as the answer, "
                    "the others ran in their places."
                )
            followers.setdefault(anchor, []).append((kind, source))
    order = [g for g in answers if g in release.cells]
    if order != [g for g in release.cells if g in answers]:
        notices.append("The cells were not in the assignment's order and were put back into it.")

    made = [_extra(*cell) for cell in followers[None]]
    for grade_id, wanted in release.cells.items():
        made.append(_role_cell(wanted, answers.get(grade_id), notices, older))
        made += [_extra(*cell) for cell in followers.get(grade_id, [])]
    for i, cell in enumerate(made):
        if "nbgrader" not in cell.metadata:
            cell.id = cell_id(f"extra {i}")  # the same at every grading
    notebook = new_notebook(made, release.notebook.metadata)
    return Normalised(notebook, list(dict.fromkeys(notices)), made_from=inert.line(made_from)[:64] if older else "")


def _mapping(value):
    return value if isinstance(value, dict) else {}


def _read_cell(raw):
    """(kind, source, grade_id, cell id) of a raw cell, or None if it is no cell."""
    raw = _mapping(raw)
    source = raw.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    kind = raw.get("cell_type")
    if not isinstance(source, str) or len(source) > MAX_SOURCE or kind not in ("code", "markdown", "raw"):
        return None
    source = source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")  # as Windows ends lines
    grade_id = _mapping(_mapping(raw.get("metadata")).get("nbgrader")).get("grade_id")
    own_id = raw.get("id")
    return (
        kind,
        source,
        grade_id if isinstance(grade_id, str) else None,
        own_id if isinstance(own_id, str) else None,
    )


def _role_cell(wanted, found, notices, older):
    """The cell as it is graded. In an older release a locked cell may differ by nobody's doing."""
    locked = wanted.role not in ("answer", "investigation")
    if found is None:
        if wanted.role == "answer":
            notices.append(f"The cell for {wanted.name} was missing.")
            source = LOST_ANSWER.format(name=wanted.name)
        else:
            source = wanted.source
            if wanted.role != "investigation":
                notices.append(f"A {wanted.role} cell ({wanted.name}) was missing and was put back.")
    elif locked:
        source = wanted.source
        if found != (wanted.cell_type, wanted.source) and not older:
            notices.append(f"A {wanted.role} cell ({wanted.name}) had been changed and was put back.")
    else:
        source = found[1]
        if wanted.cell_type == "markdown" and source != wanted.source:
            source = inert.markdown(source)
        if found[0] != wanted.cell_type:
            notices.append(
                f"The cell for {wanted.name} had become a {found[0]} cell and was read as {wanted.cell_type}."
            )
    return new_cell(wanted.cell_type, source, cell_id(wanted.grade_id), wanted.metadata)


def _extra(kind, source):
    """A cell of the student's own. Its id is given once its place is known."""
    return new_cell("code", source, "") if kind == "code" else new_cell("markdown", inert.markdown(source), "")
