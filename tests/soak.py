"""A long run over a class of everything: right and wrong work, attacks, and files that are no notebooks.

    python tests/soak.py --n 2000 --record      # also writes its figures into benchmarks/results.json

Every mark is known beforehand. Prints what came of it as JSON: wrong marks, the coordinator's memory, and whatever
was left behind. Names are drawn, so that kinds are mixed in the order in which they are graded.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
from attack_runs import choose_port, make_world
from attacking import ASSIGNMENT, course_of, load_attacks
from courses import ROOT
from nbgrader.api import Gradebook
from three_ways import ThreeWays

from autograder.course import Course
from autograder.grade import Grader
from autograder.limits import cores
from autograder.samples import build, load_samples

NOTHING = ("wrong_marks", "processes_left", "files_left", "shared_memory_left", "files_changed")  # must be empty
WARM = 0.25  # the share of submissions after which memory is compared: by then everything is loaded
CPU_LIMIT = "4"  # seconds, so that attacks that never end don't take most of the time
LONG = ("09_capstone",)  # it trains for longer


class Mixed:
    """The class: `hand_in(n)` writes its submissions; `wrong(submission)` says what is wrong with a mark.

    Kinds: honest (samples with full marks), wrong (other samples, and known answers by question), hostile (attacks),
    broken (no notebook, or not one that can be read).
    """

    def __init__(self, world, seed):
        self.world, self.course, self.rng = world, course_of(world), random.Random(seed)
        self.expected = {}  # (student, assignment) -> function of its questions, which says what is wrong
        self.kinds, self.made = {}, {}  # student -> kind, student -> what it is in a few words
        self.assignments = [a for a in self.course.assignments if a not in LONG]
        samples = [s for a in self.assignments for s in load_samples(ROOT / "samples" / a)]
        known = {a: ThreeWays(self.course, a, world.root / "known" / a) for a in self.assignments}
        self.makers = {
            "honest": [(self._sample, s) for s in samples if self._full(s)],
            "wrong": [(self._sample, s) for s in samples if not self._full(s)]
            + [(self._known, (ways, *row)) for ways in known.values() for row in ways.students],
            "hostile": [(self._attack, a) for a in load_attacks().values()],
            "broken": [(self._broken, name) for name in BROKEN],
        }
        for makers in self.makers.values():
            self.rng.shuffle(makers)

    def _full(self, sample):
        questions = self.course.questions.values()
        return sample.got({q.name: q.points for q in questions if q.assignment == sample.assignment})

    def hand_in(self, n):
        numbers = self.rng.sample(range(10**6), n)
        for i, number in enumerate(numbers):
            kind = list(self.makers)[i % len(self.makers)]
            makers = self.makers[kind]
            make, what = makers[i // len(self.makers) % len(makers)]
            student = f"student{number:06d}"
            self.kinds[student] = kind
            self.made[student] = f"{kind}: {getattr(what, 'name', what if isinstance(what, str) else 'known answers')}"
            make(student, what)

    def _folder(self, student, assignment):
        folder = self.world.submitted / student / assignment
        folder.mkdir(parents=True)
        for path in self.course.data_files(assignment):
            (folder / path.name).write_bytes(path.read_bytes())
        return folder

    def _sample(self, student, sample):
        folder = self._folder(student, sample.assignment)
        nbformat.write(build(self.course, sample.assignment, sample.text), folder / f"{sample.assignment}.ipynb")
        self.expected[student, sample.assignment] = lambda questions: (
            ""
            if sample.got(points := {n: q["points"] for n, q in questions.items()})
            else f"{sample.name} got {points}"
        )

    def _known(self, student, what):
        ways, original, labels = what
        folder = self._folder(student, ways.assignment)
        (folder / f"{ways.assignment}.ipynb").write_bytes(ways.submission(original).read_bytes())

        def wrong(questions):
            for name, (label, _) in labels.items():
                found, question = questions[name], self.course.question(name)
                known = label if label in {m.id for m in question.misconceptions} else ""
                if found["misconception"] != known or (found["points"] == question.points) is bool(known):
                    return f"{name} ({label}) got {found['points']:g} points as {found['misconception'] or 'right'}"
            return ""

        self.expected[student, ways.assignment] = wrong

    def _attack(self, student, attack):
        self.world.let_loose(attack, lambda text: build(self.course, ASSIGNMENT, text), student)
        self._expect(student, ASSIGNMENT, attack.expected)

    def _broken(self, student, name):
        assignment = self.rng.choice(self.assignments)
        BROKEN[name](self._folder(student, assignment), f"{assignment}.ipynb")
        self._expect(student, assignment, {})

    def _expect(self, student, assignment, points):
        def wrong(questions):
            found = {name: q["points"] for name, q in questions.items()}
            other = {n: p for n, p in found.items() if p != points.get(n, 0)}
            return f"got {other}, expected {points}" if other else ""

        self.expected[student, assignment] = wrong

    def wrong(self, s):
        """What is wrong with a GradedSubmission; empty if nothing is."""
        if s.status == "failed":
            return s.reason
        if self.kinds[s.student] == "broken" and (s.status, s.score) != ("unreadable", 0):
            return f"is {s.status} with {s.score:g} points"
        said = self.expected[s.student, s.assignment]({q["id"]: q for q in s.questions})
        if not said and abs(sum(q["points"] for q in s.questions) - s.score) > 1e-9:
            return f"has {s.score:g} points in the gradebook"
        return said


def _cut(folder, name):
    whole = (ROOT / "exercises" / Path(name).stem / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])


BROKEN = {
    "nothing": lambda folder, name: None,
    "empty": lambda folder, name: (folder / name).write_bytes(b""),
    "noise": lambda folder, name: (folder / name).write_bytes(random.Random(1).randbytes(20_000)),
    "a list": lambda folder, name: (folder / name).write_text("[]"),
    "a number": lambda folder, name: (folder / name).write_text("9" * 50_000),
    "half a file": _cut,
    "a folder": lambda folder, name: (folder / name).mkdir(),
    "a link": lambda folder, name: (folder / name).symlink_to("/etc/passwd"),
    "a pipe": lambda folder, name: os.mkfifo(folder / name),
    "deep": lambda folder, name: (folder / name).write_text("[" * 100_000 + "]" * 100_000),
    "cells of another kind": lambda folder, name: (folder / name).write_text('{"cells": {"a": 1}}'),
    "too many cells": lambda folder, name: (folder / name).write_text('{"cells": [' + ",".join(["{}"] * 5000) + "]}"),
}


class Watched:
    """The coordinator's memory after each submission, and every process it was seen to have."""

    def __init__(self, total):
        self.process, self.total, self.memory, self.seen = psutil.Process(), total, [], set()

    def look(self, *_):
        self.memory.append(self.process.memory_info().rss)
        if len(self.memory) % 10 == 1:
            self.seen |= set(self.process.children(recursive=True))

    def grown(self):
        """Bytes gained since the warm-up, at the most: by the median of the last tenth over that of the first."""
        warm = self.memory[int(WARM * len(self.memory)) :]
        tenth = max(1, len(warm) // 10)
        return sorted(warm[-tenth:])[tenth // 2] - sorted(warm[:tenth])[tenth // 2]

    def left(self):
        _, alive = psutil.wait_procs(self.seen, timeout=20)
        return [" ".join(p.cmdline())[:200] for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def soak(n, seed, root, workers):
    """Grade `n` submissions in a world under `root`. Returns the figures."""
    world = make_world(root / "course")
    choose_port(world)
    os.environ.update(world.environment | {"AUTOGRADER_CPU_LIMIT": CPU_LIMIT})
    mixed = Mixed(world, seed)
    mixed.hand_in(n)
    before, scratch = world.snapshot(), set(Path(tempfile.gettempdir()).iterdir())
    shared = shared_memory()
    watched, start = Watched(n), time.perf_counter()
    grader = Grader(Course.find(), world.submitted, world.grading)
    students = list(mixed.kinds)
    done = grader.grade(mixed.assignments, students, progress=watched.look, workers=workers)
    seconds = time.perf_counter() - start
    with Gradebook(f"sqlite:///{world.grading / 'gradebook.db'}") as book:
        stored = {(s.student_id, a.name): float(s.score) for a in book.assignments for s in a.submissions}
    wrong = {f"{s.student} ({mixed.made[s.student]})": said for s in done if (said := mixed.wrong(s))}
    for s in done:
        kept = stored.get((s.student, s.assignment), -1)
        if abs(kept - s.score) > 1e-9:
            wrong[f"{s.student} ({mixed.made[s.student]})"] = f"{s.score} points in the report, {kept} in the gradebook"
    sizes = [p.stat().st_size for p in (world.grading / "autograded").rglob("*") if p.is_file()]
    after = world.snapshot()
    return {
        "n": n,
        "seed": seed,
        "workers": workers,
        "kinds": {kind: sum(k == kind for k in mixed.kinds.values()) for kind in mixed.makers},
        "graded": len(done),
        "wrong_marks": wrong,
        "seconds": round(seconds, 1),
        "cpu_seconds_of_students": round(sum(s.cpu_seconds for s in done), 1),
        "memory_mib": {
            "after_warm_up": round(watched.memory[int(WARM * len(watched.memory))] / 2**20, 1),
            "at_the_end": round(watched.memory[-1] / 2**20, 1),
            "most": round(max(watched.memory) / 2**20, 1),
            "grown": round(watched.grown() / 2**20, 1),
        },
        "processes_left": watched.left(),
        "files_left": sorted(map(str, set(Path(tempfile.gettempdir()).iterdir()) - scratch)),
        "shared_memory_left": sorted(shared_memory() - shared),
        "files_changed": sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p)),
        "largest_stored_bytes": max(sizes),
        "kept_in": str(root),
    }


def shared_memory():
    """Names of shared memory, but for semaphores of Python's multiprocessing: other programs have those."""
    return {path.name for path in Path("/dev/shm").iterdir() if not path.name.startswith("sem.mp-")}


def record(figures):
    """Keep the figures in benchmarks/results.json, as the other benchmarks keep theirs."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from grading import record

    kept = {k: v for k, v in figures.items() if k != "kept_in"}
    record("soak", [{"assignment": "mixed", **kept, "load_average": round(os.getloadavg()[0], 1)}])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = str(Path(folder) / "tmp")  # of this run alone
        Path(tempfile.tempdir).mkdir()
        figures = soak(given.n, given.seed, Path(folder), given.workers)
    print(json.dumps(figures, indent=1))
    if given.record:
        record(figures)
    return 1 if any(figures[what] for what in NOTHING) else 0


if __name__ == "__main__":
    sys.exit(main())
