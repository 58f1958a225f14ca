"""Dropout and its kin: a mask is drawn at the call, with PyTorch's numbers, and then recorded.

The gradient is the incoming one times the same mask.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..engine.dtypes import DType
from ..engine.errors import user_line
from ..engine.recording.calls import call
from ..engine.recording.draws import a_sample, drawing
from ..engine.recording.handle import Array, Handle
from ..engine.recording.operation import Operation
from ..engine.recording.recorder import hold_beside, record_write
from ..engine.recording.recording import dtype_of, shape_of
from ..engine.recording.replay import layout_of
from ..tensors.creation import memory_order
from ..tensors.random import default_generator
from .arithmetic import add, mul

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``input`` with each element made 0 with probability ``p``, the others divided by ``1 - p``.

    Where ``training`` is False it is ``input`` itself. ValueError for a ``p`` outside [0, 1].
    """
    return _apply(input, p, training, inplace, shape_of(input))


def feature_dropout(input: Any, p: float = 0.5, training: bool = True,
                    inplace: bool = False) -> Any:
    """Dropout of whole channels: one draw for each of the first two dimensions' elements."""
    return _apply(input, p, training, inplace, _channels(input))


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of whole channels of ``input``, [N, C, L] or [C, L]."""
    return _by_channel("dropout1d", input, p, training, inplace, 1)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of whole channels of ``input``, [N, C, H, W]."""
    return _by_channel("dropout2d", input, p, training, inplace, 2)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of whole channels of ``input``, [N, C, D, H, W] or [C, D, H, W]."""
    return _by_channel("dropout3d", input, p, training, inplace, 3)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False,
                  inplace: bool = False) -> Any:
    """Dropout that keeps mean and variance after :func:`selu` (Klambauer et al., 2017)."""
    return _alpha(input, p, training, inplace, shape_of(input))


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False,
                          inplace: bool = False) -> Any:
    """:func:`alpha_dropout` of whole channels."""
    return _alpha(input, p, training, inplace, _channels(input) if training else shape_of(input))


def _check(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _channels(input: Handle) -> tuple[int, ...]:
    shape = shape_of(input)
    if len(shape) < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return (*shape[:2], *(1,) * (len(shape) - 2))


def _by_channel(name: str, input: Any, p: float, training: bool, inplace: bool, dims: int) -> Any:
    _check(p)
    ndim = len(shape_of(input))
    if ndim not in (dims + 1, dims + 2) and name == "dropout1d":
        raise RuntimeError(f"{name}: Expected {dims + 1}D or {dims + 2}D input, but received a "
                           f"{ndim}D input.")
    if ndim not in (dims + 1, dims + 2):
        warnings.warn_explicit(
            f"{name}: Received a {ndim}-D input to {name}, which is deprecated and will result in "
            "an error in a future release.", UserWarning, *user_line())
    if ndim != dims + 1 or name == "dropout2d":
        return feature_dropout(input, p, training, inplace)
    shape = (shape_of(input)[0], *(1,) * dims)
    return _apply(input, p, training, inplace, shape)


def _apply(input: Any, p: float, training: bool, inplace: bool, shape: tuple[int, ...]) -> Any:
    _check(p)
    if not training or p == 0 or 0 in shape_of(input):
        return input
    levels = drawing()
    mask = _mask(input, (*[level.size for level in levels], *shape), 1 - p)
    return _recorded(mul, input, a_sample(hold_beside(input, mask), levels), inplace)


def _recorded(op: Operation, input: Any, other: Any, inplace: bool) -> Any:
    args = (input, other, *(None,) * (len(op.kinds) - 2))
    return record_write(op, args) if inplace else call(op, args)


def _mask(input: Handle, shape: tuple[int, ...], keep: float) -> Array:
    """``1 / keep`` with probability ``keep``, else 0."""
    dtype: DType = dtype_of(input)
    if not dtype.is_differentiable:
        raise RuntimeError(f"result type Float can't be cast to the desired output type "
                           f"{dtype.legacy_name}")
    kind = dtype.numpy
    if keep == 0:
        return np.zeros(shape, kind)
    drawn = _drawn(input, shape, keep, dtype.to_real().numpy)
    wide: Any = np.float64 if drawn.dtype.itemsize > 4 else np.float32   # of sixteen bits, too
    return np.asarray(drawn * drawn.dtype.type(wide(1) / wide(keep)), kind)


def _drawn(input: Handle, shape: tuple[int, ...], keep: float, kind: np.dtype[Any]) -> Array:
    """Ones with probability ``keep``, else zeros; drawn in the order in which the elements of
    ``input`` lie in memory, which is another one in a transposed matrix."""
    strides = layout_of(input)
    if not strides or shape != shape_of(input):
        return default_generator.bernoulli(keep, shape, kind)
    order = memory_order(shape, strides)
    drawn = default_generator.bernoulli(keep, tuple(shape[axis] for axis in order), kind)
    return np.ascontiguousarray(drawn.transpose(np.argsort(order)))


def _alpha(input: Any, p: float, training: bool, inplace: bool, shape: tuple[int, ...]) -> Any:
    _check(p)
    if not training or p == 0 or 0 in shape_of(input):
        return input
    kind = dtype_of(input).numpy
    if p == 1:
        return _recorded(mul, input, hold_beside(input, np.zeros(shape, kind)), inplace)
    alpha = SELU_ALPHA * SELU_SCALE
    scale = 1 / math.sqrt((alpha * alpha * p + 1) * (1 - p))
    levels = drawing()
    kept = _drawn(input, (*[level.size for level in levels], *shape), 1 - p, kind)
    shift = (kept - 1) * kind.type(alpha * scale) + kind.type(alpha * scale * p)
    factor = a_sample(hold_beside(input, kept * kind.type(scale)), levels)
    scaled = _recorded(mul, input, factor, inplace)
    offset = a_sample(hold_beside(input, shift.astype(kind)), levels)
    return _recorded(add, scaled, offset, inplace)
