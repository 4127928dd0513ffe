"""What the wire carries: the limits of a message, its error, its array types, and what may be a key."""

import math
from dataclasses import dataclass

import numpy as np


class WireError(ValueError):
    """A value that can't be carried, or bytes that aren't a message; the text is a sentence."""


@dataclass(frozen=True)
class Limits:
    """What a message may hold."""

    bytes: int = 64 * 2**20  # a whole message, and each array in it
    depth: int = 32  # lists in lists
    nodes: int = 200_000  # values of any kind, shapes and dictionary keys included
    elements: int = 64 * 2**20  # of one array
    text: int = 16 * 2**20  # UTF-8 bytes of one string
    int_bits: int = 4096
    tuple_keys: int = 4096  # tuples are the one kind of key whose hashes a sender can make collide freely


LIMITS = Limits()

_NUMBERS = [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
_NUMBERS += ["float16", "float32", "float64"]
# Little-endian, whatever the machine; decoded arrays are the machine's own.
ARRAY_TYPES = {name: np.dtype(name).newbyteorder("<") for name in ("bool", *_NUMBERS, "complex64", "complex128")}
# A tensor travels as an array of the same width; NumPy has no bfloat16.
TENSOR_TYPES = {**ARRAY_TYPES, "bfloat16": np.dtype("<u2")}
MAX_NDIM = 32
MAX_TEXT_WIDTH = 2**20  # characters in one element of a text array

_KEY_TYPES = {str, bool, float, np.str_, *(np.dtype(name).type for name in ("bool", *_NUMBERS))}


def extent(shape):
    """The number of elements, not counting empty dimensions: NumPy can't make an array of (2**62, 4, 0)."""
    return math.prod(size for size in shape if size)


def is_key(key):
    """Only kinds whose hash needs no student code; big ints are refused because their hashes collide."""
    if type(key) is tuple:
        return all(is_key(item) and not isinstance(item, tuple) for item in key)
    if type(key) is int:
        return -(2**63) <= key < 2**64
    return key is None or type(key) in _KEY_TYPES
