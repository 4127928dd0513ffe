"""What goes back: pages of feedback for students, grades for the instructor's other tools."""

from pathlib import Path

from traitlets.config import Config

from .course import CourseError
from .database import find_database
from .exporters import EXPORTERS
from .nbgrader_plugin import run_converter


def write_feedback(course, assignments, out, db=None):
    """Write feedback/<student>/<assignment>/<assignment>.html for what is graded. Returns the pages."""
    out, database = Path(out).resolve(), find_database(out, db)
    directories = {
        "autograded_directory": str(out / "autograded"),
        "feedback_directory": str(out / "feedback"),
        "db_url": database.url,
    }
    beside = Config({"TrustedExecute": {"state_directory": str(out)}})  # a gradebook on a server has no folder
    written = []
    for assignment in assignments:
        for folder in sorted((out / "autograded").glob(f"*/{assignment}")):
            student = folder.parent.name
            with database.explained():
                run_converter("GenerateFeedback", course, assignment, student, directories, force=True, extra=beside)
            written.append(out / "feedback" / student / assignment / f"{assignment}.html")
    return written


def export_grades(out, format_, to=None, db=None, assignments=(), **settings):
    """Write the gradebook in a format, with an exporter's `settings`. Returns the file.

    Raises CourseError for an unknown format or assignment.
    """
    if format_ not in EXPORTERS:
        raise CourseError(f"there is no export format {format_!r}; there is {', '.join(EXPORTERS)}")
    plugin = EXPORTERS[format_](assignment=list(assignments), **settings)
    target = Path(to) if to else Path(out) / plugin.file_name
    plugin.to = str(target)
    database = find_database(out, db)
    with database.explained(), database.gradebook() as gradebook:
        plugin.export(gradebook)
    return target
