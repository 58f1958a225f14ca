"""Reading and writing ``x[...]``: integers, slices, ``None``, ``...``, and index tensors.

Integers, slices, ``None`` and ``...`` give a view, which shares storage with ``x``. Index tensors,
lists of integers and masks give a copy. Integers and where slices start are runtime numbers, so a
loop over them stays on one path. A mask's true elements must be known first, so it is computed at
the call; writing one number where a mask holds needs no such wait.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from ..engine.dtypes import bool_
from ..engine.recording.flushing import value
from ..engine.recording.handle import Array, Handle, extra, is_leaf, shared_store
from ..engine.recording.index_spec import parse
from ..engine.recording.operation import OPERATIONS
from ..engine.recording.rebinding import count_write
from ..engine.recording.recorder import hold, record, record_write
from ..engine.recording.recording import dtype_of, here, shape_of

_BASIC = {kind: OPERATIONS[f"basic_{kind}"] for kind in ("select", "slice", "unsqueeze", "alias")}
_INDEX = OPERATIONS["advanced_index"]
_SET = OPERATIONS["basic_set"]
_SET_AT = OPERATIONS["advanced_set"]
_FILL = OPERATIONS["masked_fill"]
_NUMBERS = (bool, int, float, complex, np.generic)


class Indexing:
    """The part of Tensor with ``x[...]`` and ``x[...] = value``."""

    __slots__ = ()

    def __getitem__(self: Any, index: Any) -> Any:
        spec, numbers, tensors = parse(shape_of(self), index, is_tensor, places_of)
        if tensors:
            return record(_INDEX, (self, tuple([as_places(t) for t in tensors]), spec, numbers))
        return record(_BASIC[spec[0]], (self, spec, numbers))

    def __setitem__(self: Any, index: Any, value: Any) -> None:
        value = assignable(self, value)
        if index is True:
            index = None
        if is_tensor(index) and dtype_of(index) is bool_ and is_single(value):
            mask = leading_mask(self, index)
            if mask is not None:
                _refuse_leaf(self, "masked_fill", view=False)
                record_write(_FILL, (self, mask, as_single(value)))
                return
        spec, numbers, tensors = parse(shape_of(self), index, is_tensor, places_of)
        _refuse_leaf(self, "x[...] = value", view=not tensors and spec[0] != "alias")
        if tensors:
            places = tuple([as_places(t) for t in tensors])
            record_write(_SET_AT, (self, value, places, spec, numbers))
        elif is_part(self, value, spec, numbers):
            count_write(self)
        else:
            record_write(_SET, (self, value, spec, numbers))

    def __delitem__(self, index: Any) -> NoReturn:
        raise TypeError("Tensor does not support deleting items")


def is_tensor(item: object) -> bool:
    """Whether an item of an index is a tensor."""
    return isinstance(item, Handle)


def places_of(mask: Handle) -> Sequence[Array]:
    """The index arrays of the true elements of a mask."""
    return np.nonzero(value(mask))


def as_places(index: Any) -> Handle:
    """An index array as a tensor."""
    return index if isinstance(index, Handle) else hold(np.asarray(index, np.int64))


def assignable(target: Handle, value: Any) -> Any:
    """What is to be written: a tensor or a number; TypeError for anything else."""
    if isinstance(value, (Handle, *_NUMBERS)):
        return value
    raise TypeError(f"can't assign a {type(value).__qualname__} to a "
                    f"torch.{dtype_of(target).legacy_name}Tensor; make it a tensor first: "
                    "torch.tensor(value)")


def is_single(value: Any) -> bool:
    """Whether ``value`` is a number or a tensor of one element."""
    return not isinstance(value, Handle) or math.prod(shape_of(value)) == 1


def as_single(value: Any) -> Any:
    """A number, or a tensor of one element without dimensions."""
    if not isinstance(value, Handle) or not shape_of(value):
        return value
    return record(OPERATIONS["reshape"], (value, ()))


def leading_mask(x: Handle, mask: Handle) -> Any:
    """A mask of the first dimensions of ``x``, made to broadcast over the others; None if it is no
    such mask."""
    shape, of = shape_of(x), shape_of(mask)
    if not of or shape[:len(of)] != of:
        return None
    if len(of) == len(shape):
        return mask
    return record(OPERATIONS["reshape"], (mask, (*of, *(1,) * (len(shape) - len(of)))))


def _refuse_leaf(target: Handle, name: str, *, view: bool) -> None:
    """RuntimeError where a leaf that requires grad would be written in grad mode."""
    if is_leaf(target) and here.modes.grad:
        raise RuntimeError(
            f"{'a view of ' * view}a leaf Variable that requires grad is being used in an in-place "
            f"operation ({name}). Write to it inside `with torch.no_grad():`, or to a clone()")


def is_part(target: Handle, part: Any, spec: Any, numbers: tuple[Any, ...]) -> bool:
    """Whether ``part`` is the very view of ``target`` that is to be written, as at the end of
    ``x[i] += 1``; then it is there already."""
    if not isinstance(part, Handle) or shared_store(part) is None:
        return False
    x = extra(target)
    chain = extra(part).chain
    if x.store is not shared_store(part) or len(chain) != len(x.chain) + 1 or (
            chain[:-1] != x.chain):
        return False
    (op, given, _), runtime = chain[-1]
    return op is _BASIC.get(spec[0]) and given == spec and runtime == numbers
