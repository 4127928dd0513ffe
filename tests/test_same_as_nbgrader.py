"""The gradebook's writer stores what nbgrader's own converters store: every row, every notebook, every file."""

import nbformat
import pytest
from courses import ROOT
from nbgrader.api import Gradebook
from stored import folders, tables

from autograder.course import Course
from autograder.grade import Grader
from autograder.nbgrader_plugin import run_converter
from autograder.release import generate
from autograder.samples import load_samples, write_submission

COURSE = Course.find()
SECRET = "the same for both\n"
SOME = 3  # students of each assignment; --full takes the whole sample class

pytestmark = pytest.mark.timeout(1200)


def by_nbgrader(root, assignment, out, students):
    """Graded by nbgrader's converters, with the same trusted execution plugged into them."""
    out.mkdir(exist_ok=True)
    (out / "secret").write_text(SECRET)
    directories = {
        "submitted_directory": str(root / "submitted"),
        "autograded_directory": str(out / "autograded"),
        "feedback_directory": str(out / "feedback"),
        "db_url": f"sqlite:///{out / 'gradebook.db'}",
    }
    if not (out / "gradebook.db").is_file():
        generate(COURSE, [assignment], out / "release", directories["db_url"])
    for student in students:
        run_converter("Autograde", COURSE, assignment, student, directories, force=True)


def by_us(root, assignment, out, regrade=False):
    out.mkdir(exist_ok=True)
    (out / "secret").write_text(SECRET)
    return Grader(COURSE, root / "submitted", out).grade([assignment], regrade=regrade)


def mark_by_hand(out, assignment, student):
    """What formgrader does: a score and a comment of a person's."""
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        notebook = book.find_submission_notebook(assignment, assignment, student)
        grade = min(notebook.grades, key=lambda g: g.name)
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        min(notebook.comments, key=lambda c: c.name).manual_comment = "seen"
        book.db.commit()


def furnish(folder, assignment):
    """Lay beside a notebook what students lay there: data, modules, pages, caches, a clock, another notebook."""
    (folder / "timestamp.txt").write_text("2026-03-01 12:30:00 UTC")
    (folder / "notes.txt").write_text("näheres\n")
    (folder / "page.html").write_text("<script>alert(1)</script>")
    (folder / "deeper").mkdir()
    (folder / "deeper" / "helper.py").write_text("x = 1\n")
    for name in ("__pycache__", ".ipynb_checkpoints"):
        (folder / name).mkdir()
        (folder / name / "left.txt").write_text("not taken along")
    nbformat.write(nbformat.v4.new_notebook(), folder / "scratch.ipynb")
    path = folder / f"{assignment}.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell("for i in range(1500):\n    print(i)"))
    notebook.cells.append(nbformat.v4.new_markdown_cell("<b>bold</b> and [a link](https://example.org)"))
    nbformat.write(notebook, path)


@pytest.mark.parametrize("assignment", COURSE.assignments)
def test_rows_and_notebooks_are_nbgraders(assignment, tmp_path, request):
    samples = load_samples(ROOT / "samples" / assignment)
    if not request.config.getoption("--full"):
        samples = samples[:: max(1, len(samples) // SOME)][:SOME]
    students = [s.name for s in samples]
    for sample in samples:
        write_submission(COURSE, sample.name, assignment, sample.text, tmp_path / "submitted")
    furnish(tmp_path / "submitted" / students[0] / assignment, assignment)
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    by_nbgrader(tmp_path, assignment, theirs, students)
    assert all(s.status == "graded" for s in by_us(tmp_path, assignment, ours))
    assert tables(ours) == tables(theirs)
    assert folders(ours) == folders(theirs)
    assert len(tables(ours)["grade"]) >= len(students)

    for out in (theirs, ours):
        mark_by_hand(out, assignment, students[0])
    by_nbgrader(tmp_path, assignment, theirs, students[:1])
    by_us(tmp_path, assignment, ours, regrade=True)
    assert tables(ours) == tables(theirs)
    assert any(dict(row)["needs_manual_grade"] for row in tables(ours)["grade"])
    assert folders(ours) == folders(theirs)
