"""Library calls that would do the work of a question: found, and reported with the evidence; points stay as they are.

Two kinds of evidence. The text of an answer, and of what it calls in the student's own cells: a library's function
is named there, under whatever name it was imported. And a probe that wraps the named functions while the answer
runs; what a sandbox says about itself is a hint, not a proof, and an answer can hide from both.
"""

import ast
import re
from functools import lru_cache

from .sandbox import wire

MAX_CELLS = 2 * 2**20  # characters of the cells that are looked through
_REPORT = wire.Limits(bytes=4096, elements=0, nodes=64, text=200)
_MAGIC = re.compile(r"^(\s*)[%!?]", re.MULTILINE)

# Runs beside the student's code. The probe of the question itself stands in for {probe}.
_WATCHED = """\
{probe}


def _watched(answer, inputs, _probe=probe):
    import sys

    forbidden, called, undo = {forbids!r}, [], []

    def put(owner, attribute, value):
        undo.append((owner, attribute, getattr(owner, attribute)))
        setattr(owner, attribute, value)

    def counting(name, function):
        def wrapper(*arguments, **named):
            if name not in called:
                called.append(name)
            return function(*arguments, **named)

        return wrapper

    spaces = [getattr(a, "__globals__", {{}}) for a in (answer, *getattr(answer, "__dict__", {{}}).values())]
    changed = []
    for name in forbidden:
        root, *path, attribute = name.split(".")
        owner = sys.modules.get(root)
        for part in path:
            owner = getattr(owner, part, None)
        original = getattr(owner, attribute, None)
        if isinstance(original, type):
            put(original, "__init__", counting(name, original.__init__))
        elif original is not None:
            wrapper = counting(name, original)
            put(owner, attribute, wrapper)
            for space in spaces:
                for key in [k for k, v in list(space.items()) if v is original]:
                    changed.append((space, key, original))
                    space[key] = wrapper
    try:
        _probe(answer, inputs)
    except BaseException:
        pass
    finally:
        for owner, attribute, value in reversed(undo):
            setattr(owner, attribute, value)
        for space, key, value in changed:
            space[key] = value
    return called


probe = _watched
"""


def watching(probe, forbids):
    """A probe, as text, that reports which of the named functions were called while another probe ran."""
    return _WATCHED.format(probe=probe, forbids=tuple(forbids))


def called(reply, forbids):
    """The functions that such a probe reports, of those that it was asked about."""
    found = set()
    for case in reply.get("cases", ()):
        try:
            value = wire.decode(case["value"], _REPORT)
        except (KeyError, wire.WireError):
            continue
        found |= {name for name in forbids if isinstance(value, list) and name in value}
    return found


def flags(cells, names, forbids, reply):
    """Sentences about the forbidden calls of an answer: `cells` is the text of the notebook's cells up to here."""
    named = in_text(cells, names, forbids)
    found = [f"The answer uses {name}, which would do the work (in the line: {line})." for name, line in named.items()]
    at_work = sorted(called(reply, forbids) - set(named))
    return found + [f"{name}, which would do the work, was called while the answer ran." for name in at_work]


def in_text(cells, names, forbids):
    """The forbidden functions that the answers called `names` can reach in these cells, each with a line."""
    words = "|".join({re.escape(name.rpartition(".")[2]) for name in forbids})
    if not words or sum(map(len, cells)) > MAX_CELLS or not re.search(rf"\b({words})\b", "\n".join(cells)):
        return {}
    text = _Text()
    for cell in cells:
        text.read(cell)
    return text.uses(names, set(forbids))


def without_magics(cell):
    """A cell's text with a `pass` in place of magics and shell lines, so that Python can read it."""
    return _MAGIC.sub(r"\1pass  # ", cell)


@lru_cache(maxsize=256)  # every question looks through the cells that ran before it
def _parsed(cell):
    """A cell's syntax nodes, the tree itself first, and its lines; no nodes if it isn't Python."""
    cell = without_magics(cell)
    try:
        return list(ast.walk(ast.parse(cell))), cell.splitlines()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [], []


class _Text:
    """What the cells of a notebook define and import, as far as their text says."""

    def __init__(self):
        self.defined = {}  # name -> (the nodes that define it, their cell's lines)
        self.aliases = {}  # name -> the dotted name that it stands for
        self.stars = []  # modules of which everything was imported

    def read(self, cell):
        nodes, lines = _parsed(cell)
        for node in nodes:
            self._imports(node)
        for node in nodes[0].body if nodes else ():
            for name in _defines(node):
                self.defined[name] = (node, lines)
        for node in nodes:
            if isinstance(node, ast.Assign) and (dotted := self.resolve(node.value)):
                self.aliases |= {t.id: dotted for t in node.targets if isinstance(t, ast.Name)}

    def _imports(self, node):
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.aliases[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if alias.name == "*":
                    self.stars.append(node.module)
                else:
                    self.aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def resolve(self, node):
        """The dotted name that an expression stands for, or ""."""
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id, "")
        if isinstance(node, ast.Attribute):
            owner = self.resolve(node.value)
            return owner and f"{owner}.{node.attr}"
        if isinstance(node, ast.Call) and node.args:
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            texts = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else "" for a in node.args]
            if called == "getattr" and len(texts) > 1 and texts[1]:
                owner = self.resolve(node.args[0])
                return owner and f"{owner}.{texts[1]}"
            if called in ("__import__", "import_module"):
                return texts[0]
        return ""

    def uses(self, names, forbids):
        found, waiting, seen = {}, list(names), set(names)
        while waiting:
            node, lines = self.defined.get(waiting.pop(), (None, ()))
            for part in ast.walk(node) if node else ():
                if isinstance(part, ast.Name) and part.id in self.defined and part.id not in seen:
                    seen.add(part.id)
                    waiting.append(part.id)
                for dotted in self._meanings(part):
                    if dotted in forbids and dotted not in found:
                        found[dotted] = lines[part.lineno - 1].strip()[:80]
        return found

    def _meanings(self, part):
        if not isinstance(part, ast.Name | ast.Attribute | ast.Call):
            return []
        starred = [f"{m}.{part.id}" for m in self.stars] if isinstance(part, ast.Name) else []
        return [self.resolve(part), *starred]


def _defines(node):
    """The names that a statement at the top of a cell defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [t.id for t in node.targets if isinstance(t, ast.Name)]
    return []
