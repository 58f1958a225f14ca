"""Methods of Tensor that are Python functions made of others: each is attached where it is defined,
by a module that the root loads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .operators import Tensor

F = TypeVar("F", bound=Callable[..., object])


def method(function: F) -> F:
    """A decorator: the function is a method of Tensor too, with the tensor as its first argument.
    """
    setattr(Tensor, function.__name__, function)
    return function


__all__ = ["method"]
