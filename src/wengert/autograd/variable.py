"""``Variable``, the name that tensors with gradients once had."""

from __future__ import annotations

from typing import Any

from ..engine.recording.handle import Handle
from ..names.missing import answer_missing_names
from .hooks import fresh


class _Kind(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Handle)


class Variable(metaclass=_Kind):
    """``Variable(tensor)`` is a tensor; old programs write it."""

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        made: Any = fresh(data)
        return made.requires_grad_() if requires_grad else made


__all__ = ["Variable"]
answer_missing_names(__name__)
