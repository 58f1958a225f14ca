"""Where an element is: sums of loop variables, whole quotients and remainders."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """``const + sum(count * atom)``; an atom is a loop variable's name, a :class:`Part`, or an
    expression whose value is an integer."""

    terms: tuple[tuple[Hashable, int], ...] = ()
    const: int = 0

    def __add__(self, other: Place | int) -> Place:   # type: ignore[override]
        other = place(other)
        counts: dict[Hashable, int] = dict(self.terms)
        for atom, count in other.terms:
            counts[atom] = counts.get(atom, 0) + count
        return Place(tuple((a, n) for a, n in counts.items() if n), self.const + other.const)

    def times(self, n: int) -> Place:
        """``n`` times it."""
        return Place(tuple((a, c * n) for a, c in self.terms) if n else (), self.const * n)


class Part(NamedTuple):
    """The whole quotient of a place by ``n``, or the remainder."""

    what: str
    of: Place
    n: int


Index = tuple[Place, ...]
Ends = Mapping[Hashable, int]
"""The greatest value of each loop variable, whose least is 0."""
QUOTIENT, REMAINDER = "quotient", "remainder"


def place(x: Place | int | str) -> Place:
    """A number or a variable as a place."""
    if isinstance(x, Place):
        return x
    return Place((), x) if isinstance(x, int) else Place(((x, 1),))


def greatest(x: Place, ends: Ends) -> int | None:
    """The greatest value of ``x``; None where it is not known, or may be negative."""
    found = x.const
    for atom, count in x.terms:
        end = ends.get(atom)
        if isinstance(atom, Part):
            inside = greatest(atom.of, ends)
            end = atom.n - 1 if atom.what == REMAINDER else (
                None if inside is None else inside // atom.n)
        if end is None or count < 0:
            return None
        found += count * end
    return None if x.const < 0 else found


def divided(x: Place, n: int, ends: Ends) -> tuple[Place, Place]:
    """The whole quotient and the remainder of ``x`` by ``n``, which is not negative."""
    if n == 1:
        return x, Place()
    whole = Place(tuple((a, c // n) for a, c in x.terms if c % n == 0), x.const // n)
    rest = Place(tuple((a, c) for a, c in x.terms if c % n), x.const % n)
    most = greatest(rest, ends)
    if most is not None and most < n:
        return whole, rest
    return (whole + Place(((Part(QUOTIENT, rest, n), 1),)),
            Place(((Part(REMAINDER, rest, n), 1),)))


def flat(index: Sequence[Place], shape: Sequence[int]) -> Place:
    """The place of an element among all, row by row."""
    found = Place()
    for at, n in zip(index, shape, strict=True):
        found = found.times(n) + at
    return found


def unflat(x: Place, shape: Sequence[int], ends: Ends) -> Index:
    """The index of the element at ``x`` among all, row by row."""
    found = []
    for i, n in enumerate(shape):
        if n == 1:
            found.append(Place())
            continue
        rest = math.prod(shape[i + 1:])
        here, x = divided(x, rest, ends)
        found.append(here)
    return tuple(found)


def modulo(x: Place, n: int) -> Place:
    """The remainder of ``x``, from ``-n`` on, by ``n``."""
    return Place(((Part(REMAINDER, x + n, n), 1),))


__all__ = ["QUOTIENT", "REMAINDER", "Index", "Part", "Place", "divided", "flat", "modulo", "place",
           "unflat"]
