"""Release assignments: master -> build/source (nbgrader's source) -> exercises (what students get).

The release is made by nbgrader's own generate_assignment, so plain nbgrader makes the same bytes. Each release
carries the digest of its own text: a file whose digest doesn't match was edited by hand and is never
overwritten.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from .course import CourseError
from .master import Master

BUNDLE_NOTE = """\
{title}

Open {assignment}.ipynb in Jupyter, fill in the cells that raise NotImplementedError, and hand the notebook in.
It needs Python 3.11 or newer with numpy, torch, matplotlib and a Jupyter front end; requirements.txt lists them.

Before you hand it in: Restart and run all, save, and keep the file that you handed in. Your feedback says which file
was graded, by its SHA-256. To compute yours, in this folder (python3 on some machines):

    python -c "import hashlib; print(hashlib.sha256(open('{assignment}.ipynb', 'rb').read()).hexdigest())"
"""
BUNDLE_REQUIREMENTS = "numpy\ntorch\nmatplotlib\njupyterlab\n"


@dataclass(frozen=True)
class ReleasedCell:
    """One cell with a role, as the student got it."""

    grade_id: str
    role: str
    name: str
    cell_type: str
    source: str
    metadata: dict


class Release:
    """A released notebook: the one authority on which cell plays which role.

    Raises CourseError if it is missing or was edited by hand.
    """

    def __init__(self, path, assignment):
        self.path, self.assignment = Path(path), assignment
        if not self.path.is_file():
            raise CourseError(f"{assignment} has not been released: run `autograder release {assignment}` first")
        self.notebook = nbformat.reads(self.path.read_text(encoding="utf-8"), as_version=4)
        if not is_untouched(self.notebook):
            raise CourseError(f"{self.path} was edited by hand: undo that, or move it away and release again")

    @property
    def hash(self):
        return self.notebook.metadata.autograder.release

    @cached_property
    def title(self):
        """The heading of its first text cell."""
        texts = (c.source for c in self.notebook.cells if c.cell_type == "markdown")
        return next((text.splitlines()[0].lstrip("# ") for text in texts), self.assignment)

    @cached_property
    def cells(self):
        """The cells with a role, by grade_id, in order."""
        found = {}
        for cell in self.notebook.cells:
            if own := cell.metadata.get("nbgrader"):
                role, _, name = own.grade_id.partition("_")
                found[own.grade_id] = ReleasedCell(
                    own.grade_id, role, name, cell.cell_type, cell.source, dict(cell.metadata)
                )
        return found

    def data_files(self):
        return sorted(p for p in self.path.parent.rglob("*") if p.is_file() and p.suffix != ".ipynb")


def digest(notebook):
    """A hash of a notebook without its own digest."""
    bare = json.loads(nbformat.writes(notebook))
    bare["metadata"].get("autograder", {}).pop("digest", None)
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def is_untouched(notebook):
    """Whether a notebook is byte for byte what a release wrote."""
    return notebook.metadata.get("autograder", {}).get("digest") == digest(notebook)


def release_path(course, assignment):
    return course.exercises / assignment / f"{assignment}.ipynb"


def load_release(course, assignment):
    course.master(assignment)
    return Release(release_path(course, assignment), assignment)


def write_source(course, assignment):
    """Generate nbgrader's source notebook and its data files into build/source."""
    folder = course.source / assignment
    notebook = Master(course.master(assignment), course.questions).source_notebook()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / f"{assignment}.ipynb").write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    for path in course.data_files(assignment):
        target = folder / path.relative_to(course.data_folder(assignment))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def generate(course, assignments, folder, db_url=None):
    """Run nbgrader's generate_assignment into `folder`; with db_url also record the cells in that gradebook."""
    from .nbgrader_plugin import run_converter

    with tempfile.TemporaryDirectory() as scratch:
        directories = {
            "release_directory": str(folder),
            "db_url": db_url or f"sqlite:///{scratch}/scratch.db",
        }
        for assignment in assignments:
            write_source(course, assignment)
            run_converter("GenerateAssignment", course, assignment, ".", directories, force=True)


def release(course, assignments, check=False):
    """Bring exercises/ up to date. Returns the assignments that were out of date; with `check`, changes nothing.

    Raises CourseError rather than overwrite a file that no release wrote.
    """
    stale = []
    with tempfile.TemporaryDirectory() as scratch:
        generate(course, assignments, scratch)
        for assignment in assignments:
            made, kept = Path(scratch) / assignment, course.exercises / assignment
            files = {p.relative_to(made): p.read_bytes() for p in sorted(made.rglob("*")) if p.is_file()}
            _refuse_foreign(kept, files)
            if all((kept / p).is_file() and (kept / p).read_bytes() == data for p, data in files.items()):
                continue
            stale.append(assignment)
            if not check:
                for path, data in files.items():
                    _write(kept / path, data)
    return stale


def _refuse_foreign(kept, files):
    for path in files:
        if path.suffix == ".ipynb" and (kept / path).exists():
            try:
                untouched = is_untouched(nbformat.read(kept / path, as_version=4))
            except Exception:
                untouched = False
            if not untouched:
                raise CourseError(
                    f"{kept / path} was edited by hand and is left as it is: move it away, then release again"
                )


def _write(path, data):
    """Replace a file in one step, so that an interrupted release leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)


def write_bundle(course, assignment, target):
    """The zip a student gets: the notebook, its data files and what to install; the same bytes every time."""
    released = load_release(course, assignment)
    files = {
        f"{assignment}/{p.relative_to(released.path.parent)}": p.read_bytes()
        for p in [released.path, *released.data_files()]
    }
    files[f"{assignment}/README.txt"] = BUNDLE_NOTE.format(title=released.title, assignment=assignment).encode()
    files[f"{assignment}/requirements.txt"] = BUNDLE_REQUIREMENTS.encode()
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in sorted(files.items()):
            bundle.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), data)
    partial.replace(target)
    return target
