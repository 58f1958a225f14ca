"""Functions whose result depends on values in its shape or type, on NumPy arrays.

They cannot be recorded: the surface calls them on values, and records what it does with the places
that they return.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.dtypes import FLOAT, from_numpy
from ..engine.ops.elementwise import broadcast_shape
from ..engine.recording.operation import normal_dim

Array = np.ndarray[Any, np.dtype[Any]]


def _type_name(x: Array) -> str:
    return from_numpy(x.dtype).legacy_name


# Places
def nonzero(x: Array) -> Array:
    """The places of the elements that are not 0, one per row, in order: shape (n, x.ndim)."""
    return np.argwhere(x).astype(np.int64, copy=False)


def nonzero_places(x: Array) -> tuple[Array, ...]:
    """The places of the elements that are not 0, one vector per dimension; for a 0-dim array those
    in an array of one element."""
    return tuple(np.nonzero(np.atleast_1d(x)))


def masked_places(x_shape: tuple[int, ...], mask: Array) -> tuple[tuple[int, ...], Array]:
    """For ``masked_select``: the shape that both broadcast to, and the places of the true elements
    in it when it is flattened."""
    if mask.dtype != bool:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = broadcast_shape(x_shape, mask.shape)
    return shape, np.flatnonzero(np.broadcast_to(mask, shape))


def repeated_places(repeats: Array, size: int) -> Array:
    """For ``repeat_interleave`` with a tensor: each place as often as ``repeats`` says."""
    if repeats.dtype.kind not in "iu":
        raise RuntimeError("repeats has to be Long or Int tensor")
    if repeats.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats.size and repeats.min() < 0:
        raise RuntimeError("repeats can not be negative")
    if repeats.ndim and repeats.size not in (1, size):
        raise RuntimeError("repeats must have the same size as input along dim, but got "
                           f"repeats.size(0) = {repeats.size} and input.size(dim) = {size}")
    return np.repeat(np.arange(size), np.broadcast_to(repeats, (size,)))


# Unique elements
def unique(x: Array, sorted: bool = True, return_inverse: bool = False,
           return_counts: bool = False, dim: int | None = None) -> tuple[Array, ...]:
    """The distinct elements in ascending order (slices, with ``dim``), and where asked for the
    place among them of each element, and how often each occurs. NaNs are all distinct."""
    axis = None if dim is None else _slices_along(x, dim, "unique")
    if axis is not None and 0 in x.shape and x.shape[axis] == 0:
        return _found(x, np.zeros(0, np.int64), np.zeros(0, np.int64), return_inverse,
                      return_counts)
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=axis,
                                        equal_nan=False)
    inverse = inverse.reshape(x.shape if axis is None else -1)
    return _found(values, inverse, counts, return_inverse, return_counts)


def unique_consecutive(x: Array, return_inverse: bool = False, return_counts: bool = False,
                       dim: int | None = None) -> tuple[Array, ...]:
    """Without the elements (slices, with ``dim``) that equal the one before; the rest as in
    :func:`unique`."""
    items: Array
    if dim is None:
        items = x.reshape(-1)
        axis = 0
    else:
        axis = _slices_along(x, dim, "unique_consecutive")
        items = x
    rows: Array = np.moveaxis(items, axis, 0)
    rows = rows.reshape(len(rows), -1 if rows.size else 0)
    new = np.ones(len(rows), bool)
    new[1:] = np.any(rows[1:] != rows[:-1], axis=1)
    starts = np.flatnonzero(new)
    inverse = np.cumsum(new) - 1
    counts = np.diff(np.append(starts, len(rows)))
    shape = x.shape if dim is None else (-1,)
    return _found(np.take(items, starts, axis), inverse.reshape(shape), counts, return_inverse,
                  return_counts)


def _slices_along(x: Array, dim: int, name: str) -> int:
    if not x.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    axis = normal_dim(dim, x.ndim)
    if 0 in x.shape[:axis] + x.shape[axis + 1:]:
        raise RuntimeError(
            f"There are 0 sized dimensions, and they aren't selected, so {name} cannot be applied")
    return axis


def _found(values: Array, inverse: Array, counts: Array, return_inverse: bool,
           return_counts: bool) -> tuple[Array, ...]:
    out = [values]
    if return_inverse:
        out.append(inverse.astype(np.int64, copy=False))
    if return_counts:
        out.append(counts.astype(np.int64, copy=False))
    return tuple(out)


# Counting
def bincount(input: Array, weights: Array | None = None, minlength: int = 0) -> Array:
    """How often each integer from 0 occurs, or the sum of its weights."""
    if input.dtype.kind not in "iu":
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{_type_name(input)}'")
    if input.ndim != 1 or (input.size and input.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if weights is None:
        return np.bincount(input, minlength=minlength).astype(np.int64, copy=False)
    if weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    out = np.bincount(input, weights.astype(np.float64), minlength)
    return out.astype(np.float32) if weights.dtype == np.float32 else out


def histc(input: Array, bins: int = 100, min: float = 0, max: float = 0) -> Array:
    """How many elements lie in each of ``bins`` equal parts of [min, max]; those outside do not
    count. Equal bounds stand for the smallest and the largest element."""
    if from_numpy(input.dtype).category != FLOAT:
        raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{_type_name(input)}'")
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    low, high = float(min), float(max)
    if low == high and input.size:
        low, high = float(np.min(input)), float(np.max(input))
    if not np.isfinite([low, high]).all():
        raise RuntimeError(f"torch.histc: range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    if low == high:
        low, high = low - 1, high + 1
    x = input[(input >= low) & (input <= high)].astype(np.float64)
    places = np.minimum(((x - low) * (bins / (high - low))).astype(np.int64), bins - 1)
    return np.bincount(places, minlength=bins).astype(input.dtype)


def histogramdd(x: Array, bins: Any, bounds: tuple[float, ...] | None, weight: Array | None,
                density: bool) -> tuple[Array, ...]:
    """The counts of the rows of ``x`` (m, n) in a grid, and the edges of each dimension.

    ``bins`` has for each dimension a number of equal parts, of two of ``bounds`` or of all values,
    or an array of edges."""
    if x.dtype.kind != "f":
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{_type_name(x)}'")
    edges = []
    for d, given in enumerate(bins):
        if isinstance(given, int):
            if given <= 0:
                raise RuntimeError(f"torch.histogramdd(): bins must be > 0, but got {given} for "
                                   f"dimension {d}")
            edges.append(_equal_parts(x[:, d], given, None if bounds is None
                                      else bounds[2 * d:2 * d + 2]))
        else:
            edges.append(np.asarray(given))
    places, kept = [], np.ones(len(x), bool)
    for d, edge in enumerate(edges):
        at = np.searchsorted(edge, x[:, d], "right") - 1
        at = np.where(x[:, d] == edge[-1], len(edge) - 2, at)
        kept &= (x[:, d] >= edge[0]) & (x[:, d] <= edge[-1])
        places.append(at)
    shape = tuple(len(edge) - 1 for edge in edges)
    hist = np.zeros(shape, np.float64)
    np.add.at(hist, tuple(at[kept] for at in places), 1.0 if weight is None else weight[kept])
    if density:
        volume = np.ones(())
        for edge in edges:
            volume = np.multiply.outer(volume, np.diff(edge))
        with np.errstate(all="ignore"):
            hist = hist / hist.sum() / volume
    return hist.astype(x.dtype), *(edge.astype(x.dtype) for edge in edges)


def _equal_parts(x: Array, bins: int, bounds: tuple[float, ...] | None) -> Array:
    """The edges of equal parts, of ``bounds`` or from the smallest to the largest element."""
    low, high = bounds if bounds is not None else (
        (float(x.min()), float(x.max())) if x.size else (0.0, 0.0))
    if not np.isfinite([low, high]).all():
        raise RuntimeError(f"torch.histogramdd(): the range [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError("torch.histogramdd(): min should not exceed max, but got min "
                           f"{low} max {high} for dimension 0")
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


# Comparing
FEW_PAIRS = 1024
"""So many pairs of elements are all compared."""


def isin(elements: Any, test_elements: Any, assume_unique: bool = False,
         invert: bool = False) -> Array:
    """Whether each element is among ``test_elements``."""
    elements, test_elements = np.asarray(elements), np.asarray(test_elements)   # one is a number
    if elements.size * test_elements.size <= FEW_PAIRS:
        found = np.asarray(np.logical_or.reduce(
            elements[..., None] == test_elements.reshape(-1), axis=-1))
        return np.asarray(~found) if invert else found
    return np.asarray(np.isin(elements, test_elements, invert=invert))


def equal(input: Array, other: Array) -> bool:
    """Whether both have one shape and the same elements."""
    if input.shape != other.shape:
        return False
    if input.dtype == other.dtype and input.dtype.kind in "biu" and input.nbytes <= FEW_PAIRS:
        return input.tobytes() == other.tobytes()
    return bool((input == other).all())


def allclose(input: Array, other: Array, rtol: float = 1e-05, atol: float = 1e-08,
             equal_nan: bool = False) -> bool:
    """Whether ``|input - other| <= atol + rtol * |other|`` for all elements."""
    if input.dtype != other.dtype:
        raise RuntimeError(f"{_type_name(input)} did not match {_type_name(other)}")
    broadcast_shape(input.shape, other.shape)
    for name, bound in (("rtol", rtol), ("atol", atol)):
        if bound < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {bound}")
    return bool(np.allclose(input, other, rtol, atol, equal_nan))
