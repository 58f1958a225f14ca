"""``DataLoader`` and samplers in one process, and with worker processes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import wengert as torch
from wengert.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    get_worker_info,
)

forked = pytest.mark.skipif(sys.platform != "linux", reason="forks")


def lists(loader):
    return [batch.tolist() for batch in loader]


# Samplers

def test_samplers():
    assert list(SequentialSampler("abc")) == [0, 1, 2]
    assert sorted(RandomSampler(range(5))) == list(range(5))
    assert len(list(RandomSampler(range(3), num_samples=8))) == 8
    drawn = list(RandomSampler(range(3), replacement=True, num_samples=70))
    assert len(drawn) == 70 and set(drawn) == {0, 1, 2}
    assert sorted(SubsetRandomSampler([4, 7])) == [4, 7]
    assert list(WeightedRandomSampler([0, 0, 1.0], 4)) == [2] * 4
    batches = BatchSampler(SequentialSampler(range(5)), 2, drop_last=True)
    assert list(batches) == [[0, 1], [2, 3]] and len(batches) == 2
    assert len(BatchSampler(range(5), 2, False)) == 3


def test_samplers_draw_from_their_generator():
    g = torch.Generator().manual_seed(0)
    a = [list(RandomSampler(range(9), generator=g)) for _ in range(2)]
    g.manual_seed(0)
    assert a == [list(RandomSampler(range(9), generator=g)) for _ in range(2)] and a[0] != a[1]


@pytest.mark.parametrize(("make", "error", "words"), [
    (lambda: RandomSampler([]), ValueError, "num_samples should be a positive integer"),
    (lambda: RandomSampler([1], 1), TypeError, "replacement should be a boolean"),
    (lambda: WeightedRandomSampler([1.0], 0), ValueError, "num_samples should be a positive"),
    (lambda: WeightedRandomSampler([[1.0]], 1), ValueError, "1d sequence"),
    (lambda: BatchSampler([1], 0, False), ValueError, "batch_size should be a positive"),
    (lambda: BatchSampler([1], 1, 1), ValueError, "drop_last should be a boolean"),
    (lambda: DistributedSampler([1]), ValueError, "process group has not been initialized"),
    (lambda: DistributedSampler([1], 2, 2), ValueError, "Invalid rank 2"),
    (lambda: iter(Sampler()), NotImplementedError, "__iter__"),
])
def test_sampler_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_distributed_parts():
    parts = [list(DistributedSampler(range(10), 3, rank, seed=1)) for rank in range(3)]
    assert {len(p) for p in parts} == {4} and set().union(*parts) == set(range(10))
    short = [list(DistributedSampler(range(10), 3, r, shuffle=False, drop_last=True))
             for r in range(3)]
    assert short == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]
    sampler = DistributedSampler(range(10), 3, 0)
    first = list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != first and len(sampler) == 4


# One process

def test_batches():
    assert lists(DataLoader(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert lists(DataLoader(range(5), 2, drop_last=True)) == [[0, 1], [2, 3]]
    assert list(DataLoader(range(3), batch_size=None)) == [0, 1, 2]
    assert lists(DataLoader(range(9), batch_sampler=[[8], [1, 2]])) == [[8], [1, 2]]
    assert lists(DataLoader(range(9), sampler=[3, 1])) == [[3], [1]]
    assert list(DataLoader(range(4), 2, collate_fn=tuple)) == [(0, 1), (2, 3)]
    assert len(DataLoader(range(5), 2)) == 3 and len(DataLoader(range(5), 2, drop_last=True)) == 2
    assert len(iter(DataLoader(range(5), 2))) == 3


def test_a_batch_is_asked_for_at_once_where_the_dataset_can():
    class Whole(Dataset):
        def __len__(self):
            return 4

        def __getitems__(self, keys):
            return [10 * key for key in keys]

    assert lists(DataLoader(Whole(), 2)) == [[0, 10], [20, 30]]


def test_an_epoch_takes_one_seed_and_a_shuffled_one_two():
    torch.manual_seed(0)
    list(DataLoader(range(3)))
    after_one = torch.rand(1)
    torch.manual_seed(0)
    torch.empty((), dtype=torch.int64).random_()
    assert torch.equal(after_one, torch.rand(1))
    torch.manual_seed(0)
    a = lists(DataLoader(range(8), shuffle=True)), torch.rand(1).item()
    torch.manual_seed(0)
    assert a == (lists(DataLoader(range(8), shuffle=True)), torch.rand(1).item())


class Count(IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        info = get_worker_info()
        start, step = (0, 1) if info is None else (info.id, info.num_workers)
        return iter(range(start, self.n, step))

    def __len__(self):
        return self.n


def test_iterable():
    assert lists(DataLoader(Count(5), 2)) == [[0, 1], [2, 3], [4]]
    assert lists(DataLoader(Count(5), 2, drop_last=True)) == [[0, 1], [2, 3]]
    assert list(DataLoader(Count(2), None)) == [0, 1]
    assert len(DataLoader(Count(5), 2)) == 3
    for choice in ({"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}):
        with pytest.raises(ValueError, match="DataLoader with IterableDataset"):
            DataLoader(Count(5), **choice)
    DataLoader(Count(5), shuffle=False)


@pytest.mark.parametrize(("choices", "words"), [
    ({"num_workers": -1}, "num_workers option should be non-negative"),
    ({"timeout": -1}, "timeout option should be non-negative"),
    ({"prefetch_factor": 2}, "prefetch_factor option could only be specified in multiprocessing"),
    ({"persistent_workers": True}, "persistent_workers option needs num_workers > 0"),
    ({"sampler": [0], "shuffle": True}, "sampler option is mutually exclusive with shuffle"),
    ({"batch_sampler": [[0]], "batch_size": 2}, "batch_sampler option is mutually exclusive"),
    ({"batch_size": None, "drop_last": True}, "batch_size=None option disables auto-batching"),
    ({"multiprocessing_context": "fork"}, "can only be used with multi-process loading"),
    ({"multiprocessing_context": "x", "num_workers": 1}, "should specify a valid start method"),
    ({"batch_size": 0}, "batch_size should be a positive integer"),
])
def test_choices_that_exclude_each_other(choices, words):
    with pytest.raises(ValueError, match=words):
        DataLoader(range(3), **choices)


def test_settings_are_fixed():
    loader = DataLoader(range(3))
    with pytest.raises(ValueError, match="batch_size attribute should not be set"):
        loader.batch_size = 2
    loader.timeout = 0
    with pytest.warns(UserWarning, match="pin_memory"):
        assert lists(DataLoader(range(1), pin_memory=True)) == [[0]]


# Worker processes

class Drawn(Dataset):
    """What a worker is, and what it draws."""

    def __len__(self):
        return 4

    def __getitem__(self, i):
        info = get_worker_info()
        return info.id, info.seed, torch.rand(1).item(), np.random.rand(), random.random()


class Troubled(Dataset):
    """A dataset in which sample 2 goes wrong in the way that is asked for."""

    def __init__(self, trouble):
        self.trouble = trouble

    def __len__(self):
        return 6

    def __getitem__(self, i):
        if i == 2:
            self.trouble()
        return i


def raise_value_error():
    raise ValueError("sample two")


def raise_key_error():
    raise KeyError("two")


class TwoArguments(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


def raise_two_arguments():
    raise TwoArguments(1, 2)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def sleep():
    time.sleep(30)


@forked
def test_workers_give_the_same_batches():
    x, y = torch.randn(9, 2), torch.arange(9)
    data = TensorDataset(x, y)
    alone, shared = (DataLoader(data, 2, shuffle=True, num_workers=n,
                                generator=torch.Generator().manual_seed(3)) for n in (0, 2))
    for _ in range(2):
        for a, b in zip(alone, shared, strict=True):
            assert torch.equal(a[0], b[0]) and torch.equal(a[1], b[1])


@forked
def test_seeds_of_workers_and_the_stream_of_the_parent():
    loader = DataLoader(Drawn(), num_workers=2, collate_fn=list)
    torch.manual_seed(0)
    first = [batch[0] for batch in loader]
    after = torch.rand(1)
    torch.manual_seed(0)
    assert [batch[0] for batch in loader] == first and torch.equal(torch.rand(1), after)
    torch.manual_seed(0)
    list(DataLoader(range(3)))
    assert torch.equal(torch.rand(1), after)
    assert [each[0] for each in first] == [0, 1, 0, 1] and first[1][1] == first[0][1] + 1
    assert len({each[3] for each in first}) == 4


@forked
def test_persistent_workers_stay():
    class Where(Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            return os.getpid()

    loader = DataLoader(Where(), num_workers=2, persistent_workers=True)
    pids = [lists(loader), lists(loader)]
    assert pids[0] == pids[1] and pids[0][0] != pids[0][1]
    it = iter(loader)
    next(it)
    assert lists(loader) == pids[0]   # an epoch that was left early
    other = DataLoader(Where(), num_workers=1)
    assert lists(other)[0] != lists(other)[0] and lists(other)[0][0] != os.getpid()


@forked
def test_iterable_in_workers():
    assert lists(DataLoader(Count(7), 2, num_workers=2)) == [[0, 2], [1, 3], [4, 6], [5]]
    assert lists(DataLoader(Count(7), 2, num_workers=2, drop_last=True)) == [[0, 2], [1, 3], [4, 6]]
    loader = DataLoader(Count(3), None, num_workers=2, persistent_workers=True)
    assert list(loader) == list(loader) == [0, 1, 2]


@forked
def test_out_of_order():
    class Slow(Dataset):
        def __len__(self):
            return 6

        def __getitem__(self, i):
            time.sleep(0.2 if i == 0 else 0)
            return i

    found = lists(DataLoader(Slow(), num_workers=2, in_order=False))
    assert found != sorted(found) and sorted(found) == [[i] for i in range(6)]


@forked
def test_large_batches_and_an_early_end(monkeypatch):
    class Large(Dataset):
        def __len__(self):
            return 20

        def __getitem__(self, i):
            return torch.full((200_000,), i)

    terminated = []
    monkeypatch.setattr(multiprocessing.process.BaseProcess, "terminate", terminated.append)
    batches = iter(DataLoader(Large(), num_workers=2))
    assert next(batches)[0, 0] == 0
    del batches
    gc.collect()
    assert not terminated   # each ended when it was asked


@forked
@pytest.mark.parametrize(("trouble", "error", "words"), [
    (raise_value_error, ValueError, r"Caught ValueError in DataLoader worker process 0"
     r"(.|\n)*Original Traceback(.|\n)*raise ValueError\(\"sample two\"\)"),
    (raise_key_error, KeyError, r"Caught KeyError in DataLoader worker process 0\.\nOriginal"),
    (raise_two_arguments, RuntimeError, "Caught TwoArguments in DataLoader worker"),
])
def test_an_error_in_a_worker(trouble, error, words):
    loader = iter(DataLoader(Troubled(trouble), num_workers=2))
    assert [next(loader).tolist(), next(loader).tolist()] == [[0], [1]]
    with pytest.raises(error, match=words):
        next(loader)
    assert next(loader).tolist() == [3]   # the others go on


@forked
def test_a_worker_that_dies():
    with pytest.raises(RuntimeError, match=r"worker \(pid\(s\) \d+\) exited unexpectedly"):
        list(DataLoader(Troubled(die), num_workers=2))


@forked
def test_timeout():
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.3 seconds"):
        list(DataLoader(Troubled(sleep), num_workers=2, timeout=0.3))


@forked
def test_a_batch_that_cannot_be_sent():
    class Local(Dataset):
        def __len__(self):
            return 1

        def __getitem__(self, i):
            return lambda: 0

    with pytest.raises(Exception, match="DataLoader worker process 0"):
        list(DataLoader(Local(), num_workers=1, collate_fn=list))


@forked
def test_worker_init_fn():
    told = []

    def init(number):
        told.append(number)

    class Told(Dataset):
        def __len__(self):
            return 2

        def __getitem__(self, i):
            return list(told)

    assert list(DataLoader(Told(), None, num_workers=2, worker_init_fn=init)) == [[0], [1]]
    with pytest.raises(ValueError, match="sample two"):
        list(DataLoader(Told(), num_workers=1, worker_init_fn=lambda number: raise_value_error()))


def test_spawned_workers():
    loader = DataLoader(Troubled(raise_value_error), 2, sampler=[0, 1, 3, 4], num_workers=1,
                        multiprocessing_context="spawn")
    assert lists(loader) == [[0, 1], [3, 4]]


INTERRUPTED = """
import signal, time
from wengert.utils.data import DataLoader, Dataset

signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent may have had it ignored

class Slow(Dataset):
    def __len__(self): return 8
    def __getitem__(self, i):
        time.sleep(0.3)
        return i

try:
    for batch in DataLoader(Slow(), num_workers=2):
        print("batch", flush=True)
except KeyboardInterrupt:
    print("interrupted")
"""


@forked
def test_keyboard_interrupt():
    script = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert script.stdout.readline() == "batch\n"
    os.killpg(script.pid, signal.SIGINT)
    out, err = script.communicate(timeout=20)
    assert out.endswith("interrupted\n") and script.returncode == 0, err
