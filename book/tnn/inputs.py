"""What the site is made from, as hashes: one for the code that pages import, one for everything."""

import hashlib
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CODE = ("autograder/reference/**/*.py", "book/tnn/**/*.py", "book/evidence/**/*")
RENDERING = ("book/tnn/pages/**/*.py", "book/tnn/inputs.py", "book/tnn/site.py", "book/tnn/sphinx_ext.py", "book/*.yml")
PAGES = ("_config.yml", "_toc.yml", "book/**/*", "exercises/**/*")

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


def _hash(root, patterns, packages, but=()):
    root, digest = Path(root), hashlib.sha256()
    files, spared = ({path for pattern in some for path in root.glob(pattern) if path.is_file()}
                     for some in (patterns, but))  # fmt: skip
    for path in sorted(files - spared):
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
