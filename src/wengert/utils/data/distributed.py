"""``DistributedSampler``: the part of a dataset that one of several processes works on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...distributed.group import get_rank, get_world_size
from ...names.missing import answer_missing_names
from ...tensors.random import Generator, randperm
from .sampler import Sampler


class DistributedSampler(Sampler[int]):
    """Every ``num_replicas``-th sample of an order that all processes share, from ``rank`` on.

    The order is drawn from ``seed`` and the epoch that :meth:`set_epoch` tells. All parts have the
    same length: the order is continued from its start, or cut with ``drop_last``. Without
    ``num_replicas`` and ``rank`` they are those of the process group. ValueError where there is
    none, and for a rank out of range.

    >>> list(DistributedSampler(range(5), num_replicas=2, rank=1, shuffle=False))
    [1, 3, 0]
    """

    def __init__(self, dataset: Any, num_replicas: int | None = None, rank: int | None = None,
                 shuffle: bool = True, seed: int = 0, drop_last: bool = False) -> None:
        num_replicas = get_world_size() if num_replicas is None else num_replicas
        rank = get_rank() if rank is None else rank
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        self.shuffle = shuffle
        self.seed = seed
        n = len(dataset)
        self.num_samples = n // num_replicas if drop_last else math.ceil(n / num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        order = list(range(n))
        if self.shuffle:
            generator = Generator()
            generator.manual_seed(self.seed + self.epoch)
            order = randperm(n, generator=generator).tolist()
        if n:
            order = (order * -(-self.total_size // n))[:self.total_size]
        return iter(order[self.rank::self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Draw another order from now on."""
        self.epoch = epoch


__all__ = ["DistributedSampler"]
answer_missing_names(__name__)
