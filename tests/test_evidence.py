"""Recorded results: they belong to the code that is here, and a sample of each can be computed again."""

import json

import pytest
from site_fixture import ROOT
from tnn import evidence

SCRIPTS = evidence.scripts()


def every_script():
    return pytest.mark.parametrize("name", SCRIPTS)


@every_script()
def test_a_result_is_recorded_with_this_code(name):
    assert evidence.load(name).rows


@every_script()
def test_a_script_declares_what_it_needs(name):
    script = evidence.load_script(SCRIPTS[name])
    assert script.__doc__
    json.dumps(script.PROTOCOL)
    found = evidence.load(name)
    assert found.protocol == script.PROTOCOL
    evidence.check_rows(found.rows, script.KEYS)


@every_script()
def test_a_sample_comes_out_as_recorded(name):
    script = evidence.load_script(SCRIPTS[name])
    rows = script.sample(script.PROTOCOL)
    assert rows
    assert evidence.differences(rows, evidence.load(name).rows, script.KEYS, evidence.tolerance(script)) == []


def test_no_result_is_left_without_its_script():
    results = ROOT / "book" / "evidence" / "results"
    assert {path.stem for path in results.glob("*.json")} <= set(SCRIPTS)


# The machinery, on a course of its own ------------------------------------------------------------------------

SCRIPT = '''"""Squares."""

from tnn import evidence, toys

PROTOCOL = {"n": 3}
KEYS = ("i",)


def compute(protocol):
    return [{"i": i, "square": toys.square(float(i))} for i in range(protocol["n"])]


if __name__ == "__main__":
    evidence.main(__file__)
'''
TOYS = '''"""Arithmetic."""

from autograder.reference import powers


def square(x):
    return powers.power(x, 2)
'''


@pytest.fixture
def course(tmp_path, monkeypatch):
    files = {
        "book/evidence/09_squares.py": SCRIPT,
        "book/tnn/toys.py": TOYS,
        "book/tnn/other.py": "x = 1\n",
        "autograder/reference/powers.py": "def power(x, n):\n    return x**n\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr("tnn.__path__", [str(tmp_path / "book" / "tnn"), str(ROOT / "book" / "tnn")])
    here = [str(tmp_path / "autograder" / "reference"), str(ROOT / "autograder" / "reference")]
    monkeypatch.setattr("autograder.reference.__path__", here)
    return tmp_path


def edit(course, name, old, new):
    text = (course / name).read_text()
    assert old in text
    (course / name).write_text(text.replace(old, new))


def record(course):
    return evidence.record(course / "book" / "evidence" / "09_squares.py", course)


def test_a_result_is_recorded_and_loaded(course):
    assert "recorded for the first time" in record(course)
    found = evidence.load("09_squares", course)
    assert found.column("square") == [0.0, 1.0, 4.0]
    assert found.where(i=2) == [{"i": 2, "square": 4.0}]
    assert found.protocol == {"n": 3}
    assert found.versions.keys() == {"python", "numpy", "torch"}
    assert "as before" in record(course)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("book/evidence/09_squares.py", '"n": 3', '"n": 4'),
        ("book/tnn/toys.py", "powers.power(x, 2)", "powers.power(x, 2.0)"),
        ("autograder/reference/powers.py", "x**n", "pow(x, n)"),
    ],
)
def test_changed_code_makes_a_result_stale(course, name, old, new):
    record(course)
    edit(course, name, old, new)
    with pytest.raises(evidence.StaleError, match=name):
        evidence.load("09_squares", course)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("book/evidence/09_squares.py", "Squares.", "The squares of small numbers."),
        ("book/tnn/toys.py", "def square(x):\n", "# Easy.\ndef square(x):\n    \"\"\"x times x.\"\"\"\n"),
        ("book/tnn/toys.py", "powers.power(x, 2)", "powers.power(\n        x,\n        2,\n    )"),
        ("book/tnn/other.py", "1", "2"),
    ],
)  # fmt: skip
def test_words_layout_and_other_code_do_not(course, name, old, new):
    record(course)
    edit(course, name, old, new)
    assert evidence.load("09_squares", course).rows


def test_nothing_recorded_is_said(course):
    with pytest.raises(evidence.StaleError, match="python -m tnn.evidence 09_squares"):
        evidence.load("09_squares", course)


def test_rows_that_differ_are_named(course):
    record(course)
    rows = evidence.load("09_squares", course).rows
    assert evidence.differences([{"i": 2, "square": 4.0 + 1e-9}], rows, ["i"], 1e-6) == []
    (line,) = evidence.differences([{"i": 2, "square": 4.1}], rows, ["i"], 1e-6)
    assert line == "square at (2,): 4.1, recorded 4.0"
    with pytest.raises(KeyError):
        evidence.differences([{"i": 7, "square": 49.0}], rows, ["i"], 1e-6)


@pytest.mark.parametrize("rows", [[{"i": 1}, {"i": 1}], [{"i": [1]}]])
def test_rows_must_be_plain_and_told_apart(rows):
    with pytest.raises(ValueError):
        evidence.check_rows(rows, ["i"])


def test_a_relative_import_is_refused(course):
    edit(course, "book/tnn/toys.py", "from autograder.reference import powers", "from . import other as powers")
    with pytest.raises(ValueError, match="relative import"):
        record(course)


@pytest.mark.parametrize(("seconds", "text"), [(48.2, "48 s"), (2040, "34 min"), (9000, "2.5 h")])
def test_times_are_for_people(seconds, text):
    assert evidence.duration(seconds) == text
