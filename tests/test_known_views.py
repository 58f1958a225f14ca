"""Views and writes along known paths, with other indices and values at each run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from known_views import PROGRAMS, alike, plain
from wengert.engine.recording.handle import buffer_of, is_pending, shared_store
from wengert.engine.recording.recording import here


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_known_path_does_what_a_new_one_did(name: str) -> None:
    first = [plain(PROGRAMS[name](torch, k)) for k in range(4)]
    for _ in range(3):
        for k in (2, 0, 3, 1):
            assert alike(plain(PROGRAMS[name](torch, k)), first[k])


def test_views_that_nobody_holds_are_no_members_at_the_next_write() -> None:
    x = torch.zeros(300, 2)
    kept = x[7]
    for t in range(300):
        x[t].add_(1.0)
        store = shared_store(x)
        assert store is None or len(store.members) <= 4
    assert x.sum().item() == 600
    assert kept.tolist() == [1.0, 1.0]


def test_arguments_by_name_meet_known_paths() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    for _ in range(6):   # the text of a call is written after four
        assert x.sum(dim=1, keepdim=True).tolist() == [[3.0], [12.0]]
        assert torch.sum(input=x, dim=0).tolist() == [3.0, 5.0, 7.0]
        assert x.sum(axis=0, dtype=torch.float64).dtype is torch.float64
        assert torch.stack(tensors=[x, x], dim=2).shape == (2, 3, 2)
        assert torch.max(x, dim=1).indices.tolist() == [2, 2]
        with pytest.raises(TypeError):
            x.sum(0, dim=1)
        with pytest.raises(TypeError):
            x.sum(nothing=1)
        with pytest.raises(TypeError):
            torch.cat([x, 1.0])
        with pytest.raises(TypeError):
            torch.cat(each for each in [x, x])
        assert x.permute(dims=(1, 0)).shape == x.permute([1, 0]).shape == (3, 2)
        assert x.view(x.t().shape).shape == x.reshape(shape=(3, 2)).shape == (3, 2)


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_a_look_at_a_part_of_what_is_known_ends_no_recording() -> None:
    x = torch.arange(6.0).reshape(2, 3).clone()
    x.tolist()
    y = torch.ones(3)
    y.tolist()
    z = y * 2   # it waits
    for k in range(3):
        for t in range(2):
            assert x[t, k].item() == 3.0 * t + k and bool(x[1, 2])
            assert x[t].tolist() == [3.0 * t, 3.0 * t + 1, 3.0 * t + 2]
    assert is_pending(z)
    view = x[1]
    assert view.tolist() == [3.0, 4.0, 5.0]
    x[1] += 1
    assert view.tolist() == [4.0, 5.0, 6.0]
    view.mul_(2)
    assert x[1, 0].item() == 8.0 and x.tolist()[1] == view.tolist() == [8.0, 10.0, 12.0]
    assert z.tolist() == [2.0] * 3


def test_a_look_at_a_part_keeps_its_gradient() -> None:
    x = torch.arange(3.0, requires_grad=True)
    for k in range(3):
        part = x[k]
        assert part.item() == k and part.requires_grad
        (part * (k + 1)).backward()
        with torch.no_grad():
            assert x[k].item() == k and (x * 2)[k].item() == 2 * k
    assert x.grad.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_elements_of_what_is_known_are_written_in_its_memory() -> None:
    for make in (lambda: torch.zeros(4), lambda: torch.arange(8.0).reshape(4, 2) * 2):
        x = make()
        x.tolist()
        where, before = place(x), here.recording
        for k in range(4):
            x[k] = k + 0.5
            assert x[k].tolist() in (k + 0.5, [k + 0.5] * 2)
        assert place(x) == where and x._version == 4
        assert here.recording is before and before.at is before.root


def place(x: torch.Tensor) -> int:
    """Where the value lies; who held that would have it copied at a write."""
    buf = buffer_of(x)
    assert buf is not None
    return buf.ctypes.data


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_what_somebody_else_holds_is_not_written_in_its_memory() -> None:
    def held_by_the_recording(x: torch.Tensor) -> object:
        return x + 1

    def held_for_backward(x: torch.Tensor) -> object:
        y = (torch.ones(4, requires_grad=True) * x).sum()
        y.item()
        return y

    holders = [held_by_the_recording, held_for_backward, lambda x: x.numpy(), lambda x: x[1],
               lambda x: x[1:], lambda x: x.detach(), lambda x: x.view(2, 2), lambda x: x.data]
    for holder in holders:
        x = torch.arange(4.0)
        x.tolist()
        buf = buffer_of(x)
        assert buf is not None
        kept, seen = holder(x), buf.copy()
        x[1] = 9.0
        assert x.tolist() == [0.0, 9.0, 2.0, 3.0]
        if not isinstance(kept, np.ndarray):
            assert buf.tolist() == seen.tolist(), "an array that others read has changed"


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_a_view_of_what_is_known_takes_its_step_when_it_is_used() -> None:
    x = torch.arange(6.0).reshape(2, 3).clone()
    x.tolist()
    torch.cpu.synchronize()
    rec = here.recording
    first, second = x[0], x[1, 2]
    assert rec.at is rec.root and not rec.handles
    y = first + second   # an input for x, two views, a sum
    assert len(rec.at.path()) == 5 and len(rec.inputs) == 1
    third = x[1]         # x is in the recording by now
    assert len(rec.at.path()) == 6
    assert (y + third).tolist() == [8.0, 10.0, 12.0]


def calls_of(view: Callable[[], Any]) -> int:
    """How many functions are called for a view, of Python's and of C's."""
    calls: list[Any] = []
    sys.setprofile(lambda frame, event, what: calls.append(
        what if event == "c_call" else frame.f_code.co_name)
        if event in ("call", "c_call") else None)
    view()
    sys.setprofile(None)
    return len(calls) - 2   # those of the test


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_a_known_view_takes_few_calls() -> None:
    weight = torch.arange(12.0).reshape(3, 4).clone().requires_grad_()

    def program() -> None:
        y = weight * 2
        for view in (lambda: y[1], lambda: y[1:], lambda: y[:2], lambda: weight[2]):
            view()
            counts.append(calls_of(view))
        y.sum().item()

    for _ in range(6):
        counts: list[int] = []
        program()
    assert max(counts) <= 4, "a function, whose recording it is, a handle, its place in a list"


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_a_row_of_what_is_known_takes_few_calls() -> None:
    data = torch.arange(12.0).reshape(3, 4).clone()
    data.tolist()
    assert data[0].tolist() == [0.0, 1.0, 2.0, 3.0]
    counts = [calls_of(lambda: data[1]) for _ in range(6)]
    assert max(counts) <= 6, "two functions, whose recording, a handle, its place among the views"
