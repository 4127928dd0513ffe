"""The numbers behind a mark: what each property was tried on, what came back, what was expected, how far apart.

Computed where points are, from plain data. It shows expected values, so it is for an instructor's eyes alone.
"""

import numpy as np

from .compare import to_array
from .marking import _judged, read_reply

SHOWN = 6  # values of an array
MAX_TEXT = 300
MAX_CASES = 20  # of a property, the failing ones first
NEAREST = 3


def evidence(marker, replies):
    """{"properties": [...], "nearest": [...]}: strings and numbers only, for the replies of one answer."""
    question = marker.question
    outcomes = {p.name: read_reply(replies.get(p.name), p.cases) for p in question.properties}
    expected, properties = marker.expected, []
    for p in question.properties:
        tolerance = p.tolerance or question.tolerance
        cases = [
            _case(marker, p, i, outcome, expected[p.name][i].value, tolerance)
            for i, outcome in enumerate(outcomes[p.name])
        ]
        cases.sort(key=lambda case: case["found"] == "")
        properties.append(
            {
                "name": p.name,
                "about": p.about,
                "tolerance": f"rtol {tolerance.rtol:g}, atol {tolerance.atol:g}: {tolerance.why}",
                "cases": cases[:MAX_CASES],
                "left_out": max(0, len(cases) - MAX_CASES),
            }
        )
    return {"properties": properties, "nearest": _nearest(marker, outcomes)}


def _case(marker, p, i, outcome, expected, tolerance):
    inputs = marker.cases[p.name][i]
    if outcome.status != "ok":
        found, apart, got = outcome.says, "", outcome.status
    else:
        judged = _judged(p, marker._case(p, i, outcome))
        found, got = judged.says if judged else "", show(outcome.value)
        apart = "; ".join(apart_words(outcome.value, expected, tolerance, marker.question.outputs))[:MAX_TEXT]
    return {
        "number": i + 1,
        "inputs": {name: show(value) for name, value in inputs.items()},
        "expected": show(expected),
        "got": got,
        "apart": apart,
        "found": found,
    }


def _nearest(marker, outcomes):
    """The misconceptions that can't be told from the answer on some property, those that agree on most first."""
    found = []
    with marker.book.scratch_folder():
        for m in marker.question.misconceptions:
            wrong = dict(marker._shown_by(m))
            alike = [
                p.name for p in marker.question.properties if marker._alike(p, outcomes[p.name], wrong[p.name])
            ]
            if alike:
                found.append({"id": m.id, "says": m.says, "alike": alike})
    found.sort(key=lambda m: -len(m["alike"]))
    return found[:NEAREST]


def show(value):
    """A value of plain data in one line: an array by its shape, kind and first values."""
    if isinstance(value, dict):
        return ("{" + ", ".join(f"{k}: {show(v)}" for k, v in list(value.items())[:SHOWN]) + "}")[:MAX_TEXT]
    array = to_array(value) if not isinstance(value, str | bytes) and value is not None else None
    if array is None or array.dtype.kind not in "biufc":
        if isinstance(value, list | tuple):
            more = ", …" * (len(value) > SHOWN)
            return ("(" + ", ".join(show(v) for v in value[:SHOWN]) + more + ")")[:MAX_TEXT]
        return repr(value)[:MAX_TEXT]
    if array.ndim == 0:
        return _number(array[()])
    more = ", …" * (array.size > SHOWN)
    values = ", ".join(_number(v) for v in array.ravel()[:SHOWN])
    return f"{array.dtype} {array.shape} [{values}{more}]"


def _number(value):
    return f"{value:.6g}" if np.asarray(value).dtype.kind in "fc" else str(value)


def apart_words(got, expected, tolerance, names=(), where=""):
    """Where two trees of plain data are furthest beyond the tolerance, a sentence for each part that is."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in expected.keys() & got.keys():
            yield from apart_words(got[key], expected[key], tolerance, (), f"{where}{key}")
        return
    one, other = (None, None) if names else (to_array(got), to_array(expected))
    if one is None or other is None or other.dtype.kind not in "biufc":
        if isinstance(expected, list | tuple) and isinstance(got, list | tuple):
            labels = [*names, *map(str, range(len(names), len(expected)))]
            for label, a, b in zip(labels, got, expected, strict=False):
                yield from apart_words(a, b, tolerance, (), f"{where}{label}")
        return
    prefix = f"{where}: " if where else ""
    if one.shape != other.shape:
        yield f"{prefix}shape {one.shape}, expected {other.shape}"
        return
    if one.dtype.kind == "b" or other.dtype.kind == "b":
        one, other = one.astype(float), other.astype(float)
    with np.errstate(all="ignore"):
        off, allowed = np.abs(one - other), tolerance.atol + tolerance.rtol * np.abs(other)
        off = np.where((one == other) | (_isnan(one) & _isnan(other)), 0.0, np.where(np.isfinite(off), off, np.inf))
        beyond = ~(off <= allowed)
    if not beyond.any():
        return
    place = np.unravel_index(np.argmax(np.where(beyond, off, -1.0)), off.shape)
    index = f" at {tuple(map(int, place))}" if place else ""
    count = f"{int(beyond.sum())} of {beyond.size} values beyond the tolerance, worst{index}: " if place else ""
    numbers = f"got {_number(one[place])}, expected {_number(other[place])}"
    yield f"{prefix}{count}{numbers}, {off[place]:.3g} apart, {allowed[place]:.3g} allowed"


def _isnan(array):
    return np.isnan(array) if array.dtype.kind in "fc" else np.zeros(array.shape, bool)
