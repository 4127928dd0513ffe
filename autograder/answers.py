"""Answers as text: the master's, its variants and its misconceptions, turned into objects to probe.

All of these are trusted text. Student text never passes through here, except in a student's own kernel.
"""

import contextlib
import linecache
import shutil
import tempfile
from functools import cached_property, lru_cache
from pathlib import Path
from types import SimpleNamespace

from .master import Master


class AnswerBook:
    """What the master of one assignment defines, and what it would define with another answer in place."""

    def __init__(self, course, assignment):
        self.master = Master(course.master(assignment), course.questions)
        self.data = {p.relative_to(course.data_folder(assignment)): p for p in course.data_files(assignment)}
        self._scratch = None

    @cached_property
    def namespace(self):
        """Everything the master's given cells and answers define."""
        namespace = {"__name__": "answers"}
        with self.scratch_folder():
            for name, source in self.master.namespace_sources():
                if name != "given_setup":
                    _execute(source, name, namespace)
        return namespace

    @contextlib.contextmanager
    def scratch_folder(self):
        """Work where a student's code does: in a folder of its own that holds the assignment's data files.

        Inside itself it does nothing, so that whoever tries many answers can make one folder for all of them.
        """
        if self._scratch:
            yield
            return
        with tempfile.TemporaryDirectory(prefix="answers-") as folder, contextlib.chdir(folder):
            for name, path in self.data.items():
                copy = Path(folder) / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
            self._scratch = folder
            try:
                yield
            finally:
                self._scratch = None

    def solution_source(self, question):
        """The master's answer to a question: one cell, or several joined if it asks for several names."""
        answers = {c.name for c in self.master.cells if c.role == "answer"}
        return "\n\n".join(self.master.solution(name) for name in question.names if name in answers)

    def solution(self, question):
        return pick(self.namespace, question.names)

    def alternative(self, question, source, label):
        """The object(s) `source` defines, beside everything else that the master defines."""
        namespace = dict(self.namespace)
        with self.scratch_folder():
            _execute(source, f"{question.name} {label}", namespace)
        return pick(namespace, question.names)

    def misconception_source(self, question, misconception):
        return misconception.applied_to(self.solution_source(question))


def pick(namespace, names):
    """What a probe is given: the one object asked for, or all of them by name."""
    if len(names) == 1:
        return namespace[names[0]]
    return SimpleNamespace(**{name: namespace[name] for name in names})


def _execute(source, label, namespace):
    filename = f"<{label}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(_compiled(source, filename), namespace)  # noqa: S102


@lru_cache(maxsize=1024)
def _compiled(source, filename):
    # dont_inherit: the master's text is compiled as a notebook cell would be
    return compile(source, filename, "exec", dont_inherit=True)
