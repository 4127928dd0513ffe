"""What a student is told after a slip that isn't about the subject."""

from autograder.answers import AnswerBook
from autograder.course import Course
from autograder.kernel import reply_from
from autograder.marking import Marker, as_text
from autograder.sandbox.probing import run_probe

COURSE = Course.find()


def test_who_stops_a_check_once_stops_all_of_it():
    question = COURSE.question("k_fold_indices")
    calls = []

    def k_fold_indices(*arguments):
        calls.append(arguments)
        raise KeyboardInterrupt

    marker = Marker(question, AnswerBook(COURSE, question.assignment), "a seed", run_probe)
    replies = reply_from({"k_fold_indices": k_fold_indices}, marker)
    assert len(calls) <= question.properties[0].cases
    said = as_text(marker.mark(replies))
    assert "k_fold_indices: 0 of" in said
    assert "KeyboardInterrupt" in said
    assert "was not tried, because you stopped it" in said
