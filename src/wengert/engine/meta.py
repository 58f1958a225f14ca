"""The device ``meta``: arrays that have a shape and a dtype and no elements.

A program on it computes shapes alone (``backends/elsewhere.py``). ``devices.py`` loads this when
somebody first asks for the device.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

NO_DATA = "Cannot copy out of meta tensor; no data!"


class _Flags:
    c_contiguous = writeable = True
    f_contiguous = False

    def __getitem__(self, name: str) -> bool:
        return name != "F_CONTIGUOUS"


class MetaArray(NDArrayOperatorsMixin):
    """An array without elements; what NumPy's functions give of it has none either."""

    __slots__ = ("dtype", "shape")
    flags = _Flags()

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)

    @property
    def ndim(self) -> int:
        """How many dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many elements there would be."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def itemsize(self) -> int:
        """The bytes of one."""
        return int(self.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        """None are taken."""
        return 0

    @property
    def strides(self) -> tuple[int, ...]:
        """Those of elements row by row."""
        steps, step = [], self.dtype.itemsize
        for length in reversed(self.shape):
            steps.append(step)
            step *= max(length, 1)
        return tuple(reversed(steps))

    @property
    def T(self) -> MetaArray:
        """The transpose."""
        return MetaArray(self.shape[::-1], self.dtype)

    real = property(lambda self: _wrapped(_bare(self).real))
    imag = property(lambda self: _wrapped(_bare(self).imag))

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise NotImplementedError(NO_DATA)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        found = _wrapped(getattr(ufunc, method)(*_bare(inputs), **_bare(kwargs)))
        return out[0] if out is not None else found

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _wrapped(func(*_bare(args), **_bare(kwargs)))

    def __getitem__(self, index: Any) -> Any:
        return _wrapped(np.asarray(_bare(self)[_bare(index)]))

    def __setitem__(self, index: Any, value: Any) -> None:
        """Nothing to write."""

    def __bool__(self) -> bool:
        raise NotImplementedError(NO_DATA)

    __int__ = __float__ = __complex__ = __index__ = __bool__

    def __len__(self) -> int:
        return self.shape[0]

    def item(self) -> NoReturn:
        """NotImplementedError: there is no element."""
        raise NotImplementedError(NO_DATA)

    tolist = item

    def astype(self, dtype: Any, **options: Any) -> MetaArray:
        """The same shape in another dtype."""
        return MetaArray(self.shape, dtype)

    def copy(self, order: str = "C") -> MetaArray:
        """The same."""
        return MetaArray(self.shape, self.dtype)

    def method(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """What the method of an array gives."""
        return _wrapped(getattr(_bare(self), name)(*_bare(args), **_bare(kwargs)))


def _method(name: str) -> Any:
    return lambda self, *args, **kwargs: self.method(name, *args, **kwargs)


for _name in ("diagonal", "ravel", "reshape", "squeeze", "swapaxes", "transpose", "view"):
    setattr(MetaArray, _name, _method(_name))


def _bare(value: Any) -> Any:
    """``value`` with arrays of NumPy's, of one element repeated, for those without any."""
    if isinstance(value, MetaArray):
        return np.broadcast_to(np.zeros((), value.dtype), value.shape)
    if type(value) in (tuple, list):
        return type(value)(map(_bare, value))
    return {key: _bare(each) for key, each in value.items()} if type(value) is dict else value


def _wrapped(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return MetaArray(value.shape, value.dtype)
    return type(value)(map(_wrapped, value)) if type(value) in (tuple, list) else value


class MetaLibrary:
    """The library of the device."""

    array = MetaArray

    def __init__(self, where: Any) -> None:
        self.where = where

    def device_of(self, array: MetaArray) -> Any:
        """``meta``."""
        return self.where

    def from_host(self, array: Any, where: Any) -> MetaArray:
        """Its shape and dtype."""
        return MetaArray(array.shape, array.dtype)

    def to_host(self, array: MetaArray) -> NoReturn:
        """NotImplementedError: there are no elements."""
        raise NotImplementedError(NO_DATA)

    def computes(self, node: Any) -> bool:
        """True: shapes."""
        return True

    def full(self, shape: tuple[int, ...], value: Any, dtype: Any, where: Any) -> MetaArray:
        """The shape and dtype."""
        return MetaArray(shape, dtype)

