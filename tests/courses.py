"""A copy of the course that a test may spoil."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from autograder.course import ROOT_VARIABLE, Course

ROOT = Path(__file__).parents[1]


def copy_course(folder):
    """Copy masters, releases, questions and samples into `folder`. Returns the Course there."""
    for name in ("solutions", "exercises", "samples"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "autograder" / "questions", folder / "questions")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return Course(folder)


def autograder(*arguments, course=None, cwd=None):
    """Run the `autograder` command as a user would. Returns the finished process, with its output as text."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path} | ({ROOT_VARIABLE: str(course.root)} if course else {})
    command = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd or ROOT, env=environment, capture_output=True, text=True)
