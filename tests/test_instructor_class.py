"""An instructor's decisions on a graded class: dates, extensions, penalties, withdrawn questions, appeals, backups."""

import csv
import json
import re
import shutil
import sqlite3
import zipfile

import pytest
from courses import ROOT, copy_course
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder import adjust, explain
from autograder.backups import backup, restore
from autograder.changes import AGAIN, RESUBMITTED
from autograder.cli import app
from autograder.course import CourseError
from autograder.database import open_database
from autograder.grade import Grader
from autograder.grading import Processes
from autograder.handback import write_feedback
from autograder.pool import Here
from autograder.release import load_release
from autograder.roster import Roster, import_roster
from autograder.samples import load_samples, write_submission
from autograder.settle import Rules
from autograder.shared import shared_processes
from autograder.totals import course_totals

ASSIGNMENT = "04_batch_normalization"
STUDENTS = ("perfect", "unbiased_variance", "float32_throughout")
LATE = "get_config().LatePenalty.percent = 10\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course, in which lateness costs 10 % a day."""
    copied = copy_course(tmp_path_factory.mktemp("course"))
    with (copied.root / "nbgrader_config.py").open("a") as file:
        file.write(LATE)
    return copied


@pytest.fixture(scope="module")
def processes(course):
    """One checker of that course; the process that runs student code is the test run's own."""
    made = Processes(course, zygote=shared_processes().zygote)
    yield made
    made._checker and made._checker.close()


@pytest.fixture(scope="module")
def class_of_three(course, processes, tmp_path_factory):
    """Graded once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("class")
    samples = {s.name: s for s in load_samples(ROOT / "samples" / ASSIGNMENT)}
    for name in STUDENTS:
        path = write_submission(course, name, ASSIGNMENT, samples[name].text, folder / "submitted")
        path.with_name("timestamp.txt").write_text("2026-03-10 13:00:00 UTC")
    grade(course, processes, folder)
    return folder


@pytest.fixture
def folder(class_of_three, tmp_path):
    shutil.copytree(class_of_three, tmp_path / "class", symlinks=True)
    return tmp_path / "class"


@pytest.fixture
def database(folder):
    return open_database(folder)


def grade(course, processes, folder, **more):
    done = Grader(course, folder / "submitted", folder).grade([ASSIGNMENT], pool=Here(processes), **more)
    return {s.student: s for s in done}


def in_gradebook(folder):
    """{student: (score, max_score, penalty, extension)} as nbgrader has them."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        return {
            s.student.id: (s.score, s.max_score, s.late_submission_penalty, s.extension)
            for s in book.assignment_submissions(ASSIGNMENT)
        }


def page(course, folder, student):
    write_feedback(course, [ASSIGNMENT], folder)
    html = (folder / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text()
    return " ".join(re.sub("<[^>]+>", "", html).split())


def test_lateness_costs_what_the_rule_says_and_a_regrade_keeps_to_it(course, processes, folder, database, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course.root))
    before = in_gradebook(folder)
    adjust.set_due(course, database, ASSIGNMENT, adjust.read_time("2026-03-09 12:00"))
    adjust.extend(course, database, "unbiased_variance", ASSIGNMENT, until="2026-03-10 14:00 Europe/Berlin")
    after = in_gradebook(folder)
    assert after["perfect"][2] == pytest.approx(0.2 * before["perfect"][0])  # 25 hours: the second day has begun
    assert after["unbiased_variance"][2] == 0
    assert after["unbiased_variance"][3].total_seconds() == 25 * 3600
    again = grade(course, processes, folder, regrade=True, students=["perfect"])["perfect"]
    assert in_gradebook(folder) == after
    assert (again.score, again.late_penalty, again.counts) == (39, 7.8, 31.2)
    says = page(course, folder, "perfect")
    assert "2 days begun, 10 % each: 20 % of 39 points: 7.8 points are taken off, 31.2 are left" in says
    assert "due 2026-03-09 12:00 UTC and handed in 2026-03-10 13:00 UTC, 1 day 1 h late" in says
    adjust.set_due(course, database, ASSIGNMENT, None)
    assert in_gradebook(folder) == before  # nbgrader fails on an extension of no due date, so it goes too


def test_a_penalty_follows_a_mark_by_hand(course, processes, folder, database):
    adjust.set_due(course, database, ASSIGNMENT, adjust.read_time("2026-03-10 12:00"))
    by_hand(folder, "perfect", "graded_batch_norm_forward", 0.0)
    done = grade(course, processes, folder)["perfect"]
    assert done.cached
    assert (done.score, done.late_penalty) == (34, 3.4)


def test_a_time_that_cannot_be_read_costs_nothing_and_is_said(course, processes, folder, database):
    adjust.set_due(course, database, ASSIGNMENT, adjust.read_time("2026-03-09 12:00"))
    assert in_gradebook(folder)["perfect"][2]
    (folder / "submitted" / "perfect" / ASSIGNMENT / "timestamp.txt").write_text("2026-03-10 13:00 CEST")
    done = grade(course, processes, folder, students=["perfect"])["perfect"]
    assert "there is no time zone 'CEST'" in done.notes[0]
    assert done.late_penalty == in_gradebook(folder)["perfect"][2] == 0
    assert done.because == RESUBMITTED


def by_hand(folder, student, cell, score, comment="seen"):
    """What formgrader's own handlers do: a score, extra credit and a comment."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        grade = book.find_grade(cell, ASSIGNMENT, ASSIGNMENT, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        book.find_comment(cell.replace("graded", "answer"), ASSIGNMENT, ASSIGNMENT, student).manual_comment = comment
        book.db.commit()


def test_a_withdrawn_question_counts_for_everybody_or_nobody(course, processes, folder, database, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course.root))
    before = in_gradebook(folder)
    effect = adjust.withdraw(course, database, ASSIGNMENT, "group_norm", "full", "The text left it <b>open</b>.")
    assert effect.submissions == 3
    adjust.withdraw(course, database, ASSIGNMENT, "layer_norm", "none", "Not covered.")
    cells = load_release(course, ASSIGNMENT).cells
    worth = {q: float(cells[f"graded_{q}"].metadata["nbgrader"]["points"]) for q in ("group_norm", "layer_norm")}
    after = in_gradebook(folder)
    assert {max_score for _, max_score, *_ in after.values()} == {39 - worth["layer_norm"]}
    assert after["perfect"][0] == 39 - worth["layer_norm"]
    assert after["unbiased_variance"][0] == before["unbiased_variance"][0] + worth["group_norm"]
    again = grade(course, processes, folder, regrade=True, students=["unbiased_variance"])["unbiased_variance"]
    assert in_gradebook(folder) == after
    assert not again.changes
    assert {q["id"]: q["withdrawn"] for q in again.questions if q["withdrawn"]} == {
        "group_norm": "full", "layer_norm": "none"
    }  # fmt: skip
    says = page(course, folder, "unbiased_variance")
    assert f"group_norm was withdrawn. Whoever handed in has its full {worth['group_norm']:g} points" in says
    assert "layer_norm was withdrawn. It is left out of the total" in says
    for question in ("group_norm", "layer_norm"):
        assert not adjust.restore_question(course, database, ASSIGNMENT, question).unknown
    assert in_gradebook(folder) == before


def test_a_mark_by_hand_stands_when_a_question_is_withdrawn(course, folder, database):
    by_hand(folder, "perfect", "graded_group_norm", 1.0)
    effect = adjust.withdraw(course, database, ASSIGNMENT, "group_norm", "full", "Open.")
    assert effect.by_hand == ("perfect",)
    with Gradebook(database.url) as book:
        grade = book.find_grade("graded_group_norm", ASSIGNMENT, ASSIGNMENT, "perfect")
        assert (grade.score, grade.manual_score, grade.auto_score) == (1.0, 1.0, grade.max_score)


@pytest.mark.parametrize(
    ("question", "because", "says"),
    [("no_such", "x", "no question 'no_such' with points"), ("layer_norm", " ", "say why")],
)
def test_what_cannot_be_withdrawn(course, folder, database, question, because, says):
    with pytest.raises(CourseError, match=says):
        adjust.withdraw(course, database, ASSIGNMENT, question, "full", because)
    assert not (folder / "withdrawn.json").exists()


def test_grading_again_says_whose_mark_changed(course, processes, folder):
    """The question was too strict about float32: as the class was graded then, and as it is mended."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        for student, points in [("float32_throughout", 0.0), ("unbiased_variance", 3.0)]:
            book.find_grade("graded_batch_norm_forward", ASSIGNMENT, ASSIGNMENT, student).auto_score = points
        book.db.commit()
    by_hand(folder, "float32_throughout", "graded_batch_norm_forward", 4.0, "good enough")
    stored = (folder / "gradebook.db").read_bytes()
    grader = Grader(course, folder / "submitted", folder)
    found = {s.student: s for s in grader.compare([ASSIGNMENT], pool=Here(processes))}
    assert (folder / "gradebook.db").read_bytes() == stored
    change = {"question": "batch_norm_forward", "before": 0.0, "after": 5.0, "by_hand": 4.0}
    assert found["float32_throughout"].changes == [change]
    assert found["perfect"].changes == []
    assert (found["unbiased_variance"].before, found["unbiased_variance"].score) == (17, 14)

    done = {s.student: s for s in grader.grade([ASSIGNMENT], regrade=True, pool=Here(processes))}
    assert {k: (s.before, s.score, s.changes, s.because) for k, s in done.items()} == {
        k: (s.before, s.score, s.changes, AGAIN) for k, s in found.items()
    }
    rows = list(csv.DictReader(grader.changes_path.open()))
    assert [(r["student"], float(r["before"]), float(r["after"]), r["by_hand"]) for r in rows] == [
        ("float32_throughout", 0, 5, "4.0"), ("unbiased_variance", 3, 0, "")
    ]  # fmt: skip
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:  # what a person set has survived
        mark = book.find_grade("graded_batch_norm_forward", ASSIGNMENT, ASSIGNMENT, "float32_throughout")
        assert (mark.manual_score, mark.auto_score, mark.score, mark.needs_manual_grade) == (4.0, 5.0, 4.0, True)
        comment = book.find_comment("answer_batch_norm_forward", ASSIGNMENT, ASSIGNMENT, "float32_throughout")
        assert comment.comment == "good enough"
    assert not any(s.changes for s in grader.grade([ASSIGNMENT], pool=Here(processes)))
    assert grader.changes_path is None


def test_an_older_release_is_said(course, processes, folder):
    path = folder / "submitted" / "perfect" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = json.loads(path.read_text())
    notebook["metadata"]["autograder"]["release"] = "0123456789abcdef"
    notebook["cells"] = [c for c in notebook["cells"] if "zca_whiten" not in str(c["metadata"].get("nbgrader", ""))]
    path.write_text(json.dumps(notebook))
    done = grade(course, processes, folder, students=["perfect"])["perfect"]
    assert done.made_from == "0123456789abcdef"
    assert done.release == load_release(course, ASSIGNMENT).hash
    assert done.notes == ["made from the older release 0123456789abcdef"]
    assert [q["id"] for q in done.questions if not q["points"]] == ["zca_whiten"]
    text = (folder / "autograded" / "perfect" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text()
    assert "made from an older release" in text


def test_a_mark_is_replayed_with_its_numbers(course, processes, folder, monkeypatch):
    monkeypatch.setattr(explain, "shared_processes", lambda: processes)
    found = explain.explain(course, "unbiased_variance", "batch_norm_forward", folder / "submitted", folder)
    assert (found["stored"], found["same"], found["unchanged"]) == (0.0, True, True)
    value = found["properties"][0]
    assert [c["number"] for c in value["cases"]] == [1, 2]
    assert re.search(r"got -?[\d.]+, expected -?[\d.]+, [\d.]+ apart, [\d.]+ allowed", value["cases"][0]["apart"])
    assert set(value["cases"][0]["inputs"]) == {"x", "gamma", "beta", "eps"}
    assert found["nearest"][0]["id"] == found["mark"]["misconception"] == "unbiased_variance"
    text = explain.report(found)
    assert "The replay gives what was given: 0 points." in text
    assert "known mistake unbiased_variance" in text
    stored = folder / "autograded" / "unbiased_variance" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    stored.chmod(0o644)
    assert value["cases"][0]["expected"] not in stored.read_text()  # the student's page knows none of it
    with pytest.raises(CourseError, match="nothing was handed in by 'nobody'"):
        explain.explain(course, "nobody", "batch_norm_forward", folder / "submitted", folder)
    with pytest.raises(CourseError, match="no question"):
        explain.explain(course, "perfect", "no_such", folder / "submitted", folder)


def test_a_class_list_adds_and_mends_and_removes_nobody(folder, database):
    given = Roster({"perfect": {"first_name": "Ada"}, "new": {"email": "n@example.org"}}, {})
    planned = import_roster(database, given, dry_run=True)
    assert (list(planned.added), planned.changed) == (["new"], {"perfect": {"first_name": ("", "Ada")}})
    with Gradebook(database.url) as book:
        assert len(book.students) == 3
    assert import_roster(database, given) == planned
    again = import_roster(database, given)
    assert (again.added, again.changed, again.same) == ({}, {}, ["perfect", "new"])
    assert again.not_listed == ["float32_throughout", "unbiased_variance"]
    import_roster(database, Roster({"perfect": {}}, {}))
    with Gradebook(database.url) as book:
        assert len(book.students) == 4
        assert book.find_student("perfect").first_name == "Ada"


def test_a_backup_brings_back_what_a_person_did(course, processes, folder, database):
    by_hand(folder, "perfect", "graded_zca_whiten", 1.0, "kept")
    adjust.withdraw(course, database, ASSIGNMENT, "group_norm", "full", "Open.")
    made = backup(database)
    assert made.stat().st_mode & 0o077 == 0
    assert set(zipfile.ZipFile(made).namelist()) == {"gradebook.db", "secret", "withdrawn.json"}
    stored = in_gradebook(folder)
    by_hand(folder, "perfect", "graded_zca_whiten", 2.0, "spoilt")
    adjust.restore_question(course, database, ASSIGNMENT, "group_norm")
    kept = restore(database, made)
    assert in_gradebook(folder) == stored
    assert list(Rules.of(course, database).withdrawn[ASSIGNMENT]) == ["group_norm"]
    done = grade(course, processes, folder, students=["perfect"])["perfect"]
    assert not done.cached
    with Gradebook(database.url) as book:
        assert book.find_grade("graded_zca_whiten", ASSIGNMENT, ASSIGNMENT, "perfect").manual_score == 1.0
    restore(database, kept)
    with Gradebook(database.url) as book:
        assert book.find_grade("graded_zca_whiten", ASSIGNMENT, ASSIGNMENT, "perfect").manual_score == 2.0
    assert Rules.of(course, database).withdrawn == {}


def test_what_is_no_backup_changes_nothing(folder, database, tmp_path):
    before = (folder / "gradebook.db").read_bytes()
    (tmp_path / "text.db").write_text("no database")
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE x (y)").connection.close()
    (tmp_path / "cut.db").write_bytes(before[: len(before) // 2])
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("../gradebook.db", before)
    for name in ("text.db", "empty.db", "cut.db", "other.zip", "missing.db"):
        with pytest.raises(CourseError):
            restore(database, tmp_path / name)
    with pytest.raises(CourseError, match="is there already"):
        backup(database, folder / "gradebook.db")
    assert (folder / "gradebook.db").read_bytes() == before


def test_totals_take_penalties_off(course, folder, database):
    adjust.set_due(course, database, ASSIGNMENT, adjust.read_time("2026-03-10 12:00"))
    found, weights, waiting = course_totals(course, database)
    ada = next(t for t in found if t.student == "perfect")
    assert (ada.points, ada.max_points, ada.percent, weights, waiting) == (35.1, 39.0, 90.0, {}, 0)


def test_the_commands_say_what_was_done(course, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course.root))
    (tmp_path / "list.csv").write_text("id,first_name,last_name\nperfect,Ada,Lovelace\nkurt,Kurt,Gödel\n")

    def run(*arguments):
        done = CliRunner().invoke(app, [*map(str, arguments), "--out", str(folder)])
        if isinstance(done.exception, Exception):
            raise done.exception
        return " ".join(done.output.split())

    assert "id from 'id', first_name from" in run("roster", tmp_path / "list.csv", "--submitted", folder / "submitted")
    assert f"{ASSIGNMENT} 2026-03-10 12:00 UTC 3 3" in run("due", ASSIGNMENT, "2026-03-10 12:00")
    assert run("extend", "perfect", ASSIGNMENT, "--days", 2) == f"perfect, {ASSIGNMENT}: 2 days more"
    assert f"{ASSIGNMENT} 2026-03-10 12:00 UTC 3 2 perfect: 2 days more" in run("due")
    says = run("withdraw", ASSIGNMENT, "layer_norm", "--as", "none", "--because", "Not covered.")
    assert says == "layer_norm is withdrawn: it is out of the total, in 3 submissions"
    assert run("withdraw", ASSIGNMENT, "layer_norm", "--undo") == "layer_norm counts again, for 3 submissions"
    says = run("totals")
    assert "perfect Ada Lovelace 39 39 39 100.0" in says
    assert "kurt Kurt Gödel missing 0 39 0.0" in says
    made = run("backup", "--to", tmp_path / "kept.zip")
    assert made == str(tmp_path / "kept.zip")
    assert "what was there is kept as" in run("restore", made)
    for misuse, says in [
        (["extend", "perfect", ASSIGNMENT], "--days, --until or --remove"),
        (["extend", "perfect", ASSIGNMENT, "--until", "Friday"], "'Friday' is no time"),
        (["due", ASSIGNMENT, "Friday"], "'Friday' is no time"),
        (["withdraw", ASSIGNMENT, "layer_norm"], "--as full, --as none, or --undo"),
        (["restore", "missing.zip"], "there is no file"),
    ]:
        with pytest.raises(CourseError, match=says):
            run(*misuse)
