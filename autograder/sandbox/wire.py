"""The wire: values as bytes that can hold data and nothing else.

A message is msgpack without maps and extensions. None, bool, int, float, str and bytes stand for
themselves; everything else is an array whose first item is a tag:

    ["i", bytes]                   an int beyond 64 bits
    ["c", real, imag]              complex
    ["l", ...]  ["t", ...]         list, tuple
    ["d", key, value, ...]         dict, in its own order
    ["n", dtype, bytes]            NumPy scalar          ["s", str]  numpy.str_
    ["a", dtype, shape, bytes]     NumPy array           ["T", dtype, shape, bytes]  torch tensor

Array bytes are little-endian and in C order, so memory layout and byte order don't survive; type, dtype,
shape and every bit of every element do. Gradients and devices are dropped.

`decode` may be given anything. It runs no code of the sender's, raises nothing but `WireError`, and
checks every count against a limit or against the bytes at hand before it allocates.
"""

import struct
from os import read, write

import msgpack

from .decoding import Decoder
from .encoding import Encoder
from .plain import LIMITS, Limits, WireError

__all__ = ["LIMITS", "Limits", "WireError", "decode", "encode", "recv_frame", "send_frame"]


def encode(value, limits: Limits = LIMITS) -> bytes:
    """Return `value` as a message, or raise WireError naming the type or the limit in the way."""
    try:
        tree = Encoder(limits).node(value, 0)
        data = msgpack.packb(tree, use_bin_type=True, strict_types=True)
    except WireError:
        raise
    except UnicodeEncodeError:
        raise WireError("text with a lone surrogate can't be carried") from None
    except Exception as error:  # a subclass with a mind of its own
        raise WireError(f"the value can't be carried ({type(error).__name__})") from None
    if len(data) > limits.bytes:
        raise WireError(f"the value is larger than {limits.bytes} bytes")
    return data


def decode(data: bytes, limits: Limits = LIMITS):
    """Return the value of a message. Any bytes at all give a value or a WireError, nothing else."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise WireError("a message must be bytes")
    data = bytes(data)
    if len(data) > limits.bytes:
        raise WireError(f"the message is larger than {limits.bytes} bytes")
    decoder = Decoder(data, limits)
    try:
        value = decoder.node(0)
        if decoder.stream.tell() != len(data):
            raise WireError("the message goes on after its end")
        return value
    except WireError:
        raise
    except msgpack.OutOfData:
        raise WireError("the message ends too early") from None
    except Exception as error:
        raise WireError(f"the message is malformed ({type(error).__name__})") from None


# ---- frames: eight bytes of length, then a message

_LENGTH = struct.Struct(">Q")


def frame(data: bytes) -> bytes:
    """Return `data` as it travels over a stream."""
    return _LENGTH.pack(len(data)) + data


def frame_length(header: bytes, max_bytes: int) -> int:
    """Return the length that a frame's first eight bytes announce; WireError if it is too much."""
    (length,) = _LENGTH.unpack(header)
    if length > max_bytes:
        raise WireError(f"a frame of {length} bytes is larger than {max_bytes} bytes")
    return length


def send_frame(sock, data: bytes) -> None:
    """Write one frame to a blocking socket or descriptor.

    With write(2) and read(2), because those are the calls that a locked-down process has.
    """
    descriptor = sock if isinstance(sock, int) else sock.fileno()
    rest = memoryview(frame(data))
    while rest:
        rest = rest[write(descriptor, rest) :]


def recv_frame(sock, max_bytes: int = LIMITS.bytes) -> bytes:
    """Read one frame. EOFError if the stream ended before it began, WireError if it is cut or too large."""
    descriptor = sock if isinstance(sock, int) else sock.fileno()
    header = _read_exactly(descriptor, _LENGTH.size)
    return _read_exactly(descriptor, frame_length(header, max_bytes), begun=True)


def _read_exactly(descriptor, length, begun=False):
    data = bytearray()
    while len(data) < length:
        piece = read(descriptor, min(length - len(data), 2**20))
        if not piece:
            if data or begun:
                raise WireError("a frame was cut short")
            raise EOFError("the stream has ended")
        data += piece
    return bytes(data)
