"""Runs notebooks where nothing is installed but what a bundle asks for. A script: no other test code is at hand.

Each line of standard input is {"notebook": path, "answers": {grade_id: source}}; each line of output says what came of
running its code cells once, in order, those with an error included.
"""

import contextlib
import importlib.metadata
import io
import json
import os
import re
import sys
import warnings
from pathlib import Path


def normal(name):
    return re.sub("[-_.]+", "-", name).lower()


def brought_along(names):
    """The distributions that these need, and theirs, and so on."""
    found, queue = set(), [normal(name) for name in names]
    while queue:
        if (name := queue.pop()) not in found:
            found.add(name)
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                needs = importlib.metadata.requires(name) or []
                queue += [normal(re.match(r"[\w.-]+", need)[0]) for need in needs if "extra ==" not in need]
    return found


class Only:
    """One of Python's finders, for which every package that isn't brought along doesn't exist."""

    def __init__(self, finder, missing):
        self.finder, self.missing = finder, missing

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in self.missing else self.finder.find_spec(name, path, target)


def hide_all_but(requirements):
    allowed, provided = brought_along(requirements), importlib.metadata.packages_distributions()
    missing = {module for module, by in provided.items() if not allowed & {normal(name) for name in by}}
    sys.meta_path[:] = [Only(finder, missing | {"autograder", "tnn"}) for finder in sys.meta_path]


def run(notebook, answers):
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    os.chdir(Path(notebook).parent)
    namespace, errors, printed = {"__name__": "__main__"}, [], io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for cell in (c for c in cells if c["cell_type"] == "code"):
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            source = answers.get(grade_id, "".join(cell["source"]))
            try:
                exec(compile(source, f"<{grade_id}>", "exec"), namespace)
            except Exception as error:
                errors.append([grade_id, type(error).__name__, str(error)])
    said = {"errors": errors, "printed": printed.getvalue(), "warnings": [str(w.message) for w in warned]}
    return said | {"imported": sorted(m for m in sys.modules if "." not in m)}


if __name__ == "__main__":
    os.environ["MPLBACKEND"] = "agg"
    hide_all_but(sys.argv[1:])
    import torch

    torch.set_num_threads(1)
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)
