"""``torch.compiler`` and ``torch.compile``: functions and modules pass through.

Every program is recorded as it runs, and what was recorded runs again by a look-up, so there is
nothing to ask for.
"""

from __future__ import annotations

from typing import Any

from .missing import answer_missing_names


def compile(model: Any = None, *, fullgraph: bool = False, dynamic: bool | None = None,
            backend: Any = "inductor", mode: str | None = None, options: Any = None,
            disable: bool = False) -> Any:
    """``model``, a function or a module, itself; without one, a decorator that gives it back.

    >>> compile(len) is len
    True
    """
    if model is not None and not callable(model):
        raise TypeError(f"torch.compile: expected a function or a module, got "
                        f"{type(model).__name__}")
    return model if model is not None else lambda model: model


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """``fn`` itself, also as a decorator with arguments."""
    return fn if fn is not None else lambda fn: fn


def allow_in_graph(fn: Any) -> Any:
    """``fn`` itself."""
    return fn


def is_compiling() -> bool:
    """False: Python runs, every time."""
    return False


def is_dynamo_compiling() -> bool:
    """False."""
    return False


def is_exporting() -> bool:
    """False."""
    return False


def reset() -> None:
    """Nothing."""


def cudagraph_mark_step_begin() -> None:
    """Nothing: there are no CUDA graphs."""


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """An empty list."""
    return []


__all__ = ["allow_in_graph", "compile", "cudagraph_mark_step_begin", "disable", "is_compiling",
           "is_dynamo_compiling", "is_exporting", "list_backends", "reset"]
answer_missing_names(__name__)
