"""The numbers of a report, as plain data: what `autograder report --json` prints and the pages show.

Points are the gradebook's (marks.py); what became of properties, mistakes and time is what grading noted down.
"""

import statistics
from collections import Counter
from itertools import pairwise

from ..totals import totals
from .similar import LEFT_OUT, groups

BINS = 10
ENOUGH = 10  # submissions for a correlation to say anything
SLOWEST = 5
STATUSES = ("right", "partial", "wrong", "error", "stopped", "missing", "unwritten", "unmarkable")
PROPERTY_STATUSES = ("right", "partial", "wrong", "error", "stopped", "missing", "unwritten", "not counted")
WRITTEN = ("right", "partial", "wrong", "error", "stopped")  # there was an answer to try


def assignment_figures(title, assignment, marks, submissions, stubs=None, solutions=None):
    """Everything that one assignment's page shows.

    submissions: Submissions by student. stubs, solutions: the texts of the answer cells as released and as published,
    for `similar`.
    """
    everyone = list(submissions.values())
    counted = [s for s in everyone if s.counts]
    most = marks.max_scores[assignment]
    questions = list(dict.fromkeys(name for s in everyone for name in s.answers))
    asked = [_question(name, everyone, counted) for name in questions]
    alike = groups({s.person.id: s.sources for s in counted}, stubs or {}, solutions or {})
    return {
        "assignment": assignment,
        "title": title,
        "students": len(marks.people),
        "submissions": len(everyone),
        "max_score": most,
        "marks": [_mark(s, most) for s in everyone],
        "not_handed_in": [p.id for p in marks.people if p.id not in submissions],
        **spread([s.mark.score for s in everyone], most),
        "questions": asked,
        "statuses": _used(STATUSES, asked),
        "property_statuses": _used(PROPERTY_STATUSES, [p for q in asked for p in q["properties"]]),
        "misconceptions": misconceptions(everyone),
        "unnamed": _unnamed(everyone),
        "seconds": _seconds(everyone),
        "stops": [{"student": s.person.id, "where": s.stops, "times": s.deaths} for s in everyone if s.deaths],
        "flags": [
            {"student": s.person.id, "question": a.question, "flags": a.detail["flags"]}
            for s in everyone
            for a in s.answers.values()
            if a.detail and a.detail.get("flags")
        ],
        "similar": [{"students": g.students, "answers": g.answers, "published": g.published} for g in alike],
        "similar_left_out": LEFT_OUT,
        "notes": [{"student": s.person.id, "notes": s.notes} for s in everyone if s.notes],
        "needs_manual": [s.person.id for s in everyone if s.needs_manual],
        "by_hand": [s.person.id for s in everyone if any(a.by_hand for a in s.answers.values())],
        "trusted_students": [s.person.id for s in everyone if s.trusted_students],
        "not_read": [
            {"student": s.person.id, "status": s.status, "reason": s.reason} for s in everyone if not s.counts
        ],
        "without_detail": [
            s.person.id for s in everyone if not any(a.detail for a in s.answers.values()) and s.counts and s.answers
        ],
    }


def _mark(submission, most):
    mark = submission.mark
    return {
        "student": submission.person.id,
        "raw": mark.raw,
        "penalty": mark.penalty,
        "score": mark.score,
        "share": share(mark.score, most),
        "questions": {a.question: a.points for a in submission.answers.values()},
    }


def share(points, most):
    """Points as a share of the maximum; None where nothing can be had."""
    return points / most if most else None


def spread(scores, most):
    """Mean, quartiles and the counts of a histogram: BINS bins of equal width from 0 to the maximum, the last closed.

    What lies above the maximum (extra credit) is counted in the last bin.
    """
    if not scores:
        return {"mean": None, "quartiles": None, "lowest": None, "highest": None, "histogram": []}
    edges = [most * i / BINS for i in range(BINS + 1)]
    counts = Counter(min(int(BINS * score / most), BINS - 1) if most else 0 for score in scores)
    quartiles = statistics.quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else scores * 3
    return {
        "mean": statistics.fmean(scores),
        "quartiles": quartiles,
        "lowest": min(scores),
        "highest": max(scores),
        "histogram": [{"from": a, "to": b, "count": counts[i]} for i, (a, b) in enumerate(pairwise(edges))],
    }


def _question(name, everyone, counted):
    """How one question went. Unread files count in its mean, as they do in the marks, and not in the rest."""
    given = [s.answers[name] for s in everyone if name in s.answers]
    detailed = [s.answers[name].detail for s in counted if name in s.answers and s.answers[name].detail]
    most = given[0].max_points
    statuses, withdrawn = Counter(d["status"] for d in detailed), given[0].withdrawn
    return {
        "id": name,
        "max_points": most,
        "n": len(given),
        "mean": statistics.fmean(a.points for a in given),
        "share": share(statistics.fmean(a.points for a in given), most),
        "withdrawn": withdrawn and {"counts": withdrawn.counts, "because": withdrawn.because},
        "detailed": len(detailed),
        "statuses": {status: statuses[status] for status in STATUSES if statuses[status]},
        "discrimination": item_rest([s for s in counted if name in s.answers], name),
        "properties": _properties(detailed),
    }


def _used(statuses, rows):
    """The statuses that occur in any of the rows, in their order."""
    return [status for status in statuses if any(status in row["statuses"] for row in rows)]


def _properties(detailed):
    found = {}
    for detail in detailed:
        for p in detail["properties"]:
            found.setdefault((p["name"], p["max_points"]), []).append(p)
    return [
        {
            "name": name,
            "max_points": most,
            "n": len(marked),
            "share": share(statistics.fmean(p["points"] for p in marked), most),
            "statuses": {
                status: count for status in PROPERTY_STATUSES if (count := sum(p["status"] == status for p in marked))
            },
        }
        for (name, most), marked in found.items()
    ]


def item_rest(submissions, name):
    """{"n", "r"}: Pearson's correlation of the points for one question with the points for all others.

    r is None with fewer than ENOUGH submissions, or where either doesn't vary.
    """
    item = [s.answers[name].points for s in submissions]
    rest = [sum(a.points for a in s.answers.values()) - own for s, own in zip(submissions, item, strict=True)]
    if len(item) < ENOUGH or len(set(item)) == 1 or max(rest) - min(rest) < 1e-9:
        return {"n": len(item), "r": None}
    return {"n": len(item), "r": statistics.correlation(item, rest)}


def misconceptions(submissions):
    """The known mistakes that were made, the most frequent first, each with the share of written answers."""
    made, written = {}, Counter()
    for s in submissions:
        for a in s.answers.values():
            if a.status in WRITTEN:
                written[a.question] += 1
            if a.detail and a.detail["misconception"]:
                key = (a.question, a.detail["misconception"])
                made.setdefault(key, (a.detail["message"], []))[1].append(s.person.id)
    listed = [
        {
            "question": question,
            "id": id_,
            "says": says,
            "count": len(students),
            "answers": written[question],
            "share": len(students) / written[question],
            "students": students,
        }
        for (question, id_), (says, students) in made.items()
    ]
    return sorted(listed, key=lambda m: (-m["count"], -m["share"], m["question"], m["id"]))


def _unnamed(submissions):
    """How many answers were wrong, or partly, without a known mistake, by question, the most first."""
    counts = Counter(
        a.question
        for s in submissions
        for a in s.answers.values()
        if a.status in ("partial", "wrong") and not a.detail["misconception"]
    )
    return [{"question": question, "count": count} for question, count in counts.most_common()]


def _seconds(submissions):
    timed = sorted(((s.seconds, s.person.id) for s in submissions if s.seconds is not None), reverse=True)
    if not timed:
        return {"n": 0, "median": None, "longest": None, "slowest": []}
    return {
        "n": len(timed),
        "median": statistics.median(seconds for seconds, _ in timed),
        "longest": timed[0][0],
        "slowest": [{"student": student, "seconds": seconds} for seconds, student in timed[:SLOWEST]],
    }


def total_figures(marks, assignments, weights):
    """The whole course: each student's marks and their sum, with nothing handed in counted as 0 (totals.py).

    assignments: the figures of each assignment that has submissions. Shares are of the total, 0 to 1.
    """
    found = totals(marks, weights)
    shares = [t.percent / 100 for t in found if t.percent is not None]
    return {
        "students": len(found),
        "assignments": list(found[0].scores) if found else [],
        "max_score": found[0].max_points if found else 0.0,
        "weights": weights,
        "marks": [
            {
                "student": t.student,
                "scores": list(t.scores.values()),
                "score": t.points,
                "share": None if t.percent is None else t.percent / 100,
                "missing": t.missing,
            }
            for t in found
        ],
        **spread(shares, 1.0),
        "misconceptions": sorted(
            ({**m, "assignment": a["assignment"]} for a in assignments for m in a["misconceptions"]),
            key=lambda m: (-m["count"], -m["share"], m["assignment"], m["question"], m["id"]),
        ),
    }
