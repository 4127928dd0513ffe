"""What plugs into nbgrader: its configuration, and the classes that it names.

nbgrader stays in charge of the gradebook, feedback and release; `TrustedExecute` takes the place of its
Execute, and `SubmissionExporter` the place of its plain reading of files.
"""

import contextlib
import json
import logging
import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import ClassVar

from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError, SAWarning
from traitlets import Bool, Unicode
from traitlets.config import Config

from . import inert
from .course import Course, CourseError
from .normalise import add_notices, normalise_file
from .release import digest, load_release
from .sandbox.folders import remove
from .secret import course_secret, student_seed
from .shared import shared_processes

# nbgrader builds its records in an order that newer SQLAlchemy remarks on; the rows are right
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")

STUB = 'raise NotImplementedError("write your code here, then delete this line")'
DIRECTORIES = {
    # never solutions/: nbgrader copies every file beside a source notebook into the release
    "source_directory": "build/source",
    "release_directory": "exercises",
    "submitted_directory": "grading/submitted",
    "autograded_directory": "grading/autograded",
    "feedback_directory": "grading/feedback",
    "db_url": "sqlite:///grading/gradebook.db",
}


def configure(c, trusted=True):
    """Fill in an nbgrader configuration. With trusted=False, stock Execute runs student code and its marks."""
    c.CourseDirectory.course_id = "training_neural_networks"
    for name, value in DIRECTORIES.items():
        setattr(c.CourseDirectory, name, value)
    c.ClearSolutions.code_stub = {"python": STUB}
    c.GenerateAssignment.preprocessors = [
        *(
            f"nbgrader.preprocessors.{name}"
            for name in (
                "IncludeHeaderFooter",
                "LockCells",
                "ClearSolutions",
                "ClearOutput",
                "CheckCellMetadata",
                "ComputeChecksums",
                "SaveCells",
                "ClearHiddenTests",
                "ClearMarkScheme",
                "ComputeChecksums",
                "CheckCellMetadata",
            )
        ),
        "autograder.nbgrader_plugin.Stamp",
    ]
    if trusted:
        c.GenerateFeedback.exporter_class = "autograder.feedback_page.FeedbackPage"
        c.GenerateFeedback.preprocessors = [
            "nbgrader.preprocessors.GetGrades",
            "autograder.feedback_notes.FeedbackNotes",
            "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
        ]
        c.Autograde.exporter_class = "autograder.nbgrader_plugin.SubmissionExporter"
        c.Autograde.sanitize_preprocessors = [  # no OverwriteCells: the exporter has put the release's cells in place,
            # and it fails on a question that has left the total, whose cell has fewer points than the release says
            f"nbgrader.preprocessors.{name}"
            for name in ("ClearOutput", "DeduplicateIds", "OverwriteKernelspec", "CheckCellMetadata")
        ]
        c.Autograde.autograde_preprocessors = [
            "autograder.nbgrader_plugin.TrustedExecute",
            *(
                f"nbgrader.preprocessors.{name}"
                for name in (
                    "IgnorePattern",
                    "LimitOutput",
                    "SaveAutoGrades",
                )
            ),
            "autograder.settle.Settle",
            "nbgrader.preprocessors.AssignLatePenalties",
            "nbgrader.preprocessors.CheckCellMetadata",
        ]
        c.AssignLatePenalties.plugin_class = "autograder.late.LatePenalty"
        c.ExportApp.plugin_class = "autograder.exporters.CsvExporter"  # names in it are no formulas
    return c


class Stamp(NbGraderPreprocessor):
    """The last step of a release: sign it with its own digest, and drop what differs from run to run."""

    def preprocess(self, nb, resources):
        for cell in nb.cells:
            cell.metadata.pop("lines_to_next_cell", None)
        nb.metadata.pop("language_info", None)
        nb.metadata.setdefault("autograder", {})["digest"] = ""
        nb.metadata.autograder["digest"] = digest(nb)
        return nb, resources


class SubmissionExporter(NotebookExporter):
    """Reads a submission through the normaliser, so that no file can stop a run.

    `prepared` holds submissions that the caller has read already, by (assignment, student); `unreadable` why the last
    one couldn't be read, or "".
    """

    prepared: ClassVar[dict] = {}
    unreadable: ClassVar[dict] = {}

    def from_filename(self, filename, resources=None, **kw):
        own = resources["nbgrader"]
        release = load_release(Course.find(), own["assignment"])
        found = self.prepared.pop((own["assignment"], own["student"]), None) or normalise_file(filename, release)
        source, copy = Path(filename).parent, Path(self.parent._format_dest(own["assignment"], own["student"]))
        if source.resolve() == copy.resolve():  # nbgrader's second reading, of what the first one wrote
            found.handed_in = json.loads(Path(filename).read_bytes())["metadata"]["autograder"].get("handed_in", {})
        else:
            self.unreadable[own["assignment"], own["student"]] = found.unreadable
        _drop_links(release, source, copy)
        resources["metadata"] = {"name": Path(filename).stem, "path": str(Path(filename).parent)}
        add_notices(found)
        return self.from_notebook_node(found.notebook, resources=resources, **kw)


def _drop_links(release, submitted, copy):
    """Remove what nbgrader has copied from behind a link in a submission: the gradebook, say, or somebody's work."""
    links = [Path(parent, name) for parent, *names in os.walk(submitted) for name in sum(names, [])]
    if links := [path.relative_to(submitted) for path in links if path.is_symlink()]:
        for link in links:
            remove(copy / link)
        for path in release.data_files():
            target = copy / path.relative_to(release.path.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


class TrustedExecute(NbGraderPreprocessor):
    """Runs a submission in the trusted executor and writes each cell's outputs, the points among them.

    `results` keeps what came of each submission in this process, by (assignment, student).
    """

    state_directory = Unicode("", help="Where the course secret is kept; by default, beside the gradebook.").tag(
        config=True
    )
    trust_students = Bool(False, help="Run student code without lock-down. Only for code you would run yourself.").tag(
        config=True
    )
    results: ClassVar[dict] = {}

    def preprocess(self, nb, resources):
        from .grading import grade_notebook
        from .submissions import GradedSubmission, note_outcome, state_path

        own = resources["nbgrader"]
        processes = shared_processes()
        release = load_release(processes.course, own["assignment"])
        beside = kept_folder(own["db_url"], self.config)
        seed = student_seed(course_secret(beside), own["assignment"], own["student"], release.hash)
        files = Path(resources["metadata"]["path"])
        result = grade_notebook(nb, release, seed, processes, files, trust_students=self.trust_students)
        self.results[own["assignment"], own["student"]] = result
        reason = SubmissionExporter.unreadable.pop((own["assignment"], own["student"]), "")
        graded = GradedSubmission(
            own["student"], own["assignment"], release.hash, questions=result.questions,
            status="unreadable" if reason else "graded", reason=reason, seconds=round(result.seconds, 3),
            cpu_seconds=round(result.cpu_seconds, 3), deaths=result.deaths, trusted_students=result.trusted_students,
        )  # fmt: skip
        note_outcome(state_path(beside, own["assignment"], own["student"]), graded)  # for reports
        inert.disarm(files, keep=[path.name for path in release.data_files()])
        if self.trust_students:
            nb.metadata.setdefault("autograder", {})["trusted_students"] = True  # the stored notebook says so
        return nb, resources


def kept_folder(db_url, config):
    """Where the course secret is, and what else is kept beside a gradebook. Raises CourseError if nobody says."""
    named = config.TrustedExecute.get("state_directory", "")
    if not named and not db_url.startswith("sqlite:///"):
        raise CourseError("where the course secret lies must be said: set c.TrustedExecute.state_directory")
    return Path(named or Path(make_url(db_url).database).parent)


class ConverterError(Exception):
    """One of nbgrader's converters failed; the message is what it logged last."""


class _Record(logging.Handler):
    """Keeps what a converter logs instead of printing it."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def course_config(course, directories=None, trusted=True):
    """nbgrader's configuration for a course, with some directories replaced."""
    config = configure(Config(), trusted)
    config.CourseDirectory.root = str(course.root)
    for name, value in (directories or {}).items():
        setattr(config.CourseDirectory, name, value)
    return config


def run_converter(name, course, assignment, student, directories=None, *, trusted=True, force=False, extra=None):
    """Run one of nbgrader's converters on one assignment and student, in this process.

    Raises ConverterError with nbgrader's own last words.
    """
    from nbgrader import converters
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    config = course_config(course, directories, trusted)
    if extra:
        config.merge(extra)
    coursedir = CourseDirectory(config=config)
    coursedir.assignment_id, coursedir.student_id = assignment, student
    record = _Record()
    log = logging.Logger("nbgrader")  # outside the hierarchy, so that nothing else prints it
    log.addHandler(record)
    converter = getattr(converters, name)(coursedir=coursedir, config=config, log=log)
    converter.force = force
    try:
        with _commands_on_path():
            converter.start()
    except (NbGraderException, SystemExit) as error:
        if isinstance(error.__context__, OperationalError):  # the gradebook's trouble, not this submission's
            raise error.__context__ from None
        raise ConverterError("\n".join(record.messages[-3:]) or str(error)) from error
    return converter


@contextlib.contextmanager
def _commands_on_path():
    """nbgrader starts `alembic` by name when it makes a gradebook; it lies beside this Python."""
    path = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
    try:
        yield
    finally:
        os.environ["PATH"] = path
