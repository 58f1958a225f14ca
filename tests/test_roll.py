"""Loops that a program has written out are compiled as loops: they give what eager gives, and
another length compiles nothing."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from loop_programs import BY_TURNS, PROGRAMS
from wengert.config import config
from wengert.engine.backends.cpu import rolled
from wengert.engine.backends.interpreter import interpret
from wengert.engine.check import check
from wengert.engine.graph import Graph
from wengert.engine.ops.loop import loop_
from wengert.engine.passes.unroll import unrolled
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.tree import tree

pytestmark = pytest.mark.once

pytest.importorskip("llvmlite")
LENGTHS = [70, 70, 70, 83, 83, 83, 70]


def some_now(names: Iterable[str]) -> list[Any]:
    """Every third of the programs, and the rest with the long tests."""
    return [pytest.param(name, marks=pytest.mark.long if k % 3 else [])
            for k, name in enumerate(names)]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = config.tier
    tree.clear()   # what was planned in another tier
    flush()
    monkeypatch.setattr(config, "loops", True)
    monkeypatch.setattr(config, "compile_after", 2)
    yield
    config.tier = before


@functools.cache
def in_eager(name: str) -> list[list[Any]]:
    """What a program gives in the tier that records nothing."""
    return results(name, "eager")


def results(name: str, tier: str, lengths: list[int] = LENGTHS) -> list[list[Any]]:
    """What a program gives in one tier, with other values at each run."""
    config.tier = tier
    found = []
    for seed, length in enumerate(lengths):
        draw = np.random.RandomState(seed).standard_normal
        found.append([np.array(x.detach().tolist()) for x in PROGRAMS[name](
            torch, lambda *shape, draw=draw: np.asarray(draw(shape)), length)])
    return found


@pytest.mark.parametrize("tier", ["auto", "numpy"])
@pytest.mark.parametrize("name", some_now(PROGRAMS))
def test_a_loop_gives_what_eager_gives(name: str, tier: str, settings: None,
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    made, by_turns = [], []
    init, turns = rolled.WithLoops.__init__, rolled.ByTurns.__init__
    monkeypatch.setattr(rolled.WithLoops, "__init__",
                        lambda self, *args: (made.append(self), init(self, *args))[1])
    monkeypatch.setattr(rolled.ByTurns, "__init__",
                        lambda self, *args: (by_turns.append(self), turns(self, *args))[1])
    expected, found = in_eager(name), results(name, tier)
    tolerance = 2e-5 if name == "singles" else 1e-9
    for run, (a, b) in enumerate(zip(expected, found, strict=True)):
        for x, y in zip(a, b, strict=True):
            assert x.shape == y.shape
            np.testing.assert_allclose(y, x, rtol=tolerance, atol=tolerance, err_msg=f"run {run}")
    if tier == "auto":
        assert made, "no loop was found"
        assert bool(by_turns) is (name in BY_TURNS)


@pytest.mark.parametrize("name", some_now(sorted(set(PROGRAMS) - {"nested", "every_so_often"})))
def test_another_length_compiles_nothing(name: str, settings: None,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the turns that are left at the ends are as many."""
    texts: list[set[str]] = []
    init = rolled.WithLoops.__init__

    def noted(self: rolled.WithLoops, *args: Any) -> None:
        init(self, *args)
        texts[-1].update(kernel.text for kernel in self.kernels)
    monkeypatch.setattr(rolled.WithLoops, "__init__", noted)
    for length in (76, 95):
        texts.append(set())
        results(name, "auto", [length] * 3)
    assert texts[0] and texts[1] <= texts[0]


@pytest.mark.long
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_loop_means_what_was_written_out(name: str, settings: None,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[tuple[Graph, list[Any], Graph]] = []

    def noted(graph: Graph, values: list[Any], *args: Any) -> Any:
        made = found_in(graph, values, *args)
        if made is not None:
            found.append((graph, [*values], made.graph))
        return made
    found_in = rolled.found_in
    monkeypatch.setattr(rolled, "found_in", noted)
    results(name, "auto", [104, 104, 104])
    assert found
    for graph, values, loops in found:
        check(loops)
        for node in loops.nodes():
            if node.prim is loop_:
                check(node.params["body"].graph)
        written_out = unrolled(loops)
        check(written_out)
        for a, b in zip(interpret(graph)(values), interpret(written_out)(values), strict=True):
            np.testing.assert_allclose(np.asarray(b), np.asarray(a), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["crops", "one_chosen"])
def test_starts_that_change_are_planned_once(name: str, settings: None,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    init = rolled.WithLoops.__init__
    monkeypatch.setattr(rolled.WithLoops, "__init__",
                        lambda self, *args: (made.append(self), init(self, *args))[1])
    expected, found = results(name, "eager", [79] * 9), results(name, "auto", [79] * 9)
    for a, b in zip(expected, found, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(y, x, rtol=1e-9, atol=1e-9)
    assert len(made) == 2   # for the first starts, and for any


def test_a_compiled_step_with_a_loop(settings: None) -> None:
    config.tier = "auto"
    torch.manual_seed(0)
    W = (0.3 * torch.randn(4, 4)).requires_grad_()   # small, so that rounding does not grow
    x = torch.randn(80, 3, 4)

    def step() -> torch.Tensor:
        h = torch.zeros(3, 4)
        for t in range(80):
            h = torch.tanh(x[t] + h @ W)
        loss = h.square().mean()
        loss.backward()
        return loss
    expected = step()
    grad, W.grad = W.grad, None
    compiled = torch.compile(step)
    for _ in range(4):
        loss = compiled()
        assert torch.allclose(loss, expected) and torch.allclose(W.grad, grad, atol=1e-6)
        W.grad = None


def test_a_compiled_loop_of_single_numbers(settings: None,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is written out, in registers; for another length, it is a loop of any."""
    made = []
    init = rolled.WithLoops.__init__
    monkeypatch.setattr(rolled.WithLoops, "__init__",
                        lambda self, *args: (made.append(self), init(self, *args))[1])
    x = torch.tensor(0.5, requires_grad=True)

    def orbit(length: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        z = x
        for _ in range(length):
            z = z * 1.01 + x
        z.backward()
        grad, x.grad = x.grad, None
        return z, grad
    config.tier = "eager"
    expected = {length: [y.item() for y in orbit(length)] for length in (70, 83, 97)}
    config.tier = "auto"
    compiled = torch.compile(orbit)
    for length, loops in (70, 0), (83, 1), (70, 1), (97, 2):
        for _ in range(3):
            assert [y.item() for y in compiled(length)] == pytest.approx(expected[length])
        assert len(made) == loops


def test_a_loop_is_explained(settings: None) -> None:
    """Its kernels are those of one turn, and a profile has it as one part."""
    config.tier = "auto"
    x = torch.randn(70, 5)

    def summed() -> torch.Tensor:
        h = torch.zeros(5)
        for t in range(70):
            h = torch.tanh(x[t] + h) * 0.5
        return h
    kernels = torch.explain_kernel(summed)
    assert "70 turns of a loop" in kernels.outline and len(kernels) < 4
    assert any("tanh" in kernel.loops for kernel in kernels)
    with torch.profile() as profile:
        for _ in range(4):
            summed().sum().item()
    assert any(part.name == "70 turns of a loop" for row in profile.programs
               for part in row.parts)


def test_a_scan_of_any_length_compiles_one_body(settings: None,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    """``scan`` is the loop that a program has written out: another length compiles nothing."""
    config.tier = "auto"
    texts: list[set[str]] = []
    init = rolled.WithLoops.__init__

    def noted(self: rolled.WithLoops, *args: Any) -> None:
        init(self, *args)
        texts[-1].update(kernel.text for kernel in self.kernels)
    monkeypatch.setattr(rolled.WithLoops, "__init__", noted)
    for length in (76, 95):
        texts.append(set())
        for k in range(3):
            w = torch.full((4,), 0.5 + k / 10, requires_grad=True)
            xs = torch.linspace(0, 1, length * 4).reshape(length, 4)
            last, ys = torch.func.scan(lambda c, x, w=w: ((c * w + x).tanh(), c * x), w * 0, xs)
            (last.sum() + ys.sum()).backward()
            assert w.grad is not None
            found = w.grad
            v = torch.full((4,), 0.5 + k / 10, requires_grad=True)
            c, total = v * 0, 0
            for x in xs:
                c, total = (c * v + x).tanh(), total + (c * x).sum()
            (c.sum() + total).backward()
            assert torch.allclose(found, v.grad, rtol=1e-5)
    assert texts[0] and texts[1] <= texts[0]
