"""Where the time of grading one realistic submission of forty cells goes.

    python benchmarks/bench_submission.py [--rounds N] [--json]

Both sides run on one thread, alternating: this autograder cold (a process of its own, start-up included) and
warm (a second submission in the same process), and stock nbgrader with its own Execute, cold. Nothing is
cached: every grading is forced.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
CELLS = 40
ASSIGNMENT = "04_batch_normalization"
EXTRAS = (
    "rng = np.random.default_rng(0)\nx = rng.normal(size=(256, 8)) * 3 + 1\nx.mean(axis=0), x.std(axis=0)",
    "import matplotlib.pyplot as plt\nplt.hist(x[:, 0], bins=30)\nplt.xlabel('x')\nplt.show()",
    "import torch\nmodel = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(), "
    "torch.nn.Linear(16, 1))\noptimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
    "inputs, targets = torch.tensor(x, dtype=torch.float32), torch.tensor(x[:, :1], dtype=torch.float32)\n"
    "for step in range(100):\n    optimizer.zero_grad()\n    loss = ((model(inputs) - targets) ** 2).mean()\n"
    "    loss.backward()\n    optimizer.step()\nprint('loss', float(loss))",
    "print('shapes:', x.shape, inputs.shape)",
    "np.linalg.norm(x)",
)


def realistic(course):
    """The sample class's right answers, with cells of the student's own and text between, forty in all."""
    import nbformat

    from autograder.release import load_release
    from autograder.samples import build

    release = load_release(course, ASSIGNMENT)
    answers = [c.name for c in release.cells.values() if c.role == "answer"]
    notebook = build(course, ASSIGNMENT, "\n".join(f'# %% solution="{name}"\n' for name in answers))
    for i in range(max(5, CELLS - len(notebook.cells))):
        notebook.cells.append(nbformat.v4.new_code_cell(EXTRAS[i % len(EXTRAS)]))
    return notebook


def ours(submitted, out):
    """Grade two students in one process: the phases of the first, cold, and the wall time of the second."""
    start = time.perf_counter()
    from autograder import grading, nbgrader_plugin
    from autograder.course import Course
    from autograder.grade import Grader
    from autograder.release import load_release

    course = Course.find()
    imported = time.perf_counter()
    processes = nbgrader_plugin.shared_processes()
    processes.zygote.start()
    with processes.checker(ASSIGNMENT, "start") as checker:
        checker.cases(next(c.name for c in load_release(course, ASSIGNMENT).cells.values() if c.role == "graded"))
    started = time.perf_counter()
    inside, grade_notebook = [], grading.grade_notebook

    def timed(*args, **kwargs):
        begun = time.perf_counter()
        result = grade_notebook(*args, **kwargs)
        inside.append((time.perf_counter() - begun, result.cpu_seconds))
        return result

    grading.grade_notebook = timed
    grader = Grader(course, submitted, out)
    walls = []
    for student in ("first", "second"):
        begun = time.perf_counter()
        (graded,) = grader.grade([ASSIGNMENT], [student], regrade=True)
        assert graded.score == graded.max_score, graded
        walls.append(time.perf_counter() - begun)
    (_, _), (executor, compute) = inside
    return {
        "imports": imported - start,
        "processes": started - imported,
        "nbgrader": walls[1] - executor,
        "student": compute,
        "executor": executor - compute,
        "cold": started - start + walls[0],
        "warm": walls[1],
    }


def stock(root):
    """Stock nbgrader, one student, as its command runs it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, "--student", "first", "--force"],
        cwd=root, env=os.environ | {"PATH": path}, check=True, capture_output=True,
    )  # fmt: skip
    return time.perf_counter() - start


def prepare(root):
    """A class of two in a course folder that stock nbgrader can grade too. Returns the folder of submissions."""
    import nbformat

    from autograder.course import Course
    from autograder.release import generate

    course = Course.find()
    notebook = realistic(course)
    for student in ("first", "second"):
        path = root / "grading" / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    (root / "nbgrader_config.py").write_text(
        "from autograder.nbgrader_plugin import configure\nconfigure(get_config(), trusted=False)\n"
    )
    generate(course, [ASSIGNMENT], root / "release", f"sqlite:///{root / 'grading' / 'gradebook.db'}")
    (root / "build" / "source" / ASSIGNMENT).mkdir(parents=True)
    return len(notebook.cells), root / "grading" / "submitted"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(ours(*options.one)))
        return
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        cells, submitted = prepare(root)
        for i in range(options.rounds):
            command = [sys.executable, __file__, "--one", str(submitted), str(root / f"out{i}")]
            split = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            rounds.append(split | {"stock": stock(root)})
    median = {k: round(statistics.median(r[k] for r in rounds), 3) for k in rounds[0]}
    report = {"cells": cells, "rounds": options.rounds, "load": os.getloadavg()[0], "seconds": median}
    report["cold_ratio"] = round(median["cold"] / median["stock"], 2)
    report["warm_ratio"] = round(median["warm"] / median["stock"], 2)
    if options.json:
        print(json.dumps(report, indent=1))
        return
    print(f"one submission of {cells} cells, median of {options.rounds} rounds, load average {report['load']:.1f}")
    for key, label in (
        ("imports", "start-up: imports"), ("processes", "start-up: zygote and checker"),
        ("nbgrader", "nbgrader: converters and gradebook"),
        ("student", "the student's own compute"), ("executor", "ours: sandbox, checker, transport"),
        ("cold", "all, cold"), ("warm", "all, the second in the same process"), ("stock", "stock nbgrader, cold"),
    ):  # fmt: skip
        print(f"  {label:<38}{median[key]:7.2f} s")
    print(f"cold {report['cold_ratio']} x stock, warm {report['warm_ratio']} x stock")


if __name__ == "__main__":
    main()
