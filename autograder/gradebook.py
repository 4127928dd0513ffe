"""The one writer of a gradebook: what nbgrader's `autograde` would store, in one transaction a submission.

nbgrader opens the database a dozen times for each notebook, commits after every cell and validates the notebook
after every step: a quarter of a second that computes nothing. The rows and notebooks written here are the same;
tests/test_same_as_nbgrader.py compares them with nbgrader's own, table by table.
"""

import contextlib
import os
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader import api
from nbgrader.preprocessors import SaveCells
from sqlalchemy import select, text
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from . import inert
from .course import CourseError
from .database import lock_keys
from .failures import ExecutorError
from .settle import settle, settle_all
from .times import read_time

COURSE_ID = "training_neural_networks"
UNTOUCHED = "No response."  # nbgrader's comment on an answer that nobody wrote

# nbgrader builds its records in an order that newer SQLAlchemy remarks on; the rows are right
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader|autograder")


def _schema_version():
    """The version of nbgrader's tables, without starting `alembic` as a command, which takes seconds."""
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    return ScriptDirectory(ALEMBIC_DIR).get_current_head()


class Book:
    """An open gradebook at `db_url`, and the folder of graded notebooks beside it. A context manager.

    Raises SQLAlchemy's errors; database.py knows what they mean to a person.
    """

    def __init__(self, db_url, autograded):
        self.autograded, self.db_url = Path(autograded), db_url
        api.get_alembic_version = _schema_version
        self._book = api.Gradebook(db_url, COURSE_ID)
        self._book.check_course()  # nbgrader's steps open it without naming the course, which makes another
        self._mend()
        self.session = self._book.db
        self._cells = {}
        self._rules, self._releases = None, {}

    def close(self):
        self._book.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _mend(self):
        """Write the version that a run killed while it made the tables didn't write."""
        with self._book.engine.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
            if not connection.execute(text("SELECT count(*) FROM alembic_version")).scalar():
                head = _schema_version()
                connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:v)"), {"v": head})

    def enter(self, release):
        """Record an assignment's cells, as nbgrader's generate_assignment does. Raises CourseError if it can't."""
        name = release.assignment
        with self._as_course_error(f"{name} can't be entered into the gradebook"):
            self._book.update_or_create_assignment(name)
            notebook = nbformat.from_dict(release.notebook)
            SaveCells().preprocess(
                notebook, {"nbgrader": {"notebook": name, "assignment": name, "db_url": self.db_url}}
            )
            self.session.expire_all()

    def settle(self, releases, rules, before=lambda: None):
        """Have the rules (settle.py) hold for all that is recorded, and for what will be. `releases` are by assignment.

        `before()` is called before anything is changed for good.
        """
        self._rules, self._releases = rules, releases
        if settle_all(self.session, releases, rules):
            before()
            self.session.commit()
        self.session.rollback()  # end the transaction: others may write meanwhile

    @contextlib.contextmanager
    def _as_course_error(self, what):
        try:
            yield
        except (api.InvalidEntry, RuntimeError) as error:
            self.session.rollback()
            raise CourseError(f"{what}: {error}") from None

    def has(self, assignment):
        """Whether the assignment's cells are recorded."""
        return bool(self._assignment(assignment).cells)

    def scores(self, assignments):
        """{(student, assignment): Score} of all that was handed in."""
        found = {}
        for name in assignments:
            for student, *row in self.session.execute(self._scores(name)):
                found[student, name] = _score(row)
        self.session.rollback()  # end the transaction: others may write meanwhile
        return found

    def score(self, student, assignment):
        """The same of one submission that is recorded."""
        submitted = api.SubmittedAssignment
        _, *row = self.session.execute(self._scores(assignment).where(submitted.student_id == student)).one()
        self.session.rollback()
        return _score(row)

    def _scores(self, assignment):
        s = api.SubmittedAssignment
        wanted = select(s.student_id, s.score, s.max_score, s.needs_manual_grade, s.late_submission_penalty)
        return wanted.join(api.Assignment, api.Assignment.id == s.assignment_id).where(
            api.Assignment.name == assignment
        )

    def marks(self, student, assignment):
        """The Points of each cell that has any, by grade_id; {} if nothing is recorded of this student."""
        g, submitted = api.Grade, api.SubmittedAssignment
        rows = self.session.execute(
            select(api.BaseCell.name, g.auto_score, g.manual_score, g.extra_credit)
            .join(g, g.cell_id == api.BaseCell.id)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.id == g.notebook_id)
            .join(submitted, submitted.id == api.SubmittedNotebook.assignment_id)
            .join(api.Assignment, api.Assignment.id == submitted.assignment_id)
            .where(submitted.student_id == student, api.Assignment.name == assignment)
        ).all()
        self.session.rollback()
        return {name: Points(*points) for name, *points in rows}

    def unread_time(self, job):
        """A sentence about a timestamp.txt that can't be read, else ""."""
        _, why = timestamp_of(job)
        return f"timestamp.txt can't be read ({why}), so no lateness is counted" if why else ""

    def record(self, job, graded, data_files):
        """Store a graded notebook and its points. `data_files`: (relative path, source) of the assignment's own.

        Raises ExecutorError if the disk doesn't let it, and SQLAlchemy's errors if the database doesn't; the gradebook
        is then as it was before.
        """
        try:
            self._write_folder(job, graded, data_files)
            self._write_rows(job, graded)
        except OSError as error:
            raise ExecutorError(f"the graded notebook could not be written: {error}") from error
        except BaseException:
            with contextlib.suppress(SQLAlchemyError):
                self.session.rollback()
            raise

    # ---- the folder that formgrader shows

    def _write_folder(self, job, graded, data_files):
        target = self.autograded / job.student / job.assignment
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = self.autograded / f".{os.getpid()}.partial"
        try:
            _remove(partial)
            partial.mkdir()
            own = {str(name) for name, _ in data_files}
            for name, data in job.files:
                if name not in own:
                    _write(partial / name, data)
            for name, source in data_files:
                _write(partial / name, source.read_bytes())
            _write(partial / f"{job.assignment}.ipynb", graded.notebook.encode("utf-8", "surrogatepass"))
            inert.disarm(partial, keep=[Path(name).name for name in own])
            for parent, _, names in os.walk(partial):
                for name in names:
                    Path(parent, name).chmod(0o444)
            _remove(target)
            partial.replace(target)
        finally:
            _remove(partial)

    # ---- the rows

    def _write_rows(self, job, graded):
        self._hold(job.student)
        assignment = self._assignment(job.assignment)
        submission = self._submission(job, assignment)
        (notebook,) = submission.notebooks
        for grade in notebook.grades:
            points = graded.grades[assignment.cells[grade.cell_id]]
            grade.auto_score = points
            grade.needs_manual_grade = grade.manual_score is not None or points is None
        for comment in notebook.comments:
            name = assignment.cells[comment.cell_id]
            comment.auto_comment = UNTOUCHED if name in graded.untouched else None
        if self._rules is not None:
            self.session.flush()
            settle(self.session, submission, self._releases[job.assignment], self._rules)
        self.session.commit()

    def _hold(self, student):
        """Until the next commit, be the only one to write this student's rows: others may grade into PostgreSQL too."""
        if self._book.engine.dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:namespace, :key)")
            self.session.execute(lock, lock_keys(f"student {student}"))

    def _submission(self, job, assignment):
        submitted = api.SubmittedAssignment
        found = self.session.execute(
            select(submitted).where(submitted.assignment_id == assignment.id, submitted.student_id == job.student)
        ).scalar_one_or_none()
        timestamp, unread = timestamp_of(job)
        if found is not None:
            if timestamp is not None or unread:  # an earlier hand-in's time is not this one's
                found.timestamp = timestamp
            return found
        if self.session.get(api.Student, job.student) is None:
            self.session.add(api.Student(id=job.student))
        found = submitted(assignment_id=assignment.id, student_id=job.student, timestamp=timestamp)
        notebook = api.SubmittedNotebook(notebook_id=assignment.notebook, assignment=found)
        for cell in assignment.graded:
            api.Grade(cell_id=cell, notebook=notebook)
        for cell in assignment.answers:
            api.Comment(cell_id=cell, notebook=notebook)
        self.session.add(found)
        return found

    def _assignment(self, name):
        if not self._cells.get(name) or not self._cells[name].cells:
            self._cells[name] = _Assignment(self.session, name)
        return self._cells[name]


class _Assignment:
    """The identifiers that an assignment's records have in this gradebook."""

    def __init__(self, session, name):
        found = session.execute(
            select(api.Assignment.id, api.Notebook.id)
            .join(api.Notebook, api.Notebook.assignment_id == api.Assignment.id)
            .where(api.Assignment.name == name, api.Notebook.name == name)
        ).one_or_none()
        self.cells = {}
        if found is None:
            return
        self.id, self.notebook = found
        for kind in (api.GradeCell, api.SolutionCell):
            rows = session.execute(select(kind.id, kind.name).where(kind.notebook_id == self.notebook)).all()
            setattr(self, "graded" if kind is api.GradeCell else "answers", [row[0] for row in rows])
            self.cells |= dict(map(tuple, rows))


@dataclass(frozen=True)
class Score:
    """One submission in the gradebook: points before any penalty, their maximum, and the penalty for lateness."""

    score: float
    max_score: float
    needs_manual: bool
    late_penalty: float


@dataclass(frozen=True)
class Points:
    """One cell's points, as nbgrader keeps them; None is none given."""

    auto: float | None
    manual: float | None = None
    extra: float | None = None

    @property
    def score(self):
        """What counts: a person's mark before the automatic one, and extra credit with either, as nbgrader has it."""
        given = self.auto if self.manual is None else self.manual
        return 0.0 if given is None else given + (self.extra or 0.0)


def _score(row):
    score, max_score, needs_manual, late_penalty = row
    return Score(float(score), float(max_score), bool(needs_manual), float(late_penalty or 0))


def timestamp_of(job):
    """(when it was handed in, why that can't be read), from the timestamp.txt beside it; (None, "") without one."""
    data = dict(job.files).get("timestamp.txt", b"").strip()
    if not data:
        return None, ""
    try:
        return read_time(data.decode()), ""
    except UnicodeDecodeError:
        return None, "it is no text"
    except ValueError as error:
        return None, str(error)


def _write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _remove(folder):
    if os.path.lexists(folder):
        shutil.rmtree(folder)
