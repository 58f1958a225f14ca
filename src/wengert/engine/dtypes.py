"""Element types: what they are called, how they combine, which one is the default.

Start with :class:`DType` and :func:`promote`. A dtype is a singleton, so ``is`` compares it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

BOOL, INT, FLOAT, COMPLEX = range(4)
"""The categories of PyTorch's promotion, from weak to strong."""


_FLOAT8 = ("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz",
           "float8_e8m0fnu")
_NAMES_ONLY = ("qint8", "quint8", "qint32", "quint4x2", "quint2x4",
               *(f"{kind}{bits}" for kind in ("int", "uint") for bits in range(1, 8)))
_BEYOND_NUMPY = frozenset(["bfloat16", "complex32", *_FLOAT8, *_NAMES_ONLY])


class DType:
    """An element type; ``str(torch.float32) == "torch.float32"``."""

    __slots__ = ("_numpy", "category", "is_complex", "is_differentiable", "is_floating_point",
                 "is_signed", "itemsize", "name")

    def __init__(self, name: str, category: int, itemsize: int) -> None:
        self.name = name
        self.category = category
        self.itemsize = itemsize
        self.is_floating_point = category == FLOAT
        self.is_complex = category == COMPLEX
        self.is_differentiable = category >= FLOAT
        """Whether a tensor of this dtype can require grad: floating or complex."""
        self.is_signed = category >= INT and not name.startswith("uint")
        self._numpy: np.dtype[Any] | None = None if name in _BEYOND_NUMPY else np.dtype(name)

    @property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy dtype; those of bfloat16, complex32 and the floats of 8 bits come from the
        optional package ``ml_dtypes``."""
        if self._numpy is None:
            if self.name in _NAMES_ONLY:
                raise NotImplementedError(f"torch.{self.name} is a name: no tensor has this dtype")
            try:
                ml_dtypes = importlib.import_module("ml_dtypes")
            except ImportError:
                raise NotImplementedError(
                    f"torch.{self.name} needs the package ml_dtypes: pip install "
                    "wengert[bfloat16]") from None
            self._numpy = np.dtype(getattr(ml_dtypes, self.name))
            _FROM_NUMPY[self._numpy] = self
        return self._numpy

    @property
    def __numpy_dtype__(self) -> np.dtype[Any]:
        """The NumPy dtype, to NumPy 2.4 and later: ``np.zeros(2, dtype=torch.float32)``."""
        return self.numpy

    def to_real(self) -> DType:
        """The dtype of the real part."""
        parts = {"complex32": float16, "complex64": float32, "complex128": float64}
        return parts.get(self.name, self)

    def to_complex(self) -> DType:
        """The complex dtype with this dtype's precision."""
        if self in (float64, complex128):
            return complex128
        return complex32 if self is complex32 else complex64

    @property
    def legacy_name(self) -> str:
        """The name in old type names and error texts: ``Float``, ``Long``, ..."""
        return _LEGACY[self.name]

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (by_name, (self.name,))


bool_ = DType("bool", BOOL, 1)
uint8 = DType("uint8", INT, 1)
int8 = DType("int8", INT, 1)
int16 = DType("int16", INT, 2)
int32 = DType("int32", INT, 4)
int64 = DType("int64", INT, 8)
float16 = DType("float16", FLOAT, 2)
bfloat16 = DType("bfloat16", FLOAT, 2)
float32 = DType("float32", FLOAT, 4)
float64 = DType("float64", FLOAT, 8)
complex64 = DType("complex64", COMPLEX, 8)
complex128 = DType("complex128", COMPLEX, 16)

uint16 = DType("uint16", INT, 2)
uint32 = DType("uint32", INT, 4)
uint64 = DType("uint64", INT, 8)
float8_e4m3fn, float8_e4m3fnuz, float8_e5m2, float8_e5m2fnuz, float8_e8m0fnu = (
    DType(_name, FLOAT, 1) for _name in _FLOAT8)
complex32 = DType("complex32", COMPLEX, 4)
NAMES_ONLY = {_name: DType(_name, INT, 4 if _name == "qint32" else 1) for _name in _NAMES_ONLY}
"""Dtypes of no tensor, for tables of dtypes."""
(qint8, quint8, qint32, quint4x2, quint2x4, int1, int2, int3, int4, int5, int6, int7, uint1, uint2,
 uint3, uint4, uint5, uint6, uint7) = NAMES_ONLY.values()
UNSIGNED = frozenset([uint16, uint32, uint64])
"""Integers that PyTorch keeps and does not promote."""

ALL = (bool_, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64,
       complex128)
_LEGACY = {"bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int",
           "int64": "Long", "float16": "Half", "bfloat16": "BFloat16", "float32": "Float",
           "float64": "Double", "complex64": "ComplexFloat", "complex128": "ComplexDouble"}
RARE = (uint16, uint32, uint64, float8_e4m3fn, float8_e4m3fnuz, float8_e5m2, float8_e5m2fnuz,
        float8_e8m0fnu, complex32)
"""Dtypes that are kept, copied, compared and cast, and seldom computed in: no kernel does."""
_LEGACY |= {d.name: d.name[0].upper() + d.name[1:] for d in RARE} | {
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64", "complex32": "ComplexHalf"}
_BY_NAME = {d.name: d for d in (*ALL, *RARE)}
_FROM_NUMPY: dict[np.dtype[Any], DType] = {
    d.numpy: d for d in (*ALL, *RARE) if d.name not in _BEYOND_NUMPY}


def by_name(name: str) -> DType:
    """The dtype called ``name``, without ``torch.``."""
    return _BY_NAME[name]


def from_numpy(dtype: np.dtype[Any]) -> DType:
    """The dtype of a NumPy array's elements; TypeError for one that tensors cannot hold."""
    found = _FROM_NUMPY.get(dtype)
    if found is None and dtype.name in _BEYOND_NUMPY:
        found = _BY_NAME[dtype.name]
        found._numpy = dtype
        _FROM_NUMPY[dtype] = found
    if found is None:
        found = _FROM_NUMPY.get(dtype.newbyteorder("=")) if dtype.kind in "iufcb" else None
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{dtype.type.__name__}. "
            "The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, "
            "uint32, uint16, uint8, and bool."
        )
    return found


def of_numpys(dtype: object) -> DType | None:
    """The dtype that one of NumPy's stands for, as arrays have it; None for anything else."""
    found = dtype if isinstance(dtype, np.dtype) else getattr(dtype, "__numpy_dtype__", None)
    return None if found is None else from_numpy(found)


def is_complex32(array: Any) -> bool:
    """Whether ``array`` is of complex32, whose parts NumPy does not know; the kind of that differs
    between versions of ``ml_dtypes``."""
    return bool(array.dtype.itemsize == 4 and array.dtype.kind in "cW")


def narrowed(array: Any, dtype: DType) -> Any:
    """``array`` as it goes on to ``dtype``: by way of float32 to halves and less, rounded twice as
    in C++ and in kernels, and from them to integers, where what they cannot hold wraps."""
    if dtype.itemsize <= 2 and dtype.is_floating_point and array.dtype.itemsize > 2 and (
            array.dtype.kind in "iuf"):
        return array.astype(np.float32)
    if dtype.category == INT and array.dtype.kind == "V":   # bfloat16 or less
        return array.astype(np.float32)
    return array


def promote(a: DType, b: DType) -> DType:
    """The dtype that holds both, by PyTorch's table (``torch.promote_types``)."""
    if a is b:
        return a
    low, high = (a, b) if a.category <= b.category else (b, a)
    if high.category == INT and (a in UNSIGNED or b in UNSIGNED):
        raise RuntimeError("Promotion for uint16, uint32, uint64 types is not supported, attempted "
                           f"to promote {a.legacy_name} and {b.legacy_name}")
    if low.category == high.category:
        if low.category == COMPLEX:
            return max(a, b, key=_width)
        if low.category == FLOAT:
            if 1 in (a.itemsize, b.itemsize):
                raise RuntimeError(f"Promotion for Float8 Types is not supported, attempted to "
                                   f"promote {a.legacy_name} and {b.legacy_name}")
            return float32 if low.itemsize == high.itemsize else max(a, b, key=_width)
        if uint8 in (a, b):
            other = b if a is uint8 else a
            return int16 if other is int8 else other
        return max(a, b, key=_width)
    if high.category == COMPLEX and low.category == FLOAT:
        if low is float16 or 1 in (low.itemsize, high.itemsize):
            return high
        return max(high, low.to_complex(), key=_width)
    return high


def _width(dtype: DType) -> int:
    return dtype.itemsize


_default = float32


def get_default_dtype() -> DType:
    """The dtype of new floating-point tensors; float32 unless set."""
    return _default


def set_default_dtype(d: DType) -> None:
    """Make ``d`` the dtype of new floating-point tensors; TypeError if it is not floating."""
    global _default
    if not isinstance(d, DType) or not d.is_floating_point:
        raise TypeError(
            f"only floating-point types are supported as the default type, got {d}"
        )
    if d is not _default:
        _default = d
        for told in changed_default:
            told()


changed_default: list[Callable[[], None]] = []
"""What is to be forgotten when the default changes: what was worked out with another."""


def of_category(category: int) -> DType:
    """The dtype that a Python number of this category has by default."""
    if category == COMPLEX:
        return _default.to_complex()
    return (bool_, int64, _default)[category]


def category_of(number: object) -> int:
    """The promotion category of a Python number."""
    found = _CATEGORIES.get(number.__class__)
    if found is not None:
        return found
    if isinstance(number, (bool, np.bool_)):
        return BOOL
    if isinstance(number, (int, np.integer)):
        return INT
    if isinstance(number, (float, np.floating)):
        return FLOAT
    return COMPLEX


_CATEGORIES: dict[type, int] = {bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX}


def of_python(kind: object) -> DType | None:
    """The dtype that ``float``, ``int``, ``bool`` or ``complex`` means as a ``dtype`` argument."""
    return {float: float64, int: int64, bool: bool_, complex: complex128}.get(kind)  # type: ignore[call-overload,no-any-return]
