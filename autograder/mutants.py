"""Automatic mutants of the master's answers: small changes that a question must notice.

The changes are mutmut's operators, applied to the text of one answer at a time. A mutant is killed if it loses
points on any seed. One that changes nothing is listed in its question's `equivalent_mutants`, with the reason.
"""

import contextlib
import signal
from dataclasses import dataclass, field

import libcst as cst
from mutmut.mutation.mutators import mutation_operators

from .kernel import quiet
from .marking import Marker
from .sandbox.probing import run_probe

SECONDS = 10  # processor time for one mutant on one seed: a changed loop may never end


@dataclass
class MutantReport:
    """How many mutants were tried and killed; survivors by question, explained or not."""

    mutants: int = 0
    killed: int = 0
    explained: list[str] = field(default_factory=list)
    survivors: list[str] = field(default_factory=list)

    @property
    def rate(self):
        return self.killed / self.mutants if self.mutants else 1.0

    def __add__(self, other):
        return MutantReport(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    def as_data(self):
        return vars(self) | {"rate": round(self.rate, 4)}


def mutants(source):
    """Every mutant of a piece of code, as (changed line, text), each text once."""
    tree, seen = cst.parse_module(source), {source}
    for node in _code_nodes(tree):
        for kind, operator in mutation_operators:
            if not isinstance(node, kind):
                continue
            for changed in operator(node):
                text = tree.deep_replace(node, changed).code
                if text not in seen and _compiles(text):
                    seen.add(text)
                    yield _changed_line(source, text), text


def _code_nodes(tree):
    """All nodes that run: no docstrings, no annotations, no imports."""
    if isinstance(tree, cst.Annotation | cst.Import | cst.ImportFrom):
        return
    if isinstance(tree, cst.Expr) and isinstance(tree.value, cst.SimpleString | cst.ConcatenatedString):
        return
    yield tree
    for child in tree.children:
        yield from _code_nodes(child)


def _compiles(text):
    try:
        compile(text, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _changed_line(before, after):
    old, new = before.splitlines(), after.splitlines()
    same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)) - 1)
    return new[min(same, len(new) - 1)].strip()


def try_mutants(question, book, seeds, report):
    """Mark every mutant of a question's solution, on each seed until it is killed; a costly question has none."""
    if question.costly:
        return
    markers = [Marker(question, book, f"mutants {seed}", run_probe) for seed in range(seeds)]
    for line, text in mutants(book.solution_source(question)):
        report.mutants += 1
        with quiet():
            if any(_is_killed(marker, text) for marker in markers):
                report.killed += 1
                continue
        if line in question.equivalent_mutants:
            report.explained.append(f"{question.name}: {line}  ({question.equivalent_mutants[line]})")
        else:
            report.survivors.append(f"{question.name}: {line}")


def _is_killed(marker, text):
    try:
        with _time_limit():
            answer = marker.book.alternative(marker.question, text, "mutant")
            replies = marker.reply(answer)
    except Exception:  # it doesn't even define what is asked for, or never ends
        return True
    return marker.mark(replies).points < marker.question.points


@contextlib.contextmanager
def _time_limit():
    def stop(*_):
        raise TimeoutError("a mutant never ended")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, 0.1)  # again and again: a probe takes it for an answer's error
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
