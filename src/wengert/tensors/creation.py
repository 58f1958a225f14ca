"""New tensors: from shapes and numbers (``zeros``, ``arange``, ...) and like another tensor.

Each function takes PyTorch's keywords: ``dtype``, ``device`` (the CPU), ``layout``,
``requires_grad``, ``pin_memory`` and, where PyTorch has it, ``out``. Tensors from data the user has
are made in ``data.py``.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypedDict, Unpack

import numpy as np

from ..engine import arrays
from ..engine.arrays import moved
from ..engine.devices import CPU, check_device, check_layout, chosen, libraries
from ..engine.dtypes import (
    FLOAT,
    DType,
    category_of,
    get_default_dtype,
    int64,
    narrowed,
    of_category,
    of_numpys,
    of_python,
)
from ..engine.quiet import quiet
from ..engine.random_stream.arithmetic import each
from ..engine.random_stream.arithmetic import fma as fused
from ..engine.recording.flushing import host
from ..engine.recording.handle import Array, Handle, extra
from ..engine.recording.recorder import as_python, hold, record
from ..engine.recording.recording import device_of, dtype_of, shape_of
from ..functions.shape import as_strided
from .fitting import fitted


class Options(TypedDict, total=False):
    """The keywords that every creation function takes."""

    out: Handle | None
    layout: Any
    device: Any
    pin_memory: bool | None
    requires_grad: bool
    memory_format: Any


_OPTIONS = Options.__annotations__.keys()
_RANGES = {"arange", "range", "linspace", "logspace"}


def finish(name: str, array: Array, options: Options) -> Any:
    """The tensor of a fresh ``array`` as the keywords of ``name`` say."""
    check_options(name, options)
    out = options.get("out")
    if out is not None:
        taken: Any = out
        if name in _RANGES and math.prod(shape := shape_of(taken)) == array.size:
            array = array.reshape(shape)   # as many elements keep their shape
        return taken._take(hold(array), quiet=True)
    if libraries:
        array = moved(array, chosen(options.get("device")))
    return leaf(hold(array)) if options.get("requires_grad") else hold(array)


def check_options(name: str, options: Options) -> None:
    """TypeError for an unknown keyword; errors for what only PyTorch has."""
    if not options:
        return
    for key in options:
        if key not in _OPTIONS:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
    check_device(options.get("device"))
    check_layout(options.get("layout"))
    if options.get("pin_memory"):
        raise RuntimeError("pin_memory=True requires a CUDA or other accelerator backend; no "
                           "pinned memory allocator is available on this system.")


def blank(shape: Sequence[int], number: complex, dtype: DType, options: Options) -> Any:
    """A buffer of one value on the device that the keywords say."""
    where = chosen(options.get("device")) if libraries and options.get("out") is None else CPU
    return arrays.filled(tuple(shape), number, dtype.numpy, where)


def leaf(handle: Handle) -> Handle:
    """``handle``, which is new, as a leaf that requires grad; RuntimeError for an integer dtype."""
    dtype = dtype_of(handle)
    if not dtype.is_differentiable:
        raise RuntimeError("Only Tensors of floating point and complex dtype can require "
                           f"gradients; this one is {dtype}: say dtype=torch.float32")
    extra(handle).leaf = True
    return handle


def as_dtype(name: str, dtype: Any, default: DType | None = None) -> DType:
    """A ``dtype`` argument: ``default`` (or the default dtype) for None; TypeError if it is none.
    """
    if dtype.__class__ is DType:
        found: DType = dtype
        return found
    if dtype is None:
        return default or get_default_dtype()
    python = of_python(dtype) if isinstance(dtype, type) else of_numpys(dtype)
    if python is None:
        raise TypeError(f"{name}(): argument 'dtype' must be torch.dtype, not "
                        f"{type(dtype).__name__}")
    return python


def chosen_dtype(name: str, dtype: Any, options: Options) -> DType:
    """The dtype of a result that may go to ``out``."""
    out = options.get("out")
    return as_dtype(name, dtype, dtype_of(out) if out is not None and dtype is None else None)


_INTS = {int}


def as_shape(name: str, size: Sequence[Any]) -> tuple[int, ...]:
    """A shape given as ints or as one sequence; TypeError or RuntimeError if it is none."""
    given = size[0] if len(size) == 1 and size[0].__class__ in (tuple, list) else size
    if _INTS.issuperset(map(type, given)) and (not given or min(given) >= 0):
        return tuple(given)
    given = size
    alone = len(size) == 1 and not hasattr(size[0], "__index__")
    if alone:
        given = size[0]
        if not isinstance(given, (tuple, list)):
            raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not "
                            f"{type(given).__name__}")
    shape = []
    for place, length in enumerate(given):
        if isinstance(length, bool) or not hasattr(length, "__index__"):
            kind = type(length).__name__
            raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, " + (
                f"but found element of type {kind} at pos {place}" if alone else f"not {kind}"))
        shape.append(operator.index(length))
    if shape and min(shape) < 0:
        raise RuntimeError(f"{name}: Dimension size must be non-negative. Trying to create tensor "
                           f"with negative dimension {min(shape)}: {shape}")
    return tuple(shape)


def _size(name: str, size: Sequence[Any], options: Any) -> tuple[int, ...]:
    if not size:
        if "size" not in options:
            raise TypeError(f"{name}() missing 1 required positional arguments: \"size\"")
        size = (options.pop("size"),)
    return as_shape(name, size)


# Constant tensors
def zeros(*size: Any, dtype: DType | None = None, **options: Unpack[Options]) -> Any:
    """Zeros of a shape, given as ints or as one tuple.

    >>> zeros(2, 3).shape
    torch.Size([2, 3])
    """
    shape = _size("zeros", size, options)
    return finish("zeros", blank(shape, 0, chosen_dtype("zeros", dtype, options), options),
                  options)


def ones(*size: Any, dtype: DType | None = None, **options: Unpack[Options]) -> Any:
    """Ones of a shape, given as ints or as one tuple."""
    shape = _size("ones", size, options)
    return finish("ones", blank(shape, 1, chosen_dtype("ones", dtype, options), options),
                  options)


def empty(*size: Any, dtype: DType | None = None, **options: Unpack[Options]) -> Any:
    """A tensor to be written; until then it holds zeros."""
    shape = _size("empty", size, options)
    return finish("empty", blank(shape, 0, chosen_dtype("empty", dtype, options), options),
                  options)


def empty_strided(size: Sequence[int], stride: Sequence[int], *, dtype: DType | None = None,
                  **options: Unpack[Options]) -> Any:
    """A tensor to be written, with the given strides (in elements); until then it holds zeros."""
    shape, strides = as_shape("empty_strided", (size,)), tuple(map(operator.index, stride))
    if len(shape) != len(strides):
        raise RuntimeError(f"mismatch in length of strides and shape: {list(shape)} and "
                           f"{list(strides)}")
    last = sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) if 0 not in shape else -1
    requires_grad = options.pop("requires_grad", False)
    kind = as_dtype("empty_strided", dtype)
    memory = finish("empty_strided", np.zeros(last + 1, kind.numpy), options)
    view = record(as_strided, (memory, shape, strides, 0))
    return view.requires_grad_() if requires_grad else view


def full(size: Any, fill_value: Any, *, dtype: DType | None = None,
         **options: Unpack[Options]) -> Any:
    """A tensor of which every element is ``fill_value``; it also gives the dtype if none is given.

    RuntimeError if the dtype cannot hold the value.
    """
    shape = as_shape("full", (_sequence("full", size),))
    number = as_scalar("full", fill_value)
    if dtype is None and options.get("out") is None:
        dtype = of_category(category_of(number))
    kind = chosen_dtype("full", dtype, options)
    return finish("full", blank(shape, fitted(number, kind), kind, options), options)


def _sequence(name: str, size: Any) -> Sequence[Any]:
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not "
                        f"{type(size).__name__}")
    return size


def as_scalar(name: str, number: Any) -> Any:
    """A Python number from a number or a 0-dim tensor; TypeError for anything else."""
    if isinstance(number, Handle) and shape_of(number) == ():
        return plain(host(number))
    if isinstance(number, np.generic):
        return as_python(number)
    if not isinstance(number, (bool, int, float, complex)):
        raise TypeError(f"{name}(): argument 'fill_value' (position 2) must be Number, not "
                        f"{type(number).__name__}")
    return number


def plain(array: Array) -> Any:
    """The Python number that a 0-dim array holds."""
    number = array.item()
    return number if isinstance(number, (bool, int, float, complex)) else float(number)


def filled(shape: Sequence[int], number: complex, dtype: DType) -> Array:
    """A fresh array of one value."""
    return np.full(shape, fitted(number, dtype), dtype.numpy)


def eye(n: int, m: int | None = None, *, dtype: DType | None = None,
        **options: Unpack[Options]) -> Any:
    """Ones on the diagonal of an ``n`` by ``m`` matrix (``n`` by ``n``), zeros elsewhere."""
    for name, length in (("n", n), ("m", m)):
        if length is not None and length < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {length}")
    make = _small_eye if n * (n if m is None else m) <= FEW else np.eye
    return finish("eye", make(n, m, dtype=chosen_dtype("eye", dtype, options).numpy), options)


FEW = 64
"""A matrix of so few elements is copied from one that was made before."""


def _small_eye(n: int, m: int | None, dtype: Any) -> Array:
    return _eye(n, m, dtype).copy()


@lru_cache(64)
def _eye(n: int, m: int | None, dtype: Any) -> Array:
    return np.eye(n, m, dtype=dtype)


def scalar_tensor(s: complex, *, dtype: DType | None = None, **options: Unpack[Options]) -> Any:
    """A 0-dim tensor of a number, in the default dtype unless another is given."""
    return finish("scalar_tensor",
                  filled((), as_scalar("scalar_tensor", s), as_dtype("scalar_tensor", dtype)),
                  options)


def _indices(name: str, upper: bool, row: int, col: int, offset: int,
             dtype: DType | None, options: Options) -> Any:
    for what, length in (("row", row), ("col", col)):
        if length < 0:
            raise RuntimeError(f"{what} must be non-negative, got {length}")
    places, last = np.arange(-offset, col - offset), np.arange(row)[:, None]
    array = np.array(np.nonzero(places >= last if upper else places <= last))
    return finish(name, array.astype(as_dtype(name, dtype, of_category(1)).numpy), options)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None = None,
                 **options: Unpack[Options]) -> Any:
    """The row and column numbers, [2, n], of the lower triangle of a ``row`` by ``col`` matrix."""
    return _indices("tril_indices", False, row, col, offset, dtype, options)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None = None,
                 **options: Unpack[Options]) -> Any:
    """The row and column numbers, [2, n], of the upper triangle of a ``row`` by ``col`` matrix."""
    return _indices("triu_indices", True, row, col, offset, dtype, options)


# Ranges
def arange(*args: Any, dtype: DType | None = None, **options: Any) -> Any:
    """``arange(end)``, ``arange(start, end, step=1)``: the numbers from ``start`` (0) in steps of
    ``step`` that lie before ``end``.

    The dtype is int64 if all are integers, else the default dtype.
    """
    if dtype is None and not options and len(args) < 3 and _INTS.issuperset(map(type, args)):
        first, last = args if len(args) == 2 else (0, *args) if args else (1, 0)
        if -FAR < first <= last < FAR:   # the most usual calls, with nothing to find out
            return finish("arange", np.arange(first, last, dtype=np.int64), {})
    start, end, step = _range_arguments(args, options)
    if dtype is None and options.get("out") is None:
        floats = any(isinstance(number, float) for number in (start, end, step))
        dtype = get_default_dtype() if floats else of_category(1)
    kind = chosen_dtype("arange", dtype, options)  # type: ignore[arg-type]
    if kind.category not in (1, FLOAT):
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{kind.legacy_name}'")
    count = _count(start, end, step)
    if not kind.is_floating_point:
        start, end, step = int(start), int(end), int(step)
    if kind is int64:
        if not step:
            raise ValueError("step must be nonzero, also as an integer")
        count = max(-((start - end) // step), 0)
    array = steps_of(start, step, count, kind)
    return finish("arange", array, options)  # type: ignore[arg-type]


def _range_arguments(args: Sequence[Any], options: dict[str, Any]) -> tuple[Any, Any, Any]:
    names = ("end",) if len(args) == 1 else ("start", "end", "step")
    if len(args) > 3:
        raise TypeError(f"arange() takes at most 3 positional arguments but {len(args)} were given")
    given = dict(zip(names, args, strict=False))
    for name in ("start", "end", "step"):
        if name in options:
            given[name] = options.pop(name)
    if "end" not in given:
        raise TypeError("arange() missing 1 required positional argument: \"end\"")
    start, end, step = (as_scalar("arange", given.get(name, default))
                        for name, default in (("start", 0), ("end", 0), ("step", 1)))
    return start, end, step


def _count(start: float, end: float, step: float) -> int:
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign: "
                           f"arange({start}, {end}, {step})")
    if isinstance(step, int) and isinstance(start, int) and isinstance(end, int):
        return -((start - end) // step)
    return math.ceil((end - start) / step)


FAR = 1 << 40
VECTOR_BYTES = 32
"""PyTorch computes a range by vectors of this size, of which the first element is rounded."""


EXACT = {4: 2**24, 8: 2**53}
"""Up to here, floating numbers of so many bytes are the whole numbers."""


def steps_of(start: float, step: float, count: int, dtype: DType) -> Array:
    """``start + i * step`` for ``count`` numbers, rounded as PyTorch rounds them."""
    i = np.arange(count)
    if not dtype.is_floating_point:
        return (start + i * step).astype(dtype.numpy)
    whole_numbers = EXACT.get(dtype.itemsize)
    if whole_numbers is not None and start % 1 == 0 == step % 1 and (
            abs(start) + abs(step) * count <= whole_numbers):   # nothing is rounded
        out = i.astype(dtype.numpy)
        if step != 1:
            out *= step
        if start:
            out += start
        return out
    out = rounded(fused(i.astype(np.float64), float(step), float(start)), dtype)
    width = VECTOR_BYTES // dtype.itemsize
    whole = count - count % (2 * width)
    if whole and dtype.itemsize >= 4:
        bases = out[:whole:width].astype(np.float64)
        for j in range(1, width):
            out[j:whole:width] = _sum(bases, float(j), float(step))
    return out


def _sum(base: Array, j: float, step: float) -> Array:
    """``base + j * step`` with one rounding: the product is split into two exact parts."""
    high = j * step
    low = _product_error(j, step, high)
    total = base + high
    back = total - base
    return total + (((base - (total - back)) + (high - back)) + low)


def _product_error(a: float, b: float, product: float) -> float:
    """What ``product``, ``a * b`` rounded, lacks; exact for a small integer ``a``."""
    scale = 2.0**27 + 1
    high = b * scale
    high = high - (high - b)
    return (a * high - product) + a * (b - high)


def rounded(array: Array, dtype: DType) -> Array:
    """``array`` in ``dtype``; 16-bit numbers by way of float32."""
    kind = dtype.numpy
    if array.dtype == kind:
        return array.astype(kind)
    with quiet():
        found: Array = narrowed(array, dtype).astype(kind)
        return found


def linspace(start: Any, end: Any, steps: int, *, dtype: DType | None = None,
             **options: Unpack[Options]) -> Any:
    """``steps`` numbers from ``start`` to ``end``, both included, evenly apart."""
    first, last, kind = _line("linspace", start, end, steps, dtype, options)
    return finish("linspace", spaced(first, last, steps, kind), options)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: DType | None = None,
             **options: Unpack[Options]) -> Any:
    """``base ** e`` for ``steps`` exponents from ``start`` to ``end``, evenly apart."""
    first, last, kind = _line("logspace", start, end, steps, dtype, options)
    return finish("logspace", rounded(powers(base, first, last, steps, kind), kind), options)


def powers(base: float, start: Any, end: Any, steps: int, dtype: DType) -> Array:
    """``base ** e`` in double precision, where only the ends of the exponents are rounded."""
    if dtype.is_complex:
        return np.asarray(np.power(base, spaced(start, end, steps, dtype)))
    first, last = rounded(np.array([start, end], np.float64), dtype)
    i = np.arange(steps)
    step = float(last - first) / max(steps - 1, 1)
    exponents = np.where(i < steps // 2, float(first) + i * step,
                         float(last) - (steps - 1 - i) * step)
    if steps == 1:
        exponents[0] = first
    return each(lambda e: math.pow(base, e), exponents, lambda e: np.power(base, e))


def _line(name: str, start: Any, end: Any, steps: int, dtype: DType | None,
          options: Options) -> tuple[Any, Any, DType]:
    for end_ in (start, end):
        if isinstance(end_, Handle) and shape_of(end_):
            raise RuntimeError(
                f"{name} only supports 0-dimensional start and end tensors, but got start with "
                f"{np.ndim(_array(start))} dimension(s) and end with {np.ndim(_array(end))} "
                "dimension(s).")
    if isinstance(steps, bool) or not hasattr(steps, "__index__"):
        raise TypeError(f"{name}(): argument 'steps' must be int, not {type(steps).__name__}")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    first, last = as_scalar(name, start), as_scalar(name, end)
    default = get_default_dtype()
    if dtype is None and options.get("out") is None:
        has_imaginary = isinstance(first, complex) or isinstance(last, complex)
        dtype = default.to_complex() if has_imaginary else default
    return first, last, chosen_dtype(name, dtype, options)


def _array(x: Any) -> Any:
    return host(x) if isinstance(x, Handle) else x


def spaced(start: Any, end: Any, steps: int, dtype: DType) -> Array:
    """``steps`` numbers from ``start`` to ``end``: the lower half counted from the start, the upper
    from the end, each with one rounding."""
    if steps == 1:
        return filled((1,), start, dtype)
    i = np.arange(steps)
    low, back = i < steps // 2, steps - 1 - i
    if dtype.is_complex:
        real = dtype.to_real()
        out = np.empty(steps, dtype.numpy)
        out.real = spaced(complex(start).real, complex(end).real, steps, real)
        out.imag = spaced(complex(start).imag, complex(end).imag, steps, real)
        return out
    if dtype.category < FLOAT:
        start, end = int(start), int(end)
        step = float(np.float32(end - start) / np.float32(max(steps - 1, 1)))
        ints: Array = np.where(low, start + i * step, end - back * step).astype(dtype.numpy)
        return ints
    kind = dtype.numpy
    first, last = rounded(np.array([start, end], np.float64), dtype)
    if dtype.itemsize == 2:
        half = (last - first) / kind.type(max(steps - 1, 1))
        return np.asarray(np.where(low, first + i.astype(kind) * half,
                                   last - back.astype(kind) * half), kind)
    step = float((last - first) / kind.type(max(steps - 1, 1)))
    half = steps // 2
    both = np.empty(steps, kind)
    both[:half] = fused(np.arange(half).astype(kind), step, float(first))
    both[half:] = fused(np.arange(steps - 1 - half, -1, -1).astype(kind), -step, float(last))
    return both


# Like another tensor
def _like(name: str, input: Any, dtype: DType | None, options: Options,
          number: complex) -> Any:
    if not isinstance(input, Handle):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not "
                        f"{type(input).__name__}")
    kind = as_dtype(name, dtype, dtype_of(input))
    if libraries:
        options.setdefault("device", device_of(input))
    return finish(name, blank(shape_of(input), fitted(number, kind), kind, options), options)


def in_memory_order(input: Any, make: Callable[..., Array], *beside: Any) -> Array:
    """An array of the shape of ``input``, of elements that ``make(shape, *beside)`` makes in its
    order in memory; what is ``beside`` broadcasts to that shape."""
    shape = shape_of(input)
    if len(shape) < 2 or input.is_contiguous():
        return make(shape, *beside)
    order = memory_order(shape, input.stride())
    array = make(tuple(shape[dim] for dim in order),
                 *[np.broadcast_to(x, shape).transpose(order) for x in beside])
    return array.transpose(np.argsort(order))


def memory_order(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[int]:
    """The axes from the one with the longest stride to that with the shortest. An expanded axis,
    of stride 0, stays where it is; of two equal strides the longer axis comes last."""
    order = list(range(len(shape)))
    for start in reversed(range(len(shape) - 1)):
        at = start   # of the axis that sinks to its place among those after it
        for i in range(start + 1, len(shape)):
            axis, other = order[at], order[i]
            if not strides[axis] or not strides[other]:
                continue
            if strides[axis] > strides[other]:
                break
            if (strides[axis], shape[axis]) < (strides[other], shape[other]):
                order[at], order[i] = other, axis
                at = i
    return order


def is_made_in_rows(input: Any) -> bool:
    """Whether what has the shape of ``input`` is contiguous, if it is made in its order in memory:
    gaps are not made anew."""
    if input.is_contiguous():
        return True
    shape = shape_of(input)
    order = [dim for dim in memory_order(shape, input.stride()) if shape[dim] != 1]
    return order == sorted(order)


def zeros_like(input: Any, *, dtype: DType | None = None, **options: Unpack[Options]) -> Any:
    """Zeros with the shape and dtype of ``input``."""
    return _like("zeros_like", input, dtype, options, 0)


def ones_like(input: Any, *, dtype: DType | None = None, **options: Unpack[Options]) -> Any:
    """Ones with the shape and dtype of ``input``."""
    return _like("ones_like", input, dtype, options, 1)


def empty_like(input: Any, *, dtype: DType | None = None, **options: Unpack[Options]) -> Any:
    """A tensor with the shape and dtype of ``input``, to be written; until then it holds zeros."""
    return _like("empty_like", input, dtype, options, 0)


def full_like(input: Any, fill_value: Any, *, dtype: DType | None = None,
              **options: Unpack[Options]) -> Any:
    """``fill_value`` in every element, with the shape and dtype of ``input``."""
    return _like("full_like", input, dtype, options, as_scalar("full_like", fill_value))
