"""Nothing of an answer or a hidden test leaves by any route: tokens planted in a copy are looked for everywhere."""

import base64
import gzip
import os
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from courses import autograder

from autograder.course import Course
from autograder.release import write_source
from autograder.samples import write_submission

ASSIGNMENT = "04_batch_normalization"
ANSWER, HIDDEN = "canaryAnswer7f3e91c2", "canaryHidden58d0ab46"
WRONG = """\
# %% answer="batch_norm_forward"
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    return x / 0 + missing_name
"""


def disguises(token):
    """A token as itself, reversed, in hexadecimal, and in base64 at each of its three alignments."""
    raw = token.encode()
    yield from (raw, raw[::-1], raw.hex().encode())
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        yield text[4 if shift else 0 : -2]  # the ends depend on the neighbours


def contents(path):
    """A file's bytes, and those of what is packed in it."""
    data = path.read_bytes()
    yield path.name.encode() + b"\0" + data
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield name.encode() + b"\0" + archive.read(name)
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    for start in (m.start() for m in re.finditer(rb"\x78[\x01\x9c\xda]", data)):
        try:
            yield zlib.decompressobj().decompress(data[start:], 10**7)
        except zlib.error:
            continue


def leaks(folder):
    """(file, token) for every planted token found under a folder, however disguised."""
    wanted = [(token, disguise) for token in (ANSWER, HIDDEN) for disguise in disguises(token)]
    paths = [p for p in ([folder] if Path(folder).is_file() else Path(folder).rglob("*")) if p.is_file()]
    return [(str(p), token) for p in paths for data in contents(p) for token, disguise in wanted if disguise in data]


@pytest.fixture(scope="module")
def planted(checkout):
    """A checkout whose every answer and question file holds a token."""
    root = checkout.root
    master = root / "solutions" / f"{ASSIGNMENT}.py"
    text = master.read_text()
    master.write_text(text.replace("    ### BEGIN SOLUTION\n", f"    ### BEGIN SOLUTION\n    _ = '{ANSWER}'\n"))
    assert master.read_text().count(ANSWER) >= 2
    for path in (root / "autograder" / "questions").rglob("*.py"):
        path.write_text(f'{path.read_text()}\n# {HIDDEN}\n_token = "{HIDDEN}"\n')
    (root / "autograder" / "questions").rename(root / "questions")
    (root / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").unlink()
    done = autograder("release", course=Course(root))
    assert done.returncode == 0, done.stderr
    return checkout, Course(root)


@pytest.mark.parametrize("disguise", list(disguises(ANSWER)))
def test_the_search_finds_what_it_looks_for(tmp_path, disguise):
    (tmp_path / "plain.txt").write_bytes(b"before" + disguise + b"after")
    (tmp_path / "packed.gz").write_bytes(gzip.compress(disguise))
    with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", disguise)
    assert len({path for path, _ in leaks(tmp_path)}) == 3


def test_base64_of_any_alignment_is_found(tmp_path):
    for shift in range(3):
        (tmp_path / f"{shift}.txt").write_bytes(base64.b64encode(b"x" * shift + ANSWER.encode() + b"yz"))
    assert len(leaks(tmp_path)) == 3


def test_release_and_bundle(planted):
    root = planted[0].root
    assert not leaks(root / "exercises")
    done = autograder("release", "--bundle", root / "bundle.zip", ASSIGNMENT, course=planted[1])
    assert done.returncode == 0, done.stderr
    assert not leaks(root / "bundle.zip")


def test_plain_generate_assignment(planted, tmp_path):
    checkout_, course = planted
    write_source(course, ASSIGNMENT)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    (checkout_.root / "grading").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", ASSIGNMENT, "--force",
         f"--CourseDirectory.release_directory={tmp_path}"],
        cwd=checkout_.root, env=os.environ | {"PATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*.ipynb"))
    assert not leaks(tmp_path)


def test_the_site(planted):
    done = planted[0].build()
    assert done.returncode == 0, done.stderr
    assert not leaks(planted[0].root / "build" / "site")


def test_feedback_and_what_is_stored(planted):
    root, course = planted[0].root, planted[1]
    write_submission(course, "untouched", ASSIGNMENT, "", root / "in")
    write_submission(course, "wrong", ASSIGNMENT, WRONG, root / "in")
    for arguments in (["grade", "--submitted", root / "in"], ["feedback"], ["export", "--format", "csv"]):
        done = autograder(*arguments, "--out", root / "graded", course=course)
        assert done.returncode == 0, done.stderr
        assert not any(token in done.stdout + done.stderr for token in (ANSWER, HIDDEN))
    assert list((root / "graded" / "feedback").rglob("*.html"))
    (root / "graded" / "gradebook.db").rename(root / "gradebook.db")  # the instructor's own
    assert not leaks(root / "graded")
