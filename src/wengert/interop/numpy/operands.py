"""What NumPy's functions are given, as tensors, and what they return, as arrays.

:func:`tensor` makes a tensor of whatever NumPy makes an array of; :func:`promoted` brings several
to NumPy's common dtype. Which class the result gets is decided in ``protocol.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import wengert as torch

from ...engine.dtypes import DType, bfloat16, from_numpy
from ...engine.recording.handle import Handle
from ...engine.recording.recorder import hold, record_fresh
from ...engine.recording.recording import dtype_of, shape_of

NUMBERS = (bool, int, float, complex)
"""Python's numbers, whose dtype follows that of what they meet."""


def tensor(x: Any) -> Any:
    """``x`` as a tensor: itself, or a new one of the dtype that NumPy would give it."""
    if isinstance(x, Handle):
        return x if type(x) is torch.Tensor else plain(x)
    if isinstance(x, (list, tuple)) and next(tensors_in(x), None) is not None:
        return joined(x)
    array = np.asarray(x)
    if array.dtype == object:
        return joined(list(array)) if array.ndim else tensor(array.item())
    return hold(np.array(array, dtype=from_numpy(array.dtype).numpy))


def plain(x: Any) -> Any:
    """An object of a subclass as a tensor with PyTorch's methods."""
    return record_fresh(x) if getattr(x, "_stays", False) else x


def joined(parts: Any) -> Any:
    """A sequence of numbers, arrays and tensors as one tensor."""
    found = promoted(*[tensor(part) for part in parts])
    shapes = {tuple(shape_of(part)) for part in found}
    if len(shapes) > 1:
        raise ValueError("setting an array element with a sequence: the parts have different "
                         f"shapes, {', '.join(map(str, sorted(shapes)))}")
    return torch.stack(found)


def tensors_in(value: Any) -> Iterator[Any]:
    """The tensors in nested lists, tuples, dicts and arrays of objects."""
    if isinstance(value, Handle):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from tensors_in(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors_in(each)
    elif isinstance(value, np.ndarray) and value.dtype == object:
        for each in value.ravel():
            yield from tensors_in(each)


def kind(x: Any) -> Any:
    """What NumPy's promotion sees of ``x``: a dtype, or a type of Python's numbers."""
    if isinstance(x, Handle):
        return dtype_of(x).numpy
    if type(x) in NUMBERS:
        return np.dtype(bool) if type(x) is bool else type(x)
    return np.asarray(x).dtype if not hasattr(x, "dtype") else x.dtype


def common(*xs: Any) -> Any:
    """NumPy's dtype for several operands; numbers of Python's adapt to the others."""
    return np.result_type(*[x if type(x) in NUMBERS else kind(x) for x in xs])


def cast(x: Any, dtype: Any) -> Any:
    """The tensor ``x`` in a dtype of NumPy's or of ours; itself for None."""
    if dtype is None:
        return x
    wanted = as_dtype(dtype)
    return x if dtype_of(x) is wanted else x.to(wanted)


def as_dtype(dtype: Any) -> DType:
    """A dtype argument of NumPy's as one of ours."""
    return dtype if isinstance(dtype, DType) else from_numpy(np.dtype(dtype))


def promoted(*xs: Any, least: Any = None) -> list[Any]:
    """Operands as tensors of their common dtype, which is at least ``least``."""
    made = [x if type(x) in NUMBERS else tensor(x) for x in xs]
    if any(isinstance(x, Handle) and dtype_of(x) is bfloat16 for x in made):
        return [tensor(x) for x in made]
    dtype = common(*made) if least is None else common(*made, np.zeros(0, least))
    return [cast(tensor(x), dtype) for x in made]


def inexact(x: Any) -> Any:
    """``x`` as a tensor of a floating or complex dtype: integers become float64."""
    x = tensor(x)
    return x if dtype_of(x).is_differentiable else cast(x, np.float64)


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes counted from the front, all for None; NumPy's errors if they do not fit."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(np.lib.array_utils.normalize_axis_tuple(given, ndim))


def axis_of(axis: Any, ndim: int) -> int:
    """One axis counted from the front."""
    return int(np.lib.array_utils.normalize_axis_index(int(axis), ndim))


def places(index: Any) -> Any:
    """Indices as an integer tensor."""
    return cast(tensor(index), np.int64)
