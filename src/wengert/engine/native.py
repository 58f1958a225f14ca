"""Machine code for what takes NumPy or Python long, where a backend offers it and it is worth it.

:func:`native` gives a function by its name, once what was done without it has cost what making it
may. Backends put what makes them in :data:`makers`. Either way the numbers are the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .locks import compiling

LLVM = "llvmlite.binding"
BACKEND = f"{__package__}.backends.cpu.compiler"
WORTH, WORTH_LOADING = 1 << 20, 1 << 22
"""What is done without it first, in numbers of some ten nanoseconds: where LLVM is there already,
and where it is to be loaded."""
WORTH_READING, WORTH_LOOKING = 1 << 15, 1 << 19
"""And before it is looked whether an earlier process has kept it: where what reads it is there
already, and where that is to be loaded."""
CALL = 1 << 12
"""A call of NumPy's functions takes as long as so many numbers."""
makers: list[Callable[[str, bool], Any]] = []
"""What makes a function of a name, or gives None where it cannot; it makes nothing but finds what
was kept, if it is told so."""
made: dict[str, Any] = {}
_spent: dict[str, int] = {}
_looked: set[str] = set()
"""What nobody has kept."""


def native(name: str, cost: int) -> Any:
    """The function, or None: then it is done without it, which costs so much."""
    found = made.get(name)
    if found is None and name not in made and makers:
        spent = _spent[name] = _spent.get(name, 0) + cost
        if name not in _looked and spent > (
                WORTH_READING if BACKEND in sys.modules else WORTH_LOOKING):
            with compiling:
                _looked.add(name)
                kept = None if name in made else makers[0](name, True)
                if kept is not None:
                    made[name] = kept
        elif spent > (WORTH if LLVM in sys.modules else WORTH_LOADING):
            with compiling:
                if name not in made:
                    made[name] = None   # also where that fails
                    made[name] = makers[0](name, False)
        found = made.get(name)
    return found


__all__ = ["CALL", "made", "makers", "native"]
