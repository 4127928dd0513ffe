"""Where a course's files are, and which assignments and questions it has."""

import hashlib
import importlib
import os
import sys
import types
from functools import cached_property
from pathlib import Path

from .question import Question

ROOT_VARIABLE = "AUTOGRADER_COURSE"
PACK_VARIABLE = "AUTOGRADER_QUESTIONS"
DB_VARIABLE = "AUTOGRADER_DB"


class CourseError(Exception):
    """Something the user named does not exist or can't be used; the message says what to do."""


class Course:
    """A course folder: masters in solutions/, releases in exercises/, sources generated into build/source/.

    Questions live in autograder/questions/ (this package) or, for a course elsewhere, in its questions/ folder;
    `packs` adds folders of private questions.
    """

    def __init__(self, root, packs=()):
        self.root = Path(root).resolve()
        self.solutions = self.root / "solutions"
        self.exercises = self.root / "exercises"
        self.source = self.root / "build" / "source"
        self.packs = tuple(Path(p).resolve() for p in packs)
        if not self.solutions.is_dir():
            raise CourseError(f"{self.root} is not a course: it has no folder named solutions")

    @classmethod
    def find(cls):
        """The course named by AUTOGRADER_COURSE, or the one this package lies in, with the packs that
        AUTOGRADER_QUESTIONS names."""
        root = os.environ.get(ROOT_VARIABLE) or Path(__file__).resolve().parent.parent
        named = os.environ.get(PACK_VARIABLE, "").split(os.pathsep)
        return cls(root, filter(None, named))

    @property
    def question_folders(self):
        own = self.root / "questions"
        packaged = Path(__file__).parent / "questions"
        return (own if own.is_dir() else packaged, *self.packs)

    @cached_property
    def assignments(self):
        """Names of the assignments, in order: one per master."""
        return sorted(p.stem for p in self.solutions.glob("[0-9]*_*.py"))

    def master(self, assignment):
        """Path of an assignment's master. Raises CourseError, naming those that exist, for an unknown one."""
        if assignment not in self.assignments:
            raise CourseError(
                f"there is no assignment {assignment!r}; there is {', '.join(self.assignments) or 'none'}"
            )
        return self.solutions / f"{assignment}.py"

    def data_folder(self, assignment):
        return self.solutions / "data" / assignment

    def data_files(self, assignment):
        """Regular files that go with an assignment, from solutions/data/NN_topic/."""
        folder = self.data_folder(assignment)
        return sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []

    def select(self, names):
        """The named assignments, or all of them."""
        for name in names:
            self.master(name)
        return list(names) or list(self.assignments)

    @cached_property
    def questions(self):
        """All questions by name. Raises CourseError if two share a name."""
        found = {}
        for folder in self.question_folders:
            for path in sorted(folder.rglob("*.py")):
                if path.name.startswith("_") or not (question := _load(path, folder)):
                    continue
                if question.name in found:
                    raise CourseError(f"two questions are named {question.name}: the second is {path}")
                found[question.name] = question
        return found

    def question(self, name):
        """One question by name. Raises CourseError for an unknown one."""
        if name not in self.questions:
            raise CourseError(f"there is no question {name!r}")
        return self.questions[name]

    def fingerprint(self):
        """A hash of everything that decides a mark: this package, the questions, the masters and their data."""
        files = {p for folder in (Path(__file__).parent, *self.question_folders) for p in folder.rglob("*.py")}
        files |= set(self.solutions.rglob("*.py")) | {p for a in self.assignments for p in self.data_files(a)}
        digest = hashlib.sha256()
        for path in sorted(files):
            digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
        return digest.hexdigest()


def _load(path, folder):
    """The question that a file defines, or None for a helper module."""
    dotted = ".".join(path.relative_to(folder).with_suffix("").parts)
    module = importlib.import_module(f"{_package(folder)}.{dotted}")
    question = getattr(module, "question", None)
    return question if isinstance(question, Question) else None


def _package(folder):
    """The name of the package whose modules lie in `folder`, made if the folder is not this package's own."""
    if folder == Path(__file__).parent / "questions":
        return "autograder.questions"
    name = f"questions_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name
