"""Tables for other tools: their columns, their numbers, and names that would be formulas."""

import csv
import io
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from courses import ROOT
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import CourseError
from autograder.exporters import EXPORTERS
from autograder.handback import export_grades
from autograder.spreadsheet import BOM, cell, number, write_csv

HOSTILE = {
    "=1+1": ("=HYPERLINK(\"https://attacker.invalid\",\"x\")", "+49 30", "=cmd|' /C calc'!A1"),
    "-2+3": ("-x", "\t=1+1", "@SUM(A1)"),
    "@ann": ("O'Hara, \"Ann\"", "a\nb\r=1+1", "ann;=1+1@example.org"),
    "한글": ("김", "민수", "＝1+1"),
    "plain": ("", "", ""),
}  # fmt: skip
FORMULA = tuple("=+-@\t\r＝＋－＠")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A gradebook with two assignments: hostile names, a penalty, a manual and a negative score."""
    folder = tmp_path_factory.mktemp("exports")
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        for name, points in (("01_first", (3, 4)), ("02_second", (10,))):
            book.add_assignment(name, duedate=datetime(2026, 3, 9, 12))
            book.add_notebook(name, name)
            for i, most in enumerate(points):
                book.add_grade_cell(f"graded_{i}", name, name, max_score=most, cell_type="code")
        for student, (last, first, email) in HOSTILE.items():
            book.add_student(student, last_name=last, first_name=first, email=email)
        book.find_student("@ann").lms_user_id = "4711"
        for student, scores, penalty in (("=1+1", (3, 3.125), 1.5), ("-2+3", (-2, 0), 0), ("@ann", (1, 0.5), 9)):
            book.add_submission("01_first", student, timestamp=datetime(2026, 3, 9, 13))
            for i, score in enumerate(scores):
                book.find_grade(f"graded_{i}", "01_first", "01_first", student).auto_score = score
            book.find_submission_notebook("01_first", "01_first", student).late_submission_penalty = penalty
        book.add_submission("02_second", "한글")
        book.find_grade("graded_0", "02_second", "02_second", "한글").manual_score = 7
        book.find_grade("graded_0", "02_second", "02_second", "한글").extra_credit = 0.25
        book.db.commit()
    return folder


def table(out, format_, **settings):
    path = export_grades(out, format_, out / "table.csv", **settings)
    text = path.read_bytes().decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_has_nbgraders_columns_and_every_mark(out):
    header, *rows = table(out, "csv")
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        CsvExportPlugin(to=str(out / "stock.csv")).export(book)
    assert header == (out / "stock.csv").read_text().splitlines()[0].split(",")
    lines = {(r["assignment"], r["student_id"]): r for r in (dict(zip(header, row, strict=True)) for row in rows)}
    assert len(lines) == len(rows) == 2 * len(HOSTILE)
    late = lines["01_first", "'=1+1"]
    assert [late[k] for k in ("raw_score", "late_submission_penalty", "score", "max_score")] == [
        "6.13", "1.50", "4.63", "7.00"
    ]  # fmt: skip
    assert late["timestamp"] == "2026-03-09 13:00:00"
    assert late["duedate"] == "2026-03-09 12:00:00"
    below = lines["01_first", "'-2+3"]
    assert (below["raw_score"], below["score"]) == ("-2.00", "0.00"), "a negative number is a number"
    assert lines["01_first", "'@ann"]["score"] == "0.00", "a penalty takes nobody below 0"
    assert lines["02_second", "한글"]["score"] == "7.25"
    assert lines["02_second", "plain"]["score"] == "0.00"


def test_the_numbers_are_nbgraders_own(out):
    """Stock export, read line by line: our scores are its scores, rounded."""
    _, *rows = table(out, "csv", decimals=6)
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        for assignment, *_, most in rows:
            assert float(most) == book.find_assignment(assignment).max_score
        for a in book.assignments:
            ours = sorted(float(row[9]) for row in rows if row[0] == a.name)
            theirs = [max(0.0, s.score - s.late_submission_penalty) for s in a.submissions]
            theirs += [0.0] * (len(HOSTILE) - len(theirs))
            assert ours == pytest.approx(sorted(theirs))


def test_canvas_gets_its_columns(out):
    header, points, *rows = table(out, "canvas")
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "01_first", "02_second"]
    assert points == ["Points Possible", "", "", "", "", "7.00", "10.00"]
    assert [len(row) for row in rows] == [len(header)] * len(HOSTILE)
    ann = next(row for row in rows if row[2] == "'@ann")
    assert ann[1] == "4711"
    assert ann[0] == "O'Hara, \"Ann\", a b=1+1"
    korean = next(row for row in rows if row[2] == "한글")
    assert korean[0] == "김, 민수"
    assert korean[5:] == ["0.00", "7.25"]
    assert next(row for row in rows if row[2] == "plain")[0] == "plain", "a student without a name has their id"


def test_moodle_gets_its_columns(out):
    header, *rows = table(out, "moodle", missing="blank", decimals=1)
    assert header == ["First name", "Last name", "ID number", "Email address", "01_first", "02_second"]
    by_id = {row[2]: row for row in rows}
    assert by_id["한글"] == ["민수", "김", "한글", "'＝1+1", "", "7.3"]
    assert by_id["'=1+1"][4:] == ["4.6", ""]


@pytest.mark.parametrize("format_", EXPORTERS)
def test_nothing_is_a_formula(out, format_):
    for row in table(out, format_):
        for value in row:
            if value.startswith(FORMULA) or value.strip().startswith(FORMULA):
                assert float(value) < 0, f"{value!r} would be a formula"
            assert not set(value) & set("\n\r\t")


def test_the_texts_were_formulas_before(out):
    """Without the apostrophes, the same table has formulas in it: the test above can fail."""
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        assert sum(s.id.startswith(FORMULA) for s in book.students) == 3


def test_every_text_is_quoted_and_no_number_is(out):
    """Where a comma isn't the separator, a semicolon in a name would begin a new cell."""
    line = next(x for x in export_grades(out, "csv", out / "t.csv").read_text().splitlines() if "ann;" in x)
    assert '"ann;=1+1@example.org",1.50,9.00,0.00,7.00' in line


def test_a_mark_for_excel_only_on_request(out):
    assert not export_grades(out, "csv", out / "t.csv").read_text().startswith(BOM)
    assert export_grades(out, "csv", out / "t.csv", bom=True).read_text().startswith(BOM + '"assignment"')


def test_only_some_assignments(out):
    assert table(out, "canvas", assignments=["02_second"])[0][5:] == ["02_second"]
    with pytest.raises(CourseError, match="no assignment '03'.*'01_first', '02_second'"):
        table(out, "canvas", assignments=["03"])


@given(st.text())
def test_no_text_becomes_a_formula_or_two_cells(value):
    shown = cell(value)
    assert not shown.startswith(FORMULA)
    assert cell(shown) == shown
    if value.isprintable():
        assert shown.removeprefix("'") == value.strip().removeprefix("'")


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(2.675, 2, "2.68"), (-0.001, 2, "0.00"), (-1.5, 2, "-1.50"), (0.125, 2, "0.13"), (7, 0, "7"), (1e-7, 3, "0.000")],
)
def test_numbers_have_fixed_decimals(value, decimals, shown):
    assert str(number(value, decimals)) == shown


def test_a_table_is_whole_or_not_there(tmp_path):
    path = write_csv(tmp_path / "t.csv", [["old"]])

    def rows():
        yield ["new"]
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        write_csv(path, rows())
    assert path.read_bytes() == b'"old"\r\n'
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_takes_the_options(out):
    arguments = ["--format", "moodle", "--missing", "blank", "--decimals", "0", "--excel", "--out", str(out)]
    done = CliRunner().invoke(app, ["export", "02_second", *arguments])
    assert done.exit_code == 0, done.output
    assert (out / "moodle.csv").read_text().startswith(BOM + '"First name"')
    done = CliRunner().invoke(app, ["export", "03_third", "--out", str(out)])
    assert isinstance(done.exception, CourseError)
    assert "no assignment '03_third'" in str(done.exception)


def test_nbgraders_own_command_takes_the_plugins(out, tmp_path):
    program = [Path(sys.executable).parent / "nbgrader", "export", "--exporter=autograder.exporters.CanvasExporter"]
    where = [f"--to={tmp_path / 'theirs.csv'}", f"--db=sqlite:///{out / 'gradebook.db'}"]
    options = ["--CanvasExporter.decimals=1", "--assignment", '["02_second"]']
    done = subprocess.run([*program, *where, *options], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours = export_grades(out, "canvas", tmp_path / "ours.csv", decimals=1, assignments=["02_second"])
    assert (tmp_path / "theirs.csv").read_text() == ours.read_text()
