"""Forward mode through what a function recorded: tangents along any number of directions.

:class:`Pushforward` calls a function once. Its tangents are those that ``transforms/jvp.py`` makes
of the recorded nodes, and those that the ``jvp`` of a custom function returns; where these do not
tell the derivative (a custom function without a ``jvp``, a recording that had to end), they are the
derivative of the gradient with respect to its cotangent, in which the gradient is linear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from ..config import config
from ..engine.errors import show_line, user_line
from ..engine.graph import Node, building, lift, reachable
from ..engine.lazy import lazy
from ..engine.ops.fused import units
from ..engine.ops.structural import alias, reshape, slice_, zeros
from ..engine.recording import keys
from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle
from ..engine.recording.program import path_nodes
from ..engine.recording.recorder import hold_like, wait
from ..engine.recording.recording import here, set_mode, shape_of
from ..engine.recording.roots import cuts_in
from ..engine.recording.segment import CustomOutput
from ..engine.recording.tree import Step
from ..engine.transforms.jvp import jvp, opaque
from .api import requires_grad, results, run
from .captured import close


class whole_recording:
    """A context in which looking at a value does not end the recording."""

    def __enter__(self) -> None:
        self.outer = here.modes.open
        if self.outer is None:
            here.modes.open = {"start": here.recording.at}
            here.modes.at_once = 0

    def __exit__(self, *error: Any) -> None:
        here.modes.open = self.outer
        if self.outer is None and config.tier == "eager" and not here.recording.captures:
            flush()


class Pushforward:
    """A call of ``func``: its result ``out``, and :meth:`along` for tangents.

    ``xs`` are the tensors among its arguments in which it is differentiated.
    """

    def __init__(self, func: Callable[[], Any], xs: Sequence[Handle]) -> None:
        self.rec = here.recording
        self.ins = tuple([self.rec.enter(x) for x in xs])
        self.xs = xs
        self.out = func()
        self.cut = here.modes.open.get("cut") if here.modes.open else None
        self.outs: list[Any] = []
        self.adjoint: tuple[list[Any], list[Any]] | None = None

    def along(self, tangents: Sequence[Handle]) -> list[Any]:
        """The tangents of ``outs`` for ``tangents`` of ``xs``."""
        found = self.pushed(tangents) if self.rec is here.recording else None
        return self.transposed(tangents) if found is None else found

    def along_curve(self, curves: Sequence[Sequence[Handle | None]], degree: int) -> list[
            list[Any]] | None:
        """The derivatives of ``outs`` from the first to number ``degree`` along the curves whose
        derivatives those of ``xs`` are, None for zeros; None where the recorded nodes do not tell
        them."""
        enter = self.rec.enter
        if self.rec is not here.recording:
            return None
        given = tuple([tuple([None if t is None else enter(t) for t in terms])
                       for terms in curves])
        flat = self.step(("series", given, degree), lambda outs: series_nodes(
            outs, dict(zip(self.ins, given, strict=True)), degree))
        return None if flat is None else [
            flat[k:k + degree] for k in range(0, len(flat), degree)]

    def laplacians(self) -> tuple[list[Any], list[Any]] | None:
        """The Jacobians of ``outs`` in all elements of ``xs``, these as first axis, and their
        Laplacians; None where the recorded nodes do not tell them."""
        if self.rec is not here.recording:
            return None
        flat = self.step(("laplacian",), lambda outs: laplacian_nodes(outs, self.ins))
        return None if flat is None else (flat[::2], flat[1::2])

    def jacobian_diagonal(self) -> Any:
        """The diagonal of the Jacobian of the only one of ``outs`` in the only one of ``xs``; None
        where the recorded nodes do not tell it."""
        if self.rec is not here.recording:
            return None
        found = self.step(("jacobian diagonal",), lambda outs: jacobian_diagonal_nodes(
            outs[0], self.ins[0]))
        return None if found is None else found[0]

    def hessian_diagonal(self) -> list[Any] | None:
        """The diagonals of the Hessian of the only one of ``outs``, a number, in each of ``xs``;
        None where the recorded nodes do not tell them, or not in this way."""
        if self.rec is not here.recording or [shape_of(o) for o in self.outs] != [()]:
            return None
        return self.step(("hessian diagonal",), lambda outs: hessian_diagonal_nodes(
            outs[0], self.ins))

    def pushed(self, tangents: Sequence[Handle]) -> list[Any] | None:
        """The tangents through the recorded nodes, and through custom functions by their rules;
        None where those do not tell the derivative."""
        enter = self.rec.enter
        ts = {x: enter(t) for x, t in zip(self.ins, tangents, strict=True)}
        for custom, ends in self.ruled(ts):
            inputs = tuple(dict.fromkeys(custom.inputs))
            found = self.step(("inputs", *ts.values()), partial(moving_nodes, ts=ts), inputs,
                              tuple(ts))
            if found is None:
                return None
            if any(t is not None for t in found):
                pushed = custom.pushed(dict(zip(inputs, found, strict=True)))
                if self.rec is not here.recording:   # it looked at values
                    return None
                ts |= {end: enter(pushed[i]) for i, end in ends.items() if pushed[i] is not None}
        return self.step(("tangents", *ts.values()), lambda outs: tangent_nodes(outs, ts),
                         ins=tuple(ts))

    def ruled(self, ts: Collection[Node]) -> list[tuple[Any, dict[int, Node]]]:
        """The calls on the way to ``outs`` of custom functions with a rule for tangents, in order,
        each with the nodes that stand for its results, by number."""
        rec = self.rec
        if not any(map(has_rule, rec.sources)):
            return []
        sources = dict(zip(path_nodes(rec.at)[2], rec.sources, strict=True))
        found: dict[Any, dict[int, Node]] = {}
        for node in reachable([rec.enter(out) for out in self.outs], stop=list(ts)):
            origin: Any = sources.get(node)
            if has_rule(origin) and node not in ts:
                found.setdefault(origin.custom, {})[origin.i] = node
        return list(found.items())

    def step(self, what: tuple[Any, ...], make: Callable[[tuple[Node, ...]], tuple[
            Node | None, ...] | None], outs: tuple[Node, ...] | None = None,
            ins: tuple[Node, ...] | None = None) -> list[Any] | None:
        """The nodes that ``make`` makes of those of ``outs``, as a step that is made once."""
        rec = self.rec
        if outs is None:
            outs = tuple([rec.enter(out) for out in self.outs])
        key = keys.pushed(outs, self.ins if ins is None else ins, what)
        step = rec.at.next.get(key)
        if step is None:
            building.line = user_line()
            try:
                made = make(outs)
            finally:
                building.line = None
            step = rec.add(key, Step(rec.at, made, grad=rec.at.grad,
                                     nodes=0 if made is None else 2 * len(made)))
        if step.out is None:
            return None
        rec.at = step
        return [None if node is None else wait(rec, node) for node in step.out]

    def transposed(self, tangents: Sequence[Handle]) -> list[Any]:
        """The tangents as derivatives of the gradient with respect to its cotangents."""
        rec = here.recording
        cut = self.cut
        if cut is None and rec.modes.open is not None:
            cut = cuts_in(rec.at, rec.modes.open).get("cut")
        if cut is not None:
            raise NotImplementedError(
                f"forward mode passes through no_grad, and there is one at {show_line(cut)}, but "
                "in this function a custom Function is called, or its recording had to end: call "
                "numpy(), use saved_tensors_hooks and the like outside, or write detach() where "
                "the derivative is to end")
        if self.adjoint is None:
            flows = [out for out in self.outs if requires_grad(out)]
            units = [zeros_of(out) for out in flows]
            for unit in units:
                unit.requires_grad_()
            self.adjoint = units, pulled(flows, self.xs, units) if flows else []
            close(units)
        units, grads = self.adjoint
        ways = [(g, t) for g, t in zip(grads, tangents, strict=False) if requires_grad(g)]
        pushed = iter(pulled([g for g, _ in ways], units, [t for _, t in ways]) if ways else
                      [zeros_of(unit) for unit in units])
        return [next(pushed) if requires_grad(out) else zeros_of(out) for out in self.outs]


def has_rule(origin: Any) -> bool:
    """Whether ``origin`` is a result of a custom function with a ``jvp`` of its own."""
    return type(origin) is CustomOutput and getattr(origin.custom, "has_jvp", False)


def tangent_nodes(outs: tuple[Node, ...], ts: dict[Node, Node]) -> tuple[Node, ...] | None:
    """The tangents of ``outs``, new nodes, from those of the inputs; None where a custom function
    is in the way."""
    order = reachable(outs, stop=list(ts))
    pushed = jvp(order, ts)
    if hidden(order, ts, pushed):
        return None
    return tuple([new(pushed.get(node), node, ts.values()) for node in outs])


def moving_nodes(nodes: tuple[Node, ...], ts: dict[Node, Node]) -> tuple[
        Node | None, ...] | None:
    """The tangents of ``nodes``, new nodes, None where they are zero; None in place of all as for
    :func:`tangent_nodes`."""
    order = reachable(nodes, stop=list(ts))
    pushed = jvp(order, ts)
    if hidden(order, ts, pushed):
        return None
    return tuple([new(pushed[node], node, ts.values()) if node in pushed else None
                  for node in nodes])


def series_nodes(outs: tuple[Node, ...], curves: dict[Node, tuple[Node | None, ...]],
                 degree: int) -> tuple[Node, ...] | None:
    """The derivatives of each of ``outs`` along curves; None as for :func:`tangent_nodes`."""
    order = reachable(outs, stop=list(curves))
    jets = lazy("engine.transforms.taylor")
    series = jets.taylor(order, {
        x: [jets.scaled(t, 1 / math.factorial(k + 1)) for k, t in enumerate(terms)]
        for x, terms in curves.items()}, degree)
    if hidden(order, curves, {node for node, moves in series.moving.items() if moves}):
        return None
    given = [t for terms in curves.values() for t in terms if t is not None]
    return tuple([new(jets.scaled(series.term(node, k), math.factorial(k)), node, given)
                  for node in outs for k in range(1, degree + 1)])


def laplacian_nodes(outs: tuple[Node, ...], ins: tuple[Node, ...]) -> tuple[Node, ...] | None:
    """For each of ``outs`` the Jacobian and the Laplacian; None as for :func:`tangent_nodes`."""
    n = sum(x.size for x in ins)
    order = reachable(outs, stop=ins)
    found = lazy("engine.transforms.laplacian").forward_laplacian(order, unit_tangents(ins, n), n)
    if hidden(order, ins, found.jacobians):
        return None
    nodes = []
    for node in outs:
        jacobian = found.jacobians.get(node)
        nodes += [zeros((n, *node.shape), node.dtype) if jacobian is None else alias(jacobian),
                  new(found.laplacians.get(node), node, ())]
    return tuple(nodes)


def jacobian_diagonal_nodes(out: Node, x: Node) -> tuple[Node] | None:
    """The diagonal of a Jacobian, a new node; None as for :func:`tangent_nodes`."""
    order = reachable([out], stop=[x])
    moving = jvp(order, {x: x})
    if hidden(order, [x], moving) or any(node.dtype.is_complex for node in moving):
        return None
    found = lazy("engine.transforms.diagonal").jacobian_diagonal(
        order, out, x, unit_tangents([x], x.size)[x])
    return (zeros(x.shape, x.dtype) if found is None else found,)


def hessian_diagonal_nodes(out: Node, ins: tuple[Node, ...]) -> tuple[Node, ...] | None:
    """The diagonals of a Hessian, new nodes; None as for :func:`tangent_nodes`, and where
    cotangents do not go the way of tangents."""
    order = reachable([out], stop=ins)
    n = sum(x.size for x in ins)
    if hidden(order, ins, jvp(order, {x: x for x in ins})):
        return None
    found = lazy("engine.transforms.diagonal").hessian_diagonal(
        order, out, unit_tangents(ins, n), n)
    if found is None:
        return None
    parts, start = [], 0
    for x in ins:
        part = slice_(found, lift(start), axes=(0,), lengths=(x.size,), steps=(1,))
        parts.append(reshape(part, shape=x.shape))
        start += x.size
    return tuple(parts)


def unit_tangents(xs: Sequence[Node], n: int) -> dict[Node, Node]:
    """The tangents of ``xs``, which have ``n`` elements together, along each of these."""
    found, start = {}, 0
    for x in xs:
        rows = units(n, x.dtype)
        if x.size < n:
            rows = slice_(rows, lift(start), axes=(1,), lengths=(x.size,), steps=(1,))
        found[x] = reshape(rows, shape=(n, *x.shape))
        start += x.size
    return found


def hidden(order: Sequence[Node], ins: Collection[Node], moving: Collection[Node]) -> bool:
    """Whether what is recorded does not tell the derivative: a custom function is in the way."""
    return any(opaque(node, moving) for node in order if node not in ins)


def new(t: Node | None, node: Node, given: Collection[Node]) -> Node:
    """The derivative ``t`` of ``node``, zeros for None, as a node that was not ``given``."""
    if t is None:
        return zeros(node.shape, node.dtype)
    return alias(t) if t in given else t


def pulled(outs: Sequence[Any], xs: Sequence[Handle], cts: Sequence[Any]) -> list[Any]:
    """The gradients of ``xs``, zeros where nothing arrives, made without calling hooks."""
    mode = here.modes.grad
    set_mode(True)
    try:
        engine = run(outs, cts, True, True, xs, hooks=False)
        return [zeros_of(x) if ct is None else ct
                for x, ct in zip(xs, results(engine, xs, True), strict=True)]
    finally:
        set_mode(mode)


def zeros_of(handle: Handle) -> Any:
    """Zeros of the shape and dtype of ``handle``."""
    return hold_like(handle, 0)


__all__ = ["Pushforward", "whole_recording", "zeros_of"]
