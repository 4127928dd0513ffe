"""Prove every question: what must pass passes, what must fail fails and is named, over many seeds.

Nothing here is a student's, so answers run in this process, through the same probe, wire and Marker as a
student's do. Questions are independent of each other, so several processes share them.
"""

import contextlib
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache, partial
from multiprocessing import get_context
from types import SimpleNamespace

import numpy as np

from .answers import AnswerBook
from .course import Course
from .kernel import quiet
from .limits import cores
from .marking import Marker, Outcome
from .sandbox.probing import run_probe

COSTLY_SEEDS = 2  # of questions that say why


@dataclass
class SelfTest:
    """What was tried and what went wrong; every list must be empty."""

    questions: int = 0
    misconceptions: int = 0
    variants: int = 0
    survivors: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    false_rejections: list[str] = field(default_factory=list)
    trivial_scores: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)
    seconds: float = 0.0
    mutants: object = None  # a MutantReport, if mutants were tried

    @property
    def clean(self):
        lists = (self.survivors, self.unnamed, self.false_rejections, self.trivial_scores, self.unsteady)
        return not any(lists) and not (self.mutants and self.mutants.survivors)

    def add(self, other):
        """Take in the proof of other questions."""
        for name, value in vars(other).items():
            own = getattr(self, name)
            setattr(self, name, value if own is None else own if value is None else own + value)

    def as_data(self):
        data = {k: v for k, v in vars(self).items() if v is not None}
        return data | {"mutants": self.mutants.as_data()} if self.mutants else data


def selftest(course, seeds=3, names=None, progress=None, mutants=False, workers=None):
    """Prove the named questions, or all, with their automatic mutants too if asked.

    `progress(name)` is called before each. workers: how many processes share the questions; one for each core
    that this process may use, if not given.
    """
    report, start = SelfTest(), time.perf_counter()
    names = list(names or course.questions)
    for name in names:
        course.question(name)  # a name that doesn't exist is found now, not by a worker
    prove_one = partial(_prove_one, course.root, course.packs, seeds, mutants)
    workers = min(workers or cores(), len(names))
    with contextlib.ExitStack() as stack:
        if workers == 1:
            proofs = map(prove_one, names)
        else:
            pool = ProcessPoolExecutor(workers, get_context("spawn"))
            stack.callback(pool.shutdown, cancel_futures=True)
            proofs = pool.map(prove_one, names)
        for name in names:
            if progress:
                progress(name)
            report.add(next(proofs))
    report.seconds = time.perf_counter() - start
    return report


def _prove_one(root, packs, seeds, mutants, name):
    """The SelfTest of one question, in a process of its own or in this one."""
    course, report = _course(root, packs), SelfTest()
    question = course.question(name)
    book = _book(course, question.assignment)
    prove(question, book, seeds, report)
    if mutants:
        from .mutants import MutantReport, try_mutants

        report.mutants = MutantReport()
        try_mutants(question, book, min(seeds, 3), report.mutants)
    return report


@lru_cache
def _course(root, packs):
    return Course(root, packs)


@lru_cache
def _book(course, assignment):
    return AnswerBook(course, assignment)


def prove(question, book, seeds, report):
    """Try everything we know about one question on every seed, or on a few if it is a costly one."""
    report.questions += 1
    report.misconceptions += len(question.misconceptions)
    report.variants += len(question.variants) + 1
    right = {"the master's answer": book.solution(question)}
    right |= {v.how: book.alternative(question, v.source, v.how) for v in question.variants}
    points = {}
    with quiet(), book.scratch_folder():
        for seed in range(min(seeds, COSTLY_SEEDS) if question.costly else seeds):
            marker = Marker(question, book, f"selftest {seed}", run_probe)
            _accepts(marker, right, seed, report)
            _rejects(marker, seed, report, points)
            _trivial(marker, seed, report)
            _trivial_answers(marker, seed, report)
    for name, seen in points.items():
        if len(seen) > 1:
            report.unsteady.append(f"{question.name}: {name} gets {' or '.join(f'{p:g}' for p in sorted(seen))} points")


def _accepts(marker, right, seed, report):
    name, full = marker.question.name, marker.question.points
    if marker.mark_outcomes(marker.expected).points != full:
        report.false_rejections.append(f"{name}: the reference (seed {seed})")
    for how, answer in right.items():
        mark = marker.mark(marker.reply(answer))
        if mark.points != full:
            report.false_rejections.append(f"{name}: {how} (seed {seed}): {mark.message}")


def _rejects(marker, seed, report, points):
    question = marker.question
    for m in question.misconceptions:
        mark = marker.mark_outcomes(marker.wrong[m.id])
        points.setdefault(m.id, set()).add(mark.points)
        if mark.points >= question.points:
            report.survivors.append(f"{question.name}: {m.id} (seed {seed})")
        alike = [n.id for n in question.misconceptions if marker.alike(marker.wrong[m.id], marker.wrong[n.id])]
        if alike != [m.id] or (mark.points < question.points and mark.misconception != m.id):
            report.unnamed.append(f"{question.name}: {m.id} is named {', '.join(alike) or 'nothing'} (seed {seed})")


def _trivial(marker, seed, report):
    rng = np.random.default_rng(seed)
    for label, make in TRIVIAL.items():
        outcomes = {
            p.name: [
                Outcome("ok", make(expected.value, inputs, rng), inputs)
                for expected, inputs in zip(marker.expected[p.name], marker.cases[p.name], strict=True)
            ]
            for p in marker.question.properties
        }
        if points := marker.mark_outcomes(outcomes).points:
            report.trivial_scores.append(f"{marker.question.name}: {label} scores {points:g} (seed {seed})")


def _trivial_answers(marker, seed, report):
    names = marker.question.names
    for label, answer in TRIVIAL_ANSWERS.items():
        one = answer if len(names) == 1 else SimpleNamespace(**dict.fromkeys(names, answer))
        if points := marker.mark(marker.reply(one)).points:
            report.trivial_scores.append(f"{marker.question.name}: {label} scores {points:g} (seed {seed})")


def _like(leaf, text):
    """An answer that replaces every leaf of the reference's output: numbers by leaf(array), text by text(length)."""

    def make(value, inputs, rng):
        if isinstance(value, dict):
            return {k: make(v, inputs, rng) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(make(v, inputs, rng) for v in value)
        if isinstance(value, str):
            return text(len(value))
        if value is None or isinstance(value, bytes):
            return value
        array = np.asarray(value.detach().double() if hasattr(value, "detach") else value)
        return leaf(array, rng)

    return make


TRIVIAL = {
    "zeros": _like(lambda a, rng: np.zeros(a.shape, a.dtype if a.dtype.kind == "b" else float), lambda n: ""),
    "ones": _like(lambda a, rng: np.ones(a.shape, a.dtype if a.dtype.kind == "b" else float), lambda n: " "),
    "NaN": _like(lambda a, rng: np.full(a.shape, np.nan), lambda n: "nan"),
    "random numbers": _like(lambda a, rng: rng.normal(size=a.shape), lambda n: "qzjxk"[:n]),
    "the right shape with wrong values": _like(
        lambda a, rng: ~a if a.dtype.kind == "b" else a * 1.03 + 0.01, lambda n: "?" * n
    ),
    "None": lambda value, inputs, rng: None,
    "the first input": lambda value, inputs, rng: next(iter(inputs.values()), None),
    "nothing to see": lambda value, inputs, rng: [],
}


class Idle:
    """An object that accepts everything and does nothing."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return None

    def __getattr__(self, name):
        if name.startswith("__"):  # what Python asks about any object
            raise AttributeError(name)
        return self

    def __iter__(self):
        return iter(())


class Echo(Idle):
    """An object that gives back what it is given."""

    def __call__(self, *args, **kwargs):
        return args[0] if args else None


def _zeros(*args, **kwargs):
    return np.zeros(np.shape(args[0])) if args else 0.0


TRIVIAL_ANSWERS = {  # what a student could write without an idea, through the question's own probe
    "a function that returns nothing": lambda *args, **kwargs: None,
    "a function that returns its first argument": lambda *args, **kwargs: args[0] if args else None,
    "a function that returns all its arguments": lambda *args, **kwargs: args,
    "a function that returns zeros": _zeros,
    "a function that returns True": lambda *args, **kwargs: True,
    "a function that returns False": lambda *args, **kwargs: False,
    "a class that does nothing": Idle,
    "a class that returns what it is given": Echo,
}
