"""The checker: the process that knows questions, references and misconceptions, and computes the points.

One is forked per submission. It is told an assignment and a seed, hands out cases as bytes, and marks the
replies that come back. It never sees the gradebook, the secret or another submission.
"""

import os
import socket
import sys

from .answers import AnswerBook
from .course import Course, CourseError
from .kernel import quiet, run_trusted
from .marking import Marker
from .sandbox import wire


class Checker:
    """Cases and marks for one submission."""

    def __init__(self, books, course, assignment, seed):
        if assignment not in books:
            books[assignment] = AnswerBook(course, assignment)
        self.course, self.book, self.assignment, self.seed = course, books[assignment], assignment, seed
        self.markers = {}

    def _marker(self, name):
        if name not in self.markers:
            question = self.course.question(name)
            if question.assignment != self.assignment:
                raise CourseError(f"{name} is not a question of {self.assignment}")
            self.markers[name] = Marker(question, self.book, self.seed, run_trusted)
        return self.markers[name]

    def cases(self, name):
        """What the sandbox needs to probe an answer: the probe's text, the names it needs, inputs by property."""
        marker = self._marker(name)
        question = marker.question
        return {"probe": question.probe_source, "names": list(question.names), "inputs": marker.encoded}

    def mark(self, name, replies):
        """The QuestionMark, as plain data."""
        with quiet():
            return self._marker(name).mark(replies).as_data()


def answer(checker, request):
    if request["do"] == "cases":
        return checker.cases(request["question"])
    return checker.mark(request["question"], request["replies"])


def serve_submission(sock, books, course):
    """The child's loop: one assignment and seed, then requests until the coordinator hangs up."""
    opening = wire.decode(wire.recv_frame(sock))
    checker = Checker(books, course, opening["assignment"], opening["seed"])
    while True:
        try:
            request = wire.decode(wire.recv_frame(sock))
        except EOFError:
            return
        wire.send_frame(sock, wire.encode(answer(checker, request)))
