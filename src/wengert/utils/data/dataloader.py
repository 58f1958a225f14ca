"""``DataLoader``: the batches of a dataset, one epoch per iteration.

:class:`DataLoader` holds the choices; :class:`InThisProcess` and ``InWorkers`` (``workers.py``) are
the two ways to iterate.
"""

from __future__ import annotations

import itertools
import multiprocessing
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar

from ...names.missing import answer_missing_names
from ...tensors.random import Generator
from .collate import default_collate, default_convert
from .dataset import IterableDataset, Keyed
from .fetch import fetcher
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, drawn_seed
from .worker import Job, get_worker_info
from .workers import Crew, InWorkers, _BaseDataLoaderIter

T_co = TypeVar("T_co", covariant=True)
Seeder = Callable[[int], None]
_worker_init_fn_t, _collate_fn_t = Seeder, Callable[[list[Any]], Any]   # as packages look for them

FIXED = frozenset(["batch_size", "batch_sampler", "sampler", "drop_last", "dataset",
                   "persistent_workers"])
"""What cannot be changed once a loader is made: other choices followed from it."""


class _Endless(Sampler[None]):
    """The keys of an iterable dataset, which needs none."""

    def __iter__(self) -> Iterator[None]:
        return itertools.repeat(None)


class DataLoader(Generic[T_co]):
    """The batches of a dataset; each iteration over it is an epoch.

    ``dataset``: a :class:`Dataset` (anything with ``__getitem__`` and ``__len__``), or an
    :class:`IterableDataset`. ``batch_size``: samples per batch; None for single samples.
    ``shuffle``: in an order drawn anew each epoch, from ``generator`` or the default stream, with
    PyTorch's numbers. ``sampler`` gives the order of the keys instead, ``batch_sampler`` lists of
    them. ``drop_last`` leaves out a last batch that is short. ``collate_fn`` makes a batch of a
    list of samples.

    ``num_workers`` processes make batches ahead, ``prefetch_factor`` (2) each;
    ``worker_init_fn(id)`` runs in each first, ``persistent_workers`` keeps them between epochs,
    ``timeout`` bounds the seconds of waiting for a batch, ``in_order=False`` gives batches as they
    come. ``multiprocessing_context`` says how they are started; by default they are forked where
    that is possible. An error in one is raised here, with its traceback. ``pin_memory`` is accepted
    and has no effect.

    ValueError for choices that exclude each other.

    >>> [batch.tolist() for batch in DataLoader(range(5), batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    dataset: Any
    batch_size: int | None
    sampler: Any
    batch_sampler: Any

    def __init__(self, dataset: Keyed[T_co] | Iterable[T_co], batch_size: int | None = 1,
                 shuffle: bool | None = None, sampler: Iterable[Any] | None = None,
                 batch_sampler: Iterable[Any] | None = None, num_workers: int = 0,
                 collate_fn: Callable[[Any], Any] | None = None, pin_memory: bool = False,
                 drop_last: bool = False, timeout: float = 0,
                 worker_init_fn: Seeder | None = None, multiprocessing_context: Any = None,
                 generator: Generator | None = None, *, prefetch_factor: int | None = None,
                 persistent_workers: bool = False, pin_memory_device: str = "",
                 in_order: bool = True) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.in_order = in_order
        self.multiprocessing_context = multiprocessing_context
        self.persistent_workers = persistent_workers
        self.generator = generator
        self._is_iterable = isinstance(dataset, IterableDataset)
        if self._is_iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler option is mutually exclusive with batch_size, "
                                 "shuffle, sampler, and drop_last")
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually "
                             "exclusive with drop_last")
        if sampler is None:
            sampler = self._default_sampler(bool(shuffle))
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None
                                         else default_collate)
        self._iterator: InWorkers | None = None
        self._made = True

    def _default_sampler(self, shuffle: bool) -> Sampler[Any]:
        if self._is_iterable:
            return _Endless()
        if shuffle:
            return RandomSampler(self.dataset, generator=self.generator)
        return SequentialSampler(self.dataset)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIXED and getattr(self, "_made", False):
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def multiprocessing_context(self) -> BaseContext | None:
        """How workers are started; None for the default."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None and not self.num_workers:
            raise ValueError("multiprocessing_context can only be used with multi-process loading "
                             f"(num_workers > 0), but got num_workers={self.num_workers}")
        if isinstance(context, str):
            known = multiprocessing.get_all_start_methods()
            if context not in known:
                raise ValueError("multiprocessing_context option should specify a valid start "
                                 f"method in {known}, but got multiprocessing_context={context!r}")
            context = multiprocessing.get_context(context)
        elif context is not None and not isinstance(context, BaseContext):
            raise TypeError("multiprocessing_context option should be a valid context object or a "
                            "string specifying the start method, but got "
                            f"multiprocessing_context={context}")
        self._context: BaseContext | None = context

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.batch_sampler if self._auto_collation else self.sampler

    def __iter__(self) -> Iterator[Any]:
        if self.pin_memory:
            warnings.warn("'pin_memory' argument is set as true but no accelerator is found, then "
                          "device pinned memory won't be used.", stacklevel=2)
        if not self.num_workers:
            return InThisProcess(self)
        if not self.persistent_workers:
            return InWorkers(self, self._crew())
        if self._iterator is None or not self._iterator.crew.is_alive():
            self._iterator = InWorkers(self, self._crew())
        else:
            self._iterator.again()
        return self._iterator

    def _crew(self) -> Crew:
        job = Job(self.dataset, self._auto_collation, self.collate_fn, self.drop_last,
                  drawn_seed(self.generator), self.worker_init_fn, self.num_workers,
                  self._is_iterable)
        return Crew(job, self._context or default_context())

    def __len__(self) -> int:
        if not self._is_iterable:
            return len(self._index_sampler)
        n = len(self.dataset)
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


class InThisProcess(_BaseDataLoaderIter):
    """One epoch of a loader without workers."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        if loader.timeout:
            raise AssertionError("a DataLoader without workers requires timeout == 0")
        self._keys = iter(loader._index_sampler)
        drawn_seed(loader.generator)   # workers would have it; so the stream stays PyTorch's
        self._fetcher = fetcher(loader.dataset, loader._auto_collation, loader.collate_fn,
                                loader.drop_last)
        self._length = len(loader._index_sampler) if not loader._is_iterable else None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self._fetcher.fetch(next(self._keys))

    def __len__(self) -> int:
        if self._length is None:
            raise TypeError("the iterator over an IterableDataset has no length")
        return self._length


def default_context() -> BaseContext:
    """How workers are started where the user has not said so: forked, on Linux."""
    if sys.platform == "linux" and multiprocessing.get_start_method(allow_none=True) is None:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context()


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None,
                   persistent_workers: bool) -> None:
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable "
                         "multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if not num_workers and prefetch_factor is not None:
        raise ValueError("prefetch_factor option could only be specified in multiprocessing. Let "
                         "num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor "
                         "to None.")
    if prefetch_factor is not None and prefetch_factor <= 0:
        raise ValueError("prefetch_factor option should be non-negative, and not 0")
    if persistent_workers and not num_workers:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    given = {"shuffle": shuffle if shuffle not in (False, None) else None, "sampler": sampler,
             "batch_sampler": batch_sampler}
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"DataLoader with IterableDataset: expected unspecified {name} "
                             f"option, but got {name}={value}")


class _DatasetKind:
    """The kinds of datasets."""

    Map, Iterable = 0, 1


_SingleProcessDataLoaderIter, _MultiProcessingDataLoaderIter = InThisProcess, InWorkers

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]
answer_missing_names(__name__)
