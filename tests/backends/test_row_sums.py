"""Sums over rows that are taken apart: how many walks a kernel makes; that values stay right."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from drawn_graphs import assert_right

from wengert.config import config
from wengert.engine.backends.cpu import program as programs
from wengert.engine.backends.cpu.program import MOST_REFUSALS, Compiled, refused
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph, Node
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru
from wengert.engine.ops.contract import matmul
from wengert.engine.passes.row_sums import Row, early_sums

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)

ROWS, LONG = 5, 70


def total(x: Node) -> Node:
    return red.sum_(x, axes=(1,), keepdims=True)


def centred(x: Node) -> Node:
    return el.sub(x, total(x) / LONG)


def scaled(x: Node) -> Node:
    """The sum of a multiple whose factor is made of the same rows."""
    return total(el.mul(x, el.reciprocal(total(el.square(x)))))


def annihilated(x: Node) -> Node:
    return total(el.annihilate(-x, total(el.square(x))))


def gradient(x: Node) -> Node:
    """What the mean's gradient in a layer norm is made of."""
    c = centred(x)
    r = el.reciprocal(el.sqrt(total(el.square(c)) / LONG + 1e-5))
    return total(-el.add(el.annihilate(x, r), el.annihilate(r, 2.0 * c)))


def uncentred(x: Node) -> Node:
    """Terms that may cancel: their sum is not taken apart."""
    r = total(el.square(x))
    return total(el.sub(el.mul(x, r), el.mul(el.square(x), r)))


def values(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(ROWS, LONG)).astype(np.float32)


def walks(build: object) -> list[int]:
    """How often each kernel of the sum that ``build`` makes, and of a result of it, goes over its
    rows."""
    x = stru.free((ROWS, LONG), float32)
    graph = Graph([x], [el.mul(x, build(x))])
    given = values()
    program = Compiled(graph, [given])
    assert_right(graph, [given], program([given]))
    return [len(kernel.plan.walks) for kernel in program.kernels]


def test_a_sum_of_multiples_is_known_a_walk_earlier() -> None:
    assert walks(scaled) == [2]
    assert walks(annihilated) == [2]


def test_the_gradient_of_a_variance_sums_to_nothing_large() -> None:
    assert walks(gradient) == [3]


def test_terms_that_may_cancel_are_added_first() -> None:
    assert walks(uncentred) == [3]
    x = stru.free((ROWS, LONG), float32)
    graph = Graph([x], [uncentred(x)])
    assert early_sums(graph) is graph


def test_sums_that_wait_are_made_where_their_terms_are() -> None:
    """``sum(p)`` is needed by the last walk alone; the second computes ``p`` anyway."""
    x = stru.free((ROWS, LONG), float32)
    p = el.exp(x)
    late = total(el.mul(p, centred(x)))
    graph = Graph([x], [el.mul(x, el.add(late, total(p)))])
    program = Compiled(graph, [values()])
    kernel, = program.kernels
    assert [[n.prim.name for n in walk.body] for walk in kernel.plan.walks] == [
        [], ["exp", "sub", "mul"], ["mul"]]
    assert_right(graph, [values(1)], program([values(1)]))


@pytest.mark.parametrize("special", [np.inf, -np.inf, np.nan, 0.0, 1e30, 1e-40])
@pytest.mark.parametrize("build", [scaled, annihilated, gradient])
def test_rows_that_are_not_finite_are_the_interpreter_s(build: object, special: float) -> None:
    x = stru.free((ROWS, LONG), float32)
    graph = Graph([x], [build(x)])
    for where in (np.s_[1], np.s_[1, 3], np.s_[1, ::2]):
        given = values()
        given[where] = special
        run = Compiled(graph, [given])
        for _ in range(2):
            assert_right(graph, [given], run([given]))


def same(graph: Graph, given: list[np.ndarray]) -> int:
    """Compare with the interpreter; how often a kernel handed the program back."""
    before = refused["count"]
    assert_right(graph, given, Compiled(graph, given)(given))
    return refused["count"] - before


def test_a_term_that_is_infinite_still_annihilates() -> None:
    """The term without a factor is added up as it is; its sum has to be finite, too."""
    x, a, zero = (stru.free((ROWS, LONG), float32) for _ in range(3))
    c = centred(x)
    r = total(el.square(c))
    graph = Graph([x, a, zero], [total(el.add(a, el.mul(c, r))), el.annihilate(zero, a)])
    assert early_sums(graph) is not graph
    given = [values(0), values(1), np.zeros((ROWS, LONG), np.float32)]
    assert same(graph, given) == 0
    given[1][2, 3] = np.inf
    assert same(graph, given) == 1


def test_products_too_large_still_annihilate() -> None:
    """Their sum, taken apart, is finite: 0 times a number."""
    x, zero = stru.free((1, 2), float32), stru.free((1, 2), float32)
    scaled = el.mul(x, total(el.abs_(x)))
    graph = Graph([x, zero], [total(scaled), el.annihilate(zero, scaled)])
    assert early_sums(graph) is not graph
    given = [np.float32([[1e30, -1e30]]), np.zeros((1, 2), np.float32)]
    assert not Compiled(graph, given)(given)[1].any()


def test_a_long_chain_of_multiples_needs_no_stack() -> None:
    x = stru.free((ROWS, LONG), float32)
    r = el.sigmoid(total(x))
    y = x
    for _ in range(3000):
        y = el.mul(y, r)
    graph = Graph([x], [total(y)])
    assert early_sums(graph) is graph or len(early_sums(graph).nodes()) > 3000


def test_without_a_kernel_it_is_checked_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def unfit(item: object) -> list[Node]:
        return [item] if isinstance(item, Node) else list(item.nodes)
    monkeypatch.setattr(programs.Writer, "lowered", lambda self, item: unfit(item))
    x = stru.free((ROWS, LONG), float32)
    graph, given = Graph([x], [scaled(x)]), values()
    assert same(graph, [given]) == 0
    given[2] = 0.0
    assert same(graph, [given]) == 1


def test_rows_that_are_infinite_again_and_again_are_summed_as_they_stand() -> None:
    x = stru.free((ROWS, LONG), float32)
    graph = Graph([x], [scaled(x)])
    given = values()
    given[2] = 0.0    # whose reciprocal is infinite
    program, right = Compiled(graph, [given]), Interpreter(graph)([given])
    before = refused["count"]
    for _ in range(MOST_REFUSALS + 3):
        np.testing.assert_allclose(program([given])[0], right[0], rtol=1e-6)
    assert refused["count"] - before == MOST_REFUSALS


def test_what_other_kernels_make_is_known_before_a_row_is_walked() -> None:
    """A sum that no other sum over its rows waits for is not taken apart."""
    x, w = stru.free((ROWS, LONG), float32), stru.free((LONG, 30), float32)
    hidden = el.tanh(matmul(centred(x), w))
    graph = Graph([x, w], [total(el.mul(x, total(hidden)))])
    assert early_sums(graph) is graph


def test_each_space_looks_at_its_own_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that grow from step to step are as many spaces."""
    looked = []
    is_over_rows = Row.is_over_rows

    def noted(self: Row, node: Node) -> bool:
        looked.append(node)
        return is_over_rows(self, node)

    monkeypatch.setattr(Row, "is_over_rows", noted)

    def growing(steps: int) -> int:
        inputs = [x := stru.free((ROWS, LONG), float32)]
        for _ in range(steps):
            x = stru.concatenate(el.tanh(x), scaled(x), axis=1)
        looked.clear()
        early_sums(Graph(inputs, [x]))
        return len(looked)

    assert 0 < growing(40) < 2.5 * growing(20)
