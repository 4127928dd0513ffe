"""From a value to a message's tree; see wire.py for the format."""

import functools
import math
import operator
import sys

import numpy as np

from .plain import ARRAY_TYPES, MAX_NDIM, TENSOR_TYPES, WireError, extent, is_key

_name_of = functools.lru_cache(operator.attrgetter("name"))  # NumPy makes a dtype's name anew each time


class Encoder:
    def __init__(self, limits):
        self.limits = limits
        self.nodes = 0
        self.bytes = 0

    def node(self, value, depth):
        """Return the msgpack tree of `value`.

        A subclass of a plain Python type travels as that type, read with the type's own methods (an
        OrderedDict is a dict, a named tuple a tuple); a subclass of an array or tensor is refused, since
        it may mean something else by its elements. `type` and not `isinstance`, which believes a
        `__class__` attribute.
        """
        self.count(1)
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is str:
            return self.text(value)
        if kind is int:
            return self.integer(value)
        if issubclass(kind, np.generic):
            return self.scalar(value)
        if issubclass(kind, np.ndarray):
            return self.array(value)
        if "torch" in sys.modules and issubclass(kind, sys.modules["torch"].Tensor):
            return self.tensor(value)
        if issubclass(kind, str):
            return self.text(str.__str__(value))
        if issubclass(kind, bytes):
            self.add_bytes(bytes.__len__(value))
            return bytes.__getitem__(value, slice(None))
        if issubclass(kind, int):
            return self.integer(int.__int__(value))
        if issubclass(kind, float):
            return float.__float__(value)
        if issubclass(kind, complex):
            plain = complex.__complex__(value)
            return ["c", plain.real, plain.imag]
        if issubclass(kind, list | tuple | dict):
            return self.container(value, depth + 1)
        raise _refused(kind)

    def container(self, value, depth):
        if depth > self.limits.depth:
            raise WireError(f"the value is nested deeper than {self.limits.depth} levels")
        if isinstance(value, list):
            return ["l", *[self.node(item, depth) for item in list.__iter__(value)]]
        if isinstance(value, tuple):
            return ["t", *[self.node(item, depth) for item in tuple.__iter__(value)]]
        tree = ["d"]
        for key, item in dict.items(value):
            if not is_key(key):
                raise WireError(f"a dictionary key of type {_name(type(key))} can't be carried")
            tree += [self.node(key, depth), self.node(item, depth)]
        return tree

    def scalar(self, value):
        kind = type(value)
        if kind is np.str_:
            return ["s", self.text(str.__str__(value))]
        name = _name_of(value.dtype)
        if name not in ARRAY_TYPES or kind is not value.dtype.type:
            raise _refused(kind)
        return ["n", name, np.asarray(value, ARRAY_TYPES[name]).tobytes()]

    def array(self, value):
        if type(value) is not np.ndarray:
            raise _refused(type(value))
        if value.dtype.kind == "U":
            width = max(1, value.dtype.itemsize // 4)
            name, wire_type = f"U{width}", np.dtype(f"<U{width}")
        elif (name := _name_of(value.dtype)) in ARRAY_TYPES and value.dtype.names is None:
            wire_type = ARRAY_TYPES[name]
        else:
            raise WireError(f"an array of dtype {str(value.dtype)[:80]} can't be carried")
        self.check_array(value.shape, wire_type.itemsize)
        if name[0] == "U":
            "".join(value.ravel().tolist()).encode()  # refuses lone surrogates
        return ["a", name, list(value.shape), value.astype(wire_type, copy=False).tobytes()]

    def tensor(self, value):
        import torch

        if type(value) not in (torch.Tensor, torch.nn.Parameter):
            raise _refused(type(value))
        name = str(value.dtype).removeprefix("torch.")
        if name not in TENSOR_TYPES:
            raise WireError(f"a tensor of dtype {name} can't be carried")
        if value.layout is not torch.strided or value.device.type == "meta":
            raise WireError("a sparse, nested or meta tensor can't be carried")
        shape = list(value.shape)
        self.check_array(shape, TENSOR_TYPES[name].itemsize)
        plain = value.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
        if name == "bfloat16":
            plain = plain.view(torch.int16)
        items = plain.numpy()
        return ["T", name, shape, items.astype(items.dtype.newbyteorder("<"), copy=False).tobytes()]

    def integer(self, value):
        if -(2**63) <= value < 2**64:
            return value
        if value.bit_length() > self.limits.int_bits:
            raise WireError(f"an int of more than {self.limits.int_bits} bits can't be carried")
        return ["i", value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)]

    def text(self, value):
        size = len(value.encode())
        if size > self.limits.text:
            raise WireError(f"text longer than {self.limits.text} bytes can't be carried")
        self.add_bytes(size)
        return value

    def check_array(self, shape, itemsize):
        """Before any copy: a broadcast view can claim far more elements than it has memory."""
        if len(shape) > MAX_NDIM:
            raise WireError(f"an array of more than {MAX_NDIM} dimensions can't be carried")
        if extent(shape) > self.limits.elements:
            raise WireError(f"an array of more than {self.limits.elements} elements can't be carried")
        self.add_bytes(math.prod(shape) * itemsize)
        self.count(len(shape) + 4)

    def count(self, more):
        self.nodes += more
        if self.nodes > self.limits.nodes:
            raise WireError(f"the value has more than {self.limits.nodes} parts")

    def add_bytes(self, more):
        self.bytes += more
        if self.bytes > self.limits.bytes:
            raise WireError(f"the value is larger than {self.limits.bytes} bytes")


def _name(kind):
    module, name = getattr(kind, "__module__", ""), getattr(kind, "__qualname__", "?")
    return str(name)[:80] if module in ("builtins", "__main__") else f"{module}.{name}"[:80]


def _refused(kind):
    return WireError(f"a value of type {_name(kind)} can't be carried")
