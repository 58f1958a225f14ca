"""Where primitives have no derivative, or an infinite one, and what is taken there.

A row of :data:`KINKS` is a point and the derivative in each argument at it; the tests compute them.
:data:`TIES` are those where any two equal arguments are such a point. ``docs/conventions.md`` says
the same of the functions that users call.
"""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np

Point = tuple[float, ...]

KINKS: dict[str, list[tuple[Point, Point]]] = {
    "abs": [((0,), (0,))], "sign": [((0,), (0,))], "relu": [((0,), (0,))],
    "maximum": [((1, 1), (.5, .5))], "minimum": [((1, 1), (.5, .5))],
    "fmax": [((1, 1), (1, 0))], "fmin": [((1, 1), (1, 0))],
    "clamp_min": [((1, 1), (1, 0))], "clamp_max": [((1, 1), (1, 0))],
    "floor": [((1,), (0,))], "ceil": [((1,), (0,))], "trunc": [((1,), (0,))],
    "round": [((1,), (0,))], "remainder": [((4, 2), (1, -2))], "fmod": [((4, 2), (1, -2))],
    "copysign": [((0, 1), (0, 0))], "sqrt": [((0,), (inf,))], "reciprocal": [((0,), (-inf,))],
    "div": [((1, 0), (inf, -inf))], "log": [((0,), (inf,))], "log2": [((0,), (inf,))],
    "log10": [((0,), (inf,))], "log1p": [((-1,), (inf,))], "asin": [((1,), (inf,))],
    "acos": [((1,), (-inf,))], "atanh": [((1,), (inf,))], "acosh": [((1,), (inf,))],
    "hypot": [((0, 0), (0, 0))], "atan2": [((0, 0), (0, 0))],
    "pow": [((0, 0), (0, 0)), ((0, .5), (inf, 0)), ((0, 1), (1, 0)), ((0, 2), (0, 0)),
            ((-1, 2), (-2, nan))],
    "xlogy": [((0, 0), (0, 0))], "xlog1py": [((0, -1), (0, 0))], "sinc": [((0,), (0,))],
}
TIES = {"maximum", "minimum", "fmax", "fmin", "clamp_min", "clamp_max"}
NOTES = {
    "amax": "k ties: 1/k each", "amin": "k ties: 1/k each", "prod": "zero elements: the product "
    "of the others", "kth_place": "ties: 1 at the place that is taken",
    "window_max": "ties in a window: 1 at the first",
    "eigh": "equal eigenvalues: NaN through the vectors", "svd": "equal singular values: NaN "
    "through the vectors", "cummax_place": "ties: goes where the element came from",
    "logsumexp": "all elements −∞: 0", "softmax": "all elements −∞: NaN",
}


def lines(name: str) -> list[str]:
    """What holds at the kinks of a primitive, a line for each."""
    found = []
    for point, partials in KINKS.get(name, ()):
        where = "a = b" if name in TIES else ", ".join(
            f"{letter} = {shown(x)}" for letter, x in zip(
                ("x",) if len(point) == 1 else "ab", point, strict=True))
        values = [f"{shown(value)} in {letter}" if len(point) > 1 else shown(value)
                  for letter, value in zip("ab", partials, strict=False)]
        found.append(f"at {where}: {', '.join(values)}")
    return [*found, NOTES[name]] if name in NOTES else found


def shown(value: float) -> str:
    return {inf: "∞", -inf: "−∞"}.get(value, f"{value:g}".replace("nan", "NaN").replace("-", "−"))


def hit(name: str, values: list[Any]) -> tuple[int, str]:
    """How many elements are at a kink, given the arguments' values, and which kink."""
    for k, (point, _) in enumerate(KINKS.get(name, ())):
        if name in TIES:
            at = np.equal(*values)
        elif name in ("floor", "ceil", "trunc", "round", "remainder", "fmod", "div", "sign"):
            continue   # steps, and what is infinite there in value too
        else:
            at = np.all(np.broadcast_arrays(*[np.equal(value, x) for value, x in zip(
                values, point, strict=True)]), axis=0)
        count = int(np.count_nonzero(at))
        if count:
            return count, lines(name)[k]
    return 0, ""
