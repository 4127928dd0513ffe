"""What lateness costs: nbgrader's plugin for it, and the time that somebody was given beyond the due date.

The rule is set in nbgrader_config.py, so that nbgrader's own commands and formgrader use the same:

    c.LatePenalty.percent = 10      # of the score, for each day that has begun
    c.LatePenalty.cap_percent = 50
"""

import csv
import io
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Enum, Float, TraitError, Unicode, validate

from .course import CourseError
from .times import read_time, read_zone, show_span, show_time

SECONDS = {"hour": 3600, "day": 86400}
EXTENSIONS = "extensions.csv"
COLUMNS = ("student", "assignment", "days", "until")


class LatePenalty(LateSubmissionPlugin):
    """So many percent of the score for each hour or day that has begun, after a grace period, up to a cap.

    With `percent` at 0, nbgrader's own `penalty_method` decides.
    """

    percent = Float(0, min=0, max=100, help="what each hour or day costs, in percent of the score").tag(config=True)
    per = Enum(tuple(SECONDS), "day", help="what is counted; one that has begun counts in full").tag(config=True)
    grace_minutes = Float(0, min=0, help="who is no later than this is on time; then all lateness counts").tag(
        config=True
    )
    cap_percent = Float(100, min=0, max=100, help="the most that lateness can cost, in percent of the score").tag(
        config=True
    )
    timezone = Unicode("UTC", help="the zone of due dates that name none, and of times that are shown").tag(config=True)

    @validate("timezone")
    def _known(self, proposal):
        try:
            read_zone(proposal["value"])
        except ValueError as error:
            raise TraitError(str(error)) from None
        return proposal["value"]

    def units(self, seconds):
        """How many hours or days count."""
        return 0 if seconds <= 60 * self.grace_minutes else math.ceil(seconds / SECONDS[self.per])

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        """Points to take off a score, rounded to hundredths; None for nothing."""
        if not self.percent:
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        share = min(self.percent * self.units(total_seconds_late), self.cap_percent)
        return round(score * share / 100, 2) or None

    def explain(self, score, seconds):
        """The arithmetic behind a penalty, in words."""
        if not self.percent:
            return "by this course's rule"
        units = self.units(seconds)
        if not units:
            return f"within the {show_span(60 * self.grace_minutes)} that are forgiven"
        share = self.percent * units
        words = f"{units} {self.per}{'s' * (units != 1)} begun, {self.percent:g} % each: {share:g} %"
        if share > self.cap_percent:
            words += f", but at most {self.cap_percent:g} %"
        return f"{words} of {score:g} points"


@dataclass(frozen=True)
class Extension:
    """More time for one student: `span` beyond the due date, or `until` a time in UTC."""

    student: str
    assignment: str
    span: timedelta | None = None
    until: datetime | None = None

    def beyond(self, due):
        """How much later than the due date this student may be; None if there is no due date."""
        if due is None:
            return None
        return max(timedelta(0), self.until - due) if self.until else self.span

    def shown(self, zone):
        if self.until:
            return f"until {show_time(self.until, zone)}"
        return f"{show_span(self.span.total_seconds())} more"


def read_extensions(text, zone="UTC"):
    """The extensions in the text of extensions.csv, by (student, assignment).

    Raises CourseError that names the line for one that can't be read or says the same twice.
    """
    found = {}
    reader = csv.DictReader(io.StringIO(text))
    if missing := set(COLUMNS) - set(reader.fieldnames or COLUMNS):
        raise CourseError(f"{EXTENSIONS} needs the columns {', '.join(COLUMNS)}; it lacks {', '.join(sorted(missing))}")
    for number, row in enumerate(reader, start=2):
        values = {k: (row[k] or "").strip() for k in COLUMNS}
        if not any(values.values()):
            continue
        try:
            extension = _extension(values, zone)
        except ValueError as error:
            raise CourseError(f"{EXTENSIONS}, line {number}: {error}") from None
        pair = extension.student, extension.assignment
        if pair in found:
            raise CourseError(f"{EXTENSIONS}, line {number}: {pair[0]} has two extensions for {pair[1]}; keep one")
        found[pair] = extension
    return found


def _extension(values, zone):
    if not values["student"] or not values["assignment"]:
        raise ValueError("a student and an assignment must be named")
    if bool(values["days"]) == bool(values["until"]):
        raise ValueError("give days or until, one of the two")
    if values["until"]:
        return Extension(values["student"], values["assignment"], until=read_time(values["until"], zone))
    try:
        days = float(values["days"])
    except ValueError:
        days = math.nan
    if not 0 < days < 3660:
        raise ValueError(f"days must be a number above 0, not {values['days']!r}")
    return Extension(values["student"], values["assignment"], span=timedelta(days=days))


def write_extensions(extensions):
    """The text of extensions.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for (student, assignment), e in sorted(extensions.items()):
        days = "" if e.until else f"{e.span.total_seconds() / 86400:.12g}"
        writer.writerow([student, assignment, days, show_time(e.until) if e.until else ""])
    return text.getvalue()
