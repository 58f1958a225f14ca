"""Programs with effects: what starts when, what is waited for, and whose memory is written over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from wengert.engine.backends import stages
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.backends.stages import Staged
from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph, Node, lift
from wengert.engine.ops import elementwise as el
from wengert.engine.ops.collectives import all_reduce
from wengert.engine.ops.structural import free, reshape


class Group:
    """Processes whose sums are twice the value; ``log`` has what is asked of them."""

    rank, size = 0, 2

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def begin(self, call: str, x: Any, line: Any, own: bool, **params: Any) -> Any:
        name = f"{x.shape[0]}"
        self.log.append(f"begin {name}" + own * " over itself")
        log = self.log

        class Going:
            def wait(self) -> Any:
                log.append(f"wait {name}")
                return np.multiply(x, 2, out=x if own else None)

        return Going()


def ran(graph: Graph, log: list[str], values: Sequence[Any]) -> tuple[list[Any], Staged]:
    """What a graph gives, where each part says in the ``log`` which operations it has."""
    def make(part: Graph, given: Sequence[Any]) -> Any:
        run = Interpreter(part)
        names = " ".join(node.prim.name for node in part.nodes() if node.args)

        def logged(values: Sequence[Any]) -> list[Any]:
            log.append(names)
            return run(values)
        return logged

    staged = Staged(graph, make)
    return staged(values), staged


def updates(sizes: Sequence[int], log: list[str]) -> tuple[Graph, list[Any]]:
    """For each size, ``p * 3 + all_reduce(exp(x))``."""
    group = Group(log)
    xs = [free((n,), float32) for n in sizes]
    ps = [free((n,), float32) for n in sizes]
    sums = [all_reduce(el.exp(x), group=group, op="SUM") for x in xs]
    outputs = [el.add(el.mul(p, lift(3.0)), total) for p, total in zip(ps, sums)]
    rng = np.random.default_rng(0)
    values = [rng.random(n, np.float32) for n in (*sizes, *sizes)]
    return Graph([*xs, *ps], outputs), values


def test_large_effects_are_waited_for_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "LEAST", 400)
    log: list[str] = []
    graph, values = updates([3, 300, 200, 100, 1], log)
    found, _ = ran(graph, log, values)
    for k, result in enumerate(found):
        np.testing.assert_allclose(result, values[k + 5] * 3 + 2 * np.exp(values[k]), rtol=1e-6)
    assert log == [   # parts for a quarter of the bytes, or more
        "exp exp exp exp exp", *[f"begin {n} over itself" for n in (3, 300, 200, 100, 1)],
        "wait 3", "wait 300", "mul mul add add",   # what is to be added to is made where it is
        "wait 200", "mul add", "wait 100", "wait 1", "mul mul add add"]


def test_small_effects_are_waited_for_together() -> None:
    log: list[str] = []
    graph, values = updates([3, 5], log)
    ran(graph, log, values)
    assert log[-3:] == ["wait 3", "wait 5", "mul mul add add"]


def test_what_needs_an_effect_starts_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "LEAST", 1)
    log: list[str] = []
    group = Group(log)
    x, y = free((4,), float32), free((3,), float32)
    first = all_reduce(el.exp(x), group=group, op="SUM")
    other = all_reduce(el.exp(y), group=group, op="SUM")
    second = all_reduce(el.neg(first), group=group, op="SUM")
    graph = Graph([x, y], [second, other])
    found, _ = ran(graph, log, [np.ones(4, np.float32), np.ones(3, np.float32)])
    np.testing.assert_allclose(found[0], np.full(4, -4 * np.e), rtol=1e-6)
    assert [each for each in log if "begin" in each or "wait" in each] == [
        "begin 4 over itself", "begin 3 over itself", "wait 4", "begin 4 over itself", "wait 3",
        "wait 4"]


def test_an_effect_writes_over_what_nobody_else_reads() -> None:
    log: list[str] = []
    group = Group(log)
    x = free((4, 5), float32)
    y = el.exp(x)

    def graph_of(*outputs: Node) -> Graph:
        return Graph([x], outputs)

    def begins(graph: Graph) -> bool:
        log.clear()
        ran(graph, log, [np.ones((4, 5), np.float32)])
        return "begin 20 over itself" in log

    flat = reshape(y, shape=(20,))
    total = all_reduce(flat, group=group, op="SUM")
    assert begins(graph_of(total))   # another shape of what nobody holds
    assert not begins(graph_of(total, y))
    assert not begins(graph_of(total, reshape(y, shape=(5, 4))))
    assert not begins(graph_of(all_reduce(reshape(x, shape=(20,)), group=group, op="SUM")))
