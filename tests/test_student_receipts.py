"""Receipts: the student's, the instructor's record, and what the feedback says: the same bytes, the same hash."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from courses import ROOT, autograder

from autograder.course import Course
from autograder.grade import Grader
from autograder.handback import write_feedback
from autograder.receipts import Record
from autograder.release import load_release, write_bundle
from autograder.samples import build, write_submission

COURSE = Course.find()
ASSIGNMENT = "01_generalization"
SOME = '# %% solution="mean_squared_error"\n\n# %% solution="cross_entropy"\n'


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Three hand-ins, one of them no notebook; then a second one by the first student."""
    root = tmp_path_factory.mktemp("class")
    submitted, out = root / "submitted", root / "grading"
    first = write_submission(COURSE, "ann", ASSIGNMENT, "", submitted)
    (first.parent / "timestamp.txt").write_text("2026-03-09 12:00:00 UTC")
    broken = submitted / "bea" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    broken.parent.mkdir(parents=True)
    broken.write_text("not a notebook")
    Grader(COURSE, submitted, out).grade([ASSIGNMENT])
    kept = root / "what ann kept.ipynb"
    kept.write_bytes(first.read_bytes())
    write_submission(COURSE, "ann", ASSIGNMENT, SOME, submitted)
    Grader(COURSE, submitted, out).grade([ASSIGNMENT])
    Grader(COURSE, submitted, out).grade([ASSIGNMENT], regrade=True)
    write_feedback(COURSE, [ASSIGNMENT], out)
    return out, kept, first, broken


def test_the_record_has_each_file_once_oldest_first(graded):
    out, kept, second, broken = graded
    found = [(e["student"], e["sha256"], e["bytes"]) for e in Record(out).lines]
    wanted = [("ann", kept), ("bea", broken), ("ann", second)]
    assert found == [(student, sha256(path), path.stat().st_size) for student, path in wanted]
    assert Record(out).lines[0]["handed_in"] == "2026-03-09 12:00:00 UTC"
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00", e["graded"]) for e in Record(out).lines)


def test_verify_settles_it(graded, tmp_path):
    out, kept, second, _ = graded
    done = autograder("receipt", kept, "--verify", "--out", out)
    assert done.returncode == 0
    assert f"ann handed in this very file for {ASSIGNMENT}, handed in 2026-03-09 12:00:00 UTC" in done.stdout
    changed = tmp_path / "changed.ipynb"
    changed.write_bytes(second.read_bytes() + b"\n")
    done = autograder("receipt", changed, "--verify", "--out", out)
    assert done.returncode == 1
    assert "no file with these bytes" in done.stdout


def test_the_feedback_says_which_file_was_graded(graded):
    out, kept, second, broken = graded
    pages = {s: (out / "feedback" / s / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text() for s in ("ann", "bea")}
    assert sha256(second) in pages["ann"]
    assert sha256(kept) not in pages["ann"]
    assert sha256(broken) in pages["bea"]


def test_a_record_that_was_cut_short_goes_on(graded, tmp_path):
    out, *_ = graded
    record = Record(tmp_path)
    record.path.write_bytes(Record(out).path.read_bytes() + b'{"student": "cut sho')
    known = len(Record(tmp_path).lines)

    class Job:
        student, assignment, notebook, files = "cy", ASSIGNMENT, b"{}", ()

    record.add(Job)
    assert [e["student"] for e in Record(tmp_path).lines[known:]] == ["cy"]


def test_a_students_receipt(tmp_path):
    path = tmp_path / "my work.ipynb"
    notebook = build(COURSE, ASSIGNMENT, SOME)
    path.write_text(json.dumps(notebook))
    os.utime(path, (0, 1_000_000_000))
    done = autograder("receipt", path, "--json")
    made = json.loads(done.stdout)
    unwritten = {c.name for c in load_release(COURSE, ASSIGNMENT).cells.values() if c.role == "answer"}
    assert made == {
        "file": "my work.ipynb", "assignment": ASSIGNMENT, "release": load_release(COURSE, ASSIGNMENT).hash,
        "current": True, "unwritten": sorted(unwritten - {"mean_squared_error", "cross_entropy"}),
        "saved": "2001-09-09 01:46:40+00:00", "bytes": path.stat().st_size, "sha256": sha256(path),
    }  # fmt: skip
    done = autograder("receipt", path)
    assert sha256(path) in done.stdout
    assert "not begun" in done.stdout


def test_a_receipt_for_something_else_says_so(tmp_path):
    done = autograder("receipt", tmp_path / "nothing.ipynb")
    assert done.returncode == 2
    assert "nothing.ipynb" in done.stderr
    done = autograder("receipt", ROOT / "README.md")
    assert done.returncode == 2
    assert "not a notebook" in " ".join(done.stderr.split())


def test_the_bundles_own_way_to_the_hash_gives_the_same(tmp_path):
    """The line in its README.txt, run as it stands there by a Python that has nothing installed."""
    with zipfile.ZipFile(write_bundle(COURSE, ASSIGNMENT, tmp_path / "x.zip")) as bundle:
        bundle.extractall(tmp_path)
    folder = tmp_path / ASSIGNMENT
    code = re.search(r'python -c "(.*)"', (folder / "README.txt").read_text())[1]
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.stdout.strip() == sha256(folder / f"{ASSIGNMENT}.ipynb")
