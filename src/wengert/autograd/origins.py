"""Where the gradients of the sources of a recording or a segment go on."""

from __future__ import annotations

from typing import Any

from ..engine.graph import Node
from ..engine.ops.structural import source
from ..engine.recording.recording import Recording


def origin_of(unit: Any, node: Node) -> Any:
    """Where the gradient of a source goes on; None if ``node`` is none."""
    if node.args and node.prim is not source:
        return None
    if type(unit) is not Recording:
        return unit.sources.get(node)
    places = [n for step in unit.at.path() for n in step.sources]
    return unit.sources[places.index(node)] if node in places else None
