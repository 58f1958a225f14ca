"""What a few elements are spread over has NumPy's strides, and cannot be written."""

from __future__ import annotations

import numpy as np
import pytest

from wengert.engine.backends.small import small
from wengert.engine.dtypes import DType, bool_, float32, int64
from wengert.engine.graph import Shape
from wengert.engine.ops.structural import broadcast_to, free


@pytest.mark.parametrize("dtype", [float32, int64, bool_])
@pytest.mark.parametrize(("shape", "whole"), [
    ((), ()), ((), (3,)), ((3,), (2, 3)), ((1, 3), (4, 3)), ((2, 1), (2, 5)), ((1,), (4,)),
    ((2, 1, 3), (5, 2, 4, 3)), ((1, 1), (2, 3)), ((2, 3), (2, 3)), ((1, 2), (1, 2))])
def test_few_elements_are_spread_as_numpy_does(shape: Shape, whole: Shape, dtype: DType) -> None:
    run = small(broadcast_to(free(shape, dtype), shape=whole))
    assert run is not None
    x = (np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2).astype(dtype.numpy)
    for given in (x, np.stack([x, x], -1)[..., 0], x[()] if not shape else x):
        found, right = run(given), np.broadcast_to(given, whole)
        assert found.shape == right.shape and found.dtype == right.dtype
        assert (found == right).all() and not found.flags.writeable
        assert all(a == b for a, b, n in zip(found.strides, right.strides, whole, strict=True)
                   if n > 1)
        assert given.__class__ is not np.ndarray or np.shares_memory(found, given)
