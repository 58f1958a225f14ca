"""Loaders and samplers against PyTorch's: the same batches, and the streams at the same place."""

from __future__ import annotations

import random
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import wengert
from wengert.utils import data as ours

torch = pytest.importorskip("torch")
theirs: ModuleType = pytest.importorskip("torch.utils.data")

BOTH = [(torch, theirs), (wengert, ours)]


def agree(run: Any) -> None:
    """``run(torch, torch.utils.data)`` gives the same with both, and then the same numbers."""
    found = []
    for lib, data in BOTH:
        lib.manual_seed(7)
        found.append((run(lib, data), lib.rand(3).tolist()))
    assert found[0] == found[1]


def plain(batch: Any) -> Any:
    """A batch with lists for tensors, each with its dtype."""
    if isinstance(batch, torch.Tensor | wengert.Tensor):
        return str(batch.dtype), batch.tolist()
    if isinstance(batch, dict):
        return {key: plain(value) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch).__name__, [plain(each) for each in batch]
    return batch


@pytest.mark.parametrize("choices", [
    {}, {"shuffle": True}, {"batch_size": 3}, {"batch_size": 3, "shuffle": True},
    {"batch_size": 3, "shuffle": True, "drop_last": True}, {"batch_size": None},
    {"batch_size": None, "shuffle": True}, {"batch_sampler": [[1, 5], [0]]}, {"sampler": [3, 3]},
], ids=str)
@pytest.mark.parametrize("own_stream", [False, True])
def test_epochs(choices: Any, own_stream: bool) -> None:
    def run(lib: Any, data: Any) -> Any:
        g = lib.Generator().manual_seed(3) if own_stream else None
        x = data.TensorDataset(lib.arange(10), lib.arange(20.0).reshape(10, 2))
        loader = data.DataLoader(x, generator=g, **choices)
        epochs = [[plain(batch) for batch in loader] for _ in range(2)]
        return epochs, len(loader), lib.rand(1, generator=g).item()
    agree(run)


@pytest.mark.parametrize("make", [
    lambda lib, d, g: d.RandomSampler(range(10), generator=g),
    lambda lib, d, g: d.RandomSampler(range(10), num_samples=23, generator=g),
    lambda lib, d, g: d.RandomSampler(range(10), num_samples=20, generator=g),
    lambda lib, d, g: d.RandomSampler(range(10), True, 70, generator=g),
    lambda lib, d, g: d.RandomSampler(range(10), True, 64, generator=g),
    lambda lib, d, g: d.SubsetRandomSampler([5, 7, 9, 1], generator=g),
    lambda lib, d, g: d.WeightedRandomSampler([0.1, 0.5, 2, 0], 12, generator=g),
    lambda lib, d, g: d.WeightedRandomSampler([0.1, 0.5, 2, 1], 3, False, generator=g),
    lambda lib, d, g: d.BatchSampler(d.RandomSampler(range(10), generator=g), 3, False),
    lambda lib, d, g: d.DistributedSampler(range(10), 3, 1, seed=5),
    lambda lib, d, g: d.DistributedSampler(range(2), 5, 4, seed=5),
    lambda lib, d, g: d.DistributedSampler(range(10), 4, 1, drop_last=True),
])
@pytest.mark.parametrize("own_stream", [False, True])
def test_samplers(make: Any, own_stream: bool) -> None:
    def run(lib: Any, data: Any) -> Any:
        g = lib.Generator().manual_seed(3) if own_stream else None
        sampler = make(lib, data, g)
        return [list(sampler), list(sampler)], len(sampler), lib.rand(1, generator=g).item()
    agree(run)


@pytest.mark.parametrize("lengths", [[7, 3], [0.5, 0.3, 0.2], [1 / 3] * 3, [0.01, 0.99], [1.0]],
                         ids=str)
@pytest.mark.filterwarnings("ignore:Length of split")
def test_random_split(lengths: Any) -> None:
    agree(lambda lib, data: [list(part.indices) for part in data.random_split(range(10), lengths)])


@pytest.mark.parametrize("batch", [
    [1, 2], [1.5, 2], [True, False], ["a", "b"], [(1, "a"), (2, "b")], [{"a": 1}, {"a": 2.0}],
    [[(1, 2.0)], [(3, 4.0)]], [np.ones(2), np.zeros(2)], [np.float32(1), np.float32(2)],
    [np.array(1), np.array(2)], [{"a": {"b": [1, (2.5, "x")]}}] * 2,
], ids=str)
def test_collate(batch: Any) -> None:
    assert plain(theirs.default_collate(batch)) == plain(ours.default_collate(batch))
    assert plain(theirs.default_convert(batch)) == plain(ours.default_convert(batch))


class Drawn:
    """What a worker is, and what it draws from the three streams."""

    def __init__(self, lib: Any, data: Any) -> None:
        self.lib, self.data = lib, data

    def __len__(self) -> int:
        return 5

    def __getitem__(self, i: int) -> Any:
        info = self.data.get_worker_info()
        return (i, info.id, info.num_workers, info.seed, self.lib.rand(1).item(),
                np.random.rand(), random.random())


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.parametrize("choices", [
    {}, {"shuffle": True}, {"shuffle": True, "persistent_workers": True}, {"prefetch_factor": 1},
], ids=str)
@pytest.mark.parametrize("own_stream", [False, True])
def test_workers(choices: Any, own_stream: bool) -> None:
    def run(lib: Any, data: Any) -> Any:
        g = lib.Generator().manual_seed(3) if own_stream else None
        loader = data.DataLoader(Drawn(lib, data), num_workers=2, collate_fn=list, generator=g,
                                 **choices)
        return [list(loader), list(loader)], lib.rand(1, generator=g).item()
    agree(run)


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.parametrize("choices", [{}, {"batch_size": 2}, {"batch_size": 2, "drop_last": True},
                                     {"batch_size": None}], ids=str)
def test_iterable_in_workers(choices: Any) -> None:
    def run(lib: Any, data: Any) -> Any:
        class Count(data.IterableDataset):  # type: ignore[misc]
            def __iter__(self) -> Any:
                info = data.get_worker_info()
                return iter(range(9) if info is None else range(info.id, 7 + info.id, 2))

        return [[plain(batch) for batch in data.DataLoader(Count(), num_workers=n, **choices)]
                for n in (0, 2, 3)]
    agree(run)
