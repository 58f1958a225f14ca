"""Places, masks and parts of values in memory are read and written with nothing recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.engine.recording.recording import here

AUTO = torch.config.tier == "auto"
only_at_once = pytest.mark.skipif(not AUTO, reason="nothing is computed at once there")
Read = Callable[[Any, Any, Any, Any], Any]
I, J = [0, 3, 1], [2, 5, 2]
MASK = (np.arange(24) % 3 == 1).reshape(4, 6)


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Operations are computed as they are called, where that is looked at."""
    if AUTO:
        here.modes.at_once = 1 << 30
    yield
    here.modes.at_once = 0


def steps() -> int:
    """How many steps this thread has recorded and not run."""
    return here.recording.at.nodes - here.recording.root.nodes


def tensors(data: Any) -> tuple[Any, Any, Any, Any]:
    return (torch.tensor(data) * 1, torch.tensor(I), torch.tensor(J), torch.tensor(MASK))


READS: dict[str, Read] = {
    "list": lambda x, i, j, m: x[I],
    "negative": lambda x, i, j, m: x[[-1, 0]],
    "tensor": lambda x, i, j, m: x[i],
    "matrix": lambda x, i, j, m: x[torch.stack([i, i.flip(0)])],
    "both": lambda x, i, j, m: x[i, j],
    "integer first": lambda x, i, j, m: x[2, j],
    "integer after": lambda x, i, j, m: x[i, 2],
    "slice first": lambda x, i, j, m: x[1:3, j],
    "slice after": lambda x, i, j, m: x[i, 1:5:2],
    "columns": lambda x, i, j, m: x[:, J],
    "mask": lambda x, i, j, m: x[m],
    "mask of rows": lambda x, i, j, m: x[m[:, 1]],
}
DATA = np.arange(24.0).reshape(4, 6)


@pytest.mark.parametrize("name", READS)
def test_reads(name: str) -> None:
    for k in range(13):
        x, i, j, m = tensors(DATA + k)
        before = steps()
        found = READS[name](x, i, j, m)
        if AUTO and k > 10:
            assert found._buf is not None and steps() == before
        expected = np.ascontiguousarray((DATA + k)[_index(name)])
        assert found.tolist() == expected.tolist() and found.is_contiguous()
        found.mul_(0)   # it is a copy
        assert x.tolist() == (DATA + k).tolist()


def _index(name: str) -> Any:
    i, j = np.array(I), np.array(J)
    return {"list": i, "negative": [-1, 0], "tensor": i, "matrix": np.array([i, i[::-1]]),
            "both": (i, j), "integer first": (2, j), "integer after": (i, 2),
            "slice first": (slice(1, 3), j), "slice after": (i, slice(1, 5, 2)),
            "columns": (slice(None), j), "mask": MASK, "mask of rows": MASK[:, 1]}[name]


def test_integers_that_are_apart_are_taken_first() -> None:
    for _ in range(12):
        x = torch.arange(24.0).reshape(2, 3, 4) * 1
        assert x[1, :, torch.tensor([0, 2])].shape == (3, 2)   # NumPy's is (2, 3)
        assert x[torch.tensor([0, 1]), :, 1].tolist() == [[1.0, 5.0, 9.0], [13.0, 17.0, 21.0]]


def test_what_is_no_place_is_an_error_as_ever() -> None:
    for _ in range(12):
        x = torch.zeros(4, 6) + 1
        for index in ([4], (torch.tensor([0]), torch.tensor([6])), [-5]):
            with pytest.raises(IndexError):
                x[index].tolist()
        with pytest.raises(IndexError, match="mask"):
            x[torch.tensor([True, False])]
        with pytest.raises(IndexError):
            x[torch.tensor([0.5])]
        if AUTO:
            here.modes.at_once = 1 << 30


WRITES: dict[str, tuple[Any, Any]] = {
    "list": (I, 2.5), "both": ((np.array(I), np.array(J)), 7), "mask": (MASK, -1.0),
    "rows": (slice(1, 3), np.full((2, 6), 4.0)), "column": ((slice(None), 1), 3.0),
    "block": ((slice(0, 2), slice(2, 4)), np.array([[1.0, 2.0], [3.0, 4.0]])),
    "columns": ((slice(None), J), 0.5), "one number": (slice(2, None), np.array(9.0)),
}


@pytest.mark.parametrize("name", WRITES)
def test_writes(name: str) -> None:
    index, value = WRITES[name]
    for k in range(13):
        x = torch.tensor(DATA + k) * 1
        row, column = x[1], x[:, 2]
        before, version = steps(), x._version
        x[_as_tensors(index)] = _as_tensors(value)
        if AUTO and k > 10:
            assert x._buf is not None and steps() == before
        expected = DATA + k
        expected[index] = value
        assert x.tolist() == expected.tolist() and x._version == version + 1
        assert row.tolist() == expected[1].tolist() and column.tolist() == expected[:, 2].tolist()


def _as_tensors(given: Any) -> Any:
    if isinstance(given, tuple):
        return tuple(map(_as_tensors, given))
    return torch.tensor(given) if isinstance(given, np.ndarray) else given


def test_a_value_that_somebody_else_has_is_copied_before() -> None:
    for k in range(14):
        x = torch.tensor(DATA + k) * 1
        same, kept = x.detach(), x.clone()
        y = x * 2
        other = y[1:3]
        kept[:2] = 0
        y[0:2] = x[0:2]
        x[:, 0] = 5
        expected = DATA + k
        expected[:, 0] = 5
        assert x.tolist() == same.tolist() == expected.tolist()
        assert kept[2:].tolist() == (DATA + k)[2:].tolist() and kept[:2].sum() == 0
        assert other.tolist() == [(DATA + k)[1].tolist(), (2 * (DATA + k))[2].tolist()]


def test_writes_to_views() -> None:
    for k in range(14):
        x = torch.tensor(DATA + k) * 1
        column, rows, turned = x[:, 1], x[1:3], x.t()
        column.mul_(2)
        rows += 1
        turned[3].zero_()
        x[0:2] -= 1
        expected = DATA + k
        expected[:, 1] *= 2
        expected[1:3] += 1
        expected[:, 3] = 0
        expected[0:2] -= 1
        assert x.tolist() == expected.tolist()
        assert column.tolist() == expected[:, 1].tolist()
        assert rows.tolist() == expected[1:3].tolist() and turned.tolist() == expected.T.tolist()
        assert x._version == 5   # the last line writes twice


@only_at_once
def test_writes_to_views_record_nothing() -> None:
    for k in range(40):
        if k % 20 == 0:
            x = torch.zeros(6, 4)
            x.tolist()
            here.modes.at_once = 1 << 30
        before = steps()
        x[:, 1].mul_(0.5)
        x[1:3].add_(1)
        if k > 30:
            assert x._buf is not None and steps() == before
    assert x[1].tolist() == pytest.approx([20, 2, 20, 20], abs=1e-4) and x[0].sum() == 0


def test_what_autograd_follows_is_recorded() -> None:
    for _ in range(12):
        leaf = torch.ones(4, 3, requires_grad=True)
        x = leaf * 2
        x[[0, 1]] = 0.0
        x[:, 1] = leaf[:, 0]
        loss = (x[[0, 2]] * torch.tensor([1.0, 2.0, 3.0])).sum()
        loss.backward()
        assert leaf.grad.tolist() == [[2.0, 0, 0], [0, 0, 0], [4.0, 0, 6.0], [0, 0, 0]]
        with pytest.raises(RuntimeError, match="leaf Variable"):
            leaf[0:2] = 1.0
        with torch.no_grad():
            leaf[0:2] = 5.0
            leaf[[3]] = 6.0
        assert leaf.detach()[:, 0].tolist() == [5.0, 5.0, 1.0, 6.0]
        if AUTO:
            here.modes.at_once = 1 << 30


def test_dtypes_hold_what_they_hold() -> None:
    for _ in range(12):
        counts = torch.zeros(5, dtype=torch.int64)
        counts[[0, 2]] = 3
        counts[1:3] = 2.9   # rounded towards zero, as in PyTorch
        flags = torch.zeros(5, dtype=torch.bool)
        flags[[1]] = True
        flags[3:] = torch.tensor([True, False])
        assert counts.tolist() == [3, 2, 2, 0, 0]
        assert flags.tolist() == [False, True, False, True, False]
        if AUTO:
            here.modes.at_once = 1 << 30


@pytest.mark.parametrize("write", [
    lambda y: y.neg_(), lambda y: y[-1].mul_(2), lambda y: y[:].add_(y)])
def test_a_view_that_numpy_only_reads_is_written_to(write: Callable[[Any], Any]) -> None:
    """``expand`` to the same shape gives such a one."""
    for k in range(300):
        here.modes.at_once = 1 << 30 if AUTO else 0
        x = torch.arange(6.0).reshape(2, 3) + k % 3
        want = x.clone()
        write(want)
        x = x.clone()
        write(x.expand_as(x))
        assert x.tolist() == want.tolist()


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (1, 3), (1, 1, 1)])
def test_an_element_beside_dimensions_of_one(shape: tuple[int, ...]) -> None:
    for _ in range(4):
        x = torch.arange(float(np.prod(shape))).reshape(shape) * 1
        begun = steps()
        element = x[(-1,) * len(shape)]
        assert not AUTO or steps() == begun
        assert element.item() == float(np.prod(shape)) - 1
        assert not AUTO or steps() == begun
        element.fill_(9.0)
        assert x.flatten()[-1].item() == 9.0 and element.shape == ()
        x.zero_()
        assert element.item() == 0.0
