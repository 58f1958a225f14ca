"""A backward through the segments of a loop that reads values takes one known step for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from custom_functions import Double
from wengert.engine.recording import backward, wanted
from wengert.engine.recording.backward import Engine
from wengert.engine.recording.segment import Segment

compiled = pytest.mark.skipif(torch.config.tier == "eager", reason="leaves other segments")
Loop = Callable[[Any], Any]


def read_each_turn(w: Any) -> Any:
    x = w * 1.5
    for _ in range(6):
        x = torch.sin(x) + w
        if x.sum().item() > 1e9:
            break
    return x


def several_ends(w: Any) -> Any:
    a, b = w * 2, w + 1
    for _ in range(6):
        a, b = a * b, b - 0.1 * a
        if a.sum().item() > 1e9:
            break
    return a + b


def hooked(w: Any) -> Any:
    x = w * 1.5
    for k in range(6):
        x = torch.sin(x) + w
        if k == 3:
            x.register_hook(lambda ct: ct * 3)
        x.sum().item()
    return x


def customised(w: Any) -> Any:
    x = w * 1.5
    for k in range(6):
        x = Double.apply(x) if k == 2 else torch.cos(x)
        x.sum().item()
    return x


LOOPS: dict[str, Loop] = {f.__name__: f for f in (
    read_each_turn, several_ends, hooked, customised)}


def gradient(loop: Loop, values: list[float], **how: Any) -> Any:
    w = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    loop(w).sum().backward(**how)
    return w.grad.numpy()


def expected(loop: Loop, values: list[float]) -> Any:
    w = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    g, = torch.autograd.grad(loop(w).sum(), w, create_graph=True)
    return g.detach().numpy()


@pytest.mark.parametrize("name", LOOPS)
def test_gradients(name: str) -> None:
    for k in range(5):
        values = [0.1 + k, -0.3 * k, 0.7]
        np.testing.assert_allclose(gradient(LOOPS[name], values), expected(LOOPS[name], values))


@compiled
@pytest.mark.parametrize("name", LOOPS)
def test_where_nothing_else_is_to_be_done(name: str, monkeypatch: Any) -> None:
    plain = name in ("read_each_turn", "several_ends")
    for k in range(6):
        gradient(LOOPS[name], [0.2 * k, 0.5, 1.0])
    looked: list[int] = []
    descend = Engine.descend

    def counted(self: Engine, *args: Any) -> None:
        looked.append(1)
        descend(self, *args)

    monkeypatch.setattr(Engine, "descend", counted)
    result = gradient(LOOPS[name], [0.3, 0.5, 1.0])
    assert (len(looked) == 0) is plain
    monkeypatch.setattr(backward, "gone_straight", lambda *args: False)
    np.testing.assert_array_equal(gradient(LOOPS[name], [0.3, 0.5, 1.0]), result)
    assert len(looked) >= 6


@compiled
def test_gradients_of_all_leaves_need_no_look_at_what_leads_to_them(monkeypatch: Any) -> None:
    def gradients(values: list[float], count: int) -> list[Any]:
        leaves = [torch.tensor(values, dtype=torch.float64, requires_grad=True) for _ in range(2)]
        loss = (read_each_turn(leaves[0]) * several_ends(leaves[1])).sum()
        return [g.numpy() for g in torch.autograd.grad(loss, leaves[:count])]
    looked: list[int] = []
    look_behind = Engine.look_behind

    def counted(self: Engine, *args: Any) -> None:
        looked.append(1)
        look_behind(self, *args)

    for k in range(6):
        gradients([0.2 * k, 0.5, 1.0], 2)
        gradients([0.2 * k, 0.5, 1.0], 1)
    monkeypatch.setattr(Engine, "look_behind", counted)
    both = gradients([0.3, 0.5, 1.0], 2)
    assert not looked
    only, = gradients([0.3, 0.5, 1.0], 1)
    assert looked
    np.testing.assert_array_equal(only, both[0])
    leaves = [torch.tensor([0.3, 0.5, 1.0], dtype=torch.float64, requires_grad=True)
              for _ in range(2)]
    (read_each_turn(leaves[0]) * several_ends(leaves[1])).sum().backward()
    for leaf, found in zip(leaves, both, strict=True):
        np.testing.assert_allclose(leaf.grad.numpy(), found)


@compiled
def test_what_leaves_lie_behind_a_segment_is_found_once(monkeypatch: Any) -> None:
    asked: list[Any] = []
    original = wanted.leaves_of
    monkeypatch.setattr(wanted, "leaves_of", lambda unit, segments: asked.append(unit) or original(
        unit, segments))
    w = torch.tensor([0.5, 0.2], dtype=torch.float64, requires_grad=True)
    x = w * 1.0
    for _ in range(30):
        x = torch.sin(x) + w
        x.sum().item()
        torch.autograd.grad(x.sum(), w, retain_graph=True)
    segments = [unit for unit in asked if isinstance(unit, Segment)]
    assert len(segments) == len(set(segments)) >= 29
    assert len({id(segment.leaves) for segment in segments}) == 1


@compiled
def test_a_segment_that_several_tensors_go_on_in_is_looked_at_once(monkeypatch: Any) -> None:
    asked: list[Any] = []
    original = wanted.leaves_of
    monkeypatch.setattr(wanted, "leaves_of", lambda unit, segments: asked.append(unit) or original(
        unit, segments))
    w = torch.tensor([0.5, 0.2], dtype=torch.float64, requires_grad=True)
    x = y = z = w * 1.0
    for _ in range(20):
        x, y, z = torch.sin(y) + z, x * 0.5, x + y * w
        x.sum().item()
    torch.autograd.grad((x + y + z).sum(), w)
    segments = [unit for unit in asked if isinstance(unit, Segment)]
    assert len(segments) == len(set(segments)) >= 19


def test_gradients_of_leaves_behind_custom_functions_and_dead_leaves() -> None:
    for k in range(5):
        w = torch.tensor([0.1 + k, 0.5], dtype=torch.float64, requires_grad=True)
        x = customised(w) + read_each_turn(torch.ones(2, dtype=torch.float64, requires_grad=True))
        found, = torch.autograd.grad(x.sum(), w)
        np.testing.assert_allclose(found.numpy(), expected(customised, w.tolist()))


def test_what_was_read_is_freed() -> None:
    for _ in range(5):
        w = torch.tensor([0.5, 1.0], requires_grad=True)
        x = read_each_turn(w)
        (x * x).sum().backward()
        with pytest.raises(RuntimeError, match="second time"):
            (x * 2).sum().backward()


def test_what_is_retained_is_read_again() -> None:
    for _ in range(5):
        w = torch.tensor([0.5, 1.0], requires_grad=True)
        loss = several_ends(w).sum()
        loss.backward(retain_graph=True)
        first, w.grad = w.grad, None
        loss.backward()
        assert first.tolist() == w.grad.tolist()


def test_two_losses_share_the_turns_before() -> None:
    for k in range(5):
        w = torch.tensor([0.5 + k, 1.0], requires_grad=True)
        x = read_each_turn(w)
        y = x * 2
        y.tolist()
        x.sum().backward(retain_graph=True)
        first, w.grad = w.grad, None
        y.sum().backward()
        np.testing.assert_allclose(w.grad, 2 * np.array(first.tolist()), rtol=1e-6)


walked = pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"), reason="walks no path")


@walked
@pytest.mark.parametrize("name", LOOPS)
def test_what_was_walked_is_gone_down_with_one_look(name: str, monkeypatch: Any) -> None:
    plain = name in ("read_each_turn", "several_ends")
    looked: list[int] = []
    descend = Engine.descend

    def counted(self: Engine, *args: Any) -> None:
        looked.append(1)
        descend(self, *args)

    def loop(w: Any) -> Any:
        for k in range(offset):   # a path that was never seen
            w = (w * 0.5 + 0.1 * k).tanh() if k & 1 else w.cos()
        return LOOPS[name](w)

    # Of a length that no other test has, and never compiled: all turns are walked.
    values = [0.3, 0.5, 1.0, 0.7, 0.1, 0.9, 0.4]
    monkeypatch.setattr(torch.config, "compile_after", 1000)
    offset = 11
    gradient(loop, values)
    monkeypatch.setattr(Engine, "descend", counted)
    offset = 12
    result = gradient(loop, values)
    assert (len(looked) == 0) is plain
    monkeypatch.setattr(backward, "gone_down", lambda *args: False)
    np.testing.assert_allclose(gradient(loop, values), result)
    assert len(looked) >= 6
