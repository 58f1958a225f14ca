"""Sequences of different lengths in one batch: padded to one length, or packed step after step.

A :class:`PackedSequence` has the rows of the first time step of all sequences, then those of the
second, and so on; sequences are in the order of decreasing length. The recurrent layers take one in
the place of a padded tensor.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ...engine.dtypes import int64
from ...functions.indexing import index_copy
from ...functions.joins import cat, padded_at_once
from ...tensors.creation import full
from ...tensors.data import tensor
from ...tensors.operators import Tensor
from ...tensors.recorded import function

_cat, _index_copy = function(cat), function(index_copy)


class _Fields(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


class PackedSequence(_Fields):
    """Sequences in one tensor, made by :func:`pack_padded_sequence` or :func:`pack_sequence`.

    ``data`` has a row per sequence and time step; ``batch_sizes[t]`` (int64) says how many
    sequences have a step t; ``sorted_indices`` is the order in which they were put, or None, and
    ``unsorted_indices`` the way back.
    """

    __slots__ = ()

    def __new__(cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None,
                unsorted_indices: Any = None) -> PackedSequence:
        """A packed sequence; ``PackedSequence((data, batch_sizes))`` is understood too."""
        if batch_sizes is None:
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """``data.to(...)`` in the place of ``data``; itself if that changes nothing."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._replace(data=data)

    def cpu(self) -> PackedSequence:
        """Itself."""
        return self.to("cpu")

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """RuntimeError: there is no CUDA backend."""
        return self.to("cuda")

    def pin_memory(self) -> PackedSequence:
        """Itself: there is no device that pinned memory would serve."""
        return self

    def is_pinned(self) -> bool:
        """False."""
        return False

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False

    def double(self) -> PackedSequence:
        """In float64."""
        return self._replace(data=self.data.double())

    def float(self) -> PackedSequence:
        """In float32."""
        return self._replace(data=self.data.float())

    def half(self) -> PackedSequence:
        """In float16."""
        return self._replace(data=self.data.half())

    def long(self) -> PackedSequence:
        """In int64."""
        return self._replace(data=self.data.long())

    def int(self) -> PackedSequence:
        """In int32."""
        return self._replace(data=self.data.int())


def invert_permutation(permutation: Any) -> Any:
    """The permutation that undoes ``permutation``; None of None."""
    if permutation is None:
        return None
    order = permutation.tolist()
    back = [0] * len(order)
    for place, source in enumerate(order):
        back[source] = place
    return tensor(back, dtype=int64)


def _lengths(lengths: Any) -> list[int]:
    return [int(n) for n in (lengths.tolist() if isinstance(lengths, Tensor) else lengths)]


def _sizes(lengths: Sequence[int]) -> list[int]:
    """How many of the sequences, longest first, have each time step."""
    sizes = []
    alive = len(lengths)
    for t in range(lengths[0]):
        while lengths[alive - 1] <= t:
            alive -= 1
        sizes.append(alive)
    return sizes


def pack_padded_sequence(input: Any, lengths: Any, batch_first: bool = False,
                         enforce_sorted: bool = True) -> PackedSequence:
    """The sequences of a padded batch, packed: ``input`` is [T, N, *], or [N, T, *] with
    ``batch_first``; ``lengths`` are N numbers, decreasing unless ``enforce_sorted`` is False.

    RuntimeError for lengths that are not sorted, not positive, or not as many as sequences.

    >>> x = torch.tensor([[1, 2], [3, 0]])
    >>> pack_padded_sequence(x, [2, 1], batch_first=True).data.tolist()
    [1, 3, 2]
    """
    given = _lengths(lengths)
    if input.dim() < 2 or 0 in input.shape:
        raise RuntimeError(f"Cannot pack empty tensors: input has shape {list(input.shape)}")
    length, batch = input.shape[:2]
    if batch_first:
        length, batch = batch, length
    if len(given) != batch:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got "
                           f"{len(given)} (batch_size={batch})")
    order = list(range(batch))
    if not enforce_sorted:
        order.sort(key=lambda i: -given[i])
    ordered = [given[i] for i in order]
    if any(a < b for a, b in itertools.pairwise(ordered)):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You "
            "can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence")
    if ordered[-1] <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element "
                           "in 'lengths' that is <= 0")
    if ordered[0] > length:
        raise RuntimeError(f"Expected lengths of at most {length}, the padded length, but got "
                           f"{ordered[0]}")
    sizes = _sizes(ordered)
    rows = [order[j] * length + t if batch_first else t * batch + order[j]
            for t, size in enumerate(sizes) for j in range(size)]
    flat = input.reshape(length * batch, *input.shape[2:])
    sorted_indices = None if enforce_sorted else tensor(order, dtype=int64)
    return PackedSequence(flat.index_select(0, tensor(rows, dtype=int64)),
                          tensor(sizes, dtype=int64), sorted_indices)


def pad_packed_sequence(sequence: PackedSequence, batch_first: bool = False,
                        padding_value: float = 0.0,
                        total_length: int | None = None) -> tuple[Any, Any]:
    """The padded batch, [T, N, *] (or [N, T, *]), and the lengths (int64), in the order before
    packing.

    ValueError for a ``total_length`` below the longest sequence's.
    """
    sizes = sequence.batch_sizes.tolist()
    batch, longest = sizes[0], len(sizes)
    length = longest if total_length is None else total_length
    if length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but "
            f"got total_length={total_length} and max sequence length being {longest}")
    order = range(batch) if sequence.sorted_indices is None else sequence.sorted_indices.tolist()
    lengths = [0] * batch
    rows = []
    for t, size in enumerate(sizes):
        for place in order[:size]:
            lengths[place] += 1
            rows.append(place * length + t if batch_first else t * batch + place)
    shape = (batch, length) if batch_first else (length, batch)
    padded = _placed(sequence.data, rows, shape, padding_value)
    return padded, tensor(lengths, dtype=int64)


def _placed(data: Any, rows: Sequence[int], shape: tuple[int, int], value: float) -> Any:
    """``data`` at ``rows`` of a tensor full of ``value``, whose first dimensions are ``shape``."""
    rest = data.shape[1:]
    empty = full((shape[0] * shape[1], *rest), value, dtype=data.dtype)
    return _index_copy(empty, 0, tensor(rows, dtype=int64), data).reshape(*shape, *rest)


def pad_sequence(sequences: Any, batch_first: bool = False, padding_value: float = 0.0,
                 padding_side: str = "right") -> Any:
    """Sequences [length, *] in one tensor, [T, N, *] or, with ``batch_first``, [N, T, *].

    RuntimeError for what is no sequence of tensors.

    >>> pad_sequence([torch.ones(2), torch.ones(1)], batch_first=True)
    tensor([[1., 1.],
            [1., 0.]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError("pad_sequence: Expected iterable for input sequences, but got arg of "
                           f"type: {type(sequences)}")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got "
                           f"{padding_side}.")
    parts = tuple(sequences.unbind(0) if isinstance(sequences, Tensor) else sequences)
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    if parts[0].dim() == 0:
        raise RuntimeError("pad_sequence: Expected sequences with at least one dimension")
    rest, batch = parts[0].shape[1:], len(parts)
    for i, part in enumerate(parts):
        if part.shape[1:] != rest:
            raise RuntimeError("The size of the sequences must match except in the first "
                               f"dimension: got {list(parts[0].shape)} and {list(part.shape)} for "
                               f"sequence number {i}")
    lengths = [part.shape[0] for part in parts]
    length = max(lengths)
    shift = [length - n if padding_side == "left" else 0 for n in lengths]
    found = padded_at_once(parts, length, shift, padding_value, batch_first)
    if found is not None:
        return found
    rows = [n * length + t + shift[n] if batch_first else (t + shift[n]) * batch + n
            for n in range(batch) for t in range(lengths[n])]
    shape = (batch, length) if batch_first else (length, batch)
    return _placed(_cat(parts), rows, shape, padding_value)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences of a padded batch, each in its length."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [padded_sequences[i, :n] for i, n in enumerate(_lengths(lengths))]


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences [length, *], packed; longest first unless ``enforce_sorted`` is False.

    >>> a, b = torch.tensor([1, 2, 3]), torch.tensor([4, 5])
    >>> pack_sequence([a, b]).data.tolist()
    [1, 4, 2, 5, 3]
    """
    lengths = [sequence.shape[0] for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences that were packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


__all__ = ["PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence",
           "pad_packed_sequence", "pad_sequence", "unpack_sequence", "unpad_sequence"]
