"""NumPy's sums, means, extremes, running sums and order statistics on tensors.

The signatures are NumPy's; ``axis=None`` means all axes, ``ddof=0`` divides by the count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as torch

from .operands import axes_of, axis_of, cast, common, inexact, kind, places, promoted, tensor
from .ufuncs import accumulator

Function = Callable[..., Any]


# What ufuncs reduce by: of a tensor and its axes
def total_sum(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return torch.sum(x, axes, keepdims, dtype=x.dtype) if axes else x


def total_product(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    for axis in sorted(axes, reverse=True):
        x = torch.prod(x, axis, keepdims, dtype=x.dtype)
    return x


def total_max(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return torch.amax(x, axes, keepdims) if axes else x


def total_min(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return torch.amin(x, axes, keepdims) if axes else x


def total_all(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return torch.all(x.bool(), axes, keepdims) if axes else x.bool()


def total_any(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return torch.any(x.bool(), axes, keepdims) if axes else x.bool()


def total_logaddexp(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return torch.logsumexp(x, axes, keepdims) if axes else x


def masked(x: Any, where: Any, other: Any) -> Any:
    """``x`` where the mask holds, ``other`` elsewhere."""
    if where is True or where is np._NoValue:
        return x
    return torch.where(cast(tensor(where), bool), x, cast(tensor(other), kind(x)))


def begun(result: Any, initial: Any, combine: Function) -> Any:
    """``result`` combined with ``initial``, if one was given."""
    if initial is None or initial is np._NoValue:
        return result
    return combine(result, cast(tensor(initial), kind(result)))


def kept(keepdims: Any) -> bool:
    return keepdims is not np._NoValue and bool(keepdims)


def totals(total: Function, identity: int, combine: Function) -> Function:
    """``np.sum`` or ``np.prod``: what ``total`` reduces by, where a mask says no the ``identity``.
    """
    def reduced(a: Any, axis: Any = None, dtype: Any = None, out: None = None,
                keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        x = tensor(a)
        x = cast(x, dtype or accumulator(kind(x)))
        found = total(masked(x, where, identity), axes_of(axis, x.ndim), kept(keepdims))
        return begun(found, initial, combine)
    return reduced


sum = totals(total_sum, 0, torch.add)
prod = totals(total_product, 1, torch.mul)


def extreme(total: Function, combine: Function, name: str) -> Function:
    """``np.max`` or ``np.min``: the values alone."""
    def reduced(a: Any, axis: Any = None, out: None = None, keepdims: Any = False,
                initial: Any = None, where: Any = True) -> Any:
        x = tensor(a)
        axes = axes_of(axis, x.ndim)
        given = initial is not None and initial is not np._NoValue
        if where is not True and where is not np._NoValue and not given:
            raise ValueError(f"reduction operation '{name}' does not have an identity, so to use a "
                             "where mask one has to specify 'initial'")
        if 0 in [x.shape[d] for d in axes]:
            if not given:
                raise ValueError(f"zero-size array to reduction operation {name} which has no "
                                 "identity")
            return torch.full_like(total_sum(x, axes, kept(keepdims)), initial)
        return begun(total(masked(x, where, initial if given else 0), axes, kept(keepdims)),
                     initial, combine)
    return reduced


max = extreme(total_max, torch.maximum, "maximum")
min = extreme(total_min, torch.minimum, "minimum")


def truth(total: Function) -> Function:
    """``np.all`` or ``np.any``."""
    def reduced(a: Any, axis: Any = None, out: None = None, keepdims: Any = False, *,
                where: Any = True) -> Any:
        x = cast(tensor(a), bool)
        x = masked(x, where, total is total_all)
        return total(x, axes_of(axis, x.ndim), kept(keepdims))
    return reduced


all, any = truth(total_all), truth(total_any)


def count(x: Any, axes: tuple[int, ...], where: Any) -> Any:
    """How many elements each result is of: a number, or a tensor where a mask says."""
    if where is True or where is np._NoValue:
        return math.prod([x.shape[d] for d in axes])
    mask = torch.broadcast_to(cast(tensor(where), bool), x.shape)
    return total_sum(cast(mask, np.int64), axes, True)


def mean(a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: Any = False, *,
         where: Any = True) -> Any:
    x = cast(inexact(a), dtype)
    axes = axes_of(axis, x.ndim)
    if where is True or where is np._NoValue:
        return torch.mean(x, axes, kept(keepdims)) if axes else x
    found = total_sum(masked(x, where, 0), axes, True) / count(x, axes, where)
    return found if kept(keepdims) else squeezed(found, axes)


def squeezed(x: Any, axes: tuple[int, ...]) -> Any:
    """``x`` without the axes, which have length 1."""
    return x.reshape([n for d, n in enumerate(x.shape) if d not in axes])


def var(a: Any, axis: Any = None, dtype: Any = None, out: None = None, ddof: Any = 0,
        keepdims: Any = False, *, where: Any = True, mean: Any = None,
        correction: Any = None) -> Any:
    x = cast(inexact(a), dtype)
    axes = axes_of(axis, x.ndim)
    ddof = ddof if correction is None or correction is np._NoValue else correction
    if mean is not None and mean is not np._NoValue:
        middle = tensor(mean)
    else:
        middle = globals()["mean"](x, axes, keepdims=True, where=where)
    off = torch.abs(x - middle) if kind(x).kind == "c" else x - middle
    found = total_sum(masked(off * off, where, 0), axes, True) / (count(x, axes, where) - ddof)
    return found if kept(keepdims) else squeezed(found, axes)


def std(*args: Any, **kwargs: Any) -> Any:
    return torch.sqrt(var(*args, **kwargs))


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *,
            keepdims: Any = False) -> Any:
    x = tensor(a)
    axes = axes_of(axis, x.ndim)
    if weights is None:
        found = mean(x, axes, keepdims=keepdims)
        total = torch.full_like(found, math.prod([x.shape[d] for d in axes]))
    else:
        x, w = promoted(x, weights, least=np.float64 if kind(x).kind in "biu" else None)
        if w.shape != x.shape:
            if axis is None:
                raise TypeError("Axis must be specified when shapes of a and weights differ.")
            w = w.reshape([n if d in axes else 1 for d, n in enumerate(x.shape)])
        total = total_sum(torch.broadcast_to(w, x.shape), axes, kept(keepdims))
        found = total_sum(x * w, axes, kept(keepdims)) / total
    return (found, total) if returned else found


def ptp(a: Any, axis: Any = None, out: None = None, keepdims: Any = False) -> Any:
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


# Running sums
def flattened(a: Any, axis: Any) -> tuple[Any, int]:
    """``a`` and an axis of it; flat where there is none."""
    x = tensor(a)
    return (x.reshape(-1), 0) if axis is None else (x, axis_of(axis, x.ndim))


def running(function: Function) -> Function:
    def ran(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Any:
        x, d = flattened(a, axis)
        return function(cast(x, dtype or accumulator(kind(x))), d)
    return ran


cumsum, cumprod = running(torch.cumsum), running(torch.cumprod)


def cumulative(function: Function, first: float) -> Function:
    """``np.cumulative_sum`` and its like."""
    def ran(x: Any, /, *, axis: Any = None, dtype: Any = None, out: None = None,
            include_initial: bool = False) -> Any:
        x = tensor(x)
        if axis is None and x.ndim != 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` argument is "
                             "required.")
        d = axis_of(axis or 0, x.ndim)
        found = function(cast(x, dtype or accumulator(kind(x))), d)
        if include_initial:
            found = torch.cat([torch.full_like(found.narrow(d, 0, 1), first), found], d)
        return found
    return ran


cumulative_sum, cumulative_prod = cumulative(torch.cumsum, 0), cumulative(torch.cumprod, 1)


# Where the extremes are; the order
def place(function: Function) -> Function:
    def found(a: Any, axis: Any = None, out: None = None, *, keepdims: Any = False) -> Any:
        x = tensor(a)
        if axis is None:
            index = function(x.reshape(-1), 0)
            return index.reshape((1,) * x.ndim) if kept(keepdims) else index
        return function(x, axis_of(axis, x.ndim), kept(keepdims))
    return found


argmax, argmin = place(torch.argmax), place(torch.argmin)


def sort(a: Any, axis: Any = -1, kind: Any = None, order: None = None, *,
         stable: Any = None) -> Any:
    x, d = flattened(a, axis)
    return torch.sort(x, d, stable=True)[0] if x.ndim else x


def argsort(a: Any, axis: Any = -1, kind: Any = None, order: None = None, *,
            stable: Any = None) -> Any:
    x, d = flattened(a, axis)
    return torch.argsort(x, d, stable=True)


def quantile(a: Any, q: Any, axis: Any = None, out: None = None, overwrite_input: bool = False,
             method: str = "linear", keepdims: Any = False, *, weights: None = None) -> Any:
    if weights is not None or method not in STEPS:
        raise NotImplementedError("np.quantile of a tensor has no weights, and the methods "
                                  f"{', '.join(STEPS)}")
    x, fractions = inexact(a), tensor(q)
    axes = axes_of(axis, x.ndim)
    rest = [d for d in range(x.ndim) if d not in axes]
    flat = x.permute(rest + list(axes)).reshape([x.shape[d] for d in rest] + [-1])
    n = flat.shape[-1]
    ordered = torch.sort(flat, -1)[0].movedim(-1, 0)
    at = cast(fractions, kind(x)) * (n - 1)
    low = STEPS[method][0](at)
    high = STEPS[method][1](at)
    share = (at - low).reshape(tuple(at.shape) + (1,) * len(rest))
    below, above = ordered[low.long()], ordered[high.long()]
    found = (below + above) / 2 if method == "midpoint" else below + (above - below) * share
    nans = torch.isnan(ordered[-1])
    found = torch.where(nans, ordered[-1], found)
    if kept(keepdims):
        found = found.reshape(tuple(at.shape) + tuple(
            [1 if d in axes else m for d, m in enumerate(x.shape)]))
    return found


STEPS: dict[str, tuple[Function, Function]] = {
    "linear": (torch.floor, torch.ceil), "lower": (torch.floor, torch.floor),
    "higher": (torch.ceil, torch.ceil), "midpoint": (torch.floor, torch.ceil),
    "nearest": (torch.round, torch.round)}


def percentile(a: Any, q: Any, *args: Any, **kwargs: Any) -> Any:
    return quantile(a, tensor(q) / 100, *args, **kwargs)


def median(a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False,
           keepdims: Any = False) -> Any:
    return quantile(a, 0.5, axis, keepdims=keepdims)


# Without what is not a number
def nansum(a: Any, *args: Any, **kwargs: Any) -> Any:
    return sum(known(a, 0), *args, **kwargs)


def nanprod(a: Any, *args: Any, **kwargs: Any) -> Any:
    return prod(known(a, 1), *args, **kwargs)


def nancumsum(a: Any, *args: Any, **kwargs: Any) -> Any:
    return cumsum(known(a, 0), *args, **kwargs)


def nancumprod(a: Any, *args: Any, **kwargs: Any) -> Any:
    return cumprod(known(a, 1), *args, **kwargs)


def nanmax(a: Any, *args: Any, **kwargs: Any) -> Any:
    return max(known(a, -np.inf), *args, **kwargs)


def nanmin(a: Any, *args: Any, **kwargs: Any) -> Any:
    return min(known(a, np.inf), *args, **kwargs)


def known(a: Any, other: float) -> Any:
    """``a`` with ``other`` in the place of what is not a number."""
    x = tensor(a)
    return torch.where(torch.isnan(x), cast(tensor(other), kind(x)), x) if (
        kind(x).kind in "fc") else x


def without_nan(function: Function) -> Function:
    """``np.nanmean`` and its like: the mean of what is a number."""
    def reduced(a: Any, *args: Any, **kwargs: Any) -> Any:
        x = inexact(a)
        nans = torch.isnan(x)
        return function(torch.where(nans, torch.zeros_like(x), x), *args, where=~nans, **kwargs)
    return reduced


nanmean, nanvar, nanstd = without_nan(mean), without_nan(var), without_nan(std)


# Differences and integrals
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = np._NoValue,
         append: Any = np._NoValue) -> Any:
    x = tensor(a)
    d = axis_of(axis, x.ndim)
    ends = []
    for part in (prepend, append):
        if part is not np._NoValue and part is not None:
            end = tensor(part)
            ends.append(end if end.ndim else torch.broadcast_to(
                end, [1 if k == d else m for k, m in enumerate(x.shape)]))
        else:
            ends.append(None)
    parts = [part for part in (ends[0], x, ends[1]) if part is not None]
    if len(parts) > 1:
        x = torch.cat(promoted(*parts), d)
    for _ in range(n):
        after, before = x.narrow(d, 1, x.shape[d] - 1), x.narrow(d, 0, x.shape[d] - 1)
        x = after != before if kind(x).kind == "b" else after - before
    return x


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    x = diff(tensor(ary).reshape(-1))
    parts = [tensor(p).reshape(-1) for p in (to_begin, x, to_end) if p is not None]
    return torch.cat([cast(p, kind(x)) for p in parts])


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    y = tensor(y)
    d = axis_of(axis, y.ndim)
    if x is None:
        step: Any = tensor(dx)
    else:
        step = diff(x, axis=d if tensor(x).ndim == y.ndim else -1)
        if step.ndim == 1:
            step = step.reshape([-1 if k == d else 1 for k in range(y.ndim)])
    n = y.shape[d]
    pairs, step = promoted(y.narrow(d, 1, n - 1) + y.narrow(d, 0, n - 1), step)
    return total_sum(step * pairs / 2.0, (d,), False)


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = inexact(f)
    axes = axes_of(axis, f.ndim)
    steps = list(varargs) if len(varargs) > 1 else list(varargs or (1.0,)) * len(axes)
    if len(steps) != len(axes):
        raise TypeError("invalid number of arguments")
    found = [slope(f, tensor(h), d, edge_order) for d, h in zip(axes, steps, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def slope(f: Any, h: Any, d: int, edge_order: int) -> Any:
    """The second-order difference quotients along an axis, one-sided at its ends."""
    n = f.shape[d]
    if n < edge_order + 1:
        raise ValueError("Shape of array too small to calculate a numerical gradient, at least "
                         "(edge_order + 1) elements are required.")
    f = f.movedim(d, 0)
    h = diff(h) if h.ndim else torch.broadcast_to(h, (n - 1,))
    h = cast(h, common(f, h)).reshape((n - 1,) + (1,) * (f.ndim - 1))
    q = (f[1:] - f[:-1]) / h
    inside = (h[1:] * q[:-1] + h[:-1] * q[1:]) / (h[1:] + h[:-1])
    first, last = q[:1], q[-1:]
    if edge_order == 2:
        first = first - (q[1:2] - first) * h[:1] / (h[:1] + h[1:2])
        last = last + (last - q[-2:-1]) * h[-1:] / (h[-1:] + h[-2:-1])
    return torch.cat([first, inside, last]).movedim(0, d)


# Statistics
def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None,
        fweights: Any = None, aweights: Any = None, *, dtype: Any = None) -> Any:
    x = samples(m, y, rowvar, dtype)
    ddof = int(not bias) if ddof is None else ddof
    n: Any = x.shape[1]
    weights: Any = None
    if fweights is not None:
        weights = tensor(fweights)
        n = total_sum(weights, (0,), False)
    if aweights is not None:
        a = tensor(aweights)
        weights = a if weights is None else weights * a
    if weights is None:
        off, fact = x - torch.mean(x, 1, True), n - ddof
        scaled = off
    else:
        weights = cast(weights, kind(x))
        w = total_sum(weights, (0,), False)
        off = x - total_sum(x * weights, (1,), True) / w
        scaled = off * weights
        fact = w - ddof if aweights is None else w - ddof * total_sum(
            weights * cast(tensor(aweights), kind(x)), (0,), False) / w
    found = torch.matmul(scaled, torch.conj(off.transpose(0, 1))) / fact
    return found.reshape(()) if found.shape == (1, 1) else found


def samples(m: Any, y: Any, rowvar: bool, dtype: Any) -> Any:
    """Variables by rows, of ``m`` and below them of ``y``."""
    def rows(a: Any) -> Any:
        a = cast(inexact(a), dtype)
        a = a.reshape(1, -1) if a.ndim < 2 else a
        return a if rowvar or a.shape[0] == 1 else a.transpose(0, 1)
    return rows(m) if y is None else torch.cat(promoted(rows(m), rows(y)))


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    d = torch.sqrt(torch.diagonal(c).real if kind(c).kind == "c" else torch.diagonal(c))
    return c / d[:, None] / d[None, :]


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    index = places(x)
    if weights is None:
        return torch.bincount(index, minlength=minlength)
    n = int(torch.amax(index)) + 1 if index.shape[0] else 0
    w = inexact(weights)
    zeros = torch.zeros([n if n > minlength else minlength], dtype=w.dtype)
    return zeros.index_add(0, index, w)
