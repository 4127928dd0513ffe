"""What goes back: pages of feedback for students, grades for the instructor's other tools."""

from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins.export import CsvExportPlugin

from .course import CourseError
from .nbgrader_plugin import run_converter

EXPORTERS = {"csv": CsvExportPlugin}


def _gradebook(out):
    path = Path(out).resolve() / "gradebook.db"
    if not path.is_file():
        raise CourseError(f"there is no gradebook in {out}: grade something first")
    return f"sqlite:///{path}"


def write_feedback(course, assignments, out):
    """Write feedback/<student>/<assignment>/<assignment>.html for what is graded. Returns the pages."""
    out = Path(out).resolve()
    directories = {
        "autograded_directory": str(out / "autograded"),
        "feedback_directory": str(out / "feedback"),
        "db_url": _gradebook(out),
    }
    written = []
    for assignment in assignments:
        for folder in sorted((out / "autograded").glob(f"*/{assignment}")):
            student = folder.parent.name
            run_converter("GenerateFeedback", course, assignment, student, directories, force=True)
            written.append(out / "feedback" / student / assignment / f"{assignment}.html")
    return written


def export_grades(out, format_, to=None):
    """Write the gradebook in a format. Returns the file. Raises CourseError for an unknown format."""
    if format_ not in EXPORTERS:
        raise CourseError(f"there is no export format {format_!r}; there is {', '.join(EXPORTERS)}")
    target = Path(to) if to else Path(out) / f"grades.{format_}"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    plugin = EXPORTERS[format_]()
    plugin.to = str(partial)
    with Gradebook(_gradebook(out)) as gradebook:
        plugin.export(gradebook)
    return partial.replace(target)
