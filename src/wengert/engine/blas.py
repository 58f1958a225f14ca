"""The BLAS that NumPy has loaded: its products called from machine code, and its threads; those of
the one that SciPy brings along."""

from __future__ import annotations

import ctypes
import functools
import importlib
import math
import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

PREFIXES = ("scipy_", "")
"""How the names of functions begin, in NumPy's own OpenBLAS and in others with 64-bit integers."""


class Blas:
    """A library, how its names begin, and the names of its products by the bits of a float."""

    __slots__ = ("library", "prefix", "products")

    def __init__(self, library: ctypes.CDLL, prefix: str) -> None:
        self.library = library
        self.prefix = prefix
        self.products = {32: f"{prefix}cblas_sgemm64_", 64: f"{prefix}cblas_dgemm64_"}


@functools.cache
def blas() -> Blas | None:
    """NumPy's OpenBLAS, if it is one with 64-bit integers on Linux; else None."""
    for path in sorted(_loaded(), key=lambda path: "numpy" not in path):
        library = _opened(path)
        for prefix in PREFIXES if library is not None else ():
            found = Blas(library, prefix)
            if all(hasattr(library, name) for name in found.products.values()):
                return found
    return None


def _loaded() -> set[str]:
    """The paths of the OpenBLAS libraries of this process, where the system tells."""
    if sys.platform != "linux":
        return set()
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
            return {line.split(maxsplit=5)[-1].strip() for line in file if "openblas" in line}
    except OSError:
        return set()


def _opened(path: str) -> Any:
    try:
        return ctypes.CDLL(path)
    except OSError:
        return None


SMALL = 64
"""Matrices of fewer rows are not worth SciPy's threads: to wake one takes longer."""


def scipy_linalg(length: int) -> Any:
    """``scipy.linalg``, for matrices of ``length`` rows: on one thread if these are few."""
    module, set_scipys = _scipy()
    if set_scipys is not None:
        set_scipys(1 if length < SMALL else threads() or 1)
    return module


@functools.cache
def _scipy() -> tuple[Any, Callable[[int], Any] | None]:
    """``scipy.linalg``, and what sets the threads of the OpenBLAS that its wheel brings along."""
    module = importlib.import_module("scipy.linalg")
    brought = [_opened(path) for path in _loaded() if "scipy.libs" in path]
    setters = [getattr(library, "scipy_openblas_set_num_threads", None) for library in brought]
    return module, next((found for found in setters if found), None)


LETTERS = {"f": "s", "d": "d", "F": "c", "D": "z"}
"""How BLAS and LAPACK begin the names of what they have for a dtype of that character."""
Solver = Callable[[Any, Any, bool, bool], None]
_ROWS, _LEFT, _AS_IT_IS, _TURNED = map(ctypes.c_int, (101, 141, 111, 112))
_UPPER, _LOWER, _NO_UNIT, _UNIT = map(ctypes.c_int, (121, 122, 131, 132))
"""CBLAS's words."""
_LENGTHS = [*map(ctypes.c_int64, range(65))]
"""Lengths as it takes them; to make one takes as long as to solve for it."""
_word: Any = ctypes.c_void_p.from_address
_DATA = object.__basicsize__
"""Where CPython has the address of an array's elements, in its object."""


def address_of(array: Any) -> Any:
    """Where the elements of an array are, as ctypes gives it to a function."""
    if array.__class__ is np.ndarray and _is_there:   # NumPy takes five times as long to say it
        return _word(id(array) + _DATA)
    return ctypes.c_void_p(array.ctypes.data)


def _looked_up() -> bool:
    line = np.arange(4.0)[1:]
    return sys.implementation.name == "cpython" and (
        _word(id(line) + _DATA).value == line.ctypes.data)


_is_there = _looked_up()


@functools.cache
def triangle_solver(kind: str) -> Solver | None:
    """What solves triangular systems of a dtype of this character in place, by the BLAS that NumPy
    has loaded; None where there is none such. It takes the matrix, the right-hand sides, which lie
    row by row, and whether the matrix is an upper one and whether its diagonal counts as ones; or
    as many matrices as there are right-hand sides, with dimensions in front."""
    letter = LETTERS.get(kind)
    number = {"f": ctypes.c_float, "d": ctypes.c_double}.get(kind)
    found = blas()
    name = f"{found.prefix}cblas_{letter}trsm64_" if found and letter else ""
    if found is None or not hasattr(found.library, name or "?"):
        return None
    unit_in_memory = np.ones(1, kind)
    one: Any = number(1) if number else ctypes.c_void_p(unit_in_memory.ctypes.data)
    trsm = found.library[name]   # a function of its own, whose arguments are ctypes's
    trsm.restype = None
    words = [(_ROWS, _LEFT, _UPPER if low else _LOWER, _TURNED if turned else _AS_IT_IS,
              _UNIT if unit else _NO_UNIT)
             for turned in (False, True) for low in (False, True) for unit in (False, True)]

    def solve(a: Any, b: Any, upper: bool, unit: bool) -> None:
        *lead, m, n = b.shape
        *many, down, along = a.strides
        size = a.itemsize
        if along == size and down >= m * size and not down % size:
            turned, step = 0, down // size
        elif down == size and along >= m * size and not along % size:
            turned, step = 4, along // size
        else:   # it does not lie row by row, nor column by column
            a = np.array(a, order="C")
            many, turned, step = [*a.strides[:-2]], 0, m
        said = words[turned + 2 * (upper is not (turned > 0)) + unit]
        rows, length = _length(m), _length(n)
        if not lead:
            trsm(*said, rows, length, one, address_of(a), _length(step), address_of(b), length)
            return
        first, then = address_of(a).value, address_of(b).value
        pointer, apart = ctypes.c_void_p, _length(step)
        for at, place in enumerate(_places(lead, many)):
            trsm(*said, rows, length, one, pointer(first + place), apart,
                 pointer(then + at * m * n * size), length)

    _kept[kind] = unit_in_memory
    return solve


_kept: dict[str, Any] = {}


@functools.cache
def factors_of(kind: str) -> Callable[[Any], Any] | None:
    """What replaces matrices (..., n, m), which follow each other, by their factors L and U, each
    column by column as LAPACK has it, and gives the pivots, from 1; None where NumPy's library
    cannot be asked. That there is none (a zero in U) is no error."""
    found = blas()
    name = f"{found.prefix}{LETTERS.get(kind)}getrf_64_" if found else ""
    if found is None or not hasattr(found.library, name):
        return None
    getrf = found.library[name]
    getrf.restype = None

    def factor(a: Any) -> Any:
        n, m = a.shape[-2:]
        pivots = np.empty((*a.shape[:-2], min(m, n)), np.int64)
        rows, columns, info = map(ctypes.byref, map(ctypes.c_int64, (m, n, 0)))
        pointer = ctypes.c_void_p
        first, then = address_of(a).value, address_of(pivots).value
        size, apart = a.itemsize * m * n, pivots.itemsize * pivots.shape[-1]
        for at in range(math.prod(a.shape[:-2])):
            getrf(rows, columns, pointer(first + at * size), rows, pointer(then + at * apart), info)
        return pivots

    return factor


def _length(n: int) -> Any:
    return _LENGTHS[n] if n < 65 else ctypes.c_int64(n)


def _places(shape: Sequence[int], strides: Sequence[int]) -> Sequence[int]:
    """How far each of many is from the first."""
    if len(shape) == 1:
        return [k * strides[0] for k in range(shape[0])]
    return [sum(map(operator.mul, at, strides)) for at in np.ndindex(*shape)]


def product_name(bits: int) -> str | None:
    """The name of the product of matrices of floats of ``bits`` bits."""
    found = blas()
    return None if found is None else found.products[bits]


def set_threads(count: int) -> None:
    """Have BLAS compute on so many threads, where it can be told."""
    found = blas()
    name = f"{found.prefix}openblas_set_num_threads64_" if found else ""
    if found and hasattr(found.library, name):
        getattr(found.library, name)(count)


def threads() -> int | None:
    """On how many threads BLAS computes; None where it does not say."""
    found = blas()
    name = f"{found.prefix}openblas_get_num_threads64_" if found else ""
    return int(getattr(found.library, name)()) if found and hasattr(found.library, name) else None
