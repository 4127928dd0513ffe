"""The course's people in their own tools, in a real browser: a student in JupyterLab, an instructor in formgrader."""

import hashlib
import html
import re

import nbformat
import pytest
from courses import copy_course
from lab_server import lab
from nbgrader.api import Gradebook
from playwright.sync_api import expect

from autograder.course import ROOT_VARIABLE, Course
from autograder.gradebook import COURSE_ID
from autograder.normalise import normalise_file
from autograder.release import load_release, write_source
from autograder.samples import write_submission

ASSIGNMENT, QUESTION = "01_generalization", "mean_squared_error"
COURSE = Course.find()
HALVED = next(m for m in COURSE.question(QUESTION).misconceptions if m.id == "halved")
POINTS = COURSE.question(QUESTION).points
STUB = 'raise NotImplementedError("write your code here, then delete this line")'
WRONG, RIGHT = "r = prediction - target\n    return (r**2).mean() / 2, r / r.size", (
    "r = prediction - target\n    return (r**2).mean(), 2 * r / r.size"
)


def answer(body):
    return f"def {QUESTION}(prediction, target):\n    {body}\n"


def notebook_text(body, more=""):
    """A submission as text: this body for the first question, the master's answers for the rest."""
    return f'# %% answer="{QUESTION}"\n{answer(body)}\n# %% solution="the rest"\n{more}'


@pytest.fixture
def page(chromium):
    """A page of a browser that reaches this computer only, and gives a slow machine time."""
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(60_000)
        context.route(re.compile(r"^https?://(?!127\.0\.0\.1[:/])"), lambda route: route.abort())
        yield context.new_page()


def sees(locator, text):
    """Wait until it says this, however it is broken into lines."""
    expect(locator).to_contain_text(text, timeout=60_000)


# ---- The student


def test_a_student_works_an_assignment_in_jupyterlab(page, tmp_path):
    """A wrong answer, the message that names the mistake, the right one, Validate, save: as `make lab` opens it."""
    work = tmp_path / "work"
    path = write_submission(COURSE, "one", ASSIGNMENT, notebook_text(STUB), work)
    home = tmp_path / "home"
    home.mkdir()
    with lab(tmp_path, home, f"--ServerApp.root_dir={path.parent}") as server:
        page.goto(server.url(f"lab/tree/{path.name}"))
        notebook = page.locator(".jp-NotebookPanel")
        notebook.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()

        def cell(text):
            return notebook.locator(".jp-CodeCell").filter(has_text=text).first

        def run(text):
            """Run the cell that holds this text, and wait for its number. Returns its outputs."""
            prompt = cell(text).locator(".jp-InputPrompt")
            before = prompt.inner_text()
            for attempt in range(5):  # what is pressed while JupyterLab still lays itself out may be lost
                cell(text).locator(".cm-content").click()
                expect(notebook.locator(".jp-mod-active").filter(has_text=text)).to_be_visible()
                page.keyboard.press("Shift+Enter")
                try:
                    expect(prompt).not_to_have_text(before, timeout=5_000)
                    break
                except AssertionError:
                    if attempt == 4:
                        raise
            expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)
            return cell(text).locator(".jp-OutputArea")

        def write(body):
            cell(f"def {QUESTION}").locator(".cm-content").click()
            page.keyboard.press("ControlOrMeta+A")
            page.keyboard.insert_text(answer(body))
            run(f"def {QUESTION}")

        graded = f'check("{QUESTION}")'
        run("from autograder import check")
        run("import numpy as np")
        sees(run(graded), f"{QUESTION} is not defined when this cell runs")
        write(STUB)
        sees(run(graded), "Not written yet")
        write(WRONG)
        outputs = run(graded)
        sees(outputs, f"{QUESTION}: 0 of {POINTS:g} points")
        sees(outputs, HALVED.says)
        write(RIGHT)
        sees(run(graded), f"{QUESTION}: {POINTS:g} of {POINTS:g} points")

        notebook.locator(".validate-button").click()
        dialog = page.locator(".jp-Dialog")
        sees(dialog, "Success! Your notebook passes all the tests.")
        dialog.get_by_role("button", name="OK").click()
        with page.expect_response(lambda r: r.request.method == "PUT" and "api/contents" in r.url) as saved:
            page.keyboard.press("ControlOrMeta+S")
        assert saved.value.ok
    cells = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in nbformat.read(path, 4).cells}
    assert cells[f"answer_{QUESTION}"].source.strip() == answer(RIGHT).strip()
    assert normalise_file(path, load_release(COURSE, ASSIGNMENT)).notices == [], "what JupyterLab saved is gradable"


# ---- The instructor

REMARK = "Half a convention."
CHEAT = '# %% after="given_setup"\ndef check(name):\n    return 3\n'
STUDENTS = {"halves": notebook_text(WRONG), "makes_its_own_check": CHEAT}


def test_an_instructor_grades_the_class_in_formgrader(page, tmp_path):
    """Generate, autograde, overrule, comment, give feedback, with formgrader's own buttons inside JupyterLab.

    One student replaces check() by a function that returns 3, which is 3 points a question to a kernel that runs
    both. That it is worth nothing here shows that the button went to the trusted executor.
    """
    course = copy_course(tmp_path)
    write_source(course, ASSIGNMENT)
    for student, text in STUDENTS.items():
        write_submission(course, student, ASSIGNMENT, text, tmp_path / "grading" / "submitted")
    home = tmp_path / "home"
    home.mkdir()
    with lab(tmp_path, home, **{ROOT_VARIABLE: str(tmp_path)}) as server:
        page.goto(server.url("lab"))
        page.locator(".lm-MenuBar-item", has_text="Nbgrader").click()
        page.locator(".lm-Menu-item", has_text=re.compile("^Formgrader$")).click()
        frame = page.frame_locator("#formgrader-iframe iframe")

        def row(text):
            return frame.locator("#main-table tr").filter(has_text=text)

        def press(button, says):
            """Press a button of formgrader's and confirm what its dialog says."""
            button.click()
            sees(frame.locator(".modal-body"), says)
            frame.locator(".modal-footer button").click()
            expect(frame.locator(".modal")).to_have_count(0)

        press(row(ASSIGNMENT).locator(".assign a"), f"Successfully created the student version of '{ASSIGNMENT}'")
        row(ASSIGNMENT).locator(".num-submissions a").click()
        for student in STUDENTS:
            button = row(student).locator(".autograde a")
            press(button, f"Successfully autograded '{ASSIGNMENT}' for student '{student}'")
        whole = max_score(course)
        expect(row("halves").locator(".score")).to_have_text(f"{whole - POINTS:g} / {whole:g}")
        expect(row("makes_its_own_check").locator(".score")).to_have_text(f"0 / {whole:g}")

        row("halves").locator(".student-name a").click()
        frame.locator("#main-table .name a").click()
        sees(frame.locator("body"), HALVED.says)
        type_into(page, frame.locator(f"#graded_{QUESTION}"), "2.5", "api/grade")
        type_into(page, frame.locator(f"#answer_{QUESTION}-comment"), REMARK, "api/comment")

        page.goto(server.url(f"formgrader/manage_submissions/{ASSIGNMENT}"))  # without JupyterLab around it
        frame = page
        expect(row("halves").locator(".score")).to_have_text(f"{whole - POINTS + 2.5:g} / {whole:g}")
        press(row("halves").locator(".generate-feedback a"), f"Successfully generated feedback for '{ASSIGNMENT}'")

    handed_in = tmp_path / "grading" / "submitted" / "halves" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    with Gradebook(f"sqlite:///{tmp_path / 'grading' / 'gradebook.db'}", COURSE_ID) as gradebook:
        stored = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "halves")
        (grade,) = [g for g in stored.grades if g.name == f"graded_{QUESTION}"]
        assert (grade.auto_score, grade.manual_score) == (0, 2.5)
        assert REMARK in [comment.comment for comment in stored.comments]
    feedback = tmp_path / "grading" / "feedback" / "halves" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    said = " ".join(feedback.read_text().split())
    for text in (REMARK, HALVED.says, hashlib.sha256(handed_in.read_bytes()).hexdigest()):
        assert html.escape(text, quote=False) in said
    assert f"(Score: {whole - POINTS + 2.5} / {whole})" in said


def type_into(page, field, text, address):
    """Fill in a field that saves itself when it is left."""
    field.fill(text)
    with page.expect_response(lambda r: r.request.method == "PUT" and address in r.url) as saved:
        field.press("Tab")
    assert saved.value.ok


def max_score(course):
    return sum(q.points for q in course.questions.values() if q.assignment == ASSIGNMENT)
