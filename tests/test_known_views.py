"""Views and writes along known paths, with other indices and values at each run."""

from __future__ import annotations

import pytest

import wengert as torch
from known_views import PROGRAMS, alike, plain
from wengert.engine.recording.handle import shared_store


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
