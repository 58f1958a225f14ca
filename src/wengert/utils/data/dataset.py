"""Datasets: what a :class:`~wengert.utils.data.DataLoader` takes its samples from.

A :class:`Dataset` gives a sample per key, an :class:`IterableDataset` one after the other. The
others are made of tensors or of other datasets.
"""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

from ...names.missing import answer_missing_names
from ...tensors.operators import Tensor
from ...tensors.random import Generator, default_generator, randperm

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Keyed(Protocol[T_co]):
    """What a loader takes samples from by key: a dataset, a list, an array."""

    def __getitem__(self, index: Any, /) -> T_co: ...


class Dataset(Generic[T_co]):
    """Samples by key: a subclass defines ``__getitem__``, and ``__len__`` for most uses.

    With ``__getitems__(keys)``, which returns a list, a loader asks for a whole batch at once.
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset[T_co]) -> ConcatDataset[T_co]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co]):
    """Samples one after the other: a subclass defines ``__iter__``.

    Each worker process of a loader iterates a copy of its own; :func:`get_worker_info` tells them
    apart, so that each can give a part.
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other: Dataset[T_co]) -> Any:
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Any, ...]]):
    """The rows of tensors: sample ``i`` is the tuple of their elements ``[i]``.

    AssertionError if the tensors differ in their first dimension.

    >>> TensorDataset(wengert.arange(3), wengert.zeros(3, 2))[1]
    (tensor(1), tensor([0., 0.]))
    """

    tensors: tuple[Any, ...]

    def __init__(self, *tensors: Any) -> None:
        if any(tensor.size(0) != tensors[0].size(0) for tensor in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple([tensor[index] for tensor in self.tensors])

    def __len__(self) -> int:
        return int(self.tensors[0].size(0))


class StackDataset(Dataset[Any]):
    """Several datasets side by side: a sample is a tuple of theirs, or a dict if they are given by
    keyword.

    ValueError if there are none, if they differ in length, or if both forms are given.
    """

    datasets: tuple[Any, ...] | dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError("Supported either ``tuple``- (via ``args``) or ``dict``- (via "
                             "``kwargs``) like input/output, but both types are given.")
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        self.datasets = args or kwargs
        parts = self._parts()
        self._length = len(parts[0])
        if any(len(part) != self._length for part in parts):
            raise ValueError("Size mismatch between datasets")

    def _parts(self) -> list[Any]:
        found = self.datasets
        return list(found.values() if isinstance(found, dict) else found)

    def _joined(self, values: Iterable[Any]) -> Any:
        found = self.datasets
        return dict(zip(found, values)) if isinstance(found, dict) else tuple(values)

    def __getitem__(self, index: Any) -> Any:
        return self._joined(part[index] for part in self._parts())

    def __getitems__(self, indices: Sequence[Any]) -> list[Any]:
        """The samples of ``indices``."""
        columns = [samples_of(part, indices) for part in self._parts()]
        for column in columns:
            if len(column) != len(indices):
                raise ValueError("Nested dataset's output size mismatch. Expected "
                                 f"{len(indices)}, got {len(column)}")
        return [self._joined(row) for row in zip(*columns)]

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T_co]):
    """Datasets one after the other.

    AssertionError if there are none, or if one is an :class:`IterableDataset`.
    """

    datasets: list[Any]
    cumulative_sizes: list[int]

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(each, IterableDataset) for each in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx: int) -> Any:
        if idx < 0:
            if -idx > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            idx += len(self)
        which = bisect.bisect_right(self.cumulative_sizes, idx)
        before = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][idx - before]


class ChainDataset(IterableDataset[Any]):
    """Iterable datasets one after the other; AssertionError for one of another kind."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        super().__init__()
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        for each in self.datasets:
            yield from self._checked(each)

    def __len__(self) -> int:
        return sum(len(self._checked(each)) for each in self.datasets)

    def _checked(self, dataset: Any) -> Any:
        if not isinstance(dataset, IterableDataset):
            raise AssertionError("ChainDataset only supports IterableDataset")
        return dataset


class Subset(Dataset[T_co]):
    """The samples of ``dataset`` with the keys ``indices``, numbered from 0."""

    dataset: Any
    indices: Sequence[Any]

    def __init__(self, dataset: Keyed[T_co], indices: Sequence[Any]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        """The samples of ``indices``."""
        return samples_of(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def samples_of(dataset: Any, keys: Sequence[Any]) -> list[Any]:
    """The samples of ``keys``, asked for at once where the dataset can."""
    at_once: Callable[[Any], list[Any]] | None = getattr(dataset, "__getitems__", None)
    return at_once(keys) if at_once else [dataset[key] for key in keys]


def random_split(dataset: Any, lengths: Sequence[float],
                 generator: Generator | None = default_generator) -> list[Subset[Any]]:
    """The dataset in parts that share no sample, drawn with PyTorch's numbers.

    ``lengths`` are counts, or fractions of the whole that sum to 1; what rounding leaves goes to
    the first parts, one each. ValueError if they do not sum to the length of the dataset.

    >>> [len(part) for part in random_split(range(10), [0.5, 0.25, 0.25])]
    [6, 2, 2]
    """
    total = sum(lengths)
    if math.isclose(total, 1) and total <= 1:
        counts = _counts(lengths, len(dataset))
    elif total == len(dataset):
        counts = [int(n) for n in lengths]
    else:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    order = randperm(len(dataset), generator=generator).tolist()
    ends = itertools.accumulate(counts)
    return [Subset(dataset, order[end - n:end]) for n, end in zip(counts, ends)]


def _counts(fractions: Sequence[float], whole: int) -> list[int]:
    for i, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1")
    counts = [math.floor(whole * fraction) for fraction in fractions]
    for i in range(whole - sum(counts)):
        counts[i % len(counts)] += 1
    for i, n in enumerate(counts):
        if n == 0:
            warnings.warn(f"Length of split at index {i} is 0. This might result in an empty "
                          "dataset.", stacklevel=3)
    return counts


def rows(dataset: Any, keys: Sequence[Any]) -> list[Any] | None:
    """The batch that collating the samples ``keys`` gives, cut at once out of the tensors of a
    :class:`TensorDataset` or of a part of one; None where that cannot be known to be the same."""
    while type(dataset) is Subset:
        if not _are_numbers(keys, len(dataset.indices)):
            return None
        keys = [dataset.indices[key] for key in keys]
        dataset = dataset.dataset
    if type(dataset) is not TensorDataset or not _are_numbers(keys, len(dataset)):
        return None
    if any(type(tensor) is not Tensor for tensor in dataset.tensors):
        return None
    return [tensor[list(keys)] for tensor in dataset.tensors]


def _are_numbers(keys: Sequence[Any], end: int) -> bool:
    return all(type(key) is int and 0 <= key < end for key in keys)


__all__ = ["ChainDataset", "ConcatDataset", "Dataset", "IterableDataset", "StackDataset", "Subset",
           "TensorDataset", "random_split"]
answer_missing_names(__name__)
