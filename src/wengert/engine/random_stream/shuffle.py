"""The permutation that exchanges of two places make of 0, 1, 2, ..., one after the other.

Exchange ``i`` is of the places ``i`` and ``others[i]``, which is no earlier one. After it place
``i`` is left alone, so what it holds then is what place ``others[i]`` held before; and that came
there by the last exchange with this place, of what lay at its number. So each place has a source
before it, and the sources of all are found at once by going twice as far each time.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW, MANY = 300, 2**18
"""Fewer are exchanged one by one, and more: an array of words is smaller then."""
SHORT = 2**16
"""NumPy sorts so many small numbers by their digits."""


def exchanged(others: NDArray[np.int64]) -> Any:
    """What 0 to ``others.size`` become."""
    size = others.size + 1
    if FEW < size <= MANY:
        return _at_once(others)
    order: Any = list(range(size)) if size < MANY else array("q", range(size))
    for i, j in enumerate(others.tolist()):
        order[i], order[j] = order[j], order[i]
    return order


def _at_once(others: NDArray[np.int64]) -> NDArray[np.int64]:
    last = others.size
    source = np.arange(last + 2)
    steps = source[:last].copy()
    idle = np.flatnonzero(np.equal(others, steps))   # with itself
    targets = others.copy()
    targets[idle] = last + 1
    source[targets] = steps   # of the exchanges with a place, the last one
    source[last + 1] = last + 1
    while True:
        further = source.take(source)
        if np.array_equal(further, source):
            break
        source = further
    keys: Any = others.astype(np.uint16) if last < SHORT else others
    order = np.argsort(keys, kind="stable")
    places, held = others.take(order), source.take(order)
    again = np.equal(places[1:], places[:-1])   # what the exchange before this one left there
    held = (held[:-1] - places[1:]) * again
    places[1:] += held
    out = np.empty(last + 1, np.int64)
    out[order] = places
    out[last] = source[last]
    out[idle] = source.take(idle)
    return out


__all__ = ["exchanged"]
