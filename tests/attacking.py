"""Attacks on the grader: fixtures in tests/attacks/, the world they are let loose in, and what they may win there.

A fixture is a sample (autograder/samples.py) on top of one right answer, batch_norm_inference:

    # What it tries, in a sentence.
    # wins: canary            what success is: see WINS
    # control: stock          where it succeeds: stock nbgrader, kernel (stock nbgrader running our release) or
                              unlocked (our executor without its lock-down)
    # alone: yes              (optional) the opponent faces it alone with its neighbour, who is graded after it
    # change: toggle_roles    (optional) a change to the notebook or its folder, from attack_changes.py
    # expect: question=points (optional) marks other than the right answer's alone
    # unreadable: yes         (optional) what it hands in is no notebook, and worth nothing here
    # exception: ...          (optional) why it wins here too, and why that harms nobody

    # %% after="given_imports"
    prove(open("<grading>/gradebook.db").read())

An attacker knows where everything lies: <course>, <grading>, <harm> (a folder that nobody may write to), <pack>
and <port>. `prove(text)` prints the hashes of the canaries in a text; DEED is what printing proves a deed.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import attack_changes
import nbformat

from autograder.course import Course
from autograder.samples import Sample

ASSIGNMENT = "04_batch_normalization"
FIXTURES = Path(__file__).parent / "attacks"
BASE = '# %% solution="batch_norm_inference"\n'
BASE_MARKS = {"batch_norm_inference": 5.0}
NEIGHBOUR = '# %% after="given_imports"\n# CANARY\n# %% solution="the rest"\n'
KINDS = ("environment", "gradebook", "solution", "question", "pack", "secret", "neighbour", "student", "hidden")
PRELUDE = """\
import hashlib, re
DEED = "{deed}"
def prove(text):
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    for canary in sorted(set(re.findall(r"canary-[a-z]+-[0-9a-f]{{32}}", text))):
        print(hashlib.sha256(canary.encode()).hexdigest())
def done():
    print(hashlib.sha256(DEED.encode()).hexdigest())"""

WINS = {
    "canary": "prints the hash of something it must not see",
    "deed": "does something it must not do",
    "points": "gains points",
    "file": "leaves or changes a file outside its own folder",
    "upset": "costs somebody their marks, or ends the run",
    "flood": "makes the grader store a lot",
}


@dataclass
class Attack:
    """One fixture."""

    sample: Sample
    header: dict[str, str] = field(default_factory=dict)

    @property
    def name(self):
        return self.sample.name

    @property
    def wins(self):
        return self.header["wins"]

    @property
    def control(self):
        return self.header["control"]

    @property
    def alone(self):
        """Whether it may spoil its opponent's world for other attacks."""
        return self.wins in ("upset", "file") or "alone" in self.header

    @property
    def exception(self):
        return self.header.get("exception", "")

    @property
    def about(self):
        return self.sample.about

    @property
    def expected(self):
        given = self.header.get("expect", "")
        return {k: float(v) for k, v in (pair.split("=") for pair in given.split())} if given else BASE_MARKS


def load_attacks():
    """All fixtures, by name."""
    found = {}
    for path in sorted(FIXTURES.glob("*.py")):
        text = path.read_text()
        header = {}
        for line in re.match(r"(?:#.*\n)+", text).group().splitlines():
            if match := re.fullmatch(r"# (wins|control|alone|change|expect|unreadable|exception): (.+)", line):
                header[match[1]] = match[2]
        about = [line[2:] for line in text.partition("\n\n")[0].splitlines() if not re.match(r"# \w+: ", line)]
        body = text.partition("\n\n")[2]
        assert header["wins"] in WINS and header["control"] in ("stock", "kernel", "unlocked"), path
        found[path.stem] = Attack(Sample(path.stem, ASSIGNMENT, " ".join(about), {}, body), header)
    return found


def digest(name):
    """A fixture's text as a hash: what a recorded result is about."""
    return hashlib.sha256((FIXTURES / f"{name}.py").read_bytes()).hexdigest()[:16]


class World:
    """A course folder full of secrets, in which one attack or a class of them is let loose."""

    def __init__(self, root):
        self.root = Path(root)
        self.grading = self.root / "grading"
        self.submitted = self.grading / "submitted"
        self.pack, self.harm, self.home = self.root / "pack", self.root / "harm", self.root / "home"
        self.canaries, self.deeds, self.port = {}, {}, 0
        self.neighbour = "z-neighbour"  # listed after every attack

    @property
    def environment(self):
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "HOME": str(self.home), "AUTOGRADER_COURSE": str(self.root), "PYTHONWARNINGS": "ignore"}
        own |= {"COURSE_TOKEN": self.canaries["environment"], "AUTOGRADER_QUESTIONS": str(self.pack)}
        return os.environ | own | {"AUTOGRADER_CPU_LIMIT": "2", "OMP_NUM_THREADS": "1"}

    def plant(self):
        """Put a canary in each place that a student must not see."""
        self.canaries = {kind: f"canary-{kind}-{secrets.token_hex(16)}" for kind in KINDS}
        for folder in (self.submitted, self.pack, self.harm, self.home):
            folder.mkdir(parents=True, exist_ok=True)
        (self.submitted / self.canaries["student"]).mkdir()  # somebody who has handed in nothing yet
        (self.grading / "secret").write_text(self.canaries["secret"] + "\n")
        (self.pack / "_notes.py").write_text(f'"""{self.canaries["pack"]}"""\n')
        (self.harm / "kept.txt").write_text("kept\n")
        master = self.root / "solutions" / f"{ASSIGNMENT}.py"
        mark = "    ### BEGIN SOLUTION\n"
        master.write_text(master.read_text().replace(mark, f"{mark}    # {self.canaries['solution']}\n", 1))
        question = self.root / "questions" / "batch_normalization" / "batch_norm_forward.py"
        question.write_text(question.read_text() + f'\nCANARY = "{self.canaries["question"]}"\n')

    def hand_in(self, student, notebook, change=""):
        folder = self.submitted / student / ASSIGNMENT
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{ASSIGNMENT}.ipynb"
        path.write_text(json.dumps(notebook))
        for data in (self.root / "exercises" / ASSIGNMENT).glob("*.pkl"):
            shutil.copy(data, folder)
        if change:
            getattr(attack_changes, change)(self, path)

    def let_loose(self, attack, build, student=None):
        """Hand in an attack; `build(text)` makes a notebook of the release that is graded here."""
        self.deeds[attack.name] = f"deed-{secrets.token_hex(16)}"
        text = attack.sample.text
        for name in ("course", "grading", "pack", "harm"):
            path = self.root if name == "course" else getattr(self, name)
            text = text.replace(f"<{name}>", str(path))
        text = text.replace("<neighbour>", self.neighbour_path()).replace("<port>", str(self.port))
        notebook = build(BASE + text)
        prelude = nbformat.v4.new_code_cell(PRELUDE.format(deed=self.deeds[attack.name]), id="prelude")
        notebook.cells.insert(0, prelude)
        self.hand_in(student or attack.name, notebook, attack.header.get("change", ""))

    def neighbour_path(self):
        return str(self.submitted / self.neighbour / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")

    def neighbour_text(self):
        return NEIGHBOUR.replace("CANARY", self.canaries["neighbour"])

    def snapshot(self):
        """What files hold and may be: everything outside graded work that an attack could have touched."""
        found = {}
        for path in [*self.root.rglob("*")]:
            inside = path.relative_to(self.root).parts
            made = inside[0] == "build" or (inside[0] == "grading" and inside[1:2] != ("submitted",))
            made = made or inside[0] == "home" and ".local" not in inside and "startup" not in inside
            if not made and "__pycache__" not in inside and path.is_file() and not path.is_symlink():
                info = path.stat()
                data = hashlib.sha256(path.read_bytes()).hexdigest()
                found[str(path.relative_to(self.root))] = (data, oct(info.st_mode), info.st_mtime_ns, _xattrs(path))
        book = self.grading / "gradebook.db"
        if book.exists():
            found["grading/gradebook.db"] = (oct(book.stat().st_mode), _xattrs(book))
        return found

    def stolen(self, text, attack=None):
        """Which canaries a text gives away, itself or by its hash; "deed" for the attack's own."""
        secrets_ = self.canaries | ({"deed": self.deeds[attack.name]} if attack else {})
        hashes = {kind: hashlib.sha256(value.encode()).hexdigest() for kind, value in secrets_.items()}
        return sorted(k for k in secrets_ if hashes[k] in text or (k != "deed" and secrets_[k] in text))


def _xattrs(path):
    try:
        return sorted(os.listxattr(path))
    except OSError:
        return []


def copy_world(world, root):
    """The same world, canaries and all, somewhere else."""
    shutil.copytree(world.root, root, symlinks=True)
    copy = World(root)
    copy.canaries, copy.deeds = world.canaries, dict(world.deeds)
    return copy


def text_of(notebook):
    """All that a notebook's cells show."""
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts += [output.get("text", ""), *output.get("traceback", []), output.get("evalue", "")]
            texts += [v for v in data.values() if isinstance(v, str)]
    return "\n".join(texts)


def course_of(world):
    return Course(world.root)
