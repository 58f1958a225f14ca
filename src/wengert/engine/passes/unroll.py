"""What a graph with loops means: :func:`unrolled` writes them out."""

from __future__ import annotations

from ..graph import Graph, Node, lift
from ..ops.elementwise import cast
from ..ops.loop import ALONG, CARRIED, EACH, Body, Read, gather, loop_, result
from ..ops.structural import concatenate, reshape, slice_
from .rebuild import on


def unrolled(graph: Graph) -> Graph:
    """``graph`` with its loops written out."""
    given: dict[Node, Node] = {node: node for node in graph.inputs}
    return Graph(graph.inputs, write_out(graph, given))


def write_out(graph: Graph, new: dict[Node, Node]) -> list[Node]:
    """The outputs of ``graph`` for ``new`` inputs, with its loops written out."""
    rows: dict[Node, list[list[Node]]] = {}
    for node in graph.nodes():
        if node in new:
            continue
        if node.prim is loop_:
            rows[node] = turns_of(node.params["body"], [new[arg] for arg in node.args])
            new[node] = node
        elif node.prim is result:
            last = rows[node.args[0]][-node.shape[0]:]
            new[node] = concatenate(*[
                reshape(row[node.params["output"]], shape=(1, *node.shape[1:])) for row in last],
                axis=0)
        else:
            new[node] = on(node, tuple([new[arg] for arg in node.args]))
    return [new[node] for node in graph.outputs]


def turns_of(body: Body, args: list[Node]) -> list[list[Node]]:
    """The outputs of each turn of a loop."""
    done: list[list[Node]] = []
    for t in range(body.turns):
        given = {x: read_in(t, x, read, args, done)
                 for x, read in zip(body.graph.inputs, body.reads, strict=True)}
        done.append(write_out(body.graph, given))
    return done


def read_in(t: int, x: Node, read: Read, args: list[Node], done: list[list[Node]]) -> Node:
    """What the input ``x`` of a body is in turn ``t``, when the turns before are ``done``."""
    if read.kind == CARRIED:
        before = t - read.distance
        return done[before][read.output] if before >= 0 else args[read.arg + t]
    arg = args[read.arg + t if read.kind == EACH else read.arg]
    if read.kind != ALONG:
        return arg
    start = read.start + t * read.step
    if x.weak:
        return number_at(arg, start)
    flat = reshape(arg, shape=(arg.size,))
    return reshape(slice_(flat, lift(start), axes=(0,), lengths=(x.size,), steps=(1,)),
                   shape=x.shape)


def number_at(array: Node, i: int) -> Node:
    """The Python number that is an element of an array of them."""
    if array.prim is gather:
        return array.args[min(i, len(array.args) - 1)]
    args = [number_at(arg, i) for arg in array.args]
    return args[0] if array.prim is cast else array.prim(*args, **array.params)


__all__ = ["unrolled"]
