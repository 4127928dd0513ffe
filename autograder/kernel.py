"""`check`, for a plain kernel: mark an answer where it was written.

Nothing here is secret or safe from the code it checks: it is for learners, and for grading with stock nbgrader.
Trusted marks come from the executor, which runs the same probes and the same Marker.
"""

import contextlib
import io
import os
import warnings
from functools import lru_cache

from .answers import AnswerBook, pick
from .course import Course
from .marking import Marker, as_text
from .sandbox.probing import run_probe

SEED_VARIABLE = "AUTOGRADER_SEED"
PRACTICE_SEED = "practice"  # everybody's inputs where nothing is secret


@lru_cache(maxsize=1)
def _course():
    return Course.find()


@lru_cache(maxsize=64)
def _book(assignment):
    return AnswerBook(_course(), assignment)


def check_in(namespace, name):
    """Mark the answer called `name` in a notebook's namespace: print the message, return the points.

    As the last line of a cell it shows the points, which is what nbgrader reads.
    Raises CourseError if there is no such question.
    """
    question = _course().question(name)
    seed = os.environ.get(SEED_VARIABLE, PRACTICE_SEED)
    marker = Marker(question, _book(question.assignment), seed, run_probe)
    with quiet():
        mark = marker.mark(reply_from(namespace, marker))
    print(as_text(mark))
    return mark.points


def reply_from(namespace, marker):
    """Probe what a namespace defines: the replies by property name."""
    question, replies, stopped = marker.question, {}, False
    for property_name, inputs in marker.encoded.items():
        names = question.names_for(property_name)
        if stopped:  # whoever interrupts once means all of it
            replies[property_name] = {"death": "was not tried, because you stopped it"}
        elif missing := [name for name in names if name not in namespace]:
            replies[property_name] = {"missing": missing, "cases": []}
        else:
            replies[property_name] = run_probe(
                question.probe_for(property_name), pick(namespace, names), inputs, marker.open_desk(property_name)
            )
            stopped = any(case.get("ename") == "KeyboardInterrupt" for case in replies[property_name]["cases"])
    return replies


@contextlib.contextmanager
def quiet():
    """Swallow prints and warnings: stock nbgrader gives 0 points to a cell that wrote to stderr."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
