"""The stored list of PyTorch's names is that of the PyTorch that is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")


def test_the_stored_names_are_pytorchs() -> None:
    path = Path(__file__).parent.parent.parent / "docs" / "names.py"
    spec = importlib.util.spec_from_file_location("names", path)
    assert spec is not None and spec.loader is not None
    names = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(names)
    assert names.stored() == names.collected(), "run python docs/names.py --collect"
