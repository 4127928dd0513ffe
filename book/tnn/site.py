"""Build the course's website: `python -m tnn.site build [--root DIR] [--out DIR]`.

It runs `jupyter-book build` with warnings fatal, working in `_build/`, and publishes the pages to
`build/site/` only when all went well. If no input changed since, it does nothing; if only prose changed, no
cell is executed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock

from tnn.inputs import site_hash

STAMP = ".inputs.sha256"
EXECUTED = "Executed notebook in"  # myst-nb's words
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main(prog_name='jupyter-book')"


class BuildError(Exception):
    """Jupyter Book refused; the message is the end of its log."""


def build(root=".", out=None):
    """Build the site of the checkout `root` into `out` (default ROOT/build/site).

    Returns (index, executed): the first page's path, and how many pages were executed, or None if the site
    was up to date. Raises BuildError, leaving what was published before as it is.
    """
    root = Path(root).resolve()
    out = Path(out).resolve() if out else root / "build" / "site"
    (root / "_build").mkdir(exist_ok=True)
    with FileLock(root / "_build" / ".lock"):  # two builds would tread on each other's files
        return build_alone(root, out)


def build_alone(root, out):
    wanted = site_hash(root)
    if published_hash(out) == wanted:
        return out / "index.html", None
    if out.exists() and any(out.iterdir()) and not (out / STAMP).exists():
        raise BuildError(f"{out} holds files that this command didn't write; it won't replace them.")
    shutil.rmtree(root / "_build" / "html", ignore_errors=True)  # pages that were taken out must not linger
    log = run_jupyter_book(root)
    publish(root / "_build" / "html", out, wanted)
    return out / "index.html", log.count(EXECUTED)


def published_hash(out):
    """The hash of the inputs that the site in `out` was made from, or None."""
    stamp = Path(out) / STAMP
    return stamp.read_text() if stamp.exists() and (Path(out) / "index.html").exists() else None


def run_jupyter_book(root):
    """Run `jupyter-book build` over `root` and return its log, also kept in _build/site.log."""
    search = [str(root), str(root / "book"), os.environ.get("PYTHONPATH")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, search)),  # pages run this checkout's kernels
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger warns on stderr, which is fatal here
    }
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", ".", "-W", "--keep-going"]
    log = root / "_build" / "site.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as file:
        done = subprocess.run(command, cwd=root, env=environment, stdout=file, stderr=subprocess.STDOUT)
    text = log.read_text(errors="replace")
    if done.returncode:
        raise BuildError(f"{first_complaint(text)}\nThe whole log is in {log}.")
    return text


def first_complaint(log, lines=70):
    """The log from its first warning or error on, which is where the cause stands, without colour codes."""
    log = re.sub(r"\x1b\[[0-9;]*m", "", log)
    complaint = re.search(r"^(.*: )?(WARNING|ERROR): |^Exception occurred", log, re.MULTILINE)
    found = log[complaint.start():].splitlines() if complaint else log.splitlines()[-lines:]
    return "\n".join(found[:lines])


def publish(html, out, inputs):
    """Put the pages into `out`, in place of what was there, and stamp them last."""
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(html, fresh, ignore=shutil.ignore_patterns(".buildinfo*", "objects.inv"))
    if out.exists():
        shutil.rmtree(out)
    fresh.rename(out)
    (out / STAMP).write_text(inputs)


def main(argv=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tnn.site", description="Build the course's website.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("build", help="build the website")
    command.add_argument("--root", default=".", help="the checkout (default: this folder)")
    command.add_argument("--out", help="where the pages go (default: ROOT/build/site)")
    args = parser.parse_args(argv)
    if not (Path(args.root) / "_config.yml").exists():
        print(f"{args.root} is not a checkout of the course: it has no _config.yml.", file=sys.stderr)
        return 2
    start = time.perf_counter()
    try:
        index, executed = build(args.root, args.out)
    except BuildError as error:
        print(f"The site was not built.\n{error}", file=sys.stderr)
        return 1
    if executed is None:
        print(f"Nothing changed; the site is up to date: {index}")
    else:
        print(f"Built in {time.perf_counter() - start:.0f} s, executing {executed} page(s): {index}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
