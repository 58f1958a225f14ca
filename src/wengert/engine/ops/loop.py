"""Loops: a body, and how often it is run.

``passes/roll.py`` finds them in graphs that are written out. A ``loop`` is given its body and the
values from outside; ``result`` is what its turns have made of one output of the body, the last
``keep`` of them, one below the other. Nothing differentiates a loop, or interprets it: what it
means is the graph that it was found in (``passes/unroll.py``).

Start with :class:`Read`, then :class:`Body`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..dtypes import FLOAT, INT, DType, bool_, float64, int64
from ..graph import Graph, Node, Primitive, Shape

FIXED, ALONG, EACH, CARRIED = "fixed", "along", "each", "carried"


class Read(NamedTuple):
    """What an input of the body is in turn ``t``, by its ``kind``:

    - ``fixed``: the loop's argument ``arg``;
    - ``along``: as many elements of argument ``arg`` as it has, from ``start + t * step`` on, where
      they lie row by row;
    - ``each``: argument ``arg + t``;
    - ``carried``: output ``output`` of ``distance`` turns before; in the first turns argument
      ``arg + t``.
    """

    kind: str
    arg: int
    start: int = 0
    step: int = 0
    output: int = -1
    distance: int = 0


class Body:
    """What a loop runs: ``graph``, ``turns`` times; ``reads`` says what its inputs are, ``keep`` of
    how many of the last turns each output is wanted."""

    __slots__ = ("graph", "keep", "reads", "turns")

    def __init__(self, graph: Graph, reads: Sequence[Read], turns: int,
                 keep: Sequence[int]) -> None:
        self.graph = graph
        self.reads = tuple(reads)
        self.turns = turns
        self.keep = tuple(keep)

    def __repr__(self) -> str:
        return f"<{self.turns} turns of {len(self.graph.nodes())} nodes>"

    def furthest(self, output: int) -> int:
        """Over how many turns ``output`` is carried at most."""
        return max([read.distance for read in self.reads
                    if read.kind == CARRIED and read.output == output], default=0)


def _no_value(*args: Any, **params: Any) -> Any:
    raise AssertionError("a loop is written out where it is not compiled")


loop_ = Primitive("loop", _no_value, lambda *args, body: ((), bool_), (None,), "loop")


def _result_infer(loop: Node, output: int) -> tuple[Shape, DType]:
    body: Body = loop.params["body"]
    out = body.graph.outputs[output]
    return (body.keep[output], *out.shape), out.dtype


result = Primitive("result", lambda values, output: values[output], _result_infer, (None,),
                   "{0}[{output}]")


def kept_as(category: int) -> DType:
    """The dtype of Python numbers in an array."""
    return float64 if category == FLOAT else int64 if category == INT else bool_


gather = Primitive(
    "gather_numbers", lambda *values, dtype: np.array(values, dtype.numpy),
    lambda *args, dtype: ((len(args),), dtype), (None,), "numbers({...})")
"""Python numbers as an array."""
