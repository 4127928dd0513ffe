"""Replay one mark: the submission runs again as it did, and the checker says what each point rests on."""

import textwrap

from . import inert
from .course import CourseError
from .database import find_database
from .failures import ExecutorError
from .grade import Grader
from .job import grade_job
from .release import load_release
from .settle import Rules
from .shared import shared_processes
from .submissions import Waiting
from .withdrawn import stored_points

WIDTH = 110


def explain(course, student, question, submitted, out, trust_students=False, db=None):
    """What one mark rests on, as plain data: the replay's own mark, the stored one, and the evidence for each property.

    The whole submission runs, in the sandbox, with the inputs that it was graded on. Nothing is written. Raises
    CourseError if there is no such submission, question or mark.
    """
    assignment = course.question(question).assignment
    database = find_database(out, db)
    grader, release = Grader(course, submitted, out, trust_students, db), load_release(course, assignment)
    if not grader.submissions([assignment], [student]):
        raise CourseError(f"{student} handed nothing in for {assignment}")
    w, seen = Waiting(grader, student, assignment, release), {}
    with database.explained(), database.book() as book:
        marks = book.marks(student, assignment)
    if not marks:
        raise CourseError(f"{student} has no marks for {assignment} yet: run `autograder grade` first")

    def watch(name, replies, checker):
        if name == question:
            seen.update(checker.ask("explain", name, replies) or {})

    try:
        job = w.job(database.secret(), trust_students)
        graded = grade_job(job, shared_processes(), watch)
    except ExecutorError as error:
        raise CourseError(f"{student}'s {assignment} can't be replayed: {error}") from None
    if graded.unreadable or not seen:
        why = graded.unreadable or "; ".join(graded.faults) or "the question was not reached"
        raise CourseError(f"{student}'s {assignment} can't be replayed: {why}")
    mark = next(q for q in graded.questions if q["id"] == question)
    cell = f"graded_{question}"
    stored, points = stored_points(w.stored_path, cell), marks[cell]
    withdrawn = Rules.of(course, database).withdrawn.get(assignment, {}).get(question)
    return {
        "student": student,
        "assignment": assignment,
        "question": question,
        "release": release.hash,
        "made_from": graded.made_from,
        "seed": job.seed,
        "mark": mark,
        "stored": stored,
        "same": stored is not None and abs(stored - mark["points"]) < 1e-9,
        "unchanged": w.stored() is not None,
        "gradebook": {"auto": points.auto, "manual": points.manual, "extra": points.extra, "counts": points.score},
        "withdrawn": withdrawn.as_data() if withdrawn else None,
        **inert.data(seen),
    }


def report(found):
    """The same as text for a terminal."""
    mark, book = found["mark"], found["gradebook"]
    lines = [
        f"{found['student']}, {found['assignment']}, {found['question']}: "
        f"{mark['points']:g} of {mark['max_points']:g} points, {mark['status']}",
        _compared(found),
    ]
    counts = [f"it counts {book['counts']:g} in the gradebook"]
    counts += [f"a mark of {book['manual']:g} was set by hand"] if book["manual"] is not None else []
    counts += [f"extra credit {book['extra']:g}"] if book["extra"] else []
    if found["withdrawn"]:
        counts.append(f"the question was withdrawn ({found['withdrawn']['counts']}): {found['withdrawn']['because']}")
    lines += ["; ".join(counts) + "."]
    if found["made_from"]:
        lines.append(f"The notebook was made from release {found['made_from']}, an older one than {found['release']}.")
    lines += [f"inputs are drawn from the seed {found['seed'][:16]}…", ""]
    if mark["misconception"]:
        lines += [_wrapped(f"known mistake {mark['misconception']}: {mark['message']}"), ""]
    judged, tolerance = {p["name"]: p for p in mark["properties"]}, ""
    for p in found["properties"]:
        m = judged[p["name"]]
        lines += [f"{m['status']}: {p['name']} ({m['points']:g} of {m['max_points']:g}), on {p['about']}"]
        if p["tolerance"] != tolerance:
            tolerance = p["tolerance"]
            lines.append(_wrapped(f"tolerance from here on: {tolerance}", 2))
        for case in p["cases"]:
            says = case["found"].rstrip(".") or "agrees"
            lines.append(_wrapped(f"case {case['number']}: {says}", 2))
            if case["found"]:
                lines += [_wrapped(f"{name} = {value}", 4) for name, value in case["inputs"].items()]
                lines += [_wrapped(f"expected {case['expected']}", 4), _wrapped(f"got      {case['got']}", 4)]
                lines += [_wrapped(case["apart"], 4)] if case["apart"] else []
        lines += [f"  and {p['left_out']} more cases"] if p["left_out"] else []
        lines.append("")
    if near := [m for m in found["nearest"] if m["id"] != mark["misconception"]]:
        lines.append("known mistakes that give the same on some property:")
        lines += [_wrapped(f"{m['id']} (on {', '.join(m['alike'])}): {m['says']}", 2) for m in near]
    elif mark["status"] != "right" and not mark["misconception"]:
        lines.append("no known mistake gives the same on any property")
    return "\n".join(lines)


def _compared(found):
    if found["stored"] is None:
        return "The graded notebook that it is stored in can't be read, so it isn't known what was given."
    if found["same"]:
        return f"The replay gives what was given: {found['stored']:g} points."
    why = "though nothing has changed" if found["unchanged"] else "the hand-in, the question or the grader has changed"
    return f"The replay differs from what was given, {found['stored']:g} points ({why} since then)."


def _wrapped(text, indent=0):
    return textwrap.fill(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2), break_long_words=False
    )
