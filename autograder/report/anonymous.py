"""A class without names: pseudonyms in place of ids, and nothing left that a student wrote.

A pseudonym is derived from the course's secret, so it is the same in every report of a course, and nobody without
the secret can tell whose it is. Students write their names into error messages, file names and code; such texts are
dropped rather than searched for names. The order of the list gives nothing away either.
"""

import base64
import hashlib
import hmac
from dataclasses import replace

from ..marks import Marks, Person

LENGTH = 8  # letters and digits of five bits each
FLAG = "A library call that would do the work; the evidence is in the report with names."


def pseudonym(secret, student):
    """What a student is called, the same for the same secret and id."""
    digest = hmac.digest(secret.encode(), f"pseudonym\0{student}".encode(), hashlib.sha256)
    return f"student-{base64.b32encode(digest).decode()[:LENGTH].lower()}"


def anonymise(marks, submissions, secret):
    """The same Marks and {assignment: {student: Submission}} under pseudonyms, in their order."""
    names = {p.id: pseudonym(secret, p.id) for p in marks.people}
    people = sorted((Person(name) for name in names.values()), key=lambda p: p.id)
    found = {(assignment, names[student]): mark for (assignment, student), mark in marks.found.items()}
    hidden = {
        assignment: dict(sorted((names[student], _hide(s, Person(names[student]))) for student, s in given.items()))
        for assignment, given in submissions.items()
    }
    return Marks(people, marks.max_scores, marks.due, found), hidden


def _hide(submission, person):
    answers = {name: replace(a, detail=a.detail and _hide_detail(a.detail)) for name, a in submission.answers.items()}
    return replace(submission, person=person, answers=answers, reason="", stops=[], notes=[])


def _hide_detail(detail):
    """A mark without what quotes the student: a known mistake's sentence is the course's own."""
    properties = [{**p, "message": "", "detail": ""} for p in detail["properties"]]
    message = detail["message"] if detail["misconception"] else ""
    return {**detail, "message": message, "properties": properties, "flags": [FLAG] * bool(detail.get("flags"))}
