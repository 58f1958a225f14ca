"""From keys to a batch: :class:`ByKey` and :class:`InTurn`, in this process or in a worker's."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from .collate import default_collate
from .dataset import IterableDataset, rows, samples_of


class ByKey:
    """Asks a dataset for the samples of a batch's keys, and collates them."""

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable[[Any], Any],
                 drop_last: bool) -> None:
        self.dataset, self.batched, self.collate_fn = dataset, batched, collate_fn

    def fetch(self, keys: Any) -> Any:
        """The batch of a list of keys; the converted sample of one key, if not ``batched``."""
        if not self.batched:
            return self.collate_fn(self.dataset[keys])
        if self.collate_fn is default_collate:
            cut = rows(self.dataset, keys)
            if cut is not None:
                return cut
        return self.collate_fn(samples_of(self.dataset, keys))


class InTurn:
    """Takes as many samples of an iterable dataset as a batch has keys, and collates them."""

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable[[Any], Any],
                 drop_last: bool) -> None:
        self.samples = iter(dataset)
        self.batched, self.collate_fn, self.drop_last = batched, collate_fn, drop_last

    def fetch(self, keys: Any) -> Any:
        """The next batch; StopIteration if there is none, or only a short one to be dropped."""
        if not self.batched:
            return self.collate_fn(next(self.samples))
        found = list(itertools.islice(self.samples, len(keys)))
        if not found or (self.drop_last and len(found) < len(keys)):
            raise StopIteration
        return self.collate_fn(found)


def fetcher(dataset: Any, batched: bool, collate_fn: Callable[[Any], Any],
            drop_last: bool) -> ByKey | InTurn:
    """What fetches the batches of ``dataset``."""
    kind = InTurn if isinstance(dataset, IterableDataset) else ByKey
    return kind(dataset, batched, collate_fn, drop_last)
