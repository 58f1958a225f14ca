"""Whether constructors of sparse tensors look at what costs a walk over all places; the rest they
check in any case."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

_switch = {"on": False}


class check_sparse_tensor_invariants:
    """A context, or a decorator, in which constructors of sparse tensors see to it that the places
    of each row (column) are sorted and distinct, and that a COO tensor which is said to be
    coalesced is so: RuntimeError where they are not. ``enable()`` and ``disable()`` switch it for
    good; ``check_invariants=`` of a constructor decides for itself.

    >>> with torch.sparse.check_sparse_tensor_invariants():
    ...     torch.sparse.check_sparse_tensor_invariants.is_enabled()
    True
    """

    def __init__(self, enable: bool = True) -> None:
        self.state = enable
        self.saved_state: bool | None = None

    @staticmethod
    def is_enabled() -> bool:
        """Whether it is on."""
        return _switch["on"]

    @staticmethod
    def enable() -> None:
        """Switch it on."""
        _switch["on"] = True

    @staticmethod
    def disable() -> None:
        """Switch it off."""
        _switch["on"] = False

    def __enter__(self) -> None:
        if self.saved_state is not None:
            raise RuntimeError("This context manager instance is already activated. Use a "
                               "different context manager instance for context nesting.")
        self.saved_state, _switch["on"] = _switch["on"], self.state

    def __exit__(self, *error: Any) -> None:
        assert self.saved_state is not None
        _switch["on"], self.saved_state = self.saved_state, None

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with type(self)(self.state):
                return function(*args, **kwargs)
        return inside


def asked(given: bool | None) -> bool:
    """Whether a constructor is to check, which was given ``check_invariants``."""
    return _switch["on"] if given is None else given


def check_coalesced(index: Any) -> None:
    """RuntimeError unless the places, one in each column of ``index``, grow."""
    order = np.lexsort(index[::-1]) if index.shape[0] else np.arange(index.shape[1])
    sorted_already = np.array_equal(order, np.arange(order.size))
    if not sorted_already or not (index[:, 1:] != index[:, :-1]).any(axis=0).all():
        raise RuntimeError("cannot set is_coalesced to true if indices correspond to uncoalesced "
                           "COO tensor")


def check_lines(begins: Any, others: Any, name: tuple[str, str], lines: str) -> None:
    """RuntimeError unless the places of each row (column) grow."""
    grows = np.diff(others) > 0
    heads = begins[1:-1]
    grows[heads[(heads > 0) & (heads < others.size)] - 1] = True
    if not grows.all():
        plain, begin = f"{name[1]}_indices", f"{name[0]}_indices"
        raise RuntimeError(
            f"`{plain}[..., {begin}[..., i - 1]:{begin}[..., i]] for all i = 1, ..., {lines} are "
            "sorted and distinct along the last dimension values` is not satisfied.")
