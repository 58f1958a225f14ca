"""``torch.save`` and ``torch.load``: what comes back, where it may lie, how a file is replaced."""

from __future__ import annotations

import gzip
import io
import os
import pathlib
import stat
import subprocess
import sys
import zipfile
from collections import Counter, OrderedDict
from pickle import PicklingError, UnpicklingError

import numpy as np
import pytest

import wengert as torch
from wengert.serialization.replacing import replacing

from .mutations import LEGACY, written

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32",
          "float64", "complex64", "complex128"]


def there_and_back(obj, protocol=2, **choices):
    return torch.load(io.BytesIO(written(obj, protocol)), **choices)


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes(name):
    if name == "bfloat16":
        pytest.importorskip("ml_dtypes")
    dtype = getattr(torch, name)
    x = torch.arange(6).reshape(2, 3).to(dtype)
    for each in (x, x[0, 1], x[:0], x.t(), torch.zeros((), dtype=dtype)):
        found = there_and_back(each)
        assert found.dtype is dtype and found.stride() == each.stride()
        assert found.shape == each.shape and found.tolist() == each.tolist()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_objects(protocol):
    sd = OrderedDict(w=torch.ones(2))
    sd._metadata = {"": {"version": 1}}
    obj = {"dtype": torch.float64, "size": torch.Size([1, 2]), "device": torch.device("cpu", 0),
           "bytes": b"\x00\xff", "array": bytearray(b"ab"), "set": {1, "a"}, "complex": 1 - 2j,
           "frozen": frozenset([3]), "counter": Counter("aab"), "state": sd,
           "nested": [1, (2.5, None, [True, {"k": "text"}])], 5: "five", "large": 2**100,
           "layout": torch.strided, (1, "a"): -1}
    found = there_and_back(obj, protocol)
    assert list(found) == list(obj)
    state = found.pop("state")
    assert type(state) is OrderedDict and state["w"].tolist() == [1, 1]
    assert state._metadata == sd._metadata
    assert found == {key: value for key, value in obj.items() if key != "state"}
    assert type(found["size"]) is torch.Size and type(found["counter"]) is Counter


def test_parameters_and_requires_grad():
    p = torch.nn.Parameter(torch.ones(2))
    q = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    q.note = "text"
    x = torch.ones(2, requires_grad=True)
    found = there_and_back([p, q, x, x * 2])
    assert [type(each) for each in found] == [torch.nn.Parameter] * 2 + [torch.Tensor] * 2
    assert [each.requires_grad for each in found] == [True, False, True, True]
    assert all(each.is_leaf for each in found) and found[1].note == "text"
    (found[0] * 3).sum().backward()
    assert found[0].grad.tolist() == [3, 3]


def test_shared_memory_stays_shared():
    x = torch.arange(12.0).reshape(3, 4)
    found = there_and_back({"row": x[1], "x": x, "t": x.t(), "part": x[1:, 1:], "again": x})
    assert found["x"] is found["again"]
    assert found["row"].storage_offset() == 4 and found["t"].stride() == (1, 4)
    found["row"][1] = 50
    assert found["x"][1, 1] == 50 and found["t"][1, 1] == 50 and found["part"][0, 0] == 50
    assert found["x"].untyped_storage().data_ptr() == found["part"].untyped_storage().data_ptr()
    with zipfile.ZipFile(io.BytesIO(written([x, x[0], x.detach()]))) as archive:
        assert sum("/data/" in name for name in archive.namelist()) == 1


def test_tied_parameters_train_on():
    p = torch.nn.Parameter(torch.ones(3))
    a, b, c = there_and_back([p, p, p.data])
    assert a is b
    with torch.no_grad():
        a -= 0.5
    assert c.tolist() == [0.5] * 3 and a.requires_grad


def test_the_whole_memory_under_a_view_is_saved():
    x = torch.arange(100.0)
    found = there_and_back(x[10:12])
    assert found.tolist() == [10, 11] and found.untyped_storage().nbytes() == 400
    assert there_and_back(x[10:12].clone()).untyped_storage().nbytes() == 8


def test_expanded_tensors_come_back_by_value():
    found = there_and_back(torch.arange(3.0).expand(2, 3))
    assert found.tolist() == [[0, 1, 2]] * 2


def test_pending_and_computed_values():
    x = torch.ones(3)
    y = x * 2
    x += 1
    found = there_and_back([x, y, (y + x).sum()])
    assert [each.tolist() for each in found] == [[2, 2, 2], [2, 2, 2], 12]


def test_different_dtypes_on_one_memory():
    z = torch.tensor([1 + 2j])
    assert there_and_back([z.real, z.imag])[1].tolist() == [2]
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        written([z, z.real])


def test_storages():
    x = torch.arange(3.0)
    found = there_and_back({"s": x.storage(), "x": x})
    assert type(found["s"]) is torch.FloatStorage and found["s"].tolist() == [0, 1, 2]
    assert x.untyped_storage()[:4].tolist() == [0, 0, 0, 0] and len(x.untyped_storage()) == 12
    assert x[1:].storage().data_ptr() == x.storage().data_ptr() == x.data_ptr()
    assert torch.FloatStorage([1.5, 2])[0] == 1.5 and torch.UntypedStorage(2).tolist() == [0, 0]
    p = torch.ones(3, requires_grad=True)
    assert p[1:].data_ptr() == p.data_ptr() + 4 and p[1:].untyped_storage().nbytes() == 12
    assert there_and_back(p[1:])[0].item() == 1
    with pytest.raises(NotImplementedError, match="write to the tensor"):
        x.storage()[0] = 1.0


def test_other_things_cannot_be_saved_or_loaded():
    with pytest.raises((PicklingError, AttributeError)):
        written(lambda: 0)
    with pytest.raises(PicklingError, match="Generator"):
        written(torch.Generator())
    with pytest.raises(NotImplementedError, match=r"before 1\.6"):
        torch.save(1, io.BytesIO(), _use_new_zipfile_serialization=False)
    with pytest.raises(UnpicklingError, match=r"GLOBAL pathlib\.PosixPath|GLOBAL pathlib"):
        there_and_back(pathlib.PurePosixPath("a"))


# Modules

def test_a_module_whole():
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    file = written(model)
    with pytest.raises(UnpicklingError, match=r"Unsupported global: GLOBAL torch\.nn\."):
        torch.load(io.BytesIO(file))
    found = torch.load(io.BytesIO(file), weights_only=False)
    x = torch.randn(4, 2)
    assert torch.equal(found(x), model(x)) and found[0].weight.requires_grad


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
        self.activation = torch.nn.functional.relu

    def forward(self, x):
        return self.activation(self.layer(x))


def test_a_module_of_the_program():
    model = Net()
    found = torch.load(io.BytesIO(written(model)), weights_only=False)
    x = torch.randn(4, 2)
    assert type(found) is Net and torch.equal(found(x), model(x))
    assert found.activation is torch.nn.functional.relu


def test_arrays():
    arrays = {"f": np.arange(6.0).reshape(2, 3), "t": np.arange(6).reshape(2, 3).T,
              "s": np.array(["ab", "c"]), "b": np.array([b"ab"]), "big": np.array([1], ">i4"),
              "scalar": np.float32(2.5), "state": np.random.RandomState(1).get_state(),
              "empty": np.zeros((0, 2), bool)}
    for protocol in (2, 4, 5):
        file = written(arrays, protocol)
        with pytest.raises(UnpicklingError, match=r"GLOBAL numpy\."):
            torch.load(io.BytesIO(file))
        found = torch.load(io.BytesIO(file), weights_only=False)
        for name, array in arrays.items():
            if name != "state":
                assert found[name].dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
                assert found[name].shape == array.shape
                assert found[name].tolist() == array.tolist()
        assert found["state"][1].tolist() == arrays["state"][1].tolist()
        found["f"][0, 0] = 5   # it can be written
    with pytest.raises(UnpicklingError, match="dtype 'O8'"):
        torch.load(io.BytesIO(written(np.array([None]))), weights_only=False)


# Places

def test_paths_and_files(tmp_path):
    x = torch.arange(3)
    for path in (tmp_path / "x.pt", str(tmp_path / "y.pt")):
        torch.save(x, path)
        assert torch.load(path).tolist() == [0, 1, 2]
        assert torch.load(path, mmap=True).tolist() == [0, 1, 2]
    with open(tmp_path / "z", "wb") as file:
        torch.save(x, file)
    with open(tmp_path / "z", "rb") as file:
        assert torch.load(file).tolist() == [0, 1, 2]
    with gzip.open(tmp_path / "g", "wb") as file:
        torch.save(x, file)
    with gzip.open(tmp_path / "g") as file:
        assert torch.load(file).tolist() == [0, 1, 2]
    with zipfile.ZipFile(tmp_path / "x.pt") as archive:
        assert archive.testzip() is None and archive.namelist()[0] == "x/data.pkl"


def test_a_mapped_file(tmp_path):
    path = tmp_path / "x.pt"
    torch.save({"a": torch.arange(1000.0), "b": torch.tensor([1j])}, path)
    found = torch.load(path, mmap=True)
    path.unlink()
    found["a"] += 1
    assert found["a"][999] == 1000 and found["b"].item() == 1j
    found["a"].numpy()[0] = 7
    assert found["a"][0] == 7
    with pytest.raises(ValueError, match="f must be a file path in order to use the mmap"):
        torch.load(io.BytesIO(written(1)), mmap=True)


def test_errors_of_places(tmp_path):
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "none")
    with pytest.raises(RuntimeError, match=r"Parent directory .* does not exist"):
        torch.save(1, tmp_path / "none" / "x.pt")
    with pytest.raises(EOFError, match="Ran out of input"):
        torch.load(io.BytesIO())
    with pytest.raises(AttributeError, match="seekable"):
        torch.load(iter([]))
    with pytest.raises(AttributeError, match="'write' attribute"):
        torch.save(1, 5)


def test_map_location():
    program = zipfile.ZipFile(io.BytesIO(written(torch.ones(2)))).read("archive/data.pkl")
    program = program.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", program)
        archive.writestr("archive/data/0", b"\0\0\x80?" * 2)
    file = buffer.getvalue()

    def load(where):
        return torch.load(io.BytesIO(file), map_location=where).tolist()

    with pytest.raises(RuntimeError, match=r"deserialize object on a CUDA device.*map_location"):
        load(None)
    seen = []
    for where in ("cpu", torch.device("cpu"), {"cuda:0": "cpu"},
                  lambda storage, location: seen.append(location) or storage):
        assert load(where) == [1, 1]
    assert seen == ["cuda:0"]
    for where in ("cuda", {"other": "cpu"}, lambda storage, location: None):
        with pytest.raises(RuntimeError, match="CUDA"):
            load(where)


# Replacing

def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.pt"
    torch.save(torch.ones(2), path)
    os.chmod(path, 0o640)
    with pytest.raises((PicklingError, AttributeError)):
        torch.save([torch.zeros(2), lambda: 0], path)
    assert torch.load(path).tolist() == [1, 1]
    with pytest.raises(OSError, match="disk full"), replacing(str(path)) as file:
        file.write(b"half")
        raise OSError("disk full")
    assert torch.load(path).tolist() == [1, 1] and os.listdir(tmp_path) == ["x.pt"]
    torch.save(torch.zeros(2), path)
    assert torch.load(path).tolist() == [0, 0] and os.listdir(tmp_path) == ["x.pt"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_link_stays_a_link(tmp_path):
    torch.save(1, tmp_path / "x.pt")
    (tmp_path / "link.pt").symlink_to(tmp_path / "x.pt")
    torch.save(2, tmp_path / "link.pt")
    assert (tmp_path / "link.pt").is_symlink() and torch.load(tmp_path / "x.pt") == 2


# The old format

def test_the_old_format():
    found = torch.load(io.BytesIO(LEGACY))
    assert found["w"].tolist() == [[0, 1, 2], [3, 4, 5]] and found["b"].tolist() == [1.5, -2]
    found["row"][0] = 9
    assert found["w"][1, 0] == 9 and found["b"].dtype is torch.float64


@pytest.mark.once
def test_what_reads_old_files_is_loaded_with_the_first_of_them():
    done = subprocess.run([sys.executable, "-c", f"""
import io, sys
import wengert as torch
file = io.BytesIO()
torch.save({{"w": torch.ones(2)}}, file)
file.seek(0)
torch.load(file)
print("wengert.serialization.legacy" in sys.modules)
torch.load({str(pathlib.Path(__file__).parent / "legacy.pt")!r})
print("wengert.serialization.legacy" in sys.modules)
"""], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
