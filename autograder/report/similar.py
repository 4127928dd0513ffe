"""Answers that are nearly the same program, once names, layout, comments and docstrings are taken away.

Each answer cell becomes the sequence of its syntax tree's nodes. Names that the answer itself gives out become numbers
in the order of their first use; names of libraries, attributes and constants stay. Two answers are alike if, of the
runs of five nodes that either has, nine in ten are in both. The maintained tools for this compare files; here a cell of
one notebook is compared with the same cell of another.
"""

import ast
import warnings
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ..shortcuts import without_magics

RUN = 5  # nodes
ALIKE = 0.9  # share of runs in common
SHORTEST = 40  # nodes: shorter answers come out alike by themselves
FEW = 3  # so many may share an answer even in a small class
MAX_SOURCE = 20_000  # characters

LEFT_OUT = (
    f"Left out: cells still as handed out, answers of fewer than {SHORTEST} syntax nodes, and answers that more than "
    f"half of the class share (and more than {FEW} students)."
)


@dataclass
class Group:
    """Students whose answers are alike, and which answers those are."""

    students: list[str]
    answers: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)  # of these answers, those that are like the course's own


def groups(sources, stubs, solutions):
    """Groups of students with answers alike, those who share most first.

    sources: {student: {answer: text}}. stubs and solutions: {answer: text}, as handed out and as published.
    """
    found = {}
    for answer in dict.fromkeys(name for given in sources.values() for name in given):
        stub, solution = shape(stubs.get(answer, "")), shape(solutions.get(answer, ""))
        shapes = {s: shape(given[answer]) for s, given in sources.items() if answer in given}
        shapes = {s: nodes for s, nodes in shapes.items() if nodes and nodes != stub and len(nodes) >= SHORTEST}
        limit = max(FEW, len(sources) / 2)
        for students in _alike(shapes):
            if len(students) > limit:
                continue
            group = found.setdefault(tuple(students), Group(students))
            group.answers.append(answer)
            if solution and similarity(shapes[students[0]], solution) >= ALIKE:
                group.published.append(answer)
    return sorted(found.values(), key=lambda g: (len(g.published) - len(g.answers), len(g.students), g.students))


def shape(source):
    """The nodes of a program without what makes it look different; empty if it can't be parsed."""
    if len(source) > MAX_SOURCE:
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python would remark on isn't ours to mend
            tree = ast.parse(without_magics(source))
        return tuple(_Nodes(tree).walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


class _Nodes:
    """The nodes of one tree, in order."""

    SKIPPED = ("annotation", "returns", "type_comment", "type_params", "ctx", "kind", "level")

    def __init__(self, tree):
        self.numbers, self.own = {}, set()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.own.add(node.name)
            elif isinstance(node, ast.arg):
                self.own.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.own.add(node.id)

    def walk(self, node):
        if isinstance(node, ast.Pass) or _says_nothing(node):
            return
        kind = "Assign" if isinstance(node, ast.AnnAssign) else type(node).__name__
        names = {ast.Name: "id", ast.arg: "arg", ast.FunctionDef: "name", ast.ClassDef: "name"}
        own = names.get(type(node))
        text = "" if own is None else self._name(getattr(node, own))
        if isinstance(node, ast.Constant):
            text = repr(node.value)
        elif isinstance(node, ast.Attribute):
            text = node.attr
        elif isinstance(node, ast.keyword):
            text = str(node.arg)
        elif isinstance(node, ast.alias):
            text = node.name
        yield f"{kind} {text}"
        for name, value in ast.iter_fields(node):
            if name in self.SKIPPED:
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from self.walk(child)

    def _name(self, name):
        return f"#{self.numbers.setdefault(name, len(self.numbers))}" if name in self.own else name


def _says_nothing(node):
    """Whether a statement is a docstring, another bare constant, or prints."""
    if not isinstance(node, ast.Expr):
        return False
    called = node.value.func if isinstance(node.value, ast.Call) else None
    return isinstance(node.value, ast.Constant) or (isinstance(called, ast.Name) and called.id == "print")


def _runs(nodes):
    return {nodes[i : i + RUN] for i in range(max(1, len(nodes) - RUN + 1))}


def similarity(a, b):
    """Of the runs of nodes that either has, the share that both have."""
    a, b = _runs(a), _runs(b)
    return len(a & b) / len(a | b)


def _alike(shapes):
    """Lists of two and more students whose shapes are alike, directly or through others in between."""
    same = {}
    for student, nodes in shapes.items():
        same.setdefault(nodes, []).append(student)
    parts = {}
    for students, part in zip(same.values(), _parts([_runs(nodes) for nodes in same]), strict=True):
        parts.setdefault(part, []).extend(students)
    return [sorted(students) for students in parts.values() if len(students) > 1]


def _parts(sets):
    """For each set the number of the part that it is in, where sets that overlap enough are linked."""
    if not sets:
        return []
    index = {run: i for i, run in enumerate(sorted(set().union(*sets)))}
    sizes = np.array([len(each) for each in sets])
    rows, columns = np.repeat(np.arange(len(sets)), sizes), [index[run] for each in sets for run in each]
    has = sparse.csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(sets), len(index)))
    both = (has @ has.T).tocoo()
    linked = both.data >= ALIKE * (sizes[both.row] + sizes[both.col] - both.data)
    edges = (np.ones(linked.sum()), (both.row[linked], both.col[linked]))
    return connected_components(sparse.csr_array(edges, shape=both.shape), directed=False)[1].tolist()
