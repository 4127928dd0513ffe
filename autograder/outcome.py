"""From what was handed in to a notebook that can be run, and from a run notebook to what is kept of it.

The second half does what nbgrader's own steps would do (LimitOutput, SaveAutoGrades, its exporter), without a
gradebook at hand; tests/test_same_as_nbgrader.py compares the two.
"""

import hashlib

from .cells import as_text
from .job import Graded
from .normalise import add_notices, normalise_bytes, unreadable

MAX_LINES = 1000  # of text per cell, and of a traceback, as nbgrader shortens them
MAX_TRACEBACK = 100


def read(job, release):
    """The Normalised notebook of a job."""
    if job.notebook is None:
        return unreadable(job.reason, release, job.notices)
    found = normalise_bytes(job.notebook, release)
    if not found.unreadable:
        found.notices += job.notices
    return found


def finish(prepared, release, result):
    """The Graded of a notebook that grade_notebook has run."""
    notebook = prepared.notebook
    marks = {f"graded_{q['id']}": q["points"] for q in result.questions}
    grades, untouched = {}, []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shorten(cell.outputs)
        own = cell.metadata.get("nbgrader")
        if not own:
            continue
        is_untouched = own.get("checksum") == checksum(cell)
        if own["solution"] and is_untouched:
            untouched.append(own["grade_id"])
        if own["grade"]:
            by_hand = 0.0 if is_untouched else None  # nothing was written, so nobody need look
            grades[own["grade_id"]] = by_hand if own["solution"] else float(marks[own["grade_id"]])
    add_notices(prepared)
    if result.trusted_students:
        notebook.metadata.setdefault("autograder", {})["trusted_students"] = True  # the stored notebook says so
    return Graded(
        notebook=as_text(notebook),
        questions=result.questions,
        grades=grades,
        untouched=untouched,
        unreadable=prepared.unreadable,
        seconds=result.seconds,
        cpu_seconds=result.cpu_seconds,
        deaths=result.deaths,
        trusted_students=result.trusted_students,
        faults=result.faults,
        made_from=prepared.made_from,
    )


def shorten(outputs):
    """Cut a cell's text and tracebacks down, in place, to what a reader will look at."""
    length, kept = 0, []
    for output in outputs:
        if output.output_type == "stream":
            if length == MAX_LINES:
                continue
            lines = output.text.split("\n")
            if len(lines) + length > MAX_LINES:
                lines = [*lines[: MAX_LINES - length - 1], "... Output truncated ..."]
            length += len(lines)
            output.text = "\n".join(lines)
        elif output.output_type == "error" and len(output.traceback) > MAX_TRACEBACK:
            first = MAX_TRACEBACK // 2
            last = MAX_TRACEBACK - first - 1
            output.traceback = [*output.traceback[:first], "... Traceback truncated ...", *output.traceback[-last:]]
        kept.append(output)
    outputs[:] = kept


def checksum(cell):
    """nbgrader's checksum of a cell: equal to the one in a released cell's metadata if it was not changed."""
    own = cell.metadata["nbgrader"]
    parts = [cell.source, cell.cell_type, str(own["grade"]), str(own["solution"]), str(own["locked"]), own["grade_id"]]
    parts += [str(float(own["points"]))] if own["grade"] else []
    return hashlib.md5("".join(parts).encode()).hexdigest()  # noqa: S324 (nbgrader's choice, and no secret)
