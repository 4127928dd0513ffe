"""What a question is: one file of data that yields the grade, partial credit, the diagnosis and its own proof.

A question file defines `question = Question(...)`, then decorates accepted variants and lists misconceptions:

    @question.accepts("loops over the features")
    def mean_squared_error(prediction, target): ...

    question.misconception("sum_not_mean", "You summed the squared errors ...", seen="...",
                           replace=("np.mean(", "np.sum("))

A misconception is a patch of the master's answer that must match exactly once, or a function of its own.
Answers are kept as source text: the same text runs in the checker, in a notebook and in the tests.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from .compare import Difference, Tolerance, difference

__all__ = [
    "Case",
    "Difference",
    "Misconception",
    "Property",
    "Question",
    "Tolerance",
    "Variant",
    "call",
    "inputs_unharmed",
    "parts",
    "same_value",
    "unharmed",
]


@dataclass
class Case:
    """One probe of one answer: what went in, what came out, what the inputs were afterwards.

    `expected` is what the reference returns, computed when it is first looked at.
    """

    inputs: dict
    output: object
    after: dict
    question: "Question"
    property: "Property"
    reference: Callable

    @cached_property
    def expected(self):
        return self.reference()


def same_value(case):
    """The default judge: the output equals the reference's."""
    question = case.question
    tolerance = case.property.tolerance or question.tolerance
    name = f"the result of {case.property.of}" if case.property.of else question.result_name
    return difference(case.output, case.expected, tolerance, name, question.outputs)


def unharmed(*names):
    """A judge: none of these inputs, or none at all, was changed in place (it rests on what the sandbox reports)."""
    exact = Tolerance(0.0, 0.0, "inputs are compared with themselves")

    def judge(case):
        for name in names or case.inputs:
            if difference(case.after.get(name), case.inputs[name], exact, name):
                return Difference(f"your function changed its input {name} in place; work on a copy instead", name)
        return None

    return judge


inputs_unharmed = unharmed()


def parts(*names):
    """A judge of some parts of a tuple or dictionary, in this order: a backward names its first wrong gradient."""

    def judge(case):
        outputs, result = case.question.outputs, case.question.result_name
        tolerance = case.property.tolerance or case.question.tolerance
        if isinstance(case.expected, dict):
            if not isinstance(case.output, dict) or not set(names) <= case.output.keys():
                return same_value(case)
            answer, expected = ({n: values[n] for n in names} for values in (case.output, case.expected))
            return difference(answer, expected, tolerance, result)
        if not isinstance(case.output, list | tuple) or len(case.output) != len(outputs):
            return same_value(case)
        answer, expected = ([values[outputs.index(n)] for n in names] for values in (case.output, case.expected))
        return difference(answer, expected, tolerance, result, names)

    return judge


def call(answer, inputs):
    """The default probe: call the answer with its inputs in order (by name where it insists on names)."""
    import inspect

    named = {}
    try:
        for p in inspect.signature(answer).parameters.values():
            if p.kind is p.KEYWORD_ONLY and p.name in inputs:
                named[p.name] = inputs[p.name]
    except (TypeError, ValueError):  # a builtin has no signature to read
        pass
    return answer(*[v for k, v in inputs.items() if k not in named], **named)


@dataclass(frozen=True)
class Property:
    """One thing an answer must get right, worth `points`, tried on `cases` inputs drawn by `inputs(rng)`.

    `about` says on what kind of input, as the end of a sentence: "a batch of images, x of shape (N, C, H, W)".
    `judge(case)` returns None or a Difference. `fingerprint(case)` is what tells two wrong answers apart
    where the output itself is random; it is compared with `tolerance` as outputs are.
    The first property of a question is the value property: the others count only if it holds.
    `probe` exercises the answer in another way than the question's own probe does.
    `of` names the one function it tries, where a question asks for several (a forward and a backward): the
    probe is then given that function alone, and each function has its own value property and diagnosis.

    Where the answer has to find something out: `desk(inputs)` gives what answers the probe's `ask(request)` while it
    runs, plain data to plain data, one desk a case, never beside student code. `secret` inputs are the desk's and
    the judge's alone. `expects(inputs)` is the right output, in place of the reference's.
    shared: a case earns the share of the points that its Difference says, and the property the mean over its cases.
    """

    name: str
    points: float
    inputs: Callable
    about: str
    judge: Callable = same_value
    cases: int = 2
    tolerance: Tolerance | None = None
    fingerprint: Callable = lambda case: case.output
    of: str = ""
    probe: Callable | None = None
    desk: Callable | None = None
    secret: tuple[str, ...] = ()
    expects: Callable | None = None
    shared: bool = False


@dataclass(frozen=True)
class Variant:
    """A different but correct answer, as source text that defines the question's names."""

    how: str
    source: str


@dataclass(frozen=True)
class Misconception:
    """A known wrong answer: `says` tells the student what they did, `seen` where it was met."""

    id: str
    says: str
    seen: str
    source: str = ""
    replace: tuple[str, str] | None = None
    convention: bool = False

    def applied_to(self, solution):
        """This misconception's source text, given the master's answer. Raises ValueError if a patch is stale."""
        if self.replace is None:
            return self.source
        old, new = self.replace
        if solution.count(old) != 1:
            raise ValueError(
                f"misconception {self.id}: {old!r} is in the solution {solution.count(old)} times, not once"
            )
        return solution.replace(old, new)


@dataclass
class Question:
    """One graded function or class; see the module's docstring and CONTRIBUTING.

    name: the question's id and the name the student defines. names: all names the probe needs, if several.
    reference: an object the probe can exercise like an answer. tolerance: for all properties without their own.
    probe: a self-contained function (answer, inputs) -> plain data, run beside the student's code.
    outputs: names of a tuple result's parts, in the order in which to look for the first wrong one.
    stuck: the heading under *Stuck?*, at the end of the notebook, that helps where a value is wrong and no known
        mistake was made; or such headings by the name of the property that failed, "" for all others.
    forbids: dotted names of library calls that would do the work; found, they are flagged, never zeroed.
    seconds: processor seconds that an answer is promised, where ten, or twenty times the master's, may be too few.
    costly: why a proof takes few seeds and no mutants, if an answer takes seconds.
    equivalent_mutants: texts of automatic mutants of the solution that change nothing, each with its reason.
    """

    name: str
    assignment: str
    reference: object
    properties: list[Property]
    tolerance: Tolerance
    probe: Callable = call
    names: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    result_name: str = "the result"
    forbids: tuple[str, ...] = ()
    optional: bool = False
    stuck: str | dict[str, str] = ""
    seconds: float = 0.0
    costly: str = ""
    equivalent_mutants: dict[str, str] = field(default_factory=dict)
    variants: list[Variant] = field(default_factory=list)
    misconceptions: list[Misconception] = field(default_factory=list)

    def __post_init__(self):
        self.names = self.names or (self.name,)
        if not self.properties or any(p.points < 0 for p in self.properties):
            raise ValueError(f"{self.name}: a question needs properties, with points of 0 or more")
        if len({p.name for p in self.properties}) < len(self.properties):
            raise ValueError(f"{self.name}: two properties have the same name")

    def names_for(self, property_name):
        """The names that the probe of one property needs."""
        of = self._property(property_name).of
        return (of,) if of else self.names

    def probe_for(self, property_name):
        """The probe of one property, as text that defines a function called `probe`."""
        return _probe_source(self._property(property_name).probe or self.probe)

    def _property(self, name):
        return next(p for p in self.properties if p.name == name)

    @property
    def points(self):
        return sum(p.points for p in self.properties)

    def accepts(self, how, source=None):
        """Record an accepted variant: decorate a function or class, or give `source` text."""

        def record(definition):
            self.variants.append(Variant(how, _named(source_of(definition), definition.__name__, self.name)))
            return definition

        if source is None:
            return record
        return self.variants.append(Variant(how, textwrap.dedent(source).strip()))

    def misconception(self, id, says, *, seen, replace=None, source=None, convention=False):
        """Record a known wrong answer: a `replace` patch, `source` text, or decorate a function or class."""
        if any(m.id == id for m in self.misconceptions):
            raise ValueError(f"{self.name}: two misconceptions are called {id}")

        def record(text):
            self.misconceptions.append(Misconception(id, says, seen, text, replace, convention))

        if replace is not None or source is not None:
            return record(textwrap.dedent(source or "").strip())

        def decorate(definition):
            record(_named(source_of(definition), definition.__name__, self.name))
            return definition

        return decorate


def source_of(definition):
    """The text of a function or class without its decorators and indentation."""
    text = textwrap.dedent(inspect.getsource(definition))
    node = ast.parse(text).body[0]
    return "\n".join(text.splitlines()[node.lineno - 1 :])


@lru_cache(maxsize=1024)
def _probe_source(probe):
    return _named(source_of(probe), probe.__name__, "probe")


def _named(text, old, new):
    """Rename the function or class that `text` defines."""
    if old == new:
        return text
    for keyword in ("def", "class"):
        if text.startswith(f"{keyword} {old}"):
            return text.replace(f"{keyword} {old}", f"{keyword} {new}", 1)
    raise ValueError(f"expected the definition of {old}")
