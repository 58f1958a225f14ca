"""A function of tensors as a graph that can be called again: its *body*.

:func:`body_of` calls a function once, in the recording that there is, and gives a :class:`Body`:
the nodes that lead from the arguments to the results. What the function reads besides its
arguments are the body's ``operands``, tensors like any others; so a derivative in them is one in
arguments, whatever the function closes over. A call of a body is one step of the recording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.errors import show_line
from ..engine.graph import Node, building, operators, reachable
from ..engine.ops.structural import number, source, stop
from ..engine.recording import keys
from ..engine.recording.batched import Plan
from ..engine.recording.observers import Observer, leave, observe
from ..engine.recording.operation import Nodes, Operation
from ..engine.recording.program import path_nodes
from ..engine.recording.recorder import record, wait
from ..engine.recording.recording import Recording, dtype_of, here
from ..engine.recording.replay import ALIAS
from ..engine.recording.tree import Step, tree
from ..engine.transforms.batch import CHECKPOINT
from . import forward_ad
from .captured import close
from .modes import differentiating
from .pushforward import whole_recording
from .trees import mapped, tensors_in


class Written:
    """What leads from the nodes ``ins`` to ``outs``, the same object for the same nodes.

    ``given`` are the nodes that are read besides, ``order`` what is computed."""

    def __init__(self, at: Step, ins: Nodes, outs: Nodes) -> None:
        floor = min(node.index for node in ins)
        every = reachable(outs, stop=ins, floor=floor)
        differ = set(ins)
        for node in every:
            args = node.args[:1] if node.prim is source else node.args
            if not differ.isdisjoint(args):
                differ.add(node)
        computed = [node for node in every if node in differ and node not in ins]
        inner, given = Plan.apart(at, differ, computed, outs, floor)
        self.ins, self.outs, self.given = ins, outs, tuple(given)
        self.order = sorted({*inner, *computed}, key=lambda node: node.index)
        for node in computed:
            if node.prim is source and len(node.args) > 1 and (
                    node.args[0].params.get("reason") != CHECKPOINT):
                raise NotImplementedError(
                    "a custom Function of the unknown is called in a function whose derivative is "
                    f"implicit, or that is a part of the graph, at {show_line(node.line)}: write "
                    "that part with torch operations, or as an own primitive "
                    "(docs/own_primitives.md)")


def _run(inputs: Nodes, written: Any) -> Nodes:
    new = dict(zip((*written.ins, *written.given), inputs, strict=True))
    line = building.line
    for node in written.order:
        building.line = node.line
        args = tuple(new.get(arg, arg) for arg in node.args)
        if node.prim is source:   # of a gradient taken inside: it ends there, tangents pass
            again = node.args[0].params.get("reason") == CHECKPOINT
            new[node] = args[0] if again else stop(args[0], reason="no_grad")
        elif node.prim is stop and node.params.get("reason") == CHECKPOINT:
            new[node] = args[0]
        elif node.prim is operators.constant:
            new[node] = node
        else:
            new[node] = node.prim(*args, **node.params)
    building.line = line
    return tuple(new.get(node, node) for node in written.outs)


RUN = Operation(_run, "BodyBackward0", methods=())


class Body:
    """A function that was recorded: ``operands`` are the tensors that it reads besides its
    arguments, ``numbers`` the Python numbers among them by their places."""

    def __init__(self, written: Written, rec: Recording, tangents: dict[Node, Node]) -> None:
        self.written = written
        self.operands: list[Any] = []
        self.numbers: dict[int, complex] = {}
        known = path_nodes(rec.at)[1] if any(n.prim is number for n in written.given) else ()
        for k, node in enumerate(written.given):
            if node.prim is number:
                self.numbers[k] = rec.numbers[known.index(node)]
                continue
            handle = wait(rec, rec.replayed((ALIAS, node), ()))
            if node in tangents:
                forward_ad.set_tangent(handle, wait(rec, tangents[node]))
            self.operands.append(handle)

    def __call__(self, args: Sequence[Any], operands: Sequence[Any]) -> tuple[Any, ...]:
        """The results for other arguments and operands."""
        it = iter(operands)
        given = [self.numbers[k] if k in self.numbers else next(it)
                 for k in range(len(self.written.given))]
        found: tuple[Any, ...] = record(RUN, ((*args, *given), self.written))
        return found

    def without_tensors(self) -> Body:
        """The body alone, for whoever keeps the operands."""
        new = object.__new__(Body)
        new.written, new.numbers, new.operands = self.written, self.numbers, []
        return new


class Noting(Observer):
    """Notes the tangents of what a function reads, inside a level of forward mode."""

    steps = True

    def __init__(self) -> None:
        self.tangents: dict[Node, Node] = {}

    def step_taken(self, rec: Any, key: tuple[Any, ...], out: Any, result: Any, args: Any) -> None:
        for element, arg in zip(key[1:], args, strict=True):
            forward_ad.note(element, arg, rec, self.tangents)


def body_of(function: Callable[..., Any], args: Any) -> tuple[Body, Any]:
    """The body of ``function``, from the tensors in the structure ``args`` (its arguments) to those
    in its result; and that result, recorded for tensors of the values of ``args``."""
    rec = here.recording
    noting = Noting()
    looking = forward_ad.in_level()
    with whole_recording(), differentiating():
        own = mapped(args, fresh)
        xs = list(tensors_in(own))
        ins = tuple([rec.enter(x) for x in xs])
        if looking:
            observe(here.modes, noting)
        try:
            out = function(*own)
        finally:
            if looking:
                leave(here.modes, noting)
        close(xs)
        if here.recording is not rec:
            raise NotImplementedError("a recording had to end in a function that becomes a graph: "
                                      "it uses hooks of saved tensors, or a limit was reached")
        outs = tuple([rec.enter(h) for h in tensors_in(out)])
        key = keys.body(ins, outs)
        step = rec.at.next.get(key)
        if step is None:
            step = tree.beside(rec.at, key, Step(
                rec.at, Written(rec.at, ins, outs), grad=rec.at.grad))
        return Body(step.out, rec, noting.tangents), out


def fresh(x: Any) -> Any:
    """A tensor with the value of ``x`` and no history, to differentiate in if that can be."""
    rec = here.recording
    new: Any = wait(rec, rec.replayed((ALIAS, rec.enter(x.detach())), ()))
    return new.requires_grad_() if dtype_of(x).is_differentiable else new


__all__ = ["Body", "body_of"]
