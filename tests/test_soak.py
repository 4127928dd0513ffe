"""A class of everything through one run: every mark right, memory flat, nothing left behind."""

import json
import subprocess
import sys

import pytest
import soak
from courses import ROOT


def run(n, *options):
    command = [sys.executable, ROOT / "tests" / "soak.py", "--n", str(n), *options]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=ROOT)
    assert done.stdout, done.stderr[-3000:]
    figures = json.loads(done.stdout)
    print(done.stdout)
    assert figures["graded"] == n
    assert {kind for kind, count in figures["kinds"].items() if count >= n // 4} == set(figures["kinds"])
    assert not {what: figures[what] for what in soak.NOTHING if figures[what]}
    assert figures["largest_stored_bytes"] < 2**20
    return figures


def allowed(n):
    """MiB that a run may gain: some for the allocator, and 40 kB a submission, whose marks the report is made of."""
    return 10 + 0.04 * n


def test_a_mixed_class():
    assert run(40, "--seed", "1")["memory_mib"]["grown"] < allowed(40)


@pytest.mark.full
@pytest.mark.timeout(7200)
def test_two_thousand():
    assert run(2000, "--record")["memory_mib"]["grown"] < allowed(2000)
