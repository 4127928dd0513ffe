"""What goes back: pages of feedback for students, grades for the instructor's other tools."""

from pathlib import Path

from nbgrader.plugins.export import CsvExportPlugin

from .course import CourseError
from .database import open_database
from .nbgrader_plugin import run_converter

EXPORTERS = {"csv": CsvExportPlugin}


def _database(out, db):
    database = open_database(out, db)
    if not database.exists():
        raise CourseError(f"there is no gradebook in {database.shown if db else out}: grade something first")
    return database


def write_feedback(course, assignments, out, db=None):
    """Write feedback/<student>/<assignment>/<assignment>.html for what is graded. Returns the pages."""
    out, database = Path(out).resolve(), _database(out, db)
    directories = {
        "autograded_directory": str(out / "autograded"),
        "feedback_directory": str(out / "feedback"),
        "db_url": database.url,
    }
    written = []
    for assignment in assignments:
        for folder in sorted((out / "autograded").glob(f"*/{assignment}")):
            student = folder.parent.name
            with database.explained():
                run_converter("GenerateFeedback", course, assignment, student, directories, force=True)
            written.append(out / "feedback" / student / assignment / f"{assignment}.html")
    return written


def export_grades(out, format_, to=None, db=None):
    """Write the gradebook in a format. Returns the file. Raises CourseError for an unknown format."""
    if format_ not in EXPORTERS:
        raise CourseError(f"there is no export format {format_!r}; there is {', '.join(EXPORTERS)}")
    target = Path(to) if to else Path(out) / f"grades.{format_}"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    plugin = EXPORTERS[format_]()
    plugin.to = str(partial)
    database = _database(out, db)
    with database.explained(), database.gradebook() as gradebook:
        plugin.export(gradebook)
    return partial.replace(target)
