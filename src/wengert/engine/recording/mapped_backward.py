"""A backward inside a mapped function that has to run the user's Python on its way.

Elsewhere the recording ends before such a backward, and the engine goes through the segment that it
leaves. A mapped function has no values, so its recording goes on, and is gone through as it is: in
stages between the nodes at which Python runs. What runs there records more of it.
"""

from __future__ import annotations

from typing import Any

from ..graph import Node
from .backward import Cts, Engine
from .program import path_nodes
from .recording import Recording
from .segment import CustomOutput
from .wanted import leading


def go_through(engine: Engine, rec: Recording, cts: Cts) -> None:
    """Send ``cts``, cotangents of nodes of ``rec``, down to its ends."""
    arrived: dict[Any, dict[int, Any]] = {}
    done: set[Node] = set()
    while cts or arrived:
        sources = dict(zip(path_nodes(rec.at)[2], rec.sources, strict=True))
        waiting = [node for node, origin in sources.items()
                   if type(origin) is CustomOutput and origin.custom in arrived]
        seeds = [*cts, *waiting]
        engine.leading[rec] = lead_on(engine, rec, seeds, sources)
        top = max(node.index for node in seeds)
        node = max((node for node in stops(engine, rec, sources)
                    if node not in done and node.index <= top),
                   key=lambda node: node.index, default=None)
        if node is None:
            engine.spread(rec, engine.stage(rec, cts, keep=engine.keep(rec)))
            return
        above = {n: cts.pop(n) for n in list(cts) if n.index > node.index}
        if above:
            engine.merge(rec, cts, engine.stage(rec, above, floor=node.index + 1))
        done.add(node)
        at_stop(engine, rec, node, cts, sources, arrived)


def at_stop(engine: Engine, rec: Recording, node: Node, cts: Cts, sources: dict[Node, Any],
            arrived: dict[Any, dict[int, Any]]) -> None:
    """Run the Python that belongs to ``node``."""
    unit: Any = rec
    if node in cts and engine.goes_on(unit, node):
        engine.pause(unit, node, cts)
    origin = sources.get(node)
    if type(origin) is CustomOutput:
        custom = origin.custom
        if node in cts:
            arrived.setdefault(custom, {})[origin.i] = cts.pop(node)
        lowest = min((n for n, o in sources.items()
                      if type(o) is CustomOutput and o.custom is custom), key=lambda n: n.index)
        if lowest is node and custom in arrived:
            engine.through_custom(unit, node, custom, arrived.pop(custom), cts)


def stops(engine: Engine, rec: Recording, sources: dict[Node, Any]) -> list[Node]:
    """The nodes at which Python has to run, and those whose cotangents are asked for."""
    found = [node for node, origin in sources.items() if type(origin) is CustomOutput]
    if engine.hooks:
        found += [node for node, hooks in rec.hooks.items() if hooks]
    return [*found, *engine.wanted_nodes.get(rec, ())]


def lead_on(engine: Engine, rec: Recording, seeds: list[Node],
            sources: dict[Node, Any]) -> set[Node]:
    """The nodes below ``seeds`` that lead to something wanted."""
    if engine.wanted_leaves is None:
        return set()
    ends = {node for node, origin in sources.items() if engine.leads_on(origin)}
    return leading(seeds, {*ends, *engine.wanted_nodes.get(rec, ())})
