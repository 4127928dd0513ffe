"""A class list from a platform's export, into nbgrader's table of students. Nobody is ever removed."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader import api
from sqlalchemy import select

from .course import CourseError
from .submissions import STUDENT_ID

FIELDS = ("first_name", "last_name", "email", "lms_user_id")

# How columns are called by nbgrader, Canvas (gradebook export) and Moodle (participants and grade exports), in lower
# case; of several that are there, the first is taken.
ID = ("student_id", "student id", "sis login id", "username", "sis user id", "id number", "idnumber", "login")
NAMES = {
    "first_name": ("first_name", "first name", "firstname", "given name"),
    "last_name": ("last_name", "last name", "lastname", "surname", "family name"),
    "email": ("email", "email address", "e-mail", "e-mail address"),
    "lms_user_id": ("lms_user_id",),
}
NBGRADER_ID, CANVAS_NAME = "id", "student"


@dataclass(frozen=True)
class Roster:
    """The students in a file, {id: {field: text}}, and which column each field was read from."""

    students: dict[str, dict[str, str]]
    columns: dict[str, str]


@dataclass(frozen=True)
class Imported:
    """What a roster changes: ids that are new; {id: {field: (old, new)}}; ids as they were, and not in the file."""

    added: dict[str, dict[str, str]]
    changed: dict[str, dict[str, tuple[str, str]]]
    same: list[str]
    not_listed: list[str] = field(default_factory=list)


def read_roster(path, id_column=None):
    """The Roster in a CSV file. Raises CourseError, naming columns and lines, for one that can't be read as such."""
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not UTF-8: save it as CSV UTF-8") from None
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [name.strip() for name in next(rows, [])]
    columns = _columns(header, id_column, path)
    students, where = {}, {}
    for number, row in enumerate(rows, start=2):
        values = {f: row[header.index(c)].strip() if header.index(c) < len(row) else "" for f, c in columns.items()}
        if not any(values.values()) or _is_no_student(values):
            continue
        student = values.pop("id")
        if "name" in values:
            last, _, first = values.pop("name").partition(",")
            values = {"first_name": first.strip(), "last_name": last.strip()} | {k: v for k, v in values.items() if v}
        if not STUDENT_ID.fullmatch(student):
            raise CourseError(f"{path}, line {number}: {student!r} can't be a student's id (column {columns['id']})")
        if student in students:
            raise CourseError(f"{path}, line {number}: {student} is on line {where[student]} too")
        students[student], where[student] = {k: v for k, v in values.items() if v}, number
    if not students:
        raise CourseError(f"{path} has no students below its header")
    return Roster(students, columns)


def _columns(header, id_column, path):
    """{field: column} as the header has it."""
    lower = {name.lower(): name for name in reversed(header)}
    found = {f: lower[name] for f, names in NAMES.items() for name in reversed(names) if name in lower}
    if id_column is not None:
        if id_column.lower() not in lower:
            raise CourseError(f"{path} has no column {id_column!r}; it has {', '.join(filter(None, header))}")
        found["id"] = lower[id_column.lower()]
    elif known := [name for name in ID if name in lower]:
        found["id"] = lower[known[0]]
    elif NBGRADER_ID in lower:
        found["id"] = lower[NBGRADER_ID]
    else:
        raise CourseError(
            f"{path} has no column that is known to hold students' ids; it has {', '.join(filter(None, header))}. "
            "Say which one is, with --id COLUMN: it is how their folders of submissions are called"
        )
    if CANVAS_NAME in lower and "last_name" not in found:  # Canvas: "Student" is "Last, First", "ID" is its own number
        found["name"] = lower[CANVAS_NAME]
        if NBGRADER_ID in lower and lower[NBGRADER_ID] != found["id"]:
            found.setdefault("lms_user_id", lower[NBGRADER_ID])
    return {"id": found["id"], **found}


def _is_no_student(values):
    """Canvas's rows that are about the columns, and the test student it makes for each course."""
    name = values.get("name", "").strip()
    return name.startswith("Points Possible") or name == "Student, Test"


def import_roster(database, roster, dry_run=False):
    """Add the students of a Roster, and bring up to date what it says of known ones. Returns what is Imported.

    A field that is empty or absent in the file stays as it is.
    """
    if dry_run and not database.exists():
        return Imported(roster.students, {}, [])
    with database.run(), database.explained(), database.book() as book:
        known = {s.id: s for s in book.session.scalars(select(api.Student))}
        added = {i: values for i, values in roster.students.items() if i not in known}
        changed = {}
        for student, values in roster.students.items():
            if student in known:
                old = {f: getattr(known[student], f) or "" for f in values}
                if new := {f: (old[f], v) for f, v in values.items() if old[f] != v}:
                    changed[student] = new
        same = [i for i in roster.students if i in known and i not in changed]
        if not dry_run and (added or changed):
            database.backup()
            book.session.add_all(api.Student(id=i, **values) for i, values in added.items())
            for student, new in changed.items():
                for name, (_, value) in new.items():
                    setattr(known[student], name, value)
            book.session.commit()
        return Imported(added, changed, same, sorted(set(known) - set(roster.students)))
