"""What a mark comes to once its points are known: withdrawn questions, more time for some, and what lateness costs.

All of it ends in nbgrader's own columns (auto_score, max_score, extension, late_submission_penalty), so that formgrader
and every export agree. It can be done over and over: the same rules give the same marks.
"""

from dataclasses import dataclass, field

from nbgrader import api
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor
from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import ConfigError, PyFileConfigLoader

from .course import Course, CourseError
from .late import EXTENSIONS, LatePenalty, read_extensions
from .withdrawn import FILE as WITHDRAWN
from .withdrawn import grade_id, read_withdrawn

CONFIG = "nbgrader_config.py"


def settings(course):
    """What nbgrader_config.py says, as nbgrader's commands read it. Raises CourseError if it can't be read."""
    from .nbgrader_plugin import configure

    if not (course.root / CONFIG).is_file():
        return configure(Config())
    try:
        return PyFileConfigLoader(CONFIG, str(course.root)).load_config()
    except (ConfigError, SyntaxError, NameError, AttributeError, TypeError, ValueError) as error:
        raise CourseError(f"{course.root / CONFIG} can't be read: {type(error).__name__}: {error}") from None


@dataclass
class Rules:
    """What holds for one gradebook. `extensions` is None where no file gives any: what the gradebook has then stays."""

    withdrawn: dict = field(default_factory=dict)
    extensions: dict | None = None
    late: LateSubmissionPlugin = field(default_factory=LatePenalty)

    @classmethod
    def of(cls, course, database):
        """The rules for a gradebook of this course. Raises CourseError for a file that can't be read."""
        config = settings(course)
        try:
            late = AssignLatePenalties(config=config).plugin_class(config=config)
        except TraitError as error:
            raise CourseError(f"{course.root / CONFIG}: {error}") from None
        text = database.note(EXTENSIONS)
        extensions = read_extensions(text, zone_of(late)) if text else None
        return cls(read_withdrawn(database.note(WITHDRAWN)), extensions, late)


def zone_of(late):
    """The zone in which a course's times are given and shown."""
    return getattr(late, "timezone", "UTC")


def settle_all(session, releases, rules):
    """Settle everything that is recorded of these releases, without committing. Returns whether anything changed."""
    changed = False
    for name, release in releases.items():
        changed |= settle_cells(session, release, rules)
        for submission in session.scalars(_concerned(name, rules)):
            changed |= settle(session, submission, release, rules)
    return changed


def _concerned(name, rules):
    """The submissions that a rule may bear on: all, if a question was withdrawn or somebody has more time."""
    submitted, notebook = api.SubmittedAssignment, api.SubmittedNotebook
    wanted = select(submitted).join(api.Assignment).where(api.Assignment.name == name)
    if not rules.withdrawn.get(name):
        penalized = select(notebook.assignment_id).where(notebook.late_submission_penalty.is_not(None))
        wanted = wanted.where(
            or_(api.Assignment.duedate.is_not(None), submitted.extension.is_not(None), submitted.id.in_(penalized))
        )
    return wanted.options(selectinload(submitted.notebooks))


def settle_cells(session, release, rules):
    """Have a withdrawn question leave an assignment's total, or come back to it. Returns whether anything changed."""
    changed, withdrawn = False, _by_cell(release, rules)
    cells = session.scalars(
        select(api.GradeCell)
        .join(api.Notebook, api.Notebook.id == api.GradeCell.notebook_id)
        .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
        .where(api.Assignment.name == release.assignment)
    )
    for cell in cells:
        if (known := release.cells.get(cell.name)) and "points" in known.metadata["nbgrader"]:
            points = float(known.metadata["nbgrader"]["points"])
            points = withdrawn[cell.name].max_points(points) if cell.name in withdrawn else points
            if cell.max_score != points:
                cell.max_score, changed = points, True
    return changed


def settle(session, submission, release, rules):
    """Settle one submission, without committing. Returns whether anything changed."""
    changed = settle_points(session, submission, release, rules)
    session.flush()
    for notebook in submission.notebooks:
        penalty = None
        if (seconds := submission.total_seconds_late) > 0:
            score = session.scalar(select(api.SubmittedNotebook.score).where(api.SubmittedNotebook.id == notebook.id))
            penalty = rules.late.late_submission_penalty(submission.student_id, score, seconds)
            penalty = None if penalty is None else min(max(penalty, 0), score)  # as AssignLatePenalties has it
        if notebook.late_submission_penalty != penalty:
            notebook.late_submission_penalty, changed = penalty, True
    return changed


def settle_points(session, submission, release, rules):
    """The same but for the penalty, which nbgrader's own step gives where nbgrader grades."""
    changed, name, due = False, release.assignment, submission.assignment.duedate
    extension = submission.extension
    if rules.extensions is not None or due is None:  # nbgrader fails on an extension of no due date
        given = (rules.extensions or {}).get((submission.student_id, name))
        extension = given.beyond(due) if given else None
    if submission.extension != extension:
        submission.extension, changed = extension, True
    if withdrawn := _by_cell(release, rules):
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                if grade.name in withdrawn:
                    changed |= _withdraw(grade, withdrawn[grade.name], release.cells[grade.name])
    return changed


def _withdraw(grade, withdrawal, cell):
    """A mark that a person set stands; it is the automatic one that changes."""
    points = withdrawal.points(float(cell.metadata["nbgrader"]["points"]))
    waits = grade.needs_manual_grade and grade.manual_score is not None
    if (grade.auto_score, grade.needs_manual_grade) == (points, waits):
        return False
    grade.auto_score, grade.needs_manual_grade = points, waits
    return True


def _by_cell(release, rules):
    """The withdrawals of an assignment by grade_id; a question that the present release lacks has none."""
    made = rules.withdrawn.get(release.assignment, {})
    names = {c.name for c in release.cells.values()}
    return {grade_id(release, question): w for question, w in made.items() if question in names}


class Settle(NbGraderPreprocessor):
    """The same within nbgrader's autograde, before its own AssignLatePenalties."""

    def preprocess(self, nb, resources):
        from .database import open_database
        from .nbgrader_plugin import kept_folder
        from .release import load_release

        own, course = resources["nbgrader"], Course.find()
        database = open_database(kept_folder(own["db_url"], self.config), own["db_url"])
        rules, release = Rules.of(course, database), load_release(course, own["assignment"])
        with api.Gradebook(own["db_url"]) as gradebook:
            settle_cells(gradebook.db, release, rules)
            submission = gradebook.find_submission(own["assignment"], own["student"])
            settle_points(gradebook.db, submission, release, rules)
            gradebook.db.commit()
        return nb, resources
