"""How fast a class is graded, beside stock nbgrader: the same submissions, the same questions, the same marks.

    python benchmarks/grading.py --n 100 [--assignment NN] [--stock K] [--json] [--record]
    python benchmarks/grading.py --record-all          all that the book shows, in some twelve quiet minutes

Both sides run on one thread a process, one after the other, from a cold start: `nbgrader autograde NN` with nbgrader's
own Execute, which grades one submission after another, and `autograder grade NN` with lock-down. This
one uses every processor that it may; nbgrader has no such option. Stock takes seconds a submission, so it grades the
first K (`stock_measured_on`), and where that is fewer than n, its time is extrapolated with the mean time between two
finished submissions; `stock_extrapolated` says so. `marks_equal` compares every graded cell of those K.

`marginal_seconds` is processor time: what a submission costs in all our processes beyond the same run with an executor
that does nothing, less `student_compute_seconds`, which the student's own code used; both are means a submission.
`pipeline_seconds` is what remains with the executor that does nothing: reading, writing, the gradebook.

The class is made up and the same every time: half of it from the sample class in samples/, half from the answers that
each question knows (the master's, accepted variants, misconceptions, nothing at all), and everybody has cells of their
own. No endless loop is among them; one costs ten seconds of processor time here, twice, and thirty seconds there.

otter-grader doesn't stand beside them. Its command for a class, `otter grade`, builds a Docker image and starts a
container for each submission; what it offers without containers, `otter run`, grades one notebook in the caller's own
environment and is not how anybody grades a class. Either comparison would be about something else.
"""

import argparse
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
CURVE = (1, 10, 30, 100, 300, 1000)  # for the assignment whose ratio at 100 is the median
STOCK = 6  # submissions that stock grades, unless told otherwise
MARGINAL = 8  # submissions that the processor time is measured on
OWN = (
    "import matplotlib.pyplot as plt\nplt.plot([1, 4, 2, {i}])\nplt.title('my own check')\nplt.show()",
    "x = np.linspace(0, {i}, 50)\nx.mean(), x.std()",
    "print('checked by hand, page {i}')",
)


# ---- the class


def notebooks(course, assignment, n):
    """The submissions of n students, as (name, notebook), the same every time."""
    import nbformat

    from autograder.answers import AnswerBook
    from autograder.release import load_release
    from autograder.samples import build, load_samples

    sys.path.insert(0, str(ROOT / "tests"))
    from three_ways import answers_to

    book = AnswerBook(course, assignment)
    names = [c.name for c in load_release(course, assignment).cells.values() if c.role == "graded"]
    known = {name: answers_to(course.question(name), book) for name in names}
    samples = [s.text for s in load_samples(ROOT / "samples" / assignment)]
    built = {}
    for i in range(n):
        rng = random.Random(f"{assignment} {i}")
        text = rng.choice(samples) if i % 2 and samples else known_answers(course, names, known, rng)
        if text not in built:
            built[text] = build(course, assignment, text)
        notebook = nbformat.from_dict(built[text])
        for source in rng.sample(OWN, 2):
            notebook.cells.append(nbformat.v4.new_code_cell(source.format(i=i)))
        yield f"student{i:05d}", notebook


def known_answers(course, names, known, rng):
    """One student's answers, as a sample's text: mostly right, each in one of the ways that are known."""
    cells = []
    for name in names:
        master, *others = known[name]
        kind = rng.random()
        if kind < 0.05:
            continue  # not written
        source = master[1] if kind < 0.6 or not others else rng.choice(others)[1]
        for other in names:  # an answer may call another, which may be this student's wrong one
            functions = "|".join(course.question(other).names)
            if other != name and re.search(rf"\b({functions})\(", source):
                source = f"{known[other][0][1]}\n\n\n{source}"
        first, *rest = course.question(name).names
        cells.append(f'# %% answer="{first}"\n{source}\n')
        cells += [f'# %% answer="{one}"\n# defined above\n' for one in rest]
    return "\n".join(cells)


def hand_in(course, assignment, n, submitted):
    import nbformat

    for student, notebook in notebooks(course, assignment, n):
        folder = submitted / student / assignment
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{assignment}.ipynb")
        for file in course.data_files(assignment):
            shutil.copy(file, folder)


# ---- the two sides


def environment():
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


def timed(command, cwd=ROOT):
    start = time.perf_counter()
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command[:5]))} failed:\n{done.stderr[-3000:]}")
    return time.perf_counter() - start, done.stdout


def by_stock(course, assignment, k, submitted, root):
    """Stock nbgrader's command on the first k. Returns the seconds, those between two submissions, and the marks."""
    from nbgrader.api import Gradebook

    from autograder.release import generate

    root.mkdir()
    (root / "nbgrader_config.py").write_text(
        "from autograder.nbgrader_plugin import configure\nconfigure(get_config(), trusted=False)\n"
    )
    own = root / "grading" / "submitted"
    students = sorted(p.name for p in submitted.iterdir())[:k]
    for student in students:
        shutil.copytree(submitted / student / assignment, own / student / assignment)
    url = f"sqlite:///{root / 'grading' / 'gradebook.db'}"
    generate(course, [assignment], root / "release", url)
    (root / "build" / "source").mkdir(parents=True)
    shutil.copytree(course.source / assignment, root / "build" / "source" / assignment)
    seconds, _ = timed([sys.executable, "-m", "nbgrader", "autograde", assignment, "--force"], cwd=root)
    ended = sorted(p.stat().st_mtime for p in (root / "grading" / "autograded").glob("*/*/*.ipynb"))
    with Gradebook(url) as book:
        marks = {
            s: {g.name: g.auto_score for g in book.find_submission_notebook(assignment, assignment, s).grades}
            for s in students
        }
    return seconds, (ended[-1] - ended[0]) / max(1, len(ended) - 1), marks


def by_us(assignment, submitted, out):
    """Our command, cold. Returns its seconds and what it says."""
    command = [sys.executable, "-m", "autograder", "grade", assignment]
    seconds, said = timed([*command, "--submitted", submitted, "--out", out, "--json"])
    return seconds, json.loads(said)


def processor_time(assignment, submitted, out):
    """In a process of its own: processor seconds a submission of all our processes, with and without the executor."""
    command = [sys.executable, __file__, "--inside", assignment, submitted, out]
    return json.loads(timed(command)[1])


def inside(assignment, submitted, out):
    """Grade everything twice in this process, warm: once with an executor that does nothing, and once for real."""
    import psutil

    from autograder import grading
    from autograder.course import Course
    from autograder.grade import Grader
    from autograder.shared import shared_processes

    grader, processes = Grader(Course.find(), submitted, out), shared_processes()
    students = sorted(p.name for p in Path(submitted).iterdir())
    first = grader.grade([assignment], students[:1], regrade=True)  # whatever happens once has happened
    helpers = [psutil.Process(processes.zygote.pid), psutil.Process(processes._checker.process.pid)]

    def used():
        return time.process_time() + sum(sum(p.cpu_times()[:4]) for p in helpers)

    def cost():
        before = used()
        done = grader.grade([assignment], students, regrade=True)
        assert all(s.status == "graded" for s in done), [s.reason for s in done if s.reason]
        return (used() - before) / len(done), sum(s.cpu_seconds for s in done) / len(done)

    real, grade_notebook = grading.grade_notebook, nothing_executed(first[0])
    grading.grade_notebook = grade_notebook
    pipeline, _ = cost()
    grading.grade_notebook = real
    whole, student = cost()
    return {"pipeline": pipeline, "student": student, "marginal": whole - pipeline - student}


def nothing_executed(found):
    """A grade_notebook that runs nothing and hands out the same marks to everybody."""
    from autograder.grading import SubmissionResult, mark_outputs, read_mark

    marks = {q["id"]: read_mark(q, q["id"], q["max_points"]) for q in found.questions}

    def grade_notebook(notebook, release, *_, **__):
        result = SubmissionResult()
        for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
            known = release.cells.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
            cell.execution_count = count
            if known is not None and known.role == "graded":
                cell.outputs = mark_outputs(marks[known.name], count)
                result.questions.append(marks[known.name].as_data())
        return result

    return grade_notebook


# ---- one measurement


def measure(course, assignment, n, k=STOCK, stock=None, cpu=True):
    """One row. `stock` may be an earlier measurement's (seconds, seconds between two, marks), for the same class."""
    k = min(k, n)
    row = {"n": n, "assignment": assignment, "load": [round(os.getloadavg()[0], 2)]}
    with tempfile.TemporaryDirectory(prefix="class-") as folder:
        root = Path(folder)
        hand_in(course, assignment, n, root / "submitted")
        seconds, between, marks = stock or by_stock(course, assignment, k, root / "submitted", root / "stock")
        ours, report = by_us(assignment, root / "submitted", root / "ours")
        again, repeated = by_us(assignment, root / "submitted", root / "ours")
        mine = {s["student"]: {q["id"]: q["points"] for q in s["questions"]} for s in report["submissions"]}
        differing = [
            (student, cell, points, mine[student][cell.removeprefix("graded_")])
            for student, cells in marks.items()
            if student in mine
            for cell, points in cells.items()
            if cell.startswith("graded_") and points != mine[student][cell.removeprefix("graded_")]
        ]
        measured = len(marks)
        expected = seconds + (n - measured) * between
        row |= {
            "stock_seconds": round(expected, 2),
            "stock_measured_on": measured,
            "stock_extrapolated": n != measured,
            "stock_seconds_each": round(between or seconds, 3),
            "ours_seconds": round(ours, 2),
            "ours_extrapolated": False,
            "ratio": round(expected / ours, 2),
            "marks_equal": not differing,
            "differing": differing,
            "regrade_seconds": round(again, 2),
            "regraded": n - repeated["cached"],
        }
        if cpu:
            some = root / "some"
            for student in sorted(p.name for p in (root / "submitted").iterdir())[:MARGINAL]:
                shutil.copytree(root / "submitted" / student, some / student)
            split = processor_time(assignment, some, root / "inside")
            row |= {
                "marginal_seconds": round(split["marginal"], 4),
                "student_compute_seconds": round(split["student"], 4),
                "pipeline_seconds": round(split["pipeline"], 4),
            }
    row["load"].append(round(os.getloadavg()[0], 2))
    return row, (seconds, between, marks)


def about():
    """What a measurement was made with."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "commit": commit.stdout.strip(),
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processors": len(os.sched_getaffinity(0)),
        "model": model[1] if model else platform.machine(),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in ("nbgrader", "torch", "numpy")},
    }


def record(kind, rows):
    """Put rows into benchmarks/results.json, in place of older ones of the same kind, assignment and n."""
    stored = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    kept = {(r["assignment"], r["n"]): r for r in stored.get(kind, [])}
    kept |= {(r["assignment"], r["n"]): r | about() for r in rows}
    stored[kind] = [kept[key] for key in sorted(kept)]
    partial = RESULTS.with_suffix(".partial")
    partial.write_text(json.dumps(stored, indent=1) + "\n")
    partial.replace(RESULTS)


def record_all(course, n, k, minutes):
    """Every assignment at n, the median one along the curve, and one submission alone; each row is kept at once.

    The capstone stands apart: a submission of it computes for long, so a tenth of n is measured. Sizes of the curve
    that would not fit into the minutes any more are extrapolated, and say so.
    """
    end = time.monotonic() + 60 * minutes
    version_seconds = min(timed([sys.executable, "-m", "nbgrader", "--version"])[0] for _ in range(2))
    stocks, rows = {}, {}
    for assignment in course.assignments:
        apart = "capstone" in assignment
        row, stock = measure(course, assignment, max(1, n // 10) if apart else n, 2 if apart else k)
        row["nbgrader_version_seconds"] = round(version_seconds, 2)
        show(row)
        record("classes", [row])
        if not apart:
            rows[assignment], stocks[assignment] = row, stock
    record_alone()
    middle = statistics.median_low(row["ratio"] for row in rows.values())
    assignment = next(a for a, row in rows.items() if row["ratio"] == middle)
    record("curve", [rows[assignment]])
    measured = {n: rows[assignment]}
    for size in CURVE:
        if size == n:
            continue
        if time.monotonic() + along(measured, size)["ours_seconds"] * 1.3 > end and len(measured) > 1:
            row = along(measured, size)
        else:
            known = stocks[assignment] if size >= k else None  # a small class is graded by stock in full
            row, _ = measure(course, assignment, size, k, known, cpu=False)
            measured[size] = row
        show(row)
        record("curve", [row])


def along(measured, size):
    """A row for a class of another size, on the line through the smallest and the largest that were measured."""
    low, high = measured[min(measured)], measured[max(measured)]

    def at(key):
        slope = (high[key] - low[key]) / (high["n"] - low["n"]) if high is not low else high[key] / high["n"]
        return round(high[key] + slope * (size - high["n"]), 2)

    row = high | {"n": size, "ours_extrapolated": True, "stock_extrapolated": True}
    row |= {key: at(key) for key in ("stock_seconds", "ours_seconds", "regrade_seconds")}
    return row | {"ratio": round(row["stock_seconds"] / row["ours_seconds"], 2)}


def record_alone():
    """One submission, cold and warm, beside stock: what formgrader's button costs."""
    said = timed([sys.executable, ROOT / "benchmarks" / "bench_submission.py", "--rounds", "3", "--json"])[1]
    report = json.loads(said)
    row = {"assignment": "one submission", "n": 1, "load": [report["load"]]}
    record("alone", [row | {key: report[key] for key in ("cells", "seconds", "cold_ratio", "warm_ratio")}])
    print(f"one submission: cold {report['cold_ratio']} x stock, warm {report['warm_ratio']} x stock", flush=True)


def show(row):
    extrapolated = f", from {row['stock_measured_on']}" if row["stock_extrapolated"] else ""
    equal = "marks equal" if row["marks_equal"] else f"MARKS DIFFER: {row['differing'][:3]}"
    print(
        f"{row['assignment']}, n = {row['n']}: stock {row['stock_seconds']:.1f} s{extrapolated}, ours "
        f"{row['ours_seconds']:.1f} s, ratio {row['ratio']:.1f}, {equal}; again {row['regrade_seconds']:.1f} s",
        end="",
    )
    if "marginal_seconds" in row:
        print(
            f"; processor time each: {row['marginal_seconds']:.3f} s ours, {row['pipeline_seconds']:.3f} s pipeline, "
            f"{row['student_compute_seconds']:.3f} s the student's",
            end="",
        )
    print(f"; load {row['load']}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--assignment", help="such as 04_batch_normalization, or 04; the fourth by default")
    parser.add_argument("--stock", type=int, default=STOCK, help="how many of them stock nbgrader grades")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--record", action="store_true", help=f"keep the row in {RESULTS.name}")
    parser.add_argument("--record-all", action="store_true", help="measure and keep all that the book shows")
    parser.add_argument(
        "--minutes", type=float, default=12, help="for --record-all: extrapolate what would take longer"
    )
    parser.add_argument("--inside", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(inside(*options.inside)))
        return
    from autograder.course import Course

    course = Course.find()
    if options.record_all:
        record_all(course, options.n, options.stock, options.minutes)
        return
    wanted = options.assignment or course.assignments[min(3, len(course.assignments) - 1)]
    (assignment,) = [a for a in course.assignments if a == wanted or a.split("_")[0] == wanted]
    row, _ = measure(course, assignment, options.n, options.stock)
    print(json.dumps(row, indent=1)) if options.json else show(row)
    if options.record:
        record("classes", [row])
    if not row["marks_equal"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
