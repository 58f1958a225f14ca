"""Views and writes along known paths, with other indices and values at each run."""

from __future__ import annotations

import pytest

import wengert as torch
from known_views import PROGRAMS, alike, plain
from wengert.engine.recording.handle import is_pending, shared_store


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
