"""Mark one question: draw its cases, judge the replies that came back, and say what went wrong.

Replies are plain data (see sandbox/probing.py). Nothing here runs student code.
"""

import hashlib
import textwrap
from dataclasses import asdict, dataclass, field

import numpy as np

from .compare import Difference, Tolerance, same
from .help import entry_for
from .question import Case, same_value
from .sandbox import wire

WIDTH = 96
NOT_WRITTEN = "NotImplementedError"
SILENT = ("right", "not counted")
UNTRIED = ("missing", "unwritten")
LOST = "a cell that stops with an error defines nothing, so look for the first error above."


@dataclass(frozen=True)
class PropertyMark:
    name: str
    points: float
    max_points: float
    status: str  # right, partial, wrong, error, missing, stopped, unwritten, not counted
    message: str
    detail: str = ""  # the message without the kind of input it is about


@dataclass(frozen=True)
class QuestionMark:
    id: str
    points: float
    max_points: float
    status: str  # right, partial, wrong, error, missing, stopped, unwritten
    misconception: str
    message: str
    properties: list[PropertyMark] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    stuck: str = ""

    def as_data(self):
        return asdict(self)


@dataclass(frozen=True)
class Outcome:
    """What one case came to: a value and the inputs after it, or the name of an error, or neither if stopped."""

    status: str
    value: object = None
    after: dict | None = None
    says: str = ""


def draw_cases(question, seed):
    """The inputs of every property, the same for the same seed: {property name: [inputs, ...]}."""
    return {
        p.name: [p.inputs(_generator(seed, question.name, p.name, i)) for i in range(p.cases)]
        for p in question.properties
    }


def _generator(*parts):
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


class Marker:
    """Marks answers to one question on the cases of one seed.

    `run(probe, answer, inputs)` probes a trusted answer and returns a reply as the sandbox does.
    """

    def __init__(self, question, book, seed, run):
        self.question, self.book, self.seed, self.run = question, book, seed, run
        self.cases = draw_cases(question, seed)
        self.encoded = {
            p.name: [wire.encode({k: v for k, v in case.items() if k not in p.secret}) for case in self.cases[p.name]]
            for p in question.properties
        }
        self._expected, self._wrong = {}, {}
        self._traces = {}  # {id of an outcome: (the outcome, its trace)}: each is compared with many others

    @property
    def expected(self):
        """The reference's outcomes for every property. Raises AssertionError if the reference itself fails."""
        return {name: self._expected_on(name) for name in self.cases}

    def _expected_on(self, name):
        """The same for one property, computed when a judge asks: many look at the answer alone."""
        if name not in self._expected:
            p = next(p for p in self.question.properties if p.name == name)
            if p.expects:
                outcomes = [Outcome("ok", p.expects(case), case) for case in self.cases[name]]
            else:
                outcomes = read_reply(self._reply_on(name, self.question.reference), p.cases)
            for outcome in outcomes:
                assert outcome.status == "ok", f"{self.question.name}: the reference fails on {name}: {outcome.says}"
            self._expected[name] = outcomes
        return self._expected[name]

    @property
    def wrong(self):
        """The outcomes of every known misconception, by id."""
        with self.book.scratch_folder():
            return {m.id: dict(self._shown_by(m)) for m in self.question.misconceptions}

    def _shown_by(self, misconception):
        """The outcomes of a known misconception, property by property: (name, outcomes), run when asked for."""
        if misconception.id not in self._wrong:
            source = self.book.misconception_source(self.question, misconception)
            answer = self.book.alternative(self.question, source, misconception.id)
            self._wrong[misconception.id] = _Kept(self._outcomes(answer))
        return self._wrong[misconception.id]

    def open_desk(self, property_name):
        """A new desk for the cases of one property, desk(number, request) -> reply in wire bytes; None if it has none.

        Nothing that is asked makes it raise: what can't be answered is {"refused": why}.
        """
        p = next(p for p in self.question.properties if p.name == property_name)
        if p.desk is None:
            return None
        desks = [p.desk(inputs) for inputs in self.cases[property_name]]

        def answer(number, request):
            try:
                return wire.encode(desks[number](wire.decode(request)))
            except Exception as error:
                return wire.encode({"refused": f"this can't be answered: {error}"[:300]})

        return answer

    def reply(self, answer):
        """The replies of a trusted answer, by property name."""
        with self.book.scratch_folder():
            return {name: self._reply_on(name, answer) for name in self.cases}

    def _reply_on(self, name, answer):
        names = self.question.names_for(name)
        one = answer if names == self.question.names else getattr(answer, names[0])
        with self.book.scratch_folder():
            return self.run(self.question.probe_for(name), one, self.encoded[name], self.open_desk(name))

    def _outcomes(self, answer):
        for name, cases in self.cases.items():
            yield name, read_reply(self._reply_on(name, answer), len(cases))

    def mark(self, replies):
        """The QuestionMark for replies by property name; a property without a reply counts as stopped."""
        outcomes = {p.name: read_reply(replies.get(p.name), p.cases) for p in self.question.properties}
        return self.mark_outcomes(outcomes)

    def mark_outcomes(self, outcomes):
        question, marks, gates = self.question, [], {}
        for p in question.properties:
            status, detail, share = self._judge(p, outcomes[p.name])
            name, gate = gates.setdefault(p.of, (p.name, status))
            if gate != "right" and status == "right":
                status, detail, share = "not counted", f'It counts only if "{name}" is right.', 0.0
            message = f"On {p.about}, {detail}" if status in ("partial", "wrong", "error") else detail
            marks.append(PropertyMark(p.name, round(p.points * share, 2), p.points, status, message, detail))
        points = sum(m.points for m in marks)
        failed, of = next(
            ((m, p.of) for m, p in zip(marks, question.properties, strict=True) if m.status not in SILENT), (None, "")
        )
        if failed is None:
            return QuestionMark(question.name, points, question.points, "right", "", "", marks)
        misconception = self.diagnose(outcomes, of)
        says = misconception.says if misconception else failed.message
        status = "partial" if points else failed.status
        return QuestionMark(
            question.name,
            points,
            question.points,
            status,
            misconception.id if misconception else "",
            says,
            marks,
            stuck="" if misconception or failed.status in UNTRIED else self._help(failed),
        )

    def _judge(self, p, outcomes):
        """(status, detail, share of the points) of one property: the first case that fails speaks for it."""
        if p.shared:
            return self._judge_each(p, outcomes)
        for i, outcome in enumerate(outcomes):
            if outcome.status == "unwritten" and p.of:
                return outcome.status, outcome.says.replace("it still", f"{p.of} still"), 0.0
            if outcome.status != "ok":
                return outcome.status, outcome.says, 0.0
            if found := _judged(p, self._case(p, i, outcome)):
                return "wrong", f"{found.says}.", 0.0
        return "right", "", 1.0

    def _judge_each(self, p, outcomes):
        """The same where each case earns a share of its own; a case that can't be judged earns nothing."""
        if not any(outcome.status == "ok" for outcome in outcomes):
            return outcomes[0].status, outcomes[0].says, 0.0
        said, total = [], 0.0
        for i, outcome in enumerate(outcomes):
            found = _judged(p, self._case(p, i, outcome)) if outcome.status == "ok" else Difference(outcome.says)
            total += found.share if found else 1.0
            said.append(f"{found.says.rstrip('.')}." if found else "full points.")
        share = total / len(outcomes)
        if share == 1:
            return "right", "", 1.0
        return "partial" if share else "wrong", " ".join(said), share

    def _help(self, failed):
        stuck = self.question.stuck
        own = stuck if isinstance(stuck, str) else stuck.get(failed.name, stuck.get("", ""))
        return entry_for(failed.detail, own if failed.status == "wrong" else "")

    def _case(self, p, i, outcome):
        inputs = self.cases[p.name][i]
        return Case(inputs, outcome.value, outcome.after, self.question, p, lambda: self._expected_on(p.name)[i].value)

    def diagnose(self, outcomes, of=""):
        """The one misconception whose outcomes are the answer's on every case that tries `of`, or None."""
        tried = [p for p in self.question.properties if p.of == of]
        if not any(o.status == "ok" for p in tried for o in outcomes[p.name]):
            return None
        with self.book.scratch_folder():
            return next((m for m in self.question.misconceptions if self._shows(m, outcomes, tried)), None)

    def _shows(self, misconception, outcomes, tried):
        """Whether the outcomes are this misconception's. It runs only until the first that isn't: most show at once."""
        wanted = {p.name: p for p in tried}
        for name, wrong in self._shown_by(misconception):
            if p := wanted.pop(name, None):
                if not self._alike(p, outcomes[name], wrong):
                    return False
                if not wanted:
                    return True
        return not wanted

    def alike(self, a, b):
        """Whether two sets of outcomes can't be told apart."""
        return all(self._alike(p, a[p.name], b[p.name]) for p in self.question.properties)

    def _alike(self, p, a, b):
        tolerance = p.tolerance or self.question.tolerance
        for i, (one, two) in enumerate(zip(a, b, strict=True)):
            if one.status != two.status:
                return False
            if one.status != "ok":
                if one.says.split("(")[0] != two.says.split("(")[0]:  # an error's own words, not its numbers
                    return False
                continue
            (print_one, harmed_one), (print_two, harmed_two) = (self._trace(p, i, o) for o in (one, two))
            if harmed_one != harmed_two or not same(print_one, print_two, tolerance):
                return False
        return True

    def _trace(self, p, i, outcome):
        """What tells this outcome from another of the same case: its fingerprint, and which inputs it changed."""
        if id(outcome) not in self._traces:
            before, exact = self.cases[p.name][i], Tolerance(0.0, 0.0, "")
            harmed = [k for k in before if k not in p.secret and not same(outcome.after.get(k), before[k], exact)]
            self._traces[id(outcome)] = outcome, (_fingerprint(p, self._case(p, i, outcome)), harmed)
        return self._traces[id(outcome)][1]


class _Kept:
    """What an iterator has yielded so far, and the rest of it on demand: iterated often, computed once."""

    def __init__(self, made):
        self._made, self._kept = made, []

    def __iter__(self):
        yield from self._kept
        for item in self._made:
            self._kept.append(item)
            yield item


def _judged(p, case):
    """What a property's judge finds; an output that it chokes on is compared with the reference's instead."""
    try:
        return p.judge(case)
    except Exception:
        if found := same_value(case):
            return found
        raise


def _fingerprint(p, case):
    try:
        return p.fingerprint(case)
    except Exception:  # an output of another kind than the question's
        return case.output


def read_reply(reply, cases):
    """The outcomes of one probe reply, whatever it holds: always `cases` of them."""
    if reply is None:
        return [Outcome("stopped", says="It was not run.")] * cases
    if death := reply.get("death"):
        return [Outcome("stopped", says=f"It {death}.")] * cases
    if missing := reply.get("missing"):
        says = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not defined when this cell runs: {LOST}"
        return [Outcome("missing", says=says)] * cases
    outcomes = [_read_case(case) for case in reply["cases"][:cases]]
    return outcomes + [Outcome("stopped", says="It was not run.")] * (cases - len(outcomes))


def _read_case(case):
    if case["status"] == "ok":
        try:
            after = wire.decode(case["after"])
        except wire.WireError:
            after = {}  # an input became something that can't be carried: it was changed
        try:
            return Outcome("ok", wire.decode(case["value"]), after if isinstance(after, dict) else {})
        except wire.WireError as error:
            return Outcome("error", says=f"what your code returned can't be graded: {error}")
    if case["status"] == "unencodable":
        return Outcome("error", says=f"what your code returned can't be graded: {case['reason']}")
    if case["ename"] == NOT_WRITTEN:
        return Outcome("unwritten", says="Not written yet: it still raises NotImplementedError.")
    line = f" (line {case['lineno']}: {case['line'].strip()[:80]})" if case.get("line") else ""
    return Outcome("error", says=f"your code raised {case['ename']}: {case['evalue'][:300]}{line}")


def as_text(mark):
    """A QuestionMark as the student reads it: what to know first, then every property, nothing twice."""
    lines = [f"{mark.id}: {mark.points:g} of {mark.max_points:g} points"]
    lines += [f"  note: {flag} Your points stay; your instructor sees this note too." for flag in mark.flags]
    if mark.status == "right":
        return _wrapped(lines)
    lines.append(f"  {mark.message}")
    if all(p.status == mark.status for p in mark.properties) and mark.status in UNTRIED:
        return _wrapped(lines)
    said = {p.detail for p in mark.properties if p.message == mark.message}
    for p in mark.properties:
        line = f"  {p.status:<11} {p.name} ({p.points:g} of {p.max_points:g})"
        lines.append(line if p.detail in said | {""} else f"{line}: {p.message}")
        said.add(p.detail)
    if mark.stuck:
        lines.append(f'  Stuck? See "{mark.stuck}" at the end of the notebook.')
    return _wrapped(lines)


def _wrapped(lines):
    """Lines no longer than a page of feedback shows, the rest of each indented under its beginning."""
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False)
        for line in lines
    )
