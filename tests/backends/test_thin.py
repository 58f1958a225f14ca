"""Products of many columns with rows at a time are written out, not called one by one."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from wengert.config import config
from wengert.engine.backends.cpu.pipeline import for_kernels
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.backends.interpreter import interpret
from wengert.engine.dtypes import float64
from wengert.engine.graph import Graph
from wengert.engine.ops import elementwise as el
from wengert.engine.ops.contract import matmul
from wengert.engine.ops.structural import free, transpose

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)


@pytest.mark.parametrize("left, right, calls", [
    ((6, 4, 1), (6, 1, 5), 0), ((2, 3, 4, 1), (2, 3, 1, 5), 0), ((6, 1, 4), (6, 4, 1), 0),
    ((6, 4, 2), (6, 2, 5), 1), ((4, 1), (1, 5), 1), ((0, 4, 1), (0, 1, 5), 1)])
def test_products_of_batches(left: tuple[int, ...], right: tuple[int, ...], calls: int) -> None:
    rng = np.random.default_rng(0)
    x, y = free(left, float64), free(right, float64)
    swapped = transpose(x, perm=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))
    back = transpose(swapped, perm=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))
    graph = Graph([x, y], [el.sin(matmul(back, y)) + 1.0])
    given = [rng.normal(size=left), rng.normal(size=right)]
    given[1].flat[:1] = np.inf
    with np.errstate(all="ignore"):
        (wanted,) = interpret(graph)(given)
        (found,) = Compiled(graph, given)(given)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert [node.prim for node in for_kernels(graph).nodes()].count(matmul) == calls
