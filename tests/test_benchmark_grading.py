"""The benchmark of grading: its class is the same every time, its output what is promised, its page can show it."""

import importlib.util
import json
import subprocess
import sys

import nbformat
import pytest
from courses import ROOT

from autograder.course import Course

ASSIGNMENT = "04_batch_normalization"
PROMISED = {
    *("n", "assignment", "stock_seconds", "ours_seconds", "ratio", "marks_equal", "marginal_seconds"),
    *("student_compute_seconds", "stock_measured_on", "stock_extrapolated", "load"),
}

spec = importlib.util.spec_from_file_location("bench_grading", ROOT / "benchmarks" / "grading.py")
bench = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench)


def test_the_class_is_the_same_every_time_and_nobody_hands_in_the_same():
    made = [[nbformat.writes(nb) for _, nb in bench.notebooks(Course.find(), ASSIGNMENT, 4)] for _ in range(2)]
    sources = [[[c["source"] for c in json.loads(text)["cells"]] for text in one] for one in made]
    assert sources[0] == sources[1]
    assert len({json.dumps(one) for one in sources[0]}) == 4


def test_what_was_not_measured_lies_on_the_line_and_says_so():
    measured = {
        n: {"n": n, "stock_seconds": 3.0 * n + 4, "ours_seconds": 0.2 * n + 6, "regrade_seconds": 2.0}
        for n in (10, 100)
    }
    row = bench.along(measured, 1000)
    assert (row["n"], row["stock_seconds"], row["ours_seconds"]) == (1000, 3004.0, 206.0)
    assert row["ratio"] == round(3004 / 206, 2)
    assert row["ours_extrapolated"]
    assert row["stock_extrapolated"]


def test_recorded_rows_can_be_shown():
    stored = json.loads(bench.RESULTS.read_text())
    for row in stored["classes"]:
        assert set(row) >= PROMISED | {"commit", "date", "versions", "ours_extrapolated"}
        assert row["marks_equal"], row["differing"]


def test_processor_time_is_split(tmp_path):
    bench.hand_in(Course.find(), ASSIGNMENT, 2, tmp_path / "submitted")
    split = bench.processor_time(ASSIGNMENT, tmp_path / "submitted", tmp_path / "out")
    assert set(split) == {"pipeline", "student", "marginal"}
    assert 0 < split["pipeline"] < split["marginal"]


@pytest.mark.full
def test_a_small_run_prints_what_is_promised():
    command = [sys.executable, ROOT / "benchmarks" / "grading.py", "--n", "3", "--stock", "2", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    row = json.loads(done.stdout)
    assert set(row) >= PROMISED
    assert row["marks_equal"]
    assert row["stock_measured_on"] == 2
    assert row["stock_extrapolated"]
    assert row["regraded"] == 0
