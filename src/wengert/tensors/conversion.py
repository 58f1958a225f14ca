"""From tensors to Python, NumPy, text, other dtypes and copies; and writing to tensors whole.

:class:`Conversion` is the part of Tensor. A value that leaves the recorded world (``item``,
``numpy``, ``print``) ends the recording; ``to`` and ``copy_`` are recorded like any operation.
"""

from __future__ import annotations

import copy
import textwrap
import warnings
from typing import Any, SupportsIndex

import numpy as np

from ..engine.arrays import check_host
from ..engine.devices import CPU, META, check_device, device
from ..engine.dtypes import (
    DType,
    bfloat16,
    bool_,
    complex32,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    of_numpys,
    of_python,
    uint8,
)
from ..engine.lazy import lazy
from ..engine.recording.at_once import at_once
from ..engine.recording.calls import caller
from ..engine.recording.exposure import expose, exposed_again
from ..engine.recording.flushing import left, number_of_part, value
from ..engine.recording.handle import (
    Array,
    Handle,
    Store,
    buffer_of,
    extra,
    extra_of,
    is_in_memory,
    shared_store,
    unit_of,
)
from ..engine.recording.lanes import as_shown
from ..engine.recording.operation import detach
from ..engine.recording.rebinding import become_result, copy_value
from ..engine.recording.recorder import as_python, hold, record, record_write
from ..engine.recording.recording import device_of, dtype_of, here, history, shape_of
from ..engine.recording.replay import layout_of, view_of
from ..engine.recording.sharing import check_writable
from ..engine.recording.strides import contiguous_strides, is_contiguous
from ..functions import copies
from ..functions.copies import clone, to_device, to_dtype
from ..functions.shape import as_strided
from .attributes import offset_of
from .construction import TENSOR_TYPES, Construction, TensorType
from .creation import as_shape, plain
from .fitting import fitted
from .numpy_protocol import elements
from .overriding import keeps_no_class
from .spelling import also

FILL_NUMBER, FILL_TENSOR = (copies.fill.derived(copies.fill.lower, "fill") for _ in range(2))
FILL_NUMBER.grad_name, FILL_TENSOR.grad_name = "FillBackward2", "FillBackward3"


PLAIN = "?bBhHiIlLqQefdFD"
"""The dtypes that NumPy has itself."""


class Conversion(Construction):
    """The part of Tensor that converts it."""

    __slots__ = ()

    # To Python
    def item(self: Any) -> Any:
        """The only element as a Python number; RuntimeError if there is another number of them."""
        number = number_of_part(self)
        if number.__class__ is float or number.__class__ is int:
            return number
        array = left(self)
        if array.size != 1:
            raise RuntimeError(
                f"a Tensor with {array.size} elements cannot be converted to Scalar")
        number = array.item()
        return number if number.__class__ is float else plain(array)

    def tolist(self: Any) -> Any:
        """The elements as nested lists of Python numbers; a number if 0-dim."""
        array = left(self)
        if array.dtype.char not in PLAIN and dtype_of(self) is bfloat16:
            array = array.astype(np.float32)
        return array.tolist()

    def __bool__(self: Any) -> bool:
        array = left(self)
        if array.size != 1:
            what = "more than one value" if array.size else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {what} is ambiguous; ask a.any() or "
                               "a.all()")
        return bool(array.item())

    def __int__(self: Any) -> int:
        number = number_of_part(self)
        if number is None:
            array = left(self)
            number = array.item() if array.size == 1 else only(self)
        if number.__class__ is int:
            return number
        if isinstance(number, complex):
            return int(_real(number, "int64_t"))
        return int(number)

    def __float__(self: Any) -> float:
        number = number_of_part(self)
        if number is None:
            array = left(self)
            number = array.item() if array.size == 1 else only(self)
        if number.__class__ is float:
            return number
        return float(_real(number, "double") if isinstance(number, complex) else number)

    def __complex__(self: Any) -> complex:
        return complex(only(self))

    def __index__(self: Any) -> int:
        if dtype_of(self).category > 1 or value(self).size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(only(self))

    def __len__(self: Any) -> int:
        shape = shape_of(self)
        if not shape:
            raise TypeError("len() of a 0-d tensor")
        return shape[0]

    def __reversed__(self: Any) -> Any:
        return self.flip(0) if shape_of(self) else self

    def __contains__(self: Any, element: Any) -> bool:
        if not isinstance(element, (Handle, int, float, complex)):
            raise RuntimeError("Tensor.__contains__ only supports Tensor or scalar, but you passed "
                               f"in a {type(element)}.")
        return bool((self == element).any().item())

    # To text
    def __repr__(self: Any, *, tensor_contents: Any = None) -> str:
        shown = as_shown(self)
        if shown is not None:   # in a mapped function
            level, whole = shown
            with here.modes.lanes.suspended():
                text = textwrap.indent(repr(whole), "    ")
                return f"BatchedTensor(lvl={level}, bdim=0, value=\n{text}\n)"
        return describe(self)

    __str__ = __repr__

    def __format__(self: Any, spec: str) -> str:
        if not shape_of(self):
            text: str = lazy("tensors.printing").format_scalar(left(self), spec)
            return text
        return object.__format__(self, spec)

    # To NumPy
    def numpy(self: Any, *, force: bool = False) -> Array:
        """An array that shares memory with the tensor: each sees what the other writes.

        An operation uses the values at the time of its call, so a gradient is that of the values
        that were used. ``force=True`` takes a tensor that requires grad too.
        """
        if not force:   # what follows, for most
            found = exposed_again(self)
            if found is None and extra_of(self) is None and not here.modes.whole:
                buf = value(self)
                if buf.__class__ is np.ndarray and unit_of(self) is None:
                    found = buf
            if found is not None and found.dtype.char in PLAIN:
                here.modes.exits += 1
                return expose(self) if buffer_of(self) is found else found
        if force and self.requires_grad:
            self = self.detach()
        _check_detached(self)
        _check_numpy_dtype(self)
        if force:
            self = placed(self, "cpu")
        check_host(device_of(self))
        here.modes.exits += 1
        return expose(self)

    def __array__(self: Any, dtype: Any = None, copy: bool | None = None) -> Array:
        if (found := elements(self)) is not None:
            return found
        _check_detached(self, " NumPy's functions take it where docs/numpy.md lists them: np.stack "
                        "in the place of np.array.")
        _check_numpy_dtype(self)
        check_host(device_of(self))
        here.modes.exits += 1
        wanted = None if dtype is None else np.dtype(dtype)
        same = wanted is None or wanted == dtype_of(self).numpy
        if copy is False and not same:
            raise ValueError(f"Unable to avoid copy while creating an array of dtype {wanted} from "
                             f"a tensor of {dtype_of(self)}")
        return expose(self) if same and not copy else np.array(value(self), wanted)

    def __array_wrap__(self: Any, array: Any, context: Any = None,
                       return_scalar: bool = False) -> Any:
        array = np.asarray(array)
        if array.dtype.kind not in "bifc" and array.dtype != np.uint8:
            return array
        return hold(array.astype(np.uint8) if array.dtype == bool else array.copy())

    def __dlpack__(self: Any, *, stream: Any = None, max_version: Any = None,
                   dl_device: Any = None, copy: bool | None = None) -> Any:
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        here.modes.exits += 1
        options: dict[str, Any] = {} if max_version is None else {"max_version": max_version}
        if dl_device is not None:
            options["dl_device"] = dl_device
        array = np.array(value(self)) if copy else expose(self)
        return array.__dlpack__(stream=stream, **options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)

    def _is_view(self: Any) -> bool:
        """Whether the tensor is a view of another, or was once."""
        x = extra_of(self)
        return x is not None and x.store is not None and bool(x.chain) and not x.turned

    @property
    def _base(self: Any) -> Any:
        """What the tensor is a view of: the leaf, or a tensor with the value of its memory; None
        for one that is no view."""
        x = extra_of(self)
        if x is None or x.store is None or not x.chain or x.turned:
            return None
        leaf = x.store.root.leaf_handle()
        return hold(np.array(value(x.store.root))) if leaf is None else leaf

    def data_ptr(self: Any) -> int:
        """The address of the first element of the present value, for comparing and for reading.

        Views of one tensor lie in one block. A write to the tensor moves it.
        """
        here.modes.exits += 1
        array = memory_of(self)
        return int(array.__array_interface__["data"][0]) if array.size else 0

    # To another dtype or device
    def to(self: Any, *args: Any, **kwargs: Any) -> Any:
        """The tensor in another dtype; itself if there is nothing to do and ``copy`` is False.

        ``to(dtype)``, ``to(device, dtype)``, ``to(other)``, each with ``non_blocking`` and
        ``copy``. The gradient is cast back. RuntimeError for a device that is not there.

        >>> x.to(torch.float64).dtype     # doctest: +SKIP
        torch.float64
        """
        dtype, where, copied = target_of(args, kwargs)
        return converted(placed(self, where), dtype, copied)

    def type(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the tensor's type, ``"torch.FloatTensor"``; with ``dtype`` (a dtype, or a
        type's name or class) the tensor in that dtype."""
        if dtype is None:
            return f"torch.{dtype_of(self).legacy_name}Tensor"
        return converted(self, named_type(dtype))

    def type_as(self: Any, other: Handle) -> Any:
        """The tensor in the dtype of ``other``."""
        return converted(self, dtype_of(other))

    def cpu(self: Any, memory_format: Any = None) -> Any:
        """The tensor on the CPU: itself, or a copy."""
        return placed(self, "cpu")

    def cuda(self: Any, device: Any = None, non_blocking: bool = False,
             memory_format: Any = None) -> Any:
        """RuntimeError: there is no CUDA backend."""
        return placed(self, "cuda" if device is None or isinstance(device, int) else device)

    def pin_memory(self: Any, device: Any = None) -> Any:
        """RuntimeError: there is no device for which memory would be pinned."""
        raise RuntimeError("Cannot access accelerator device when none is available: there is no "
                           "need for pinned memory on the CPU.")

    def share_memory_(self: Any) -> Any:
        """NotImplementedError: tensors are not shared between processes."""
        raise NotImplementedError(
            "share_memory_: tensors are not shared between processes; send copies, or share a "
            "multiprocessing.shared_memory buffer through torch.frombuffer")

    def is_shared(self) -> bool:
        """False: tensors are not shared between processes."""
        return False

    # Writing it whole
    def copy_(self: Any, src: Any = None, non_blocking: bool = False, *, other: Any = None) -> Any:
        """Write ``src``, broadcast and cast to this shape and dtype; gradients flow to ``src``."""
        src = other if src is None else src
        if isinstance(src, np.generic):
            src = as_python(src)
        if not isinstance(src, (Handle, bool, int, float, complex)):
            raise TypeError("copy_(): argument 'other' (position 1) must be Tensor, not "
                            f"{type(src).__name__}")
        if not isinstance(src, Handle):
            src = hold(np.asarray(src))
        if dtype_of(src).is_complex:
            _warn_of_imaginary(dtype_of(self))
        elif is_in_memory(src):
            check_writable(self, "copy")
            if copy_value(self, src):
                return self
        return record_write(copies.copy, (self, src))

    def fill_(self: Any, value: Any) -> Any:
        """Write ``value``, a number or a 0-dim tensor, to every element."""
        if not isinstance(value, (Handle, bool, int, float, complex, np.generic)):
            raise TypeError("fill_() received an invalid combination of arguments - got "
                            f"({type(value).__name__}), but expected (Tensor value) or (Number "
                            "value)")
        if isinstance(value, Handle):
            return record_write(FILL_TENSOR, (self, value))
        number = fitted(value.item() if isinstance(value, np.generic) else value, dtype_of(self))
        return _fill(self, number)

    def zero_(self: Any) -> Any:
        """Write zeros."""
        return _zero(self)

    def resize_(self: Any, *sizes: Any, size: Any = None, memory_format: Any = None) -> Any:
        """Give the tensor another shape: the elements of its memory in order, from where it begins;
        where that ends before, memory of its own, with zeros after its elements."""
        shape = as_shape("resize_", sizes if size is None else (size,))
        if self.requires_grad:
            raise RuntimeError("cannot resize variables that require grad")
        if shape != shape_of(self) and not lazy("tensors.resizing").resized(self, shape):
            old = value(lazy("tensors.resizing").memory_from(self)).reshape(-1)
            flat = np.zeros(int(np.prod(shape)), old.dtype)
            flat[:old.size] = old[:flat.size]
            become_result(self, hold(flat.reshape(shape)))
        return self

    @also(the_template="other", input="self")
    def resize_as_(self: Any, other: Handle, *, memory_format: Any = None) -> Any:
        """Give the tensor the shape of ``other``, as :meth:`resize_` does."""
        return self.resize_(shape_of(other))

    def set_(self: Any, source: Any = None, *args: Any) -> Any:
        """Make this tensor share the values of the tensor ``source``."""
        if not isinstance(source, Handle) or args:
            raise NotImplementedError("set_ takes a tensor; storages are not supported")
        if not here.modes.grad and self.requires_grad:   # it keeps its history, or stays a leaf
            whole: Any = self
            whole.data = source
        else:
            become_result(self, record(detach, (source,)))
        return self

    def _take(self: Any, result: Handle, quiet: bool = False) -> Any:
        """Become ``result``, as what was given as ``out=``; ``quiet`` if it may change shape."""
        if dtype_of(result) is bool_ and self.requires_grad and shape_of(result) == shape_of(self):
            self.data.copy_(result)   # of what has no derivative
            return self
        if here.modes.grad and (self.requires_grad or history(result) is not None):
            raise RuntimeError("functions with out=... arguments don't support automatic "
                               "differentiation, but one of the arguments requires grad. Leave "
                               "out= away, or call it inside torch.no_grad()")
        check_cast(dtype_of(result), dtype_of(self))
        shape, own = shape_of(result), shape_of(self)
        if shape != own:
            if 0 not in own and not quiet:
                warnings.warn(
                    "An output with one or more elements was resized since it had shape "
                    f"{list(own)}, which does not match the required output shape {list(shape)}. "
                    "This behavior is deprecated. You can explicitly reuse an out tensor t by "
                    "resizing it, inplace, to zero elements with t.resize_(0).",
                    UserWarning, stacklevel=4)
            if not lazy("tensors.resizing").resized(self, shape):
                memory: Any = lazy("tensors.resizing").memory_from(self)
                if memory is not self:   # others see what lies in it
                    whole: Any = result
                    memory.copy_(whole.reshape(-1)[:memory.numel()])
                become_result(self, converted(result, dtype_of(self)))
                return self
        return record_write(copies.copy, (self, result))

    # Copies
    def __copy__(self: Any) -> Any:
        """A leaf that shares the values."""
        alias = self.detach()
        alias.__dict__.update(self.__dict__)
        alias.__class__ = type(self)
        return alias.requires_grad_() if self.requires_grad else alias

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Any:
        """A leaf with a copy of the values, of ``.grad`` and of the attributes."""
        if id(self) in memo:
            return memo[id(self)]
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment. Use clone(), or detach() first")
        out = _copied(self, memo)
        memo[id(self)] = out
        x = extra_of(self)
        if x is not None and x.grad is not None:
            extra(out).grad = copy.deepcopy(x.grad, memo)
        out.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return out

    def __reduce_ex__(self: Any, protocol: SupportsIndex) -> tuple[Any, ...]:
        here.modes.exits += 1
        layout = layout_of(self)
        whole = None if layout is None or is_contiguous(shape_of(self), layout) else _whole(self)
        attributes = dict(self.__dict__) or None
        if whole is None:
            return (rebuilt, (type(self), snapshot(self), self.requires_grad), attributes)
        place = (tuple(shape_of(self)), layout, offset_of(self))
        return (_rebuilt_view, (type(self), whole, place, self.requires_grad), attributes)

    def view_as(self: Any, other: Handle) -> Any:
        """``self.view(other.shape)``."""
        return self.view(_shape_like(other, "view_as"))

    def reshape_as(self: Any, other: Handle) -> Any:
        """``self.reshape(other.shape)``."""
        return self.reshape(_shape_like(other, "reshape_as"))

    def expand_as(self: Any, other: Handle) -> Any:
        """``self.expand(other.shape)``."""
        return self.expand(_shape_like(other, "expand_as"))

    def as_subclass(self: Any, cls: Any) -> Any:
        """The tensor as one of a subclass of Tensor; they share values. What is computed from it is
        of the subclass too, unless the class says otherwise (``torch.overrides``)."""
        alias = Handle._kind.view_as(self, self)  # type: ignore[attr-defined]
        alias.__class__ = cls
        return alias


def _shape_like(other: Any, name: str) -> tuple[int, ...]:
    if not isinstance(other, Handle):
        raise TypeError(f"{name}(): argument 'other' (position 1) must be Tensor, not "
                        f"{type(other).__name__}")
    return shape_of(other)


def _dtype_method(name: str, dtype: DType) -> Any:
    def method(self: Any, memory_format: Any = None) -> Any:
        return converted(self, dtype)

    method.__name__ = name
    method.__doc__ = f"The tensor in {dtype}; itself if it has that dtype."
    return method


for _name, _dtype in (
        ("float", float32), ("double", float64), ("half", float16), ("bfloat16", bfloat16),
        ("int", int32), ("long", int64), ("short", int16), ("char", int8), ("byte", uint8),
        ("bool", bool_), ("chalf", complex32), ("cfloat", complex64), ("cdouble", complex128)):
    setattr(Conversion, _name, _dtype_method(_name, _dtype))


def only(handle: Handle) -> Any:
    """The only element as a Python number; ValueError if there is another number of them."""
    array = left(handle)
    if array.size != 1:
        raise ValueError("only one element tensors can be converted to Python scalars; this one "
                         f"has the shape {list(array.shape)}")
    return plain(array)


def _real(number: complex, kind: str) -> float:
    if number.imag:
        raise RuntimeError(f"value cannot be converted to type {kind} without overflow: {number}")
    return number.real


def describe(handle: Any) -> str:
    """What a tensor prints as."""
    fn = handle.grad_fn
    name = None if fn is None else fn.name()
    kind = type(handle)
    printing = lazy("tensors.printing")
    text: str
    if handle.device is META:
        text = printing.without_values(
            shape_of(handle), dtype_of(handle).name, handle.requires_grad, name)
        return text
    text = printing.format_tensor(
        left(handle), dtype_of(handle).name, default_dtype_name=get_default_dtype().name,
        requires_grad=handle.requires_grad, grad_fn=name,
        name="tensor" if keeps_no_class(kind) else kind.__name__,
        device=None if handle.device is CPU else str(handle.device))
    return f"Parameter({text})" if handle.__dict__.get("_is_param") else text


def snapshot(handle: Handle) -> Array:
    """The present value, which nobody writes later."""
    array = value(handle)
    x = extra_of(handle)
    exposed = x is not None and x.store is not None and x.store.exposed is not None
    return array.copy() if exposed else array


def memory_of(handle: Handle) -> Array:
    """The memory in which the value of ``handle`` lies, that of its base for a view."""
    x = extra_of(handle)
    if x is None or x.store is None or x.store.is_exposed():
        return value(handle)
    return view_of(_memory_of_store(x.store), x.chain)


def _memory_of_store(store: Store) -> Array:
    """The memory of ``store``: of an alias as ``x.detach()`` that of what it is of."""
    leaf = store.leaf_handle()
    if leaf is None and store.parent is not None:
        return view_of(_memory_of_store(store.parent), store.chain)
    return value(store if leaf is None else leaf)


def rebuilt(cls: type, array: Array, requires_grad: bool) -> Any:
    """A leaf of class ``cls`` with the value ``array``."""
    out = hold(array)
    out.__class__ = cls
    extra(out).leaf = requires_grad
    return out


def _whole(handle: Handle) -> Array | None:
    """The memory that ``handle`` is a view of, row by row; None where places in it cannot be told.
    """
    x = extra_of(handle)
    if x is None or x.store is None:
        return None
    root = x.store.root
    array = value(root)
    if dtype_of(root) is not dtype_of(handle) or not (
            root.exposed is None or root.exposed.flags.c_contiguous):
        return None
    return array.copy() if root.exposed is not None else array


def _rebuilt_view(cls: type, whole: Array, place: tuple[Any, ...], requires_grad: bool) -> Any:
    """A leaf of class ``cls`` that lies at ``place`` (shape, strides, offset) in memory of its own
    with the value ``whole``."""
    return _placed(cls, hold(whole), place, requires_grad)


def _placed(cls: type, base: Handle, place: tuple[Any, ...], requires_grad: bool) -> Any:
    """A leaf of class ``cls`` that shares a part of the memory of ``base``."""
    out = record(detach, (record(as_strided, (base, *place)),))
    out.__class__ = cls
    return out.requires_grad_() if requires_grad else out


def _copied(handle: Any, memo: dict[int, Any]) -> Any:
    """A leaf with a copy of the value; copies of tensors that share memory share theirs."""
    store = shared_store(handle)
    whole = None
    if store is not None and (
            extra(handle).chain or store.parent is not None or len(store.members) > 1):
        whole = _whole(handle)
    if store is None or whole is None:
        return rebuilt(type(handle), snapshot(handle), handle.requires_grad)
    root = store.root
    base = memo.get(id(root))
    if base is None:
        base = memo[id(root)] = hold(whole)
    place = (tuple(shape_of(handle)), layout_of(handle) or contiguous_strides(shape_of(handle)),
             offset_of(handle))
    return _placed(type(handle), base, place, handle.requires_grad)


def check_cast(source: DType, target: DType) -> None:
    """RuntimeError if a result of ``source`` cannot be written to ``target``."""
    if source.category > target.category:
        raise RuntimeError(f"result type {source.legacy_name} can't be cast to the desired output "
                           f"type {target.legacy_name}")


def placed(handle: Any, where: Any) -> Any:
    """``handle`` on the device ``where``, or where it is for None: itself, or a copy."""
    target = None if where is None else check_device(where)
    if target is None or target is device_of(handle):
        return handle
    if device_of(handle) is META:
        raise NotImplementedError("Cannot copy out of meta tensor; no data! Make a tensor with "
                                  "torch.empty_like(x, device=...), or use Module.to_empty()")
    return record(to_device, (handle, str(target)))


_cast_now = at_once(to_dtype)
_fill, _zero = caller(FILL_NUMBER, writes=True), caller(copies.zero, writes=True)


def converted(handle: Any, dtype: DType | None, copied: bool = False) -> Any:
    """``handle`` in ``dtype`` (its own for None); itself if there is nothing to do."""
    own = dtype_of(handle)
    if dtype is None or dtype is own:
        return record(clone, (handle, None)) if copied else handle
    if own.is_complex:
        _warn_of_imaginary(dtype)
    if here.modes.at_once and (found := _cast_now(here.modes, handle, dtype)) is not None:
        return found
    return record(to_dtype, (handle, dtype))


def _warn_of_imaginary(dtype: DType) -> None:
    if not dtype.is_complex and dtype is not bool_:
        warnings.warn("Casting complex values to real discards the imaginary part", UserWarning,
                      stacklevel=4)


def target_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[DType | None, Any, bool]:
    """The dtype, device and ``copy`` that the arguments of ``to`` say."""
    dtype, where, other = kwargs.pop("dtype", None), kwargs.pop("device", None), None
    copied = bool(kwargs.pop("copy", False))
    for key in ("non_blocking", "memory_format"):
        kwargs.pop(key, None)
    rest = list(args)
    other = kwargs.pop("other", None)
    if rest and isinstance(rest[0], Handle):
        other = rest.pop(0)
    elif rest and as_known_dtype(rest[0]) is not None:
        dtype = rest.pop(0)
    elif rest:
        where = rest.pop(0)
        if rest and not isinstance(rest[0], bool):
            dtype = rest.pop(0)
    if kwargs or len(rest) > 3 or not all(isinstance(flag, bool) for flag in rest[:2]):
        raise TypeError("to() received an invalid combination of arguments; it takes (dtype), "
                        "(device, dtype) or (other), each with non_blocking and copy")
    if len(rest) > 1:
        copied = rest[1]
    if isinstance(other, Handle):
        return dtype_of(other), device_of(other), copied
    known = as_known_dtype(dtype)
    if dtype is not None and known is None:
        raise TypeError(f"to(): argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    if where is not None and not isinstance(where, (str, device, int)):
        raise TypeError(f"to(): argument 'device' must be torch.device, not {type(where).__name__}")
    return known, where, copied


def as_known_dtype(dtype: Any) -> DType | None:
    """The dtype that a dtype or one of Python's number types stands for; None for anything else."""
    if isinstance(dtype, DType):
        return dtype
    return of_python(dtype) if isinstance(dtype, type) else of_numpys(dtype)


def named_type(name: Any) -> DType:
    """The dtype of ``"torch.FloatTensor"``, ``torch.FloatTensor`` or a dtype; ValueError if none.
    """
    if isinstance(name, DType):
        return name
    if isinstance(name, TensorType):
        return name.dtype
    for dtype in TENSOR_TYPES:
        if name == f"torch.{dtype.legacy_name}Tensor":
            return dtype
    raise ValueError(f"invalid type: '{name.__name__ if isinstance(name, type) else name}'")


def _check_detached(handle: Any, more: str = "") -> None:
    if here.modes.grad and handle.requires_grad:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use "
                           f"tensor.detach().numpy() instead.{more}")


def _check_numpy_dtype(handle: Handle) -> None:
    if dtype_of(handle) is bfloat16:
        raise TypeError("Got unsupported ScalarType BFloat16: NumPy has none; use .float() first")
