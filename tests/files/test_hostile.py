"""Files that try to run code, or to take all memory or time: each is refused without effect."""

from __future__ import annotations

import collections
import io
import pickle
import struct
import time
import zipfile
from pickle import UnpicklingError
from types import SimpleNamespace

import pytest

import wengert as torch

from .mutations import LEGACY, with_program, written

pytestmark = pytest.mark.once

DONE = []


def touch(*args):
    """What no file may call."""
    DONE.append(args)


class Reduced:
    """Pickles as a call."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


class WithState:
    """An object whose state is set by code of its own."""

    def __init__(self, value=None):
        self.value = value

    def __setstate__(self, state):
        touch(state)
        self.value = state["value"]

    def __getstate__(self):
        return {"value": self.value}


@pytest.fixture(autouse=True)
def nothing_is_done():
    DONE.clear()
    yield
    assert not DONE


def load(program, records=None, **kwargs):
    return torch.load(io.BytesIO(with_program(program, records)), **kwargs)


def call(name, args=b"(X\x01\x00\x00\x00at"):
    """A pickle that calls a global with the text "a"."""
    module, name = name.rsplit(".", 1)
    return f"\x80\x02c{module}\n{name}\n".encode("latin1") + args + b"R."


@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.parametrize("name", [
    "os.system", "posix.system", "builtins.eval", "__builtin__.eval", "builtins.exec",
    "builtins.getattr", "builtins.__import__", "subprocess.Popen", "importlib.import_module",
    "runpy.run_path", "torch.load", "torch.utils.data.worker.work", "torch._utils.os.system",
    "wengert.serialization.loading.load", "wengert.serialization.rebuilding.sys.exit",
    "tests.files.test_hostile.touch", "collections.namedtuple", "codecs.encode",
    "torch.nn.functional.os.system", "numpy.load", "pickle.loads", "torch.hub.load",
])
def test_other_names_are_refused(name, weights_only):
    with pytest.raises(UnpicklingError, match="Unsupported global: GLOBAL ") as error:
        load(call(name), weights_only=weights_only)
    assert name.replace("__builtin__", "builtins") in str(error.value)
    assert "add_safe_globals" in str(error.value)


@pytest.mark.parametrize("name", ["os.system", "builtins.eval"])
def test_the_other_instructions_that_call(name):
    module, last = name.rsplit(".", 1)
    text = b"X\x01\x00\x00\x00a"
    for program in (
        f"(S'a'\ni{module}\n{last}\n.".encode(),                                     # INST
        f"(c{module}\n{last}\n".encode() + text + b"o.",                             # OBJ
        f"c{module}\n{last}\n(".encode() + text + b"t\x81.",                         # NEWOBJ
        f"c{module}\n{last}\n(".encode() + text + b"t}\x92.",                        # NEWOBJ_EX
        b"\x80\x04\x8c" + bytes([len(module)]) + module.encode()                     # STACK_GLOBAL
        + b"\x8c" + bytes([len(last)]) + last.encode() + b"\x93(" + text + b"tR.",
        b"\x82\x01.", b"\x83\x01\x00.", b"\x84\x01\x00\x00\x00.",                    # EXT
        f"P{name}\n.".encode(),                                                      # PERSID
    ):
        with pytest.raises(UnpicklingError, match=r"not allowed|Unsupported global"):
            load(program)


def test_refused_in_the_old_format_too():
    program = LEGACY.replace(b"ctorch._utils\n_rebuild_tensor_v2", b"cos\nsystem")
    assert program != LEGACY
    with pytest.raises(UnpicklingError, match=r"GLOBAL os\.system"):
        torch.load(io.BytesIO(program))


@pytest.mark.parametrize("where", [
    lambda bad: [1, (2, {"k": bad})], lambda bad: {"a": {"b": [bad]}},
    lambda bad: collections.OrderedDict(a=bad), lambda bad: (bad, bad),
])
def test_nested(where):
    with pytest.raises(UnpicklingError, match="Unsupported global"):
        load(pickle.dumps(where(Reduced(touch, 1)), 2))


def test_state_of_foreign_objects():
    for bad in (WithState(1), SimpleNamespace(a=1)):
        with pytest.raises(UnpicklingError, match="Unsupported global"):
            load(pickle.dumps(bad, 2))


def test_state_of_known_objects_cannot_replace_what_they_do():
    ordered = b"ccollections\nOrderedDict\n)R"
    name = b"X\x0c\x00\x00\x00__setstate__"
    for state in (b"}" + name + ordered + b"s", b"}X\x05\x00\x00\x00items" + ordered + b"s",
                  b"}X\x09\x00\x00\x00__class__" + ordered + b"s", b"}K\x01K\x02s", b"K\x05",
                  b"(K\x01K\x02t"):
        with pytest.raises(UnpicklingError, match=r"may not set the attribute|is no dict"):
            load(ordered + state + b"b.")
    for target in (b"]", b"}", b"K\x01", b"ctorch\nFloatStorage\n", b"ctorch\nfloat32\n",
                   b"ctorch.nn.parameter\nParameter\n", b"ctorch\nSize\n)R",
                   b"ctorch._utils\n_rebuild_tensor_v2\n"):
        with pytest.raises(UnpicklingError, match="Can only set the state"):
            load(target + b"}" + name + b"K\x01sb.")
    found = load(ordered + b"}X\x09\x00\x00\x00_metadata}sb.")
    assert found._metadata == {}


def test_values_cannot_be_called():
    for name in ("torch.Tensor", "torch.FloatStorage", "torch.storage.UntypedStorage",
                 "torch.float32", "torch.nn.parameter.Parameter"):
        with pytest.raises(UnpicklingError, match="is not allowed"):
            load(call(name, b"(J\xff\xff\xff\x7ft"))
        with pytest.raises(UnpicklingError, match="is not allowed"):
            load(call(name, b"(J\xff\xff\xff\x7ft")[:-2] + b"\x81.")
    with pytest.raises(UnpicklingError, match="is not allowed"):
        load(b"K\x01)R.")


def test_callables_check_their_arguments():
    bad = [("builtins.bytearray", b"(J\xff\xff\xff\x7ft"), ("builtins.set", b"(K\x05t"),
           ("_codecs.encode", b"(X\x01\x00\x00\x00aX\x05\x00\x00\x00rot13t"),
           ("torch.Size", b"((J\xff\xff\xff\xfftt"), ("torch.device", b"(X\x01\x00\x00\x00xt"),
           ("collections.OrderedDict", b"(K\x01t"), ("collections.Counter", b"(]t"),
           ("builtins.complex", b"(K\x01K\x02t"), ("torch._utils._rebuild_tensor_v2", b")"),
           ("torch._utils._rebuild_parameter", b"(K\x01\x88}t"),
           ("torch._tensor._rebuild_from_type_v2", b"(cbuiltins\nset\nctorch\nTensor\n)}t")]
    for name, args in bad:
        with pytest.raises(UnpicklingError, match="Weights only load failed"):
            load(call(name, args))


@pytest.mark.parametrize("name", [
    b"X\x04\x00\x00\x00evil", b"(X\x06\x00\x00\x00moduleK\x01K\x01t", b"]", b")", b"K\x07",
    b"(X\x07\x00\x00\x00storagecos\nsystem\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x03t",
    b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x0c\x00\x00\x00../../passwd"
    b"X\x03\x00\x00\x00cpuK\x03t",
    b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000"
    b"X\x03\x00\x00\x00cpuJ\xff\xff\xff\xfft",
    b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
    b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7ft",
])
def test_what_lies_outside_of_the_pickle(name):
    with pytest.raises(UnpicklingError, match=r"storage|Unsupported global"):
        load(name + b"Q.", {"data/0": b"\0" * 12})


def tensor_program(storage="FloatStorage", numel=3, offset=b"K\x00", size=b"K\x03\x85",
                   stride=b"K\x01\x85"):
    return (b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\n"
            + storage.encode() + b"\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK" + bytes([numel])
            + b"tQ" + offset + size + stride + b"\x89ccollections\nOrderedDict\n)RtR.")


def long(number):
    return b"\x8a\x08" + struct.pack("<q", number)


def test_a_tensor_must_lie_in_its_storage():
    data = {"data/0": struct.pack("<3f", 1, 2, 3)}
    assert load(tensor_program(), data).tolist() == [1, 2, 3]
    for bad in ({"offset": b"K\x01"}, {"offset": b"J\xff\xff\xff\xff"}, {"size": b"K\x04\x85"},
                {"stride": b"K\x02\x85"}, {"stride": b"J\xff\xff\xff\xff\x85"},
                {"stride": b")"}, {"size": long(2**62) + b"\x85", "stride": b"K\x00\x85"},
                {"size": long(2**31) + long(2**31) + b"\x86", "stride": b"K\x00K\x00\x86"},
                {"size": b"J\xff\xff\xff\xff\x85"}, {"size": b"X\x01\x00\x00\x003\x85"},
                {"size": b"]"}, {"numel": 2}, {"numel": 4}, {"storage": "DoubleStorage"},
                {"offset": b"G" + b"\0" * 8}, {"offset": long(2**62)}):
        with pytest.raises(UnpicklingError, match=r"storage|size"):
            load(tensor_program(**bad), data)


def test_an_expanded_tensor_takes_no_memory():
    data = {"data/0": struct.pack("<3f", 1, 2, 3)}
    found = load(tensor_program(size=long(2**40) + b"\x85", stride=b"K\x00\x85"), data)
    assert found.shape == (2**40,)


def test_one_storage_is_of_one_kind():
    first = tensor_program()[:-1]
    other = tensor_program("IntStorage")
    with pytest.raises(UnpicklingError, match="of two kinds"):
        load(first + other[:-1] + b"\x86.", {"data/0": b"\0" * 12})


def test_too_deep_or_too_large():
    started = time.process_time()
    deep = load(b"]" * 200_000 + b"a" * 199_999 + b".")
    assert type(deep) is list
    laughs = b"K\x01q\x00" + b"".join(
        b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86q" + bytes([i + 1]) for i in range(60))
    for bad in (
        b"}" + laughs + b"K\x01s.",                              # a key that is a tree of 2**60
        b"\x8f(" + laughs + b"\x90.", b"(" + laughs + b"\x91.",  # elements of sets
        b"}" + b"K\x01" + b"\x85" * 100_000 + b"K\x01s.",        # a key that is deep
        b"}\x8a\xff" + b"\x7f" * 255 + b"K\x01s.",               # a key that collides
        b"}]K\x01s.", b"}K\x01s.",                               # a key that is none
        b"\x8e" + b"\xff" * 8 + b".",                            # more bytes than there are
        b"\x96\xff\xff\xff\xff\xff\xff\xff\x7f.", b"B\xff\xff\xff\xff.",
        b"X\xff\xff\xff\x7fa.", b"\x8b\xff\xff\xff\xff.", b"\x8b\xff\xff\xff\x7f.",
        b"\x80\x06.", b"", b".", b"t.", b"R.", b"b.", b"h\x01.", b"q\x00.", b"(", b"a.", b"(((1.",
    ):
        with pytest.raises(UnpicklingError):
            load(bad)
    assert load(b"K\x01r\xff\xff\xff\xff.") == 1                 # a memo with one far place
    assert time.process_time() - started < 5


# Archives

def repacked(change):
    """A saved file whose directory `change` alters."""
    file = bytearray(written(torch.arange(100.0)))
    entries = []
    at = file.index(b"PK\x01\x02")
    while (at := file.find(b"PK\x01\x02", at)) >= 0:
        entries.append(at)
        at += 4
    change(file, entries)
    return bytes(file)


def set_at(file, at, code, number):
    file[at:at + struct.calcsize(code)] = struct.pack(code, number)


def overlap(file, entries):
    set_at(file, entries[4] + 42, "<I", struct.unpack_from("<I", file, entries[0] + 42)[0])


def too_long(file, entries):
    for field in (20, 24):
        set_at(file, entries[4] + field, "<I", 2**31)


def outside(file, entries):
    set_at(file, entries[4] + 42, "<I", len(file) - 5)


def compressed(file, entries):
    set_at(file, entries[4] + 10, "<H", 8)


def of_two_sizes(file, entries):
    set_at(file, entries[4] + 24, "<I", 2**31)


def encrypted(file, entries):
    set_at(file, entries[4] + 8, "<H", 1)


def many(file, entries):
    set_at(file, file.rindex(b"PK\x05\x06") + 10, "<H", 60000)


def renamed(file, entries):
    name = file.index(b"data/0", entries[4])
    file[name:name + 6] = b"data/1"


@pytest.mark.parametrize("change", [overlap, too_long, outside, compressed, of_two_sizes,
                                    encrypted, many, renamed])
def test_archives_that_lie(change):
    with pytest.raises((RuntimeError, UnpicklingError), match=r"zip archive|storage") as error:
        torch.load(io.BytesIO(repacked(change)))
    assert "Weights" in str(error.value) or "The file is damaged" in str(error.value)


def test_a_bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"N" * 10**7 + b".")
    assert len(buffer.getvalue()) < 20_000
    buffer.seek(0)
    with pytest.raises(RuntimeError, match="is compressed"):
        torch.load(buffer)


def test_a_name_twice():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for _ in range(2):
            archive.writestr("archive/data.pkl", b"N.")
    buffer.seek(0)
    with pytest.raises(RuntimeError, match="two records"):
        torch.load(buffer)


def test_a_damaged_byte_is_found():
    file = bytearray(written(torch.arange(100.0)))
    file[file.index(struct.pack("<f", 57.0))] ^= 4
    with pytest.raises(RuntimeError, match="checksum"):
        torch.load(io.BytesIO(file))


# What the user allows

def test_safe_globals():
    program = pickle.dumps(Reduced(touch, 1), 2)
    names = torch.serialization.get_unsafe_globals_in_checkpoint(
        io.BytesIO(with_program(program)))
    assert names == [f"{touch.__module__}.touch"]
    with torch.serialization.safe_globals([touch]):
        assert load(program) is None
        assert torch.serialization.get_unsafe_globals_in_checkpoint(
            io.BytesIO(with_program(program))) == []
    assert DONE == [(1,)]
    DONE.clear()
    with pytest.raises(UnpicklingError):
        load(program)
    torch.serialization.add_safe_globals([(WithState, "other.Name")])
    try:
        assert torch.serialization.get_safe_globals() == [(WithState, "other.Name")]
        found = load(b"\x80\x02cother\nName\n)\x81}X\x05\x00\x00\x00valueK\x05sb.")
        assert type(found) is WithState and found.value == 5
    finally:
        torch.serialization.clear_safe_globals()
    DONE.clear()
    with pytest.raises(TypeError, match="classes and functions"):
        torch.serialization.add_safe_globals(["os.system"])
