"""What the site is made from, as hashes: one for the code that pages import, one for everything."""

import hashlib
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CODE = ("autograder/reference/**/*.py", "book/tnn/**/*.py", "book/evidence/**/*")
PAGES = ("_config.yml", "_toc.yml", "book/**/*")

# Another version of these can change an output, of those below them only its looks.
COMPUTES = ("numpy", "torch", "matplotlib", "ipykernel")
RENDERS = ("jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme", "sphinx-mathjax-offline")


def code_hash(root):
    """Hash of all that a page's outputs depend on beside its own cells."""
    return _hash(root, CODE, COMPUTES)


def site_hash(root):
    """Hash of all that the site depends on."""
    return _hash(root, (*CODE, *PAGES), (*COMPUTES, *RENDERS))


def _hash(root, patterns, packages):
    root, digest = Path(root), hashlib.sha256()
    files = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
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
