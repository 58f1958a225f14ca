"""``torch.compiler``: what programs ask of a compiler; :func:`torch.compile` itself is in
``steps.py``.
"""

from __future__ import annotations

from typing import Any

from ..names.missing import answer_missing_names
from .dynamo import assume_constant_result
from .steps import compile


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


__all__ = ["allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin",
           "disable", "is_compiling", "is_dynamo_compiling", "is_exporting", "list_backends",
           "reset"]
answer_missing_names(__name__)
