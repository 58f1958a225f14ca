"""One kernel for groups that are alike: the same as if each had been written for itself."""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import pytest
from drawn_graphs import Drawn, graph_of_sums, graphs
from hypothesis import HealthCheck, given, settings

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from wengert.config import config
from wengert.engine.backends.cpu.alike import structure
from wengert.engine.backends.cpu.kernel import Kernel
from wengert.engine.backends.cpu.pipeline import for_kernels
from wengert.engine.backends.cpu.policy import CPU
from wengert.engine.backends.cpu.program import Compiled, Writer
from wengert.engine.backends.cpu.views import views_of
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph, Node, lift
from wengert.engine.loops.fuse import fused
from wengert.engine.loops.groups import Group
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru
from wengert.engine.ops.contract import matmul
from wengert.engine.passes import simplify

pytestmark = pytest.mark.once

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)

EXAMPLES = int(os.environ.get("WENGERT_EXAMPLES", "200"))


def groups_of(graph: Graph) -> tuple[list[Group], dict[Node, Any]]:
    items = fused(graph, CPU, graph.inputs)
    return [item for item in items if isinstance(item, Group)], views_of(items, graph)


def kernel_of(group: Group, views: dict[Node, Any]) -> Kernel | None:
    writer = object.__new__(Writer)
    writer.views = views
    return writer.kernel(group)


def copied(graph: Graph) -> Graph:
    """The same graph on other inputs."""
    new = {x: Node(x.prim, (), x.params, x.shape, x.dtype, weak=x.weak) for x in graph.inputs}
    for node in graph.nodes():
        if node not in new:
            new[node] = simplify.copied(node, tuple([new[arg] for arg in node.args]))
    return Graph([new[x] for x in graph.inputs], [new[node] for node in graph.outputs])


def check(graph: Graph) -> int:
    """Compare the kernels of a graph's copy, made from those of the graph and written anew."""
    (first, views), (second, others) = (
        groups_of(for_kernels(each)) for each in (graph, copied(graph)))
    found = 0
    for a, b in zip(first, second, strict=True):
        (key, before), (same, values) = structure(a, views), structure(b, others)
        assert key == same
        model = kernel_of(a, views)
        if model is None:
            continue
        made = model.again(b, dict(zip(before, values, strict=True)))
        places = {node: (place.kind, place.level) for node, place in b.places.items()}
        outer, written = b.outer, kernel_of(b, others)
        assert written is not None
        assert (made.text, made.consts) == (written.text, written.consts)
        assert made.scratch_bytes() == written.scratch_bytes()
        assert made.work() == written.work() and made.width == written.width
        one, other = made.plan, written.plan
        assert (one.accesses, one.nest.strides, one.walks, one.kept, one.reduced_in, one.known) == (
            other.accesses, other.nest.strides, other.walks, other.kept, other.reduced_in,
            other.known)
        assert (one.totals(), one.stored, outer) == (other.totals(), other.stored, b.outer)
        assert places == {node: (place.kind, place.level) for node, place in b.places.items()}
        found += 1
    return found


@settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES == 200,
          suppress_health_check=list(HealthCheck))
@given(graphs())
def test_random_graphs(drawn: Drawn) -> None:
    check(drawn.graph)


def test_graphs_of_sums_over_any_axes() -> None:
    assert sum(check(graph_of_sums(random.Random(seed))) for seed in range(EXAMPLES // 4)) > 100


def layers(count: int) -> Graph:
    """So many equal layers, with products, slices and transposes."""
    x = h = stru.free((8, 6), float32)
    inputs = [x]
    for _ in range(count):
        w, b = stru.free((12, 6), float32), stru.free((12,), float32)
        inputs += [w, b]
        gates = matmul(h, stru.transpose(w, perm=(1, 0))) + b
        left, right = (stru.slice_(gates, lift(start), axes=(1,), lengths=(6,), steps=(1,))
                       for start in (0, 6))
        mean = red.sum_(left, axes=(1,), keepdims=True) / 6.0
        h = el.tanh(left - mean) * el.sigmoid(right) + el.exp(h * -0.5)
    return Graph(inputs, [h])


def test_a_program_writes_one_kernel_for_each_kind_of_group(
        monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    make = Writer.kernel

    def noted(self: Writer, group: Group) -> Kernel | None:
        written.append(group)
        return make(self, group)

    monkeypatch.setattr(Writer, "kernel", noted)
    graph = layers(12)
    rng = np.random.default_rng(0)
    values = [rng.normal(size=x.shape).astype(np.float32) for x in graph.inputs]
    program = Compiled(graph, values)
    assert len(program.kernels) > 20 and len(written) <= 6
    for a, b in zip(program(values), Interpreter(graph)(values), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def kernel_keys(*outputs: Node) -> list[Any]:
    groups, views = groups_of(Graph([], outputs))
    return [structure(group, views)[0] for group in groups]


def test_what_makes_another_text_is_in_the_structure() -> None:
    x, y = stru.free((40,), float32), stru.free((40,), float32)
    different = [
        el.exp(x) * y, el.exp(x) * x, el.exp(x) * 0.0, el.exp(x) * -0.0, el.exp(x) * 2.0,
        el.exp(x) * 3.0, el.exp(stru.free((41,), float32)) * y.size,
        el.exp(x) * stru.free((), float32),
        el.exp(x) * Node(stru.number, (), {}, (), float32, weak=True),
    ]
    keys = [kernel_keys(node)[0] for node in different]
    assert all(a != b for i, a in enumerate(keys) for b in keys[:i])
    assert kernel_keys(el.exp(y) * x) == kernel_keys(el.exp(x) * y)
    inner = el.exp(x)
    assert kernel_keys(inner, inner * y) != kernel_keys(inner * y)   # what is stored
