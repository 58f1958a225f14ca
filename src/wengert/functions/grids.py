"""Combinations, powers and places: ``torch.combinations``, ``torch.vander``,
``torch.unravel_index``."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ..tensors.creation import arange
from ..tensors.data import tensor
from ..tensors.recorded import function
from . import joins

stack = function(joins.stack)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """The combinations (k, r) of ``r`` elements of a vector (n), in the order of
    ``itertools.combinations``."""
    if input.dim() != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return input.narrow(0, 0, 0)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = [list(each) for each in choose(range(input.shape[0]), r)]
    return input[tensor(places)] if places else (
        input.narrow(0, 0, 0).reshape(0, 1).expand(0, r).clone())


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers (n, N) of a vector (n), from N - 1 down to 0, or up if ``increasing``."""
    if x.dim() != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    if not count:
        return x.new_empty((x.shape[0], 0))
    powers = range(count) if increasing else range(count - 1, -1, -1)
    x = x if x.is_floating_point() or x.is_complex() else x.long()
    return stack([x ** k for k in powers], 1)


def unravel_index(indices: Any, shape: int | Sequence[int]) -> tuple[Any, ...]:
    """The coordinates, a tensor for each dimension of ``shape``, of places counted row by row."""
    if indices.is_floating_point() or indices.is_complex():
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(size < 0 for size in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    found, rest = [], indices
    for size in reversed(sizes):
        found.append(rest % size)
        rest = rest // size
    return tuple(reversed(found))


def range_(start: float = 0, end: float | None = None, step: float = 1, **options: Any) -> Any:
    """As ``arange``, with ``end`` included and in the default dtype: deprecated in PyTorch."""
    if end is None:
        start, end = 0, start
    if not step or (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    return arange(int((end - start) / step) + 1, **options) * step + float(start)


__all__ = ["combinations", "range_", "unravel_index", "vander"]
