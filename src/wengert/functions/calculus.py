"""Integrals and derivatives of sampled functions: ``torch.trapezoid``, ``torch.gradient``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.dtypes import bool_
from ..tensors.recorded import function
from . import joins

cat = function(joins.cat)



def _widths(y: Any, x: Any, dx: Any, dim: int) -> Any:
    """The distances of neighbours along ``dim``, to multiply sums of neighbours with."""
    if x is None:
        return 1 if dx is None else dx
    if dx is not None:
        raise TypeError("trapezoid() takes x or dx, not both")
    if x.dim() == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError("trapezoid: There must be one `x` value for each sample point")
        shape = [1] * y.dim()
        shape[dim] = -1
        return x.diff().reshape(shape)
    return x.diff(dim=dim)


def _areas(y: Any, x: Any, dx: Any, dim: int) -> Any:
    n = y.shape[dim]
    if y.dtype is bool_:
        raise RuntimeError("trapezoid: received a bool input for `y`, but bool is not supported")
    pairs = y.narrow(dim, min(n, 1), max(n - 1, 0)) + y.narrow(dim, 0, max(n - 1, 0))
    return pairs * _widths(y, x, dx, dim) / 2


def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral of samples ``y`` along ``dim`` by the trapezoidal rule; they lie at ``x``, or
    ``dx`` (1) apart.

    >>> from wengert import tensor
    >>> trapezoid(tensor([1.0, 2.0, 3.0])).item()
    4.0
    """
    if not y.shape[dim]:
        return y.sum(dim, dtype=y.dtype)
    return _areas(y, x, dx, dim).sum(dim)


trapz = trapezoid


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integrals of samples ``y`` from the first to each of the others."""
    return _areas(y, x, dx, dim).cumsum(dim)


def gradient(input: Any, *, spacing: Any = None, dim: Any = None,
             edge_order: int = 1) -> tuple[Any, ...]:
    """The derivative of samples along each dimension of ``dim`` (all for None), by central
    differences of second order inside and one-sided ones of ``edge_order`` 1 or 2 at the ends.

    ``spacing`` is a number (1 for None), one for each dimension, or a 1-dim tensor of coordinates
    for each.
    """
    dims = list(range(input.dim())) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    if spacing is None:
        spacing = 1
    if isinstance(spacing, Sequence):
        spaces: list[Any] = list(spacing)
        if len(spaces) != len(dims):
            raise RuntimeError("torch.gradient expected spacing to be unspecified, a scalar, or a "
                               f"list of length {len(dims)} but got a list of length "
                               f"{len(spaces)}")
    else:
        spaces = [spacing] * len(dims)
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    axes = [d % max(input.dim(), 1) for d in dims]
    for d in dims:
        if axes.count(d % max(input.dim(), 1)) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
        if input.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least "
                               "edge_order+1")
    return tuple([_derivative(input, h, d, edge_order)
                  for h, d in zip(spaces, dims, strict=True)])


def _derivative(f: Any, spacing: Any, dim: int, edge_order: int) -> Any:
    n = f.shape[dim]
    even = not (hasattr(spacing, "dim") and spacing.dim())
    if not even:
        shape = [1] * f.dim()
        shape[dim] = -1
        h = spacing.diff().to(f.dtype if f.is_floating_point() else None).reshape(shape)
    else:
        shape = [1] * f.dim()
        shape[dim] = n - 1
        h = f.new_ones(shape).to((f / 1).dtype) * spacing
    slopes = f.diff(dim=dim) / h
    if n == 2:
        return cat([slopes, slopes], dim)
    if even:   # the element between does not matter, NaN or not
        inside = (f.narrow(dim, 2, n - 2) - f.narrow(dim, 0, n - 2)) / spacing / 2
    else:
        left, right = slopes.narrow(dim, 0, n - 2), slopes.narrow(dim, 1, n - 2)
        before, after = h.narrow(dim, 0, n - 2), h.narrow(dim, 1, n - 2)
        inside = (left * after + right * before) / (before + after)
    first, last = slopes.narrow(dim, 0, 1), slopes.narrow(dim, n - 2, 1)
    if edge_order == 2:
        a, b = h.narrow(dim, 0, 1), h.narrow(dim, 1, 1)
        first = first - (slopes.narrow(dim, 1, 1) - first) * a / (a + b)
        a, b = h.narrow(dim, n - 2, 1), h.narrow(dim, n - 3, 1)
        last = last + (last - slopes.narrow(dim, n - 3, 1)) * a / (a + b)
    return cat([first, inside, last], dim)


__all__ = ["cumulative_trapezoid", "gradient", "trapezoid", "trapz"]
