"""``Stateful``: what saves and loads itself by a state dict."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from ...names.missing import answer_missing_names


@runtime_checkable
class Stateful(Protocol):
    """An object with ``state_dict()`` and ``load_state_dict(state_dict)``."""

    def state_dict(self) -> dict[str, Any]:
        """The state."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state."""
        ...


__all__ = ["Stateful"]
answer_missing_names(__name__)
