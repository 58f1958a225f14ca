"""What do the first steps of a program cost, before any path is known? Beside PyTorch, from the
first step on.

Each program is the same text for Wengert and PyTorch, and each of its steps has new data: other
lengths, other branches, another chain. Its first 1, 3, 10, 30, 100 and 300 steps are timed
together, then the steps after those. A peer has a process of its own on one thread, with empty
caches, and they run in turns; what they import, and load at their first use, is timed apart. What a
step returns (its loss, gradients) is compared step by step. A row ends where a peer has taken so
many seconds, for all at the same step: ``steps`` says at which, and a ratio there is marked.

The programs are in ``chains.py``, ``sequences.py``, ``decisions.py`` and ``lessons.py``, a few for
JAX and HIPS autograd too in ``others.py``; ``measuring.py`` is what runs in a peer's process,
``rows.py`` makes a row of what it says. Start with :func:`run`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..peers import installed
from ..report import absent, bound, heading, table
from .measuring import CASES, COUNTS
from .others import OTHERS
from .programs import PROGRAMS
from .rows import Row, at_counts, measured

__all__ = ["CASES", "PROGRAMS", "run"]

EACH, MEAN, STEADY, COMPILING = 1.1, 0.7, 1.0, 0.3
"""The bounds: the ratio to PyTorch of the first steps, in each row and in the geometric mean; that
of the steps after them; the part of the time that compiling takes."""
TITLES = {"autograd": "HIPS autograd", "jax": "JAX"}
"""The peers of a few rows, which quick runs leave out."""


def run(quick: bool = False, only: Sequence[str] = ()) -> None:
    """Print the table, and whether the bounds are kept."""
    peers, missing = installed(["wengert", "torch", *([] if quick else TITLES)])
    repeats, seconds = (1, 2) if quick else (3, 30)
    heading(f"first_steps: the time of the first steps together, to PyTorch's ({repeats} processes "
            f"each, at most {seconds} s)")
    rows = []
    for name, program in PROGRAMS.items():
        if not only or any(name.startswith(each) for each in only):
            row = measured(name, program.title, [peer for peer in peers if name in OTHERS
                                                 or peer not in TITLES], seconds, repeats)
            rows.append(row)
            print(f"{row.title}: {row.seconds:.0f} s", flush=True)
    print()
    table(["", *map(str, COUNTS), "after", "steps", "first, ms", "torch", "after, ms", "torch",
           "compiling"], [row.cells() for row in rows])
    beside = [[f"{row.title}: {TITLES[peer]}", *at_counts(ratios, max(ratios))] for row in rows
              for peer, ratios in sorted(row.others.items())]
    if beside:
        print()
        table(["others, to PyTorch", *map(str, COUNTS)], beside)
    print()
    for peer in peers:
        times = [t for row in rows for t in row.imports.get(peer, [])]
        if times:
            print(f"import and first use: {peer} {min(times):.0f} to {max(times):.0f} ms")
    absent(missing)
    if "torch" in peers:
        bounds(rows)


def bounds(rows: Sequence[Row]) -> None:
    """Print whether they are kept, by the row that is farthest from it; one that went wrong keeps
    none."""
    for row in rows:
        if row.error:
            print(f"bound: {row.title}: {row.error}: NOT KEPT")
    well = [row for row in rows if not row.error]
    if not well:
        return
    first = {f"{row.title} at {count}": ratio for row in well
             for count, ratio in [max(row.ratios.items(), key=lambda pair: pair[1])]}
    every = [ratio for row in well for ratio in row.ratios.values()]
    farthest("first steps", first, EACH)
    bound("first steps, geometric mean", math.exp(math.fsum(map(math.log, every)) / len(every)),
          MEAN)
    farthest("a step after them", {row.title: row.after for row in well}, STEADY)
    farthest("compiling, part of the time", {row.title: row.compiling for row in well}, COMPILING)


def farthest(what: str, values: dict[str, float], limit: float) -> None:
    """Print whether the greatest of the rows' values keeps a bound, and how many do."""
    name = max(values, key=lambda name: values[name])
    kept = sum(value <= limit for value in values.values())
    bound(f"{what}: {name}, the worst ({kept} of {len(values)} rows keep it)", values[name], limit)
