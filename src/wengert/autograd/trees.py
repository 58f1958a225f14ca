"""The structures that transforms of functions take and give: tuples, named tuples, lists, dicts and
dataclasses of tensors.

A field of a dataclass that holds no tensor is no part of the structure: it stays as it is. What a
recording keeps (``engine/recording/structures.py``) does not look into dataclasses, which a program
may change; a transform's function gets new ones.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..engine.recording.handle import Handle
from ..engine.recording.structures import with_items


def parts_of(value: Any) -> dict[Any, Any] | None:
    """What a structure holds, by position, key or field; None for a leaf."""
    if isinstance(value, (tuple, list)):
        return dict(enumerate(value))
    if isinstance(value, dict):
        return value
    fields = getattr(value.__class__, "__dataclass_fields__", None)
    if fields is None or isinstance(value, Handle):
        return None
    found = {name: item for name in fields
             if next(tensors_in(item := getattr(value, name, None)), None) is not None}
    return found or None


def with_parts(value: Any, parts: Mapping[Any, Any]) -> Any:
    """A structure like ``value`` that holds ``parts``."""
    if isinstance(value, dict):
        return dict(parts) if type(value) is dict else type(value)(parts)
    if isinstance(value, (tuple, list)):
        return with_items(value, list(parts.values()))
    new = copy.copy(value)
    for name, item in parts.items():
        object.__setattr__(new, name, item)   # of a frozen one too
    return new


def tensors_in(value: Any) -> Iterator[Handle]:
    """The tensors of a structure, in order."""
    if isinstance(value, Handle):
        yield value
        return
    for item in items_of(value) or ():
        yield from tensors_in(item)


def leaves_of(value: Any) -> Iterator[Any]:
    """What a structure holds, tensors and other things, in order."""
    items = None if isinstance(value, Handle) else items_of(value)
    if items is None:
        yield value
        return
    for item in items:
        yield from leaves_of(item)


def items_of(value: Any) -> Iterable[Any] | None:
    """What a structure holds directly; None for a leaf."""
    if isinstance(value, (tuple, list)):
        return value
    parts = parts_of(value)
    return None if parts is None else parts.values()


def mapped(value: Any, of_tensor: Callable[[Any], Any]) -> Any:
    """The structure with each tensor replaced; what holds no tensor is left as it is."""
    if isinstance(value, Handle):
        return of_tensor(value)
    if next(tensors_in(value), None) is None:
        return value
    parts = parts_of(value) or {}
    return with_parts(value, {key: mapped(item, of_tensor) for key, item in parts.items()})


def rebuilt(value: Any, leaves: Iterator[Any]) -> Any:
    """The structure of ``value`` with other leaves, in order."""
    parts = None if isinstance(value, Handle) else parts_of(value)
    if parts is None:
        return next(leaves)
    return with_parts(value, {key: rebuilt(item, leaves) for key, item in parts.items()})


def alike(a: Any, b: Any) -> bool:
    """Whether two structures are the same, whatever their leaves are."""
    parts, others = parts_of(a), parts_of(b)
    if parts is None or others is None:
        return parts is others
    kind = dict if isinstance(a, dict) else list if isinstance(a, list) else (
        tuple if isinstance(a, tuple) else type(a))
    return isinstance(b, kind) and parts.keys() == others.keys() and all(
        alike(item, others[key]) for key, item in parts.items())


def outline(value: Any) -> str:
    """A structure as a text, with ``*`` for each leaf."""
    parts = parts_of(value)
    if parts is None:
        return "*"
    items = [outline(item) for item in parts.values()]
    if isinstance(value, dict):
        inside = ", ".join(f"{key!r}: {item}" for key, item in zip(parts, items, strict=True))
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(items)}]"
    name = "" if type(value) is tuple else type(value).__name__
    return f"{name}({', '.join(items)}{',' if not name and len(items) == 1 else ''})"


__all__ = ["alike", "leaves_of", "mapped", "outline", "parts_of", "rebuilt", "tensors_in",
           "with_parts"]
