"""Many random programs: ``python -m tests.property COUNT --tier T [--first SEED]``.

Each is drawn from its seed, runs in the tier as in ``eager``, with another on the same path, other
numbers and other layouts; every eighth also in threads; with ``--torch`` it is compared with
PyTorch too. With ``--loops`` the programs are loops, run with several lengths one after the other
(``loops.py``), in all tiers that are named (``--tier auto,llvm,numpy``). What differs is printed,
made smaller; the last line counts.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))   # for side_by_side


import wengert
from wengert.config import config

from .differing import Program, check, check_threads, tier
from .many_loops import many_loops
from .programs import drawn, run, same, slopes, smooth_of


def main() -> int:
    """Run what was asked for; 1 if anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.property", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--tier", default="auto")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--torch", action="store_true")
    parser.add_argument("--loops", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.loops:
        return int(many_loops(given.tier.split(","), given.first, given.count, given.torch) > 0)
    config.compile_after = 2    # so few runs of a path would never pay
    failed = 0
    for k, seed in enumerate(range(given.first, given.first + given.count)):
        program, ending, variants = drawn(seed)
        tests: list[tuple[str, Callable[[Program], object]]] = [
            ("tier", lambda p, e=ending, v=variants: check(given.tier, p, e, v)),
            ("slope", partial(gradients, given.tier))]
        if seed % 8 == 0:
            tests.append(("threads", lambda p, e=ending, v=variants: check_threads(
                given.tier, p, e, v)))
        if given.torch:
            tests.append(("torch", partial(pytorch, given.tier)))
        for kind, test in tests:
            error = failure(test, program)
            if error is not None:
                failed += 1
                small = smaller(test, program)
                print(f"seed {seed}, {kind}: {failure(test, small) or error}\n    {small}",
                      flush=True)
        if (k + 1) % 50 == 0:
            print(f"{k + 1} programs, {failed} differ", flush=True)
    print(f"tier {given.tier}: {given.count} programs from {given.first}, {failed} differ")
    return int(failed > 0)


def failure(test: Callable[[Program], object], program: Program) -> str | None:
    """What ``test`` says against ``program``."""
    try:
        test(program)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return None


def smaller(test: Callable[[Program], object], program: Program) -> Program:
    """``program`` without the instructions that its failure does not need."""
    k = 0
    while k < len(program):
        less = program[:k] + program[k + 1:]
        if failure(test, less) is not None:
            program = less
        else:
            k += 1
    return program


def gradients(name: str, program: Program) -> None:
    """AssertionError if a gradient is not the difference of values, where there is one."""
    with tier(name):
        for _ in range(2):
            found, coarse, fine = slopes(wengert, smooth_of(program), 1e-5)
            size = 1 + abs(coarse)
            if abs(coarse - fine) < 1e-6 * size:
                assert abs(found - fine) < 1e-4 * size, f"{found} is not {fine}"


def pytorch(name: str, program: Program) -> None:
    """AssertionError if PyTorch gives something else, unless it refuses to differentiate."""
    import torch
    try:
        expected = run(torch, program)
    except RuntimeError as error:
        if "inplace" in str(error) or "single memory location" in str(error):
            return
        raise
    with tier(name):
        same(run(wengert, program), expected)


if __name__ == "__main__":
    sys.exit(main())
