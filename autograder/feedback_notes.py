"""What a page of feedback says about points that don't come from an answer: lateness, and withdrawn questions."""

from nbgrader import api
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List

from . import inert
from .cells import new_cell
from .course import Course
from .late import LatePenalty
from .master import cell_id
from .settle import Rules, zone_of
from .times import show_span, show_time


class FeedbackNotes(NbGraderPreprocessor):
    """Puts the notes on top of a notebook on its way to a page; after GetGrades, which gives cells their scores."""

    display_data_priority = List().tag(config=True)  # the page's exporter sets it for every step, and warns otherwise

    def preprocess(self, nb, resources):
        from .database import open_database
        from .nbgrader_plugin import kept_folder

        own = resources["nbgrader"]
        database = open_database(kept_folder(own["db_url"], self.config), own["db_url"])
        rules = Rules.of(Course.find(), database)
        with api.Gradebook(own["db_url"]) as gradebook:
            submission = gradebook.find_submission(own["assignment"], own["student"])
            (notebook,) = submission.notebooks
            notes = [late_words(submission, notebook, rules.late), *_withdrawn(notebook, rules)]
        if notes := [f"- {inert.markdown(inert.line(note))}" for note in notes if note]:
            text = "\n".join(["**Notes on your points.**", "", *notes])
            nb.cells.insert(0, new_cell("markdown", text, cell_id("points")))
        return nb, resources


def late_words(submission, notebook, late):
    """What lateness costs and why; "" for who was on time."""
    seconds, penalty = submission.total_seconds_late, notebook.late_submission_penalty or 0
    if not seconds:
        return ""
    zone, due = zone_of(late), submission.duedate
    extended = f", with {show_span(submission.extension.total_seconds())} of extension," if submission.extension else ""
    said = (
        f"Late: due {show_time(due, zone)}{extended} and handed in {show_time(submission.timestamp, zone)}, "
        f"{show_span(seconds)} late."
    )
    if not penalty:
        within = isinstance(late, LatePenalty) and late.percent and not late.units(seconds)
        return f"{said} That is {late.explain(notebook.score, seconds)}; no points are taken off." if within else said
    because = late.explain(notebook.score, seconds) if isinstance(late, LatePenalty) else "by this course's rule"
    left = max(0.0, notebook.score - penalty)
    return f"{said} {because[0].upper()}{because[1:]}: {penalty:g} points are taken off, {left:g} are left."


def _withdrawn(notebook, rules):
    grades = {g.name.partition("_")[2]: g for g in notebook.grades}
    for question, w in rules.withdrawn.get(notebook.assignment.name, {}).items():
        if grade := grades.get(question):
            if w.counts == "full":
                counts = f"Whoever handed in has its full {grade.max_score:g} points, whatever the answer"
            else:
                counts = "It is left out of the total, whatever the answer"
            by_hand = " A mark set by hand stands." if grade.manual_score is not None else ""
            yield f"{question} was withdrawn. {counts}: {w.because.rstrip('.')}.{by_hand}"
