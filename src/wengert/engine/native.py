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
WORTH, WORTH_LOADING = 1 << 20, 1 << 22
"""What is done without it first, in numbers of some ten nanoseconds: where LLVM is there already,
and where it is to be loaded."""
CALL = 1 << 12
"""A call of NumPy's functions takes as long as so many numbers."""
makers: list[Callable[[str], Any]] = []
"""What makes a function of a name, or gives None where it cannot."""
made: dict[str, Any] = {}
_spent: dict[str, int] = {}


def native(name: str, cost: int) -> Any:
    """The function, or None: then it is done without it, which costs so much."""
    found = made.get(name)
    if found is None and name not in made and makers:
        spent = _spent[name] = _spent.get(name, 0) + cost
        if spent > (WORTH if LLVM in sys.modules else WORTH_LOADING):
            with compiling:
                if name not in made:
                    made[name] = None   # also where that fails
                    made[name] = makers[0](name)
            found = made[name]
    return found


__all__ = ["CALL", "made", "makers", "native"]
