"""What a student runs works on any system, from any folder, on a notebook that any editor has saved."""

import ast
import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.course import Course
from autograder.normalise import normalise_file
from autograder.release import load_release
from autograder.samples import build

COURSE = Course.find()
ASSIGNMENT = "04_batch_normalization"
PORTABLE = Path(__file__).parent / "portable"
# In Python on Linux, but not on Windows; what libraries hide behind the same name on both is not here.
POSIX = {
    "os": {"fork", "forkpty", "getuid", "geteuid", "getgid", "getegid", "killpg", "setsid", "setpgid", "O_NOFOLLOW",
           "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "pidfd_open", "sched_getaffinity", "nice", "wait4", "WNOHANG",
           "mkfifo", "chown", "pread", "pwrite", "set_blocking", "register_at_fork", "uname", "sysconf"},
    "signal": {"SIGKILL", "SIGALRM", "SIGHUP", "SIGSTOP", "SIGUSR1", "alarm", "setitimer", "pthread_sigmask"},
    "socket": {"AF_UNIX", "socketpair", "send_fds", "recv_fds"},
}  # fmt: skip
MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "pyseccomp", "resource", "syslog", "termios", "tty"}


@pytest.fixture(scope="module")
def solved():
    return build(COURSE, ASSIGNMENT, '# %% solution="the rest"\n')


def as_older_jupyter(notebook):
    """Format 4.4, in which cells have no ids; Jupyter writes a language_info."""
    for cell in notebook["cells"]:
        del cell["id"]
    notebook["nbformat_minor"] = 4
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.9.1"}


def as_colab(notebook):
    """Colab's own metadata: ids in each cell's metadata, a kernelspec without a language, format 4.0."""
    for number, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["metadata"]["id"] = f"aB3dE{number}"
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"colab": {"base_uri": "https://localhost:8080/"}, "outputId": "0a1b"}
    notebook["nbformat_minor"] = 0
    notebook["metadata"] |= {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU"}
    notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3"}


def as_vscode(notebook):
    """VS Code: other language names in the metadata, a source that is one string."""
    notebook["metadata"]["kernelspec"] = {"name": ".venv", "display_name": ".venv (3.12.4)", "language": "python"}
    for cell in notebook["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = "".join(cell["source"])


def as_windows(notebook):
    """Lines that end as in Windows."""
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")


EDITORS = [as_older_jupyter, as_colab, as_vscode, as_windows]


def saved_by(editors, notebook, path):
    data = json.loads(nbformat.writes(notebook))
    for editor in editors:
        editor(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(json.dumps(data, indent=1).replace("\n", "\r\n").encode())
    return path


@pytest.mark.parametrize("editor", EDITORS)
def test_a_notebook_of_any_editor_is_read_as_it_was_released(editor, solved, tmp_path):
    release = load_release(COURSE, ASSIGNMENT)
    path = saved_by([editor], copy.deepcopy(solved), tmp_path / "saved.ipynb")
    found = normalise_file(path, release)
    assert found.notices == []
    answers = {c.metadata.nbgrader.grade_id: c.source for c in found.notebook.cells if "nbgrader" in c.metadata}
    wanted = {c.metadata.nbgrader.grade_id: c.source for c in solved.cells if "nbgrader" in c.metadata}
    assert answers == wanted


@pytest.fixture(scope="module")
def checked(solved, tmp_path_factory):
    """`autograder check` without POSIX, in a folder with spaces and accents, on a file that Windows and Colab saved."""
    folder = tmp_path_factory.mktemp("work") / "Übung 4, letzte Fassung — 배치"
    path = saved_by([as_colab, as_windows], copy.deepcopy(solved), folder / f"{ASSIGNMENT} (1).ipynb")
    script = (
        "import sys; sys.argv[0] = 'autograder'\nfrom autograder.cli import app\n"
        "try:\n    app()\nfinally:\n    print(*(m for m in sys.modules if m.startswith('autograder')), file=sys.stderr)"
    )
    environment = os.environ | {"PYTHONPATH": str(PORTABLE), "PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(
        [sys.executable, "-c", script, "check", path.name, "--json"], cwd=folder, env=environment,
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout), done.stderr.split()


def test_check_needs_nothing_that_only_posix_has(checked):
    report, _ = checked
    assert report["score"] == report["max_score"] > 0
    assert report["notices"] == []


def test_the_stand_in_for_windows_takes_things_away():
    script = "import os, signal\nassert not hasattr(os, 'fork') and not hasattr(signal, 'SIGALRM')\nimport fcntl"
    environment = os.environ | {"PYTHONPATH": str(PORTABLE)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert "No module named 'fcntl'" in done.stderr


def test_no_module_that_check_imports_names_what_only_posix_has(checked):
    """Neither in the command's process nor in the kernel's, where `from autograder import check` imports its part."""
    script = "import sys, autograder.kernel\nprint(*(m for m in sys.modules if m.startswith('autograder')))"
    kernel = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    modules = {name for name in (*checked[1], *kernel) if name.startswith("autograder")}
    assert {"autograder.selfcheck", "autograder.kernel", "autograder.marking"} <= modules
    found = [f"{name}: {use}" for name in sorted(modules) for use in posix_only(name)]
    assert found == []


def posix_only(module):
    """What a module imports or names of POSIX alone. getattr(os, name, default) asks first and is fine."""
    path = COURSE.root.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = {alias.name for alias in node.names} & set(POSIX.get(node.module, ()))
            yield from ({node.module} & MODULES) | names
        elif isinstance(node, ast.Attribute) and node.attr in POSIX.get(getattr(node.value, "id", ""), ()):
            yield f"{node.value.id}.{node.attr}"
