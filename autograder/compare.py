"""Compare the plain data an answer returned with the plain data the reference returned.

NaN never passes unless the reference has it in the same place, shapes must agree exactly (nothing is
broadcast), and a list is as good as a tuple, a float as good as a 0-d array, float32 as good as float64.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """abs(answer - reference) <= atol + rtol * abs(reference), element by element; `why` says where from."""

    rtol: float
    atol: float
    why: str


@dataclass(frozen=True)
class Difference:
    """What is wrong with an output: a sentence for the student, and which output it is about.

    share: the part of its case's points that it earns all the same, where a property's cases earn shares.
    """

    says: str
    where: str = ""
    share: float = 0.0


def is_numeric(value):
    """Whether a value is a number or an array of numbers (bool included), as NumPy or torch holds them."""
    if isinstance(value, bool | int | float | complex | np.generic):
        return not isinstance(value, np.str_ | np.bytes_)
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc"
    return type(value).__module__.startswith("torch") and hasattr(value, "detach")


def to_array(value):
    """A number or array of numbers as a NumPy array; None if it is something else."""
    if type(value).__module__.startswith("torch") and hasattr(value, "detach"):
        value = value.detach()
        value = value.double() if value.is_floating_point() else value
        return value.cpu().numpy()
    if isinstance(value, list | tuple):  # a nested list of numbers is an array to a student
        try:
            value = np.array(value)
        except (ValueError, TypeError, OverflowError):
            return None
    if is_numeric(value):
        if isinstance(value, int) and abs(value) >= 2**63:  # more than an array of integers holds
            value = float(value) if abs(value) < 2**1023 else (np.inf if value > 0 else -np.inf)
        array = np.asarray(value)
        return array if array.dtype.kind in "biufc" else None
    return None


def kind_of(value):
    """A value's type in words a student knows."""
    if value is None:
        return "None (is a return missing?)"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    array = to_array(value) if is_numeric(value) else None
    if array is not None:
        return "one number" if array.ndim == 0 else f"an array of shape {array.shape}"
    return f"a {type(value).__name__}"


def difference(answer, reference, tolerance, name="the result", names=()):
    """The first Difference between two trees of plain data, or None if the answer is right.

    `names` names the parts of a tuple result in the order in which they are looked at.
    """
    if isinstance(reference, dict):
        return _dict_difference(answer, reference, tolerance, name)
    if isinstance(reference, list | tuple):
        if names or not _flat_numbers(reference):
            return _sequence_difference(answer, reference, tolerance, name, names)
        reference = np.array(reference)
    if reference is None or isinstance(reference, str | bytes):
        return _exact_difference(_plain_text(answer), _plain_text(reference), name)
    return _array_difference(answer, to_array(reference), tolerance, name)


def same(a, b, tolerance):
    """Whether two outputs are the same answer, NaN counting as equal to NaN (for telling mistakes apart)."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], tolerance) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, list | tuple) != isinstance(b, list | tuple):  # a list of numbers is as good as an array
        a, b = (to_array(v) if isinstance(v, list | tuple) else v for v in (a, b))
        if a is None or b is None:
            return False
    if is_numeric(a) and is_numeric(b):
        a, b = to_array(a), to_array(b)
        return a.shape == b.shape and bool(np.all(_close(a, b, tolerance) | (_isnan(a) & _isnan(b))))
    a, b = _plain_text(a), _plain_text(b)
    return type(a) is type(b) and not is_numeric(a) and not isinstance(a, dict | list | tuple) and a == b


def _plain_text(value):
    """Text as NumPy holds it is text."""
    return str(value) if isinstance(value, np.str_) else value


def _flat_numbers(values):
    return len(values) > 0 and all(is_numeric(v) and to_array(v).ndim == 0 for v in values)


def _sequence_difference(answer, reference, tolerance, name, names):
    array = answer if isinstance(answer, np.ndarray) else to_array(answer) if is_numeric(answer) else None
    if array is not None and array.ndim > 0:
        answer = list(array)
    if not isinstance(answer, list | tuple):
        return Difference(f"{name} should be {len(reference)} values in a tuple, but is {kind_of(answer)}")
    if len(answer) != len(reference):
        return Difference(f"{name} should hold {len(reference)} values, but holds {len(answer)}")
    named = names if len(names) == len(reference) else [f"{name}[{i}]" for i in range(len(reference))]
    for part, a, r in zip(named, answer, reference, strict=True):
        if found := difference(a, r, tolerance, part):
            return Difference(found.says, found.where or part)
    return None


def _dict_difference(answer, reference, tolerance, name):
    if not isinstance(answer, dict):
        return Difference(f"{name} should be a dictionary, but is {kind_of(answer)}")
    if missing := [k for k in reference if k not in answer]:
        return Difference(f"{name} lacks {', '.join(map(repr, missing))}")
    if extra := [k for k in answer if k not in reference]:
        return Difference(f"{name} has keys that were not asked for: {len(extra)} of them")
    for key in reference:
        part = key if isinstance(key, str) else f"{name}[{key!r}]"
        if found := difference(answer[key], reference[key], tolerance, part):
            return Difference(found.says, found.where or part)
    return None


def _exact_difference(answer, reference, name):
    if type(answer) is type(reference) and answer == reference:
        return None
    wanted = "None" if reference is None else "a string" if isinstance(reference, str) else "bytes"
    if type(answer) is not type(reference):
        return Difference(f"{name} should be {wanted}, but is {kind_of(answer)}")
    if isinstance(reference, str):
        return Difference(f"{name} is not the right text: {_where_text_parts(answer, reference)}", name)
    return Difference(f"{name} is {wanted}, but not the right one", name)


def _where_text_parts(answer, reference):
    for i, (one, other) in enumerate(zip(answer, reference, strict=False)):
        if one != other:
            return f"it goes wrong at character {i}, counting from 0"
    return "it ends too early" if len(answer) < len(reference) else "it goes on after it should end"


def _array_difference(answer, reference, tolerance, name):
    array = to_array(answer)
    if array is None:
        wanted = "one number" if reference.ndim == 0 else f"an array of shape {reference.shape}"
        return Difference(f"{name} should be {wanted}, but is {kind_of(answer)}")
    if array.shape != reference.shape:
        return Difference(f"{name} should have shape {reference.shape}, but has shape {array.shape}", name)
    if reference.dtype.kind == "b" and array.dtype.kind != "b":
        return Difference(f"{name} should be True or False, but is {kind_of(answer)}", name)
    if np.any(_isnan(array) & ~_isnan(reference)):
        return Difference(f"{name} contains NaN", name)
    wrong = ~(_close(array, reference, tolerance) | (_isnan(array) & _isnan(reference)))
    if not wrong.any():
        return None
    if reference.dtype.kind in "bi" and array.dtype.kind in "bi":
        size = ""
    else:
        size = _error_size(array, reference, wrong, tolerance)
    if array.ndim == 0:
        return Difference(f"{name} is wrong{size}", name)
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = first[0] if len(first) == 1 else first
    says = f"{name}: {int(wrong.sum())} of {wrong.size} values are wrong, first at index {place}{size}"
    return Difference(says, name)


def _error_size(array, reference, wrong, tolerance):
    if np.any(wrong & np.isinf(array)):
        return "; some are infinite"
    if np.any(wrong & ~np.isfinite(reference)):
        return "; some should not be finite"
    with np.errstate(all="ignore"):
        relative = np.abs(array - reference) / np.maximum(np.abs(reference), tolerance.atol or 1e-300)
    worst = float(np.max(np.where(wrong, relative, 0)))
    return f"; the largest relative error is {worst:.1e}" if np.isfinite(worst) else ""


def _isnan(array):
    return np.isnan(array) if array.dtype.kind in "fc" else np.zeros(array.shape, bool)


def _close(a, b, tolerance):
    if a.dtype.kind == "b" or b.dtype.kind == "b":
        return a == b
    kind = np.complex128 if "c" in a.dtype.kind + b.dtype.kind else np.float64
    a, b = a.astype(kind), b.astype(kind)
    with np.errstate(all="ignore"):
        return (a == b) | (
            np.isfinite(a) & np.isfinite(b) & (np.abs(a - b) <= tolerance.atol + tolerance.rtol * np.abs(b))
        )
