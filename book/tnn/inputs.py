"""What the site is made from, as hashes: of what each page computes with, of all code, and of everything."""

import ast
import hashlib
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tnn.imports import imported, module_path

CODE = ("autograder/reference/**/*.py", "book/tnn/**/*.py", "book/evidence/**/*", "benchmarks/results.json")
RENDERING = ("book/tnn/pages/**/*.py", "book/tnn/inputs.py", "book/tnn/site.py", "book/tnn/settings.py",
             "book/tnn/offline.py", "book/tnn/anchors.py", "book/tnn/sphinx_ext.py", "book/*.yml")  # fmt: skip
PAGES = ("_config.yml", "_toc.yml", "CITATION.cff", "book/**/*", "exercises/**/*")

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)^```$", re.M | re.S)

# Another version of these can change an output, of those below them only its looks.
COMPUTES = ("numpy", "torch", "matplotlib", "ipykernel")
RENDERS = ("jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme", "sphinx-mathjax-offline")


def code_hash(root):
    """Hash of all that a page's outputs depend on beside its own cells."""
    return _hash(root, CODE, COMPUTES, but=RENDERING)


def rendering_hash(root):
    """Hash of all that a page's own parts depend on beside its source; no output does."""
    return _hash(root, RENDERING, RENDERS)


def site_hash(root):
    """Hash of all that the site depends on."""
    return _hash(root, (*CODE, *PAGES), (*COMPUTES, *RENDERS))


def page_hashes(root):
    """For each page that is executed, by its path: a hash of what its outputs depend on beside its own cells."""
    root = Path(root)
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(root.glob("book/**/*.md"))}
    return {
        path.relative_to(root).as_posix(): _digest(root, _behind("\n".join(CELL.findall(text)), root), COMPUTES)
        for path, text in texts.items()
        if re.search(r"^kernelspec:", text, re.M)
    }


def _behind(code, root):
    """The files that code needs: the course's modules it imports, and recorded results with the scripts behind them."""
    found, queue = set(), [("a page's cells", code)]
    while queue:
        key, code = queue.pop()
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "", code, flags=re.M))
        names = {part for name in imported(tree, key) for part in _with_packages(name)} - {"autograder"}  # offers check
        for path in {*(module_path(name, root) for name in names), *_evidence(code, root)} - found - {None}:
            found.add(path)
            queue += [(path.name, path.read_text(encoding="utf-8"))] if path.suffix == ".py" else []
    return found


def _with_packages(name):
    """A module's name and those of the packages it lies in, whose __init__ runs too."""
    parts = name.split(".")
    return [".".join(parts[:i]) for i in range(1, len(parts) + 1)]


def _evidence(code, root):
    for name in re.findall(r"""["'](\d\d_\w+)["']""", code):
        paths = (root / "book" / "evidence" / f"{name}.py", root / "book" / "evidence" / "results" / f"{name}.json")
        yield from (path for path in paths if path.is_file())
    if "results.json" in code and (path := root / "benchmarks" / "results.json").is_file():
        yield path


def _hash(root, patterns, packages, but=()):
    root = Path(root)
    files, spared = ({path for pattern in some for path in root.glob(pattern) if path.is_file()}
                     for some in (patterns, but))  # fmt: skip
    return _digest(root, files - spared, packages)


def _digest(root, files, packages):
    digest = hashlib.sha256()
    for path in sorted(files):
        if "__pycache__" not in path.parts and path.suffix != ".pyc":
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    for name in packages:
        digest.update(f"{name}=={_version(name)}\n".encode())
    digest.update(f"python {sys.version}\n".encode())
    return digest.hexdigest()


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
