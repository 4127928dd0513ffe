"""What an attack may do to its notebook's file before it hands it in: each takes a World and the file's path."""

import json
import os


def _edit(path, change):
    notebook = json.loads(path.read_text())
    change(notebook)
    path.write_text(json.dumps(notebook))


def _own(notebook):
    return [c["metadata"]["nbgrader"] for c in notebook["cells"] if "nbgrader" in c["metadata"]]


def toggle_roles(world, path):
    """Every cell claims to be the opposite of what it is."""

    def change(notebook):
        for own in _own(notebook):
            own.update(grade=not own["grade"], solution=not own["solution"], locked=not own["locked"])

    _edit(path, change)


def raise_points(world, path):
    def change(notebook):
        for own in _own(notebook):
            if own["grade"]:
                own["points"] = "as many as there are"

    _edit(path, change)


def claim_points(world, path):
    """A cell of one's own that says it is a graded one."""

    def change(notebook):
        own = {"grade": True, "grade_id": "extra_credit", "locked": False, "points": 100, "schema_version": 3}
        metadata = {"nbgrader": {**own, "solution": True, "task": False}}
        cell = {"cell_type": "code", "source": "100", "id": "extra", "outputs": [], "execution_count": None}
        notebook["cells"].append({**cell, "metadata": metadata})

    _edit(path, change)


def take_the_graded_id(world, path):
    """The answer calls itself the graded cell, and there are two of those."""

    def change(notebook):
        for own in _own(notebook):
            if own["grade_id"] == "answer_batch_norm_forward":
                own.update(grade_id="graded_batch_norm_forward", grade=True, locked=True, points=5)

    _edit(path, change)


def nest_deeply(world, path):
    path.write_text(path.read_text()[:-1] + ', "x": ' + "[" * 100_000 + "]" * 100_000 + "}")


def write_a_long_number(world, path):
    path.write_text(path.read_text()[:-1] + ', "x": ' + "9" * 100_000 + "}")


def add_a_million_cells(world, path):
    path.write_text('{"cells": [' + ",".join(["{}"] * 300_000) + '], "metadata": {}, "nbformat": 4}')


def link_the_gradebook(world, path):
    (path.parent / "data.csv").symlink_to(world.grading / "gradebook.db")


def link_the_notebook(world, path):
    path.unlink()
    path.symlink_to(world.neighbour_path())


def hand_in_a_pipe(world, path):
    path.unlink()
    os.mkfifo(path)


def bring_modules(world, path):
    """Files beside the notebook that have the names of modules."""
    module = "import builtins\nbuiltins.shadowed = True\ndef __getattr__(name):\n    return lambda *a, **k: True\n"
    for name in ("torch", "pickle", "autograder"):
        (path.parent / f"{name}.py").write_text(module)
