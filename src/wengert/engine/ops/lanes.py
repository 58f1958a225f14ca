"""The primitive that stands for one sample while a function is mapped: :data:`lane`.

It has no value. When the mapped function has returned, ``transforms/batch.py`` makes nodes without
it of what was recorded.
"""

from __future__ import annotations

from typing import Any

from ..dtypes import DType
from ..graph import Node, Primitive, Shape


def _no_value(x: Any, axis: int) -> Any:
    raise AssertionError("a sample of a mapped function has no value of its own")


def _sample(x: Node, axis: int) -> tuple[Shape, DType]:
    return (*x.shape[:axis], *x.shape[axis + 1:]), x.dtype


lane = Primitive("lane", _no_value, _sample, (None,), "a sample of {0} along {axis}")
"""The element of an array along an axis that a sample of a mapped function sees. A gradient of the
function's own ends there."""
