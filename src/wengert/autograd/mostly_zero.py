"""Dense Jacobians that are mostly zeros, by few products: what :func:`~torch.func.jacfwd` and
``hessian`` do where each result depends on a few arguments.

:func:`few_columns` looks for it once for what was recorded: a pattern that holds for every input
(``engine/transforms/sparsity.py``) and a colouring (``colouring.py``). It gives up where a value
depends on much, and where few arguments make all products cheap.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.backends.known import Known, with_values
from ..engine.graph import Linear, Node, reachable
from ..engine.ops.indexing import index, put_add
from ..engine.ops.patterns import identity
from ..engine.ops.structural import reshape
from ..engine.recording import keys
from ..engine.recording.lanes import for_each
from ..engine.recording.operation import Operation
from ..engine.recording.program import path_nodes
from ..engine.recording.recorder import hold_beside, record
from ..engine.recording.recording import dtype_of, here, shape_of
from ..engine.recording.tree import Step, tree
from ..engine.transforms.jvp import jvp, opaque
from ..engine.transforms.sparsity import Way
from .colouring import by_columns, coordinates
from .pushforward import Pushforward

LEAST = 64
"""Of fewer arguments each has a product of its own."""
SAVES = 4
"""There are to be so many times fewer products."""
MOST = 16
"""On how many arguments an element depends at most on average, except of few elements."""


class Few:
    """Products with sums of columns: ``seeds``, and where in the results each nonzero is, and where
    it goes. ``used`` are the numbers, by their positions, for which that is so."""

    def __init__(self, rows: Any, shape: tuple[int, ...], used: dict[int, Any]) -> None:
        colours = by_columns(rows)
        row, column = coordinates(rows)
        m, n = rows.shape
        self.used = used
        self.count = colours.forwards
        self.seeds = (colours.forward == np.arange(self.count)[:, None]).reshape(
            self.count, *shape)
        self.source = (colours.product * m + row).astype(np.int64)
        self.place = (row.astype(np.int64) * n + column)

    def holds(self, numbers: Sequence[Any]) -> bool:
        """Whether it is right for the ``numbers`` of a recording."""
        return all(numbers[k] == value for k, value in self.used.items())

    def jacobian(self, products: Callable[[Any], list[Any]], x: Any) -> Any:
        """The dense Jacobian, with the argument's axes last."""
        seeds = hold_beside(x, self.seeds.astype(dtype_of(x).numpy))
        (found,) = for_each(products, [seeds])
        return record(SPREAD, (found, hold_beside(x, self.source), hold_beside(x, self.place),
                               (*shape_of(found)[1:], *shape_of(x))))


def _spread(input: Node, source: Node, place: Node, shape: Any) -> Node:
    """Elements of ``input`` at places of zeros of ``shape``."""
    size = 1
    for length in shape:
        size *= length
    values = index(reshape(input, shape=(input.size,)), source, dims=(0,))
    return reshape(put_add(values, place, shape=(size,), dims=(0,)), shape=tuple(shape))


SPREAD = Operation(_spread, "", methods=())


def few_columns(run: Pushforward, j: int) -> Few | None:
    """How the Jacobian of the only result in argument ``j`` takes a few products; None where it
    does not, or where that is not known."""
    rec = run.rec
    if rec is not here.recording or len(run.outs) != 1 or run.ins[j].size < LEAST:
        return None
    out, x = rec.enter(run.outs[0]), run.ins[j]
    key = keys.pushed((out,), run.ins, ("few columns", j))
    step = rec.at.next.get(key)
    if step is None:
        step = tree.beside(rec.at, key, Step(rec.at, [], grad=rec.at.grad))
        if not promising(out, x):
            step.out.append(None)
    for known in step.out:
        if known is None or known.holds(rec.numbers):
            return known if known is None or known.count else None
    step.out.append(looked_for(rec, out, x) if len(step.out) < TRIES else None)
    found: Few | None = step.out[-1]
    return found


TRIES = 4
"""For so many settings of the numbers of a path a pattern is looked for."""


def promising(out: Node, x: Node) -> bool:
    """Whether nothing says at once that the Jacobian is full, or is not known."""
    if importlib.util.find_spec("scipy") is None:
        return False
    order = reachable([out], stop=[x])
    moving = jvp(order, {x: x})
    return out in moving and not any(
        opaque(node, moving) or node.dtype.is_complex or mixes(node) for node in order
        if node in moving and node is not x)


def mixes(node: Node) -> bool:
    """Whether ``node`` is a product that sums."""
    kinds = [node.prim.derivative(i) for i in range(len(node.args))]
    return not node.prim.elementwise and sum(
        isinstance(kind, Linear) and not kind.jointly for kind in kinds) > 1


def looked_for(rec: Any, out: Node, x: Node) -> Few | None:
    """The pattern and its colours, for the numbers that there are now."""
    numbers = path_nodes(rec.at)[1]
    known = Known(dict(zip(numbers, rec.numbers, strict=True)))
    way, rows = Way(known, with_values), {x: identity(x.size)}
    for node in reachable([out], stop=[x]):
        if node not in rows and node.args and node.dtype.is_differentiable:
            found = way.step(node, rows)
            if found is not None:
                rows[node] = found
                if found.nnz > MOST * max(node.size, x.size):
                    return None
    pattern = rows[out].tocsr()
    pattern.sum_duplicates()
    pattern.sort_indices()
    places = {node: k for k, node in enumerate(numbers)}
    few = Few(pattern, x.shape, {places[node]: value for node, value in known.used.items()})
    return few if few.count * SAVES <= x.size else None


__all__ = ["few_columns"]
