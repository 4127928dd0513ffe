"""Fixtures for tests of the book: the built site, and a checkout that a test may spoil."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tnn import site as builder

ROOT = Path(__file__).parents[1]


def pages_in_contents(folder="book/en/"):
    """The names of the pages that the contents list, in order, without their folder."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    chapters = [chapter for part in contents["parts"] for chapter in part["chapters"]]
    return [name.removeprefix(folder) for name in (contents["root"], *(chapter["file"] for chapter in chapters))]


@pytest.fixture(scope="session")
def site():
    """The folder of the built site, brought up to date first."""
    index, _ = builder.build(ROOT)
    return index.parent


class Checkout:
    """A copy of the repository's files, without what git ignores, and the builder's command line in it."""

    def __init__(self, root):
        self.root = root
        listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True,
                                capture_output=True, text=True).stdout.split("\0")
        for name in filter(None, listed):
            if (ROOT / name).is_file():  # a file deleted but not yet committed is still listed
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)

    def take_over_executions(self):
        """Give it what the repository's own build executed, so that a build here executes only what differs."""
        cache = self.root / "_build" / ".jupyter_cache"
        shutil.copytree(ROOT / "_build" / ".jupyter_cache", cache)
        with contextlib.closing(sqlite3.connect(cache / "global.db")) as database, database:
            database.execute("UPDATE nbcache SET uri = replace(uri, ?, ?)", (str(ROOT), str(self.root)))

    def build(self, *options):
        """Run the builder; returns the finished process, with its output as text."""
        environment = {**os.environ, "PYTHONPATH": str(self.root / "book")}
        return subprocess.run([sys.executable, "-m", "tnn.site", "build", *options], cwd=self.root,
                              env=environment, capture_output=True, text=True)

    def edit(self, name, old, new):
        """Replace `old`, which must be there, in one of the files."""
        path = self.root / name
        text = path.read_text()
        assert old in text, f"{name} no longer holds {old!r}"
        path.write_text(text.replace(old, new))

    def page(self, name):
        """The published HTML of a page."""
        return (self.root / "build" / "site" / f"{name}.html").read_text()


@pytest.fixture(scope="module")
def checkout(site, tmp_path_factory):
    """A copy of the repository that has executed the pages, as `site` has."""
    made = Checkout(tmp_path_factory.mktemp("checkout"))
    made.take_over_executions()
    return made
