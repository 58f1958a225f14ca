"""Functions whose arguments have more than one name."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def also(**names: str) -> Callable[[F], F]:
    """A decorator: an argument given as one of ``names`` is that parameter.

    >>> @also(a="b")
    ... def f(b):
    ...     return b
    >>> f(a=1), f(b=2), f(3)
    (1, 2, 3)
    """
    def around(function: F) -> F:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for name, meant in names.items():
                if name in kwargs and meant not in kwargs:
                    kwargs[meant] = kwargs.pop(name)
            return function(*args, **kwargs)

        return call  # type: ignore[return-value]  # it has the same signature
    return around


__all__ = ["also"]
