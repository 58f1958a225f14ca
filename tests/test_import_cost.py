"""What `import wengert` leaves unloaded, so that it stays quick; `benchmarks imports` times it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.once

LATER = ("scipy", "llvmlite", "ml_dtypes", "numpy.random", "difflib", "dataclasses", "secrets",
         "multiprocessing", "asyncio", "torch", "pathlib", "importlib.resources", "urllib",
         "tempfile", "shutil", "decimal", "fractions", "wengert.func", "wengert.testing",
         "wengert.backends", "wengert.nn.attention", "wengert.nn.utils.prune",
         "wengert.nn.utils.parametrize", "wengert.autograd.functional", "wengert.autograd.jets",
         "wengert.optim", "wengert.distributions", "wengert.fft", "wengert.special", "wengert.fx",
         "wengert.export", "wengert.interop", "wengert.distributed", "wengert.onnx", "onnx",
         "tqdm")
"""Loaded when first used, or never."""
MOST = 285
"""So many of this package's own modules are loaded at once. What is new and seldom used is
asked for by ``lazy`` or named in ``answer_missing_names(..., later=)``."""

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


def test_few_modules_are_loaded(loaded: set[str]) -> None:
    own = [name for name in loaded if name.partition(".")[0] == "wengert"]
    assert len(own) <= MOST, sorted(own)
    others = {name.partition(".")[0] for name in loaded} - {"wengert", "numpy"}
    assert len(others) <= 30, sorted(others)


COLLECTED = """
import gc
import numpy
before, threshold = gc.get_stats()[0]["collections"], gc.get_threshold()
import wengert
print(gc.get_stats()[0]["collections"] - before, gc.get_threshold() == threshold)
"""


def test_python_seldom_looks_for_garbage_meanwhile() -> None:
    done = subprocess.run([sys.executable, "-c", COLLECTED], capture_output=True, text=True,
                          check=True)
    times, as_before = done.stdout.split()
    assert int(times) < 10 and as_before == "True"
