"""Memory that is used again."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading

import numpy as np
import pytest

from wengert.engine import memory

FLOAT = np.dtype(np.float32)
MANY = memory.LARGE // 4 + 48


def address(array: np.ndarray) -> int:
    return array.ctypes.data


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (5, 7), (MANY,), (2, MANY), (MANY, 3)])
def test_arrays_like_those_of_numpy(shape: tuple[int, ...]) -> None:
    for made, right in ((memory.empty, np.empty), (memory.zeros, np.zeros)):
        array = made(shape, FLOAT)
        assert (array.shape, array.dtype) == (shape, FLOAT)
        assert array.flags == right(shape, FLOAT).flags or array.base is not None
        assert array.flags.c_contiguous and array.flags.aligned and array.flags.writeable
        array[...] = 1.0
        assert array.sum() == array.size
    assert not memory.zeros(shape, FLOAT).any()


def test_large_ones_begin_on_a_line_of_the_cache_and_come_back() -> None:
    first = memory.empty((MANY,), FLOAT)
    place = address(first)
    assert place % memory.LINE == 0
    part = first[5:]
    del first
    other = memory.empty((MANY,), FLOAT)
    assert address(other) != place   # a view still lies there
    part[...] = 2.0
    del part
    again = memory.zeros((MANY // 2, 2), FLOAT)
    assert address(again) == place and not again.any()


def test_no_more_is_kept_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT", memory._kept[0])
    nbytes = 4 * (MANY + 4096)
    array = memory.empty((MANY + 4096,), FLOAT)
    del array
    assert not memory._free.get(nbytes)


def test_threads_never_share_a_block() -> None:
    wrong = []

    def work(value: float) -> None:
        for _ in range(200):
            array = memory.empty((MANY + 64,), FLOAT)
            array.fill(value)
            if not (array == value).all():
                wrong.append(value)
    threads = [threading.Thread(target=work, args=(float(k),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


FAULTS = """
import resource
import wengert as torch
torch.config.tier = "numpy"
x, w = torch.ones(64, 4096), torch.full((4096,), 0.5, requires_grad=True)

def step():
    y = x
    for _ in range(6):
        y = torch.tanh(y * w + x)
    y.sum().backward()
    return w.grad[0].item()

for _ in range(6):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(**settings: str) -> int:
    """How many pages four steps of a process touch for the first time, which are a megabyte for
    each result."""
    kept = {name: value for name, value in os.environ.items() if name not in memory.SETTINGS}
    return int(subprocess.run([sys.executable, "-c", FAULTS], env={**kept, **settings}, check=True,
                              capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc's")
def test_a_step_that_comes_again_touches_no_fresh_memory() -> None:
    assert faults() < 500
    assert faults(MALLOC_TRIM_THRESHOLD_="131072", MALLOC_MMAP_THRESHOLD_="131072") > 2000
