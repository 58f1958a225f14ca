"""Many random programs with loops, compared: :func:`many_loops`.

Each program runs with several lengths, one after the other, with other values each time: in each
tier as in ``eager``, and there as in PyTorch. Every other program runs with loops cut and rolled
up that are shorter than those of users, so that short programs show what long ones would.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import wengert
from wengert.config import config
from wengert.engine.passes import roll
from wengert.engine.recording import backward, cutting, flushing, worth

from .differing import tier
from .loops import LoopPart, drawn_loops, run_loops

Loops = list[LoopPart]
Seen = list[Any]
REFUSED = ("inplace", "in-place", "single memory location")
"""What PyTorch says where a saved value was overwritten; here the gradient is right."""
MOVED = 1e-12
"""By so much parameters are moved to see what rounding may do."""
SHORT = [(cutting, "FEWEST", 20), (cutting, "MOST", 90), (cutting, "MANY", 3),
         (cutting, "FIRST", 1000), (backward, "FEWEST", 20), (flushing, "FEWEST", 20),
         (worth, "LONG", 40), (roll, "LEAST_NODES", 40)]
"""What decides how long a loop is that is cut or rolled up, and what it is here."""


def many_loops(names: list[str], first: int, count: int, torch: bool) -> int:
    """Run ``count`` programs from the seed ``first`` on in the tiers ``names``, and in PyTorch if
    ``torch``; how many differ."""
    failed = unsure = 0
    for k, seed in enumerate(range(first, first + count)):
        program, turns = drawn_loops(seed)
        expected = ran("eager", seed, program, turns)
        for side in [*(["torch"] if torch else []), *names]:
            found = ran(side, seed, program, turns)
            error = compared(expected, found, program, turns, side == "torch")
            if error == ROUNDING:
                unsure += 1
            elif error is not None:
                failed += 1
                small, fewer = smaller(side, seed, program, turns)
                error = difference(side, seed, small, fewer) or error
                print(f"seed {seed}, {side}: {error}\n    {small}, {fewer}", flush=True)
        if (k + 1) % 50 == 0:
            print(f"{k + 1} programs, {failed} differ, {unsure} by rounding alone", flush=True)
    print(f"{', '.join(names)}: {count} programs with loops from {first}, {failed} differ, "
          f"{unsure} by rounding alone", flush=True)
    return failed


ROUNDING = "differs by rounding alone"


def ran(side: str, seed: int, program: Loops, turns: list[int]) -> list[Seen | Exception]:
    """What the runs of a program give in a tier or in ``torch``, one after the other."""
    if side == "torch":
        import torch
        return [outcome(torch, program, length, k) for k, length in enumerate(turns)]
    if side == "eager":
        with tier(side):
            return [outcome(wengert, program, length, k) for k, length in enumerate(turns)]
    with settings(seed), tier(side):
        return [outcome(wengert, program, length, k) for k, length in enumerate(turns)]


def difference(side: str, seed: int, program: Loops, turns: list[int]) -> str | None:
    """How a tier or ``torch`` differs from ``eager``; None if it does not."""
    expected = ran("eager", seed, program, turns)
    return compared(expected, ran(side, seed, program, turns), program, turns, side == "torch")


def compared(expected: list[Seen | Exception], found: list[Seen | Exception], program: Loops,
             turns: list[int], torch: bool) -> str | None:
    """How two sides differ."""
    for k, (a, b) in enumerate(zip(expected, found, strict=True)):
        if isinstance(b, Exception):
            if torch and any(text in str(b) for text in REFUSED):
                continue
            if isinstance(a, Exception) and (torch or str(a) == str(b)):
                continue
            return f"run {k}: {described(b)}, and not {'' if torch else 'in eager'}"
        if isinstance(a, Exception):
            return f"run {k}: {described(a)}, in eager alone"
        difference = far(a, without_nan(a, b) if torch else b, 1.0)
        if difference is None:
            continue
        with tier("eager"):
            moved = outcome(wengert, program, turns[k], k, MOVED)
        if isinstance(moved, Exception) or far(a, moved, 0.01) is not None:
            return ROUNDING
        return f"run {k}: {difference}"
    return None


def without_nan(a: Seen, b: Seen) -> Seen:
    """``b`` of PyTorch, where it has NaN with what is finite in ``a``: zeros annihilate here."""
    return [np.where(np.isnan(y) & np.isfinite(x), x, y) if x.shape == y.shape else y
            for x, y in zip(a, b, strict=False)] + b[len(a):]


def outcome(torch: Any, program: Loops, length: int, k: int, moved: float = 0.0) -> (
        Seen | Exception):
    """What a run gives, be it an exception."""
    try:
        return run_loops(torch, program, length, k, moved)
    except Exception as error:
        return error


def described(error: Exception) -> str:
    """An exception and the last lines that it came by."""
    lines = [f"{each.filename.rsplit('/', 1)[-1]}:{each.lineno}"
             for each in traceback.extract_tb(error.__traceback__)[-3:]]
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]} ({', '.join(lines)})"


def far(a: Seen, b: Seen, times: float) -> str | None:
    """What of ``b`` is not as in ``a``, up to so many ``times`` what rounding does to few turns."""
    if len(a) != len(b):
        return f"{len(b)} values, not {len(a)}"
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        if x.shape != y.shape:
            return f"value {i}: shape {y.shape}, not {x.shape}"
        scale = float(np.abs(x).max(initial=1.0)) if x.size else 1.0
        if not np.allclose(y / scale, x / scale, rtol=0, atol=1e-8 * times, equal_nan=True):
            return f"value {i} differs by {np.nanmax(np.abs(x - y))} of {scale}"
    return None


def smaller(side: str, seed: int, program: Loops, turns: list[int]) -> (
        tuple[Loops, list[int]]):
    """``program`` and its lengths without what its failure does not need."""
    def fails(program: Loops, turns: list[int]) -> bool:
        return difference(side, seed, program, turns) not in (None, ROUNDING)

    turns = shorter(turns, lambda less: fails(program, less))
    program = shorter(program, lambda less: bool(less) and fails(less, turns))
    for p in range(len(program)):
        program = smaller_part(program, p, lambda less: fails(less, turns))
    return program, turns


def smaller_part(program: Loops, p: int, fails: Callable[[Loops], bool]) -> Loops:
    """``program`` without what its failure does not need of loop ``p``."""
    def put(part: LoopPart) -> Loops:
        return [*program[:p], part, *program[p + 1:]]

    part = program[p]
    part = part._replace(body=shorter(
        part.body, lambda less: fails(put(program[p]._replace(body=less)))))
    for field in ("inner", "every", "breaks", "over", "stops", "trains", "nested", "ending"):
        less = part._replace(**{field: 0})
        if less != part and fails(put(less)):
            part = less
    return put(part)


def shorter(items: list[Any], fails: Callable[[list[Any]], bool]) -> list[Any]:
    """``items`` without those that a failure does not need."""
    k = 0
    while k < len(items):
        less = items[:k] + items[k + 1:]
        if fails(less):
            items = less
        else:
            k += 1
    return items


@contextmanager
def settings(seed: int) -> Iterator[None]:
    """What a program runs with that has this ``seed``: when its paths are compiled, and which loops
    are short ones."""
    before = [(module, name, getattr(module, name)) for module, name, _ in SHORT]
    compile_after = config.compile_after
    cutting.forget()
    for module, name, value in SHORT if seed % 2 else ():
        setattr(module, name, value)
    config.compile_after = (2, None, 3, 1)[seed // 2 % 4]
    try:
        yield
    finally:
        config.compile_after = compile_after
        for module, name, value in before:
            setattr(module, name, value)
