"""The BLAS that NumPy has loaded: its products called from machine code, and its threads; those of
the one that SciPy brings along."""

from __future__ import annotations

import ctypes
import functools
import importlib
import sys
from collections.abc import Callable
from typing import Any

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
