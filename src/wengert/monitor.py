"""``torch.monitor``: counters and events, which go to the handlers that a program registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .names.missing import answer_missing_names

_handlers: list[Callable[[Any], None]] = []


@dataclass
class Event:
    """Something that happened."""

    name: str
    timestamp: datetime
    data: dict[str, Any] = field(default_factory=dict)


def register_event_handler(callback: Callable[[Event], None]) -> Any:
    """Have ``callback`` called with each event."""
    _handlers.append(callback)
    return callback


def unregister_event_handler(handler: Any) -> None:
    """No more."""
    _handlers.remove(handler)


def log_event(event: Event) -> None:
    """Give an event to the handlers."""
    for handler in _handlers:
        handler(event)


class _WaitCounterTracker:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        return None


class _WaitCounter:
    """A counter of waiting times, which counts nothing."""

    def __init__(self, key: str) -> None:
        self.key = key

    def guard(self) -> _WaitCounterTracker:
        """A block without effect."""
        return _WaitCounterTracker()


__all__ = ["Event", "log_event", "register_event_handler", "unregister_event_handler"]
answer_missing_names(__name__)
