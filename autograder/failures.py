"""Failures of the machinery: never the student's, and never to be turned into a mark."""

from .course import CourseError


class ExecutorError(Exception):
    """The machinery failed, not the student."""


class ZygoteLost(ExecutorError):
    """The zygote died or fell silent; the next spawn starts another."""


class CannotLockDown(CourseError):
    """Student code can't be locked down on this machine, and nobody said that it may run all the same."""

    def __init__(self, reason):
        self.reason = reason
        super().__init__(
            f"student code can't be locked down on this machine: {reason}. Nothing was graded. Run `autograder doctor` "
            "to see what is missing; or, only if you would run these students' code yourself, grade with "
            "--trust-students (in nbgrader's configuration: c.TrustedExecute.trust_students = True)"
        )
