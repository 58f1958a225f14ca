"""Integers divided by zero: PyTorch's error, whatever the zero is; of floats it is infinite."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as torch
from wengert.engine.ops import rounding


@pytest.mark.parametrize("name", ["floor_divide", "trunc_divide", "remainder", "fmod"])
def test_integers_by_zero(name: str) -> None:
    divide = getattr(rounding, name).impl
    integers = np.array([3, 4])
    for zero in (0, np.array(0), np.array([1, 0]), np.int32(0), np.array([True, False])):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            divide(integers, zero)
    for other in (2, np.array(2), np.array([1, 2]), np.int32(2)):
        assert divide(integers, other).dtype.kind == "i"
    with np.errstate(all="ignore"):
        for zero in (0, 0.0, np.array(0.0), np.array([1.0, 0.0]), np.array([1, 0])):
            assert divide(np.array([3.0, 4.0]), zero).dtype.kind == "f"
        assert divide(integers, np.array([1.0, 0.0])).dtype.kind == "f"


def test_a_divisor_that_comes_to_be_zero() -> None:
    x = torch.tensor([7, 9])
    for divisor in (2, 3, 2, torch.tensor([4, 5])):
        assert (x // divisor).shape == (2,)
    for divisor in (0, torch.tensor([4, 0])):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            (x // divisor).tolist()
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            (x % divisor).tolist()
