"""The namespace of the array API standard for tensors: ``x.__array_namespace__()``.

Its functions take tensors and return :class:`~wengert.interop.numpy.Array` objects, which have the
standard's attributes, operators and promotion; derivatives go through them. They are NumPy's
functions of the same names as ``interop/numpy/table.py`` has them, with the standard's dtypes as
NumPy's. What is missing is in docs/numpy.md.

>>> import wengert as torch
>>> x = torch.tensor([1.0, 4.0], requires_grad=True)
>>> xp = x.__array_namespace__()
>>> xp.sum(xp.sqrt(x)).backward()
>>> x.grad
tensor([0.5000, 0.2500])
"""

from __future__ import annotations

import functools
import sys
from collections import namedtuple
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

import wengert as torch

from .numpy.arrays import array
from .numpy.operands import axis_of, tensor, tensors_in
from .numpy.transforms import lifted

Function = Callable[..., Any]

__array_api_version__ = "2024.12"
VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")


def namespace(api_version: str | None = None) -> Any:
    """This module; ValueError for a version of the standard that it does not have."""
    if api_version is not None and api_version not in VERSIONS:
        raise ValueError(f"the array API standard {api_version} is not here; versions: "
                         f"{', '.join(VERSIONS)}")
    return sys.modules[__name__]


def arrays(found: Any) -> Any:
    """A result of NumPy's with Arrays for its arrays and numbers."""
    if isinstance(found, (np.ndarray, np.generic)):
        return array(found)
    if isinstance(found, (tuple, list)):
        parts = [arrays(each) for each in found]
        return type(found)(*parts) if hasattr(found, "_fields") else type(found)(parts)
    return found


def of(function: Function) -> Function:
    """A function of NumPy's as the standard has it: on Arrays, with Arrays for results."""
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("device", None)
        given = [[lifted(each) for each in x] if isinstance(x, (list, tuple)) else lifted(x)
                 for x in args]
        return arrays(function(*given, **kwargs))
    return call


def words(text: str) -> list[str]:
    return text.split()


# Functions that NumPy has under the same name
ELEMENTWISE = words("""
    abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_invert bitwise_left_shift
    bitwise_or bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide equal exp
    expm1 floor floor_divide greater greater_equal hypot imag isfinite isinf isnan less
    less_equal log log1p log2 log10 logaddexp logical_and logical_not logical_or logical_xor
    maximum minimum multiply negative nextafter not_equal positive pow real reciprocal remainder
    round sign signbit sin sinh square sqrt subtract tan tanh trunc""")
REDUCTIONS = words("""
    all any argmax argmin count_nonzero cumulative_prod cumulative_sum max mean min prod std sum
    var""")
SHAPES = words("""
    broadcast_arrays broadcast_to concat expand_dims flip matrix_transpose moveaxis permute_dims
    repeat reshape roll squeeze stack tile unstack""")
OTHERS = words("""
    diff empty empty_like eye from_dlpack full full_like isin linspace matmul meshgrid nonzero
    ones ones_like searchsorted take take_along_axis tensordot tril triu vecdot where zeros
    zeros_like arange""")
for _name in (*ELEMENTWISE, *REDUCTIONS, *SHAPES, *OTHERS):
    globals()[_name] = of(getattr(np, _name))
linalg = SimpleNamespace(**{name: of(getattr(np.linalg, name)) for name in words("""
    cholesky cross det diagonal eig eigh eigvals eigvalsh inv matmul matrix_norm
    matrix_power matrix_rank matrix_transpose outer pinv qr slogdet solve svd svdvals
    tensordot trace vecdot vector_norm""")})
fft = SimpleNamespace(**{name: of(getattr(np.fft, name)) for name in words("""
    fft fftfreq fftn fftshift hfft ifft ifftn ifftshift ihfft irfft irfftn rfft rfftfreq
    rfftn""")})

# Constants and dtypes
e, inf, nan, newaxis, pi = np.e, np.inf, np.nan, None, np.pi
DTYPES = words("""
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128""")
for _name in DTYPES:
    globals()[_name] = np.dtype(_name)
finfo, iinfo, isdtype = np.finfo, np.iinfo, np.isdtype
broadcast_shapes = np.broadcast_shapes
__array_namespace_info__ = np.__array_namespace_info__


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> Any:
    """``obj`` (numbers, nested sequences, arrays, tensors) as an Array."""
    if isinstance(obj, torch.Tensor) and not copy and dtype is None:
        return lifted(obj)
    if copy is False and not isinstance(obj, torch.Tensor):
        raise ValueError("asarray: an Array is a copy of what is no tensor; copy=False cannot be")
    made = array(obj, dtype)
    return made.copy() if made is obj else made


def astype(x: Any, dtype: Any, /, *, copy: Any = True, device: Any = None) -> Any:
    """``x`` in another dtype."""
    if np.dtype(dtype).kind != "c" and lifted(x).dtype.kind == "c":
        raise TypeError("astype: complex numbers have no real value; take xp.real or xp.abs")
    return lifted(x).astype(dtype, copy=copy)


def can_cast(from_: Any, to: Any, /) -> Any:
    """Whether promotion can take a dtype, or an array's, to another."""
    return np.can_cast(getattr(from_, "dtype", from_), to)


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype in which these are computed together."""
    return np.result_type(*[lifted(x).dtype if next(tensors_in(x), None) is not None else x
                            for x in arrays_and_dtypes])


def _ordered(function: Function, x: Any, axis: int, descending: Any) -> Any:
    t = tensor(lifted(x))
    return array(function(t, axis_of(axis, t.ndim), descending=descending, stable=True))


def sort(x: Any, /, *, axis: int = -1, descending: Any = False, stable: Any = True) -> Any:
    """The elements in order along an axis."""
    return _ordered(lambda *a, **k: torch.sort(*a, **k)[0], x, axis, descending)


def argsort(x: Any, /, *, axis: int = -1, descending: Any = False, stable: Any = True) -> Any:
    """The places of the elements in their order along an axis."""
    return _ordered(torch.argsort, x, axis, descending)


UniqueAll = namedtuple("UniqueAll", "values indices inverse_indices counts")
UniqueCounts = namedtuple("UniqueCounts", "values counts")
UniqueInverse = namedtuple("UniqueInverse", "values inverse_indices")


def unique_all(x: Any, /) -> Any:
    """The different elements, where each is first, which one each element is, how often each is."""
    x = lifted(x)
    found = np.unique(x, True, True, True, equal_nan=False)
    values, places, inverse, counts = arrays(found)
    return UniqueAll(values, places, inverse.reshape(tuple(x.shape)), counts)


def unique_counts(x: Any, /) -> Any:
    """The different elements, and how often each is there."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Any, /) -> Any:
    """The different elements, and which one each element is."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Any, /) -> Any:
    """The different elements."""
    return unique_all(x).values


def _public() -> list[str]:
    return [*ELEMENTWISE, *REDUCTIONS, *SHAPES, *OTHERS, *DTYPES, "linalg", "fft", "e", "inf",
            "nan", "newaxis", "pi", "finfo", "iinfo", "isdtype", "broadcast_shapes", "asarray",
            "astype", "can_cast", "result_type", "sort", "argsort", "unique_all",
            "unique_counts", "unique_inverse", "unique_values"]


def __dir__() -> list[str]:
    return sorted(_public())
