"""Who answers when NumPy is called with a tensor: the table, or NumPy with the tensor's values.

A tensor that needs no derivative is an array to NumPy, as in PyTorch: the function runs on its
values, and a ufunc's result is a tensor. A tensor that needs one (it requires grad, a transform
runs) and an :class:`Array` go through ``table.py``, and the result is an :class:`Array`. See
``docs/decisions/0028-numpys-functions-on-tensors.md``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import numpy as np

import wengert as torch

from ...engine.recording.handle import Handle
from ...engine.recording.operators import is_differentiated
from ...engine.recording.recording import here
from . import ufuncs
from .arrays import Array, as_array
from .operands import tensor, tensors_in
from .table import FUNCTIONS, NEVER_NUMPYS, SPECIAL, UFUNCS, WRITING
from .ufuncs import Row, call, finished, into

REFLECTED = {
    np.add: "__radd__", np.subtract: "__rsub__", np.multiply: "__rmul__",
    np.divide: "__rtruediv__", np.floor_divide: "__rfloordiv__", np.remainder: "__rmod__",
    np.power: "__rpow__", np.bitwise_and: "__rand__",
    np.bitwise_or: "__ror__", np.bitwise_xor: "__rxor__", np.less: "__gt__",
    np.less_equal: "__ge__", np.greater: "__lt__", np.greater_equal: "__le__",
    np.equal: "__eq__", np.not_equal: "__ne__"}
"""What Python calls where the left operand of an operator has none for the right one."""


def carries(x: Any) -> bool:
    """Whether ``x`` is a tensor whose derivative is wanted, or may be."""
    return isinstance(x, Handle) and is_differentiated(x)


def ours(tensors: Iterable[Any]) -> bool:
    """Whether the table answers for these."""
    return any(isinstance(x, Array) or carries(x) for x in tensors)


# Ufuncs
def array_ufunc(self: Any, ufunc: Any, method: str, inputs: tuple[Any, ...],
                kwargs: dict[str, Any]) -> Any:
    """``Tensor.__array_ufunc__``."""
    out = kwargs.get("out") or ()
    out = out if isinstance(out, tuple) else (out,)
    if any(stranger(type(x)) for x in (*inputs, *out)):
        return NotImplemented
    given = list(tensors_in([inputs, out, kwargs.get("where")]))
    if ufunc in REFLECTED and len(inputs) == 2 and not kwargs and method == "__call__" and (
            not isinstance(inputs[0], Handle) and not isinstance(inputs[1], Array)
            and (is_number(inputs[0]) or not carries(inputs[1]))):
        left = inputs[0][()] if is_number(inputs[0]) else inputs[0]
        return getattr(inputs[1], REFLECTED[ufunc])(left)
    if not ours(given):
        return of_values(self, ufunc, method, inputs, kwargs)
    row = row_of(ufunc)
    if row is None:
        name: str = ufunc.__name__
        raise missing(f"numpy.{name}" if getattr(np, name, None) is ufunc else name,
                      [f"numpy.{each}" for each in dir(np)])
    return computed(ufunc, row, method, inputs, dict(kwargs), given)


def is_number(x: Any) -> bool:
    """Whether ``x`` is a number of NumPy's; a comparison hands one on as an array."""
    return isinstance(x, np.generic) or (isinstance(x, np.ndarray) and x.ndim == 0)


def row_of(ufunc: Any) -> Row | None:
    """The row of a ufunc of NumPy's or SciPy's."""
    row = UFUNCS.get(ufunc)
    if row is None and getattr(np, ufunc.__name__, None) is not ufunc:
        row = SPECIAL.get(ufunc.__name__)
    return row


def computed(ufunc: Any, row: Row, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any],
             given: list[Any]) -> Any:
    """A ufunc of the table's, or one of its methods."""
    out = kwargs.pop("out", None)
    where = kwargs.pop("where", True)
    for name in ("casting", "order", "subok", "signature"):
        kwargs.pop(name, None)
    if method == "__call__":
        found = call(ufunc, row, *axes_last(inputs, kwargs), **kwargs)
        return as_arrays(finished(found, out, where, carries), given)
    if method == "at":
        return ufuncs.at(ufunc, row, *inputs)
    if method == "reduce":
        kwargs["where"] = where
        if kwargs.get("initial") is np._NoValue:
            del kwargs["initial"]
    found = getattr(ufuncs, method)(ufunc, row, *inputs, **kwargs)
    return as_arrays(finished(found, out, True, carries), given)


def axes_last(inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...]]:
    """Operands of a product with the axes that ``axis=`` names at the end."""
    axis = kwargs.pop("axis", None)
    if kwargs.get("axes") is not None or kwargs.get("keepdims"):
        raise TypeError("axes= and keepdims= of a product are not there for tensors: move the axes "
                        "with np.moveaxis before, np.expand_dims after")
    if axis is None:
        return (inputs,)
    return (tuple([torch.movedim(tensor(x), axis, -1) for x in inputs]),)


def of_values(self: Any, ufunc: Any, method: str, inputs: tuple[Any, ...],
              kwargs: dict[str, Any]) -> Any:
    """A ufunc as NumPy computes it, and wraps its result, for what has an ``__array__``."""
    def plain(x: Any) -> Any:
        return np.asarray(x) if isinstance(x, Handle) else x

    out: Any = kwargs.get("out")
    kwargs = {name: plain(x) for name, x in kwargs.items() if name != "out"}
    into_tensors = out is not None and any(isinstance(x, Handle) for x in out)
    if out is not None and not into_tensors:
        kwargs["out"] = out
    result = getattr(ufunc, method)(*map(plain, inputs), **kwargs)
    if into_tensors:
        results = result if isinstance(result, tuple) else (result,)
        found = tuple([r if o is None else into(o, tensor(r), carries)
                       for o, r in zip(out, results, strict=True)])
        return found if len(found) > 1 else found[0]
    if out is not None or method in ("at", "outer") or result is NotImplemented:
        return result
    if isinstance(result, tuple):
        return tuple([self.__array_wrap__(r) for r in result])
    return self.__array_wrap__(result)


# Functions
def array_function(self: Any, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """``Tensor.__array_function__``."""
    if any(not issubclass(t, (Handle, np.ndarray)) for t in types):
        return NotImplemented
    given = list(tensors_in([args, kwargs]))
    if ours(given):
        return answered(func, args, dict(kwargs), given)
    if func in NEVER_NUMPYS or not given:   # or NumPy was called with like=
        if isinstance(self, Array) or carries(self):
            return answered(func, args, dict(kwargs), given)
        return plain_tensors(answered(func, args, dict(kwargs), given))
    return func._implementation(*args, **kwargs)


def answered(func: Any, args: Any, kwargs: Any, given: list[Any]) -> Any:
    """What the table says; TypeError for a function that it does not have."""
    function = FUNCTIONS.get(func)
    name = f"{func.__module__}.{func.__name__}"
    if function is None:
        raise missing(name, [f"{f.__module__}.{f.__name__}" for f in FUNCTIONS
                             if hasattr(f, "__module__")])
    out = kwargs.pop("out", None)
    if func is np.linalg.eig and here.modes.lanes is not None:
        raise missing(name, ["numpy.linalg.eigh"])
    found = function(*args, **kwargs)
    if func in WRITING:
        return None
    return as_arrays(finished(found, out, True, carries), given)


def as_arrays(found: Any, given: list[Any]) -> Any:
    """A result with arrays for its tensors."""
    if isinstance(found, Handle):
        return as_array(found, given)
    if isinstance(found, (list, tuple)) and any(isinstance(x, Handle) for x in found):
        parts = [as_arrays(x, given) for x in found]
        return type(found)(*parts) if hasattr(found, "_fields") else type(found)(parts)
    return found


def plain_tensors(found: Any) -> Any:
    """A result with tensors for its arrays."""
    if type(found) is Array:
        return found.view_as(found)
    return type(found)(map(plain_tensors, found)) if type(found) in (list, tuple) else found


def stranger(kind: type) -> bool:
    """Whether objects of a class have their own word on ufuncs."""
    return not issubclass(kind, (Handle, np.ndarray, np.generic)) and hasattr(
        kind, "__array_ufunc__")


def missing(name: str, known: list[str]) -> TypeError:
    """The error of a function that is not in the table."""
    near = difflib.get_close_matches(name, known, n=1)
    text = (f"{name} is not there for tensors whose derivative is wanted"
            + (f"; nearest: {near[0]}" if near else "")
            + ". For its value alone: give it x.detach().numpy(). To have the derivative: write it "
              "with the functions that docs/numpy.md lists, or with torch's")
    return TypeError(text)


__all__ = ["array_function", "array_ufunc", "carries"]
