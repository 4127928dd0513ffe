"""The class report: its numbers are the gradebook's, its pages are inert and readable."""

import json
import re
from collections import Counter

import nbformat
import numpy as np
import pytest
from browser import accessibility_violations, opened
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import Course, CourseError
from autograder.grade import Grader
from autograder.master import Master
from autograder.release import load_release
from autograder.report import similar
from autograder.report.anonymous import pseudonym
from autograder.report.pages import MARKER, write_report
from autograder.samples import build, load_samples, write_submission
from autograder.submissions import GradedSubmission, note_outcome, state_path
from autograder.withdrawn import FILE, Withdrawal, write_withdrawn

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"
RUN = "window.ran = 1"
SCRIPT = f"</script></style></title><script>{RUN}</script>"
IMAGE = f'"><img src="https://attacker.invalid/x.png" onerror="{RUN}">'
ESCAPES = "\x1b[2J\x1b]0;title\x07 \x9b5n \u202eg"

HOSTILE = f"""\
# %% answer="batch_norm_forward"
def batch_norm_forward(*a, **k):
    raise type({IMAGE!r}, (Exception,), {{}})({SCRIPT!r} + {ESCAPES!r} + " by Zacharias Qvist, zq7")
# %% answer="batch_norm_inference"
import torch

def batch_norm_inference(*arguments):  # {SCRIPT} by zq7
    x, gamma, beta, mean, variance = (torch.as_tensor(a) for a in arguments[:5])
    return torch.nn.functional.batch_norm(x, mean, variance, gamma, beta, False, 0.1, *arguments[5:]).numpy()  # zq7
# %% after="answer_batch_norm_forward"
import os
os._exit(0)
# %% after="answer_batch_norm_inference"
class Stopped(Exception):
    pass

raise Stopped("{SCRIPT} by Zacharias Qvist")
"""
PEOPLE = {
    "zq7": ("Zacharias", "Qvist", "zq7@uni.example"),
    "perfect": (SCRIPT, IMAGE, f"{ESCAPES}@x"),
    "unbiased_variance": ("민수", "김", ""),
    "nobody_yet": ("Never", "Came", ""),
    IMAGE: ("", "", ""),
    "../../../up": ("", "", ""),
    "Nobody_Yet": ("", "", ""),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three that was really graded, one of them hostile, with a mark given by hand and a late one."""
    root = tmp_path_factory.mktemp("report")
    samples = {s.name: s.text for s in load_samples(COURSE.root / "samples" / ASSIGNMENT)}
    for student in ("perfect", "unbiased_variance"):
        write_submission(COURSE, student, ASSIGNMENT, samples[student], root / "submitted")
    folder = root / "submitted" / "zq7" / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(build(COURSE, ASSIGNMENT, HOSTILE), folder / "Zacharias Qvist.ipynb")
    done = Grader(COURSE, root / "submitted", root / "out").grade([ASSIGNMENT])
    assert all(s.status == "graded" for s in done)
    with Gradebook(f"sqlite:///{root / 'out' / 'gradebook.db'}") as book:
        for student, (first, last, email) in PEOPLE.items():
            book.update_or_create_student(student, first_name=first, last_name=last, email=email)
        grade = book.find_grade("graded_group_norm", ASSIGNMENT, ASSIGNMENT, "unbiased_variance")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.25, True
        book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "perfect").late_submission_penalty = 4
        book.db.commit()
    write_report(COURSE, root / "out")
    write_report(COURSE, root / "out", anonymous=True)
    return root / "out"


MISTAKES = {"halves": "You halved it & <b>doubled</b> it.", "transposed": "You transposed it."}


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A gradebook of forty students and two assignments with marks drawn at random, as grading would note them down."""
    out, rng = tmp_path_factory.mktemp("many"), np.random.default_rng(7)
    plan = {"01_generalization": {"a": (2, 1), "b": (3, 0.5), "c": (4, 2)}, ASSIGNMENT: {"d": (5, 1), "e": (1, 1)}}
    students = [f"s{i:02}" for i in range(40)]
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        for student in students:
            book.add_student(student)
        for assignment, questions in plan.items():
            book.add_assignment(assignment)
            book.add_notebook(assignment, assignment)
            for name, points in questions.items():
                book.add_grade_cell(f"graded_{name}", assignment, assignment, max_score=sum(points), cell_type="code")
            for student in rng.permutation(students)[:33]:
                book.add_submission(assignment, student)
                marks = [_mark(rng, *item) for item in questions.items()]
                for mark in marks:
                    grade = book.find_grade(f"graded_{mark['id']}", assignment, assignment, student)
                    grade.auto_score, grade.needs_manual_grade = mark["points"], False
                    if rng.random() < 0.1:
                        grade.manual_score, grade.extra_credit = float(rng.integers(3)), 0.5
                if rng.random() < 0.2:
                    book.find_submission_notebook(assignment, assignment, student).late_submission_penalty = 1.25
                status = "unreadable" if rng.random() < 0.1 else "graded"
                seconds = round(float(rng.gamma(2)), 3)
                kept = GradedSubmission(student, assignment, "r", status=status, seconds=seconds, questions=marks)
                kept.trusted_students = bool(rng.random() < 0.1)
                note_outcome(state_path(out, assignment, student), kept)
        book.db.commit()
    return out


def _mark(rng, name, points):
    value, other = rng.random() < 0.6, rng.random() < 0.7
    earned = [points[0] * value, points[1] * (value and other)]
    statuses = ["right" if value else "wrong", ("right" if other else "error") if value else "not counted"]
    status = "right" if sum(earned) == sum(points) else "partial" if value else rng.choice(["wrong", "unwritten"])
    wrong = "" if status in ("right", "unwritten") or rng.random() < 0.3 else rng.choice(list(MISTAKES))
    properties = [
        {"name": n, "points": e, "max_points": p, "status": s, "message": "", "detail": ""}
        for n, e, p, s in zip(("value", "edge"), earned, points, statuses, strict=True)
    ]
    return {
        "id": name, "points": sum(earned), "max_points": sum(points), "status": str(status),
        "misconception": str(wrong), "message": MISTAKES.get(wrong, "Something else."), "properties": properties,
        "flags": [], "stuck": "",
    }  # fmt: skip


# ---- the numbers, computed again from the database and from what grading noted down

ROWS = """
    SELECT a.name, s.student_id, replace(b.name, 'graded_', ''), c.max_score,
           coalesce(g.manual_score, g.auto_score, 0) + coalesce(g.extra_credit, 0)
    FROM grade g JOIN grade_cells c ON g.cell_id = c.id JOIN base_cell b ON b.id = c.id
    JOIN submitted_notebook n ON g.notebook_id = n.id JOIN submitted_assignment s ON n.assignment_id = s.id
    JOIN assignment a ON a.id = s.assignment_id
"""


def rows_of(out):
    """(assignment, student, question, maximum, points) of every grade, by SQL alone."""
    engine = create_engine(f"sqlite:///{out / 'gradebook.db'}")
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(ROWS))]
    engine.dispose()
    assert rows
    return rows


def outcomes_of(out, assignment):
    """{student: what grading noted down}."""
    return {p.stem: json.loads(p.read_text())["submission"] for p in (out / "state" / assignment).glob("*.json")}


@pytest.mark.parametrize("which", ["many", "graded"])
def test_the_numbers_are_the_gradebooks(which, request):
    out = request.getfixturevalue(which)
    data = write_report(COURSE, out).data
    rows = rows_of(out)
    totals = Counter()
    assert {a["assignment"] for a in data["assignments"]} == {row[0] for row in rows}
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        people = [s.id for s in book.students]
        for a in data["assignments"]:
            stored = book.find_assignment(a["assignment"])
            final = {s.student_id: max(0, s.score - s.late_submission_penalty) for s in stored.submissions}
            totals.update(final)
            assert {m["student"]: m["score"] for m in a["marks"]} == pytest.approx(final)
            assert {m["student"]: m["raw"] for m in a["marks"]} == {s.student_id: s.score for s in stored.submissions}
            assert (a["submissions"], a["students"], a["max_score"]) == (len(final), len(people), stored.max_score)
            assert set(a["not_handed_in"]) == set(people) - set(final)
            scores = list(final.values())
            assert a["mean"] == pytest.approx(np.mean(scores))
            assert a["quartiles"] == pytest.approx(np.percentile(scores, [25, 50, 75]))
            counts, edges = np.histogram(np.minimum(scores, a["max_score"]), bins=10, range=(0, a["max_score"]))
            assert [b["count"] for b in a["histogram"]] == counts.tolist()
            assert [b["from"] for b in a["histogram"]] == pytest.approx(edges[:-1])
            needing = {s.student_id for s in stored.submissions if s.needs_manual_grade}
            assert set(a["needs_manual"]) == needing
            the_questions_are_right(a, [row for row in rows if row[0] == a["assignment"]], out)
    assert {m["student"]: m["score"] for m in data["total"]["marks"]} == pytest.approx(
        {p: totals[p] for p in people}
    )
    most = sum(a["max_score"] for a in data["assignments"])
    assert data["total"]["max_score"] == most
    assert data["total"]["mean"] == pytest.approx(np.mean([totals[p] / most for p in people]))
    assert {m["student"]: m["share"] for m in data["total"]["marks"]} == pytest.approx(
        {p: totals[p] / most for p in people}
    )


def the_questions_are_right(a, rows, out):
    """Each question, property and mistake of one assignment's figures."""
    outcomes = outcomes_of(out, a["assignment"])
    read = {student for student, s in outcomes.items() if s["status"] == "graded"}
    noted = {(student, q["id"]): q for student, s in outcomes.items() for q in s["questions"]}
    points = {(student, question): earned for _, student, question, _, earned in rows}
    questions = sorted({row[2] for row in rows})
    table = np.array([[points[s, q] for q in questions] for s in sorted(read)])
    assert sorted(q["id"] for q in a["questions"]) == questions
    mistakes, written = Counter(), Counter()
    for q in a["questions"]:
        name = q["id"]
        mine = [row for row in rows if row[2] == name]
        assert q["n"] == len(mine)
        assert q["max_points"] == mine[0][3]
        assert q["mean"] == pytest.approx(np.mean([row[4] for row in mine]))
        assert q["share"] == pytest.approx(np.mean([row[4] / row[3] for row in mine]))
        found = [noted[s, name] for s in read]
        assert q["statuses"] == Counter(n["status"] for n in found)
        item = table[:, questions.index(name)]
        rest = table.sum(axis=1) - item
        assert q["discrimination"]["n"] == len(read)
        if len(read) < 10:
            assert q["discrimination"]["r"] is None
        else:
            assert q["discrimination"]["r"] == pytest.approx(np.corrcoef(item, rest)[0, 1])
        for p in q["properties"]:
            marked = [each for n in found for each in n["properties"] if each["name"] == p["name"]]
            assert p["statuses"] == Counter(each["status"] for each in marked)
            assert p["share"] == pytest.approx(np.mean([each["points"] / each["max_points"] for each in marked]))
        everyone = [n for (_, question), n in noted.items() if question == name]
        written[name] = sum(n["status"] in ("right", "partial", "wrong", "error", "stopped") for n in everyone)
        mistakes.update((name, n["misconception"]) for n in everyone if n["misconception"])
    assert {(m["question"], m["id"]): m["count"] for m in a["misconceptions"]} == mistakes
    assert [m["count"] for m in a["misconceptions"]] == sorted(mistakes.values(), reverse=True)
    for m in a["misconceptions"]:
        assert m["share"] == pytest.approx(m["count"] / written[m["question"]])
        assert m["answers"] == written[m["question"]]
        made = [s for (s, question), n in noted.items() if (question, n["misconception"]) == (m["question"], m["id"])]
        assert sorted(m["students"]) == sorted(made)
    seconds = [s["seconds"] for s in outcomes.values()]
    assert a["seconds"]["median"] == pytest.approx(np.median(seconds))
    assert a["seconds"]["longest"] == max(seconds)
    assert set(a["trusted_students"]) == {student for student, s in outcomes.items() if s["trusted_students"]}


def test_the_pages_say_what_the_figures_say(many):
    report = write_report(COURSE, many)
    for a in report.data["assignments"]:
        page = BeautifulSoup((many / "report" / f"{a['assignment']}.html").read_text(), "html.parser")
        tables = {t.parent.get("aria-label"): cells_of(t) for t in page.find_all("table")}
        marks = {row[0].split()[0]: row for row in tables["Everybody's marks"]}
        assert len(marks) == len(a["marks"])
        assert all(float(marks[m["student"]][1]) == pytest.approx(m["score"], abs=0.005) for m in a["marks"])
        assert f"for\n{len(a['trusted_students'])} of these submissions" in page.find(class_="note").text
        shown = [row[0] for row in tables["Known mistakes, the most frequent first"]]
        assert shown == [f"{100 * m['share']:.0f}\xa0%" for m in a["misconceptions"]]
        asked = {row[0]: row for row in tables["Questions"]}
        for q in a["questions"]:
            assert asked[q["id"]][2] == f"{100 * q['share']:.0f}\xa0%"
            assert float(asked[q["id"]][-2].replace("−", "-")) == pytest.approx(q["discrimination"]["r"], abs=0.006)
    person = report.data["total"]["marks"][0]
    page = BeautifulSoup((many / "report" / "students" / f"{person['student']}.html").read_text(), "html.parser")
    assert page.dd.text == f"{round(person['score'], 2):g} of {report.data['total']['max_score']:g}"


def cells_of(table):
    return [[c.text.strip(" \n") for c in row.find_all(["td", "th"])] for row in table.tbody.find_all("tr")]


def test_points_changed_since_have_no_old_details(many):
    """Where the gradebook's automatic points are another grading's, what that one noted down isn't shown."""
    student = next(s for s, kept in outcomes_of(many, ASSIGNMENT).items() if kept["status"] == "graded")
    path = state_path(many, ASSIGNMENT, student)
    before = path.read_text()
    noted = json.loads(before)
    for question in noted["submission"]["questions"]:
        question["points"] += 1
    try:
        path.write_text(json.dumps(noted))
        after = write_report(COURSE, many).data["assignments"]
    finally:
        path.write_text(before)
    usual = write_report(COURSE, many).data["assignments"]
    (after, usual) = (next(a for a in each if a["assignment"] == ASSIGNMENT) for each in (after, usual))
    assert after["without_detail"] == [student]
    assert usual["without_detail"] == []
    assert after["marks"] == usual["marks"]
    assert [q["detailed"] for q in after["questions"]] == [q["detailed"] - 1 for q in usual["questions"]]


def test_a_withdrawn_question_is_said_with_the_reason(many):
    """Its points are what the gradebook gives everybody; what was wrong with it is still known."""
    before = write_report(COURSE, many).data["assignments"][1]["questions"][0]
    withdrawal = Withdrawal(ASSIGNMENT, before["id"], "full", "It asked for <two> things.")
    try:
        (many / FILE).write_text(write_withdrawn({ASSIGNMENT: {before["id"]: withdrawal}}))
        found = write_report(COURSE, many).data["assignments"][1]["questions"][0]
        page = BeautifulSoup((many / "report" / f"{ASSIGNMENT}.html").read_text(), "html.parser")
    finally:
        (many / FILE).unlink()
    assert before["withdrawn"] is None
    assert found["withdrawn"] == {"counts": "full", "because": "It asked for <two> things."}
    assert found["statuses"] == before["statuses"]
    assert "It asked for <two> things." in page.find_all(class_="note")[-1].text


# ---- what is to be looked at


def test_stops_flags_and_marks_by_hand_are_named(graded):
    (a,) = write_report(COURSE, graded).data["assignments"]
    (stop,) = a["stops"]
    assert stop["student"] == "zq7"
    assert stop["times"] >= 1
    assert len([where for where in stop["where"] if where.startswith("a cell of their own: This cell ")]) >= 1
    flags = {f["question"]: f for f in a["flags"]}
    assert flags["batch_norm_inference"]["student"] == "zq7"
    assert "torch.nn.functional.batch_norm" in flags["batch_norm_inference"]["flags"][0]
    assert a["by_hand"] == a["needs_manual"] == ["unbiased_variance"]
    assert a["trusted_students"] == []
    assert {m["id"] for m in a["misconceptions"]} >= {"unbiased_variance"}
    assert sorted(a["not_handed_in"]) == sorted([IMAGE, "../../../up", "Nobody_Yet", "nobody_yet"])
    text = (graded / "report" / f"{ASSIGNMENT}.html").read_text()
    assert "You divided by the count minus one." in text
    assert "too few to say" in text


# ---- inert, readable, without names


ACTIVE = ["script", "img", "iframe", "object", "embed", "link", "base", "form", "audio", "video", "image", "use"]


def pages(folder):
    found = sorted(folder.rglob("*.html"))
    assert len(found) > 3
    return found


@pytest.mark.parametrize("name", ["report", "report_anonymous"])
def test_no_page_has_anything_active(graded, name):
    for path in pages(graded / name):
        text = path.read_text()
        page = BeautifulSoup(text, "html.parser")
        assert not page.find_all(ACTIVE)
        for tag in page.find_all(True):
            assert not [key for key in tag.attrs if key.startswith("on") or key in ("src", "style", "srcdoc")], tag
            assert re.match(r"$|#|[\w.-]+\.html|(\.\./|students/)[\w.-]+\.html", tag.get("href", "")), tag
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
        assert "default-src 'none'" in text
        assert text.count("<title>") == 1


def test_what_was_hostile_is_shown_as_text(graded):
    """The payloads are on the pages, so the test above has something to find."""
    assert "&lt;script&gt;" in (graded / "report" / "index.html").read_text()
    assert "&lt;img src" in (graded / "report" / "students" / "zq7.html").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_phone(graded, chromium, scheme):
    for path in (f"{ASSIGNMENT}.html", "index.html", "students/zq7.html"):
        with opened(chromium, graded / "report" / path, color_scheme=scheme) as (page, problems):
            assert page.evaluate("window.ran") is None
            assert accessibility_violations(page) == []
            page.set_viewport_size({"width": 360, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") == 360
            assert not problems


def test_the_anonymous_report_has_no_name_anywhere(graded):
    said = ["zq7", "Zacharias", "Qvist", "qvist", "민수", "김", "Never", "Came", "nobody_yet", "uni.example", "attack"]
    done = CliRunner().invoke(app, ["report", "--anonymous", "--json", "--out", str(graded)])
    assert done.exit_code == 0, done.output
    folder = graded / "report_anonymous"
    for path in [p for p in folder.rglob("*") if p.is_file()]:
        content = path.read_bytes() + path.name.encode()
        assert not [name for name in said if name.encode() in content], path
    assert not [name for name in said if name in done.stdout]
    named = "".join(p.read_text() for p in (graded / "report").rglob("*.html"))
    assert [name for name in said if name not in named] == ["qvist", "uni.example"], "the others are there to be hidden"
    data = json.loads(done.stdout)
    assert "You divided by the count minus one" in done.stdout, "what is the course's own stays"
    secret = (graded / "secret").read_text().strip()
    students = [m["student"] for m in data["total"]["marks"]]
    assert students == sorted(pseudonym(secret, s) for s in PEOPLE), "stable, and in an order that says nothing"
    assert pseudonym("another", "zq7") != pseudonym(secret, "zq7")
    named_total = write_report(COURSE, graded).data["total"]
    assert Counter(m["score"] for m in data["total"]["marks"]) == Counter(m["score"] for m in named_total["marks"])


# ---- files


def test_every_student_has_a_page_of_their_own_in_the_folder(graded):
    """Whatever the id is, and on a system that takes two names in other letters for one."""
    names = [path.name for path in (graded / "report" / "students").iterdir()]
    assert len(names) == len({name.lower() for name in names}) == len(PEOPLE)
    assert not list(graded.parent.glob("*.html"))
    assert all(re.fullmatch(r"[a-z0-9_.-]+\.html", name) for name in names)


def test_a_report_replaces_its_own_pages_and_no_others(graded, tmp_path):
    folder = graded / "report"
    stale, mine = folder / "students" / "gone.html", folder / "students" / "notes.html"
    stale.write_text(f"<head>{MARKER}</head>")
    mine.write_text("my notes")
    write_report(COURSE, graded)
    assert not stale.exists()
    assert mine.read_text() == "my notes"
    index = (folder / "index.html").read_text()
    try:
        (folder / "index.html").write_text("my page")
        with pytest.raises(CourseError, match="index.html was not written by this command"):
            write_report(COURSE, graded)
        assert (folder / "index.html").read_text() == "my page"
    finally:
        (folder / "index.html").write_text(index)
        mine.unlink()


def test_what_cannot_be_reported_is_said(graded, tmp_path):
    with pytest.raises(CourseError, match="no gradebook"):
        write_report(COURSE, tmp_path)
    with pytest.raises(CourseError, match=f"nothing is graded of 01_generalization; there is {ASSIGNMENT}"):
        write_report(COURSE, graded, ["01_generalization"])


# ---- similar answers

ONE = '''
def update(w, grad, lr=0.1, momentum=0.9, state=None):
    """Takes a step."""
    velocity = state["v"] if state else np.zeros_like(w)
    for i in range(3):
        velocity = momentum * velocity + grad  # the new one
        w = w - lr * velocity
    return w, {"v": velocity}
'''
RENAMED = '''
%time
def update(weights, g, rate = 0.1, mu = .9, memory: dict = None) -> tuple:
    v = memory['v'] if memory else np.zeros_like(weights)
    print("hello")
    for step in range(3):
        v = (mu*v + g)
        weights = weights - rate*v
    return (weights, {'v': v})
'''
OTHER = """
def update(w, grad, lr=0.1, momentum=0.9, state=None):
    steps = 3
    v = np.zeros(w.shape)
    if state is not None:
        v = v + state["v"]
    while steps:
        steps -= 1
        v *= momentum
        v += grad
        w = w - v * lr
    return w, dict(v=v)
"""
STUB = """
def update(w, grad, lr=0.1, momentum=0.9, state=None):
    '''Take three steps of gradient descent with momentum and return the weights and the new state.'''
    assert w.shape == grad.shape and lr > 0 and 0 <= momentum < 1 and (state is None or "v" in state)
    raise NotImplementedError("write your code here")
"""


def alike(*sources, stub="", solution=""):
    given = {f"s{i}": {"update": source} for i, source in enumerate(sources)}
    return [(g.students, g.published) for g in similar.groups(given, {"update": stub}, {"update": solution})]


def test_renamed_and_reformatted_is_alike_and_another_way_is_not():
    assert alike(ONE, RENAMED, OTHER) == [(["s0", "s1"], [])]
    assert similar.similarity(similar.shape(ONE), similar.shape(OTHER)) < 0.5


def test_one_changed_number_in_a_long_answer_is_nearly_alike():
    long = ONE + "".join(f"\ndef f{i}(x):\n    return np.tanh(x) + {i} * x ** 2 - x.sum(axis={i})\n" for i in range(9))
    assert alike(long, long.replace("range(3)", "range(4)")) == [(["s0", "s1"], [])]
    assert alike(ONE, ONE.replace("velocity = momentum * velocity + grad", "velocity = grad")) == []


def test_what_nearly_all_share_is_left_out():
    assert alike(STUB, STUB, stub=STUB) == []
    assert alike(STUB, STUB) != [], "the stub is long enough to count if it weren't known"
    short = "def f(x):\n    return np.maximum(x, 0)\n"
    assert alike(short, short) == []
    assert alike(*[ONE] * 6, *[OTHER] * 4) == [(["s6", "s7", "s8", "s9"], [])]


def test_the_published_solution_is_recognised():
    assert alike(ONE, RENAMED, solution=ONE) == [(["s0", "s1"], ["update"])]


@pytest.mark.parametrize(
    "source", ["(" * 5000, "-" * 15000 + "1", "1" + "+1" * 9000, "x = [" * 3000, "\0", "def", "a" * 50000, '"\\d"']
)
def test_no_source_stops_a_report(source):
    assert isinstance(similar.shape(source), tuple)


def test_the_masters_own_answers_are_long_enough_to_compare():
    """The rule about short answers leaves most of an assignment's answers in."""
    release = load_release(COURSE, ASSIGNMENT)
    master = Master(COURSE.master(ASSIGNMENT), COURSE.questions)
    answers = [c.name for c in release.cells.values() if c.role == "answer"]
    long = [a for a in answers if len(similar.shape(master.solution(a))) >= similar.SHORTEST]
    assert len(long) >= len(answers) - 2
