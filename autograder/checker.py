"""The checker: the process that knows questions, references and misconceptions, and computes the points.

One is forked per submission. It is told an assignment and a seed, hands out cases as bytes, answers what a probe may
ask while it runs, and marks the replies that come back. It never sees the gradebook, the secret or another submission:
before the first reply comes, it is locked down as a student's process is, with the course to read and a scratch folder
of its own.
"""

import contextlib
import gc
import itertools
import os
import select
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from . import appeal, shortcuts
from .answers import AnswerBook
from .course import Course, CourseError
from .kernel import quiet
from .marking import Marker
from .sandbox import folders, lockdown, wire
from .sandbox.probing import run_probe

_START = "import sys, autograder.quick, autograder.checker; autograder.checker.main(*sys.argv[1:4], sys.argv[4:])"


class Checker:
    """Cases and marks for one submission."""

    def __init__(self, books, course, assignment, seed):
        if assignment not in books:
            books[assignment] = AnswerBook(course, assignment)
        self.course, self.book, self.assignment, self.seed = course, books[assignment], assignment, seed
        self.markers, self.desks = {}, {}

    def _marker(self, name):
        if name not in self.markers:
            question = self.course.question(name)
            if question.assignment != self.assignment:
                raise CourseError(f"{name} is not a question of {self.assignment}")
            self.markers[name] = Marker(question, self.book, self.seed, run_probe)
        return self.markers[name]

    def cases(self, name):
        """What the sandbox needs to probe an answer: probes as text, names and inputs, by property."""
        marker = self._marker(name)
        question = marker.question
        names = {p.name: list(question.names_for(p.name)) for p in question.properties}
        probes = {p.name: question.probe_for(p.name) for p in question.properties}
        return {
            "probes": probes,
            "names": names,
            "inputs": marker.encoded,
            "forbids": list(question.forbids),
            "desks": [p.name for p in question.properties if p.desk],
            "seconds": question.seconds,
        }

    def ask(self, name, property_name, attempt, number, request):
        """What the desk of one case says, in one try at its property."""
        key = name, property_name, attempt
        if key not in self.desks:
            self.desks[key] = self._marker(name).open_desk(property_name)
        return {"reply": self.desks[key](number, request)}

    def mark(self, name, replies):
        """The QuestionMark, as plain data."""
        with quiet():
            return self._marker(name).mark(replies).as_data()

    def explain(self, name, replies):
        """The numbers behind a mark, for an instructor alone."""
        with quiet():
            return appeal.evidence(self._marker(name), replies)

    def flags(self, name, cells, reply):
        """What there is to report about an answer, apart from its points."""
        question = self._marker(name).question
        return {"flags": shortcuts.flags(cells, question.names, question.forbids, reply)}

    def answer(self, request):
        """The reply to one request; a fault of the question's own is reported, never raised."""
        try:
            if request["do"] == "cases":
                return self.cases(request["question"])
            if request["do"] == "ask":
                with quiet():
                    return self.ask(*(request[k] for k in ("question", "property", "attempt", "number", "request")))
            if request["do"] == "flags":
                return self.flags(request["question"], request["cells"], request["reply"])
            if request["do"] == "explain":
                return self.explain(request["question"], request["replies"])
            return self.mark(request["question"], request["replies"])
        except Exception as error:
            return {"fault": f"{type(error).__name__}: {error}"[:500]}


def serve_submission(sock, books, course, scratch):
    """A child's loop: one assignment and seed, then requests until the coordinator hangs up."""
    opening = wire.decode(wire.recv_frame(sock))  # the coordinator's own words
    tempfile.tempdir = str(scratch)
    if opening["lock"]:
        lockdown.lock_down(str(scratch), [Path(__file__).parent, course.solutions, *course.question_folders])
    checker = Checker(books, course, opening["assignment"], opening["seed"])
    with checker.book.scratch_folder():
        while True:
            try:
                request = wire.decode(wire.recv_frame(sock))
            except EOFError:
                return
            wire.send_frame(sock, wire.encode(checker.answer(request)))


def main(control_fd, scratch, root, packs):
    """The parent's loop: load the course once, then fork a child for each descriptor that arrives."""
    try:
        _serve(int(control_fd), Path(scratch), root, packs)
    finally:
        folders.remove(scratch)


def _serve(control_fd, scratch, root, packs):
    control = socket.socket(fileno=control_fd)
    course = Course(root, packs)
    course.questions  # noqa: B018 (import them once, before forking)
    books = {}
    lockdown.prepare()  # whether it can hold, the zygote says; without it, no child that should be locked starts
    count = 0
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, 256, 1)
        _reap()
        if not packet:
            return
        _prepare(books, course, packet.decode())
        count += 1
        own = scratch / str(count)
        own.mkdir()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                control.close()
                with socket.socket(fileno=descriptors[0]) as channel:
                    serve_submission(channel.fileno(), books, course, own)
                status = 0
            finally:
                os._exit(status)
        os.close(descriptors[0])


def _prepare(books, course, assignment):
    """Run an assignment's master, so that every fork finds it run; what is wrong with it, the fork will say."""
    if assignment not in books:
        with contextlib.suppress(Exception), quiet():
            books[assignment] = AnswerBook(course, assignment)
            _warm_up(books[assignment], course, assignment)
        gc.collect()
        gc.freeze()


def _warm_up(book, course, assignment):
    """Use every reference and answer once: what they import late (torch's optimizers, half a second) is here then."""
    for question in course.questions.values():
        if question.assignment == assignment and not question.costly:
            marker = Marker(question, book, "warm-up", run_probe)
            marker.mark(marker.reply(book.solution(question)))


def _reap():
    """Take note of the children that have ended: not by the system, which would forget the time they used."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


class CheckerDied(Exception):
    """The checker of a submission ended or stopped answering."""


class CheckerProcess:
    """The coordinator's handle on the checker: started once, it opens one child per submission."""

    def __init__(self, course):
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {k: os.environ[k] for k in ("PATH", "HOME", "LANG", "SYSTEMROOT") if k in os.environ}
        self.scratch = tempfile.mkdtemp(prefix="autograder-")
        arguments = [str(theirs.fileno()), self.scratch, str(course.root), *map(str, course.packs)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, *arguments],
            pass_fds=[theirs.fileno()],
            env=environment | {"OMP_NUM_THREADS": "1"},
            cwd=Path(__file__).parents[1],  # Python imports from here first: never from beside a submission
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self.control = mine

    def open(self, assignment, seed, lock=True):
        """A CheckerSession for one submission, locked down before it is told anything that a student made."""
        mine, theirs = socket.socketpair()
        try:
            socket.send_fds(self.control, [assignment.encode()], [theirs.fileno()])
        except OSError as error:
            mine.close()
            raise CheckerDied(f"the checker is gone: {error}") from error
        finally:
            theirs.close()
        return CheckerSession(mine, assignment, seed, lock)

    def close(self):
        self.control.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        folders.remove(self.scratch)


class CheckerSession:
    """Cases and marks for one submission, computed in a process of its own."""

    PATIENCE = 120  # seconds for one request; a question's own proof keeps it far below

    def __init__(self, sock, assignment, seed, lock=True):
        self.sock = sock
        self._send({"assignment": assignment, "seed": seed, "lock": lock})

    def cases(self, name):
        return self._ask({"do": "cases", "question": name})

    def desk_opener(self, name, property_name):
        """What opens a new desk for the cases of a property, as Session.probe wants it. Desks raise CheckerDied."""
        attempts = itertools.count()

        def open_desk():
            attempt = next(attempts)

            def desk(number, request):
                reply = self._ask(
                    {
                        "do": "ask",
                        "question": name,
                        "property": property_name,
                        "attempt": attempt,
                        "number": number,
                        "request": request,
                    }
                )
                if "fault" in reply:
                    raise CheckerDied(reply["fault"])
                return reply["reply"]

            return desk

        return open_desk

    def mark(self, name, replies):
        return self._ask({"do": "mark", "question": name, "replies": replies})

    def explain(self, name, replies):
        return self._ask({"do": "explain", "question": name, "replies": replies})

    def flags(self, name, cells, reply):
        return self._ask({"do": "flags", "question": name, "cells": cells, "reply": reply})

    def _send(self, message):
        try:
            wire.send_frame(self.sock, wire.encode(message))
        except OSError as error:
            raise CheckerDied(str(error)) from error

    def _ask(self, request):
        self._send(request)
        try:
            waiting = select.poll()  # not select(): a long-lived server may have more than 1024 descriptors
            waiting.register(self.sock, select.POLLIN)
            if not waiting.poll(self.PATIENCE * 1000):
                raise CheckerDied(f"no answer within {self.PATIENCE} s")
            return wire.decode(wire.recv_frame(self.sock))
        except (EOFError, OSError, wire.WireError) as error:
            raise CheckerDied(f"no answer: {error or 'it ended'}") from error

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
