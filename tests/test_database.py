"""The gradebook in SQLite while another program writes, and in PostgreSQL while several people grade."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from courses import ROOT, autograder
from gradebooks import content, gradebook_in
from postgres import PASSWORD
from sqlalchemy import create_engine, text

from autograder import database
from autograder.course import Course, CourseError
from autograder.database import DatabaseError, open_database
from autograder.grade import Grader
from autograder.samples import load_samples, write_submission

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"
STUDENTS = ("perfect", "exception", "unbiased_variance")


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A small class, and what its gradebook says after a run of one grader into SQLite."""
    root = tmp_path_factory.mktemp("gradebooks")
    samples = {s.name: s for s in load_samples(ROOT / "samples" / ASSIGNMENT)}
    for name in STUDENTS:
        write_submission(COURSE, name, ASSIGNMENT, samples[name].text, root / "submitted")
    grade(root, "calm")
    return root, content(gradebook_in(root / "calm"))


def folder(root, name):
    """An --out whose course secret is that of all others."""
    (root / name).mkdir()
    (root / name / "secret").write_text("the same for every run\n")
    return root / name


def grade(root, name, db=None, progress=None, **options):
    out = root / name if (root / name).exists() else folder(root, name)
    return Grader(COURSE, root / "submitted", out, db=db).grade([ASSIGNMENT], progress=progress, **options)


# ---- SQLite


def locked(path):
    """Hold a gradebook as a program does that has begun to write and doesn't end."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def test_a_write_waits_for_another_program(classroom):
    root, calm = classroom
    holders = []

    def hold(*_):
        if not holders:
            holders.append(locked(root / "waits" / "gradebook.db"))
            threading.Timer(1.5, holders[0].close).start()

    assert all(s.status == "graded" for s in grade(root, "waits", progress=hold))
    assert content(gradebook_in(root / "waits")) == calm


def test_a_gradebook_that_stays_locked_ends_the_run_with_a_sentence_and_loses_nothing(classroom, monkeypatch):
    root, calm = classroom
    monkeypatch.setattr(database, "PATIENCE", 1)
    path, holders = root / "locked" / "gradebook.db", []
    with pytest.raises(DatabaseError, match="another program has been writing to it"):
        grade(root, "locked", progress=lambda *_: holders or holders.append(locked(path)))
    with pytest.raises(DatabaseError, match="another program has been writing to it"):
        grade(root, "locked")
    holders[0].close()
    again = grade(root, "locked")
    assert [s.cached for s in again] == [True, False, False]
    assert content(gradebook_in(root / "locked")) == calm


# ---- PostgreSQL


def start(root, out, url, *options):
    """`autograder grade` in a process of its own; the URL, which holds a password, comes from the environment."""
    command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--submitted", root / "submitted", "--out", out]
    environment = os.environ | {"AUTOGRADER_DB": url}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*map(str, command), *options], env=environment, cwd=ROOT, text=True, **pipes)


def tells_the_password(*texts):
    kept = (PASSWORD, PASSWORD.split("@")[0], "Zq7", "pass@word", "pass%40word")
    return [secret for secret in kept for each in texts if secret in each]


def test_two_graders_at_once_get_the_marks_that_one_gets(classroom, postgres):
    root, calm = classroom
    url = postgres("two_graders")
    outs = [folder(root, "first"), root / "second"]  # the second has no secret: it finds the first's
    open_database(outs[0], url).secret()
    graders = [start(root, out, url, "--json") for out in outs]
    said = [grader.communicate(timeout=300) for grader in graders]
    assert [grader.returncode for grader in graders] == [0, 0], said
    assert content(url) == calm
    assert (outs[1] / "secret").read_text() == (outs[0] / "secret").read_text()
    assert (outs[1] / "secret").stat().st_mode & 0o077 == 0
    for command in (["export"], ["feedback", ASSIGNMENT]):
        done = autograder(*command, "--out", outs[0], "--db", url)
        assert done.returncode == 0, done.stderr
        said.append((done.stdout, done.stderr))
    rows = (outs[0] / "grades.csv").read_text().splitlines()
    assert len(rows) == 1 + len(STUDENTS)
    files = [path.read_bytes().decode("latin-1") for out in outs for path in out.rglob("*") if path.is_file()]
    assert not tells_the_password(*files, *(text for pair in said for text in pair))


def test_both_may_begin_with_nothing(postgres, tmp_path):
    url = postgres("nothing")
    made = [open_database(tmp_path / str(i), url) for i in range(4)]
    secrets = []

    def begin(one):
        one.out.mkdir()
        one.book().close()
        secrets.append(one.secret())

    threads = [threading.Thread(target=begin, args=(one,)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(secrets) == 4 and len(set(secrets)) == 1
    assert {(tmp_path / str(i) / "secret").read_text().strip() for i in range(4)} == set(secrets)


def test_a_killed_grader_holds_up_nobody_and_its_run_can_be_repeated(classroom, postgres):
    root, calm = classroom
    url = postgres("killed")
    killed = start(root, folder(root, "killed"), url)
    watch = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    patience = time.monotonic() + 200
    with watch.connect() as connection:
        held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        begun = text("SELECT to_regclass('submitted_assignment')")
        while not (connection.execute(begun).scalar() and connection.execute(held).scalar()):
            connection.rollback()
            assert time.monotonic() < patience and killed.poll() is None
            time.sleep(0.01)
    watch.dispose()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    for out in ("after", "killed"):
        assert all(s.status == "graded" for s in grade(root, out, url))
    assert content(url) == calm


def test_what_was_decided_holds_for_all_who_grade_there(postgres, tmp_path):
    """Extensions and withdrawn questions lie in the database, not beside the one who decided."""
    url = postgres("notes")
    one, other = (open_database(tmp_path / name, url) for name in ("one", "other"))
    assert other.note("withdrawn.json") == ""
    one.put_note("withdrawn.json", "[]")
    one.put_note("withdrawn.json", "[1]")
    assert other.note("withdrawn.json") == "[1]"
    assert not list(tmp_path.rglob("withdrawn.json"))


def test_another_courses_secret_is_refused(postgres, tmp_path):
    url = postgres("secrets")
    for name, secret in (("one", "a" * 64), ("two", "b" * 64)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "secret").write_text(f"{secret}\n")
    first, second = (open_database(tmp_path / name, url) for name in ("one", "two"))
    assert first.secret() == "a" * 64
    with pytest.raises(CourseError, match="not the secret of the gradebook postgresql://grader@"):
        second.secret()
    assert (tmp_path / "two" / "secret").read_text() == "b" * 64 + "\n"


def test_a_database_that_answers_nothing_or_no_is_one_sentence_without_the_password(classroom, postgres):
    root, _ = classroom
    url = postgres("refused")
    login, _, place = url.partition("@")
    port = place.partition("/")[0].rpartition(":")[2]
    other_password, closed = f"{login}x@{place}", url.replace(f":{port}/", ":1/")
    for wrong in (other_password, closed, f"{url}-that-is-not", f"{url}?sslmode=require"):
        with pytest.raises(DatabaseError, match="the gradebook postgresql://grader@127.0.0.1") as caught:
            open_database(root / "refused", wrong).book()
        assert not tells_the_password(str(caught.value))
        assert caught.value.__cause__ is None
    done = autograder("grade", "--submitted", root / "submitted", "--out", root / "refused", "--db", other_password)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "password authentication failed" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert not tells_the_password(done.stdout, done.stderr)


@pytest.mark.parametrize(
    "wrong", ["mysql://a:Zq7@h/b", "Zq7", "postgresql+psycopg2://a:Zq7@h/b", "sqlite://", "x://a:Zq7"]
)
def test_what_is_no_gradebooks_url_is_refused_and_not_repeated(wrong, tmp_path):
    with pytest.raises(CourseError, match="--db takes") as caught:
        open_database(tmp_path, wrong)
    assert not tells_the_password(str(caught.value))


def test_what_python_prints_of_it_has_no_password(tmp_path, postgres):
    url = postgres("printed")
    made = open_database(tmp_path, f"{url}?password=Zq7-other")
    assert not tells_the_password(repr(made), str(made), made.shown, made.redact(f"{made.url} Zq7-other"))
    with pytest.raises(DatabaseError) as caught:
        made.exists()  # the password in the query counts, and is wrong
    assert caught.value.__cause__ is None
    assert not tells_the_password(str(caught.value))
    with psycopg.connect(url) as connection:  # what would be printed by others is theirs
        assert connection.info.password == PASSWORD
