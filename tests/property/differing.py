"""What has to be equal: a program in a tier and as the eager tier runs it.

:func:`check` runs a program that was drawn and another that shares its path up to its ending, with
changing values, numbers and layouts, one after the other and in several threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import wengert
from side_by_side import side_by_side
from wengert.config import config
from wengert.engine.recording.flushing import flush

from .programs import Instruction, Variant, run, same

Program = list[Instruction]


@contextmanager
def tier(name: str) -> Iterator[None]:
    """Run in the tier ``name``."""
    old = config.tier
    flush()
    config.tier = name
    try:
        yield
    finally:
        flush()
        config.tier = old


def observed(name: str, program: Program, variant: Variant) -> list[Any]:
    """What a user sees of ``program`` in the tier ``name``."""
    with tier(name):
        return run(wengert, program, variant)


def both(program: Program, ending: Program) -> list[Program]:
    """``program``, and another on the same path."""
    return [program, program[:-1] + ending] if ending else [program]


def check(name: str, program: Program, ending: Program, variants: Sequence[Variant],
          rounds: int = 2) -> None:
    """AssertionError if the tier ``name`` gives something else than ``eager``."""
    todo = [(p, v) for v in variants for p in both(program, ending)]
    expected = [observed("eager", p, v) for p, v in todo]
    for _ in range(rounds):   # explored, then known; interpreted, then compiled
        for (p, v), right in zip(todo, expected, strict=True):
            same(observed(name, p, v), right)


def check_threads(name: str, program: Program, ending: Program, variants: Sequence[Variant],
                  count: int = 3) -> None:
    """AssertionError if the tier ``name`` gives something else in threads side by side."""
    todo = [(p, v) for v in variants for p in both(program, ending)]
    expected = [observed("eager", p, v) for p, v in todo]

    def work(k: int) -> None:
        for turn in range(3):
            for i in range(len(todo)):
                j = (i + k + turn) % len(todo)
                same(run(wengert, *todo[j]), expected[j])
    with tier(name):
        side_by_side(work, count)
