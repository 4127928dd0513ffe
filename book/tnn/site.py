"""Build the course's website: `python -m tnn.site build [--root DIR] [--out DIR]`.

It runs `jupyter-book build` with warnings fatal, working in `_build/`, and publishes the pages to
`build/site/` only when all went well, and packs the whole site beside it, to be read without a network. If no input
changed since, it does nothing; if only prose changed, no cell is executed.

`python -m tnn.site anchors` lists the addresses that others may link to; with `--add` new ones join book/anchors.txt.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml
from filelock import FileLock

from tnn import anchors, offline, settings
from tnn.inputs import site_hash
from tnn.pages.editions import FIRST, editions, place
from tnn.pages.foot import ARCHIVE

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
    config = settings.configuration(root)
    wanted = wanted_hash(root, config)
    archive = root / "build" / ARCHIVE if out == root / "build" / "site" else None
    if published_hash(out) == wanted:
        if archive and not archive.exists():
            offline.pack(out, archive)
        return out / "index.html", None
    if out.exists() and any(out.iterdir()) and not (out / STAMP).exists():
        raise BuildError(f"{out} holds files that this command didn't write; it won't replace them.")
    executed, built = 0, {}
    for language in editions(root) or [FIRST]:
        built[language], log = run_jupyter_book(root, config, language)
        executed += log.count(EXECUTED)
    publish(built, out, wanted)
    if archive:
        offline.pack(out, archive)
    return out / "index.html", executed


def wanted_hash(root, config):
    """The hash of all that the site depends on. Where the pages name a repository, they name its last commits too."""
    parts = [site_hash(root), json.dumps([config["repository"], config["html"]], sort_keys=True)]
    if config["repository"]["url"]:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True)
        parts.append(head.stdout)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def published_hash(out):
    """The hash of the inputs that the site in `out` was made from, or None."""
    stamp = Path(out) / STAMP
    return stamp.read_text() if stamp.exists() and (Path(out) / "index.html").exists() else None


def run_jupyter_book(root, config, language=FIRST):
    """Run `jupyter-book build` over `root` for one edition: (folder of its pages, its log, also kept in _build/)."""
    work = root / "_build" if language == FIRST else root / "_build" / language
    html = work / "html" if language == FIRST else work / "_build" / "html"
    shutil.rmtree(html, ignore_errors=True)  # pages that were taken out must not linger
    work.mkdir(exist_ok=True)
    paths = [work / "config.yml", work / "toc.yml"]
    for path, content in zip(paths, settings.of_edition(config, root, language), strict=True):
        path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    search = [str(root), str(root / "book"), os.environ.get("PYTHONPATH")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, search)),  # pages run this checkout's kernels
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger warns on stderr, which is fatal here
    }
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", ".", "-W", "--keep-going", "--config", str(paths[0]),
               "--toc", str(paths[1])]  # fmt: skip
    if language != FIRST:
        command += ["--path-output", str(work)]
    log = work / "site.log"
    with log.open("w") as file:
        done = subprocess.run(command, cwd=root, env=environment, stdout=file, stderr=subprocess.STDOUT)
    text = log.read_text(errors="replace")
    if done.returncode:
        raise BuildError(f"{first_complaint(text)}\nThe whole log is in {log}.")
    return html, text


def first_complaint(log, lines=70):
    """The log from its first warning or error on, which is where the cause stands, without colour codes."""
    log = re.sub(r"\x1b\[[0-9;]*m", "", log)
    complaint = re.search(r"^(.*: )?(WARNING|ERROR): |^Exception occurred", log, re.MULTILINE)
    found = log[complaint.start():].splitlines() if complaint else log.splitlines()[-lines:]
    return "\n".join(found[:lines])


def publish(built, out, inputs):
    """Put the editions' pages into `out`, in place of what was there, and stamp them last. built: {language: folder}"""
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for language, html in built.items():
        shutil.copytree(html, fresh / place(language), ignore=shutil.ignore_patterns(".buildinfo*", "objects.inv"))
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
    listing = commands.add_parser("anchors", help="list the addresses that others may link to")
    listing.add_argument("--root", default=".", help="the checkout (default: this folder)")
    listing.add_argument("--add", action="store_true", help="add new ones to book/anchors.txt")
    args = parser.parse_args(argv)
    if not (Path(args.root) / "_config.yml").exists():
        print(f"{args.root} is not a checkout of the course: it has no _config.yml.", file=sys.stderr)
        return 2
    if args.command == "anchors":
        return anchors.main(Path(args.root), args.add)
    start = time.perf_counter()
    try:
        index, executed = build(args.root, args.out)
    except (BuildError, settings.SettingError) as error:
        print(f"The site was not built.\n{error}", file=sys.stderr)
        return 1
    if executed is None:
        print(f"Nothing changed; the site is up to date: {index}")
    else:
        print(f"Built in {time.perf_counter() - start:.0f} s, executing {executed} page(s): {index}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
