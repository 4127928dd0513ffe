"""The capstone: labels are counted where students' code never runs, and nothing that was tried gets more of them."""

import ast
import inspect
from functools import lru_cache

import numpy as np
import pytest

from autograder.answers import AnswerBook
from autograder.course import Course
from autograder.grading import Processes, grade_notebook
from autograder.kernel import reply_from
from autograder.marking import Marker
from autograder.master import Master
from autograder.normalise import normalise
from autograder.reference import capstone as reference
from autograder.release import load_release
from autograder.samples import build
from autograder.sandbox import wire
from autograder.sandbox.probing import run_probe

pytestmark = [pytest.mark.capstone, pytest.mark.timeout(900)]
COURSE = Course.find()
ASSIGNMENT = "09_capstone"

# One way to train, with places where a cheat may do something else.
NEAREST = """
def train(images, request_labels):
    chosen = np.arange(100)
    labels = np.zeros(100, int)
    {before}
    labels = np.asarray(request_labels(chosen))
    {after}
    flat = images.reshape(len(images), -1)[chosen]

    def predict(test_images):
        {meanwhile}
        x = test_images.reshape(len(test_images), -1)
        return labels[((flat**2).sum(1) - 2 * x @ flat.T).argmin(1)]

    return predict
"""


def nearest(before="pass", after="pass", meanwhile="pass"):
    return NEAREST.format(
        before=before.replace("\n", "\n    "),
        after=after.replace("\n", "\n    "),
        meanwhile=meanwhile.replace("\n", "\n        "),
    )


@pytest.fixture(scope="module")
def release():
    return load_release(COURSE, ASSIGNMENT)


@pytest.fixture(scope="module")
def processes():
    with Processes(COURSE) as processes:
        yield processes


@pytest.fixture(scope="module")
def graded(release, processes):
    """Grades one answer to `train` beside the master's other answers: ({question: its mark}, what the run said)."""

    def grade(source, seed="a seed", seconds=40):
        others = '# %% solution="accuracy_interval"\n\n# %% solution="most_uncertain"\n\n'
        notebook = normalise(
            build(COURSE, ASSIGNMENT, f'{others}# %% answer="train"\n{source}\n').cells, release
        ).notebook
        limits = dict.fromkeys([*release.cells, ""], seconds)
        result = grade_notebook(notebook, release, seed, processes, limits=limits)
        return {q["id"]: q for q in result.questions}, result

    return grade


@pytest.fixture(scope="module")
def honest(graded):
    marks, result = graded(nearest())
    assert result.faults == [] and result.deaths == 0
    assert 0 < marks["train"]["points"] < 12 and marks["train"]["status"] == "partial", marks["train"]
    return marks["train"]


@lru_cache
def marker(seed="a seed"):
    return Marker(COURSE.question("train"), AnswerBook(COURSE, ASSIGNMENT), seed, run_probe)


def in_a_kernel(source, seed="a seed"):
    """The mark of an answer whose labels lie in the same process, as with plain nbgrader and `check`."""
    namespace = {"np": np}
    exec(source, namespace)
    mine = marker(seed)
    return mine.mark(reply_from(namespace, mine)).as_data()


# ---- honest work


def test_the_notebook_gives_the_code_that_the_grader_draws_with():
    master = Master(COURSE.master(ASSIGNMENT), COURSE.questions)
    given = "\n".join(c.source for c in master.cells if c.role == "given")
    defined = {n.name: ast.dump(n) for n in ast.parse(given).body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    for name in ("draw_alphabet", "draw_images", "distances", "draw_task", "LabelDesk", "share_of_points", "modest"):
        assert defined[name] == ast.dump(ast.parse(inspect.getsource(getattr(reference, name))).body[0])
    namespace = {}
    exec(given.partition("def rehearse")[0], namespace)
    for name in ("SIZE", "CLASSES", "POOL", "TEST", "BUDGET", "ALIKE", "WAYS", "NOTHING", "EVERYTHING"):
        assert namespace[name] == getattr(reference, name)


def test_an_honest_answer_gets_the_same_in_a_kernel_and_in_the_sandbox(honest):
    here = in_a_kernel(nearest())
    assert (here["points"], here["message"]) == (honest["points"], honest["message"])


def test_the_modest_and_the_masters_procedure(graded):
    modest, _ = graded("train = modest")
    assert 5 < modest["train"]["points"] < 10
    source = AnswerBook(COURSE, ASSIGNMENT).solution_source(COURSE.question("train"))
    full, _ = graded(source)
    assert full["train"]["points"] == 12 and full["accuracy_interval"]["status"] == "right"


def test_points_are_continuous_in_the_number_of_right_images():
    mine = marker()
    points = []
    for wrong in range(60, 640, 20):
        outputs = [case["test_labels"].copy() for case in mine.cases["accuracy"]]
        outputs[0][:wrong] = (outputs[0][:wrong] + 1) % 10
        cases = [{"status": "ok", "value": wire.encode(o), "after": b""} for o in outputs]
        points.append(mine.mark({"accuracy": {"cases": cases}}).points)
    steps = -np.diff(points)
    assert points[0] == 12 and points[-1] == 6
    assert steps.min() >= 0 and steps.max() <= 20 / 1000 / 0.4 * 6 + 0.011  # twenty images' worth, and the rounding


# ---- what is tried to get more labels, or other ones


GREEDY = """
for index in range(len(images)):
    try:
        request_labels([index])
    except ValueError:
        pass
"""
AGAIN = """
for _ in range(30):
    request_labels(np.zeros(1000, int))
"""
ODD = """
refused = 0
odd = [[-1], [2000], [2**63], [10**30], [0.0], [np.nan], [np.inf], [True], ["0"], [None], [[0]], [{}], {"a": 1}, None,
       "labels", "test_labels", b"0", [b"0"], np.array([0j]), slice(None), range(5000), [[0], [1, 2]], object()]
for indices in odd:
    try:
        request_labels(indices)
    except (ValueError, TypeError):
        refused += 1
assert refused == len(odd), refused
"""
LATE = """
late = 0
for indices in ([0], chosen, range(1900, 2000), []):
    try:
        request_labels(indices)
    except ValueError:
        late += 1
assert late == 4, late
"""
ASKS_THE_DESK = """
desk = request_labels.__globals__["ask"]
for request in ("labels", {"indices": [0]}, {"do": "mark"}, None, 5, [1.5], b"", np.arange(2000), {"labels": 1}):
    reply = desk(request)
    assert set(reply) in ({"refused"}, {"test_images"}), reply
raise RuntimeError("got nothing")
"""
FORGES = """
import os
from sandbox import wire
for number in (0, 1):
    os.write(3, wire.frame(wire.encode({"number": number, "request": wire.encode(np.arange(2000))})))
    reply = wire.decode(wire.decode(wire.recv_frame(3)))
    assert "refused" in reply, reply
"""


@pytest.mark.parametrize("cheat", [GREEDY, AGAIN, ODD], ids=["too many", "again and again", "odd indices"])
def test_asking_in_other_ways_gives_what_asking_gives(cheat, graded, honest):
    marks, result = graded(nearest(before=cheat))
    assert result.faults == [] and result.deaths == 0
    assert (marks["train"]["points"], marks["train"]["message"]) == (honest["points"], honest["message"])


def test_labels_are_closed_while_predicting(graded, honest):
    marks, _ = graded(nearest(meanwhile=LATE))
    assert (marks["train"]["points"], marks["train"]["message"]) == (honest["points"], honest["message"])


def test_frames_of_its_own_get_no_more_than_the_function(graded, honest):
    marks, _ = graded(nearest(after=FORGES))
    assert marks["train"]["points"] == honest["points"], marks["train"]


def test_the_desk_itself_says_nothing_else(graded):
    marks, result = graded(nearest(before=ASKS_THE_DESK))
    assert result.faults == [] and marks["train"]["points"] == 0
    assert "RuntimeError: got nothing" in marks["train"]["message"], marks["train"]["message"]


STORM = """
while True:
    request_labels([])
"""
ODD_FRAMES = [
    {"number": 99, "request": wire.encode([0])},
    {"number": -1, "request": b"\xff\xff"},
    {"number": 2**62, "request": b""},
    {"number": "0", "request": b""},
    {"number": 0, "request": None},
    {"number": 0, "request": b"", "more": 1},
    {"reply": b""},
]


def test_a_storm_of_requests_is_stopped(graded, monkeypatch):
    monkeypatch.setattr("autograder.processes._MAX_REQUESTS", 300)
    marks, _ = graded(nearest(before=STORM))
    assert marks["train"]["points"] == 0 and "asked the grader more than 300 times" in marks["train"]["message"]
    assert marks["most_uncertain"]["points"] == 4, "the others keep their points"


@pytest.mark.parametrize("frame", ODD_FRAMES, ids=lambda frame: str(frame)[:40])
def test_an_odd_frame_costs_its_question_at_most(frame, graded):
    send = f"import os\nos.write(3, {wire.frame(wire.encode(frame))!r})\nimport time; time.sleep(0.3)"
    marks, result = graded(nearest(before=send))
    assert result.faults == [] and marks["train"]["points"] == 0
    assert marks["most_uncertain"]["points"] == 4 and marks["accuracy_interval"]["points"] == 4


REMEMBERS = """
import os, tempfile, pathlib
note = [pathlib.Path(folder) / "note" for folder in (".", tempfile.gettempdir(), "/tmp", "/dev/shm")]
for path in note:
    try:
        assert not path.exists(), "a note from the first try"
        path.write_text(str(list(request_labels(np.arange(100, 200)))))
    except OSError:
        pass
os._exit(0)
"""


def test_a_second_try_knows_nothing_of_the_first(graded):
    """A process that dies is tried once more, with a new desk: what the first was told must not outlive it."""
    marks, result = graded(nearest(before=REMEMBERS))
    assert marks["train"]["points"] == 0 and "a note" not in marks["train"]["message"]
    assert "exit code 0" in marks["train"]["message"] and result.faults == []
    assert marks["most_uncertain"]["points"] == 4


# ---- what is tried without labels


LOOKS_AROUND = """
def train(images, request_labels):
    def predict(test_images):
        import gc, sys
        seen, found, todo = set(), [], []
        frame = sys._getframe()
        while frame:
            todo += [*frame.f_locals.values(), *frame.f_globals.values()]
            frame = frame.f_back
        todo += gc.get_objects()
        for _ in range(3):
            more = []
            for thing in todo:
                if id(thing) in seen:
                    continue
                seen.add(id(thing))
                if type(thing) is np.ndarray:
                    if thing.shape == (len(test_images),) and thing.dtype.kind == "i" and thing.max() == 9:
                        found.append(thing)
                elif type(thing) in (dict, list, tuple) and len(thing) < 1000:
                    more += thing.values() if type(thing) is dict else thing
            todo = more
        return found[-1] if found else np.zeros(len(test_images), int)

    return predict
"""


def test_looking_through_memory_finds_labels_in_a_kernel_and_none_in_the_sandbox(graded):
    assert in_a_kernel(LOOKS_AROUND)["points"] > 0, "the attack must work where nothing is kept from it"
    marks, _ = graded(LOOKS_AROUND)
    assert marks["train"]["points"] == 0, marks["train"]["message"]


SMALL_SEEDS = """
def train(images, request_labels):
    known = {}
    for seed in range(12):
        task = draw_task(np.random.default_rng(seed), pool=40, test=20)
        known[task["images"][0].tobytes()] = task

    def predict(test_images):
        assert images[0].tobytes() not in known and test_images[0].tobytes() not in known, "a known task"
        return np.zeros(len(test_images), int)

    return predict
"""


def test_the_public_generators_small_seeds_are_not_the_secret_one(graded):
    marks, _ = graded(SMALL_SEEDS)
    assert marks["train"]["points"] == 0 and "a known task" not in marks["train"]["message"]


def test_no_tasks_are_alike():
    """Not between students, between a student's two, nor between the grader's and a rehearsal's."""
    tasks = [case for seed in ("one", "two") for case in marker(seed).cases["accuracy"]]
    tasks += [reference.draw_task(np.random.default_rng(s)) for s in range(3)]
    assert len({t["images"].tobytes() for t in tasks}) == len({t["test_labels"].tobytes() for t in tasks}) == len(tasks)


ANSWERS = {
    "a constant": "np.full(n, 3)",
    "all classes in turn": "np.arange(n) % 10",
    "equal shares in order": "np.sort(np.arange(n) % 10)",
    "NaN": "np.full(n, np.nan)",
    "infinity": "np.full(n, np.inf)",
    "too few": "np.zeros(n - 1, int)",
    "too many": "np.zeros((n, 10))",
    "a column": "np.zeros((n, 1), int)",
    "all classes at once": "np.arange(10)",
    "a number": "3",
    "None": "None",
    "text": "'3' * n",
    "texts": "['3'] * n",
    "objects": "[object()] * n",
    "complex": "np.zeros(n, complex)",
    "a subclass": "np.zeros(n, int).view(type('Right', (np.ndarray,), {'__eq__': lambda a, b: np.ones(n, bool)}))",
    "what is asked for": "type('All', (), {'__array__': lambda self, *a, **k: np.zeros(n, int)})()",
    "huge": "np.zeros(10**8)",
    "nested": "__import__('functools').reduce(lambda a, _: [a], range(1000), [])",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_answers_without_work_get_nothing(answer):
    source = (
        f"def train(images, request_labels):\n    return lambda test_images: (lambda n: {answer})(len(test_images))"
    )
    assert in_a_kernel(source)["points"] == 0


def test_burning_time_costs_the_question_alone(graded):
    marks, _ = graded("def train(images, request_labels):\n    while True: pass", seconds=3)
    assert marks["train"]["points"] == 0 and "3 s of processor time" in marks["train"]["message"]
    assert marks["accuracy_interval"]["points"] == 4


def test_a_promise_of_time_is_kept(release, processes, monkeypatch):
    from autograder.limits import cpu_limits

    monkeypatch.delenv("AUTOGRADER_CPU_LIMIT", raising=False)
    limits = cpu_limits(release, processes)
    assert limits["graded_train"].settled() >= 60 > limits["graded_most_uncertain"].settled()


def test_a_checker_that_dies_is_not_asked_again(graded, monkeypatch):
    """Another would have forgotten what the first gave away: better no mark, and a fault that an instructor sees."""
    from autograder import checker

    ask = checker.CheckerSession._ask

    def dies(self, request):
        if request["do"] == "ask":
            self.sock.close()
            raise checker.CheckerDied("gone")
        return ask(self, request)

    monkeypatch.setattr(checker.CheckerSession, "_ask", dies)
    marks, result = graded(nearest())
    assert marks["train"]["status"] == "unmarkable" and marks["train"]["points"] == 0
    assert len(result.faults) == 1 and "gone" in result.faults[0]
    assert marks["most_uncertain"]["points"] == 4


def test_nothing_secret_is_sent_to_the_student():
    mine = marker()
    for encoded in mine.encoded["accuracy"]:
        assert set(wire.decode(encoded)) == {"images"}
    reply = wire.decode(mine.open_desk("accuracy")(0, wire.encode(np.arange(100))))
    np.testing.assert_array_equal(reply["labels"], mine.cases["accuracy"][0]["labels"][:100])
