"""The wire carries plain data exactly, and survives anything."""

import math
import socket
import struct
import subprocess
import sys
import threading
from collections import OrderedDict, namedtuple

import msgpack
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox import wire
from autograder.sandbox.plain import ARRAY_TYPES, TENSOR_TYPES
from autograder.sandbox.wire import Limits, WireError, decode, encode

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
TENSOR_NAMES = sorted(TENSOR_TYPES)


def same(a, b):
    """Equal in type, dtype, shape and every bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    if isinstance(a, float) and not isinstance(a, np.generic):
        return struct.pack("d", a) == struct.pack("d", b)
    if isinstance(a, complex) and not isinstance(a, np.generic):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, (np.ndarray, np.generic)):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, torch.Tensor):
        return (a.dtype, a.shape) == (b.dtype, b.shape) and bits(a) == bits(b)
    return a == b


def bits(tensor):
    return bytes(tensor.reshape(-1).clone().view(torch.uint8).numpy()) if tensor.numel() else b""


# ---- round trips

dtypes = st.sampled_from([np.dtype(name) for name in ARRAY_TYPES])
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
numbers = st.integers(-(2**4000), 2**4000) | st.floats() | st.complex_numbers() | st.booleans()
scalars = hnp.arrays(dtypes, ()).map(lambda array: array[()]) | texts.map(np.str_)
keys = st.none() | texts | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.booleans()
leaves = st.none() | numbers | texts | st.binary(max_size=20) | scalars | arrays
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys | st.lists(keys, max_size=2).map(tuple), inner, max_size=4)
    ),
    max_leaves=12,
)


@QUICK
@given(values)
def test_values_come_back_exactly(value):
    assert same(decode(encode(value)), value)


@QUICK
@given(arrays, st.data())
def test_views_come_back_as_plain_arrays(array, data):
    axes = data.draw(st.permutations(range(array.ndim)))
    steps = [slice(None, None, data.draw(st.sampled_from([1, -1, 2]))) for _ in axes]
    view = array.transpose(axes)[(*steps, ...)]
    assert same(decode(encode(view)), np.array(view))
    assert decode(encode(np.asfortranarray(array))).flags.c_contiguous


@QUICK
@given(arrays, st.sampled_from(TENSOR_NAMES))
def test_tensors_come_back_exactly(array, name):
    plain = np.abs(np.nan_to_num(np.asarray(array.real, np.float64)))
    tensor = torch.from_numpy(np.asarray(plain)).to(getattr(torch, name))
    assert same(decode(encode(tensor)), tensor)
    assert same(decode(encode(tensor.T if tensor.ndim == 2 else tensor)), tensor.T if tensor.ndim == 2 else tensor)


@QUICK
@given(hnp.arrays(hnp.unicode_string_dtypes(max_len=5), hnp.array_shapes(min_dims=0, max_dims=2, min_side=0)))
def test_text_arrays_come_back(array):
    surrogates = any("\ud800" <= c < "\ue000" for text in array.ravel().tolist() for c in text)
    if surrogates:
        with pytest.raises(WireError, match="surrogate"):
            encode(array)
    else:
        assert same(decode(encode(array)), array.astype(array.dtype.newbyteorder("=")))


def test_byte_order_becomes_the_machines_own():
    back = decode(encode(np.arange(3, dtype=">f8")))
    assert back.dtype == np.float64
    assert back.dtype.isnative
    assert back.tolist() == [0, 1, 2]


def test_decoded_arrays_can_be_written_and_are_apart():
    array = np.zeros(3)
    back = decode(encode([array, array]))
    back[0][0] = 1
    assert back[1][0] == 0
    decode(encode(torch.zeros(2))).add_(1)


def test_gradients_parameters_conjugates_and_views_of_tensors():
    leaf = torch.ones(2, 3, requires_grad=True)
    assert same(decode(encode(leaf)), torch.ones(2, 3))
    assert same(decode(encode((leaf * 2).T)), torch.full((3, 2), 2.0))
    assert same(decode(encode(torch.nn.Parameter(torch.zeros(2)))), torch.zeros(2))
    assert same(decode(encode(torch.tensor([1 + 2j]).conj())), torch.tensor([1 - 2j]))
    assert same(decode(encode(torch.tensor(float("nan"), dtype=torch.bfloat16))), torch.tensor(float("nan")).bfloat16())


def test_lookalikes_stay_apart():
    for value in (1.0, np.float64(1), np.float32(1), 1, np.int64(1), True, np.bool_(True), (1,), [1], np.array(1)):
        assert type(decode(encode(value))) is type(value)


def test_subclasses_of_plain_types_travel_as_those():
    Pair = namedtuple("Pair", "a b")
    assert same(decode(encode(Pair(1, 2))), (1, 2))
    assert same(decode(encode(OrderedDict(b=1, a=2))), {"b": 1, "a": 2})
    assert same(decode(encode(torch.zeros(2, 3).shape)), (2, 3))


class Liar(float):
    def __float__(self):
        return 7.0

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__

    __class__ = str


def test_a_subclass_cannot_speak_for_itself():
    assert same(decode(encode(Liar(1.5))), 1.5)


# ---- what is refused


class Array(np.ndarray):
    pass


class Tensor(torch.Tensor):
    pass


def endless():
    loop = []
    loop.append(loop)
    return loop


def doubling():
    value = [0]
    for _ in range(30):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (object(), "type object"),
        ({1, 2}, "type set"),
        (range(3), "type range"),
        (iter([]), "list_iterator"),
        (len, "builtin_function"),
        (np.zeros(2).view(Array), "Array"),
        (np.zeros((1, 1)).view(np.matrix), "matrix"),
        (np.ma.masked_array([1], [True]), "Masked"),
        (np.array([None]), "dtype object"),
        (np.zeros(1, "datetime64[s]"), "dtype datetime64"),
        (np.zeros(1, [("a", int)]), "dtype"),
        (np.longdouble(1), "longdouble"),
        (torch.zeros(2).as_subclass(Tensor), "Tensor"),
        (torch.zeros(2).to_sparse(), "sparse"),
        (torch.zeros(2, device="meta"), "meta"),
        ("\ud800", "surrogate"),
        (2**4097, "4096 bits"),
        ({2**64: 1}, "key of type int"),
        ({(1, (2,)): 1}, "key of type tuple"),
        ({b"a": 1}, "key of type bytes"),
        (endless(), "32 levels"),
        (doubling(), "200000 parts"),
        ([0] * 200_001, "200000 parts"),
        (np.broadcast_to(1.0, (10**6, 10**6)), "67108864 elements"),
        (torch.zeros(1).expand(10**12), "67108864 elements"),
        (np.zeros(9 * 2**20), "larger than 67108864 bytes"),
        ([np.zeros(2**20)] * 9, "larger than 67108864 bytes"),
        (b"x" * (64 * 2**20 + 1), "larger than 67108864 bytes"),
        ("x" * (16 * 2**20 + 1), "text longer than"),
        (np.empty((2**50, 0)), "elements"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 and value.isascii() else "",
)
def test_what_cannot_be_carried_is_named(value, says):
    with pytest.raises(WireError, match=says):
        encode(value)


class Raises(dict):
    def __len__(self):
        raise KeyboardInterrupt

    items = keys = __iter__ = __len__


def test_hostile_objects_raise_nothing_else():
    class Meta(type):
        def __getattribute__(cls, name):
            raise ZeroDivisionError

    class Nameless(metaclass=Meta):
        pass

    assert same(decode(encode(Raises(a=1))), {"a": 1})
    with pytest.raises(WireError):
        encode(Nameless())


def test_smaller_limits():
    with pytest.raises(WireError, match="3 levels"):
        encode([[[[1]]]], Limits(depth=3))
    assert encode([[[1]]], Limits(depth=3))
    data = encode([[[[1]]]])
    with pytest.raises(WireError, match="3 levels"):
        decode(data, Limits(depth=3))
    with pytest.raises(WireError, match="elements"):
        decode(encode(torch.zeros(1)), Limits(elements=0))
    with pytest.raises(WireError, match="tuples as keys"):
        decode(encode({(i,): 0 for i in range(11)}), Limits(tuple_keys=10))


# ---- malformed messages


def packed(*tree):
    return msgpack.packb(list(tree))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        packed(),
        packed("?"),
        packed("a"),
        packed("a", "float64", [2], b""),
        packed("a", "float64", [-1], b""),
        packed("a", "float64", [2**63, 0], b""),
        packed("a", "float64", [2**62, 4, 0], b""),
        packed("a", "float64", [1.0], b"\0" * 8),
        packed("a", "float64", [True], b"\0" * 8),
        packed("a", "float64", [1] * 33, b"\0" * 8),
        packed("a", "float64", [2**40], b"\0" * 8),
        packed("a", "object", [1], b"\0" * 8),
        packed("a", "U0", [1], b""),
        packed("a", "U1", [1], b"\xff" * 4),
        packed("a", "U1", [1], b"\0"),
        packed("a", "U²", [1], b"\0" * 8),
        packed("a", "U9999999999", [0], b""),
        packed("a", "bool", [1], b"\2"),
        packed("a", "float64", "x", b"\0" * 8),
        packed("T", "float8", [1], b"\0"),
        packed("T", "bool", [1], b"\3"),
        packed("n", "float64", b"\0"),
        packed("n", "U4", b"\0" * 16),
        packed("c", 1, 2.0),
        packed("i", b"\1" * 600),
        packed("i", 5),
        packed("d", "a"),
        packed("d", "a", 1, "a", 2),
        packed("d", ["l"], 1),
        packed("d", ["t", ["t", 1]], 1),
        packed("d", ["i", b"\1" * 9], 1),
        packed("d", ["a", "float64", [], b"\0" * 8], 1),
        packed(["l"], 1),
        packed(1, 2),
        msgpack.packb({"a": 1}),
        msgpack.packb({}),
        msgpack.packb(msgpack.ExtType(5, b"")),
        msgpack.packb(msgpack.Timestamp(1)),
        packed("l", {"a": 1}),
        b"\xa1\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\x92\xa1l" * 40,
        b"\x91" * 5000,
        encode([1]) + b"\0",
        "text",
        None,
    ],
    ids=repr,
)
def test_malformed_messages(data):
    with pytest.raises(WireError):
        decode(data)


@settings(QUICK, max_examples=600)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_wire_error(data):
    try_to_decode(data)


@settings(QUICK, max_examples=400)
@given(values, st.data())
def test_mutated_and_truncated_messages(value, data):
    message = bytearray(encode(value))
    cut = data.draw(st.integers(0, len(message) - 1))
    with pytest.raises(WireError):
        decode(message[:cut])
    for _ in range(data.draw(st.integers(1, 3))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    try_to_decode(bytes(message))


# Trees of the right shape and wrong contents reach further than random bytes do.
atoms = st.none() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.binary(max_size=40) | texts
names = st.sampled_from([*TENSOR_NAMES, "U1", "U3", "object"])
shapes = st.lists(st.integers(-1, 5) | st.sampled_from([2**31, 2**62, 2**63]), max_size=4)
trees = st.recursive(
    atoms
    | st.tuples(st.sampled_from("aT"), names, shapes, st.binary(max_size=40))
    | st.tuples(st.sampled_from("nci"), names | atoms, atoms),
    lambda inner: st.lists(inner, max_size=4).flatmap(
        lambda items: st.sampled_from("ltdaTncis").map(lambda tag: [tag, *items])
    ),
    max_leaves=10,
)


@settings(QUICK, max_examples=600)
@given(trees)
def test_wrong_trees(tree):
    try_to_decode(msgpack.packb(tree))


def try_to_decode(data):
    """Whatever is accepted is plain enough to be sent again; anything else is a WireError."""
    try:
        value = decode(data)
    except WireError as error:
        assert str(error)
    else:
        assert same(decode(encode(value)), value)


def test_many_small_lists_are_counted_before_they_are_made():
    with pytest.raises(WireError, match="200000 parts"):
        decode(b"\xdc\xff\xff" + b"\xa1l" + b"\x91\xa1l" * 60_000 + b"\xdd\x00\x10\x00\x00" + b"\xc0" * 2**20)


def test_decoding_needs_no_torch():
    """Only a message with a tensor may import torch, so that a coordinator stays small."""
    code = (
        "import sys; from autograder.sandbox import wire; import numpy as np; "
        "wire.decode(wire.encode([np.ones(3), 1])); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- frames


@pytest.fixture
def pair():
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def test_frames_arrive_in_order(pair):
    left, right = pair
    messages = [b"", b"a", bytes(3 * 2**20)]
    sender = threading.Thread(target=lambda: [wire.send_frame(left, message) for message in messages])
    sender.start()
    assert [wire.recv_frame(right) for _ in messages] == messages
    sender.join()


def test_frames_over_descriptors(pair):
    left, right = pair
    wire.send_frame(left.fileno(), b"x")
    assert wire.recv_frame(right.fileno()) == b"x"


def test_an_oversized_frame_is_refused_before_it_is_read(pair):
    left, right = pair
    left.sendall(struct.pack(">Q", 2**63))
    with pytest.raises(WireError, match="larger than"):
        wire.recv_frame(right, 100)


@pytest.mark.parametrize("sent", [b"\0", struct.pack(">Q", 5), struct.pack(">Q", 5) + b"abc"])
def test_a_truncated_frame(pair, sent):
    left, right = pair
    left.sendall(sent)
    left.close()
    with pytest.raises(WireError, match="cut short"):
        wire.recv_frame(right)


def test_the_end_of_the_stream(pair):
    left, right = pair
    left.close()
    with pytest.raises(EOFError):
        wire.recv_frame(right)


def test_nan_payloads_survive():
    payload = struct.unpack("d", struct.pack("Q", 0x7FF8_0000_DEAD_BEEF))[0]
    assert math.isnan(payload)
    assert same(decode(encode(payload)), payload)
    assert same(decode(encode(np.array([payload]))), np.array([payload]))
