"""The repository's own rules: pins with reasons, commands that exist, links that lead somewhere."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"([A-Za-z0-9_.-]+)==([A-Za-z0-9.]+)")


def tracked(*patterns):
    """Files under version control that match (all, without a pattern), those about to be added included."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def tracked_texts(*patterns):
    for path in tracked(*patterns):
        content = path.read_bytes()
        if b"\0" not in content:
            yield path, content.decode()


def lines_of(name):
    """A requirements file's lines as (requirement, reason), without blank lines and full-line comments."""
    for line in (ROOT / name).read_text().splitlines():
        requirement, _, reason = (part.strip() for part in line.partition("#"))
        if requirement:
            yield requirement, reason


def versions(name):
    """{normalised package name: version} of a requirements file."""
    found = {}
    for requirement, _ in lines_of(name):
        package, version = PINNED.fullmatch(requirement).groups()
        found[normal(package)] = version
    return found


def normal(package):
    return re.sub(r"[-_.]+", "-", package).lower()


# ---- Requirements


def test_every_requirement_is_pinned_and_has_a_reason():
    for requirement, reason in lines_of("requirements.txt"):
        assert PINNED.fullmatch(requirement), f"{requirement} is not pinned with =="
        assert len(reason) >= 8, f"{requirement} has no reason"


def test_constraints_pin_every_requirement_to_the_same_version():
    constraints = versions("constraints.txt")
    assert versions("requirements.txt").items() <= constraints.items()
    assert len(constraints) == len(list(lines_of("constraints.txt"))), "a package is listed twice"


def test_constraints_pin_everything_that_requirements_bring_along():
    """Follows the installed packages' dependencies, CUDA's and other systems' left to the resolver."""
    constraints = versions("constraints.txt")
    # This folder alone: some packages put vendored copies of others on sys.path.
    folder = [sysconfig.get_path("purelib")]
    installed = {normal(d.name): d.requires or [] for d in importlib.metadata.distributions(path=folder)}
    queue, seen = list(versions("requirements.txt")), set()
    while queue:
        package = queue.pop()
        if package in seen or package not in installed:  # not installed: a dependency of another system
            continue
        seen.add(package)
        assert package in constraints or package.startswith(("nvidia-", "triton", "cuda-")), package
        needs = [need for need in installed[package] if "extra ==" not in need]
        queue += [normal(re.match(r"[\w.-]+", need)[0]) for need in needs]
    assert len(seen) > 100


def test_installed_versions_are_the_pinned_ones():
    for package, version in versions("requirements.txt").items():
        installed = importlib.metadata.version(package).partition("+")[0]
        assert installed == version, f"{package} {installed} is installed, {version} is pinned"


def test_every_imported_package_is_a_requirement():
    listed = versions("requirements.txt")
    providers = importlib.metadata.packages_distributions()
    for path, text in tracked_texts("*.py", ":!samples"):  # a sample may hold what no program should
        for module in imported(ast.parse(text)):
            if module in sys.stdlib_module_names or module not in providers or local(module, path):
                continue
            packages = {normal(name) for name in providers[module]}
            assert packages & listed.keys(), f"{path.relative_to(ROOT)} imports {module}, no requirement"


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def local(module, path):
    return module in ("autograder", "tnn") or (path.parent / f"{module}.py").exists()


def test_python_version_is_said_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["requires-python"] == ">=3.11"
    assert project["tool"]["ruff"]["target-version"] == "py311"
    assert "Python 3.11 or newer" in (ROOT / "README.md").read_text()


# ---- Commands


def make_targets():
    """{target: what it does} as `make help` prints them."""
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"^make (\S+) +(\S.*)$", listed, re.M))


def test_help_lists_every_target_and_nothing_else():
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    defined = set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.M))
    phony = set(re.search(r"^\.PHONY:(.*)$", makefile, re.M)[1].split())
    assert set(make_targets()) == defined == phony


def test_the_contract_of_commands():
    wanted = "course test help serve lab formgrader bench evidence lint test-full"
    assert set(wanted.split()) <= set(make_targets())


def test_commands_that_documents_mention_exist():
    targets = set(make_targets())
    for name in ("README.md", "CONTRIBUTING.md"):
        code = " ".join(re.findall(r"```.*?```|`[^`]+`", (ROOT / name).read_text(), re.S))
        mentioned = set(re.findall(r"\bmake ([a-z][a-z-]*)", code))
        assert mentioned, name
        assert mentioned <= targets, f"{name} mentions {sorted(mentioned - targets)}"
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    assert {target for target in targets - {"help"} if f"`make {target}`" not in contributing} == set()


def test_scripts_are_bash_and_executable():
    scripts = sorted((ROOT / ".ci").iterdir())
    assert ROOT / ".ci" / "run" in scripts
    for script in scripts:
        assert os.access(script, os.X_OK), f"{script.name} is not executable"
        text = script.read_text()
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "\nset -euo pipefail\n" in text, f"{script.name} goes on after an error"


def test_ci_calls_both_commands_and_reads_no_input():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines.count("make course") == 2, "the second run shows that nothing was left to do"
    assert [line for line in lines if line.strip()][-1] == "make test", "pytest's closing line comes last"
    assert "exec </dev/null" in lines


@pytest.fixture
def checkout(tmp_path):
    """The files that .ci/environment reads, and a Python that only pretends to install."""
    (tmp_path / ".ci").mkdir()
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml", ".ci/environment"):
        shutil.copy(ROOT / name, tmp_path / name)
    python = tmp_path / "python"
    python.write_text(f"""#!/bin/sh
case "$*" in
  "-m venv .venv") echo venv >> log; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
  *"pip install"*) echo "$*" | grep -o 'requirements.txt\\|-e .' >> log; test ! -e broken ;;
  *base_executable*) echo "$PWD/python" ;;
  *) exec {sys.executable} "$@" ;;
esac
""")
    python.chmod(0o755)
    return tmp_path


def set_up(checkout):
    """Run .ci/environment; returns its exit status and what it made."""
    log = checkout / "log"
    log.write_text("")
    done = subprocess.run(
        [checkout / ".ci" / "environment"],
        env={**os.environ, "PYTHON": str(checkout / "python")},
        capture_output=True,
    )
    return done.returncode, log.read_text().split("\n")[:-1]


EVERYTHING = ["venv", "requirements.txt", "-e ."]


def test_environment_is_made_once_and_again_when_its_inputs_change(checkout):
    assert set_up(checkout) == (0, EVERYTHING)
    assert set_up(checkout) == (0, [])
    with (checkout / "pyproject.toml").open("a") as file:
        file.write("\n# changed\n")
    assert set_up(checkout) == (0, ["-e ."])
    for name in ("requirements.txt", "constraints.txt"):
        with (checkout / name).open("a") as file:
            file.write("\n# changed\n")
        assert set_up(checkout) == (0, EVERYTHING)
    assert set_up(checkout) == (0, [])


def test_an_interrupted_install_is_done_again(checkout):
    (checkout / "broken").touch()
    status, made = set_up(checkout)
    assert status != 0
    assert made == ["venv", "requirements.txt"]
    (checkout / "broken").unlink()
    assert set_up(checkout) == (0, EVERYTHING)


def test_a_python_that_is_too_old_is_passed_over_and_without_another_it_says_so(checkout, commands):
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        commands.add(name, "echo /usr/bin/too-old; exit 1")
    done = commands.run(checkout / ".ci" / "environment")
    assert done.returncode == 1
    assert done.stderr.startswith("No Python 3.11 or newer was found")
    assert not (checkout / ".venv").exists()
    for name in ("cksum", "cp", "echo", "grep", "mkdir", "rm", "tr"):
        (commands.folder / name).symlink_to(shutil.which(name))
    (commands.folder / "python3").write_text((checkout / "python").read_text())
    done = commands.run(checkout / ".ci" / "environment")
    assert done.returncode == 0, done.stderr
    assert (checkout / ".venv" / "project.stamp").exists()


@pytest.fixture
def commands(tmp_path):
    """A folder of commands that stands for a machine's PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "sh", "cat", "dirname", "env", "id"):
        (folder / name).symlink_to(shutil.which(name))

    class Commands:
        def add(self, name, script):
            (folder / name).unlink(missing_ok=True)
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)

        def run(self, script, **environment):
            return subprocess.run(
                [script], env={"PATH": str(folder), **environment}, capture_output=True, text=True
            )

    made = Commands()
    made.folder = folder
    return made


def test_a_browser_that_is_there_is_found_and_nothing_installed(commands):
    commands.add("google-chrome", "exit 0")
    commands.add("apt-get", "exit 1")
    done = commands.run(ROOT / ".ci" / "browser")
    assert (done.returncode, done.stdout.strip()) == (0, str(commands.folder / "google-chrome"))
    done = commands.run(ROOT / ".ci" / "browser", CHROMIUM="no-such-browser")
    assert done.returncode == 1
    assert "no-such-browser" in done.stderr


def test_as_root_on_debian_a_browser_is_installed_after_an_update(commands):
    browser, log = commands.folder / "chromium", commands.folder.parent / "log"
    commands.add("id", "echo 0")
    commands.add("apt-get", f"echo $* >> {log}; case $* in *install*) cp {browser}.new {browser}; esac")
    commands.add("chromium.new", "exit 0")
    (commands.folder / "cp").symlink_to(shutil.which("cp"))
    done = commands.run(ROOT / ".ci" / "browser")
    assert (done.returncode, done.stdout.strip()) == (0, str(browser))
    update, install = log.read_text().splitlines()
    assert update.startswith("update")
    assert "install" in install
    assert "chromium" in install


def test_elsewhere_it_says_which_browser_to_install(commands):
    commands.add("id", "echo 1000")
    commands.add("apt-get", "exit 1")
    done = commands.run(ROOT / ".ci" / "browser")
    assert done.returncode == 1
    assert "apt-get install chromium" in done.stderr


def test_postgres_is_found_or_installed_or_else_it_says_what_to_do(commands):
    nowhere, log = {"PGFOLDERS": str(commands.folder)}, commands.folder.parent / "log"
    commands.add("id", "echo 1000")
    commands.add("apt-get", f"echo $* >> {log}; case $* in *install*) cp $0 {commands.folder}/initdb; esac")
    done = commands.run(ROOT / ".ci" / "postgres", **nowhere)
    assert (done.returncode, done.stdout) == (0, "")
    assert "apt-get install postgresql" in done.stderr
    commands.add("id", "echo 0")
    commands.add("postgres", "exit 0")
    (commands.folder / "cp").symlink_to(shutil.which("cp"))
    for _ in range(2):  # the second time it is there
        done = commands.run(ROOT / ".ci" / "postgres", **nowhere)
        assert (done.returncode, done.stdout.strip()) == (0, str(commands.folder)), done.stderr
    update, install = log.read_text().splitlines()
    assert update.startswith("update")
    assert "install" in install
    assert "postgresql" in install


# ---- Documents


def links(text):
    """Targets of Markdown links and images, outside code."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
    return re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(text):
    """The anchors GitHub gives a document's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_between_documents_lead_somewhere(name):
    text = (ROOT / name).read_text()
    for link in links(text):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = ROOT / path if path else ROOT / name
        assert target.exists() and target.resolve().is_relative_to(ROOT), f"{name} links to {link}"
        assert not anchor or anchor in anchors(target.read_text()), f"{name} links to {link}"


def test_readme_has_its_parts():
    text = (ROOT / "README.md").read_text()
    headings = re.findall(r"^## (.+)$", text, re.M)
    assert headings == ["Two commands", "To read", "To learn", "To teach", "To contribute", "Licence"]
    assert re.search(r"!\[[^\]]{20,}\]\(", text), "a picture with a text that says what it shows"
    lead = text.split("\n\n")[1].splitlines()
    assert len(lead) <= 3, "three lines say what it is"
    assert "## A new question in ten minutes" in (ROOT / "CONTRIBUTING.md").read_text()


def test_licences_for_code_and_text():
    licence = (ROOT / "LICENSE").read_text()
    assert "MIT License" in licence
    assert "creativecommons.org/licenses/by/4.0" in licence
    text = (ROOT / "LICENSE-text").read_text()
    assert text.startswith("Attribution 4.0 International")
    assert all(f"Section {n} -- " in text for n in range(1, 9))


# Absolute paths may name what every system has, or be an example; others belong to one machine.
SYSTEM = "Applications|bin|dev|etc|path|proc|srv|sys|usr"
FORBIDDEN = {
    "a path of one machine": rf"(?<![\w.~*)}}>$/<\\-])/(?!(?:{SYSTEM})/)[A-Za-z][\w.-]*/[\w.-]+",
    "a package index": r"(?i)python[h]osted|py[p]i\.org|(index[-_]url|find[-_]links)\W{1,3}(https?|file):",
    "a leftover of a merge": "^(<{7}|>{7}) ",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_mentions(what):
    pattern = re.compile(FORBIDDEN[what], re.M)
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in tracked_texts()
        if (match := pattern.search(text))
    ]
    assert found == []


def test_the_forbidden_patterns_find_what_they_should():
    examples = {
        "a path of one machine": ["/".join(["", "home", "someone", "x"]), "in " + "/".join(["", "opt", "x"])],
        "a package index": ["PIP_EXTRA_INDEX_URL" + "=https://", "--find-links" + " file:///"],
        "a leftover of a merge": ["<" * 7 + " HEAD"],
    }
    for what, texts in examples.items():
        assert all(re.search(FORBIDDEN[what], text) for text in texts), what
    for text in ("/usr/bin/python3", "book/en/intro.md", "https://example.org/by/4.0", "a/b"):
        assert not re.search(FORBIDDEN["a path of one machine"], text), text


def test_nothing_that_is_made_is_tracked():
    made = {"build", "_build", "demo", "grading", "work", ".venv"}
    assert [path for path in tracked() if path.relative_to(ROOT).parts[0] in made] == []


# ---- The Pages workflow


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())


def test_the_build_has_no_permissions(workflow):
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["build"]["permissions"] == {}
    checkout = workflow["jobs"]["build"]["steps"][0]
    assert checkout["uses"].startswith("actions/checkout@")
    assert checkout["with"]["persist-credentials"] is False


def test_only_main_is_deployed_and_with_no_more_than_it_needs(workflow):
    deploy = workflow["jobs"]["deploy"]
    assert deploy["if"] == "github.ref == 'refs/heads/main'"
    assert deploy["needs"] == "build"
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    assert not any("run" in step or "checkout" in step["uses"] for step in deploy["steps"])
    assert set(workflow["jobs"]) == {"build", "deploy", "notebooks"}


def test_notebooks_for_colab_are_published_from_main_by_git_alone(workflow):
    """The one job that may write: it gets the notebooks as files, and runs git and nothing of the repository's."""
    job = workflow["jobs"]["notebooks"]
    assert job["if"] == "github.ref == 'refs/heads/main'"
    assert job["permissions"] == {"contents": "write"}
    assert not any("checkout" in step.get("uses", "") for step in job["steps"])
    for step in job["steps"]:
        for line in step.get("run", "").splitlines():
            assert re.match(r"(git|cd) ", line.strip()), line


def test_a_forks_site_links_to_the_fork(workflow):
    """The variables that the build reads, tnn.settings.VARIABLES, and no address of anyone's."""
    from tnn.settings import VARIABLES

    environment = workflow["jobs"]["build"]["env"]
    assert set(VARIABLES) <= set(environment)
    assert all("${{ " in environment[name] for name in VARIABLES)


def test_actions_are_pinned_and_jobs_end():
    for path, text in tracked_texts(".github/workflows/*.yml"):
        for use in re.findall(r"uses: (.*)", text):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), f"{path.name}: {use}"
        for name, job in yaml.safe_load(text)["jobs"].items():
            assert "timeout-minutes" in job, f"{path.name}: {name}"
            assert "latest" not in job["runs-on"], f"{path.name}: {name}"


def test_workflows_run_nothing_that_an_outsider_wrote():
    for path, text in tracked_texts(".github/workflows/*.yml"):
        assert "pull_request_target" not in text, path.name
        for run in re.findall(r"run: (.*)", text):
            assert "${{" not in run, f"{path.name}: an expression in a command may be anyone's text"
