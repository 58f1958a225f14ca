"""NumPy's ufuncs on tensors: promotion by NumPy's own rule, ``out=``, ``where=``, and the methods
``reduce``, ``accumulate``, ``outer``, ``at`` and ``reduceat``.

Which function of ours a ufunc is stands in ``table.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

import wengert as torch

from ...engine.dtypes import bfloat16
from ...engine.recording.flushing import value
from ...engine.recording.handle import Handle
from ...engine.recording.recording import dtype_of, shape_of
from .operands import NUMBERS, axes_of, axis_of, cast, kind, places, tensor

Function = Callable[..., Any]
Ufunc = Any


class Row:
    """A ufunc of NumPy's as ours: ``function`` of the operands in the dtypes of NumPy's loop.

    ``numbers`` says that numbers of Python's may stay what they are; ``total`` and ``running`` are
    the functions of a tensor and an axis behind ``reduce`` and ``accumulate`` (without them the
    function itself goes from element to element).
    """

    def __init__(self, function: Function, *, numbers: bool = False, total: Function | None = None,
                 running: Function | None = None) -> None:
        self.function = function
        self.numbers = numbers
        self.total = total
        self.running = running


def operator(name: str, reflected: str | None = None, **more: Any) -> Row:
    """The row of a ufunc that is an operator of tensors."""
    forward = getattr(torch.Tensor, name)
    backward = getattr(torch.Tensor, reflected) if reflected else None

    def function(a: Any, *b: Any) -> Any:
        if isinstance(a, Handle):
            return forward(a, *b)
        return backward(b[0], a) if backward else forward(tensor(a), *b)
    return Row(function, numbers=bool(reflected), **more)


@lru_cache(1000)
def loop(ufunc: Ufunc, kinds: tuple[Any, ...], dtype: Any) -> tuple[Any, ...]:
    """The dtypes of the operands and the results in the loop that NumPy would choose."""
    wanted: Any = None
    if dtype is not None:
        wanted = (None,) * ufunc.nin + (np.dtype(dtype),) * ufunc.nout
        if ufunc.nin == 1 or ufunc.types[0][-1] == ufunc.types[0][0]:
            wanted = (np.dtype(dtype),) * ufunc.nargs
            kinds = tuple([k if isinstance(k, type) or np.can_cast(
                k, dtype, "same_kind") else np.dtype(dtype) for k in kinds])
    more = {} if wanted is None else {"signature": wanted}
    found: tuple[Any, ...] = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout), **more)
    return found


def call(ufunc: Ufunc, row: Row, inputs: tuple[Any, ...], dtype: Any = None) -> Any:
    """The ufunc of operands of which one at least is a tensor."""
    made = [x if type(x) in NUMBERS or isinstance(x, Handle) else tensor(x) for x in inputs]
    if any(isinstance(x, Handle) and dtype_of(x) is bfloat16 for x in made):
        return row.function(*made)
    dtypes = loop(ufunc, tuple(map(kind, made)), dtype)
    given = [x if row.numbers and type(x) in NUMBERS and type(x) is not bool
             else cast(x if isinstance(x, Handle) else tensor(x), d) for x, d in zip(made, dtypes)]
    result = row.function(*given)
    if isinstance(result, tuple):
        return tuple([cast(r, d) for r, d in zip(result, dtypes[ufunc.nin:], strict=True)])
    return cast(result, dtypes[-1])


def finished(result: Any, out: Any, where: Any, carries: Callable[[Any], bool]) -> Any:
    """``result`` at the places where ``where`` holds, written to ``out`` if there is one."""
    if out is None and where is True:
        return result
    if isinstance(out, tuple):
        out = out[0] if len(out) == 1 else out
    if isinstance(result, tuple):
        outs = out if isinstance(out, tuple) else (out,) * len(result)
        return tuple([finished(r, o, where, carries)
                      for r, o in zip(result, outs, strict=True)])
    if where is not True:
        other = torch.zeros_like(result) if out is None else cast(tensor(out), kind(result))
        result = torch.where(cast(tensor(where), bool), result, other)
    return result if out is None else into(out, result, carries)


def into(out: Any, result: Any, carries: Callable[[Any], bool]) -> Any:
    """``result`` written to ``out``, an array or a tensor, which is returned."""
    if not np.can_cast(kind(result), kind(out), "same_kind"):
        raise TypeError(f"Cannot cast output from {kind(result)!r} to {kind(out)!r} with casting "
                        "rule 'same_kind'")
    if isinstance(out, Handle):
        if shape_of(out) != torch.broadcast_shapes(shape_of(out), shape_of(result)):
            raise ValueError(f"non-broadcastable output operand with shape {tuple(shape_of(out))} "
                             f"doesn't match the broadcast shape {tuple(shape_of(result))}")
        return out.copy_(result)   # type: ignore[attr-defined]
    if carries(result):
        raise RuntimeError(
            "a NumPy array holds values and no derivatives, and the result of this one needs them "
            "(array += tensor, or out=array): write array = array + tensor, or make the array by "
            "np.zeros_like(tensor) or np.zeros(shape, like=tensor)")
    np.copyto(out, value(result), casting="same_kind")
    return out


def reduce(ufunc: Ufunc, row: Row, x: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
           keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """``ufunc.reduce``: over the first axis unless told otherwise."""
    x = tensor(x)
    if dtype is None and row.total is not None and ufunc in (np.add, np.multiply):
        dtype = accumulator(kind(x))
    x = cast(x, dtype)
    axes = axes_of(axis, x.ndim)
    if where is not True:
        none = initial if ufunc.identity is None else ufunc.identity
        if none is None:
            raise ValueError(f"reduction operation '{ufunc.__name__}' does not have an identity, "
                             "so to use a where mask one has to specify 'initial'")
        x = torch.where(cast(tensor(where), bool), x, cast(tensor(none), kind(x)))
    if not axes:
        result = call(ufunc, row, (x, x)) if row.total is None else x
        result = x if row.total is None else result
    elif row.total is not None and (0 not in [x.shape[a] for a in axes] or ufunc.identity
                                    is not None):
        result = row.total(x, axes, keepdims)
    else:
        result = folded(ufunc, row, x, axes, keepdims)
    if initial is not None:
        result = call(ufunc, row, (result, initial))
    return result


def accumulator(dtype: Any) -> Any:
    """The dtype in which NumPy adds up: that of the machine's integers for smaller ones."""
    if dtype.kind in "bi" and dtype.itemsize < 8:
        return np.dtype(np.int64)
    return np.dtype(np.uint64) if dtype.kind == "u" and dtype.itemsize < 8 else dtype


def folded(ufunc: Ufunc, row: Row, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """A reduction that goes from element to element along each axis."""
    for a in sorted(axes, reverse=True):
        parts = torch.unbind(x, a)
        if not parts:
            if ufunc.identity is None:
                raise ValueError(f"zero-size array to reduction operation {ufunc.__name__} which "
                                 "has no identity")
            x = torch.full([n for d, n in enumerate(x.shape) if d != a], ufunc.identity,
                           dtype=dtype_of(x))
        else:
            x = parts[0]
            for part in parts[1:]:
                x = call(ufunc, row, (x, part))
        if keepdims:
            x = x.unsqueeze(a)
    return x


def accumulate(ufunc: Ufunc, row: Row, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    """``ufunc.accumulate``."""
    x = tensor(x)
    if dtype is None and row.total is not None and ufunc in (np.add, np.multiply):
        dtype = accumulator(kind(x))
    x = cast(x, dtype)
    axis = axis_of(axis, x.ndim)
    if row.running is not None:
        return row.running(x, axis)
    found: list[Any] = []
    for part in torch.unbind(x, axis):
        found.append(call(ufunc, row, (found[-1], part)) if found else part)
    return torch.stack(found, axis) if found else x


def outer(ufunc: Ufunc, row: Row, a: Any, b: Any, **kwargs: Any) -> Any:
    """``ufunc.outer``: of each pair of elements."""
    a, b = tensor(a), tensor(b)
    a = a.reshape(tuple(a.shape) + (1,) * b.ndim)
    return call(ufunc, row, (a, b), **kwargs)


def at(ufunc: Ufunc, row: Row, x: Any, index: Any, *operands: Any) -> None:
    """``ufunc.at``: writes to ``x`` at ``index``, once for each time that a place is named."""
    if not isinstance(x, Handle):
        raise RuntimeError(
            f"np.{ufunc.__name__}.at: a NumPy array holds values and no derivatives: make the "
            "array that is written to by np.zeros_like(tensor) or np.zeros(shape, like=tensor)")
    t: Any = x
    given = index if isinstance(index, tuple) else (index,)
    if ufunc in (np.add, np.subtract) and all(not isinstance(i, slice) for i in given):
        b = cast(tensor(operands[0]), kind(t))
        t.index_put_(tuple([places(i) for i in given]), b if ufunc is np.add else -b,
                     accumulate=True)
        return
    if len(given) != 1 or isinstance(given[0], slice):
        raise TypeError(f"np.{ufunc.__name__}.at takes one array of indices here; np.add.at and "
                        "np.subtract.at take several")
    flat = np.asarray(value(places(given[0]))).ravel()
    for k, i in enumerate(flat.tolist()):
        rest = [b if np.ndim(b) == 0 else b[k] for b in operands]
        t[i] = call(ufunc, row, (t[i], *rest))


def reduceat(ufunc: Ufunc, row: Row, x: Any, indices: Any, axis: int = 0,
             dtype: Any = None) -> Any:
    """``ufunc.reduceat``: reductions of stretches of an axis."""
    x = tensor(x)
    axis = axis_of(axis, x.ndim)
    starts = np.asarray(value(places(indices))).tolist()
    ends = [*starts[1:], x.shape[axis]]
    return torch.stack([
        reduce(ufunc, row, x.narrow(axis, a, max(b - a, 1)), axis=axis, dtype=dtype)
        for a, b in zip(starts, ends, strict=True)], axis)
