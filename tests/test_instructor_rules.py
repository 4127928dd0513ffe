"""What an instructor sets: times, penalties, extensions, class lists, totals. Nothing is graded here."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from traitlets import TraitError
from traitlets.config import Config

from autograder.appeal import apart_words, show
from autograder.changes import Change, changes
from autograder.compare import Tolerance
from autograder.course import Course, CourseError
from autograder.gradebook import Points
from autograder.late import Extension, LatePenalty, read_extensions, write_extensions
from autograder.marks import Mark, Marks, Person
from autograder.roster import read_roster
from autograder.settle import Rules, settings
from autograder.times import read_time, show_span, show_time
from autograder.totals import read_weights, totals, write_totals
from autograder.withdrawn import read_withdrawn

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-09 23:59 Europe/Berlin", "2026-03-09 22:59"),
        ("2026-07-09 23:59 Europe/Berlin", "2026-07-09 21:59"),  # summer time
        ("2026-03-09 12:00:00 UTC", "2026-03-09 12:00"),
        ("2026-03-09 12:00:00.948203 UTC", "2026-03-09 12:00:00.948203"),  # as nbgrader's exchange writes it
        ("2026-03-09 12:00:00 +0100", "2026-03-09 11:00"),
        ("2026-03-09T12:00:00+01:00", "2026-03-09 11:00"),
        ("2026-03-09T12:00Z", "2026-03-09 12:00"),
        ("2026-03-09 12:00", "2026-03-09 07:00"),  # in the zone that the test gives
    ],
)
def test_times_are_read_into_utc(text, utc):
    assert read_time(text, "Asia/Karachi") == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    "text", ["gestern", "", "2026-03-09", "12:00", "2026-13-09 12:00", "2026-03-09 25:00", "2026-03-09 12:00 CEST",
             "2026-03-09 12:00 ../etc/passwd", "9"],
)  # fmt: skip
def test_what_is_no_time_is_said(text):
    with pytest.raises(ValueError, match="no time"):
        read_time(text)


def test_times_are_shown_in_a_zone_that_is_named():
    assert show_time(datetime(2026, 3, 9, 22, 59), "Europe/Berlin") == "2026-03-09 23:59 Europe/Berlin"
    assert [show_span(s) for s in (5, 60, 5400, DAY, 2 * DAY + 61 * 60)] == [
        "5 s", "1 min", "1 h 30 min", "1 day", "2 days 1 h 1 min"
    ]  # fmt: skip


def rule(**settings):
    return LatePenalty(config=Config({"LatePenalty": settings}))


@pytest.mark.parametrize(
    ("settings", "seconds", "penalty"),
    [
        ({}, DAY, None),  # nothing, until somebody says so
        ({"percent": 10}, 1, 2.0),
        ({"percent": 10}, DAY, 2.0),
        ({"percent": 10}, DAY + 1, 4.0),
        ({"percent": 10, "per": "hour"}, 3 * HOUR, 6.0),
        ({"percent": 10, "grace_minutes": 15}, 900, None),
        ({"percent": 10, "grace_minutes": 15}, 901, 2.0),
        ({"percent": 10, "cap_percent": 25}, 9 * DAY, 5.0),
        ({"percent": 30}, 9 * DAY, 20.0),  # never more than there is
        ({"percent": 3.33}, 1, 0.67),
        ({"penalty_method": "zero"}, 1, 20.0),  # nbgrader's own
    ],
)
def test_the_penalty(settings, seconds, penalty):
    assert rule(**settings).late_submission_penalty("x", 20.0, seconds) == penalty


def test_the_arithmetic_is_said():
    assert rule(percent=10).explain(20, DAY + 1) == "2 days begun, 10 % each: 20 % of 20 points"
    capped = rule(percent=30, cap_percent=50).explain(20, DAY + 1)
    assert capped == "2 days begun, 30 % each: 60 %, but at most 50 % of 20 points"
    assert rule(percent=10, grace_minutes=30).explain(20, 60) == "within the 30 min that are forgiven"


@pytest.mark.parametrize("wrong", [{"percent": -1}, {"percent": 101}, {"per": "week"}, {"timezone": "Mars/Olympus"}])
def test_a_rule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(TraitError):
        rule(**wrong)


def test_extensions_come_back_as_they_were_written():
    given = {
        ("b", "01_x"): Extension("b", "01_x", until=datetime(2026, 3, 12, 11)),
        ("a, b", "01_x"): Extension("a, b", "01_x", timedelta(hours=36)),
    }
    text = write_extensions(given)
    assert read_extensions(text, "Europe/Berlin") == given
    due = datetime(2026, 3, 9, 12)
    assert [given[k].beyond(due) for k in given] == [timedelta(days=2, hours=23), timedelta(hours=36)]
    assert given["b", "01_x"].beyond(datetime(2026, 4, 1)) == timedelta(0)  # never less time than others
    assert given["b", "01_x"].beyond(None) is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a,01_x,2,2026-03-09 12:00", "line 2: give days or until"),
        ("a,01_x,,", "line 2: give days or until"),
        ("a,01_x,-2,", "line 2: days must be a number above 0"),
        ("a,01_x,nan,", "line 2: days must be a number above 0"),
        ("a,01_x,,Friday", "line 2: 'Friday' is no time"),
        (",01_x,2,", "line 2: a student and an assignment"),
        ("a,01_x,2,\na,01_x,3,", "line 3: a has two extensions"),
    ],
)
def test_an_extension_that_cannot_be_read_is_named_by_its_line(line, says):
    with pytest.raises(CourseError, match=says):
        read_extensions(f"student,assignment,days,until\n{line}\n")


def test_a_file_without_the_columns_is_refused():
    with pytest.raises(CourseError, match="it lacks days, until"):
        read_extensions("student,assignment\na,01_x\n")


def test_withdrawals_that_cannot_be_read_stop_everything():
    for text in ("{", '[{"assignment": "x"}]', '[{"assignment":"x","question":"q","counts":"half","because":""}]'):
        with pytest.raises(CourseError, match="withdrawn.json"):
            read_withdrawn(text)


def test_the_courses_own_configuration_takes_nothing_off(tmp_path):
    class Database:
        def note(self, name):
            return ""

    rules = Rules.of(Course.find(), Database())
    assert isinstance(rules.late, LatePenalty)
    assert rules.late.late_submission_penalty("x", 20.0, DAY) is None
    assert read_weights(Course.find()) == {}
    assert settings(Course.find()).ZipCollectApp.downloaded_directory == "grading/downloaded"


def test_a_configuration_that_cannot_be_read_is_said(tmp_path):
    (tmp_path / "solutions").mkdir()
    course, path = Course(tmp_path), tmp_path / "nbgrader_config.py"
    for text, says in [
        ("get_config(.", "can't be read: SyntaxError"),
        ('get_config().Totals.weights = {"99_x": 1}', "no such assignment"),
        ('get_config().Totals.weights = {"99_x": -1}', "nbgrader_config.py"),
    ]:
        path.write_text(text)
        with pytest.raises(CourseError, match=says):
            read_weights(course)


def marks(**scores):
    found = {tuple(k.split("__")): Mark(*v) for k, v in scores.items()}
    return Marks([Person("ada", "Ada", "L"), Person("kurt")], {"a": 10.0, "b": 40.0, "c": 5.0}, {}, found)


def test_totals_add_points_and_count_what_is_missing_as_nothing():
    ada, kurt = totals(marks(a__ada=(8.0, 1.0), b__ada=(20.0,), a__kurt=(1.0, 3.0)), {})
    assert (ada.scores, ada.points, ada.max_points, ada.percent) == ({"a": 7.0, "b": 20.0}, 27.0, 50.0, 54.0)
    assert (kurt.scores, kurt.points, kurt.percent) == ({"a": 0.0, "b": None}, 0.0, 0.0)
    assert (ada.missing, kurt.missing) == ([], ["b"])


def test_weights_weigh_percentages():
    given = marks(a__ada=(8.0,), b__ada=(20.0,), c__kurt=(5.0,))
    ada, kurt = totals(given, {"a": 3, "b": 1, "c": 0})
    assert ada.percent == pytest.approx((3 * 80 + 1 * 50) / 4)
    assert (list(kurt.scores), kurt.percent) == (["a", "b"], 0.0)
    assert totals(marks(), {"a": 1})[0].percent is None  # nothing to count yet


def test_totals_as_a_file_hold_no_formula(tmp_path):
    found = totals(Marks([Person("=1+1", "@x")], {"a": 10.0}, {}, {("a", "=1+1"): Mark(5.0)}), {})
    lines = write_totals(tmp_path / "t.csv", found).read_text().splitlines()
    assert lines[1] == "\"'=1+1\",\"\",\"'@x\",5.00,5.00,10.00,50.00"


CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,HW1 (123)
    Points Possible,,,,,10
"Lovelace, Ada",4411,s001,ada,A,9
"Student, Test",1,,,A,
"""
MOODLE = "\ufeffFirst name;Surname;ID number;Email address\nAda;Lovelace;ada;ada@example.org\n"
NBGRADER = "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,,4411\n"


@pytest.mark.parametrize(
    ("text", "student"),
    [
        (CANVAS, {"first_name": "Ada", "last_name": "Lovelace", "lms_user_id": "4411"}),
        (MOODLE, {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}),
        (NBGRADER, {"first_name": "Ada", "last_name": "Lovelace", "lms_user_id": "4411"}),
    ],
)
def test_class_lists_as_platforms_write_them(tmp_path, text, student):
    (tmp_path / "list.csv").write_bytes(text.encode())
    assert read_roster(tmp_path / "list.csv").students == {"ada": student}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Vorname,Matrikel\nA,1\n", "it has Vorname, Matrikel"),
        ("", "no column"),
        ("id,email\n", "no students"),
        ("id,email\na/b,x\n", "line 2: 'a/b' can't be"),
        ("id,email\na,x\nb,y\na,z\n", "line 4: a is on line 2 too"),
        (b"id,email\n\xff\xfe,x\n", "UTF-8"),
    ],
)
def test_a_list_that_is_none_is_said(tmp_path, text, says):
    path = tmp_path / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CourseError, match=says):
        read_roster(path)


def test_the_column_of_ids_can_be_named(tmp_path):
    (tmp_path / "list.csv").write_text("Vorname,Matrikel\nA,17\n")
    assert list(read_roster(tmp_path / "list.csv", "matrikel").students) == ["17"]


def test_changes_are_those_of_automatic_marks():
    before = {"graded_f": Points(1.0), "graded_g": Points(2.0, manual=5.0), "graded_w": Points(0)}
    after = {"graded_f": Points(1.0), "graded_g": Points(4.0, manual=5.0), "graded_w": Points(9)}
    after["graded_new"] = Points(1.0)
    assert changes(before, after, {"w"}) == [Change("g", 2.0, 4.0, 5.0)]


def test_the_numbers_of_an_appeal_say_where_it_is_worst():
    got, expected = np.array([[1.0, 2.0], [3.0, np.nan]]), np.array([[1.0, 2.5], [3.0, 4.0]])
    (says,) = apart_words(got, expected, Tolerance(0.0, 0.1, ""))
    assert says == "2 of 4 values beyond the tolerance, worst at (1, 1): got nan, expected 4, inf apart, 0.1 allowed"
    assert not list(apart_words(expected + 0.05, expected, Tolerance(0.0, 0.1, "")))
    assert list(apart_words((1.0, 3.0), (1.0, 2.0), Tolerance(0.0, 0.1, ""), ("dx", "dw"))) == [
        "dw: got 3, expected 2, 1 apart, 0.1 allowed"
    ]
    assert list(apart_words(np.zeros(2), np.zeros(3), Tolerance(0, 0, ""))) == ["shape (2,), expected (3,)"]
    assert show({"x": np.arange(9.0)}) == "{x: float64 (9,) [0, 1, 2, 3, 4, 5, …]}"
