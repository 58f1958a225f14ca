""":class:`Array`: a tensor with the methods of a NumPy array.

Where a tensor and an array have a method of the same name that does different things (``size``,
``max``, ``var``, ``transpose``, ``repeat``, ...), an ``Array`` does what the array does; a call
with PyTorch's keywords (``dim=``, ``keepdim=``) does what PyTorch does. In everything else it is a
tensor: it records, requires grad, goes into ``torch``'s functions, which return tensors.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import wengert as torch

from ...engine.recording.flushing import host
from ...engine.recording.handle import Handle
from ...engine.recording.operators import is_differentiated
from ...engine.recording.recorder import hold
from ...engine.recording.recording import dtype_of, shape_of
from ...tensors.overriding import disabled
from .operands import as_dtype, cast, kind, tensor, tensors_in
from .table import UFUNCS
from .ufuncs import call

Tensor = torch.Tensor
_numpy: Any = np
"""NumPy where its types know nothing of tensors."""
TORCHS = frozenset(["dim", "keepdim", "unbiased", "correction", "start_dim", "end_dim", "dims",
                    "dim0", "dim1", "descending", "index", "offset_", "input"])
"""Keywords by which a call says that it means PyTorch's method."""
LOST = ("{}() of an Array whose derivative is wanted would lose it: use NumPy's functions instead "
        "of the module math's, np.stack for an array of several, and make arrays that are written "
        "to by np.zeros_like(x) or np.zeros(n, like=x). For the value alone: x.item()")


class Size(int):
    """The number of elements, as NumPy has it; called, the shape, as PyTorch has it."""

    def __new__(cls, of: Any) -> Size:
        made = int.__new__(cls, int(np.prod(shape_of(of), dtype=int)))
        made._shape = of.shape
        return made

    _shape: Any

    def __call__(self, dim: int | None = None) -> Any:
        return self._shape if dim is None else self._shape[dim]


class NumbersType:
    """The dtype of a single number whose derivative is wanted, which NumPy's own code for arrays of
    objects (``np.mean``, ``np.var``) applies to it: ``dtype.type(x)`` is ``x``."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = self.__numpy_dtype__ = dtype

    def __getattr__(self, name: str) -> Any:
        return getattr(self.dtype, name)

    def __eq__(self, other: object) -> bool:
        return bool(self.dtype == other)

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return repr(self.dtype)

    def type(self, x: Any) -> Any:
        """``x`` as a number of this dtype."""
        return cast(x, self.dtype) if isinstance(x, Handle) else self.dtype.type(x)


def as_array(t: Any, given: list[Any] | tuple[Any, ...] = ()) -> Any:
    """A tensor that was just made as an :class:`Array`; one that was ``given`` stays what it is,
    and a view of it is returned."""
    if type(t) is not Tensor and type(t) is not Array:
        return t
    if any(t is each for each in given):
        t = Tensor.view_as(t, t)
    t.__class__ = Array
    return t


class Array(Tensor):
    """A tensor with the methods of a NumPy array; :func:`array` makes one.

    Results of NumPy's functions are Arrays where a derivative is wanted.

    >>> import numpy as np
    >>> from wengert.interop.numpy import array
    >>> x = array([[1.0, 5.0], [3.0, 2.0]])
    >>> x.size, x.dtype, np.exp(x).max(axis=0).shape
    (4, dtype('float64'), torch.Size([2]))
    """

    __slots__ = ()
    _stays = True
    __torch_function__ = disabled   # type: ignore[assignment]  # PyTorch's way to say: not asked

    # What NumPy programs ask
    @property
    def dtype(self) -> Any:
        """The NumPy dtype."""
        found = dtype_of(self).numpy
        return found if shape_of(self) or not is_differentiated(self) else NumbersType(found)

    @property
    def size(self) -> Any:
        """The number of elements."""
        return Size(self)

    @property
    def nbytes(self) -> int:
        """The number of bytes of the elements."""
        return int(self.size) * self.itemsize

    @property
    def itemsize(self) -> int:
        """The number of bytes of an element."""
        return dtype_of(self).itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        """The bytes from an element to the next, for each axis."""
        return tuple([n * self.itemsize for n in self.stride()])

    @property
    def T(self) -> Any:
        """The array with its axes reversed."""
        return as_array(Tensor.permute(self, tuple(range(self.ndim))[::-1]))

    @property
    def mT(self) -> Any:
        """The matrices in the last two axes, transposed."""
        return as_array(Tensor.transpose(self, -1, -2))

    def to_device(self, device: Any, /, *, stream: Any = None) -> Any:
        """The array on a device."""
        return as_array(self.to(device), (self,))

    @property
    def flat(self) -> Any:
        """The elements, row by row."""
        return self.reshape(-1)

    @property
    def real(self) -> Any:
        """The real part."""
        return np.real(self)

    @real.setter
    def real(self, value: Any) -> None:
        super().real[...] = torch.as_tensor(value)

    @property
    def imag(self) -> Any:
        """The imaginary part; zeros of a real array."""
        return np.imag(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        if not self.is_complex():
            raise TypeError("array does not have imaginary part to set")
        super().imag[...] = torch.as_tensor(value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """The values; where a derivative is wanted, an array of objects: an Array for each element,
        so that ``np.array([x[0], x[1]])`` is differentiated too."""
        if not is_differentiated(self):
            return Tensor.__array__(self, dtype, copy)
        if dtype is not None and np.dtype(dtype) != object:
            raise TypeError(LOST.format("np.asarray"))
        return elements(self)

    def __float__(self) -> float:
        if is_differentiated(self):
            raise TypeError(LOST.format("float"))
        return Tensor.__float__(self)

    def __complex__(self) -> complex:
        if is_differentiated(self):
            raise TypeError(LOST.format("complex"))
        return Tensor.__complex__(self)

    def __round__(self, digits: int = 0) -> Any:
        return np.round(self, digits)

    def __divmod__(self, other: Any) -> Any:
        return np.divmod(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return np.divmod(other, self)

    def __hash__(self) -> int:
        return id(self)

    # Indexing
    def __getitem__(self, index: Any) -> Any:
        index, turned = forward_slices(index, tuple(shape_of(self)))
        part = Tensor.__getitem__(self, index)
        if turned:
            part = torch.flip(part, turned)
        return as_array(part, (self,))

    def __setitem__(self, index: Any, value: Any) -> None:
        index, turned = forward_slices(index, tuple(shape_of(self)))
        new = value if isinstance(value, (bool, int, float, complex)) else cast(
            tensor(value), kind(self))
        if turned:
            part = shape_of(Tensor.__getitem__(self, index))
            new = torch.flip(torch.broadcast_to(tensor(new), part), turned)
        Tensor.__setitem__(self, index, new)

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return iter([as_array(part) for part in torch.unbind(self, 0)])

    # Methods that are no functions of NumPy's
    def copy(self, order: str = "C") -> Any:
        """A copy; the derivative goes through it."""
        return np.copy(self)

    def astype(self, dtype: Any, *args: Any, copy: bool = True, **kwargs: Any) -> Any:
        """The array in another dtype, a copy."""
        return as_array(cast(self, dtype) if as_dtype(dtype) is not dtype_of(self) or not copy
                        else torch.clone(self), (self,))

    def flatten(self, *args: Any, **kwargs: Any) -> Any:
        """The elements in one axis."""
        if TORCHS & kwargs.keys() or (args and isinstance(args[0], int)):
            return Tensor.flatten(self, *args, **kwargs)
        return np.ravel(self, *args, **kwargs)

    def reshape(self, *shape: Any, order: str = "C", **kwargs: Any) -> Any:
        """The elements in another shape, in C's or Fortran's order."""
        if order == "C" and not kwargs:
            return as_array(Tensor.reshape(self, *shape), (self,))
        return _numpy.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any, **kwargs: Any) -> Any:
        """The axes in another order, reversed if none is said."""
        if TORCHS & kwargs.keys():
            return Tensor.transpose(self, *axes, **kwargs)
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) if axes else None)

    def fill(self, value: Any) -> None:
        """Write one number everywhere."""
        Tensor.fill_(self, value)

    def sort(self, axis: int = -1, **kwargs: Any) -> Any:   # type: ignore[override]  # NumPy's
        """Sort in place, along the last axis unless told otherwise."""
        if TORCHS & kwargs.keys():
            return Tensor.sort(self, **kwargs)
        self.copy_(_numpy.sort(self, axis))
        return None

    def item(self, *index: Any) -> Any:
        """An element as a Python number."""
        return Tensor.item(self[index] if index else self)

    def conj(self) -> Any:
        """The complex conjugate."""
        return np.conjugate(self)

    conjugate = conj

    def dot(self, b: Any) -> Any:
        """NumPy's product with ``b``."""
        return np.dot(self, b)

    def tobytes(self) -> bytes:
        """The bytes of the values."""
        found: bytes = self.detach().numpy().tobytes()
        return found


class Elements(np.ndarray[Any, np.dtype[Any]]):
    """The elements of a tensor as NumPy's C code has them: an array of objects. Methods of arrays
    compute with these one by one; the next function of NumPy's makes an Array of them again."""

    __array_priority__ = 1000

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        given = [whole(x) for x in inputs]
        return getattr(ufunc, method)(*given, **{k: whole(v) for k, v in kwargs.items()})

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return func(*whole(args), **whole(kwargs))


def whole(x: Any) -> Any:
    """``x`` with Arrays for arrays of elements."""
    if isinstance(x, Elements):
        return as_array(tensor(np.asarray(x)))
    if type(x) in (list, tuple):
        return type(x)([whole(each) for each in x])
    return {k: whole(v) for k, v in x.items()} if type(x) is dict else x


def elements(x: Any) -> Any:
    """The elements of a tensor, each an :class:`Array`. NumPy keeps a 0-dim tensor itself, and not
    what it is given here: so that becomes one."""
    out = np.empty(tuple(shape_of(x)), object)
    if not out.shape:
        out[()] = as_array(x)
    else:
        for place in np.ndindex(out.shape):
            out[place] = as_array(Tensor.__getitem__(x, place))
    return out.view(Elements)


# Methods that are functions of NumPy's
def _method(function: Any) -> Callable[..., Any]:
    name = function.__name__
    torchs = getattr(Tensor, name, None)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if torchs is not None and TORCHS & kwargs.keys():
            return torchs(self, *args, **kwargs)
        return function(self, *args, **kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"``np.{name}`` of the array."
    return method


for _function in (
        np.sum, np.prod, np.mean, np.var, np.std, np.max, np.min, np.all, np.any, np.argmax,
        np.argmin, np.argsort, np.cumsum, np.cumprod, np.clip, np.round, np.trace, np.ravel,
        np.swapaxes, np.squeeze, np.repeat, np.take, np.compress, np.choose, np.diagonal,
        np.nonzero, np.searchsorted):
    setattr(Array, _function.__name__, _method(_function))


# Operators
def _operator(ufunc: Any, reflected: bool) -> Callable[..., Any]:
    row = UFUNCS[ufunc]

    def method(self: Any, other: Any) -> Any:
        if not isinstance(other, (Handle, bool, int, float, complex, np.ndarray, np.generic,
                                  list, tuple)):
            return NotImplemented
        if isinstance(other, np.ndarray) and other.dtype == object:
            other = tensor(other)
        return as_array(call(ufunc, row, (other, self) if reflected else (self, other)))
    return method


def _unary(ufunc: Any) -> Callable[..., Any]:
    row = UFUNCS[ufunc]
    return lambda self: as_array(call(ufunc, row, (self,)))


_OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide,
    "floordiv": np.floor_divide, "mod": np.remainder, "pow": np.power, "matmul": np.matmul,
    "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "lshift": np.left_shift,
    "rshift": np.right_shift}
for _name, _ufunc in _OPERATORS.items():
    setattr(Array, f"__{_name}__", _operator(_ufunc, False))
    setattr(Array, f"__r{_name}__", _operator(_ufunc, True))
for _name, _ufunc in {"lt": np.less, "le": np.less_equal, "gt": np.greater,
                      "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal}.items():
    setattr(Array, f"__{_name}__", _operator(_ufunc, False))
for _name, _ufunc in {"neg": np.negative, "pos": np.positive, "abs": np.absolute,
                      "invert": np.invert}.items():
    setattr(Array, f"__{_name}__", _unary(_ufunc))


def _in_place(name: str) -> Callable[..., Any]:
    """``+=`` and its like: a number is replaced, as NumPy's are; an array is written."""
    writes = getattr(Tensor, f"__i{name}__", None)
    plain = getattr(operator, f"__{name}__")

    def method(self: Any, other: Any) -> Any:
        if not self.ndim or writes is None:
            return plain(self, other)
        if isinstance(other, Handle):
            return writes(self, other)
        return writes(self, other if isinstance(other, (bool, int, float, complex))
                      else tensor(other))
    return method


for _name in _OPERATORS:
    setattr(Array, f"__i{_name}__", _in_place(_name))


def forward_slices(index: Any, shape: tuple[int, ...]) -> tuple[Any, list[int]]:
    """An index without negative steps, and the axes of its result that are to be turned."""
    items = index if isinstance(index, tuple) else (index,)
    if not any(type(item) is slice and item.step is not None and item.step < 0 for item in items):
        return index, []
    if any(not (type(item) is slice or item is None or item is Ellipsis
                or isinstance(item, (int, np.integer))) for item in items):
        raise NotImplementedError("an index with a negative step beside index arrays: take one "
                                  "after the other, x[::-1][places]")
    left = len(shape) - sum(item is not None and item is not Ellipsis for item in items)
    made: list[Any] = []
    turned: list[int] = []
    axis = out = 0
    for item in items:
        if item is Ellipsis:
            axis, out = axis + left, out + left
        elif item is None:
            out += 1
        elif type(item) is slice:
            if item.step is not None and item.step < 0:
                chosen = range(shape[axis])[item]
                item = slice(chosen[-1], chosen[0] + 1, -item.step) if chosen else slice(0, 0)
                turned.append(out)
            axis, out = axis + 1, out + 1
        else:
            axis += 1
        made.append(item)
    return tuple(made), turned


def array(x: Any, dtype: Any = None, *, requires_grad: bool = False) -> Any:
    """``x`` (numbers, an array, a tensor, lists of them) as an :class:`Array`, with NumPy's dtype.

    The derivative goes on to a tensor that ``x`` is or holds. An array is copied.

    >>> array([1, 2]).dtype, array(2.0).ndim
    (dtype('int64'), 0)
    """
    found = cast(tensor(x), dtype)
    if found is x:
        found = Tensor.view_as(found, found) if is_differentiated(found) else hold(
            np.array(host(found)))
    made = as_array(found, tuple(tensors_in(x)))
    return made.requires_grad_() if requires_grad else made


__all__ = ["Array", "array", "as_array"]
