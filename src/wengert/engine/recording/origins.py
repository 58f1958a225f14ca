"""Where the gradients of sources go on, and where all that of a tensor arrives."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..ops.elementwise import cast
from ..ops.structural import graft, source
from .handle import Handle
from .recording import Recording, history
from .replay import GRAFT


def origin_of(unit: Any, node: Node) -> Any:
    """Where the gradient of a source goes on; None if ``node`` is none."""
    if node.args and node.prim is not source:
        return None
    if not isinstance(unit, Recording):   # a capture is a recording, too
        return unit.sources.get(node)
    places = [n for step in unit.at.path() for n in step.sources]
    return unit.sources[places.index(node)] if node in places else None


def arrival(handle: Handle) -> tuple[Any, Node] | None:
    """Where all of the gradient of a computed tensor arrives: a unit and a node. That is its
    :func:`history`, or what that was before writes that autograd does not see: they leave a tensor
    the gradient of what it was used for before."""
    found = history(handle)
    while found is not None:
        unit, node = found
        if is_grafted(node):
            node = node.args[0]
            if node.prim is cast and node.call is None:   # its dtype has changed
                node = node.args[0]
        elif node.__class__ is not Node or node.args:
            break
        origin = origin_of(unit, node)
        if type(origin) is not tuple and node is found[1]:
            break
        found = origin if type(origin) is tuple else (unit, node)
    return found


def is_grafted(node: Node) -> bool:
    """Whether ``node`` is a value that was written to a tensor without its gradient."""
    if node.__class__ is not Node:   # it comes about later
        return node.template.op is GRAFT
    return node.prim is graft and not (node.call and node.call.name)


__all__ = ["arrival", "origin_of"]
