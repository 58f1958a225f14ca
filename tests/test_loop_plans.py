"""Loop plans, for a target that is no processor: what is fused, and what each walk does."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph, Node
from wengert.engine.loops.fuse import fused
from wengert.engine.loops.groups import Group, Item
from wengert.engine.loops.nest import View
from wengert.engine.loops.places import AFTER, COLUMN, FULL, ROW
from wengert.engine.loops.plan import LoopPlan, planned
from wengert.engine.ops.elementwise import exp, mul
from wengert.engine.ops.reduce import amax, sum_
from wengert.engine.ops.structural import free, transpose


class Paper:
    """A target that computes what is elementwise, and reductions."""

    most_nodes = 50
    least_row = 1

    def __init__(self, threads: bool = False) -> None:
        self.threads = threads

    def computes(self, node: Node) -> bool:
        return node.prim.elementwise or node.prim.reduction is not None

    def shared(self) -> int | None:
        return 1 if self.threads else None

    def single_kernels(self, nodes: Iterable[Node]) -> Callable[[Node, bool], bool]:
        return lambda node, by_kernels: node.prim is transpose and by_kernels

    def is_product(self, node: Node) -> bool:
        return False


def items_of(x: Node, *outputs: Node, target: Paper | None = None) -> list[Item]:
    return fused(Graph([x], outputs), target or Paper())


def plan_of(x: Node, *outputs: Node) -> LoopPlan:
    group, = items_of(x, *outputs)
    assert isinstance(group, Group)
    plan = planned(group, {})
    assert plan is not None
    return plan


@pytest.fixture
def x() -> Node:
    return free((40, 1000), float32)


def names(nodes: Iterable[Node]) -> list[str]:
    return [node.prim.name for node in nodes]


def test_a_softmax_walks_each_row_three_times(x: Node) -> None:
    high = amax(x, axes=(1,), keepdims=True)
    e = exp(x - high)
    total = sum_(e, axes=(1,), keepdims=True)
    out = e / total
    plan = plan_of(x, out)
    assert (plan.nest.outer, plan.nest.size, plan.count) == ([40], 1000, 40)
    assert [names(walk.body) for walk in plan.walks] == [[], ["sub", "exp"], ["div"]]
    assert [names(walk.roots) for walk in plan.walks] == [["amax"], ["sum"], ["div"]]
    assert [walk.kept for walk in plan.walks] == [[], [e], []] and plan.kept == [e]
    assert plan.walks[2].ready == {e}
    assert plan.reduced_in == {high: 0, total: 1} and plan.known == {high: 1, total: 2}
    assert [plan.reads(level) for level in range(3)] == [{x}, {x}, set()]
    assert plan.stored == [out] and plan.totals() == []


def test_totals_are_known_when_all_rows_are_done(x: Node) -> None:
    columns = sum_(x * 2, axes=(0,), keepdims=False)
    plan = plan_of(x, columns)
    assert plan.places[columns].kind == COLUMN and plan.totals() == [columns]
    whole = sum_(x * 2, axes=(0, 1), keepdims=False)
    plan = plan_of(x, whole)
    assert plan.places[whole].kind in (AFTER, ROW) and plan.totals() == [whole]


def test_without_a_reduction_there_is_one_loop(x: Node) -> None:
    plan = plan_of(x, exp(x) + 1)
    assert (plan.nest.outer, plan.nest.size) == ([], 40_000)
    assert plan.nest.strides[plan.accesses[x, FULL]] == ([], 1)


def test_an_operand_may_be_the_same_for_every_row(x: Node) -> None:
    line = free((1000,), float32)
    group, = fused(Graph([x, line], [mul(x, line)]), Paper())
    assert isinstance(group, Group)
    plan = planned(group, {})
    assert plan is not None and plan.nest.strides[plan.accesses[line, FULL]] == ([0], 1)


def test_a_part_of_a_value_is_read_where_it_lies(x: Node) -> None:
    group, = items_of(x, exp(x))
    assert isinstance(group, Group)
    wide = free((40, 2000), float32)
    plan = planned(group, {x: View(wide, 5, (2000, 1))})
    assert plan is not None and plan.nest.outer == [40]
    assert plan.nest.strides[plan.accesses[x, FULL]] == ([2000], 1)
    assert planned(group, {x: View(wide, 0, (2000, 2))}) is None   # every second element


def test_what_the_target_does_not_compute_is_left_alone(x: Node) -> None:
    turned = transpose(x, perm=(1, 0))
    items = items_of(x, turned)
    assert items == [turned]
    items = items_of(x, exp(turned))
    assert [item.own for item in items if isinstance(item, Group)] == [True, False]


def test_threads_keep_what_is_made_of_totals_out_of_the_loop(x: Node) -> None:
    out = exp(sum_(x * 2, axes=(0, 1), keepdims=False))
    assert len(items_of(x, out)) == 1
    assert len(items_of(x, out, target=Paper(threads=True))) == 2
