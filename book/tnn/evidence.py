"""Recorded results: what a page shows but is too slow to compute when the site is built.

A script book/evidence/NN_name.py declares the comparison before it is run, and computes it:

    PROTOCOL = {"seeds": 10, "lr": [0.01, 0.1], "statistic": "median steps, with quartiles"}  # plain data
    KEYS = ("optimizer", "seed")        # the columns that tell rows apart
    TOLERANCE = 1e-4                    # relative, of a number computed again; optional

    def compute(protocol): ...          # returns rows: a list of flat dicts of numbers and texts
    def sample(protocol): ...           # some of the same rows, in seconds: the tests compare them

    if __name__ == "__main__":
        evidence.main(__file__)

Running it writes book/evidence/results/NN_name.json. A page says `evidence.load("NN_name")`, which refuses a
result whose code has changed since. What counts as code is the script and every module of the course that it
imports, directly or not; comments, docstrings and layout don't count.
"""

import argparse
import ast
import hashlib
import importlib.util
import json
import math
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from tnn.imports import imported, module_path

ROOT = Path(__file__).parents[2]
TOLERANCE = 1e-6
UNCOUNTED = {"tnn", "tnn.evidence", "autograder"}  # set-up and this module: they compute nothing


class StaleError(Exception):
    """A recorded result isn't there, or belongs to other code."""


class Evidence:
    """A recorded result: rows (a list of dicts), protocol, and where they come from."""

    def __init__(self, record):
        self.name, self.rows, self.protocol = record["name"], record["rows"], record["protocol"]
        self.seconds, self.versions = record["seconds"], record["versions"]

    def where(self, **values):
        """The rows in which these columns have these values."""
        return [row for row in self.rows if all(row[key] == value for key, value in values.items())]

    def column(self, name, **values):
        """One column's values, of the rows chosen as in `where`."""
        return [row[name] for row in self.where(**values)]


def scripts(root=ROOT):
    """Every evidence script, by name."""
    return {path.stem: path for path in sorted((root / "book" / "evidence").glob("[0-9]*.py"))}


def load(name, root=ROOT):
    """The recorded result of book/evidence/NAME.py. Raises StaleError if it isn't this code's."""
    path = result_path(name, root)
    command = f"python -m tnn.evidence {name}"
    if not path.exists():
        raise StaleError(f"nothing is recorded for {name}: run {command}")
    record = json.loads(path.read_text(encoding="utf-8"))
    changed = changes(record["code"], code_of(scripts(root)[name], root))
    if changed:
        raise StaleError(f"{name} was recorded with other code ({', '.join(changed)} changed): run {command}")
    return Evidence(record)


def result_path(name, root=ROOT):
    return root / "book" / "evidence" / "results" / f"{name}.json"


def duration(seconds):
    """A time for people: 48 s, 34 min, 2.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


# The code that a result belongs to ----------------------------------------------------------------------------


def code_of(script, root=ROOT):
    """{path: hash} of a script and of every module of the course that it imports, directly or not."""
    found, queue = {}, [script]
    while queue:
        path = queue.pop()
        key = path.relative_to(root).as_posix()
        if key in found:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found[key] = hashlib.sha256(meaning(tree).encode()).hexdigest()[:16]
        names = [name for name in imported(tree, key) if name not in UNCOUNTED]
        queue += [path for name in names if (path := module_path(name, root))]
    return dict(sorted(found.items()))


def meaning(node):
    """A text that is the same for two pieces of code exactly if they are, docstrings aside."""
    if isinstance(node, ast.AST):
        fields = {name: getattr(node, name, None) for name in node._fields}
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            fields["body"] = node.body[1:]
        parts = (f"{name}={meaning(value)}" for name, value in fields.items() if value not in (None, []))
        return f"{type(node).__name__}({','.join(parts)})"
    return f"[{','.join(map(meaning, node))}]" if isinstance(node, list) else repr(node)


def changes(recorded, current):
    return sorted(key for key in recorded.keys() | current.keys() if recorded.get(key) != current.get(key))


# Computing and comparing --------------------------------------------------------------------------------------


def load_script(path):
    """The script as a module."""
    spec = importlib.util.spec_from_file_location(f"evidence_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(path, root=ROOT):
    """Compute a script's rows and write them with their provenance; returns a line that says what changed."""
    one_thread()
    code = code_of(path, root)  # as it is now: editing while it runs must not pass for this run
    script, start = load_script(path), time.perf_counter()
    rows = script.compute(script.PROTOCOL)
    seconds = time.perf_counter() - start
    check_rows(rows, script.KEYS)
    target = result_path(path.stem, root)
    before = json.loads(target.read_text(encoding="utf-8"))["rows"] if target.exists() else None
    content = {
        "name": path.stem,
        "protocol": script.PROTOCOL,
        "code": code,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in ("numpy", "torch")}},
        "platform": f"{platform.system()} {platform.machine()}, one thread",
        "seconds": round(seconds, 1),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows)
    head = json.dumps(content, indent=1, ensure_ascii=False).removesuffix("\n}")
    target.write_text(f'{head},\n "rows": [\n{lines}\n ]\n}}\n', encoding="utf-8")
    return f"{path.stem}: {len(rows)} rows in {duration(seconds)}; {compared(before, rows, script)}"


def compared(before, rows, script):
    if before is None:
        return "recorded for the first time"
    try:
        different = differences(rows, before, script.KEYS, tolerance(script))
    except KeyError as error:
        return f"other rows than before ({error})"
    return f"{len(different)} numbers differ from before, such as {different[0]}" if different else "as before"


def tolerance(script):
    return getattr(script, "TOLERANCE", TOLERANCE)


def check_rows(rows, keys):
    """Raises ValueError unless the rows are plain, and their keys tell them apart."""
    for row in rows:
        for name, value in row.items():
            if not isinstance(value, str | int | float | bool | None):
                raise ValueError(f"{name} = {value!r} ({type(value).__name__}): only plain numbers and texts")
    if len({identity(row, keys) for row in rows}) != len(rows):
        raise ValueError(f"two rows agree in {', '.join(keys)}: KEYS must tell every row apart")


def identity(row, keys):
    return tuple(row[key] for key in keys)


def differences(rows, recorded, keys, relative):
    """Where `rows` differ from the recorded rows with the same keys, as readable lines. Raises KeyError."""
    known, found = {identity(row, keys): row for row in recorded}, []
    for row in rows:
        other = known[identity(row, keys)]
        for name in row.keys() | other.keys():
            if not same(row.get(name), other.get(name), relative):
                found.append(f"{name} at {identity(row, keys)}: {row.get(name)!r}, recorded {other.get(name)!r}")
    return sorted(found)


def same(a, b, relative):
    if isinstance(a, float) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=relative, abs_tol=relative * 1e-3) or (math.isnan(a) and math.isnan(b))
    return a == b


def one_thread():
    """Hold torch to one thread; tnn has told the other libraries."""
    import torch

    torch.set_num_threads(1)


# The command line ---------------------------------------------------------------------------------------------


def main(script=None, argv=None):
    """`python -m tnn.evidence NAME… | --all | --check`, or, given a script's path, that script alone."""
    if script is not None:
        print(record(Path(script).resolve()), flush=True)
        return 0
    parser = argparse.ArgumentParser(prog="python -m tnn.evidence", description="Record what pages show.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a script in book/evidence, without .py")
    parser.add_argument("--all", action="store_true", help="every script")
    parser.add_argument("--check", action="store_true", help="compute nothing; exit 1 if a result is stale")
    args = parser.parse_args(argv)
    found = scripts()
    names = args.names or (list(found) if args.all or args.check else [])
    if not names or set(names) - set(found):
        print(f"Name one of: {', '.join(found) or 'there is no script yet'}; or --all.", file=sys.stderr)
        return 2
    if args.check:
        return check(names)
    for name in names:
        print(record(found[name]), flush=True)
    return 0


def check(names):
    """Print which results are stale; returns the exit status."""
    stale = 0
    for name in names:
        try:
            load(name)
        except StaleError as error:
            stale = 1
            print(error)
    return stale


if __name__ == "__main__":
    sys.exit(main())
