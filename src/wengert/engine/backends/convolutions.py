"""Which code computes a convolution: NumPy's, or machine code once there has been enough of them.

Machine code (``cpu/convolving.py``) takes half of NumPy's time or less, and a tenth of a second to
make. So, as for programs (decision 0044), there has to have been as much to do as it would have
saved half of that on: counted, not timed, so that two runs of a program do the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...config import config
from ..dtypes import float32, float64
from ..errors import by_signal
from ..graph import Node
from ..lazy import lazy
from ..locks import compiling, uninterrupted
from ..ops.adding import half
from . import faults

ENOUGH = 4_000_000_000
"""So many products have to have been asked for before machine code is made."""
LEAST = 60_000
"""Convolutions of fewer products take as long in NumPy."""
DTYPES = (float32.numpy, float64.numpy)


class State:
    """How many products this process was asked for, and what computes them as machine code; None
    where there is no compiler."""

    def __init__(self) -> None:
        self.products = 0
        self.module: Any = None
        self.missing = False

    def loaded(self, products: int) -> Any:
        """The module with machine code, if that is to be used for so many more products."""
        self.products += products
        if self.missing or config.tier in ("numpy", "eager"):
            return None
        if self.products < ENOUGH and config.explores():
            return None
        if self.module is None:
            try:
                with compiling:   # a fork waits
                    self.module = uninterrupted(lambda: lazy("engine.backends.cpu.convolving"))
            except ImportError:
                self.missing = True
        return self.module


state = State()


class Convolution:
    """The implementation of one of the three primitives, with its static arguments filled in."""

    __slots__ = ("params", "prim", "products", "run")

    def __init__(self, node: Node) -> None:
        assert node.prim.products is not None
        self.prim, self.params = node.prim, node.params
        self.products, self.run = node.prim.products, node.prim.bind(node.params)

    def __call__(self, a: Any, b: Any) -> Any:
        if a.dtype == b.dtype and 3 <= a.ndim <= 4 and (a.dtype in DTYPES or half(a)):
            count = self.products(a.shape, b.shape, **self.params)
            module = state.loaded(count) if count >= LEAST else None
            if module is not None:
                wide, other = (a, b) if a.dtype in DTYPES else (
                    np.asarray(a, np.float32), np.asarray(b, np.float32))
                found = self.by_machine(module, wide, other)
                if found is not None:
                    return found.astype(a.dtype, copy=False)
        return self.run(a, b)

    def by_machine(self, module: Any, a: Any, b: Any) -> Any:
        """What machine code makes of it; None where it cannot."""
        try:
            return module.CONVOLUTIONS[self.prim](a, b, **self.params)
        except ImportError:   # LLVM itself cannot be loaded
            state.missing = True
        except MemoryError:
            raise
        except Exception as error:
            if by_signal(error):
                raise
            faults.note("a convolution has no machine code", error)
            state.missing = True
        return None
