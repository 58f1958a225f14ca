"""Tensors by class: ``torch.Tensor(2, 3)``, ``torch.LongTensor([1])``, ``x.new_zeros(4)``.

:class:`Construction` is the part of Tensor with ``new_...``; :class:`TensorType` is what
``torch.FloatTensor`` and its like are.
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from ..engine.devices import libraries
from ..engine.dtypes import ALL, DType, get_default_dtype
from ..engine.recording.handle import Handle
from ..engine.recording.operation import detach
from ..engine.recording.recorder import hold, record
from ..engine.recording.recording import device_of, dtype_of
from .creation import (
    Options,
    as_dtype,
    as_scalar,
    as_shape,
    blank,
    check_options,
    finish,
    leaf,
)
from .data import array_of, is_sequence
from .fitting import fitted
from .size import Size


def constructed(dtype: DType, args: tuple[Any, ...]) -> Any:
    """What ``torch.Tensor(*args)`` is: a tensor of the sizes ``args``, or of the data ``args[0]``.

    A tensor of sizes holds zeros. TypeError for a number that is no size.
    """
    if len(args) == 1 and (isinstance(args[0], (Handle, np.ndarray))
                           or not hasattr(args[0], "__index__")):
        data = args[0]
        if isinstance(data, Size):
            return hold(np.zeros(data, dtype.numpy))
        if isinstance(data, Handle):
            return record(detach, (data,))
        if not is_sequence(data) and not hasattr(data, "__array__"):
            raise TypeError(f"new(): data must be a sequence (got {type(data).__name__})")
        return hold(array_of(data, dtype))
    shape = as_shape("new", args) if args else (0,)
    return hold(np.zeros(shape, dtype.numpy))


class TensorType(type):
    """The class of ``torch.FloatTensor``, ...: calling it makes a tensor of its dtype."""

    dtype: DType

    def __call__(cls, *args: Any, device: Any = None) -> Any:
        check_options(cls.__name__, {"device": device})
        data = args[0] if len(args) == 1 else None
        if isinstance(data, Handle) and dtype_of(data) is not cls.dtype:
            raise TypeError(f"expected a tensor of {cls.dtype}, got one of {dtype_of(data)}; use "
                            f".to({cls.dtype})")
        return constructed(cls.dtype, args)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Handle) and dtype_of(instance) is cls.dtype


def _tensor_type(dtype: DType) -> TensorType:
    name = f"{dtype.legacy_name}Tensor"
    doc = f"``torch.{name}(data)`` or ``torch.{name}(*sizes)``: a tensor of dtype {dtype}."
    return TensorType(name, (), {"dtype": dtype, "__module__": "torch", "__doc__": doc})


TENSOR_TYPES = {dtype: _tensor_type(dtype) for dtype in ALL}
"""``torch.FloatTensor`` and its like, by dtype."""
BoolTensor, ByteTensor, CharTensor, ShortTensor, IntTensor, LongTensor, HalfTensor = (
    list(TENSOR_TYPES.values())[:7])
BFloat16Tensor, FloatTensor, DoubleTensor = list(TENSOR_TYPES.values())[7:10]


class Construction:
    """The part of Tensor that makes other tensors of its dtype."""

    __slots__ = ()

    def __new__(cls, *args: Any, device: Any = None, **kwargs: Any) -> Any:
        """``Tensor(*sizes)`` or ``Tensor(data)``, of the default dtype."""
        check_options("Tensor", {"device": device})
        if kwargs:
            data = kwargs.pop("data", None)
            if kwargs or args:
                raise TypeError(f"new() received unexpected keyword arguments {list(kwargs)}")
            args = (data,)
        return of_class(cls, constructed(get_default_dtype(), args))

    def new(self: Any, *args: Any, device: Any = None) -> Any:
        """``x.new(*sizes)`` or ``x.new(data)``: a tensor of the same dtype."""
        check_options("new", {"device": device})
        return constructed(dtype_of(self), args)

    def new_tensor(self: Any, data: Any, *, dtype: DType | None = None, device: Any = None,
                   requires_grad: bool = False, pin_memory: bool = False) -> Any:
        """A tensor with a copy of ``data``, of the same dtype unless another is given."""
        check_options("new_tensor", {"device": device, "pin_memory": pin_memory})
        out = hold(array_of(data, as_dtype("new_tensor", dtype, dtype_of(self))))
        return leaf(out) if requires_grad else out

    def new_empty(self: Any, *size: Any, dtype: DType | None = None,
                  **options: Unpack[Options]) -> Any:
        """A tensor of a shape and the same dtype, to be written; until then it holds zeros."""
        return self._new("new_empty", size, 0, dtype, options)

    def new_zeros(self: Any, *size: Any, dtype: DType | None = None,
                  **options: Unpack[Options]) -> Any:
        """Zeros of a shape and the same dtype."""
        return self._new("new_zeros", size, 0, dtype, options)

    def new_ones(self: Any, *size: Any, dtype: DType | None = None,
                 **options: Unpack[Options]) -> Any:
        """Ones of a shape and the same dtype."""
        return self._new("new_ones", size, 1, dtype, options)

    def new_full(self: Any, size: Any, fill_value: Any, *, dtype: DType | None = None,
                 **options: Unpack[Options]) -> Any:
        """A tensor of a shape and the same dtype of which every element is ``fill_value``."""
        number = as_scalar("new_full", fill_value)
        return self._new("new_full", (size,), number, dtype, options)

    def _new(self: Any, name: str, size: tuple[Any, ...], number: complex, dtype: DType | None,
             options: Any) -> Any:
        if not size and "size" in options:
            size = (options.pop("size"),)
        shape = as_shape(name, size)
        kind = as_dtype(name, dtype, dtype_of(self))
        if libraries:
            options.setdefault("device", device_of(self))
        return finish(name, blank(shape, fitted(number, kind), kind, options), options)


def of_class(cls: type, made: Any) -> Any:
    """The tensor ``made``, new and known to nobody else, as one of the class ``cls``."""
    if type(made) is not cls:
        made.__class__ = cls
    return made
