"""What a transform's function captured: tensors that its result depends on besides its arguments.

A transform differentiates in leaves of its own (:func:`own`). Once its function has returned they
are closed (:func:`close`); a result through which gradients flow to anything else
(:func:`flows_out`) keeps its history, any other has none (:func:`released`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import ReferenceType

from ..engine.graph import Node
from ..engine.ops.structural import stop
from ..engine.recording import keys
from ..engine.recording.handle import Handle, extra, extra_of, is_leaf
from ..engine.recording.modes import FUNCTION
from ..engine.recording.operation import Operation
from ..engine.recording.program import path_nodes
from ..engine.recording.recorder import alike, wait
from ..engine.recording.recording import Recording, here, history
from ..engine.recording.replay import ALIAS
from ..engine.recording.segment import CustomOutput, LaneEnd
from ..engine.recording.tree import Step, tree
from ..engine.transforms.vjp import flow
from .api import requires_grad


def own(x: Handle) -> Any:
    """A tensor with the value of ``x`` to differentiate in; derivatives go on to ``x`` if gradients
    flow through it."""
    rec, flows = here.recording, requires_grad(x)
    new: Any = alike(wait(rec, rec.replayed((ALIAS, rec.enter(x)), ())), x)
    return new if flows else new.requires_grad_()


def close(xs: Iterable[Handle]) -> None:
    """The function that was called on ``xs`` has returned."""
    for x in xs:
        if is_leaf(x):
            extra(x).closed = True


def released(handle: Handle, keeps: bool) -> Any:
    """``handle``, without a history unless it ``keeps`` one and gradients flow on from it."""
    if not requires_grad(handle) or (keeps and flows_out(handle)):
        return handle
    rec, opened = here.recording, here.modes.open
    hidden = opened is not None and opened.get(FUNCTION)
    return wait(rec, rec.replayed((HIDDEN if hidden else UNTRACKED, rec.enter(handle)), ()))


def _cut(input: Node) -> Node:
    return stop(input, reason="no_grad")  # which ends no tangent of an outer transform

def _hide(input: Node) -> Node:
    return stop(input, reason=FUNCTION)

UNTRACKED = Operation(_cut, "")
HIDDEN = Operation(_hide, "")
"""The same where forward mode sees nothing either: in a custom function's forward, in a solver."""


def flows_out(handle: Handle) -> bool:
    """Whether a gradient of ``handle`` reaches a leaf that is not closed."""
    if is_leaf(handle):
        return not extra(handle).closed
    start = history(handle)
    todo = [] if start is None else [start]
    seen = set(todo)
    while todo:
        unit, node = todo.pop()
        for origin in origins(unit, node):
            if type(origin) is LaneEnd:
                origin = origin.place
            ends = origin.custom.behind if type(origin) is CustomOutput else (origin,)
            if any(map(open_leaf, ends)):
                return True
            behind = [place for place in ends if type(place) is tuple and place not in seen]
            todo += behind
            seen.update(behind)
    return False


def open_leaf(origin: Any) -> bool:
    """Whether ``origin`` is a leaf that is there and not closed."""
    leaf = origin() if isinstance(origin, ReferenceType) else None
    x = None if leaf is None else extra_of(leaf)
    return x is not None and not x.closed


def origins(unit: Any, node: Node) -> list[Any]:
    """Where the gradients of ``node`` leave ``unit``."""
    if not isinstance(unit, Recording):
        known = unit.plan.leading
        key = (flows_out, node)
        if key not in known:
            known[key] = {n for n in flow([node]) if n in unit.sources}
        return [unit.sources[n] for n in known[key]]
    at = unit.at
    key = keys.open_ends(node)
    step = at.next.get(key)
    if step is None:
        below = set(flow([node]))
        places = tuple([k for k, n in enumerate(path_nodes(at)[2]) if n in below])
        step = tree.beside(at, key, Step(at, places, grad=at.grad))
    return [unit.sources[k] for k in step.out]


__all__ = ["close", "flows_out", "own", "released"]
