"""Grade one's own notebook: run it in a kernel of its own and collect what its graded cells say."""

import copy
from pathlib import Path

from nbclient import NotebookClient

from .course import CourseError
from .normalise import check_readable, normalise
from .release import load_release

CELL_SECONDS = 120  # a minute is a long training run, and a loop that never ends should not cost an evening


def check_notebook(course, path):
    """The marks of a notebook by its author: {"assignment", "score", "max_score", "notices", "questions"}.

    Raises CourseError if the file can't be read or belongs to no assignment.
    """
    path = Path(path)
    cells, made_from, assignment = check_readable(path)
    if assignment not in course.assignments:
        assignment = path.stem
    if assignment not in course.assignments:
        raise CourseError(
            f"{path} belongs to no assignment of this course: it doesn't say which, and none is called {path.stem}"
        )
    release = load_release(course, assignment)
    found = normalise(cells, release, made_from)
    run = execute(found.notebook, path.parent)
    questions = []
    for cell in run.cells:
        known = release.cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if known is not None and known.role == "graded":
            questions.append(_read(cell, known))
    return {
        "assignment": assignment,
        "score": sum(q["points"] for q in questions),
        "max_score": sum(q["max_points"] for q in questions),
        "notices": found.notices,
        "questions": questions,
    }


def execute(notebook, folder):
    """Run a notebook from top to bottom in a fresh kernel, errors and all."""
    run = copy.deepcopy(notebook)
    client = NotebookClient(
        run,
        timeout=CELL_SECONDS,
        interrupt_on_timeout=True,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--log-level=ERROR", "--HistoryManager.enabled=False"],
    )
    return client.execute()


def _read(cell, known):
    text = "".join(o.text for o in cell.outputs if o.output_type == "stream").rstrip()
    results = [o.data.get("text/plain", "") for o in cell.outputs if o.output_type == "execute_result"]
    errors = [_said(o) for o in cell.outputs if o.output_type == "error"]
    max_points = float(known.metadata["nbgrader"]["points"])
    try:
        points = min(max(float(results[0]), 0.0), max_points)
    except (IndexError, ValueError):
        points = 0.0
    return {
        "id": known.name,
        "points": points,
        "max_points": max_points,
        "text": text
        or f"{known.name}: 0 of {max_points:g} points\n  {'; '.join(errors) or 'its graded cell did not run'}",
    }


def _said(error):
    if error.ename == "KeyboardInterrupt":
        return f"It was stopped after {CELL_SECONDS} seconds. Is there a loop that never ends?"
    return f"{error.ename}: {error.evalue}"
