"""What every test run has in common: one thread, repeatable properties, topic marks, no unexplained skip."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported; small operations crawl on two busy threads

import sys
from pathlib import Path

# nbgrader starts `alembic` by name when a gradebook is made; it lies beside this Python
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

import hypothesis
import pytest
import torch

torch.set_num_threads(1)

# fixtures of a session are plugins: imported into two modules they would be made twice
pytest_plugins = ["pytester", "browser", "site_fixture", "postgres", "page_table"]

HERE = Path(__file__).parent
TOPICS = HERE.parent / "autograder" / "questions"
ALLOWED_SKIPS = pytest.StashKey[set]()

hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "course")


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="run the tests marked full too: minutes")


def pytest_configure(config):
    config.stash[ALLOWED_SKIPS] = read_allowed_skips(HERE / "allowed_skips.txt")
    config.addinivalue_line("markers", "full: takes minutes; runs in make test-full only")
    for folder in sorted(TOPICS.glob("[a-z]*/")):
        config.addinivalue_line("markers", f"{folder.name}: that chapter's questions and what they rest on")


def pytest_collection_modifyitems(config, items):
    """Leave the long tests out, as deselected rather than skipped, unless --full is given."""
    if config.getoption("--full"):
        return
    long = [item for item in items if item.get_closest_marker("full")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def read_allowed_skips(path):
    """The nodeids in a list of allowed skips. Raises UsageError for a line that gives no reason."""
    allowed = set()
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else [], start=1):
        nodeid, _, reason = (part.strip() for part in line.partition("#"))
        if nodeid and not reason:
            raise pytest.UsageError(f"{path.name}:{number}: {nodeid} may be skipped, but it doesn't say why")
        if nodeid:
            allowed.add(nodeid)
    return allowed


def fail_if_unlisted(report, allowed):
    """Turn a skip that is not on the list into a failure that says so. An expected failure is not a skip."""
    listed = report.nodeid in allowed or report.nodeid.partition("[")[0] in allowed
    if not report.skipped or hasattr(report, "wasxfail") or listed:
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = (
        f"{report.nodeid} was skipped ({reason.removeprefix('Skipped: ')}), which tests/allowed_skips.txt "
        "doesn't allow. Make the test run, or add a line there: nodeid  # reason"
    )
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    return fail_if_unlisted(report, item.config.stash[ALLOWED_SKIPS])


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    return fail_if_unlisted(report, collector.config.stash[ALLOWED_SKIPS])
