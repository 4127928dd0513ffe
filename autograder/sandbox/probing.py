"""Run a probe beside an answer and report what came of it as plain data. It never compares or decides."""

import functools
import itertools
import linecache
import math
import traceback

import numpy as np

from . import wire

MAX_TEXT = 300


def run_probe(source, answer, inputs, desk=None):
    """Call `probe(answer, inputs)` once per case; a fresh copy of the inputs each time.

    source: text that defines `probe`, using np, torch, math and itertools only. inputs: wire-encoded dicts.
    desk: what the probe reaches as `ask(request)` while it runs: desk(number of the case, request) -> reply, both
    wire-encoded. What it knows can stay in another process until asked for.
    Returns {"missing": [], "cases": [...]}, a case being one of
    {"status": "ok", "value", "after"}, both wire-encoded; `after` is empty if the inputs no longer can be,
    {"status": "error", "ename", "evalue", "line", "lineno"}, {"status": "unencodable", "reason"}.
    """
    import torch

    namespace = {"np": np, "numpy": np, "torch": torch, "math": math, "itertools": itertools}
    exec(_compiled(source), namespace)
    cases = []
    for number, encoded in enumerate(inputs):
        if desk:
            namespace["ask"] = lambda request, number=number: wire.decode(desk(number, wire.encode(request)))
        cases.append(_run_case(namespace["probe"], answer, encoded))
    return {"missing": [], "cases": cases}


@functools.lru_cache(maxsize=64)
def _compiled(source):
    return compile(source, "<probe>", "exec")


def _run_case(probe, answer, encoded):
    inputs = wire.decode(encoded)
    handed = dict(inputs)
    try:
        value = probe(answer, handed)
    except BaseException as error:  # a student's sys.exit() is a wrong answer, not the end of the process
        line, lineno = _where(error)
        name = type(error).__name__[:MAX_TEXT]
        return {"status": "error", "ename": name, "evalue": _text(error), "line": line, "lineno": lineno}
    try:
        value = wire.encode(value)
    except wire.WireError as error:
        return {"status": "unencodable", "reason": str(error)[:MAX_TEXT]}
    try:
        after = wire.encode(inputs)
    except wire.WireError:
        after = b""
    return {"status": "ok", "value": value, "after": after}


def _text(error):
    try:
        return str(error)[:MAX_TEXT]
    except BaseException:
        return ""


def _where(error):
    """The last line of the answer's own code that the error passed through."""
    try:
        frames = traceback.extract_tb(error.__traceback__)
        frames = [f for f in frames if f.filename not in (__file__, "<probe>")]
        own = [f for f in frames if _is_a_cell(f.filename)]
        frame = (own or frames)[-1]
        line = frame.line or linecache.getline(frame.filename, frame.lineno)
        return line.strip()[:MAX_TEXT], int(frame.lineno or 0)
    except BaseException:
        return "", 0


def _is_a_cell(filename):
    """A cell is called "<ipython-input-...>" or is a file of ipykernel's; a trusted answer is "<...>" too."""
    if filename.startswith(("<__array_function__", "<frozen")):  # NumPy's dispatcher, Python's own imports
        return False
    return filename.startswith("<") or "ipykernel" in filename or not filename.endswith(".py")
