"""Looking at what has a value records nothing, be there a history or not; what is seen keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.engine.recording.recording import here

recorded = pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")


def with_history() -> Any:
    """A tensor in memory through which gradients flow, and where they go."""
    w = torch.tensor([0.5, -2.0, 3.0], requires_grad=True)
    y = w * 2
    y.tolist()
    return w, y


LOOKS: dict[str, Callable[[Any], Any]] = {
    "item": lambda y: y[1].item(),
    "bool": lambda y: bool(y[1]),
    "float": lambda y: float(y[-1]),
    "tolist": lambda y: y[1].tolist(),
}
COMPARISONS: dict[str, Callable[[Any], Any]] = {
    "less than a number": lambda y: bool(y[0] < 2),
    "another": lambda y: bool(y[0] < y[2]),
    "equal": lambda y: bool(y[2] == 6),
    "several": lambda y: [bool(y[0] > 0 and y[1] > 0), bool(y[2] >= 6), bool(y[2] != y[1])],
}


@recorded
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_look_at_a_part_records_nothing(look: Callable[[Any], Any]) -> None:
    _, y = with_history()
    rec, at = here.recording, here.recording.at
    assert look(y) == look(torch.tensor(y.tolist()))
    assert here.recording is rec and rec.at is at


@recorded
@pytest.mark.parametrize("look", COMPARISONS.values(), ids=COMPARISONS)
def test_a_comparison_of_known_values_records_nothing(look: Callable[[Any], Any]) -> None:
    _, y = with_history()
    expected = look(np.array(y.tolist()))
    assert look(y) == expected
    rec, at = here.recording, here.recording.at
    assert look(y) == expected
    assert here.recording is rec and rec.at is at


@recorded
def test_a_comparison_of_many_values_is_recorded() -> None:
    _, y = with_history()
    for _ in range(3):
        mask = y > 0
        assert here.recording.at is not here.recording.root
        assert mask.tolist() == [True, False, True]


def test_a_part_that_was_looked_at_keeps_its_history() -> None:
    for _ in range(4):
        w, y = with_history()
        part = y[1]
        assert part.item() == -4
        assert part.requires_grad and not part.is_leaf and part.grad_fn is not None
        (part * y[0]).backward()
        np.testing.assert_allclose(w.grad, [-8, 2, 0])


def test_a_part_that_is_read_without_gradients_keeps_its_history() -> None:
    w, y = with_history()
    part = y[2]
    with torch.no_grad():
        assert not (part * 2).requires_grad
        assert not y[2].detach().requires_grad
        assert bool(part > 5)
    assert (part * 2).requires_grad
    part.backward()
    assert w.grad.tolist() == [0, 0, 2]


def test_a_part_sees_what_is_written_to_its_base() -> None:
    for _ in range(4):
        w, y = with_history()
        part = y[0]
        assert part.item() == 1
        y.mul_(3)
        assert part.item() == 3 and bool(part > 2)
        part.backward()
        assert w.grad.tolist() == [6, 0, 0]


def test_a_base_sees_what_is_written_to_a_part() -> None:
    for _ in range(4):
        w, y = with_history()
        part = y[0]
        assert bool(part == 1)
        part.mul_(y[1])
        assert y.tolist() == [-4, -4, 6]
        y.sum().backward()
        np.testing.assert_allclose(w.grad, [2 * -4, 2 + 2 * 1, 2])


def test_hooks_on_a_part_that_was_looked_at() -> None:
    w, y = with_history()
    part, seen = y[2], []
    assert part.item() == 6
    part.register_hook(lambda ct: seen.append(ct.item()))
    part.retain_grad()
    (part * part).backward()
    assert seen == [12] and part.grad.item() == 12 and w.grad.tolist() == [0, 0, 24]


def test_a_part_outlives_its_base() -> None:
    for _ in range(4):
        w, y = with_history()
        part = y[1]
        del y
        assert part.item() == -4 and bool(part < 0)
        (part * 3).backward()
        assert w.grad.tolist() == [0, 6, 0]


def test_second_derivatives_through_a_part() -> None:
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    y = w ** 3
    assert bool(y[0] < y[1])
    g, = torch.autograd.grad(y[0] * y[1], w, create_graph=True)
    assert bool(g[0] > 0)
    g[0].backward()
    np.testing.assert_allclose(w.grad, [6 * 2 * 27, 3 * 4 * 3 * 9])


@recorded
def test_a_simulation_ends_one_recording_a_turn() -> None:
    def step() -> tuple[int, Any]:
        begin = torch.tensor([0.3, -0.2], requires_grad=True)
        p, v, ended = torch.tensor([0.4, 0.5]), begin, 0
        for _ in range(20):
            before = here.recording
            v = v + 0.01 * torch.tensor([0.0, -9.8])
            p = p + 0.01 * v
            if p[0] < 0 or p[0] > 1 or p[1].item() < -9 or v[1].item() > 9:
                break
            ended += here.recording is not before
        p.sum().backward()
        return ended, begin.grad

    for _ in range(4):
        ended, grad = step()
        np.testing.assert_allclose(grad, [0.2, 0.2], rtol=1e-5)
    assert ended == 20
    before = here.recording.token
    step()
    after = here.recording.token
    assert after - before <= 20 * 3 + 4   # recordings of each turn and of its backward, a segment
