"""The rules of this folder's conftest.py, tried on small test files of their own."""

import shutil
from pathlib import Path

import hypothesis
import pytest
import torch

HERE = Path(__file__).parent

SKIPPING = """
import pytest

def test_runs():
    pass

@pytest.mark.skipif(True, reason="no accelerator")
def test_by_mark():
    pass

@pytest.mark.parametrize("n", [1, 2])
def test_by_call(n):
    pytest.skip("not today")

@pytest.mark.xfail
def test_expected_to_fail():
    raise ValueError
"""


@pytest.fixture
def trial(pytester, monkeypatch):
    """A function that runs one test file under a copy of conftest.py and a list of allowed skips."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    for name in ("conftest.py", "browser.py", "site_fixture.py", "postgres.py", "page_table.py"):
        shutil.copy(HERE / name, pytester.path)

    def run(test_file, allowed="", *options):
        (pytester.path / "allowed_skips.txt").write_text(allowed)
        pytester.makepyfile(test_it=test_file)
        return pytester.runpytest_inprocess("--strict-markers", *options)

    return run


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["one process", "workers"])
def test_a_skip_that_is_not_on_the_list_fails_the_run(trial, options):
    result = trial(SKIPPING, "test_it.py::test_by_mark  # needs an accelerator\n", *options)
    result.assert_outcomes(passed=1, skipped=1, failed=2, xfailed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*test_it.py::test_by_call?1? was skipped (not today)*allowed_skips.txt*"])


def test_a_skip_on_the_list_with_all_its_parameters_passes(trial):
    allowed = "# why\n\ntest_it.py::test_by_mark  # reason\ntest_it.py::test_by_call  # reason\n"
    result = trial(SKIPPING, allowed)
    result.assert_outcomes(passed=1, skipped=3, xfailed=1)
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("call", ["importorskip('no_such_module')", "skip('', allow_module_level=True)"])
def test_a_module_that_skips_itself_fails_the_run(trial, call):
    module = f"import pytest\n\npytest.{call}\n\ndef test_nothing():\n    pass\n"
    result = trial(module)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_it.py was skipped*"])
    assert trial(module, "test_it.py  # a reason").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_line_without_a_reason_is_refused(trial):
    result = trial(SKIPPING, "test_it.py::test_by_mark\n")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*allowed_skips.txt:1: test_it.py::test_by_mark*doesn't say why*"])


def test_long_tests_run_with_full_only(trial):
    long = "import pytest\n\n@pytest.mark.full\ndef test_long():\n    pass\n\ndef test_short():\n    pass\n"
    trial(long).assert_outcomes(passed=1, deselected=1)
    trial(long, "", "--full").assert_outcomes(passed=2)


def test_every_topic_is_a_mark(pytestconfig):
    marks = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    package = HERE.parent / "autograder"
    topics = {path.name for path in (package / "questions").glob("[a-z]*/")}
    assert "batch_normalization" in topics
    assert topics <= marks
    assert topics <= {path.stem for path in (package / "reference").glob("*.py")}


def test_everything_runs_on_one_thread_and_without_deadlines():
    assert torch.get_num_threads() == 1
    assert hypothesis.settings().deadline is None
