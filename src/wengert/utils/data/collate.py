"""From a list of samples to a batch: :func:`default_collate`, :func:`default_convert`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ...engine.dtypes import float64
from ...functions import joins
from ...names.missing import answer_missing_names
from ...tensors.data import as_tensor, tensor
from ...tensors.operators import Tensor
from ...tensors.recorded import function

stack = function(joins.stack)

TEXT = "SaUO"
"""The kinds of NumPy's dtypes that are no numbers: bytes, text, objects."""


def default_collate(batch: Any) -> Any:
    """The samples of a list as one batch: tensors are stacked, numbers become a tensor.

    Arrays count as tensors; floats give float64. Text stays a list. Of tuples, named tuples,
    sequences and mappings each field is collated by itself. RuntimeError if samples differ in
    length, TypeError for any other type.

    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]
    """
    return _collated(batch, {})


def collate(batch: Any, *,
            collate_fn_map: Mapping[Any, Callable[..., Any]] | None = None) -> Any:
    """As :func:`default_collate`, with functions for further types.

    ``collate_fn_map`` says for a type, or a tuple of types, what makes a batch of its samples; a
    function takes them and the keyword ``collate_fn_map``.
    """
    return _collated(batch, collate_fn_map or {})


def collate_tensor_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """The tensors of a list, stacked."""
    return stack(batch)


default_collate_fn_map: dict[Any, Callable[..., Any]] = {Tensor: collate_tensor_fn}
"""To be copied and added to, for :func:`collate`; what is not in it is collated as by
:func:`default_collate`."""


def _collated(batch: Any, functions: Mapping[Any, Callable[..., Any]]) -> Any:
    first = batch[0]
    for kind, collated in functions.items():
        if isinstance(first, kind):
            return collated(batch, collate_fn_map=functions)
    if isinstance(first, Tensor):
        return stack(batch)
    if isinstance(first, np.ndarray | np.generic) and not isinstance(first, str | bytes):
        return _collated_arrays(batch, first)
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return _rebuilt(first, {key: _collated([each[key] for each in batch], functions)
                                for key in first})
    if isinstance(first, Sequence):
        if any(len(each) != len(first) for each in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return _resequenced(first, [_collated(field, functions) for field in zip(*batch)])
    raise _unknown(type(first))


def _collated_arrays(batch: Sequence[Any], first: Any) -> Any:
    if first.dtype.kind in TEXT:
        raise _unknown(first.dtype)
    if isinstance(first, np.generic):
        return as_tensor(np.array(batch))
    return stack([as_tensor(each) for each in batch])


def _unknown(kind: object) -> TypeError:
    return TypeError("default_collate: batch must contain tensors, numpy arrays, numbers, dicts or "
                     f"lists; found {kind}")


def _rebuilt(like: Mapping[Any, Any], fields: dict[Any, Any]) -> Any:
    """A mapping of the type of ``like``, a dict where that type cannot be made so."""
    try:
        if isinstance(like, MutableMapping):
            out = copy.copy(like)
            out.update(fields)
            return out
        return type(like)(fields)  # type: ignore[call-arg]
    except TypeError:
        return fields


def _resequenced(like: Sequence[Any], fields: list[Any]) -> Any:
    """A sequence of the type of ``like``; a list for tuples that have no names."""
    if isinstance(like, tuple):
        return type(like)(*fields) if hasattr(like, "_fields") else fields
    try:
        if isinstance(like, MutableSequence):
            out = copy.copy(like)
            for i, field in enumerate(fields):
                out[i] = field
            return out
        return type(like)(fields)  # type: ignore[call-arg]
    except TypeError:
        return fields


def default_convert(data: Any) -> Any:
    """``data`` with the arrays in it as tensors; all else stays what it is."""
    if isinstance(data, np.ndarray | np.generic) and not isinstance(data, str | bytes):
        return data if data.dtype.kind in TEXT else as_tensor(data)
    if isinstance(data, Mapping):
        return _rebuilt(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and not hasattr(data, "_fields"):
        return [default_convert(each) for each in data]
    if isinstance(data, Sequence) and not isinstance(data, Tensor | str | bytes):
        return _resequenced(data, [default_convert(each) for each in data])
    return data


__all__ = ["collate", "default_collate", "default_convert"]
answer_missing_names(__name__)
