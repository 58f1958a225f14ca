"""The BLAS that NumPy has loaded: its products called from machine code, and its threads; those of
the one that SciPy brings along."""

from __future__ import annotations

import ctypes
import functools
import importlib
import sys
from collections.abc import Callable
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


Solver = Callable[[Any, Any, bool, bool], None]
_ROWS, _LEFT, _AS_IT_IS, _TURNED = 101, 141, 111, 112
_UPPER, _LOWER, _NO_UNIT, _UNIT = 121, 122, 131, 132
"""CBLAS's words."""


@functools.cache
def triangle_solver(kind: str) -> Solver | None:
    """What solves a triangular system of a dtype of this character in place, by the BLAS that NumPy
    has loaded; None where there is none such. It takes the matrix, the right-hand sides, which lie
    row by row, and whether the matrix is an upper one and whether its diagonal counts as ones."""
    letter, number = {"f": ("s", ctypes.c_float), "d": ("d", ctypes.c_double),
                      "F": ("c", None), "D": ("z", None)}.get(kind, ("", None))
    found = blas()
    name = f"{found.prefix}cblas_{letter}trsm64_" if found and letter else ""
    if found is None or not hasattr(found.library, name or "?"):
        return None
    one: Any = number(1) if number else np.ones(1, kind).ctypes
    trsm = getattr(found.library, name)
    trsm.restype = None
    trsm.argtypes = [*[ctypes.c_int] * 5, *[ctypes.c_int64] * 2, number or ctypes.c_void_p,
                     *[ctypes.c_void_p, ctypes.c_int64] * 2]

    def solve(a: Any, b: Any, upper: bool, unit: bool) -> None:
        m, n = b.shape
        turned, step = turned_by(a)
        if step < m:   # it does not lie row by row, nor column by column
            a = np.array(a, order="C")
            turned, step = False, m
        trsm(_ROWS, _LEFT, _UPPER if upper is not turned else _LOWER,
             _TURNED if turned else _AS_IT_IS, _UNIT if unit else _NO_UNIT, m, n,
             one, a.__array_interface__["data"][0], step, b.__array_interface__["data"][0], n)

    return solve


def turned_by(a: Any) -> tuple[bool, int]:
    """Whether a square matrix lies column by column, and how far those, or its rows, are apart; 0
    where it lies otherwise."""
    (down, along), size = a.strides, a.itemsize
    if along == size and not down % size:
        return False, down // size
    return True, along // size if down == size and not along % size else 0


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
