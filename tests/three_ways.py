"""Hand in every answer that a course knows, and have it graded three ways: here, by plain nbgrader, by oneself."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from functools import cached_property
from itertools import zip_longest
from pathlib import Path

import nbformat
from courses import autograder
from nbgrader.api import Gradebook

from autograder.answers import AnswerBook
from autograder.course import PACK_VARIABLE, ROOT_VARIABLE, Course
from autograder.grading import Processes, grade_notebook
from autograder.kernel import PRACTICE_SEED
from autograder.normalise import normalise_file
from autograder.release import load_release, write_source
from autograder.samples import build

STOCK = """\
from autograder.nbgrader_plugin import configure

configure(get_config(), trusted=False)
"""


def answers_to(question, book):
    """Every answer to a question that we know, as (label, source): the master's, variants, misconceptions."""
    known = [("master", book.solution_source(question))]
    known += [(v.how, v.source) for v in question.variants]
    return known + [(m.id, book.misconception_source(question, m)) for m in question.misconceptions]


class ThreeWays:
    """One assignment's known answers as a class of students: student i hands in answer i to every question.

    `most` keeps about that many of them, of every kind: the first, who hands in the master's answers, and others evenly
    from the variants to the last misconceptions. The students' names, and so the order in which they are
    graded, are shuffled by `seed`.
    """

    def __init__(self, course, assignment, root, most=None, seed=0):
        self.course, self.assignment, self.root = course, assignment, root
        book = AnswerBook(course, assignment)
        self.names = [c.name for c in load_release(course, assignment).cells.values() if c.role == "graded"]
        self.answers = {name: answers_to(course.question(name), book) for name in self.names}
        self.students = []
        rows = list(zip_longest(*self.answers.values()))
        rows = rows[:: max(1, len(rows) // most) if most else 1]
        numbers = random.Random(seed).sample(range(100, 1000), len(rows))
        for number, row in zip(numbers, rows, strict=True):
            labels = {}
            for name, known in zip(self.names, row, strict=True):
                labels[name] = known or self.answers[name][0]
            self.students.append((f"student{number}", labels))
            self._hand_in(f"student{number}", labels)

    def _hand_in(self, student, labels):
        cells = []
        for name, (_, source) in labels.items():
            first, *others = self.course.question(name).names
            cells.append(f'# %% answer="{first}"\n{self._called_by(name, source)}{source}\n')
            cells += [f'# %% answer="{other}"\n# defined above\n' for other in others]
        path = self.submission(student)
        path.parent.mkdir(parents=True)
        nbformat.write(build(self.course, self.assignment, "\n".join(cells)), path)
        for file in self.course.data_files(self.assignment):  # as they lie beside a student's notebook
            shutil.copy(file, path.parent)

    def _called_by(self, name, source):
        """The master's answers to the other questions that an answer calls: this student's own may be wrong."""
        called = ""
        for other in self.names:
            functions = "|".join(self.course.question(other).names)
            if other != name and re.search(rf"\b({functions})\(", source):
                called += self.answers[other][0][1] + "\n\n\n"
        return called

    def submission(self, student):
        return self.root / "grading" / "submitted" / student / self.assignment / f"{self.assignment}.ipynb"

    @cached_property
    def trusted(self):
        """What the trusted executor says: {student: {question: its JSON}}."""
        out = self.root / "trusted"
        done = autograder(
            "grade", self.assignment, "--submitted", self.root / "grading" / "submitted", "--out", out, "--json",
            course=self.course,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        return {s["student"]: {q["id"]: q for q in s["questions"]} for s in report["submissions"]}

    @cached_property
    def stock(self):
        """The folder of a gradebook made by nbgrader's own commands, with its own Execute."""
        shutil.copytree(self.course.solutions, self.root / "solutions")
        (self.root / "nbgrader_config.py").write_text(STOCK)
        if (own := self.course.root / "questions").is_dir():
            shutil.copytree(own, self.root / "questions")
        write_source(Course(self.root), self.assignment)
        for arguments in (("generate_assignment", "--force"), ("autograde",)):
            self._nbgrader(arguments[0], self.assignment, *arguments[1:])
        return self.root / "grading"

    def _nbgrader(self, *arguments):
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = os.environ | {"PATH": path, "PYTHONWARNINGS": "ignore", ROOT_VARIABLE: str(self.course.root)}
        environment.pop(PACK_VARIABLE, None)
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]

    def released_by_plain_nbgrader(self):
        return self.stock.parent / "exercises" / self.assignment / f"{self.assignment}.ipynb"

    def compare_with_stock(self):
        """Assert that plain nbgrader gives every student the same points, and for the same inputs says the same."""
        with Gradebook(f"sqlite:///{self.stock / 'gradebook.db'}") as gradebook:
            for student, _ in self.students:
                plain = messages(self._graded_by_stock(student))
                for name, q in self.trusted[student].items():
                    grade = gradebook.find_grade(f"graded_{name}", self.assignment, self.assignment, student)
                    assert grade.auto_score == q["points"], (student, q, plain[name])
        with Processes(self.course) as processes:
            release = load_release(self.course, self.assignment)
            for student, _ in self.students:
                notebook = normalise_file(self.submission(student), release).notebook
                grade_notebook(notebook, release, PRACTICE_SEED, processes, self.submission(student).parent)
                mine, plain = messages(notebook), messages(self._graded_by_stock(student))
                for name in self.names:
                    assert mine[name] == plain[name], f"{student}: {mine[name]}\nplain nbgrader: {plain[name]}"

    def _graded_by_stock(self, student):
        return nbformat.read(self.stock / "autograded" / student / self.assignment / f"{self.assignment}.ipynb", 4)

    def compare_with_self_check(self, count):
        """Assert that some students who check their own notebook get the same points."""
        for student, _ in self.students[:: max(1, len(self.students) // count)]:
            done = autograder("check", self.submission(student), "--json", course=self.course)
            assert done.returncode == 0, done.stderr
            mine = {q["id"]: q["points"] for q in json.loads(done.stdout)["questions"]}
            assert mine == {name: q["points"] for name, q in self.trusted[student].items()}, student

    def compare_with_proof(self):
        """Assert that right answers get full marks and that each misconception loses some and is named as itself."""
        for student, labels in self.students:
            for name, (label, _) in labels.items():
                question, found = self.course.question(name), self.trusted[student][name]
                known = {m.id for m in question.misconceptions}
                assert (found["points"] == question.points) is (label not in known), (label, found)
                assert found["misconception"] == (label if label in known else ""), (label, found)


NOTE = re.compile(r"  note: .*\n(?: {6}.*\n)*")


def messages(notebook):
    """What each graded cell says, by question, without notes on the library's calls, which only the executor sees."""
    said = {}
    for cell in notebook.cells:
        own = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if own.startswith("graded_"):
            said[own.removeprefix("graded_")] = NOTE.sub("", "".join(o.get("text", "") for o in cell.outputs))
    return said
