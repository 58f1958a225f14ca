"""Compiled graphs against the interpreter: random ones, directed cases, the table's samples.

``WENGERT_EXAMPLES`` sets how many random graphs are drawn (200 unless set).
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from drawn_graphs import Drawn, assert_right, graphs
from hypothesis import HealthCheck, given, settings

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from wengert.backends.llvm.program import Compiled
from wengert.graph_text import print_graph

EXAMPLES = int(os.environ.get("WENGERT_EXAMPLES", "200"))


def check(drawn: Drawn) -> None:
    """Compile the graph, run it twice, and compare each run."""
    graph, values = drawn.graph, drawn.values
    before = [np.array(v) for v in values]
    run = Compiled(graph, values)
    first = run(values)
    try:
        assert_right(graph, values, first)
        kept = [np.array(v) for v in first]
        # Other values, and contiguous ones: the results of the first run stay as they are.
        others = [np.array(v[..., ::-1] if v.ndim else v, order="C")
                  if isinstance(v, np.ndarray) else v for v in values]
        assert_right(graph, others, run(others))
        assert_right(graph, values, run(values))
        for a, b in zip(first, kept, strict=True):
            np.testing.assert_array_equal(a, b, err_msg="a later run wrote to an earlier result")
        for a, b in zip(values, before, strict=True):
            np.testing.assert_array_equal(a, b, err_msg="a kernel wrote to an input")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{print_graph(graph)}\n{values}\n{run.source}") from None


@settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES == 200,
          suppress_health_check=list(HealthCheck))
@given(graphs())
def test_random_graphs(drawn: Drawn) -> None:
    check(drawn)
