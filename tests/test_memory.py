"""Memory that is used again."""

from __future__ import annotations

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
