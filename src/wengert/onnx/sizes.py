"""Numbers of a program that depend on the lengths of its dynamic axes.

A program is traced at some settings of those lengths (:func:`settings`); :func:`fitted` finds the
formula of a number that is known at each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import floor, prod
from typing import NamedTuple

Setting = dict[str, int]
"""The length of each dynamic axis, by its name."""
TRACES = 11
"""A prime number of lengths in a row: each axis goes through them in an order of its own."""
DIVISORS = (2, 3, 4, 5)
"""Whole quotients by these have three values at least at that many lengths, and so one that tells
the divisor by how often it comes."""


class Size(NamedTuple):
    """``factor * product(axes) ** power + offset``, rounded down where ``divisor`` is not 1."""

    factor: Fraction
    axes: tuple[str, ...] = ()
    power: int = 1
    offset: Fraction = Fraction(0)
    divisor: int = 1

    def __str__(self) -> str:
        if not self.axes:
            return str(self.factor)
        text = "*".join(([] if self.factor == 1 else [str(self.factor)]) + list(self.axes))
        if self.offset:
            text += f"{'+' if self.offset > 0 else ''}{self.offset}"
        return text if self.divisor == 1 else f"floor(({text})/{self.divisor})"

    def at(self, lengths: Mapping[str, int]) -> Fraction:
        """Its value."""
        whole = Fraction(prod(lengths[name] for name in self.axes))
        found = self.factor * whole ** self.power + self.offset
        return found if self.divisor == 1 else Fraction(floor(found / self.divisor))


def settings(given: Setting, fixed: Collection[int] = ()) -> list[list[Setting]]:
    """What lengths to trace at, each a way to try: about those ``given``, none of which another
    axis has (``fixed``); multiples, for programs that divide them; some below, for programs that
    have a largest one."""
    if not given:
        return [[{}]]
    if len(given) >= TRACES:
        raise ValueError(f"{len(given)} dynamic axes: at most {TRACES - 1}")
    taken = set(fixed)

    def free(n: int) -> int:
        """The first of so many lengths in a row that no other axis has."""
        while any(n + step in taken for step in range(TRACES)):
            n += 1
        taken.update(range(n, n + TRACES))
        return n
    bases = {name: free(max(n, 2)) for name, n in given.items()}
    steps = {name: [(i + 1) * t % TRACES for t in range(TRACES)] for i, name in enumerate(given)}

    def way(length: Callable[[str, int, int], int]) -> list[Setting]:
        return [{name: length(name, i, steps[name][t]) for i, name in enumerate(given)}
                for t in range(TRACES)]
    return [way(lambda name, i, step: bases[name] + step),
            way(lambda name, i, step: max(given[name], 2) * (step + 2 + i)),
            way(lambda name, i, step: max(given[name] - i, TRACES + 1) - step)]


def fitted(values: Sequence[float], at: Sequence[Setting]) -> Size | None:
    """The formula that has these values at these settings; None where there is none of this form.
    """
    if all(v == values[0] for v in values):
        return Size(Fraction(values[0]))
    for size in candidates(values, at):
        if all(close(size.at(here), v) for v, here in zip(values, at, strict=True)):
            return size
    return None


def candidates(values: Sequence[float], at: Sequence[Setting]) -> Iterator[Size]:
    """Formulas that have the first value: multiples of a product of lengths, or of its inverse;
    of one length, those with an offset; whole quotients."""
    names, first = list(at[0]), Fraction(values[0])
    for count in range(1, len(names) + 1):
        for axes in combinations(names, count):
            whole = Fraction(prod(at[0][name] for name in axes))
            for power in (1, -1):
                yield Size((first / whole ** power).limit_denominator(1 << 20), axes, power)
    for name in names:
        here = at[0][name]
        factor = Fraction(values[1] - values[0]) / (at[1][name] - here)
        yield Size(factor, (name,), 1, first - factor * here)
        for divisor in DIVISORS if len(set(values)) > 2 else ():
            for rest in range(divisor):
                yield Size(Fraction(1), (name,), 1, divisor * first - here + rest, divisor)


def close(a: Fraction, b: float) -> bool:
    return abs(a - Fraction(b)) <= abs(a) * Fraction(1, 1 << 40)


__all__ = ["Setting", "Size", "fitted", "settings"]
