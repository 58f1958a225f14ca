"""Whether a checkpointed function computes the same when it is run again.

:class:`Outcome` is what the first run gave; :meth:`Outcome.check` compares the second run with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.errors import Line, show_line
from ..engine.graph import Node, reachable
from ..engine.recording.flushing import host
from ..engine.recording.handle import Array, Handle, place_in, unit_of
from ..engine.recording.recording import dtype_of, shape_of
from .api import requires_grad


class CheckpointError(RuntimeError):
    """A checkpointed function computed something else when it was run again."""


class Outcome:
    """The results of the first run: their shapes, dtypes and flows, and with ``values`` what they
    were. ``debug`` keeps the operations too."""

    def __init__(self, results: Sequence[Handle], kept: Callable[[Handle], Handle],
                 values: bool, debug: bool) -> None:
        self.kinds = list(map(kind_of, results))
        self.values = [kept(h) if values and dtype_of(h).is_differentiable else None
                       for h in results]
        self.operations = operations_below(results) if debug else None

    def check(self, results: Sequence[Handle], args: Sequence[Handle], line: Line) -> None:
        """:class:`CheckpointError` if ``results`` of the second run, on the same ``args``, are
        others."""
        kinds = list(map(kind_of, results))
        what = ""
        if len(kinds) != len(self.kinds):
            what = (f"A different number of tensors was returned: {len(self.kinds)} at first, "
                    f"{len(kinds)} when run again.")
        elif kinds != self.kinds:
            i = next(i for i, kind in enumerate(kinds) if kind != self.kinds[i])
            what = ("Recomputed values for the following tensors have different metadata than "
                    f"during the forward pass: result {i} was {shown(self.kinds[i])} and is now "
                    f"{shown(kinds[i])}.")
        else:
            other = self.first_other(results, args)
            if other is not None:
                what = (f"Result {other}, {shown(kinds[other])}, has other values than during the "
                        "forward pass: the function depends on something that has changed since.")
        if what:
            self.raise_for(what, results, line)

    def first_other(self, results: Sequence[Handle], args: Sequence[Handle]) -> int | None:
        """The first result whose values are others."""
        scale = max([size_of(host(h)) for h in args], default=0.0)
        for i, (new, old) in enumerate(zip(results, self.values, strict=True)):
            if old is not None and differs(host(new), host(old), scale):
                return i
        return None

    def raise_for(self, what: str, results: Sequence[Handle], line: Line) -> None:
        """The error, with the operations of both runs where they were kept."""
        text = (f"torch.utils.checkpoint: {what}\nThe function was checkpointed at "
                f"{show_line(line)}. It has to compute the same each time; "
                "determinism_check=\"none\" takes what it computes the second time for the "
                "gradient.")
        if self.operations is not None:
            text += "\n\nOperations of the forward pass:\n" + "\n".join(self.operations)
            text += "\n\nOperations when run again:\n" + "\n".join(operations_below(results))
        raise CheckpointError(text)


Kind = tuple[tuple[int, ...], Any, bool]


def kind_of(result: Handle) -> Kind:
    """The shape and dtype of a result, and whether a gradient flows through it."""
    return shape_of(result), dtype_of(result), requires_grad(result)


def shown(kind: Kind) -> str:
    """A kind in words."""
    shape, dtype, flows = kind
    return f"{dtype!r}{list(shape)}{'' if flows else ' without a gradient'}"


def size_of(array: Array) -> float:
    """The largest finite magnitude in an array of floats; 0 for others."""
    if array.dtype.kind not in "fcV" or not array.size:
        return 0.0
    sizes = np.abs(array.astype(np.complex128) if array.dtype.kind == "c" else
                   array.astype(np.float64))
    return float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))


def differs(new: Array, old: Array, scale: float) -> bool:
    """Whether two results differ by more than rounding, which may have been another in each run:
    one is interpreted, the other compiled."""
    wide: Any = np.complex128 if old.dtype.kind == "c" else np.float64
    eps = 2.0 ** (-7 if old.dtype.itemsize == 2 else -23 if old.dtype in (
        np.float32, np.complex64) else -52)
    a, b = new.astype(wide), old.astype(wide)
    with np.errstate(all="ignore"):
        near = np.abs(a - b) <= eps ** 0.5 * max(scale, size_of(old))
    return not bool(np.all(near | (a == b) | (np.isnan(a) & np.isnan(b))))


def operations_below(results: Sequence[Handle]) -> list[str]:
    """The operations of their recording that lead to ``results``, with their lines."""
    nodes: list[Node] = [place for h in results
                         if (unit := unit_of(h)) is not None and (place := place_in(h, unit))]
    return [f"  {node.call.name or node.prim.name} {list(node.shape)} at {show_line(node.line)}"
            for node in reachable(nodes) if node.call is not None and node.args]


__all__ = ["CheckpointError", "Outcome"]
