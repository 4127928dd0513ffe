"""Grade one submission: its cells run in the sandbox, its points are computed by the checker.

The coordinator's part, and a pure function of the normalised notebook, the release and the seed: it runs no
student code, decides nothing, and passes bytes from one process to the other.
"""

import base64
import contextlib
import threading
import time
from dataclasses import dataclass, field, replace

from . import cells, inert, shortcuts
from .checker import CheckerDied, CheckerProcess
from .executor import Session, Zygote
from .limits import cpu_limits
from .marking import PropertyMark, QuestionMark, as_text
from .release import load_release, release_path
from .sandbox.wire import WireError

UNMARKABLE = "could not be marked because of a fault that is not yours; your instructor can see it and mark it again"


@dataclass
class SubmissionResult:
    """What grading one submission came to, as plain data."""

    questions: list[dict] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0  # the student's own
    deaths: int = 0
    trusted_students: bool = False  # it ran without lock-down, because somebody said so
    faults: list[str] = field(default_factory=list)

    def as_data(self):
        return vars(self)


class Processes:
    """The zygote and the checker of one course, started on first use and shared by a whole run.

    `alone()` is held while something that had to be stopped is tried again; `scratch` is where folders for a
    submission are made.
    """

    def __init__(self, course, scratch=None, alone=contextlib.nullcontext, zygote=None):
        self.course, self.scratch, self.alone = course, scratch, alone
        self.zygote = zygote or Zygote()
        self._checker = None
        self._lock = threading.Lock()
        self._releases = {}

    def release(self, assignment):
        """The Release of an assignment, read and checked again only when its file has changed."""
        path = release_path(self.course, assignment)
        info = path.stat() if path.is_file() else None
        key = (assignment, info.st_mtime_ns, info.st_size) if info else assignment
        if key not in self._releases:
            self._releases[key] = load_release(self.course, assignment)
        return self._releases[key]

    def launch(self):
        """Start both without waiting for them, so that they load beside each other."""
        self.zygote.launch()
        with self._lock:
            self._checker = self._checker or CheckerProcess(self.course)

    def checker(self, assignment, seed, lock=True):
        """A checker session; a checker that has died is started again, once."""
        with self._lock:
            if self._checker is not None:
                try:
                    return self._checker.open(assignment, seed, lock)
                except CheckerDied:
                    self._checker.close()
            self._checker = CheckerProcess(self.course)
            return self._checker.open(assignment, seed, lock)

    def close(self):
        self.zygote.close()
        if self._checker is not None:
            self._checker.close()
            self._checker = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def grade_notebook(notebook, release, seed, processes, files=None, limits=None, trust_students=False, watch=None):
    """Run a normalised notebook and write every cell's outputs into it. Returns its SubmissionResult.

    A graded cell's outputs are its message and its points, in the form that nbgrader reads. `files` is a folder
    whose regular files the student's code finds beside it. `limits` gives the processor seconds each cell may
    use, by grade_id; by default measured on the master (limits.py). After each mark, `watch(question, replies,
    checker)` is called, while the checker can still be asked.

    Raises CannotLockDown where the host can't lock student code down, unless `trust_students`.
    """
    if not trust_students:
        processes.zygote.require_lockdown()
    limits = limits or cpu_limits(release, processes)
    result, start, ran = SubmissionResult(trusted_students=trust_students), time.perf_counter(), []
    with Session(processes.zygote, files, trust_students=trust_students, alone=processes.alone) as session:
        checker = _Checking(processes, release.assignment, seed, result, watch)
        with checker:
            for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
                grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
                known = release.cells.get(grade_id)
                limit = limits.get(grade_id, limits[""])
                if known is not None and known.role == "graded":
                    mark = _grade(known.name, session, checker, limit, result, release, ran)
                    result.questions.append(mark.as_data())
                    cell.outputs = mark_outputs(mark, count)
                else:
                    ran.append(cell.source)
                    reply = session.run(cell.source, limit)
                    result.cpu_seconds += reply.cpu_seconds
                    result.deaths += reply.death is not None
                    cell.outputs = run_outputs(reply, count)
                cell.execution_count = count
    result.seconds = time.perf_counter() - start
    return result


class _Checking:
    """The checker session of one submission; opened again, once a question, if it dies."""

    def __init__(self, processes, assignment, seed, result, watch=None):
        self.watch = watch
        self.open = lambda: processes.checker(assignment, seed, lock=not result.trusted_students)
        self.session, self.result = None, result

    def ask(self, verb, *arguments):
        """The reply to `cases` or `mark`, or None with the fault recorded."""
        fault = ""
        for _ in range(2):
            try:
                self.session = self.session or self.open()
                reply = getattr(self.session, verb)(*arguments)
                if "fault" not in reply:
                    return reply
                fault = reply["fault"]
                break
            except (CheckerDied, WireError) as error:
                fault = str(error)
                self.close()
        self.result.faults.append(f"{arguments[0]}: {fault}")
        return None

    def desk_opener(self, name, property_name):
        return self.session.desk_opener(name, property_name)

    def fail(self, name, error):
        self.close()
        self.result.faults.append(f"{name}: {error}")

    def close(self):
        if self.session is not None:
            self.session.close()
            self.session = None

    def __enter__(self):
        """Ask for the session now: the checker gets ready while the student's first cells run."""
        with contextlib.suppress(CheckerDied):
            self.session = self.open()
        return self

    def __exit__(self, *exception):
        self.close()


def _grade(name, session, checker, limit, result, release, ran):
    max_points = float(release.cells[f"graded_{name}"].metadata["nbgrader"]["points"])
    cases = checker.ask("cases", name)
    if cases is None:
        return _unmarkable(name, max_points)
    replies, tried, lost = {}, set(), {}
    for property_name, inputs in cases["inputs"].items():
        names = tuple(cases["names"][property_name])
        if names in lost:
            replies[property_name] = lost[names]
            continue
        desk = checker.desk_opener(name, property_name) if property_name in cases["desks"] else None
        try:
            reply = session.probe(cases["probes"][property_name], names, inputs, limit, desk)
        except (CheckerDied, WireError) as error:  # a checker started again would have forgotten what it gave away
            checker.fail(name, error)
            return _unmarkable(name, max_points)
        result.cpu_seconds += reply.cpu_seconds
        result.deaths += reply.death is not None
        replies[property_name] = (
            {"death": reply.death} if reply.death else {"missing": reply.missing, "cases": reply.cases}
        )
        if reply.missing or (names not in tried and reply.death):
            lost[names] = replies[property_name] if reply.missing else None  # no other property of it can count
        tried.add(names)
    mark = checker.ask("mark", name, replies)
    if checker.watch and mark is not None:
        checker.watch(name, replies, checker)
    mark = _unmarkable(name, max_points) if mark is None else read_mark(mark, name, max_points)
    if mark.points and cases["forbids"]:
        mark = replace(mark, flags=_flags(name, cases, ran, session, checker, limit))
    return mark


def _flags(name, cases, ran, session, checker, limit):
    """What is to be reported about an answer that has points; nothing of it changes them."""
    found, tried = [], set()
    for property_name, inputs in cases["inputs"].items():
        names = tuple(cases["names"][property_name])
        if names not in tried:
            tried.add(names)
            probe = shortcuts.watching(cases["probes"][property_name], cases["forbids"])
            found += session.probe(probe, names, inputs[:1], limit).cases
    reply = checker.ask("flags", name, ran, {"cases": found})
    if reply is None:
        checker.result.faults.pop()  # the mark stands
        return ["Whether a ready-made function does the work could not be looked for."]
    flags = inert.data(reply["flags"])
    return [flag[:300] for flag in flags[:20] if isinstance(flag, str)]


def read_mark(data, name, max_points):
    """The checker's mark, against its schema: points that are no number from 0 to the maximum are 0."""
    data = inert.data(data)  # messages quote what the student's code said
    try:
        if not all(isinstance(d, dict) for d in (data, *data["properties"])):
            raise TypeError("a mark and its properties are dictionaries")
        properties = [PropertyMark(**{k: p[k] for k in PropertyMark.__dataclass_fields__}) for p in data["properties"]]
        mark = QuestionMark(**{k: data[k] for k in QuestionMark.__dataclass_fields__} | {"properties": properties})
        strings = (mark.id, mark.status, mark.misconception, mark.message)
        sound = mark.id == name and all(isinstance(s, str) for s in strings)
        sound &= type(mark.points) in (int, float) and 0 <= mark.points <= max_points == mark.max_points
    except (KeyError, IndexError, TypeError, AttributeError):
        sound = False
    return mark if sound else _unmarkable(name, max_points)


def _unmarkable(name, max_points):
    return QuestionMark(name, 0.0, max_points, "unmarkable", "", f"This answer {UNMARKABLE}.")


def mark_outputs(mark, count):
    """What a graded cell shows: the message, then the points as the cell's result."""
    return [
        cells.stream("stdout", as_text(mark) + "\n"),
        cells.result({"text/plain": repr(float(mark.points))}, count),
    ]


def run_outputs(reply, count):
    """What any other cell shows: text and pictures only, nothing a browser would run."""
    outputs = []
    for o in reply.outputs:
        o = inert.data(o)
        if o["type"] == "stream":
            outputs.append(cells.stream(o["name"], o["text"]))
        elif o["type"] == "error":
            outputs.append(cells.error(o["ename"], o["evalue"], o["traceback"].splitlines()))
        else:
            data = {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in o["data"].items()}
            if o["type"] == "result":
                outputs.append(cells.result(data, count))
            else:
                outputs.append(cells.display(data))
    if reply.death:
        says = f"This cell {reply.death}. The cells after it ran as if it had not been there."
        outputs.append(cells.error("Stopped", says, [says]))
    return outputs
