"""The NumPy interpreter: the definition of what a graph computes.

:func:`interpret` turns a graph into a callable from the values of its inputs to those of its
outputs. It runs node by node, frees each value after its last use, and lets an elementwise
primitive write over an argument that nothing else will read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import explained
from ..graph import Graph, Node, operators
from ..quiet import quiet
from .elsewhere import on_device, on_devices
from .numbers import implementation, may_write_over
from .small import in_fewer_calls

Values = Sequence[Any]
Instruction = tuple[Callable[..., Any], tuple[int, ...], int, tuple[int, ...], Node]


class Interpreter:
    """A graph as a list of instructions over numbered registers; ``quick``: see ``small.py``."""

    __slots__ = ("code", "inputs", "outputs", "size")
    steady = False

    def __init__(self, graph: Graph, quick: bool = False) -> None:
        nodes = graph.nodes()
        register = {node: i for i, node in enumerate(graph.inputs)}
        for node in nodes:
            if node not in register:
                if not node.args and node.prim is not operators.constant:
                    raise ValueError(f"{node} is not an input of the graph")
                register[node] = len(register)
        self.size = len(register)
        self.inputs = len(graph.inputs)
        self.outputs = [register[node] for node in graph.outputs]
        given = set(graph.inputs)
        self.code = plan([node for node in nodes if node not in given], register, self.outputs,
                         self.inputs)
        if quick and not on_devices(nodes):
            self.code = in_fewer_calls(self.code)

    def __call__(self, values: Values) -> list[Any]:
        """The values of the outputs; a NumPy scalar may stand for a 0-dim array."""
        regs = [*values, *[None] * (self.size - self.inputs)]
        with quiet():
            for run, sources, target, dead, node in self.code:
                try:
                    regs[target] = run(*[regs[i] for i in sources])
                except Exception as error:
                    raise explained(error, node) from error
                for i in dead:
                    regs[i] = None
        return [regs[i] for i in self.outputs]


def interpret(graph: Graph) -> Callable[[Values], list[Any]]:
    """``graph`` as a callable from input values to output values."""
    return Interpreter(graph)


def plan(nodes: list[Node], register: dict[Node, int], outputs: list[int],
         inputs: int) -> list[Instruction]:
    """The instructions for ``nodes``: what to run, on which registers, and what dies after."""
    last = {register[arg]: k for k, node in enumerate(nodes) for arg in node.args}
    keep = set(outputs)
    shared = {register[node] for node in nodes if node.prim.aliases or not node.shape}
    shared.update(register[arg] for node in nodes if node.prim.aliases for arg in node.args)
    code: list[Instruction] = []
    places = on_devices(nodes)
    for k, node in enumerate(nodes):
        sources = tuple(register[arg] for arg in node.args)
        dead = tuple({i for i in sources if last[i] == k and i not in keep})
        run = implementation(node) if node not in places else on_device(node, places[node])
        target = register[node]
        if node not in places and may_write_over(node, target in keep, register, inputs):
            for arg in node.args:
                i = register[arg]
                if (i in dead and i >= inputs and i not in shared and arg.shape == node.shape
                        and arg.dtype is node.dtype and arg.prim is not operators.constant):
                    sources = (*sources, i)
                    break
        unread = () if target in last or target in keep else (target,)
        code.append((run, sources, target, (*dead, *unread), node))
    return code
