"""The BLAS that NumPy has loaded: its products called from machine code, and its threads."""

from __future__ import annotations

import ctypes
import functools
import sys

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
    if sys.platform != "linux":
        return None
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
            paths = {line.split(maxsplit=5)[-1].strip() for line in file if "openblas" in line}
    except OSError:
        return None
    for path in sorted(paths, key=lambda path: "numpy" not in path):
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for prefix in PREFIXES:
            found = Blas(library, prefix)
            if all(hasattr(library, name) for name in found.products.values()):
                return found
    return None


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
