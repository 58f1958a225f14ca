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
from ..ops.structural import alias, concatenate, reshape, slice_
from .strides import strides_apart

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
    """The pieces of a concatenation, each an operand as it is, in another shape, or a part of it.
    """
    if out.prim is concatenate and slice_ in [arg.prim for arg in out.args]:
        return joined_parts(slots, out)
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


def joined_parts(slots: Sequence[Node], out: Node) -> Pieces | None:
    """The pieces of a concatenation of operands and parts of operands, in any order."""
    row = {slot: k for k, slot in enumerate(slots)}
    if len(row) < len(slots) or any(slot.dtype is not out.dtype or slot.weak for slot in slots):
        return None
    axis, end = out.params["axis"], 0
    before = (slice(None),) * axis
    pieces: list[tuple[int, Any, Any]] = []   # whose, which part, and where it goes
    for arg in out.args:
        whole = arg if arg in row else arg.args[0] if arg.args else arg
        found = part_of(arg, whole)
        if whole not in row or found is None:
            return None
        part = (*(slice(None),) * found[0], slice(found[1], found[1] + found[2]))
        end += arg.shape[axis]
        pieces.append((row[whole], part, (*before, slice(end - arg.shape[axis], end))))
    shapes, dtype = [slot.shape for slot in slots], out.dtype.numpy
    parts = {k: (part, place) for k, part, place in pieces}
    if len(pieces) > len(parts):
        return None
    targets = tuple([k for k, slot in enumerate(slots) if slot.requires_grad and k in parts])

    def run(*values: Any) -> Any:
        return np.concatenate([values[k][part] for k, part, _ in pieces], axis)

    def pull(ct: Any, read: Any = ()) -> Any:
        found = []
        for k in targets:
            part, place = parts[k]
            whole = np.zeros(shapes[k], dtype)
            whole[part] = ct[place]
            found.append(whole)
        return tuple(found) if len(found) > 1 else found[0]

    return Pieces(run, lambda given: pull, targets)


def part_of(node: Node, whole: Node) -> tuple[int, int, int] | None:
    """Along which axis a node is a part of the ``whole``, or of a part of it and so on, without
    gaps; where in the whole it begins, and how long it is. None of another node."""
    axis, start, end = -1, 0, node
    while end is not whole:
        params = end.params
        if end.prim is alias:
            end = end.args[0]
            continue
        if end.prim is not slice_ or len(params["axes"]) != 1 or params["steps"] != (1,) or (
                axis not in (-1, params["axes"][0])):
            return None
        starts = plain_starts(end)
        if starts is None:
            return None
        axis, start, end = params["axes"][0], start + starts[0], end.args[0]
    return max(axis, 0), start, node.shape[max(axis, 0)] if node.shape else 1


def joined_as_they_are(slots: Sequence[Node], outs: Sequence[Node]) -> int | None:
    """The axis along which different operands are joined, if each is a piece as it is, and all lie
    row by row."""
    out = outs[0]
    if out.prim is not concatenate or len(outs) > 1 or out.args != tuple(slots) or (
            len({*slots}) < len(slots)) or on_devices(slots) or any(
            slot.dtype is not out.dtype or slot.weak or 0 in slot.shape
            or strides_apart(slot) is not None for slot in slots):
        return None
    axis: int = out.params["axis"]
    return axis


def of_lengths(lengths: Sequence[int], axis: int, targets: tuple[int, ...]) -> Pieces:
    """The pieces of such a join, which are so long."""
    before = (slice(None),) * axis
    places = [(*before, slice(end - length, end))
              for length, end in zip(lengths, accumulate(lengths), strict=True)]

    def pull(ct: Any, read: Any = ()) -> Any:
        found = tuple([np.ascontiguousarray(ct[places[k]]) for k in targets])
        return found if len(found) > 1 else found[0]

    return Pieces(joining(axis), lambda given: pull, targets)


def joining(axis: int) -> Run:
    """What joins values along an axis."""
    join = np.concatenate
    return lambda *values: join(values, axis)


def taken_apart(slot: Node, outs: Sequence[Node]) -> Pieces | None:
    """The pieces of a tensor along an axis, one after the other."""
    places: list[tuple[Any, ...]] = []
    end, axis = 0, -1
    for out in outs:
        part = out.args[0] if out.prim is reshape else out
        found = part_of(part, slot) if part.prim is slice_ and out.dtype is slot.dtype else None
        if found is None or found[1] != end or axis not in (-1, found[0]):
            return None
        axis, _, length = found
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


__all__ = ["Pieces", "joined_as_they_are", "joining", "of_lengths", "pieces_of"]
