"""What the site is made from, as hashes: of what each page computes with, of all code, and of everything."""

import ast
import hashlib
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CODE = ("autograder/reference/**/*.py", "book/tnn/**/*.py", "book/evidence/**/*")
RENDERING = ("book/tnn/pages/**/*.py", "book/tnn/inputs.py", "book/tnn/site.py", "book/tnn/sphinx_ext.py", "book/*.yml")
PAGES = ("_config.yml", "_toc.yml", "book/**/*", "exercises/**/*")

PACKAGES = {"tnn": "book/tnn", "autograder": "autograder"}  # the course's own, by folder
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
    found, queue = set(), [code]
    while queue:
        code = queue.pop()
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "", code, flags=re.M))
        for path in {*_modules(tree, root), *_evidence(code, root)} - found:
            found.add(path)
            queue += [path.read_text(encoding="utf-8")] if path.suffix == ".py" else []
    return found


def _modules(tree, root):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    for name in names:
        parts = name.split(".")
        for i in range(1, len(parts) + 1):  # a package's __init__ runs too
            stem = root / PACKAGES.get(parts[0], "nowhere") / Path(*parts[1:i])
            yield from (path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file())


def _evidence(code, root):
    for name in re.findall(r"""["'](\d\d_\w+)["']""", code):
        paths = (root / "book" / "evidence" / f"{name}.py", root / "book" / "evidence" / "results" / f"{name}.json")
        yield from (path for path in paths if path.is_file())


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
