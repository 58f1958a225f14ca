"""What kernels compute: what is registered; every other primitive is a library call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from wengert.config import config
from wengert.engine.backends.cpu.elementwise import LOWERINGS, lowers
from wengert.engine.backends.cpu.lowered import computed
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.backends.cpu.text import BASE, Code, typed
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.dtypes import DType, float32, float64
from wengert.engine.graph import TABLE, Graph, Primitive
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import structural as stru

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)


@pytest.fixture
def halved() -> Iterator[Primitive]:
    """A primitive that no file of the library knows."""
    prim = el.elementwise("halved", lambda x: x * 0.5)
    yield prim
    del TABLE["halved"]
    LOWERINGS.pop(prim, None)


def ran(prim: Primitive) -> Compiled:
    """``exp(prim(-x)) + 1``, compiled and compared."""
    x = stru.free((40,), float64)
    graph = Graph([x], [el.exp(prim(-x)) + 1])
    values = [np.linspace(-1, 2, 40)]
    run = Compiled(graph, values)
    np.testing.assert_allclose(run(values)[0], Interpreter(graph)(values)[0], rtol=1e-14)
    return run


def test_what_has_no_lowering_is_a_library_call(halved: Primitive) -> None:
    assert not computed(halved)
    run = ran(halved)
    assert [node.prim for node in run.nodes.values()] == [halved] and len(run.kernels) == 2


def test_what_is_registered_is_in_the_kernel(halved: Primitive) -> None:
    @lowers(halved)
    def write(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
        return code.op(f"fdiv {typed(BASE[dtype], width)} {v[0]}, "
                       f"{code.splat('2.0', BASE[dtype], width)}")

    run = ran(halved)
    assert not run.nodes and len(run.kernels) == 1


@pytest.mark.parametrize("how", [el.exp, el.where, el.cast, el.add])
def test_any_lowering_may_be_missing(monkeypatch: pytest.MonkeyPatch, how: Primitive) -> None:
    monkeypatch.delitem(LOWERINGS, how)
    x = stru.free((40,), float64)
    values = [np.linspace(-1, 2, 40)]
    graph = Graph([x], [el.cast(el.where(el.gt(x, el.lift(0)), el.exp(x) + 1, -x), dtype=float32)])
    run = Compiled(graph, values)
    np.testing.assert_allclose(run(values)[0], Interpreter(graph)(values)[0], rtol=1e-6)
    assert how in [node.prim for node in run.nodes.values()]
