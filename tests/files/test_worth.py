"""What a file may make is bounded by what it holds: copies by name, and keys that take for ever."""

from __future__ import annotations

import collections
import io
import struct
import tracemalloc
from pickle import UnpicklingError

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.serialization import machine

from .mutations import with_program, written

pytestmark = pytest.mark.once

FREE = 1 << 14


@pytest.fixture(autouse=True)
def little_is_free(monkeypatch):
    monkeypatch.setattr(machine, "FREE", FREE)


def name(full):
    module, _, last = full.rpartition(".")
    return f"c{module}\n{last}\n".encode()


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def data(value):
    return b"B" + struct.pack("<I", len(value)) + value


LIST = b"](" + b"".join(b"J" + struct.pack("<i", k + 70000) for k in range(2000)) + b"e"
PAIRS = b"](" + b"".join(b"M" + struct.pack("<H", k) + b"N\x86" for k in range(2000)) + b"e"
DICT = b"}(" + b"".join(b"M" + struct.pack("<H", k) + b"N" for k in range(2000)) + b"u"
NAMES = b"}(" + b"".join(text(f"name{k}") + b"N" for k in range(2000)) + b"u"
BYTES = data(b"x" * 20000)
ARRAY = name("numpy._core.multiarray._reconstruct") + b"NNN\x87R"
STATE = (b"(K\x01M" + struct.pack("<H", 20000) + b"\x85" + name("numpy.dtype")
         + text("u1") + b"\x89\x88\x87R\x89" + BYTES + b"t")
HALVES = b"".join(  # two keys that are equal, and whose comparison doubles with each level
    b"(K\x05\x91" + bytes([0x71, at]) + b"".join(
        b"(h" + bytes([at]) + b"K\x01\x86h" + bytes([at]) + b"K\x02\x86\x91" + bytes([0x71, at])
        for _ in range(40)) for at in (1, 2))

COPIES = {
    "sets": (LIST, name("builtins.set") + b"h\x00\x85R"),
    "frozensets": (LIST, name("builtins.frozenset") + b"h\x00\x85R"),
    "ordered dicts": (PAIRS, name("collections.OrderedDict") + b"h\x00\x85R"),
    "counters": (DICT, name("collections.Counter") + b"h\x00\x85R"),
    "bytearrays": (BYTES, name("builtins.bytearray") + b"h\x00\x85R"),
    "bytes of text": (text("a" * 20000), name("_codecs.encode") + b"h\x00" + text("latin1")
                      + b"\x86R"),
    "attributes": (NAMES, name("collections.OrderedDict") + b")Rh\x00b"),
    "attributes in a pair": (NAMES + b"N\x86", name("collections.OrderedDict") + b")Rh\x00b"),
    "arrays": (STATE, ARRAY + b"h\x00b"),
    "empty sets": (b"N", b"\x8f" * 20), "empty lists": (b"N", b"]" * 40),
    "lists in lists": (b"N", b"]]]]]aaaa"), "dicts in dicts": (b"N", b"}K\x00}K\x00Nss"),
    "tuples in tuples": (b"N", b")" + b"\x85" * 40),
    "empty calls": (name("collections.OrderedDict"), b"h\x00)R" * 10),
    "large keys": (b"K\x01" + b"\x85" * 2000, b"}h\x00Ns"),
    "keys compared": (text("a" * 20000) + b"q\x02" + text("a" * 20000), b"}h\x02Nsh\x00Ns"),
    "the user's classes": (LIST, name("collections.deque") + b"h\x00\x85R"),
}


@pytest.mark.parametrize("attack", COPIES)
def test_copies_of_one_thing(attack):
    first, copy = COPIES[attack]
    file = with_program(first + b"q\x00](" + copy * 2000 + b"e.")
    tracemalloc.start()
    try:
        with torch.serialization.safe_globals([collections.deque]), pytest.raises(
                UnpicklingError, match=r"makes far more than it holds.*max_load_expansion|large"):
            torch.load(io.BytesIO(file), weights_only=False)
        assert tracemalloc.get_traced_memory()[1] < FREE + 44 * len(file) + (1 << 18)
    finally:
        tracemalloc.stop()


def test_keys_whose_comparison_doubles():
    with pytest.raises(UnpicklingError, match=r"too large|makes far more"):
        torch.load(io.BytesIO(with_program(HALVES + b"}h\x01Nsh\x02Ns.")))


def test_tensors_of_one_storage():
    make = (name("torch._utils._rebuild_tensor_v2") + b"((" + text("storage")
            + name("torch.FloatStorage") + text("0") + text("cpu") + b"M\x00\x04tQK\x00M\x00\x04"
            b"\x85K\x01\x85\x89}")
    records = {"data/0": bytes(4096)}
    for last, found in ((b"tR", 40), (b"}" + text("neg") + b"\x88stR", 1)):
        loaded = torch.load(io.BytesIO(with_program(b"](" + (make + last) * found + b"e.",
                                                    records)))
        assert len(loaded) == found and loaded[-1].sum().item() == 0
    with pytest.raises(UnpicklingError, match="makes far more than it holds"):
        torch.load(io.BytesIO(with_program(b"](" + (make + last) * 200 + b"e.", records)))
    short = make + b"tq\x00"
    with pytest.raises(UnpicklingError, match="makes far more than it holds"):
        torch.load(io.BytesIO(with_program(
            short.replace(name("torch._utils._rebuild_tensor_v2"), b"", 1) + b"("
            + (name("torch._utils._rebuild_tensor_v2") + b"q\x01h\x00R")
            + b"h\x01h\x00R" * 2000 + b"l.", records)))


@pytest.mark.parametrize("what", [b"(" * 100_000, b"N" + b"\x94" * 10 + b"(" * 100_000])
def test_marks(what):
    with pytest.raises(UnpicklingError, match="nests more than"):
        torch.load(io.BytesIO(with_program(what + b".")))


def test_a_memo_that_grows_takes_little():
    assert torch.load(io.BytesIO(with_program(b"K\x05" + b"\x94" * 50_000 + b"r\x00\x00\x01\x00"
                                              b"j\x00\x00\x01\x00\x86."))) == (5, 5)


SOUND = {
    "numbers in lists": [[float(i)] for i in range(20000)],
    "rows": [[i * j for j in range(100)] for i in range(100)],
    "records": [{"a": i, "b": str(i)} for i in range(5000)],
    "dicts": {i: {str(i): None} for i in range(5000)}, "a tuple": tuple(range(20000)),
    "pairs": [(i, (i,)) for i in range(5000)], "a set": set(range(20000)),
    "sets": [{i, -i} for i in range(1, 2000)], "frozen": [frozenset((i, -i)) for i in range(2000)],
    "ordered": [collections.OrderedDict(a=i) for i in range(2000)],
    "counted": collections.Counter(range(5000)), "bytes": [bytes(3) for _ in range(2000)],
    "keys": {(i, (i, i)): i for i in range(5000)}, "sizes": [torch.Size([i]) for i in range(900)],
    "bytearrays": [bytearray(b"abc") for _ in range(900)],
}


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("what", SOUND)
def test_sound_files_are_worth_what_they_make(what, protocol):
    assert torch.load(io.BytesIO(written(SOUND[what], protocol))) == SOUND[what]


@pytest.mark.parametrize("protocol", [2, 5])
def test_state_is_worth_what_it_makes(protocol):
    net = torch.nn.Sequential(*[torch.nn.Linear(2, 2) for _ in range(100)])
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    for obj in (net.state_dict(), optimizer.state_dict(), list(net.parameters())):
        assert len(torch.load(io.BytesIO(written(obj, protocol)))) == len(obj)
    assert len(torch.load(io.BytesIO(written(net, protocol)), weights_only=False)) == 100
    arrays = [np.arange(3.0) for _ in range(300)]
    assert len(torch.load(io.BytesIO(written(arrays, protocol)), weights_only=False)) == 300


def test_the_bound_can_be_raised(monkeypatch):
    file = with_program(b"](" + b"]" * 5000 + b"e.")
    with pytest.raises(UnpicklingError, match="max_load_expansion"):
        torch.load(io.BytesIO(file))
    monkeypatch.setattr(config, "max_load_expansion", 1000)
    assert torch.load(io.BytesIO(file)) == [[]] * 5000


class Counting(io.BytesIO):
    """A file that counts what is read of it, and gives a part at a time."""

    count = 0

    def read(self, size=-1):
        found = super().read(size if size < 10 else size // 2)
        self.count += len(found)
        return found


def test_a_file_that_is_none_is_not_read_whole():
    file = Counting(bytes(1 << 20))
    with pytest.raises(UnpicklingError):
        torch.load(file)
    assert file.count < 1000


def test_a_file_may_be_read_in_parts():
    assert torch.load(Counting(written([torch.arange(100.0), 5])))[0].tolist() == [*range(100)]
