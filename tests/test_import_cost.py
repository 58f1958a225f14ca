"""What `import wengert` leaves unloaded, so that it stays quick; `benchmarks imports` times it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.once

LATER = ("scipy", "llvmlite", "ml_dtypes", "numpy.random", "difflib", "dataclasses", "secrets",
         "multiprocessing", "asyncio", "torch")
"""Loaded when first used, or never."""

LOADED = """
import json, sys
import numpy
before = set(sys.modules)
import wengert
print(json.dumps([sorted(before), sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that a fresh process has loaded by `import wengert`, NumPy's own left out."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True,
                          check=True)
    before, after = json.loads(done.stdout)
    return set(after) - set(before)


@pytest.mark.parametrize("package", LATER)
def test_import_leaves_it_unloaded(package: str, loaded: set[str]) -> None:
    assert not [name for name in loaded if name == package or name.startswith(f"{package}.")]
