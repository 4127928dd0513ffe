"""Copies of the assignments to work in: `python -m autograder.copies FROM TO`, which `make lab` runs.

What somebody has worked on is never written to. A newer release of it is laid beside it, under a name that says so.
"""

import argparse
import hashlib
from pathlib import Path

import nbformat

from .release import is_untouched


def lay_out(source, target):
    """Bring the files under `source` to the same places under `target`. Returns a sentence for each that was written.

    A notebook that is exactly what an older release wrote holds no work, and is brought up to date in its place.
    """
    source, target, said = Path(source), Path(target), []
    for path in sorted(p for p in source.rglob("*") if p.is_file() and ".ipynb_checkpoints" not in p.parts):
        copy, data = target / path.relative_to(source), path.read_bytes()
        if not copy.exists():
            _write(copy, data)
            said.append(f"{copy}: new")
        elif copy.read_bytes() == data:
            continue
        elif path.suffix == ".ipynb" and (mine := _read(copy)) is not None:
            new = _read(path)
            if _release(mine) == _release(new):
                continue  # their work on this very release
            if is_untouched(mine):
                _write(copy, data)
                said.append(f"{copy}: you had not begun it, and there is a newer release, which is there now")
            else:
                said += _beside(copy, data, _release(new))
        else:
            said += _beside(copy, data, hashlib.sha256(data).hexdigest())
    return said


def _beside(copy, data, version):
    """Lay a newer version beside somebody's file, once."""
    newer = copy.with_name(f"{copy.stem}.newer-{version[:8]}{copy.suffix}")
    if newer.exists():
        return []
    _write(newer, data)
    return [f"{copy}: yours, and left as it is. There is a newer release; it lies beside it as {newer.name}"]


def _read(path):
    """A notebook, or None for a file that is none."""
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except Exception:  # nbformat raises what its parsers do
        return None


def _release(notebook):
    return str(notebook.metadata.get("autograder", {}).get("release", "unknown"))


def _write(path, data):
    """Write a file in one step, so that an interrupted run leaves nothing half-written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)


def main():
    parser = argparse.ArgumentParser(prog="python -m autograder.copies", description=__doc__.splitlines()[0])
    parser.add_argument("source", metavar="FROM")
    parser.add_argument("target", metavar="TO")
    arguments = parser.parse_args()
    for said in lay_out(arguments.source, arguments.target):
        print(said)


if __name__ == "__main__":
    main()
