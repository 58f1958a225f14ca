"""Elements at places that a tensor holds, along a known path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.engine.recording.handle import Handle
from wengert.functions import indexing

recorded = pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")


def chosen(x: Any, at: Any, rows: Any, columns: Any) -> Any:
    y = x * 2
    return y[at].sum() + (y[rows, columns] * 3).sum() + y[at[1:]][0, 0] + y[0][columns].sum()


def expected(x: Any, at: Any, rows: Any, columns: Any) -> Any:
    y = x * 2
    return y[at].sum() + (y[rows, columns] * 3).sum() + y[at[1:]][0, 0] + y[0][columns].sum()


def drawn(random: Any, turn: int) -> list[Any]:
    n = 2 + turn // 5   # another length now and then
    return [random.standard_normal((4, 3)).astype(np.float32), random.integers(-4, 4, n),
            random.integers(0, 4, n), random.integers(0, 3, n)]


@recorded
def test_nothing_is_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    for turn in range(4):
        chosen(*map(torch.tensor, drawn(random, turn))).item()
    monkeypatch.setattr(indexing, "parse", None)
    monkeypatch.setattr(indexing, "record", None)
    given = drawn(random, 0)
    assert abs(chosen(*map(torch.tensor, given)).item() - expected(*given)) < 1e-4


@pytest.mark.parametrize("flows", [False, True])
def test_values_and_gradients_are_those_of_the_elements(flows: bool) -> None:
    random = np.random.default_rng(1)
    for turn in range(15):
        given = drawn(random, turn)
        x, *places = map(torch.tensor, given)
        x.requires_grad_(flows)
        out = chosen(x, *places)
        assert abs(out.item() - expected(*given)) < 1e-4
        if flows:
            out.backward()
            _, at, rows, columns = given
            counts = np.zeros((4, 3), np.float32)
            np.add.at(counts, at, 2)
            np.add.at(counts, (rows, columns), 6)
            counts[at[1], 0] += 2
            np.add.at(counts[0], columns, 2)
            np.testing.assert_allclose(x.grad.numpy(), counts)


def test_masks_and_single_integers_are_no_places() -> None:
    x = torch.arange(12.0).reshape(4, 3)
    for turn in range(4):
        y = x + turn
        mask = torch.tensor([True, False, turn > 1, False])
        assert y[mask].shape == (1 + (turn > 1), 3)
        assert y[mask.to(torch.uint8)].shape == (1 + (turn > 1), 3)
        assert y[torch.tensor(turn)].tolist() == y.tolist()[turn]
        assert y[torch.tensor([turn]), torch.tensor(1)].tolist() == [y.tolist()[turn][1]]
        assert y[torch.tensor([], dtype=torch.int64)].shape == (0, 3)
        with pytest.raises(IndexError):
            y[torch.tensor([0.5])]
        with pytest.raises(IndexError, match="too many indices"):
            y[mask.long(), mask.long(), mask.long()]
        with pytest.raises(IndexError):
            torch.tensor(1.0)[torch.tensor([0])]


def test_elements_are_those_of_the_time_of_the_call() -> None:
    for _ in range(4):
        x, at = torch.zeros(5), torch.tensor([0, 2, 4])
        before = x[at]
        x += 1
        after = x[at]
        at += 0
        x[at] = 5.0
        at[0] = 1
        last = x[at]
        assert isinstance(last, Handle)
        assert [before.tolist(), after.tolist(), last.tolist()] == [[0] * 3, [1] * 3, [1, 5, 5]]


def test_what_lies_on_no_device_of_its_values_is_picked_too() -> None:
    for _ in range(4):
        whole, places = torch.empty(4, 3, device="meta"), torch.tensor([0, 1])
        assert whole[places].shape == (2, 3) and whole[places].device.type == "meta"
        assert (whole + 1)[places, places].shape == (2,)
        assert (torch.ones(4, 3) * 2)[places].tolist() == [[2.0] * 3] * 2
