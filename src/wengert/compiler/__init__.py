"""``torch.compiler``: what programs ask of a compiler; :func:`torch.compile` itself is in
``steps.py``.
"""

from __future__ import annotations

import contextlib
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


_STANCES = ("default", "eager_then_compile", "aot_eager_then_compile", "force_eager",
            "eager_on_recompile", "fail_on_recompile")


class set_stance(contextlib.ContextDecorator):
    """Accepted, as a call, a context or a decorator; changes nothing: what is compiled and what is
    recorded has the same values. RuntimeError for a stance that PyTorch does not have, and for a
    ``force_backend`` beside any but "default".

    >>> with torch.compiler.set_stance("force_eager"):
    ...     torch.compile(torch.sin)(torch.zeros(2))
    tensor([0., 0.])
    """

    def __init__(self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False,
                 force_backend: Any = None) -> None:
        if stance not in _STANCES:
            raise RuntimeError(f"invalid torch.compile stance '{stance}'; there are "
                               f"{', '.join(_STANCES)}")
        if force_backend is not None and stance != "default":
            raise RuntimeError("non-default stance cannot have force_backend set")
        self.stance = stance

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        return None


def nested_compile_region(fn: Any = None, *, options: Any = None, max_reuse_entries: int = 8,
                          reuse_hash_fn: Any = None) -> Any:
    """``fn`` itself, also as a decorator with arguments."""
    return fn if fn is not None else lambda fn: fn


def substitute_in_graph(original_fn: Any, *, can_constant_fold_through: bool = False,
                        skip_signature_check: bool = False) -> Any:
    """A decorator that leaves its function as it is: the original one runs."""
    return lambda fn: fn


def set_enable_guard_collectives(enabled: bool) -> bool:
    """False, as it was: guards ask no other process."""
    return False


def save_cache_artifacts() -> None:
    """None: kernels are kept in a folder of their own (``config.cache``), not in artifacts."""


__all__ = ["allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin",
           "disable", "is_compiling", "is_dynamo_compiling", "is_exporting", "list_backends",
           "nested_compile_region", "reset", "save_cache_artifacts", "set_enable_guard_collectives",
           "set_stance", "substitute_in_graph"]
answer_missing_names(__name__)
