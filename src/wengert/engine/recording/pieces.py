"""Joins and splits without a node for each piece: ``stack``, ``cat``, ``unbind``, ``split``.

What a loop has made is joined at its end, and what it reads may be taken apart before: as many
pieces as the loop has turns, another number each time. Closures made of the nodes of such a call
take long to make, and a pullback that puts each piece into zeros takes a square of their number.
:func:`pieces_of` gives what computes value and pullback at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ..backends.elsewhere import on_devices
from ..backends.straight import plain_starts
from ..graph import Node
from ..ops.structural import concatenate, reshape, slice_

LEAST = 5
"""Of so many pieces."""
Run = Callable[..., Any]


class Pieces:
    """``run`` is the value of a call. ``pull(given)`` is the function from the cotangents of the
    results ``given`` to those of the operands in the places ``targets``; it reads nothing else."""

    __slots__ = ("pull", "run", "targets")

    def __init__(self, run: Run, pull: Callable[[tuple[int, ...]], Run],
                 targets: tuple[int, ...]) -> None:
        self.run, self.pull, self.targets = run, pull, targets


def pieces_of(slots: Sequence[Node], outs: Sequence[Node]) -> Pieces | None:
    """What computes ``outs`` of ``slots``, where that is a join or a split of :data:`LEAST` or more
    pieces."""
    if max(len(slots), len(outs)) < LEAST or on_devices([*slots, *outs]):
        return None
    if len(outs) == 1:
        return joined(slots, outs[0])
    return taken_apart(slots[0], outs) if len(slots) == 1 else None


def joined(slots: Sequence[Node], out: Node) -> Pieces | None:
    """The pieces of a concatenation, each an operand as it is or in another shape."""
    if out.prim is not concatenate or len(out.args) != len(slots) or any(
            slot.dtype is not out.dtype or slot.weak or not (
                arg is slot or (arg.prim is reshape and arg.args[0] is slot))
            for slot, arg in zip(slots, out.args, strict=True)):
        return None
    axis, shape = out.params["axis"], out.shape
    targets = tuple([k for k, slot in enumerate(slots) if slot.requires_grad])
    shapes = [arg.shape for arg in out.args]
    ends = [*accumulate([each[axis] for each in shapes])]
    before = (slice(None),) * axis
    places = [(*before, slice(end - each[axis], end))
              for each, end in zip(shapes, ends, strict=True)]
    alike = all(arg is slot for slot, arg in zip(slots, out.args, strict=True))
    rows = axis == 0 and all(slot.shape == shape[1:] for slot in slots)
    dtype = out.dtype.numpy

    def run(*values: Any) -> Any:
        if rows:
            return (np.concatenate(values) if len(shape) > 1 else np.array(values, dtype)
                    ).reshape(shape)
        return np.concatenate(values if alike else [
            value.reshape(each) for value, each in zip(values, shapes, strict=True)], axis)

    def pull(ct: Any, read: Any = ()) -> Any:
        if rows:
            parts = [*np.ascontiguousarray(ct)]
            return tuple([parts[k] for k in targets]) if len(targets) > 1 else parts[targets[0]]
        found = tuple([np.ascontiguousarray(ct[places[k]]).reshape(slots[k].shape)
                       for k in targets])
        return found if len(found) > 1 else found[0]

    return Pieces(run, lambda given: pull, targets)


def taken_apart(slot: Node, outs: Sequence[Node]) -> Pieces | None:
    """The pieces of a tensor along an axis, one after the other."""
    places: list[tuple[Any, ...]] = []
    end, axis = 0, -1
    for out in outs:
        part = out.args[0] if out.prim is reshape else out
        if part.prim is not slice_ or part.args[0] is not slot or out.dtype is not slot.dtype:
            return None
        params, starts = part.params, plain_starts(part)
        if starts != [end] or len(params["axes"]) != 1 or params["steps"] != (1,) or (
                axis not in (-1, params["axes"][0])):
            return None
        axis, length = params["axes"][0], params["lengths"][0]
        places.append((*(slice(None),) * axis, slice(end, end + length)))
        end += length
    if end != slot.shape[axis] or len(set(outs)) != len(outs):
        return None
    shapes = [out.shape for out in outs]
    rows = axis == 0 and all(each == slot.shape[1:] for each in shapes)
    parts = [(out.args[0] if out.prim is reshape else out).shape for out in outs]
    every, dtype = tuple(range(len(outs))), slot.dtype.numpy

    def run(value: Any) -> Any:
        return tuple(value) if rows else tuple([
            value[place].reshape(each) for place, each in zip(places, shapes, strict=True)])

    def pull(given: tuple[int, ...]) -> Run:
        def of_all(*cts: Any) -> Any:
            if rows:
                return (np.concatenate(cts[:-1]) if slot.ndim > 1 else np.array(cts[:-1], dtype)
                        ).reshape(slot.shape)
            return np.concatenate([ct.reshape(each) for ct, each in zip(cts, parts, strict=False)],
                                  axis)

        def of_some(*cts: Any) -> Any:
            out = np.zeros(slot.shape, dtype)
            for k, ct in zip(given, cts, strict=False):
                out[places[k]] = ct.reshape(parts[k])
            return out

        return of_all if given == every else of_some

    return Pieces(run, pull, (0,) if slot.requires_grad else ())


__all__ = ["Pieces", "pieces_of"]
