"""Datasets, splits and collating."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from types import MappingProxyType

import numpy as np
import pytest

import wengert as torch
from wengert.utils.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    default_collate,
    default_convert,
    random_split,
)
from wengert.utils.data.collate import collate

Point = namedtuple("Point", "x y")


class Count(IterableDataset):
    def __init__(self, *values):
        self.values = values

    def __iter__(self):
        return iter(self.values)

    def __len__(self):
        return len(self.values)


def test_tensors():
    data = TensorDataset(torch.arange(3), torch.tensor([[1.0], [2], [3]]))
    assert len(data) == 3 and data[1][0].item() == 1 and data[-1][1].tolist() == [3]
    assert data[:2][0].tolist() == [0, 1]
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        TensorDataset(torch.zeros(2), torch.zeros(3))


def test_a_batch_of_rows_is_what_collating_gives():
    """The short cut for tensors, against samples that are asked for one by one."""
    class Slow(TensorDataset):
        pass

    x, y = torch.randn(7, 2), torch.arange(7)
    for wrap in (lambda d: d, lambda d: Subset(Subset(d, [6, 5, 0, 1, 2]), [4, 0, 2])):
        fast, slow = (DataLoader(wrap(kind(x, y)), batch_size=2) for kind in (TensorDataset, Slow))
        for a, b in zip(fast, slow, strict=True):
            assert type(a) is type(b) is list and len(a) == len(b) == 2
            assert torch.equal(a[0], b[0]) and torch.equal(a[1], b[1])
    with pytest.raises(IndexError):
        [b[0].tolist() for b in DataLoader(TensorDataset(y), sampler=[1, 9])]
    (last,) = DataLoader(TensorDataset(y), sampler=[-1])
    assert last[0].tolist() == [6]


def test_a_batch_is_a_copy():
    x = torch.zeros(4)
    (batch,) = DataLoader(TensorDataset(x), batch_size=4)
    x += 1
    assert batch[0].tolist() == [0, 0, 0, 0]


def test_concatenated():
    data = Subset(range(10), [3, 4]) + Subset(range(10), [7])
    assert isinstance(data, ConcatDataset) and len(data) == 3
    assert [data[i] for i in (0, 1, 2, -1, -3)] == [3, 4, 7, 7, 3]
    assert data.cumulative_sizes == [2, 3]
    with pytest.raises(ValueError, match="absolute value of index"):
        data[-4]
    with pytest.raises(AssertionError, match="empty iterable"):
        ConcatDataset([])
    with pytest.raises(AssertionError, match="IterableDataset"):
        ConcatDataset([Count(1)])


def test_chained():
    data = Count(1, 2) + Count(3)
    assert isinstance(data, ChainDataset) and list(data) == [1, 2, 3] and len(data) == 3
    with pytest.raises(AssertionError, match="only supports IterableDataset"):
        list(ChainDataset([[1]]))


def test_stacked():
    rows = StackDataset([1, 2], ["a", "b"])
    assert rows[1] == (2, "b") and len(rows) == 2
    assert StackDataset(x=[1, 2], y=Subset([5, 6, 7], [2, 0]))[0] == {"x": 1, "y": 7}
    assert StackDataset(x=[1, 2]).__getitems__([1, 0]) == [{"x": 2}, {"x": 1}]
    with pytest.raises(ValueError, match="At least one"):
        StackDataset()
    with pytest.raises(ValueError, match="both types"):
        StackDataset([1], x=[1])
    with pytest.raises(ValueError, match="Size mismatch"):
        StackDataset([1], [1, 2])


def test_abstract():
    with pytest.raises(NotImplementedError, match="__getitem__"):
        Dataset()[0]
    assert Dataset[int] is not None


def test_random_split():
    torch.manual_seed(0)
    parts = random_split(range(10), [0.5, 0.25, 0.25])
    assert [len(p) for p in parts] == [6, 2, 2]
    assert sorted(i for p in parts for i in p.indices) == list(range(10))
    again = random_split(range(10), [6, 4], torch.Generator().manual_seed(1))
    assert again[0].indices == random_split(range(10), [6, 4],
                                            torch.Generator().manual_seed(1))[0].indices
    assert [list(p) for p in random_split(range(2), [1])] in ([[0, 1]], [[1, 0]])
    with pytest.raises(ValueError, match="Sum of input lengths"):
        random_split(range(3), [1, 1])
    with pytest.raises(ValueError, match="Fraction at index 0"):
        random_split(range(3), [1.5, -0.5])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        random_split(range(1), [0.9, 0.1])


def test_collate_numbers_and_tensors():
    assert default_collate([1, 2]).dtype is torch.int64
    assert default_collate([1.5, 2]).dtype is torch.float64
    assert default_collate([True, False]).dtype is torch.bool
    assert default_collate([np.float32(1), np.float32(2)]).dtype is torch.float32
    assert default_collate([np.ones(2), np.zeros(2)]).tolist() == [[1, 1], [0, 0]]
    assert default_collate([torch.ones(2), torch.zeros(2)]).shape == (2, 2)
    assert default_collate(["a", b"b"]) == ["a", b"b"]


def test_collate_structures():
    point = default_collate([Point(1, "a"), Point(2, "b")])
    assert type(point) is Point and point.x.tolist() == [1, 2] and point.y == ("a", "b")
    pair = default_collate([(1, 2.0), (3, 4.0)])
    assert type(pair) is list and pair[1].tolist() == [2, 4]
    mapping = default_collate([OrderedDict(a=1, b=[2]), OrderedDict(a=3, b=[4])])
    assert type(mapping) is OrderedDict and mapping["b"][0].tolist() == [2, 4]
    frozen = default_collate([MappingProxyType({"a": 1})])
    assert frozen["a"].tolist() == [1]


@pytest.mark.parametrize(("batch", "error", "words"), [
    ([object()], TypeError, "must contain tensors, numpy arrays, numbers, dicts or lists"),
    ([None], TypeError, "NoneType"),
    ([np.array(["a"])], TypeError, "<U1"),
    ([[1], [1, 2]], RuntimeError, "each element in list of batch should be of equal size"),
    ([torch.ones(1), torch.ones(2)], RuntimeError, "stack expects each tensor to be equal size"),
])
def test_collate_errors(batch, error, words):
    with pytest.raises(error, match=words):
        default_collate(batch)


def test_collate_with_functions():
    class Word(str):
        __slots__ = ()

    def count(batch, *, collate_fn_map):
        return len(batch)

    found = collate([{"w": Word("a"), "x": 1}] * 2, collate_fn_map={Word: count})
    assert found["w"] == 2 and found["x"].tolist() == [1, 1]


def test_convert():
    found = default_convert({"a": [1, 2.0, "s", np.ones(1)], "b": (1, 2),
                             "p": Point(np.ones(1), 2)})
    assert found["a"][:3] == [1, 2.0, "s"] and isinstance(found["a"][3], torch.Tensor)
    assert found["b"] == [1, 2] and type(found["p"]) is Point
    assert isinstance(found["p"].x, torch.Tensor)
    assert default_convert(np.array("text")).item() == "text"
