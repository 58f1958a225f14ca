"""Files that PyTorch writes are read here, and the other way round; safetensors' too."""

from __future__ import annotations

import datetime
import io
import json
import pathlib
import types
import warnings
import zipfile
from argparse import Namespace
from collections import Counter, OrderedDict
from pickle import UnpicklingError
from typing import Any

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32",
          "float64", "complex64", "complex128"]


def saved(lib: Any, obj: Any, **choices: Any) -> io.BytesIO:
    buffer = io.BytesIO()
    lib.save(obj, buffer, **choices)
    buffer.seek(0)
    return buffer


def objects(lib: Any) -> dict[str, Any]:
    """The same object, with the tensors of one library."""
    x = lib.arange(12.0).reshape(3, 4)
    state = OrderedDict(w=x, b=lib.ones(2))
    state._metadata = {"": {"version": 1}}  # type: ignore[attr-defined]
    noted = lib.nn.Parameter(lib.ones(2))
    noted.note = "text"
    return {
        "x": x, "row": x[1], "t": x.t(), "part": x[1:, 1:3], "again": x, "scalar": lib.tensor(2.5),
        "empty": lib.zeros(0, 3), "p": lib.nn.Parameter(x), "noted": noted, "state": state,
        "grad": lib.ones(2, requires_grad=True), "dtype": lib.float16, "size": lib.Size([2, 3]),
        "device": lib.device("cpu"), "layout": lib.strided, "set": {1, 2}, "bytes": b"\x00\xff",
        "complex": 1 - 2j, "large": 2**100, "list": [1, 2.5, None, (True, "text")],
        "counter": Counter("aab"), "array": bytearray(b"ab"), "half": lib.ones(3).half()[1:],
        **{f"of {name}": lib.arange(6).reshape(2, 3).to(getattr(lib, name)) for name in DTYPES},
    }


def plain(value: Any) -> Any:
    """A value with text and lists for what belongs to a library."""
    if isinstance(value, torch.Tensor | wengert.Tensor):
        return (type(value).__name__, str(value.dtype), list(value.shape), list(value.stride()),
                value.storage_offset(), value.requires_grad, value.tolist(),
                plain(dict(value.__dict__)))
    if isinstance(value, dict):
        return (type(value).__name__, [(k, plain(v)) for k, v in value.items()],
                getattr(value, "_metadata", None))
    if isinstance(value, list | tuple):
        return type(value).__name__, [plain(each) for each in value]
    return value if type(value).__module__ == "builtins" else repr(value)


def sharing(value: dict[str, Any]) -> list[list[str]]:
    """Which tensors share memory."""
    groups: dict[int, list[str]] = {}
    for name, each in value.items():
        if hasattr(each, "untyped_storage") and each.numel():
            groups.setdefault(each.untyped_storage().data_ptr(), []).append(name)
    return sorted(group for group in groups.values() if len(group) > 1)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_theirs_here(protocol: int) -> None:
    theirs = objects(torch)
    found = wengert.load(saved(torch, theirs, pickle_protocol=protocol))
    assert plain(found) == plain(theirs)
    assert sharing(found) == sharing(theirs) == [["x", "row", "t", "part", "again", "p"]]


def test_theirs_in_the_old_format() -> None:
    theirs = objects(torch)
    found = wengert.load(saved(torch, theirs, _use_new_zipfile_serialization=False))
    assert plain(found) == plain(theirs) and sharing(found) == sharing(theirs)


@pytest.mark.parametrize("weights_only", [True, False])
def test_ours_there(weights_only: bool) -> None:
    ours = objects(wengert)
    found = torch.load(saved(wengert, ours), weights_only=weights_only)
    assert plain(found) == plain(ours) == plain(objects(torch))
    assert sharing(found) == [["x", "row", "t", "part", "again", "p"]]


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_ours_there_in_other_protocols(protocol: int) -> None:
    ours = objects(wengert)
    found = torch.load(saved(wengert, ours, pickle_protocol=protocol), weights_only=False)
    assert plain(found) == plain(ours)


def test_files_and_maps(tmp_path: Any) -> None:
    wengert.save(objects(wengert), tmp_path / "ours.pt")
    torch.save(objects(torch), tmp_path / "theirs.pt")
    assert plain(torch.load(tmp_path / "ours.pt", mmap=True)) == plain(objects(wengert))
    assert plain(wengert.load(tmp_path / "theirs.pt", mmap=True)) == plain(objects(torch))


def test_the_same_program_and_records() -> None:
    """Byte for byte the same pickle, and records of the same names in the same order."""
    x = {"a": [1, 2.5, "text"], "b": {"c": (1, 2)}}
    ours, theirs = (zipfile.ZipFile(saved(lib, {**x, "t": lib.ones(2)})) for lib in
                    (wengert, torch))
    assert ours.namelist() == theirs.namelist()
    for name in ours.namelist():
        if "serialization_id" not in name:
            assert ours.read(name) == theirs.read(name), name


def test_conjugates_and_expanded() -> None:
    theirs = [torch.tensor([1j, 2]).conj(), torch.ones(1).expand(3)]
    found = wengert.load(saved(torch, theirs))
    assert [each.tolist() for each in found] == [each.tolist() for each in theirs]


def test_without_checksums() -> None:
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        assert wengert.load(saved(torch, torch.arange(3))).tolist() == [0, 1, 2]
    finally:
        torch.serialization.set_crc32_options(before)


@pytest.mark.parametrize("make", [
    lambda: torch.ones(2).to_sparse(), lambda: torch.ones(2).to(torch.float8_e4m3fn),
    lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
    lambda: np.ones(2), lambda: torch.ones(2, dtype=torch.uint16),
])
def test_what_is_not_here(make: Any) -> None:
    with pytest.raises((NotImplementedError, UnpicklingError)):
        wengert.load(saved(torch, make()))


def test_random_states_and_storages() -> None:
    g = torch.Generator().manual_seed(5)
    torch.rand(3, generator=g)
    state = wengert.load(saved(torch, g.get_state()))
    assert wengert.rand(4, generator=wengert.Generator().set_state(state)).tolist() == (
        torch.rand(4, generator=g).tolist())
    found = wengert.load(saved(torch, torch.arange(3.0).storage()))
    assert found.tolist() == [0, 1, 2]


# Modules

def modules(lib: Any) -> Any:
    return lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.ReLU(), lib.nn.Dropout(0.5),
                             lib.nn.Linear(4, 2))


def test_state_dicts() -> None:
    ours, theirs = modules(wengert), modules(torch)
    theirs.load_state_dict(torch.load(saved(wengert, ours.state_dict())))
    assert plain(theirs.state_dict()) == plain(ours.state_dict())
    theirs = modules(torch)
    ours.load_state_dict(wengert.load(saved(torch, theirs.state_dict())))
    assert plain(theirs.state_dict()) == plain(ours.state_dict())


def test_modules_whole() -> None:
    ours, theirs = modules(wengert).eval(), modules(torch).eval()
    x = np.ones((1, 3), np.float32)
    found = wengert.load(saved(torch, theirs), weights_only=False)
    np.testing.assert_allclose(found(wengert.tensor(x)).tolist(),
                               theirs(torch.tensor(x)).tolist(), 1e-5)
    back = torch.load(saved(wengert, ours), weights_only=False)
    np.testing.assert_allclose(back(torch.tensor(x)).tolist(),
                               ours(wengert.tensor(x)).tolist(), 1e-5)


MODULES = {
    "norms": ("Sequential(n.Linear(3, 4), n.BatchNorm1d(4), n.GELU(), n.LayerNorm(4), n.PReLU())",
              (2, 3)),
    "images": ("Sequential(n.Conv2d(1, 2, 3, padding='same'), n.InstanceNorm2d(2, affine=True), "
               "n.MaxPool2d(2), n.ConvTranspose2d(2, 1, 2), n.Upsample(scale_factor=2), "
               "n.GroupNorm(1, 1), n.AdaptiveAvgPool2d((2, 2)), n.Flatten(), n.Softmax(-1))",
               (1, 1, 4, 4)),
    "lstm": ("LSTM(3, 4, 2, batch_first=True, bidirectional=True)", (2, 5, 3)),
    "gru": ("GRU(3, 4)", (5, 2, 3)),
    "encoder": ("TransformerEncoder(n.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)",
                (2, 3, 8)),
    "lists": ("Sequential(n.ModuleDict({'a': n.ModuleList([n.Linear(3, 3)])})['a'][0])", (2, 3)),
}


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("name", MODULES)
def test_modules_of_every_kind_whole(name: str, old: bool) -> None:
    text, shape = MODULES[name]
    torch.manual_seed(0)
    theirs = eval(f"n.{text}", {"n": torch.nn}).eval()
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    file = saved(torch, theirs, _use_new_zipfile_serialization=not old)
    found = wengert.load(file, weights_only=False)
    a, b = found(wengert.tensor(x)), theirs(torch.tensor(x))
    a, b = (each[0] if isinstance(each, tuple) else each for each in (a, b))
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), 1e-4, 1e-5)
    assert repr(found) == repr(theirs)
    found.train()(wengert.tensor(x))
    file.seek(0)
    with pytest.raises(UnpicklingError, match=r"torch.nn.modules"):
        wengert.load(file)


def test_objects_of_python_in_checkpoints() -> None:
    made = {"args": Namespace(lr=0.1, name="run", more=Namespace(a=[1])),
            "when": datetime.datetime(2020, 1, 2, 3, 4), "day": datetime.date(2020, 1, 2),
            "span": datetime.timedelta(1, 2, 3), "range": range(1, 9, 2), "slice": slice(1, None),
            "path": pathlib.PurePosixPath("/a/b"), "space": types.SimpleNamespace(b=2)}
    for protocol in (2, 4):
        file = saved(torch, made, pickle_protocol=protocol)
        assert wengert.load(file, weights_only=False) == made
        file.seek(0)
        with pytest.raises(UnpicklingError, match=r"argparse\.Namespace was not an allowed"):
            wengert.load(file)


@pytest.mark.parametrize("weights_only", [False, True])
def test_compiled_programs_are_refused_by_name(weights_only: bool) -> None:
    files = {"TorchScript": io.BytesIO(), "torch.export": io.BytesIO()}
    layer, x = torch.nn.Linear(3, 2), torch.ones(1, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(layer, x), files["TorchScript"])
        torch.export.save(torch.export.export(layer, (x,)), files["torch.export"])
    for name, file in files.items():
        file.seek(0)
        with pytest.raises(NotImplementedError, match=f"the file is a {name} archive"):
            wengert.load(file, weights_only=weights_only)


# safetensors

def test_shards_with_an_index(tmp_path: Any) -> None:
    """A checkpoint in parts, as Hugging Face's libraries write it, read as programs do."""
    there = pytest.importorskip("safetensors.torch")
    here = pytest.importorskip("wengert.interop.safetensors")
    theirs = modules(torch)
    items = list(theirs.state_dict().items())
    parts = [dict(items[:2]), dict(items[2:])]
    index: dict[str, Any] = {"metadata": {"total_size": 0}, "weight_map": {}}
    for i, part in enumerate(parts):
        file = f"model-0000{i + 1}-of-00002.safetensors"
        there.save_file(part, tmp_path / file, {"format": "pt"})
        index["weight_map"] |= dict.fromkeys(part, file)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    listed = json.loads((tmp_path / "model.safetensors.index.json").read_text())["weight_map"]
    state: dict[str, Any] = {}
    for file in sorted(set(listed.values())):
        state |= here.load_file(tmp_path / file)
    ours = modules(wengert)
    ours.load_state_dict(state)
    assert plain(ours.state_dict()) == plain(theirs.state_dict())


def test_safetensors(tmp_path: Any) -> None:
    there = pytest.importorskip("safetensors.torch")
    here = pytest.importorskip("wengert.interop.safetensors")
    names = [name for name in DTYPES if name != "complex128"]

    def tensors(lib: Any) -> Any:
        return {name: lib.arange(6).reshape(2, 3).to(getattr(lib, name)) for name in names}

    here.save_file(tensors(wengert), tmp_path / "ours", {"a": "b"})
    there.save_file(tensors(torch), tmp_path / "theirs", {"a": "b"})
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    found = [lib.load_file(tmp_path / name) for lib, name in ((there, "ours"), (here, "theirs"))]
    assert plain({name: found[0][name] for name in names}) == plain(
        {name: found[1][name] for name in names})
