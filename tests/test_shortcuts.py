"""Library calls that would do the work are reported, with the evidence, and cost nothing."""

import re

import pytest

from autograder import shortcuts
from autograder.answers import AnswerBook
from autograder.course import Course
from autograder.grade import Grader
from autograder.release import load_release
from autograder.samples import write_submission

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"
FORWARD = "torch.nn.functional.batch_norm"
QUESTION = COURSE.question("batch_norm_forward")
GIVEN = [c.source for c in load_release(COURSE, ASSIGNMENT).cells.values() if c.role == "given"]
TENSORS = "x, gamma, beta = (torch.as_tensor(np.asarray(a, float)) for a in (x, gamma, beta))"
ARGUMENTS = "x, None, None, gamma, beta, training=True, eps=eps"
HEAD = "def batch_norm_forward(x, gamma, beta, eps=1e-5):"


def answer(call, before=""):
    return f"import torch\n{before}\n{HEAD}\n    {TENSORS}\n    return {call}({ARGUMENTS}).numpy()"


# how the call is made, as the cells of a notebook; all of them answer rightly
HIDDEN = {
    "directly": [answer(FORWARD)],
    "under a module's other name": [answer("F.batch_norm", "import torch.nn.functional as F")],
    "under its own other name": [answer("bn", "from torch.nn.functional import batch_norm as bn")],
    "with everything imported": [answer("batch_norm", "from torch.nn.functional import *")],
    "from a module's module": [answer("f.batch_norm", "from torch import nn\nf = nn.functional")],
    "by getattr": [answer('getattr(torch.nn.functional, "batch_norm")')],
    "by a name for it": [answer("normalize", "normalize = torch.nn.functional.batch_norm")],
    "by an import as it goes": [answer('__import__("importlib").import_module("torch.nn.functional").batch_norm')],
    "in a helper's cell": [f"import torch\ndef help(*a, **k):\n    return {FORWARD}(*a, **k)", answer("help")],
    "in a helper's helper": [
        f"import torch\nclass Help:\n    def run(self, *a, **k):\n        return {FORWARD}(*a, **k)\n",
        "def help(*a, **k):\n    return Help().run(*a, **k)",
        answer("help"),
    ],
}
# what only shows when it runs
AT_WORK = {
    "by text": [answer("eval('torch.nn.functional.batch_norm')")],
    "by a name put together": [answer("getattr(torch.nn.functional, 'batch' + '_norm')")],
    "as a layer": [
        f"import torch\n{HEAD}\n    {TENSORS}\n    layer = getattr(torch.nn, f'BatchNorm{{x.ndim // 2}}d')"
        "(x.shape[1], eps=eps, dtype=float)\n    layer.weight.data, layer.bias.data = gamma, beta\n"
        "    return layer(x).detach().numpy()"
    ],
    "by a helper that was made elsewhere": ["import torch\nhelpers = [getattr(torch.nn.functional, 'batch_no' + 'rm')]",
                                            answer("helpers[0]")],  # inside, it calls torch.batch_norm
}  # fmt: skip
INNOCENT = {
    "a comment": [f"# like torch.nn.functional.batch_norm\n{HEAD}\n    '''not torch.batch_norm'''\n    return x"],
    "another cell": ["import torch\ntorch.nn.functional.batch_norm", f"{HEAD}\n    return x"],
    "a test of one's own": [f"{HEAD}\n    return x", f"import torch\ndef test():\n    {FORWARD}(1)\ntest()"],
    "a namesake": [f"class F:\n    batch_norm = staticmethod(abs)\n{HEAD}\n    return F.batch_norm(x)"],
    "other calls of torch": [f"import torch\n{HEAD}\n    return torch.nn.functional.relu(torch.tensor(x)).numpy()"],
    "magics": [f"%matplotlib inline\n!pip install torch\n{HEAD}\n    return x"],
    "no Python": ["((((", f"{HEAD}\n    return x"],
}


@pytest.mark.parametrize("how", HIDDEN)
def test_the_text_gives_it_away(how):
    found = shortcuts.in_text(GIVEN + HIDDEN[how], QUESTION.names, QUESTION.forbids)
    assert set(found) == {FORWARD}
    assert "return" in found[FORWARD]  # the line that a person should look at


@pytest.mark.parametrize("how", INNOCENT)
def test_innocent_text_gives_nothing_away(how):
    assert shortcuts.in_text(GIVEN + INNOCENT[how], QUESTION.names, QUESTION.forbids) == {}


def names_one(source, question):
    """Whether a right answer does name such a function, to call it or to have it called."""
    leaves = [name.rpartition(".")[2] for name in question.forbids]
    # a tensor's own unfold is a sliding view, another function
    source = re.sub(r"(?<!functional)\.unfold\(", "", source)
    return any(f".{leaf}(" in source or (leaf[0].isupper() and re.search(rf"[(,] ?{leaf}, ", source))
               for leaf in leaves)


def test_known_answers_are_innocent_unless_they_do_call_it():
    tried = 0
    for question in COURSE.questions.values():
        book = AnswerBook(COURSE, question.assignment)
        given = [c.source for c in load_release(COURSE, question.assignment).cells.values() if c.role == "given"]
        for source in [book.solution_source(question), *(v.source for v in question.variants)]:
            found = shortcuts.in_text([*given, source], question.names, question.forbids)
            if ".backward(" not in source:  # whose tensor it is, no text says
                assert bool(found) is names_one(source, question), (question.name, found)
            tried += bool(question.forbids) and not found
    assert tried > 10


def test_odd_text_is_no_trouble():
    for source in (
        "(" * 10_000,
        "-" * 50_000 + "1",
        "\0",
        "lambda: " * 5000 + "1",
        "a." * 20_000 + "b",
        "x" * 3**14,
    ):
        assert shortcuts.in_text([source], QUESTION.names, QUESTION.forbids) == {}


@pytest.fixture(scope="module")
def marks(tmp_path_factory):
    """All of these, and right answers to everything, as one class."""
    root = tmp_path_factory.mktemp("shortcuts")
    for i, cells in enumerate([*HIDDEN.values(), *AT_WORK.values()]):
        text = "".join(f'# %% after="given_imports"\n{cell}\n' for cell in cells[:-1])
        write_submission(
            COURSE, f"s{i}", ASSIGNMENT, f'{text}# %% answer="batch_norm_forward"\n{cells[-1]}\n', root / "in"
        )
    write_submission(COURSE, "honest", ASSIGNMENT, '# %% solution="the rest"\n', root / "in")
    for variant in range(4):
        cells = []
        for q in COURSE.questions.values():
            if q.assignment == ASSIGNMENT and variant < len(q.variants):
                first, *others = q.names
                cells += [f'# %% answer="{first}"\n{q.variants[variant].source}\n']
                cells += [f'# %% answer="{other}"\n# above\n' for other in others]
        text = "".join(cells) + '# %% solution="the rest"\n'
        write_submission(COURSE, f"variant{variant}", ASSIGNMENT, text, root / "in")
    done = Grader(COURSE, root / "in", root / "out").grade([ASSIGNMENT])
    return {s.student: {q["id"]: q for q in s.questions} for s in done}, root / "out"


@pytest.mark.parametrize("how", [*HIDDEN, *AT_WORK])
def test_a_call_is_reported_and_costs_nothing(marks, how):
    mark = marks[0][f"s{[*HIDDEN, *AT_WORK].index(how)}"]["batch_norm_forward"]
    assert mark["points"] == mark["max_points"], mark["message"]
    said = " ".join(mark["flags"])
    assert "batch_norm" in said or "BatchNorm" in said
    assert ("was called while" in said) or how in HIDDEN


def test_the_report_stands_in_the_stored_notebook(marks):
    text = (marks[1] / "autograded" / "s0" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text()
    assert "note: The answer uses torch.nn.functional.batch_norm" in text


def test_honest_answers_are_not_reported(marks):
    for i, student in enumerate(("variant0", "variant1", "variant2", "variant3", "honest")):
        for name, mark in marks[0][student].items():
            question = COURSE.question(name)
            calls = i < len(question.variants) and names_one(question.variants[i].source, question)
            assert bool(mark["flags"]) is calls, (student, name, mark["flags"])
