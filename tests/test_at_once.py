"""Small reads and writes of values that are in memory: they take no step, and cost one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.recording import flushing
from wengert.engine.recording.recording import here

recorded = pytest.mark.skipif(torch.config.tier == "eager", reason="the tier ends each recording")


@pytest.fixture(autouse=True)
def compiled_when_it_pays() -> Iterator[None]:
    before, config.compile_after = config.compile_after, None
    yield
    config.compile_after = before


def one_element() -> Any:
    x = torch.zeros(3)
    x[1] += 2
    x[2] = torch.tensor(4.0)
    x[torch.tensor(0)] = 1
    return x


def initial_values() -> Any:
    layer = torch.nn.Linear(3, 2)
    torch.nn.init.normal_(layer.weight)
    return layer


def state_of_another() -> Any:
    layer, other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(other.weight)
    return layer


def aliases() -> Any:
    layer = torch.nn.Linear(3, 2)
    return layer.state_dict(), layer.weight.data, layer.bias.detach()


def checks() -> Any:
    dist = torch.distributions.Normal(torch.zeros(3), torch.ones(3))
    dist._validate_sample(torch.tensor([1.0, -2.0, 0.5]))
    with pytest.raises(ValueError, match="to satisfy the constraint"):
        torch.distributions.Normal(torch.zeros(3), torch.tensor([1.0, 0.0, 1.0]))
    with pytest.raises(ValueError, match="within the support"):
        dist._validate_sample(torch.tensor([1.0, float("nan"), 0.5]))
    return dist


@recorded
@pytest.mark.parametrize("work", [one_element, initial_values, state_of_another, aliases, checks])
def test_what_is_in_memory_takes_no_step(work: Callable[[], Any]) -> None:
    torch.zeros(1).item()
    (torch.zeros(1) + 1).item()   # a new recording
    before = here.recording
    kept = work()
    assert here.recording is before and before.at is before.root
    assert kept is not None


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed as it is called")
def test_another_dtype_takes_no_step() -> None:
    def program() -> Any:
        return torch.ones(3).half().float(), torch.arange(3).to(torch.float64)
    expected = [x.tolist() for x in program()]
    before = here.recording
    here.modes.at_once = 9
    try:
        found = program()
        assert here.recording is before and before.at is before.root
    finally:
        here.modes.at_once = 0
    assert [x.tolist() for x in found] == expected


@recorded
def test_rows_take_a_step_when_they_are_used() -> None:
    x = torch.arange(6.0).reshape(3, 2).clone()
    x.tolist()
    before = here.recording
    found = list(x)
    assert [row.tolist() for row in found] == [[0, 1], [2, 3], [4, 5]]
    assert here.recording is before and before.at is before.root
    assert (found[2] * 2).tolist() == [8, 10]
    assert all(row._is_view() for row in found)


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"), reason="the tier walks no path")
def test_a_walk_that_comes_again_looks_at_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def program(w: Any, k: int) -> list[float]:
        y = (w * k).tanh().max(0)[0] + k
        (y * y).backward()
        return [y.item(), *w.grad.tolist()]

    def fresh(k: int) -> list[float]:
        return program(torch.tensor([0.5 * k, 1.0], requires_grad=True), k)
    expected = [fresh(k) for k in range(4)]
    counted: list[object] = []
    walk = flushing.walk
    monkeypatch.setattr(flushing, "walk", lambda *args: (counted.append(args), walk(*args))[1])
    assert [fresh(k) for k in range(4)] == expected
    assert not counted


@recorded
@pytest.mark.skipif(torch.config.tier != "auto", reason="other tiers compute nothing at once")
@pytest.mark.parametrize("call", [
    torch.linalg.inv, torch.linalg.cholesky, lambda a: torch.linalg.solve(a, a)])
def test_factorisations_are_computed_at_once(call: Callable[[Any], Any],
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    a = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
    right = call(a).flatten().tolist()   # it has been recorded
    torch.cpu.synchronize()
    ends = []
    original = flushing.run
    monkeypatch.setattr(flushing, "run", lambda *args: ends.append(args) or original(*args))
    here.modes.at_once = 9
    try:
        assert call(a).flatten().tolist() == pytest.approx(right) and not ends
        with pytest.raises(torch.linalg.LinAlgError):
            call(torch.zeros(2, 2))
        ends.clear()
        here.modes.at_once = 9
        a.requires_grad_()
        flows = call(a)
        assert flows.requires_grad and ends
    finally:
        here.modes.at_once = 0


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed as it is called")
@pytest.mark.parametrize("views", [
    lambda x: x.unbind(0), lambda x: x.split(2), lambda x: x.split([1, 3], 0),
    lambda x: x.chunk(2, dim=1), lambda x: x.t().chunk(3), lambda x: x.unbind(-1),
    lambda x: torch.split(x, 3, dim=1), lambda x: (x[None],), lambda x: (x[...],)])
def test_several_views_take_no_step_and_share_memory(views: Callable[[Any], Any]) -> None:
    for length in (4, 4, 5, 6):
        x = torch.arange(4 * length).reshape(4, length).clone()
        expected = [[part.tolist(), part.stride(), part.shape] for part in views(x)]
        written = [part * 10 for part in views(x)]
        whole = torch.cat([part.flatten() for part in views(x)]).sum().item()
        before = here.recording.at
        here.modes.at_once = 99
        try:
            found = views(x)
            assert here.recording.at is before
            assert [[part.tolist(), part.stride(), part.shape] for part in found] == expected
            for part in found:
                part *= 10
        finally:
            here.modes.at_once = 0
        assert [part.tolist() for part in views(x)] == [part.tolist() for part in written]
        assert x.sum().item() == 10 * whole


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed as it is called")
@pytest.mark.parametrize("write", [
    lambda x: x.zero_(), lambda x: x.fill_(3.0), lambda x: x.atan_(), lambda x: x.lgamma_(),
    lambda x: x.sub_(0.5, alpha=2.0), lambda x: x.hypot_(torch.ones(3))])
def test_the_first_writes_of_a_kind_take_no_step(write: Callable[[Any], Any]) -> None:
    expected = write(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).tolist()
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    row, other = x[1], x.numpy().copy()
    torch.cpu.synchronize()
    here.modes.at_once = 99
    try:
        write(x[0])
        write(row)
        assert x.tolist() == expected
        y = torch.from_numpy(other)
        write(y)
        assert other.tolist() == expected
        fresh = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        at = here.recording.at
        assert write(fresh) is fresh
        assert here.recording.at is at and fresh.tolist() == expected
    finally:
        here.modes.at_once = 0


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed as it is called")
@pytest.mark.parametrize("call", [
    lambda x, y: torch.einsum("ij,kj->ik", x, y), lambda x, y: torch.einsum("ij->j", x),
    lambda x, y: torch.meshgrid(x[0], y[0], indexing="ij")[1],
    lambda x, y: torch.addcmul(x, x, y, value=0.5)])
def test_calls_of_general_signatures_take_no_step(call: Callable[[Any, Any], Any]) -> None:
    for length in (2, 3, 3, 4):
        x, y = torch.rand(length, 3), torch.rand(length, 3)
        expected = call(x, y).tolist()
        before = here.recording.at
        here.modes.at_once = 99
        try:
            found = call(x, y)
            assert here.recording.at is before
        finally:
            here.modes.at_once = 0
        assert torch.allclose(found, torch.tensor(expected))


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed as it is called")
@pytest.mark.parametrize("changed", [
    lambda v: v.unsqueeze_(0), lambda v: v.unsqueeze_(-1), lambda v: v.squeeze_()])
def test_a_row_changes_its_shape_in_place(changed: Callable[[Any], Any]) -> None:
    for k in range(4):
        x = torch.arange(6.0).reshape(3, 2) + k
        x.tolist()
        here.modes.at_once = 50
        try:
            row = x[1]
            changed(row)
            row[...] = row.sum()
            assert row.flatten().tolist() == [5.0 + 2 * k] * 2
        finally:
            here.modes.at_once = 0
        assert x.tolist() == [[k, 1.0 + k], [5.0 + 2 * k] * 2, [4.0 + k, 5.0 + k]]
