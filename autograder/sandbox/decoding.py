"""From a message to a value, trusting nothing; see wire.py for the format."""

import math

import msgpack
import numpy as np

from .plain import ARRAY_TYPES, MAX_NDIM, MAX_TEXT_WIDTH, TENSOR_TYPES, WireError, extent, is_key


class Decoder:
    def __init__(self, data, limits):
        self.data = data
        self.limits = limits
        self.nodes = 0
        self.tuple_keys = 0
        self.stream = msgpack.Unpacker(
            max_buffer_size=len(data) + 1,
            max_array_len=limits.nodes,
            max_str_len=limits.text,
            max_bin_len=limits.bytes,
            max_map_len=0,
            max_ext_len=0,
        )
        self.stream.feed(data)

    def leaf(self):
        """One value that isn't an array; msgpack itself checks its length against the bytes at hand."""
        if self.at_array():
            raise WireError("the message has a list where a plain value belongs")
        return self.stream.unpack()

    def at_array(self):
        position = self.stream.tell()
        if position >= len(self.data):
            raise WireError("the message ends too early")
        first = self.data[position]
        return 0x90 <= first <= 0x9F or first in (0xDC, 0xDD)

    def header(self):
        """Open an array. Each item is at least one byte, so a claim beyond the bytes left is a lie."""
        length = self.stream.read_array_header()
        self.nodes += length
        if self.nodes > self.limits.nodes:
            raise WireError(f"the message has more than {self.limits.nodes} parts")
        if length > len(self.data) - self.stream.tell():
            raise WireError("the message ends too early")
        return length

    def node(self, depth):
        if not self.at_array():
            value = self.stream.unpack()
            if value is not None and type(value) not in (bool, int, float, str, bytes):
                raise WireError("the message holds a kind of value that isn't plain data")
            return value
        length = self.header() - 1
        tag = self.leaf() if length >= 0 else None
        if tag in ("l", "t", "d") and depth >= self.limits.depth:
            raise WireError(f"the message is nested deeper than {self.limits.depth} levels")
        if tag == "l":
            return [self.node(depth + 1) for _ in range(length)]
        if tag == "t":
            return tuple([self.node(depth + 1) for _ in range(length)])
        if tag == "d" and length % 2 == 0:
            return self.dictionary(length // 2, depth)
        if tag == "a" and length == 3:
            return self.array()
        if tag == "T" and length == 3:
            return self.tensor()
        if tag == "n" and length == 2:
            dtype = self.array_type(ARRAY_TYPES)
            return self.items(dtype, (), self.kind(bytes))[()]
        if tag == "s" and length == 1:
            return np.str_(self.kind(str))
        if tag == "c" and length == 2:
            return complex(self.kind(float), self.kind(float))
        if tag == "i" and length == 1:
            return self.integer()
        raise WireError("the message has an unknown tag")

    def kind(self, kind):
        value = self.leaf()
        if type(value) is not kind:
            raise WireError(f"the message has a {type(value).__name__} where a {kind.__name__} belongs")
        return value

    def dictionary(self, length, depth):
        value = {}
        for _ in range(length):
            key = self.node(depth + 1)
            if not is_key(key):
                raise WireError("the message has a dictionary key of a kind that isn't allowed")
            self.tuple_keys += isinstance(key, tuple)
            if self.tuple_keys > self.limits.tuple_keys:
                raise WireError(f"the message has more than {self.limits.tuple_keys} tuples as keys")
            if key in value:
                raise WireError("the message has a dictionary key twice")
            value[key] = self.node(depth + 1)
        return value

    def integer(self):
        data = self.kind(bytes)
        if len(data) > self.limits.int_bits // 8 + 1:
            raise WireError(f"the message has an int of more than {self.limits.int_bits} bits")
        return int.from_bytes(data, "big", signed=True)

    def array_type(self, known):
        name = self.kind(str)
        if name not in known:
            raise WireError("the message has an array of an unknown dtype")
        return known[name]

    def shape(self):
        length = self.header()
        if length > MAX_NDIM:
            raise WireError(f"the message has an array of more than {MAX_NDIM} dimensions")
        shape = tuple([self.kind(int) for _ in range(length)])
        if any(not 0 <= size < 2**63 for size in shape):
            raise WireError("the message has an array with an impossible shape")
        if extent(shape) > self.limits.elements:
            raise WireError(f"the message has an array of more than {self.limits.elements} elements")
        return shape

    def items(self, dtype, shape, data):
        """A writable array over a copy of `data`, whose length must be exactly what the shape needs."""
        if math.prod(shape) * dtype.itemsize != len(data):
            raise WireError("the message has an array whose bytes don't fit its shape")
        if dtype.kind == "b" and np.frombuffer(data, np.uint8).max(initial=0) > 1:
            raise WireError("the message has a truth value that is neither true nor false")
        if not data:
            return np.empty(shape, dtype.newbyteorder("="))
        return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))

    def array(self):
        name = self.kind(str)
        shape = self.shape()
        data = self.kind(bytes)
        if name in ARRAY_TYPES:
            return self.items(ARRAY_TYPES[name], shape, data)
        width = name[1:]
        if name[:1] != "U" or not (width.isascii() and width.isdigit()) or len(width) > 7:
            raise WireError("the message has an array of an unknown dtype")
        if not 1 <= int(width) <= MAX_TEXT_WIDTH:
            raise WireError("the message has an array of an impossible text width")
        codes = np.frombuffer(data[: len(data) // 4 * 4], "<u4")
        if ((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))).any():
            raise WireError("the message has text that isn't Unicode")
        return self.items(np.dtype(f"<U{int(width)}"), shape, data)

    def tensor(self):
        name = self.kind(str)
        if name not in TENSOR_TYPES:
            raise WireError("the message has a tensor of an unknown dtype")
        shape = self.shape()
        items = self.items(TENSOR_TYPES[name], shape, self.kind(bytes))
        import torch  # here, so that only a message with a tensor pays for it

        if name == "bfloat16":
            return torch.from_numpy(items.view(np.int16)).view(torch.bfloat16)
        return torch.from_numpy(items)
