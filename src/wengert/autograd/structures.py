"""Tensors inside tuples, lists and dicts: taken out in order, and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..recording.handle import Handle


def tensors_in(value: Any) -> Iterator[Handle]:
    """The tensors of a structure, in order."""
    if isinstance(value, Handle):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)


def mapped(value: Any, of_tensor: Callable[[Any], Any]) -> Any:
    """The structure with each tensor replaced; what holds no tensor is left as it is."""
    if isinstance(value, Handle):
        return of_tensor(value)
    if next(tensors_in(value), None) is None:
        return value
    items = value.items() if isinstance(value, dict) else enumerate(value)
    new = {key: mapped(item, of_tensor) for key, item in items}
    if isinstance(value, dict):
        return new if type(value) is dict else type(value)(new)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*new.values())
    return type(value)(new.values())


def leaves_like(value: Any, given: Any) -> Iterator[Any]:
    """For each tensor of the structure ``value``, what stands in its place in ``given``, where None
    may stand for a whole part; TypeError if the structures differ."""
    if isinstance(value, Handle):
        yield given
    elif isinstance(value, (tuple, list)):
        items = [None] * len(value) if given is None else list(given)
        if len(items) != len(value):
            raise TypeError(f"a structure with {len(value)} parts got {len(items)} gradients")
        for item, part in zip(value, items, strict=True):
            yield from leaves_like(item, part)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves_like(item, None if given is None else given.get(key))


__all__ = ["leaves_like", "mapped", "tensors_in"]
