"""The gradebook as a table: nbgrader export plugins for a CSV file, Canvas and Moodle.

    nbgrader export --exporter=autograder.exporters.CanvasExporter --to canvas.csv
    autograder export --format canvas

are the same. `--to`, `--assignment` and `--student` are nbgrader's; each class's own settings are its traits.
Penalties for lateness are taken off, as nbgrader's own export does. spreadsheet.py makes ids and names harmless.
"""

from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Enum, Int

from .marks import Mark, read_marks
from .spreadsheet import number, write_csv

MISSING = ("zero", "blank")


class TableExporter(ExportPlugin):
    """What the three have in common."""

    decimals = Int(2, min=0, max=6, help="how many decimals points are written with").tag(config=True)
    missing = Enum(MISSING, "zero", help="what stands for a student who handed nothing in").tag(config=True)
    bom = Bool(False, help="begin with a byte-order mark, by which Excel knows that it is UTF-8").tag(config=True)

    file_name = "grades.csv"

    def export(self, gradebook):
        """Write the file. Raises CourseError for an assignment or a student that the gradebook doesn't have."""
        marks = read_marks(gradebook, [str(a) for a in self.assignment], [str(s) for s in self.student])
        write_csv(self.to or self.file_name, self.rows(marks), self.bom)

    def rows(self, marks):
        """All rows of the table, its header first."""
        raise NotImplementedError

    def points(self, value):
        return number(value, self.decimals)

    def _score(self, marks, assignment, person):
        """What counts, or what stands for a missing one."""
        if mark := marks.found.get((assignment, person.id)):
            return self.points(mark.score)
        return self.points(0) if self.missing == "zero" else ""


class CsvExporter(TableExporter):
    """One line for each student and assignment, with the columns of nbgrader's own CSV export.

    Differs from that in three ways: fields are quoted, formulas are neutralised, points have a fixed count of decimals.
    """

    columns = (
        "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
        "late_submission_penalty", "score", "max_score",
    )  # fmt: skip

    def rows(self, marks):
        yield self.columns
        for assignment in marks.assignments:
            for p in marks.people:
                mark = marks.found.get((assignment, p.id))
                shown = mark or Mark(0.0)
                points = [self.points(v) for v in (shown.raw, shown.penalty, shown.score)]
                yield [
                    assignment,
                    marks.due[assignment] or "",
                    shown.timestamp or "",
                    p.id,
                    p.last_name,
                    p.first_name,
                    p.email,
                    *(points if mark or self.missing == "zero" else ("", "", "")),
                    self.points(marks.max_scores[assignment]),
                ]


class CanvasExporter(TableExporter):
    """One line for each student, to import in Canvas's gradebook.

    Canvas asks for the columns of its own export, in their order: Student, ID, SIS User ID, SIS Login ID and Section,
    then a column for each assignment, and a second row with the points possible. See "How do I import grades in the
    Gradebook?" in its instructor guide (community.canvaslms.com), and lib/gradebook_importer.rb, which reads the file,
    in github.com/instructure/canvas-lms. It finds a student by ID, which is nbgrader's `lms_user_id` where a roster
    gave one, then by SIS User ID, by SIS Login ID (both are the id that nbgrader has), then by name. It finds an
    assignment by its title, and offers to make one that it doesn't find. It compares scores to two decimals.
    """

    file_name = "canvas.csv"

    def rows(self, marks):
        yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *marks.assignments]
        yield ["Points Possible", "", "", "", "", *(self.points(s) for s in marks.max_scores.values())]
        for p in marks.people:
            name = ", ".join(filter(None, (p.last_name, p.first_name))) or p.id
            yield [name, p.lms_user_id, p.id, p.id, "", *(self._score(marks, a, p) for a in marks.assignments)]


class MoodleExporter(TableExporter):
    """One line for each student, to import in Moodle's gradebook as a CSV file.

    Moodle's import takes the format of its own export, and asks which column is which: see "Grade import" in Moodle's
    documentation (docs.moodle.org) and grade/import/csv/classes/load_data.php in github.com/moodle/moodle. Map from
    "ID number" to useridnumber or username, or from "Email address" to useremail, and each assignment to its grade
    item. A grade item that Moodle makes itself has a maximum of 100, so make them first. An empty cell is no grade.
    """

    file_name = "moodle.csv"

    def rows(self, marks):
        yield ["First name", "Last name", "ID number", "Email address", *marks.assignments]
        for p in marks.people:
            scores = (self._score(marks, a, p) for a in marks.assignments)
            yield [p.first_name, p.last_name, p.id, p.email, *scores]


EXPORTERS = {"csv": CsvExporter, "canvas": CanvasExporter, "moodle": MoodleExporter}
