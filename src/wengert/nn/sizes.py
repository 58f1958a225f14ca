"""``torch.nn.modules.utils`` and ``torch.nn.common_types``: sizes as tuples, and their types."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from itertools import repeat
from typing import Any, TypeVar

from ..tensors.operators import Tensor

T = TypeVar("T")
_scalar_or_tuple_any_t = T | tuple[T, ...]   # type: ignore[misc]
_scalar_or_tuple_1_t = T | tuple[T]   # type: ignore[misc]
_scalar_or_tuple_2_t = T | tuple[T, T]   # type: ignore[misc]
_scalar_or_tuple_3_t = T | tuple[T, T, T]   # type: ignore[misc]
_size_any_t = int | tuple[int, ...]
_size_1_t = int | tuple[int]
_size_2_t = int | tuple[int, int]
_size_3_t = int | tuple[int, int, int]
_size_any_opt_t = int | None | tuple[int | None, ...]
_size_2_opt_t = int | None | tuple[int | None, int | None]
_size_3_opt_t = int | None | tuple[int | None, int | None, int | None]
_ratio_any_t = float | tuple[float, ...]
_ratio_2_t = float | tuple[float, float]
_ratio_3_t = float | tuple[float, float, float]
_maybe_indices_t = Tensor | tuple[Tensor, Tensor]


def _ntuple(n: int, name: str = "parse") -> Any:
    """A function that makes a tuple of ``n`` of a number, and leaves what is iterable."""
    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, collections.abc.Iterable) else tuple(repeat(x, n))

    parse.__name__ = name
    return parse


_single, _pair, _triple, _quadruple = (
    _ntuple(n, name) for n, name in enumerate(("_single", "_pair", "_triple", "_quadruple"), 1))


def _reverse_repeat_tuple(t: Iterable[Any], n: int) -> tuple[Any, ...]:
    """Each element ``n`` times, the last ones first."""
    return tuple(x for x in reversed(list(t)) for _ in range(n))


def _list_with_default(out_size: list[int], defaults: list[int]) -> list[int]:
    """The sizes, with those of ``defaults`` from its end for None."""
    if isinstance(out_size, int):
        return out_size
    if len(defaults) <= len(out_size):
        raise ValueError(f"Input dimension should be at least {len(out_size) + 1}")
    return [v if v is not None else d
            for v, d in zip(out_size, defaults[-len(out_size):], strict=True)]


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Take ``prefix`` from the keys that begin with it, in place."""
    for key in list(state_dict):
        if key.startswith(prefix):
            state_dict[key[len(prefix):]] = state_dict.pop(key)
    metadata = getattr(state_dict, "_metadata", None)
    if metadata is not None:
        for key in list(metadata):
            if key and f"{key}.".startswith(prefix):
                metadata[key[len(prefix):]] = metadata.pop(key)
