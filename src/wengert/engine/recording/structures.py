"""Tensors inside tuples, lists and dicts: taken out in order, and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import is_
from types import FunctionType, MethodType, ModuleType
from typing import Any

from .handle import Handle

PLAIN = frozenset([int, float, bool, str, complex, bytes, type(None)])
"""What holds no tensor."""


def tensors_in(value: Any) -> Iterator[Handle]:
    """The tensors of a structure, in order."""
    if isinstance(value, Handle):
        return iter((value,))
    found: list[Handle] = []
    if value.__class__ not in PLAIN:
        _gather(value, found)
    return iter(found)


def _gather(value: Any, found: list[Handle]) -> None:
    """Add the tensors of a structure to those ``found``."""
    if isinstance(value, Handle):
        found.append(value)
    elif isinstance(value, (tuple, list)):
        for item in value:
            _gather(item, found)
    elif isinstance(value, dict):
        for item in value.values():
            _gather(item, found)


def leaves_of(value: Any) -> Iterator[Any]:
    """What a structure holds, tensors and other things, in order."""
    if isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves_of(item)
    else:
        yield value


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
    return with_items(value, list(new.values()))


def with_items(value: Any, items: list[Any]) -> Any:
    """A tuple or list of the type of ``value``, with other items."""
    if hasattr(value, "_fields") and not hasattr(value, "n_fields"):
        return type(value)(*items)
    return type(value)(items)   # also of what is in torch.return_types


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
            part = given.get(key) if isinstance(given, dict) else getattr(given, str(key), None)
            yield from leaves_like(item, part)


def opened(value: Any) -> Any:
    """``value`` with a dict of its fields for each object that holds tensors as attributes."""
    kind = type(value)
    if kind in PLAIN or isinstance(value, Handle):
        return value
    if isinstance(value, (tuple, list)):
        new = [opened(item) for item in value]
        return value if all(map(is_, new, value)) else new
    if isinstance(value, dict):
        return {key: opened(item) for key, item in value.items()}
    fields = fields_of(value)
    if any(isinstance(item, Handle) for item in fields.values()):
        return {name: item for name, item in fields.items() if isinstance(item, Handle)}
    return value


def fields_of(value: Any) -> dict[str, Any]:
    """The attributes of an object; none for a class, a function or a module."""
    if isinstance(value, (type, FunctionType, ModuleType, MethodType)):
        return {}
    fields = dict(getattr(value, "__dict__", None) or {})
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("__") and hasattr(value, name):
                fields[name] = getattr(value, name)
    return fields


def tensors_on(ctx: Any) -> list[Handle]:
    """The tensors among the attributes of ``ctx``, in its lists, tuples and dicts and among the
    attributes of its objects."""
    found: dict[int, Handle] = {}
    for name, item in vars(ctx).items():
        if not name.startswith("_") and type(item) not in PLAIN:
            found.update((id(h), h) for h in tensors_in(opened(item)))
    return list(found.values())


__all__ = ["leaves_like", "leaves_of", "mapped", "opened", "tensors_in", "tensors_on",
           "with_items"]
