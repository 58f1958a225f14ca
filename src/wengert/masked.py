"""``torch.masked``: reductions and normalisations of the elements that a mask lets through.

``mask`` (bool, true for what counts) broadcasts to the input; without one every element counts.
What does not count is replaced by the identity of the reduction, so that no gradient flows to it;
of no elements at all the result is that identity (0 for :func:`sum`, minus infinity for
:func:`amax`), or NaN where there is none (:func:`mean`, :func:`softmax`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .functions import choices, comparison, neural, order, pointwise, reduce
from .linalg import vector_norm
from .names.missing import answer_missing_names
from .tensors.limits import iinfo
from .tensors.recorded import function

Dim = int | Sequence[int] | None
_amax = function(reduce.amax)
_amin = function(reduce.amin)
_argmax = function(reduce.argmax)
_argmin = function(reduce.argmin)
_cumprod = function(reduce.cumprod)
_cumsum = function(reduce.cumsum)
_log_softmax = function(neural.log_softmax)
_logaddexp = function(pointwise.logaddexp)
_logsumexp = function(reduce.logsumexp)
_larger = function(comparison.maximum)
_product = function(reduce.prod)
_softmax = function(neural.softmax)
_total = function(reduce.sum_)


def _mask(input: Any, mask: Any) -> Any:
    """``mask`` in the shape of the input, bool; None for none."""
    if mask is None:
        return None
    if mask.dim() > input.dim():
        raise IndexError("_input_mask expected broadcastable mask (got mask dimensionality higher "
                         "than of the input)")
    return mask.bool().expand(*input.shape)


def _filled(input: Any, mask: Any, value: Any, dtype: Any = None) -> Any:
    """``input`` in ``dtype`` with ``value`` where the mask is false; a function for ``value`` is
    asked of the input."""
    x = input if dtype is None else input.to(dtype)
    where = _mask(x, mask)
    if where is None:
        return x
    return choices.where(where, x, x.new_full((), value(x) if callable(value) else value))


def _below(x: Any) -> Any:
    """What is below all numbers of a dtype; TypeError for a complex one."""
    if str(x.dtype) == "torch.bool":
        raise NotImplementedError("identity of amax on torch.bool input")
    return -math.inf if x.is_floating_point() else iinfo(x.dtype).min + 1


def _dims(input: Any, dim: Dim) -> tuple[int, ...]:
    """The dimensions of a reduction: all for None and for ``()``."""
    if dim is None or dim == () or dim == []:
        return tuple(range(input.dim()))
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    n = max(input.dim(), 1)
    found = []
    for d in dims:
        if not -n <= d < n:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], "
                             f"but got {d})")
        if d % n in found:
            raise RuntimeError(f"dim={d % n} appears multiple times in the list of dims")
        found.append(d % n)
    return tuple(sorted(found)) if input.dim() else ()


def _added(dtype: Any, input: Any) -> Any:
    """The dtype in which sums and products add up."""
    return dtype or (input.dtype if input.is_floating_point() or input.is_complex()
                     else input.long().dtype)


def sum(input: Any, dim: Dim = None, *, keepdim: bool = False, dtype: Any = None,
        mask: Any = None) -> Any:
    """The sum of the elements that count.

    >>> from wengert import tensor
    >>> sum(tensor([1.0, 2.0, 3.0]), mask=tensor([True, False, True])).item()
    4.0
    """
    x = _filled(input, mask, 0, _added(dtype, input))
    return _total(x, _dims(x, dim), keepdim)


def prod(input: Any, dim: Dim = None, *, keepdim: bool = False, dtype: Any = None,
         mask: Any = None) -> Any:
    """The product of the elements that count."""
    x = _filled(input, mask, 1, _added(dtype, input))
    for d in reversed(_dims(x, dim)):
        x = _product(x, d, keepdim)
    return x


def cumsum(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """The sums of the elements that count up to each."""
    return _cumsum(_filled(input, mask, 0, _added(dtype, input)), dim)


def cumprod(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """The products of the elements that count up to each."""
    return _cumprod(_filled(input, mask, 1, _added(dtype, input)), dim)


def _least(input: Any) -> Any:
    """The identity of the larger."""
    return _extreme(input, -math.inf, "min")


def _largest(input: Any) -> Any:
    """The identity of the smaller."""
    return _extreme(input, math.inf, "max")


def _extreme(input: Any, infinite: float, end: str) -> Any:
    if input.is_floating_point() or input.is_complex():
        return infinite
    if str(input.dtype) == "torch.bool":
        raise NotImplementedError(f"the {end}imum of no element of torch.bool")
    return getattr(iinfo(input.dtype), end)


def amax(input: Any, dim: Dim = None, *, keepdim: bool = False, dtype: Any = None,
         mask: Any = None) -> Any:
    """The largest element that counts; equal ones share its gradient."""
    x = input if dtype is None else input.to(dtype)
    return _amax(_filled(x, mask, _least), _dims(x, dim), keepdim)


def amin(input: Any, dim: Dim = None, *, keepdim: bool = False, dtype: Any = None,
         mask: Any = None) -> Any:
    """The smallest element that counts; equal ones share its gradient."""
    x = input if dtype is None else input.to(dtype)
    return _amin(_filled(x, mask, _largest), _dims(x, dim), keepdim)


def argmax(input: Any, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None,
           mask: Any = None) -> Any:
    """Where the largest element that counts is, in the dtype of the input."""
    x = input if dtype is None else input.to(dtype)
    found = _argmax(_filled(x, mask, _least), dim, bool(keepdim))
    return found.to(x.dtype)


def argmin(input: Any, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None,
           mask: Any = None) -> Any:
    """Where the smallest element that counts is, in the dtype of the input."""
    x = input if dtype is None else input.to(dtype)
    found = _argmin(_filled(x, mask, _largest), dim, bool(keepdim))
    return found.to(x.dtype)


def _count(x: Any, dims: tuple[int, ...], mask: Any) -> Any:
    """How many elements count, with lengths of 1 in the dimensions of the reduction."""
    where = _mask(x, mask)
    if where is None:
        return math.prod(x.shape[d] for d in dims)
    return _total(where.to((x.real if x.is_complex() else x).dtype), dims, True)


def mean(input: Any, dim: Dim = None, *, keepdim: bool = False, dtype: Any = None,
         mask: Any = None) -> Any:
    """The mean of the elements that count; NaN of none."""
    x = input if dtype is None else input.to(dtype)
    if not (x.is_floating_point() or x.is_complex()):
        raise ValueError("mean(): Could not infer output dtype. Input dtype must be either a "
                         f"floating point or complex dtype. Got: {x.dtype}")
    dims = _dims(x, dim)
    return _reduced(_mean(x, dims, mask), dims, keepdim)


def _mean(x: Any, dims: tuple[int, ...], mask: Any) -> Any:
    return _total(_filled(x, mask, 0), dims, True) / _count(x, dims, mask)


def _reduced(x: Any, dims: tuple[int, ...], keepdim: bool) -> Any:
    return x if keepdim or not dims else x.squeeze(dims)


def median(input: Any, dim: int = -1, *, keepdim: bool = False, dtype: Any = None,
           mask: Any = None) -> Any:
    """The lower median of the elements that count and are not NaN; NaN of none.

    ValueError for integers of which none counts."""
    x = input if dtype is None else input.to(dtype)
    where = _mask(x, mask)
    if x.is_floating_point():
        found = x if where is None else choices.where(where, x, x.new_full((), math.nan))
        return order.nanmedian(found, dim, keepdim).values
    if where is None:
        return order.median(x, dim, keepdim).values
    if not where.any(dim).all():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating "
                         "point")
    found = choices.where(where, x.double(), x.new_full((), math.nan, dtype=x.double().dtype))
    return order.nanmedian(found, dim, keepdim).values.to(x.dtype)


def norm(input: Any, ord: float | None = 2.0, dim: Dim = None, *, keepdim: bool = False,
         dtype: Any = None, mask: Any = None) -> Any:
    """The ``ord``-norm of the elements that count."""
    x = input if dtype is None else input.to(dtype)
    order = 2.0 if ord is None else ord
    return vector_norm(_filled(x, mask, math.inf if order < 0 else 0), order, _dims(x, dim),
                       bool(keepdim))


def var(input: Any, dim: Dim = None, unbiased: bool | None = None, *,
        correction: float | None = None, keepdim: bool = False, dtype: Any = None,
        mask: Any = None) -> Any:
    """The variance of the elements that count; NaN where there are no more than ``correction`` (1,
    or 0 if not ``unbiased``)."""
    assert unbiased is None or correction is None, (
        "Only one of unbiased and correction may be given")
    less = correction if correction is not None else 0 if unbiased is False else 1
    x = input if dtype is None else input.to(dtype)
    if not (x.is_floating_point() or x.is_complex()):
        x = x.float()
    dims = _dims(x, dim)
    centred = _filled(x - _mean(x, dims, mask), mask, 0)
    squares = centred * centred.conj()
    degrees = _count(x, dims, mask) - less
    if isinstance(degrees, int | float):
        degrees = squares.new_full((), max(degrees, 0))
    else:
        degrees = degrees.clamp(min=0)
    return _reduced(_total(squares, dims, True) / degrees, dims, keepdim)


def std(input: Any, dim: Dim = None, unbiased: bool | None = None, *,
        correction: int | None = None, keepdim: bool = False, dtype: Any = None,
        mask: Any = None) -> Any:
    """The root of :func:`var`."""
    return var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype,
               mask=mask).sqrt()


def softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """``exp(input) / sum(exp(input))`` along ``dim``, 0 for what does not count."""
    return _softmax(_filled(input, mask, _below, dtype), dim)


def log_softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """The logarithm of :func:`softmax`."""
    return _log_softmax(_filled(input, mask, _below, dtype), dim)


def softmin(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """:func:`softmax` of ``-input``."""
    return _softmax(-_filled(input, mask, lambda x: -_below(x), dtype), dim)


def normalize(input: Any, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None,
              mask: Any = None) -> Any:
    """``input``, 0 for what does not count, over the larger of its ``ord``-norm along ``dim`` and
    ``eps``."""
    x = input if dtype is None else input.to(dtype)
    size = norm(x, ord, dim, keepdim=True, mask=mask)
    return _filled(x, mask, 0) / _larger(size, size.new_full((), eps))


def logsumexp(input: Any, dim: Dim = None, *, keepdim: bool = False, dtype: Any = None,
              mask: Any = None) -> Any:
    """``log(sum(exp(input)))`` of the elements that count."""
    x = input if dtype is None else input.to(dtype)
    return _logsumexp(_filled(x, mask, _least), _dims(x, dim), keepdim).to(x.dtype)


def logaddexp(input: Any, other: Any, *, dtype: Any = None, input_mask: Any = None,
              other_mask: Any = None) -> Any:
    """``log(exp(input) + exp(other))`` with 0 for the exponential of what does not count."""
    return _logaddexp(_filled(input, input_mask, -math.inf, dtype),
                             _filled(other, other_mask, -math.inf, dtype))


__all__ = ["amax", "amin", "argmax", "argmin", "cumprod", "cumsum", "log_softmax", "logaddexp",
           "logsumexp", "mean", "median", "norm", "normalize", "prod", "softmax", "softmin", "std",
           "sum", "var"]
answer_missing_names(__name__)
