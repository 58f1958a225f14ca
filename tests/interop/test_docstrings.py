"""The examples in the docstrings of NumPy programs and SciPy's solvers run."""

from __future__ import annotations

import doctest
import importlib

import pytest

import wengert as torch


@pytest.mark.parametrize("name", [
    "array_api", "numpy.arrays", "numpy.transforms", "scipy.minima", "scipy.zeros",
    "scipy.integrals", "scipy.programs"])
def test_examples(name: str) -> None:
    module = importlib.import_module(f"wengert.interop.{name}")
    found = doctest.testmod(module, extraglobs={"torch": torch})
    assert found.attempted and not found.failed
