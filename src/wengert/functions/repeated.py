"""Writes to tensors that show elements of memory more than once, as ``x.expand(3, 4)`` does.

PyTorch refuses most of them. Those that it makes, ``fill_`` and writes at places, write each
element of memory where it lies: :func:`_put` gives the storage the new values at the places that
the tensor shows, in their order, so that of several writes to one element the last stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..autograd.modes import no_grad
from ..engine.recording.flushing import value
from ..engine.recording.handle import Handle, extra
from ..engine.recording.recorder import hold, record, record_write
from ..engine.recording.recording import shape_of, shows_again
from ..engine.recording.replay import view_of
from ..engine.recording.sharing import whole
from ..engine.recording.write import SEVERAL
from . import comparison, indexing


def _storage(target: Handle) -> tuple[Any, Any]:
    """The storage that ``target`` shows, and the views that lead there; through ``detach``, too."""
    x = extra(target)
    store: Any = x.store
    chain = x.chain
    while store.parent is not None:
        store, chain = store.parent, (*store.chain, *chain)
    return store, chain


def _put(target: Handle, places: Any, values: Any, accumulate: bool = False) -> None:
    """Write ``values`` to places of the storage of ``target``."""
    store = _storage(target)[0]
    with nullcontext() if store is extra(target).store else no_grad():
        record_write(indexing.put, (whole(store), places, values, accumulate))


def _shown(target: Handle) -> Any:
    """The place in the storage of each element of ``target``."""
    store, chain = _storage(target)
    for _, numbers in chain:
        for number in numbers:
            if isinstance(number, Handle):
                value(number)
    shape = shape_of(whole(store))
    places = view_of(np.arange(np.prod(shape, dtype=int)).reshape(shape), chain)
    return hold(np.ascontiguousarray(places))


def _filled(op: Any, target: Any, *args: Any) -> None:
    _put(target, _shown(target), record(op, (target, *args)))


def _copied(op: Any, target: Any, src: Any) -> None:
    strides = target.stride()
    if any(n > 1 and not by for n, by in zip(shape_of(target), strides, strict=True)):
        raise RuntimeError(SEVERAL)
    _filled(op, target, src)


def _set(op: Any, target: Any, new: Any, spec: Any, numbers: Any) -> None:
    part: Any = record(indexing._BASIC[spec[0]], (target, spec, numbers))
    if shows_again(part):
        part.copy_(new)
        return
    whole_of_it, none, _ = indexing.parse(shape_of(part), ..., indexing.is_tensor,
                                          indexing.places_of)
    record_write(indexing.basic_set, (part, new, whole_of_it, none))


def _set_at(op: Any, target: Any, given: Any, *index: Any) -> None:
    new = record(indexing.advanced_set, (target, given, *index))
    _put(target, *(record(indexing.advanced_index, (x, *index)) for x in (_shown(target), new)))


def _index_put(op: Any, target: Any, indices: Sequence[Any], values: Any, accumulate: bool) -> None:
    of = target.new_zeros(shape_of(target)) if accumulate else target
    new: Any = record(indexing.index_put, (of, indices, values, accumulate))
    shown = _shown(target)
    if accumulate or not indices:
        _put(target, shown, new, accumulate)
    else:
        _put(target, shown[indices], new[indices])


def _masked_fill(op: Any, target: Any, mask: Any, filling: Any) -> None:
    new: Any = record(comparison.masked_fill, (target, mask, filling))
    mask = mask.expand(shape_of(new))
    _put(target, _shown(target)[mask], new[mask])


def _index_fill(op: Any, target: Any, dim: int, index: Any, filling: Any) -> None:
    new: Any = record(indexing.index_fill, (target, dim, index, filling))
    _put(target, *(x.index_select(dim, index) for x in (_shown(target), new)))


WRITES = {
    "fill": _filled, "zero": _filled, "copy": _copied, "basic_set": _set, "advanced_set": _set_at,
    "index_put": _index_put, "masked_fill": _masked_fill, "index_fill": _index_fill,
}
"""How such a tensor is written to, by the name of the operation."""
