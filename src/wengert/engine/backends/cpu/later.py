"""Code that is optimised later: kernels of few elements begin as LLVM writes them down, which takes
it a third of the time, and are optimised when their program has run often enough.

A program's tables name the addresses of its kernels, so other code is put in its place there.
When that is, is counted: what code that is not optimised takes longer, by the kernels that a run
calls and their elements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from weakref import ref

import numpy as np

from ....config import config
from ...locks import compiling
from .. import effort
from . import split
from .compiler import Code, compiled, is_known
from .kernel import Kernel

FEW = 1 << 14
"""Kernels that do less begin with code that is not optimised."""
CALL, WORK = 0.05, 4e-4
"""How much longer that takes, in microseconds: for a call, and for an element."""


def begins_quickly(kernel: Kernel) -> bool:
    """Whether a kernel is not optimised at first: as it is known already, or by its elements."""
    if not config.explores() or effort.thorough.asked or kernel.alone or is_known(kernel.text):
        return False
    work = kernel.work()
    if config.threads > 1 and work >= split.WORTH:   # threads have its address elsewhere
        return False
    return work < FEW or is_known(kernel.text, True)


class Later:
    """Runs ``function``, of a program, until its kernels are to be optimised."""

    __slots__ = ("function", "left", "program")

    def __init__(self, program: Any, function: Callable[[list[Any]], Any],
                 kernels: Iterable[tuple[Kernel, int]]) -> None:
        self.program = ref(program)
        self.function = function
        letters = sum([len(text) for text in {kernel.text for kernel, _ in kernels}])
        longer = sum([count * (CALL + WORK * kernel.work()) for kernel, count in kernels])
        self.left = int(effort.LETTER * letters / longer)
        """So many runs later."""

    def __call__(self, values: list[Any]) -> Any:
        self.left -= 1
        if self.left < 0:
            program = self.program()
            if program is not None:
                program.function = self.function
                optimise(program)
        return self.function(values)


def quick_in(program: Any) -> list[tuple[Kernel, int]]:
    """The kernels of a program that are not optimised yet, each with how often a run calls it."""
    kernels = {kernel.code: kernel for kernel in program.kernels if kernel.quick}
    counts = dict.fromkeys(kernels, 0)
    for table in program.tables if kernels else ():
        codes, found = np.unique(addresses(table), return_counts=True)
        for code, count in zip(codes.tolist(), found.tolist(), strict=True):
            if code in counts:
                counts[code] += count
    return [(kernels[code], count) for code, count in counts.items() if count]


def addresses(table: Any) -> Any:
    """The addresses of kernels in a table, to be read and written."""
    return np.frombuffer(table, np.int64)[1::2]


def optimise(program: Any) -> None:
    """Put optimised code in the place of what is not. Another thread may be running either."""
    with compiling:
        new: dict[int, Code] = {}
        for kernel in program.kernels:
            if kernel.quick:
                before = kernel.code
                if before not in new:
                    new[before] = compiled(kernel.text)
                kernel.code, kernel.quick = new[before], False
        program.code += new.values()   # the old stays: it may be running
        for table in program.tables:
            codes = addresses(table)
            for before, code in new.items():
                codes[codes == before] = code


__all__ = ["Later", "begins_quickly", "optimise", "quick_in"]
