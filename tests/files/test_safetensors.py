"""``wengert.interop.safetensors``."""

from __future__ import annotations

import pytest

import wengert as torch

st = pytest.importorskip("wengert.interop.safetensors", reason="needs safetensors",
                         exc_type=ImportError)


def test_there_and_back(tmp_path):
    tensors = {name: torch.arange(6).reshape(2, 3).to(getattr(torch, name)) for name in (
        "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")}
    tensors["part"] = torch.arange(4.0)[1:3]
    tensors["empty"] = torch.zeros(0, 2)
    tensors["one"] = torch.tensor(1.5)
    st.save_file(tensors, tmp_path / "x.safetensors", metadata={"format": "pt"})
    found = st.load_file(tmp_path / "x.safetensors")
    assert found.keys() == tensors.keys()
    for name, x in tensors.items():
        assert found[name].dtype is x.dtype and found[name].tolist() == x.tolist()
    assert st.load(st.save({"x": torch.ones(2)}))["x"].tolist() == [1, 1]


def test_errors(tmp_path):
    x = torch.arange(4.0)
    with pytest.raises(ValueError, match="Expected a dict"):
        st.save([x])
    with pytest.raises(ValueError, match=r"expected torch\.Tensor but received"):
        st.save({"x": 1})
    with pytest.raises(RuntimeError, match="Some tensors share memory"):
        st.save({"a": x, "b": x[1:]})
    with pytest.raises(ValueError, match="non contiguous"):
        st.save({"a": x.reshape(2, 2).t()})
    with pytest.raises(ValueError, match="lacks"):
        st.save({"a": torch.ones(1, dtype=torch.complex128)})
    with pytest.raises(st.SafetensorError):
        st.load(b"12345678{")
    assert st.load(st.save({"a": x[:2], "b": x[2:]}))["b"].tolist() == [2, 3]


def test_models(tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    model[1].weight = model[0].weight
    st.save_model(model, tmp_path / "m.safetensors")
    other = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    other[1].weight = other[0].weight
    assert st.load_model(other, tmp_path / "m.safetensors") == ([], [])
    assert torch.equal(other[1].weight, model[0].weight)
    with pytest.raises(RuntimeError, match=r"Missing key\(s\)"):
        st.load_model(torch.nn.Sequential(*other, torch.nn.Linear(2, 2)),
                      tmp_path / "m.safetensors")
