"""Closures compute the same before they have a text and after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from samples import Sample
from test_table import CASES, Call

from wengert.engine.backends import early, small_places
from wengert.engine.backends.closure import closure, code_of
from wengert.engine.dtypes import by_name, float32, int64, of_category
from wengert.engine.graph import Graph, Node
from wengert.engine.ops.elementwise import add, mul, square
from wengert.engine.ops.indexing import put_add, put_add_along
from wengert.engine.ops.structural import free, number, slice_
from wengert.engine.ops.structural import reshape as reshape_
from wengert.engine.passes.products import plain_products
from wengert.engine.quiet import quiet
from wengert.engine.transforms.vjp import vjp


def both(monkeypatch: pytest.MonkeyPatch, values: list[Any], inputs: list[Node],
         outputs: list[Node], together: bool = False, **beside: Any) -> list[Any]:
    """What a closure gives without a text and with one."""
    found = []
    for few in (early.FEW, 0):
        monkeypatch.setattr(early, "FEW", few)
        run = closure(inputs, outputs, together, **beside)
        with quiet():
            found.append(run(*values))
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two results have the same structure and bits."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        return (isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other)
                and all(map(same, one, other)))
    a, b = np.asarray(one), np.asarray(other)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("name, sample", CASES)
def test_a_closure_computes_the_same_with_and_without_a_text(
        name: str, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    for dtype in ("", *sample.dtypes):
        call = Call(name, sample, dtype)
        inputs, values, out = call.traced.inputs, call.traced.values, call.out
        assert same(*both(monkeypatch, values, inputs, [out]))
        assert same(*both(monkeypatch, values, inputs, [out], keep=[*inputs, out]))
        if not out.requires_grad or not sample.smooth:
            continue
        ct = free(out.shape, out.dtype)
        found = vjp({out: ct})
        pulled = [found[node] for node in inputs if node in found]
        row = (call.direction(out), (*values, call.traced.run([out])[0]))
        for nodes in (pulled, plain_products(Graph([ct, *inputs, out], pulled))[0].outputs):
            assert same(*both(monkeypatch, row, [ct], list(nodes), True, read=[*inputs, out]))


def test_a_closure_has_a_text_after_some_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "FEW", 3)
    x = free((4,), by_name("float32"))
    run = closure([x], [add(square(x), x * 0.5)])
    known = code_of.cache_info()
    before = run.__code__
    wanted = run(np.arange(4, dtype=np.float32))
    for k in range(6):
        assert np.array_equal(run(np.arange(4, dtype=np.float32)), wanted)
        assert (run.__code__ is before) == (k < 2)
    now = code_of.cache_info()
    assert now.hits + now.misses == known.hits + known.misses + 1


def test_a_single_node_needs_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "FEW", 0)
    known = code_of.cache_info()
    x, y = free((4,), by_name("float32")), free((4,), by_name("float32"))
    a, b = np.arange(4, dtype=np.float32), np.ones(4, np.float32)
    node = mul(x, y)
    for keep, wanted in (((), ()), ((y,), (b,)), ((x, y), (a, b)), ((node,), (a * b,))):
        value, kept = closure([x, y], [node], keep=keep)(a, b)
        assert np.array_equal(value, a * b)
        assert all(map(np.array_equal, kept, wanted)) and len(kept) == len(wanted)
    assert code_of.cache_info() == known


def test_large_results_are_written_over_from_the_first_call_on() -> None:
    x = free((early.LARGE,), by_name("float32"))
    known = code_of.cache_info()
    closure([x], [add(square(x), x * 0.5)])
    now = code_of.cache_info()
    assert now.hits + now.misses == known.hits + known.misses + 1


def test_an_element_is_read_at_an_index_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    x = free((3, 2), by_name("float64"))
    k = Node(number, (), {}, (), of_category(1), weak=True)
    row = reshape_(slice_(x, k, axes=(0,), lengths=(1,), steps=(1,)), shape=(2,))
    value = np.arange(6.0).reshape(3, 2)
    for index in (0, 2, -1):
        found = both(monkeypatch, [value, index], [x, k], [add(row, row)])
        assert same(*found) and np.array_equal(found[0], 2 * value[index])
    for few in (early.FEW, 0):
        monkeypatch.setattr(early, "FEW", few)
        with pytest.raises(IndexError):
            closure([x, k], [add(row, row)])(value, 3)


def test_many_rows_are_added_by_their_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy has a loop for sums at places of one dimension, in the same order."""
    random, seen = np.random.default_rng(0), []
    original = small_places.add_at
    monkeypatch.setattr(small_places, "add_at", lambda out, at, v: (
        seen.append(out.ndim), original(out, at, v)))
    places = random.integers(0, 9, 40)
    v = random.normal(size=(40, 16)).astype(np.float32)
    expected = np.zeros((9, 16), np.float32)
    np.add.at(expected, places, v)
    x, at = free((40, 16), float32), free((40,), int64)
    run = closure([x, at], [put_add(x, at, shape=(9, 16), dims=(0,))], False)
    assert np.array_equal(run(v, places), expected)
    assert np.array_equal(run(v, places - 9), expected)   # counted from the end
    with pytest.raises(IndexError):
        run(v, places + 1)
    along = free((40, 16), int64)
    run = closure([x, along], [put_add_along(x, along, shape=(9, 16), axis=0)], False)
    assert np.array_equal(run(v, np.broadcast_to(places[:, None], (40, 16))), expected)
    with pytest.raises(RuntimeError):
        run(v, np.broadcast_to(places[:, None] - 1, (40, 16)))
    assert seen == [1, 1]
