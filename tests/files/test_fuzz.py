"""Damaged files: an error that says so or an object, never a crash, a hang or a side effect.

A seeded sample runs by default; `WENGERT_FUZZ=10000` says how many files otherwise.
"""

from __future__ import annotations

import builtins
import importlib
import io
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pickle import UnpicklingError

import pytest

import wengert as torch

from .mutations import mutated, sound_files

pytestmark = pytest.mark.once

COUNT = int(os.environ.get("WENGERT_FUZZ", "3000"))
SEED = int(os.environ.get("WENGERT_FUZZ_SEED", "0"))
CLEAR = (UnpicklingError, RuntimeError, EOFError, ValueError)
SLOW = 2.0
"""Seconds of a processor that no file may take."""


@pytest.fixture
def no_side_effects(monkeypatch):
    """Has a test fail that opens a file, runs a command, imports a module or evaluates text."""
    done = []

    def forbid(owner, name):
        monkeypatch.setattr(owner, name, lambda *args, **kwargs: done.append((name, args)))

    monkeypatch.setattr(torch.config, "tier", "numpy")   # the compiler imports and evaluates
    for file in sound_files():
        torch.load(io.BytesIO(file), weights_only=False)   # what is imported when first called
    importlib.import_module("wengert.engine.recording.written")   # or after some calls
    modules = set(sys.modules)
    for owner, name in [(os, "system"), (os, "popen"), (os, "remove"), (os, "unlink"),
                        (builtins, "eval"), (builtins, "open"), (subprocess, "Popen")]:
        forbid(owner, name)
    yield
    monkeypatch.undo()
    assert not done
    assert set(sys.modules) == modules


def test_damaged_files(no_side_effects):
    files = sound_files()
    rng = random.Random(SEED)
    seen = Counter()
    for i in range(COUNT):
        file = mutated(files[i % len(files)], rng)
        started = time.process_time()
        try:
            torch.load(io.BytesIO(file), weights_only=rng.random() < 0.7)
            seen["loaded"] += 1
        except CLEAR as error:
            assert str(error), type(error)
            assert len(str(error)) < 2000
            seen[type(error).__name__] += 1
        assert time.process_time() - started < SLOW, i
    assert seen["UnpicklingError"] > COUNT // 10 and seen["RuntimeError"] > COUNT // 20
    assert seen["loaded"] > COUNT // 50
    if COUNT > 5000:
        print(dict(seen))


def test_every_truncation_is_an_error(no_side_effects):
    for file in sound_files()[::3]:
        for length in range(0, len(file), 7):
            with pytest.raises(CLEAR):
                torch.load(io.BytesIO(file[:length]))


def test_values_of_damaged_files_can_be_looked_at():
    """What loads is a sound object: printing and adding up does not fail."""
    files = sound_files()
    rng = random.Random(SEED + 1)
    looked = 0
    for i in range(COUNT // 10):
        try:
            found = torch.load(io.BytesIO(mutated(files[i % len(files)], rng)))
        except CLEAR:
            continue
        for each in found.values() if isinstance(found, dict) else [found]:
            if isinstance(each, torch.Tensor):
                assert each.numel() == len(each.reshape(-1).tolist()) or each.numel() > 10**6
                looked += 1
    assert looked > 0
