"""Measured speed of grading, for the page that shows it: rows of benchmarks/results.json."""

import json
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.json"
PARTS = ("student_compute_seconds", "marginal_seconds", "pipeline_seconds")


def classes():
    """The largest measured class of every assignment, in order of assignments."""
    largest = {}
    for row in sorted(_stored("classes"), key=lambda row: row["n"]):
        largest[row["assignment"]] = row
    return [largest[name] for name in sorted(largest)]


def curve():
    """(assignment, rows): classes of one assignment by size, that with the most sizes."""
    found = {}
    for row in _stored("classes") + _stored("curve"):
        found.setdefault(row["assignment"], {})[row["n"]] = row
    assignment = max(found, key=lambda name: len(found[name]))
    return assignment, [found[assignment][n] for n in sorted(found[assignment])]


def alone():
    """One submission by itself, if it was measured."""
    return _stored("alone")


def soaks():
    """Long runs over mixed classes, the largest last."""
    return sorted(_stored("soak"), key=lambda row: row["n"])


def processor_seconds(row):
    """What one submission of this assignment costs, on all processors together."""
    return sum(row[part] for part in PARTS)


def core_hours(rows, students, assignments):
    """Hours of one processor for a whole course, each assignment at the mean cost of those measured."""
    mean = sum(map(processor_seconds, rows)) / len(rows)
    return students * assignments * mean / 3600


def _stored(kind):
    return json.loads(RESULTS.read_text()).get(kind, [])
