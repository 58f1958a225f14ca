"""NumPy's choices between elements, roundings, interpolation and tests on tensors; and what is
asked of an array: its shape, its dtype, where it is not zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as torch

from ...engine.recording.flushing import value
from .operands import axes_of, axis_of, cast, common, inexact, kind, places, promoted, tensor
from .reductions import known
from .shapes import take

Function = Callable[..., Any]


def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    if x is None and y is None:
        return np.nonzero(value(tensor(condition)))
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    return torch.where(cast(tensor(condition), bool), *promoted(x, y))


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    *choices, found = promoted(*choicelist, default)
    for condition, choice in list(zip(condlist, choices, strict=True))[::-1]:
        found = torch.where(cast(tensor(condition), bool), choice, found)
    return found


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    x = tensor(x)
    single = not isinstance(condlist, (list, tuple)) or np.ndim(condlist[0]) == 0 != x.ndim
    conditions = [cast(tensor(c), bool) for c in ([condlist] if single else condlist)]
    pieces = list(funclist)
    found = torch.zeros_like(x)
    if len(pieces) == len(conditions) + 1:
        found = piece(pieces.pop(), x, args, kw)
    elif len(pieces) != len(conditions):
        raise ValueError(f"with {len(conditions)} condition(s), either {len(conditions)} or "
                         f"{len(conditions) + 1} functions are expected")
    for condition, function in zip(conditions, pieces, strict=True):
        found = torch.where(condition, piece(function, x, args, kw), found)
    return torch.broadcast_to(found, x.shape)


def piece(function: Any, x: Any, args: Any, kw: Any) -> Any:
    return cast(tensor(function(x, *args, **kw) if callable(function) else function), kind(x))


def choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Any:
    index = places(a)
    rows = promoted(*(choices.unbind(0) if hasattr(choices, "unbind") else choices))
    index, *rows = torch.broadcast_tensors(index, *rows)
    if mode != "raise":
        index = index % len(rows) if mode == "wrap" else torch.clip(index, 0, len(rows) - 1)
    return torch.take_along_dim(torch.stack(rows), index[None], 0)[0]


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: None = None, *, min: Any = None,
         max: Any = None, dtype: Any = None) -> Any:
    def bound(first: Any, other: Any) -> Any:
        chosen = other if first is None or first is np._NoValue else first
        return None if chosen is None or chosen is np._NoValue else chosen
    low, high = bound(a_min, min), bound(a_max, max)
    x = tensor(a)
    wanted = common(x, *[b for b in (low, high) if b is not None])
    plain = all(b is None or type(b) in (int, float) for b in (low, high))
    x = cast(x, wanted)
    if plain:
        return x.clone() if low is None and high is None else torch.clip(x, low, high)
    if low is not None:
        x = torch.maximum(x, cast(tensor(low), wanted))
    return x if high is None else torch.minimum(x, cast(tensor(high), wanted))


def round(a: Any, decimals: int = 0, out: None = None) -> Any:
    x = tensor(a)
    if kind(x).kind in "biu":
        if decimals >= 0:
            return x.clone()
        scale = 10 ** -decimals
        return cast(torch.round(cast(x, np.float64) / scale) * scale, kind(x))
    if kind(x).kind == "c":
        return torch.complex(round(x.real, decimals), round(x.imag, decimals))
    return torch.round(x) if decimals == 0 else torch.round(x * 10.0 ** decimals) / 10.0 ** decimals


def fix(x: Any, out: None = None) -> Any:
    return torch.trunc(tensor(x))


def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None,
               neginf: Any = None) -> Any:
    x = tensor(x)
    if kind(x).kind == "c":
        return torch.complex(nan_to_num(x.real, copy, nan, posinf, neginf),
                             nan_to_num(x.imag, copy, nan, posinf, neginf))
    return torch.nan_to_num(x, nan, posinf, neginf) if kind(x).kind == "f" else x.clone()


# Complex numbers
def real(val: Any) -> Any:
    x = tensor(val)
    return x.real if kind(x).kind == "c" else x


def imag(val: Any) -> Any:
    x = tensor(val)
    return x.imag if kind(x).kind == "c" else torch.zeros_like(x)


def angle(z: Any, deg: bool = False) -> Any:
    x = inexact(z)
    found = torch.atan2(imag(x), real(x))
    return found * (180 / np.pi) if deg else found


def real_if_close(a: Any, tol: float = 100) -> Any:
    x = tensor(a)
    if kind(x).kind != "c":
        return x
    limit = tol * np.finfo(kind(x)).eps if tol > 1 else tol
    return x.real if np.all(np.abs(value(x).imag) < limit) else x


def sinc(x: Any) -> Any:
    return torch.sinc(inexact(x))


def i0(x: Any) -> Any:
    return torch.i0(inexact(x))


# Interpolation and places
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None,
           period: Any = None) -> Any:
    x, xp = promoted(inexact(x), inexact(xp))
    fp = inexact(fp)
    if period is not None:
        x, xp = torch.remainder(x, abs(period)), torch.remainder(xp, abs(period))
        order = torch.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = torch.cat([xp[-1:] - period, xp, xp[:1] + period])
        fp = torch.cat([fp[-1:], fp, fp[:1]])
        left = right = None
    n = xp.shape[0]
    if n == 1:
        return torch.broadcast_to(fp, x.shape)
    at = torch.clip(torch.searchsorted(xp.detach(), x.detach(), right=True), 1, n - 1)
    x0, x1, y0, y1 = xp[at - 1], xp[at], fp[at - 1], fp[at]
    found = y0 + (y1 - y0) * ((x - x0) / (x1 - x0))
    found = torch.where(x < xp[0], cast(tensor(fp[0] if left is None else left), kind(found)),
                        found)
    return torch.where(x > xp[-1], cast(tensor(fp[-1] if right is None else right), kind(found)),
                       found)


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    x, wanted = promoted(a, v)
    if sorter is not None:
        x = x[places(sorter)]
    return torch.searchsorted(x, wanted, right=side == "right")


def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    return np.digitize(value(tensor(x)), value(tensor(bins)), right)


def nonzero(a: Any) -> Any:
    return np.nonzero(value(tensor(a)))


def flatnonzero(a: Any) -> Any:
    return np.flatnonzero(value(tensor(a)))


def argwhere(a: Any) -> Any:
    return np.argwhere(value(tensor(a)))


def lexsort(keys: Any, axis: int = -1) -> Any:
    return np.lexsort(tuple([value(tensor(k)) for k in keys]), axis)


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    x = cast(cast(tensor(a), bool), np.int64)
    axes = axes_of(axis, x.ndim)
    return torch.sum(x, axes, keepdims) if axes else x


def nan_place(function: Function, other: float) -> Function:
    def found(a: Any, axis: Any = None, out: None = None, *, keepdims: Any = False) -> Any:
        return function(known(a, other), axis, keepdims=keepdims)
    return found


def unique(ar: Any, return_index: bool = False, return_inverse: bool = False,
           return_counts: bool = False, axis: Any = None, **kwargs: Any) -> Any:
    x = tensor(ar)
    _, index, inverse, counts = np.unique(value(x), True, True, True, axis, **kwargs)
    found = take(x, index, axis)
    more = [each for each, asked in zip((index, inverse, counts), (
        return_index, return_inverse, return_counts), strict=True) if asked]
    return (found, *more) if more else found


def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None,
              weights: None = None) -> Any:
    if weights is not None:
        raise NotImplementedError("np.histogram of a tensor has no weights: np.bincount(places, "
                                  "weights) has, and a derivative in them")
    return np.histogram(value(tensor(a)), bins, range, density)


def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    x = tensor(arr)
    axis = axis_of(axis, x.ndim)
    rest = [n for d, n in enumerate(x.shape) if d != axis]
    rows = x.movedim(axis, -1).reshape(-1, x.shape[axis])
    found = [tensor(func1d(row, *args, **kwargs)) for row in rows.unbind(0)]
    whole = torch.stack(found).reshape(rest + list(found[0].shape))
    ndim = found[0].ndim
    return torch.movedim(whole, tuple(range(len(rest), len(rest) + ndim)),
                         tuple(range(axis, axis + ndim)))


# Tests
def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8,
            equal_nan: bool = False) -> Any:
    a, b = torch.broadcast_tensors(*promoted(a, b))
    return torch.isclose(a, b, rtol, atol, equal_nan)


def isin(element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *,
         kind: Any = None) -> Any:
    return torch.isin(*promoted(element, test_elements), invert=invert)


def is_infinite(function: Function) -> Function:
    def asked(x: Any, out: None = None) -> Any:
        return function(tensor(x))
    return asked


isposinf, isneginf = is_infinite(torch.isposinf), is_infinite(torch.isneginf)


def iscomplex(x: Any) -> Any:
    return imag(x) != 0


def isreal(x: Any) -> Any:
    return imag(x) == 0


def by_value(function: Function) -> Function:
    """A function of NumPy's whose result has no derivative: it gets the values."""
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*values_of(args), **{k: values_of(v) for k, v in kwargs.items()})
    return call


def values_of(given: Any) -> Any:
    """Nested arguments with the values of their tensors in the tensors' place."""
    if isinstance(given, (list, tuple)):
        parts = [values_of(each) for each in given]
        return type(given)(*parts) if hasattr(given, "_fields") else type(given)(parts)
    return np.array(value(given)) if isinstance(given, torch.Tensor) else given


# What is asked of an array
def shape(a: Any) -> Any:
    return tuple(tensor(a).shape)


def ndim(a: Any) -> Any:
    return int(tensor(a).ndim)


def size(a: Any, axis: Any = None) -> Any:
    x = tensor(a)
    return int(np.prod([x.shape[d] for d in axes_of(axis, x.ndim)], dtype=int))


def iscomplexobj(x: Any) -> Any:
    return kind(tensor(x)).kind == "c"


def isrealobj(x: Any) -> Any:
    return not iscomplexobj(x)


def result_type(*arrays_and_dtypes: Any) -> Any:
    return np.result_type(*[kind(x) if isinstance(x, torch.Tensor) else x
                            for x in arrays_and_dtypes])


def common_type(*arrays: Any) -> Any:
    return np.common_type(*[np.zeros(0, kind(tensor(x))) for x in arrays])


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> Any:
    return np.can_cast(kind(from_), to, casting)
